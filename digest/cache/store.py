"""A persistent cache in one SQLite file. It only saves work and can be deleted at any time.

The file is not trusted: a pull request, for example, can add one to the content. So each entry carries a message
authentication code made with a key stored outside the site (`cache.key`), and an entry that is forged or damaged counts
as missing.
"""

import contextlib
import hashlib
import hmac
import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import msgspec

from digest.cache.key import cache_key

Value = TypeVar("Value")

PATH = ".digest/cache.sqlite"  # below the site's folder
SCHEMA = 1
_APPLICATION_ID = 0x64696773  # "digs": identifies our file
_UNUSED_RUNS = 24  # an entry unused for this many runs is dropped
_NOTE_USE_AFTER = 8  # runs; recording every use would rewrite the whole file in every run
_WRITE_AT_ONCE = 1_000_000  # bytes of values
_MAX_RUN = 2**62  # a larger number is forged; SQLite integers have 64 bits
_BUSY_SECONDS = 5.0
_MAC_BYTES = 16
_TABLES = f"""
PRAGMA application_id = {_APPLICATION_ID};
PRAGMA user_version = {SCHEMA};
CREATE TABLE IF NOT EXISTS entries(
    kind TEXT, name BLOB, value BLOB, mac BLOB, run INTEGER, PRIMARY KEY(kind, name)
);
CREATE TABLE IF NOT EXISTS runs(number INTEGER);
"""


class Store:
    """An open cache: values (bytes) by a kind (text) and a name (bytes).

    Use as a context manager; changes are saved when the block ends without an error. When the file is locked, damaged
    or not writable, the cache is empty and in memory for this run, and `warn` is called with a one-line message. No
    method raises because of the file.
    """

    def __init__(self, path: Path | None, key: bytes, *, warn: Callable[[str], None] | None = None) -> None:
        """Open the file at `path` (None: a cache for this run only), its entries authenticated with `key`."""
        self._path = path
        self._key = key
        self._warn = warn
        self._used: list[tuple[str, bytes]] = []  # entries to be marked as used
        self._unwritten: list[tuple[str, bytes, bytes, bytes, int]] = []
        self._unwritten_bytes = 0
        self._changed = False
        self._database = self._open()
        self._run = self._next_run()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            if error is None and self._changed:
                self._write()
                self._save()
        except sqlite3.Error as failure:
            self._give_up(failure)
        finally:
            self._database.close()

    def get(self, kind: str, name: bytes) -> bytes | None:
        """Return a value; None when it is missing or not authentic."""
        self._write()
        try:
            row = self._database.execute(
                "SELECT value, mac, run FROM entries WHERE kind = ? AND name = ?", (kind, name)
            ).fetchone()
        except sqlite3.Error as failure:
            self._give_up(failure)
            return None
        if row is None:
            return None
        value, mac, run = row
        if not self._is_authentic(kind, name, value, mac):
            return None
        self._note_use(kind, name, run)
        return bytes(value)

    def items(self, kind: str) -> Iterator[tuple[bytes, bytes]]:
        """Yield name and value of every entry of a kind."""
        self._write()
        try:
            rows = self._database.execute(
                "SELECT name, value, mac, run FROM entries WHERE kind = ?", (kind,)
            ).fetchall()
        except sqlite3.Error as failure:
            self._give_up(failure)
            return
        for name, value, mac, run in rows:
            if self._is_authentic(kind, name, value, mac):
                self._note_use(kind, name, run)
                yield name, value

    def put(self, kind: str, name: bytes, value: bytes) -> None:
        """Store a value."""
        self._unwritten.append((kind, name, value, self._mac(kind, name, value), self._run))
        self._unwritten_bytes += len(value)
        self._changed = True
        if self._unwritten_bytes > _WRITE_AT_ONCE:
            self._write()

    def drop(self, kind: str, name: bytes) -> None:
        """Delete a value."""
        self._write()
        try:
            self._database.execute("DELETE FROM entries WHERE kind = ? AND name = ?", (kind, name))
        except sqlite3.Error as failure:
            self._give_up(failure)
        self._changed = True

    def _write(self) -> None:
        """Flush pending values to SQLite."""
        if not self._unwritten:
            return
        try:
            self._database.executemany("REPLACE INTO entries VALUES(?, ?, ?, ?, ?)", self._unwritten)
        except sqlite3.Error as failure:
            self._give_up(failure)
        self._unwritten.clear()
        self._unwritten_bytes = 0

    def _note_use(self, kind: str, name: bytes, run: object) -> None:
        if not isinstance(run, int) or run <= self._run - _NOTE_USE_AFTER:
            self._used.append((kind, name))

    def _mac(self, kind: str, name: bytes, value: bytes) -> bytes:
        """Return a keyed BLAKE2b of an entry (RFC 7693, 2.9); lengths keep name and value apart."""
        head = f"{kind}\0{len(name)}\0".encode()
        return hashlib.blake2b(head + name + value, key=self._key, digest_size=_MAC_BYTES).digest()

    def _is_authentic(self, kind: object, name: object, value: object, mac: object) -> bool:
        if not isinstance(kind, str) or not isinstance(name, bytes):
            return False
        if not isinstance(value, bytes) or not isinstance(mac, bytes):
            return False
        return hmac.compare_digest(mac, self._mac(kind, name, value))

    def _open(self) -> sqlite3.Connection:
        if self._path is None:
            return _in_memory()
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            return self._open_file(self._path)
        except (OSError, sqlite3.Error) as failure:
            return self._replacement(failure)

    def _open_file(self, path: Path) -> sqlite3.Connection:
        database = sqlite3.connect(path, timeout=_BUSY_SECONDS)
        try:
            if not _is_ours(database):
                database.close()
                _delete(path)
                database = sqlite3.connect(path, timeout=_BUSY_SECONDS)
            database.execute("PRAGMA journal_mode = WAL")  # readers and a writer do not block each other
            database.execute("PRAGMA synchronous = OFF")  # a cache lost to a power failure is rebuilt
            database.executescript(_TABLES)
        except BaseException:
            database.close()
            raise
        return database

    def _replacement(self, failure: Exception) -> sqlite3.Connection:
        """Return an empty in-memory cache for this run, because the file is unusable."""
        if self._warn is not None:
            self._warn(f"the cache {self._path} cannot be used ({failure}); this run does without it")
        if self._path is not None and _is_damage(failure):
            with contextlib.suppress(OSError):
                _delete(self._path)
        self._path = None
        return _in_memory()

    def _give_up(self, failure: sqlite3.Error) -> None:
        """Continue without the file after a failure during the run."""
        with contextlib.suppress(sqlite3.Error):
            self._database.close()
        self._database = self._replacement(failure)

    def _next_run(self) -> int:
        try:
            newest = self._database.execute("SELECT max(number) FROM runs").fetchone()[0]
        except sqlite3.Error as failure:
            self._give_up(failure)
            newest = None
        return newest + 1 if isinstance(newest, int) and 0 <= newest < _MAX_RUN else 1

    def _save(self) -> None:
        database = self._database
        database.executemany(
            "UPDATE entries SET run = ? WHERE kind = ? AND name = ?",
            [(self._run, kind, name) for kind, name in self._used],
        )
        database.execute("DELETE FROM entries WHERE run < ?", (self._run - _UNUSED_RUNS,))
        database.execute("DELETE FROM runs")
        database.execute("INSERT INTO runs VALUES(?)", (self._run,))
        database.commit()


def open_store(
    site: Path, cache_dir: str = "", *, use: bool = True, warn: Callable[[str], None] | None = None
) -> Store:
    """Return the cache of the site at `site`; an in-memory one without `use` or when there is no key.

    It is a file in the folder `cache_dir`, which other sites may share and which is relative to the site's; in the
    site's own folder when that is empty.
    """
    key = cache_key(site) if use else None
    if key is None:
        return Store(None, b"")
    return Store(_place(site, cache_dir), key, warn=warn)


def _place(site: Path, cache_dir: str) -> Path:
    if not cache_dir:
        return site / PATH
    place = site.resolve()
    mark = hashlib.blake2b(os.fsencode(place), digest_size=8).hexdigest()
    return site / Path(cache_dir).expanduser() / f"{place.name}-{mark}.sqlite"


def decode(decoder: msgspec.msgpack.Decoder[Value], content: bytes | None) -> Value | None:
    """Return a value from its cached content; None when it is missing, damaged or of an older version's form."""
    if content is None:
        return None
    try:
        return decoder.decode(content)
    except ValueError:  # of msgspec, or not UTF-8
        return None


def _in_memory() -> sqlite3.Connection:
    database = sqlite3.connect(":memory:")
    database.executescript(_TABLES)
    return database


def _is_ours(database: sqlite3.Connection) -> bool:
    """Return whether a database is new, or a cache of this version. Raises `sqlite3.Error` when it is no database.

    Any other table, view or trigger makes it foreign: a view can have endless rows. A table may be missing, since
    another process may be about to create it.
    """
    with contextlib.closing(_in_memory()) as empty:
        expected = _schema(empty)
    found = _schema(database, len(expected) + 1)
    application = database.execute("PRAGMA application_id").fetchone()[0]
    version = database.execute("PRAGMA user_version").fetchone()[0]
    is_new = not found
    return is_new or ((application, version) == (_APPLICATION_ID, SCHEMA) and found <= expected)


def _schema(database: sqlite3.Connection, limit: int = -1) -> set[tuple[object, ...]]:
    """Return type, name and definition of each table, index, view and trigger, of `limit` at most (-1: of all)."""
    return set(database.execute("SELECT type, name, tbl_name, sql FROM sqlite_master LIMIT ?", (limit,)))


def _is_damage(failure: Exception) -> bool:
    """Return whether the file itself is wrong: not merely locked, full or read-only."""
    codes = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR)
    return getattr(failure, "sqlite_errorcode", 0) & 0xFF in codes


def _delete(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
