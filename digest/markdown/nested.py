"""Markdown inside HTML elements, where the author asks for it: `markdown="1"`, and the `<aside>` of Notion.

CommonMark reads the text after a block's tag as HTML up to the next blank line, so blank lines are added around the
content. Its indentation, which would make it code, is removed.
"""

import re
from textwrap import dedent, indent
from typing import NamedTuple

from digest.markdown.code_regions import code_regions

_MARK = re.compile(r"\smarkdown\s*=\s*[\"']?(?:1|block|span|true)\b[\"']?", re.IGNORECASE)
_NOTION = re.compile(r"<aside>(?=\n[^\n<])")
_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)\b[^<>]*>", re.IGNORECASE)
_INLINE = frozenset(
    ("a", "abbr", "b", "cite", "code", "del", "em", "i", "ins", "kbd", "mark", "q", "small", "span", "strong")
)
_TAG_FOLLOWS = re.compile(r"\s*<")
_MAX_DEPTH = 10


class _Element(NamedTuple):
    """The `[start, end)` of an element, and its tags."""

    start: int
    end: int
    opening: str
    closing: str


def mark_nested(markdown: str, depth: int = 0) -> str:
    """Return `markdown` with blank lines around Markdown content of HTML elements.

    Raises RefusedError for Markdown beyond a bound.
    """
    if depth >= _MAX_DEPTH or not (_MARK.search(markdown) or _NOTION.search(markdown)):
        return markdown
    parts: list[str] = []
    position = 0
    for element in _elements(markdown):
        if element.start < position:
            continue  # in another one
        line_start = markdown.rfind("\n", 0, element.start) + 1
        before = markdown[line_start : element.start]
        margin = before if len(before) < 4 and not before.strip() else ""
        held = markdown[element.start + len(element.opening) : element.end - len(element.closing)]
        held = indent(dedent(held.expandtabs(4)).strip("\n"), margin)
        held = mark_nested(held, depth + 1)
        opening = _MARK.sub("", element.opening)
        parts += [markdown[position : element.start], f"{opening}\n\n{held}\n\n{margin}{element.closing}"]
        position = element.end
        if not _TAG_FOLLOWS.match(markdown, position):
            parts.append("\n\n")
    return "".join(parts) + markdown[position:]


def _elements(markdown: str) -> list[_Element]:
    """Return the elements that hold Markdown, in order, outside code."""
    code = iter([*code_regions(markdown), (len(markdown), len(markdown))])
    start, end = next(code)
    opened: dict[str, list[re.Match[str]]] = {}
    found: list[_Element] = []
    for tag in _TAG.finditer(markdown):
        while tag.start() >= end:
            start, end = next(code)
        if tag.start() >= start:
            continue
        name = tag[2].lower()
        if not tag[1]:
            opened.setdefault(name, []).append(tag)
        elif opened.get(name):
            opening = opened[name].pop()
            if name not in _INLINE and _holds_markdown(markdown, opening):
                found.append(_Element(opening.start(), tag.end(), opening[0], tag[0]))
    return sorted(found)


def _holds_markdown(markdown: str, tag: re.Match[str]) -> bool:
    if _MARK.search(tag[0]):
        return True
    is_first = tag.start() == 0 or markdown[tag.start() - 1] == "\n"
    return is_first and bool(_NOTION.match(markdown, tag.start()))
