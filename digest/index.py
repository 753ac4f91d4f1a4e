"""The memory between runs: what each file said, and fragments already rendered, in one SQLite file.

It only saves work. It can be deleted at any time, and one that is damaged, foreign or from another version is set
aside and begun anew. Nothing that is read from it decides what is written: a fact holds only while the file behind it
has the size, the time and, where those could deceive, the content that it had.
"""

import contextlib
import functools
import operator
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar

import msgspec
from msgspec import Struct

from digest.posts import Post, share
from digest.problems import Problem, WriteError
from digest.scan import Seen
from digest.workers import CHUNK

P = ParamSpec("P")
Made = TypeVar("Made")

SCHEMA = 7
_APPLICATION = 0x64696773  # "digs": tells our file from a foreign one
_KEPT_RUNS = 24  # a fragment that no run asked for in so many runs is dropped
_NOTED_EVERY = 8  # runs: noting each time what was asked for, and looking for what was not, would cost too much
_TOGETHER = 1_000_000  # bytes of new fragments that go to the file at once
# What a chunk of files said stands in one row, for a run needs all of it: as it came from the process that read them,
# and beside it how each of them stood then. Tables with a rowid: rows are large, and beside each other in the order
# they come in. Ordered by a hash, as a primary key without one would have it, writing them takes three times as long.
# Which run last asked for a fragment is kept apart from it: noting it there would write all of them anew.
_TABLES = """
CREATE TABLE IF NOT EXISTS meta(key TEXT PRIMARY KEY, value);
CREATE TABLE IF NOT EXISTS facts(id INTEGER PRIMARY KEY, sum INTEGER, stamps BLOB, said BLOB);
CREATE TABLE IF NOT EXISTS outputs(path TEXT PRIMARY KEY, source BLOB, size INTEGER, mtime INTEGER);
CREATE TABLE IF NOT EXISTS fragments(key BLOB PRIMARY KEY, run INTEGER, sum INTEGER, value BLOB);
CREATE TABLE IF NOT EXISTS asked(key BLOB PRIMARY KEY, run INTEGER) WITHOUT ROWID;
"""


class DamagedError(Exception):
    """The memory turned out to be damaged in the middle of a run. It was set aside: the run can be begun again."""


def begun_again(run: Callable[P, Made]) -> Callable[P, Made]:
    """Let a run that met a damaged memory begin again, once, with a new one."""

    @functools.wraps(run)
    def wrapped(*args: P.args, **named: P.kwargs) -> Made:
        try:
            return run(*args, **named)
        except DamagedError:
            return run(*args, **named)

    return wrapped


class Stamp(Struct, frozen=True, array_like=True, gc=False):
    """How a file stood when it was read: its path, its size, mtime and witness (see `scan.Seen`), and its content.

    `hash` is `content_hash`'s, empty while it is not known.
    """

    path: str
    size: int
    mtime: int
    witness: int
    hash: bytes


One = tuple[Post | None, tuple[Problem, ...]]  # what one file said: its post, unless it is none or a bad one; problems
Fact = tuple[Stamp, One]

_encode = msgspec.msgpack.Encoder().encode
_decode_said = msgspec.msgpack.Decoder(list[One]).decode
_decode_stamps = msgspec.msgpack.Decoder(list[Stamp]).decode


class Said(list[One]):
    """What files said.

    From one process to another it goes as the index keeps it, which takes a third of pickling it.
    """

    words: bytes = b""  # itself as the index keeps it, when it came so

    def __reduce__(self) -> tuple[Callable[[bytes], "Said"], tuple[bytes]]:
        return _said, (_encode(list(self)),)


def _said(words: bytes) -> Said:
    said = Said(_decode_said(words))
    said.words = words
    return said


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
        self.learnt = 0  # files, in this run
        self._chunks: list[tuple[list[Stamp], Said]] = []  # what they said
        self._stale = self._meta.get("reading") != reading
        self._rows: dict[int, tuple[int, list[Fact]]] = {}  # how many facts each row has, and those that hold
        self._lost = self._ready = False  # whether some do not; whether all are put
        self._hashes: dict[str, bytes] = {}
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
            if not _is_damage(error):
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

    def facts(self, files: Iterable[Seen]) -> tuple[list[Fact], tuple[Seen, ...]]:
        """Return what is remembered of `files` as they are now, and all other files, by path.

        What is remembered of any other file is forgotten when this run is kept.
        """
        others, facts = {file.path: file for file in files}, list[Fact]()
        for row, stamps, said in self._remembered():
            holding = []
            for fact in zip(stamps, said, strict=True):
                stamp = fact[0]
                file = others.pop(stamp.path, None)
                if file is None:  # or when two runs at once read the same file
                    continue
                if stamp.size == file.size and stamp.mtime == file.mtime and stamp.witness in (0, file.ctime):
                    holding.append(fact)
                else:
                    others[stamp.path] = file
            self._rows[row] = len(stamps), holding
            facts += holding
        self._lost = any(len(holding) < count for count, holding in self._rows.values())
        return facts, tuple(sorted(others.values(), key=operator.attrgetter("path")))

    def _remembered(self) -> Iterator[tuple[int, list[Stamp], list[One]]]:
        rows = () if self._stale else self._base.execute("SELECT id, sum, stamps, said FROM facts")
        for row, sum_, stamps, said in rows:
            if not _is_sound(sum_, stamps, said):
                raise DamagedError("what files said is not what was written")
            yield row, _decode_stamps(stamps), _decode_said(said)

    def learn(self, made: Iterable[tuple[Sequence[Seen], Said]], began: int) -> list[Fact]:
        """Keep what files said and return it: files as they were seen before they were read, with it.

        `began` is when the look at the files began (nanoseconds since 1970).
        """
        facts: list[Fact] = []
        for files, said in made:
            stamps = [Stamp(file.path, file.size, file.mtime, file.witness(began), b"") for file in files]
            for file, (post, _) in zip(files, said, strict=True):
                if post is not None and post.path is not file.path:
                    share(post, file.path)
            self._chunks.append((stamps, said))
            self.learnt += len(stamps)
            facts += zip(stamps, said, strict=True)
        return facts

    def hashed(self, path: str, hash_: bytes) -> None:
        """Keep the `content_hash` of a file."""
        self._hashes[path] = hash_

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
        if row is None or not _is_sound(*row):
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

    def put_facts(self) -> None:
        """Put what was learnt, which takes a while, before the run is kept: it stands from then on."""
        if self._ready or not (self._chunks or self._lost or self._hashes or self._stale):
            return
        self._ready = True
        old = {  # rows of which something does not hold any more, or that have room
            row: holding
            for row, (_, holding) in self._rows.items()
            if len(holding) < CHUNK or not self._hashes.keys().isdisjoint([stamp.path for stamp, _ in holding])
        }
        chunks = [chunk for chunk in self._chunks if len(chunk[0]) == CHUNK]
        facts = [fact for holding in old.values() for fact in holding]
        for few in (chunk for chunk in self._chunks if len(chunk[0]) < CHUNK):
            facts += zip(*few, strict=True)
        for start in range(0, len(facts), CHUNK):
            stamps, said = zip(*facts[start : start + CHUNK], strict=True)
            chunks.append(([*stamps], Said(said)))
        encoded = ((_encode([*map(self._with_hash, some)]), ones.words or _encode(ones)) for some, ones in chunks)
        rows = ((_sum(*pair), *pair) for pair in encoded)
        self._base.execute("DELETE FROM facts WHERE ?", (self._stale,))
        self._base.executemany("DELETE FROM facts WHERE id = ?", [(row,) for row in old])
        self._base.executemany("INSERT INTO facts(sum, stamps, said) VALUES(?, ?, ?)", rows)

    def _with_hash(self, stamp: Stamp) -> Stamp:
        hash_ = self._hashes.get(stamp.path)
        return Stamp(stamp.path, stamp.size, stamp.mtime, stamp.witness, hash_) if hash_ else stamp

    def _put_fragments(self) -> None:
        if not self._new:
            return
        rows = ((key, self._run, _sum(value), value) for key, value in self._new.items())
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
        if _is_damage(failed):
            self._set_aside(self._path, f"is damaged ({failed})")
            if error:  # else all is done but for the memory of it
                raise DamagedError(str(failed)) from error
        elif isinstance(failed, sqlite3.DatabaseError):
            raise _unusable(self._path, failed) from failed

    def _save(self) -> None:
        self._put_fragments()
        if not (self._put or self.learnt or self._lost or self._hashes or self._written or self._removed):
            return
        base = self._base
        if self._stale:
            base.execute("REPLACE INTO meta VALUES('reading', ?)", (self._reading,))
        self.put_facts()
        base.executemany("DELETE FROM outputs WHERE path = ?", self._removed)
        base.executemany("REPLACE INTO outputs VALUES(?, ?, ?, ?)", self._written)
        if self._run % _NOTED_EVERY == 0:
            self._forget_fragments()
        base.execute("REPLACE INTO meta VALUES('run', ?)", (self._run,))
        base.commit()
        with contextlib.suppress(sqlite3.OperationalError):  # another run reads just now: the next one does it
            _configure(base)  # a new file is written first, for a log of it would be written as well


def _sum(*values: bytes) -> int:
    return functools.reduce(lambda sum_, value: zlib.crc32(value, sum_), values, 0)


def _is_sound(sum_: object, *values: object) -> bool:
    """Whether values are what they were when their sum was taken: SQLite tells only of damage to its own order."""
    whole = [value for value in values if isinstance(value, bytes)]
    return len(whole) == len(values) and _sum(*whole) == sum_


def _is_damage(error: BaseException) -> bool:
    """Whether an error says that the file, or what it holds, is not what was written there."""
    codes = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR)  # the last: a table is not there
    if isinstance(error, sqlite3.DatabaseError):
        return getattr(error, "sqlite_errorcode", 0) & 0xFF in codes
    return isinstance(error, DamagedError | msgspec.DecodeError)


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
