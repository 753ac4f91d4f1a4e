"""Spreading work over processes. Results come in the order of the items, whoever made them."""

import itertools
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor
from types import TracebackType
from typing import Self, TypeVar

Item = TypeVar("Item")
Made = TypeVar("Made")
Progress = Callable[[str, int, int], None]  # the stage, how many items are done, of how many

CHUNK = 64  # items that are handed to a process together
WORTH_STARTING = 400  # items below which starting processes costs more than it saves


def no_progress(stage: str, done: int, total: int) -> None:
    """Show nothing."""


class WorkerPool:
    """Processes that share the work of one run, started when there is enough of it. Use as a context manager."""

    def __init__(self, jobs: int = 0, *, executor: Executor | None = None, progress: Progress = no_progress) -> None:
        """Use as many as `jobs` processes (0: one a core; 1: work in this process only).

        `executor`, when given, does the work instead and is left open. `progress` is called after each item.
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
        """Yield what `work` makes of each item, in order; `work`, items and results must be picklable.

        `stage` names the work for `progress`. What a killed process should have made is made in this one.
        """
        for done, made in enumerate(self._results(work, items), 1):
            self._progress(stage, done, len(items))
            yield made

    def _results(self, work: Callable[[Item], Made], items: Sequence[Item]) -> Iterator[Made]:
        executor = self._executor_for(len(items))
        if executor is None:
            yield from map(work, items)
            return
        done = 0
        try:
            for made in executor.map(work, items, chunksize=CHUNK):
                yield made
                done += 1
        except BrokenExecutor:
            yield from map(work, itertools.islice(items, done, None))

    def _executor_for(self, count: int) -> Executor | None:
        if self._executor is not None:
            return self._executor
        if self._jobs == 1 or count <= CHUNK:
            return None
        if self._own is None and count >= WORTH_STARTING:
            self._own = _start_processes(self._jobs)
        return self._own


def _start_processes(jobs: int) -> Executor:
    """Start processes: by fork, which is quick, unless another thread could hold a lock just then."""
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    alone = threading.active_count() == 1
    method = "fork" if sys.platform == "linux" and alone else "spawn"
    return ProcessPoolExecutor(
        jobs,
        mp_context=multiprocessing.get_context(method),
        initializer=_end_with_parent,
        initargs=(os.getpid(),),
    )


def _end_with_parent(parent: int) -> None:
    """End this process soon after `parent` was killed: it would wait for work for ever, and hold the site's lock."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)  # from a thread nothing else ends the process, whose main thread waits for the killed parent

    threading.Thread(target=watch, daemon=True).start()


ALONE = WorkerPool(1)
