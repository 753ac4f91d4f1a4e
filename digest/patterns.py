"""Regular expressions that are compiled when they are first used.

The program's modules name some two hundred, and one run uses a few dozen: compiling all of them would take longer than
a build that changes one post.

Before Python 3.11.5, which Debian 12 is, a possessive group stands wrong when its last round fails half-way:
`(?:ab?c)*+` takes `aca` of `acab` (https://github.com/python/cpython/issues/106052). There such groups are rewritten.
"""

import re
import sys
from typing import cast

_METHODS = ("match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer", "pattern", "flags", "groups")

# What the source of an expression is taken apart at: escapes and sets, which hold no group, groups and their ends.
_MARK = r"(?s)\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(|\)(?:[*+?]\+)?"
_HALF_ROUNDS = sys.version_info < (3, 11, 5)


def without_half_rounds(source: str) -> str:
    """Return an expression that matches as `source` does, also where a round that fails half-way would tell.

    An empty choice in each possessive group makes its last round one that does not fail. No round of `+` may have
    groups that capture, since it stands there twice; `ValueError` is raised where one does.
    """
    pieces: list[str] = []
    begun: list[int] = []  # groups, by their place among the pieces
    done = 0
    for mark in re.finditer(_MARK, source):
        pieces.append(source[done : mark.start()])
        done = mark.end()
        if mark[0] == "(":
            begun.append(len(pieces))
        if mark[0][0] != ")":
            pieces.append(mark[0])
            continue
        group = f"{''.join(pieces[(begin := begun.pop()) :])})"
        often = mark[0][1:]
        if often == "++" and re.compile(group).groups:
            raise ValueError(f"a group in {group} captures")
        whole = {"": group, "++": f"(?={group})(?:{group}|)*+"}.get(often, f"(?:{group}|){often}")
        pieces[begin:] = [whole]
    return "".join((*pieces, source[done:]))


class _Compiled:
    """What a pattern is from its first use on: an object that has the compiled one's methods as its own."""


class _Pattern(_Compiled):
    def __init__(self, source: str | bytes, flags: int) -> None:
        self._source, self._flags = source, flags

    def __getattr__(self, name: str) -> object:
        if name not in _METHODS:
            raise AttributeError(name)
        source = self._source
        if _HALF_ROUNDS and isinstance(source, str):
            source = without_half_rounds(source)
        made = re.compile(source, self._flags)
        self.__dict__.update((method, getattr(made, method)) for method in _METHODS)
        self.__class__ = _Compiled  # type: ignore[assignment]  # from now on no look-up comes through here
        return getattr(made, name)


def pattern(source: str, flags: int = 0) -> re.Pattern[str]:
    """Return `source` as `re.compile` would, compiled at its first use; a wrong one raises `re.error` then."""
    return cast("re.Pattern[str]", _Pattern(source, flags))


def bytes_pattern(source: bytes, flags: int = 0) -> re.Pattern[bytes]:
    """Return the same for bytes."""
    return cast("re.Pattern[bytes]", _Pattern(source, flags))
