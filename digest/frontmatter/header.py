"""What front matter says, whatever language it is written in: a tree of plain texts, and errors with their place.

Every scalar stays the text that was typed (`12:30`, `no`, `2024`, `007`), because a title or a tag means its text and
because the generators disagree about everything else. Only what a language calls null is None.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from msgspec import Struct

from digest.config.schema import Limits
from digest.patterns import pattern

Value = str | None | list["Value"] | dict[str, "Value"]

MAX_DIGITS = 300  # of a number; what is longer is an attack on readers that make numbers of it

LONG_NUMBER = pattern(r"""(?<![\w"'.+-])[-+]?\d[\d_]{300,}(?!["'\w])""", re.ASCII)


class HeaderError(ValueError):
    """Front matter can not be read. `line` counts from 1 in the file, `column` from 1 (0: not known)."""

    def __init__(self, code: str, message: str, line: int, column: int = 0, hint: str = "") -> None:
        super().__init__(message)
        self.code, self.line, self.column, self.hint = code, line, column, hint


def line_of(text: str, first: int, key: str) -> int:
    """Return the number of the line of header `text` where `key` stands, else `first`, its first line's number."""
    found = re.search(rf"""(?im)^(?:\.\.[ \t]+)?[ \t]*["']?{re.escape(key)}["']?\s*[:=]""", text)
    return first + text.count("\n", 0, found.start()) if found else first


class Header(Struct, frozen=True, gc=False):
    """Front matter as read. `values` has the keys as typed; `commas` says that the dialect separates by commas."""

    values: dict[str, Value]
    text: str
    line: int
    end: int
    commas: bool = False
    dialect: str = "yaml"

    def line_of(self, key: str) -> int:
        """Return the number of the line where `key` stands, else of the first line."""
        return line_of(self.text, self.line, key)


def line_number(text: str, offset: int) -> int:
    """Return the number of the line, from 1, that holds `offset`; lines end in LF, CRLF or CR."""
    lines = text.count("\n", 0, offset) + 1
    if "\r" in text:  # this is told faster than how many there are
        lines += text.count("\r", 0, offset) - text.count("\r\n", 0, offset)
    return lines


def header_end(head: bytes) -> int:
    """Return where front matter between fences probably ends in the beginning of a file; 0 when not in sight.

    It did when `read_header` reads all of `head` up to there as front matter and nothing is wrong with it: the file as
    a whole has the same fences.
    """
    fence = head[:3]
    closing = head.find(b"\n" + fence, 3) if fence in (b"---", b"+++", b";;;") else -1
    return head.find(b"\n", closing + 4) + 1 if closing > 0 else 0


def too_deep(limits: Limits, line: int, column: int = 0) -> HeaderError:
    """Return the error for lists and tables nested beyond the limit."""
    message = f"lists and tables are nested more than {limits.depth} deep"
    return HeaderError("too-deep", message, line, column, "posts.limits.depth is the limit")


def too_many_keys(limits: Limits, line: int) -> HeaderError:
    """Return the error for more keys than the limit."""
    message = f"front matter has more than {limits.keys:,} keys"
    return HeaderError("too-many-keys", message, line, 0, "posts.limits.keys is the limit")


def duplicate_key(key: str, first: int, line: int, column: int = 0) -> HeaderError:
    """Return the error for a key given on two lines; which one is meant nobody can tell."""
    message = f"{key!r} is given twice, on lines {first} and {line}"
    return HeaderError("duplicate-key", message, line, column, "keep one of them")


def long_number(line: int, column: int = 0) -> HeaderError:
    """Return the error for a number beyond all sense."""
    return HeaderError("number-too-long", f"a number has more than {MAX_DIGITS} digits", line, column, "quote it")


def texts(tree: object, limits: Limits, find: Callable[[str], int]) -> Value:
    """Return the tree that a TOML or JSON reader made, every scalar as its text.

    `find` gives the line of a key, for errors. Raises `HeaderError` beyond a limit.
    """
    keys = 0

    def convert(node: Any, depth: int, key: str) -> Value:
        nonlocal keys
        if depth > limits.depth:
            raise too_deep(limits, find(key))
        match node:
            case str() | None:
                return node
            case bool():
                return "true" if node else "false"
            case dict():
                keys += len(node)
                if keys > limits.keys:
                    raise too_many_keys(limits, find(key))
                return {name: convert(value, depth + 1, key or name) for name, value in node.items()}
            case list():
                return [convert(value, depth + 1, key) for value in node]
        return node.isoformat() if hasattr(node, "isoformat") else str(node)

    return convert(tree, 0, "")


_BRACKETS = pattern(
    r'"""[\s\S]*?"""|' + r"'''[\s\S]*?'''|" + r""""(?:\\.|[^"\\\n])*"|'[^'\n]*'|#[^\n]*|[\[\]{}]|NaN|-?Infinity"""
)


def brackets(text: str, *, json: bool) -> Iterator[tuple[int, str]]:
    """Yield position and text of every bracket (and JSON's false numbers) outside strings and comments."""
    pattern = _JSON_BRACKETS if json else _BRACKETS
    for match in pattern.finditer(text):
        if match[0][0] not in "\"'#":
            yield match.start(), match[0]


_JSON_BRACKETS = pattern(r'"(?:\\.|[^"\\])*"|[\[\]{}]|NaN|-?Infinity')
