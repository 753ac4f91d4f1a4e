"""A run of one digest: everything that decides which editions are due and what they contain."""

from collections.abc import Callable, Collection
from datetime import datetime
from zoneinfo import ZoneInfo

from msgspec import Struct

from digest.collector.post import Post
from digest.config import Config, Digest, schedule
from digest.config.schedule import Schedule
from digest.editions.ledger import Ledger
from digest.problems import DigestError, Problem


class DigestRun(Struct, frozen=True, kw_only=True):
    """The inputs of a run for the digest `name`.

    `posts` are all collected posts, including drafts; `shown` are the keys whose manifest is in the output. `hash_of`
    returns a post's content hash. `since` overrides the start of the first edition and the look-back of later ones.
    """

    name: str
    config: Config
    posts: tuple[Post, ...]
    ledger: Ledger
    now: datetime  # aware
    shown: Collection[str]
    hash_of: Callable[[Post], str]
    since: datetime | None = None  # aware
    held: str = ""  # why nothing is built
    draft_because: str = ""  # why every edition is a draft
    unreadable: Collection[str] = ()  # keys of published editions whose posts are not known
    problems: tuple[Problem, ...] = ()  # of ledger and published editions

    @property
    def digest(self) -> Digest:
        """The digest's settings."""
        return self.config.digests[self.name]

    @property
    def schedule(self) -> Schedule:
        """When the digest's windows end."""
        return schedule.schedule_of(self.config, self.name)

    @property
    def zone(self) -> ZoneInfo:
        """The digest's zone."""
        return self.config.digest_zone(self.name)


def digest_name(key: str) -> str:
    """Return the name in `key`, `weekly` or `weekly/2026-W47`."""
    return key.partition("/")[0]


def digest_of(config: Config, key: str) -> str:
    """Return the digest that `key` names, `weekly` or `weekly/2026-W47`. Raises `DigestError` for an unknown one."""
    name = digest_name(key)
    if name not in config.digests:
        known = ", ".join(sorted(config.digests)) or "none"
        raise DigestError(f'there is no digest "{name}"; known: {known}')
    return name
