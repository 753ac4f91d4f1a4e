"""The cache of content files read in earlier runs: an unchanged file is not read again."""

from collections.abc import Iterable

import msgspec
from msgspec import Struct

from digest.cache.store import Store, decode
from digest.collector.post import Post
from digest.collector.scan import SeenFile, Stamp
from digest.problems import Problem

_KIND = "files"


class ReadFile(Struct, frozen=True, array_like=True, gc=False):
    """The result of reading one file: its post, None when a problem is an error, and the problems."""

    post: Post | None
    problems: tuple[Problem, ...]


class _Row(Struct, frozen=True, array_like=True, gc=False):
    reading: bytes  # `collect.reading_fingerprint`
    stamp: Stamp
    file: ReadFile


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Row)


def recall(store: Store, reading: bytes, files: Iterable[SeenFile]) -> dict[str, ReadFile]:
    """Return the cached results of unchanged `files` by path, and delete those of files that are gone.

    `reading` is the fingerprint of the settings that affect reading.
    """
    stamps = {file.path: file.stamp for file in files}
    known: dict[str, ReadFile] = {}
    for name, value in store.items(_KIND):
        row = decode(_decoder, value)
        path = name.decode("utf-8", "surrogateescape")
        if path not in stamps:
            store.drop(_KIND, name)
        elif row is not None and row.reading == reading and row.stamp == stamps[path]:
            known[path] = row.file
    return known


def remember(store: Store, reading: bytes, file: SeenFile, result: ReadFile, *, looked_at: int) -> None:
    """Cache a file's result, unless it changed too shortly before the scan that began at `looked_at` (nanoseconds)."""
    if file.stamp is None or not file.stamp.is_settled(looked_at):
        return
    name = file.path.encode("utf-8", "surrogateescape")
    store.put(_KIND, name, _encoder.encode(_Row(reading, file.stamp, result)))
