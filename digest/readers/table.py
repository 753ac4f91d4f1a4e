"""A table of readers: CSV with a head, as this program, listmonk, Mailchimp and Mailman write it, or bare addresses.

The whole file is checked before anything is changed, and every mistake is named with line and column.
"""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from io import StringIO
from pathlib import Path
from typing import TypeVar

from msgspec import Struct

from digest.problems import ContentError, Problem, count, did_you_mean
from digest.readers.subscribers import State
from digest.readers.wishes import read_every, read_language, read_tags
from digest.senders.smtp import check_address, decode_readers
from digest.unsubscribe import normal_address

CODE = "reader"
COLUMNS = ("address", "tags", "language", "every", "state", "since")
_NAMES = {
    "address": ("address", "email", "emailaddress", "mail", "subscriber"),
    "tags": ("tags", "tag", "topics", "interests", "segments"),
    "language": ("language", "lang", "locale", "preferredlanguage"),
    "every": ("every", "frequency"),
    "state": ("state", "status", "subscriptionstatus"),
    "since": ("since", "confirmtime", "optintime", "confirmedat", "subscribedat", "createdat", "created"),
}
_STATES: Mapping[str, State] = {
    "": "active", "active": "active", "enabled": "active", "confirmed": "active", "subscribed": "active",
    "pending": "pending", "unconfirmed": "pending", "left": "left", "unsubscribed": "left", "disabled": "left",
    "inactive": "left", "bounced": "bounced", "cleaned": "bounced",
}  # fmt: skip
SUPPRESSED = ("blocklisted", "blacklisted", "suppressed", "complained", "junk", "archived", "forgotten", "banned")

Value = TypeVar("Value")


class ReaderRow(Struct, frozen=True, kw_only=True):
    """A reader as a file describes her. What the file has no column for is None.

    `is_suppressed`: the file says that she must get nothing.
    """

    address: str
    line: int
    tags: str | None = None
    language: str | None = None
    every: str | None = None
    state: State | None = None
    since: int | None = None
    is_suppressed: bool = False


class _CellError(ValueError):
    """A cell is wrong; `hint` says what to write."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


def read_table(path: Path, zone: tzinfo) -> list[ReaderRow]:
    """Return the readers of a file, each once: the last line about an address goes before earlier ones.

    Moments without a zone are in `zone`. Raises `ContentError` with every mistake.
    """
    shown = str(path)
    text = decode_readers(path, shown)
    problems: list[Problem] = []
    rows: dict[str, ReaderRow] = {}
    for row in _rows(text, shown, zone, problems):
        name = normal_address(row.address)
        rows.pop(name, None)
        rows[name] = row
    if problems:
        raise ContentError(f"{shown}: {count(len(problems), 'mistake')}; nothing was imported", problems)
    return list(rows.values())


def _rows(text: str, shown: str, zone: tzinfo, problems: list[Problem]) -> Iterator[ReaderRow]:
    reader = csv.reader(StringIO(text, newline=""), delimiter=_delimiter(text))
    head = next(reader, [])
    columns = _columns(head, shown)
    if not columns:  # a list of addresses
        lines = enumerate(text.splitlines(), 1)
        cells = (({"address": line.partition("#")[0]}, number) for number, line in lines)
    else:
        cells = ((_named(row, columns), reader.line_num) for row in reader)
    positions = {name: column + 1 for name, column in columns.items()}
    for cell, line in cells:
        if any(value.strip() for value in cell.values()):
            row = _row(cell, line, zone, lambda *mistake: problems.append(_problem(shown, positions, *mistake)))
            if row is not None:
                yield row


def _problem(shown: str, positions: Mapping[str, int], line: int, name: str, error: ValueError) -> Problem:
    message, hint = str(error), getattr(error, "hint", "")
    return Problem(shown, line, positions.get(name, 1), CODE, f"{name}: {message}" if positions else message, hint)


def _row(
    cell: Mapping[str, str], line: int, zone: tzinfo, complain: Callable[[int, str, ValueError], None]
) -> ReaderRow | None:
    """Return the reader of a line; None when something in it is wrong."""
    mistakes: list[str] = []

    def read(name: str, reading: Callable[[str], Value]) -> Value | None:
        if name not in cell:
            return None
        try:
            return reading(cell[name])
        except ValueError as error:
            mistakes.append(name)
            complain(line, name, error)
            return None

    is_suppressed = cell.get("state", "").strip().lower() in SUPPRESSED
    row = ReaderRow(
        address=read("address", _address) or "",
        line=line,
        tags=read("tags", read_tags),
        language=read("language", read_language),
        every=read("every", read_every),
        state=None if is_suppressed else read("state", _state),
        since=read("since", lambda text: _moment(text, zone)),
        is_suppressed=is_suppressed,
    )
    return None if mistakes else row


def _address(text: str) -> str:
    bare = text.strip()
    if bare.endswith(">") and "<" in bare:
        bare = bare[bare.rindex("<") + 1 : -1]
    return check_address(bare)


def _state(text: str) -> State:
    word = text.strip().lower()
    if word not in _STATES:
        hint = did_you_mean(word, (*_STATES, *SUPPRESSED)) or "known: active, pending, left, bounced, suppressed"
        raise _CellError(f'"{text}" is no state', hint)
    return _STATES[word]


def _moment(text: str, zone: tzinfo) -> int | None:
    word = text.strip()
    if not word:
        return None
    try:
        moment = datetime.fromisoformat(word)
    except ValueError:
        raise _CellError(f'"{text}" is no moment', "write 2026-11-23 or 2026-11-23T09:00:00+08:00") from None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp())


def _delimiter(text: str) -> str:
    head = text.partition("\n")[0]
    return max(",;\t", key=head.count)


def _columns(head: Sequence[str], shown: str) -> dict[str, int]:
    """Return the columns by our names; empty when the file is a list of addresses. Raises `ContentError`."""
    spelt = {_plain(cell): number for number, cell in reversed(list(enumerate(head)))}
    if len(head) <= 1 and spelt.keys().isdisjoint(_NAMES["address"]):
        return {}
    if any("@" in cell for cell in head):
        raise _wrong_head(shown, "the first line names no columns", f"begin with {','.join(COLUMNS)}")
    found = {ours: _first(spelt, names) for ours, names in _NAMES.items()}
    if found["address"] is None:
        raise _wrong_head(shown, "no column has addresses", 'call it "address"')
    return {ours: column for ours, column in found.items() if column is not None}


def _first(spelt: Mapping[str, int], names: Sequence[str]) -> int | None:
    return next((spelt[name] for name in names if name in spelt), None)


def _wrong_head(shown: str, message: str, hint: str) -> ContentError:
    return ContentError(f"{shown}: nothing was imported", [Problem(shown, 1, 1, CODE, message, hint)])


def _plain(name: str) -> str:
    return "".join(filter(str.isalnum, name.lower()))


def _named(row: Sequence[str], columns: Mapping[str, int]) -> dict[str, str]:
    return {name: row[column] if column < len(row) else "" for name, column in columns.items()}
