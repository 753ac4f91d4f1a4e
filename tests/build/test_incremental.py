"""Second builds: nothing stale is kept and nothing is done again that need not be."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from digest.build import site as build_site
from digest.cache import open_store
from tests.commands import NOW, POST, POSTS, TOML, Command, tree
from tests.conftest import MakeSite

LONG_AGO = 1_700_000_000


def age(folder: Path, seconds: int = 0) -> None:
    """Give every file of the site's own a time long past, as files have that nobody touched just now."""
    for path in [folder / "digest.toml", *(folder / "content").rglob("*"), *(folder / "templates").rglob("*")]:
        os.utime(path, (LONG_AGO + seconds,) * 2)


@pytest.fixture
def fine_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have files' times tell every change, as they do when nobody writes within two seconds of a build."""
    monkeypatch.setattr(import_module("digest.collector.scan"), "RESOLUTION", 0)


@pytest.fixture
def built(site: Path, digest: Command, fine_clock: None) -> Path:
    """Return a site that was built, by files that are old."""
    age(site)
    assert digest(site, "build", "--now", NOW).code == 0
    return site


def again(folder: Path, digest: Command, now: str = NOW) -> dict[str, Any]:
    ended = digest(folder, "build", "--now", now, "--json")
    report: dict[str, Any] = json.loads(ended.out)
    return report


def fresh(folder: Path, digest: Command, now: str = NOW) -> dict[str, bytes]:
    """Return what a build that remembers nothing writes besides editions, which stay as they were built."""
    (folder / "public").rename(folder / "public-before")
    digest(folder, "build", "--now", now, "--no-cache")
    made = {path: content for path, (content, _) in tree(folder / "public").items()}
    return {path: content for path, content in made.items() if "editions" not in path}


def kept(folder: Path) -> dict[str, bytes]:
    made = {path: content for path, (content, _) in tree(folder / "public").items()}
    return {path: content for path, content in made.items() if "editions" not in path}


def test_nothing_changed_is_known_without_reading_anything(
    built: Path, digest: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = tree(built / "public")
    monkeypatch.setattr("digest.collector.source.read_bytes", None)
    monkeypatch.setattr(import_module("digest.collector.collect"), "read_bytes", None)
    monkeypatch.setattr(build_site, "collect", None)
    report = again(built, digest)
    assert (report["read"], report["rendered"], report["written"]) == (0, 0, [])
    assert report["posts"] == 3
    assert [edition["status"] for edition in report["editions"]] == ["already built"]
    assert tree(built / "public") == before
    assert json.loads((built / ".digest" / "changed.json").read_bytes()) == []


def test_problems_are_told_again_when_nothing_changed(site: Path, digest: Command) -> None:
    (site / "content" / "bad.md").write_text("---\ntitle: a\ndate: 2026-02-30\n---\n")
    age(site)
    first = digest(site, "build", "--now", NOW)
    second = digest(site, "build", "--now", NOW)
    assert first.code == second.code == 65
    assert [line for line in second.err.splitlines() if "bad.md" in line] == [
        line for line in first.err.splitlines() if "bad.md" in line
    ]


def test_one_changed_post_is_read_and_rendered_alone(built: Path, digest: Command) -> None:
    (built / "content" / "old.md").write_text(POST.format("Old but mended", "2025-01-01", "tools"))
    report = again(built, digest)
    assert (report["read"], report["rendered"]) == (1, 1)
    assert "public/tags/news/feed.xml" not in report["written"]
    assert {"public/feed.xml", "public/tags/tools/atom.xml"} <= set(report["written"])
    after = kept(built)
    assert b"Old but mended" in after["feed.xml"]
    assert after == fresh(built, digest)


LIGHT = """
import sys
from digest.cli import commands as cli
cli.cli(["build", "--now", sys.argv[1], "-q"], standalone_mode=False)
parts = "PIL babel cssutils importlib.metadata premailer pygments"
assert not set(parts.split()) & set(sys.modules), set(parts.split()) & set(sys.modules)
"""


IDLE = """
import sys
from digest.cli import commands
commands.cli(["build", "--now", sys.argv[1], "--quiet"], standalone_mode=False)
parts = "comrak concurrent.futures digest.build.site digest.markdown frontmatter jinja2 lxml multiprocessing.pool nh3 yaml"
assert not set(parts.split()) & set(sys.modules), set(parts.split()) & set(sys.modules)
"""


def test_a_build_with_nothing_to_do_loads_next_to_nothing(built: Path, digest: Command) -> None:
    time.sleep(2.1)  # until the files' times tell every change
    assert again(built, digest)["written"] == []
    subprocess.run([sys.executable, "-c", IDLE, NOW], check=True, cwd=built)


def test_a_build_of_one_changed_post_loads_no_large_package(built: Path, digest: Command) -> None:
    (built / "content" / "old.md").write_text(POST.format("Old <b>&</b> mended", "2025-01-01", "tools"))
    subprocess.run([sys.executable, "-c", LIGHT, NOW], check=True, cwd=built)
    after = kept(built)
    assert b"<title>Old &#x3C;b&gt;&#x26;&#x3C;/b&gt; mended</title>" in after["feed.xml"]
    assert after == fresh(built, digest)


def overwrite(memory: Path, where: float, what: bytes) -> None:
    """Damage a part of a file that keeps its size."""
    size = memory.stat().st_size
    with memory.open("r+b") as file:
        file.seek(int(where * size))
        file.write((what * size)[: size // 8])


@pytest.mark.parametrize("what", [b"\0", b"\xff", b"nonsense"])
@pytest.mark.parametrize("eighth", range(1, 8))
def test_a_memory_that_is_damaged_anywhere_costs_a_line_and_no_truth(
    built: Path, digest: Command, eighth: int, what: bytes
) -> None:
    (built / "content" / "old.md").write_text(POST.format("Old but mended", "2025-01-01", "tools"))
    overwrite(built / ".digest" / "cache.sqlite", eighth / 8, what)
    ended = digest(built, "build", "--now", NOW)
    assert ended.code == 0
    assert ended.err.count("cannot be used") <= 1  # not all of it is looked at
    assert kept(built) == fresh(built, digest)


def rename(site: Path) -> None:
    (site / "content" / "two.md").rename(site / "content" / "second.md")


def remove(site: Path) -> None:
    (site / "content" / "one.md").unlink()


def add(site: Path) -> None:
    (site / "content" / "added.md").write_text(POST.format("Added", "2026-11-22", "fresh"))


def retitle(site: Path) -> None:
    (site / "digest.toml").write_text(TOML.replace('"Notes"', '"Other notes"'))


def move_zone(site: Path) -> None:
    (site / "digest.toml").write_text(TOML.replace("[digests", 'timezone = "Asia/Tokyo"\n[digests'))


def readdress(site: Path) -> None:
    (site / "digest.toml").write_text(TOML.replace("notes.example/", "elsewhere.example/blog/", 1))


def shorten(site: Path) -> None:
    (site / "digest.toml").write_text(TOML + '[feeds]\ntext = "summary"\nlimit = 2\n')


def reauthor(site: Path) -> None:
    (site / "digest.toml").write_text(TOML.replace("[digests", 'author = { name = "Ann" }\n[digests'))


def own_template(site: Path) -> None:
    (site / "templates").mkdir()
    (site / "templates" / "feed.css").write_text("title { color: red }\n")


@pytest.mark.parametrize(
    "change",
    [rename, remove, add, retitle, move_zone, readdress, shorten, reauthor, own_template],
    ids=lambda f: f.__name__,
)
def test_no_change_leaves_anything_stale(built: Path, digest: Command, change: Callable[[Path], None]) -> None:
    before = kept(built)
    change(built)
    again(built, digest)
    after = kept(built)
    assert after != before
    assert after == fresh(built, digest)


@pytest.mark.parametrize("damage", [b"", b"\xff", b"\xa2\xff\xff", b"\x81\xa2\xff\xff\x90"])
@pytest.mark.parametrize("kind", ["bodies", "builds", "files", "outputs", "problems"])
def test_a_damaged_value_of_the_cache_costs_time_alone(built: Path, digest: Command, kind: str, damage: bytes) -> None:
    before = tree(built / "public")
    with open_store(built) as store:
        for name, _ in list(store.items(kind)):
            store.put(kind, name, damage)
        for name, _ in list(store.items("entries")):
            store.drop("entries", name)
    (built / "public/feed.xml").unlink()
    ended = digest(built, "build", "--now", NOW)
    assert (ended.code, ended.out) == (0, "public/feed.xml\n")
    assert {path: content for path, (content, _) in tree(built / "public").items()} == {
        path: content for path, (content, _) in before.items()
    }


def test_the_feed_of_a_tag_that_is_gone_is_removed_unless_somebody_changed_it(built: Path, digest: Command) -> None:
    (built / "public" / "tags" / "tools" / "atom.xml").write_text("mine now")
    for name in ("one", "old"):
        (built / "content" / f"{name}.md").write_text(POST.format(name, "2026-11-20", "news"))
    removed = again(built, digest)["removed"]
    assert "public/tags/tools/feed.xml" in removed
    assert {path.name for path in (built / "public" / "tags" / "tools").iterdir()} == {"atom.xml"}
    assert (built / "public" / "editions" / "weekly" / "2026-W48" / "email.html").is_file()


def test_settings_that_bodies_do_not_show_render_nothing(built: Path, digest: Command) -> None:
    (built / "digest.toml").write_text(TOML + "[theme]\naccent = '#004400'\n")
    report = again(built, digest)
    assert (report["read"], report["rendered"]) == (0, 0)


def test_time_alone_can_change_a_build(built: Path, digest: Command) -> None:
    assert "public/feed.xml" not in again(built, digest, "2026-12-31T23:00:00Z")["written"]
    report = again(built, digest, "2027-01-02T00:00:00Z")
    assert report["posts"] == 4
    assert "public/feed.xml" in report["written"]


def test_a_lost_or_changed_output_is_put_back(built: Path, digest: Command) -> None:
    (built / "public" / "feed.xml").unlink()
    (built / "public" / "atom.xml").write_text("tampered")
    (built / "public" / "editions" / "weekly" / "2026-W48" / "manifest.json").unlink()
    written = again(built, digest)["written"]
    assert {"public/feed.xml", "public/atom.xml"} <= set(written)
    assert "public/editions/weekly/2026-W48/manifest.json" in written


def test_a_change_that_keeps_size_and_time_within_the_grain_is_noticed(site: Path, digest: Command) -> None:
    path = site / "content" / "one.md"
    digest(site, "build", "--now", NOW)
    stat = path.stat()
    path.write_text(path.read_text().replace("Body of One", "Body of Two"))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert path.stat().st_size == stat.st_size
    assert "public/feed.xml" in again(site, digest)["written"]


def test_bytes_do_not_depend_on_the_number_of_processes(site: Path, digest: Command) -> None:
    settings = (site / "digest.toml").read_text()
    (site / "digest.toml").write_text(settings.replace("[site]", '[site]\ntimezone = "Asia/Shanghai"', 1))
    for number in range(650):
        (site / "content" / f"many-{number}.md").write_text(
            POST.format(f"Many {number}", "2024-05-05", f"t{number % 60}")
        )
    trees = []
    for jobs in ("1", "2"):
        assert digest(site, "build", "--now", NOW, "--jobs", jobs).code == 0
        trees.append({path: content for path, (content, _) in tree(site / "public").items()})
        for folder in ("public", ".digest", "ledger"):
            (site / folder).rename(site.parent / f"{folder}-{jobs}")
    assert trees[0] == trees[1]
    assert len(trees[0]) > 180
    for number in range(0, 60, 7):
        (site / "public" / "tags" / f"t{number}").mkdir(parents=True)
        (site / "public" / "tags" / f"t{number}" / "feed.xml").mkdir()
    ended = digest(site, "build", "--now", NOW, "--jobs", "2")
    assert ended.code == 73
    assert "/feed.xml: cannot be written: Is a directory" in ended.err


def test_what_was_changed_just_before_a_build_is_read_again_by_the_next(site: Path, digest: Command) -> None:
    assert digest(site, "build", "--now", NOW).code == 0
    assert again(site, digest)["read"] == 6
    time.sleep(2.1)
    assert again(site, digest)["read"] == 6
    assert again(site, digest)["read"] == 0


def test_another_content_of_the_same_size_and_time_is_noticed_after_a_quiet_build(built: Path, digest: Command) -> None:
    path = built / "content" / "one.md"
    path.write_text(path.read_text().replace("Body of One", "Body of Two"))
    stat = path.stat()
    time.sleep(0.1)
    assert again(built, digest)["read"] == 1
    assert again(built, digest)["read"] == 0
    path.write_text(path.read_text().replace("Body of Two", "Body of Six"))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert "public/feed.xml" in again(built, digest)["written"]


def test_a_folder_a_post_and_pictures_beside_them_are_seen(built: Path, digest: Command) -> None:
    for number in range(3):
        folder = built / "content" / f"bundle-{number}"
        folder.mkdir()
        (folder / "index.md").write_text(POST.format(f"Bundle {number}", "2026-11-19", "news") + "\n![](a.png)\n")
        (folder / "a.png").write_bytes(b"\x89PNG")
    assert again(built, digest)["read"] == 3
    age(built)
    assert again(built, digest)["rendered"] == 0
    (built / "content" / "bundle-1" / "a.png").write_bytes(b"\x89PNG and more")
    assert again(built, digest)["read"] == 0


def test_adding_a_format_renders_no_body_again(built: Path, digest: Command) -> None:
    (built / "digest.toml").write_text(TOML + '[feeds]\nformats = ["rss"]\n')
    assert again(built, digest)["rendered"] == 0
    (built / "digest.toml").write_text(TOML.replace("[digests", 'author = { name = "Ann" }\n[digests'))
    report = again(built, digest)
    assert report["rendered"] == 0
    assert "public/atom.xml" in report["written"]
    assert kept(built) == fresh(built, digest)


def test_the_cache_may_lie_in_a_folder_that_sites_share(make_site: MakeSite, digest: Command, tmp_path: Path) -> None:
    place = tmp_path / "caches"
    settings = TOML.replace("[site]", f'[site]\ncache_dir = "{place.as_posix()}"')
    for name in ("ash", "birch"):
        site = make_site(POSTS, settings, name)
        assert digest(site, "build", "--now", NOW).code == 0
        assert not (site / ".digest/cache.sqlite").exists()
        again = json.loads(digest(site, "build", "--now", NOW, "--json").out)
        assert (again["rendered"], again["written"]) == (0, [])
    assert sorted(path.name.partition("-")[0] for path in place.glob("*.sqlite")) == ["ash", "birch"]
