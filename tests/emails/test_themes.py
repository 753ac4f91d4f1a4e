"""E-mails in each of the themes that ship."""

from pathlib import Path

import pytest

from digest.emails import Email
from tests.email_samples import POST, compose, write

BODY = "> quoted\n\n## A part\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n\n`code` and ![x](https://a.example/x.png)"


def letter(root: Path, theme: str, *, language: str = "en") -> Email:
    """Return an edition in a theme; `theme` is the table's lines."""
    write(root, {"content/a.md": POST.format("A boat", "20", BODY)}, digest=f'text = "full"\nlanguage = "{language}"')
    with (root / "digest.toml").open("a", encoding="utf-8") as settings:
        settings.write(f"[theme]\n{theme}\n")
    return compose(root)


def style_of(page: str, start: str) -> str:
    """Return the style of the first element that begins with `start`."""
    tag = start + page.partition(start)[2].partition(">")[0]
    written = tag.partition("style=")[2]
    return written[1:].partition(written[0])[0]


@pytest.mark.parametrize(("name", "dark_surface"), [("plain", "#1d2025"), ("paper", "#211d19"), ("press", "#19191b")])
def test_a_theme_needs_no_other_setting(name: str, dark_surface: str, tmp_path: Path) -> None:
    made = letter(tmp_path, f'name = "{name}"')
    assert not made.problems
    assert f".surface {{ background-color: {dark_surface} !important; }}" in made.html


def test_paper_has_serifs_and_a_title_in_the_middle(tmp_path: Path) -> None:
    page = letter(tmp_path, 'name = "paper"').html
    assert "Georgia" in style_of(page, '<td class="surface side masthead centred"')
    assert "text-align:center" in style_of(page, '<td class="surface side masthead centred"')
    title = style_of(page, "<h1")
    assert "font-weight:normal" in title
    assert "font-size:40px" in title
    assert "font-family" not in title


def test_press_has_condensed_titles_hard_edges_and_a_bar(tmp_path: Path) -> None:
    page = letter(tmp_path, 'name = "press"').html
    masthead = style_of(page, '<td class="surface side masthead"')
    assert "border-top:8px solid #b80d22" in masthead
    assert "border-radius:0 0 0 0" in masthead
    assert "Arial Narrow" in style_of(page, "<h1")
    assert "Arial Narrow" in style_of(page, '<h2 class="title lead"')
    assert "Arial Narrow" not in style_of(page, '<td class="surface side text card"')
    assert ".masthead { border-color: #ff8f87 !important; }" in page


def test_a_setting_of_one_s_own_goes_before_the_theme(tmp_path: Path) -> None:
    page = letter(tmp_path, 'name = "press"\nmasthead_line = 0\ntitle_size = 28\naccent = "#004400"').html
    assert "border-top" not in style_of(page, '<td class="surface side masthead"')
    assert "font-size:28px" in style_of(page, "<h1")
    assert "#b80d22" not in page


def test_titles_have_the_fonts_of_the_language(tmp_path: Path) -> None:
    page = letter(tmp_path, 'name = "paper"', language="ja").html
    assert "Hiragino Mincho ProN" in page
    assert "Songti SC" not in page
