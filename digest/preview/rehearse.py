"""A build in memory for the preview: the feeds and any edition as they would be; nothing is written but the cache.

It runs in a server that has threads, so it starts no other process.
"""

import functools
from collections.abc import Callable, Iterable
from datetime import datetime

import msgspec

from digest.archive import load_ledger
from digest.build import editions, feeds
from digest.build.guard import objections
from digest.build.renderer import Renderer
from digest.cache.store import open_store
from digest.collector.collect import Collection, collect
from digest.collector.scan import scan
from digest.collector.select import published
from digest.config import Config
from digest.editions import Edition, Outcome, edition_for_key
from digest.emails.compose import Email
from digest.feeds import EPOCH
from digest.preview.pages import Site
from digest.problems import DigestError, Problem


def rehearse(config: Config, now: datetime) -> Site:
    """Return what a preview shows of the site as of `now` (aware)."""
    files: dict[str, bytes] = {}

    def put(path: str, _source: bytes, make: Callable[[], Iterable[bytes]]) -> None:
        files[path] = b"".join(make())

    def is_current(_path: str, _source: bytes) -> bool:
        return False

    with open_store(config.root) as store:
        seen = scan(config)
        collection = collect(config, store, seen=seen)
        renderer = Renderer(config, store)
        posts = published(collection.posts, now)
        posts, plan = feeds.publishable(config, posts, renderer, is_current)
        feeds.write_feeds(config, plan, renderer, put)
        outcomes: list[Outcome] = []
        keys: list[str] = []
        for name in config.digests:
            of_digest = editions.decide(config, name, collection.posts, now, renderer)
            outcomes += of_digest
            waiting = [outcome.key for outcome in of_digest if outcome.edition]
            built = load_ledger(config, name).editions
            keys += dict.fromkeys([*reversed(waiting), *reversed(built)])
        problems: list[Problem] = [*collection.problems, *renderer.problems]
        problems += objections(config, seen, collection, posts, now)
    for outcome in outcomes:
        problems += outcome.problems
    due_keys = [outcome.key for outcome in outcomes if outcome.edition]
    return Site(
        title=config.site.title,
        url=config.site.url,
        files=files,
        modified=max((post.updated or post.date for post in posts), default=EPOCH),
        problems=tuple(sorted(set(problems))),
        keys=tuple(keys),
        due=next(iter((*due_keys, *keys)), ""),
        reason="; ".join(map(_reason, outcomes)) or "digest.toml describes no digest",
        compose=functools.partial(_compose, config, collection, now),
        folders={config.site.url: config.root / config.site.static}
        | {post.url: (config.root / post.path).parent for post in posts},
    )


def _compose(config: Config, collection: Collection, now: datetime, key: str) -> Email:
    edition = _edition(config, key, collection, now)
    with open_store(config.root) as store:
        return editions.compose(config, edition, Renderer(config, store))


def _edition(config: Config, key: str, collection: Collection, now: datetime) -> Edition:
    run = editions.find_run(config, key, collection.posts, now)
    as_if_unpublished = msgspec.structs.replace(run, shown=())  # so that it is made again, even when it was sent
    outcome = edition_for_key(as_if_unpublished, key)
    if outcome.edition is None:
        raise DigestError(_reason(outcome))
    return outcome.edition


def _reason(outcome: Outcome) -> str:
    if outcome.message:
        return f"{outcome.key}: {outcome.status} ({outcome.message})"
    return f"{outcome.key}: {outcome.status}"
