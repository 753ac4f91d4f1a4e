"""The records of a ledger: posts that went out, were given up, or belong to the archive, and how they looked last."""

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from digest.editions.ledger import Item, Ledger, Seen

ARCHIVE = ""  # the key of records that are in no edition, since the digest began after them


class Record(Struct, frozen=True):
    """A post as it was recorded, and how it looked when it was last seen."""

    key: str  # of its edition, or ARCHIVE
    id: str
    item: Item | None  # as recorded; None for a post that was given up
    looks: tuple[Item, ...]  # the newest without a doubt; several where two branches were joined
    guesses: tuple[Item, ...] = ()  # of posts that it may be, since then
    names: frozenset[str] = frozenset()  # ids and addresses that it certainly had
    end: datetime | None = None  # of its edition, unless a clock was ahead; for the archive, where the digest begins
    number: int = 0  # of the newest look

    @property
    def name(self) -> tuple[str, str]:
        """What tells it from other records."""
        return self.key, self.id

    @property
    def url(self) -> str:
        """The address that it had when it was recorded."""
        return self.item.url if self.item else self.id


def records_of(ledger: Ledger) -> list[Record]:
    """Return the records of a ledger: the archive's, those of the editions, and those that were given up."""
    records = [*_of_the_archive(ledger), *_of_the_editions(ledger)]
    known = {record.id for record in records}
    given_up = [_record(ledger, key, id_, (), None) for id_, key in ledger.given_up.items() if id_ not in known]
    return [*records, *given_up]


def _of_the_archive(ledger: Ledger) -> Iterator[Record]:
    began = ledger.began
    if began is not None:
        yield from (_record(ledger, ARCHIVE, item.id, (item,), began.start) for item in began.posts)


def _of_the_editions(ledger: Ledger) -> Iterator[Record]:
    for key, built in ledger.editions.items():
        end = None if key in ledger.ahead else built.end
        yield from (_record(ledger, key, item.id, (item,), end) for item in built.posts)


def _record(ledger: Ledger, key: str, id_: str, first: tuple[Item, ...], end: datetime | None) -> Record:
    """Return a record that was `first` seen so; empty when only its id is known."""
    seen = ledger.seen.get((key, id_), ())
    certain = [event for event in seen if not event.doubtful]
    last = certain[-1].number if certain else 0
    looks = (*first, *(event.post for event in certain))
    return Record(
        key=key,
        id=id_,
        item=next(iter(first), None),
        looks=_newest(certain) or first,
        guesses=_guesses(seen, last),
        names=_names(id_, looks),
        end=end,
        number=seen[-1].number if seen else 0,
    )


def _guesses(seen: tuple[Seen, ...], last: int) -> tuple[Item, ...]:
    """Return the looks in doubt since the `last` that is certain."""
    return tuple(event.post for event in seen if event.doubtful and event.number >= last)


def _newest(events: list[Seen]) -> tuple[Item, ...]:
    """Return the looks with the highest number; `events` are in order of their numbers."""
    return tuple(event.post for event in events if event.number == events[-1].number)


def _names(id_: str, looks: tuple[Item, ...]) -> frozenset[str]:
    return frozenset({id_, *(name for look in looks for name in (look.id, look.url))})
