"""Posts without a date: from their names, git's history or their files, where the settings want it."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.commands import Command, Ended
from tests.conftest import MakeSite

POST = "---\ntitle: T\n---\nText.\n"
ZONE = '[site]\ntimezone = "Asia/Shanghai"\n[posts.undated]\n'


def dates(ended: Ended) -> dict[str, str]:
    rows = [json.loads(line) for line in ended.out.splitlines()]
    return {Path(row["path"]).stem: row["date"] for row in rows}


def git(folder: Path, *arguments: str, at: str = "2026-01-05T10:00:00+01:00") -> None:
    who = {
        f"GIT_{role}_{part}": value
        for role in ("AUTHOR", "COMMITTER")
        for part, value in (("NAME", "n"), ("EMAIL", "e"))
    }
    env = os.environ | who | {"GIT_AUTHOR_DATE": at, "GIT_COMMITTER_DATE": "2026-10-01T00:00:00Z"}
    subprocess.run(
        ["git", "-C", folder, "-c", "init.defaultBranch=main", *arguments], check=True, env=env, capture_output=True
    )


@pytest.mark.parametrize(
    ("name", "settings", "date"),
    [
        ("issue-1", "first = '2024-01-05'", "2024-01-05T00:00:00+08:00"),
        ("issue-54", "first = '2024-01-05'", "2025-01-10T00:00:00+08:00"),
        ("issue-3", "first = '2024-01-31'\nevery = 'month'", "2024-03-31T00:00:00+08:00"),
        ("issue-2", "first = '2024-01-31'\nevery = 'month'", "2024-02-29T00:00:00+08:00"),
        ("issue-12", "first = '2024-01-31'\nevery = 'month'", "2024-12-31T00:00:00+08:00"),
        ("issue-3", "first = '2024-01-05'\nevery = '2 weeks'", "2024-02-02T00:00:00+08:00"),
        ("issue-20260305", "", "2026-03-05T00:00:00+08:00"),
        ("issue-202603", "", "2026-03-01T00:00:00+08:00"),
    ],
)
def test_a_name_gives_a_date_or_the_number_of_an_issue(
    make_site: MakeSite, digest: Command, name: str, settings: str, date: str
) -> None:
    toml = f"{ZONE}sources = ['name']\npattern = 'issue-(\\d+)'\n{settings}\n"
    ended = digest(make_site({f"content/{name}.md": POST}, toml), "list", "--json")
    assert (ended.code, dates(ended)) == (0, {name: date})


def test_named_groups_give_the_parts_of_a_date(make_site: MakeSite, digest: Command) -> None:
    toml = f"{ZONE}sources = ['name']\npattern = '(?P<day>\\d\\d)_(?P<month>\\d\\d)_(?P<year>\\d{{4}})'\n"
    ended = digest(make_site({"content/news_05_03_2026.md": POST}, toml), "list", "--json")
    assert list(dates(ended).values()) == ["2026-03-05T00:00:00+08:00"]


def test_git_gives_the_commit_that_added_a_file_through_renames(make_site: MakeSite, digest: Command) -> None:
    root = make_site(
        {"content/a.md": POST, "content/dated.md": POST.replace("T\n", "T\ndate: 2026-02-02\n")},
        f"{ZONE}sources = ['git']\n",
    )
    git(root, "init")
    git(root, "add", ".")
    git(root, "commit", "-m", "one")
    git(root, "mv", "content/a.md", "content/你好.md")
    (root / "content/new.md").write_text(POST.replace("Text", "Other words"), encoding="utf-8")
    git(root, "add", ".")
    git(root, "commit", "-m", "two", at="2026-03-03T00:00:00Z")
    (root / "content/uncommitted.md").write_text(POST, encoding="utf-8")
    ended = digest(root, "list", "--json")
    assert (
        dates(ended)
        == {
            "new": "2026-03-03T08:00:00+08:00",
            "dated": "2026-02-02T00:00:00+08:00",
            "你好": "2026-01-05T17:00:00+08:00",
            "uncommitted": None,
        }
        or ended.code == 65
    )
    assert "content/uncommitted.md:1:1: missing-date" in ended.err


def test_a_build_heeds_a_commit_that_changes_no_file(make_site: MakeSite, digest: Command) -> None:
    root = make_site({"content/a.md": POST}, f"{ZONE}sources = ['git', 'file']\n")
    os.utime(root / "content/a.md", (1_700_000_000, 1_700_000_000))
    git(root, "init")
    assert digest(root, "build", "--now", "2026-11-23").code == 0
    git(root, "add", "content")
    git(root, "commit", "-m", "one")
    assert digest(root, "build", "--now", "2026-11-23").code == 0
    feed = json.loads((root / "public/feed.json").read_text(encoding="utf-8"))
    assert feed["items"][0]["date_published"] == "2026-01-05T17:00:00+08:00"


def test_a_shallow_clone_and_a_folder_without_git_are_named(
    make_site: MakeSite, digest: Command, tmp_path: Path
) -> None:
    root = make_site({"content/a.md": POST}, f"{ZONE}sources = ['git']\n")
    assert "git has no history of this folder" in digest(root, "check").err
    git(root, "init")
    git(root, "add", ".")
    git(root, "commit", "-m", "one")
    git(root, "commit", "--allow-empty", "-m", "two")
    clone = tmp_path / "clone"
    git(root, "clone", "--depth", "1", f"file://{root}", str(clone))
    ended = digest(clone, "check")
    assert ended.code == 65
    assert "fetch-depth: 0" in ended.err


def test_the_files_time_is_the_last_resort(make_site: MakeSite, digest: Command) -> None:
    root = make_site(
        {"content/a.md": POST, "content/issue-1.md": POST},
        f"{ZONE}sources = ['name', 'file']\npattern = 'issue-(\\d)'\nfirst = '2024-01-05'\n",
    )
    os.utime(root / "content/a.md", (1_700_000_000, 1_700_000_000))
    assert dates(digest(root, "list", "--json")) == {
        "a": "2023-11-15T06:13:20+08:00",
        "issue-1": "2024-01-05T00:00:00+08:00",
    }


@pytest.mark.parametrize(
    ("lines", "key"),
    [
        ("sources = ['name']", "posts.undated.pattern: it has no group"),
        ("pattern = '('", "posts.undated.pattern: this is no regular expression"),
        ("first = 'soon'", "posts.undated.first"),
        ("every = 'often'", "posts.undated.every"),
        ("sources = ['stars']", "posts.undated.sources"),
    ],
)
def test_settings_that_cannot_be_are_named(make_site: MakeSite, digest: Command, lines: str, key: str) -> None:
    ended = digest(make_site({"content/a.md": POST}, f"{ZONE}{lines}\n"), "list")
    assert ended.code == 78
    assert key in ended.err
