"""Markdown inside HTML elements, where CommonMark reads none before a blank line.

`<div markdown="1">` of kramdown, PHP Markdown Extra and Python-Markdown, and the `<aside>` of exports from Notion.
"""

import re
import textwrap
from bisect import bisect_right
from collections.abc import Iterator

from digest.markdown.code_regions import code_regions
from digest.markdown.foreign.body import MAX_PREFIX

_MAX_NESTED = 20

_BLOCKS = (
    "address|article|aside|blockquote|center|dd|details|div|dl|dt|fieldset|figcaption|figure|footer|form|header|li|main|"
    "nav|ol|p|section|table|tbody|td|th|thead|tr|ul"
)
_TAG = re.compile(rf"[ \t]*<(?P<end>/?)(?P<name>{_BLOCKS})(?P<attributes>(?:\s[^<>]*)?)>", re.IGNORECASE)
_MARKDOWN = re.compile(r"\smarkdown(?:\s*=\s*[\"']?(?:1|block|span|true)[\"']?)?(?=[\s/]|$)", re.IGNORECASE)


class _Element:
    """An open element: its name, and its content read so far."""

    def __init__(self, name: str, prefix: str, *, holds_markdown: bool) -> None:
        self.name = name
        self.prefix = prefix  # indentation and block quote markers
        self.holds_markdown = holds_markdown
        self.parts: list[str] = []


def with_markdown_inside(text: str) -> str:
    """Return `text` with the Markdown in marked elements unindented and between blank lines."""
    if "markdown" not in text and "<aside>" not in text:
        return text
    outside = _Element("", "", holds_markdown=False)
    opened = [outside]
    position = 0
    for tag in _tags(text):
        opened[-1].parts.append(text[position : tag.start()])
        position = tag.end()
        if tag["end"]:
            _close(tag, opened)
        elif len(opened) > _MAX_NESTED:
            opened[-1].parts.append(tag[0])
        else:
            attributes, count = _MARKDOWN.subn("", tag["attributes"])
            holds = count > 0 or _is_of_notion(tag, text)
            opened[-1].parts.append(f"{tag[0][: tag.start('attributes') - tag.start()]}{attributes}>")
            opened.append(_Element(tag["name"].lower(), _prefix(tag, text), holds_markdown=holds))
    opened[-1].parts.append(text[position:])
    while len(opened) > 1:
        _fold(opened)
    return "".join(outside.parts)


def _tags(text: str) -> Iterator[re.Match[str]]:
    """Yield the tags of blocks outside of code."""
    code = code_regions(text)
    ends = [end for _, end in code]
    for tag in _TAG.finditer(text):
        n = bisect_right(ends, tag.start())
        if n == len(code) or code[n][0] > tag.start():
            yield tag


def _close(tag: re.Match[str], opened: list[_Element]) -> None:
    """Fold the element that `tag` closes, with unclosed ones inside it, into its parent."""
    name = tag["name"].lower()
    held_markdown = False
    if any(element.name == name for element in opened):
        while opened[-1].name != name:
            _fold(opened)
        held_markdown = opened[-1].holds_markdown
        _fold(opened)
    opened[-1].parts.append(tag[0])
    if held_markdown and len(opened) == 1:
        opened[-1].parts.append("\n")  # so that the HTML block ends here


def _fold(opened: list[_Element]) -> None:
    element = opened.pop()
    content = "".join(element.parts)
    if element.holds_markdown and content.strip():
        marks = element.prefix.rstrip()
        bare = textwrap.dedent("\n".join(line.removeprefix(marks) for line in content.split("\n"))).strip()
        shown = "\n".join((element.prefix + line).rstrip() for line in bare.split("\n"))
        _, newline, last = content.rpartition("\n")
        ends_line = newline and not last.strip(" \t>")  # so the end tag stands on a line of its own
        content = f"\n{marks}\n{shown}\n{marks}\n{marks if ends_line else element.prefix}"
    opened[-1].parts.append(content)


def _prefix(tag: re.Match[str], text: str) -> str:
    """Return the indentation and block quote markers before a tag; empty when there is other text on the line."""
    line = text[max(0, tag.start() - MAX_PREFIX) : tag.start("end") - 1].rpartition("\n")[2]
    return "" if line.strip(" \t>") else line


def _is_of_notion(tag: re.Match[str], text: str) -> bool:
    """Return whether a tag is an `<aside>` alone on its line, followed by a line of text."""
    following = text[tag.end() : tag.end() + 2]
    return tag[0] == "<aside>" and following[:1] == "\n" and not following[1:].isspace() and following[1:] != "<"
