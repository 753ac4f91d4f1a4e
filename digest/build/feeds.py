"""The feeds of a build: choose the posts they can show, and write the feeds that changed."""

import functools
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

import msgspec

from digest import __version__, feeds, templates
from digest.build import announced
from digest.build.job import CHANGED
from digest.build.renderer import Kind, Renderer
from digest.cache.fingerprint import fingerprint
from digest.collector.collect import collect_remembered
from digest.collector.post import Post, in_zone
from digest.collector.select import published
from digest.config.schema import Config, Format
from digest.feeds import EPOCH, Feed
from digest.problems import ConfigError, DigestError, Problem

# Takes a path, the fingerprint of its source, and a function that makes the content.
Put = Callable[[str, bytes, Callable[[], Iterable[bytes]]], None]
IsCurrent = Callable[[str, bytes], bool]  # (path, fingerprint): whether the file was made from this source


def publishable(
    config: Config, posts: tuple[Post, ...], renderer: Renderer, is_current: IsCurrent
) -> tuple[tuple[Post, ...], tuple[Feed, ...]]:
    """Return `posts` without those in feeds whose body fails to render, and the feeds of the rest.

    `posts` are the published ones, newest first. Only entries of feeds that are out of date are rendered.
    """
    while True:
        plan = feeds.plan(config, posts)
        renderer.prepare(_wanted(config, plan, renderer, is_current))
        shown = {post.path: post for feed in plan for post in feed.posts}
        broken = {path for path, post in shown.items() if renderer.is_broken(post)}
        if not broken:
            return posts, plan
        posts = tuple(post for post in posts if post.path not in broken)


def write_feeds(config: Config, plan: Sequence[Feed], renderer: Renderer, put: Put) -> None:
    """Write every feed whose entries or head changed, and the pages that list the feeds.

    Those of the owner's templates come first, so that nothing is written when one is wrong.
    """
    for feed in filter(_has_template, plan):
        source = _template_source(config, feed, renderer)
        put(feed.own_path, source, functools.partial(_own, config, feed, renderer))
    for feed in plan:
        source = _source(config, feed, renderer)
        for form, path in feed.paths.items():
            put(path, source, functools.partial(_feed, config, feed, form, renderer))
    heads = [msgspec.structs.replace(feed, posts=()) for feed in plan]
    listed = [*heads, *(feeds.edition_feed(config, name, EPOCH) for name in config.digests)]
    source = fingerprint(
        __version__, config.site, config.feeds, config.theme, listed, templates.stamp(config.own_templates)
    )
    pages = functools.cache(lambda: feeds.pages(listed, config))
    for path in feeds.PAGES:
        put(path, source, functools.partial(_page, pages, path))


def _wanted(
    config: Config, plan: Iterable[Feed], renderer: Renderer, is_current: IsCurrent
) -> list[tuple[Post, Iterable[Kind]]]:
    """Return the kinds of entries of each post that out-of-date feeds need."""
    wanted: dict[str, tuple[Post, dict[Kind, None]]] = {}
    for feed in plan:
        source = _source(config, feed, renderer)
        kinds = [(feed.text, form) for form, path in feed.paths.items() if not is_current(path, source)]
        is_wanted = _has_template(feed) and not is_current(feed.own_path, _template_source(config, feed, renderer))
        if not kinds and not is_wanted:
            continue
        for post in feed.posts:
            _, known = wanted.setdefault(post.path, (post, {}))
            known.update(dict.fromkeys(kinds))
    return list(wanted.values())


def _source(config: Config, feed: Feed, renderer: Renderer) -> bytes:
    """Return the fingerprint of everything a feed is made from."""
    head = msgspec.structs.replace(feed, posts=())
    entries = [renderer.entry_fingerprint(post) for post in feed.posts]
    return fingerprint(__version__, config.site, config.feeds, config.theme, head, entries)


def _has_template(feed: Feed) -> bool:
    return bool(feed.template)


def _template_source(config: Config, feed: Feed, renderer: Renderer) -> bytes:
    return fingerprint(_source(config, feed, renderer), templates.stamp(config.own_templates))


def template_problems(config: Config, posts: Sequence[Post], renderer: Renderer) -> list[Problem]:
    """Return what is wrong with the owner's own feed templates; `posts` are the published ones."""
    found: list[Problem] = []
    for feed in filter(_has_template, feeds.plan(config, posts)):
        try:
            _own(config, feed, renderer)
        except ConfigError as error:
            found += error.problems
    return found


def _own(config: Config, feed: Feed, renderer: Renderer) -> Iterable[bytes]:
    """Return the file that the owner's template writes."""
    entries = [
        feeds.make_entry(in_zone(post, config.site_zone), renderer.body(post), feed.text, config) for post in feed.posts
    ]
    return (feeds.own_document(feed, entries, config),)


def _feed(config: Config, feed: Feed, form: Format, renderer: Renderer) -> Iterable[bytes]:
    entries = (renderer.entry(post, (feed.text, form)) for post in feed.posts)
    return feeds.assemble(feed, form, entries, config)


def _page(pages: Callable[[], dict[str, bytes]], path: str) -> Iterable[bytes]:
    return (pages()[path],)


def ping_changed(config: Config, now: datetime) -> tuple[str, ...]:
    """Notify the hub of the feeds that changed since the last notification; return their addresses.

    What the hub took is not repeated, even when it refused others. Raises `DigestError` when nothing was built, and
    as `feeds.ping` does.
    """
    hub = config.feeds.hub
    every = _announceable(config, now)
    current = announced.hashes(config.root / config.site.output, feeds.topic_paths(every))
    known = announced.load(config.root, hub)
    topics = feeds.changed_topics(every, (path for path in current if known.get(path) != current[path]), config)
    try:
        feeds.ping(topics, config)
    except feeds.HubError as error:
        taken = {path: found for path, found in current.items() if feeds.address(config, path) in error.taken}
        announced.save(config.root, hub, known | taken)
        raise
    announced.save(config.root, hub, current)
    return topics


def _announceable(config: Config, now: datetime) -> list[Feed]:
    """Return the feeds of posts and of editions. Raises `DigestError` when nothing was built."""
    try:
        msgspec.json.decode((config.root / CHANGED).read_bytes(), type=list[str])
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DigestError("nothing was built here yet; run digest build first") from error
    posts = published(collect_remembered(config).posts, now)
    editions = [feeds.edition_feed(config, name, EPOCH) for name in config.digests]
    return [*feeds.plan(config, posts), *editions]
