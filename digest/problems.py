"""Problems in the user's files, and the errors that end a command.

A `Problem` names the place and the remedy; a `DigestError` carries problems and the exit code. Nothing here knows what
a post or a feed is, so every other module may use it.
"""

from collections.abc import Iterable, Sequence
from typing import ClassVar, Literal

from msgspec import Struct

from digest.patterns import pattern

Severity = Literal["error", "warning"]

_UNPRINTABLE = pattern(
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
    `code` is a stable kebab-case word, `hint` says what to write instead. An error leaves the post out; a warning
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
        """`path:line:column`, or the path alone where no line is known; a whole line is at its first column."""
        return f"{self.path}:{self.line}:{self.column or 1}" if self.line else self.path

    def __str__(self) -> str:
        hint = f" ({self.hint})" if self.hint else ""
        kind = "warning: " if self.severity == "warning" else ""
        return printable(f"{self.place}: {kind}{self.code}: {self.message}{hint}")


class DigestError(Exception):
    """A command can not go on. `str()` is the message for the person; `problems` name the places."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, problems: Iterable[Problem] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)

    def __reduce__(self) -> tuple[type["DigestError"], tuple[str, tuple[Problem, ...]]]:
        return type(self), (str(self), self.problems)  # whole also when it comes from another process


class ContentError(DigestError):
    """Posts are wrong (EX_DATAERR)."""

    exit_code = 65


class WriteError(DigestError):
    """An output can not be written (EX_CANTCREAT)."""

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
