"""The status of each digest: what is built, what is sent, what is due, and what the next edition will hold."""

from datetime import UTC, datetime, timedelta

from msgspec import Struct

from digest import archive
from digest.build.editions import find_run
from digest.build.report import Upcoming
from digest.build.upcoming import upcoming
from digest.collector.collect import collect_remembered
from digest.config import Config
from digest.editions import DigestRun, Edition, due_editions

# What is known of an edition that is not sent, by its approval.
STATES = {"not needed": "built", "missing": "to approve", "outdated": "to approve again", "approved": "approved"}


class DigestStatus(Struct, frozen=True):
    """The status of a digest.

    `newest` is the key of the newest edition and `newest_state` is sent or one of `STATES`; both are empty when there
    is none.
    `unsent` are the editions built but not sent; empty when none was ever sent. `waiting` is the key of the edition
    that is due, and `next_end` is when the next window ends.
    """

    digest: str
    newest: str
    newest_state: str
    unsent: tuple[str, ...]
    waiting: str
    next_end: datetime
    overdue: bool
    upcoming: Upcoming


def status(config: Config, now: datetime, max_age: timedelta | None = None) -> tuple[DigestStatus, ...]:
    """Return the status of each digest at `now`; nothing is rendered and no output is written."""
    posts = collect_remembered(config).posts
    runs = [find_run(config, name, posts, now) for name in config.digests]
    return tuple(status_of(run, due_editions(run)[-1].edition, max_age) for run in runs)


def status_of(run: DigestRun, edition: Edition | None, max_age: timedelta | None) -> DigestStatus:
    """Return the status of a digest; `edition` is the one that is due, if any.

    A digest is overdue when it has an edition to build or to send, and its last sent edition ended longer ago than
    `max_age`. A digest with nothing to publish is not overdue.
    """
    ledger = run.ledger
    newest = next(reversed(ledger.editions), "")
    unsent: tuple[str, ...] = ()
    if ledger.sent:
        unsent = tuple(key for key in ledger.editions if key not in ledger.sent)
    is_waiting = edition is not None or bool(unsent)
    next_edition = upcoming(run)
    return DigestStatus(
        digest=run.name,
        newest=newest,
        newest_state=_state(run, newest),
        unsent=unsent,
        waiting=edition.key if edition else "",
        next_end=next_edition.end,
        overdue=is_waiting and _is_last_older_than(run, edition, max_age),
        upcoming=next_edition,
    )


def _state(run: DigestRun, key: str) -> str:
    if key in run.ledger.sent:
        return "sent"
    return STATES[archive.approval_of(run.config, run.ledger, key)] if key else ""


def _is_last_older_than(run: DigestRun, edition: Edition | None, max_age: timedelta | None) -> bool:
    """Return whether the last edition that was sent ended longer ago than `max_age`.

    When nothing was ever marked as sent, the last built edition counts; when none was built, the digest's start counts.
    """
    ledger = run.ledger
    ends = [built.end for key, built in ledger.editions.items() if not ledger.sent or key in ledger.sent]
    start = ledger.baseline or (edition.start if edition else None)
    last = max(ends, default=start)
    if max_age is None or last is None:
        return False
    return run.now.astimezone(UTC) - last > max_age
