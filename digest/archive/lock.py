"""The site's lock: one build at a time."""

from collections.abc import Iterator
from contextlib import contextmanager

from digest.config import Config
from digest.problems import LockedError, WriteError

PATH = ".digest/lock"  # below the site's folder


@contextmanager
def locked(config: Config, *, wait: bool = False) -> Iterator[None]:
    """Hold the site's lock. Raises `LockedError` when another run holds it, unless `wait`."""
    from filelock import FileLock, Timeout

    path = config.root / PATH
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path)
        lock.acquire(timeout=-1 if wait else 0)
    except Timeout as error:
        raise LockedError("already running: another run holds the lock") from error
    except OSError as error:
        raise WriteError(f"{path}: cannot be locked: {error.strerror or error}") from error
    try:
        yield
    finally:
        lock.release()
