"""The benchmark runs: its archives are the same everywhere, and it measures and writes what it should."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parent.parent / "bench"
CONTENT_SHA256 = "118b89437746f3ac4e1b6a8665ed367ea5c5dd20b3e5cc8d37c374e4260cc55f"  # of 50 posts


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], check=False, capture_output=True, text=True, timeout=120)


def test_an_archive_is_the_same_everywhere(tmp_path: Path) -> None:
    assert python(str(BENCH / "archive.py"), str(tmp_path), "50").returncode == 0
    hashed = hashlib.sha256()
    for path in sorted(tmp_path.rglob("*.*")):
        hashed.update(path.relative_to(tmp_path).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    assert hashed.hexdigest() == CONTENT_SHA256


def test_run_measures_checks_and_writes(tmp_path: Path) -> None:
    work, out = tmp_path / "work", tmp_path / "out"
    options = ["--posts", "50", "--rounds", "1", "--only", "digest,floor", "--work", str(work), "--out", str(out)]
    done = python(str(BENCH / "run.py"), *options)
    assert done.returncode == 0, done.stderr
    assert "50 posts, digest: output checked" in done.stderr
    table = (out / "benchmarks.md").read_text(encoding="utf-8")
    for case in ("cold", "nothing changed", "one post changed", "one template changed", "one setting changed"):
        assert f"| {case} | digest |" in table
    assert "50 posts, nothing changed: digest ÷ floor |  |" in table
    assert str(tmp_path) not in table
    assert (out / "benchmarks.svg").read_text(encoding="utf-8").startswith("<svg ")


def test_a_program_that_does_less_than_the_job_is_not_timed(tmp_path: Path) -> None:
    work = tmp_path / "work"
    script = (
        f"import sys; sys.path.insert(0, {str(BENCH)!r}); import archive; "
        "archive.TOML = archive.TOML.replace('limit = 20', 'limit = 3'); import run; run.main()"
    )
    options = ["--posts", "30", "--rounds", "1", "--only", "digest", "--work", str(work), "--out", str(work)]
    done = python("-c", script, *options)
    assert done.returncode == 1
    assert "digest did not do the whole job with 30 posts:" in done.stderr
    assert not (work / "benchmarks.md").exists()


def test_a_peer_that_can_not_be_installed_is_left_out_with_the_reason(tmp_path: Path) -> None:
    interpreter = tmp_path / "venv" / "bin" / "python"
    interpreter.parent.mkdir(parents=True)
    interpreter.symlink_to(sys.executable)
    script = (
        f"import sys; sys.path.insert(0, {str(BENCH)!r}); from pathlib import Path; import programs; "
        "programs.requirements = lambda: ['hugo==no version']; "
        "print(*programs.prepare(Path(sys.argv[1]), 5, ('hugo',)))"
    )
    done = python("-c", script, str(tmp_path))
    assert done.stdout.startswith("hugo is left out: "), done.stderr


def test_a_command_s_cost_counts_its_children(tmp_path: Path) -> None:
    child = "b = bytearray(60_000_000); sum(range(10_000_000))"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}], check=True)"
    done = python(str(BENCH / "measure.py"), str(tmp_path / "log"), sys.executable, "-c", parent)
    cost = json.loads(done.stdout)
    assert cost["code"] == 0
    assert cost["peak"] > 60_000_000
    assert 0.02 < cost["cpu"] < 60
    assert cost["wall"] > 0.02


def test_sampling_adds_up_processes_that_live_together(tmp_path: Path) -> None:
    child = "import time; b = bytearray(b'x') * 40_000_000; time.sleep(1)"
    parent = (
        f"import subprocess, sys; both = [subprocess.Popen([sys.executable, '-c', {child!r}]) for _ in '12']; "
        "[one.wait() for one in both]"
    )
    arguments = [str(tmp_path / "log"), sys.executable, "-c", parent]
    largest = json.loads(python(str(BENCH / "measure.py"), *arguments).stdout)["peak"]
    together = json.loads(python(str(BENCH / "measure.py"), "--sample", *arguments).stdout)["peak"]
    assert largest < 75_000_000
    if Path("/proc/self/smaps_rollup").exists():
        assert together > 75_000_000


def test_a_command_that_fails_says_so(tmp_path: Path) -> None:
    done = python(str(BENCH / "measure.py"), str(tmp_path / "log"), sys.executable, "-c", "import sys; sys.exit('no')")
    assert json.loads(done.stdout)["code"] == 1
    assert (tmp_path / "log").read_text() == "no\n"


def test_the_benchmark_of_readers_measures_and_writes(tmp_path: Path) -> None:
    done = python(str(BENCH / "readers.py"), "--readers", "200", "--out", str(tmp_path))
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "benchmarks-readers.md").read_text(encoding="utf-8")
    assert "| 200 | " in page
    assert "| sending | " in page
    assert (tmp_path / "benchmarks-readers.svg").read_text(encoding="utf-8").startswith("<svg ")


def test_the_benchmark_of_sites_measures_compares_and_writes(tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    options = ["--sites", "2", "--compared", "2", "--posts", "5", "--rounds", "1"]
    done = python(str(BENCH / "sites.py"), *options, "--work", str(tmp_path / "work"), "--out", str(tmp_path))
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "benchmarks-sites.md").read_text(encoding="utf-8")
    for way in ("one process", "two independent builds", "two processes", "Dask, two workers"):
        assert f"| {way} | " in page
    for case in ("from nothing", "nothing changed", "one post of one site changed"):
        assert f"| {case} | " in page
    assert str(tmp_path) not in page
