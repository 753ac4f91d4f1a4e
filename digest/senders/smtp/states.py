"""What became of each copy: an SQLite database that git ignores, written before and after each copy.

A copy that is `sending` in the database of no running process was under way when a run was killed: nobody knows whether
it arrived. A killed process loses no state; a power failure at most those of the last second.
"""

import secrets
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from msgspec import Struct

from digest.problems import LockedError, WriteError
from digest.senders.smtp.reply import Reply
from digest.unsubscribe import open_database

CopyState = Literal["sending", "sent", "refused", "deferred", "unknown"]
BounceKind = Literal["hard", "soft"]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS copies (
    edition TEXT NOT NULL, reader TEXT NOT NULL, state TEXT NOT NULL, reply TEXT NOT NULL, at TEXT NOT NULL,
    PRIMARY KEY (edition, reader)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS identity (id TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS finished (edition TEXT NOT NULL PRIMARY KEY, at TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS bounces (
    reader TEXT NOT NULL, report TEXT NOT NULL, kind TEXT NOT NULL, status TEXT NOT NULL, at TEXT NOT NULL,
    PRIMARY KEY (reader, report)
) WITHOUT ROWID;
"""
_FLUSHED_EVERY = 1.0  # seconds


class Bounce(Struct, frozen=True):
    """A report that a copy was not delivered: to whom, and the status (RFC 3463). `report` is the same for the same."""

    reader: str
    report: str
    kind: BounceKind
    status: str


class CopyStates:
    """The database of one run, which no other run uses meanwhile; made by `open_states`."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._flushed = time.monotonic()

    @property
    def identity(self) -> str:
        """What tells this database from any other, such as one that was made anew after this one was lost."""
        row = self._database.execute("SELECT id FROM identity").fetchone()
        if row is None:
            row = (secrets.token_hex(8),)
            self._database.execute("INSERT INTO identity VALUES (?)", row)
        return str(row[0])

    def known(self, edition: str) -> dict[str, CopyState]:
        """Return the state of each reader of an edition who has one."""
        rows = self._database.execute("SELECT reader, state FROM copies WHERE edition = ?", (edition,))
        return dict(rows.fetchall())

    def replies(self, edition: str, state: CopyState) -> dict[str, str]:
        """Return what was said of each reader with a state."""
        query = "SELECT reader, reply FROM copies WHERE edition = ? AND state = ? ORDER BY reader"
        return dict(self._database.execute(query, (edition, state)).fetchall())

    def begin(self, edition: str, reader: str) -> None:
        """Write that a copy is about to be sent."""
        self._write(edition, [(reader, "sending", "")])

    def end(self, edition: str, reader: str, reply: Reply) -> None:
        """Write what became of a copy."""
        self._write(edition, [(reader, reply.fate, str(reply))])
        if time.monotonic() - self._flushed > _FLUSHED_EVERY:
            self.flush()

    def take_back(self, edition: str, reader: str, earlier: CopyState | None) -> None:
        """Give a reader whose copy could not be begun the earlier state, or none."""
        if earlier is None:
            self._database.execute("DELETE FROM copies WHERE edition = ? AND reader = ?", (edition, reader))
        else:
            self._write(edition, [(reader, earlier, "")])

    def set(self, edition: str, readers: Iterable[str], state: CopyState, reply: str) -> None:
        """Give several readers a state."""
        self._write(edition, [(reader, state, reply) for reader in readers])

    def finish(self, edition: str) -> None:
        """Write that no copy of an edition is left."""
        self._database.execute("INSERT OR IGNORE INTO finished VALUES (?, ?)", (edition, _now()))

    def is_finished(self, edition: str) -> bool:
        """Return whether no copy of an edition is left."""
        query = "SELECT count(*) FROM finished WHERE edition = ?"
        return bool(self._database.execute(query, (edition,)).fetchone()[0])

    def flush(self) -> None:
        """Flush what was written to the disk."""
        self._database.execute("PRAGMA wal_checkpoint(FULL)")
        self._flushed = time.monotonic()

    def add_bounces(self, bounces: Iterable[Bounce]) -> None:
        """Add reports; one that is known changes nothing."""
        now = _now()
        rows = [(bounce.reader, bounce.report, bounce.kind, bounce.status, now) for bounce in bounces]
        self._in_transaction("INSERT OR IGNORE INTO bounces VALUES (?, ?, ?, ?, ?)", rows)

    def bounced(self) -> frozenset[str]:
        """Return the readers whose mailbox does not exist any more, who get nothing."""
        return frozenset(row[0] for row in self._database.execute("SELECT reader FROM bounces WHERE kind = 'hard'"))

    def count_bounces(self) -> dict[str, int]:
        """Return how many reports there are of each reader's temporary failures."""
        query = "SELECT reader, count(*) FROM bounces WHERE kind = 'soft' GROUP BY reader"
        return dict(self._database.execute(query).fetchall())

    def readers(self) -> frozenset[str]:
        """Return everybody who was ever sent a copy."""
        query = "SELECT DISTINCT reader FROM copies WHERE state IN ('sent', 'unknown', 'sending')"
        return frozenset(row[0] for row in self._database.execute(query))

    def forgive(self, reader: str) -> int:
        """Forget the bounces of a reader whose mailbox works again; return how many there were."""
        return self._database.execute("DELETE FROM bounces WHERE reader = ?", (reader,)).rowcount

    def _write(self, edition: str, rows: Iterable[tuple[str, str, str]]) -> None:
        now = _now()
        values = [(edition, reader, state, reply, now) for reader, state, reply in rows]
        self._in_transaction("INSERT OR REPLACE INTO copies VALUES (?, ?, ?, ?, ?)", values)

    def _in_transaction(self, statement: str, rows: Sequence[tuple[str, str, str, str, str]]) -> None:
        self._database.execute("BEGIN IMMEDIATE")
        self._database.executemany(statement, rows)
        self._database.execute("COMMIT")


@contextmanager
def open_states(path: Path) -> Iterator[CopyStates]:
    """Open the database at `path`, held by this run alone.

    Raises `LockedError` when another run holds it, `WriteError` when it cannot be written.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(path.with_name(f"{path.name}.lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise LockedError(f"{path}: another run is sending") from error
    except OSError as error:
        raise WriteError(f"{path}: cannot be locked: {error.strerror or error}") from error
    try:
        with closing(open_database(path, _SCHEMA, flush=False)) as database:
            states = CopyStates(database)
            yield states
            states.flush()
    except sqlite3.Error as error:
        raise WriteError(f"{path}: cannot be written: {error}") from error
    finally:
        lock.release()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
