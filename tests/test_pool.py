"""Work spread over processes comes back whole and in order, also when a worker is killed."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest

from digest.pool import ALONE, WORTH_STARTING, WorkerPool

PARENT = os.getpid()
MAX_LOOKS = 1_200  # a minute of looking; the processes end within a second


def double(item: int) -> int:
    return 2 * item


def who(item: int) -> int:
    del item
    return os.getpid()


def die_in_a_worker(item: int) -> int:
    if os.getpid() != PARENT and item == 777:
        os.kill(os.getpid(), signal.SIGKILL)
    return double(item)


def fail(item: int) -> int:
    raise ValueError(f"no {item}")


def test_results_come_in_order_and_progress_is_told_of_each() -> None:
    items = range(2_000)
    told: list[tuple[str, int, int]] = []
    with WorkerPool(2, progress=lambda *step: told.append(step)) as pool:
        assert list(pool.map("doubling", double, items)) == [2 * item for item in items]
    assert told == [("doubling", done, 2_000) for done in range(1, 2_001)]
    assert list(ALONE.map("doubling", double, items)) == [2 * item for item in items]


def test_little_work_is_done_in_this_process_and_much_is_not() -> None:
    with WorkerPool(2) as pool:
        assert set(pool.map("x", who, range(10))) == {PARENT}
        assert PARENT not in set(pool.map("x", who, range(WORTH_STARTING)))
        assert PARENT not in set(pool.map("x", who, range(WORTH_STARTING - 1)))  # others run by now
    assert set(WorkerPool(1).map("x", who, range(1_000))) == {PARENT}


def test_an_executor_from_outside_does_all_the_work_and_is_left_open() -> None:
    with ProcessPoolExecutor(1) as outside:
        with WorkerPool(executor=outside) as pool:
            assert PARENT not in set(pool.map("x", who, range(10)))
        assert outside.submit(double, 1).result() == 2
    with ThreadPoolExecutor(2) as threads, WorkerPool(executor=threads) as pool:
        assert list(pool.map("x", double, range(500))) == [2 * item for item in range(500)]


def test_a_killed_worker_costs_a_retry_not_the_build() -> None:
    items = range(2_000)
    with WorkerPool(2) as pool:
        assert list(pool.map("doubling", die_in_a_worker, items)) == [2 * item for item in items]
        assert list(pool.map("doubling", double, items)) == [2 * item for item in items]


def test_an_error_of_the_work_is_raised_here() -> None:
    with WorkerPool(2) as pool, pytest.raises(ValueError, match="no 0"):
        list(pool.map("failing", fail, range(1_000)))


@pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux only")
def test_no_process_is_forked_while_another_thread_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    forks: list[int] = []

    def fork() -> int:
        forks.append(threading.active_count())
        raise OSError

    monkeypatch.setattr(os, "fork", fork)
    stop = threading.Event()
    other = threading.Thread(target=stop.wait)
    other.start()
    try:
        with WorkerPool(2) as pool:
            assert list(pool.map("x", double, range(500))) == [2 * item for item in range(500)]
    finally:
        stop.set()
        other.join()
    assert forks == []


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")
def test_the_processes_end_when_theirs_is_killed() -> None:
    script = """
        import os, sys, time
        from digest.pool import WorkerPool
        def who(item):
            time.sleep(0.001)
            return os.getpid()
        with WorkerPool(2) as pool:
            print(*set(pool.map("x", who, range(500))), flush=True)
            time.sleep(60)
    """
    root = Path(__file__).parents[1]
    command = [sys.executable, "-c", textwrap.dedent(script)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as running:
        assert running.stdout is not None
        workers = [int(pid) for pid in running.stdout.readline().split()]
        running.kill()
    assert workers
    looks = 0
    while any(_runs(pid) for pid in workers) and looks < MAX_LOOKS:
        threading.Event().wait(0.05)
        looks += 1
    left = [pid for pid in workers if _runs(pid)]
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert left == []


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
