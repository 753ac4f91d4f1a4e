"""Regular expressions that are compiled when they are first used.

The program's modules name some two hundred, and one run uses a few dozen: compiling all of them would take longer than
a build that changes one post.
"""

import re
from typing import cast

_METHODS = ("match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer", "pattern", "flags", "groups")


class _Compiled:
    """What a pattern is from its first use on: an object that has the compiled one's methods as its own."""


class _Pattern(_Compiled):
    def __init__(self, source: str | bytes, flags: int) -> None:
        self._source, self._flags = source, flags

    def __getattr__(self, name: str) -> object:
        if name not in _METHODS:
            raise AttributeError(name)
        compiled = re.compile(self._source, self._flags)
        self.__dict__.update((method, getattr(compiled, method)) for method in _METHODS)
        self.__class__ = _Compiled  # type: ignore[assignment]  # from now on no look-up comes through here
        return getattr(compiled, name)


def pattern(source: str, flags: int = 0) -> re.Pattern[str]:
    """Return `source` as `re.compile` would, compiled at its first use; a wrong one raises `re.error` then."""
    return cast("re.Pattern[str]", _Pattern(source, flags))


def bytes_pattern(source: bytes, flags: int = 0) -> re.Pattern[bytes]:
    """Return the same for bytes."""
    return cast("re.Pattern[bytes]", _Pattern(source, flags))
