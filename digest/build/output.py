"""The output folder in one run: a file is made only when what it is made from has changed."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec
from msgspec import Struct

from digest import files
from digest.cache.store import Store
from digest.config.schema import Config

_KIND = "outputs"


class WrittenFile(Struct, frozen=True, array_like=True):
    """How an output file stood when it was written: what it was made from, `size` in bytes, `mtime` in nanoseconds."""

    source: bytes
    size: int
    mtime: int


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(WrittenFile)


class Output:
    """Writes files below the output folder and counts. Paths are relative to it, with forward slashes."""

    def __init__(self, config: Config, store: Store) -> None:
        self._folder = config.root / config.site.output
        self._store = store
        self._known = dict(_known_files(store))
        self.files: dict[str, WrittenFile] = {}  # those that this run put, by path
        self.written: list[str] = []
        self.unchanged = 0

    def is_current(self, path: str, source: bytes) -> bool:
        """Return whether the file is still what `source`, a fingerprint, made in an earlier run."""
        known = self._known.get(path)
        return known is not None and known.source == source and known == _stands(self._folder / path, source)

    def put(self, path: str, source: bytes, make: Callable[[], Iterable[bytes]]) -> None:
        """Write the pieces that `make` returns, unless the file is current. Raises `WriteError`."""
        if self.is_current(path, source):
            self.files[path] = self._known[path]
            self.unchanged += 1
            return
        # Feeds and pages can be made again, so a power failure may take them: only a kill must leave them whole.
        if files.write(self._folder, path, b"".join(make()), flush=False):
            self.written.append(path)
        else:
            self.unchanged += 1
        stands = _stands(self._folder / path, source)
        if stands is not None:
            self.files[path] = stands
            self._store.put(_KIND, path.encode(), _encoder.encode(stands))

    def remove_others(self) -> tuple[str, ...]:
        """Remove what earlier runs put and this one did not, such as the feed of a tag that is gone; return its paths.

        A file that somebody changed since is left alone, and so is every edition.
        """
        removed = []
        for path, known in self._known.items():
            if path in self.files or path.startswith("editions/"):
                continue
            if _stands(files.locate(self._folder, path), known.source) == known:
                files.remove(self._folder, path)
                removed.append(path)
            self._store.drop(_KIND, path.encode())
        return tuple(removed)


def _known_files(store: Store) -> Iterable[tuple[str, WrittenFile]]:
    for name, value in store.items(_KIND):
        try:
            yield name.decode(), _decoder.decode(value)
        except msgspec.DecodeError:  # an older version of this program wrote it
            store.drop(_KIND, name)


def _stands(file: Path, source: bytes) -> WrittenFile | None:
    """Return how a file stands that `source` made; None when there is none."""
    try:
        status = os.lstat(file)
    except OSError:
        return None
    return WrittenFile(source, status.st_size, status.st_mtime_ns)
