"""Images of posts: the size of local files, and the line where a post refers to one."""

from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

# How JPEG, PNG, GIF, WebP, TIFF and BMP begin.
_BEGINNINGS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"RIFF", b"II*\0", b"MM\0*", b"BM")
_ISO_MEDIA = b"ftyp"  # what AVIF has from its fifth byte on
_LARGEST_FILE = 50_000_000  # bytes; finding the size within a longer file could take long
_MOST_PIXELS = 178_956_970  # what Pillow takes for an attack from there on


def below(url: str, base: str, folder: Path) -> Path | None:
    """Return the file at `url` in `folder`, which is published at `base`; None for a URL elsewhere."""
    if not url.startswith(base):
        return None
    path = unquote(urlsplit(url).path)
    return folder / path.removeprefix(unquote(urlsplit(base).path))


def file_size(file: Path, root: Path) -> tuple[int, int] | None:
    """Return width and height in pixels of an image file inside `root`, None for any other file."""
    try:
        resolved = file.resolve()
        if not resolved.is_relative_to(root.resolve()) or not resolved.is_file():
            return None
        if resolved.stat().st_size > _LARGEST_FILE:
            return None
        with resolved.open("rb") as opened:
            width, height = _size_within(opened)
    except OSError:
        return None
    is_possible = width > 0 and height > 0 and width * height <= _MOST_PIXELS
    return (width, height) if is_possible else None


def _size_within(file: BinaryIO) -> tuple[int, int]:
    """Return width and height as an image is shown, turned by its metadata; (-1, -1) for what is none."""
    import imagesize

    beginning = file.read(12)
    is_known = beginning.startswith(_BEGINNINGS) or beginning[4:8] == _ISO_MEDIA
    return imagesize.get(file) if is_known else (-1, -1)


def find_line(url: str, file: Path, body_line: int) -> int:
    """Return the line of a post's file that refers to the image at `url`, 0 when none does.

    The body, from `body_line` on, is searched before the front matter; the full URL before its path and its name.
    """
    try:
        text = file.read_bytes().decode("utf-8", "replace")
    except OSError:
        return 0
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return find_in(lines, body_line, url)


def find_in(lines: list[str], body_line: int, wanted: str) -> int:
    """Return the line, from 1, that holds a text or, of an address, its path or its name; 0 when none does.

    The lines from `body_line` on are searched first.
    """
    path = urlsplit(wanted).path if "://" in wanted else ""
    name = path.rpartition("/")[2]
    numbered = list(enumerate(lines, 1))
    body_first = numbered[body_line - 1 :] + numbered[: body_line - 1]
    for text in (wanted, unquote(wanted), path, unquote(path), name, unquote(name)):
        for number, line in body_first:
            if text and text in line:
                return number
    return 0


def same_image(one: str, other: str) -> bool:
    """Return whether two absolute URLs are those of one image, perhaps in two sizes."""
    return _without_size(one) == _without_size(other)


def _without_size(url: str) -> tuple[str, str]:
    """Return host and path of an image's URL without query and size: `/a.jpg` for `/a-300x200.jpg` and `/a@2x.jpg`."""
    parts = urlsplit(url)
    stem, dot, ending = unquote(parts.path).rpartition(".")
    for mark in "-_@":
        before, _, size = stem.rpartition(mark)
        if before and _is_size(size):
            stem = before
    return parts.netloc.lower(), f"{stem}{dot}{ending.lower()}"


def _is_size(text: str) -> bool:
    """Return whether a text at the end of a file's name is a size: `300x200`, `640w`, `2x`, `scaled`."""
    width, _, height = text.partition("x")
    return text == "scaled" or (
        text != "" and width.rstrip("w").isdecimal() and (not height or height.isdecimal()) and not text.isdecimal()
    )
