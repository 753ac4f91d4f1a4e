"""The commands around editions: what is due, built, sent and recorded."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from digest.archive import locked
from tests.commands import NOW, POST, TOML, Command, tree
from tests.conftest import MakeSite

LATER = "2026-11-30T09:00:00+00:00"


def test_a_post_goes_out_once_and_a_late_one_with_the_next(site: Path, digest: Command) -> None:
    digest(site, "build", "--now", NOW)
    (site / "content" / "late.md").write_text(POST.format("Late", "2026-11-19", "news"))
    (site / "content" / "new.md").write_text(POST.format("New", "2026-11-27", "news"))
    report = json.loads(digest(site, "build", "--now", LATER, "--json").out)
    assert [(e["key"], e["status"]) for e in report["editions"]] == [("weekly/2026-W49", "built")]
    manifest = json.loads((site / "public/editions/weekly/2026-W49/manifest.json").read_bytes())
    assert [(post["title"], post["late"]) for post in manifest["posts"]] == [("New", False), ("Late", True)]
    listing = (site / "public/editions/weekly/index.html").read_text()
    assert listing.index("2026-W49") < listing.index("2026-W48")


def test_one_edition_by_key_and_nothing_new(site: Path, digest: Command) -> None:
    first = digest(site, "build", "--now", LATER, "weekly/2026-W48")
    assert "weekly/2026-W48: built" in first.err
    again = digest(site, "build", "--now", LATER)
    assert (again.code, "weekly/2026-W49: empty" in again.err) == (0, True)
    unknown = digest(site, "build", "--now", LATER, "wekly/2026-W48")
    assert (unknown.code, "there is no digest" in unknown.err) == (1, True)
    early = digest(site, "build", "--now", LATER, "weekly/2027-W01")
    assert early.code == 1


def test_an_edited_or_unsafe_note_is_told(site: Path, digest: Command) -> None:
    (site / "notes" / "weekly").mkdir(parents=True)
    (site / "notes" / "weekly" / "2026-W48.md").write_text("---\nsubject: Said by hand\n---\nDear readers,\n")
    digest(site, "build", "--now", NOW)
    folder = site / "public/editions/weekly/2026-W48"
    assert json.loads((folder / "manifest.json").read_bytes())["subject"] == "Said by hand"
    assert "Dear readers," in (folder / "email.txt").read_text()


def test_status_tells_what_is_due_built_and_sent(site: Path, digest: Command) -> None:
    (waiting,) = json.loads(digest(site, "status", "--now", NOW, "--json").out)
    assert (waiting["newest"], waiting["waiting"]) == ("", "weekly/2026-W48")
    digest(site, "build", "--now", NOW)
    marked = digest(site, "mark-sent", "weekly/2026-W48", "--ref", "42", "--now", NOW)
    assert (marked.code, "marked as sent" in marked.err) == (0, True)
    assert json.loads(digest(site, "mark-sent", "weekly/2026-W48", "--json").out)["status"] == "already sent"
    (done,) = json.loads(digest(site, "status", "--now", NOW, "--json").out)
    assert (done["newest"], done["newest_state"], done["waiting"]) == ("weekly/2026-W48", "sent", "")
    header, line = digest(site, "status", "--now", NOW).out.splitlines()
    assert header == "digest\tnewest\tstate\tdue\tnot sent\tnext\tends\tposts"
    assert line.startswith("weekly\tweekly/2026-W48\tsent")
    (site / "content" / "new.md").write_text(POST.format("New", "2026-11-27", "news"))
    late = digest(site, "status", "--now", "2026-12-20T00:00:00Z", "--max-age", "8d")
    assert (late.code, "overdue" in late.err) == (1, True)
    assert digest(site, "status", "--max-age", "soon").code == 2


def test_status_is_overdue_only_while_something_waits(make_site: MakeSite, digest: Command) -> None:
    site = make_site({"content/a.md": POST.format("A", "2026-11-15", "x")}, TOML)

    def status(now: str) -> Any:
        (found,) = json.loads(digest(site, "status", "--now", now, "--max-age", "8d", "--json").out)
        return found

    digest(site, "build", "--now", "2026-11-16T09:00")
    digest(site, "mark-sent", "weekly/2026-W47", "--now", "2026-11-16T10:00")
    assert not status("2026-11-30")["overdue"]
    (site / "content" / "b.md").write_text(POST.format("B", "2026-11-22", "x"))
    assert not status("2026-11-24T07:00")["overdue"]
    late = status("2026-11-24T09:00")
    assert (late["overdue"], late["waiting"]) == (True, "weekly/2026-W48")
    assert (late["newest"], late["newest_state"]) == ("weekly/2026-W47", "sent")
    digest(site, "build", "--now", NOW)
    unsent = status("2026-11-24T09:00")
    assert (unsent["overdue"], unsent["unsent"], unsent["waiting"]) == (True, ["weekly/2026-W48"], "")


def test_a_sent_edition_is_only_shown(site: Path, digest: Command) -> None:
    digest(site, "build", "--now", NOW)
    digest(site, "mark-sent", "weekly/2026-W48", "--now", NOW)
    before = tree(site / "public/editions/weekly/2026-W48")
    (site / "content" / "one.md").write_text(POST.format("Changed", "2026-11-20", "news"))
    ended = digest(site, "build", "--now", NOW, "weekly/2026-W48")
    assert "sent" in ended.err
    assert tree(site / "public/editions/weekly/2026-W48") == before


def test_a_key_that_was_never_built_can_not_be_marked(site: Path, digest: Command) -> None:
    ended = digest(site, "mark-sent", "weekly/2026-W48")
    assert (ended.code, "never built" in ended.err) == (1, True)


def test_the_ledger_is_shown_and_made_anew(site: Path, digest: Command) -> None:
    digest(site, "build", "--now", NOW)
    url = "https://notes.example/2026/11/20/one/"
    assert digest(site, "ledger", "show", url).out.startswith("weekly/2026-W48\tOne")
    (found,) = json.loads(digest(site, "ledger", "show", "content/one.md", "--json").out)
    assert (found["edition"], found["post"]["id"]) == ("weekly/2026-W48", url)
    assert digest(site, "ledger", "show", "nothing").code == 1
    (site / "ledger" / "weekly.jsonl").unlink()
    assert digest(site, "ledger", "rebuild").out == "weekly\t1\n"
    assert "already built" in digest(site, "build", "--now", NOW).err


def test_a_damaged_ledger_stops_the_build_with_its_line(site: Path, digest: Command) -> None:
    digest(site, "build", "--now", NOW)
    ledger = site / "ledger" / "weekly.jsonl"
    ledger.write_bytes(b"nonsense\n" + ledger.read_bytes())
    ended = digest(site, "build", "--now", NOW)
    assert (ended.code, "ledger/weekly.jsonl:1" in ended.err) == (65, True)


def test_a_second_run_at_once_leaves_the_work_to_the_first(site: Path, digest: Command) -> None:
    from digest.config import load_config

    with locked(load_config(site)):
        ended = digest(site, "build", "--now", NOW)
        assert (ended.code, "already running" in ended.err) == (75, True)
        assert json.loads(digest(site, "build", "--now", NOW, "--json").out) == {"status": "already running"}
    assert not (site / "public").exists()


def test_ping_needs_a_build_and_a_hub(site: Path, digest: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    from digest import feeds

    assert "run digest build first" in digest(site, "ping", "--now", NOW).err
    digest(site, "build", "--now", NOW)
    assert "no hub" in digest(site, "ping", "--now", NOW).err
    (site / "digest.toml").write_text(TOML + '[feeds]\nhub = "https://hub.example/"\n')
    digest(site, "build", "--now", NOW)
    told: list[str] = []
    monkeypatch.setattr(feeds, "ping", lambda topics, config: told.extend(topics))
    digest(site, "ping", "--now", NOW)
    assert "https://notes.example/feed.xml" in told
    told.clear()
    digest(site, "build", "--now", NOW)
    digest(site, "ping", "--now", NOW)
    assert told == []
    (site / ".digest" / "changed.json").write_bytes(b'["\xff"]')
    ended = digest(site, "ping", "--now", NOW)
    assert (ended.code, "Traceback" in ended.err) == (1, False)


def test_since_reaches_back_further_the_first_time(site: Path, digest: Command) -> None:
    digest(site, "build", "--now", NOW, "--since", "2025-01-01")
    manifest = json.loads((site / "public/editions/weekly/2026-W48/manifest.json").read_bytes())
    assert [post["title"] for post in manifest["posts"]] == ["Two", "One", "Old"]


def test_the_manifest_has_a_schema(site: Path, digest: Command) -> None:
    document = json.loads(digest(site, "schema", "--manifest").out)
    digest(site, "build", "--now", NOW)
    manifest = json.loads((site / "public/editions/weekly/2026-W48/manifest.json").read_bytes())
    assert set(manifest) <= set(document["$defs"]["Manifest"]["properties"])
    assert datetime.fromisoformat(manifest["window"]["end"]) == datetime(2026, 11, 23, 8, tzinfo=UTC)
