"""What an editor's note and the files of slots may say, and the numbers of editions."""

import json
from pathlib import Path

import pytest

from tests.commands import NOW, POST, TOML, Command

LATER = "2026-11-30T09:00:00+00:00"
KEY = "notes/weekly/2026-W48.md"


def write(root: Path, files: dict[str, str], more: str = "") -> None:
    """Write a site with a post a week."""
    posts = {
        "content/one.md": POST.format("One", "2026-11-20", "news"),
        "content/two.md": POST.format("Two", "2026-11-27", "news"),
    }
    for name, text in {"digest.toml": TOML + more, **posts, **files}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")


def number(root: Path, key: str) -> int:
    """Return the number in the manifest of an edition."""
    manifest = json.loads((root / "public/editions/weekly" / key / "manifest.json").read_text("utf-8"))
    return int(manifest["number"])


def test_editions_are_numbered_and_keep_their_numbers(tmp_path: Path, digest: Command) -> None:
    write(tmp_path, {}, "first_number = 41\n")
    assert digest(tmp_path, "build", "--now", NOW).code == 0
    assert digest(tmp_path, "build", "--now", LATER).code == 0
    assert (number(tmp_path, "2026-W48"), number(tmp_path, "2026-W49")) == (41, 42)
    write(tmp_path, {}, "first_number = 7\n")
    assert digest(tmp_path, "build", "--now", LATER, "weekly/2026-W49").code == 0
    assert number(tmp_path, "2026-W49") == 42
    (tmp_path / "ledger/weekly.jsonl").unlink()
    assert digest(tmp_path, "ledger", "rebuild").code == 0
    assert digest(tmp_path, "build", "--now", LATER, "weekly/2026-W48").code == 0
    assert number(tmp_path, "2026-W48") == 41


def test_editions_of_a_ledger_without_numbers_are_counted(tmp_path: Path, digest: Command) -> None:
    write(tmp_path, {})
    assert digest(tmp_path, "build", "--now", NOW).code == 0
    ledger = tmp_path / "ledger/weekly.jsonl"
    ledger.write_text(ledger.read_text("utf-8").replace(',"number":1', ""), "utf-8")
    assert digest(tmp_path, "build", "--now", LATER).code == 0
    assert number(tmp_path, "2026-W49") == 2


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("sections: a", "sections: this is not a table of intros by title"),
        ("sections: {A: [b]}", 'sections: the intro of "A" is not a text'),
        ("links: a", "links: this is not a list"),
        ("links: [a]", "links, entry 1: this is not a table"),
        ("links: [{url: https://a.example/}]", "links, entry 1: title is missing"),
        ("links: [{url: /a, title: A}]", 'links, entry 1: "/a" is not an http(s) address'),
        ("links: [{url: https://a.example/, titel: A}]", 'did you mean "title"?'),
        ("slots: [{label: A}]", "slots, entry 1: text is missing"),
        ("slot: [{text: A}]", 'did you mean "slots"?'),
    ],
)
def test_a_mistake_in_a_note_is_named_before_it_is_due(
    header: str, message: str, tmp_path: Path, digest: Command
) -> None:
    write(tmp_path, {KEY: f"---\nsubject: A\n{header}\n---\n\nHello.\n"})
    ended = digest(tmp_path, "check", "--now", "2026-11-19T09:00:00+00:00")
    assert message in ended.out + ended.err
    assert f"{KEY}:3" in ended.out + ended.err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("---\nfrom: soon\n---\n\nText\n", 'slots/a.md:2:1: date: from: "soon" is not a day'),
        ("---\nlable: A\n---\n\nText\n", 'did you mean "label"?'),
        ("---\nlabel: A\n---\n", "this slot has no text"),
        ("---\nlabel: A\ndigests: [weekl]\n---\n\nText\n", 'there is no digest "weekl"'),
        ("---\nlabel: [A]\n---\n\nText\n", "label: this is not a text"),
        ("---\nlabel: A\n", "slots/a.md:1"),
    ],
)
def test_a_mistake_in_a_slot_is_named(text: str, message: str, tmp_path: Path, digest: Command) -> None:
    write(tmp_path, {"slots/a.md": text})
    ended = digest(tmp_path, "check", "--now", NOW)
    assert message in ended.out + ended.err


def test_slots_are_no_posts(tmp_path: Path, digest: Command) -> None:
    write(tmp_path, {"slots/a.md": "---\ndigests: [weekly]\n---\n\nText\n"})
    settings = (tmp_path / "digest.toml").read_text("utf-8").replace("[site]", '[site]\ncontent = "."')
    (tmp_path / "digest.toml").write_text(settings, "utf-8")
    ended = digest(tmp_path, "check", "--now", NOW)
    assert "slots/a.md" not in ended.out + ended.err
