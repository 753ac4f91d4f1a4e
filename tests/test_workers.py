"""Work spread over processes comes back in order, also when a worker is killed."""

import os
import signal
from collections.abc import Sequence

from digest.workers import executor, spread


def double(items: Sequence[int]) -> list[int]:
    return [2 * item for item in items]


PARENT = os.getpid()


def die_in_a_worker(items: Sequence[int]) -> list[int]:
    if os.getpid() != PARENT and 777 in items:
        os.kill(os.getpid(), signal.SIGKILL)
    return double(items)


def test_results_come_in_order() -> None:
    items = list(range(2_000))
    with executor(2) as give:
        assert list(spread(give(len(items)), double, items)) == double(items)
    assert list(spread(None, double, items)) == double(items)


def test_little_work_starts_no_processes() -> None:
    with executor(4) as give:
        assert give(10) is None
    with executor(1) as give:
        assert give(100_000) is None


def test_a_killed_worker_costs_a_retry_not_the_build() -> None:
    items = list(range(2_000))
    with executor(2) as give:
        assert list(spread(give(len(items)), die_in_a_worker, items)) == double(items)
