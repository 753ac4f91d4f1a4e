"""YAML front matter of the simplest lines, as most posts have it, without libyaml.

A key, and a text that YAML can only read one way, or a list of such texts: what begins like one and goes on otherwise
(an escape, a further line) is not read here but by `yaml_header`. The posts of a site are mostly written from a few
patterns, so what headers with the same keys have in common becomes one regular expression, which then reads the next
of them at once.
"""

import functools
import re
from collections.abc import Callable
from typing import NamedTuple

from digest.config import Limits
from digest.header import MAX_DIGITS, Header, Value
from digest.patterns import pattern

SIMPLE_LENGTH = 10_000
NULLS = frozenset(("", "~", "null", "Null", "NULL"))

# What is written here is matched against printed characters only (`_printed`), so little has to be excluded.
KEY = r"[A-Za-z][A-Za-z0-9_-]*"
_PLAIN = r"(?:[^\W_]|/)(?:[^:#\n]++|:(?=[^\s:#])|(?<=\S)#)*+"
_BLOCK_TEXT = rf"{_PLAIN}|\"[^\"\\\n]*\"|'[^'\n]*'"
_FLOW_TEXT = r"[^\W_][^:#,\[\]{}\"'&*!|>%@`?\n]*|\"[^\"\\\n]*\"|'[^'\n]*'"
_FLOW_ITEM = pattern(_FLOW_TEXT)
_SIMPLE_KEY = pattern(rf"({KEY}):(?: +({_BLOCK_TEXT}) *| +(\[) *((?:{_FLOW_TEXT})(?:, *(?:{_FLOW_TEXT}))*)? *\] *| *)")
_SIMPLE_ITEM = pattern(rf"( *)- +({_BLOCK_TEXT}) *")
_DIGITS = pattern(rf"[\d_]{{{MAX_DIGITS}}}")
_LETTER = pattern(r"\n(?=[A-Za-z])")


def read_simple(text: str, limits: Limits, forms: "Forms | None" = None) -> Header | None:
    """Return the front matter that `text` is from its first fence to its last; None when it has other lines.

    What it returns is what `dialects.read_header` would; a test holds the two against each other. `forms` are those of
    the headers read before, by default in this process.
    """
    forms = forms or _FORMS
    if text[:4] != "---\n" or text[-5:] != "\n---\n" or len(text) > min(SIMPLE_LENGTH, limits.front_matter_bytes // 4):
        return None
    if not _printed(text):
        return None
    values = forms.read(text)
    if values is None:
        values = simple_table(text[4:-4], limits)
        if values is None:
            return None
        forms.learn(text, tuple(values))
    elif len(values) > limits.keys:
        return None
    return Header(values, text[4:-4], 2, len(text), commas=False, dialect="yaml")


def _printed(text: str) -> bool:
    """Return whether a text has no character that YAML could take for anything but itself, line ends apart."""
    line = text.replace("\n", "")
    return line.isprintable() or line.replace("\u3000", "").isprintable()


# --- line by line


def simple_table(text: str, limits: Limits) -> dict[str, Value] | None:
    """Return what libyaml would make of a header of the simplest lines only; None when it has others.

    Reading them so takes a tenth of the time. A test holds the two against each other.
    """
    if len(text) > SIMPLE_LENGTH or text[-1:] != "\n":
        return None
    parts = _LETTER.split(text[:-1])
    values: dict[str, Value] = {}
    for part in parts:
        key, value = simple_part(part)
        if not key:
            return None
        values[key] = value
    if len(parts) > limits.keys or not distinct(tuple(values), len(parts)):
        return None
    for key, value in values.items():
        if type(value) is list:  # the part is remembered, the list is this header's
            values[key] = value.copy()
    return values


_ODD_PART = ("", None)


@functools.lru_cache(maxsize=4096)  # most parts stand in many headers: `draft: false`, `tags:\n  - news`
def simple_part(part: str) -> tuple[str, Value]:
    """Return key and value of a line with a key and those below it; no key when they are not of the simplest."""
    line, _, more = part.partition("\n")
    match = _SIMPLE_KEY.fullmatch(line)
    if match is None or not _printed(part) or (len(part) > MAX_DIGITS and _DIGITS.search(part)):
        return _ODD_PART
    key, text, bracket, flow = match.groups()
    value: Value = None
    if text:
        value = _simple_text(text)
    elif bracket:
        value = [_simple_text(item) for item in _FLOW_ITEM.findall(flow or "")]
    if not more:
        return key, value
    lines = more.split("\n")
    items: list[Value] = []
    if not text and not bracket:
        indent = -1
        for found, item in map(_simple_item, lines):
            if found < 0 or (items and found != indent):
                break
            indent = found
            items.append(item)
    if len(items) < len(lines) and any(line[:1] not in ("", "#") for line in lines[len(items) :]):
        return _ODD_PART
    return key, items or value


@functools.lru_cache(maxsize=2048)
def _simple_item(line: str) -> tuple[int, str | None]:
    """Return indentation and value of a line that is one of the simplest items of a list; -1 for another."""
    match = _SIMPLE_ITEM.fullmatch(line)
    return (len(match[1]), _simple_text(match[2])) if match else (-1, None)


@functools.lru_cache(maxsize=256)
def distinct(keys: tuple[str, ...], count: int) -> bool:
    """Return whether `count` keys, those of a header, are all different in any case, and none is YAML's null or odd."""
    seen = {key.lower() for key in keys}
    return len(seen) == count and "null" not in seen and "" not in seen


def _simple_text(typed: str) -> str | None:
    if typed[0] in "\"'":
        return typed[1:-1]
    typed = typed.rstrip(" ")
    return None if typed in NULLS else typed


# --- at once

# What stands behind a key.
_PLAIN_VALUE = pattern(rf": {_PLAIN}")
_QUOTED_VALUE = pattern(r': "[^"\\\n]*"')
_PLAIN_LIST = pattern(rf":(\n *- ){_PLAIN}(?:\1{_PLAIN})*")
_QUOTED_LIST = pattern(r':(\n *- ")[^"\\\n]*"(?:\1[^"\\\n]*")*')
_ANY = r"([^\n]*+(?:\n(?![A-Za-z]|---\n)[^\n]*+)*+)"
_KEYS = pattern(rf"^({KEY}):", re.MULTILINE)
_SEEN_OFTEN = 8  # headers with the same keys before it pays to compile an expression for them
_MOST_KEYS = 60  # of a header that one is made for
_MOST_FORMS = 64

# plain, quoted, either of them, or empty for any value; and what stands before each item of a list
Kind = tuple[str, str]


class _OddError(Exception):
    """A value is none of the simplest."""


class _Form(NamedTuple):
    """What headers with the same keys, in the same order, have in common."""

    match: Callable[[str], re.Match[str] | None]
    keys: tuple[str, ...]
    kinds: tuple[Kind, ...]
    meanings: tuple[tuple[str, Callable[[str], Value]], ...]  # of values that do not mean what is captured


class Forms:
    """The forms of the headers read so far in this process. They change how long reading takes, never what it gives."""

    def __init__(self) -> None:
        self._forms: dict[tuple[str, ...], _Form] = {}
        self._seen: dict[tuple[str, ...], int] = {}
        self._last: _Form | None = None

    def read(self, text: str) -> dict[str, Value] | None:
        """Return what the header `text`, all of it printed characters, says; None when it has no form yet."""
        form = self._last
        if form is None:
            return None
        match = form.match(text)
        if match is None:
            form = self._forms.get(tuple(_KEYS.findall(text)))
            match = form.match(text) if form else None
            if form is None or match is None:
                return None
            self._last = form
        values: dict[str, Value] = dict(zip(form.keys, match.groups(), strict=True))
        try:
            for key, meaning in form.meanings:
                value = meaning(values[key])  # type: ignore[arg-type]  # what is captured is text
                values[key] = value.copy() if type(value) is list else value  # it is remembered, the list is not ours
        except _OddError:
            return None
        return values

    def learn(self, text: str, keys: tuple[str, ...]) -> None:
        """Note a header of the simplest lines that `read` could not read."""
        if len(self._forms) >= _MOST_FORMS or len(self._seen) >= _MOST_FORMS * 16 or len(keys) > _MOST_KEYS:
            return
        seen = self._seen[keys] = self._seen.get(keys, 0) + 1
        if seen % _SEEN_OFTEN:
            return
        kinds = tuple(map(_kind, _LETTER.split(text[4:-5]), keys))
        if known := self._forms.get(keys):
            kinds = tuple(map(_both, kinds, known.kinds))
            if kinds == known.kinds:
                return
        self._last = self._forms[keys] = _form(keys, kinds)


def _kind(part: str, key: str) -> Kind:
    """Return how the value of `key` is written."""
    value = part[len(key) :]
    if _QUOTED_VALUE.fullmatch(value):
        return "quoted", ""
    if _PLAIN_VALUE.fullmatch(value):
        return "plain", ""
    if match := _QUOTED_LIST.fullmatch(value):
        return "quoted", match[1]
    if match := _PLAIN_LIST.fullmatch(value):
        return "plain", match[1]
    return "", ""


def _both(one: Kind, other: Kind) -> Kind:
    """Return the kind of values that are of either kind."""
    if one == other:
        return one
    texts = all(kind and not before for kind, before in (one, other))
    return ("either" if texts else "", "")


def _form(keys: tuple[str, ...], kinds: tuple[Kind, ...]) -> _Form:
    lines: list[str] = []
    meanings: list[tuple[str, Callable[[str], Value]]] = []
    for key, (kind, before) in zip(keys, kinds, strict=True):
        match kind, bool(before):
            case "quoted", False:
                lines.append(rf'{key}: "([^"\\\n]*)"')
            case "plain", False:
                lines.append(rf"{key}: ({_PLAIN})")
                meanings.append((key, _plain))
            case "either", False:
                lines.append(rf'{key}: ({_PLAIN}|"[^"\\\n]*")')
                meanings.append((key, _plain))  # quotation marks go as well
            case "quoted", True:
                lines.append(rf'{key}:((?:{before}[^"\\\n]*")+)')
                meanings.append((key, functools.partial(_quoted_items, before)))
            case "plain", True:
                lines.append(rf"{key}:((?:{before}{_PLAIN})+)")
                meanings.append((key, functools.partial(_plain_items, before)))
            case _:
                lines.append(rf"{key}:{_ANY}")
                meanings.append((key, functools.partial(_any, f"{key}:")))
    expression = "\n".join(("---", *lines, "---\n"))
    return _Form(re.compile(expression).fullmatch, keys, kinds, tuple(meanings))


# These are remembered, for a site's headers have much in common.


@functools.lru_cache(maxsize=2048)
def _plain(typed: str) -> str | None:
    if len(typed) > MAX_DIGITS and _DIGITS.search(typed):
        raise _OddError
    return _simple_text(typed)


@functools.lru_cache(maxsize=2048)
def _quoted_items(before: str, typed: str) -> list[Value]:
    return [*typed[len(before) : -1].split(f'"{before}')]


@functools.lru_cache(maxsize=2048)
def _plain_items(before: str, typed: str) -> list[Value]:
    return [*map(_plain, typed[len(before) :].split(before))]


def _any(key: str, typed: str) -> Value:
    found, value = simple_part(f"{key}{typed}")
    if not found:
        raise _OddError
    return value


_FORMS = Forms()
