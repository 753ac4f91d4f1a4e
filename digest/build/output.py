"""The output folder in one run: a file is made only when its source has changed."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec
from msgspec import Struct

from digest import files
from digest.cache.store import Store, decode
from digest.config.schema import Config

_KIND = "outputs"


class WrittenFile(Struct, frozen=True, array_like=True):
    """An output file as written: the fingerprint of its `source`, `size` in bytes, `mtime` in nanoseconds."""

    source: bytes
    size: int
    mtime: int


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(WrittenFile)


class Output:
    """Writes and counts files below the output folder. Paths are relative to it, with forward slashes."""

    def __init__(self, config: Config, store: Store) -> None:
        self._folder = config.root / config.site.output
        self._store = store
        self._known = dict(_known_files(store))
        self.files: dict[str, WrittenFile] = {}  # those that this run put, by path
        self.written: list[str] = []
        self.unchanged = 0

    def is_current(self, path: str, source: bytes) -> bool:
        """Return whether the file is unchanged since an earlier run made it from `source`, a fingerprint."""
        known = self._known.get(path)
        return known is not None and known.source == source and known == _file_state(self._folder / path, source)

    def put(self, path: str, source: bytes, make: Callable[[], Iterable[bytes]]) -> None:
        """Write the pieces that `make` returns, unless the file is current. Raises `WriteError`."""
        if self.is_current(path, source):
            self.files[path] = self._known[path]
            self.unchanged += 1
            return
        # No flush: feeds and pages lost to a power failure are made again. A kill still leaves each file complete.
        if files.write(self._folder, path, b"".join(make()), flush=False):
            self.written.append(path)
        else:
            self.unchanged += 1
        state = _file_state(self._folder / path, source)
        if state is not None:
            self.files[path] = state
            self._store.put(_KIND, path.encode(), _encoder.encode(state))

    def remove_others(self) -> tuple[str, ...]:
        """Remove files of earlier runs that this run did not put, such as a removed tag's feed; return their paths.

        A file that was modified since is left alone, and so is every edition.
        """
        removed = []
        for path, known in self._known.items():
            if path in self.files or path.startswith("editions/"):
                continue
            if _file_state(files.locate(self._folder, path), known.source) == known:
                files.remove(self._folder, path)
                removed.append(path)
            self._store.drop(_KIND, path.encode())
        return tuple(removed)


def _known_files(store: Store) -> Iterable[tuple[str, WrittenFile]]:
    for name, value in store.items(_KIND):
        file = decode(_decoder, value)
        if file is None:
            store.drop(_KIND, name)
        else:
            yield name.decode(), file


def _file_state(file: Path, source: bytes) -> WrittenFile | None:
    """Return the state of a file made from `source`; None when it is missing."""
    try:
        status = os.lstat(file)
    except OSError:
        return None
    return WrittenFile(source, status.st_size, status.st_mtime_ns)
