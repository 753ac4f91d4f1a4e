"""The memory between runs: what each file said, and fragments already rendered, in one SQLite file.

It only saves work. It can be deleted at any time, and one that is damaged, foreign or from another version is set
aside and begun anew. Nothing that is read from it decides what is written: a fact holds only while the file behind it
has the size, the time and, where those could deceive, the content that it had.
"""

import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from digest.cache.damage import DamagedError, is_damage, is_sound, sum_of
from digest.collector.remembered import TABLE, Facts
from digest.problems import WriteError

SCHEMA = 9
_APPLICATION = 0x64696773  # "digs": tells our file from a foreign one
_KEPT_RUNS = 24  # a fragment that no run asked for in so many runs is dropped
_NOTED_EVERY = 8  # runs: noting each time what was asked for, and looking for what was not, would cost too much
_TOGETHER = 1_000_000  # bytes of new fragments that go to the file at once
# Which run last asked for a fragment is kept apart from it: noting it there would write all of them anew.
_TABLES = f"""
{TABLE}
CREATE TABLE IF NOT EXISTS meta(key TEXT PRIMARY KEY, value);
CREATE TABLE IF NOT EXISTS outputs(path TEXT PRIMARY KEY, source BLOB, size INTEGER, mtime INTEGER);
CREATE TABLE IF NOT EXISTS fragments(key BLOB PRIMARY KEY, run INTEGER, sum INTEGER, value BLOB);
CREATE TABLE IF NOT EXISTS asked(key BLOB PRIMARY KEY, run INTEGER) WITHOUT ROWID;
"""


class Index:
    """The open memory. Use as a context manager: what was remembered is kept when the block
    ends without an error, in one short transaction, so that runs beside each other do not wait."""

    def __init__(self, path: Path | None, reading: bytes, say: Callable[[str], None] = lambda _: None) -> None:
        """Open the memory at `path` (None: none, for this run only).

        `reading` is the fingerprint of all that decides what a file says; facts from another one are forgotten.
        `say` gets one line when the file had to be set aside.
        """
        self._new: dict[bytes, bytes] = {}  # fragments that are not in the file yet
        self._waiting = 0  # their bytes
        self._put = False  # whether any went to the file
        self._asked: set[bytes] = set()
        self._keys: set[bytes] | None = None  # of all fragments; None: not looked at
        self._path = path
        self._say = say
        self._meta: dict[str, Any] = {}
        self._base = self._open(path)
        run = self._meta.get("run")
        self._run = 1 + (run if isinstance(run, int) else 0)
        self._reading = reading
        self._stale = self._meta.get("reading") != reading
        self.facts = Facts(self._base, stale=self._stale)
        self._outputs: dict[str, tuple[bytes, int, int]] | None = None
        self._written: list[tuple[str, bytes, int, int]] = []
        self._removed: list[tuple[str]] = []

    def _open(self, path: Path | None) -> sqlite3.Connection:
        if path is None:
            return _begin(":memory:")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists():
                return _begin(str(path))
            base = sqlite3.connect(path, timeout=30)
        except (OSError, sqlite3.OperationalError) as error:
            raise _unusable(path, error) from error
        try:
            _configure(base)
            known = (
                base.execute("PRAGMA application_id").fetchone()[0],
                base.execute("PRAGMA user_version").fetchone()[0],
            )
            if known == (_APPLICATION, SCHEMA):
                self._meta = dict(base.execute("SELECT key, value FROM meta"))
                return base
            if not base.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                base.close()
                return _begin(str(path))
            reason = "is of another version" if known[0] == _APPLICATION else "is not this program's"
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                base.close()
                raise _unusable(path, error) from error
            reason = f"is damaged ({error})"
        base.close()
        self._set_aside(path, reason)
        return _begin(str(path))

    def _set_aside(self, path: Path, reason: str) -> None:
        aside = path.with_suffix(".set-aside")
        path.replace(aside)
        for journal in ("-wal", "-shm"):
            Path(f"{path}{journal}").unlink(missing_ok=True)
        self._say(f"{path.name} {reason}; it is kept as {aside.name} and built anew")

    def output(self, path: str) -> tuple[bytes, int, int] | None:
        """Return what output file `path` was made from, its size and its mtime in nanoseconds."""
        return self.outputs().get(path)

    def outputs(self) -> dict[str, tuple[bytes, int, int]]:
        """Return the same of every output file that an earlier run put."""
        if self._outputs is None:
            rows = self._base.execute("SELECT path, source, size, mtime FROM outputs WHERE typeof(path) = 'text'")
            self._outputs = {name: (source, size, mtime) for name, source, size, mtime in rows}
        return self._outputs

    def unwrote(self, path: str) -> None:
        """Forget an output file."""
        self._removed.append((path,))

    def wrote(self, path: str, source: bytes, size: int, mtime: int) -> None:
        """Remember what an output file was made from, its size in bytes and its mtime in nanoseconds."""
        self._written.append((path, source, size, mtime))

    def fragment(self, key: bytes) -> bytes | None:
        """Return the fragment remembered under `key`."""
        self._asked.add(key)
        if key in self._new:
            return self._new[key]
        row = self._base.execute("SELECT sum, value FROM fragments WHERE key = ?", (key,)).fetchone()
        if row is None and not (self._keys and key in self._keys):
            return None
        if row is None or not is_sound(*row):
            raise DamagedError("a fragment is not what was written")
        value: bytes = row[1]
        return value

    def has(self, *keys: bytes) -> bool:
        """Return whether a fragment is remembered under each of `keys`."""
        self._asked.update(keys)
        return self._known_keys().issuperset(keys)

    @property
    def blank(self) -> bool:
        """Whether no fragment is remembered at all."""
        return not self._known_keys()

    def _known_keys(self) -> set[bytes]:
        if self._keys is None:
            self._keys = {known for (known,) in self._base.execute("SELECT key FROM fragments")}
            self._keys.update(self._new)
        return self._keys

    def keep(self, key: bytes, value: bytes) -> None:
        """Remember a fragment."""
        self._asked.add(key)
        if self._keys is not None:
            self._keys.add(key)
        self._new[key] = value
        self._waiting += len(value)
        if self._waiting > _TOGETHER:
            self._put_fragments()
            self._base.commit()

    def _put_fragments(self) -> None:
        if not self._new:
            return
        rows = ((key, self._run, sum_of(value), value) for key, value in self._new.items())
        self._base.executemany("REPLACE INTO fragments VALUES(?, ?, ?, ?)", rows)
        self._put = True
        self._new.clear()
        self._waiting = 0

    def _forget_fragments(self) -> None:
        """Note what this run asked for, and drop the fragments that no run asked for in a long time."""
        long_ago = (self._run - _KEPT_RUNS,)
        self._base.executemany("REPLACE INTO asked VALUES(?, ?)", ((key, self._run) for key in sorted(self._asked)))
        self._base.execute("DELETE FROM asked WHERE run < ?", long_ago)
        self._base.execute("DELETE FROM fragments WHERE run < ? AND key NOT IN (SELECT key FROM asked)", long_ago)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        failed = error
        try:
            if error is None:
                self._save()
        except sqlite3.DatabaseError as unsaved:
            failed = unsaved
        finally:
            self._base.close()
        if self._path is None or failed is None:
            return
        if is_damage(failed):
            self._set_aside(self._path, f"is damaged ({failed})")
            if error:  # else all is done but for the memory of it
                raise DamagedError(str(failed)) from error
        elif isinstance(failed, sqlite3.DatabaseError):
            raise _unusable(self._path, failed) from failed

    def _save(self) -> None:
        self._put_fragments()
        if not (self._put or self.facts.changed or self._written or self._removed):
            return
        base = self._base
        if self._stale:
            base.execute("REPLACE INTO meta VALUES('reading', ?)", (self._reading,))
        self.facts.put()
        base.executemany("DELETE FROM outputs WHERE path = ?", self._removed)
        base.executemany("REPLACE INTO outputs VALUES(?, ?, ?, ?)", self._written)
        if self._run % _NOTED_EVERY == 0:
            self._forget_fragments()
        base.execute("REPLACE INTO meta VALUES('run', ?)", (self._run,))
        base.commit()
        with contextlib.suppress(sqlite3.OperationalError):  # another run reads just now: the next one does it
            _configure(base)  # a new file is written first, for a log of it would be written as well


def _unusable(path: Path, error: Exception) -> WriteError:
    return WriteError(f"{path}: the memory of earlier builds can not be used: {error}; --no-cache does without it")


def _configure(base: sqlite3.Connection) -> None:
    base.execute("PRAGMA journal_mode = WAL")
    base.execute("PRAGMA synchronous = OFF")  # a lost memory costs time, never truth: a damaged one is rebuilt


def _begin(path: str) -> sqlite3.Connection:
    base = sqlite3.connect(path, timeout=30)
    base.execute("PRAGMA page_size = 16384")  # most rows fit into one
    base.execute("PRAGMA synchronous = OFF")
    base.executescript(
        f"PRAGMA application_id = {_APPLICATION}; PRAGMA user_version = {SCHEMA}; BEGIN; {_TABLES} COMMIT;"
    )
    return base
