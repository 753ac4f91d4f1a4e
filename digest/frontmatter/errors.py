"""The errors of front matter that all formats share."""

from digest.config.schema import Limits

MAX_DIGITS = 300  # of a number; converting a longer one is slow: a denial of service


class HeaderError(ValueError):
    """Front matter that cannot be read. `line` counts from 1 in the file, `column` from 1 (0: not known)."""

    def __init__(self, code: str, message: str, line: int, column: int = 0, hint: str = "") -> None:
        super().__init__(message)
        self.code, self.line, self.column, self.hint = code, line, column, hint


def too_deep(limits: Limits, line: int, column: int = 0) -> HeaderError:
    """Return the error for lists and tables nested beyond the limit."""
    message = f"lists and tables are nested more than {limits.depth} deep"
    return HeaderError("too-deep", message, line, column, "posts.limits.depth is the limit")


def too_many_keys(limits: Limits, line: int) -> HeaderError:
    """Return the error for more keys than the limit."""
    message = f"front matter has more than {limits.keys:,} keys"
    return HeaderError("too-many-keys", message, line, 0, "posts.limits.keys is the limit")


def duplicate_key(key: str, first: int, line: int, column: int = 0) -> HeaderError:
    """Return the error for a key given on two lines."""
    message = f"{key!r} is given twice, on lines {first} and {line}"
    return HeaderError("duplicate-key", message, line, column, "keep one of them")


def long_number(line: int, column: int = 0) -> HeaderError:
    """Return the error for a number with more than `MAX_DIGITS` digits."""
    return HeaderError("number-too-long", f"a number has more than {MAX_DIGITS} digits", line, column, "quote it")
