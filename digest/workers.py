"""Spreading work over processes: the order and the bytes of what comes back never depend on it."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future
from contextlib import contextmanager
from typing import TypeVar

Item = TypeVar("Item")
Made = TypeVar("Made")

CHUNK = 200  # items handed over at once
_PAYS = 600  # items below which starting processes costs more than it saves


@contextmanager
def executor(jobs: int) -> Iterator[Callable[[int], Executor | None]]:
    """Yield a function that gives the executor for an amount of work, None when it does not pay.

    `jobs` is the number of processes; 0 is one a core. The processes are started when first asked for.
    """
    started: list[Executor] = []
    count = jobs or os.cpu_count() or 1

    def give(items: int) -> Executor | None:
        if count < 2 or items < _PAYS:
            return None
        if not started:
            from concurrent.futures import ProcessPoolExecutor

            started.append(ProcessPoolExecutor(count))
        return started[0]

    try:
        yield give
    finally:
        for each in started:
            each.shutdown(cancel_futures=True)


def spread(
    pool: Executor | None, work: Callable[[Sequence[Item]], list[Made]], items: Sequence[Item]
) -> Iterator[Made]:
    """Yield what `work` makes of `items`, in their order, a chunk at a time through `pool`, or here without one.

    `work` gives one result an item. A chunk whose worker was killed is done here instead.
    """
    chunks = [items[start : start + CHUNK] for start in range(0, len(items), CHUNK)]
    if pool is None:
        for chunk in chunks:
            yield from work(chunk)
        return
    waiting: list[tuple[Sequence[Item], Future[list[Made]] | None]] = []
    for chunk in chunks:
        try:
            waiting.append((chunk, pool.submit(work, chunk)))
        except BrokenExecutor:
            waiting.append((chunk, None))
    for chunk, future in waiting:
        try:
            made = future.result() if future else work(chunk)
        except BrokenExecutor:
            made = work(chunk)
        yield from made
