"""The same with a PostgreSQL server as Debian has it."""

import json

import psycopg
import pytest

from tests.commands import Command
from tests.mail_server import Inbox, mail_server
from tests.readers.conftest import KEY, NOW, MakeHarbour
from tests.readers.test_commands import READERS, send


@pytest.fixture
def make_in_postgres(make_harbour: MakeHarbour, database_of_its_own: str) -> MakeHarbour:
    """As `make_harbour`, with the readers in PostgreSQL."""
    del database_of_its_own
    return lambda readers, port: make_harbour(readers, port, database='database_env = "READERS_DATABASE"')


def test_letters_are_planned_and_sent_once(
    make_in_postgres: MakeHarbour, digest: Command, inbox: tuple[Inbox, int]
) -> None:
    server, port = inbox
    folder = make_in_postgres(READERS, port)
    found = json.loads(digest(folder, "plan", "weekly", "--as-of", NOW, "--json").out)
    assert (found["readers"], found["letters"]) == (5, 5)
    for _ in range(2):
        ended = send(digest, folder)
        assert ended.code == 0, ended.err
    assert len(server.readers) == 5
    assert f"{KEY}: 5 sent" in digest(folder, "readers", "status").out
    assert not (folder / "private" / "readers.sqlite").exists()


def test_readers_are_changed_and_forgotten(make_in_postgres: MakeHarbour, digest: Command) -> None:
    folder = make_in_postgres(READERS, 1)
    assert digest(folder, "readers", "forget", "ann@example.org").code == 0
    ended = digest(folder, "readers", "import", "readers.csv", "--json")
    assert json.loads(ended.out) == {"added": 0, "changed": 0, "unchanged": 4, "ended": 0, "kept_away": 2}
    assert "ann@example.org" not in digest(folder, "readers", "export").out
    assert json.loads(digest(folder, "readers", "export", "bob@example.org").out)["tags"] == "sport"


def test_a_letter_that_is_put_off_is_sent_by_the_next_run(make_in_postgres: MakeHarbour, digest: Command) -> None:
    def fault(stage: str, address: str, number: int) -> str:
        return "450 4.2.0 not now" if (stage, address, number) == ("recipient", "bob@example.org", 0) else ""

    with mail_server(fault) as (server, port):
        folder = make_in_postgres(READERS, port)
        assert send(digest, folder, "--batch", "2").code == 75
        assert send(digest, folder, "--batch", "2").code == 0
        assert len(server.readers) == 5


def test_two_machines_do_not_send_at_once(
    make_in_postgres: MakeHarbour, digest: Command, inbox: tuple[Inbox, int], database_of_its_own: str
) -> None:
    folder = make_in_postgres(READERS, inbox[1])
    with psycopg.connect(database_of_its_own) as other:
        other.execute("SELECT pg_advisory_lock(%s)", (0x64696765,))
        ended = send(digest, folder)
        assert ended.code == 75
        assert "another machine is sending" in ended.err
    assert send(digest, folder).code == 0


def test_a_server_that_cannot_be_reached_is_named_without_its_password(
    make_in_postgres: MakeHarbour, digest: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_in_postgres(READERS, 1)
    monkeypatch.setenv("READERS_DATABASE", "postgresql://digest:hunter22@127.0.0.1:1/readers")
    ended = digest(folder, "readers", "status")
    assert ended.code == 73
    assert "READERS_DATABASE" in ended.err
    assert "hunter22" not in ended.err
