"""Markdown inside HTML elements, where CommonMark reads none before a blank line.

`<div markdown="1">` of kramdown, PHP Markdown Extra and Python-Markdown, and the `<aside>` of exports from Notion.
Blank lines are added around the content, and its indentation, which would make it code, is removed.
"""

import re
from itertools import takewhile
from textwrap import dedent
from typing import NamedTuple

from digest.markdown.bounds import check_tags
from digest.markdown.code_regions import Region, code_regions, region_at

_MAX_DEPTH = 10
_MAX_PREFIX = 300  # characters
_MAX_BLOCK = 2_000  # characters
_CODE_INDENTATION = 4

_MARK = re.compile(r"\smarkdown(?:\s*=\s*[\"']?(?:1|block|span|true)[\"']?)?(?=[\s/>])", re.IGNORECASE)
_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)(?:\s[^<>]*)?>", re.IGNORECASE)
_TAG_FOLLOWS = re.compile(r"[\s>]*<")
_INLINE = frozenset(
    ("a", "abbr", "b", "cite", "code", "del", "em", "i", "ins", "kbd", "mark", "q", "small", "span", "strong")
)
_HOLDING_IN_MDX = frozenset(("article", "aside", "blockquote", "center", "details", "div", "li", "p", "section", "td"))
_NOTION = "<aside>"
_END_OF_SUMMARY = "</summary>"
_SIGNS_OF_CODE = ("`", "~", "$", "<")  # begin the regions of code that is not indented


class _Element(NamedTuple):
    """An element that holds Markdown: the `[start, end)` of its tags, and what begins the lines of its content."""

    opening: Region
    closing: Region
    margin: str  # indentation and block quote markers


def with_markdown_inside(text: str, *, is_mdx: bool = False, depth: int = 0) -> str:
    """Return `text` with the Markdown in marked elements unindented and between blank lines; in MDX in most elements.

    Raises RefusedError for Markdown beyond a bound.
    """
    is_needed = _MARK.search(text) or _NOTION in text or (is_mdx and "<" in text)
    if depth >= _MAX_DEPTH or not is_needed:
        return text
    parts: list[str] = []
    position = 0
    for element in _elements(text, is_mdx=is_mdx):
        if element.opening[0] < position:
            continue  # inside another one
        parts += [text[position : element.opening[0]], _separated(element, text, is_mdx=is_mdx, depth=depth)]
        position = element.closing[1]
    return "".join((*parts, text[position:]))


def _elements(text: str, *, is_mdx: bool) -> list[_Element]:
    """Return the elements that hold Markdown, in order, outside code."""
    code = code_regions(text)
    opened: dict[str, list[re.Match[str]]] = {}
    found: list[_Element] = []
    holding = 0  # how many of the open elements hold Markdown
    for tag in _TAG.finditer(text):
        name = tag[2].lower()
        region = region_at(code, tag.start())
        is_indented = region is not None and not text.startswith(_SIGNS_OF_CODE, region[0])
        if name in _INLINE or (region and not (is_indented and holding)):
            continue
        if not tag[1]:
            opened.setdefault(name, []).append(tag)
            holding += _holds_markdown(tag, text, is_mdx=is_mdx)
        elif opened.get(name):
            opening = opened[name].pop()
            if _holds_markdown(opening, text, is_mdx=is_mdx):
                holding -= 1
                check_tags(len(found))
                found.append(_Element(opening.span(), tag.span(), _margin(text, opening.start())))
    return sorted(found)


def _holds_markdown(tag: re.Match[str], text: str, *, is_mdx: bool) -> bool:
    if is_mdx and tag[2].lower() in _HOLDING_IN_MDX:
        return True
    return bool(_MARK.search(tag[0])) or (tag[0] == _NOTION and _is_of_notion(text, tag))


def _is_of_notion(text: str, tag: re.Match[str]) -> bool:
    """Return whether an `<aside>` is alone on its line, followed by a line of text."""
    margin = _margin(text, tag.start())
    following = text[tag.end() : tag.end() + _MAX_PREFIX].removeprefix(f"\n{margin}")
    is_text = not following.startswith(("\n", " ", "\t", "<"))  # the line end is left when another text follows it
    return is_text or following.startswith("<img ")  # the sign of the call-out


def _margin(text: str, start: int) -> str:
    """Return what begins the lines of the content of an element at `start`: the text before it, list markers as spaces.

    That of the first line of the block when it is further left: elements inside others are indented, too.
    """
    *before, line = text[max(0, start - _MAX_BLOCK) : start].split("\n")
    margin = _continuation(line)
    if len(margin) < _CODE_INDENTATION or margin.strip():
        return margin
    first = line
    for above in takewhile(str.strip, reversed(before)):
        first = above
    indentation = first[: len(first) - len(first.lstrip(" \t"))]
    return min(margin, indentation, key=len)


def _continuation(prefix: str) -> str:
    """Return the `prefix` of a line with list markers as spaces; empty when it holds other text."""
    if len(prefix) > _MAX_PREFIX or not all(map(_is_marker, prefix.replace(">", " ").split())):
        return ""
    return "".join(character if character in "> \t" else " " for character in prefix)


def _is_marker(word: str) -> bool:
    """Return whether a word is the marker of a list item."""
    return word in ("-", "*", "+") or (word[:-1].isdigit() and word[-1] in ".)")


def _separated(element: _Element, text: str, *, is_mdx: bool, depth: int) -> str:
    """Return an element with its content, and what follows it, between blank lines."""
    margin = element.margin
    marks = margin.rstrip()
    blank_line = f"\n{marks}\n"
    opening = _MARK.sub("", text[slice(*element.opening)])
    held = _unindented(text[element.opening[1] : element.closing[0]], marks)
    content = with_markdown_inside(held, is_mdx=is_mdx, depth=depth + 1)
    shown = "\n".join((margin + line).rstrip() for line in content.split("\n"))
    closing = text[slice(*element.closing)]
    separated = f"{opening}{blank_line}{shown}{blank_line}{margin}{closing}"
    if _TAG_FOLLOWS.match(text, element.closing[1]):
        return separated
    ends_line = text[element.closing[1] : element.closing[1] + 1] == "\n"
    return f"{separated}\n{marks}" if ends_line else f"{separated}{blank_line}{margin}"


def _unindented(content: str, marks: str) -> str:
    """Return the content of an element without the block quote markers `marks` and the indentation of its lines."""
    lines = [line.removeprefix(marks) for line in content.split("\n")]
    first = lines.pop(0).strip()
    rest = dedent("\n".join(lines))
    held = f"{first}\n{rest}".strip("\n").rstrip()
    if not held.startswith("<summary"):
        return held
    summary, end, text = held.partition(_END_OF_SUMMARY)
    return f"{summary}{end}\n\n{text}"
