"""`digest status`: what is built, sent and due, and when that is too late."""

import json
import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import digest as library
from tests.commands import POST, TOML, Command
from tests.conftest import MakeSite

FIRST = {"content/a.md": POST.format("A", "2026-11-15", "x")}
SECOND = POST.format("B", "2026-11-22", "x")
LIGHT = """
import sys
from digest.cli import main
sys.argv[1:1] = ["status"]
main()
assert not {"concurrent.futures", "filelock"} & set(sys.modules)
"""


def status(site: Path, digest: Command, now: str, max_age: str = "8d") -> tuple[int, dict[str, Any]]:
    """Return the exit code and the only digest of `digest status`."""
    ended = digest(site, "status", "--json", "--max-age", max_age, "--now", f"{now}Z")
    (found,) = json.loads(ended.out)
    return ended.code, found


def test_a_digest_is_overdue_only_while_something_waits(make_site: MakeSite, digest: Command) -> None:
    site = make_site(FIRST, TOML)
    digest(site, "build", "--now", "2026-11-16T09:00Z")
    digest(site, "mark-sent", "weekly/2026-W47", "--now", "2026-11-16T10:00Z")
    code, quiet = status(site, digest, "2026-11-30T09:00")
    assert (code, quiet["overdue"], quiet["waiting"]) == (0, False, "")
    (site / "content/b.md").write_text(SECOND)
    assert status(site, digest, "2026-11-24T07:00")[1]["overdue"] is False
    code, late = status(site, digest, "2026-11-24T09:00")
    assert (code, late["overdue"], late["waiting"]) == (1, True, "weekly/2026-W48")
    assert (late["newest"], late["newest_state"], late["unsent"]) == ("weekly/2026-W47", "sent", [])
    assert status(site, digest, "2026-11-24T09:00", "9d")[0] == 0
    digest(site, "build", "--now", "2026-11-23T09:00Z")
    code, unsent = status(site, digest, "2026-11-24T09:00")
    assert (code, unsent["overdue"]) == (1, True)
    assert (unsent["unsent"], unsent["waiting"]) == (["weekly/2026-W48"], "")


def test_a_first_edition_that_nobody_sent_is_overdue(make_site: MakeSite, digest: Command) -> None:
    site = make_site(FIRST, TOML)
    digest(site, "build", "--now", "2026-11-16T09:00Z")
    assert status(site, digest, "2026-11-24T07:00")[0] == 0
    code, found = status(site, digest, "2026-11-24T09:00")
    assert (code, found["unsent"], found["alarm"]) == (1, ["weekly/2026-W47"], "weekly/2026-W47 is built and not sent")
    ended = digest(site, "status", "--max-age", "8d", "--now", "2026-12-20T09:00Z")
    assert "error: overdue: weekly (weekly/2026-W47 is built and not sent)" in ended.err
    assert "weekly\tweekly/2026-W47\tbuilt\t-\tweekly/2026-W47\t" in ended.out


def test_posts_that_wait_while_nothing_was_ever_built_are_overdue(make_site: MakeSite, digest: Command) -> None:
    site = make_site(FIRST, TOML)
    assert status(site, digest, "2026-11-17T07:00")[0] == 0
    code, found = status(site, digest, "2026-12-20T09:00")  # their window is over, and nothing is due
    assert (code, found["waiting"], found["alarm"]) == (1, "", "nothing was ever built, and posts wait")
    digest(site, "build", "--now", "2026-12-20T09:00Z")
    assert status(site, digest, "2026-12-20T09:00")[0] == 0
    (site / "content/a.md").write_text(POST.format("A", "2026-11-15\ndigest: skip", "x"))
    (site / "ledger/weekly.jsonl").unlink()
    assert status(site, digest, "2026-12-20T09:00")[0] == 0


def test_a_digest_that_was_never_built_has_something_waiting(make_site: MakeSite, digest: Command) -> None:
    site = make_site(FIRST, TOML)
    code, found = status(site, digest, "2026-11-16T09:00", "0d")
    assert (code, found["newest"], found["newest_state"]) == (1, "", "")
    assert (found["waiting"], found["overdue"]) == ("weekly/2026-W47", True)
    header, line = digest(site, "status", "--now", "2026-11-16T09:00Z").out.splitlines()
    assert header.split("\t") == ["digest", "newest", "state", "due", "not sent", "next", "ends", "posts"]
    assert line.split("\t") == [
        "weekly", "-", "-", "weekly/2026-W47", "-", "weekly/2026-W48", "2026-11-23T08:00+00:00", "no new posts so far",
    ]  # fmt: skip


def test_the_library_gives_the_same(make_site: MakeSite) -> None:
    config = library.load_config(make_site(FIRST, TOML))
    now = datetime.fromisoformat("2026-11-16T09:00Z")
    (found,) = library.status(config, now)
    assert (found.waiting, found.overdue) == ("weekly/2026-W47", False)
    (late,) = library.status(config, now, max_age=timedelta(days=1))
    assert (late.waiting, late.overdue) == ("weekly/2026-W47", True)


def test_a_look_at_the_status_loads_neither_locks_nor_a_pool(site: Path, digest: Command) -> None:
    digest(site, "build", "--now", "2026-11-23T09:00Z")
    subprocess.run([sys.executable, "-c", LIGHT, "--now", "2026-11-23T09:00Z"], check=True, cwd=site)


@pytest.mark.skipif(sys.platform == "win32", reason="no terminals to open here")
def test_the_table_fits_a_terminal_of_eighty_columns(make_site: MakeSite, digest: Command) -> None:
    import pty

    site = make_site(FIRST, TOML)
    digest(site, "build", "--now", "2026-11-20T09:00Z")
    (site / "content/b.md").write_text(SECOND)
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "digest", "status", "--now", "2026-11-23T09:00Z"]
    env = os.environ | {"COLUMNS": "80", "NO_COLOR": "1", "TERM": "dumb"}
    ended = subprocess.run(command, cwd=site, stdout=theirs, stderr=subprocess.PIPE, text=True, check=True, env=env)
    os.close(theirs)
    header, _, line = [line.split() for line in os.read(ours, 10_000).decode().splitlines() if line.strip()][:3]
    assert header == ["digest", "newest", "state", "due", "not", "sent", "next", "ends"]
    assert line == ["weekly", "2026-W47", "to", "approve", "2026-W48", "2026-W47", "2026-W49", "30", "Nov", "08:00"]
    assert "weekly/2026-W49: no new posts so far" in ended.stderr
