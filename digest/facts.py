"""What each file said, remembered between runs in rows of a chunk each; how, is the index's to know.

A run needs all of it, though of most posts only what orders and selects them (`posts.Brief`): the rest stands in a
column of its own at the end of the row, and is fetched with the rest of its chunk when one is wanted as a whole. Both
stand as they came from the process that read the files, and beside them how each file stood (its stamp): nothing is
encoded twice. The table has a rowid: rows are large, and beside each other in the order they come in.
"""

import functools
import operator
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from digest.damage import DamagedError, OvertakenError, is_sound, sum_of
from digest.posts import Brief, Post, share
from digest.problems import Problem
from digest.scan import Seen
from digest.workers import CHUNK

TABLE = """
CREATE TABLE IF NOT EXISTS facts(
    id INTEGER PRIMARY KEY, sum INTEGER, stamps BLOB, said BLOB, rest_sum INTEGER, rest BLOB
);
"""


class Stamp(Struct, frozen=True, array_like=True, gc=False):
    """How a file stood when it was read: its path, its size, mtime and witness (see `scan.Seen`), and its content.

    `hash` is `content_hash`'s, empty while it is not known.
    """

    path: str
    size: int
    mtime: int
    witness: int
    hash: bytes


One = tuple[Brief | None, tuple[Problem, ...]]  # what one file said: its post, unless it is none or a bad one; problems
Rest = tuple[Any, ...] | None  # what a post has that its brief has not, in order

_BRIEF = Brief.__struct_fields__
_brief_of = operator.attrgetter(*_BRIEF)
_rest_of = operator.attrgetter(*Post.__struct_fields__[len(_BRIEF) :])
_encode = msgspec.msgpack.Encoder().encode
_decode_said = msgspec.msgpack.Decoder(list[One]).decode
_decode_stamps = msgspec.msgpack.Decoder(list[Stamp]).decode


class Said(list[One]):
    """What the files of a chunk said.

    From one process to another it goes as it is kept, which takes a third of pickling it: the briefs of the posts with
    the problems, and what else the posts have.
    """

    briefs: bytes = b""  # itself as it is kept, when it came from another process
    rest: Callable[[], bytes] | None = None  # what fetches the rest of the posts, when they are briefs

    def whole(self, n: int) -> One:
        """Return what a file said, its post with all of it."""
        post, problems = self[n]
        return post and self.whole_of(post, n), problems

    def whole_of(self, post: Brief, n: int) -> Post:
        """Return the post of a file with all that it said."""
        return post if isinstance(post, Post) else Post(*msgspec.structs.astuple(post), *(self._rests[n] or ()))

    @functools.cached_property
    def _rests(self) -> list[Rest]:
        return _rests_decoder()(self.rest()) if self.rest else []

    def encoded(self) -> tuple[bytes, bytes]:
        """Return itself as it is kept; its posts must be whole, unless it came so."""
        if self.briefs and self.rest:
            return self.briefs, self.rest()
        briefs = [(_brief_of(post) if post is not None else None, problems) for post, problems in self]
        return _encode(briefs), _encode([_rest_of(post) if post is not None else None for post, _ in self])

    def __reduce__(self) -> tuple[Callable[[bytes, bytes], "Said"], tuple[bytes, bytes]]:
        return _said, self.encoded()


def _said(briefs: bytes, rest: bytes) -> Said:
    said = Said(_decode_said(briefs))
    said.briefs, said.rest = briefs, lambda: rest
    return said


@functools.cache
def _rests_decoder() -> Callable[[bytes], list[Rest]]:
    kinds = tuple(field.type for field in msgspec.structs.fields(Post)[len(_BRIEF) :])
    decoder: Any = msgspec.msgpack.Decoder(list[tuple[kinds] | None])  # type: ignore[valid-type]
    decode: Callable[[bytes], list[Rest]] = decoder.decode
    return decode


class _Row(NamedTuple):
    """A row of the table: its chunk, and the places in it of what still holds."""

    id: int
    stamps: list[Stamp]
    said: Said
    holding: list[int]


class Facts:
    """What files said, in the open memory: what is remembered of them, and what this run learns."""

    def __init__(self, base: sqlite3.Connection, *, stale: bool) -> None:
        """Look into `base`; what stands there is forgotten when it is `stale`."""
        self._base = base
        self._stale = stale
        self.posts: list[Brief] = []  # of the files that were matched or learnt
        self.problems: list[Problem] = []
        self.hashes: dict[str, bytes] = {}  # of files by path, as far as they are known
        self.learnt = 0  # files, in this run
        self._learnt: list[tuple[list[Stamp], Said]] = []  # what they said
        self._rows: list[_Row] = []
        self._hashed: dict[str, bytes] = {}  # what this run found out of them
        self._ready = False  # whether all are put
        self._places: dict[str, tuple[Said, int]] = {}  # of briefs, by path

    @property
    def changed(self) -> bool:
        """Whether there is anything to put, but for what is forgotten because all of it is stale."""
        return bool(self.learnt or self._hashed or any(len(row.holding) < len(row.stamps) for row in self._rows))

    def match(self, files: Iterable[Seen]) -> tuple[Seen, ...]:
        """Take what is remembered of `files` as they are now; return all other files, by path.

        What is remembered of any other file is forgotten when this run is kept.
        """
        others = {file.path: file for file in files}
        for row in self._remembered():
            for n, (stamp, (post, problems)) in enumerate(zip(row.stamps, row.said, strict=True)):
                path = stamp.path
                file = others.pop(path, None)
                if file is None:  # or when two runs at once read the same file
                    continue
                if stamp.size != file.size or stamp.mtime != file.mtime or stamp.witness not in (0, file.ctime):
                    others[path] = file
                    continue
                row.holding.append(n)
                if post is not None:
                    self.posts.append(post)
                if problems:
                    self.problems += problems
                if stamp.hash:
                    self.hashes[path] = stamp.hash
            self._rows.append(row)
        return tuple(sorted(others.values(), key=operator.attrgetter("path")))

    def _remembered(self) -> Iterator[_Row]:
        rows = () if self._stale else self._base.execute("SELECT id, sum, stamps, said FROM facts")
        for id_, sum_, stamps, briefs in rows:
            if not is_sound(sum_, stamps, briefs):
                raise DamagedError("what files said is not what was written")
            said = Said(_decode_said(briefs))
            said.rest = functools.partial(self._rest, id_, sum_)
            yield _Row(id_, _decode_stamps(stamps), said, [])

    def _rest(self, id_: int, sum_: int) -> bytes:
        """Fetch the rest of a row that had this sum."""
        found = self._base.execute("SELECT sum, rest_sum, rest FROM facts WHERE id = ?", (id_,)).fetchone()
        if found is None or found[0] != sum_:
            raise OvertakenError("another run put what files said elsewhere")
        if not is_sound(*found[1:]):
            raise DamagedError("what files said is not what was written")
        rest: bytes = found[2]
        return rest

    def learn(self, made: Iterable[tuple[Sequence[Seen], Said]], began: int) -> None:
        """Take and keep what files said: files as they were seen before they were read, with it.

        `began` is when the look at the files began (nanoseconds since 1970).
        """
        for files, said in made:
            stamps = [Stamp(file.path, file.size, file.mtime, file.witness(began), b"") for file in files]
            for file, (post, problems) in zip(files, said, strict=True):
                if post is not None:
                    if post.path is not file.path:
                        share(post, file.path)
                    self.posts.append(post)
                self.problems += problems
            self._learnt.append((stamps, said))
            self.learnt += len(stamps)
        self._places.clear()

    def whole(self, post: Brief) -> Post:
        """Return a post with all that its file said; it is one that was matched or learnt.

        Raises `OvertakenError` when another run put what it said elsewhere.
        """
        if isinstance(post, Post):
            return post
        if not self._places:
            rows = [(row.stamps[n].path, (row.said, n)) for row in self._rows for n in row.holding]
            learnt = [(stamp.path, (said, n)) for stamps, said in self._learnt for n, stamp in enumerate(stamps)]
            self._places = dict([*rows, *learnt])
        said, n = self._places[post.path]
        return said.whole_of(post, n)

    def hashed(self, path: str, hash_: bytes) -> None:
        """Keep the `content_hash` of a file."""
        self.hashes[path] = self._hashed[path] = hash_

    def put(self) -> None:
        """Put what was learnt, which takes a while, before the run is kept: it stands from then on."""
        if self._ready or not (self.changed or self._stale):
            return
        self._ready = True
        old = [  # rows of which something does not hold any more, or that have room
            row
            for row in self._rows
            if len(row.holding) < CHUNK or not self._hashed.keys().isdisjoint([stamp.path for stamp in row.stamps])
        ]
        chunks = [chunk for chunk in self._learnt if len(chunk[0]) == CHUNK]
        few = [(row.stamps[n], row.said, n) for row in old for n in row.holding]
        few += [(stamp, said, n) for some, said in self._learnt if len(some) < CHUNK for n, stamp in enumerate(some)]
        for start in range(0, len(few), CHUNK):
            some = few[start : start + CHUNK]
            chunks.append(([stamp for stamp, _, _ in some], Said([said.whole(n) for _, said, n in some])))
        self._base.execute("DELETE FROM facts WHERE ?", (self._stale,))
        self._base.executemany("DELETE FROM facts WHERE id = ?", [(row.id,) for row in old])
        self._base.executemany(
            "INSERT INTO facts(sum, stamps, said, rest_sum, rest) VALUES(?, ?, ?, ?, ?)",
            (self._encoded(*chunk) for chunk in chunks),
        )

    def _encoded(self, stamps: list[Stamp], said: Said) -> tuple[int, bytes, bytes, int, bytes]:
        stood, (briefs, rest) = _encode([*map(self._with_hash, stamps)]), said.encoded()
        return sum_of(stood, briefs), stood, briefs, sum_of(rest), rest

    def _with_hash(self, stamp: Stamp) -> Stamp:
        hash_ = self._hashed.get(stamp.path)
        return Stamp(stamp.path, stamp.size, stamp.mtime, stamp.witness, hash_) if hash_ else stamp
