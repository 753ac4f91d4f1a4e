"""Enclosures whose length is not known: RSS must say one (https://www.rssboard.org/rss-specification)."""

from collections.abc import Iterable, Iterator

from digest.collector.post import Post
from digest.config.schema import Config
from digest.feeds.entry import size_of
from digest.problems import Problem

_HINT = "write it in bytes, such as length: 24986239"


def length_problems(posts: Iterable[Post], config: Config) -> Iterator[Problem]:
    """Yield a warning for each enclosure of `posts` whose length neither the post nor a file on disk says."""
    for post in posts:
        files = [post.enclosure, *post.more_enclosures] if post.enclosure and post.in_feeds else []
        for file, source in zip(files, post.enclosure_sources, strict=False):
            if file is None or file.length or source.is_named or size_of(config, source.file):
                continue
            reason = "it is on another site, and the post gives none"
            if source.file:
                reason = f"there is no file {source.file}"
            message = f"the length of an enclosure is not known, so RSS says 0: {reason}"
            yield Problem(post.path, source.line, 0, "enclosure-length", message, _HINT, "warning")
