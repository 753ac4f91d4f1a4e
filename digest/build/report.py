"""What a run did, for people and scripts."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec import Struct

from digest.problems import Problem

if TYPE_CHECKING:
    from digest.editions.plan import Outcome


class EditionReport(Struct, frozen=True):
    """What became of one edition, or of a digest that had none."""

    digest: str
    key: str
    status: str
    message: str = ""
    draft: bool = False

    def __str__(self) -> str:
        return f"{self.key}: {self.status} ({self.message})" if self.message else f"{self.key}: {self.status}"


class Report(Struct, frozen=True):
    """What a run did. Paths are relative to the site's folder, `posts` are published ones."""

    posts: int
    read: int
    rendered: int
    written: tuple[str, ...]
    unchanged: int
    editions: tuple[EditionReport, ...]
    problems: tuple[Problem, ...]
    removed: tuple[str, ...] = ()


def report_editions(outcomes: "Iterable[Outcome]") -> tuple[EditionReport, ...]:
    """Return what became of each edition, as reports have it."""
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
