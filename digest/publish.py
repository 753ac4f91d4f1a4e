"""Writing outputs: each file whole or not at all, a file that would not change left alone, nothing outside the output.

A file goes to a temporary neighbour first, is flushed to the disk and renamed. The neighbour's name is fixed, so that
what a killed run leaves behind is used up by the next one.
"""

import functools
import os
import stat as modes
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
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
    target = _changed(output, path, data, set())
    if target is None:
        return False
    try:
        part = _write_beside(path, target, data)
        placed = _put_in_place(part, _flush(part))
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
    folders: set[Path] = set()  # that are there and inside the output
    states: list[State | None] = []
    parts: list[_Part] = []
    refused: WriteError | None = None
    for path, pieces in files:
        data = b"".join(pieces)
        try:
            target = _changed(output, path, data, folders)
            if target:
                parts.append(_write_beside(path, target, data))
                states.append(None)
            else:
                stat = os.lstat(locate(output, path))
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
    target = locate(output, path)
    try:
        _refuse_escape(output, target, path)
        target.unlink()
    except FileNotFoundError:
        return False
    except (OSError, ValueError) as error:
        raise WriteError(f"{path}: can not be removed: {_reason(error)}") from error
    return True


def locate(output: Path, path: str) -> Path:
    """Return where `path` stands below `output`. Raises `WriteError` for a path that is not strictly below it."""
    parts = PurePosixPath(path).parts
    if not parts or path.endswith("/") or path[0] == "/" or ".." in parts or "\\" in path or "\0" in path:
        raise WriteError(f"{path!r} is not the path of a file in {output}")
    return output.joinpath(*parts)


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable; raises `OSError`. Only POSIX systems can and need to."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY | _SYMLINK_SAFE)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _changed(output: Path, path: str, data: bytes, folders: set[Path]) -> Path | None:
    """Return where `data` is to be written, its folder made; None when it stands there already.

    `folders` are those that were looked at before.
    """
    target = locate(output, path)
    try:
        if _holds(target, data):
            return None
        if target.parent not in folders:
            target.parent.mkdir(parents=True, exist_ok=True)
            _refuse_escape(output, target, path)
            folders.add(target.parent)
    except (OSError, ValueError) as error:
        raise _unwritten(path, error) from error
    return target


def _holds(target: Path, data: bytes) -> bool:
    try:
        state = target.lstat()
        return modes.S_ISREG(state.st_mode) and state.st_size == len(data) and target.read_bytes() == data
    except (FileNotFoundError, NotADirectoryError):
        return False


def _refuse_escape(output: Path, target: Path, path: str) -> None:
    below = target.parents[: len(target.parents) - len(output.parents) - 1]
    if any(folder.is_symlink() for folder in below) and not target.parent.resolve().is_relative_to(output.resolve()):
        raise WriteError(f"{path!r} leads out of {output} through a symbolic link")


class _Part(NamedTuple):
    """A file that is written and not yet in its place."""

    path: str
    handle: int
    name: str
    target: str


def _write_beside(path: str, target: Path, data: bytes) -> _Part:
    name = f"{target.parent}{os.sep}.{target.name}.part"
    handle = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _SYMLINK_SAFE, 0o666)
    try:
        left = memoryview(data)
        while left:
            left = left[os.write(handle, left) :]
    except BaseException:
        os.close(handle)
        os.unlink(name)  # noqa: PTH108
        raise
    return _Part(path, handle, name, os.fspath(target))


def _put_all_in_place(parts: Sequence[_Part]) -> list[State | OSError]:
    # This thread waits while others flush: making the next file meanwhile would cost more, for each of their steps
    # would have to wait for Python.
    flushed = map(_flush, parts) if len(parts) <= _FEW else _flushers(os.getpid()).map(_flush, parts)
    return list(map(_put_in_place, parts, flushed))


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


def _flush(part: _Part) -> OSError | None:
    try:
        os.fsync(part.handle)
    except OSError as error:
        return error
    return None


def _put_in_place(part: _Part, failed: OSError | None) -> State | OSError:
    """Rename what was flushed; return how the file stands, or why that can not be done: then the part is removed."""
    try:
        try:
            if failed:
                raise failed
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
