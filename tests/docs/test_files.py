"""docs/files.md names every file that the commands write, and each that it names is written."""

import shutil
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from tests.commands import NOW, POST, Command
from tests.conftest import MakeSite
from tests.docs.outputs import SEND
from tests.docs.pages import DOCS, codes, rows, section
from tests.feeds.test_websub import hub
from tests.mail_server import mail_server
from tests.preview_samples import png

__all__ = ["hub"]

PAGE = DOCS / "files.md"
FEEDS = ("feed.xml", "atom.xml", "feed.json")
RARE = {
    "editions/DIGEST/page/N/index.html",  # from 100 editions on: tests/archive
    ".digest/running",  # while a run is under way
    ".digest/running.lock",  # while it writes
    ".digest/cron.log",  # by the recipe's own shell
}
EVERYTHING = """
[site]
url = "https://notes.example/"
[feeds]
per_category = true
per_folder = true
per_author = true
per_language = true
archive = true
limit = 1
hub = "HUB"
[feeds.extra.short]
title = "Short"
template = "short.txt.jinja"
[feeds.extra.long]
title = "Long"
[digests.weekly]
sender = "Notes <weekly@notes.example>"
unsubscribe = "https://notes.example/leave"
one_click = true
images = "resize"
approve = "always"
send_via = "script"
"""


def patterns(heading: str) -> dict[str, list[str]]:
    """Return the paths of a table with the patterns of files that each stands for: a word in capitals is any text."""
    found = {}
    for row in rows(section(PAGE, heading)):
        for path in codes(row[0]):
            parts = ["*" if part.isupper() and part != "FEED" else part for part in path.split("/")]
            pattern = "/".join(part.replace("DIGEST.", "*.") for part in parts)
            found[path] = [pattern.replace("FEED", feed) for feed in FEEDS] if "FEED" in pattern else [pattern]
    return found


def written(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def without_a_page(files: set[str], documented: dict[str, list[str]]) -> list[str]:
    every = [pattern for each in documented.values() for pattern in each]
    return sorted(file for file in files if not any(fnmatchcase(file, pattern) for pattern in every))


def never_written(files: set[str], documented: dict[str, list[str]]) -> list[str]:
    made = {path for path, each in documented.items() if all(any(fnmatchcase(f, p) for f in files) for p in each)}
    return sorted(set(documented) - made - RARE)


@pytest.fixture
def everything(make_site: MakeSite, digest: Command, hub: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Return a site in which every command ran that writes, beside the state folder and a new site."""
    for name, value in {
        "DIGEST_SECRET": "correct-horse-battery-staple",
        "XDG_STATE_HOME": str(tmp_path / "state"),
    }.items():
        monkeypatch.setenv(name, value)
    extra = "2026-11-20\nimage: /square.png\nlang: en\nauthor: Ann\ncategories: [a]"
    posts = {
        "content/news/one.md": POST.format("One", extra, "news"),
        "content/news/two.md": POST.format("Two", extra.replace("20", "19", 1), "news"),
        "content/news/three.md": POST.format("Three", "2026-11-18", "news"),
        "content/open.md": POST.format("Open", "2026-11-23T08:30:00", "news"),
        "static/square.png": png(900, 900),
        "templates/short.txt.jinja": "{{ feed.title }}",
        "readers.txt": "ann@example.org\n",
    }
    site = make_site(posts, EVERYTHING.replace("HUB", hub) + SEND)
    theirs = written(site)
    now = ("--now", NOW)
    with mail_server() as (_, port):
        toml = site / "digest.toml"
        toml.write_text(toml.read_text(encoding="utf-8") + f'port = {port}\ninsecure = true\nsecurity = "none"\n')
        for command in (
            ("build", *now),
            ("build", "--draft", *now),
            ("approve", "weekly/2026-W48", *now),
            ("send", "weekly/2026-W48", "--via", "mail", "--as-of", NOW),
            ("mark-sent", "weekly/2026-W48", *now),
            ("ping", *now),
            ("unsubscribe", "add", "bo@example.org"),
            ("readers", "import", "readers.txt"),
            ("build", "--copy-to", str(tmp_path / "copied"), *now),
        ):
            ended = digest(site, *command)
            assert ended.code == 0, (command, ended)
    recipes = [argument for name in ("github-action", "systemd", "cron") for argument in ("--with", name)]
    assert digest(tmp_path, "init", "new", *recipes, *now).code == 0
    for file in theirs:
        (site / file).unlink()
    return site


def test_every_file_that_is_written_is_named_and_no_other(everything: Path, tmp_path: Path) -> None:
    published = written(everything / "public")
    output = patterns("## Written below `public/`")
    archives = {path for path in published if "archive" in path.split("/")[:-1] and not path.startswith("archive")}
    assert without_a_page(published - archives, output) == []
    assert never_written(published, output) == []
    shutil.rmtree(everything / "public")
    copied = {f"copied/{path}" for path in written(tmp_path / "copied") - published}
    files = written(everything) | written(tmp_path / "new") | written(tmp_path / "state") | copied
    elsewhere = patterns("## Written elsewhere")
    assert without_a_page(files, elsewhere) == []
    assert never_written(files, elsewhere) == []


def test_every_folder_of_a_site_stands_in_the_table_of_what_to_back_up(everything: Path, tmp_path: Path) -> None:
    folders = {path.relative_to(everything).parts[0] for path in everything.rglob("*") if path.is_file()}
    table = rows(section(PAGE, "## What to back up, commit, ignore and share"))
    named = {name.rstrip("/") for row in table for name in codes(row[0])}
    assert folders <= named
    assert {"content", "static", "templates", "notes", "slots", "digest.toml", "digest.schema.json"} <= named
