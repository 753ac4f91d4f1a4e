"""The stories of a run: the posts of its edition, and those of earlier editions that some readers still wait for.

A story is known by names: the ids and addresses that the ledgers say a post had. So nobody gets a post a second time
from another digest, or after it was moved.
"""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from digest.archive import load_ledger
from digest.collector.post import Post
from digest.config import Config
from digest.editions import Edition, Ledger, appeared
from digest.editions.records import records_of

_RESENT = "resend:"  # before the names of a post that is sent again on purpose, which is a story of its own


class Story(Struct, frozen=True, eq=False):
    """A post that readers get once. `appeared` is in seconds since 1970."""

    post: Post
    names: tuple[str, ...]
    is_resent: bool
    appeared: float

    @property
    def first_names(self) -> tuple[str, ...]:
        """The names of the post as it was sent first."""
        return tuple(map(as_sent_first, self.names))

    @property
    def resent_names(self) -> tuple[str, ...]:
        """The names of the post as it is sent again."""
        return tuple(f"{_RESENT}{name}" for name in self.first_names)


class Names:
    """All names of each post, by the ledgers of a site's digests."""

    def __init__(self, ledgers: Iterable[Ledger]) -> None:
        self._groups: dict[str, set[str]] = {}
        for ledger in ledgers:
            for record in records_of(ledger):
                self._join({*record.names, record.url})

    def of(self, post: Post) -> tuple[str, ...]:
        """Return every name of a post, the same for all its names."""
        found = {post.id, post.url}
        for name in (post.id, post.url):
            found |= self._groups.get(name, set())
        return tuple(sorted(found))

    def _join(self, names: set[str]) -> None:
        if len(names) == 1 and not names.isdisjoint(self._groups):
            return
        joined = set(names).union(*(self._groups.get(name, ()) for name in names))
        for name in joined:
            self._groups[name] = joined


def as_sent_first(name: str) -> str:
    """Return the name of a story as that of the post when it was sent first."""
    return name.removeprefix(_RESENT)


def names_in(config: Config) -> Names:
    """Return the names of the posts of a site. Raises `ContentError` for a damaged ledger."""
    return Names(load_ledger(config, digest) for digest in config.digests)


def stories_of(edition: Edition, ledger: Ledger, names: Names) -> tuple[Story, ...]:
    """Return the posts of an edition as stories, in reading order."""
    built = ledger.editions.get(edition.key)
    resent = {item.id for item in built.posts if item.resend} if built else set()
    return tuple(_story(post, names.of(post), resent) for post in edition.posts)


def _story(post: Post, names: tuple[str, ...], resent: set[str]) -> Story:
    is_resent = not resent.isdisjoint(names)
    shown = tuple(f"{_RESENT}{name}" for name in names) if is_resent else names
    return Story(post, shown, is_resent, appeared(post).timestamp())


def distinct(stories: Iterable[Story]) -> tuple[Story, ...]:
    """Return stories without those that share a name with one before them."""
    kept: list[Story] = []
    seen: set[str] = set()
    for story in stories:
        if seen.isdisjoint(story.names):
            kept.append(story)
        seen.update(story.names)
    return tuple(kept)


def by_name(stories: Sequence[Story]) -> Mapping[str, int]:
    """Return the positions of stories by each of their names."""
    return {name: number for number, story in enumerate(stories) for name in story.names}
