"""Parsed front matter of any format: a tree of texts, and the line of each key.

Scalars stay text (`12:30`, `no`, `2024`, `007`), since titles and tags are texts and generators disagree about types.
Only a null is None.
"""

from datetime import date, time
from typing import Any, Literal, NamedTuple

from msgspec import Struct

from digest.config.schema import Limits
from digest.frontmatter import errors
from digest.frontmatter.errors import MAX_DIGITS, HeaderError

Value = str | None | list["Value"] | dict[str, "Value"]
Format = Literal["yaml", "toml", "json", "nikola", "pelican", "rst", "none"]


class Table(NamedTuple):
    """The result of a format's parser: the values by key as typed, and the line of each key in the file.

    `lines` also has the keys of nested tables; of several keys with one name, the outermost, else the first. `quoted`
    has the outermost keys whose YAML text is in quotes.
    """

    values: dict[str, Value]
    lines: dict[str, int]
    quoted: frozenset[str] = frozenset()


class Header(Struct, frozen=True, gc=False):
    """Front matter as read: a `Table`, the number of its first line, and the offset of the body in the text."""

    values: dict[str, Value]
    lines: dict[str, int]
    line: int
    end: int
    format: Format
    quoted: frozenset[str] = frozenset()

    @property
    def separates_by_commas(self) -> bool:
        """Whether one text may hold several tags or people, separated by commas: these formats have no lists."""
        return self.format in ("nikola", "pelican", "rst")

    def line_of(self, key: str) -> int:
        """Return the number of the line of `key`, as typed; of the first line when there is no such key."""
        return self.lines.get(key, self.line)


def line_number(text: str, offset: int) -> int:
    """Return the number of the line, from 1, that holds `offset`; lines end in LF, CRLF or CR."""
    line_ends = text.count("\n", 0, offset) + text.count("\r", 0, offset) - text.count("\r\n", 0, offset)
    return line_ends + 1


def line_of_most(text: str, first_line: int, signs: str) -> int:
    """Return the number of the line of `text` that has the most of `signs`, as the likely place of an error."""
    counts = [sum(map(line.count, signs)) for line in text.split("\n")]
    return first_line + counts.index(max(counts))


def is_long_number(text: str) -> bool:
    """Return whether `text` is a whole number with more than `MAX_DIGITS` digits."""
    return len(text) > MAX_DIGITS and text.lstrip("+-").replace("_", "").isdigit()


def table_of(tree: object, lines: dict[str, int], first_line: int, limits: Limits) -> Table:
    """Return a tree from a TOML or JSON parser with every scalar as text.

    Raises `HeaderError` when `tree` is not a table or exceeds a limit, and for outermost keys that differ only in case.
    """
    texts = _Texts(lines, first_line, limits).of(tree)
    if not isinstance(texts, dict):
        raise HeaderError("front-matter-not-a-table", "front matter is not a table", first_line, 1)
    spelled: dict[str, str] = {}
    for key in texts:
        other = spelled.setdefault(key.lower(), key)
        if other != key:
            first, line = sorted((lines.get(other, first_line), lines.get(key, first_line)))
            raise errors.duplicate_key(f"{other}/{key}", first, line)
    return Table(texts, lines)


class _Texts:
    """The conversion of typed values to texts, within the limits."""

    def __init__(self, lines: dict[str, int], first_line: int, limits: Limits) -> None:
        self._lines = lines
        self._first_line = first_line
        self._limits = limits
        self._keys = 0

    def of(self, node: Any, key: str = "", depth: int = 0) -> Value:
        """Return `node` as texts. `key` is the outermost key that it belongs to."""
        line = self._lines.get(key, self._first_line)
        if depth > self._limits.depth:
            raise errors.too_deep(self._limits, line)
        if isinstance(node, list):
            return [self.of(item, key, depth + 1) for item in node]
        if not isinstance(node, dict):
            return _text(node, line)
        self._keys += len(node)
        if self._keys > self._limits.keys:
            raise errors.too_many_keys(self._limits, line)
        return {name: self.of(value, key or name, depth + 1) for name, value in node.items()}


def _text(scalar: Any, line: int) -> str | None:
    if scalar is None or isinstance(scalar, str):
        return scalar
    if isinstance(scalar, bool):
        return "true" if scalar else "false"
    if isinstance(scalar, date | time):
        return scalar.isoformat()
    number = str(scalar)
    if is_long_number(number):
        raise errors.long_number(line)
    return number
