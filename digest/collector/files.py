"""A content file's bytes as front matter and a body.

Mostly the beginning of a file is enough: of the body only its place is told, until somebody asks for it.
"""

from collections.abc import Callable

from msgspec import Struct

from digest.collector.post import Post
from digest.config.schema import Config, Limits
from digest.frontmatter.header import Header, HeaderError, header_end, line_number
from digest.frontmatter.simple_yaml import read_simple
from digest.patterns import bytes_pattern
from digest.problems import Problem

# UTF-16 and UTF-32 with a byte-order mark, or by their zeros
_WIDE = bytes_pattern(
    rb"\xff\xfe|\xfe\xff|[^\x00]\x00[^\x00]\x00|\x00[^\x00]\x00[^\x00]|\x00\x00(?:\xfe\xff|\x00[^\x00])"
)


class Parts(Struct, frozen=True, gc=False):
    """A file as front matter and a body, which begins at byte `start` and on line `line`."""

    header: Header
    start: int
    line: int
    body: Callable[[], str]  # raises `HeaderError` when it is not UTF-8


def parts_of(head: bytes, config: Config, rest: Callable[[], bytes] | None = None) -> Parts | HeaderError:
    """Return the parts of a file, or what is wrong with it; `head` and `rest` are what `reading.read` takes.

    Raises what else than `HeaderError` is raised by `rest`.
    """
    try:
        return (rest and _parts_of_head(head, config, rest)) or _parts_of(rest() if rest else head, config)
    except HeaderError as error:
        return error


def _parts_of_head(head: bytes, config: Config, rest: Callable[[], bytes]) -> Parts | None:
    """Return what the beginning of a file is enough for; None when it is not, or something is wrong with it."""
    end = header_end(head)
    if not end:
        return None
    limits = config.posts.limits
    try:
        text = head[:end].decode()
        header = read_simple(text, limits) or _read_header(text, limits)
    except (UnicodeDecodeError, HeaderError):
        return None
    if header is None or header.end != len(text):
        return None
    return Parts(header, end, line_number(text, len(text)), lambda: decode(rest(), limits.file_bytes)[len(text) :])


def _read_header(text: str, limits: Limits) -> Header | None:
    from digest.frontmatter.split import (
        read_header,  # with libyaml: not needed where nothing has to be read but simple headers
    )

    return read_header(text, limits)


def _parts_of(data: bytes, config: Config) -> Parts:
    """Return the same of a whole file. Raises `HeaderError`."""
    text = decode(data, config.posts.limits.file_bytes)
    header = _read_header(text, config.posts.limits) or _without(text, config)
    end = header.end
    return Parts(header, len(text[:end].encode()), line_number(text, end), lambda: text[end:])


def problem_of(path: str, error: HeaderError) -> Problem:
    """Return an error as the problem of the file at `path`."""
    return Problem(path, error.line, error.column, error.code, str(error), error.hint)


def body(data: bytes, post: Post) -> str:
    r"""Return the Markdown source of `post`, whose file holds `data`; lines end in `\n`."""
    text = data[post.body_start :].decode("utf-8", "replace")
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def body_problem(data: bytes, post: Post) -> Problem | None:
    """Return what is wrong with the bytes of the body of `post`, whose file holds `data`: that they are not UTF-8."""
    try:
        decode(data, len(data))
    except HeaderError as error:
        return problem_of(post.path, error)
    return None


def decode(data: bytes, limit: int) -> str:
    """Return the file's text. Raises `HeaderError` when it is too long or not UTF-8, with line and byte."""
    if len(data) > limit:
        raise too_large(limit)
    hint = "save the file as UTF-8"
    if _WIDE.match(data):
        raise HeaderError("not-utf-8", "the file is UTF-16 or UTF-32, not UTF-8", 1, 1, hint)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8", "replace")
        line = line_number(before, len(before))
        column = len(before) - max(before.rfind("\n"), before.rfind("\r"))
        message = f"the file is not UTF-8: byte 0x{data[error.start]:02x} at offset {error.start:,}"
        raise HeaderError("not-utf-8", message, line, column, hint) from None


def too_large(limit: int) -> HeaderError:
    """Return the error for a file of more than `limit` bytes."""
    hint = "posts.limits.file_bytes is the limit"
    return HeaderError("file-too-large", f"the file is larger than {limit:,} bytes", 1, 0, hint)


def _without(text: str, config: Config) -> Header:
    """Return an empty header for a file without front matter; raises when the configuration wants one."""
    if config.posts.without_front_matter and text.strip():
        return Header({}, "", 1, 0, commas=False, dialect="none")
    hint = "begin with a --- line, title and date, and another --- line; or add the file to posts.ignore"
    raise HeaderError("no-front-matter", "the file has no front matter", 1, 1, hint)
