"""Knowing that a build would do nothing, by looking at files' sizes and times only.

After a build, what it was made from, what it wrote and until when that holds are kept in one small file. While all of
that stands, the next build has nothing to do, and finds out at the cost of one look at the folders.
"""

import functools
import os
from collections.abc import Iterable
from datetime import datetime

import msgspec
from msgspec import Struct

from digest import files as publish
from digest.build.report import Report
from digest.collector.scan import GRAIN, UNSURE, Scan, below, environment
from digest.config.schema import Config

PATH = ".digest/unchanged"
CHANGED = ".digest/changed.json"  # the files of the output that the last build changed
_SCHEMA = 4
_encode = msgspec.msgpack.Encoder().encode


States = dict[str, tuple[int, int]]  # of files, by path relative to the site: size in bytes, mtime in nanoseconds


class Past(Struct, frozen=True, array_like=True):
    """The build before this one. `since` and `until` are the instants between which it would do the same again."""

    schema: int
    source: bytes  # all that it went by
    outputs: States
    editions: bytes
    since: datetime
    until: datetime
    report: Report


def recall(config: Config, now: datetime, seen: Scan) -> Report | None:
    """Return what a build at `now` (aware) would report, when it is certain to write nothing; else None.

    `seen` is what stands in the folders; a look that failed is never taken for the same. Nothing is written.
    """
    if seen.unreadable:
        return None
    try:
        past = msgspec.msgpack.decode((config.root / PATH).read_bytes(), type=Past)
    except (OSError, msgspec.DecodeError):
        return None
    if past.schema != _SCHEMA or not past.since <= now < past.until:
        return None
    if _source(config, seen) != past.source or _editions(config) != past.editions:
        return None
    return past.report if states(config, past.outputs) == past.outputs else None


def leave(config: Config, changed: Iterable[str]) -> None:
    """Leave behind which files of the output a build changed, paths below it: what `digest ping` tells of."""
    publish.write(config.root, CHANGED, msgspec.json.encode(list(changed)))


def remember(config: Config, seen: Scan, outputs: States, since: datetime, until: datetime, report: Report) -> None:
    """Keep that a build at `since` from what was `seen` wrote `outputs`, and would report `report` again until `until`.

    Nothing is kept when a file is too new to be known again.
    """
    old = seen.began - GRAIN
    new = [file for files in (seen.content, seen.others) for file in files if file.mtime >= old]
    if any(file.witness(seen.began) == UNSURE for file in new):
        return
    past = Past(_SCHEMA, _source(config, seen), outputs, _editions(config), since, until, report)
    publish.write(config.root, PATH, _encode(past), flush=False)  # when it is lost, the next build has to look closer


def _source(config: Config, seen: Scan) -> bytes:
    """All that a build goes by, and of files what nobody can set too, the time of their last change of any kind.

    It is kept as it is: a hash of it would cost the loading of OpenSSL, which takes longer than to compare megabytes.
    """
    settings = (config.site, config.posts, config.feeds, config.digests, config.theme)
    return _encode((settings, environment(), msgspec.Raw(_files(seen))))


@functools.lru_cache(maxsize=1)  # before a build and after it
def _files(seen: Scan) -> bytes:
    files = (seen.content, seen.others, seen.linked, seen.unreadable)
    try:
        return _encode(files)
    except UnicodeEncodeError:  # a name that is not UTF-8
        return _encode(ascii(files))


def _editions(config: Config) -> bytes:
    return _encode(below(config, f"{config.site.output}/editions"))


def states(config: Config, names: Iterable[str]) -> States:
    """Return how files stand now; -1 twice for one that is not there."""
    root, found = os.fspath(config.root), States()
    for name in names:
        try:
            stat = os.lstat(f"{root}/{name}")
        except OSError:
            found[name] = -1, -1
        else:
            found[name] = stat.st_size, stat.st_mtime_ns
    return found
