"""`digest build --copy-to` with a folder: which files are copied and removed, and what is refused."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from digest import DigestError, load_config
from digest.storage import copy_output
from tests.build.test_incremental import age
from tests.commands import NOW, POST, POSTS, TOML, Command, Ended, tree
from tests.conftest import MakeSite
from tests.test_extras import run_without

RECORD = ".digest-copied.json"
EDITION = "editions/weekly/2026-W48"


def copy(digest: Command, site: Path, to: Path | str, *options: str) -> Ended:
    return digest(site, "build", "--now", NOW, "--copy-to", str(to), *options)


def copied(digest: Command, site: Path, to: Path | str, *options: str) -> dict[str, Any]:
    """Build and copy, and return the report."""
    ended = copy(digest, site, to, "--json", *options)
    assert ended.code == 0, ended.err
    report: dict[str, Any] = json.loads(ended.out)
    return report


def contents(folder: Path) -> dict[str, bytes]:
    """The content of every file by its path, without the record."""
    return {path: content for path, (content, _) in tree(folder).items() if path != RECORD}


def record_of(folder: Path) -> dict[str, str]:
    files: dict[str, str] = json.loads((folder / RECORD).read_bytes())["files"]
    return files


@pytest.fixture
def srv(tmp_path: Path) -> Path:
    """A folder to copy to, which is not there yet."""
    return tmp_path / "srv" / "blog"


@pytest.mark.parametrize("form", ["{0}/srv/{{name}}", "file://{0}/srv/{{name}}", "../srv/{{name}}"])
def test_a_folder_gets_the_output(form: str, site: Path, digest: Command, tmp_path: Path) -> None:
    if form.startswith("file:"):
        pytest.importorskip("fsspec")
    ended = copy(digest, site, form.format(tmp_path))
    there = tmp_path / "srv" / "site"
    assert ended.code == 0, ended.err
    assert contents(there) == contents(site / "public")
    assert f"{len(contents(there))} files copied to {there}, 0 deleted there" in ended.err


def test_a_copy_of_the_same_touches_nothing(site: Path, digest: Command, srv: Path) -> None:
    report = copied(digest, site, srv)
    before = tree(srv)
    again = copied(digest, site, srv)
    assert report["copied"] == len(before) - 1
    assert (again["copied"], again["deleted"]) == (0, 0)
    assert tree(srv) == before


def test_without_the_option_the_report_counts_nothing(site: Path, digest: Command) -> None:
    report = json.loads(digest(site, "build", "--now", NOW, "--json").out)
    assert (report["copied"], report["deleted"]) == (0, 0)


def test_only_what_changed_is_copied(site: Path, digest: Command, srv: Path) -> None:
    copied(digest, site, srv)
    before = tree(srv)
    (site / "content/old.md").write_text(POST.format("Old", "2025-01-01", "tools") + "More.\n")
    report = copied(digest, site, srv)
    after = tree(srv)
    changed = {path for path in after if after[path] != before.get(path)} - {RECORD}
    assert report["copied"] == len(changed)
    assert {f"public/{path}" for path in changed} == set(report["written"])


def test_what_is_gone_is_removed_but_no_edition_and_nothing_of_others(
    site: Path, make_site: MakeSite, digest: Command, srv: Path
) -> None:
    copied(digest, site, srv)
    (srv / "index.html").write_text("the site's own generator")
    editions = {path for path in contents(srv) if path.startswith("editions/")}
    clone = make_site({"content/one.md": POST.format("One", "2026-11-22", "news")}, TOML.partition("[dig")[0], "clone")
    report = copied(digest, clone, srv)
    assert report["deleted"] == 3
    assert set(contents(srv)) == editions | {"index.html"} | set(contents(clone / "public"))
    assert editions <= set(record_of(srv))
    # The machine that has the editions need not copy them again.
    assert copied(digest, site, srv)["copied"] < len(contents(site / "public")) - len(editions) + 1


def test_temporary_files_and_links_that_lead_out_are_not_copied(site: Path, digest: Command, srv: Path) -> None:
    assert digest(site, "build", "--now", NOW).code == 0
    output = site / "public"
    (site / "secret").write_text("secret")
    (output / ".feed.xml.part").write_text("half")
    (output / RECORD).write_text("of another copy")
    (output / ".nojekyll").write_text("")
    (output / "latest.xml").symlink_to("feed.xml")
    (output / "out").symlink_to(site / "secret")
    (output / "folder").symlink_to(site)
    (output / "nowhere").symlink_to("gone")
    report = copied(digest, site, srv)
    assert (srv / "latest.xml").read_bytes() == (output / "feed.xml").read_bytes()
    assert (srv / ".nojekyll").exists()
    assert not {"out", "folder", "nowhere", ".feed.xml.part"} & set(contents(srv))
    problems = [(problem["path"], problem["code"]) for problem in report["problems"]]
    assert problems == [(f"public/{name}", "not-copied") for name in ("folder", "nowhere", "out")]


@pytest.mark.parametrize(("damage", "said"), [
    (b"{", "the record of what was copied is damaged"),
    (b"\xff", "the record of what was copied is damaged"),
    (b'{"version": 2, "files": {}}', "version 2 is not known"),
    (b'{"version": 1, "files": {"../other/index.html": "a"}}', "'../other/index.html' is not the path of a file"),
    (b'{"version": 1, "files": {"/etc/passwd": "a"}}', "'/etc/passwd' is not the path of a file"),
    (b'{"version": 1, "files": {"./editions/weekly/index.html": "a"}}', "is not the path of a file"),
    (b'{"version": 1, "files": {"tags//a.xml": "a"}}', "is not the path of a file"),
    (b'{"version": 1, "files": {".digest-copied.json/": "a"}}', "is not the path of a file"),
])  # fmt: skip
def test_a_damaged_record_is_named_and_everything_is_copied_again(
    damage: bytes, said: str, site: Path, digest: Command, srv: Path
) -> None:
    copied(digest, site, srv)
    other = srv.parent / "other" / "index.html"
    other.parent.mkdir()
    other.write_text("of others")
    (srv / RECORD).write_bytes(damage)
    (srv / "feed.xml").write_text("damaged as well")
    ended = copy(digest, site, srv)
    assert ended.code == 0
    assert f"{srv}/{RECORD}: warning: copy-record: " in ended.err
    assert said in ended.err
    assert contents(srv) == contents(site / "public")
    assert set(record_of(srv)) == set(contents(srv))
    assert other.read_text() == "of others"


def test_without_a_record_everything_is_copied_and_nothing_removed(site: Path, digest: Command, srv: Path) -> None:
    copied(digest, site, srv)
    (srv / RECORD).unlink()
    (srv / "mine.txt").write_text("mine")
    report = copied(digest, site, srv)
    assert (report["copied"], report["deleted"], report["problems"]) == (len(contents(site / "public")), 0, [])
    assert (srv / "mine.txt").exists()


def test_no_file_is_written_or_removed_through_a_symbolic_link(
    site: Path, digest: Command, srv: Path, tmp_path: Path
) -> None:
    copied(digest, site, srv)
    outside = tmp_path / "outside"
    (srv / "tags").rename(outside)
    (srv / "tags").symlink_to(outside)
    before = tree(outside)
    for path in site.glob("content/*.md"):
        path.write_text(path.read_text().replace(", Tools", "").replace("[tools]", "[news]"))
    ended = copy(digest, site, srv)
    assert ended.code == 73
    assert "leads out of" in ended.err
    assert tree(outside) == before


@pytest.mark.parametrize(
    "obstacle", [f"{EDITION}/email.txt", "feed.xml", "tags/news/atom.xml", f"{EDITION}/manifest.json"]
)
def test_a_run_after_one_that_was_interrupted_comes_out_right(
    obstacle: str, site: Path, digest: Command, srv: Path
) -> None:
    copied(digest, site, srv)
    before = {path: path.read_text() for path in site.glob("content/*.md")}
    (site / "content/one.md").write_text(POST.format("One, mended", "2026-11-20", "news"))
    assert digest(site, "build", "--now", NOW).code == 0
    assert digest(site, "build", "weekly/2026-W48", "--now", NOW).code == 0
    (srv / obstacle).unlink()
    (srv / obstacle).mkdir()
    ended = copy(digest, site, srv, "--quiet")
    assert ended.code == 73
    assert ended.err.startswith(f"error: {srv}: {obstacle}: cannot be ")
    assert ended.err.count("\n") == 1
    assert not (srv / EDITION / "manifest.json").is_file()
    (srv / obstacle).rmdir()
    for path, text in before.items():
        path.write_text(text)
    assert copied(digest, site, srv)["copied"] > 0
    assert contents(srv) == contents(site / "public")


def test_nothing_is_copied_while_a_post_is_wrong(site: Path, digest: Command, srv: Path) -> None:
    (site / "content/bad.md").write_text("---\ntitle: Bad\ndate: no\n---\n")
    ended = copy(digest, site, srv)
    assert ended.code == 65
    assert "nothing was copied, since a post is wrong" in ended.err
    assert not srv.exists()
    config = site / "digest.toml"
    config.write_text(config.read_text() + '\n[posts]\non_error = "skip"\n')
    assert copied(digest, site, srv)["copied"] > 0


def test_an_output_that_is_gone_empties_no_destination(site: Path, digest: Command, srv: Path) -> None:
    copied(digest, site, srv)
    before = tree(srv)
    shutil.rmtree(site / "public")
    with pytest.raises(DigestError, match=f"^nothing was copied: {site / 'public'} is empty, and {srv} has files"):
        copy_output(load_config(site), str(srv))
    assert tree(srv) == before


@pytest.mark.parametrize(("options", "code", "said"), [
    (("--copy-to", "s4://bucket/x"), 78, '"s4" is the scheme of no storage; known: '),
    (("--copy-to", "memry://x"), 78, 'did you mean "memory"?'),
    (("--copy-to", "s3:///x"), 78, "the address has no bucket; write s3://bucket/folder"),
    (("--copy-to", "simplecache::memory://x"), 78, '"::" leads into a file system in another'),
    (("--copy-to", "ftp://ann:secret@example.org/x"), 78, "an address has no password"),
    (("--copy-to", "public"), 78, "this is the output itself, or a folder in it"),
    (("--copy-to", "public/copy"), 78, "this is the output itself, or a folder in it"),
    (("--copy-to", ""), 2, "it is empty"),
    (("--copy-to", "srv", "--draft"), 2, "--draft and --copy-to do not go together"),
])  # fmt: skip
def test_what_cannot_be_is_refused_before_anything_is_built(
    options: tuple[str, ...], code: int, said: str, site: Path, digest: Command
) -> None:
    pytest.importorskip("fsspec")
    ended = digest(site, "build", "--now", NOW, "--quiet", *options)
    assert (ended.code, said in ended.err) == (code, True), ended.err
    assert "secret" not in ended.err
    assert "Traceback" not in ended.err
    assert not (site / "public").exists()


@pytest.mark.parametrize(("packages", "address", "said"), [
    ("fsspec", "memory://x", "--copy-to memory://x needs fsspec, which is missing"),
    ("s3fs", "s3://bucket/x", "--copy-to s3://bucket/x needs s3fs, which is missing"),
])  # fmt: skip
def test_a_missing_package_is_named_with_its_extra(packages: str, address: str, said: str, site: Path) -> None:
    pytest.importorskip("s3fs")
    ended = run_without(packages, site, "build", "--now", NOW, "--copy-to", address)
    assert ended.code == 1
    assert ended.err == f'error: {said}: pip install "digest-press[storage]"\n'


def test_a_folder_needs_no_package(site: Path, srv: Path) -> None:
    ended = run_without("fsspec,s3fs", site, "build", "--now", NOW, "--copy-to", str(srv))
    assert ended.code == 0, ended.err
    assert contents(srv) == contents(site / "public")


@pytest.fixture
def memory() -> Iterator[Any]:
    """fsspec's storage in memory, empty."""
    fsspec = pytest.importorskip("fsspec")
    filesystem = fsspec.filesystem("memory")
    filesystem.store.clear()
    yield filesystem
    filesystem.store.clear()


def test_another_storage_of_fsspec_gets_the_output(site: Path, digest: Command, memory: Any) -> None:
    assert copied(digest, site, "memory://blogs/{name}")["copied"] > 10
    stored = {path.removeprefix("/blogs/site/"): memory.cat_file(path) for path in memory.find("/blogs/site")}
    del stored[RECORD]
    assert stored == contents(site / "public")
    for path in site.glob("content/*.md"):
        path.write_text(path.read_text().replace(", Tools", "").replace("[tools]", "[news]"))
    assert copied(digest, site, "memory://blogs/{name}")["deleted"] == 3
    assert not memory.exists("/blogs/site/tags/tools/feed.xml")


def test_more_files_than_go_at_once_arrive(site: Path, digest: Command, memory: Any) -> None:
    for number in range(70):
        extra = site / f"public/mine/{number}.txt"
        extra.parent.mkdir(parents=True, exist_ok=True)
        extra.write_bytes(b"x" * (3_000_000 if number < 5 else 10))
    copied(digest, site, "memory://blogs")
    stored = {path.removeprefix("/blogs/"): memory.cat_file(path) for path in memory.find("/blogs")}
    del stored[RECORD]
    assert stored == contents(site / "public")


def test_a_storage_that_cannot_be_written_is_one_line(
    site: Path, digest: Command, memory: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class QuotaError(Exception):
        """Of a library, with no base in common with others."""

    def pipe_file(*_: object, **__: object) -> None:
        raise QuotaError("too much\nby far")

    monkeypatch.setattr(type(memory), "pipe_file", pipe_file)
    ended = copy(digest, site, "memory://blogs", "--quiet")
    assert (ended.code, ended.err) == (
        73, f"error: memory://blogs/{RECORD}: cannot be written: too much by far\n",
    )  # fmt: skip


@pytest.fixture
def host(make_site: MakeSite) -> Path:
    """A folder with sites, two of which have the same name."""
    for name in ("sites/ash", "sites/birch", "old/ash"):
        make_site(POSTS, TOML, f"host/{name}")
    return make_site(toml=None, folder="host")


def test_many_sites_each_have_a_folder(host: Path, digest: Command) -> None:
    ended = digest(host, "build", "--all", "sites/*", "--now", NOW, "--copy-to", "srv/{name}", "--json", "--jobs", "1")
    assert ended.code == 0, ended.err
    results = {result["site"]: result["result"] for result in map(json.loads, ended.out.splitlines())}
    for name in ("ash", "birch"):
        files = contents(host / "srv" / name)
        assert files == contents(host / "sites" / name / "public")
        assert results[f"sites/{name}"]["copied"] == len(files)


@pytest.mark.parametrize(("options", "said"), [
    (("--all", "sites/*", "--copy-to", "srv"), "for many sites it needs {name}"),
    (("--all", "*/*", "--copy-to", "srv/{name}"), "have the same name"),
])  # fmt: skip
def test_sites_that_would_overwrite_each_other_are_refused(
    options: tuple[str, ...], said: str, host: Path, digest: Command
) -> None:
    ended = digest(host, "build", "--now", NOW, *options)
    assert (ended.code, said in ended.err) == (2, True), ended.err
    assert not list(host.rglob("public"))


CHECKED = """
import threading
from digest import load_config
from digest.storage import require_destination
require_destination(load_config("."), "s3://bucket/{name}")
assert threading.active_count() == 1, threading.enumerate()
"""


def test_an_address_is_checked_without_a_thread_so_that_a_build_may_fork(site: Path) -> None:
    pytest.importorskip("s3fs")
    subprocess.run([sys.executable, "-c", CHECKED], cwd=site, check=True)


UPTODATE = """
import sys
from digest.cli import commands
commands.cli(["build", "--now", sys.argv[1], "--quiet", "--copy-to", sys.argv[2]], standalone_mode=False)
found = {"digest.feeds", "digest.markdown", "jinja2", "lxml", "nh3", "yaml"} & set(sys.modules)
assert not found, found
"""


def test_a_copy_with_nothing_to_do_loads_what_a_build_does(site: Path, digest: Command, srv: Path) -> None:
    age(site)
    copied(digest, site, srv)
    time.sleep(2.1)  # until the files' times tell every change
    copied(digest, site, srv)
    subprocess.run([sys.executable, "-c", UPTODATE, NOW, str(srv)], cwd=site, check=True)


LATE = """
import sys
from digest.cli import commands
commands.cli(["build", "--now", sys.argv[1], "--quiet"], standalone_mode=False)
found = {name for name in sys.modules if name.startswith(("digest.storage", "fsspec", "s3fs", "botocore"))}
assert not found, found
"""


def test_a_build_without_the_option_imports_nothing_of_it(site: Path) -> None:
    for _ in range(2):
        subprocess.run([sys.executable, "-c", LATE, NOW], cwd=site, check=True)
