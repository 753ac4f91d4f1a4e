"""Folders that are not as they should be: what a build reads of them, and when it writes nothing."""

import contextlib
import errno
import itertools
import json
import os
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.commands import NOW, POST, TOML, Command, Ended, run_bound, tree
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
        ended = digest(odd, "build", "--now", NOW, "--json")
    assert (ended.code, entries(odd)) == (65, 40)
    problems = json.loads(ended.out)["problems"]
    assert {(problem["path"].removeprefix("content/sub/"), problem["code"]) for problem in problems} == {
        ("loop.md", "not-a-file"),
        ("loop", "dangling-link"),
        ("00-loop", "dangling-link"),
        ("zz-loop", "dangling-link"),
        ("dangling.md", "not-a-file"),
        ("dangling", "dangling-link"),
        ("pipe.md", "not-a-file"),
        ("socket.md", "not-a-file"),
        ("\\udcff.md", "name-not-utf-8"),
        ("\\udcfe", "dangling-link"),
        ("\\udcfd", "linked-folder"),
    }
    assert len(problems) == 11
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
    assert "content/sub/07.md: unreadable: the file cannot be read: Permission denied" in ended.err
    assert entries(site) == 39


def test_files_of_a_folder_that_only_tells_their_names_are_named(make_site: MakeSite) -> None:
    site = make_site(MANY, TOML)
    (site / "content/sub").chmod(0o444)
    ended = run_bound(site, "build", "--now", NOW, "--json")
    (site / "content/sub").chmod(0o755)
    assert ended.code == 65
    problems = json.loads(ended.out)["problems"]
    assert {problem["path"] for problem in problems if problem["code"] == "unreadable"} == set(MANY)


@pytest.mark.parametrize("folder", ["static/a", "notes", "templates/more", "content/_includes"])
@pytest.mark.parametrize("command", ["build", "check"])
def test_any_other_folder_that_cannot_be_read_is_a_warning(make_site: MakeSite, folder: str, command: str) -> None:
    site = make_site(MANY, TOML.replace("[digests", 'templates = "templates"\n[digests'))
    (site / folder).mkdir(parents=True)
    (site / folder).chmod(0)
    for _ in range(2):
        ended = run_bound(site, command, "--now", NOW, "--json")
        problems = json.loads(ended.out)["problems"]
        found = [(problem["path"], problem["severity"]) for problem in problems if problem["code"] == "unreadable"]
        assert (folder, "warning") in found
    (site / folder).chmod(0o755)


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


def kept(site: Path) -> dict[str, tuple[bytes, int]]:
    """Return bytes and modification time of all that a build wrote but for its cache."""
    return {path: state for path, state in tree(site).items() if path.startswith(("public/", "ledger/"))}


def refused(ended: Ended) -> bool:
    """Return whether a build wrote nothing since posts are gone."""
    return (ended.code, ended.out, "posts-gone: " in ended.err) == (65, "", True)


def posts(number: int) -> dict[str, str]:
    """Return files of so many posts, each with a tag of its own."""
    return {f"content/{n}.md": POST.format(f"Post {n}", "2026-11-20", f"tag{n}") for n in range(number)}


def put_aside(site: Path) -> None:
    (site / "content").rename(site.parent / "aside")


def put_a_file_in_place(site: Path) -> None:
    put_aside(site)
    (site / "content").write_text("not a folder")


def put_a_dangling_link_in_place(site: Path) -> None:
    put_aside(site)
    (site / "content").symlink_to("content.gone")


def unmount(site: Path) -> None:
    put_aside(site)
    (site / "content").mkdir()


@pytest.mark.parametrize("cache", [True, False], ids=["cache", "lost cache"])
@pytest.mark.parametrize("toml", [TOML, TOML.replace("[site]", '[site]\ncontent = "content"')], ids=["found", "named"])
@pytest.mark.parametrize("vanish", [put_aside, put_a_file_in_place, put_a_dangling_link_in_place, unmount])
def test_a_folder_that_vanished_empties_no_feed(
    make_site: MakeSite, digest: Command, vanish: Callable[[Path], None], toml: str, *, cache: bool
) -> None:
    site = make_site(posts(5), toml)
    assert digest(site, "build", "--now", NOW).code == 0
    before = kept(site)
    vanish(site)
    for _ in range(2):
        if not cache:
            shutil.rmtree(site / ".digest")
        ended = digest(site, "build", "--now", NOW)
        assert refused(ended), ended.err
        assert ": posts-gone: published posts found in this folder: 0; at the last build: 5" in ended.err
        assert ("content: posts-gone: " in ended.err) == ((site / "content").is_dir() or toml != TOML)
        assert "--allow-empty" in ended.err
        assert kept(site) == before
    put_back = site / "content"
    put_back.rmdir() if put_back.is_dir() else put_back.unlink(missing_ok=True)
    (site.parent / "aside").rename(put_back)
    assert digest(site, "build", "--now", NOW).code == 0
    assert kept(site) == before


def test_an_empty_folder_is_published_when_it_is_meant(make_site: MakeSite, digest: Command) -> None:
    site = make_site(posts(3), TOML)
    digest(site, "build", "--now", NOW)
    unmount(site)
    ended = digest(site, "build", "--now", NOW, "--allow-empty")
    assert (ended.code, entries(site)) == (0, 0)
    assert "public/tags/tag0/feed.xml: removed" in ended.err
    assert digest(site, "build", "--now", NOW).code == 0  # there is nothing to lose any more


@pytest.mark.parametrize(
    ("number", "gone", "asked"),
    [(1, 1, True), (2, 1, False), (2, 2, True), (3, 1, False), (3, 2, True), (9, 4, False), (9, 5, True)],
)
def test_more_than_half_of_the_posts_are_not_removed_unasked(
    make_site: MakeSite, digest: Command, number: int, gone: int, *, asked: bool
) -> None:
    site = make_site(posts(number), TOML)
    digest(site, "build", "--now", NOW)
    before = kept(site)
    for n in range(gone):
        (site / f"content/{n}.md").unlink()
    ended = digest(site, "build", "--now", NOW)
    assert refused(ended) == asked
    assert (kept(site) == before) == asked
    if not asked:
        assert (ended.code, entries(site)) == (0, number - gone)
        assert not (site / "public/tags/tag0/feed.xml").exists()
    assert digest(site, "build", "--now", NOW, "--allow-empty").code == 0
    assert entries(site) == number - gone


def test_each_build_is_measured_by_the_one_before(make_site: MakeSite, digest: Command) -> None:
    site = make_site(posts(9), TOML)
    digest(site, "build", "--now", NOW)
    for n in range(9):
        (site / f"content/{n}.md").unlink()
        assert digest(site, "build", "--now", NOW).code == (0 if n < 8 else 65)


@pytest.mark.parametrize(
    ("line", "asked"),
    [
        ("draft: true", True),
        ("publishdate: 2027-01-01", True),
        ("date: [", True),
        ("expirydate: 2026-11-22", False),
        ("slug: other-{n}", False),
        ("id: other-{n}", False),
    ],
)
def test_what_readers_cannot_see_any_more_is_gone_unless_it_expired(
    make_site: MakeSite, digest: Command, line: str, *, asked: bool
) -> None:
    site = make_site(posts(4), TOML)
    digest(site, "build", "--now", NOW)
    for n in range(4):
        path = site / f"content/{n}.md"
        path.write_text(path.read_text().replace("tags:", f"{line.format(n=n)}\ntags:"))
    ended = digest(site, "build", "--now", NOW)
    assert refused(ended) == asked, ended.err
    assert entries(site) == (0 if line.startswith("expiry") else 4)


def test_posts_expire_with_time_and_their_files_may_go(make_site: MakeSite, digest: Command) -> None:
    passing = {name: text.replace("tags:", "expirydate: 2026-11-25\ntags:") for name, text in posts(8).items()}
    site = make_site(passing | {"content/stays.md": POST.format("Stays", "2026-11-20", "x")}, TOML)
    assert digest(site, "build", "--now", NOW).code == 0
    assert digest(site, "build", "--now", "2026-11-26T09:00:00Z").code == 0
    assert entries(site) == 1
    for name in passing:
        (site / name).unlink()
    assert digest(site, "build", "--now", "2026-11-26T09:00:00Z").code == 0
    (site / "content/stays.md").unlink()
    assert refused(digest(site, "build", "--now", "2026-11-26T09:00:00Z"))


def test_renamed_and_moved_posts_are_not_gone(make_site: MakeSite, digest: Command) -> None:
    site = make_site(posts(4), TOML)
    digest(site, "build", "--now", NOW)
    (site / "content").rename(site / "posts")
    (site / "posts/0.md").rename(site / "posts/a.md")
    ended = digest(site, "build", "--now", NOW)
    assert (ended.code, entries(site)) == (0, 4)


def test_a_clock_that_is_wrong_empties_no_feed(make_site: MakeSite, digest: Command) -> None:
    site = make_site(posts(4), TOML)
    digest(site, "build", "--now", NOW)
    assert refused(digest(site, "build", "--now", "1970-01-01"))
    assert entries(site) == 4


def test_a_folder_without_permission_stops_the_build(make_site: MakeSite) -> None:
    site = make_site(posts(9) | {"content/sub/one.md": POST.format("One", "2026-11-20", "x")}, TOML)
    assert run_bound(site, "build", "--now", NOW).code == 0
    before = kept(site)
    (site / "content/sub").chmod(0)
    ended = run_bound(site, "build", "--now", NOW)
    assert refused(ended), ended.err
    assert "content/sub: unreadable: the folder cannot be read: Permission denied" in ended.err
    assert "content: posts-gone: published posts found in this folder: 9; at the last build: 10" in ended.err
    assert kept(site) == before
    meant = run_bound(site, "build", "--now", NOW, "--allow-empty")
    assert (meant.code, entries(site)) == (65, 9)  # the folder is still named
    for path in site.rglob("*.md"):
        os.utime(path, (10**9, 10**9))
    run_bound(site, "build", "--now", NOW, "--allow-empty")
    assert refused(run_bound(site, "build", "--now", NOW))  # though nothing changed since
    (site / "content/sub").chmod(0o755)
    assert (run_bound(site, "build", "--now", NOW).code, entries(site)) == (0, 10)


def test_a_folder_that_cannot_be_read_to_its_end_stops_the_build(
    make_site: MakeSite, digest: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = make_site(posts(9), TOML)
    digest(site, "build", "--now", NOW)
    before = kept(site)
    scan = os.scandir

    @contextlib.contextmanager
    def scandir(path: str) -> Iterator[Iterator[os.DirEntry[str]]]:
        def entries(found: Iterator[os.DirEntry[str]]) -> Iterator[os.DirEntry[str]]:
            yield from itertools.islice(found, 7)
            raise OSError(errno.EIO, os.strerror(errno.EIO))

        with scan(path) as found:
            yield entries(found) if os.fspath(path).endswith("/content") else found

    with monkeypatch.context() as patched:
        patched.setattr(os, "scandir", scandir)
        ended = digest(site, "build", "--now", NOW)
    assert refused(ended)
    assert "content: no-content: there is no content folder that can be read: Input/output error" in ended.err
    assert "published posts found in this folder: 7; at the last build: 9" in ended.err
    assert kept(site) == before


def test_files_without_permission_are_gone_too(make_site: MakeSite) -> None:
    site = make_site(posts(4), TOML)
    run_bound(site, "build", "--now", NOW)
    before = kept(site)
    for n in range(3):
        (site / f"content/{n}.md").chmod(0)
    ended = run_bound(site, "build", "--now", NOW)
    assert refused(ended)
    assert ended.err.count(": unreadable: the file") == 3
    assert kept(site) == before


def test_no_other_way_to_build_goes_around_the_question(make_site: MakeSite, digest: Command) -> None:
    site = make_site(posts(4), TOML)
    digest(site, "build", "--now", NOW)
    before = kept(site)
    unmount(site)
    for options in (
        ["--no-cache"],
        ["--strict"],
        ["--wait"],
        ["--since", "2026-01-01"],
        ["weekly/2026-W48"],
    ):
        assert refused(digest(site, "build", "--now", NOW, *options)), options
        assert kept(site) == before


def test_check_warns_of_what_would_stop_a_build(make_site: MakeSite, digest: Command) -> None:
    site = make_site(posts(4), TOML)
    digest(site, "build", "--now", NOW)
    unmount(site)
    before = tree(site)
    ended = digest(site, "check", "--now", NOW)
    assert ended.code == 0
    assert "content: warning: posts-gone: published posts found in this folder: 0; at the last build: 4" in ended.err
    assert tree(site) == before


def test_what_git_joined_counts_as_the_most_and_nonsense_is_named(make_site: MakeSite, digest: Command) -> None:
    site = make_site(posts(4), TOML)
    digest(site, "build", "--now", NOW)
    note = site / "ledger/_posts.jsonl"
    (line,) = note.read_bytes().splitlines(keepends=True)
    note.write_bytes(line.replace(b"4", b"2") + line + line.replace(b"4", b"3"))
    for n in range(3):
        (site / f"content/{n}.md").unlink()
    assert refused(digest(site, "build", "--now", NOW))
    note.write_bytes(b"<<<<<<< ours\n" + line)
    ended = digest(site, "build", "--now", NOW)
    assert (ended.code, "ledger/_posts.jsonl: " in ended.err) == (65, True)
    assert entries(site) == 4
    note.unlink()
    assert digest(site, "build", "--now", NOW).code == 0
    assert entries(site) == 1


@pytest.mark.parametrize("files", [{}, {"README.md": "# Read me"}, {"notes.txt": "No post."}])
def test_a_folder_without_posts_is_no_site(make_site: MakeSite, digest: Command, files: dict[str, str]) -> None:
    site = make_site(files, toml=None)
    ended = digest(site, "build", "--now", NOW)
    assert ended.code == 78
    assert "neither a digest.toml nor a post" in ended.err
    assert "digest init" in ended.err
    assert {path.name for path in site.rglob("*")} == set(files)
    looked = digest(site, "check", "--now", NOW)
    assert (looked.code, "warning: no-site: " in looked.err) == (0, True)


def test_a_folder_whose_posts_are_all_wrong_is_no_site_yet(make_site: MakeSite, digest: Command) -> None:
    site = make_site({"a.md": "no front matter", "b.md": "---\ntitle: a\n"}, toml=None)
    ended = digest(site, "build", "--now", NOW)
    assert ended.code == 65
    assert "a.md:1:1: no-front-matter: " in ended.err
    assert "b.md:" in ended.err
    assert not (site / "public").exists()


def test_a_folder_with_drafts_only_is_a_site(make_site: MakeSite, digest: Command) -> None:
    site = make_site({"a.md": POST.format("A", "2026-11-20\ndraft: true", "x")}, toml=None)
    assert digest(site, "build", "--now", NOW).code == 0
    assert entries(site) == 0
