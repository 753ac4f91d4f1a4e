"""Front matter of key lines: Pelican's `Title: Hello`, the format of Python-Markdown, and Nikola's `.. title: Hello`.

Such formats have no lists and no types: a value is the rest of its line, and in Pelican's the indented lines below it.
"""

import re
from itertools import takewhile

from digest.config.schema import Limits
from digest.frontmatter import errors
from digest.frontmatter.header import Table

LINE_END = re.compile(r"\r\n|\n|\r(?!\n)")

_SEARCHED = 20_000  # characters in which key lines are looked for
EOL = rf"(?:{LINE_END.pattern})"
_KEY = r"[ ]{0,3}([A-Za-z][\w-]*):"
_KEY_LINE = re.compile(rf"{_KEY}(?:[ \t]|\Z)")
PELICAN = re.compile(rf"(?:{_KEY}(?:[ \t][^\r\n]*)?(?:{EOL}|\Z)(?:(?:[ ]{{4}}|\t)[^\r\n]*?\S[^\r\n]*(?:{EOL}|\Z))*)+")
NIKOLA = re.compile(
    r"(?P<comment><!--[ \t\r\n]*)?"
    rf"(?P<lines>(?:[ \t]*\.\.[ \t]+[\w-]+:[^\r\n]*(?:{EOL}|\Z))+)"
    rf"(?:[ \t\r\n]*-->[ \t]*{EOL}?)?"
)


def read_pelican(text: str, line: int, limits: Limits) -> Table:
    """Parse the lines `Key: value` in `text`, whose first line is number `line`. Raises `HeaderError`."""
    entries: list[tuple[int, str, str]] = []
    for number, written in enumerate(text.rstrip("\n").split("\n"), line):
        if match := _KEY_LINE.match(written):
            entries.append((number, match[1], written[match.end() :].strip()))
        elif entries:
            first, key, value = entries[-1]
            entries[-1] = (first, key, f"{value}\n{written.strip()}")
    return entries_table(entries, limits)


def read_nikola(text: str, line: int, limits: Limits) -> Table:
    """Parse the lines `.. key: value` in `text`, whose first line is number `line`. Raises `HeaderError`."""
    parts = [written.partition(":") for written in text.rstrip("\n").split("\n")]
    entries = [(number, key.lstrip(" \t."), value.strip()) for number, (key, _, value) in enumerate(parts, line)]
    return entries_table(entries, limits)


def begins_with_keys(text: str) -> bool:
    """Return whether the lines up to the first blank one begin with a key and include a title or a date.

    The title or date is required because prose may also begin with a word and a colon.
    """
    lines = LINE_END.split(text[:_SEARCHED])
    block = takewhile(lambda line: line.strip(" \t"), lines)
    found = [_KEY_LINE.match(line) for line in block]
    if not found or found[0] is None:
        return False
    return any(match[1].lower() in ("title", "date") for match in found if match)


def comes_to_fence(text: str) -> bool:
    """Return whether nothing but keys, items, comments and blank lines is above the first `---` line."""
    for line in LINE_END.split(text[:_SEARCHED]):
        if line.startswith("---") and not line.strip(" \t-"):
            return True
        key, colon, rest = line.partition(":")
        entry = f"{key.rstrip(' ')}{colon}{rest}"  # YAML allows a space before the colon
        if line[:1] not in ("", " ", "\t", "#") and not line.startswith(("- ", "-\t")) and not _KEY_LINE.match(entry):
            return False
    return False


def is_entry(line: str) -> bool:
    """Return whether a line is `key: value` or `key = value`."""
    key, separator, _ = line.replace("=", ":", 1).partition(":")
    return bool(separator) and key.rstrip(" \t").replace("-", "_").isidentifier()


def entries_table(entries: list[tuple[int, str, str]], limits: Limits) -> Table:
    """Return the table of entries, each its line, key and value. Raises `HeaderError`."""
    if len(entries) > limits.keys:
        raise errors.too_many_keys(limits, entries[limits.keys][0])
    spelled: dict[str, int] = {}
    for line, key, _ in entries:
        first = spelled.setdefault(key.lower(), line)
        if first != line:
            raise errors.duplicate_key(key, first, line, 1)
    return Table({key: value or None for _, key, value in entries}, {key: line for line, key, _ in entries})
