"""Running the command in this process, and the small site that the tests of commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

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
