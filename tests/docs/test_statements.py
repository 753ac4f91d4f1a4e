"""Sentences and tables of the documentation that no other test holds, each with what shows that it is true."""

import ast
import json
import shutil
import tomllib
from pathlib import Path
from typing import get_args

import pytest

import digest as digest_library
from digest.editions.ledger import Event, Item
from tests.commands import NOW, Command
from tests.conftest import MakeSite
from tests.docs.pages import DOCS, codes, rows, section

POST = "---\ntitle: One\ndate: 2026-11-20\n---\nText.\n"
TOML = '[site]\nurl = "https://notes.example/"\n[digests.weekly]\nsender = "N <w@notes.example>"\n'


@pytest.fixture
def built(make_site: MakeSite, digest: Command) -> Path:
    site = make_site({"content/one.md": POST}, TOML)
    assert digest(site, "build", "--now", NOW).code == 0
    return site


def says(page: str, sentence: str) -> bool:
    text = " ".join((DOCS / page).read_text(encoding="utf-8").split())
    return sentence in text


def test_a_damaged_mark_is_a_warning_where_the_ledger_does_not_say_that_the_edition_was_sent(
    built: Path, digest: Command
) -> None:
    assert says("editions.md", "a `sent.json` is damaged, and the ledger does not say that the edition was sent")
    digest(built, "mark-sent", "weekly/2026-W48", "--now", NOW)
    (built / "public/editions/weekly/2026-W48/sent.json").write_text("{")
    assert "damaged-mark" not in digest(built, "build", "--now", NOW).err
    shutil.rmtree(built / "ledger")
    assert "damaged-mark" in digest(built, "build", "--now", NOW).err


def test_feeds_are_written_while_a_renamed_digest_waits(built: Path, digest: Command) -> None:
    assert says("editions.md", "no edition is built until its table has `formerly")
    assert says("problems.md", "No edition is built, and the exit code is 65; feeds are written.")
    (built / "digest.toml").write_text(TOML.replace("digests.weekly", "digests.news"))
    (built / "content/two.md").write_text(POST.replace("One", "Two"))
    ended = digest(built, "build", "--now", NOW)
    assert (ended.code, "digest-renamed" in ended.err) == (65, True)
    assert "Two" in (built / "public/feed.xml").read_text(encoding="utf-8")
    assert not (built / "public/editions/news/2026-W48").exists()


def test_a_torn_line_stays_until_a_line_is_added(built: Path, digest: Command) -> None:
    assert says("editions.md", "is left out, and put right by the next run that adds a line")
    ledger = built / "ledger/weekly.jsonl"
    ledger.write_text(ledger.read_text(encoding="utf-8") + '{"event":"bu')
    assert digest(built, "build", "--now", NOW).code == 0
    assert ledger.read_text(encoding="utf-8").endswith('{"event":"bu')
    assert digest(built, "mark-sent", "weekly/2026-W48", "--now", NOW).code == 0
    assert digest(built, "status", "--now", NOW).code == 0
    lines = ledger.read_text(encoding="utf-8").splitlines()
    assert '"sent"' in lines[-1]
    assert '{"event":"bu' not in lines


def test_the_packages_stand_in_the_order_in_which_they_import() -> None:
    settings = tomllib.loads((DOCS.parent / "pyproject.toml").read_text(encoding="utf-8"))
    layers = settings["tool"]["importlinter"]["contracts"][0]["layers"]
    text = (DOCS / "design.md").read_text(encoding="utf-8")
    shown = text.partition("    cli\n")[2].partition("\n\n")[0].split("\n")
    assert [line.strip().replace(", ", " : ") for line in shown] == layers[2:]
    described = {name for row in rows(section(DOCS / "design.md", "## Packages")) for name in codes(row[0])}
    packages = {path.parent.name for path in (DOCS.parent / "digest").glob("*/__init__.py")}
    assert described == packages


def test_a_site_writes_where_security_md_says(built: Path, digest: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGEST_SECRET", "correct-horse-battery-staple")
    digest(built, "unsubscribe", "add", "ann@example.org")
    folders = {path.name for path in built.iterdir()} - {"content", "digest.toml"}
    assert folders == {"public", "ledger", ".digest", "private"}
    text = " ".join((DOCS.parent / "SECURITY.md").read_text(encoding="utf-8").split())
    assert "outside the output, ledger, `.digest` and `private` folders" in text


def test_the_fields_of_the_manifest_and_of_the_marks_beside_it(built: Path, digest: Command) -> None:
    digest(built, "approve", "weekly/2026-W48", "--now", NOW)
    digest(built, "mark-sent", "weekly/2026-W48", "--now", NOW)
    folder = built / "public/editions/weekly/2026-W48"
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    table = rows(section(DOCS / "sending.md", "## The manifest"))
    assert {name for row in table for name in codes(row[0])} == set(manifest)
    described = {name: codes(row[1]) for row in table for name in codes(row[0])}
    for name in ("window", "checks"):
        assert set(manifest[name]) == set(described[name])
    for name in ("posts", "files"):
        assert set(manifest[name][0]) == set(described[name])
    for name in ("approved", "sent"):
        mark = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        sentence = section(DOCS / "sending.md", "## The manifest").partition(f"`{name}.json` has ")[2].partition(";")[0]
        assert set(mark) == set(codes(sentence.partition(". ")[0]))


def test_the_events_of_a_ledger_and_their_fields() -> None:
    table = {tuple(codes(row[0])): set(codes(row[2])) for row in rows(section(DOCS / "editions.md", "## The ledger"))}
    fields = {event.__struct_config__.tag: set(event.__struct_fields__) for event in get_args(Event)}
    assert {name for names in table for name in names} == set(fields)
    for names, shown in table.items():
        assert set().union(*(fields[name] for name in names)) == shown, names
    text = section(DOCS / "editions.md", "## The ledger").partition("A post has ")[2].partition(". Lines")[0]
    assert set(codes(text)) == set(Item.__struct_fields__)


def test_every_name_of_the_library_stands_on_its_page() -> None:
    text = (DOCS / "library.md").read_text(encoding="utf-8")
    assert [name for name in digest_library.__all__ if name not in text] == []


def test_messages_name_pages_that_an_installed_program_shows() -> None:
    """A file in docs/ is not there for who has installed the program; `digest help PAGE` is."""
    root = DOCS.parent
    sources = [*(root / "digest").rglob("*.py"), *(root / "templates").rglob("*")]
    texts = [(path.name, text) for path in sources if path.is_file() for text in shown_texts(path)]
    assert [(name, text) for name, text in texts if "docs/" in text and ".md" in text] == []
    pages = {page.stem for page in DOCS.glob("*.md")}
    named = {text.partition("digest help ")[2].partition("`")[0] for _, text in texts if "`digest help " in text}
    assert {name.removesuffix(".md") for name in named if name.islower()} <= pages


def shown_texts(path: Path) -> list[str]:
    """Return the texts of a source that are no docstrings; a template is one text."""
    if path.suffix != ".py":
        return [path.read_text(encoding="utf-8")]
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docstrings = {ast.get_docstring(node, clean=False) for node in ast.walk(tree) if isinstance(node, DOCUMENTED)}
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return [text for text in texts if text not in docstrings]


DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef)
