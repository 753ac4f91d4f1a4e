"""The tables in pages of the documentation, from which the JSON Schemas take what keys mean."""

import re
import tomllib
from pathlib import Path

_INSTALLED = Path(__file__).parents[1] / "docs"
_DOCS = _INSTALLED if _INSTALLED.is_dir() else Path(__file__).parents[2] / "docs"
_CODE = re.compile(r"`([^`]+)`")
_LINK = re.compile(r"\[([^\]]+)\]\([^)]+\)")
_BAR = "\0"  # instead of an escaped bar in a cell


def tables_of(page: str, mark: str) -> dict[str, list[list[str]]]:
    """Return the cells of each row of a page's tables by the heading of their section.

    `mark` begins the headings of sections, `## `; under an empty heading stand the rows before the first of them, or
    below a heading of a higher level. The heads of tables are rows too.
    """
    tables: dict[str, list[list[str]]] = {}
    heading = ""
    for line in (_DOCS / page).read_text(encoding="utf-8").split("\n"):
        signs = line.partition(" ")[0]
        if signs and set(signs) == {"#"} and len(signs) < len(mark):
            heading = line.removeprefix(mark) if line.startswith(mark) else ""
        if line.startswith("| "):
            tables.setdefault(heading, []).append(_cells(line))
    return tables


def _cells(line: str) -> list[str]:
    """Return the cells of a row of a table."""
    cells = line.replace("\\|", _BAR).strip().strip("|").split("|")
    return [cell.strip().replace(_BAR, "|") for cell in cells]


def codes_in(markdown: str) -> list[str]:
    """Return what stands as code in a text."""
    return _CODE.findall(markdown)


def plain_text(markdown: str) -> str:
    """Return a text without the marks of code and the targets of links."""
    return _LINK.sub(r"\1", markdown).replace("`", "").strip()


def value_of(text: str) -> object:
    """Return a value of TOML; None for a text that is none."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return None
