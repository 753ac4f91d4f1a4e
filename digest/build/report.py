"""The report of a run, for people and scripts."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from digest.problems import Problem, count

if TYPE_CHECKING:
    from digest.editions.plan import Outcome

NAMED = 5  # titles of an edition that a line names


class EditionReport(Struct, frozen=True):
    """The outcome of one edition, or of a digest without one. `next_step` is what its editor has to do."""

    digest: str
    key: str
    status: str
    message: str = ""
    draft: bool = False
    next_step: str = ""

    def __str__(self) -> str:
        said = f"{self.key}: {self.status} ({self.message})" if self.message else f"{self.key}: {self.status}"
        return f"{said}; {self.next_step}" if self.next_step else said


class UpcomingPost(Struct, frozen=True):
    """A post of the next edition."""

    title: str
    url: str
    path: str


class Upcoming(Struct, frozen=True):
    """The edition whose window is open: its key, the window's end in the digest's zone, and its posts so far.

    `posts` are in reading order. `message` says why there are none. `note` is the path of the editor's note for it, and
    `has_note` whether it is there. `approved` is the last moment at which it was approved as it was then.
    """

    digest: str
    key: str
    end: datetime
    posts: tuple[UpcomingPost, ...] = ()
    message: str = ""
    note: str = ""
    has_note: bool = False
    approved: datetime | None = None

    def __str__(self) -> str:
        note = f"; with {self.note}" if self.has_note else ""
        approved = f"; approved as it was on {self.approved:%A %Y-%m-%d %H:%M}" if self.approved else ""
        return f"{self.key}: open until {self.end:%A %Y-%m-%d %H:%M}, {self.contents}{note}{approved}"

    @property
    def contents(self) -> str:
        """The number of posts so far, and their titles."""
        if not self.posts:
            return self.message
        titles = [post.title or post.path for post in self.posts[:NAMED]]
        left_out = len(self.posts) - len(titles)
        more = [f"{left_out} more"] if left_out else []
        return f"{count(len(self.posts), 'post')} so far: {'; '.join([*titles, *more])}"


class Report(Struct, frozen=True):
    """The result of a run. Paths are relative to the site's folder, `posts` counts published ones.

    `upcoming` are the editions whose windows are open. `folders` are the output's and the ledgers', which hold what a
    build makes and the next one needs. `copied` and `deleted` count files at the destination that the output was copied
    to afterwards.
    """

    posts: int
    read: int
    rendered: int
    written: tuple[str, ...]
    unchanged: int
    editions: tuple[EditionReport, ...]
    problems: tuple[Problem, ...]
    removed: tuple[str, ...] = ()
    upcoming: tuple[Upcoming, ...] = ()
    folders: tuple[str, ...] = ()
    copied: int = 0
    deleted: int = 0


def report_editions(outcomes: "Iterable[Outcome]", steps: Mapping[str, str] = {}) -> tuple[EditionReport, ...]:
    """Return the report of each outcome; `steps` has the next step of an edition by its key."""
    return tuple(
        EditionReport(
            digest=outcome.digest,
            key=outcome.key,
            status=outcome.status,
            message=outcome.message,
            draft=outcome.edition is not None and outcome.edition.draft,
            next_step=steps.get(outcome.key, ""),
        )
        for outcome in outcomes
    )
