"""Front-matter fields by name: keys in any case and spelling, values as the type that is asked for.

A reader of a field asks for the names it goes by (`lastmod`, `updated`, ...) and gets the first that says something;
what can not be read becomes a problem at the line of its key.
"""

from msgspec import Struct

from digest.collector.keys import canonical, given
from digest.collector.post import clean_text
from digest.config.schema import Config
from digest.frontmatter.header import Header, Value
from digest.problems import Problem, Severity

YES = frozenset(("true", "yes", "on", "y", "1"))
NO = frozenset(("false", "no", "off", "n", "0"))


class Fields(Struct, gc=False):
    """One post's front matter and the problems found in it so far.

    A field is asked for by its name in `NAMES`, or by the canonical name of one key.
    """

    path: str
    config: Config
    header: Header
    values: dict[str, Value]  # by canonical key; of two spellings of one key the first holds
    given: dict[str, tuple[str, ...]]  # the canonical keys of `values` that each field of `NAMES` goes by
    tables: bool  # whether a table that may have fields inside is among `values`
    problems: list[Problem] = []

    @classmethod
    def of(cls, path: str, config: Config, header: Header) -> "Fields":
        """Return the fields of `header`."""
        names, fields, tables, typed = given(tuple(header.values), config.posts.tag_keys)
        if typed:
            return cls(path, config, header, header.values, fields, tables)
        values = dict(zip(names, header.values.values(), strict=True))
        if len(values) < len(names):
            values = {}
            for name, value in zip(names, header.values.values(), strict=True):
                values.setdefault(name, value)
        return cls(path, config, header, values, fields, tables)

    def first(self, name: str) -> tuple[str, Value]:
        """Return key and value of the first of a field's keys that says something; empty key when none does."""
        for key in self.given.get(name, (name,)):
            value = self.values.get(key)
            if value:
                return key, value
        return "", None

    def nested(self, tables: tuple[str, ...], *names: str) -> Value:
        """Return the first value of `names` inside the tables, such as Zola's `[extra]`."""
        for table in tables if self.tables else ():
            inner = self.values.get(table)
            if isinstance(inner, dict):
                for key, value in inner.items():
                    if canonical(key) in names and value:
                        return value
        return None

    def text(self, name: str) -> str:
        """Return the text, on one line and clean, of the first of a field's keys that is a text; else nothing."""
        for key in self.given.get(name, (name,)):
            value = self.values.get(key)
            if isinstance(value, str) and (text := clean_text(value)):
                return text
        return ""

    def flag(self, name: str) -> bool | None:
        """Return what the first of a field's keys says; None when none is given. What is no yes or no is a problem."""
        key, value = self.first(name)
        if not key:
            return None
        answer = as_flag(value)
        if answer is None:
            self.problem(key, "not-yes-or-no", f"{self.key(key)} is neither true nor false", "write true or false")
        return answer

    def key(self, name: str) -> str:
        """Return the key as typed."""
        return next((key for key in self.header.values if canonical(key) == name), name)

    def line(self, name: str) -> int:
        """Return the number of the line where the key stands, from 1."""
        return self.header.line_of(self.key(name))

    def problem(self, name: str, code: str, message: str, hint: str = "", severity: Severity = "error") -> None:
        """Note a problem at the line of a key; at the first line of the front matter when `name` is empty."""
        line = self.line(name) if name else max(self.header.line - 1, 1)
        self.problems.append(Problem(self.path, line, 0, code, message, hint, severity))

    @property
    def broken(self) -> bool:
        """Whether an error was found that leaves nothing to show; without a date a post can still be listed."""
        return any(problem.severity == "error" and problem.code != "missing-date" for problem in self.problems)


def as_flag(value: Value) -> bool | None:
    """Return what `value` answers: true or false in the words of YAML 1.1; None when it is no answer."""
    word = value.strip().lower() if isinstance(value, str) else ""
    return True if word in YES else False if word in NO else None


def as_list(value: Value) -> list[Value]:
    """Return a list: itself, nothing for null, or the one value."""
    return value if isinstance(value, list) else [] if value is None else [value]


def part_of(table: dict[str, Value], names: tuple[str, ...]) -> Value:
    """Return the first of `names`, canonical keys, that says something in a table."""
    parts = {canonical(key): value for key, value in table.items()}
    return next((parts[name] for name in names if parts.get(name)), None)
