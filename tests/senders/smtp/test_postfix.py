"""Sending to Postfix's own test server, smtp-sink, which fails at the stage that it is told to fail at."""

import os
import shutil
import socket
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from digest.problems import DigestError
from tests.conftest import MakeSite
from tests.senders.smtp.mail_samples import SECRET, built, hand_over, toml

READERS = tuple(f"reader{number}@example.net" for number in range(12))
SINK = shutil.which("smtp-sink", path=f"{os.environ.get('PATH', '')}:/usr/sbin")

pytestmark = pytest.mark.skipif(SINK is None, reason="smtp-sink of Postfix is not installed")


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGEST_SECRET", SECRET)
    monkeypatch.setattr("digest.senders.smtp.transport._PAUSE", 0.0)


@contextmanager
def sink(*faults: str) -> Iterator[int]:
    """Run smtp-sink on a free port; yield the port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    user = ("-u", "nobody") if os.geteuid() == 0 else ()
    process = subprocess.Popen(
        [str(SINK), *user, *faults, f"127.0.0.1:{port}", "10"], cwd="/", stdout=subprocess.DEVNULL
    )
    try:
        for _ in range(100):
            with closing(socket.socket()) as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield port
    finally:
        process.kill()
        process.wait()


def states(root: Path) -> Counter[str]:
    with closing(sqlite3.connect(root / "private/sending.sqlite")) as database:
        return Counter(state for (state,) in database.execute("SELECT state FROM copies"))


@pytest.mark.parametrize("faults", [(), ("-8",), ("-f", "rset"), ("-q", "quit"), ("-e",)], ids=" ".join)
def test_every_reader_gets_a_copy(make_site: MakeSite, faults: tuple[str, ...]) -> None:
    with sink(*faults) as port:
        root = built(make_site, toml(port=port), *READERS)
        assert hand_over(root).status == "sent"
        assert states(root) == {"sent": len(READERS)}


@pytest.mark.parametrize(
    ("faults", "code", "left"),
    [
        (("-r", "rcpt"), 75, "deferred"),
        (("-r", "data"), 75, "deferred"),
        (("-r", "."), 75, "deferred"),
        (("-r", "mail"), 75, "deferred"),
        (("-q", "mail"), 75, "deferred"),
        (("-q", "data"), 75, "deferred"),
        (("-q", "."), 75, "unknown"),
        (("-f", "rcpt"), 1, "deferred"),
        (("-f", "data"), 1, "deferred"),
        (("-f", "."), 1, "deferred"),
        (("-f", "mail"), 1, "deferred"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else str(value),
)
def test_nobody_is_lost_whatever_fails(make_site: MakeSite, faults: tuple[str, ...], code: int, left: str) -> None:
    with sink(*faults) as port:
        root = built(make_site, toml(port=port), *READERS)
        with pytest.raises(DigestError) as caught:
            hand_over(root)
        assert caught.value.exit_code == code
        assert set(states(root)) == {left}
    with sink() as port:
        (root / "digest.toml").write_text(toml(port=port))
        assert hand_over(root).status == "sent"
        assert states(root) == {"sent": len(READERS)}
