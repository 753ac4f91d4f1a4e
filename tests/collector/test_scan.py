"""The look at the folders: the same whoever takes it."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

LOOK = """
    import os, sys
    from pathlib import Path
    import msgspec
    from digest.config import load as settings
    from digest.collector.scan import scan

    copies = 0

    def fork(fork=os.fork):
        global copies
        copies += 1
        if "none" in sys.argv:
            raise OSError("no more processes")
        return fork()

    os.fork = fork
    config = settings.load(Path(sys.argv[1]))
    one, two = (msgspec.structs.astuple(scan(config, jobs)) for jobs in (1, 2))
    assert one[1:] == two[1:]
    print(copies, len(one[1]))
"""


def look(site: Path, *arguments: str) -> str:
    command = [sys.executable, "-W", "error", "-c", textwrap.dedent(LOOK), str(site), *arguments]
    ended = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True)
    return ended.stdout.strip()


@pytest.fixture
def large(tmp_path: Path) -> Path:
    (tmp_path / "digest.toml").write_text('site = {title = "x", url = "https://x.example/"}\n')
    for n in range(40):
        folder = tmp_path / "content" / f"{n % 4}" / f"{n}"
        folder.mkdir(parents=True)
        for m in range(40):
            (folder / f"{m}.md").touch()
    (tmp_path / "content/1/out").symlink_to("/")
    (tmp_path / "content/2/gone.md").symlink_to("nothing")
    os.mkfifo(tmp_path / "content/3/pipe.md")
    return tmp_path


@pytest.mark.skipif(sys.platform != "linux", reason="copies of a process are made on Linux only")
def test_two_processes_see_what_one_sees(large: Path) -> None:
    assert look(large) == "1 1603"


@pytest.mark.skipif(sys.platform != "linux", reason="copies of a process are made on Linux only")
def test_what_another_process_can_not_tell_is_looked_at_here(large: Path) -> None:
    for n in range(40):
        Path(os.fsdecode(os.fsencode(large / f"content/{n % 4}/{n}") + b"/\xff.md")).touch()  # a name that is not UTF-8
    assert look(large) == "1 1643"
    assert look(large, "none") == "1 1643"


def test_a_small_archive_takes_one_process(tmp_path: Path) -> None:
    (tmp_path / "digest.toml").write_text('site = {title = "x", url = "https://x.example/"}\n')
    (tmp_path / "content").mkdir()
    (tmp_path / "content/a.md").touch()
    assert look(tmp_path) == "0 1"
