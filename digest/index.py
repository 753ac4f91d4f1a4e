"""The memory between runs: what each file said, and fragments already rendered, in one SQLite file.

It only saves work. It can be deleted at any time, and one that is damaged, foreign or from another version is set
aside and begun anew. Nothing that is read from it decides what is written: a fact holds only while the file behind it
has the size, the time and, where those could deceive, the content that it had.
"""

import functools
import hashlib
import os
import sqlite3
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec
from msgspec import Struct

from digest.posts import Post
from digest.problems import Problem

SCHEMA = 1
_APPLICATION = 0x64696773  # "digs": tells our file from a foreign one
GRAIN = 2_000_000_000  # nanoseconds within which two writes of a file may carry the same time (FAT: two seconds)
_KEPT_RUNS = 24  # a fragment that no run asked for in so many runs is dropped
_NOTED_EVERY = 8  # runs: noting each time what was asked for would cost more than most runs
_TABLES = """
CREATE TABLE IF NOT EXISTS meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS facts(path TEXT PRIMARY KEY, size INTEGER, mtime INTEGER, racy INTEGER, hash BLOB, said BLOB)
    WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS outputs(path TEXT PRIMARY KEY, source BLOB, size INTEGER, mtime INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS fragments(key BLOB PRIMARY KEY, value BLOB, run INTEGER) WITHOUT ROWID;
"""


class Fact(Struct, frozen=True, gc=False):
    """What one file said. `post` is None when it is no post or a bad one; `hash` is BLAKE2b of its bytes."""

    hash: bytes
    post: Post | None
    problems: tuple[Problem, ...]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[Post | None, tuple[Problem, ...]]).decode


def said(post: Post | None, problems: tuple[Problem, ...]) -> bytes:
    """Return what a file said as the index keeps it."""
    return _encode((post, problems))


def fingerprint(*parts: object) -> bytes:
    """Return 16 bytes that differ when any of `parts` (bytes, text, structs, numbers) does."""
    return hashlib.blake2b(_encode(parts), digest_size=16).digest()


@functools.cache
def program() -> bytes:
    """Return what differs between two states of this program's own files, also within one version."""
    with os.scandir(Path(__file__).parent) as entries:
        files = sorted(
            (entry.name, entry.stat().st_size, entry.stat().st_mtime_ns) for entry in entries if entry.is_file()
        )
    return fingerprint(files)


class Index:
    """The open memory. Use as a context manager: what was remembered is kept when the block
    ends without an error, in one short transaction, so that runs beside each other do not wait."""

    def __init__(self, path: Path | None, reading: bytes, say: Callable[[str], None] = lambda _: None) -> None:
        """Open the memory at `path` (None: none, for this run only).

        `reading` is the fingerprint of all that decides what a file says; facts from another one are forgotten.
        `say` gets one line when the file had to be set aside.
        """
        self._new: dict[bytes, bytes] = {}
        self._asked: set[bytes] = set()
        self._keys: set[bytes] | None = None  # of the fragments that earlier runs kept
        self._base = self._open(path, say)
        self._run = 1 + int(self._meta("run") or 0)
        self._reading = reading
        self.learnt: dict[str, Fact] = {}  # in this run
        self._stale = self._meta("reading") != reading
        self._facts: list[tuple[object, ...]] = []
        self._gone: list[tuple[str]] = []
        self._outputs: dict[str, tuple[bytes, int, int]] | None = None
        self._written: list[tuple[str, bytes, int, int]] = []
        self._removed: list[tuple[str]] = []

    def _open(self, path: Path | None, say: Callable[[str], None]) -> sqlite3.Connection:
        if path is None:
            return _begin(":memory:")
        path.parent.mkdir(parents=True, exist_ok=True)
        base = sqlite3.connect(path, timeout=30)
        try:
            _configure(base)
            known = (
                base.execute("PRAGMA application_id").fetchone()[0],
                base.execute("PRAGMA user_version").fetchone()[0],
            )
            if known == (_APPLICATION, SCHEMA):
                base.execute("SELECT count(*) FROM meta").fetchone()
                return base
            if not base.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                base.close()
                return _begin(str(path))
            reason = "is of another version" if known[0] == _APPLICATION else "is not this program's"
        except sqlite3.DatabaseError as error:
            reason = f"is damaged ({error})"
        base.close()
        aside = path.with_suffix(".set-aside")
        path.replace(aside)
        for journal in ("-wal", "-shm"):
            Path(f"{path}{journal}").unlink(missing_ok=True)
        say(f"{path.name} {reason}; it is kept as {aside.name} and built anew")
        return _begin(str(path))

    def _meta(self, key: str) -> Any:
        row = self._base.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None

    def known(self) -> dict[str, tuple[int, int, bool]]:
        """Return size, mtime in nanoseconds, and whether those may deceive, of every file that has a fact, by path."""
        if self._stale:
            return {}
        rows = self._base.execute("SELECT path, size, mtime, racy FROM facts")
        return {path: (size, mtime, bool(racy)) for path, size, mtime, racy in rows}

    def facts(self) -> dict[str, Fact]:
        """Return every fact by path."""
        if self._stale:
            return {}
        rows = self._base.execute("SELECT path, hash, said FROM facts")
        return {path: Fact(hash_, *_decode(said)) for path, hash_, said in rows}

    def learn(self, rows: Iterable[tuple[str, os.stat_result, bytes, bytes]]) -> dict[str, Fact]:
        """Keep what files said and return it by path: path, state before it was read, hash, and what `said` gave."""
        newest = time.time_ns() - GRAIN
        for path, stat, hash_, words in rows:
            racy = stat.st_mtime_ns >= newest
            self._facts.append((path, stat.st_size, stat.st_mtime_ns, racy, hash_, words))
            self.learnt[path] = Fact(hash_, *_decode(words))
        return self.learnt

    def forget(self, paths: Iterable[str]) -> None:
        """Drop the facts of files that are gone."""
        self._gone += ((path,) for path in paths)

    def output(self, path: str) -> tuple[bytes, int, int] | None:
        """Return what output file `path` was made from, its size and its mtime in nanoseconds."""
        return self.outputs().get(path)

    def outputs(self) -> dict[str, tuple[bytes, int, int]]:
        """Return the same of every output file that an earlier run put."""
        if self._outputs is None:
            rows = self._base.execute("SELECT path, source, size, mtime FROM outputs")
            self._outputs = {name: (source, size, mtime) for name, source, size, mtime in rows}
        return self._outputs

    def unwrote(self, path: str) -> None:
        """Forget an output file."""
        self._removed.append((path,))

    def wrote(self, path: str, source: bytes, stat: os.stat_result) -> None:
        """Remember what an output file was made from."""
        self._written.append((path, source, stat.st_size, stat.st_mtime_ns))

    def fragment(self, key: bytes) -> bytes | None:
        """Return the fragment remembered under `key`."""
        self._asked.add(key)
        if key in self._new:
            return self._new[key]
        row = self._base.execute("SELECT value FROM fragments WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None

    def has(self, key: bytes) -> bool:
        """Return whether a fragment is remembered under `key`."""
        self._asked.add(key)
        if self._keys is None:
            self._keys = {known for (known,) in self._base.execute("SELECT key FROM fragments")}
        return key in self._new or key in self._keys

    def keep(self, key: bytes, value: bytes) -> None:
        """Remember a fragment."""
        self._asked.add(key)
        self._new[key] = value

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None and (self._new or self._facts or self._gone or self._written or self._removed):
                self._save()
        finally:
            self._base.close()

    def _save(self) -> None:
        base = self._base
        if self._stale:
            base.execute("DELETE FROM facts")
            base.execute("REPLACE INTO meta VALUES('reading', ?)", (self._reading,))
        base.executemany("REPLACE INTO facts VALUES(?, ?, ?, ?, ?, ?)", self._facts)
        base.executemany("DELETE FROM facts WHERE path = ?", self._gone)
        base.executemany("DELETE FROM outputs WHERE path = ?", self._removed)
        base.executemany("REPLACE INTO outputs VALUES(?, ?, ?, ?)", self._written)
        base.executemany("REPLACE INTO fragments VALUES(?, ?, ?)", ((k, v, self._run) for k, v in self._new.items()))
        if self._run % _NOTED_EVERY == 0:
            used = ((self._run, key) for key in self._asked - self._new.keys())
            base.executemany("UPDATE fragments SET run = ? WHERE key = ?", used)
        base.execute("DELETE FROM fragments WHERE run < ?", (self._run - _KEPT_RUNS,))
        base.execute("REPLACE INTO meta VALUES('run', ?)", (self._run,))
        base.commit()


def _configure(base: sqlite3.Connection) -> None:
    base.execute("PRAGMA journal_mode = WAL")
    base.execute("PRAGMA synchronous = OFF")  # a lost memory costs time, never truth: a damaged one is rebuilt


def _begin(path: str) -> sqlite3.Connection:
    base = sqlite3.connect(path, timeout=30)
    _configure(base)
    base.executescript(
        f"PRAGMA application_id = {_APPLICATION}; PRAGMA user_version = {SCHEMA}; BEGIN; {_TABLES} COMMIT;"
    )
    return base
