"""A build in memory, for the preview: the feeds and any edition as they would be, with nothing written but memory.

It runs in a server that has threads, so it starts no other process: forking a process with threads can deadlock.
"""

import functools
from collections.abc import Callable, Iterable
from datetime import datetime

from digest.archive import editions as archive
from digest.build import job as build
from digest.build.renderings import Renderings
from digest.cache.damage import begun_again
from digest.cache.store import Index
from digest.collector import collect as collector
from digest.collector.collect import Collection
from digest.collector.scan import scan
from digest.config.schema import Config
from digest.editions import plan as due
from digest.editions.edition import Edition
from digest.emails.compose import Email
from digest.feeds.values import EPOCH
from digest.pool import ALONE
from digest.preview.pages import Site
from digest.problems import DigestError


@begun_again
def rehearse(config: Config, now: datetime) -> Site:
    """Return what a preview shows of the site as of `now` (aware)."""
    files: dict[str, bytes] = {}

    def put(path: str, _: bytes, make: Callable[[], Iterable[bytes]]) -> None:
        files[path] = b"".join(make())

    with Index(config.root / build.MEMORY, collector.reading_fingerprint(config)) as index:
        seen = scan(config)
        collection = collector.collect(config, index, seen=seen).outliving()
        renderings = Renderings(config, index, collection.hashes)
        posts, plan = build.sound(collector.published(collection.posts, now), config, renderings, ALONE)
        build.write_feeds(config, plan, renderings, put)
        keys: list[str] = []
        first, reasons, problems = "", [], [*collection.problems, *renderings.problems]
        problems += build.objections(config, seen, collection, posts, now)
        for name in config.digests:
            ledger, _ = archive.load(config, name)
            outcomes = build.decide(config, name, collection, now, renderings)
            problems += (problem for outcome in outcomes for problem in outcome.problems)
            waiting = [outcome.key for outcome in outcomes if outcome.edition]
            keys += dict.fromkeys([*reversed(waiting), *reversed(ledger.editions)])
            first = first or next(iter(waiting), "")
            reasons += [f"{o.key}: {o.status}" + (f" ({o.message})" if o.message else "") for o in outcomes]

    @begun_again
    def compose(key: str) -> Email:
        edition = _edition(config, key, collection, now)
        with Index(config.root / build.MEMORY, collector.reading_fingerprint(config)) as index:
            return build.compose(config, edition, Renderings(config, index, collection.hashes))

    return Site(
        title=config.site.title,
        url=config.site.url,
        files=files,
        modified=max((post.updated or post.date for post in posts), default=EPOCH),
        problems=tuple(sorted(set(problems))),
        keys=tuple(keys),
        due=first or next(iter(keys), ""),
        reason="; ".join(reasons) or "digest.toml describes no digest",
        compose=compose,
        folders={config.site.url: config.root / config.site.static}
        | {post.url: (config.root / post.path).parent for post in posts},
    )


def _edition(config: Config, key: str, collection: Collection, now: datetime) -> Edition:
    name = key.partition("/")[0]
    if name not in config.digests:
        raise DigestError(f'there is no digest "{name}"')
    ledger, _ = archive.load(config, name)
    hash_of = functools.partial(archive.hash_file, config)
    outcome = due.edition_for_key(
        key, config, collection.posts, ledger, now, whole=collection.whole, hash_of=hash_of, shown=()
    )
    if outcome.edition is None:
        raise DigestError(f"{key}: {outcome.status}" + (f" ({outcome.message})" if outcome.message else ""))
    return outcome.edition
