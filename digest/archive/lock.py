"""The site's lock: one build at a time."""

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager

from digest import files
from digest.config import Config
from digest.problems import LockedError, WriteError

PATH = ".digest/lock"  # below the site's folder
RUNNING = ".digest/running"  # exists while a run is under way, and after one that was killed


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
        _clear_up(config)
        yield
    finally:
        with contextlib.suppress(OSError):
            (config.root / RUNNING).unlink()
        lock.release()


def _clear_up(config: Config) -> None:
    """Remove what a killed run left, and mark this one as under way. A run that cannot write fails later."""
    mark = config.root / RUNNING
    if mark.exists():
        for folder in (mark.parent, config.root / config.site.ledger, config.root / config.site.output):
            files.remove_leftovers(folder)
    with contextlib.suppress(OSError):
        mark.touch()
