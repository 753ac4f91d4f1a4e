"""Open a content file safely, decode it, and split it into front matter and body."""

import os
import re
import stat
from pathlib import Path

from msgspec import Struct

from digest.cache.fingerprint import content_hash
from digest.collector.post import Post
from digest.config.schema import Config
from digest.frontmatter import Header, HeaderError, line_number, read_header
from digest.problems import Problem

_OPEN_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
_CHUNK = 65_536  # bytes read at once
# UTF-16 and UTF-32 with a byte-order mark, or recognised by their zero bytes
_WIDE = re.compile(rb"\xff\xfe|\xfe\xff|[^\x00]\x00[^\x00]\x00|\x00[^\x00]\x00[^\x00]|\x00\x00(?:\xfe\xff|\x00[^\x00])")


class Source(Struct, frozen=True, gc=False):
    """A content file as front matter and a body, which begins at byte `start` and on line `line`."""

    header: Header
    body: str
    start: int
    line: int


def read_bytes(config: Config, path: str) -> bytes:
    """Return the bytes of the content file at `path`, at most one more than the limit.

    Never follows a link out of the content folder, never waits for a pipe. Raises `HeaderError` when the file cannot
    be read.
    """
    try:
        handle = _open(config, path)
        try:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise not_a_file()
            return _read(handle, config.posts.limits.file_bytes + 1)
        finally:
            os.close(handle)
    except OSError as error:
        raise HeaderError("unreadable", f"the file cannot be read: {error.strerror}", 0) from error


def begins_with_front_matter(config: Config, path: str) -> bool:
    """Return whether the file at `path` begins with a fence of front matter, or cannot be read to see."""
    try:
        handle = _open(config, path)
    except OSError:
        return True  # reading it will say why
    try:
        is_file = stat.S_ISREG(os.fstat(handle).st_mode)
        start = os.read(handle, 64) if is_file else b""
    finally:
        os.close(handle)
    return start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith((b"---", b"+++", b".. title:", b"<!--\n.. "))


def read_header_beside(config: Config, path: str) -> bytes:
    """Return the content of the file that holds the front matter of the post at `path`; empty when there is none."""
    beside = config.generator.header_file(path) if config.generator is not None else ""
    if not beside:
        return b""
    try:
        return read_bytes(config, beside)
    except HeaderError:
        return b""


def hash_of_source(data: bytes, header_beside: bytes) -> bytes:
    """Return the 16-byte hash of a post's content: that of its file, and of its front matter elsewhere."""
    return content_hash(b"\0".join((data, header_beside)) if header_beside else data)


def is_restructured(path: str, config: Config) -> bool:
    """Return whether the post at `path` is reStructuredText, and not Markdown."""
    return config.generator is not None and config.generator.is_restructured(path)


def split(data: bytes, config: Config, *, restructured: bool = False, header_beside: bytes = b"") -> Source:
    """Split a file's content into front matter and body. Raises `HeaderError` when it is invalid.

    `header_beside` is the content of the file with its front matter, where it stands in one of its own.
    """
    text = decode(data, config.posts.limits.file_bytes)
    if header_beside:
        beside = read_header(decode(header_beside, config.posts.limits.file_bytes), config.posts.limits)
        if beside is not None:
            return Source(header=beside, body=text, start=0, line=1)
    header = read_header(text, config.posts.limits, restructured=restructured) or _no_header(text, config)
    end = header.end
    return Source(
        header=header,
        body=text[end:],
        start=len(text[:end].encode()),
        line=line_number(text, end),
    )


def body_of(data: bytes, post: Post) -> str:
    r"""Return the Markdown of `post`, from its file's content `data`; lines end in `\n`."""
    text = data[post.body_start :].decode("utf-8", "replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def decode(data: bytes, limit: int) -> str:
    """Return a file's text. Raises `HeaderError` when it is longer than `limit` bytes or not UTF-8."""
    if len(data) > limit:
        hint = "posts.limits.file_bytes is the limit"
        raise HeaderError("file-too-large", f"the file is larger than {limit:,} bytes", 1, 0, hint)
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


def problem_of(path: str, error: HeaderError) -> Problem:
    """Return an error as the problem of the file at `path`."""
    return Problem(path, error.line, error.column, error.code, str(error), error.hint)


def not_a_file() -> HeaderError:
    """Return the error for a pipe, a device and the like."""
    return HeaderError("not-a-file", "this is no regular file", 0, 0, "only regular files are read")


def _open(config: Config, path: str) -> int:
    """Return a handle of a content file; a link is followed within the content folder. Raises `OSError`."""
    place = f"{config.root}/{path}"
    try:
        return os.open(place, _OPEN_FLAGS | _NO_FOLLOW)
    except OSError:
        target = Path(place).resolve()
        content = (config.root / config.site.content).resolve()
        if not Path(place).is_symlink() or not target.is_relative_to(content):
            raise
        return os.open(target, _OPEN_FLAGS | _NO_FOLLOW)


def _read(handle: int, limit: int) -> bytes:
    """Return what an open file holds, at most `limit` bytes."""
    chunks = []
    while limit > 0 and (chunk := os.read(handle, min(_CHUNK, limit))):
        chunks.append(chunk)
        limit -= len(chunk)
    return b"".join(chunks)


def _no_header(text: str, config: Config) -> Header:
    """Return an empty header for a file without front matter. Raises `HeaderError` when each post needs one."""
    if config.posts.without_front_matter and text.strip():
        return Header(values={}, lines={}, line=1, end=0, format="none")
    hint = "begin with a --- line, title and date, and another --- line; or add the file to posts.ignore"
    raise HeaderError("no-front-matter", "the file has no front matter", 1, 1, hint)
