"""Writing outputs: each file whole or not at all, a file that would not change left alone, nothing outside the output.

A file goes to a temporary neighbour first, is flushed to the disk and renamed. The neighbour's name is fixed, so that
what a killed run leaves behind is used up by the next one. Inside, paths are texts: taking `Path`s apart and putting
them together would cost more than all the rest of a write.
"""

import functools
import os
import stat as modes
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from digest.problems import WriteError

if TYPE_CHECKING:
    from concurrent.futures import Executor

_BESIDE = 4  # flushes at a time: a disk takes several in hardly more time than one
_FEW = 8  # files for which threads would cost more than they save
_SYMLINK_SAFE = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


def write(output: Path, path: str, data: bytes) -> bool:
    """Write `data` to `path` (relative, forward slashes) below `output`; return whether the file changed.

    A kill leaves the old file or the new one. Raises `WriteError` when `path` would leave `output`, by its parts or
    through a symbolic link, and when the file can not be written.
    """
    target = _changed(os.fspath(output), path, data, set())
    if target is None:
        return False
    try:
        placed = _put_in_place(_write_beside(path, target, data))
    except (OSError, ValueError) as refused:
        raise _unwritten(path, refused) from refused
    if isinstance(placed, OSError):
        raise _unwritten(path, placed) from placed
    return True


class File(NamedTuple):
    """A file to be written: its path below the output, and its content in pieces."""

    path: str
    pieces: tuple[bytes, ...]


class State(NamedTuple):
    """How a file stands: whether it was changed, its size in bytes, its mtime in nanoseconds."""

    changed: bool
    size: int
    mtime: int


def write_many(output: Path, files: Sequence[File]) -> list[State]:
    """Write files as `write` does, flushing several beside each other: most of a write is waiting for the disk.

    Each file is whole or not at all; which of them stand after a kill is open. Raises `WriteError` for the first that
    can not be written, when the others are. Runs in any process, and leaves threads there until it comes to `rest`.
    """
    root = os.fspath(output)
    folders: set[str] = set()  # that are there and inside the output
    states: list[State | None] = []
    parts: list[_Part] = []
    refused: WriteError | None = None
    for path, pieces in files:
        data = b"".join(pieces)
        try:
            target = _changed(root, path, data, folders)
            if target:
                parts.append(_write_beside(path, target, data))
                states.append(None)
            else:
                stat = os.lstat(_located(root, path))
                states.append(State(changed=False, size=stat.st_size, mtime=stat.st_mtime_ns))
        except WriteError as error:
            refused = error
            break
        except (OSError, ValueError) as error:
            refused = _unwritten(path, error)
            break
    placed = _put_all_in_place(parts)
    for part, state in zip(parts, placed, strict=True):
        if isinstance(state, OSError):
            raise _unwritten(part.path, state) from state
    if refused:
        raise refused
    new = iter(placed)
    return [state or next(new) for state in states]  # type: ignore[misc]  # what is no error is a state


def remove(output: Path, path: str) -> bool:
    """Remove the file `path` below `output`; return whether it was there. Raises `WriteError` as `write` does."""
    root, target = os.fspath(output), locate(output, path)
    try:
        _refuse_escape(root, os.fspath(target.parent), path)
        target.unlink()
    except FileNotFoundError:
        return False
    except (OSError, ValueError) as error:
        raise WriteError(f"{path}: can not be removed: {_reason(error)}") from error
    return True


def locate(output: Path, path: str) -> Path:
    """Return where `path` stands below `output`. Raises `WriteError` for a path that is not strictly below it."""
    return Path(_located(os.fspath(output), path))


def _located(output: str, path: str) -> str:
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if not parts or path[0] == "/" or path[-1] == "/" or ".." in parts or "\\" in path or "\0" in path:
        raise WriteError(f"{path!r} is not the path of a file in {output}")
    return f"{output}{os.sep}{os.sep.join(parts)}"  # noqa: PTH118


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable; raises `OSError`. Only POSIX systems can and need to."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY | _SYMLINK_SAFE)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _changed(output: str, path: str, data: bytes, folders: set[str]) -> str | None:
    """Return where `data` is to be written, its folder made; None when it stands there already.

    `folders` are those that were looked at before.
    """
    target = _located(output, path)
    try:
        if _holds(target, data):
            return None
        folder = target[: target.rindex(os.sep)]
        if folder not in folders:
            os.makedirs(folder, exist_ok=True)  # noqa: PTH103
            _refuse_escape(output, folder, path)
            folders.add(folder)
    except (OSError, ValueError) as error:
        raise _unwritten(path, error) from error
    return target


def _holds(target: str, data: bytes) -> bool:
    try:
        state = os.lstat(target)
        return modes.S_ISREG(state.st_mode) and state.st_size == len(data) and Path(target).read_bytes() == data
    except (FileNotFoundError, NotADirectoryError):
        return False


def _refuse_escape(output: str, folder: str, path: str) -> None:
    """Raise `WriteError` when a `folder` below `output` is outside of it, through a symbolic link."""
    below = folder
    while len(below) > len(output):
        if modes.S_ISLNK(os.lstat(below).st_mode):
            if not Path(folder).resolve().is_relative_to(Path(output).resolve()):
                raise WriteError(f"{path!r} leads out of {output} through a symbolic link")
            return
        below = below[: below.rindex(os.sep)]


class _Part(NamedTuple):
    """A file that is written and not yet in its place."""

    path: str
    handle: int
    name: str
    target: str


def _write_beside(path: str, target: str, data: bytes) -> _Part:
    folder, sep, own = target.rpartition(os.sep)
    name = f"{folder}{sep}.{own}.part"
    handle = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _SYMLINK_SAFE, 0o666)
    try:
        left = memoryview(data)
        while left:
            left = left[os.write(handle, left) :]
    except BaseException:
        os.close(handle)
        os.unlink(name)  # noqa: PTH108
        raise
    return _Part(path, handle, name, target)


def _put_all_in_place(parts: Sequence[_Part]) -> list[State | OSError]:
    if len(parts) <= _FEW:
        return list(map(_put_in_place, parts))
    # This thread waits while others flush: making the next file meanwhile would cost more, for each of their steps
    # would have to wait for Python.
    states: list[State | OSError] = [OSError()] * len(parts)
    shares = [parts[n::_BESIDE] for n in range(_BESIDE)]
    for n, placed in enumerate(_flushers(os.getpid()).map(_put_share_in_place, shares)):
        states[n::_BESIDE] = placed
    return states


def _put_share_in_place(parts: Sequence[_Part]) -> list[State | OSError]:
    return list(map(_put_in_place, parts))


@functools.cache
def _flushers(process: int) -> "Executor":  # noqa: ARG001 -- a forked process has the object and none of its threads
    """Return the threads of this process that wait for the disk."""
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(_BESIDE)


def rest() -> None:
    """End the threads that `write_many` left waiting for more in this process: one with threads should not fork."""
    if _flushers.cache_info().currsize:
        _flushers(os.getpid()).shutdown()
        _flushers.cache_clear()


def _put_in_place(part: _Part) -> State | OSError:
    """Flush a file and rename it; return how it stands, or why that can not be done: then the part is removed."""
    try:
        try:
            os.fsync(part.handle)
            stat = os.fstat(part.handle)
        finally:
            os.close(part.handle)
        os.replace(part.name, part.target)  # noqa: PTH105
    except OSError as error:
        os.unlink(part.name)  # noqa: PTH108
        return error
    return State(changed=True, size=stat.st_size, mtime=stat.st_mtime_ns)


def _unwritten(path: str, error: Exception) -> WriteError:
    return WriteError(f"{path}: can not be written: {_reason(error)}")


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
