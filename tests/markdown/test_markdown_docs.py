"""docs/markdown.md names exactly what the program knows."""

import re
from pathlib import Path

from digest.markdown import bounds, foreign, policy

DOCS = (Path(__file__).resolve().parents[2] / "docs" / "markdown.md").read_text(encoding="utf-8")


def names(cell: str) -> set[str]:
    return set(re.findall(r"`([^`]+)`", cell))


def rows(section: str) -> dict[str, str]:
    part = DOCS.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    cells = (line.strip("| ").split(" | ") for line in part.splitlines() if line.startswith("| ") and "---" not in line)
    return {cell[0]: cell[1] for cell in cells if len(cell) == 2}


def test_every_tag_that_is_known_is_documented_and_no_other() -> None:
    documented = {name for cell in rows("Templating of other generators") for name in names(cell) if "{" not in name}
    assert documented - {"img", "image", "figure", "photo", "picture"} == set(foreign.SHORTCODES)


def test_what_survives_of_html_is_documented() -> None:
    table = rows("HTML")
    assert names(table["elements"]) == policy.TAGS
    assert names(table["dropped with all they hold"]) == policy.DROPPED
    for element, attributes in policy.ATTRIBUTES.items():
        of = "every element" if element == "*" else f"`{element}`"
        assert names(table[f"attributes of {of}"]) == attributes
    assert len(table) == 2 + len(policy.ATTRIBUTES)


def test_schemes_and_limits_are_documented() -> None:
    line = next(line for line in DOCS.splitlines() if line.startswith("- Links and pictures:"))
    assert names(line) == policy.SCHEMES
    assert f"more than {bounds.MAX_DEPTH} elements" in DOCS
