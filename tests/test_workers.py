"""Work spread over processes comes back whole, each result with its place, also when a worker is killed."""

import os
import signal
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from types import SimpleNamespace

import pytest

from digest.pool import ALONE, CHUNK, Crew


def double(items: Sequence[int]) -> list[int]:
    return [2 * item for item in items]


def who(items: Sequence[int]) -> list[int]:
    return [os.getpid()] * len(items)


PARENT = os.getpid()


def die_in_a_worker(items: Sequence[int]) -> list[int]:
    if os.getpid() != PARENT and 777 in items:
        os.kill(os.getpid(), signal.SIGKILL)
    return double(items)


def ordered(results: Iterable[tuple[int, list[int]]]) -> list[int]:
    made: list[int] = []
    for first, several in sorted(results):
        assert first == len(made)
        made += several
    return made


@pytest.fixture(params=["linux", "another"])
def system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the others be those of Linux, and those of every other system."""
    monkeypatch.setattr("digest.pool.sys", SimpleNamespace(platform=request.param))


@pytest.mark.usefixtures("system")
def test_results_come_with_their_places_and_are_told_of() -> None:
    items = list(range(2_000))
    told: list[tuple[str, int, int]] = []
    with Crew(2, tick=lambda *told_of: told.append(told_of)) as crew:
        assert ordered(crew.spread("doubling", double, items)) == double(items)
    assert ordered(ALONE.spread("doubling", double, items)) == double(items)
    dones = [done for _, done, _ in told]
    assert dones == sorted(dones)
    assert len(dones) == -(-2_000 // CHUNK)
    assert told[-1] == ("doubling", 2_000, 2_000)


def test_little_work_stays_here_and_much_goes_elsewhere() -> None:
    with Crew(2) as crew:
        assert set(ordered(crew.spread("x", who, [1] * 10))) == {PARENT}
        assert {PARENT} < set(ordered(crew.spread("x", who, [1] * 100_000)))
    assert set(ordered(Crew(1).spread("x", who, [1] * 1_000))) == {PARENT}


taught: list[int] = []


def learn(items: Sequence[int]) -> list[int]:
    known = len(taught)
    taught.append(items[0])
    return [known] * len(items)


def test_other_processes_begin_with_what_the_first_chunk_taught_this_one() -> None:
    with Crew(2) as crew:
        known = ordered(crew.spread("learning", learn, [1] * 2_000))
    assert known[:CHUNK] == [0] * CHUNK
    assert 0 not in known[CHUNK:]


def test_an_executor_from_outside_is_used_and_left_open() -> None:
    with ProcessPoolExecutor(1) as outside:
        with Crew(executor=outside) as crew:
            assert PARENT not in set(ordered(crew.spread("x", who, [1] * 10)))
        assert outside.submit(double, [1]).result() == [2]


@pytest.mark.usefixtures("system")
def test_a_killed_worker_costs_a_retry_not_the_build() -> None:
    items = list(range(2_000))
    with Crew(2) as crew:
        assert ordered(crew.spread("doubling", die_in_a_worker, items)) == double(items)
        assert ordered(crew.spread("doubling", double, items)) == double(items)


@pytest.mark.usefixtures("system")
def test_shared_work_is_done_by_another_process_when_there_is_one() -> None:
    with Crew(2) as crew:
        assert crew.share(who, [1])() == [PARENT]  # nobody else is there yet
        list(crew.spread("x", double, [1] * 1_000))
        waiting = [crew.share(who, [1] * 3) for _ in range(50)]
        done = [wait() for wait in waiting]
    assert all(len(set(pids)) == 1 and len(pids) == 3 for pids in done)
    assert PARENT not in {pids[0] for pids in done}


def test_shared_work_is_kept_from_an_executor_from_outside() -> None:
    with ProcessPoolExecutor(1) as outside, Crew(executor=outside) as crew:
        assert crew.share(who, [1])() == [PARENT]


@pytest.mark.usefixtures("system")
def test_shared_work_of_a_killed_worker_is_done_here() -> None:
    with Crew(2) as crew:
        list(crew.spread("x", double, [1] * 1_000))
        waiting = [crew.share(die_in_a_worker, [777, n]) for n in range(20)]
        assert [wait() for wait in waiting] == [[1554, 2 * n] for n in range(20)]
