"""A pool of worker processes that returns results in the order of the items."""

import itertools
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Executor

Item = TypeVar("Item")
Made = TypeVar("Made")
Progress = Callable[[str, int, int], None]  # stage, items done, items in total

CHUNK = 64  # items sent to a process at once, at least
CHUNKS = 8  # sent to each process in all; each comes with a copy of what all items share
WORTH_STARTING = 400  # with fewer items, starting processes costs more than it saves


def no_progress(stage: str, done: int, total: int) -> None:
    """Ignore progress."""


class WorkerPool:
    """Worker processes for one run, started on the first large batch. Use as a context manager."""

    def __init__(self, jobs: int = 0, *, executor: "Executor | None" = None, progress: Progress = no_progress) -> None:
        """Use up to `jobs` processes (0: one per core; 1: work in this process only).

        `executor`, when given, is used instead and not shut down. `progress` is called after each item.
        """
        self._jobs = jobs or os.cpu_count() or 1
        self._executor = executor
        self._own: Executor | None = None
        self._progress = progress

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._own is not None:
            self._own.shutdown(cancel_futures=True)
            self._own = None

    def map(self, stage: str, work: Callable[[Item], Made], items: Sequence[Item]) -> Iterator[Made]:
        """Yield `work(item)` for each item, in order; `work`, items and results must be picklable.

        `stage` names the work for `progress`. When a worker process is killed, this process does the remaining work.
        """
        for done, made in enumerate(self._results(work, items), 1):
            self._progress(stage, done, len(items))
            yield made

    def _results(self, work: Callable[[Item], Made], items: Sequence[Item]) -> Iterator[Made]:
        executor = self._executor_for(len(items))
        if executor is None:
            yield from map(work, items)
            return
        from concurrent.futures import BrokenExecutor

        done = 0
        try:
            for made in executor.map(work, items, chunksize=max(CHUNK, len(items) // (self._jobs * CHUNKS))):
                yield made
                done += 1
        except BrokenExecutor:
            yield from map(work, itertools.islice(items, done, None))

    def _executor_for(self, count: int) -> "Executor | None":
        if self._executor is not None:
            return self._executor
        if self._jobs == 1 or count <= CHUNK:
            return None
        if self._own is None and count >= WORTH_STARTING:
            self._own = _start_processes(self._jobs)
        return self._own


def _start_processes(jobs: int) -> "Executor":
    """Return a process pool: by fork, which is fast, unless another thread could hold a lock at that moment."""
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    alone = threading.active_count() == 1
    method = "fork" if sys.platform == "linux" and alone else "spawn"
    return ProcessPoolExecutor(
        jobs,
        mp_context=multiprocessing.get_context(method),
        initializer=end_with_parent,
        initargs=(os.getpid(),),
    )


def end_with_parent(parent: int) -> None:
    """Exit soon after `parent` is killed; otherwise this process would wait forever and keep the site's lock."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)  # sys.exit in a thread ends only the thread

    threading.Thread(target=watch, daemon=True).start()


ALONE = WorkerPool(1)
