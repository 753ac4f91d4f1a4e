"""TOML and JSON front matter as a tree of texts: the standard library's readers, guarded.

Both have types and neither minds how deep a text is nested, how long a number is, or (JSON) that a key comes twice;
the limits and the places of errors are added here.
"""

import functools
import json
import re
import tomllib
from datetime import date, datetime
from typing import Any

from digest.config.schema import Limits
from digest.frontmatter.header import (
    LONG_NUMBER,
    MAX_DIGITS,
    HeaderError,
    Value,
    brackets,
    duplicate_key,
    line_of,
    long_number,
    texts,
    too_deep,
)
from digest.patterns import pattern

# Lines of TOML as most posts have them, which it can only read one way; what else there is, is left to tomllib.
_TEXT = r"\"[^\"\\\x00-\x1f\x7f]*\"|'[^'\x00-\x1f\x7f]*'"
_TEXTS = pattern(_TEXT)
_DAY = r"\d{4}-\d\d-\d\d"
_CLOCK = r"(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)?"
_SIMPLE_LINE = pattern(
    rf"([A-Za-z0-9_-]+) *= *(?:({_TEXT})|(true|false|0|-?[1-9]\d{{0,17}})|({_DAY}(?:[T ]{_CLOCK})?)"
    rf"|(\[) *(?:(?:{_TEXT}) *, *)*(?:{_TEXT})? *\]) *|\[([A-Za-z0-9_-]+)\] *|#[^\x00-\x1f\x7f]*|",
    re.ASCII,
)
_OTHER, _NOTE, _VALUE, _TABLE = range(4)  # kinds of line


def simple_toml(text: str, limits: Limits) -> dict[str, Value] | None:
    """Return what tomllib and `texts` would make of TOML of the simplest lines only; None when it has others.

    A test holds the two against each other.
    """
    if limits.depth < 3:
        return None
    tree: dict[str, Value] = {}
    table = tree
    count = 0
    for kind, key, value in map(_simple_line, text.split("\n")):
        if kind == _VALUE:
            if key in table:
                return None
            table[key] = value.copy() if isinstance(value, list) else value
        elif kind == _TABLE:
            if key in tree:
                return None
            tree[key] = table = {}
        elif kind == _NOTE:
            continue
        else:
            return None
        count += 1
    return tree if count <= limits.keys and len({key.lower() for key in tree}) == len(tree) else None


@functools.lru_cache(maxsize=2048)  # many lines stand in many headers: `draft = false`, `[extra]`
def _simple_line(line: str) -> tuple[int, str, Value]:
    """Return kind, key and value of one of the simplest lines."""
    match = _SIMPLE_LINE.fullmatch(line)
    if match is None or (len(line) > MAX_DIGITS and LONG_NUMBER.search(line)):
        return _OTHER, "", None
    key, text, word, moment, array, table = match.groups()
    if text:
        return _VALUE, key, text[1:-1]
    if word:
        return _VALUE, key, word
    if moment:
        try:
            read = date.fromisoformat(moment) if len(moment) == 10 else datetime.fromisoformat(moment)
        except ValueError:
            return _OTHER, "", None
        return _VALUE, key, read.isoformat()
    if array:
        return _VALUE, key, [item[1:-1] for item in _TEXTS.findall(line, match.start(5))]
    return (_TABLE, table, None) if table else (_NOTE, "", None)


def read_toml(text: str, line: int, limits: Limits) -> dict[str, Value]:
    """Return the table that TOML `text` is, whose first line is number `line`. Raises `HeaderError`."""
    if (simple := simple_toml(text, limits)) is not None:
        return simple
    return whole_toml(text, line, limits)


def whole_toml(text: str, line: int, limits: Limits) -> dict[str, Value]:
    """Return the same by tomllib."""
    _check_depth(text, line, limits, json=False)
    try:
        tree = tomllib.loads(text, parse_float=str)
    except tomllib.TOMLDecodeError as error:
        raise _toml_error(text, line, str(error)) from None
    except (ValueError, RecursionError) as error:
        if long := LONG_NUMBER.search(text):
            raise long_number(line + text.count("\n", 0, long.start())) from None
        raise HeaderError("toml", f"not TOML: {error}", line) from None
    if long := LONG_NUMBER.search(text):
        raise long_number(line + text.count("\n", 0, long.start()))
    return _table(tree, text, line, limits)


def _toml_error(text: str, line: int, message: str) -> HeaderError:
    place = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", message)
    row, column = (line + int(place[1]) - 1, int(place[2])) if place and place[1] else (line + text.count("\n"), 0)
    message = message[: place.start()] if place else message
    if message.startswith("Cannot overwrite a value"):
        name = text.split("\n")[row - line].split("=")[0].strip().strip("\"'[]") if text else ""
        found = line_of(text, line, name)
        return duplicate_key(name, found, row)
    return HeaderError("toml", f"not TOML: {message}", row, column, "see toml.io; texts stand in quotation marks")


def _check_depth(text: str, line: int, limits: Limits, *, json: bool) -> None:
    """Raise `HeaderError` when brackets are nested beyond the limit or a number is none in JSON."""
    if not json and text.count("[") + text.count("{") <= limits.depth:
        return
    depth = 0
    for position, sign in brackets(text, json=json):
        if sign in "[{":
            depth += 1
        elif sign in "]}":
            depth -= 1
        elif json:
            row = line + text.count("\n", 0, position)
            raise HeaderError("json", f"{sign} is not JSON", row, position - text.rfind("\n", 0, position), "quote it")
        if depth > limits.depth:
            raise too_deep(limits, line + text.count("\n", 0, position), position - text.rfind("\n", 0, position))


def read_json(text: str, line: int, limits: Limits) -> dict[str, Value]:
    """Return the table that JSON `text` is, whose first line is number `line`. Raises `HeaderError`."""
    _check_depth(text, line, limits, json=True)

    def number(digits: str) -> str:
        if len(digits) > MAX_DIGITS:
            raise long_number(line + text.count("\n", 0, text.index(digits)))
        return digits

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        table = dict(items)
        if len(table) == len(items):
            return table
        seen: set[str] = set()
        for key, _ in items:
            if key in seen:
                rows = [line + text.count("\n", 0, m.start()) for m in re.finditer(rf'"{re.escape(key)}"\s*:', text)]
                raise duplicate_key(key, rows[0] if rows else line, rows[-1] if rows else line)
            seen.add(key)
        return table

    try:
        tree = json.loads(text, parse_int=number, parse_float=number, object_pairs_hook=pairs)
    except json.JSONDecodeError as error:
        position = error.pos
        if "trailing comma" in error.msg:  # newer Pythons point at the comma; the place to look is what follows
            position = len(text) - len(text[position + 1 :].lstrip(" \t\n"))
        row, column = line + text.count("\n", 0, position), position - text.rfind("\n", 0, position)
        raise HeaderError("json", f"not JSON: {error.msg}", row, column, "check commas and quotation marks") from None
    return _table(tree, text, line, limits)


def _table(tree: object, text: str, line: int, limits: Limits) -> dict[str, Value]:
    values = texts(tree, limits, lambda key: line_of(text, line, key))
    if not isinstance(values, dict):
        raise HeaderError("front-matter-not-a-table", "front matter is not a table", line, 1)
    _check_spelling(values, text, line)
    return values


def _check_spelling(values: dict[str, Value], text: str, line: int) -> None:
    """Raise `HeaderError` when two outermost keys differ in case only: `Title` and `title`."""
    seen: dict[str, str] = {}
    for key in values:
        if (other := seen.setdefault(key.lower(), key)) != key:
            rows = [
                line + text.count("\n", 0, m.start())
                for m in re.finditer(rf"""(?im)^[ \t]*["']?{re.escape(key)}["']?\s*[:=]""", text)
            ]
            raise duplicate_key(f"{other}/{key}", rows[0] if rows else line, rows[-1] if rows else line)
