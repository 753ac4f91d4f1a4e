"""Titles of code in the info strings of fences: `js title="app.js"` of Docusaurus, `js [app.js]` of VitePress."""

import re

from digest.markdown.code_regions import code_regions
from digest.markdown.foreign.body import MAX_PREFIX
from digest.markdown.foreign.liquid import ESCAPES

_OPENING = re.compile(
    r"(?:`{3,}|~{3,})[^\n]*?(?:\btitle\s*=\s*(?:\"([^\"\n]+)\"|'([^'\n]+)')|[ \t]\[([^\]\n]+)\])[^\n]*\n"
)


def with_titles(text: str) -> str:
    """Return `text` with the title of each fence in bold above it."""
    if "```" not in text and "~~~" not in text:
        return text
    if not _OPENING.search(text):
        return text
    parts: list[str] = []
    position = 0
    for start, end in code_regions(text):
        opening = _OPENING.match(text, start, end)
        prefix = text[max(0, start - MAX_PREFIX) : start].rpartition("\n")[2]
        if opening is None or prefix.strip(" \t>"):
            continue
        title = (opening[1] or opening[2] or opening[3]).translate(ESCAPES)
        parts.append(f"{text[position:start]}**{title}**\n{prefix.rstrip()}\n{prefix}")
        position = start
    return "".join((*parts, text[position:]))
