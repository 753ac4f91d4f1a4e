"""The output folder in one run: what is made only when what it is made from has changed."""

import os
from collections.abc import Callable

from digest import publish
from digest.config import Config
from digest.index import Index


class Output:
    """Writes files below the output folder and counts. Paths are relative to it, with forward slashes."""

    def __init__(self, config: Config, index: Index) -> None:
        self._folder = config.root / config.site.output
        self._index = index
        self._batch = publish.Batch(self._folder)
        self._put: list[tuple[str, bytes]] = []  # since the last flush
        self.paths: list[str] = []
        self.written: list[str] = []
        self.unchanged = 0

    def put(self, path: str, source: bytes, make: Callable[[], bytes]) -> None:
        """Write what `make` returns, unless the file is still what `source`, a fingerprint, made before.

        It stands after the next `flush`. Raises `WriteError` when it can not be written, or one before it could not.
        """
        self.paths.append(path)
        known = self._index.output(path)
        if known is not None and known == (source, *_state(f"{self._folder}/{path}")):
            self.unchanged += 1
            return
        if self._batch.write(path, make()):
            self.written.append(path)
        else:
            self.unchanged += 1
        self._put.append((path, source))

    def flush(self) -> None:
        """Wait until all that was put stands on the disk. Raises `WriteError` when something can not be written."""
        self._batch.finish()
        for path, source in self._put:
            self._index.wrote(path, source, publish.locate(self._folder, path).stat())
        self._put.clear()

    def sweep(self) -> tuple[str, ...]:
        """Remove what earlier runs put and this one did not, such as the feed of a tag that is gone; return its paths.

        A file that somebody changed since is left alone, and so is every edition.
        """
        removed, put = [], frozenset(self.paths)
        for path, (_, *state) in self._index.outputs().items():
            if path not in put and not path.startswith("editions/"):
                if [*_state(publish.locate(self._folder, path))] == state:
                    publish.remove(self._folder, path)
                    removed.append(path)
                self._index.unwrote(path)
        return tuple(removed)


def _state(target: os.PathLike[str] | str) -> tuple[int, int]:
    try:
        stat = os.lstat(target)
    except OSError:
        return -1, -1
    return stat.st_size, stat.st_mtime_ns
