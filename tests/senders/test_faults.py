"""Faults of disk, network and clock in the command itself: a full disk, a torn ledger, a slow service, a second run."""

import errno
import json
import os
import time
from pathlib import Path

import pytest
from filelock import FileLock

from tests.commands import Command, Ended
from tests.senders.conftest import AS_OF, KEY_OF_EDITION, MakeSending
from tests.senders.services import Answer, Call, FakeListmonk, FakeMailchimp


def send(digest: Command, folder: Path, *options: str) -> Ended:
    return digest(folder, "send", KEY_OF_EDITION, *AS_OF, *options)


@pytest.mark.parametrize("number", range(1, 9))
def test_a_full_disk_ends_the_run_and_the_next_goes_on(
    number: int, make_sending: MakeSending, digest: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = FakeListmonk()
    folder = make_sending(service)
    real, left = os.fsync, number

    def fsync(handle: int) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(handle)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fsync)
        first = send(digest, folder)
    assert first.code == (73 if left <= 0 else 0), first.err
    assert send(digest, folder).code == 0
    assert len(service.sent) == 1


@pytest.mark.parametrize("line", ["handing", "drafted", "releasing", "sent"])
def test_a_torn_line_is_made_up_for(line: str, make_sending: MakeSending, digest: Command) -> None:
    service = FakeListmonk()
    folder = make_sending(service)
    assert send(digest, folder).code == 0
    ledger = folder / "ledger/weekly.jsonl"
    whole = ledger.read_bytes()
    at = whole.index(f'"event":"{line}"'.encode())
    for cut in (at - 1, at + 9, whole.index(b"\n", at) - 1):
        ledger.write_bytes(whole[:cut])
        (folder / "public/editions/weekly/2026-W48/sent.json").unlink(missing_ok=True)
        ended = send(digest, folder)
        assert ended.code == 0, ended.err
        assert len(service.sent) == 1
        assert b'"event":"sent"' in ledger.read_bytes()


def test_joined_branches_know_what_either_did(make_sending: MakeSending, digest: Command) -> None:
    service = FakeListmonk()
    folder = make_sending(service)
    ledger = folder / "ledger/weekly.jsonl"
    built = ledger.read_text("utf-8")
    assert send(digest, folder).code == 0
    sent = ledger.read_text("utf-8")
    ledger.write_text(built, "utf-8")
    (folder / "public/editions/weekly/2026-W48/sent.json").unlink()
    assert send(digest, folder, "--draft-only").code == 0, "the service knows"
    joined = dict.fromkeys([*ledger.read_text("utf-8").splitlines(), *sent.splitlines()])
    ledger.write_text("\n".join(reversed(joined)) + "\n", "utf-8")
    assert "sent already" in send(digest, folder).err
    assert len(service.sent) == 1


def test_a_second_run_waits_its_turn(make_sending: MakeSending, digest: Command) -> None:
    folder = make_sending(FakeListmonk())
    with FileLock(folder / ".digest/sending"):
        ended = send(digest, folder)
    assert ended.code == 75
    assert "already sending: another run sends; --wait waits for it" in ended.err
    assert send(digest, folder).code == 0


def test_a_build_does_not_wait_for_a_run_that_sends(make_sending: MakeSending, digest: Command) -> None:
    folder = make_sending(FakeListmonk())
    with FileLock(folder / ".digest/sending"):
        assert digest(folder, "build", "--now", "2026-11-23T10:00:00+00:00").code == 0


def test_no_address_gets_into_the_ledger(make_sending: MakeSending, digest: Command) -> None:
    service = FakeListmonk()
    service.refusals = [(422, {"message": "Invalid from_email weekly@notes.example, <a@b.example>"})]
    folder = make_sending(service)
    assert send(digest, folder).code == 1
    ledger = (folder / "ledger/weekly.jsonl").read_text("utf-8")
    assert '"event":"failed"' in ledger
    assert "@" not in ledger


class Throttling(FakeListmonk):
    """A service that is too busy for the first reads."""

    busy: list[tuple[int, dict[str, str]]]

    def handle(self, call: Call) -> Answer:
        if call.method == "GET" and self.busy:
            return self.busy.pop(0)
        return super().handle(call)


def test_a_read_is_repeated(make_sending: MakeSending, digest: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    service = Throttling()
    service.busy = [(502, {}), (429, {"message": "slow down"})]
    folder = make_sending(service)
    assert send(digest, folder).code == 0
    assert len(service.sent) == 1
    assert [pause for pause in pauses if pause >= 1] == [1, 2]


def test_a_change_is_not_repeated(make_sending: MakeSending, digest: Command) -> None:
    service = FakeListmonk()
    service.refusals = [(502, {"message": "bad gateway"})]
    folder = make_sending(service)
    assert send(digest, folder).code == 75
    assert sum(call.method == "POST" for call in service.calls) == 1


def test_waiting_ends_when_the_service_has_sent_all(
    make_sending: MakeSending, digest: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = FakeMailchimp()
    folder = make_sending(service)
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        if seconds >= 1:
            pauses.append(seconds)
            service.items["1"]["status"] = "sent" if len(pauses) == 3 else "sending"

    monkeypatch.setattr(time, "sleep", sleep)
    ended = send(digest, folder, "--wait", "--json")
    assert ended.code == 0, ended.err
    assert pauses == [1, 2, 4]
    assert json.loads(ended.out)["status"] == "sent"


def test_what_fails_in_the_service_is_told(make_sending: MakeSending, digest: Command) -> None:
    service = FakeListmonk()
    folder = make_sending(service)
    assert send(digest, folder, "--schedule", "2199-12-01T09:15:00+01:00").code == 0
    service.items["1"]["status"] = "cancelled"
    for _ in range(2):
        ended = send(digest, folder)
        assert ended.code == 1
        assert f"{KEY_OF_EDITION} failed at news: cancelled" in ended.err
        assert "or delete it there" in ended.err
    service.items.clear()
    assert send(digest, folder).code == 0
    assert len(service.sent) == 1


def test_what_is_unscheduled_in_the_service_stays_so(make_sending: MakeSending, digest: Command) -> None:
    service = FakeListmonk()
    folder = make_sending(service)
    assert send(digest, folder, "--schedule", "2199-12-01T09:15:00+01:00").code == 0
    service.items["1"]["status"] = "draft"
    ended = digest(folder, "send", *AS_OF)
    assert (ended.code, "cancelled" in ended.err) == (0, True)
    assert "it was cancelled" in digest(folder, "send", *AS_OF).err
    assert service.sent == []
    assert send(digest, folder).code == 0
    assert len(service.sent) == 1
