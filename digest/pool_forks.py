"""An executor of forked processes, without the threads and queues that the standard one tends its processes with.

Those take a tenth of a cold build, for they want the interpreter just while this process works too. Here whoever asks
after a result moves the work on: what stands in the pipes is taken out, and as much as is due is put in. Only `result`
waits. A process ends with this one, for nobody else has the other end of its pipe.
"""

import contextlib
import fcntl
import os
import pickle
import select
import struct
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future
from typing import Any, BinaryIO, NamedTuple, ParamSpec, TypeVar

P = ParamSpec("P")
Made = TypeVar("Made")

_AHEAD = 3  # jobs that a process has at once: while one is fetched, it does the next
_ROOM = 1_048_576  # bytes that a pipe is to have room for, so that a process need not wait for its results to be taken
_SIZE = struct.Struct("=Q")


class _Job(Future[Made]):
    """A future that moves the work on when it is asked."""

    def __init__(self, move: Callable[..., None]) -> None:
        super().__init__()
        self._move = move

    def done(self) -> bool:
        self._move()
        return super().done()

    def result(self, timeout: float | None = None) -> Made:
        while timeout is None and not super().done():
            self._move(wait=True)
        return super().result(timeout)


class _Work(NamedTuple):
    job: _Job[Any]
    work: Callable[..., Any]
    args: tuple[Any, ...]
    named: dict[str, Any]


class Forks(Executor):
    """Copies of this process, which must have one thread only; they do what they are given in that order."""

    def __init__(self, processes: int) -> None:
        """Fork so many processes, or as many as the system allows."""
        self._waiting: deque[_Work] = deque()
        self._processes: list[_Process] = []
        with contextlib.suppress(OSError):
            for _ in range(processes):
                self._processes.append(_Process(self._processes))

    def submit(self, work: Callable[P, Made], /, *args: P.args, **named: P.kwargs) -> Future[Made]:
        """Return a future of what `work` makes of what it is given, all of which must be fit for pickling.

        Its `result` raises what `work` does, or `BrokenExecutor` when the process that was to do it is gone, and waits
        only without a timeout. Raises `BrokenExecutor` when no process is left.
        """
        if not self._processes:
            raise BrokenExecutor("no process is left")
        job = _Job[Made](self._move)
        self._waiting.append(_Work(job, work, args, named))
        self._move()
        return job

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002
        """Wait until each process has done what it is doing, and end it; all that was not begun is cancelled."""
        while self._waiting:
            self._waiting.popleft().job.cancel()
        while self._processes:
            self._processes.pop().end()

    def _move(self, *, wait: bool = False) -> None:
        """Move the work on; `wait` until something can move."""
        if wait and self._processes:
            moving = select.poll()
            for process in self._processes:
                moving.register(process.results, select.POLLIN)
                if process.unsent:
                    moving.register(process.jobs, select.POLLOUT)
            moving.poll()
        for ahead in range(_AHEAD + 1):  # by turns, so that none waits while another has more than one
            for process in [*self._processes]:
                try:
                    if ahead:
                        process.give(self._waiting, ahead)
                    else:
                        process.take()
                except (OSError, EOFError):
                    self._processes.remove(process)
                    process.end()
        while self._waiting and not self._processes:
            job = self._waiting.popleft().job
            if job.set_running_or_notify_cancel():
                job.set_exception(BrokenExecutor("no process is left"))


class _Process:
    """A copy of this process, seen from this one: its pipes, at which this one never waits, and what it has to do."""

    def __init__(self, others: "Sequence[_Process]") -> None:
        jobs, self.jobs = os.pipe()
        self.results, results = os.pipe()
        try:
            self._id = os.fork()
        except OSError:  # no memory, or too many processes
            for pipe in (jobs, self.jobs, self.results, results):
                os.close(pipe)
            raise
        if self._id == 0:
            try:
                for pipe in (self.jobs, *(other.jobs for other in others)):  # or none of them ends before this one
                    os.close(pipe)
                with open(jobs, "rb") as reading, open(results, "wb") as writing:  # noqa: PTH123 -- handles
                    _serve(reading, writing)
            finally:  # at once, whatever happened: all else is the other's
                os._exit(0)
        os.close(jobs)
        os.close(results)
        for pipe in (self.jobs, self.results):
            os.set_blocking(pipe, False)
            with contextlib.suppress(OSError):  # who has many pipes may not have them as wide
                fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _ROOM)
        self.unsent = memoryview(b"")
        self._given: deque[_Job[Any]] = deque()
        self._taken = bytearray()
        self._piece = bytearray(_ROOM // 4)

    def give(self, waiting: deque[_Work], ahead: int) -> None:
        """Give the process of what is waiting until it has so many. Raises `OSError` when it is gone."""
        with contextlib.suppress(BlockingIOError):
            while True:
                while self.unsent:
                    self.unsent = self.unsent[os.write(self.jobs, self.unsent) :]
                if not waiting or len(self._given) >= ahead:
                    return
                job, *work = waiting.popleft()
                if job.set_running_or_notify_cancel():
                    packed = pickle.dumps(work, pickle.HIGHEST_PROTOCOL)
                    self._given.append(job)
                    self.unsent = memoryview(_SIZE.pack(len(packed)) + packed)

    def take(self) -> None:
        """Take what the process has made. Raises `OSError` or `EOFError` when it is gone."""
        with contextlib.suppress(BlockingIOError):
            while size := os.readv(self.results, [self._piece]):
                self._taken += memoryview(self._piece)[:size]
                self._unpack()
            raise EOFError

    def _unpack(self) -> None:
        while len(self._taken) >= _SIZE.size:
            end = _SIZE.size + _SIZE.unpack_from(self._taken)[0]
            if len(self._taken) < end:
                return
            with memoryview(self._taken) as taken:
                made, error = pickle.loads(taken[_SIZE.size : end])  # noqa: S301 -- it comes from a copy of this process
            del self._taken[:end]
            job = self._given.popleft()
            if error is None:
                job.set_result(made)
            else:
                job.set_exception(error)

    def end(self) -> None:
        """End the process when it has done what it is doing; what else it was given is broken off."""
        os.close(self.jobs)
        os.close(self.results)
        with contextlib.suppress(ChildProcessError):  # where nobody is told of the ends of processes
            os.waitpid(self._id, 0)
        for job in self._given:
            job.set_exception(BrokenExecutor("the process that was to do it is gone"))


def _serve(reading: BinaryIO, writing: BinaryIO) -> None:
    """Do what is asked for until nobody asks any more."""
    while size := reading.read(_SIZE.size):
        work, args, named = pickle.loads(reading.read(*_SIZE.unpack(size)))  # noqa: S301 -- so does this
        try:
            made = pickle.dumps((work(*args, **named), None), pickle.HIGHEST_PROTOCOL)
        except Exception as error:  # whatever it is, it is told where the work was given out
            made = pickle.dumps((None, error), pickle.HIGHEST_PROTOCOL)
        writing.write(_SIZE.pack(len(made)))
        writing.write(made)
        writing.flush()
