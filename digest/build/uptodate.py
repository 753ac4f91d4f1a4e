"""Knowing that a build would do nothing, from files' sizes and times only.

After a build the cache keeps what it was made from, what it wrote, and until when that holds. While all of that stands,
the next build has nothing to do, and one look at the folders tells so.
"""

import itertools
import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

import msgspec
from msgspec import Struct

from digest import templates
from digest.build import published_count
from digest.build.output import WrittenFile
from digest.build.report import Report
from digest.cache.fingerprint import fingerprint, program
from digest.cache.store import Store
from digest.collector.post import Post
from digest.collector.scan import Scan, files_below
from digest.config import schedule
from digest.config.schema import Config

_KIND, _NAME = "builds", b"last"

States = dict[str, tuple[int, int]]  # of files by path: size in bytes, mtime in nanoseconds; -1 for a missing one


class LastBuild(Struct, frozen=True, array_like=True):
    """The build before this one: from `since` on and before `until` it would do the same again."""

    source: bytes  # the fingerprint of all that it was made from
    outputs: States
    editions: bytes  # the fingerprint of the published editions' files
    since: datetime
    until: datetime
    report: Report


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(LastBuild).decode


def recall(store: Store, config: Config, now: datetime, seen: Scan) -> Report | None:
    """Return what a build at `now` (aware) would report, when it is certain to write nothing; else None.

    `seen` is a look at the folders; one that failed is never taken for the same.
    """
    if seen.unreadable:
        return None
    kept = store.get(_KIND, _NAME)
    if kept is None:
        return None
    try:
        last = _decode(kept)
    except msgspec.DecodeError:  # an older version of this program wrote it
        return None
    if not last.since <= now < last.until:
        return None
    if last.source != _source(config, seen) or last.editions != _editions(config):
        return None
    if last.outputs != states(config, last.outputs):
        return None
    return last.report


def remember(
    store: Store,
    config: Config,
    seen: Scan,
    *,
    files: Mapping[str, WrittenFile],
    posts: Sequence[Post],
    now: datetime,
    report: Report,
) -> None:
    """Keep that a build at `now`, from what was `seen`, has put `files`, and that the next would give `report`.

    `posts` are all that were collected, newest first. Nothing is kept when a file changed too shortly before the look:
    a later change might not show.
    """
    stamps = [file.stamp for looked_at in (seen.content, seen.others) for file in looked_at]
    if not all(stamp is None or stamp.is_settled(seen.began) for stamp in stamps):
        return
    outputs = {f"{config.site.output}/{path}": (file.size, file.mtime) for path, file in files.items()}
    ledgers = (published_count.NAME, *(f"{name}.jsonl" for name in config.digests))
    outputs |= states(config, [f"{config.site.ledger}/{name}" for name in ledgers])
    last = LastBuild(
        source=_source(config, seen),
        outputs=outputs,
        editions=_editions(config),
        since=now,
        until=next_change(config, posts, now),
        report=report,
    )
    store.put(_KIND, _NAME, _encode(last))


def next_change(config: Config, posts: Sequence[Post], now: datetime) -> datetime:
    """Return the first moment after `now` at which time alone changes what a build would do.

    `posts` are all that were collected, newest first.
    """
    moments = [post.publish for post in posts if post.publish]
    moments += [post.expires for post in posts if post.expires]
    moments += [post.date for post in itertools.takewhile(lambda post: post.date > now, posts)]
    moments += [schedule.next_end(schedule.schedule_of(config, name), now) for name in config.digests]
    return min((moment for moment in moments if moment > now), default=datetime.max.replace(tzinfo=UTC))


def states(config: Config, paths: Iterable[str]) -> States:
    """Return how the files at `paths`, relative to the site's folder, stand now."""
    found: States = {}
    for path in paths:
        try:
            status = os.lstat(config.root / path)
        except OSError:
            found[path] = (-1, -1)
        else:
            found[path] = (status.st_size, status.st_mtime_ns)
    return found


def _source(config: Config, seen: Scan) -> bytes:
    settings = (config.site, config.posts, config.feeds, config.digests, config.theme)
    return fingerprint(program(), templates.stamp(config.own_templates), settings, *_looks(seen))


def _looks(seen: Scan) -> tuple[bytes, ...]:
    looks = (seen.content, seen.others, seen.linked_folders, seen.unreadable)
    try:
        return tuple(_encode(look) for look in looks)
    except UnicodeEncodeError:  # a name that is not UTF-8
        return (ascii(looks).encode(),)


def _editions(config: Config) -> bytes:
    return fingerprint(files_below(config, f"{config.site.output}/editions"))
