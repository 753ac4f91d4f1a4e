"""The site's lock: one run at a time, and a fencing token that says which run is the newest.

A storage shared by machines may have no locks, or locks that only hold within one machine. So each run also leaves its
token, and writes editions and ledgers only while it is there: of two runs that do not see each other's lock the older
one stops before it records anything that the newer one did not read (Kleppmann, "How to do distributed locking",
https://martin.kleppmann.com/2016/02/08/how-to-do-distributed-locking.html).
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
RUNNING = ".digest/running"  # holds the token of the newest run; exists while one is under way, or was killed
RUNNING_LOCK = ".digest/running.lock"  # exists while the token is changed, or something is written under it
_WITHOUT_LOCKS = (errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP)  # what a storage answers that has none
_NAMELESS_AFTER = 2.0  # seconds; a process that takes the lock of the token writes its name there in much less
_TIMEOUT = 60.0  # seconds; an edition is written in much less
_TOKEN = os.urandom(16).hex()  # of the runs of this process


@contextmanager
def locked(config: Config, *, wait: bool = False) -> Iterator[None]:
    """Hold the site's lock, unless its storage has none, and leave the token of this run.

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
        with _token_locked(config):
            _clear_up(config)
            _write_token(config)
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
    with _token_locked(config):
        if not _is_newest(config):
            raise LockedError("another run of this site began meanwhile; this one recorded nothing more, run it again")
        yield


@contextmanager
def _token_locked(config: Config) -> Iterator[None]:
    """Keep other runs from changing the token, by a file that only one can create: every storage has that."""
    from filelock import SoftFileLock, Timeout

    path = config.root / RUNNING_LOCK
    lock = SoftFileLock(path)
    try:
        with contextlib.suppress(Timeout):
            lock.acquire(timeout=_NAMELESS_AFTER)
        if not lock.is_locked:
            _remove_nameless(path)
            lock.acquire(timeout=_TIMEOUT)
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
    token = config.root / RUNNING
    if token.exists():
        for folder in (token.parent, config.root / config.site.ledger, config.root / config.site.output):
            files.remove_leftovers(folder)


def _write_token(config: Config) -> None:
    path = config.root / RUNNING
    try:
        path.write_text(_TOKEN, encoding="ascii")
    except OSError as error:
        raise _unwritable(path, error) from error


def _is_newest(config: Config) -> bool:
    """Return whether the token is this process's: no other has begun a run since."""
    try:
        return (config.root / RUNNING).read_bytes() == _TOKEN.encode()
    except FileNotFoundError:
        return False


def _unwritable(path: Path, error: OSError) -> WriteError:
    return WriteError(f"{path}: cannot be locked: {error.strerror or error}")
