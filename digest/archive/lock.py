"""The site's lock: one run at a time, and the mark that says which run is the newest.

A storage shared by machines may have no locks, or locks that only hold within one machine. So each run also leaves its
mark, and writes editions and ledgers only while the mark is its own: of two runs that do not see each other's lock the
older one stops before it records anything that the newer one did not read (a fencing token: Kleppmann, "How to do
distributed locking", https://martin.kleppmann.com/2016/02/08/how-to-do-distributed-locking.html).
"""

import contextlib
import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from digest import files
from digest.config import Config
from digest.problems import LockedError, WriteError

PATH = ".digest/lock"  # below the site's folder
RUNNING = ".digest/running"  # the mark: exists while a run is under way, and after one that was killed
MARKING = ".digest/running.lock"  # exists while the mark is changed, or something is written under it
_WITHOUT_LOCKS = (errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP)  # what a storage answers that has none
_MOMENT = 2.0  # seconds; a process says in much less who it is
_PATIENCE = 60.0  # seconds; an edition is written in much less
_OURS = os.urandom(16).hex()  # what the mark of a run of this process says


@contextmanager
def locked(config: Config, *, wait: bool = False) -> Iterator[None]:
    """Hold the site's lock, unless its storage has none, and mark this run as the newest.

    Raises `LockedError` when another run holds the lock, unless `wait`, and `WriteError` when it cannot be made.
    """
    from filelock import FileLock, Timeout

    path = config.root / PATH
    lock = FileLock(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=-1 if wait else 0)
    except Timeout as error:
        raise LockedError("already running: another run holds the lock") from error
    except OSError as error:
        if error.errno not in _WITHOUT_LOCKS:
            raise _unwritable(path, error) from error
    try:
        with _marking(config):
            _clear_up(config)
            _mark(config)
        yield
    finally:
        with contextlib.suppress(OSError):
            if _is_newest(config):
                (config.root / RUNNING).unlink()
        lock.release()


@contextmanager
def writing(config: Config) -> Iterator[None]:
    """Hold the right to write editions and ledgers, which only the newest run of a site has.

    The caller must hold the lock. Raises `LockedError` when another run has begun meanwhile.
    """
    with _marking(config):
        if not _is_newest(config):
            raise LockedError("another run of this site began meanwhile; this one recorded nothing more, run it again")
        yield


@contextmanager
def _marking(config: Config) -> Iterator[None]:
    """Keep other runs from changing the mark, by a file that only one can create: every storage has that."""
    from filelock import SoftFileLock, Timeout

    path = config.root / MARKING
    lock = SoftFileLock(path)
    try:
        with contextlib.suppress(Timeout):
            lock.acquire(timeout=_MOMENT)
        if not lock.is_locked:
            _remove_nameless(path)
            lock.acquire(timeout=_PATIENCE)
    except Timeout as error:
        hint = "remove this file if no run of this site is under way"
        raise LockedError(f"{path}: another machine is writing, or was killed while it wrote: {hint}") from error
    except OSError as error:
        raise _unwritable(path, error) from error
    try:
        yield
    finally:
        lock.release()


def _remove_nameless(path: Path) -> None:
    """Remove the file of a process that was killed before it wrote there who it is."""
    with contextlib.suppress(FileNotFoundError):
        if path.stat().st_size == 0:
            path.unlink()


def _clear_up(config: Config) -> None:
    """Remove what a killed run left."""
    mark = config.root / RUNNING
    if mark.exists():
        for folder in (mark.parent, config.root / config.site.ledger, config.root / config.site.output):
            files.remove_leftovers(folder)


def _mark(config: Config) -> None:
    path = config.root / RUNNING
    try:
        path.write_text(_OURS, encoding="ascii")
    except OSError as error:
        raise _unwritable(path, error) from error


def _is_newest(config: Config) -> bool:
    """Return whether no run of another process has begun since this one."""
    try:
        return (config.root / RUNNING).read_bytes() == _OURS.encode()
    except FileNotFoundError:
        return False


def _unwritable(path: Path, error: OSError) -> WriteError:
    return WriteError(f"{path}: cannot be locked: {error.strerror or error}")
