"""Writing outputs: each file whole or not at all, a file that would not change left alone, nothing outside the output.

A file goes to a temporary neighbour first, is flushed to the disk and renamed. The neighbour's name is fixed, so that
what a killed run leaves behind is used up by the next one. Inside, paths are texts: taking `Path`s apart and putting
them together would cost more than all the rest of a write.
"""

import contextlib
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


class State(NamedTuple):
    """How a file stands: whether it was changed, its size in bytes, its mtime in nanoseconds."""

    changed: bool
    size: int
    mtime: int


class Part(NamedTuple):
    """A file that is written beside its place: its path below the output, where it is, its place, and how it stands."""

    path: str
    name: str
    place: str
    state: State


def write(output: Path, path: str, data: bytes, *, flush: bool = True) -> bool:
    """Write `data` to `path` (relative, forward slashes) below `output`; return whether the file changed.

    A kill leaves the old file or the new one; unless it is to `flush`, a failing power supply may leave part of it.
    Raises `WriteError` when `path` would leave `output`, by its parts or through a symbolic link, and when the file can
    not be written.
    """
    part = write_beside(output, path, data, set())
    if isinstance(part, Part) and isinstance(state := _put_in_place(part, flush=flush), OSError):
        raise _unwritten(path, state) from state
    return isinstance(part, Part)


def write_beside(output: Path, path: str, data: bytes, folders: set[str]) -> Part | State:
    """Write `data` beside its place, for `put_in_place`; return how the file stands when it holds `data` already.

    `folders` are those that were looked at before, to which this one is added. Raises `WriteError` as `write` does.
    """
    root = os.fspath(output)
    place = _located(root, path)
    try:
        if state := _holds(place, data):
            return state
        folder, sep, own = place.rpartition(os.sep)
        if folder not in folders:
            os.makedirs(folder, exist_ok=True)  # noqa: PTH103
            _refuse_escape(root, folder, path)
            folders.add(folder)
        name = f"{folder}{sep}.{own}.part"
        part = Part(path, name, place, _write(name, data))
    except (OSError, ValueError) as error:
        raise _unwritten(path, error) from error
    return part


def put_in_place(parts: Sequence[Part]) -> list[State]:
    """Flush files and rename them, several beside each other: most of it is waiting for the disk.

    Each file is whole or not at all; which of them stand after a kill is open. Raises `WriteError` for the first that
    can not be put in its place, when the others are. Runs in any process, also again when one was killed amid it, and
    leaves threads there until it comes to `rest`.
    """
    states: list[State | OSError] = [OSError()] * len(parts)
    if len(parts) <= _FEW:
        states = _put_share_in_place(parts)
    else:
        shares = [parts[n::_BESIDE] for n in range(_BESIDE)]
        for n, placed in enumerate(_flushers(os.getpid()).map(_put_share_in_place, shares)):
            states[n::_BESIDE] = placed
    for part, state in zip(parts, states, strict=True):
        if isinstance(state, OSError):
            raise _unwritten(part.path, state) from state
    return states  # type: ignore[return-value]  # what is no error is a state


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


def _holds(place: str, data: bytes) -> State | None:
    """Return how a file stands that holds `data`; None when there is none."""
    try:
        stat = os.lstat(place)
        if modes.S_ISREG(stat.st_mode) and stat.st_size == len(data) and Path(place).read_bytes() == data:
            return State(changed=False, size=stat.st_size, mtime=stat.st_mtime_ns)
    except (FileNotFoundError, NotADirectoryError):
        pass
    return None


def _refuse_escape(output: str, folder: str, path: str) -> None:
    """Raise `WriteError` when a `folder` below `output` is outside of it, through a symbolic link."""
    below = folder
    while len(below) > len(output):
        if modes.S_ISLNK(os.lstat(below).st_mode):
            if not Path(folder).resolve().is_relative_to(Path(output).resolve()):
                raise WriteError(f"{path!r} leads out of {output} through a symbolic link")
            return
        below = below[: below.rindex(os.sep)]


def _write(name: str, data: bytes) -> State:
    handle = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _SYMLINK_SAFE, 0o666)
    try:
        left = memoryview(data)
        while left:
            left = left[os.write(handle, left) :]
        stat = os.fstat(handle)
    except BaseException:
        os.unlink(name)  # noqa: PTH108
        raise
    finally:
        os.close(handle)
    return State(changed=True, size=stat.st_size, mtime=stat.st_mtime_ns)


@functools.cache
def _flushers(process: int) -> "Executor":  # noqa: ARG001 -- a forked process has the object and none of its threads
    """Return the threads of this process that wait for the disk."""
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(_BESIDE)


def rest() -> None:
    """End the threads that `put_in_place` left waiting for more in this process: one with threads should not fork."""
    if _flushers.cache_info().currsize:
        _flushers(os.getpid()).shutdown()
        _flushers.cache_clear()


def _put_share_in_place(parts: Sequence[Part]) -> list[State | OSError]:
    return list(map(_put_in_place, parts))


def _put_in_place(part: Part, *, flush: bool = True) -> State | OSError:
    """Flush a file and rename it; return how it stands, or why that can not be done: then the part is removed."""
    try:
        if flush:
            _flush(part.name)
        os.replace(part.name, part.place)  # noqa: PTH105
    except OSError as error:
        if isinstance(error, FileNotFoundError) and _stands(part):
            return part.state
        with contextlib.suppress(OSError):
            os.unlink(part.name)  # noqa: PTH108
        return error
    return part.state


def _flush(name: str) -> None:
    handle = os.open(name, os.O_WRONLY | _SYMLINK_SAFE)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _stands(part: Part) -> bool:
    """Return whether a process that was killed before it said so put a file in its place."""
    with contextlib.suppress(OSError):
        stat = os.lstat(part.place)
        return (stat.st_size, stat.st_mtime_ns) == part.state[1:]
    return False


def _unwritten(path: str, error: Exception) -> WriteError:
    return WriteError(f"{path}: can not be written: {_reason(error)}")


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
