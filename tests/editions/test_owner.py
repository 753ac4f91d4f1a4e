"""What an owner does to a digest: rename it, lose its history, mistype a moment."""

import importlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from digest import DigestError, build, load_config
from tests.commands import Command
from tests.conftest import MakeSite
from tests.edition_runs import moment, tree

TOML = '[site]\ntitle = "Notes"\nurl = "https://a.example/"\n[digests.{}]\nat = "monday 08:00"\n{}'
POST_FILE = "---\ntitle: {0}\ndate: {1}\n---\nText of {0}.\n"
FIRST, MONDAY = "2026-11-16T09:00", "2026-11-23T09:00"
POSTS = {"content/a.md": POST_FILE.format("A", "2026-11-15"), "content/b.md": POST_FILE.format("B", "2026-11-20")}


def editions(root: Path) -> dict[str, list[str]]:
    """The titles of every published edition."""
    files = sorted(root.glob("public/editions/*/*/manifest.json"))
    manifests = [json.loads(file.read_bytes()) for file in files]
    return {manifest["key"]: [post["title"] for post in manifest["posts"]] for manifest in manifests}


def test_a_renamed_digest_is_asked_about_and_goes_on_with_its_ledger(make_site: MakeSite, digest: Command) -> None:
    root = make_site(POSTS, TOML.format("weekly", ""))
    digest(root, "build", "--now", FIRST)
    (root / "digest.toml").write_text(TOML.format("letter", ""))
    for command in ("build", "check"):
        asked = digest(root, command, "--now", MONDAY)
        assert (asked.code, 'write formerly = "weekly" if letter is its new name' in asked.err) == (65, True)
    assert digest(root, "status", "--now", MONDAY).code == 0
    assert editions(root) == {"weekly/2026-W47": ["A"]}
    (root / "digest.toml").write_text(TOML.format("letter", 'formerly = "weekly"\n'))
    assert digest(root, "build", "--now", MONDAY).code == 0
    assert editions(root) == {"weekly/2026-W47": ["A"], "letter/2026-W48": ["B"]}
    (root / "digest.toml").write_text(TOML.format("letter", ""))
    (root / "ledger/weekly.jsonl").unlink()
    assert "already built" in digest(root, "build", "--now", MONDAY).err


def test_a_new_digest_beside_an_old_ledger_says_that_it_is_new(make_site: MakeSite, digest: Command) -> None:
    root = make_site(POSTS, TOML.format("weekly", ""))
    digest(root, "build", "--now", FIRST)
    (root / "digest.toml").write_text(TOML.format("letter", 'formerly = ""\n'))
    assert digest(root, "build", "--now", FIRST).code == 0
    assert editions(root) == {"letter/2026-W47": ["A"], "weekly/2026-W47": ["A"]}


def test_a_lost_history_is_said_and_the_edition_is_a_draft(make_site: MakeSite, digest: Command) -> None:
    root = make_site(POSTS, TOML.format("weekly", ""))
    digest(root, "build", "--now", FIRST)
    (root / "ledger/weekly.jsonl").unlink()
    shutil.rmtree(root / "public")
    said = digest(root, "build", "--now", MONDAY)
    assert "history-gone" in said.err
    assert json.loads((root / "public/editions/weekly/2026-W48/manifest.json").read_bytes())["draft"]


def test_a_mistyped_year_leaves_no_trace(make_site: MakeSite, digest: Command) -> None:
    for runs in ([FIRST], []):
        root = make_site(POSTS, TOML.format("weekly", ""))
        for now in (*runs, "2062-11-23T09:00", "2031-11-23T09:00", MONDAY):
            assert digest(root, "build", "--now", now).code == 0
        assert editions(root)["weekly/2026-W48"] == ["B"]
        assert not list(root.glob("public/editions/weekly/20[36]*"))
        shutil.rmtree(root)


def test_posts_to_come_that_a_mistyped_year_published_are_not_gone_later(make_site: MakeSite, digest: Command) -> None:
    coming = {f"content/{name}.md": POST_FILE.format(name, "2026-12-20") for name in "cde"}
    root = make_site(POSTS | coming, TOML.format("weekly", ""))
    for now in (FIRST, "2062-11-23T09:00", MONDAY):
        assert digest(root, "build", "--now", now).code == 0
    assert editions(root) == {"weekly/2026-W47": ["A"], "weekly/2026-W48": ["B"]}


def test_a_run_in_the_past_changes_no_edition_and_no_ledger(make_site: MakeSite, digest: Command) -> None:
    root = make_site(POSTS, TOML.format("weekly", ""))
    for now in (FIRST, MONDAY):
        digest(root, "build", "--now", now)
    before = (editions(root), (root / "ledger/weekly.jsonl").read_bytes())
    (root / "content/late.md").write_text(POST_FILE.format("Late", "2026-11-10"))
    for now in ("2026-11-12T09:00", "2026-11-17T09:00", "2025-01-01"):
        digest(root, "build", "--now", now, "--allow-empty")
    assert (editions(root), (root / "ledger/weekly.jsonl").read_bytes()) == before


def test_a_torn_manifest_never_ends_a_build(make_site: MakeSite, digest: Command) -> None:
    root = make_site(POSTS, TOML.format("weekly", ""))
    digest(root, "build", "--now", FIRST)
    path = root / "public/editions/weekly/2026-W47/manifest.json"
    whole = path.read_bytes()
    path.write_bytes(whole[:40])
    said = digest(root, "build", "--now", FIRST)
    assert (said.code, "damaged-manifest" in said.err, path.read_bytes()) == (0, True, whole)
    path.write_bytes(b"")
    (root / "ledger/weekly.jsonl").unlink()
    said = digest(root, "build", "--now", MONDAY)
    assert (said.code, "delete the folder if the edition was not sent" in said.err) == (0, True)
    assert json.loads((root / "public/editions/weekly/2026-W48/manifest.json").read_bytes())["draft"]


def test_now_has_the_years_of_posts(make_site: MakeSite, digest: Command) -> None:
    root = make_site(POSTS, TOML.format("weekly", ""))
    said = digest(root, "build", "--now", "2201-01-01")
    assert (said.code, "is not between the years 1000 and 2200" in said.err) == (2, True)
    assert "1000 to 2200" in digest(root, "build", "--help").out


def test_a_file_without_digests_says_so(make_site: MakeSite, digest: Command) -> None:
    for toml in ("", '[site]\ntitle = "Notes"\n'):
        root = make_site(POSTS, toml)
        assert "no digest: digest.toml has no [digests.NAME] table" in digest(root, "build", "--now", FIRST).err
        shutil.rmtree(root)
    root = make_site(POSTS, "")
    (root / "digest.toml").unlink()
    assert "weekly/2026-W47: built" in digest(root, "build", "--now", FIRST).err


def test_a_file_that_vanishes_during_a_build_is_a_warning(
    make_site: MakeSite, digest: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make_site(POSTS | {"content/c.md": POST_FILE.format("C", "2026-11-19")}, TOML.format("weekly", ""))
    module = importlib.import_module("digest.build.site")  # `digest.build` is a function
    collect = module.collect

    def collect_and_lose(*arguments: Any) -> Any:
        collected = collect(*arguments)
        (root / "content/c.md").unlink()
        return collected

    monkeypatch.setattr(module, "collect", collect_and_lose)
    said = digest(root, "build", "--now", MONDAY)
    assert (said.code, "content/c.md: warning: vanished" in said.err) == (0, True)
    assert editions(root) == {"weekly/2026-W48": ["B"]}


@pytest.mark.parametrize("date", ["2026-11-14T10:00", "2026-11-16"], ids=["in its window", "on the day of its end"])
@pytest.mark.parametrize("text", ["Text of A.", "Other."])
def test_a_new_post_in_the_file_of_an_old_one_is_in_doubt(
    make_site: MakeSite, digest: Command, date: str, text: str
) -> None:
    root = make_site({"content/a.md": POST_FILE.format("A", "2026-11-12")}, TOML.format("weekly", ""))
    digest(root, "build", "--now", FIRST)
    (root / "content/a.md").write_text(POST_FILE.format("A", date).replace("Text of A.", text))
    for _ in range(2):
        assert "content/a.md: warning: maybe-renamed" in digest(root, "build", "--now", MONDAY).err
    assert editions(root) == {"weekly/2026-W47": ["A"]}
    (root / "content/a.md").write_text(POST_FILE.format("A", f"{date}\nresend: true").replace("Text of A.", text))
    digest(root, "build", "--now", MONDAY)
    assert editions(root) == {"weekly/2026-W47": ["A"], "weekly/2026-W48": ["A"]}


@pytest.mark.parametrize("date", ["2026-11-12T20:00", "2026-11-11"])
def test_a_corrected_date_leaves_no_doubt(make_site: MakeSite, digest: Command, date: str) -> None:
    root = make_site({"content/a.md": POST_FILE.format("A", "2026-11-12")}, TOML.format("weekly", ""))
    digest(root, "build", "--now", FIRST)
    (root / "content/a.md").write_text(POST_FILE.format("A", date))
    assert "renamed" not in digest(root, "build", "--now", MONDAY).err
    assert editions(root) == {"weekly/2026-W47": ["A"]}


@pytest.mark.parametrize("keeps_cache", [True, False])
@pytest.mark.parametrize(
    ("lost", "named", "is_draft"),
    [
        (["ledger"], "ledger-gone", False),
        (["ledger/weekly.jsonl"], "ledger-gone", False),
        (["public"], "", False),
        (["ledger/weekly.jsonl", "public"], "history-gone", True),
        (["ledger/weekly.jsonl", "public/editions/weekly"], "history-gone", True),
        (["ledger", "public/editions/weekly/2026-W47"], "history-gone", True),
    ],
)
def test_what_is_lost_is_made_again_or_said(
    make_site: MakeSite, digest: Command, lost: list[str], named: str, is_draft: bool, keeps_cache: bool
) -> None:
    root = make_site(POSTS, TOML.format("weekly", ""))
    digest(root, "build", "--now", FIRST)
    for name in lost if keeps_cache else [*lost, ".digest"]:
        path = root / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    said = digest(root, "build", "--now", MONDAY)
    assert (said.code, named in said.err, "gone" in said.err) == (0, True, bool(named))
    manifest = json.loads((root / "public/editions/weekly/2026-W48/manifest.json").read_bytes())
    assert ([post["title"] for post in manifest["posts"]], manifest["draft"]) == (["B"], is_draft)
    if not is_draft:
        assert editions(root)["weekly/2026-W47"] == ["A"]
    assert "gone" not in digest(root, "build", "--now", MONDAY).err


def test_an_empty_ledger_is_a_lost_one(make_site: MakeSite, digest: Command) -> None:
    root = make_site(POSTS, TOML.format("weekly", ""))
    digest(root, "build", "--now", FIRST)
    (root / "ledger/weekly.jsonl").write_bytes(b"")
    assert "ledger-gone" in digest(root, "build", "--now", MONDAY).err
    assert editions(root) == {"weekly/2026-W47": ["A"], "weekly/2026-W48": ["B"]}


def test_the_cache_tells_of_a_history_that_is_gone_with_both_folders(make_site: MakeSite, digest: Command) -> None:
    root = make_site(POSTS, TOML.format("weekly", ""))
    digest(root, "build", "--now", FIRST)
    for folder in ("ledger", "public"):
        shutil.rmtree(root / folder)
    assert "history-gone" in digest(root, "build", "--now", MONDAY).err
    assert json.loads((root / "public/editions/weekly/2026-W48/manifest.json").read_bytes())["draft"]


def test_a_run_before_posts_that_went_out_writes_nothing(make_site: MakeSite, digest: Command) -> None:
    root = make_site(POSTS, TOML.format("weekly", ""))
    for now in (FIRST, MONDAY):
        digest(root, "build", "--now", now)
    before = tree(root / "public"), tree(root / "ledger")
    (root / "content/late.md").write_text(POST_FILE.format("Late", "2026-11-10"))
    shutil.rmtree(root / ".digest")
    for now in ("2026-11-17T09:00", "2026-11-16T09:00"):
        said = digest(root, "build", "--now", now)
        assert (said.code, "before the end of weekly/2026-W48; nothing is written" in said.err) == (0, True)
        assert (tree(root / "public"), tree(root / "ledger")) == before
    digest(root, "build", "--now", MONDAY)
    assert b"Late" in (root / "public/feed.xml").read_bytes()


def test_after_a_clock_that_was_ahead_a_named_key_goes_on_from_now(make_site: MakeSite, digest: Command) -> None:
    coming = {"content/c.md": POST_FILE.format("C", "2026-12-10")}  # it may say that the run is in the past
    root = make_site(POSTS | coming, TOML.format("weekly", ""))
    for now in (FIRST, "2027-03-15T09:00"):
        digest(root, "build", "--now", now)
    assert editions(root)["weekly/2027-W11"] == ["C", "B"]
    (root / "content/d.md").write_text(POST_FILE.format("D", "2026-11-21"))
    said = digest(root, "build", "--now", MONDAY)
    assert "if weekly/2027-W11 was built too early, delete its folder and its line" in said.err
    assert "else `digest build weekly/2026-W48`" in said.err
    build(load_config(root), moment(MONDAY), edition="weekly/2026-W48")
    (root / "content/e.md").write_text(POST_FILE.format("E", "2026-11-28"))
    assert digest(root, "build", "--now", "2026-11-30T09:00").code == 0
    assert (editions(root)["weekly/2026-W48"], editions(root)["weekly/2026-W49"]) == (["D"], ["E"])


def test_a_clock_that_is_ahead_each_time_builds_nothing(make_site: MakeSite, digest: Command) -> None:
    root = make_site({}, TOML.format("weekly", ""))
    digest(root, "build", "--now", "2043-11-16T09:00")  # before there is a post
    (root / "content").mkdir()
    (root / "content/b.md").write_text(POSTS["content/b.md"])
    digest(root, "build", "--now", FIRST)
    digest(root, "build", "--now", "2043-11-23T09:00")
    assert editions(root) == {}
    digest(root, "build", "--now", MONDAY)
    assert editions(root) == {"weekly/2026-W48": ["B"]}


def test_a_doubt_is_named_as_one_however_late(make_site: MakeSite, digest: Command) -> None:
    root = make_site({"content/a.md": POST_FILE.format("A", "2026-11-12")}, TOML.format("weekly", ""))
    digest(root, "build", "--now", FIRST)
    (root / "content/a.md").unlink()
    (root / "content/b.md").write_text(POST_FILE.format("A", "2026-11-12").replace("Text", "Words"))
    for now in (MONDAY, "2027-01-18T09:00"):
        said = digest(root, "build", "--now", now)
        assert ("maybe-renamed" in said.err, "late-lost" in said.err) == (True, False)


def test_a_post_about_a_day_to_come_does_not_make_a_run_past(make_site: MakeSite, digest: Command) -> None:
    event = POST_FILE.format("A", "2026-12-24\npublishDate: 2026-11-12")
    root = make_site({"content/a.md": event}, TOML.format("weekly", ""))
    digest(root, "build", "--now", FIRST)
    (root / "content/a.md").write_text(event.replace("publishDate: 2026-11-12", ""))
    (root / "content/b.md").write_text(POSTS["content/b.md"])
    assert "past-run" not in digest(root, "build", "--now", MONDAY).err
    assert editions(root) == {"weekly/2026-W47": ["A"], "weekly/2026-W48": ["B"]}


def test_the_key_that_goes_on_is_not_of_an_edition_that_is_built(make_site: MakeSite, digest: Command) -> None:
    root = make_site(POSTS | {"content/c.md": POST_FILE.format("C", "2026-12-10")}, TOML.format("weekly", ""))
    for now in (FIRST, "2027-03-15T09:00"):
        digest(root, "build", "--now", now)
    said = digest(root, "build", "--now", "2026-11-21T09:00")
    assert "`digest build weekly/2026-W48` when its window has ended" in said.err


def test_where_posts_are_gone_since_the_run_is_in_the_past_it_says_so(make_site: MakeSite, digest: Command) -> None:
    root = make_site(POSTS, TOML.format("weekly", ""))
    digest(root, "build", "--now", MONDAY)
    said = digest(root, "build", "--now", "1970-01-01")
    assert (said.code, "posts-gone" in said.err, "past-run: this run is at 1970-01-01" in said.err) == (65, True, True)


def test_an_edition_keeps_its_idempotency_key(make_site: MakeSite, digest: Command) -> None:
    root = make_site(POSTS, TOML.format("weekly", ""))
    digest(root, "build", "--now", FIRST)
    path = root / "public/editions/weekly/2026-W47/manifest.json"
    key = json.loads(path.read_bytes())["idempotency_key"]
    (root / "digest.toml").write_text(
        TOML.replace("a.example", "b.example").format("weekly", 'list_id = "n.b.example"')
    )
    ledger, lines = root / "ledger/weekly.jsonl", (root / "ledger/weekly.jsonl").read_bytes()
    for _ in range(2):
        build(load_config(root), moment(FIRST), edition="weekly/2026-W47")
        assert json.loads(path.read_bytes())["idempotency_key"] == key
        ledger.unlink()  # the manifest tells it
    ledger.write_bytes(lines)
    shutil.rmtree(root / "public")
    digest(root, "build", "--now", FIRST)
    assert json.loads(path.read_bytes())["idempotency_key"] == key


def test_a_mistyped_former_name_builds_nothing(make_site: MakeSite, digest: Command) -> None:
    root = make_site(POSTS, TOML.format("weekly", ""))
    digest(root, "build", "--now", FIRST)
    (root / "digest.toml").write_text(TOML.format("letter", 'formerly = "weakly"\n'))
    asked = digest(root, "build", "--now", MONDAY)
    assert (asked.code, 'did you mean "weekly"?' in asked.err) == (65, True)
    assert editions(root) == {"weekly/2026-W47": ["A"]}


def test_a_post_with_a_corrected_date_stays_in_its_edition(make_site: MakeSite, digest: Command) -> None:
    root = make_site({"content/a.md": POST_FILE.format("A", "2026-11-10")}, TOML.format("weekly", ""))
    digest(root, "build", "--now", FIRST)
    (root / "content/a.md").write_text(POST_FILE.format("A", "2026-11-12"))
    build(load_config(root), moment(FIRST), edition="weekly/2026-W47")
    assert editions(root) == {"weekly/2026-W47": ["A"]}
    shutil.rmtree(root / "public")
    digest(root, "build", "--now", MONDAY)
    assert editions(root) == {"weekly/2026-W47": ["A"]}


def test_an_edition_is_not_built_again_before_its_posts(make_site: MakeSite, digest: Command) -> None:
    root = make_site(POSTS, TOML.format("weekly", ""))
    for now in (FIRST, MONDAY):
        digest(root, "build", "--now", now)
    before = tree(root / "public")
    with pytest.raises(DigestError, match="is not built again: this run is at 2026-11-18"):
        build(load_config(root), moment("2026-11-18T09:00"), edition="weekly/2026-W48")
    assert tree(root / "public") == before


def test_a_digest_that_is_renamed_while_its_ledger_is_lost_is_asked_about(make_site: MakeSite, digest: Command) -> None:
    root = make_site(POSTS, TOML.format("weekly", ""))
    digest(root, "build", "--now", FIRST)
    shutil.rmtree(root / "ledger")
    (root / "digest.toml").write_text(TOML.format("letter", ""))
    asked = digest(root, "build", "--now", FIRST)
    assert (asked.code, 'write formerly = "weekly" if letter is its new name' in asked.err) == (65, True)
    (root / "digest.toml").write_text(TOML.format("letter", 'formerly = "weekly"\n'))
    for now in (FIRST, MONDAY):
        assert digest(root, "build", "--now", now).code == 0
    assert editions(root) == {"weekly/2026-W47": ["A"], "letter/2026-W48": ["B"]}


def test_an_edition_that_was_built_too_early_can_be_taken_back(make_site: MakeSite, digest: Command) -> None:
    root = make_site(POSTS, TOML.format("weekly", ""))
    digest(root, "build", "--now", FIRST)
    once, ledger = editions(root), (root / "ledger/weekly.jsonl").read_bytes()
    digest(root, "build", "--now", MONDAY)
    assert "nothing is written" in digest(root, "build", "--now", "2026-11-19T09:00").err
    shutil.rmtree(root / "public/editions/weekly/2026-W48")
    lines = (root / "ledger/weekly.jsonl").read_bytes().splitlines(keepends=True)
    (root / "ledger/weekly.jsonl").write_bytes(b"".join(line for line in lines if b"2026-W48" not in line))
    said = digest(root, "build", "--now", "2026-11-19T09:00")
    assert (said.code, "past-run" in said.err) == (0, False)
    assert (editions(root), (root / "ledger/weekly.jsonl").read_bytes()) == (once, ledger)


def test_a_draft_that_is_dated_anew_and_renamed_later_is_in_doubt(make_site: MakeSite, digest: Command) -> None:
    root = make_site({"content/a.md": POST_FILE.format("A", "2026-11-12")}, TOML.format("weekly", ""))
    digest(root, "build", "--now", FIRST)
    other = POST_FILE.format("A", "2026-11-14").replace("Text", "Words")
    (root / "content/a.md").write_text(other.replace("title", "draft: true\ntitle"))
    digest(root, "build", "--now", "2026-11-17T09:00", "--allow-empty")
    (root / "content/a.md").unlink()
    (root / "content/b.md").write_text(other)
    assert "maybe-renamed" in digest(root, "build", "--now", MONDAY).err
    assert editions(root) == {"weekly/2026-W47": ["A"]}


def test_a_post_in_doubt_stays_so_when_another_takes_its_place(make_site: MakeSite, digest: Command) -> None:
    root = make_site({"content/a.md": POST_FILE.format("A", "2026-11-12")}, TOML.format("weekly", ""))
    digest(root, "build", "--now", FIRST)
    other = POST_FILE.format("A", "2026-11-14").replace("Text", "Words")
    (root / "content/a.md").write_text(other.replace("title", "draft: true\ntitle"))
    digest(root, "build", "--now", "2026-11-17T09:00", "--allow-empty")
    (root / "content/b.md").write_text(other.replace("title", "draft: true\ntitle"))
    (root / "content/a.md").write_text(POST_FILE.format("A", "2026-11-20"))
    digest(root, "build", "--now", MONDAY, "--allow-empty")
    (root / "content/b.md").write_text(other)
    said = digest(root, "build", "--now", "2026-11-30T09:00")
    assert "maybe-renamed" in said.err
    assert editions(root) == {"weekly/2026-W47": ["A"]}


def test_a_doubt_does_not_end_when_a_date_is_corrected(make_site: MakeSite, digest: Command) -> None:
    root = make_site({"content/a.md": POST_FILE.format("A", "2026-11-12T08:00")}, TOML.format("weekly", ""))
    digest(root, "build", "--now", FIRST)
    (root / "content/b.md").write_text(POST_FILE.format("A", "2026-11-14"))  # the old post
    (root / "content/a.md").write_text(POST_FILE.format("A", "2026-11-19"))  # a new one
    digest(root, "build", "--now", MONDAY)
    (root / "content/a.md").write_text(POST_FILE.format("A", "2026-11-12T20:00"))
    for now in ("2026-11-23T10:00", "2026-11-30T09:00"):
        assert "maybe-renamed" in digest(root, "build", "--now", now).err
    assert editions(root) == {"weekly/2026-W47": ["A"]}


def test_a_first_run_after_a_quiet_week_says_how_to_reach_back(make_site: MakeSite, digest: Command) -> None:
    posts = {
        "content/a.md": POST_FILE.format("A", "2026-09-01"),
        "content/b.md": POST_FILE.format("B", "2026-10-07 23:30"),
        "content/c.md": POST_FILE.format("C", "2026-10-08\ndraft: true"),
    }
    root = make_site(posts, TOML.format("weekly", ""))
    said = digest(root, "build", "--now", MONDAY).err
    command = "digest build weekly/2026-W48 --since 2026-10-07"
    assert f"weekly/2026-W48: empty (no new posts; `{command}` reaches back to the newest one)" in said
    assert digest(root, *command.split()[1:], "--now", MONDAY).code == 0
    assert editions(root) == {"weekly/2026-W48": ["B"]}
    later = digest(root, "build", "--now", "2026-11-30T09:00").err
    assert "weekly/2026-W49: empty (no new posts)\n" in later


def test_a_first_run_without_a_post_that_the_digest_takes_proposes_nothing(
    make_site: MakeSite, digest: Command
) -> None:
    posts = {"content/a.md": POST_FILE.format("A", "2026-09-01\ntags: [other]")}
    root = make_site(posts, TOML.format("weekly", 'any = ["news"]\n'))
    assert "weekly/2026-W48: empty (no new posts)\n" in digest(root, "build", "--now", MONDAY).err
