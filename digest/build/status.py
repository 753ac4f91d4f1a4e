"""The status of each digest: what is built, what is sent, what is due, and what the next edition will hold."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from digest import archive
from digest.build.editions import find_run
from digest.build.next_steps import next_step
from digest.build.report import Upcoming
from digest.build.upcoming import upcoming
from digest.collector.collect import collect_remembered
from digest.collector.post import Post
from digest.config import Config
from digest.editions import OPEN, DigestRun, Edition, appeared, due_editions, is_wanted

# What is known of an edition that is not sent, by its approval.
STATES = {"not needed": "built", "missing": "to approve", "outdated": "to approve again", "approved": "approved"}

ADVISED = 2  # unsent editions whose next step is named


class DigestStatus(Struct, frozen=True):
    """The status of a digest.

    `newest` is the key of the newest edition and `newest_state` is sent, how far it is with its sender (drafted,
    scheduled ...) or one of `STATES`; both are empty when there is none. `unsent` are the editions built but not
    sent. `waiting` is the key of the edition that is due, and `next_end` is when the next window ends. `upcoming`
    is what that window's edition holds so far. `alarm` says what waits for too long; it is empty unless the digest
    is `overdue`. `next_steps` says what to do about the newest of the unsent editions, by their keys.
    """

    digest: str
    newest: str
    newest_state: str
    unsent: tuple[str, ...]
    waiting: str
    next_end: datetime
    overdue: bool
    upcoming: Upcoming
    alarm: str = ""
    next_steps: dict[str, str] = {}


def status(config: Config, now: datetime, max_age: timedelta | None = None) -> tuple[DigestStatus, ...]:
    """Return the status of each digest at `now`; nothing is rendered and no output is written."""
    posts = collect_remembered(config).posts
    runs = [find_run(config, name, posts, now) for name in config.digests]
    return tuple(status_of(run, due_editions(run)[-1].edition, max_age) for run in runs)


def status_of(run: DigestRun, edition: Edition | None, max_age: timedelta | None) -> DigestStatus:
    """Return the status of a digest; `edition` is the one that is due, if any.

    A digest is overdue when it has an edition to build or to send, or posts but no build ever, and the last edition
    that was sent ended longer ago than `max_age`; when none was ever sent, the end of the first edition counts, and
    before that the digest's start. A digest with nothing to publish is not overdue.
    """
    ledger = run.ledger
    newest = next(reversed(ledger.editions), "")
    unsent = tuple(key for key in ledger.editions if key not in ledger.sent)
    by_path = {post.path: post for post in run.posts}
    next_edition = upcoming(run)
    alarm = ""
    if max_age is not None and run.now.astimezone(UTC) - _waits_since(run, edition) > max_age:
        alarm = _what_waits(run, edition, unsent)
    return DigestStatus(
        digest=run.name,
        newest=newest,
        newest_state=_state(run, newest),
        unsent=unsent,
        waiting=edition.key if edition else "",
        next_end=next_edition.end,
        overdue=bool(alarm),
        upcoming=next_edition,
        alarm=alarm,
        next_steps={key: next_step(run.config, ledger, key, by_path) for key in unsent[-ADVISED:]},
    )


def _state(run: DigestRun, key: str) -> str:
    if key in run.ledger.sent:
        return "sent"
    deliveries = run.ledger.deliveries.get(key, {}).values()
    under_way = next((delivery.state for delivery in deliveries if delivery.state in OPEN), "")
    if under_way:
        return under_way
    return STATES[archive.approval_of(run.config, run.ledger, key)] if key else ""


def _what_waits(run: DigestRun, edition: Edition | None, unsent: Sequence[str]) -> str:
    """Return what waits to be sent or built; empty when nothing does."""
    if unsent:
        return f"{unsent[0]} is built and not sent"
    if edition is not None:
        return f"{edition.key} is not built"
    if run.ledger.baseline is None and _wanted(run):
        return "nothing was ever built, and posts wait"
    return ""


def _waits_since(run: DigestRun, edition: Edition | None) -> datetime:
    """Return the end of the last edition that was sent, else of the first, else the digest's start, in UTC."""
    ledger = run.ledger
    sent = [built.end for key, built in ledger.editions.items() if key in ledger.sent]
    if sent:
        return max(sent).astimezone(UTC)
    if ledger.editions:
        return min(built.end for built in ledger.editions.values()).astimezone(UTC)
    return _start_of(run, edition).astimezone(UTC)


def _start_of(run: DigestRun, edition: Edition | None) -> datetime:
    """Return when a digest without editions began: with its first window, else with its first post."""
    if run.ledger.baseline is not None:
        return run.ledger.baseline
    starts = [appeared(post) for post in _wanted(run)]
    if edition is not None:
        starts.append(edition.start)
    return min(starts, default=run.now)


def _wanted(run: DigestRun) -> list[Post]:
    """Return the posts that readers may see and the digest takes."""
    return [post for post in run.posts if is_wanted(post, run, run.now)]
