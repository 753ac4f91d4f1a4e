"""Links and anchors of the documentation lead somewhere, and its Markdown means the same to GitHub and on the docs site."""

from itertools import pairwise
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, anchors, lines_of_text, links, pages

NAMES = [page.relative_to(ROOT).as_posix() for page in pages()]


@pytest.mark.parametrize("name", NAMES)
def test_every_link_leads_to_a_file_and_every_anchor_to_a_heading(name: str) -> None:
    page = ROOT / name
    made = (
        {"feed.xml", "atom.xml", "feed.json", "editions/monthly/index.html"} if name == "docs/news/index.md" else set()
    )
    wrong = []
    for number, target in links(page):
        path, _, fragment = target.partition("#")
        if ":" in path or path in made:
            continue
        file = (page.parent / path).resolve() if path else page
        if not file.is_file():
            wrong.append(f"{name}:{number}: {target}: no such file")
        elif fragment and fragment not in anchors(file):
            wrong.append(f"{name}:{number}: {target}: no such heading")
    assert not wrong


@pytest.mark.parametrize("name", NAMES)
def test_a_list_has_a_blank_line_before_it(name: str) -> None:
    """Without one it is a paragraph on the docs site."""
    wrong = []
    previous = ""
    for number, line in lines_of_text(ROOT / name):
        if is_item(line) and previous.strip() and not (is_item(previous) or previous.startswith((" ", "#"))):
            wrong.append(f"{name}:{number}: {line[:60]}")
        previous = line
    assert not wrong


def is_item(line: str) -> bool:
    mark, _, text = line.lstrip().partition(" ")
    return bool(text) and (mark in {"-", "*"} or (mark.endswith(".") and mark[:-1].isdigit()))


@pytest.mark.parametrize("name", NAMES)
def test_a_page_has_one_title_and_headings_skip_no_level(name: str) -> None:
    levels = [len(line.partition(" ")[0]) for _, line in lines_of_text(Path(ROOT / name)) if line.startswith("#")]
    assert levels[:1] == [1]
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
