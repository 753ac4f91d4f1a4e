"""`Site`: the result of one build in memory, as the preview shows it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from digest.archive.media_types import media_type
from digest.emails import Email
from digest.problems import Problem


class Site(Struct, frozen=True):
    """The site as a preview shows it. `compose` returns the edition of a key and raises `DigestError` when it cannot.

    `url` is absolute, with a slash at its end; every URL of the site starts with it. `files` are the feeds and
    pages by their path below the output folder, `folders` the folders of images by their URL.
    `modified` (aware) is the date of the newest post. `keys` are the editions to choose from, `due` is the one that is
    shown first; when it is empty, `reason` says why none is due. `due_keys` are to be built now, and the windows of
    `open_keys` have not ended yet.
    """

    title: str
    url: str
    files: Mapping[str, bytes]
    folders: Mapping[str, Path]
    modified: datetime
    problems: tuple[Problem, ...]
    keys: tuple[str, ...]
    due: str
    reason: str
    compose: Callable[[str], Email]
    due_keys: tuple[str, ...] = ()
    open_keys: tuple[str, ...] = ()

    def image(self, url: str) -> Path | None:
        """Return the image, audio or video file at `url` (not percent-encoded); None when it is not a local file.

        The folder with the longest matching URL takes precedence.
        """
        is_media = media_type(url).startswith(("image/", "audio/", "video/"))
        if not is_media or not url.startswith(self.url):
            return None
        address = url
        while len(address) > len(self.url):
            address = address[: address.rstrip("/").rfind("/") + 1]
            folder = self.folders.get(address)
            if folder and (file := _file_below(folder, url.removeprefix(address))):
                return file
        return None


def _file_below(folder: Path, path: str) -> Path | None:
    try:
        file = (folder / path).resolve()
        inside = file.is_relative_to(folder.resolve())
        return file if inside and file.is_file() else None
    except (OSError, ValueError):  # a name that is too long, or has a null byte
        return None
