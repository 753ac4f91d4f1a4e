"""Knowing that a build would do nothing, by looking at files' sizes and times only.

After a build, what it was made from, what it wrote and until when that holds are kept in one small file. While all of
that stands, the next build has nothing to do, and finds out at the cost of walking the folders.
"""

import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from digest import publish
from digest.config import Config
from digest.index import GRAIN, fingerprint
from digest.pages import SHIPPED
from digest.report import Report

PATH = ".digest/unchanged"
CHANGED = ".digest/changed.json"  # the files of the output that the last build changed
_SCHEMA = 1
_SKIPPED = ("node_modules", "__pycache__")


class Past(Struct, frozen=True, array_like=True):
    """The build before this one. `since` and `until` are the instants between which it would do the same again."""

    schema: int
    source: bytes
    outputs: tuple[tuple[str, int, int], ...]  # paths relative to the site's folder, size and mtime
    editions: bytes
    since: datetime
    until: datetime
    report: Report


def recall(config: Config, now: datetime) -> Report | None:
    """Return what a build at `now` (aware) would report, when it is certain to write nothing; else None.

    Like any build, it leaves behind which files changed: none.
    """
    path = config.root / PATH
    try:
        past = msgspec.msgpack.decode(path.read_bytes(), type=Past)
        written = path.stat().st_mtime_ns
    except (OSError, msgspec.DecodeError):
        return None
    if past.schema != _SCHEMA or not past.since <= now < past.until:
        return None
    if tuple(_states(config.root, (name for name, _, _ in past.outputs))) != past.outputs:
        return None
    made_from, newest = source(config)
    if made_from != past.source or _editions(config) != past.editions or newest >= written - GRAIN:
        return None
    publish.write(config.root, CHANGED, b"[]")
    return past.report


def remember(
    config: Config, made_from: bytes, outputs: Iterable[str], since: datetime, until: datetime, report: Report
) -> None:
    """Keep that a build at `since` from `made_from` wrote `outputs`, and would report `report` again until `until`.

    `outputs` are relative to the site's folder. Nothing is kept when a source changed while it was built.
    """
    if source(config)[0] != made_from:
        return
    states = tuple(_states(config.root, sorted(set(outputs))))
    past = Past(_SCHEMA, made_from, states, _editions(config), since, until, report)
    publish.write(config.root, PATH, msgspec.msgpack.encode(past))
    os.utime(config.root / PATH)


def source(config: Config) -> tuple[bytes, int]:
    """Return a fingerprint of all that a build reads, and the newest file's mtime in nanoseconds."""
    site = config.site
    rows: list[tuple[str, int, int]] = []
    other = {os.path.abspath(config.root / name) for name in (site.output, ".digest", site.ledger)}  # noqa: PTH100
    folders = [config.root / name for name in (site.content, site.static, site.notes, site.templates) if name]
    for folder in dict.fromkeys([*folders, SHIPPED, Path(__file__).parent]):
        _walk(os.path.abspath(folder), other, rows)  # noqa: PTH100
    settings = (site, config.posts, config.feeds, config.digests, config.theme)
    return fingerprint(settings, rows), max((mtime for _, _, mtime in rows), default=0)


def _editions(config: Config) -> bytes:
    rows: list[tuple[str, int, int]] = []
    _walk(os.fspath(config.root / config.site.output / "editions"), set(), rows)
    return fingerprint(sorted(rows))


def _states(folder: Path, names: Iterable[str]) -> Iterator[tuple[str, int, int]]:
    for name in names:
        try:
            stat = os.lstat(f"{folder}/{name}")
        except OSError:
            yield name, -1, -1
        else:
            yield name, stat.st_size, stat.st_mtime_ns


def _walk(folder: str, other: set[str], rows: list[tuple[str, int, int]]) -> None:
    """Add path, size and mtime of every file below `folder`, folders in `other` and hidden ones left out."""
    try:
        entries = os.scandir(folder)
    except OSError:
        return
    with entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if entry.name[0] != "." and entry.name not in _SKIPPED and entry.path not in other:
                    _walk(entry.path, other, rows)
            else:
                try:
                    stat = entry.stat()
                except OSError:
                    stat = entry.stat(follow_symlinks=False)
                rows.append((entry.path, stat.st_size, stat.st_mtime_ns))
