"""A run that is ended by a signal, or killed, leaves nothing that is half written."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands import NOW, Command

SCRIPT = """
import os, sys, time
from digest import cli, files
real = files._write
def slow(part, content, *, flush):
    real(part, content, flush=flush)
    print("writing", flush=True)
    time.sleep(30)
files._write = slow
sys.argv = ["digest", "build", "--now", sys.argv[1], "--jobs", "1"]
cli.main()
"""


@pytest.mark.parametrize(("number", "code"), [("SIGTERM", 143), ("SIGINT", 130), ("SIGKILL", -9)])
def test_a_run_that_is_ended_leaves_nothing_half_written(site: Path, digest: Command, number: str, code: int) -> None:
    command = [sys.executable, "-c", SCRIPT, NOW]
    with subprocess.Popen(command, cwd=site, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stderr
        while process.stdout.readline() != "writing\n":
            pass
        process.send_signal(getattr(signal, number))
        ended = process.wait(timeout=20)
        said = process.stderr.read()
    assert (ended, "Traceback" in said) == (code, False)
    left = list(site.rglob(".*.part"))
    assert bool(left) == (number == "SIGKILL")
    for path in left:  # the next run may write other files than this one
        path.with_name(".other.part").write_bytes(b"half")
    assert digest(site, "build", "--now", NOW).code == 0
    assert list(site.rglob(".*.part")) == []
    assert not (site / ".digest/running").exists()
