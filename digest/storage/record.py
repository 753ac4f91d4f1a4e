"""The record at a destination: which files a copy wrote there, with their hashes."""

from pathlib import Path, PurePosixPath

import msgspec
from msgspec import Struct

from digest import files
from digest.problems import Problem, WriteError

NAME = ".digest-copied.json"
VERSION = 1
UNFINISHED = ""  # instead of a hash: the file is being written or removed, so that its content is not known


class Record(Struct, frozen=True):
    """The content of the record. `files` has the SHA-256 of each file by its path, in lower-case hex."""

    version: int
    files: dict[str, str]


def encode(hashes: dict[str, str]) -> bytes:
    """Return the record of files as UTF-8 JSON, sorted by path, ending in a newline."""
    record = Record(VERSION, dict(sorted(hashes.items())))
    return msgspec.json.format(msgspec.json.encode(record), indent=1) + b"\n"


def decode(content: bytes) -> dict[str, str]:
    """Return the hashes of a record. Raises `ValueError` when it is damaged, or has a path that leads elsewhere.

    Anybody who may write at the destination may have written it.
    """
    record = msgspec.json.decode(content, type=Record)
    if record.version != VERSION:
        raise ValueError(f"version {record.version} is not known")
    for path in record.files:
        if not _is_plain(path):
            raise ValueError(f"{path!r} is not the path of a file")
    return record.files


def damaged(place: str, error: ValueError) -> Problem:
    """Return the warning that the record in the file `place` is of no use."""
    message = f"the record of what was copied is damaged: {error}"
    hint = "every file was copied again; files that the site no longer has stay there: remove them by hand"
    return Problem(place, 0, 0, "copy-record", message, hint, "warning")


def _is_plain(path: str) -> bool:
    """Return whether `path` names a file below a folder in the one way in which it is written."""
    try:
        files.locate(Path(), path)
    except WriteError:
        return False
    return PurePosixPath(path).as_posix() == path
