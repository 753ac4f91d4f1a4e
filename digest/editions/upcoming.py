"""The edition whose window is open: what it will hold if nothing changes until the window ends."""

import msgspec

from digest.config import schedule
from digest.editions import ledger as ledgers
from digest.editions.plan import Outcome, due_editions
from digest.editions.run import DigestRun


def open_edition(run: DigestRun) -> Outcome:
    """Return the outcome that the open window will have at its end, when the editions that are due now are built."""
    events = [outcome.event for outcome in due_editions(run) if outcome.event is not None]
    ledger = ledgers.fold([*run.ledger.events, *events])
    later = msgspec.structs.replace(
        run,
        ledger=ledger,
        now=schedule.next_end(run.schedule, run.now),
        shown=tuple(ledger.editions),
        since=None if ledger.editions else run.since,
    )
    return due_editions(later)[-1]
