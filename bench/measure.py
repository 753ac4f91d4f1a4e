"""Runs one command and prints its cost as JSON: wall and CPU seconds of the whole process tree, peak memory in bytes.

A process of its own, run with `-I -S` and few imports: what the kernel counts as a child's peak memory begins with that
of the process that started it (getrusage(2), `ru_maxrss`). The kernel gives the largest process of a tree; with
`--sample` the memory of all processes that live at one time is summed as well (proportional set size, so that shared
pages count once). Sampling costs time, so a sampled run is not a timed one.

    python -I -S bench/measure.py [--sample] LOG COMMAND...
"""

import os
import sys
import time

EVERY = 0.02  # seconds between two samples


def read(path: str) -> bytes:
    """Return a small file's bytes (pathlib would weigh more than this whole program)."""
    file = os.open(path, os.O_RDONLY)
    try:
        return os.read(file, 65_536)
    finally:
        os.close(file)


def tree(pid: int) -> list[int]:
    """Return the process and its living descendants."""
    found = [pid]
    try:
        for task in os.scandir(f"/proc/{pid}/task"):
            for child in read(f"{task.path}/children").split():
                found += tree(int(child))
    except OSError:
        pass  # it ended meanwhile, or this system has no /proc
    return found


def memory(pid: int) -> int:
    """Return the proportional set size of a process in bytes; 0 when it ended meanwhile."""
    try:
        lines = read(f"/proc/{pid}/smaps_rollup").splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith(b"Pss:"))


def main(log: str, command: list[str], *, sample: bool) -> None:
    """Run the command with its output in `log`; print its exit code and cost."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    files = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, log, flags, 0o644),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    began, summed = time.perf_counter(), 0
    pid = os.posix_spawnp(command[0], command, os.environ, file_actions=files)
    done, status, used = os.wait4(pid, os.WNOHANG if sample else 0)
    while not done:
        family = tree(pid)
        if len(family) > 1:
            summed = max(summed, sum(map(memory, family)))
        time.sleep(EVERY)
        done, status, used = os.wait4(pid, os.WNOHANG)
    wall = time.perf_counter() - began
    largest = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    code, cpu, peak = os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime, max(largest, summed)
    print(f'{{"code": {code}, "wall": {wall:.6f}, "cpu": {cpu:.6f}, "peak": {peak}}}')


if __name__ == "__main__":
    rest = sys.argv[1:]
    sampled = rest[0] == "--sample"
    main(rest[sampled], rest[sampled + 1 :], sample=sampled)
