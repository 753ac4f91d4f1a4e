"""Running the command in this process, and the small site that the tests of commands share."""

import functools
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

NOW = "2026-11-23T09:00:00+00:00"
POST = "---\ntitle: {0}\ndate: {1}\ntags: [{2}]\n---\n\nBody of {0}.\n"
TOML = """
[site]
title = "Notes"
url = "https://notes.example/"
[digests.weekly]
title = "Notes weekly"
sender = "Notes <weekly@notes.example>"
unsubscribe = "https://notes.example/unsubscribe"
postal_address = "1 Note Street, 12345 Town"
"""
POSTS: dict[str, str | bytes] = {
    "content/one.md": POST.format("One", "2026-11-20", "news, Tools"),
    "content/two.md": POST.format("Two", "2026-11-21", "news"),
    "content/old.md": POST.format("Old", "2025-01-01", "tools"),
    "content/later.md": POST.format("Later", "2027-01-01", "news"),
    "content/draft.md": POST.format("Secret", "2026-11-21\ndraft: true", "news"),
    "content/gone.md": POST.format("Gone", "2026-11-01\nexpirydate: 2026-11-10", "news"),
}


class Ended(NamedTuple):
    """How a command ended: its exit code and what it printed."""

    code: int
    out: str
    err: str


Command = Callable[..., Ended]


def tree(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Return bytes and modification time of every file below `folder` by path."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {p.relative_to(folder).as_posix(): (p.read_bytes(), p.stat().st_mtime_ns) for p in files}


@functools.cache
def bound_by_permissions() -> tuple[str, ...]:
    """Return what stands before a command whose process is refused what the permissions of a file refuse.

    Nothing, unless the tests run as root. Skips the test where root cannot give up that privilege.
    """
    if os.geteuid() != 0:
        return ()
    prefix = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search")
    if shutil.which("setpriv") is None or subprocess.run([*prefix, "true"], check=False).returncode != 0:
        pytest.skip("permissions do not bind root, and setpriv cannot change that here")
    return prefix


def run_bound(folder: Path, *arguments: str) -> Ended:
    """Run the command in a folder, in a process that permissions bind."""
    command = [*bound_by_permissions(), sys.executable, "-m", "digest", *arguments]
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return Ended(ended.returncode, ended.stdout, ended.stderr)
