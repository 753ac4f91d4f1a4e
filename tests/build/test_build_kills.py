"""A build killed at any moment, for real and at every write: the next run needs no help and ends as if nothing was."""

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from digest.build import job as build
from digest.config import load_config
from tests.commands import NOW, POSTS, TOML, tree
from tests.conftest import MakeSite

KILLS = int(os.environ.get("DIGEST_BUILD_KILLS", "8"))
SMALL = TOML + '[feeds]\nformats = ["atom"]\nper_tag = false\n'


def content(folder: Path) -> dict[str, bytes]:
    """Return the outputs and the ledger of a site."""
    files = {**tree(folder / "public"), **{f"ledger/{k}": v for k, v in tree(folder / "ledger").items()}}
    return {path: data for path, (data, _) in files.items()}


def whole(folder: Path) -> None:
    """Check that wherever a manifest stands, it stands beside the files that it describes."""
    for path in (folder / "public").rglob("manifest.json"):
        for file in json.loads(path.read_bytes())["files"]:
            data = (path.parent / file["path"]).read_bytes()
            assert hashlib.sha256(data).hexdigest() == file["sha256"]
    for path in (folder / "public").rglob("*.xml"):
        assert path.read_bytes().rstrip().endswith((b"</feed>", b"</rss>"))


def test_real_kills(make_site: MakeSite) -> None:
    command = [sys.executable, "-m", "digest", "build", "--now", NOW, "--quiet"]
    reference = make_site(POSTS, TOML, "reference")
    began = time.monotonic()
    subprocess.run(command, cwd=reference, check=True, stdout=subprocess.DEVNULL)
    lasts = time.monotonic() - began
    chance = random.Random(7)
    for number in range(KILLS):
        root = make_site(POSTS, TOML, f"killed-{number}")
        run = subprocess.Popen(command, cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(lasts * chance.uniform(0.4, 1.05))
        run.send_signal(signal.SIGKILL)
        run.wait()
        whole(root)
        subprocess.run([*command, "--wait"], cwd=root, check=True, stdout=subprocess.DEVNULL)
        assert content(root) == content(reference)


class KilledError(BaseException):
    """Stands for the moment of the kill: nothing of ours catches it as an error of its own."""


@pytest.fixture
def killing(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, int]]:
    """Count the calls that change the disk, and fail at the one whose number is set."""
    state = {"at": 0, "seen": 0}

    def counted(owner: Any, name: str) -> None:
        original = getattr(owner, name)

        def call(*given: Any, **named: Any) -> Any:
            state["seen"] += 1
            if state["seen"] == state["at"]:
                raise KilledError
            return original(*given, **named)

        monkeypatch.setattr(owner, name, call)

    for name in ("fsync", "mkdir", "unlink"):
        counted(os, name)
    counted(Path, "replace")
    yield state
    state["at"] = 0


def test_a_kill_at_every_step(make_site: MakeSite, killing: dict[str, int]) -> None:
    now = datetime.fromisoformat(NOW)
    reference = make_site(POSTS, SMALL, "reference")
    build.build(load_config(reference), now)
    expected = content(reference)
    step, killed = 0, True
    while killed:
        step += 1 if os.environ.get("DIGEST_BUILD_KILLS") else 3
        root = make_site(POSTS, SMALL, "killed")
        killing.update(at=step, seen=0)
        killed = dies(root, now)
        killing.update(at=0)
        whole(root)
        build.build(load_config(root), now)
        assert content(root) == expected
        shutil.rmtree(root)
    assert step > 20


def dies(root: Path, now: datetime) -> bool:
    """Return whether the build was killed."""
    try:
        build.build(load_config(root), now)
    except KilledError:
        return True
    return False


def lives(pid: str) -> bool:
    """Return whether a process has not ended; one that waits to be asked how it ended has."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="looks for processes in /proc")
def test_workers_end_with_the_run_that_was_killed_and_give_the_lock_back(make_site: MakeSite) -> None:
    posts = {f"content/{n}.md": f"---\ntitle: {n}\ndate: 2026-11-01\n---\n" + "Words. " * 2_000 for n in range(900)}
    root = make_site(posts, SMALL)
    command = [sys.executable, "-m", "digest", "build", "--now", NOW, "--quiet", "--jobs", "2"]
    run = subprocess.Popen(command, cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    children = Path(f"/proc/{run.pid}/task/{run.pid}/children")
    while run.poll() is None and not (started := children.read_text().split()):
        time.sleep(0.01)
    run.send_signal(signal.SIGKILL)
    run.wait()
    assert started
    subprocess.run([*command, "--wait"], cwd=root, check=True, stdout=subprocess.DEVNULL, timeout=60)
    while any(map(lives, started)):  # they end soon; the test ends with them or never
        time.sleep(0.1)
