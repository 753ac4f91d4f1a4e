"""YAML front matter of the simplest lines, as most posts have it, without libyaml.

A key, and a text that YAML can only read one way, on one line or several, or a list or a table of such texts. One
regular expression takes a header apart; what begins like one of its parts and goes on otherwise (an escape, a table in
a list) is left to `yaml_header`.
"""

import functools
import operator
import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from digest.config import Limits
from digest.header import MAX_DIGITS, Header, Value
from digest.patterns import pattern

SIMPLE_LENGTH = 10_000
NULLS = frozenset(("", "~", "null", "Null", "NULL"))

# What is written here is matched against printed characters only (`_printed`), so little has to be excluded.
KEY = r"[A-Za-z][A-Za-z0-9_-]*+"
_GOES_ON = r"(?:[^:#\n]++|:(?=\S)|(?<=\S)#)*+"
_PLAIN = rf"(?:[^\s\-?:,\[\]{{}}#&*!|>'\"%@`]|[-?:](?=\S)){_GOES_ON}"
_DOUBLE = r'"[^"\\\n]*+'
_SINGLE = r"'(?:[^'\n]++|'')*+"
_LINE = rf"{_PLAIN}|{_DOUBLE}\"|{_SINGLE}'"
_INSIDE = r"\n(?!---|\.\.\.) *+"  # quotation marks a text may go on at the edge
_LINES = "|".join(
    (
        rf"{_PLAIN}(?:\n ++(?:[^\s:#]|:(?=\S)){_GOES_ON})*+",
        rf'{_DOUBLE}(?:{_INSIDE}[^"\\\s][^"\\\n]*+)*+"',
        rf"{_SINGLE}(?:{_INSIDE}(?:[^'\s]|'')(?:[^'\n]++|'')*+)*+'",
    )
)
_FLOW_TEXT = r"[^\W_][^:#,\[\]{}\"'&*!|>%@`?\n]*|\"[^\"\\\n]*\"|'[^'\n]*'"
_FLOW = rf"\[ *(?:(?:{_FLOW_TEXT})(?:, *(?:{_FLOW_TEXT}))*)? *\]"
_NOTE = r" *+(?:(?<= )#[^\n]*+)?+"
_NOTES = r"(?: *+(?:#[^\n]*+)?+\n)*+"
_ITEM = rf" *+- ++(?:{_LINE}){_NOTE}"
_ENTRY = rf" ++{KEY}:(?: ++(?:{_LINE}))?+{_NOTE}"
_BESIDE = rf" ++({_LINES}|{_FLOW}){_NOTE}\n{_NOTES}"
_BELOW = rf"{_NOTE}((?:\n{_ITEM})++|(?:\n{_ENTRY})++)?+\n{_NOTES}"
_PART = pattern(rf"(({KEY}):(?:{_BESIDE}|{_BELOW}))")
_FLOW_ITEM = pattern(_FLOW_TEXT)
_LINE_BELOW = pattern(rf"( *+)(?:-|({KEY}):)(?: ++({_LINE}))?+{_NOTE}")
_ABOVE = pattern(_NOTES)
_FOLD = pattern(r" *\n *")
_DIGITS = pattern(rf"[\d_]{{{MAX_DIGITS}}}")


def read_simple(text: str, limits: Limits, forms: "Forms | None" = None) -> Header | None:
    """Return the front matter that `text` is from its first fence to its last; None when it has other lines.

    What it returns is what `dialects.read_header` would; a test holds the two against each other. `forms` are those of
    the headers read before, by default in this process.
    """
    if text[:4] != "---\n" or text[-5:] != "\n---\n" or len(text) > limits.front_matter_bytes // 4:
        return None
    values = simple_table(text[4:-4], limits, forms or _FORMS)
    return None if values is None else Header(values, text[4:-4], 2, len(text), commas=False, dialect="yaml")


def simple_table(text: str, limits: Limits, forms: "Forms") -> dict[str, Value] | None:
    """Return what libyaml would make of a header of the simplest lines only; None when it has others.

    Reading them so takes a tenth of the time. A test holds the two against each other.
    """
    if len(text) > SIMPLE_LENGTH or text[-1:] != "\n" or not _printed(text):
        return None
    if text[0] in " #\n" and (above := _ABOVE.match(text)):
        text = text[above.end() :]
    if text.count("\n") > limits.keys or limits.depth < 2:
        return None
    try:
        if (values := forms.read(text)) is not None:
            return values
        parts = _PART.findall(text)
        keys = distinct(tuple(map(_key, parts)))
        if not keys or "".join(map(_whole, parts)) != text:
            return None
        values = dict(zip(keys, [_value(beside or below) for _, _, beside, below in parts], strict=True))
    except _OddError:
        return None
    forms.learn(keys, parts)
    return values


def simple_part(part: str) -> tuple[str, Value]:
    """Return key and value of a line with a key and those below it; no key when they are not of the simplest."""
    match = _PART.fullmatch(f"{part}\n")
    if match is None or not _printed(part):
        return "", None
    try:
        return match[2], _value(match[3] or match[4] or "")
    except _OddError:
        return "", None


@functools.lru_cache(maxsize=256)
def distinct(keys: tuple[str, ...]) -> tuple[str, ...]:
    """Return the keys of a header, the same texts for all headers with equal ones.

    None of them when two are equal in any case, or one is YAML's null or empty.
    """
    seen = {key.lower() for key in keys}
    return keys if len(seen) == len(keys) and "null" not in seen and "" not in seen else ()


class _OddError(Exception):
    """A value is none of the simplest."""


_whole, _key = operator.itemgetter(0), operator.itemgetter(1)


def _printed(text: str) -> bool:
    """Return whether a text has no character that YAML could take for anything but itself, line ends apart."""
    line = text.replace("\n", "")
    return line.isprintable() or line.replace("\u3000", "").isprintable()


def _value(typed: str) -> Value:
    """Return what stands behind a key or below it: a text, a list, a table; None when nothing does."""
    sign = typed[:1]
    if sign == '"':
        text = typed[1:-1]
    elif sign == "'":
        text = typed[1:-1].replace("''", "'")
    elif sign == "\n":
        return _lines_below(typed).copy()  # it is remembered, for many headers have it; this one is the header's own
    elif sign == "[":
        return _flow_items(typed).copy()
    else:
        text = typed.rstrip(" ")
        if text in NULLS:
            return None
        if len(text) > MAX_DIGITS and _DIGITS.search(text):
            raise _OddError
    return _FOLD.sub(" ", text) if "\n" in text else text


@functools.lru_cache(maxsize=2048)
def _flow_items(typed: str) -> list[Value]:
    return [_value(item) for item in _FLOW_ITEM.findall(typed)]


@functools.lru_cache(maxsize=2048)
def _lines_below(typed: str) -> list[Value] | dict[str, Value]:
    """Return the list or table that lines are, each after a line end."""
    indents, keys, values = zip(*map(_line_below, typed[1:].split("\n")), strict=True)
    if len(set(indents)) > 1:
        raise _OddError
    if not keys[0]:
        return list(values)
    table = dict(zip(keys, values, strict=True))
    if len(table) < len(keys) or not NULLS.isdisjoint(table):
        raise _OddError
    return table


@functools.lru_cache(maxsize=2048)
def _line_below(line: str) -> tuple[int, str, Value]:
    """Return indentation, key (none for an item) and value of a line."""
    match = _LINE_BELOW.fullmatch(line)
    if match is None:
        raise _OddError
    indent, key, typed = match.groups()
    return len(indent), key or "", _value(typed or "")


# --- at once

_QUOTED = rf' ++"([^"\\\n]*+)"{_NOTE}\n{_NOTES}'
_SEEN_OFTEN = 8  # headers of one form before it pays to compile an expression for them
_MOST_KEYS = 60  # of a header that one is made for
_MOST_FORMS = 64


class _Form(NamedTuple):
    """What headers with the same keys, in the same order, have in common."""

    match: Callable[[str], re.Match[str] | None]
    keys: tuple[str, ...]
    kinds: tuple[str, ...]  # what stands behind each key: `_QUOTED`, `_BESIDE` or `_BELOW`
    typed: tuple[str, ...]  # the keys whose values are not what is captured, but what that means


class Forms:
    """The posts of a site are mostly written from a few patterns, and one post like the one before it.

    What headers with the same keys have in common becomes one regular expression, that reads the next of them at once.
    The forms that were met change how long reading takes, never what it gives.
    """

    def __init__(self) -> None:
        self._forms: dict[tuple[str, ...], _Form] = {}
        self._seen: dict[tuple[str, ...], int] = {}
        self._last: _Form | None = None

    def read(self, text: str) -> dict[str, Value] | None:
        """Return what a header says that is like the last one; None of others. Raises `_OddError`."""
        form = self._last
        match = form.match(text) if form else None
        if form is None or match is None:
            return None
        values: dict[str, Value] = dict(zip(form.keys, match.groups(""), strict=True))
        for key in form.typed:
            values[key] = _value(values[key])  # type: ignore[arg-type]  # what is captured is text
        return values

    def learn(self, keys: tuple[str, ...], parts: Sequence[tuple[str, str, str, str]]) -> None:
        """Note a header of the simplest lines that `read` could not read."""
        form = self._last = self._forms.get(keys)
        kinds = tuple(map(_kind, parts))
        if form is not None:
            kinds = tuple(map(_both, kinds, form.kinds))
            if kinds == form.kinds:
                return
        seen = self._seen[keys] = self._seen.get(keys, 0) + 1
        if seen % _SEEN_OFTEN == 0 and len(keys) <= _MOST_KEYS and sum(self._seen.values()) < _SEEN_OFTEN * _MOST_FORMS:
            self._last = self._forms[keys] = _form(keys, kinds)


def _kind(part: tuple[str, str, str, str]) -> str:
    beside = part[2]
    return (_QUOTED if beside[0] == '"' and "\n" not in beside else _BESIDE) if beside else _BELOW


def _both(one: str, other: str) -> str:
    """Return the kind of what was of either kind, or the latter when there is none."""
    return _BESIDE if _BELOW not in (one, other) and one != other else other


def _form(keys: tuple[str, ...], kinds: tuple[str, ...]) -> _Form:
    expression = re.compile("".join(f"{key}:{kind}" for key, kind in zip(keys, kinds, strict=True)))
    typed = tuple(key for key, kind in zip(keys, kinds, strict=True) if kind is not _QUOTED)
    return _Form(expression.fullmatch, keys, kinds, typed)


_FORMS = Forms()
