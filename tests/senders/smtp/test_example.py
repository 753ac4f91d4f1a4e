"""examples/send.py: the library's `send` as a script of one's own."""

import os
import subprocess
import sys
from pathlib import Path

from tests.conftest import MakeSite
from tests.mail_server import mail_server
from tests.senders.smtp.mail_samples import KEY, SECRET, built, toml

SCRIPT = Path(__file__).parents[3] / "examples" / "send.py"


def call(root: Path, *more: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, str(SCRIPT), str(root), KEY, *more]
    environment = {**os.environ, "DIGEST_SECRET": SECRET}
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


def test_the_example_sends_and_says_what_happened(make_site: MakeSite) -> None:
    refusal = "550 5.1.1 no such person"
    with mail_server(lambda stage, to, _: refusal if (stage, to) == ("recipient", "no@example.net") else "") as (
        inbox,
        port,
    ):
        root = built(
            make_site, toml(port=port, digest="approve = 'never'\nmax_age = 36000"), "a@example.net", "no@example.net"
        )
        ended = call(root)
        assert (ended.returncode, ended.stdout) == (0, f"{KEY}: sent via mail\n"), ended.stderr
        assert "readers.txt:2:1" in ended.stderr
        again = call(root, "mail")
        assert (again.returncode, inbox.readers) == (0, ["a@example.net"])
        wrong = call(root, "mial")
        assert (wrong.returncode, 'did you mean "mail"?' in wrong.stderr) == (78, True)
