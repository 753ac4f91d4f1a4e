"""Front-matter fields by name: keys in any case and spelling, values as the requested type.

A field goes by several names (`lastmod`, `updated`, ...); the first key with a value wins. A value that cannot be read
is a problem at the line of its key.
"""

from collections.abc import Iterable, Iterator

from digest.collector.keys import canonical, header_keys
from digest.collector.post import clean_text
from digest.config.schema import Config
from digest.frontmatter import Header, Value
from digest.problems import Problem, Severity

YES = frozenset(("true", "yes", "on", "y", "1"))
NO = frozenset(("false", "no", "off", "n", "0"))


class Fields:
    """One post's front matter, and the problems found in it so far.

    A field is asked for by its name in `keys.NAMES`, a single key by its canonical name.
    """

    def __init__(self, path: str, config: Config, header: Header) -> None:
        self.path = path
        self.config = config
        self.header = header
        self.problems: list[Problem] = []
        self._by_name, self._by_field = header_keys(tuple(header.values))

    def given(self, field: str) -> Iterator[tuple[str, Value]]:
        """Yield a field's keys, as typed, and their values, the best first; skip empty values."""
        for key in self._by_field.get(field, ()):
            value = self.header.values[key]
            if value:
                yield key, value

    def first(self, field: str) -> tuple[str, Value]:
        """Return the first of a field's keys that has a value, and the value; an empty key when there is none."""
        for key in self._by_field.get(field, ()):
            value = self.header.values[key]
            if value:
                return key, value
        return "", None

    def single(self, name: str) -> tuple[str, Value]:
        """Return a key, as typed, and its value by the canonical name; an empty key and None when it is missing."""
        for key in self._by_name.get(name, ()):
            return key, self.header.values[key]
        return "", None

    def value(self, name: str) -> Value:
        """Return the value of a key by its canonical name; None when it is missing."""
        return self.single(name)[1]

    def text(self, field: str) -> str:
        """Return the first text among a field's keys, on one line and clean; empty when there is none."""
        for key in self._by_field.get(field, ()):
            value = self.header.values[key]
            text = clean_text(value) if isinstance(value, str) else ""
            if text:
                return text
        return ""

    def flag(self, field: str, severity: Severity = "error") -> bool | None:
        """Return the value of a yes-or-no field; None when it is missing. Any other value is a problem."""
        key, value = self.first(field)
        if not key:
            return None
        answer = as_flag(value)
        if answer is None:
            self.problem(key, "not-yes-or-no", f"{key} is neither true nor false", "write true or false", severity)
        return answer

    def nested(self, tables: Iterable[str], names: Iterable[str]) -> Value:
        """Return the first value of the keys `names` in one of the tables, such as Zola's `[extra]`."""
        for table in filter(self._by_name.__contains__, tables):
            inner = self.value(table)
            found = part_of(inner, names) if isinstance(inner, dict) else None
            if found:
                return found
        return None

    def problem(self, key: str, code: str, message: str, hint: str = "", severity: Severity = "error") -> None:
        """Add a problem at the line of a key; at the first line of the front matter when `key` is empty."""
        line = self.header.line_of(key) if key else max(self.header.line - 1, 1)
        self.problems.append(Problem(self.path, line, 0, code, message, hint, severity))

    @property
    def broken(self) -> bool:
        """Whether an error prevents the post from being listed; a post without a date can still be listed."""
        return any(problem.severity == "error" and problem.code != "missing-date" for problem in self.problems)


def as_flag(value: Value) -> bool | None:
    """Return `value` as a boolean in the words of YAML 1.1; None when it is not one."""
    word = value.strip().lower() if isinstance(value, str) else ""
    if word in YES:
        return True
    return False if word in NO else None


def as_list(value: Value) -> list[Value]:
    """Return a list: itself, nothing for null, or the one value."""
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def part_of(table: dict[str, Value], names: Iterable[str]) -> Value:
    """Return the first value in a table of `names`, which are canonical keys."""
    parts = {canonical(key): value for key, value in table.items()}
    return next((parts[name] for name in names if parts.get(name)), None)


def texts_of(table: dict[str, Value]) -> dict[str, str]:
    """Return the text values of a table, clean, by canonical key."""
    return {canonical(key): clean_text(value) for key, value in table.items() if isinstance(value, str)}


def first_text(texts: dict[str, str], names: Iterable[str]) -> str:
    """Return the first text of `names` that is not empty; empty when there is none."""
    return next((texts[name] for name in names if texts.get(name)), "")
