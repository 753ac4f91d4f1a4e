"""Each service by the command, against a fake of it: a draft, a test, a schedule, a release, and every failure."""

import json
from pathlib import Path

import pytest

from digest.editions import ledger as ledgers
from tests.commands import Command, Ended
from tests.senders.conftest import AS_OF, KEY_OF_EDITION, MakeSending
from tests.senders.services import KEY, SERVICES, FakeListmonk, Service

ALL = pytest.mark.parametrize("kind", SERVICES, ids=lambda kind: kind.kind)
Kind = type[Service]


def events(folder: Path) -> list[str]:
    lines = (folder / "ledger/weekly.jsonl").read_text(encoding="utf-8").splitlines()
    found = [json.loads(line)["event"] for line in lines if '"key":"weekly/' in line]
    return [event for event in found if event != "seen"]


def send(digest: Command, folder: Path, *options: str) -> Ended:
    return digest(folder, "send", KEY_OF_EDITION, *AS_OF, *options)


@ALL
def test_an_edition_is_sent_once(kind: Kind, make_sending: MakeSending, digest: Command) -> None:
    service = kind()
    folder = make_sending(service)
    ended = send(digest, folder)
    assert ended.code == 0, ended.err
    assert "sent via news" in ended.err
    assert service.sent == [("1", "Notes weekly: Two")]
    assert events(folder) == ["built", "handing", "drafted", "releasing", "sent"]
    assert (folder / "public/editions/weekly/2026-W48/sent.json").is_file()
    again = send(digest, folder)
    assert (again.code, "sent already" in again.err) == (0, True)
    assert len(service.sent) == 1
    read = ledgers.read(folder / "ledger/weekly.jsonl").sent[KEY_OF_EDITION]
    assert (read.via, read.ref) == ("news", "1")


@ALL
def test_a_draft_is_made_updated_and_released(kind: Kind, make_sending: MakeSending, digest: Command) -> None:
    service = kind()
    folder = make_sending(service)
    assert send(digest, folder, "--draft-only").code == 0
    assert service.sent == []
    (folder / "content/two.md").write_text((folder / "content/two.md").read_text("utf-8") + "More of it.\n", "utf-8")
    assert digest(folder, "build", KEY_OF_EDITION, "--now", AS_OF[1]).code == 0
    ended = send(digest, folder)
    assert ended.code == 0, ended.err
    assert len(service.items) == 1
    assert "More of it." in json.dumps(service.items)
    assert service.sent == [("1", "Notes weekly: Two")]
    assert events(folder) == ["built", "handing", "drafted", "handing", "drafted", "releasing", "sent"]


@ALL
def test_a_test_goes_to_its_addresses_and_leaves_nothing(
    kind: Kind, make_sending: MakeSending, digest: Command
) -> None:
    service = kind()
    folder = make_sending(service)
    before = events(folder)
    ended = send(digest, folder, "--test", "me@x.example", "--test", "you@x.example")
    assert ended.code == 0, ended.err
    assert {subject for subject, _ in service.tests} == {"[test] Notes weekly: Two"}
    assert sorted(address for _, to in service.tests for address in to) == ["me@x.example", "you@x.example"]
    assert service.items == {}
    assert service.sent == []
    assert events(folder) == before


@ALL
def test_an_edition_is_scheduled_and_taken_back(kind: Kind, make_sending: MakeSending, digest: Command) -> None:
    service = kind()
    folder = make_sending(service)
    ended = send(digest, folder, "--schedule", "2199-12-01T09:15:00+01:00")
    assert ended.code == 0, ended.err
    assert "scheduled via news" in ended.err
    assert service.sent == []
    status = digest(folder, "send", "--status", *AS_OF)
    assert f"{KEY_OF_EDITION}\tscheduled\tnews\t1\t2199-12-01T" in status.out, status.err
    taken = send(digest, folder, "--cancel")
    assert taken.code == 0, taken.err
    assert "cancelled" in taken.err
    assert events(folder)[-2:] == ["scheduled", "cancelled"]
    assert send(digest, folder).code == 0
    assert len(service.sent) == 1
    assert send(digest, folder, "--cancel").code == 1


@ALL
@pytest.mark.parametrize("number", range(1, 4))
def test_a_lost_answer_is_asked_for(kind: Kind, number: int, make_sending: MakeSending, digest: Command) -> None:
    """Whatever change is not answered, though it was made: the next runs find what became of it."""
    service = kind()
    service.loses = number
    folder = make_sending(service)
    codes = [send(digest, folder).code for _ in range(3)]
    assert codes[-1] == 0
    assert codes[0] == (75 if service.lost else 0)
    assert len(service.sent) == 1
    assert sum(item.get("status") != "draft" for item in service.items.values()) >= 1


@ALL
def test_what_is_scheduled_is_sent_now_or_at_another_time(
    kind: Kind, make_sending: MakeSending, digest: Command
) -> None:
    service = kind()
    folder = make_sending(service)
    assert send(digest, folder, "--schedule", "2199-12-01T09:15:00+01:00").code == 0
    again = send(digest, folder)
    assert (again.code, "scheduled already" in again.err) == (0, True)
    moved = send(digest, folder, "--schedule", "2199-12-02T09:15:00+01:00")
    assert (moved.code, "2199-12-02" in moved.err) == (0, True)
    assert service.sent == []
    assert send(digest, folder, "--now").code == 0
    assert len(service.sent) == 1


@ALL
def test_a_refusal_is_told_and_leaves_no_doubt(kind: Kind, make_sending: MakeSending, digest: Command) -> None:
    service = kind()
    service.refusals = [(422, {"message": "That is too long", "detail": "That is too long", "title": "x"})]
    folder = make_sending(service)
    refused = send(digest, folder)
    assert refused.code == 1
    assert "news: POST" in refused.err
    assert "422: " in refused.err
    assert "That is too long" in refused.err
    assert events(folder) == ["built", "handing", "failed"]
    assert send(digest, folder).code == 0
    assert len(service.sent) == 1


@ALL
def test_a_wrong_key_ends_with_one_and_shows_nothing(
    kind: Kind, make_sending: MakeSending, digest: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = kind()
    folder = make_sending(service)
    monkeypatch.setenv("CANARY", "another-secret-us6")
    ended = send(digest, folder)
    assert ended.code == 1
    assert "the key is wrong, or may not do this" in ended.err
    assert "another-secret" not in ended.out + ended.err


@ALL
def test_a_rehearsal_shows_every_request_and_makes_none(
    kind: Kind, make_sending: MakeSending, digest: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = kind()
    folder = make_sending(service)
    monkeypatch.setattr("socket.socket", None)
    ended = send(digest, folder, "--dry-run")
    assert ended.code == 0, ended.err
    assert service.calls == []
    assert KEY not in ended.out + ended.err
    assert ": ***" in ended.out
    assert "Notes weekly: Two" in ended.out
    assert ("takes no text part" in ended.err) == ("text" not in _abilities(kind))
    monkeypatch.delenv("CANARY")
    assert send(digest, folder, "--dry-run").out == ended.out
    monkeypatch.undo()


def _abilities(kind: Kind) -> frozenset[str]:
    from digest.config import sender_class

    return frozenset(sender_class(kind.kind).can)  # type: ignore[attr-defined]


def test_a_tick_leaves_a_draft_that_somebody_looks_at(make_sending: MakeSending, digest: Command) -> None:
    service = FakeListmonk()
    folder = make_sending(service)
    assert send(digest, folder, "--draft-only").code == 0
    tick = digest(folder, "send", *AS_OF)
    assert (tick.code, service.sent) == (0, [])
    assert f"it is a draft to look at; `digest send {KEY_OF_EDITION}` releases it" in tick.err
    assert send(digest, folder, "--draft-only").code == 0
    assert send(digest, folder).code == 0
    assert len(service.sent) == 1


def test_a_tick_goes_on_with_a_draft_that_a_run_left(make_sending: MakeSending, digest: Command) -> None:
    service = FakeListmonk()
    folder = make_sending(service)
    service.loses = 2
    assert digest(folder, "send", *AS_OF).code == 75
    ledger = folder / "ledger/weekly.jsonl"
    lines = ledger.read_text("utf-8").splitlines(keepends=True)
    ledger.write_text("".join(line for line in lines if '"releasing"' not in line), "utf-8")
    service.items["1"]["status"] = "draft"
    service.sent.clear()
    assert digest(folder, "send", *AS_OF).code == 0
    assert len(service.sent) == 1


def test_an_edition_released_in_the_service_is_taken_as_it_is(make_sending: MakeSending, digest: Command) -> None:
    service = FakeListmonk()
    folder = make_sending(service)
    assert send(digest, folder, "--draft-only").code == 0
    service.set_status(service.items["1"], "running")
    ended = send(digest, folder)
    assert ended.code == 0, ended.err
    assert len(service.sent) == 1
    assert events(folder)[-1] == "sent"


def test_a_second_sender_is_refused_while_one_has_the_edition(make_sending: MakeSending, digest: Command) -> None:
    service = FakeListmonk()
    folder = make_sending(service)
    toml = (folder / "digest.toml").read_text("utf-8")
    (folder / "digest.toml").write_text(toml + toml[toml.index("[senders.news]") :].replace("news", "other"), "utf-8")
    assert send(digest, folder, "--draft-only").code == 0
    ended = send(digest, folder, "--via", "other")
    assert ended.code == 1
    assert f"is drafted via news; `digest send --cancel {KEY_OF_EDITION} --via news` takes it back" in ended.err
