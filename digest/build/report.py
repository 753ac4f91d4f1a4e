"""The report of a run, for people and scripts."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec import Struct

from digest.problems import Problem

if TYPE_CHECKING:
    from digest.editions.plan import Outcome


class EditionReport(Struct, frozen=True):
    """The outcome of one edition, or of a digest without one."""

    digest: str
    key: str
    status: str
    message: str = ""
    draft: bool = False

    def __str__(self) -> str:
        return f"{self.key}: {self.status} ({self.message})" if self.message else f"{self.key}: {self.status}"


class Report(Struct, frozen=True):
    """The result of a run. Paths are relative to the site's folder, `posts` counts published ones."""

    posts: int
    read: int
    rendered: int
    written: tuple[str, ...]
    unchanged: int
    editions: tuple[EditionReport, ...]
    problems: tuple[Problem, ...]
    removed: tuple[str, ...] = ()


def report_editions(outcomes: "Iterable[Outcome]") -> tuple[EditionReport, ...]:
    """Return the report of each outcome."""
    return tuple(
        EditionReport(
            digest=outcome.digest,
            key=outcome.key,
            status=outcome.status,
            message=outcome.message,
            draft=outcome.edition is not None and outcome.edition.draft,
        )
        for outcome in outcomes
    )
