"""A build in memory for the preview: the feeds and any edition. Only the cache is written.

The server has threads, so no worker processes are started.
"""

import functools
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

from digest.archive import load_ledger
from digest.build import editions, feeds
from digest.build.expectations import expectation_problems, require_subjects
from digest.build.guard import guard_warnings, unreadable_folders
from digest.build.renderer import Renderer
from digest.build.report import report_editions
from digest.cache.store import open_store
from digest.collector.collect import Collection, collect
from digest.collector.post import Post
from digest.collector.scan import scan
from digest.collector.select import published
from digest.config import Config
from digest.editions import Outcome, digest_of
from digest.emails import Email
from digest.feeds import EPOCH
from digest.preview.site import Site
from digest.problems import DigestError
from digest.readers import letter_for


def rehearse(config: Config, now: datetime, reader: str = "") -> Site:
    """Return the site that a preview shows as of `now` (aware); of built editions the letters of `reader`, if given."""
    require_subjects(config)
    with open_store(config.root, config.site.cache_dir) as store:
        seen = scan(config)
        collection = collect(config, store, seen=seen)
        renderer = Renderer(config, store, seen, posts=collection.posts)
        posts, files = _feeds(config, published(collection.posts, now), renderer)
        outcomes: list[Outcome] = []
        still_open: list[Outcome] = []
        for name in config.digests:
            outcomes += editions.decide(config, name, collection.posts, now, renderer)
            still_open.append(editions.decide_open(config, name, collection.posts, now, renderer))
        problems = [*collection.problems, *renderer.problems, *unreadable_folders(seen)]
        problems += expectation_problems(config, collection.posts, now)
        problems += guard_warnings(config, seen, collection, posts, now)
    for outcome in outcomes:
        problems += outcome.problems
    due_keys = [outcome.key for outcome in outcomes if outcome.edition]
    open_keys = [outcome.key for outcome in still_open if outcome.edition]
    keys = _keys(config, due_keys, open_keys)
    return Site(
        title=config.site.title,
        url=config.site.url,
        files=files,
        folders=_folders(config, posts),
        modified=max((post.updated or post.date for post in posts), default=EPOCH),
        problems=tuple(sorted(set(problems))),
        keys=keys,
        due=next(iter((*due_keys, *open_keys, *keys)), ""),
        reason="; ".join(map(str, report_editions([*outcomes, *still_open]))) or "digest.toml describes no digest",
        compose=functools.partial(_compose, config, collection, now, frozenset(open_keys), reader),
        due_keys=tuple(due_keys),
        open_keys=tuple(open_keys),
    )


def _feeds(config: Config, posts: tuple[Post, ...], renderer: Renderer) -> tuple[tuple[Post, ...], dict[str, bytes]]:
    """Return the posts that feeds can show, and the files of the feeds by path."""
    files: dict[str, bytes] = {}

    def put(path: str, _source: bytes, make: Callable[[], Iterable[bytes]]) -> None:
        files[path] = b"".join(make())

    def is_current(_path: str, _source: bytes) -> bool:
        return False

    posts, plan = feeds.publishable(config, posts, renderer, is_current)
    feeds.write_feeds(config, plan, renderer, put)
    return posts, files


def _keys(config: Config, due_keys: list[str], open_keys: list[str]) -> tuple[str, ...]:
    """Return the editions to choose from: of each digest the open one, those that are due, and those built.

    The newest are first.
    """
    keys: list[str] = []
    for name in config.digests:
        waiting = [key for key in (*due_keys, *open_keys) if key.partition("/")[0] == name]
        built = load_ledger(config, name).editions
        keys += [*reversed(waiting), *reversed(built)]
    return tuple(dict.fromkeys(keys))


def _folders(config: Config, posts: Iterable[Post]) -> dict[str, Path]:
    """Return the folders of images by URL: the static folder by the site's URL, a post's folder by the post's."""
    folders = {config.site.url: config.root / config.site.static}
    for post in posts:
        folders[post.url] = (config.root / post.path).parent
    return folders


def _compose(
    config: Config, collection: Collection, now: datetime, open_keys: frozenset[str], reader: str, key: str
) -> Email:
    """Return the edition of a key. Raises `DigestError` for an unknown key or an edition without posts."""
    if reader and key in load_ledger(config, digest_of(config, key)).editions:
        return letter_for(config, reader, key, now)[1]
    with open_store(config.root, config.site.cache_dir) as store:
        renderer = Renderer(config, store, scan(config), posts=collection.posts)
        name = digest_of(config, key)
        if key in open_keys:
            outcome = editions.decide_open(config, name, collection.posts, now, renderer)
        else:
            (outcome,) = editions.decide(
                config,
                name,
                collection.posts,
                now,
                renderer,
                edition=key,
                as_unpublished=True,
            )
        if outcome.edition is None:
            raise DigestError("; ".join(map(str, report_editions([outcome]))))
        return editions.compose(config, outcome.edition, renderer)
