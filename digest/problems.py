"""Problems in the user's files, and the errors that end a command.

A `Problem` names the place and the remedy; a `DigestError` carries problems and the exit code. Nothing here knows what
a post or a feed is, so every other module may use it.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from typing import ClassVar, Literal

from msgspec import Struct

Severity = Literal["error", "warning"]

MAX_ERRORS = 20  # of one code, shown individually

_UNPRINTABLE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff0-\uffff\ud800-\udfff]"
)


def printable(text: str) -> str:
    r"""Return `text` safe for a terminal: control, bidirectional and lone surrogate characters as `\x1b` escapes."""
    return _UNPRINTABLE.sub(lambda m: m[0].encode("unicode_escape").decode("ascii"), text)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `did you mean "x"?` for the nearest of `known`, or an empty string when none is near."""
    import difflib

    spelt = {name.casefold(): name for name in sorted(known)}
    near = difflib.get_close_matches(word.casefold(), spelt, n=1, cutoff=0.6)
    return f'did you mean "{spelt[near[0]]}"?' if near else ""


class Problem(Struct, frozen=True, order=True):
    """Something wrong in one of the user's files.

    `path` is relative to the site's folder with forward slashes, `line` and `column` count from 1 (0: not known),
    `code` is a stable kebab-case word, `hint` says how to fix it. An error leaves the post out; a warning
    does not.
    """

    path: str
    line: int
    column: int
    code: str
    message: str
    hint: str = ""
    severity: Severity = "error"

    @property
    def place(self) -> str:
        """`path:line:column`, or the path alone when the line is unknown; an unknown column is 1."""
        return f"{self.path}:{self.line}:{self.column or 1}" if self.line else self.path

    def __str__(self) -> str:
        hint = f" ({self.hint})" if self.hint else ""
        kind = "warning: " if self.severity == "warning" else ""
        return printable(f"{self.place}: {kind}{self.code}: {self.message}{hint}")


class ProblemGroup(Problem, frozen=True, order=True):
    """Several problems shown as one: its place is that of the first, and its message says how many there are."""

    def __str__(self) -> str:
        hint = f" ({self.hint})" if self.hint else ""
        return printable(f"{self.severity}: {self.code}: {self.message}{hint}")


def fold(problems: Iterable[Problem]) -> list[Problem]:
    """Return the problems to show, in order of place.

    Warnings that differ only in their place become one `ProblemGroup`. Of each error code the first `MAX_ERRORS` are
    shown individually and the rest as one group.
    """
    groups: dict[tuple[str, str, str | int], list[Problem]] = {}
    errors: Counter[str] = Counter()
    for problem in sorted(set(problems)):
        kind: str | int = problem.message
        if problem.severity == "error":
            errors[problem.code] += 1
            kind = min(errors[problem.code], MAX_ERRORS + 1)
        groups.setdefault((problem.severity, problem.code, kind), []).append(problem)
    return [_grouped(group) if len(group) > 1 else group[0] for group in groups.values()]


def _grouped(group: Sequence[Problem]) -> ProblemGroup:
    first = group[0]
    message = f"{len(group):,} more of this kind"
    if first.severity == "warning":
        message = f"{first.message}: {_extent(group)}"
    return ProblemGroup(
        path=first.path,
        line=first.line,
        column=first.column,
        code=first.code,
        message=f"{message}, first at {first.place}",
        hint=first.hint if all(problem.hint == first.hint for problem in group) else "",
        severity=first.severity,
    )


def _extent(group: Sequence[Problem]) -> str:
    """Return how many posts, or other files, have a warning: `1,838 posts`, `3 places in 2 files`."""
    paths = {problem.path for problem in group}
    suffixes = [PurePosixPath(path).suffix.lower() for path in paths]
    posts = all(suffix.startswith((".md", ".mk", ".markdown")) for suffix in suffixes)
    files = count(len(paths), "post" if posts else "file")
    return files if len(paths) == len(group) else f"{len(group):,} places in {files}"


def count(number: int, noun: str) -> str:
    """Return `1 post`, `1,234 posts`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


class DigestError(Exception):
    """A command cannot go on. `str()` is the message for the user; `problems` name the places."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, problems: Iterable[Problem] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)

    def __reduce__(self) -> tuple[type["DigestError"], tuple[str, tuple[Problem, ...]]]:
        return type(self), (str(self), self.problems)  # keep `problems` when pickled by a worker process


class MissingPackageError(DigestError):
    """A command needs a package that one of this program's extras installs."""


def install_command(extra: str) -> str:
    """Return the command that installs an extra of this program."""
    return f'pip install "digest-press[{extra}]"'


def require(package: str, extra: str, what: str) -> None:
    """Raise `MissingPackageError` when `package`, which `extra` installs and `what` needs, cannot be imported."""
    if not is_installed(package):
        raise MissingPackageError(f"{what} needs {package}, which is missing: {install_command(extra)}")


def is_installed(package: str) -> bool:
    """Return whether a package can be imported."""
    from importlib import import_module

    try:
        import_module(package)
    except ImportError:
        return False
    return True


class ContentError(DigestError):
    """Posts are wrong (EX_DATAERR)."""

    exit_code = 65


class WriteError(DigestError):
    """An output cannot be written (EX_CANTCREAT)."""

    exit_code = 73


class LockedError(DigestError):
    """Another run holds the lock (EX_TEMPFAIL)."""

    exit_code = 75


class ConfigError(DigestError):
    """`digest.toml` is wrong (EX_CONFIG)."""

    exit_code = 78


def refuse(problems: Sequence[Problem]) -> None:
    """Raise `ContentError` when one of `problems` is an error."""
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors:
        raise ContentError("nothing was written", sorted(set(errors)))
