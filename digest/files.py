"""Atomic writes below a folder: unchanged files are left alone, and nothing is written outside the folder.

A file is written to a temporary file beside it and renamed. The temporary name is fixed, so the next run overwrites the
leftover of a killed run, or removes it.
"""

import contextlib
import os
import stat
from pathlib import Path

from digest.problems import WriteError

_SAFE_FLAGS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


_unfinished: set[Path] = set()  # temporary files that this process is writing


def write(folder: Path, path: str, content: bytes, *, flush: bool = True) -> bool:
    """Write `content` to `path` (relative, forward slashes) below `folder`; return whether the file changed.

    A killed process leaves the old file or the new one; with `flush`, so does a power failure. Raises `WriteError` when
    `path` leads outside `folder`, by its parts or through a symbolic link, and when the file cannot be written.
    """
    target = locate(folder, path)
    part = target.with_name(f".{target.name}.part")
    try:
        if _holds(target, content):
            return False
        _refuse_escape(folder, target.parent, path)
        target.parent.mkdir(parents=True, exist_ok=True)
        _unfinished.add(part)
        _write(part, content, flush=flush)
        part.replace(target)
    except (OSError, ValueError) as error:
        with contextlib.suppress(OSError, ValueError):
            part.unlink()
        raise WriteError(f"{path}: cannot be written: {_reason(error)}") from error
    finally:
        _unfinished.discard(part)
    return True


def remove_unfinished() -> None:
    """Remove the temporary files of this process, which is about to end."""
    for part in tuple(_unfinished):
        with contextlib.suppress(OSError):
            part.unlink()


def remove_leftovers(folder: Path) -> None:
    """Remove the temporary files below `folder` that a killed run left. No other run may be under way."""
    for part in folder.rglob(".*.part"):
        with contextlib.suppress(OSError):
            part.unlink()


def remove(folder: Path, path: str) -> bool:
    """Remove the file `path` below `folder`; return whether it existed. Raises `WriteError` as `write` does."""
    target = locate(folder, path)
    try:
        _refuse_escape(folder, target.parent, path)
        target.unlink()
    except FileNotFoundError:
        return False
    except (OSError, ValueError) as error:
        raise WriteError(f"{path}: cannot be removed: {_reason(error)}") from error
    return True


def locate(folder: Path, path: str) -> Path:
    """Return the full path of `path` below `folder`. Raises `WriteError` for a path that is not strictly below it."""
    parts = [part for part in path.split("/") if part not in ("", ".")]
    names_a_file = bool(parts) and not path.startswith("/") and not path.endswith("/")
    if not names_a_file or ".." in parts or "\\" in path or "\0" in path:
        raise WriteError(f"{path!r} is not the path of a file in {folder}")
    return folder.joinpath(*parts)


def sync_folder(folder: Path) -> None:
    """Flush the directory entries of `folder` to disk; a no-op outside POSIX. Raises `OSError`."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY | _SAFE_FLAGS)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _holds(target: Path, content: bytes) -> bool:
    """Return whether `target` is a regular file with exactly this `content`."""
    try:
        status = target.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    if not stat.S_ISREG(status.st_mode) or status.st_size != len(content):
        return False
    return target.read_bytes() == content


def _refuse_escape(folder: Path, parent: Path, path: str) -> None:
    """Raise `WriteError` when `parent`, below `folder`, leads outside through a symbolic link."""
    if not parent.resolve().is_relative_to(folder.resolve()):
        raise WriteError(f"{path!r} leads out of {folder} through a symbolic link")


def _write(part: Path, content: bytes, *, flush: bool) -> None:
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _SAFE_FLAGS, 0o666)
    with open(handle, "wb") as file:  # noqa: PTH123 - a file descriptor, not a path
        file.write(content)
        if flush:
            file.flush()
            os.fsync(file.fileno())


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error)
