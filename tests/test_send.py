"""examples/send.py against a real SMTP server: what readers get, and that a kill loses nobody."""

import email
import email.policy
import hashlib
import hmac
import json
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from tests.edition_runs import post, run, site

SCRIPT = Path(__file__).parent.parent / "examples" / "send.py"
UNSUBSCRIBE = "https://example.org/leave?list=a&b=1"


class Inbox:
    """Takes every message but those for `no@`."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, bytes]] = []

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if address.startswith("no@"):
            return "550 no such person"
        if address.startswith("later@"):
            return "450 not now"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.mails.append((envelope.rcpt_tos[0], envelope.content))
        return "250 OK"


@pytest.fixture
def server() -> Iterator[tuple[Inbox, str]]:
    inbox = Inbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(inbox, hostname="127.0.0.1", port=port)
    controller.start()
    yield inbox, f"127.0.0.1:{port}"
    controller.stop()


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    """An edition whose files hold the unsubscribe address as e-mails do."""
    config = site(tmp_path, sender="Näws <news@example.org>", to="list@example.org", unsubscribe=UNSUBSCRIBE,
                  one_click=True)  # fmt: skip
    run(config, [post("a", "2026-11-22")], "2026-11-23T09:00")
    path = tmp_path / "public/editions/weekly/2026-W48/manifest.json"
    found = json.loads(path.read_bytes())
    contents = {
        "email.html": '<a href="https://example.org/leave?list=a&amp;b=1">Leave</a> £',
        "email.txt": f"Leave: {UNSUBSCRIBE}\n{UNSUBSCRIBE}&more\n.\n",
    }
    for file in found["files"]:
        if file["path"] in contents:
            (path.parent / file["path"]).write_text(contents[file["path"]], "utf-8")
            file["sha256"] = hashlib.sha256((path.parent / file["path"]).read_bytes()).hexdigest()
    path.write_text(json.dumps(found))
    return path


def command(manifest: Path, address: str, *more: str) -> list[str]:
    record = manifest.parent / "marks"
    marker = f"{sys.executable} {manifest.parent / 'marker.py'}"
    (manifest.parent / "marker.py").write_text(
        f"import sys; open({str(record)!r}, 'a').write(' '.join(sys.argv[1:]) + chr(10))"
    )
    return [sys.executable, str(SCRIPT), str(manifest), "--smtp", address, "--log", str(manifest.parent / "log.sqlite"),
            "--digest", marker, *more]  # fmt: skip


def call(arguments: list[str], secret: str = "s3cret") -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        arguments, capture_output=True, text=True, env={**os.environ, "DIGEST_SECRET": secret}, check=False
    )


def people(folder: Path, *addresses: str) -> str:
    path = folder / "readers.txt"
    path.write_text("\n".join(addresses), "utf-8")
    return str(path)


def test_each_reader_gets_one_copy_with_their_own_way_out(
    server: tuple[Inbox, str], manifest: Path, tmp_path: Path
) -> None:
    inbox, address = server
    readers = people(
        tmp_path, "# ours", "Ann <ann@example.net>", "ANN@example.net", "no@example.net", "", "bob@example.net"
    )
    first = call(command(manifest, address, "--subscribers", readers))
    assert (first.returncode, "2 sent now, 2 in all" in first.stdout) == (0, True), first
    assert "no@example.net: refused, 550" in first.stderr
    assert sorted(to for to, _ in inbox.mails) == ["ann@example.net", "bob@example.net"]
    mail = email.message_from_bytes(next(mail for to, mail in inbox.mails if to.startswith("ann")))
    proof = hmac.new(b"s3cret", b"weekly\nann@example.net", hashlib.sha256).hexdigest()[:32]
    own = f"{UNSUBSCRIBE}&address=ann%40example.net&token={proof}"
    assert mail["List-Unsubscribe"].replace("\n ", "").replace("\r", "") == f"<{own}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    text, page = (part.get_payload(decode=True).decode() for part in mail.get_payload())  # type: ignore[union-attr]
    assert text.splitlines() == [f"Leave: {own}", f"{UNSUBSCRIBE}&more", "."]
    assert page == f'<a href="{own.replace("&", "&amp;")}">Leave</a> £'
    assert (manifest.parent / "marks").read_text() == "mark-sent weekly/2026-W48 --ref smtp, 2 copies\n"
    again = call(command(manifest, address, "--subscribers", readers))
    assert "0 sent now, 2 in all" in again.stdout
    assert len(inbox.mails) == 2


def test_names_in_headers_arrive_as_the_manifest_has_them(
    server: tuple[Inbox, str], manifest: Path, tmp_path: Path
) -> None:
    inbox, address = server
    found = json.loads(manifest.read_bytes())
    name = "港口 {\u2060{ list }}"  # as it is escaped for relays
    names = {"subject": name, "sender": f"{name} <news@example.org>", "list_id": f"{name} <weekly.example.org>"}
    manifest.write_text(json.dumps(found | names))
    assert call(command(manifest, address, "--subscribers", people(tmp_path, "ann@example.net"))).returncode == 0
    mail = email.message_from_bytes(inbox.mails[0][1], policy=email.policy.default)
    assert mail["Subject"] == name
    assert mail["From"].addresses[0].display_name == name
    assert mail["List-Id"] == f"{name} <weekly.example.org>"


def test_a_list_address_gets_the_message_as_it_stands(server: tuple[Inbox, str], manifest: Path) -> None:
    inbox, address = server
    assert call(command(manifest, address, "--list")).returncode == 0
    ((to, mail),) = inbox.mails
    assert to == "list@example.org"
    assert mail.strip() == (manifest.parent / "email.eml").read_bytes().strip()


def test_what_should_not_be_sent_is_not(server: tuple[Inbox, str], manifest: Path, tmp_path: Path) -> None:
    inbox, address = server
    readers = people(tmp_path, "ann@example.net")
    assert "DIGEST_SECRET" in call(command(manifest, address, "--subscribers", readers), secret="").stderr
    bad = people(tmp_path, "not an address")
    assert "readers.txt:1" in call(command(manifest, address, "--subscribers", bad)).stderr
    whole = manifest.read_text()
    manifest.write_text(whole.replace('"draft": false', '"draft": true'))
    assert "is a draft" in call(command(manifest, address, "--list")).stderr
    manifest.write_text(whole)
    (manifest.parent / "email.txt").write_text("other")
    assert "not the file that the manifest means" in call(command(manifest, address, "--list")).stderr
    assert inbox.mails == []
    assert not (manifest.parent / "marks").exists()


def test_a_server_that_says_later_is_asked_again(server: tuple[Inbox, str], manifest: Path, tmp_path: Path) -> None:
    inbox, address = server
    readers = people(tmp_path, "later@example.net", "bob@example.net")
    assert call(command(manifest, address, "--subscribers", readers)).returncode == 75
    assert call(command(manifest, "127.0.0.1:1", "--subscribers", readers)).returncode == 75
    assert [to for to, _ in inbox.mails] == ["bob@example.net"]
    assert not (manifest.parent / "marks").exists()


def test_kills_lose_nobody_and_repeat_at_most_one_copy_each(
    server: tuple[Inbox, str], manifest: Path, tmp_path: Path
) -> None:
    inbox, address = server
    chance = random.Random(8)
    wanted = [f"reader{n}@example.net" for n in range(300)]
    arguments = command(manifest, address, "--subscribers", people(tmp_path, *wanted))
    environment = {**os.environ, "DIGEST_SECRET": "s3cret"}
    kills = 0
    planned = int(os.environ.get("DIGEST_SEND_KILLS", "6"))
    while kills < planned:
        before = len(inbox.mails)
        process = subprocess.Popen(arguments, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        goal = before + chance.randint(0, max(1, 250 // planned))
        while len(inbox.mails) < goal and process.poll() is None:
            time.sleep(0.0005)
        time.sleep(chance.uniform(0, 0.004))
        assert process.poll() is None, "it ended before all kills"
        process.send_signal(signal.SIGKILL)
        process.wait()
        kills += 1
    assert call(arguments).returncode == 0
    copies = Counter(to for to, _ in inbox.mails)
    assert set(copies) == set(wanted)
    assert sum(copies.values()) - len(wanted) <= kills
    with sqlite3.connect(manifest.parent / "log.sqlite") as log:
        rows = log.execute("SELECT address, state FROM copies").fetchall()
    log.close()
    assert sorted(rows) == sorted((address, "sent") for address in wanted)
    print(f"kills={kills} repeats={sum(copies.values()) - len(wanted)}")
