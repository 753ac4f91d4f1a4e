"""Folders that are not as they should be: what a build reads of them, and when it writes nothing."""

import json
import os
import socket
from pathlib import Path

import pytest

from tests.commands import NOW, POST, TOML, Command, run_bound, tree
from tests.conftest import MakeSite

MANY = {f"content/sub/{n:02}.md": POST.format(f"Post {n}", "2026-11-20", "x") for n in range(40)}


def entries(site: Path) -> int:
    """Return how many posts stand in the feed."""
    return len(json.loads((site / "public/feed.json").read_bytes())["items"])


@pytest.fixture
def odd(make_site: MakeSite) -> Path:
    """Return a site of 40 posts whose folder has an entry of every kind that cannot be read, beside them."""
    site = make_site(MANY, f"{TOML}\n[feeds]\nlimit = 100\n")
    folder = site / "content/sub"
    for name in ("loop.md", "loop", "00-loop", "zz-loop"):
        (folder / name).symlink_to(name)
    (folder / "dangling.md").symlink_to("nothing.md")
    (folder / "dangling").symlink_to("nothing")
    (folder / "picture.png").write_bytes(b"")
    os.mkfifo(folder / "pipe.md")
    (folder / "\udcff.md").write_text(MANY["content/sub/00.md"])  # names that are not UTF-8
    (folder / "\udcfe").symlink_to("nothing")
    (folder / "\udcfd").symlink_to("..")
    return site


def test_an_entry_that_cannot_be_read_costs_itself_only(
    odd: Path, digest: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(odd / "content/sub")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.md")
        ended = digest(odd, "build", "--now", NOW)
    assert (ended.code, entries(odd)) == (65, 40)
    named = {
        "loop.md: not-a-file: ",
        "loop: warning: dangling-link: ",
        "00-loop: warning: dangling-link: ",
        "zz-loop: warning: dangling-link: ",
        "dangling.md: not-a-file: ",
        "dangling: warning: dangling-link: ",
        "pipe.md: not-a-file: ",
        "socket.md: not-a-file: ",
        "\\udcff.md: name-not-utf-8: ",
        "\\udcfe: warning: dangling-link: ",
        "\\udcfd: warning: linked-folder: ",
    }
    assert {line for line in named if f"content/sub/{line}" not in ended.err} == set()
    assert ended.err.count("content/sub/") == len(named)
    again = digest(odd, "build", "--now", NOW, "--json")
    assert (again.code, entries(odd)) == (65, 40)


def test_what_is_ignored_is_not_named(make_site: MakeSite, digest: Command) -> None:
    site = make_site({"content/a.md": MANY["content/sub/00.md"]}, TOML)
    (site / "content/.#a.md").symlink_to("user@host.1234:5678")  # as an editor marks a file that it has open
    (site / "content/.lock").symlink_to(".lock")
    ended = digest(site, "build", "--now", NOW)
    assert (ended.code, ended.err.count("content/")) == (0, 0)


def test_a_file_without_permission_costs_itself_only(make_site: MakeSite) -> None:
    site = make_site(MANY, f"{TOML}\n[feeds]\nlimit = 100\n")
    (site / "content/sub/07.md").chmod(0)
    ended = run_bound(site, "build", "--now", NOW)
    assert ended.code == 65
    assert "content/sub/07.md: unreadable: the file can not be read: Permission denied" in ended.err
    assert entries(site) == 39


def test_files_of_a_folder_that_only_tells_their_names_are_named(make_site: MakeSite) -> None:
    site = make_site(MANY, TOML)
    (site / "content/sub").chmod(0o444)
    ended = run_bound(site, "build", "--now", NOW)
    (site / "content/sub").chmod(0o755)
    assert ended.code == 65
    assert ended.err.count(": unreadable: ") == len(MANY)


@pytest.mark.parametrize(
    ("lines", "line", "words"),
    [
        (['output = "content"'], 2, '"content" is both the output and the folder of the posts'),
        (['content = "public"'], 2, '"public" is both the output and the folder of the posts'),
        (['content = "posts"', 'output = "./posts/"'], 3, "both the output and the folder of the posts"),
        (['output = "content/public"'], 2, '"content/public", is inside the folder of the posts, "content"'),
        (['content = "public/posts"'], 2, '"public/posts", is inside the output, "public"'),
        (['content = "a/posts"', 'output = "a"'], 3, '"a/posts", is inside the output, "a"'),
        (['content = "link"', 'output = "posts"'], 3, "both the output and the folder of the posts"),
        (['content = "posts"', 'output = "link/public"'], 3, '"link/public", is inside the folder of the posts'),
        (['content = "link/sub"', 'output = "posts"'], 3, '"link/sub", is inside the output, "posts"'),
        (['output = "./"'], 2, '"content", is inside the output'),
        (['content = "."', 'output = "here"'], 3, "both the output and the folder of the posts"),
        (['ledger = "public"'], 2, '"public" is both the output and the folder of ledger'),
        (['notes = "./public"'], 2, "both the output and the folder of notes"),
        (['output = "templates"'], 2, "both the output and the folder of templates"),
    ],
)
def test_posts_and_output_are_folders_of_their_own(
    make_site: MakeSite, digest: Command, lines: list[str], line: int, words: str
) -> None:
    files = dict.fromkeys(["content/a.md", "posts/a.md", "posts/sub/b.md"], POST.format("A", "2026-11-20", "x"))
    site = make_site(files, "\n".join(["[site]", *lines]))
    (site / "link").symlink_to("posts")
    (site / "here").symlink_to(".")
    before = tree(site)
    ended = digest(site, "build", "--now", NOW)
    assert ended.code == 78
    assert f"digest.toml:{line}:1: folder: " in ended.err
    assert words in ended.err
    assert 'such as "public"' in ended.err
    assert tree(site) == before


@pytest.mark.parametrize(
    ("folder", "toml"),
    [
        ("", ""),
        ("", '[site]\ncontent = "."\n'),
        ("", '[site]\ncontent = "./"\noutput = "dist/feeds"\n'),
        ("content", ""),
        ("_posts", ""),
        ("src/content", '[site]\noutput = "src/public"\n'),
        ("blog", '[site]\ncontent = "blog"\noutput = "blog-public"\n'),
        ("posts", '[site]\nstatic = "public"\n'),
    ],
)
def test_the_output_may_stand_beside_the_posts(make_site: MakeSite, digest: Command, folder: str, toml: str) -> None:
    site = make_site({f"{folder}/a.md".lstrip("/"): POST.format("A", "2026-11-20", "x")}, toml)
    for _ in range(2):
        ended = digest(site, "build", "--now", NOW, "--json")
        assert (ended.code, json.loads(ended.out)["posts"]) == (0, 1)
