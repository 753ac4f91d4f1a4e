"""Two runs that do not see each other's lock, as on a storage that machines share and that has no locks."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.commands import NOW, POST, Command
from tests.conftest import MakeSite

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the locks of Unix")

# A run on another machine: its locks hold only there. It waits before it calls FUNCTION, until it is told to go on.
ELSEWHERE = """
import fcntl, sys
fcntl.flock = lambda file, operation: {flock}
from digest.build import editions
from digest.cli.commands import run_arguments

waited = editions.{function}

def wait(*arguments, **options):
    print("waiting", flush=True)
    sys.stdin.readline()
    return waited(*arguments, **options)

editions.{function} = wait
sys.exit(run_arguments(sys.argv[1:]))
"""
REFUSED = "(_ for _ in ()).throw(OSError(95, 'Operation not supported'))"


@pytest.fixture
def site(make_site: MakeSite) -> Path:
    posts = {f"content/{day}.md": POST.format(f"Day {day}", f"2026-11-{day}", "news") for day in range(16, 20)}
    return make_site(posts, '[site]\nurl = "https://news.example/"\n[digests.weekly]\n')


def build_elsewhere(site: Path, function: str, meanwhile: Callable[[], None], flock: str = "None") -> tuple[int, str]:
    """Build on another machine, with something happening while it waits to call `function`; return code and errors."""
    script = ELSEWHERE.format(function=function, flock=flock)
    command = [sys.executable, "-c", script, "build", "--now", NOW, "--quiet", "--no-cache"]
    with subprocess.Popen(
        command, cwd=site, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "waiting\n", other.communicate()
        meanwhile()
        _, said = other.communicate("\n" * 9)
    return other.returncode, said


def recorded(site: Path) -> list[str]:
    """The events of the ledger, with the keys of their editions."""
    lines = (site / "ledger/weekly.jsonl").read_text().splitlines()
    return [f"{event['event']} {event.get('key', '')}".strip() for event in map(json.loads, lines)]


@pytest.mark.parametrize("function", ["publish", "decide"])
@pytest.mark.parametrize("flock", ["None", REFUSED], ids=["local locks", "no locks"])
def test_the_older_of_two_runs_records_nothing(function: str, flock: str, site: Path, digest: Command) -> None:
    def build_here() -> None:
        (site / "content/late.md").write_text(POST.format("Late", "2026-11-18", "news"))
        ended = run_here(site)
        assert ended.returncode == 0, ended.stderr

    code, said = build_elsewhere(site, function, build_here, flock)
    assert (code, "another run of this site began meanwhile" in said) == (75, True), said
    before = recorded(site)
    assert len(before) == len(set(before))
    manifest = json.loads((site / "public/editions/weekly/2026-W48/manifest.json").read_bytes())
    assert len(manifest["posts"]) == 4
    assert digest(site, "build", "--now", NOW).code == 0
    assert recorded(site) == before


def run_here(site: Path) -> "subprocess.CompletedProcess[str]":
    """A build whose lock the other machine does not see."""
    script = f"import fcntl, sys\nfcntl.flock = lambda *_: None\n{RUN}"
    command = [sys.executable, "-c", script, "build", "--now", NOW, "--no-cache"]
    return subprocess.run(command, cwd=site, text=True, capture_output=True, check=False)


RUN = "from digest.cli.commands import run_arguments\nsys.exit(run_arguments(sys.argv[1:]))\n"


def test_a_storage_without_locks_is_built_on(site: Path, digest: Command) -> None:
    code, said = build_elsewhere(site, "publish", lambda: None, REFUSED)
    assert code == 0, said
    assert "built weekly/2026-W48" in recorded(site)
    assert not list((site / ".digest").glob("running*"))


def test_a_run_waits_while_another_machine_writes(site: Path, digest: Command) -> None:
    (site / ".digest").mkdir()
    writing = site / ".digest/running.lock"
    writing.write_text("4711\nanother-machine\n")
    timer = threading.Timer(0.5, writing.unlink)
    timer.start()
    ended = digest(site, "build", "--now", NOW)
    timer.join()
    assert ended.code == 0, ended.err


def test_a_run_that_was_killed_before_it_said_who_it_is_holds_up_nobody(site: Path, digest: Command) -> None:
    (site / ".digest").mkdir()
    (site / ".digest/running.lock").touch()
    ended = digest(site, "build", "--now", NOW)
    assert ended.code == 0, ended.err
    assert not (site / ".digest/running.lock").exists()
