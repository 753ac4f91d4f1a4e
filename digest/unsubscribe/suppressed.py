"""The suppression list: who gets no more e-mails, by the id in their token, and never by address."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from digest.problems import WriteError
from digest.unsubscribe.database import FOLDER, open_database, private_path
from digest.unsubscribe.tokens import reader_id

PATH = f"{FOLDER}/suppressed.sqlite"
Reason = Literal["left", "bounced", "complained", "added"]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS suppressed (
    digest TEXT NOT NULL, reader TEXT NOT NULL, reason TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (digest, reader)
) WITHOUT ROWID;
"""


def suppressed_path(root: Path) -> Path:
    """Return the path of the list of the site in `root`. Raises `ConfigError` when git does not ignore it."""
    return private_path(root, PATH)


def suppress(path: Path, digest: str, readers: Iterable[str], reason: Reason) -> None:
    """Put readers, by id, on the list; a reader who is on it stays as they are. Raises `WriteError`."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    with _opened(path) as database:
        rows = [(digest, reader, reason, now) for reader in readers]
        database.execute("BEGIN IMMEDIATE")
        database.executemany("INSERT OR IGNORE INTO suppressed VALUES (?, ?, ?, ?)", rows)
        database.execute("COMMIT")


def admit(path: Path, digest: str, readers: Iterable[str]) -> int:
    """Take readers off the list, who asked for it; return how many were on it. Raises `WriteError`."""
    with _opened(path) as database:
        rows = [(digest, reader) for reader in readers]
        return database.executemany("DELETE FROM suppressed WHERE digest = ? AND reader = ?", rows).rowcount


def count_suppressed(path: Path) -> dict[tuple[str, str], int]:
    """Return how many readers are on the list, by digest and reason."""
    with _opened(path) as database:
        found = database.execute("SELECT digest, reason, count(*) FROM suppressed GROUP BY digest, reason").fetchall()
    return {(digest, reason): number for digest, reason, number in found}


class Suppressed:
    """Whether an address is on the suppression list of a digest, under each of its names and each secret."""

    def __init__(self, path: Path, digests: Sequence[str], secrets: Sequence[str]) -> None:
        self._digests = digests
        self._secrets = secrets
        with _opened(path) as database:
            self._readers = {
                (digest, reader) for digest, reader in database.execute("SELECT digest, reader FROM suppressed")
            }

    def __contains__(self, address: str) -> bool:
        if not self._readers:
            return False
        return any(
            (digest, reader_id(secret, digest, address)) in self._readers
            for digest in self._digests
            for secret in self._secrets
        )


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        with closing(open_database(path, _SCHEMA)) as database:
            yield database
    except sqlite3.Error as error:
        raise WriteError(f"{path}: {error}") from error
