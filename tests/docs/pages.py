"""The pages of the documentation as Markdown: their text without code, their links and the anchors of their headings."""

from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
BESIDE = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "CODE_OF_CONDUCT.md")


def pages() -> list[Path]:
    """Return every page of Markdown that the repository shows: those in docs/ and those beside it."""
    return [*sorted(DOCS.rglob("*.md")), *(ROOT / name for name in BESIDE)]


def lines_of_text(page: Path) -> Iterator[tuple[int, str]]:
    """Yield number and text of each line that is not in a block of code."""
    fence = ""
    for number, line in enumerate(page.read_text(encoding="utf-8").split("\n"), 1):
        mark = line.lstrip()[:3]
        if mark in {"```", "~~~"} and fence in {"", mark}:
            fence = "" if fence else mark
        elif not fence and not line.startswith("    "):
            yield number, line


def links(page: Path) -> Iterator[tuple[int, str]]:
    """Yield line and target of each link and picture of a page, none of those in code."""
    for number, line in lines_of_text(page):
        text = "`".join("" if place % 2 else part for place, part in enumerate(line.split("`")))
        for piece in text.split("](")[1:]:
            yield number, piece.partition(")")[0]


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    found: set[str] = set()
    for _, line in lines_of_text(page):
        marks, _, heading = line.partition(" ")
        if marks and set(marks) == {"#"}:
            name = anchor(heading)
            found.add(name if name not in found else f"{name}-1")
    return found


def anchor(heading: str) -> str:
    """Return the anchor of a heading: small letters, digits, hyphens and underscores; spaces become hyphens."""
    kept = (character for character in heading.strip().lower() if character.isalnum() or character in "-_ ")
    return "".join(kept).replace(" ", "-")


def section(page: Path, heading: str) -> str:
    """Return what stands below a heading (`## Files`) up to the next of its level or above."""
    level = heading.partition(" ")[0]
    taken: list[str] = []
    is_within = False
    for line in page.read_text(encoding="utf-8").split("\n"):
        marks = line.partition(" ")[0]
        if line == heading:
            is_within = True
        elif is_within and marks and set(marks) == {"#"} and len(marks) <= len(level):
            break
        elif is_within:
            taken.append(line)
    assert is_within, f"{page.name} has no {heading}"
    return "\n".join(taken)


def rows(text: str) -> list[list[str]]:
    """Return the cells of each row of the tables in a text, without their headings."""
    found = []
    previous = ""
    for line in text.split("\n"):
        is_heading = not previous.startswith("|")
        if line.startswith("|") and not is_heading and not set(line) <= set("|-: "):
            found.append([cell.strip() for cell in line.strip("|").replace("\\|", "¦").split("|")])
        previous = line
    return found


def codes(text: str) -> list[str]:
    """Return what stands between backticks in a text."""
    return text.split("`")[1::2]
