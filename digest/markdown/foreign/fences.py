"""Titles of code in the info strings of fences: `js title="app.js"` of Docusaurus, `js [app.js]` of VitePress."""

import re

from digest.markdown.code_regions import code_regions
from digest.markdown.foreign.body import MAX_PREFIX
from digest.markdown.foreign.liquid import ESCAPES

_TITLE = re.compile(r"\btitle\s*=\s*(?:\"([^\"\n]+)\"|'([^'\n]+)')|[ \t]\[([^\]\n]+)\]")


def with_titles(text: str) -> str:
    """Return `text` with the title of each fence in bold above it."""
    if not any(map(_title_of, text.split("\n"))):
        return text
    parts: list[str] = []
    position = 0
    for start, end in code_regions(text):
        title = _title_of(text[start:end].partition("\n")[0])
        prefix = text[max(0, start - MAX_PREFIX) : start].rpartition("\n")[2]
        if not title or prefix.strip(" \t>"):
            continue
        parts.append(f"{text[position:start]}**{title.translate(ESCAPES)}**\n{prefix.rstrip()}\n{prefix}")
        position = start
    return "".join((*parts, text[position:]))


def _title_of(line: str) -> str:
    """Return the title in the first line of a fence, which may stand in a quotation; empty in any other line."""
    fence = line.lstrip(" \t>")
    if not fence.startswith(("```", "~~~")):
        return ""
    title = _TITLE.search(fence.lstrip(fence[0]))
    return (title[1] or title[2] or title[3]) if title else ""
