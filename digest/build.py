"""The whole job, from a folder of posts to feeds and editions: reads like a post's life in the design notes."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from msgspec import Struct

from digest import collector, feed_pages, feeds, publish
from digest.config import Config
from digest.posts import Post
from digest.problems import ContentError, Problem
from digest.renderings import Renderings


class EditionReport(Struct, frozen=True):
    """What became of one digest in a run."""

    digest: str
    status: str
    key: str = ""


class Report(Struct, frozen=True):
    """What a run did. Paths are relative to the site's folder."""

    posts: int
    rendered: int
    written: tuple[str, ...]
    unchanged: int
    editions: tuple[EditionReport, ...]
    problems: tuple[Problem, ...]


def build(config: Config, now: datetime, *, strict: bool = False) -> Report:
    """Write everything that `config` asks for as of `now` (aware); return what was done.

    A post with a problem is left out and everything else is built. Raises `ContentError` before anything is written
    when `strict` and a post is wrong, `WriteError` when a file can not be written.
    """
    collection = collector.collect(config)
    renderings = Renderings(config)
    posts = sound(collector.published(collection.posts, now), config, renderings)
    problems = (*collection.problems, *renderings.problems)
    if strict and any(problem.severity == "error" for problem in problems):
        raise ContentError("nothing was written", problems)
    written, unchanged = [], 0
    for path, content in outputs(config, posts, renderings):
        if publish.write(config.root / config.site.output, path, content):
            written.append(f"{config.site.output}/{path}")
        else:
            unchanged += 1
    return Report(len(posts), renderings.count, tuple(written), unchanged, (), tuple(sorted(set(problems))))


def sound(posts: tuple[Post, ...], config: Config, renderings: Renderings) -> tuple[Post, ...]:
    """Return `posts` without those whose body turns out to be wrong, among the ones that anything shows."""
    while True:
        shown = {post.id: post for feed in feeds.plan(config, posts) for post in feed.posts}
        wrong = {post.id for post in shown.values() if renderings.wrong(post)}
        if not wrong:
            return posts
        posts = tuple(post for post in posts if post.id not in wrong)


def outputs(config: Config, posts: Iterable[Post], renderings: Renderings) -> Iterator[tuple[str, bytes]]:
    """Yield every file of the feeds, as path below the output folder and bytes."""
    plan = feeds.plan(config, tuple(posts))
    for feed in plan:
        for form, path in feed.paths.items():
            entries = (renderings.entry(post, feed.text, form) for post in feed.posts)
            yield path, feeds.assemble(feed, form, entries, config)
    yield from feed_pages.pages(plan, config).items()
