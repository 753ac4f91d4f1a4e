"""Detect that a build has nothing to do, from the sizes and times of files only.

After a build the cache keeps the fingerprint of its sources, the state of its outputs, and how long they stay valid.
While none of that changes, the next build has nothing to do, and one scan of the folders shows it.
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
from digest.cache.store import Store, decode
from digest.collector.post import Post
from digest.collector.scan import Scan, files_below
from digest.config import schedule
from digest.config.schema import Config

_KIND, _NAME = "builds", b"last"

States = dict[str, tuple[int, int]]  # size in bytes and mtime in nanoseconds by path; -1 for a missing file


class LastBuild(Struct, frozen=True, array_like=True):
    """The previous build. Its result is valid in `[since, until)`."""

    source: bytes  # the fingerprint of everything it was made from
    outputs: States
    editions: bytes  # the fingerprint of the published editions' files
    since: datetime
    until: datetime
    report: Report


_encode = msgspec.msgpack.Encoder().encode
_decoder = msgspec.msgpack.Decoder(LastBuild)


def load(store: Store, config: Config, now: datetime, seen: Scan) -> Report | None:
    """Return the report of a build at `now` (aware) when it is certain to write nothing; else None.

    `seen` is the scan of the folders; with unreadable folders the result is None.
    """
    if seen.unreadable:
        return None
    last = decode(_decoder, store.get(_KIND, _NAME))
    if last is None:
        return None
    if not last.since <= now < last.until:
        return None
    if last.source != _source(config, seen) or last.editions != _editions(config):
        return None
    if last.outputs != states(config, last.outputs):
        return None
    return last.report


def save(
    store: Store,
    config: Config,
    seen: Scan,
    *,
    files: Mapping[str, WrittenFile],
    posts: Sequence[Post],
    now: datetime,
    report: Report,
) -> None:
    """Cache that a build at `now` from the scan `seen` put `files`, and the `report` of a next build without changes.

    `posts` are all that were collected, newest first. Nothing is cached when a file changed just before the scan:
    another change could leave the same mtime.
    """
    stamps = [file.stamp for group in (seen.content, seen.others) for file in group]
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
    """Return the first moment after `now` at which the passing of time alone changes the result of a build.

    `posts` are all that were collected, newest first.
    """
    moments = [post.publish for post in posts if post.publish]
    moments += [post.expires for post in posts if post.expires]
    moments += [post.date for post in itertools.takewhile(lambda post: post.date > now, posts)]
    moments += [schedule.next_end(schedule.schedule_of(config, name), now) for name in config.digests]
    return min((moment for moment in moments if moment > now), default=datetime.max.replace(tzinfo=UTC))


def states(config: Config, paths: Iterable[str]) -> States:
    """Return the current size and mtime of the files at `paths`, relative to the site's folder."""
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
    settings = (config.site, config.posts, config.generator, config.feeds, config.digests, config.theme)
    of_sending = (config.senders, config.readers)  # a report names the next step
    history = ""
    if "git" in config.posts.undated.sources:
        from digest.collector.undated import history_stamp

        history = history_stamp(config)
    added_css = sorted(states(config, [config.theme.css]).items()) if config.theme.css.endswith(".css") else []
    stamp = templates.stamp(config.own_templates)
    return fingerprint(program(), stamp, settings, of_sending, history, added_css, *_encode_scan(seen))


def _encode_scan(seen: Scan) -> tuple[bytes, ...]:
    parts = (seen.content, seen.others, seen.linked_folders, seen.unreadable, seen.unreadable_others)
    try:
        return tuple(_encode(part) for part in parts)
    except UnicodeEncodeError:  # a name that is not UTF-8
        return (ascii(parts).encode(),)


def _editions(config: Config) -> bytes:
    return fingerprint(files_below(config, f"{config.site.output}/editions"))
