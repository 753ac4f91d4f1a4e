"""YAML front matter as a tree of texts: libyaml's events, guarded.

PyYAML's own constructors would turn `12:30` into 750 and `no` into False, keep the last of two equal keys, expand
aliases without end and recurse without end in C. Events are flat, so nothing here recurses, and every event has a mark.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import yaml

from digest.config.schema import Limits
from digest.frontmatter.header import HeaderError, Value, duplicate_key, long_number, too_deep, too_many_keys
from digest.frontmatter.simple_yaml import KEY, NULLS, SIMPLE_LENGTH, distinct, simple_part
from digest.patterns import pattern

MAX_NODES = 20_000  # values, those that aliases repeat counted again

_TAG = "tag:yaml.org,2002:"
_PLAIN_TAGS = frozenset(
    _TAG + name for name in ("str", "int", "float", "bool", "null", "timestamp", "map", "seq", "set", "omap", "binary")
) | {"!"}
_HINTS = {
    "mapping values are not allowed": 'quote a text that has a colon in it: title: "One: two"',
    "could not find expected ':'": "every line is `key: value`; indent a text that goes on",
    "cannot start any token": "quote a text that begins with this character, and indent with spaces, not tabs",
    "did not find expected key": "quote a text with quotation marks inside, and check the indentation",
    "control characters are not allowed": "delete the invisible character",
}


# Line breaks in YAML 1.1 and so in libyaml; in YAML 1.2 (section 5.4) characters like any other, which start no key.
_OLD_BREAKS = "\x85\u2028\u2029"


@dataclass(slots=True)
class _Open:
    """A list or table that is being read. `size` is its number of values."""

    container: list[Value] | dict[str, Value]
    anchor: str | None
    lines: dict[str, int] = field(default_factory=dict)
    key: str | None = None
    merges: list[Value] = field(default_factory=list)
    size: int = 1


class _Tree:
    """The state of one reading."""

    def __init__(self, first_line: int, limits: Limits) -> None:
        self.first_line, self.limits = first_line, limits
        self.open: list[_Open] = []
        self.anchors: dict[str, tuple[Value, int]] = {}
        self.root: Value = None
        self.lines: dict[str, int] = {}  # of the outermost table's keys
        self.breaks: dict[int, str] = {}  # those of `_OLD_BREAKS` in the text, by what libyaml sees in their place
        self.keys = self.aliases = self.nodes = self.alias_line = 0

    def error(self, event: Any, code: str, message: str, hint: str = "") -> HeaderError:
        mark = event.start_mark
        return HeaderError(code, message, self.first_line + mark.line, mark.column + 1, hint)

    def check_tag(self, event: Any) -> None:
        if event.tag is not None and event.tag not in _PLAIN_TAGS:
            name = event.tag.removeprefix(_TAG)
            raise self.error(event, "yaml-tag", f"the tag !!{name} is not allowed", "write plain texts and lists")

    def scalar(self, event: Any) -> None:
        if event.tag is not None:
            self.check_tag(event)
        text = event.value.translate(self.breaks) if self.breaks else event.value
        value: Value = text
        if event.implicit[0]:  # plain, not quoted
            if text in NULLS:
                value = None
            elif len(text) > 300 and text.lstrip("+-").replace("_", "").isdigit():
                raise long_number(self.first_line + event.start_mark.line, event.start_mark.column + 1)
        parent = self.open[-1] if self.open else None
        if parent is not None and type(parent.container) is dict and parent.key is None:
            self.begin_key(parent, event, value)
            return
        self.put(value, 1, event.anchor)

    def begin_key(self, parent: _Open, event: Any, key: Value) -> None:
        self.keys += 1
        line = self.first_line + event.start_mark.line
        if self.keys > self.limits.keys:
            raise too_many_keys(self.limits, line)
        if not isinstance(key, str):
            raise self.error(event, "key-not-text", "a key is empty", "give it a name")
        spelled = key.lower() if len(self.open) == 1 else key
        if spelled in parent.lines and not (key == "<<" and event.implicit[0]):
            raise duplicate_key(key, parent.lines[spelled], line, event.start_mark.column + 1)
        parent.lines[spelled] = line
        parent.key = key
        if event.anchor:
            self.anchors[event.anchor] = (key, 1)

    def put(self, value: Value, size: int, anchor: str | None) -> None:
        """Place a finished value where it belongs."""
        self.nodes += size
        if self.nodes > MAX_NODES:
            message = f"front matter has more than {MAX_NODES:,} values when its aliases are followed"
            raise HeaderError("too-many-values", message, self.alias_line or self.first_line, 0, "write less of them")
        if anchor:
            self.anchors[anchor] = (value, size)
        if not self.open:
            self.root = value
            return
        parent = self.open[-1]
        parent.size += size
        if type(parent.container) is list:
            parent.container.append(value)
        elif type(parent.container) is dict and parent.key is not None:
            if parent.key == "<<" and isinstance(value, dict | list):
                parent.merges.extend(value if isinstance(value, list) else [value])
            else:
                parent.container[parent.key] = value
            parent.key = None

    def begin(self, event: Any, container: list[Value] | dict[str, Value]) -> None:
        if event.tag is not None:
            self.check_tag(event)
        if self.open and type(self.open[-1].container) is dict and self.open[-1].key is None:
            raise self.error(event, "key-not-text", "a key is a list or a table", "keys must be text")
        if len(self.open) >= self.limits.depth:
            outermost = self.open[0]
            raise too_deep(self.limits, outermost.lines.get((outermost.key or "").lower(), self.first_line))
        self.open.append(_Open(container, event.anchor))

    def end(self) -> None:
        done = self.open.pop()
        for table in done.merges:
            if isinstance(table, dict) and isinstance(done.container, dict):
                for key, value in table.items():
                    done.container.setdefault(key, value)
        if not self.open:
            self.lines = done.lines
        self.nodes -= done.size - 1  # its parts were counted when they were put
        self.put(done.container, done.size, done.anchor)

    def alias(self, event: Any) -> None:
        self.aliases += 1
        self.alias_line = self.alias_line or self.first_line + event.start_mark.line
        if self.aliases > self.limits.aliases:
            message = f"front matter has more than {self.limits.aliases} aliases"
            raise self.error(event, "too-many-aliases", message, "posts.limits.aliases is the limit")
        if any(part.anchor == event.anchor for part in self.open):
            raise self.error(event, "alias-cycle", f"*{event.anchor} stands inside the value that it repeats")
        if event.anchor not in self.anchors:
            message = f"*{event.anchor} repeats nothing: there is no &{event.anchor} before it"
            raise self.error(event, "yaml", message, "quote a text that begins with an asterisk")
        value, size = self.anchors[event.anchor]
        parent = self.open[-1] if self.open else None
        if parent is not None and type(parent.container) is dict and parent.key is None:
            if not isinstance(value, str):
                raise self.error(event, "key-not-text", "a key is a list or a table", "keys must be text")
            self.begin_key(parent, event, value)
            return
        self.put(value, size, None)


def read_yaml(text: str, first_line: int, limits: Limits) -> dict[str, Value]:
    """Return the table that `text` is; empty for an empty text. `first_line` is its first line's number in the file.

    Raises `HeaderError` for what is no YAML, for duplicate keys (of the outermost table in any case), keys that are not
    text, application tags, and everything beyond a limit.
    """
    if (table := mixed_table(text, limits)) is not None:
        return table
    try:
        return event_table(text, first_line, limits)
    except HeaderError as error:
        # libyaml refuses tabs where js-yaml, which Hexo, Eleventy and Astro use, takes them for spaces
        if error.code != "yaml" or "\t" not in text:
            raise
        try:
            return event_table(text.expandtabs(2), first_line, limits)
        except HeaderError:
            raise error from None


_NOTES = pattern(r"(?:#[^\x00-\x09\x0b-\x1f\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff\n]*\n|\n)+")
_NEXT_KEY = pattern(rf"\n(?={KEY}:(?: |$))", re.MULTILINE)


def mixed_table(text: str, limits: Limits) -> dict[str, Value] | None:
    """Return what libyaml makes of a header, asking it only for those of its keys whose lines are not simple, if any.

    None when it finds that what looks like a line with a key is none, or something wrong. That it finds a key of the
    outermost table at the first line of every part that it is given, and at one put behind the last, says that nothing
    reaches from a part into what follows it.
    """
    if len(text) > SIMPLE_LENGTH or text[-1:] != "\n" or limits.depth < 2:
        return None
    begin = _NOTES.match(text)
    lead, *parts = _NEXT_KEY.split(f"\n{text[begin.end() if begin else 0 : -1]}")
    if lead:
        return None
    values: dict[str, Value] = {}
    odd: list[str] = []
    lines: dict[str, int] = {}
    line = 1
    for part in parts:
        key, value = simple_part(part)
        if not key:
            key = part[: part.index(":")]
            lines[key.lower()] = line
            odd.append(f"{part}\n")
            line += part.count("\n") + 1
        values[key] = value
    if len(values) < len(parts) or not distinct(tuple(values)):
        return None
    if not odd:
        return values if text.count("\n") <= limits.keys else None
    lines[_BEHIND] = line
    tree = _Tree(1, limits)
    try:
        _build(tree, f"{''.join(odd)}{_BEHIND}: ''\n")
    except HeaderError:
        return None
    found = tree.root
    if not isinstance(found, dict) or tree.lines != lines or tree.keys + text.count("\n") > limits.keys:
        return None
    del found[_BEHIND]
    return values | found


_BEHIND = "0"  # a key that no part begins with


def event_table(text: str, first_line: int, limits: Limits) -> dict[str, Value]:
    """Return the table that `text` is, from libyaml's events. Raises `HeaderError`."""
    tree = _Tree(first_line, limits)
    _build(tree, text)
    if tree.root is None:
        return {}
    if not isinstance(tree.root, dict):
        line = first_line + len(text) - len(text.lstrip("\n")) if text.startswith("\n") else first_line
        message = "front matter is not a table of `key: value` lines"
        raise HeaderError("front-matter-not-a-table", message, line, 1, "write `title: ...`, a key and a colon")
    return tree.root


def _build(tree: _Tree, text: str) -> None:
    """Fill `tree` with what `text` says. Raises `HeaderError`."""
    stand_ins = _stand_ins(text)
    tree.breaks = {ord(stand_in): chr(old) for old, stand_in in stand_ins.items()}
    seen = text.translate(stand_ins) if stand_ins else text
    loader = yaml.CSafeLoader(seen)
    try:
        _follow(tree, loader.get_event)
    except yaml.YAMLError as error:
        raise _syntax_error(error, seen, tree.first_line) from None
    finally:
        loader.dispose()


def _stand_ins(text: str) -> dict[int, str]:
    """Return, for each of `_OLD_BREAKS` in `text`, by its code, an ordinary character that `text` does not have.

    It is one character for one, so lines and columns stay those of the file.
    """
    found = [ord(character) for character in _OLD_BREAKS if character in text]
    used = set(text) if found else set()
    unused = (character for character in map(chr, range(0x10000, 0x110000)) if character not in used)
    return dict(zip(found, unused, strict=False))


def _follow(tree: _Tree, next_event: Callable[[], Any]) -> None:
    documents = 0
    while True:
        event = next_event()
        match type(event):
            case yaml.ScalarEvent:
                tree.scalar(event)
            case yaml.MappingStartEvent:
                tree.begin(event, {})
            case yaml.SequenceStartEvent:
                tree.begin(event, [])
            case yaml.MappingEndEvent | yaml.SequenceEndEvent:
                tree.end()
            case yaml.AliasEvent:
                tree.alias(event)
            case yaml.DocumentStartEvent:
                documents += 1
                if documents > 1:
                    raise tree.error(event, "yaml", "a second YAML document begins here", "delete the line")
            case yaml.StreamEndEvent:
                return


def _syntax_error(error: yaml.YAMLError, text: str, first_line: int) -> HeaderError:
    if isinstance(error, yaml.MarkedYAMLError) and (mark := error.problem_mark or error.context_mark):
        message = error.problem or error.context or "not YAML"
        line, column = first_line + mark.line, mark.column + 1
    elif isinstance(error, yaml.reader.ReaderError):
        message = str(error.reason)
        before = text.encode("utf-8", "replace")[: error.position].decode("utf-8", "replace")
        line, column = first_line + before.count("\n"), len(before) - before.rfind("\n")
    else:
        message, line, column = str(error), first_line, 0
    hint = next((hint for start, hint in _HINTS.items() if start in message), "")
    return HeaderError("yaml", message, line, column, hint)
