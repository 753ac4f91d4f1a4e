"""Pictures of posts: how large those are that are local files, and in which line a post names one."""

import functools
from pathlib import Path
from urllib.parse import unquote, urlsplit

from digest.collector.post import Post


def local_size(url: str, post: Post, site_url: str, folders: tuple[Path, Path]) -> tuple[int, int] | None:
    """Return width and height in pixels of the picture at `url`, None when it is not a file of the site.

    `folders` are the site's root and the folder of its static files. A post's own pictures stand beside it.
    """
    root, static = folders
    path = unquote(urlsplit(url).path)
    candidates = []
    if url.startswith(post.url):
        candidates.append(root / Path(post.path).parent / path.removeprefix(unquote(urlsplit(post.url).path)))
    if url.startswith(site_url):
        candidates.append(static / path.removeprefix(unquote(urlsplit(site_url).path)))
    for file in candidates:
        if (size := file_size(file, root)) is not None:
            return size
    return None


def file_size(file: Path, root: Path) -> tuple[int, int] | None:
    """Return width and height of a picture file inside `root`, None for what is none."""
    try:
        resolved = file.resolve()
        if not resolved.is_relative_to(root.resolve()) or not resolved.is_file():
            return None
        return _read_size(resolved, resolved.stat().st_mtime_ns)
    except (OSError, ValueError):
        return None


@functools.lru_cache(maxsize=4096)
def _read_size(file: Path, _changed: int) -> tuple[int, int] | None:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(file) as image:  # reads the header alone
            turned = image.getexif().get(0x0112, 1) in (5, 6, 7, 8)
            return (image.height, image.width) if turned else (image.width, image.height)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError):
        return None


def line(url: str, post: Post, root: Path) -> int:
    """Return the line of the post's file that names the picture at `url`, 0 when none is found.

    The body comes before the front matter, and the whole address before its path and its file's name.
    """
    try:
        text = (root / post.path).read_bytes().decode("utf-8", "replace")
    except OSError:
        return 0
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    path = urlsplit(url).path
    names = dict.fromkeys(
        (url, unquote(url), path, unquote(path), path.rpartition("/")[2], unquote(path).rpartition("/")[2])
    )
    order = [*range(post.body_line, len(lines) + 1), *range(1, min(post.body_line, len(lines) + 1))]
    return next((number for name in names if name for number in order if name in lines[number - 1]), 0)
