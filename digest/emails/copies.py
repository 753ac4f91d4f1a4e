"""Copies of images for mail: as wide as they are shown on dense screens, upright, in sRGB, without metadata."""

import hashlib
import struct
import warnings
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from digest.problems import require

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "AVIF", "TIFF", "BMP")  # that are read; others may run programs
FOLDER = "images"  # below an edition's folder
TYPES = {".gif": "image/gif", ".jpg": "image/jpeg", ".png": "image/png"}
_TURNED = (5, 6, 7, 8)  # values of the EXIF tag Orientation for images rotated by 90 degrees
_ORIENTATION = 0x0112
_MOVING = ("GIF", "PNG")  # formats in which mail clients show an animation
_DEEP = ("I", "F")  # modes of more than 8 bits that Pillow cannot reduce well
_ALPHA = ("RGBA", "LA")
_COLOURS = 256  # of a palette
_QUALITY = 82  # of JPEG
# What Pillow raises for files that are damaged or made to harm.
_DAMAGED = (OSError, ValueError, SyntaxError, EOFError, ArithmeticError, LookupError, TypeError, struct.error, Warning)


class Copy(Struct, frozen=True):
    """A copy of an image; `name` is its path below the edition's folder and follows from `content`."""

    name: str
    content: bytes

    @property
    def type(self) -> str:
        """The media type."""
        return TYPES[Path(self.name).suffix]


class ImageError(Exception):
    """An image cannot be copied; the text says why."""


def are_made(mode: str) -> bool:
    """Return whether the setting `images` asks for copies. Raises `MissingPackageError` when it does without Pillow."""
    if mode == "link":
        return False
    require("PIL", "images", f'images = "{mode}"')
    return True


def upright_size(file: Path, root: Path) -> tuple[int, int] | None:
    """Return width and height in pixels of an image file inside `root` that can be copied, None for any other file."""
    from PIL import Image

    try:
        resolved = file.resolve()
        if not resolved.is_relative_to(root.resolve()) or not resolved.is_file():
            return None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # only the header is read
            with Image.open(resolved, formats=FORMATS) as image:
                width, height = image.size
                # Pillow reads a whole PNG for its metadata, which may stand behind the pixels.
                turned = image.format != "PNG" and image.getexif().get(_ORIENTATION, 1) in _TURNED
    except (Image.DecompressionBombError, OSError, ValueError, SyntaxError):
        return None
    return (height, width) if turned else (width, height)


def copy_of(file: Path, width: int) -> Copy:
    """Return a copy of an image file that is at most `width` pixels wide. Raises `ImageError`.

    A GIF or PNG that moves, and a PNG of more than 8 bits, are copied as they are.
    """
    try:
        status = file.stat()
    except OSError as error:
        raise ImageError(f"it cannot be read: {error.strerror}") from error
    return _copy_of(file, width, (status.st_size, status.st_mtime_ns))


@lru_cache(maxsize=64)
def _copy_of(file: Path, width: int, _state: tuple[int, int]) -> Copy:
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(file, formats=FORMATS) as image:
                return _copy(image, file, width)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ImageError("it has too many pixels") from error
    except UnidentifiedImageError as error:
        raise ImageError("it is no image that can be read") from error
    except _DAMAGED as error:
        raise ImageError(f"it is damaged: {error}") from error


def can_replace(file: Path, root: Path) -> bool:
    """Return whether an image file inside `root` is a still one that can be copied as PNG or JPEG."""
    from PIL import Image

    try:
        resolved = file.resolve()
        if not resolved.is_relative_to(root.resolve()):
            return False
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(resolved, formats=FORMATS) as image:
                return not _moves(image) and not image.mode.startswith(_DEEP)
    except (Image.DecompressionBombError, *_DAMAGED):
        return False


def _copy(image: "Image", file: Path, width: int) -> Copy:
    kind = image.format or ""
    kept_whole = kind in _MOVING and (_moves(image) or image.mode.startswith(_DEEP))
    if kept_whole:
        return _named(file.read_bytes(), f".{kind.lower()}")
    image.draft(None, (width, width))  # decodes a JPEG at an eighth, a quarter or half its size, where that is enough
    upright = _upright(image, width)
    is_photo = kind not in _MOVING and not _is_transparent(upright)
    content = _as_jpeg(upright) if is_photo else _as_png(upright)
    return _named(content, ".jpg" if is_photo else ".png")


def _named(content: bytes, suffix: str) -> Copy:
    return Copy(f"{FOLDER}/{hashlib.sha256(content).hexdigest()[:16]}{suffix}", content)


def _moves(image: "Image") -> bool:
    if image.format == "MPO":  # a JPEG with a second view beside it
        return False
    try:
        image.seek(1)
    except EOFError:
        return False
    image.seek(0)
    return True


def _is_transparent(image: "Image") -> bool:
    if image.mode in _ALPHA:
        alpha = image.getchannel("A")
        return alpha.getextrema() != (255, 255)
    return "transparency" in image.info


def _upright(image: "Image", width: int) -> "Image":
    """Return an image turned as its metadata says, in sRGB, at most `width` pixels wide."""
    from PIL import ImageOps

    turned = _in_srgb(ImageOps.exif_transpose(image))
    if turned.width <= width:
        return turned
    return _resized(turned, width)


def _resized(image: "Image", width: int) -> "Image":
    from PIL import Image

    height = max(1, round(image.height * width / image.width))
    has_palette = image.mode == "P"
    if image.mode not in ("L", "LA", "RGB", "RGBA") or "transparency" in image.info:
        image = image.convert("RGBA" if _is_transparent(image) else "RGB")
    resized = image.resize((width, height), Image.Resampling.LANCZOS)
    return resized.quantize(_COLOURS, method=Image.Quantize.FASTOCTREE) if has_palette else resized


def _in_srgb(image: "Image") -> "Image":
    """Return an image in the colour space that mail clients take for granted."""
    from PIL import ImageCms

    profile = image.info.get("icc_profile")
    if not profile or image.mode not in ("RGB", "RGBA", "CMYK"):
        return image
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode=mode)
    except (ImageCms.PyCMSError, OSError):  # a profile that cannot be read, or that is for other colours
        return image
    return converted or image


def _as_jpeg(image: "Image") -> bytes:
    plain = image if image.mode in ("L", "RGB") else image.convert("RGB")
    plain.info = {}
    written = BytesIO()
    plain.save(written, "JPEG", quality=_QUALITY, optimize=True, progressive=True)
    return written.getvalue()


def _as_png(image: "Image") -> bytes:
    image.info = {name: value for name, value in image.info.items() if name == "transparency"}
    written = BytesIO()
    image.save(written, "PNG", optimize=True)
    return written.getvalue()
