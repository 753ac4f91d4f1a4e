"""The positions of keys and errors in a TOML text.

`tomllib` gives no positions of keys. But each statement, a table header or `key = value`, starts on a line of its own
and ends at the first line up to which it parses.
"""

import tomllib
from collections.abc import Iterator
from typing import Any

Keys = tuple[str, ...]  # the tables that contain a key, and the key; elements of an array are counted from 0
Position = tuple[int, int]  # line and column, from 1

_LAST_LINE_MARKS = ("]", "}", '"""', "'''")  # the last line of a multi-line statement has one of them


def key_positions(text: str) -> dict[Keys, Position]:
    """Return the position of each key and table header of `text`, a valid TOML document; of duplicates the first.

    Of an inline table or an array, only the first key may be included.
    """
    positions: dict[Keys, Position] = {}
    elements: dict[Keys, int] = {}  # the number of the newest element of each array of tables
    table: Keys = ()
    for line, lines in _statements(text):
        source = lines.lstrip(" \t")
        position = (line, len(lines) - len(source) + 1)
        keys = _keys_of(tomllib.loads(source))
        if source.startswith("["):
            table = _in_newest_elements(keys, elements)
            if source.startswith("[["):
                elements[table] = elements.get(table, -1) + 1
                table = (*table, str(elements[table]))
            positions.setdefault(table, position)
        else:
            for end in range(1, len(keys) + 1):
                positions.setdefault((*table, *keys[:end]), position)
    return positions


def error_position(error: tomllib.TOMLDecodeError) -> tuple[str, int, int]:
    """Return what is wrong, with its line and column from 1; both are 0 at the end of the document."""
    reason, _, place = str(error).rpartition(" (at ")
    if not place.startswith("line "):
        return reason, 0, 0
    line, column = place.removeprefix("line ").removesuffix(")").split(", column ")
    return reason, int(line), int(column)


def first_broken_line(text: str) -> int:
    """Return the line, from 1, at which the first broken statement begins; the last line when there is none."""
    following = 1
    for line, source in _statements(text):
        following = line + source.count("\n") + 1
    lines = text.replace("\r\n", "\n").split("\n")
    while following < len(lines) and _is_blank(lines[following - 1]):
        following += 1
    return min(following, len(lines))


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Yield each statement: the number of its first line, and its lines."""
    lines = text.replace("\r\n", "\n").split("\n")
    start = 0
    for end, line in enumerate(lines, 1):
        may_be_last = end == start + 1 or any(mark in line for mark in _LAST_LINE_MARKS)
        if not may_be_last:
            continue
        source = "\n".join(lines[start:end])
        statement = _parse(source)
        if statement is None:
            continue
        if statement:  # not a blank line or a comment
            yield start + 1, source
        start = end


def _is_blank(line: str) -> bool:
    """Return whether a line has no statement."""
    return not line.split("#")[0].strip()


def _parse(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None


def _keys_of(statement: dict[str, Any]) -> Keys:
    """Return the keys of a statement, the outermost first: `("a", "b")` for `a.b = 1`, `[a.b]` and `[[a.b]]`."""
    keys: list[str] = []
    inner: object = statement
    while isinstance(inner, dict) and inner:
        key = next(iter(inner))
        keys.append(key)
        inner = inner[key]
    return tuple(keys)


def _in_newest_elements(header: Keys, elements: dict[Keys, int]) -> Keys:
    """Return the keys of a table header, with the index of the newest element after each array of tables."""
    keys: Keys = ()
    for key in header[:-1]:
        keys = (*keys, key)
        if keys in elements:
            keys = (*keys, str(elements[keys]))
    return (*keys, header[-1])
