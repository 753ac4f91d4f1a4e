"""A fast parser for simple YAML front matter, without libyaml.

Simple lines are `key: text`, `key: [text, text]`, `key:`, `- text` below such a key, blank lines, and comments that
begin their line. A text is plain or quoted, and on one line. They are unambiguous in YAML 1.2; a header with any
other line is parsed by libyaml as a whole. Numbers in brackets are productions of the YAML specification.
"""

import re
from collections.abc import Iterable
from typing import Any

from digest.config.schema import Limits
from digest.frontmatter.header import Table, Value, is_long_number

NULLS = frozenset(("", "~", "null", "Null", "NULL"))

_LINE = re.compile(
    r"""
    (?: (?P<key> [A-Za-z][A-Za-z0-9_-]{0,99} ) : | (?P<dash> [ ]*- ) (?=[ ]+[^ ]) )
    (?:
        [ ]+ " (?P<double> [^"\\]* ) " [ ]*                    # without escapes [109]
      | [ ]+ ' (?P<single> [^'\\]* ) ' [ ]*                    # without quotation marks inside [120]
      | [ ]+ (?P<plain> [^-?:,\[\]{}#&*!|>'"%@`\s]             # begins with no indicator [22, 126]
            [^:#]* (?: (?: :(?=[^ ]) | (?<=[^ ])\# ) [^:#]* )*  # a colon or number sign only inside a word [130]
        )
      | [ ]+ (?P<list> \[ .* \] ) [ ]*
      | [ ]*
    )
    | (?: \# .* )?
    """,
    re.VERBOSE,
)
_LIST_ITEM = re.compile(r""""([^"\\]*)"|'([^'\\]*)'|([^-?:,\[\]{}#&*!|>'"%@`\s][^?:\[\]{}#'"]*)""")  # a subset of [129]


class _NotSimpleError(Exception):
    """The header is not simple; use the full parser."""


def read_simple(text: str, first_line: int, limits: Limits) -> Table | None:
    """Parse simple front matter; return None when a line is not simple or a limit is exceeded.

    `text` has LF line ends; `first_line` is the number of its first line in the file.
    """
    # A printable string in Python has no tab, no control character, no byte-order mark and no line break of YAML 1.1.
    if limits.depth < 2 or not text.replace("\n", "").isprintable():
        return None
    matches = [_LINE.fullmatch(line) for line in text.split("\n")]
    if None in matches:
        return None
    try:
        keys, table = _read_lines(matches, first_line)
    except _NotSimpleError:
        return None
    spelled = {key.lower() for key in keys}
    is_unique = len(spelled) == len(keys) and "null" not in spelled
    return table if is_unique and len(keys) <= limits.keys else None


def _read_lines(matches: Iterable[Any], first_line: int) -> tuple[list[str], Table]:
    """Return the keys of the matched lines, duplicates included, and the table that the lines are."""
    values: dict[str, Value] = {}
    places: dict[str, int] = {}
    is_quoted: dict[str, bool] = {}
    keys: list[str] = []
    items: list[Value] = []
    list_key = ""  # the last key, when its value is empty
    list_dash = ""  # of the items below it, with its indentation
    for number, match in enumerate(matches, first_line):
        key, dash, double, single, plain, listed = match.groups()
        if key:
            keys.append(key)
            values[key] = _list(listed) if listed else _text(double, single, plain)
            places[key] = number
            is_quoted[key] = (double, single) != (None, None)
            items, list_dash = [], ""
            list_key = key if match.lastgroup == "key" else ""
        elif dash:
            list_dash = list_dash or dash
            if listed or not list_key or dash != list_dash:
                raise _NotSimpleError
            items.append(_text(double, single, plain))
            values[list_key] = items
    return keys, Table(values, places, frozenset(filter(is_quoted.get, keys)))


def _text(double: str | None, single: str | None, plain: str | None) -> str | None:
    """Return a quoted or plain text; None for a null."""
    if plain is None:
        return single if double is None else double
    text = plain.rstrip(" ")
    if is_long_number(text):
        raise _NotSimpleError
    return None if text in NULLS else text


def _list(typed: str) -> list[Value]:
    """Return the items of a list in brackets."""
    inner = typed[1:-1].strip(" ")
    items = [_LIST_ITEM.fullmatch(item.strip(" ")) for item in inner.split(",")] if inner else []
    if None in items:
        raise _NotSimpleError
    return [_text(*item.groups()) for item in items if item]
