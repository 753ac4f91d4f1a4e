"""Spreading work over processes: the order and the bytes of what comes back never depend on it."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future
from types import TracebackType
from typing import Self, TypeVar

Item = TypeVar("Item")
Made = TypeVar("Made")
Tick = Callable[[str, int, int], None]  # what is being done, how many are done, of how many

CHUNK = 200  # items handed over at once
_PAYS = 600  # items below which starting processes costs more than it saves


class Crew:
    """Who does the work: this process, or others through one executor. Use as a context manager."""

    def __init__(
        self, jobs: int = 1, *, executor: Executor | None = None, tick: Tick = lambda _stage, _done, _of: None
    ) -> None:
        """Work in `jobs` processes, 0 for one a core, started when there is work that pays for them.

        `executor` is used instead when it is given, and left open. `tick` is told of every item that is done.
        """
        self._jobs = jobs or os.cpu_count() or 1
        self._executor = executor
        self._own: Executor | None = None
        self._tick = tick

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._own:
            self._own.shutdown(cancel_futures=True)

    def spread(self, stage: str, work: Callable[[Sequence[Item]], list[Made]], items: Sequence[Item]) -> Iterator[Made]:
        """Yield what `work` makes of `items`, one result an item, in their order; `stage` names it for people.

        A chunk whose worker was killed is done here instead.
        """
        chunks = [items[start : start + CHUNK] for start in range(0, len(items), CHUNK)]
        done = 0
        for chunk, future in self._handed_over(work, chunks, len(items)):
            try:
                made = future.result() if future else work(chunk)
            except BrokenExecutor:
                made = work(chunk)
            done += len(chunk)
            self._tick(stage, done, len(items))
            yield from made

    def _handed_over(
        self, work: Callable[[Sequence[Item]], list[Made]], chunks: Sequence[Sequence[Item]], items: int
    ) -> list[tuple[Sequence[Item], Future[list[Made]] | None]]:
        """Every chunk with its future, None for one that is to be done here."""
        pool = self._pool(items)
        handed: list[tuple[Sequence[Item], Future[list[Made]] | None]] = []
        for chunk in chunks:
            try:
                handed.append((chunk, pool.submit(work, chunk) if pool else None))
            except BrokenExecutor:
                handed.append((chunk, None))
        return handed

    def _pool(self, items: int) -> Executor | None:
        if self._executor or self._jobs < 2 or items < _PAYS:
            return self._executor
        if self._own is None:
            from concurrent.futures import ProcessPoolExecutor

            self._own = ProcessPoolExecutor(self._jobs)
        return self._own


ALONE = Crew()  # this process, telling nobody
