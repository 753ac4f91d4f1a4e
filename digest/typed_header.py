"""TOML and JSON front matter as a tree of texts: the standard library's readers, guarded.

Both have types and neither minds how deep a text is nested, how long a number is, or (JSON) that a key comes twice;
the limits and the places of errors are added here.
"""

import json
import re
import tomllib
from typing import Any

from digest.config import Limits
from digest.header import (
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


def read_toml(text: str, line: int, limits: Limits) -> dict[str, Value]:
    """Return the table that TOML `text` is, whose first line is number `line`. Raises `HeaderError`."""
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
        name = text.splitlines()[row - line].split("=")[0].strip().strip("\"'[]") if text else ""
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
            position = len(text) - len(text[position + 1 :].lstrip())
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
