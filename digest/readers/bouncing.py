"""Reports that a letter was not delivered: a reader whose mailbox is gone gets no more."""

from collections.abc import Collection, Iterable
from pathlib import Path

from digest.readers.database import Database
from digest.readers.subscribers import Subscribers
from digest.senders.smtp import BounceSummary, mark_bounces
from digest.senders.smtp.states import Bounce


def mark_bounced_readers(database: Database, mailbox: Path) -> BounceSummary:
    """End the letters to readers whose mailbox is gone, by the reports in a mailbox (RFC 3464).

    `mailbox` is a Maildir, a mailbox file or a file with one message. Raises `DigestError` when it cannot be read.
    """
    return mark_bounces(mailbox, _States(database, Subscribers(database), mailbox.name))


class _States:
    """The readers who were ever sent a letter."""

    def __init__(self, database: Database, subscribers: Subscribers, source: str) -> None:
        self._database = database
        self._subscribers = subscribers
        self._source = source

    def readers(self) -> Collection[str]:
        query = (
            "SELECT DISTINCT subscriber.name FROM delivery JOIN subscriber ON subscriber.id = delivery.subscriber "
            "WHERE delivery.state <> 'planned' AND subscriber.name IS NOT NULL"
        )
        return {name for (name,) in self._database.scan(query)}

    def add_bounces(self, bounces: Iterable[Bounce]) -> None:
        for bounce in bounces:
            reader = self._subscribers.by_address(bounce.reader)
            if reader is not None and bounce.kind == "hard":
                self._subscribers.bounce(reader, self._source)
