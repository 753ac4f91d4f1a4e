"""The files of the output folder, as they are to be copied."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from digest.config import Config
from digest.problems import DigestError, Problem
from digest.storage import record


def find_files(config: Config) -> tuple[dict[str, str], list[Problem]]:
    """Return the SHA-256 of each file of the output folder by its path below it, and what is left out with a warning.

    Temporary files and the record are left out without one. Raises `DigestError` when something cannot be read: a look
    that failed must not remove files at the destination.
    """
    hashes: dict[str, str] = {}
    problems: list[Problem] = []
    output = config.root / config.site.output
    real = output.resolve()
    try:
        for file in sorted(_walk(output)) if output.is_dir() else ():
            path = file.relative_to(output).as_posix()
            if path == record.NAME or file.name.endswith(".part"):
                continue
            if file.is_file() and file.resolve().is_relative_to(real):
                hashes[path] = _hash(file)
            else:
                problems.append(_left_out(f"{config.site.output}/{path}"))
    except OSError as error:
        raise DigestError(f"{error.filename or output}: cannot be read: {error.strerror or error}") from error
    return hashes, problems


def _walk(folder: Path) -> Iterator[Path]:
    """Yield what is below `folder` and is no folder; a symbolic link to one is not followed. Raises `OSError`."""
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(folder / entry.name)
        else:
            yield folder / entry.name


def _hash(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _left_out(path: str) -> Problem:
    message = "not copied: a symbolic link that leads to a folder or out of the output, or no regular file"
    hint = "put the file itself there"
    return Problem(path, 0, 0, "not-copied", message, hint, "warning")
