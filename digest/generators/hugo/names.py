"""Hugo's rules for names: parts of addresses, file names, globs, and Go's date layouts."""

import posixpath
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from fnmatch import fnmatchcase
from typing import NamedTuple

from msgspec import Struct

from digest.generators.globs import alternatives

_KEPT = frozenset("./\\_#+~-@")
_HEX_DIGITS = frozenset("0123456789abcdefABCDEF")
_DELIMITERS = " -_"  # between the date and the rest of a file's name
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DATE_WORDS: dict[str, Callable[[datetime], str]] = {
    "year": lambda date: str(date.year),
    "month": lambda date: f"{date.month:02}",
    "monthname": lambda date: _MONTHS[date.month - 1],
    "day": lambda date: f"{date.day:02}",
    "weekday": lambda date: str(date.isoweekday() % 7),
    "weekdayname": lambda date: _WEEKDAYS[date.weekday()],
    "yearday": lambda date: str(date.timetuple().tm_yday),
}
# Parts of a date layout of Go (package time), the longest first where one begins another.
_LAYOUT: dict[str, Callable[[datetime], str]] = {
    "January": lambda date: _MONTHS[date.month - 1],
    "Monday": lambda date: _WEEKDAYS[date.weekday()],
    "2006": lambda date: f"{date.year:04}",
    "Jan": lambda date: _MONTHS[date.month - 1][:3],
    "Mon": lambda date: _WEEKDAYS[date.weekday()][:3],
    "002": lambda date: f"{date.timetuple().tm_yday:03}",
    "01": lambda date: f"{date.month:02}",
    "02": lambda date: f"{date.day:02}",
    "03": lambda date: f"{date.hour % 12 or 12:02}",
    "04": lambda date: f"{date.minute:02}",
    "05": lambda date: f"{date.second:02}",
    "06": lambda date: f"{date.year % 100:02}",
    "15": lambda date: f"{date.hour:02}",
    "PM": lambda date: "PM" if date.hour >= 12 else "AM",
    "1": lambda date: str(date.month),
    "2": lambda date: str(date.day),
    "3": lambda date: str(date.hour % 12 or 12),
    "4": lambda date: str(date.minute),
    "5": lambda date: str(date.second),
}


class FilePath(Struct, frozen=True, kw_only=True):
    """What Hugo reads from the path of a content file below the content folder."""

    folder: str  # the one that holds the page, as typed; of a page bundle, the one above it
    name: str  # without language and suffix; of a page bundle, its folder's
    language: str  # a key of `languages`
    has_language: bool  # whether the file's name has it
    is_bundle: bool = False

    @property
    def path(self) -> str:
        """The path of the page as Hugo compares it: in lower case, with hyphens, after a slash."""
        return normalised(f"/{posixpath.join(self.folder, self.name)}")

    @property
    def section(self) -> str:
        """The first folder, as Hugo compares it; empty when there is none."""
        return normalised(self.folder.partition("/")[0])

    def is_below(self, folder: str) -> bool:
        """Return whether the page is in `folder`, which is as Hugo compares it and may be that of the home page."""
        return self.path.startswith(f"{folder.rstrip('/')}/")


def file_path(below: str, languages: Sequence[str], default: str) -> FilePath:
    """Return what the path of a file below the content folder says; its suffix is that of Markdown."""
    folder, _, file = below.rpartition("/")
    name, language = _without_language(file.rpartition(".")[0], languages)
    is_bundle = name.lower() == "index" and folder != ""
    if is_bundle:
        folder, _, name = folder.rpartition("/")
    return FilePath(
        folder=folder,
        name=name,
        language=language or default,
        has_language=language != "",
        is_bundle=is_bundle,
    )


def _without_language(stem: str, languages: Sequence[str]) -> tuple[str, str]:
    """Split a file's name without suffix at the last of its parts that is a language; the language may be empty.

    What comes after the language is dropped. A language that the name begins with stays in it.
    """
    parts = stem.split(".")
    for number in range(len(parts) - 1, 0, -1):
        if parts[number].lower() in languages:
            return ".".join(parts[:number]), parts[number].lower()
    first = parts[0].lower()
    return stem, first if len(parts) > 1 and first in languages else ""


def normalised(path: str) -> str:
    """Return a path as Hugo compares paths."""
    return lower(path).replace(" ", "-")


def lower(text: str) -> str:
    """Return `text` in lower case, letter by letter as Go has it: never two letters for one."""
    return "".join(character.lower()[0] for character in text)


def sanitised(path: str, *, without_accents: bool) -> str:
    """Return `path` with only the characters that Hugo allows, a hyphen for white space (`paths.Sanitize`)."""
    kept: list[str] = []
    is_space_before = False
    for place, character in enumerate(path):
        if _is_allowed(path, place, character):
            if is_space_before and character != "-":
                kept.append("-")
            is_space_before = False
            kept.append(character)
        elif character.isspace() and kept and kept[-1] != "-":
            is_space_before = True
    text = "".join(kept)
    return _without_accents(text) if without_accents else text


def _is_allowed(path: str, place: int, character: str) -> bool:
    if character == "%":
        digits = path[place + 1 : place + 3]
        return len(digits) == 2 and _HEX_DIGITS.issuperset(digits)
    category = unicodedata.category(character)
    return category[0] in "LM" or category == "Nd" or character in _KEPT


def _without_accents(text: str) -> str:
    letters = filter(lambda character: unicodedata.category(character) != "Mn", unicodedata.normalize("NFD", text))
    return unicodedata.normalize("NFC", "".join(letters))


class DatedName(NamedTuple):
    """The date that a name begins with, in ISO 8601, and the rest as a slug."""

    date: str
    slug: str


def date_and_slug(name: str) -> DatedName | None:
    """Return the date that a name begins with and the rest as a slug; None when there is none.

    The name is a file's without suffix or a bundle's, and what follows its last dot is not looked at
    (`dateAndSlugFromBaseFilename`).
    """
    base = name.rpartition(".")[0] or name
    for end, moment in ((19, f"{base[:10]}T{base[11:19].replace('-', ':')}"), (10, base[:10])):
        if len(base) >= end and _is_date(moment):
            return DatedName(moment, base[end:].strip(_DELIMITERS))
    return None


def _is_date(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return text[4:5] == "-" and text[:10].replace("-", "").isdecimal()


def formatted(word: str, date: datetime) -> str:
    """Return the part of `date` that the word of a pattern names; a word that names none, with its colon."""
    if word in _DATE_WORDS:
        return _DATE_WORDS[word](date)
    text = "".join(_by_layout(word, date))
    return f":{word}" if text == word else text


def _by_layout(layout: str, date: datetime) -> Iterator[str]:
    """Yield the parts of a Go date layout, those that name a part of a date replaced."""
    while layout:
        part = next(filter(layout.startswith, _LAYOUT), "")
        yield _LAYOUT[part](date) if part else layout[0]
        layout = layout[len(part) or 1 :]


def placeholders(pattern: str) -> Iterator[str]:
    """Yield the placeholders of a pattern with their colons: letters, digits and `_`, then perhaps a part in `[]`."""
    start = pattern.find(":")
    while start >= 0:
        end = start + 1
        while end < len(pattern) and _is_word(pattern[end]):
            end += 1
        is_word = end > start + 1
        closing = pattern.find("]", end + 2) if pattern.startswith("[", end) else -1
        if is_word:
            end = max(end, closing + 1)
            yield pattern[start:end]
        start = pattern.find(":", end)


def _is_word(letter: str) -> bool:
    return letter == "_" or (letter.isascii() and letter.isalnum())


def slice_of(entries: list[str], cut: str) -> list[str]:
    """Return the entries that `cut` names: `1:]`, `:2]`, `last]`, `0]`; all of them when it is empty."""
    if not cut or not entries:
        return entries
    first, colon, last = cut.rstrip("]").lower().partition(":")
    start = _index(first, entries, 0)
    if start >= len(entries):
        return []
    end = _index(last, entries, len(entries)) if colon else start + 1
    return entries[start:end]


def _index(word: str, entries: list[str], default: int) -> int:
    if word == "last":
        return len(entries) - 1
    if not word:
        return default
    return int(word) if word.isdecimal() else 0


def is_glob_match(pattern: str, text: str) -> bool:
    """Return whether a glob matches the whole text: `*` within a folder, `**` across them, `{a,b}` alternatives."""
    return any(_matches(one.split("/"), text.split("/")) for one in alternatives(pattern.lower()))


def _matches(patterns: list[str], names: list[str]) -> bool:
    if not patterns or not names:
        return not patterns and not names
    first, *rest = patterns
    if first == "**":
        return any(_matches(rest, names[count:]) for count in range(1, len(names) + 1))
    if "**" in first:  # within a name: it takes folders too
        return any(
            fnmatchcase("/".join(names[:count]), first) and _matches(rest, names[count:])
            for count in range(1, len(names) + 1)
        )
    return fnmatchcase(names[0], first) and _matches(rest, names[1:])
