"""What a run does that finds the memory damaged, or changed by another run, in its middle: it begins again, once.

SQLite tells of damage to its own order only, so whatever is kept has a sum beside it.
"""

import functools
import sqlite3
import zlib
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import msgspec

P = ParamSpec("P")
Made = TypeVar("Made")


class DamagedError(Exception):
    """The memory turned out to be damaged in the middle of a run. It was set aside: the run can be begun again."""


class OvertakenError(Exception):
    """Another run changed what this one was about to read of the memory: the run can be begun again."""


def begun_again(run: Callable[P, Made]) -> Callable[P, Made]:
    """Let a run that met a damaged or changed memory begin again, once, with a new one."""

    @functools.wraps(run)
    def wrapped(*args: P.args, **named: P.kwargs) -> Made:
        try:
            return run(*args, **named)
        except (DamagedError, OvertakenError):
            return run(*args, **named)

    return wrapped


def sum_of(*values: bytes) -> int:
    """Return the sum that is kept beside `values`."""
    return functools.reduce(lambda sum_, value: zlib.crc32(value, sum_), values, 0)


def is_sound(sum_: object, *values: object) -> bool:
    """Return whether values are what they were when their sum was taken."""
    whole = [value for value in values if isinstance(value, bytes)]
    return len(whole) == len(values) and sum_of(*whole) == sum_


def is_damage(error: BaseException) -> bool:
    """Return whether an error says that the file, or what it holds, is not what was written there."""
    codes = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR)  # the last: a table is not there
    if isinstance(error, sqlite3.DatabaseError):
        return getattr(error, "sqlite_errorcode", 0) & 0xFF in codes
    return isinstance(error, DamagedError | msgspec.DecodeError)
