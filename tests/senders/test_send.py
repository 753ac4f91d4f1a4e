"""`digest send`: keys, approvals, doubts, what does not go together, and what a tick sends."""

import json
from pathlib import Path

import pytest

import digest as library
from tests.commands import NOW, POSTS, Command, Ended
from tests.conftest import MakeSite
from tests.senders.conftest import AS_OF, KEY_OF_EDITION, MakeSending, toml
from tests.senders.services import FakeListmonk

PROGRAM = """
import os, pathlib, sys
folder = pathlib.Path(sys.argv[2])
with (folder / "sent.txt").open("a") as file:
    file.write(os.environ["DIGEST_KEY"] + " " + os.environ["DIGEST_TEST_TO"] + "\\n")
code = folder / "code"
sys.exit(int(code.read_text()) if code.exists() else 0)
"""


@pytest.fixture
def by_command(make_site: MakeSite, digest: Command, tmp_path: Path) -> Path:
    """Return a site with a built edition that a program sends, which notes each call in `sent.txt`."""
    program = tmp_path / "program.py"
    program.write_text(PROGRAM, encoding="utf-8")
    run = json.dumps(["python3", str(program), "{manifest}", "."])
    folder = make_site(POSTS, toml("command", f"run = {run}"))
    assert digest(folder, "build", "--now", NOW).code == 0
    return folder


def send(digest: Command, folder: Path, *options: str) -> Ended:
    return digest(folder, "send", KEY_OF_EDITION, *AS_OF, *options)


def calls(folder: Path) -> list[str]:
    path = folder / "sent.txt"
    return path.read_text().splitlines() if path.exists() else []


def test_a_program_of_the_owner_sends(by_command: Path, digest: Command) -> None:
    ended = send(digest, by_command)
    assert ended.code == 0, ended.err
    assert send(digest, by_command).code == 0
    assert calls(by_command) == [f"{KEY_OF_EDITION} "]


@pytest.mark.parametrize(("code", "ends"), [("75", 75), ("65", 1)])
def test_a_program_that_sent_nothing_is_called_again(code: str, ends: int, by_command: Path, digest: Command) -> None:
    (by_command / "code").write_text(code)
    ended = send(digest, by_command)
    assert ended.code == ends
    assert f"ended with {code}" in ended.err
    (by_command / "code").unlink()
    assert send(digest, by_command).code == 0
    assert len(calls(by_command)) == 2


def test_a_doubt_is_asked_and_answered(by_command: Path, digest: Command) -> None:
    (by_command / "code").write_text("1")
    assert send(digest, by_command).code == 75
    (by_command / "code").unlink()
    for _ in range(2):
        asked = send(digest, by_command)
        assert asked.code == 75
        assert f"whether {KEY_OF_EDITION} was sent is not known" in asked.err
        assert f"`digest mark-sent {KEY_OF_EDITION}`" in asked.err
    assert len(calls(by_command)) == 1
    assert send(digest, by_command, "--resend").code == 0
    assert len(calls(by_command)) == 2
    assert "sent already" in send(digest, by_command).err


def test_what_is_given_up_counts_as_sent(by_command: Path, digest: Command) -> None:
    (by_command / "code").write_text("1")
    assert send(digest, by_command).code == 75
    given_up = send(digest, by_command, "--give-up")
    assert given_up.code == 0
    assert "nobody knows whether it was; it is not sent again" in given_up.err
    assert len(calls(by_command)) == 1
    status = digest(by_command, "send", "--status", KEY_OF_EDITION)
    assert "nobody knows" in status.out


def test_an_edition_marked_as_sent_is_not_sent(by_command: Path, digest: Command) -> None:
    assert digest(by_command, "mark-sent", KEY_OF_EDITION, "--now", NOW).code == 0
    assert "sent already" in send(digest, by_command).err
    assert calls(by_command) == []


def test_a_sent_json_of_elsewhere_is_enough(by_command: Path, digest: Command) -> None:
    mark = {"key": KEY_OF_EDITION, "at": NOW}
    (by_command / "public/editions/weekly/2026-W48/sent.json").write_text(json.dumps(mark))
    assert "sent already" in send(digest, by_command).err
    assert calls(by_command) == []


def test_a_test_runs_the_program_with_its_addresses(by_command: Path, digest: Command) -> None:
    assert send(digest, by_command, "--test", "me@x.example").code == 0
    assert calls(by_command) == [f"{KEY_OF_EDITION} me@x.example"]
    assert send(digest, by_command).code == 0


def test_an_approval_is_needed_where_the_digest_asks_for_it(by_command: Path, digest: Command) -> None:
    config = by_command / "digest.toml"
    config.write_text(config.read_text().replace("send_via", 'approve = "always"\nsend_via'))
    refused = send(digest, by_command)
    assert refused.code == 1
    assert f"{KEY_OF_EDITION} is not approved" in refused.err
    assert f"`digest approve {KEY_OF_EDITION}`" in refused.err
    assert "it would not be sent" in send(digest, by_command, "--dry-run").err
    assert send(digest, by_command, "--test", "me@x.example").code == 0
    assert digest(by_command, "approve", KEY_OF_EDITION, "--now", NOW).code == 0
    assert send(digest, by_command).code == 0


def test_a_late_edition_is_never_sent_without_an_approval(by_command: Path, digest: Command) -> None:
    config = by_command / "digest.toml"
    config.write_text(config.read_text().replace("send_via", 'approve = "never"\nsend_via'))
    late = digest(by_command, "send", KEY_OF_EDITION, "--as-of", "2026-11-27T09:00:00+00:00")
    assert late.code == 1
    assert "is late, and so is not sent without an approval" in late.err
    assert digest(by_command, "approve", KEY_OF_EDITION, "--now", NOW).code == 0
    assert digest(by_command, "send", KEY_OF_EDITION, "--as-of", "2026-11-27T09:00:00+00:00").code == 0


def test_a_file_that_is_not_the_manifests_is_refused(by_command: Path, digest: Command) -> None:
    (by_command / "public/editions/weekly/2026-W48/email.html").write_text("other")
    refused = send(digest, by_command)
    assert refused.code == 65
    assert "this is not the file that the manifest means" in refused.err


def test_an_edition_for_another_provider_is_refused(by_command: Path, digest: Command) -> None:
    config = by_command / "digest.toml"
    config.write_text(config.read_text() + 'provider = "mailman"\n')
    refused = send(digest, by_command)
    assert refused.code == 1
    assert 'is built for the provider "plain", and news fills in "mailman"' in refused.err
    assert f"`digest build {KEY_OF_EDITION}`" in refused.err
    assert calls(by_command) == []


def test_a_key_without_its_digest_is_understood_where_there_is_one(by_command: Path, digest: Command) -> None:
    assert digest(by_command, "send", "2026-W48", *AS_OF).code == 0
    unknown = digest(by_command, "send", "weekly", *AS_OF)
    assert unknown.code == 1
    assert f"such as {KEY_OF_EDITION}" in unknown.err
    never = digest(by_command, "send", "2026-W30", *AS_OF)
    assert never.code == 1
    assert "weekly/2026-W30" in never.err


def test_without_a_key_all_that_may_go_out_is_sent(by_command: Path, digest: Command) -> None:
    later = ("--as-of", "2026-11-30T09:00:00+00:00")
    assert digest(by_command, "build", "--now", later[1]).code == 0
    ended = digest(by_command, "send", *AS_OF)
    assert ended.code == 0, ended.err
    assert calls(by_command) == [f"{KEY_OF_EDITION} "]
    again = digest(by_command, "send", *AS_OF)
    assert (again.code, again.err.strip()) == (0, "nothing is to be sent")


@pytest.mark.parametrize(("code", "ends"), [("75", 75), ("65", 1)])
def test_a_tick_that_could_not_send_says_so(code: str, ends: int, by_command: Path, digest: Command) -> None:
    (by_command / "code").write_text(code)
    ended = digest(by_command, "send", *AS_OF)
    assert (ended.code, f"ended with {code}" in ended.err) == (ends, True)
    (by_command / "code").unlink()
    assert digest(by_command, "send", *AS_OF).code == 0


@pytest.mark.parametrize(
    "options",
    [
        ("--now", "--schedule", "2199-01-01T00:00"),
        ("--draft-only", "--now"),
        ("--status", "--cancel"),
        ("--dry-run", "--test", "me@x.example"),
        ("--resend", "--give-up"),
    ],
)
def test_options_that_say_different_things_are_refused(
    options: tuple[str, ...], by_command: Path, digest: Command
) -> None:
    ended = send(digest, by_command, *options)
    assert ended.code == 2
    assert "do not go together" in ended.err
    assert calls(by_command) == []


def test_a_time_that_has_passed_is_refused(by_command: Path, digest: Command) -> None:
    ended = send(digest, by_command, "--schedule", "2020-01-01T00:00")
    assert ended.code == 1
    assert "has passed; --now sends at once" in ended.err


def test_json_tells_the_same(by_command: Path, digest: Command) -> None:
    first = json.loads(send(digest, by_command, "--json", "--quiet").out)
    assert first == {**first, "key": KEY_OF_EDITION, "via": "news", "status": "sent", "new": True}
    assert json.loads(send(digest, by_command, "--json", "--quiet").out)["new"] is False


def test_a_digest_without_a_sender_is_told_what_to_write(site: Path, digest: Command) -> None:
    assert digest(site, "build", "--now", NOW).code == 0
    ended = send(digest, site)
    assert ended.code == 78
    assert 'write send_via = "NAME" into [digests.weekly]' in ended.err
    tick = digest(site, "send")
    assert (tick.code, "no digest has a sender" in tick.err) == (0, True)


def test_an_edition_that_is_being_sent_is_not_built_again(make_sending: MakeSending, digest: Command) -> None:
    service = FakeListmonk()
    folder = make_sending(service)
    assert send(digest, folder, "--schedule", "2199-12-01T09:15:00+01:00").code == 0
    (folder / "content/two.md").write_text("---\ntitle: Changed\ndate: 2026-11-21\n---\n\nOther.\n", "utf-8")
    before = (folder / "public/editions/weekly/2026-W48/email.html").read_bytes()
    ended = digest(folder, "build", KEY_OF_EDITION, "--now", NOW)
    assert ended.code == 0, ended.err
    assert "it is being sent; nothing of it changes" in ended.err
    assert (folder / "public/editions/weekly/2026-W48/email.html").read_bytes() == before


def test_the_library_sends(by_command: Path) -> None:
    from datetime import datetime

    config = library.load_config(by_command)
    result = library.send(config, KEY_OF_EDITION, datetime.fromisoformat(NOW))
    assert (result.status, result.new) == ("sent", True)
    assert library.sending_status(config, KEY_OF_EDITION)[0].status == "sent"
