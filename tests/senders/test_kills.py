"""`digest send` killed with SIGKILL at any moment, against a service that answers slowly: sent once, never asked.

`DIGEST_SEND_KILLS=1000 pytest tests/senders/test_kills.py` kills as often; by default it is a few times.
"""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.commands import Command
from tests.senders.conftest import AS_OF, KEY_OF_EDITION, MakeSending
from tests.senders.services import FakeButtondown, FakeListmonk, Service

KILLS = int(os.environ.get("DIGEST_SEND_KILLS", "20"))
ROOT = Path(__file__).parents[2]


def start(folder: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "digest", "send", KEY_OF_EDITION, *AS_OF]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def reset(folder: Path, ledger: bytes, service: Service) -> None:
    """Make an edition unsent again, in a service that is empty."""
    (folder / "ledger/weekly.jsonl").write_bytes(ledger)
    (folder / "public/editions/weekly/2026-W48/sent.json").unlink(missing_ok=True)
    service.items.clear()
    service.sent.clear()


@pytest.mark.parametrize("kind", [FakeListmonk, FakeButtondown], ids=lambda kind: kind.kind)
def test_a_run_that_is_killed_is_gone_on_with(kind: type[Service], make_sending: MakeSending, digest: Command) -> None:
    service = kind()
    service.pause = 0.02
    folder = make_sending(service)
    before = (folder / "ledger/weekly.jsonl").read_bytes()
    dice = random.Random(5)
    killed = 0
    while killed < KILLS // 2:
        reset(folder, before, service)
        service.calls.clear()
        run = start(folder)
        wait_for_call(service, dice.randint(1, 5), run)
        time.sleep(dice.random() * 0.03)
        run.send_signal(signal.SIGKILL)
        run.communicate()
        killed += run.returncode == -signal.SIGKILL
        ended = digest(folder, "send", KEY_OF_EDITION, *AS_OF)
        assert ended.code == 0, ended.err
        assert len(service.sent) == 1
        assert b'"event":"sent"' in (folder / "ledger/weekly.jsonl").read_bytes()


def wait_for_call(service: Service, number: int, run: subprocess.Popen[bytes]) -> None:
    """Wait until the service got so many calls, or the run has ended."""
    while len(service.calls) < number and run.poll() is None:
        time.sleep(0.002)
