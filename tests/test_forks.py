"""Forked processes: what they make comes back whole, in whatever order it is asked for, also when they end early."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, Future
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

if sys.platform != "linux":
    pytest.skip("only Linux forks here", allow_module_level=True)

from digest.pool import Crew
from digest.pool_forks import Forks

HERE = os.getpid()


def repeated(word: bytes, times: int) -> bytes:
    return word * times


def who(seconds: float = 0) -> int:
    time.sleep(seconds)
    return os.getpid()


def doers(items: Sequence[int]) -> list[int]:
    return [os.getpid()] * len(items)


def die(*_: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def fail() -> None:
    raise ValueError("not here")


def die_after(sign: Path) -> None:
    while not sign.exists():
        time.sleep(0.01)
    die()


def leave() -> None:
    sys.exit(3)


def fail_unspeakably() -> None:
    raise ValueError(lambda: None)


def handles() -> list[str]:
    return sorted(os.listdir("/proc/self/fd"))  # noqa: PTH208 -- pathlib takes a handle itself


SIZES = st.sampled_from([0, 1, 7, 8, 9, 65_536, 1_048_576, 3_000_000])


@settings(max_examples=25)
@given(
    st.lists(st.tuples(SIZES, st.integers(1, 3)), max_size=12),
    st.lists(st.tuples(st.sampled_from(["done", "cancel", "result"]), st.integers(0, 11)), max_size=20),
    st.integers(1, 3),
)
def test_what_is_asked_for_comes_back_whatever_its_size_and_whenever_it_is_asked_for(
    sizes: list[tuple[int, int]], asked: list[tuple[str, int]], processes: int
) -> None:
    before = handles()
    forks = Forks(processes)
    jobs = [forks.submit(repeated, os.urandom(1) * size, times=times) for size, times in sizes]
    for what, n in asked:
        if n < len(jobs) and not jobs[n].cancelled():
            getattr(jobs[n], what)()
    for job, (size, times) in zip(jobs, sizes, strict=True):
        if not job.cancelled():
            assert len(job.result()) == size * times
    forks.shutdown()
    assert handles() == before


def test_several_processes_share_the_work_and_none_of_it_is_done_here() -> None:
    with Forks(3) as forks:
        found = {job.result() for job in [forks.submit(who, 0.05) for _ in range(12)]}
    assert len(found) == 3
    assert HERE not in found


def test_what_was_cancelled_is_not_done(tmp_path: Path) -> None:
    with Forks(1) as forks:
        jobs = [forks.submit(who, 0.01) for _ in range(10)]
        late = forks.submit(os.mkdir, tmp_path / "late")
        assert late.cancel()
        assert not jobs[0].cancel()
        assert {job.result() for job in jobs} == {jobs[0].result()}
    assert list(tmp_path.iterdir()) == []


def test_what_was_not_begun_is_cancelled_by_the_end() -> None:
    with Forks(1) as forks:
        jobs = [forks.submit(who, 0.01) for _ in range(20)]
    assert jobs[-1].cancelled()


def test_an_error_is_told_and_the_process_goes_on() -> None:
    with Forks(1) as forks:
        bad, good = forks.submit(fail), forks.submit(who)
        with pytest.raises(ValueError, match="not here"):
            bad.result()
        assert good.result() != HERE


@pytest.mark.parametrize("deed", [die, leave, fail_unspeakably])
def test_work_of_a_process_that_ended_is_broken_off_and_the_others_go_on(deed: Callable[[], None]) -> None:
    with Forks(2) as forks:
        first = forks.submit(who, 0.5)
        bad = forks.submit(deed)
        with pytest.raises(BrokenExecutor):
            bad.result()
        rest = [forks.submit(who) for _ in range(10)]
        assert {job.result() for job in rest} == {first.result()}


def test_when_no_process_is_left_nothing_waits_for_one(tmp_path: Path) -> None:
    forks = Forks(1)
    jobs: list[Future[Any]] = [forks.submit(die_after, tmp_path / "last"), *(forks.submit(who) for _ in range(10))]
    (tmp_path / "last").touch()
    for job in jobs:
        with pytest.raises(BrokenExecutor):
            job.result()
    with pytest.raises(BrokenExecutor, match="no process is left"):
        forks.submit(who)
    forks.shutdown()


def test_where_there_is_no_room_for_a_process_all_is_done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> int:
        raise BlockingIOError("no more processes")

    before = handles()
    monkeypatch.setattr(os, "fork", refuse)
    with pytest.raises(BrokenExecutor), Forks(2) as forks:
        forks.submit(who)
    with Crew(2) as crew:
        found = [made for _, several in crew.spread("x", doers, [0] * 1_000) for made in several]
    assert found == [HERE] * 1_000
    assert handles() == before


def test_a_result_is_waited_for_as_long_as_was_said() -> None:
    with Forks(1) as forks:
        job = forks.submit(who, 0.3)
        with pytest.raises(TimeoutError):
            job.result(timeout=0.01)
        assert job.result() != HERE


def test_the_processes_end_when_theirs_is_killed() -> None:
    script = (
        "import time; from digest.pool_forks import Forks; from tests.test_forks import who\n"
        "forks = Forks(3); jobs = [forks.submit(who, 0.05) for _ in range(6)]\n"
        "print(*{job.result() for job in jobs}, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout
        found = [int(text) for text in run.stdout.readline().split()]
        run.kill()
    assert len(found) == 3
    deadline = time.monotonic() + 10
    while any(_lives(process) for process in found) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not any(_lives(process) for process in found)


def _lives(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")")[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
