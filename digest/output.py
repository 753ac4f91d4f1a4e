"""The output folder in one run: what is made only when what it is made from has changed."""

import functools
import os
from collections import deque
from collections.abc import Callable, Iterable

from digest import publish
from digest.config import Config
from digest.index import Index
from digest.publish import File, State
from digest.workers import Crew

_AHEAD = 16_000_000  # bytes of pieces that are held before they are written
_TOGETHER = 24  # files that one process writes at once
_ON_THEIR_WAY = 8  # times so many that are held until they stand


class Output:
    """Writes files below the output folder and counts. Paths are relative to it, with forward slashes."""

    def __init__(self, config: Config, index: Index, crew: Crew) -> None:
        self._folder = config.root / config.site.output
        self._index = index
        self._crew = crew
        self._files: list[File] = []  # put and not yet on their way
        self._sources: list[bytes] = []  # what each is made from
        self._held = 0  # bytes of them
        self._writing: deque[tuple[list[File], list[bytes], Callable[[], list[State]]]] = deque()
        self.states: dict[str, tuple[int, int]] = {}  # of what was put, by path: size in bytes, mtime in nanoseconds
        self.written: list[str] = []
        self.unchanged = 0

    def put(self, path: str, source: bytes, make: Callable[[], Iterable[bytes]]) -> None:
        """Write the pieces that `make` returns, unless the file is still what `source`, a fingerprint, made before.

        It stands after the next `flush`. Raises `WriteError` when it can not be written, or one before it could not.
        """
        state = self.states[path] = _state(f"{self._folder}/{path}")
        known = self._index.output(path)
        if known is not None and known == (source, *state):
            self.unchanged += 1
            return
        pieces = tuple(make())
        self._files.append(File(path, pieces))
        self._sources.append(source)
        self._held += sum(map(len, pieces))
        if len(self._files) >= _TOGETHER or self._held >= _AHEAD:
            self._write()

    def _write(self) -> None:
        """Have the files written that are not on their way."""
        if self._files:
            work = functools.partial(publish.write_many, self._folder)
            self._writing.append((self._files, self._sources, self._crew.share(work, self._files)))
        self._files, self._sources, self._held = [], [], 0
        if len(self._writing) > _ON_THEIR_WAY:
            self._settle()

    def _settle(self) -> None:
        """Wait for the files that have been on their way longest."""
        files, sources, states = self._writing.popleft()
        for (path, _), source, (changed, size, mtime) in zip(files, sources, states(), strict=True):
            if changed or self.states[path] != (size, mtime):  # written by a process that was killed before it said so
                self.written.append(path)
            else:
                self.unchanged += 1
            self.states[path] = size, mtime
            self._index.wrote(path, source, size, mtime)

    def flush(self) -> None:
        """Wait until all that was put stands on the disk. Raises `WriteError` when something can not be written."""
        self._write()
        while self._writing:
            self._settle()
        publish.rest()

    def sweep(self) -> tuple[str, ...]:
        """Remove what earlier runs put and this one did not, such as the feed of a tag that is gone; return its paths.

        A file that somebody changed since is left alone, and so is every edition.
        """
        removed = []
        for path, (_, *state) in self._index.outputs().items():
            if path not in self.states and not path.startswith("editions/"):
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
