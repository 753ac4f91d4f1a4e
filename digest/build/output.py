"""The output folder in one run: what is made only when what it is made from has changed."""

import os
from collections import deque
from collections.abc import Callable, Iterable

from digest import files as publish
from digest.cache.store import Index
from digest.config.schema import Config
from digest.files import Part, State
from digest.pool import Crew
from digest.problems import WriteError

_TOGETHER = 24  # files that one process puts in their places at once
_ON_THEIR_WAY = 16  # times so many that are waited for at the end only


class Output:
    """Writes files below the output folder and counts. Paths are relative to it, with forward slashes."""

    def __init__(self, config: Config, index: Index, crew: Crew) -> None:
        self._folder = config.root / config.site.output
        self._index = index
        self._crew = crew
        self._folders: set[str] = set()  # that were looked at
        self._parts: list[Part] = []  # written beside their places and not yet on their way there
        self._placing: deque[tuple[list[Part], Callable[[], list[State]]]] = deque()
        self._sources: dict[str, bytes] = {}  # what each file that is written is made from
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
        self._sources[path] = source
        try:
            part = publish.write_beside(self._folder, path, b"".join(make()), self._folders)
            if isinstance(part, State):
                self._stands(path, part)
                return
            self._parts.append(part)
            if len(self._parts) >= _TOGETHER:
                self.place()
        except WriteError:
            self.flush()  # the others stand
            raise

    def place(self) -> None:
        """Have the files put in their places that are not on their way there."""
        parts, self._parts = self._parts, []
        if parts:
            self._placing.append((parts, self._crew.share(publish.put_in_place, parts)))
        if len(self._placing) > _ON_THEIR_WAY:
            self._settle()

    def _settle(self) -> None:
        """Wait for the files that have been on their way longest."""
        parts, states = self._placing.popleft()
        for part, state in zip(parts, states(), strict=True):
            self._stands(part.path, state)

    def _stands(self, path: str, state: State) -> None:
        changed, size, mtime = state
        if changed:
            self.written.append(path)
        else:
            self.unchanged += 1
        self.states[path] = size, mtime
        self._index.wrote(path, self._sources[path], size, mtime)

    def flush(self) -> None:
        """Wait until all that was put stands on the disk. Raises `WriteError` when something can not be written."""
        self.place()
        refused: WriteError | None = None
        while self._placing:
            try:
                self._settle()
            except WriteError as error:
                refused = refused or error
        publish.rest()
        if refused:
            raise refused

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
