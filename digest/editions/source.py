"""Read the files of an editor, notes and slots: front matter, if there is any, and a body in Markdown."""

from msgspec import Struct

from digest.config import Config
from digest.frontmatter import Header, HeaderError
from digest.problems import Problem


class EditorSource(Struct, frozen=True):
    """A file that was read. `line` is the first of its body."""

    header: Header | None
    body: str
    line: int


def read_source(config: Config, path: str) -> tuple[EditorSource | None, tuple[Problem, ...]]:
    """Return the file at `path`, relative to the site's folder; None, and the problem, when it cannot be read.

    A file that does not exist is no problem.
    """
    try:
        data = (config.root / path).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None, ()
    except OSError as error:
        return None, (Problem(path, 0, 0, "unreadable", error.strerror or str(error)),)
    from digest.collector.source import decode
    from digest.frontmatter import line_number, read_header

    try:
        text = decode(data, config.posts.limits.file_bytes)
        header = read_header(text, config.posts.limits)
    except HeaderError as error:
        return None, (Problem(path, error.line, error.column, error.code, str(error), error.hint),)
    start = header.end if header is not None else 0
    return EditorSource(header, _body(text[start:]), line_number(text, start)), ()


def _body(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip("\ufeff \n")
