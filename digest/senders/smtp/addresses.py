"""The list of addresses: a text file with an address a line, or a CSV file with a column of them.

The whole file is checked before the first copy, and every mistake is named with line and column.
"""

import csv
import unicodedata
from collections.abc import Iterator, Sequence
from io import StringIO
from pathlib import Path

from msgspec import Struct

from digest.problems import ContentError, Problem, count
from digest.unsubscribe import normal_address, to_ascii_domain

CODE = "reader-address"
_TABLES = (".csv", ".tsv")
_COLUMNS = frozenset({"email", "emailaddress", "mail", "mailaddress", "address", "subscriber"})
_STATUSES = frozenset({"status", "state", "subscriptionstatus"})
_GONE = frozenset({"unsubscribed", "blocklisted", "disabled", "bounced", "cleaned", "complained", "inactive", "junk"})
_LONGEST_LOCAL, _LONGEST = 64, 254  # octets (RFC 5321 section 4.5.3.1)
_SPECIAL = frozenset('()<>[]:;,\\"')  # only in quoted local parts (RFC 5321 section 4.1.2), which nobody has
_LIKE_AT = "＠﹫"
_BYTE_ORDER_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


class Reader(Struct, frozen=True):
    """A reader: the address that a copy goes to, its domain in ASCII, and the line of the file that names it.

    `key` is the address as it is compared.
    """

    address: str
    key: str
    line: int

    @property
    def needs_smtputf8(self) -> bool:
        """Whether the local part is not ASCII, so that the mail server must know SMTPUTF8 (RFC 6531)."""
        return not self.address.isascii()


class AddressList(Struct, frozen=True):
    """The readers of a file, each once, in its order. `repeated` counts the lines that name one again."""

    readers: tuple[Reader, ...]
    repeated: int = 0


class _Cell(Struct, frozen=True):
    """An address as typed, and where it stands; columns count from 1."""

    text: str
    line: int
    column: int


class _AddressError(ValueError):
    """A text is no address: why, what to write instead, and how many characters into it the mistake stands."""

    def __init__(self, message: str, hint: str = "", offset: int = 0) -> None:
        super().__init__(message)
        self.hint = hint
        self.offset = offset


def read_addresses(path: Path, shown: str = "") -> AddressList:
    """Return the readers that a file names, which messages call `shown`. Raises `ContentError` with every mistake."""
    shown = shown or str(path)
    text = decode_readers(path, shown)
    problems: list[Problem] = []
    readers: dict[str, Reader] = {}
    repeated = 0
    for cell in _cells(text, path, shown):
        try:
            reader = _reader(cell)
        except _AddressError as error:
            place = (shown, cell.line, cell.column + error.offset)
            problems.append(Problem(*place, CODE, str(error), error.hint))
            continue
        repeated += reader.key in readers
        readers.setdefault(reader.key, reader)
    if problems:
        raise ContentError(f"{shown}: {count(len(problems), 'wrong line')}; nothing was sent", problems)
    if not readers:
        raise ContentError(f"{shown} has no addresses; nothing was sent")
    return AddressList(tuple(readers.values()), repeated)


def check_address(text: str) -> str:
    """Return an address with its domain in ASCII. Raises `ValueError` for anything else."""
    return _checked(text.strip())


def decode_readers(path: Path, shown: str) -> str:
    """Return the text of a file of readers, which messages call `shown`. Raises `ContentError` when it is not UTF-8."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ContentError(f"{shown}: cannot be read: {error.strerror or error}") from error
    encoding = _BYTE_ORDER_MARKS.get(content[:2], "utf-8-sig")
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - (content.rfind(b"\n", 0, error.start) + 1) + 1
        problem = Problem(shown, line, column, "not-utf-8", "this is not UTF-8", "save the file as UTF-8")
        raise ContentError(f"{shown}: it cannot be read; nothing was sent", [problem]) from error


def _cells(text: str, path: Path, shown: str) -> Iterator[_Cell]:
    if path.suffix.lower() in _TABLES:
        return _table_cells(text, shown)
    return _line_cells(text)


def _line_cells(text: str) -> Iterator[_Cell]:
    """Yield what stands on each line before a comment; `#` begins one at the start of a line or after a space."""
    for number, line in enumerate(text.split("\n"), 1):
        words = line.rstrip("\r")
        for mark in (" #", "\t#"):
            words = words.partition(mark)[0]
        stripped = words.strip()
        if stripped and not stripped.startswith("#"):
            yield _Cell(stripped, number, words.index(stripped) + 1)


def _table_cells(text: str, shown: str) -> Iterator[_Cell]:
    """Yield the cells with addresses, without the rows of those who have left."""
    rows = csv.reader(StringIO(text, newline=""), delimiter=_delimiter(text))
    head = next(rows, [])
    address, status = _columns(head, shown)
    if any("@" in cell for cell in head):
        yield from _row_cell(head, address, rows.line_num)
    for row in rows:
        state = row[status].strip().lower() if 0 <= status < len(row) else ""
        if any(cell.strip() for cell in row) and state not in _GONE:
            yield from _row_cell(row, address, rows.line_num)


def _delimiter(text: str) -> str:
    head = text.partition("\n")[0]
    return max(",;\t", key=head.count)


def _row_cell(row: Sequence[str], column: int, line: int) -> Iterator[_Cell]:
    text = row[column] if column < len(row) else ""
    before = sum(len(cell) + 1 for cell in row[:column])
    yield _Cell(text.strip(), line, before + 1)


def _columns(head: Sequence[str], shown: str) -> tuple[int, int]:
    """Return which column has the addresses, and which one says who has left (-1: none). Raises `ContentError`."""
    with_address = [number for number, cell in enumerate(head) if "@" in cell]
    if with_address:
        return with_address[0], -1  # a table without a head
    names = ["".join(filter(str.isalnum, cell.lower())) for cell in head]
    statuses = [number for number, name in enumerate(names) if name in _STATUSES]
    for number, name in enumerate(names):
        if name in _COLUMNS:
            return number, statuses[0] if statuses else -1
    raise ContentError(
        f"{shown} has no column of addresses; nothing was sent",
        [Problem(shown, 1, 1, CODE, "no column is called email", 'call the one with the addresses "email"')],
    )


def _reader(cell: _Cell) -> Reader:
    bare, offset = _bare(cell.text)
    try:
        address = _checked(bare)
    except _AddressError as error:
        raise _AddressError(str(error), error.hint, error.offset + offset) from error
    return Reader(address, normal_address(address), cell.line)


def _bare(text: str) -> tuple[str, int]:
    """Return the address in `Name <address>`, or the text itself, and where it begins."""
    if text.endswith(">") and "<" in text:
        start = text.rindex("<") + 1
        return text[start:-1].strip(), start
    return text, 0


def _checked(text: str) -> str:
    """Return an address with its domain in ASCII. Raises `_AddressError`."""
    _refuse_characters(text)
    local, at, domain = text.rpartition("@")
    if not at or not local or not domain:
        raise _AddressError(f'"{text}" is no address', "write name@example.org, one on a line")
    if len(local.encode()) > _LONGEST_LOCAL or len(text.encode()) > _LONGEST:
        raise _AddressError(f'"{text}" is longer than an address can be')
    try:
        ascii_domain = to_ascii_domain(domain)
    except ValueError as error:
        raise _AddressError(f'"{domain}" is no domain: {error}', "write name@example.org", len(local) + 1) from error
    if "." not in ascii_domain and ascii_domain != "localhost":
        raise _AddressError(f'"{domain}" is no domain: it has no dot', "write name@example.org", len(local) + 1)
    return f"{local}@{ascii_domain}"


def _refuse_characters(text: str) -> None:
    """Raise `_AddressError` for the first character that no address has."""
    for offset, character in enumerate(text):
        if character in _LIKE_AT:
            raise _AddressError(f'"{text}" has "{character}", which only looks like @', "write @", offset)
        if character.isspace() or not character.isprintable():
            name = unicodedata.name(character, f"U+{ord(character):04X}").lower()
            raise _AddressError(f'"{text}" has a character that no address has: {name}', "remove it", offset)
        if character in _SPECIAL:
            raise _AddressError(f'"{text}" has "{character}", which no address has', "write one address a line", offset)
    if text.count("@") > 1:
        raise _AddressError(f'"{text}" has more than one @', "write one address a line", text.index("@"))
