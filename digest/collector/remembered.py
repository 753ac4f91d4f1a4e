"""What content files said in the last run, in the cache: a file that stands as it did is not read again."""

from collections.abc import Iterable

import msgspec
from msgspec import Struct

from digest.cache.store import Store
from digest.collector.post import Post
from digest.collector.scan import SeenFile, Stamp
from digest.problems import Problem

_KIND = "files"


class ReadFile(Struct, frozen=True, array_like=True, gc=False):
    """What one file said: its post, unless something is wrong with it, and the problems."""

    post: Post | None
    problems: tuple[Problem, ...]


class _Row(Struct, frozen=True, array_like=True, gc=False):
    reading: bytes  # the fingerprint of what decides how files are read
    stamp: Stamp
    file: ReadFile


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Row)


def recall(store: Store, reading: bytes, files: Iterable[SeenFile]) -> dict[str, ReadFile]:
    """Return what is remembered of those of `files` that stand as they did, by path; forget what it says of others.

    `reading` is the fingerprint of all that decides what a file says.
    """
    stamps = {file.path: file.stamp for file in files}
    known: dict[str, ReadFile] = {}
    for name, value in store.items(_KIND):
        row = _decode(value)
        path = name.decode("utf-8", "surrogateescape")
        if path not in stamps:
            store.drop(_KIND, name)
        elif row is not None and row.reading == reading and row.stamp == stamps[path]:
            known[path] = row.file
    return known


def remember(store: Store, reading: bytes, file: SeenFile, said: ReadFile, *, looked_at: int) -> None:
    """Keep what a file said, unless it changed too shortly before the look that began at `looked_at` (nanoseconds)."""
    if file.stamp is None or not file.stamp.is_settled(looked_at):
        return
    name = file.path.encode("utf-8", "surrogateescape")
    store.put(_KIND, name, _encoder.encode(_Row(reading, file.stamp, said)))


def _decode(value: bytes) -> _Row | None:
    try:
        return _decoder.decode(value)
    except msgspec.DecodeError:  # an older version of this program wrote it
        return None
