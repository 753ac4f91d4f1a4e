"""A title for a post that has none in its front matter: its first heading, as plain text."""

import html
import re

from digest.collector.post import clean_text
from digest.patterns import pattern

_SEARCHED = 100_000  # characters of a body; a heading further down is no title
_LONGEST = 2_000  # characters of a heading that are looked at; the patterns below take the square of it in time

_FENCE = pattern(r" {0,3}(`{3,}|~{3,})")
_ATX = pattern(r" {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
_SETEXT = pattern(r" {0,3}(=+|-+)[ \t]*$")
_BLOCK_START = pattern(r" {0,3}(?:[>*+-] |\d+[.)] |<|#|\||```|~~~|\{[{%])|\t| {4}")
_IMPORT = pattern(r"(?:import|export) ")
_INLINE = (
    (pattern(r"<!--.*?-->"), ""),
    (pattern(r"\s*\{:?\s*[#.][^}]*\}\s*$"), ""),  # {#anchor}, { .class }, {: #anchor }
    (pattern(r"!\[([^\]]*)\]\([^)]*\)"), r"\1"),
    (pattern(r"\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])"), r"\1"),
    (pattern(r"<((?:https?|mailto):[^>]*)>"), r"\1"),
    (pattern(r"</?[A-Za-z][^>]*>"), ""),
    (pattern(r"(?<!`)(`{1,4})(?!`)\s?(.+?)\s?(?<!`)\1(?!`)"), r"\2"),
    (pattern(r"(?<!\\)(\*\*\*|\*\*|\*|~~)(?=\S)(.+?)(?<=[^\s\\])\1"), r"\2"),
    (pattern(r"(?<![\w\\])(___|__|_)(?=\S)(.+?)(?<=[^\s\\])\1(?!\w)"), r"\2"),
    (pattern(r"\\([!-/:-@\[-`{-~])"), r"\1"),
)


def title_of(source: str) -> str:
    """Return the title that a body gives: the heading it opens with, else its first of level one, else its first.

    Empty when there is none.
    """
    first = ""
    for level, text, opening in _headings(source[:_SEARCHED]):
        if level == 1 or opening:
            return text
        first = first or text
    return first


def _headings(source: str) -> list[tuple[int, str, bool]]:
    """Return level, plain text, and whether it opens the body, of every heading outside code."""
    found: list[tuple[int, str, bool]] = []
    fence, opening = "", True
    paragraph: list[str] = []
    for line in re.split(r"\r\n|\n|\r", source):
        if fence:
            if (match := _FENCE.match(line)) and match[1].startswith(fence) and not line.strip(" `~"):
                fence = ""
            continue
        if match := _FENCE.match(line):
            fence, paragraph, opening = match[1], [], False
        elif match := _ATX.match(line):
            if text := plain(match[2] or ""):
                found.append((len(match[1]), text, opening))
            paragraph, opening = [], False
        elif paragraph and (match := _SETEXT.match(line)):
            if text := plain(" ".join(paragraph)):
                found.append((1 if match[1][0] == "=" else 2, text, opening))
            paragraph, opening = [], False
        elif not line.strip(" \t"):
            opening = opening and (not paragraph or bool(_IMPORT.match(paragraph[0])))
            paragraph = []
        elif _BLOCK_START.match(line) and not paragraph:
            opening = opening and line.lstrip().startswith("<!--")
        else:
            opening = opening and (not paragraph or bool(_IMPORT.match(line)))
            paragraph.append(line.strip())
    return found


def plain(text: str) -> str:
    """Return a heading's Markdown as plain text."""
    text = text[:_LONGEST]
    for found, replacement in _INLINE:
        text = found.sub(replacement, text)
    return clean_text(html.unescape(text))
