"""Sites handed over to an executor, in tasks of about a second; those of a process that was killed are tried again."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait

from digest.cli.executors import ExecutorFactory
from digest.cli.site_work import SiteResult, killed

ATTEMPTS = 3  # at a site whose process was killed
SECONDS = 1.0  # of work in a task, at least: then handing it over costs nothing
AHEAD = 2  # tasks that a worker is given at a time
LARGEST = 500  # sites in a task


class SiteScheduler:
    """Hands sites over in tasks of about a second, and those of a process that was killed again."""

    def __init__(self, executors: ExecutorFactory, work: Callable[[Sequence[str]], list[SiteResult]]) -> None:
        self._executors = executors
        self._work = work
        self._tries: dict[str, int] = {}
        self._done, self._seconds = 0, 0.0

    def run(self, sites: Sequence[str]) -> Iterator[SiteResult]:
        """Yield the result of each site, in the order in which they end."""
        waiting = deque(sites)
        while waiting:
            with self._executors.executor() as executor:
                yield from self._run_until_broken(executor, waiting)

    def _run_until_broken(self, executor: Executor, waiting: "deque[str]") -> Iterator[SiteResult]:
        """Yield results until all are there, or a process was killed: its sites are in `waiting` again then."""
        running: dict[Future[list[SiteResult]], list[str]] = {}
        is_broken = False
        while running or (waiting and not is_broken):
            while waiting and not is_broken and self._has_room(running, waiting[0]):
                task = [waiting.popleft() for _ in range(min(self._size(waiting[0]), len(waiting)))]
                running[executor.submit(self._work, task)] = task
            ended, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in ended:
                task = running.pop(future)
                if future.exception() is None:
                    yield from self._noted(future.result())
                else:  # a process was killed, and its executor may be of no use any more
                    is_broken = True
                    yield from self._try_again(task, waiting)

    def _noted(self, results: list[SiteResult]) -> list[SiteResult]:
        self._done += len(results)
        self._seconds += sum(result.seconds for result in results)
        return results

    def _try_again(self, task: Sequence[str], waiting: "deque[str]") -> Iterator[SiteResult]:
        for site in task:
            self._tries[site] = self._tries.get(site, 0) + 1
            if self._tries[site] < ATTEMPTS:
                waiting.appendleft(site)
            else:
                yield killed(site, ATTEMPTS)

    def _has_room(self, running: Mapping[Future[list[SiteResult]], list[str]], site: str) -> bool:
        """Return whether a site may be handed over: one whose process was killed before is worked on alone."""
        is_alone = any(each in self._tries for task in running.values() for each in task)
        most = 1 if site in self._tries else AHEAD * self._executors.workers
        return not is_alone and len(running) < most

    def _size(self, site: str) -> int:
        """Return how many sites make a task that begins with `site`."""
        if not self._done or site in self._tries:
            return 1
        return max(1, min(LARGEST, round(SECONDS * self._done / max(self._seconds, 0.001))))
