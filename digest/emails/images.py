"""Pictures of posts: how large those are that are local files, and in which line a post names one."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

_TURNED = (5, 6, 7, 8)  # values of the EXIF tag Orientation for pictures that lie on their side
_ORIENTATION = 0x0112


def below(url: str, base: str, folder: Path) -> Path | None:
    """Return the file of `folder`, published at `base`, that stands at `url`; None for another address."""
    if not url.startswith(base):
        return None
    path = unquote(urlsplit(url).path)
    return folder / path.removeprefix(unquote(urlsplit(base).path))


def file_size(file: Path, root: Path) -> tuple[int, int] | None:
    """Return width and height in pixels of a picture file inside `root`, None for what is none."""
    from PIL import Image, UnidentifiedImageError

    try:
        resolved = file.resolve()
        if not resolved.is_relative_to(root.resolve()) or not resolved.is_file():
            return None
        with Image.open(resolved) as image:  # reads the header alone
            width, height = image.size
            turned = image.getexif().get(_ORIENTATION, 1) in _TURNED
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError):
        return None
    return (height, width) if turned else (width, height)


def find_line(url: str, file: Path, body_line: int) -> int:
    """Return the line of a post's file that names the picture at `url`, 0 when none is found.

    The body, from `body_line` on, comes before the front matter, and the whole address before its path and its name.
    """
    try:
        text = file.read_bytes().decode("utf-8", "replace")
    except OSError:
        return 0
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    path = urlsplit(url).path
    name = path.rpartition("/")[2]
    numbered = list(enumerate(lines, 1))
    body_first = numbered[body_line - 1 :] + numbered[: body_line - 1]
    for wanted in (url, unquote(url), path, unquote(path), name, unquote(name)):
        for number, line in body_first:
            if wanted and wanted in line:
                return number
    return 0
