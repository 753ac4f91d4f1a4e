"""The zone of the dates that the command line shows: a post's are in the site's, an edition's in its digest's."""

import json
from pathlib import Path

import pytest

from tests.commands import Command
from tests.conftest import MakeSite

SITE = '[site]\ntitle = "Notes"\nurl = "https://notes.example/"\ntimezone = "{0}"\n'
DIGEST = """
[digests.weekly]
title = "Weekly"
sender = "Notes <weekly@notes.example>"
unsubscribe = "https://notes.example/unsubscribe"
timezone = "{0}"
"""
NOW = "2026-11-23T09:00:00Z"
KEY = "weekly/2026-W48"


def post(date: str, more: str = "") -> str:
    """Return a post's file."""
    return f"---\ntitle: One\ndate: {date}\n{more}---\n\nBody.\n"


def listed(folder: Path, digest: Command, *arguments: str) -> dict[str, object]:
    """Return the only post of `digest list --json`."""
    ended = digest(folder, "list", "--json", "--now", NOW, *arguments)
    assert ended.code == 0, ended.err
    (line,) = ended.out.splitlines()
    found: dict[str, object] = json.loads(line)
    return found


@pytest.mark.parametrize(
    ("zone", "written", "shown"),
    [
        ("Asia/Shanghai", "2025-02-08 11:19:11", "2025-02-08T11:19:11+08:00"),
        ("Asia/Shanghai", "2025-02-08", "2025-02-08T00:00:00+08:00"),
        ("Asia/Shanghai", "2025-02-08T22:19:11-05:00", "2025-02-09T11:19:11+08:00"),  # another day
        ("Asia/Shanghai", "2025-02-08T03:19:11Z", "2025-02-08T11:19:11+08:00"),
        ("Europe/Berlin", "2026-01-15 09:00", "2026-01-15T09:00:00+01:00"),
        ("Europe/Berlin", "2026-07-15 09:00", "2026-07-15T09:00:00+02:00"),
        ("Europe/Berlin", "2026-10-25T01:30:00Z", "2026-10-25T02:30:00+01:00"),  # the second time that it is 02:30
        ("America/New_York", "2026-03-08 09:00", "2026-03-08T09:00:00-04:00"),
        ("Australia/Lord_Howe", "2026-01-15 09:00", "2026-01-15T09:00:00+11:00"),
        ("Asia/Kathmandu", "2025-02-08 11:19:11", "2025-02-08T11:19:11+05:45"),
        ("UTC", "2025-02-08T11:19:11+08:00", "2025-02-08T03:19:11+00:00"),
        ("Africa/Monrovia", "1971-01-01T00:00:00Z", "1971-01-01T00:00:00+00:00"),  # its offset was -00:44:30
    ],
)
def test_a_list_has_dates_in_the_sites_zone(
    make_site: MakeSite, digest: Command, zone: str, written: str, shown: str
) -> None:
    root = make_site({"content/one.md": post(written, f"updated: {written}\n")}, SITE.format(zone))
    first = listed(root, digest)
    assert (first["date"], first["updated"]) == (shown, shown)
    remembered = listed(root, digest)
    assert remembered == first


def test_the_zone_of_a_digest_is_not_that_of_a_post(make_site: MakeSite, digest: Command) -> None:
    toml = SITE.format("Asia/Shanghai") + DIGEST.format("America/New_York")
    root = make_site({"content/one.md": post("2026-11-20 09:00")}, toml)
    assert listed(root, digest)["date"] == "2026-11-20T09:00:00+08:00"
    later = SITE.format("Europe/Berlin") + DIGEST.format("America/New_York")
    (root / "digest.toml").write_text(later)  # the post is read anew in another zone
    assert listed(root, digest)["date"] == "2026-11-20T09:00:00+01:00"


def test_a_table_and_json_show_the_same_time(make_site: MakeSite, digest: Command) -> None:
    root = make_site({"content/one.md": post("2025-02-08T22:19:11-05:00")}, SITE.format("Asia/Shanghai"))
    assert digest(root, "list", "--now", NOW).out.startswith("2025-02-09 11:19\t")
    assert str(listed(root, digest)["date"]).startswith("2025-02-09T11:19")


def test_a_draft_without_a_date_has_none(make_site: MakeSite, digest: Command) -> None:
    root = make_site({"content/one.md": "---\ntitle: One\ndraft: true\n---\n"}, SITE.format("America/New_York"))
    assert listed(root, digest, "--all")["date"] is None
    assert digest(root, "list", "--all", "--now", NOW).out.startswith("-\tdraft\tOne\t")


def test_status_and_messages_of_editions_are_in_the_zone_of_the_digest(make_site: MakeSite, digest: Command) -> None:
    toml = SITE.format("Asia/Shanghai") + DIGEST.format("America/New_York")
    root = make_site({"content/one.md": post("2026-11-20 09:00")}, toml)
    now = "2026-11-23T14:00:00Z"  # 09:00 in New York
    early = digest(root, "build", "--now", now, "weekly/2026-W49")
    assert "weekly/2026-W49 ends at 2026-11-30T08:00:00-05:00; it can be built from then on" in early.err
    (standing,) = json.loads(digest(root, "status", "--json", "--now", now).out)
    assert standing["next_end"] == "2026-11-30T08:00:00-05:00"
    assert digest(root, "status", "--now", now).out.endswith("\t2026-11-30T08:00-05:00\tno new posts so far\n")
    digest(root, "build", "--now", now)
    digest(root, "mark-sent", KEY, "--now", "2026-11-24 01:30:00.25")  # in the site's zone, as it has none
    for command in (("build", "--now", now), ("build", "--now", now, KEY)):
        assert f"{KEY}: sent (sent at 2026-11-23T12:30:00-05:00)" in digest(root, *command).err
    (edition,) = json.loads(digest(root, "check", "--json", "--now", now).out)["editions"]
    assert edition["message"] == "sent at 2026-11-23T12:30:00-05:00"


def test_a_digest_without_a_zone_is_in_the_sites(make_site: MakeSite, digest: Command) -> None:
    root = make_site({"content/one.md": post("2026-03-27 09:00")}, SITE.format("Europe/Berlin") + DIGEST.format(""))
    now = "2026-03-30T07:00:00Z"  # the first Monday of summer time
    digest(root, "build", "--now", now)
    digest(root, "mark-sent", "weekly/2026-W14", "--now", "2026-03-28T09:00:00Z")  # in winter time, as it was
    assert "sent (sent at 2026-03-28T10:00:00+01:00)" in digest(root, "build", "--now", now).err
    (standing,) = json.loads(digest(root, "status", "--json", "--now", now).out)
    assert standing["next_end"] == "2026-04-06T08:00:00+02:00"


def test_what_the_ledger_shows_is_dated_as_in_the_list(make_site: MakeSite, digest: Command) -> None:
    toml = SITE.format("Asia/Shanghai") + DIGEST.format("UTC")
    root = make_site({"content/one.md": post("2026-11-20T22:00:00-05:00")}, toml)
    assert digest(root, "build", "--now", NOW).code == 0
    (found,) = json.loads(digest(root, "ledger", "show", "content/one.md", "--json").out)
    assert found["post"]["date"] == listed(root, digest)["date"] == "2026-11-21T11:00:00+08:00"
    assert set(found["post"]) == {"id", "url", "title", "date", "hash", "path"}


@pytest.mark.parametrize(
    ("zone", "dated"),
    [("America/New_York", "2026-10-10T21:00:00-04:00"), ("Asia/Shanghai", "2026-10-11T09:00:00+08:00")],
)
def test_a_post_that_is_too_late_is_dated_in_the_sites_zone_and_the_hint_takes_it_in(
    make_site: MakeSite, digest: Command, zone: str, dated: str
) -> None:
    files = {"content/one.md": post("2026-10-09"), "content/two.md": post("2026-11-10")}
    root = make_site(files, SITE.format(zone) + DIGEST.format("UTC") + "look_back = 20\n")
    assert digest(root, "build", "--now", "2026-10-12T08:00:00Z").code == 0
    assert digest(root, "build", "--now", "2026-11-16T08:00:00Z").code == 0
    (root / "content/late.md").write_text(post("2026-10-11T01:00:00Z").replace("One", "Late"))
    (root / "content/new.md").write_text(post("2026-11-20").replace("One", "New"))
    day = dated[:10]
    warned = digest(root, "check", "--now", NOW).err
    assert f"late-lost: dated {dated}, before the look-back of 20 days" in warned
    assert f"`digest build --since {day}` takes it in" in warned
    digest(root, "build", "--now", NOW, "--since", day)
    manifest = json.loads((root / f"public/editions/{KEY}/manifest.json").read_bytes())
    assert [post["title"] for post in manifest["posts"]] == ["New", "Late"]
