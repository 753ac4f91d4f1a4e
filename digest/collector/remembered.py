"""What each file said, remembered between runs: a table of the index, with a row for each chunk of files.

A run needs all of it, though of most posts only what orders and selects them (`posts.Brief`): the rest stands in a
column of its own at the end of the row, and is fetched with the rest of its chunk when one is wanted as a whole. Both
stand as they came from the process that read the files: nothing is encoded twice. Beside them stands how the files
stood. A chunk's files mostly follow each other in the folders too, so that one comparison tells that all of them stand
as they did. The table has a rowid: rows are large, and beside each other in the order they come in.
"""

import functools
import operator
import sqlite3
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import msgspec

from digest.cache.damage import DamagedError, OvertakenError, is_sound, sum_of
from digest.collector.post import Brief, Post, share
from digest.collector.scan import Seen
from digest.pool import CHUNK
from digest.problems import Problem

TABLE = """
CREATE TABLE IF NOT EXISTS facts(
    id INTEGER PRIMARY KEY, sum INTEGER, files BLOB, marks BLOB, said BLOB, rest_sum INTEGER, rest BLOB
);
"""


class Mark(NamedTuple):
    """What else is known of a file than its size and time.

    `witness` is what `scan.Seen` tells, `hash` is `content_hash`'s, empty while it is not known.
    """

    witness: int
    hash: bytes


class _Marks(NamedTuple):
    """The path of a chunk's first file, and the marks of those that have one, by their place in it."""

    first: str
    by_place: dict[int, Mark]


Stood = tuple[str, int, int]  # path, size and mtime of a file when it was read
One = tuple[Brief | None, tuple[Problem, ...]]  # what one file said: its post, unless it is none or a bad one; problems
Rest = tuple[Any, ...] | None  # what a post has that its brief has not, in order

_BRIEF = Brief.__struct_fields__
_brief_of = operator.attrgetter(*_BRIEF)
_rest_of = operator.attrgetter(*Post.__struct_fields__[len(_BRIEF) :])
_encode = msgspec.msgpack.Encoder().encode
_decode_said = msgspec.msgpack.Decoder(list[One]).decode
_decode_files = msgspec.msgpack.Decoder(list[Stood]).decode
_decode_marks = msgspec.msgpack.Decoder(_Marks).decode


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


class _Chunk(NamedTuple):
    """Files that were read together, with what they said; None for one of which it does not hold any more."""

    files: Sequence[Stood | None]
    marks: dict[int, Mark]
    said: Said


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
        self._learnt: list[_Chunk] = []  # what they said
        self._rows: dict[int, _Chunk] = {}  # what is remembered
        self._hashed: dict[str, bytes] = {}  # what this run found out of files
        self._ready = False  # whether all are put
        self._by_path: dict[str, tuple[Said, int]] = {}

    @property
    def changed(self) -> bool:
        """Whether there is anything to put, but for what is forgotten because all of it is stale."""
        return bool(self.learnt or self._hashed or any(None in chunk.files for chunk in self._rows.values()))

    def match(self, files: Sequence[Seen]) -> list[Seen]:
        """Take what is remembered of `files`, which are by path, as they are now; return all others of them.

        What is remembered of any other file is forgotten when this run is kept.
        """
        paths = [file.path for file in files]
        stand = [(file.path, file.size, file.mtime) for file in files]
        told = bytearray(len(files))  # whether each is: two runs at once may have kept the same
        for row, kept, (first, marks), said in self._remembered():
            begin = bisect_left(paths, first)
            end = begin + len(said)
            if kept == _kept(stand[begin:end]) and not any(told[begin:end]):
                places = [*range(begin, end)]
            else:
                found = [(file, bisect_left(paths, file[0])) for file in _decode_files(kept)]
                places = [at if [file] == stand[at : at + 1] and not told[at] else -1 for file, at in found]
            for n, (witness, hash_) in marks.items():
                if witness and places[n] >= 0 and witness != files[places[n]].ctime:
                    places[n] = -1
                elif hash_ and places[n] >= 0:
                    self.hashes[paths[places[n]]] = hash_
            for at in places:
                if at >= 0:
                    told[at] = True
            self._rows[row] = _Chunk([stand[at] if at >= 0 else None for at in places], marks, said)
            self._add(said if -1 not in places else [one for one, at in zip(said, places, strict=True) if at >= 0])
        return [file for file, known in zip(files, told, strict=True) if not known]

    def _add(self, ones: Sequence[One]) -> None:
        self.posts += [post for post, _ in ones if post is not None]
        self.problems += [problem for _, problems in ones if problems for problem in problems]

    def _remembered(self) -> Iterator[tuple[int, bytes, _Marks, Said]]:
        rows = () if self._stale else self._base.execute("SELECT id, sum, files, marks, said FROM facts")
        for id_, sum_, files, marks, briefs in rows:
            if not is_sound(sum_, files, marks, briefs):
                raise DamagedError("what files said is not what was written")
            said = Said(_decode_said(briefs))
            said.rest = functools.partial(self._rest, id_, sum_)
            yield id_, files, _decode_marks(marks), said

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
            marks = {n: Mark(witness, b"") for n, file in enumerate(files) if (witness := file.witness(began))}
            for file, (post, _) in zip(files, said, strict=True):
                if post is not None and post.path is not file.path:
                    share(post, file.path)
            self._add(said)
            self._learnt.append(_Chunk([(file.path, file.size, file.mtime) for file in files], marks, said))
            self.learnt += len(files)
        self._by_path.clear()

    def whole(self, post: Brief) -> Post:
        """Return a post with all that its file said; it is one that was matched or learnt.

        Raises `OvertakenError` when another run put what it said elsewhere.
        """
        if isinstance(post, Post):
            return post
        if not self._by_path:
            every = (*self._rows.values(), *self._learnt)
            self._by_path = {file[0]: (some.said, n) for some in every for n, file in enumerate(some.files) if file}
        said, n = self._by_path[post.path]
        return said.whole_of(post, n)

    def hashed(self, path: str, hash_: bytes) -> None:
        """Keep the `content_hash` of a file."""
        self.hashes[path] = self._hashed[path] = hash_

    def put(self) -> None:
        """Put what was learnt, which takes a while, before the run is kept: it stands from then on."""
        if self._ready or not (self.changed or self._stale):
            return
        self._ready = True
        hashed = self._hashed.keys() - {file[0] for chunk in self._learnt for file in chunk.files if file}
        old = {row: chunk for row, chunk in self._rows.items() if _has_room(chunk) or (hashed and _has(chunk, hashed))}
        chunks = [chunk for chunk in self._learnt if not _has_room(chunk)]
        few = [*old.values(), *(chunk for chunk in self._learnt if _has_room(chunk))]
        ones = [(file, some.marks.get(n), some.said, n) for some in few for n, file in enumerate(some.files) if file]
        ones.sort(key=operator.itemgetter(0))
        for start in range(0, len(ones), CHUNK):
            files, marks, saids, places = zip(*ones[start : start + CHUNK], strict=True)
            said = Said([said.whole(n) for said, n in zip(saids, places, strict=True)])
            chunks.append(_Chunk(files, {n: mark for n, mark in enumerate(marks) if mark}, said))
        self._base.execute("DELETE FROM facts WHERE ?", (self._stale,))
        self._base.executemany("DELETE FROM facts WHERE id = ?", [(row,) for row in old])
        self._base.executemany(
            "INSERT INTO facts(sum, files, marks, said, rest_sum, rest) VALUES(?, ?, ?, ?, ?, ?)",
            map(self._encoded, chunks),
        )

    def _encoded(self, chunk: _Chunk) -> tuple[int, bytes, bytes, bytes, int, bytes]:
        marks = dict(chunk.marks)
        paths = [file[0] for file in chunk.files if file]
        for n, path in enumerate(paths):
            if hash_ := self._hashed.get(path):
                marks[n] = Mark(marks[n].witness if n in marks else 0, hash_)
        briefs, rest = chunk.said.encoded()
        kept = _encode(chunk.files), _encode(_Marks(paths[0], marks)), briefs
        return sum_of(*kept), *kept, sum_of(rest), rest


def _has_room(chunk: _Chunk) -> bool:
    return len(chunk.files) < CHUNK or None in chunk.files


def _has(chunk: _Chunk, paths: set[str]) -> bool:
    return not paths.isdisjoint([file[0] for file in chunk.files if file])


def _kept(files: Sequence[Stood]) -> bytes:
    """How files stand as a row has it; nothing when one of them has a name that no row has."""
    try:
        return _encode(files)
    except UnicodeEncodeError:
        return b""
