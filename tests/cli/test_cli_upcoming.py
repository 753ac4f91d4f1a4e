"""What the next edition will hold, seen before it is due: `digest status`, `digest build` and `digest build --draft`."""

import json
from pathlib import Path

from tests.commands import NOW, POST, TOML, Command, tree
from tests.conftest import MakeSite

THURSDAY = "2026-11-26T09:00:00+00:00"
MONDAY = "2026-11-30T09:00:00+00:00"


def test_status_and_build_name_the_posts_of_the_open_window(site: Path, digest: Command) -> None:
    digest(site, "build", "--now", NOW)
    (site / "content/new.md").write_text(POST.format("New", "2026-11-25", "news"))
    (site / "content/sunday.md").write_text(POST.format("On Sunday", "2026-11-29", "news"))
    (found,) = json.loads(digest(site, "status", "--now", THURSDAY, "--json").out)
    assert (found["upcoming"]["key"], found["upcoming"]["end"]) == ("weekly/2026-W49", "2026-11-30T08:00:00Z")
    assert [post["title"] for post in found["upcoming"]["posts"]] == ["On Sunday", "New"]
    assert digest(site, "status", "--now", THURSDAY).out.endswith("\t2 posts so far: On Sunday; New\n")
    said = "weekly/2026-W49: open until Monday 2026-11-30 08:00, 2 posts so far: On Sunday; New"
    assert said in digest(site, "build", "--now", THURSDAY).err
    assert said in digest(site, "build", "--now", THURSDAY).err  # with nothing to do
    digest(site, "build", "--now", MONDAY)
    manifest = json.loads((site / "public/editions/weekly/2026-W49/manifest.json").read_bytes())
    assert [post["title"] for post in manifest["posts"]] == ["On Sunday", "New"]


def test_posts_of_an_edition_that_is_due_are_not_those_of_the_next(site: Path, digest: Command) -> None:
    (found,) = json.loads(digest(site, "status", "--now", NOW, "--json").out)
    assert (found["waiting"], found["upcoming"]["key"]) == ("weekly/2026-W48", "weekly/2026-W49")
    assert (found["upcoming"]["posts"], found["upcoming"]["message"]) == ([], "no new posts so far")


def test_too_few_posts_and_many_posts_are_told(make_site: MakeSite, digest: Command) -> None:
    posts = {f"content/{number}.md": POST.format(f"P{number}", "2026-11-24", "x") for number in range(7)}
    site = make_site(posts, f"{TOML}min_posts = 8\n")
    assert digest(site, "status", "--now", THURSDAY).out.endswith("\t7 of 8 posts so far\n")
    (site / "digest.toml").write_text(TOML)
    assert digest(site, "status", "--now", THURSDAY).out.endswith("\t7 posts so far: P0; P1; P2; P3; P4; 2 more\n")


def test_a_draft_is_what_the_build_makes_later_and_leaves_no_trace(site: Path, digest: Command) -> None:
    digest(site, "build", "--now", NOW)
    (site / "content/new.md").write_text(POST.format("New", "2026-11-25", "news"))
    before = tree(site / "public") | tree(site / "ledger")
    ended = digest(site, "build", "--draft", "--now", THURSDAY)
    assert ended.code == 0
    folder = ".digest/drafts/weekly/2026-W49"
    assert ended.out.splitlines() == [
        f"{folder}/{name}" for name in ("email.html", "email.txt", "email.eml", "index.html")
    ]
    assert "weekly/2026-W49: open until Monday" in ended.err
    assert tree(site / "public") | tree(site / "ledger") == before
    draft = (site / folder / "email.eml").read_bytes()
    digest(site, "build", "--now", MONDAY)
    assert (site / "public/editions/weekly/2026-W49/email.eml").read_bytes() == draft
    assert digest(site, "build", "--draft", "--now", MONDAY).out == ""
    assert not (site / folder).exists()


def test_a_draft_is_of_the_open_window_alone(site: Path, digest: Command) -> None:
    ended = digest(site, "build", "--draft", "weekly/2026-W48", "--now", NOW)
    assert (ended.code, "--draft takes no KEY" in ended.err) == (2, True)
    early = digest(site, "build", "weekly/2026-W49", "--now", NOW)
    assert "`digest build --draft` shows it now" in early.err
