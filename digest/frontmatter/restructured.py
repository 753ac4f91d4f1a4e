"""Front matter of reStructuredText: the document's title, and the field list below it, `:date: 2026-11-18`.

Pelican reads these, and Nikola when USE_REST_DOCINFO_METADATA is set:
https://docutils.sourceforge.io/docs/ref/rst/restructuredtext.html#bibliographic-fields
"""

from collections.abc import Iterator
from typing import NamedTuple

from digest.config.schema import Limits
from digest.frontmatter.header import Table
from digest.frontmatter.keylines import LINE_END, entries_table

_ADORNMENTS = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
_MIN_ADORNMENT = 2


class _Line(NamedTuple):
    """A line of a text without its end, and the offset behind that."""

    text: str
    end: int


class Top(NamedTuple):
    """The title and the fields at the beginning of a text, each with its line, and the offset of the body."""

    entries: tuple[tuple[int, str, str], ...]  # line from 0, key, value
    end: int


def read_fields(text: str, line: int, limits: Limits) -> Table:
    """Parse the title and the fields in `text`, whose first line is number `line`. Raises `HeaderError`."""
    entries = [(line + number, key, value) for number, key, value in top_of(text).entries]
    return entries_table(entries, limits)


def top_of(text: str) -> Top:
    """Return what stands at the beginning of a text, below comments; nothing when there is neither title nor field."""
    lines = list(_lines(text))
    at = _after_comments(lines)
    entries: list[tuple[int, str, str]] = []
    title, after_title = _title(lines, at)
    if title:
        entries.append((at, "title", _plain(title)))
        at = after_title
    fields = _fields(lines, at)
    if fields:
        at = fields[-1][0] + 1 + fields[-1][2].count("\n")
        entries += [(number, key, value) for number, key, value in fields if not (title and key.lower() == "title")]
    return Top(tuple(entries), lines[at - 1].end if at else 0)


def _lines(text: str) -> Iterator[_Line]:
    start = 0
    for end in LINE_END.finditer(text):
        yield _Line(text[start : end.start()], end.end())
        start = end.end()
    if start < len(text):
        yield _Line(text[start:], len(text))


def _after_comments(lines: list[_Line]) -> int:
    """Return the number of the first line that is neither blank nor of a comment; 0 when all lines are."""
    is_comment = False
    for number, (text, _) in enumerate(lines):
        if not text.strip() or (is_comment and text.startswith((" ", "\t"))):
            continue
        is_comment = _is_comment(text)
        if not is_comment:
            return number
    return 0


def _is_comment(text: str) -> bool:
    """Return whether a comment begins on a line, and no directive, target, footnote or substitution."""
    is_markup = "::" in text or text.startswith((".. _", ".. [", ".. |"))
    return text.rstrip() == ".." or (text.startswith(".. ") and not is_markup)


def _title(lines: list[_Line], at: int) -> tuple[str, int]:
    """Return the title at a line and the number of the line after it; an empty title when there is none."""
    first, second, third = (lines[number].text.rstrip() if number < len(lines) else "" for number in range(at, at + 3))
    if _is_adornment(first) and third == first and second.strip():
        return second.strip(), at + 3
    if first and not first.startswith((" ", ":", "..")) and _is_adornment(second) and not _is_adornment(first):
        return first.strip(), at + 2
    return "", at


def _plain(title: str) -> str:
    """Return a title without the marks of strong text and code."""
    for mark in ("**", "``"):
        if title.count(mark) % 2 == 0:
            title = title.replace(mark, "")
    return title


def _is_adornment(text: str) -> bool:
    return len(text) >= _MIN_ADORNMENT and text[0] in _ADORNMENTS and text == text[0] * len(text)


def _fields(lines: list[_Line], at: int) -> list[tuple[int, str, str]]:
    """Return the fields from a line on, each its line, key and value, whose lines may be continued."""
    found: list[tuple[int, str, str]] = []
    for number in range(at, len(lines)):
        text = lines[number].text
        name, _, value = text[1:].partition(":")
        if text.startswith(":") and name.strip() and value[:1] in ("", " ", "\t"):
            found.append((number, name.strip(), value.strip()))
        elif found and text.strip() and text.startswith((" ", "\t")):
            first, key, before = found[-1]
            found[-1] = (first, key, f"{before}\n{text.strip()}")
        elif text.strip() or found:
            break
    return found
