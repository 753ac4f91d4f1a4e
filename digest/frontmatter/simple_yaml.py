"""YAML front matter of the simplest lines, as most posts have it, without libyaml.

A key, and a text that YAML can only read one way, on one line or several, or a list or a table of such texts. One
regular expression takes a header apart; what begins like one of its parts and goes on otherwise (an escape, a table in
a list) is left to `yaml_header`.
"""

import functools
import operator
import re
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from digest.config.schema import Limits
from digest.frontmatter.header import MAX_DIGITS, Header, Value
from digest.patterns import pattern

SIMPLE_LENGTH = 10_000
NULLS = frozenset(("", "~", "null", "Null", "NULL"))

# What YAML takes for a character like any other, besides what Python knows as printed: special spaces and joiners.
_OTHER = pattern(r"[^\n -~\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")

# What is written here is matched against such characters only, so little has to be excluded.
KEY = r"[A-Za-z][A-Za-z0-9_-]*+"
_GOES_ON = r"[^:#\n]*+(?:(?::(?=\S)|(?<=\S)#)[^:#\n]*+)*+"
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
_FLOW_TEXT = r"[^\W_][^:#,\[\]{}\"'&*!|>%@`?\n]*+|\"[^\"\\\n]*+\"|'[^'\n]*+'"
_FLOW = rf"\[ *+(?:(?:{_FLOW_TEXT})(?:, *+(?:{_FLOW_TEXT}))*+)?+ *+\]"
_NOTE = r" *+(?:(?<= )#[^\n]*+)?+"
_NOTES = r"(?: *+(?:#[^\n]*+)?+\n)*+"
_BESIDE = rf" ++({_LINES}|{_FLOW}){_NOTE}"
_BELOW = rf"{_NOTE}((?:\n(?: *+-| ++{KEY}:)(?: [^\n]*+)?+)++)?+"
_PART = pattern(rf"^(({KEY}):(?:{_BESIDE}|{_BELOW})\n{_NOTES})", re.MULTILINE)
_FLOW_ITEM = pattern(_FLOW_TEXT)
_ITEM = pattern(rf" *+({_LINE}){_NOTE}")
_LINE_BELOW = pattern(rf"( *+)({KEY}):(?: ++({_LINE}))?+{_NOTE}")
_ABOVE = pattern(_NOTES)
_FOLD = pattern(r" *\n *")
_DIGITS = pattern(rf"[\d_]{{{MAX_DIGITS}}}")


def read_simple(text: str, limits: Limits, forms: "Forms | None" = None) -> Header | None:
    """Return the front matter that `text` is from its first fence to its last; None when it has other lines.

    What it returns is what `dialects.read_header` would; a test holds the two against each other. `forms` are those of
    the headers read before, by default in this process.
    """
    lines = text.replace("\r\n", "\n") if "\r" in text else text
    if lines[:4] != "---\n" or lines[-5:] != "\n---\n" or len(text) > limits.front_matter_bytes // 4:
        return None
    inner = lines[4:-4]
    values = simple_table(inner, limits, forms or _FORMS)
    return None if values is None else Header(values, inner, 2, len(text))


def simple_table(text: str, limits: Limits, forms: "Forms") -> dict[str, Value] | None:
    """Return what libyaml would make of a header of the simplest lines only; None when it has others.

    Reading them so takes a tenth of the time. A test holds the two against each other.
    """
    if len(text) > SIMPLE_LENGTH or text[-1:] != "\n":
        return None
    if text[0] in " #\n" and (above := _ABOVE.match(text)):
        if not _printed(above[0]):
            return None
        text = text[above.end() :]
    if (len(text) > limits.keys and text.count("\n") > limits.keys) or limits.depth < 2:
        return None
    try:
        if (values := forms.read(text)) is not None:
            return values
        if not _printed(text):
            return None
        parts = _PART.findall(text)
        keys = distinct(tuple(map(_key, parts)))
        if not keys or "".join(map(_whole, parts)) != text:
            return None
        values = dict(zip(keys, [_value(beside or below) for _, _, beside, below in parts], strict=True))
    except _OddError:
        return None
    forms.learn(keys, parts, values.values())
    return values


def simple_part(part: str) -> tuple[str, Value]:
    """Return key and value of a line with a key and those below it; no key when they are not of the simplest."""
    try:
        return _part(part) if _printed(part) else ("", None)
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
    return text.replace("\n", "").isprintable() or _OTHER.search(text) is None


def _part(part: str) -> tuple[str, Value]:
    match = _PART.fullmatch(f"{part}\n")
    if match is None:
        raise _OddError
    return match[2], _value(match[3] or match[4] or "")


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


_word = functools.lru_cache(maxsize=1024)(_value)  # `true`, `post`: what many headers have


@functools.lru_cache(maxsize=2048)
def _flow_items(typed: str) -> list[Value]:
    return [_value(item) for item in _FLOW_ITEM.findall(typed)]


@functools.lru_cache(maxsize=2048)
def _lines_below(typed: str) -> list[Value] | dict[str, Value]:
    """Return the list or table that lines are, each after a line end."""
    dash = typed.find("-")
    if dash > 0 and not typed[1:dash].strip(" "):
        before = typed[: dash + 2]  # each item, on lines that are indented alike
        if before[-1] != " ":
            raise _OddError
        return [*map(_item, typed.split(before)[1:])]
    indents, keys, values = zip(*map(_line_below, typed[1:].split("\n")), strict=True)
    table = dict(zip(keys, values, strict=True))
    if len(set(indents)) > 1 or len(table) < len(keys) or not NULLS.isdisjoint(table):
        raise _OddError
    return table


@functools.lru_cache(maxsize=2048)
def _item(typed: str) -> Value:
    """Return what stands behind a dash, a text on its line."""
    match = _ITEM.fullmatch(typed)
    if match is None or not _printed(typed):
        raise _OddError
    return _value(match[1])


@functools.lru_cache(maxsize=2048)
def _line_below(line: str) -> tuple[int, str, Value]:
    """Return indentation, key and value of a line of a table."""
    match = _LINE_BELOW.fullmatch(line)
    if match is None or not _printed(line):
        raise _OddError
    return len(match[1]), match[2], _value(match[3] or "")


# --- at once

# What stands behind a key: a text on its line, always in quotation marks or not, items below it, or anything.
_EMPTY = r"(?: *+\n)*+"
_QUOTED = rf': "([^"\\\n]*+)"\n{_EMPTY}'
_TYPED = rf""": ({_PLAIN}|"[^"\\\n]*+"|'[^'\n]*+')\n{_EMPTY}"""
_LISTED = rf":((?:\n *+-[^\n]*+)++)\n{_EMPTY}"
_ANY = r":([^\n]*+(?:\n(?![A-Za-z])[^\n]*+)*+)\n"
_KINDS = {kind: pattern(kind) for kind in (_QUOTED, _TYPED, _LISTED)}
_MOST = 16  # expressions that are compiled
_NOTED = 200  # sets of keys that are counted
_SHORT = 16  # characters of a word


class _Slot(NamedTuple):
    """A key's place in a form: what all headers have there, letter for letter, or of which kind it is."""

    whole: str  # empty where they differ
    kind: str
    value: Value  # of what all have


class _Form:
    """Headers with the same keys: one regular expression that reads them at once, in a third of the time."""

    def __init__(self, keys: tuple[str, ...], slots: Sequence[_Slot]) -> None:
        self.slots = slots
        self.found = 0  # headers
        placed = [*zip(keys, slots, strict=True)]
        self._fixed = {key: slot.value if slot.whole else None for key, slot in placed}
        self._copied = [(key, value) for key, value in self._fixed.items() if isinstance(value, list | dict)]
        open_ = [(key, slot.kind) for key, slot in placed if not slot.whole]
        self._quoted, self._typed, self._listed, self._any = (
            [(n, key) for n, (key, kind) in enumerate(open_) if kind is one] for one in (_QUOTED, _TYPED, _LISTED, _ANY)
        )
        written = "".join(re.escape(slot.whole) or key + slot.kind for key, slot in placed)
        self.match: Callable[[str], re.Match[str] | None] = pattern(written).fullmatch

    def values(self, typed: Sequence[str]) -> dict[str, Value] | None:
        """Return what a header says, of which `match` found these parts; None when it takes a closer look."""
        values = self._fixed.copy()
        for key, own in self._copied:
            values[key] = own.copy()
        for n, key in self._quoted:
            text = typed[n]
            if not (text.isprintable() or _printed(text)):
                return None
            values[key] = text
        for n, key in self._typed:
            text = typed[n]
            if not (text.isprintable() or _printed(text)):
                return None
            values[key] = _word(text) if len(text) < _SHORT else _value(text)
        for n, key in self._listed:
            values[key] = _lines_below(typed[n]).copy()
        for n, key in self._any:
            if not _printed(typed[n]):
                return None
            values[key] = _part(f"{key}:{typed[n]}")[1]
        return values


class Forms:
    """What headers read before have in common: the posts of a site are mostly written from a few patterns.

    It changes how long reading takes, never what it gives.
    """

    def __init__(self, often: int = 64) -> None:
        """Make a form of so many headers with the same keys."""
        self._often = often
        self._made = 0
        self._forms: list[_Form] = []  # the last that read a header first
        self._last: dict[tuple[str, ...], _Form] = {}  # that was made of headers with these keys
        self._noted: dict[tuple[str, ...], tuple[int, Sequence[str]]] = {}  # of headers that no form read: how many
        # with the same keys, and what all of those have at each key's place, empty where they differ

    def read(self, text: str) -> dict[str, Value] | None:
        """Return what a header of one of these forms says; None of others. Raises `_OddError`."""
        for n, form in enumerate(self._forms):
            if match := form.match(text):
                if n:
                    self._forms.insert(0, self._forms.pop(n))
                form.found += 1
                return form.values(match.groups())
        return None

    def learn(self, keys: tuple[str, ...], parts: Sequence[tuple[str, str, str, str]], values: Iterable[Value]) -> None:
        """Note a header of the simplest lines that has another form."""
        if self._made == _MOST:
            return
        wholes = [part[0] for part in parts]
        count, same = self._noted.get(keys, (0, wholes))
        if count:
            same = [one if one == other else "" for one, other in zip(wholes, same, strict=True)]
        if count + 1 < self._often:
            if len(self._noted) > _NOTED:
                self._noted.clear()
            self._noted[keys] = count + 1, same
            return
        self._noted.pop(keys, None)
        kinds = (_kind(whole[len(key) :]) for whole, key in zip(wholes, keys, strict=True))
        slots = [*map(_Slot, same, kinds, values)]
        last = self._last.get(keys)
        if last and last.found < self._often:  # it was too narrow
            self._forms.remove(last)
            slots = [*map(_both, slots, last.slots)]
        self._last[keys] = form = _Form(keys, slots)
        self._forms.append(form)
        self._made += 1


def _kind(value: str) -> str:
    return next((kind for kind, written in _KINDS.items() if written.fullmatch(value)), _ANY)


def _both(one: _Slot, other: _Slot) -> _Slot:
    """Return the slot of what is of either slot."""
    if one.whole == other.whole and one.kind == other.kind:
        return one
    kinds = {one.kind, other.kind}
    return _Slot("", one.kind if len(kinds) == 1 else _TYPED if kinds == {_QUOTED, _TYPED} else _ANY, None)


_FORMS = Forms()
