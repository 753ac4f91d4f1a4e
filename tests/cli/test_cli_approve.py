"""`digest approve`: it binds to the content, and `mark-sent` and sending scripts are refused without it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import digest as library
from tests.commands import NOW, POST, TOML, Command
from tests.conftest import MakeSite

KEY = "weekly/2026-W48"
FOLDER = f"public/editions/{KEY}"
SEND = Path(__file__).parents[2] / "examples" / "send.py"
SENDER = '[senders.list]\nkind = "smtp-list"\nsendmail = "/nowhere/sendmail"\n'
FRIDAY = "2026-11-27T09:00:00+00:00"


@pytest.fixture
def site(make_site: MakeSite) -> Path:
    """Return a site whose editions all need an approval."""
    posts = {
        "content/one.md": POST.format("One", "2026-11-20", "x"),
        "content/two.md": POST.format("Two", "2026-11-21", "x"),
    }
    return make_site(posts, f'{SENDER}{TOML}approve = "always"\nto = "list@notes.example"\n')


def manifest(site: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((site / FOLDER / "manifest.json").read_bytes())
    return found


def state(site: Path, digest: Command, now: str = NOW) -> str:
    (found,) = json.loads(digest(site, "status", "--now", now, "--json").out)
    return str(found["newest_state"])


def send(site: Path) -> str:
    """Return what `examples/send.py` says that ends without sending: there is no mail server."""
    command = [sys.executable, str(SEND), str(site), KEY, "list"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stderr


def test_an_edition_is_approved_handed_over_and_marked(site: Path, digest: Command) -> None:
    built = digest(site, "build", "--now", NOW)
    assert f"{KEY}: built (2 posts); look at {FOLDER}/index.html, then `digest approve {KEY}`" in built.err
    assert (manifest(site)["needs_approval"], state(site, digest)) == (True, "to approve")
    refused = digest(site, "mark-sent", KEY)
    assert (refused.code, f"error: {KEY} is not approved: look at {FOLDER}/index.html" in refused.err) == (1, True)
    assert "is not approved" in send(site)
    approved = digest(site, "approve", KEY, "--by", "Ann", "--now", NOW)
    assert approved.code == 0
    assert f'{KEY}: approved, "Notes weekly: Two" with 2 posts' in approved.err
    assert f"`digest mark-sent {KEY}`" in approved.err
    assert state(site, digest) == "approved"
    assert f"send {FOLDER}/email.eml, then `digest mark-sent {KEY}`" in digest(site, "build", "--now", NOW).err
    assert "/nowhere/sendmail cannot be run" in send(site)
    assert digest(site, "mark-sent", KEY, "--now", NOW).code == 0
    again = digest(site, "approve", KEY)
    assert (again.code, "was sent already" in again.err) == (1, True)


def test_other_content_needs_it_again_and_the_same_does_not(site: Path, digest: Command) -> None:
    digest(site, "build", "--now", NOW)
    digest(site, "approve", KEY, "--by", "Ann", "--now", NOW)
    first = manifest(site)["content_hash"]
    digest(site, "build", KEY, "--now", FRIDAY)
    assert (manifest(site)["content_hash"], state(site, digest)) == (first, "approved")
    (site / "content/one.md").write_text(POST.format("One", "2026-11-20", "x") + "More.\n")
    said = digest(site, "build", "--now", NOW).err
    assert f"changed since: content/one.md, which `digest build {KEY}` takes in" in said
    rebuilt = digest(site, "build", KEY, "--now", NOW)
    assert f"it is not what was approved: look at {FOLDER}/index.html, then `digest approve {KEY}`" in rebuilt.err
    assert (manifest(site)["content_hash"] != first, state(site, digest)) == (True, "to approve again")
    assert "is not what was approved" in digest(site, "mark-sent", KEY).err
    assert "is not what was approved" in send(site)
    digest(site, "approve", KEY, "--now", NOW)
    assert digest(site, "mark-sent", KEY).code == 0


def test_a_note_that_came_later_is_named_and_so_is_what_was_not_built(site: Path, digest: Command) -> None:
    digest(site, "build", "--now", NOW)
    (site / "notes/weekly").mkdir(parents=True)
    (site / "notes/weekly/2026-W48.md").write_text("Dear readers,\n")
    said = f"changed since: notes/weekly/2026-W48.md, which `digest build {KEY}` takes in"
    assert said in digest(site, "build", "--now", NOW).err
    assert f"next: {said}" in digest(site, "approve", KEY, "--now", NOW).err
    digest(site, "build", KEY, "--now", NOW)
    assert "changed since" not in digest(site, "status", "--now", NOW).err


def test_an_approval_is_of_sender_and_subject_too(site: Path, digest: Command) -> None:
    digest(site, "build", "--now", NOW)
    digest(site, "approve", KEY)
    hashes = {manifest(site)["content_hash"]}
    for change in ('subject = "{{ lead.title }}"\n', 'reply_to = "ann@notes.example"\n'):
        with (site / "digest.toml").open("a") as file:
            file.write(change)
        digest(site, "build", KEY, "--now", NOW)
        hashes.add(manifest(site)["content_hash"])
        assert state(site, digest) == "to approve again"
    assert len(hashes) == 3


def test_an_approval_outlives_ledger_and_output(site: Path, digest: Command) -> None:
    digest(site, "build", "--now", NOW)
    digest(site, "approve", KEY, "--now", NOW)
    (site / "ledger/weekly.jsonl").unlink()
    digest(site, "ledger", "rebuild")
    assert state(site, digest) == "approved"
    mark = (site / FOLDER / "approved.json").read_bytes()
    assert b"Ann" not in mark
    for file in (site / FOLDER).iterdir():
        file.unlink()
    digest(site, "build", "--now", NOW)
    assert (site / FOLDER / "approved.json").read_bytes() == mark
    assert digest(site, "mark-sent", KEY).code == 0


def test_a_first_run_on_another_day_says_what_to_do(make_site: MakeSite, digest: Command) -> None:
    site = make_site({"content/one.md": POST.format("One", "2026-11-20", "x")}, TOML)
    built = digest(site, "build", "--now", FRIDAY)
    assert f"{KEY}: built (1 post, a draft: its window ended 4 days ago, and max_age is 3); look at" in built.err
    assert f"then `digest approve {KEY}`" in built.err
    assert digest(site, "mark-sent", KEY).code == 1
    assert digest(site, "approve", KEY).code == 0
    assert digest(site, "mark-sent", KEY).code == 0


@pytest.mark.parametrize(("approve", "now", "needs"), [
    ("never", FRIDAY, False), ("drafts", FRIDAY, True), ("drafts", NOW, False), ("always", NOW, True),
])  # fmt: skip
def test_the_digest_says_which_editions_need_it(
    make_site: MakeSite, digest: Command, approve: str, now: str, needs: bool
) -> None:
    site = make_site({"content/one.md": POST.format("One", "2026-11-20", "x")}, f'{TOML}approve = "{approve}"\n')
    digest(site, "build", "--now", now)
    assert manifest(site)["needs_approval"] is needs
    assert digest(site, "mark-sent", KEY).code == int(needs)


def test_what_can_not_be_approved_is_told(site: Path, digest: Command) -> None:
    assert "was never built" in digest(site, "approve", KEY).err
    assert "there is no digest" in digest(site, "approve", "wekly/2026-W48").err
    digest(site, "build", "--now", NOW)
    assert f'did you mean "{KEY}"?' in digest(site, "approve", "weekly/2026-W47").err
    (site / FOLDER / "manifest.json").unlink()
    assert "is not in public/; `digest build` makes it again" in digest(site, "approve", KEY).err


def test_an_edition_whose_window_is_open_is_not_called_a_mistake(site: Path, digest: Command) -> None:
    for command, key, end in (("mark-sent", "2026-W49", "2026-11-30"), ("approve", "2026-W50", "2026-12-07")):
        ended = digest(site, command, f"weekly/{key}", "--now", NOW)
        assert f"its window ends at {end}T08:00:00+00:00; until then `digest preview`" in ended.err
        assert "`digest build --draft`" in ended.err


def test_an_open_edition_is_approved_for_the_build_to_come(site: Path, digest: Command) -> None:
    key, friday, monday = "weekly/2026-W49", "2026-11-27T09:00:00+00:00", "2026-11-30T08:10:00+00:00"
    digest(site, "build", "--now", NOW)
    assert "no new posts so far" in digest(site, "approve", key, "--now", friday).err
    (site / "content/three.md").write_text(POST.format("Three", "2026-11-25", "x"))
    assert f"`digest approve {key}` approves it as it is now" in digest(site, "status", "--now", friday).err
    approved = digest(site, "approve", key, "--by", "Ann", "--now", friday)
    assert (approved.code, f'{key}: approved, "Notes weekly: Three" with 1 post' in approved.err) == (0, True)
    assert "next: `digest build` at the end of its window, Monday 2026-11-30 08:00" in approved.err
    assert "approved as it was on Friday 2026-11-27 09:00" in digest(site, "build", "--now", friday).err
    draft = (site / f".digest/drafts/{key}/email.eml").read_bytes()
    assert f"send public/editions/{key}/email.eml" in digest(site, "build", "--now", monday).err
    assert (site / f"public/editions/{key}/email.eml").read_bytes() == draft
    assert digest(site, "mark-sent", key, "--now", monday).code == 0


def test_an_open_edition_that_changed_has_to_be_approved_again(site: Path, digest: Command) -> None:
    key = "weekly/2026-W49"
    digest(site, "build", "--now", NOW)
    (site / "content/three.md").write_text(POST.format("Three", "2026-11-25", "x"))
    digest(site, "approve", key, "--now", "2026-11-27T09:00:00+00:00")
    (site / "content/four.md").write_text(POST.format("Four", "2026-11-28", "x"))
    assert "it is not what was approved" in digest(site, "build", "--now", "2026-11-30T08:10:00+00:00").err
    assert digest(site, "mark-sent", key).code == 1


def test_status_says_what_to_do(site: Path, digest: Command) -> None:
    def said(now: str = NOW) -> str:
        return digest(site, "status", "--now", now).err

    assert f"{KEY}: `digest build` builds it, `digest preview` shows it" in said()
    following = "weekly/2026-W49: no new posts so far; `digest preview` shows it"
    assert f"{following}; a note for it goes into notes/weekly/2026-W49.md" in said()
    digest(site, "build", "--now", NOW)
    assert f"{KEY}: look at {FOLDER}/index.html, then `digest approve {KEY}`" in said()
    digest(site, "approve", KEY)
    assert f"{KEY}: send {FOLDER}/email.eml, then `digest mark-sent {KEY}`" in said()
    with (site / "digest.toml").open("a") as file:
        file.write('provider = "listmonk"\n')
    assert f"{KEY}: send {FOLDER}/email.html, then" in said()
    digest(site, "mark-sent", KEY)
    (site / "notes/weekly").mkdir(parents=True)
    (site / "notes/weekly/2026-W49.md").write_text("Dear readers,\n")
    assert said().splitlines() == [f"{following}; its note is notes/weekly/2026-W49.md"]
    assert "no new posts so far; with notes/weekly/2026-W49.md" in digest(site, "build", "--now", NOW).err


def test_a_damaged_manifest_is_approved_by_nobody(site: Path, digest: Command) -> None:
    digest(site, "build", "--now", NOW)
    digest(site, "approve", KEY)
    (site / FOLDER / "manifest.json").write_text("{")
    assert state(site, digest) == "to approve again"


def test_the_library_approves(site: Path, digest: Command) -> None:
    digest(site, "build", "--now", NOW)
    config = library.load_config(site)
    approved = library.approve(config, KEY, now=library.published_editions(config, "weekly")[0].window.end, by="Ann")
    assert approved.content_hash == manifest(site)["content_hash"]
