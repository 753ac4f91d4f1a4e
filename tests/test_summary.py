"""What the test run says at its end of the tests that were skipped."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_a_run_says_what_it_skipped_and_which_packages_run_it(tmp_path: Path) -> None:
    readers = "tests/feeds/test_feed_readers.py"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", readers, "-k", "newsboat or sfeed"]
    ended = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, env=os.environ | {"PATH": str(tmp_path)}
    )
    assert ended.returncode == 0, ended.stdout
    assert ended.stdout.count(" skipped: newsboat is not installed") == 1
    assert "apt-get install newsboat sfeed" in ended.stdout


def test_a_run_has_the_tests_of_every_folder() -> None:
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    collected = {line.partition("::")[0] for line in ended.stdout.splitlines() if "::" in line}
    assert collected == {path.relative_to(ROOT).as_posix() for path in (ROOT / "tests").rglob("test_*.py")}
