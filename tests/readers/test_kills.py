"""`digest send --readers` killed with SIGKILL at any moment: nobody is left out, and a kill repeats a batch at most.

`DIGEST_READERS_KILLS=300 DIGEST_READERS=10000 pytest tests/readers/test_kills.py` kills as often, on the way to as many.
"""

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from tests.commands import Command
from tests.mail_server import Inbox
from tests.readers.conftest import KEY, NOW, MakeHarbour

KILLS = int(os.environ.get("DIGEST_READERS_KILLS", "6"))
READERS = int(os.environ.get("DIGEST_READERS", "300"))
BATCH = 20
ROOT = Path(__file__).parents[2]
_TAGS = ("", "news", "sport", "food", "news;food", "-sport")
_MESSAGE_ID = re.compile(rb"^Message-ID: (.*)\r$", re.MULTILINE)


def start(folder: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "digest", "send", KEY, "--readers", "--batch", str(BATCH), "--as-of", NOW]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def table(number: int) -> str:
    rows = (f"r{each}@example.org,{_TAGS[each % len(_TAGS)]},active,2026-01-01" for each in range(number))
    return "\n".join(("address,tags,state,since", *rows, ""))


def wait_for_mails(server: Inbox, number: int, run: subprocess.Popen[bytes]) -> None:
    """Wait until so many mails have come, or the run has ended."""
    while len(server.mails) < number and run.poll() is None:
        time.sleep(0.001)


def test_a_run_that_is_killed_is_gone_on_with(
    make_harbour: MakeHarbour, digest: Command, inbox: tuple[Inbox, int]
) -> None:
    server, port = inbox
    folder = make_harbour(table(READERS), port)
    dice = random.Random(7)
    kills = 0
    while kills < KILLS:
        run = start(folder)
        step = dice.randint(0, 2 * READERS // (3 * KILLS))
        wait_for_mails(server, len(server.mails) + step, run)
        time.sleep(dice.random() * 0.02)
        run.send_signal(signal.SIGKILL)
        run.communicate()
        if run.returncode != -signal.SIGKILL:
            break  # everything was sent before
        kills += 1
    ended = digest(folder, "send", KEY, "--as-of", NOW)
    assert ended.code == 0, ended.err
    times = Counter(server.readers)
    assert len(times) == READERS
    assert sum(times.values()) - READERS <= kills * BATCH
    ids: dict[str, set[bytes]] = {}
    for to, mail in server.mails:
        ids.setdefault(to, set()).update(_MESSAGE_ID.findall(mail))
    assert all(len(found) == 1 for found in ids.values())
    assert kills
