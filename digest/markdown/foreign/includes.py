"""Files that a post includes: Jekyll's `{% include note.md %}`, from the folder `_includes`, and `include_relative`.

https://jekyllrb.com/docs/includes/. Files outside the site are never read, not even through a symbolic link.
"""

import os
import posixpath
from collections.abc import Iterator

from digest.collector.scan import content_folder, includes_folder
from digest.config.schema import Config
from digest.markdown.foreign.body import Body, Tag
from digest.markdown.foreign.logic import Runner, UnknownError
from digest.markdown.sanitize import scrub

MAX_BYTES = 1_000_000  # of all that a post includes
MAX_DEPTH = 10

_TEXT = (".md", ".markdown", ".html", ".htm", ".txt")


def included(tag: Tag, body: Body) -> str | None:
    """Return the text of the file that a tag includes; None when it cannot be shown.

    A file whose conditions or loops depend on more than its arguments is not shown.
    """
    if not tag.file.lower().endswith(_TEXT) or tag.file in body.within or len(body.within) >= MAX_DEPTH:
        return None
    text = _read(tag, body)
    if text is None:
        return None
    text = scrub(text.replace("\r\n", "\n").replace("\r", "\n"))
    try:
        return Runner(text, tag.named, limit=MAX_BYTES).run()
    except UnknownError:
        return None


def _read(tag: Tag, body: Body) -> str | None:
    for folder in _folders(tag, body):
        data = _bytes_of(body.config, folder, tag.file, MAX_BYTES - sum(body.included))
        if data is not None:
            body.included.append(len(data))
            return data.decode("utf-8", "replace")
    return None


def _folders(tag: Tag, body: Body) -> Iterator[str]:
    """Yield the folders to search for a file, relative to the site's folder."""
    if not tag.is_relative and (folder := includes_folder(body.config)):
        yield folder
    if posixpath.basename(tag.file).startswith("_"):
        yield posixpath.dirname(body.post.path)
        yield content_folder(body.config)


def _bytes_of(config: Config, folder: str, file: str, limit: int) -> bytes | None:
    """Return the content of a regular file below `folder`; None for any other path or more than `limit` bytes."""
    root = os.path.realpath(config.root)
    base = os.path.realpath(config.root / folder)
    path = os.path.realpath(f"{base}/{file}")
    inside = os.path.commonpath((base, path)) == base and os.path.commonpath((root, base)) == root
    if not inside or not os.path.isfile(path) or os.path.getsize(path) > limit:  # noqa: PTH113, PTH202 - raise nothing
        return None
    try:
        with open(path, "rb") as opened:  # noqa: PTH123
            return opened.read(limit + 1)
    except OSError:
        return None
