"""Sites handed over to executors, in tasks of about a second; those of a process that was killed are tried again."""

import hashlib
import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from contextlib import ExitStack

from msgspec import Struct

from digest.cli.executors import ExecutorFactory
from digest.cli.site_work import SiteResult, killed

ATTEMPTS = 3  # at a site whose process was killed
SECONDS = 1.0  # of work in a task, at least: then handing it over costs nothing
AHEAD = 2  # tasks that a worker is given at a time
LARGEST = 500  # sites in a task


class Task(Struct, frozen=True):
    """Sites that were handed over together to workers of a machine."""

    machine: str
    sites: tuple[str, ...]


class SiteScheduler:
    """Hands sites over in tasks of about a second, and those of a process that was killed again."""

    def __init__(self, executors: ExecutorFactory, work: Callable[[Sequence[str]], list[SiteResult]]) -> None:
        self._executors = executors
        self._work = work
        self._waiting: dict[str, deque[str]] = {machine: deque() for machine in executors.workers}
        self._running: dict[Future[list[SiteResult]], Task] = {}
        self._tries: dict[str, int] = {}
        self._done, self._seconds = 0, 0.0

    def run(self, sites: Iterable[str]) -> Iterator[SiteResult]:
        """Yield the result of each site, in the order in which they end."""
        for site in sites:
            self._waiting[machine_of(site, self._executors.workers)].append(site)
        while any(self._waiting.values()):
            with ExitStack() as stack:
                executors = {
                    machine: stack.enter_context(self._executors.executor(machine)) for machine in self._waiting
                }
                yield from self._run_until_broken(executors)

    def _run_until_broken(self, executors: Mapping[str, Executor]) -> Iterator[SiteResult]:
        """Yield results until all are there, or a process was killed: its sites are waiting again then."""
        is_broken = False
        while True:
            for machine in () if is_broken else executors:
                self._hand_over(machine, executors[machine])
            if not self._running:
                return
            ended, _ = wait(self._running, return_when=FIRST_COMPLETED)
            for future in ended:
                task = self._running.pop(future)
                if future.exception() is None:
                    yield from self._noted(future.result())
                else:  # a process was killed, and its executor may be of no use any more
                    is_broken = True
                    yield from self._try_again(task)

    def _hand_over(self, machine: str, executor: Executor) -> None:
        """Give the workers of a machine as many tasks as they have room for."""
        waiting = self._waiting[machine]
        while waiting and self._has_room(machine, waiting[0]):
            sites = tuple(waiting.popleft() for _ in range(min(self._size(waiting[0]), len(waiting))))
            self._running[executor.submit(self._work, sites)] = Task(machine, sites)

    def _noted(self, results: list[SiteResult]) -> list[SiteResult]:
        self._done += len(results)
        self._seconds += sum(result.seconds for result in results)
        return results

    def _try_again(self, task: Task) -> Iterator[SiteResult]:
        for site in task.sites:
            self._tries[site] = self._tries.get(site, 0) + 1
            if self._tries[site] < ATTEMPTS:
                self._waiting[task.machine].appendleft(site)
            else:
                yield killed(site, ATTEMPTS)

    def _has_room(self, machine: str, site: str) -> bool:
        """Return whether a site may be handed over: one whose process was killed before is worked on alone."""
        if any(each in self._tries for task in self._running.values() for each in task.sites):
            return False
        if site in self._tries:
            return not self._running
        given = sum(task.machine == machine for task in self._running.values())
        return given < AHEAD * self._executors.workers[machine]

    def _size(self, site: str) -> int:
        """Return how many sites make a task that begins with `site`."""
        if not self._done or site in self._tries:
            return 1
        return max(1, min(LARGEST, round(SECONDS * self._done / max(self._seconds, 0.001))))


def machine_of(site: str, workers: Mapping[str, int]) -> str:
    """Return which of the machines, given with the number of their workers, works on a site.

    Each gets sites in proportion to its workers, and a machine that joins or leaves moves only the sites that it gets
    or had (weighted rendezvous hashing: https://en.wikipedia.org/wiki/Rendezvous_hashing#Weighted_rendezvous_hash).
    """
    return max(workers, key=lambda machine: -workers[machine] / math.log(_fraction(f"{machine} {site}")))


def _fraction(text: str) -> float:
    """Return a number between 0 and 1, both excluded, that depends on a text alone."""
    hashed = hashlib.blake2b(text.encode(errors="surrogateescape"), digest_size=6).digest()
    return (int.from_bytes(hashed, "big") + 0.5) / 2**48
