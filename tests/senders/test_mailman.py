"""`kind = "mailman"`: a message that a list holds is accepted once, against a fake of Mailman's REST API and a mail sink."""

import base64
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from aiosmtpd.controller import Controller

from tests.commands import NOW, POSTS, Command, Ended
from tests.conftest import MakeSite
from tests.senders.conftest import AS_OF, KEY_OF_EDITION, toml
from tests.senders.services import Answer, Call, Service, serving

PASSWORD = "canary-of-mailman"


class FakeMailman(Service):
    """A list: what it holds, and what it has sent."""

    kind = "mailman"
    header = "Basic " + base64.b64encode(f"restadmin:{PASSWORD}".encode()).decode()

    def __init__(self) -> None:
        super().__init__()
        self.held: dict[int, str] = {}
        self.number = 0
        self.action = "hold"
        self.keeps_back = 0  # posts that are taken in only later

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        assert envelope.rcpt_tos == ["weekly@lists.example"]
        self.number += 1
        self.held[self.number] = message_from_bytes(envelope.content)["Message-ID"]
        return "250 ok"

    def handle(self, call: Call) -> Answer:
        parts = call.path.removeprefix("/3.1/lists/weekly%40lists.example/").split("/")
        parts = [part for part in call.path.partition("lists.example/")[2].split("/") if part] or parts
        match call.method, *parts:
            case "GET", "config":
                return 200, {
                    "emergency": False,
                    "default_nonmember_action": self.action,
                    "default_member_action": "defer",
                }
            case "GET", "member" | "nonmember", _:
                return 404, {"title": "404 Not Found"}
            case "GET", "held":
                entries = [{"request_id": number, "message_id": name} for number, name in self.held.items()]
                return 200, {"entries": entries, "total_size": len(entries)} if entries else {"total_size": 0}
            case "GET", "held", number:
                known = int(number) in self.held
                return (
                    (200, {"request_id": int(number), "reason": "held"}) if known else (404, {"title": "404 Not Found"})
                )
            case "POST", "held", number:
                if int(number) not in self.held:
                    return 404, {"title": "404 Not Found"}
                name = self.held.pop(int(number))
                if dict(parse_qsl(call.body))["action"] == "accept":
                    self.sent.append((number, name))
                return 204, None
        return 404, {}


@contextmanager
def mail_server(service: FakeMailman) -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(service, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


@pytest.fixture
def held(make_site: MakeSite, digest: Command, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[FakeMailman, Path]]:
    monkeypatch.setenv("MAILMAN_REST_PASSWORD", PASSWORD)
    service = FakeMailman()
    with serving(service) as address, mail_server(service) as port:
        settings = f'host = "127.0.0.1"\nport = {port}\nsecurity = "none"\napi = "{address}/3.1"'
        folder = make_site(POSTS, toml("mailman", settings, to='"weekly@lists.example"'))
        assert digest(folder, "build", "--now", NOW).code == 0
        yield service, folder


def send(digest: Command, folder: Path, *options: str) -> Ended:
    return digest(folder, "send", KEY_OF_EDITION, *AS_OF, *options)


def test_a_message_is_held_and_accepted_once(held: tuple[FakeMailman, Path], digest: Command) -> None:
    service, folder = held
    drafted = send(digest, folder, "--draft-only")
    assert drafted.code == 0, drafted.err
    assert (len(service.held), service.sent) == (1, [])
    assert send(digest, folder).code == 0
    assert (service.held, len(service.sent)) == ({}, 1)
    assert "sent already" in send(digest, folder).err
    assert PASSWORD not in drafted.out + drafted.err


def test_an_answer_that_is_lost_does_no_harm(held: tuple[FakeMailman, Path], digest: Command) -> None:
    service, folder = held
    service.loses = 1  # the acceptance
    assert send(digest, folder).code == 75
    assert send(digest, folder).code == 0
    assert len(service.sent) == 1


def test_a_message_that_was_posted_twice_is_sent_once(held: tuple[FakeMailman, Path], digest: Command) -> None:
    service, folder = held
    assert send(digest, folder, "--draft-only").code == 0
    service.number += 1
    service.held[service.number] = service.held[1]
    assert send(digest, folder).code == 0
    assert (service.held, len(service.sent)) == ({}, 1)


def test_what_a_moderator_accepted_is_not_posted_again(held: tuple[FakeMailman, Path], digest: Command) -> None:
    service, folder = held
    assert send(digest, folder, "--draft-only").code == 0
    service.sent.append(("1", service.held.pop(1)))
    ended = send(digest, folder)
    assert (ended.code, "news no longer holds it" in ended.err) == (0, True)
    assert len(service.sent) == 1


def test_a_list_that_would_not_hold_it_gets_nothing(held: tuple[FakeMailman, Path], digest: Command) -> None:
    service, folder = held
    service.action = "accept"
    ended = send(digest, folder, "--draft-only")
    assert ended.code == 1
    assert "the list would not hold the message, but accept it" in ended.err
    assert service.held == {}


def test_a_rehearsal_names_the_calls_and_the_letter(held: tuple[FakeMailman, Path], digest: Command) -> None:
    service, folder = held
    ended = send(digest, folder, "--dry-run")
    assert ended.code == 0, ended.err
    assert "RCPT TO:<weekly@lists.example>" in ended.out
    assert "action=accept" in ended.out
    assert (service.calls, PASSWORD in ended.out) == ([], False)
