"""JSON front matter as a tree of texts: the standard library's parser with limits and positions of errors.

The parser accepts any depth, numbers of any length, duplicate keys, and NaN and Infinity; these are checked here.
"""

import json
import re

from digest.config.schema import Limits
from digest.frontmatter import errors
from digest.frontmatter.errors import MAX_DIGITS, HeaderError
from digest.frontmatter.header import Table, line_number, line_of_most, table_of

# Strings, escapes outside strings, unpaired quotation marks, brackets, and numbers that Python accepts and RFC 8259
# (section 6) does not.
_TOKEN = re.compile(r'"(?:\\.|[^"\\\r\n])*"|\\.|["\[\]{}:]|NaN|-?Infinity')
_STEPS = {"[": 1, "{": 1, "]": -1, "}": -1}  # of the depth


def read_json(text: str, line: int, limits: Limits) -> Table:
    """Parse JSON `text`, whose first line is number `line`. Raises `HeaderError`."""

    def checked_number(digits: str) -> str:
        if len(digits) > MAX_DIGITS:
            raise errors.long_number(line_of_most(text, line, "0123456789"))
        return digits

    def reject_constant(name: str) -> None:
        offset = next(match.start() for match in _TOKEN.finditer(text) if match[0] == name)
        raise _error(f"{name} is not JSON", "quote it", text, offset, line)

    try:
        tree = json.loads(text, parse_int=checked_number, parse_float=checked_number, parse_constant=reject_constant)
    except json.JSONDecodeError as error:
        offset = error.pos
        if "trailing comma" in error.msg:  # newer Pythons point at the comma; the place to look is what follows
            offset = len(text) - len(text[offset + 1 :].lstrip(" \t\n"))
        raise _error(f"not JSON: {error.msg}", "check commas and quotation marks", text, offset, line) from None
    except RecursionError:
        raise errors.too_deep(limits, line_of_most(text, line, "[{")) from None
    return table_of(tree, _key_lines(text, line), line, limits)


def read_fenced_json(text: str, line: int, limits: Limits) -> Table:
    """Parse JSON between fences, where the braces may be missing. Raises `HeaderError`."""
    if text.lstrip(" \t\n").startswith("{"):
        return read_json(text, line, limits)
    return read_json("{\n" + text + "}", line - 1, limits)  # on a line of its own, to keep columns right


def end_of_object(text: str, limits: Limits) -> int:
    """Return the end offset of the object at the start of `text`, 0 when it is not closed. Raises `HeaderError`."""
    depth = 0
    for match in _TOKEN.finditer(text):
        depth += _STEPS.get(match[0], 0)
        if depth > limits.depth:
            raise errors.too_deep(limits, line_number(text, match.start()))
        if depth == 0:
            return match.end()
    return 0


def _key_lines(text: str, first_line: int) -> dict[str, int]:
    """Return the lines of the keys in valid JSON. Raises `HeaderError` for duplicate keys in a table."""
    lines: dict[str, int] = {}
    tables: list[dict[str, int]] = []  # the lines of the keys of each list or table that is open
    string = ""
    for match in _TOKEN.finditer(text):
        if match[0] in "[{":
            tables.append({})
        elif match[0] in "]}":
            tables.pop()
        elif match[0] == ":":
            key = json.loads(string)
            line = first_line + text.count("\n", 0, match.start())
            if key in tables[-1]:
                raise errors.duplicate_key(key, tables[-1][key], line)
            tables[-1][key] = line
            lines[key] = line if len(tables) == 1 else lines.get(key, line)
        string = match[0]
    return lines


def _error(message: str, hint: str, text: str, offset: int, first_line: int) -> HeaderError:
    before = text[:offset]
    return HeaderError("json", message, first_line + before.count("\n"), offset - before.rfind("\n"), hint)
