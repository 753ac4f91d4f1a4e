"""The editions of a site as they are now: their posts, and letters that hold some of them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

import msgspec
from msgspec import Struct

from digest.archive import load_ledger, manifest
from digest.build import editions
from digest.build.renderer import Renderer
from digest.cache.store import open_store
from digest.collector.collect import collect
from digest.collector.post import Post
from digest.collector.scan import scan
from digest.config import Config
from digest.editions import Edition, Outcome, appeared
from digest.editions.edition import arrange
from digest.problems import DigestError


class EditionMaker(Struct, frozen=True, eq=False):
    """The posts of a site, and what is needed to make editions of them, as of `now` (aware)."""

    config: Config
    posts: tuple[Post, ...]
    renderer: Renderer
    now: datetime

    def outcome(self, key: str) -> Outcome:
        """Return the built edition `key` with its posts as they are now. Raises `DigestError` when it has none."""
        name = key.partition("/")[0]
        if key not in load_ledger(self.config, name).editions:
            raise DigestError(f"{key} was never built; `digest build` builds what is due")
        (outcome,) = editions.decide(
            self.config,
            name,
            self.posts,
            self.now,
            self.renderer,
            edition=key,
            as_unpublished=True,
        )
        return outcome

    def is_as_published(self, outcome: Outcome) -> bool:
        """Return whether an edition made now is the one in the output."""
        published = manifest.read(manifest.path_of(self.config, outcome.key))
        made = editions.manifest_of(
            self.config, outcome, editions.compose(self.config, edition_of(outcome), self.renderer)
        )
        return made.content_hash == published.content_hash


@contextmanager
def open_edition_maker(config: Config, now: datetime) -> Iterator[EditionMaker]:
    """Read the posts of a site, and yield what makes editions of them."""
    with open_store(config.root, config.site.cache_dir) as store:
        seen = scan(config)
        posts = collect(config, store, seen=seen).posts
        yield EditionMaker(config, posts, Renderer(config, store, seen, posts=posts), now)


def edition_with(whole: Edition, posts: Sequence[Post], config: Config) -> Edition:
    """Return the edition `whole` with these posts instead of its own, in the sections of its digest."""
    late = tuple(post.id for post in posts if appeared(post) < whole.start)
    sections = arrange(config.digests[whole.digest], posts, whole.note)
    return msgspec.structs.replace(whole, sections=sections, late=late)


def edition_of(outcome: Outcome) -> Edition:
    """Return the edition of an outcome. Raises `DigestError` when it has none."""
    if outcome.edition is None:
        raise DigestError(f"{outcome.key}: {outcome.message}")
    return outcome.edition
