"""Pictures of the site that are local files: how large they are."""

import functools
from pathlib import Path
from urllib.parse import unquote, urlsplit

from digest.posts import Post


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
