"""The pages for readers of the archive: links between editions, and the list of all of them."""

import hashlib
import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.commands import Command
from tests.email_samples import POST, write

WEEKS = {"2026-W45": "1105", "2026-W46": "1112", "2026-W47": "1119"}
BASE = "https://harbour.example/editions/weekly/"


def letter(root: Path, digest: Command, *weeks: str, more: str = "") -> Path:
    """Build editions of a site, each with a post, as weekly runs do; return the folder of the editions."""
    posts = {
        f"content/{week}.md": POST.replace("11-{1}", "{1}").format(week, f"{day[:2]}-{day[2:]}", "Words.")
        for week, day in WEEKS.items()
    }
    write(root, posts, digest=more)
    for week in weeks:
        assert build(root, digest, week).code == 0
    return root / "public/editions/weekly"


def build(root: Path, digest: Command, week: str) -> Any:
    end = datetime.fromisocalendar(2026, int(week[-2:]) + 1, 1).replace(tzinfo=UTC, hour=1)
    return digest(root, "build", "--now", end.isoformat())


def links(folder: Path, week: str) -> list[tuple[str, str]]:
    """Return relation and edition of the links between editions on a page."""
    page = (folder / week / "index.html").read_text("utf-8")
    inside = page.partition('<nav class="neighbours"')[2].partition("</nav>")[0]
    pieces = [piece.partition('"') for piece in inside.split('<a rel="')[1:]]
    return [(relation, rest.partition(BASE)[2].partition('/"')[0]) for relation, _, rest in pieces]


def manifest(folder: Path, week: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / week / "manifest.json").read_bytes())
    return found


def is_true(folder: Path, week: str) -> bool:
    """Return whether the manifest describes the files beside it."""
    return all(
        hashlib.sha256((folder / week / file["path"]).read_bytes()).hexdigest() == file["sha256"]
        for file in manifest(folder, week)["files"]
    )


def test_the_pages_of_editions_are_linked_in_their_order(tmp_path: Path, digest: Command) -> None:
    folder = letter(tmp_path, digest, *WEEKS)
    assert [links(folder, week) for week in WEEKS] == [
        [("next", "2026-W46")],
        [("prev", "2026-W45"), ("next", "2026-W47")],
        [("prev", "2026-W46")],
    ]
    assert [(manifest(folder, week)["previous"], manifest(folder, week)["next"]) for week in WEEKS] == [
        ("", "weekly/2026-W46"),
        ("weekly/2026-W45", "weekly/2026-W47"),
        ("weekly/2026-W46", ""),
    ]
    assert all(is_true(folder, week) for week in WEEKS)
    assert f'href="{BASE}"' in (folder / "2026-W46/index.html").read_text("utf-8")


def test_only_the_pages_beside_a_new_edition_change(tmp_path: Path, digest: Command) -> None:
    folder = letter(tmp_path, digest, "2026-W45", "2026-W46")
    pages = {week: (folder / week / "index.html").read_bytes() for week in ("2026-W45", "2026-W46")}
    others = {name: (folder / "2026-W46" / name).read_bytes() for name in ("email.html", "email.txt", "email.eml")}
    ended = build(tmp_path, digest, "2026-W47")
    assert "public/editions/weekly/2026-W46/index.html" in ended.out
    assert "2026-W45" not in ended.out
    assert (folder / "2026-W45/index.html").read_bytes() == pages["2026-W45"]
    assert (folder / "2026-W46/index.html").read_bytes() != pages["2026-W46"]
    assert {name: (folder / "2026-W46" / name).read_bytes() for name in others} == others


def test_a_link_to_the_next_edition_keeps_the_approval(tmp_path: Path, digest: Command) -> None:
    folder = letter(tmp_path, digest, "2026-W46", more='approve = "always"')
    assert digest(tmp_path, "approve", "weekly/2026-W46").code == 0
    before = manifest(folder, "2026-W46")["content_hash"]
    assert build(tmp_path, digest, "2026-W47").code == 0
    assert links(folder, "2026-W46") == [("next", "2026-W47")]
    assert manifest(folder, "2026-W46")["content_hash"] == before
    assert digest(tmp_path, "mark-sent", "weekly/2026-W46").code == 0
    assert digest(tmp_path, "build", "weekly/2026-W47", "--now", "2026-11-23T02:00:00Z").code == 0
    assert links(folder, "2026-W47") == [("prev", "2026-W46")]


def test_an_edition_that_is_built_again_keeps_its_links(tmp_path: Path, digest: Command) -> None:
    folder = letter(tmp_path, digest, *WEEKS)
    whole = {week: (folder / week / "manifest.json").read_bytes() for week in WEEKS}
    again = digest(tmp_path, "build", "weekly/2026-W47", "--now", "2026-11-23T01:00:00Z")
    assert again.code == 0
    assert "index.html" not in again.out
    assert {week: (folder / week / "manifest.json").read_bytes() for week in WEEKS} == whole
    shutil.rmtree(tmp_path / "public")
    assert build(tmp_path, digest, "2026-W47").code == 0
    assert {week: (folder / week / "manifest.json").read_bytes() for week in WEEKS} == whole


def test_an_edition_that_is_taken_back_leaves_no_link(tmp_path: Path, digest: Command) -> None:
    folder = letter(tmp_path, digest, *WEEKS)
    shutil.rmtree(folder / "2026-W47")
    ledger = tmp_path / "ledger/weekly.jsonl"
    ledger.write_text("".join(line for line in ledger.read_text().splitlines(True) if "2026-W47" not in line))
    (tmp_path / "content/2026-W47.md").unlink()
    assert build(tmp_path, digest, "2026-W47").code == 0
    assert links(folder, "2026-W46") == [("prev", "2026-W45")]
    assert is_true(folder, "2026-W46")


def test_a_kill_between_page_and_manifest_is_mended(tmp_path: Path, digest: Command) -> None:
    folder = letter(tmp_path, digest, "2026-W45")
    old = (folder / "2026-W45/manifest.json").read_bytes()
    assert build(tmp_path, digest, "2026-W46").code == 0
    (folder / "2026-W45/manifest.json").write_bytes(old)
    assert not is_true(folder, "2026-W45")
    assert build(tmp_path, digest, "2026-W47").code == 0
    assert is_true(folder, "2026-W45")
    assert links(folder, "2026-W45") == [("next", "2026-W46")]


def test_a_page_that_was_changed_by_hand_is_left_alone(tmp_path: Path, digest: Command) -> None:
    folder = letter(tmp_path, digest, "2026-W45")
    page = folder / "2026-W45/index.html"
    page.write_bytes(page.read_bytes().replace(b"Words.", b"Other words."))
    changed = page.read_bytes()
    assert build(tmp_path, digest, "2026-W46").code == 0
    assert page.read_bytes() == changed


def test_a_page_without_a_place_for_links_has_none(tmp_path: Path, digest: Command) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/email.html.jinja").write_text("<!DOCTYPE html><html><body>{{ sections }}</body></html>")
    folder = letter(tmp_path, digest, *WEEKS)
    assert all(is_true(folder, week) for week in WEEKS)


def test_the_page_of_an_edition_leads_to_all_and_to_subscribing(tmp_path: Path, digest: Command) -> None:
    folder = letter(tmp_path, digest, "2026-W45", more='subscribe = "https://harbour.example/join/?a=1&b=2"')
    page = (folder / "2026-W45/index.html").read_text("utf-8")
    assert page.count('href="https://harbour.example/join/?a=1&amp;b=2"') == 2
    assert 'href="https://harbour.example/join/?a=1&amp;b=2"' in (folder / "index.html").read_text("utf-8")


# --- the list


def years(root: Path, count: int, digest: Command, *, image: str = "") -> Path:
    """Build a digest of `count` daily editions; return the folder of the editions."""
    first = datetime(2025, 10, 1, 12, tzinfo=UTC)
    head = f"\nimage: {image}" if image else ""
    posts = {}
    for number in range(count):
        day = first + timedelta(days=number)
        posts[f"content/p{number}.md"] = f"---\ntitle: Post {number}\ndate: {day:%Y-%m-%d %H:%M}{head}\n---\nText.\n"
    write(root, posts, digest='every = "day"\nat = "23:00"\nmissed = "each"\nmax_age = 9999\nlook_back = 2')
    for moment in (first, first + timedelta(days=count - 1)):
        ended = digest(root, "build", "--now", moment.replace(hour=23).isoformat())
        assert ended.code == 0, ended.err
    return root / "public/editions/weekly"


def shown(page: Path) -> list[str]:
    """Return the keys of the editions that a page of the archive lists."""
    return [piece.partition("/")[0] for piece in page.read_text("utf-8").split(f'<h3><a href="{BASE}')[1:]]


def test_an_archive_is_in_pages_that_do_not_change(tmp_path: Path, digest: Command) -> None:
    folder = years(tmp_path, 151, digest)
    first, second, oldest = folder / "index.html", folder / "page/2/index.html", folder / "page/1/index.html"
    assert [len(shown(page)) for page in (first, second, oldest)] == [51, 50, 50]
    listed = [key for page in (first, second, oldest) for key in shown(page)]
    assert listed == sorted(listed, reverse=True)
    assert len(set(listed)) == 151
    text = first.read_text("utf-8")
    assert f'<a href="{BASE}page/2/" rel="next">Older issues</a>' in text
    assert "Newer issues" not in text
    assert f'<li><a href="{BASE}#y2026">2026</a></li>' in text
    assert f'<li><a href="{BASE}page/2/#y2025">2025</a></li>' in text
    assert '<h2 id="y2025">2025</h2>' in second.read_text("utf-8")
    assert f'<a href="{BASE}" rel="prev">Newer issues</a>' in second.read_text("utf-8")
    assert f'<link rel="canonical" href="{BASE}page/1/">' in oldest.read_text("utf-8")
    assert "Older issues" not in oldest.read_text("utf-8")


def test_pages_that_are_empty_now_are_removed(tmp_path: Path, digest: Command) -> None:
    folder = years(tmp_path, 100, digest)
    assert (folder / "page/1/index.html").is_file()
    (folder / "page/notes").mkdir()
    (folder / "page/notes/index.html").write_text("mine")
    for edition in sorted(folder.glob("2025-*"))[:5]:
        shutil.rmtree(edition)
    ledger = tmp_path / "ledger/weekly.jsonl"
    keys = [f'"weekly/2025-10-0{day}"' for day in range(1, 6)]
    lines = ledger.read_text().splitlines(True)
    ledger.write_text("".join(line for line in lines if not any(key in line for key in keys)))
    for number in range(5):
        (tmp_path / f"content/p{number}.md").unlink()
    assert digest(tmp_path, "build", "--now", "2026-01-09T12:00:00Z").code == 0
    assert not (folder / "page/1/index.html").exists()
    assert len(shown(folder / "index.html")) == 95
    assert (folder / "page/notes/index.html").read_text() == "mine"


@pytest.mark.parametrize("count", [1, 99])
def test_a_short_archive_is_one_page(count: int, tmp_path: Path, digest: Command) -> None:
    folder = years(tmp_path, count, digest)
    assert len(shown(folder / "index.html")) == count
    assert not (folder / "page").exists()


def test_an_empty_archive_says_so(tmp_path: Path, digest: Command) -> None:
    write(tmp_path, {"content/a.md": POST.format("A", "23", "x")})
    assert digest(tmp_path, "build", "--now", "2026-11-24T00:00:00Z").code == 0
    page = (tmp_path / "public/editions/weekly/index.html").read_text("utf-8")
    assert "No issue has come out yet." in page


def test_an_issue_is_shown_with_picture_posts_and_feeds(tmp_path: Path, digest: Command) -> None:
    folder = years(tmp_path, 1, digest, image="/boat.jpg")
    page = (folder / "index.html").read_text("utf-8")
    assert '<img src="https://harbour.example/boat.jpg" alt=""' in page
    assert "<bdi>Post 0</bdi>" in page
    assert "<p>No. 1</p>" in page
    for name, label in (("feed.xml", "RSS"), ("atom.xml", "Atom"), ("feed.json", "JSON Feed")):
        assert f'<a href="{BASE}{name}"' in page
        assert f">{label}</a>" in page


def test_titles_in_other_scripts_are_marked(tmp_path: Path, digest: Command) -> None:
    write(tmp_path, {"content/a.md": POST.format("夜里听雨的人", "20", "x")})
    assert digest(tmp_path, "build", "--now", "2026-11-24T00:00:00Z").code == 0
    page = (tmp_path / "public/editions/weekly/index.html").read_text("utf-8")
    assert page.count('<span lang="zh">夜里听雨的人</span>') == 2


def test_the_archive_has_the_fonts_of_its_language(tmp_path: Path, digest: Command) -> None:
    write(tmp_path, {"content/a.md": POST.format("A", "20", "x")}, digest='language = "ja"')
    assert digest(tmp_path, "build", "--now", "2026-11-24T00:00:00Z").code == 0
    page = (tmp_path / "public/editions/weekly/index.html").read_text("utf-8")
    assert "Hiragino Sans" in page
    assert "PingFang SC" not in page
