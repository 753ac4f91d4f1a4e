"""A run killed at any moment: output and ledger are the old or the new, and the next run completes without help."""

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import pytest

from digest.archive import published, shown
from digest.config import Config
from digest.editions import ledger
from tests.edition_runs import post, run, site, tree

POSTS = [post("a", "2026-11-15"), post("b", "2026-11-22")]
CHANGED = [post("a", "2026-11-15"), post("b", "2026-11-22", summary="mended")]
BEFORE, NOW = "2026-11-16T09:00", "2026-11-23T09:00"


class Killed(BaseException):
    """The process ends here."""


class Faults:
    """Dies at call number `at` of anything that changes the disk; a write is torn in the middle."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, at: int) -> None:
        self.left, self.dead = at, False
        for owner, name in ((os, "fsync"), (os, "replace"), (os, "rename"), (os, "truncate"), (Path, "replace"), (Path, "unlink"), (os, "mkdir")):  # fmt: skip
            monkeypatch.setattr(owner, name, self.wrap(getattr(owner, name)))
        real = os.fdopen

        def opened(*args: Any, **kwargs: Any) -> Any:
            file = real(*args, **kwargs)
            return Torn(file, self) if "b" in str(args[1:2]) else file

        monkeypatch.setattr(os, "fdopen", opened)

    def count(self) -> None:
        self.left -= 1
        if self.dead or self.left <= 0:
            self.dead = True
            raise Killed

    def wrap(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **kwargs: Any) -> Any:
            self.count()
            return call(*args, **kwargs)

        return counted


class Torn:
    """A file whose write dies halfway through."""

    def __init__(self, file: Any, faults: Faults) -> None:
        self.file, self.faults = file, faults

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)

    def write(self, data: bytes) -> int:
        try:
            self.faults.count()
        except Killed:
            self.file.write(data[: len(data) // 2])
            self.file.flush()
            raise
        return int(self.file.write(data))


def whole(config: Config) -> dict[str, dict[str, bytes]]:
    """Each published edition's files, as far as its manifest says that there is one; checked against it."""
    editions = {}
    for manifest in published(config, "weekly"):
        folder = config.root / "public/editions" / manifest.key
        for file in manifest.files:
            data = (folder / file.path).read_bytes()
            assert len(data) == file.bytes
        editions[manifest.key] = {p.name: p.read_bytes() for p in folder.iterdir() if not p.name.startswith(".")}
    return editions


def settled(root: Path) -> dict[str, bytes]:
    return {path: data for path, data in tree(root).items() if not path.endswith("lock")}


def end_process(config: Config) -> None:
    """Let the file that keeps other runs from writing name a process that is gone, as after a real kill."""
    held = config.root / ".digest/running.lock"
    if held.exists():
        gone = subprocess.Popen([sys.executable, "-c", ""])
        gone.wait()
        held.write_text(f"{gone.pid}\n{socket.gethostname()}\n")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # locks of the dead are collected
@pytest.mark.parametrize("again", [False, True], ids=["a new edition", "one built again"])
def test_a_kill_at_every_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, again: bool) -> None:
    key = "weekly/2026-W48" if again else ""

    def prepared(name: str) -> Config:
        config = site(tmp_path / name)
        run(config, POSTS, BEFORE)
        if again:
            run(config, POSTS, NOW)
        return config

    old, new = prepared("old"), prepared("new")
    run(new, CHANGED, NOW, key=key)
    states = [whole(old), whole(new)]
    for number in range(1, 500):
        config = prepared(str(number))
        with monkeypatch.context() as patch:
            faults = Faults(patch, number)
            with contextlib.suppress(Killed):
                run(config, CHANGED, NOW, key=key)
        end_process(config)
        found = whole(config)
        missing = {k: v for k, v in found.items() if k != "weekly/2026-W48"}
        assert found in states or (again and missing == found and states[0].items() >= found.items())
        assert set(ledger.read(ledger.path_of(config, "weekly")).editions) <= {"weekly/2026-W47", "weekly/2026-W48"}
        run(config, CHANGED, NOW, key=key)
        assert settled(config.root) == settled(new.root)
        if not faults.dead:
            break
    assert number > 20


SCRIPT = """
    import os, sys
    from pathlib import Path
    from tests.edition_runs import post, run, site
    posts = [post("a", "2026-11-15"), post("b", "2026-11-22", summary="mended")]
    print("ready", flush=True)
    for line in sys.stdin:  # one interpreter for all: a fork is quick to start and to kill
        if (pid := os.fork()) == 0:
            [outcome] = run(site(Path(line.strip())), posts, "2026-11-23T09:00")
            if not sys.argv[1:]:
                os.write(1, (outcome.status + "\\n").encode())
            os._exit(0)
        if sys.argv[1:]:
            print(pid, flush=True)
            os.waitpid(pid, 0)
            print("over", flush=True)
    while True:
        try:
            os.wait()
        except ChildProcessError:
            break
"""


def forks(*arguments: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", textwrap.dedent(SCRIPT), *arguments]
    path = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    made = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=path)
    assert made.stdout
    assert made.stdout.readline() == "ready\n"
    return made


def test_random_kills(tmp_path: Path) -> None:
    chance = random.Random(5)
    new = site(tmp_path / "new")
    run(new, POSTS, BEFORE)
    old = whole(new)
    run(new, CHANGED, NOW)
    final = whole(new)
    with forks("one by one") as process:
        assert process.stdin
        assert process.stdout
        for number in range(int(os.environ.get("DIGEST_KILLS", "20"))):
            config = site(tmp_path / str(number))
            run(config, POSTS, BEFORE)
            process.stdin.write(f"{config.root}\n")
            process.stdin.flush()
            pid = int(process.stdout.readline())
            time.sleep(chance.uniform(0, 0.03))
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            while process.stdout.readline() != "over\n":
                pass
            assert whole(config) in (old, final)
            run(config, CHANGED, NOW)
            assert settled(config.root) == settled(new.root)
        process.stdin.close()


def test_ten_runs_at_once_make_one_edition_and_one_line(tmp_path: Path) -> None:
    config = site(tmp_path)
    with forks() as process:
        said = process.communicate(f"{tmp_path}\n" * 10)[0].split("\n")
    assert sorted(said) == ["", *["already built"] * 9, "built"]
    assert len(ledger.path_of(config, "weekly").read_bytes().splitlines()) == 1
    assert list(shown(config, "weekly")) == ["weekly/2026-W48"]
