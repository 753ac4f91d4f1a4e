"""Writing outputs: each file whole or not at all, a file that would not change left alone, nothing outside the output.

A file goes to a temporary neighbour first, is flushed to the disk and renamed. The neighbour's name is fixed, so that
what a killed run leaves behind is used up by the next one.
"""

import os
import stat
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from digest.problems import WriteError

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

_BESIDE = 8  # flushes at a time: a disk takes several in hardly more time than one
_FEW = 8  # files for which threads would cost more than they save
_AHEAD = 64  # files that wait for their flush, each open
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
        error = _put_in_place(_write_beside(path, target, data))
    except (OSError, ValueError) as refused:
        raise _unwritten(path, refused) from refused
    if error:
        raise _unwritten(path, error) from error
    return True


class Batch:
    """Writes many files as `write` does, flushing several beside each other: most of a write is waiting for the disk.

    Each file is whole or not at all; which of the batch stand after a kill is open. `finish` waits for all of them.
    """

    def __init__(self, output: Path) -> None:
        self._output = output
        self._pool: ThreadPoolExecutor | None = None
        self._waiting: list[_Part] = []
        self._folders: set[Path] = set()  # that are there and inside the output

    def write(self, path: str, data: bytes) -> bool:
        """Begin to write `data` to `path`; return whether the file changes. Raises `WriteError`, also for one before.

        A path may stand in a batch once.
        """
        target = _changed(self._output, path, data, self._folders)
        if target is None:
            return False
        try:
            self._waiting.append(_write_beside(path, target, data))
        except (OSError, ValueError) as error:
            raise _unwritten(path, error) from error
        if len(self._waiting) >= _AHEAD:
            self._settle()
        return True

    def finish(self) -> None:
        """Wait until every file stands. Raises `WriteError` for the first that does not."""
        try:
            self._settle()
        finally:
            if self._pool:
                self._pool.shutdown()
            self._pool = None

    def _settle(self) -> None:
        """Put in place what waits, every file that can be. This thread waits meanwhile: making the next file beside
        the threads would cost more, for each of their steps would have to wait for Python."""
        waiting, self._waiting = self._waiting, []
        if len(waiting) <= _FEW:
            failed = list(map(_put_in_place, waiting))
        else:
            if self._pool is None:
                from concurrent.futures import ThreadPoolExecutor

                self._pool = ThreadPoolExecutor(_BESIDE)
            failed = list(self._pool.map(_put_in_place, waiting))
        for part, error in zip(waiting, failed, strict=True):
            if error:
                raise _unwritten(part.path, error) from error


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
        return stat.S_ISREG(state.st_mode) and state.st_size == len(data) and target.read_bytes() == data
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


def _put_in_place(part: _Part) -> OSError | None:
    """Flush and rename; return why that can not be done. What could not be put in its place is removed."""
    try:
        try:
            os.fsync(part.handle)
        finally:
            os.close(part.handle)
        os.replace(part.name, part.target)  # noqa: PTH105
    except OSError as error:
        os.unlink(part.name)  # noqa: PTH108
        return error
    return None


def _unwritten(path: str, error: Exception) -> WriteError:
    return WriteError(f"{path}: can not be written: {_reason(error)}")


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
