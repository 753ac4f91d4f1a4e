"""Importing readers: a difference to those who are there. Nobody who left, or is suppressed, is woken."""

import time
from collections.abc import Sequence

from msgspec import Struct

from digest.readers.database import Database
from digest.readers.subscribers import State, Subscriber, Subscribers, Wishes
from digest.readers.table import ReaderRow

_AWAKE: tuple[State, ...] = ("active", "pending")


class ImportReport(Struct, frozen=True):
    """What an import does: how many readers are added, changed, left as they are, and not woken or suppressed.

    `ended` are readers who get nothing more, since the file says so.
    """

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    ended: int = 0
    kept_away: int = 0


class _Change(Struct, frozen=True):
    kind: str  # a field of the report
    row: ReaderRow
    reader: Subscriber | None = None


def import_readers(
    database: Database, rows: Sequence[ReaderRow], *, source: str, dry_run: bool = False
) -> ImportReport:
    """Take the readers of a file in, all or none; with `dry_run` only say what would be done."""
    subscribers = Subscribers(database)
    changes = [_change(subscribers, row) for row in rows]
    kinds = [change.kind for change in changes]
    report = ImportReport(**{kind: kinds.count(kind) for kind in ImportReport.__struct_fields__})
    if not dry_run:
        with database.transaction():
            for change in changes:
                _apply(subscribers, change, source)
        for change in changes:
            _end(subscribers, change, source)
    return report


def _change(subscribers: Subscribers, row: ReaderRow) -> _Change:
    """Return what becomes of a line."""
    reader = subscribers.by_address(row.address)
    ends = row.is_suppressed or row.state in ("left", "bounced")
    if reader is not None and reader.state not in _AWAKE:
        return _Change("kept_away", row, reader)
    if subscribers.why_suppressed(row.address) is not None:
        return _Change("kept_away", row, reader)
    if ends:
        return _Change("ended", row, reader)
    if reader is None:
        return _Change("added", row)
    is_same = _wishes(row, reader) == _wishes_of(reader) and _state(row, reader) == reader.state
    return _Change("unchanged" if is_same else "changed", row, reader)


def _apply(subscribers: Subscribers, change: _Change, source: str) -> None:
    row, reader = change.row, change.reader
    if change.kind == "added":
        since = row.since if row.since is not None else int(time.time())
        subscribers.add(row.address, _wishes(row, None), row.state or "active", since, source)
    elif change.kind == "changed" and reader is not None:
        subscribers.update(reader, _wishes(row, reader), _state(row, reader), source)


def _end(subscribers: Subscribers, change: _Change, source: str) -> None:
    """End the letters to readers whom the file says to have left, or not to reach."""
    row = change.row
    if change.kind != "ended":
        return
    if row.is_suppressed:
        subscribers.suppress(row.address, "added", source)
    elif change.reader is None:
        subscribers.suppress(row.address, "bounced" if row.state == "bounced" else "left", source)
    elif row.state == "bounced":
        subscribers.bounce(change.reader, source)
    else:
        subscribers.leave(change.reader, source)


def _state(row: ReaderRow, reader: Subscriber) -> State:
    """Return a reader's state after the import: one who was confirmed stays so."""
    if row.state == "active" and reader.state == "pending":
        return "active"
    return reader.state


def _wishes(row: ReaderRow, reader: Subscriber | None) -> Wishes:
    """Return what a reader gets after the import: a column that is not there changes nothing."""
    known = _wishes_of(reader) if reader else Wishes()
    return Wishes(
        tags=known.tags if row.tags is None else row.tags,
        language=known.language if row.language is None else row.language,
        every=known.every if row.every is None else row.every,
    )


def _wishes_of(reader: Subscriber) -> Wishes:
    return Wishes(tags=reader.tags, language=reader.language, every=reader.every)
