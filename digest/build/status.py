"""How each digest stands: what is built, what is sent, and whether something waits.

Mostly the ledger and the schedule can tell. The posts are looked at only when an edition could be due.
"""

import functools
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from digest.archive import editions as archive
from digest.collector.collect import collect_remembered
from digest.config import schedule
from digest.config.schema import Config
from digest.editions import plan as due
from digest.editions.edition import Edition
from digest.editions.ledger import Ledger


class Standing(Struct, frozen=True):
    """How a digest stands. `newest` is the key of the newest edition, `unsent` are built and not sent, if any ever was.

    `waiting` is the key of the edition that is due, `next_end` when the next window ends.
    """

    digest: str
    newest: str
    newest_state: str  # built, sent, or empty: none yet
    unsent: tuple[str, ...]
    waiting: str
    next_end: datetime
    overdue: bool


def standing(
    digest: str,
    ledger: Ledger,
    edition: Edition | None,
    next_end: datetime,
    now: datetime,
    max_age: timedelta | None,
) -> Standing:
    """Return how a digest stands at `now`; `edition` is the one that is due, if any.

    Overdue is a digest that has something waiting, an edition to build or to send, and whose last edition that went
    out ended longer ago than `max_age`. A quiet time is not overdue. Where nothing was ever marked as sent, a built
    edition counts as gone out.
    """
    newest = next(reversed(ledger.editions), "")
    unsent = tuple(key for key in ledger.editions if key not in ledger.sent) if ledger.sent else ()
    waiting = edition.key if edition else ""
    out = [built.end for key, built in ledger.editions.items() if not ledger.sent or key in ledger.sent]
    since = max(out, default=ledger.baseline or (edition.start if edition else None))
    late = max_age is not None and since is not None and now.astimezone(UTC) - since > max_age
    state = "sent" if newest in ledger.sent else "built" if newest else ""
    return Standing(digest, newest, state, unsent, waiting, next_end, late and bool(waiting or unsent))


def status(config: Config, now: datetime, max_age: timedelta | None) -> tuple[Standing, ...]:
    """Return how each digest stands at `now`; nothing is rendered and no output written."""
    posts = None
    standings = []
    hash_of = functools.partial(archive.hash_file, config)
    for name in config.digests:
        ledger, _ = archive.load(config, name)
        shown = archive.shown(config, name)
        edition = None
        if not due.settled(name, config, ledger, now, shown=shown):
            if posts is None:
                posts = collect_remembered(config).posts
            outcomes = due.due(name, config, posts, ledger, now, hash_of=hash_of, shown=shown)
            edition = outcomes[-1].edition
        next_end = schedule.next_end(schedule.schedule_of(config, name), now)
        standings.append(standing(name, ledger, edition, next_end, now, max_age))
    return tuple(standings)
