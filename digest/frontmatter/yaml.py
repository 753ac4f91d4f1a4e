"""YAML front matter as a tree of texts: libyaml's events, with limits.

PyYAML's own constructors would turn `12:30` into 750 and `no` into False, keep the last of duplicate keys, and expand
aliases and recurse without limit. Events are flat and have positions; the recursion here stops at the limit.
"""

from collections.abc import Callable
from typing import Any

import yaml

from digest.config.schema import Limits
from digest.frontmatter import errors
from digest.frontmatter.errors import HeaderError
from digest.frontmatter.header import Table, Value, is_long_number
from digest.frontmatter.simple_yaml import NULLS, read_simple

MAX_VALUES = 20_000  # values, counted again for each alias

_TAG = "tag:yaml.org,2002:"
_PLAIN_TAGS = frozenset(
    _TAG + name for name in ("str", "int", "float", "bool", "null", "timestamp", "map", "seq", "set", "omap")
) | {"!", None}
_BEGINS_EARLIER = frozenset(("quoted", "flow"))
_HINTS = {
    "mapping values are not allowed": 'quote a text that has a colon in it: title: "One: two"',
    "could not find expected ':'": "every line is `key: value`; indent a text that goes on",
    "cannot start any token": "quote a text that begins with this character, and indent with spaces, not tabs",
    "did not find expected key": "quote a text with quotation marks inside, and check the indentation",
    "control characters are not allowed": "delete the invisible character",
}

# Line breaks in YAML 1.1 and so in libyaml, but ordinary characters in YAML 1.2 (section 5.4).
_OLD_BREAKS = "\x85\u2028\u2029"


def read_yaml(text: str, first_line: int, limits: Limits) -> Table:
    """Parse `text`; the table is empty for an empty text. `first_line` is its first line's number in the file.

    Raises `HeaderError` for invalid YAML, duplicate keys (case-insensitive in the outermost table), keys that are not
    text, application tags, and exceeded limits.
    """
    simple = read_simple(text, first_line, limits)
    if simple is not None:
        return simple
    try:
        return read_events(text, first_line, limits)
    except HeaderError as error:
        # libyaml refuses tabs where js-yaml, which Hexo, Eleventy and Astro use, takes them for spaces
        if error.code != "yaml" or "\t" not in text:
            raise
        try:
            return read_events(text.expandtabs(2), first_line, limits)
        except HeaderError:
            raise error from None


def read_events(text: str, first_line: int, limits: Limits) -> Table:
    """Parse `text` from libyaml's events. Raises `HeaderError`."""
    placeholders = _placeholders_for(text)
    seen = text.translate(placeholders)
    loader = yaml.CSafeLoader(seen)
    reader = _EventReader(loader.get_event, first_line, limits)
    reader.placeholders = {placeholder: old_break for old_break, placeholder in placeholders.items()}
    try:
        root = reader.document()
    except (yaml.MarkedYAMLError, yaml.reader.ReaderError) as error:
        raise _syntax_error(error, seen, first_line) from None
    except RecursionError:
        raise errors.too_deep(limits, reader.outermost_line) from None
    finally:
        loader.dispose()
    if root is None:
        return Table({}, {})
    if not isinstance(root, dict):
        line = first_line + len(text) - len(text.lstrip("\n"))
        message = "front matter is not a table of `key: value` lines"
        raise HeaderError("front-matter-not-a-table", message, line, 1, "write `title: ...`, a key and a colon")
    return Table(root, reader.lines, frozenset(reader.quoted))


class _EventReader:
    """The state of one parse. `lines` has the lines of the keys read so far, `quoted` those with a quoted text."""

    def __init__(self, next_event: Callable[[], Any], first_line: int, limits: Limits) -> None:
        self.lines: dict[str, int] = {}
        self.quoted: set[str] = set()
        self.outermost_line = first_line  # of the last key of the outermost table
        self.placeholders: dict[int, int] = {}  # for characters of `_OLD_BREAKS`, as code points
        self._next = next_event
        self._first_line = first_line
        self._limits = limits
        self._anchors: dict[str, tuple[Value, int] | None] = {}  # a value and its size; None until it is complete
        self._keys = self._values = 0
        self._aliases: list[int] = []  # their lines

    def document(self) -> Value:
        """Return the root of the only document, None when there is none. Raises `HeaderError`, and `yaml.YAMLError`."""
        self._next()  # the beginning of the stream
        if isinstance(self._next(), yaml.StreamEndEvent):
            return None
        root = self._value(self._next(), depth=1)
        self._next()  # the end of the document
        event = self._next()
        if not isinstance(event, yaml.StreamEndEvent):
            raise self._error(event, "yaml", "a second YAML document begins here", "delete the line")
        return root

    def _value(self, event: Any, depth: int) -> Value:
        """Return the value that begins with `event`, at nesting `depth` (from 1)."""
        if isinstance(event, yaml.AliasEvent):
            return self._aliased(event)
        if event.tag not in _PLAIN_TAGS:
            name = event.tag.removeprefix(_TAG)
            raise self._error(event, "yaml-tag", f"the tag !!{name} is not allowed", "write plain texts and lists")
        before = self._values
        self._count_values(1)
        if event.anchor:
            self._anchors[event.anchor] = None
        value = self._scalar(event) if isinstance(event, yaml.ScalarEvent) else self._collection(event, depth)
        if event.anchor:
            self._anchors[event.anchor] = (value, self._values - before)
        return value

    def _scalar(self, event: Any) -> str | None:
        text: str = event.value.translate(self.placeholders)
        is_plain = event.implicit[0]
        if is_plain and is_long_number(text):
            raise errors.long_number(self._line(event), event.start_mark.column + 1)
        return None if is_plain and text in NULLS else text

    def _collection(self, event: Any, depth: int) -> Value:
        if depth > self._limits.depth:
            raise errors.too_deep(self._limits, self.outermost_line)
        if isinstance(event, yaml.MappingStartEvent):
            return self._table(depth)
        items = []
        while not isinstance(item := self._next(), yaml.SequenceEndEvent):
            items.append(self._value(item, depth + 1))
        return items

    def _table(self, depth: int) -> dict[str, Value]:
        table: dict[str, Value] = {}
        bases: list[Value] = []  # tables to merge: `<<: *base`
        spelled: dict[str, int] = {}  # the lines of keys, outermost ones in lower case
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            key = self._key(event, depth, spelled)
            value_event = self._next()
            value = self._value(value_event, depth + 1)
            if depth == 1 and isinstance(value_event, yaml.ScalarEvent) and value_event.style in ("'", '"'):
                self.quoted.add(key)
            if key == "<<" and isinstance(value, dict | list):
                bases += value if isinstance(value, list) else [value]
            else:
                table[key] = value
        for base in bases:
            if isinstance(base, dict):
                table = base | table
        return table

    def _key(self, event: Any, depth: int, spelled: dict[str, int]) -> str:
        """Return the key that is `event`. `spelled` has the keys before it in its table with their lines."""
        line = self._line(event)
        self._keys += 1
        if self._keys > self._limits.keys:
            raise errors.too_many_keys(self._limits, line)
        if depth == 1:
            self.outermost_line = line
        key = self._value(event, depth + 1)
        if not isinstance(key, str):
            fault = "empty" if key is None else "a list or a table"
            raise self._error(event, "key-not-text", f"a key is {fault}", "keys must be text")
        folded = key.lower() if depth == 1 else key
        if folded in spelled and key != "<<":
            raise errors.duplicate_key(key, spelled[folded], line, event.start_mark.column + 1)
        spelled[folded] = line
        self.lines[key] = line if depth == 1 else self.lines.get(key, line)
        return key

    def _aliased(self, event: Any) -> Value:
        """Return the value of an alias."""
        self._aliases.append(self._line(event))
        if len(self._aliases) > self._limits.aliases:
            message = f"front matter has more than {self._limits.aliases} aliases"
            raise self._error(event, "too-many-aliases", message, "posts.limits.aliases is the limit")
        if event.anchor not in self._anchors:
            message = f"*{event.anchor} repeats nothing: there is no &{event.anchor} before it"
            raise self._error(event, "yaml", message, "quote a text that begins with an asterisk")
        anchored = self._anchors[event.anchor]
        if anchored is None:
            raise self._error(event, "alias-cycle", f"*{event.anchor} stands inside the value that it repeats")
        value, size = anchored
        self._count_values(size)
        return value

    def _count_values(self, count: int) -> None:
        self._values += count
        if self._values > MAX_VALUES:
            message = f"front matter has more than {MAX_VALUES:,} values when its aliases are followed"
            line = self._aliases[0] if self._aliases else self._first_line
            raise HeaderError("too-many-values", message, line, 0, "write fewer values or aliases")

    def _line(self, event: Any) -> int:
        return self._first_line + int(event.start_mark.line)

    def _error(self, event: Any, code: str, message: str, hint: str = "") -> HeaderError:
        return HeaderError(code, message, self._line(event), event.start_mark.column + 1, hint)


def _placeholders_for(text: str) -> dict[int, int]:
    """Map each of `_OLD_BREAKS` in `text` to a character that `text` does not have, both as code points.

    The replacements are one to one, so lines and columns stay those of the file.
    """
    found = [ord(character) for character in _OLD_BREAKS if character in text]
    used = set(text)
    unused = (code for code in range(0x10000, 0x110000) if chr(code) not in used)
    return dict(zip(found, unused, strict=False))


def _mark_of(error: yaml.MarkedYAMLError) -> Any:
    """Return where an error is: where a text or a list that is never closed begins, not where the parser gives up."""
    is_unclosed = _BEGINS_EARLIER.intersection((error.context or "").split())
    marks = (error.context_mark, error.problem_mark) if is_unclosed else (error.problem_mark, error.context_mark)
    return marks[0] or marks[1]


def _syntax_error(error: yaml.MarkedYAMLError | yaml.reader.ReaderError, text: str, first_line: int) -> HeaderError:
    if isinstance(error, yaml.reader.ReaderError):
        before = text.encode("utf-8", "replace")[: error.position].decode("utf-8", "replace")
        message, line, column = str(error.reason), before.count("\n"), len(before) - before.rfind("\n")
    else:
        mark = _mark_of(error)
        message = error.problem or error.context or ""
        line, column = (mark.line, mark.column + 1) if mark else (0, 0)
    hint = next((hint for start, hint in _HINTS.items() if start in message), "")
    return HeaderError("yaml", message, first_line + line, column, hint)
