"""Spreading work over processes: what comes back never depends on it, only when it comes."""

import contextlib
import functools
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future

Item = TypeVar("Item")
Made = TypeVar("Made")
Several = TypeVar("Several", bound=list[Any])
Tick = Callable[[str, int, int], None]  # what is being done, how many are done, of how many

CHUNK = 64  # items handed over at once
_PAYS = 400  # items below which starting processes costs more than it saves


class Crew:
    """Who does the work: this process, and others through one executor. Use as a context manager."""

    def __init__(
        self,
        jobs: int = 1,
        *,
        executor: "Executor | None" = None,
        tick: Tick = lambda _stage, _done, _of: None,
        first: Callable[[], None] = lambda: None,
    ) -> None:
        """Work in `jobs` processes, this one among them, 0 for one a core; they start when there is work that pays.

        `executor` is used instead when it is given, and left open. `tick` is told of every item that is done. `first`
        is called before other processes are forked, which then have what it imports.
        """
        self._jobs = jobs or os.cpu_count() or 1
        self._executor = executor
        self._own: Executor | None = None
        self._tick = tick
        self._first = first

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._own:
            self._own.shutdown(cancel_futures=True)
            self._own = None

    def spread(
        self,
        stage: str,
        work: Callable[[Sequence[Item]], Several],
        items: Sequence[Item],
    ) -> Iterator[tuple[int, Several]]:
        """Yield what `work` makes of some of `items`, one result an item, with the place of the first, as it is made.

        `stage` names the work for people. This process works from the end towards what the others have begun. A chunk
        whose worker was killed is done here instead.
        """
        chunks = [items[start : start + CHUNK] for start in range(0, len(items), CHUNK)]
        done = first = 0
        if self._starts(len(items)):  # the others then have from the fork on what the first chunk taught this one
            made = work(chunks[0])
            done, first = len(made), 1
            self._tick(stage, done, len(items))
            yield 0, made
        pool = self._pool(len(items))
        futures = deque(_handed_over(pool, work, chunks[first:]) if pool else [])
        here: set[int] = set()  # chunks that were made out of turn
        for at, chunk in enumerate(chunks[first:], first):
            # While another makes the next chunk, this process makes the last that nobody has begun.
            while futures and pool is self._own and not futures[0].done() and futures[-1].cancel():
                futures.pop()
                last = at + len(futures)
                here.add(last)
                made = work(chunks[last])
                done += len(made)
                self._tick(stage, done, len(items))
                yield last * CHUNK, made
            if at in here:
                continue
            made = _result(futures.popleft(), work, chunk) if futures else work(chunk)
            done += len(made)
            self._tick(stage, done, len(items))
            yield at * CHUNK, made

    def share(self, work: Callable[[Item], Made], item: Item) -> Callable[[], Made]:
        """Have `work` done by another process, when this crew started one, else here; return what waits for it.

        It is never given to an executor from outside, which may be on another machine.
        """
        if self._own and (futures := _handed_over(self._own, work, [item])):
            return functools.partial(_result, futures[0], work, item)
        made = work(item)
        return lambda: made

    def begin(self, work: Callable[[], Made]) -> Callable[[], Made]:
        """Begin `work` beside this process, when there are other processes; return what waits for what it makes."""
        pool = self._executor or self._own
        futures = _handed_over(pool, _call, [work]) if pool else []
        return functools.partial(_result, futures[0], _call, work) if futures else work

    def _starts(self, items: int) -> bool:
        """Return whether so many items are the first that pay for other processes."""
        return not (self._executor or self._own) and self._jobs > 1 and items >= _PAYS

    def _pool(self, items: int) -> "Executor | None":
        if self._executor or items <= CHUNK:
            return self._executor
        if not self._starts(items):
            return self._own
        self._first()
        if sys.platform == "linux":
            from digest.pool_forks import Forks

            # Forked, the others have at once all that is imported here, and share its memory. No thread runs yet: the
            # first work is reading, before anything is written.
            self._own = Forks(self._jobs - 1)
        else:
            from concurrent.futures import ProcessPoolExecutor

            self._own = ProcessPoolExecutor(self._jobs - 1, initializer=_stay_with, initargs=(os.getpid(),))
        return self._own


def beside(work: Callable[[], bytes]) -> Callable[[], bytes]:
    """Begin `work` in a copy of this process, which must have one thread only; return what waits for what it makes.

    That is empty when `work` failed there, or when the system has no such copies. It takes a few milliseconds, a tenth
    of what it takes to start an executor, which is worth it only for much more work.
    """
    if sys.platform != "linux":
        return bytes
    reading, writing = os.pipe()
    try:
        process = os.fork()
    except OSError:  # no memory, or too many processes
        process = -1
    if process == 0:
        try:
            made = memoryview(work())
            while made:
                made = made[os.write(writing, made) :]
        finally:  # at once, whatever happened: all else is the other's
            os._exit(0)
    os.close(writing)

    def result() -> bytes:
        with open(reading, "rb") as pipe:  # noqa: PTH123 -- a handle is no path
            made = pipe.read()
        if process > 0:
            os.waitpid(process, 0)
        return made

    return result


def _handed_over(pool: "Executor", work: Callable[[Item], Made], items: Sequence[Item]) -> "list[Future[Made]]":
    """The futures of as many items, from the first, as could be handed over."""
    from concurrent.futures import BrokenExecutor  # not at the top: a run with little to do has no pool

    handed: list[Future[Made]] = []
    with contextlib.suppress(BrokenExecutor):  # what is not handed over is done here
        handed += (pool.submit(work, item) for item in items)
    return handed


def _result(future: "Future[Made]", work: Callable[[Item], Made], item: Item) -> Made:
    """What was made of `item`; it is made here when who was to do it is gone."""
    from concurrent.futures import BrokenExecutor

    try:
        return future.result()
    except BrokenExecutor:
        return work(item)


def _call(work: Callable[[], Made]) -> Made:
    return work()


def _stay_with(parent: int) -> None:
    """End this process soon after `parent` was killed: it would hold the site's lock for ever, waiting for work."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


ALONE = Crew()  # this process, telling nobody
