"""Prepare Markdown for comrak where CommonMark would misread what authors write or lose words.

Mathematics becomes code; a literal tilde or pair of equals signs becomes a character reference; a bare URL ends where
its sentence goes on; a path may hold spaces; and text that only looks like a tag is escaped. Escapes are character
references and comments, since a backslash would show in a block of raw HTML.
"""

import re
from bisect import bisect_left
from html import escape, unescape
from typing import NamedTuple

from msgspec import Struct

from digest.markdown import elements, tex
from digest.markdown.bounds import check_marks, check_tokens
from digest.markdown.code_regions import Region, code_regions
from digest.markdown.definitions import read_definitions
from digest.markdown.mathml import math_as_code
from digest.markdown.places import Mention, mention
from digest.markdown.policy import TAGS

_PUNCTUATION = (  # ends a bare URL, beyond ASCII: also symbols, emoji and spaces
    "\u00a0-\u00bf\u2000-\u206f\u2190-\u2bff\u2e00-\u2e7f\u3000-\u3004\u3008-\u3020\u3030\u303d\u30fb\ufe10-\ufe1f\ufe30-\ufe6f"
    "\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65\uffe0-\uffef\U0001f000-\U0001faff"
)
_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
_ATTRIBUTES = r"(?:\"[^\"]*\"|'[^']*'|[^<>\"'])*"
_TOKEN = re.compile(
    rf"""
    (?=[\\\[\]! <hfw$\n~=:])  # how any token begins; without it, the search takes three times as long
    (?:
      (?P<kept>\\[^\w\s(\[]|^[ ]{{0,3}}\[(?!\^)[^\]\n]+\]:[^\n]*)  # an escape, a link's definition
    | (?P<sized>!\[[^\[\]\n]*\]\([^()\s]+[ \t]+=\d*%?x\d*%?[ \t]*\))
    | (?P<target>\]\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\))
    | (?P<comment><!--|<\?|<!\[CDATA\[|<![A-Za-z])
    | (?P<tag></?[A-Za-z]{_ATTRIBUTES}>)
    | (?P<angle><(?=[A-Za-z/]))
    | (?P<address>(?:(?:https?|ftp)://|\bwww\.)[^\s<>"`{_PUNCTUATION}]+)
    | (?P<math>\$\$?|\\\[|\\\(|\\begin\{{\w+\*?\}})
    | (?P<definition>(?<=\S)\n(?=(?P<prefix>[ >]*)[:~][ \t]))
    | (?P<tilde>~+)
    | (?P<equals>(?<=[A-Za-z0-9])==+(?=[A-Za-z0-9]))
    | (?P<colon>(?<=[A-Za-z0-9]):(?=[a-z0-9_+-]+:)|:(?=[a-z0-9_+-]+:[A-Za-z0-9]))
    )
    """,
    re.VERBOSE | re.MULTILINE,
)
_COMMENT_ENDS = {"<!--": "-->", "<?": "?>", "<![CDATA[": "]]>"}
_NAME = re.compile(r"</?([A-Za-z][^\s/>]*)")
_END_TAG = re.compile(r"</([A-Za-z][^\s/>]*)[^<>]*>")
_SIZED = re.compile(r"!\[(.*)\]\((\S+)[ \t]+=(\d*)%?x(\d*)%?[ \t]*\)")
_TARGET = re.compile(r"[ \t]*(?P<path>[^<\s].*?)(?P<title>[ \t]+(?:\"[^\"]*\"|'[^']*'))?[ \t]*")
_PATH = re.compile(r"\.{0,2}/\S.*|[^\s.,;!?][^,;!?]*\.[A-Za-z][A-Za-z0-9]{1,4}(?:#\S*)?")
_TITLE = re.compile(r"<title\b[^<>]*>([^<]*)</title", re.IGNORECASE)
_FOREIGN_HOST = re.compile(rf"(?:https?|ftp)://[A-Za-z0-9-]+\.[A-Za-z0-9.-]*[A-Za-z0-9](?=[{_CJK}])")
_ASCII_SIGN = re.compile(r"[!-/:-@\[-`{-~]")
_BLANK_LINE = re.compile(r"\n[ \t>]*\n")
_LINE_START = " \t>"
_LINE_CHARACTERS = 50  # how far to look back for the start of a line
_ALT_CHARACTERS = 1_000  # how far to look back for the start of a link or image
_END_OF_ADDRESS = "<!-- -->"
MAX_MENTIONS = 20  # of tags of one kind
_IN_ONE_BLOCK = frozenset(("button", "option", "select", "textarea", "title"))  # also common words in angle brackets
_CHOICES = ("option", "optgroup")  # their end tags may be left out


class Prepared(Struct, frozen=True):
    """Markdown for comrak, and the first tags to warn the author about, as written."""

    markdown: str
    shown_tags: tuple[Mention, ...] = ()  # shown as text
    dropped_tags: tuple[Mention, ...] = ()  # removed, some with their content


class _Step(NamedTuple):
    """The replacement for a token, and where to continue reading."""

    made: str
    position: int


def prepare(markdown: str) -> Prepared:
    """Return scrubbed `markdown` so that comrak reads it as its author meant it.

    Raises RefusedError for Markdown beyond a bound.
    """
    check_marks(markdown, "<&$~`")
    if not _TOKEN.search(markdown):
        return Prepared(markdown)
    prose = _Prose(markdown)
    code = code_regions(markdown)
    starts = [0, *(end for _, end in code)]
    limits = [*(start for start, _ in code), len(markdown)]
    for start, limit in zip(starts, limits, strict=True):
        prose.note_ends(start, limit)
    for start, limit in zip(starts, limits, strict=True):
        prose.keep_code(start)
        prose.walk(start, limit)
    return Prepared(
        "".join(prose.out),
        shown_tags=_mentions(prose.shown_tags, markdown, code),
        dropped_tags=_mentions(prose.dropped_tags, markdown, code),
    )


def _mentions(tags: dict[str, int], markdown: str, code: list[Region]) -> tuple[Mention, ...]:
    """Return the first of `tags`, which stand at their offsets in `markdown`, as mentions."""
    return tuple(mention(markdown, offset, tag, code) for tag, offset in [*tags.items()][:MAX_MENTIONS])


class _Prose:
    """Reads the parts of a text that are not code, once from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.out: list[str] = []
        self.shown_tags: dict[str, int] = {}  # each with the offset of the first
        self.dropped_tags: dict[str, int] = {}
        self._tokens = 0
        self._blank_line = -1  # offset of the next one, when known
        self.limit = 0  # where the next code begins
        self._next: dict[str, int] = {}  # where `_find` last found each string
        self._ends: dict[str, list[int]] = {}  # offsets of end tags, by element name
        self._definitions_end = 0  # of the definitions read last
        self._are_loose = False  # whether one of these has several paragraphs
        self._open: dict[str, list[bool]] = {}  # of each element's start tags, whether they are shown as text
        self._is_first_choice = True  # of a select
        self._handlers = {
            "sized": self._sized,
            "target": self._target,
            "comment": self._comment,
            "tag": self._tag,
            "angle": self._angle,
            "address": self._address,
            "math": self._math,
            "definition": self._definition,
            "tilde": self._tilde,
            "equals": self._references,
            "colon": self._references,
        }

    def note_ends(self, start: int, limit: int) -> None:
        """Record the end tags in `[start, limit)`, which holds no code. Call this for all such parts first."""
        for end in _END_TAG.finditer(self.text, start, limit):
            self._ends.setdefault(end[1].lower(), []).append(end.start())

    def _end_tag(self, name: str, position: int) -> int:
        """Return the offset of the next end tag of that name, or -1."""
        ends = self._ends.get(name, [])
        index = bisect_left(ends, position)
        return ends[index] if index < len(ends) else -1

    def walk(self, position: int, limit: int) -> None:
        """Add `[position, limit)`, which holds no code."""
        self.limit = limit
        while token := _TOKEN.search(self.text, position, limit):
            self._tokens += 1
            check_tokens(self._tokens)
            self.out.append(self.text[position : token.start()])
            handler = self._handlers.get(token.lastgroup or "")
            step = handler(token) if handler else _Step(token[0], token.end())
            self.out.append(step.made)
            position = step.position
        self.out.append(self.text[position:limit])

    def keep_code(self, end: int) -> None:
        """Add the code that ends at `end` as it is."""
        start = self.limit
        code = self.text[start:end]
        found = _NAME.match(code)
        name = found[1].lower() if found else ""
        if name == "pre" or (name == "code" and "`" not in code):
            code = _NAME.sub(_shown_in_code, code)
        self.out.append(code)
        if name in ("script", "style"):
            self.dropped_tags.setdefault(self.text[start : self.text.find(">", start) + 1], start)

    def _find(self, sought: str, position: int) -> int:
        """Return the next offset of `sought` before any code, or -1. No part of the text is searched twice."""
        known = self._next.get(sought, 0)
        if 0 <= known < position or sought not in self._next:
            known = self._next[sought] = self.text.find(sought, position)
        return known if known < self.limit else -1

    def _is_blank_between(self, start: int, end: int) -> bool:
        """Return whether a blank line, which ends a paragraph, is between `start` and `end`."""
        if self._blank_line < start:
            blank_line = _BLANK_LINE.search(self.text, start)
            self._blank_line = blank_line.start() if blank_line else len(self.text)
        return self._blank_line < end

    def _line_before(self, position: int) -> str:
        """Return the text before `position` on its line, at most `_LINE_CHARACTERS`."""
        start = max(0, position - _LINE_CHARACTERS)
        return self.text[self.text.rfind("\n", start, position) + 1 or start : position]

    def _references(self, token: re.Match[str]) -> _Step:
        return _Step(_as_references(token[0]), token.end())

    def _tilde(self, token: re.Match[str]) -> _Step:
        """Return a single tilde as itself: only two strike out, and one on a new line may begin a definition."""
        start = token.start()
        is_first = not self._line_before(start).strip(_LINE_START)
        begins_definition = is_first and self.text[start + 1 : start + 2].isspace()
        if len(token[0]) > 1 or begins_definition:
            return _Step(token[0], token.end())
        return self._references(token)

    def _definition(self, token: re.Match[str]) -> _Step:
        """Return the line end before a definition, and a blank line when its term has one of several paragraphs.

        Without that comrak runs the paragraphs together.
        """
        if token.start() >= self._definitions_end:
            self._definitions_end, self._are_loose = read_definitions(
                self.text, token.start(), self.limit, token["prefix"]
            )
        blank_line = "\n" + token["prefix"].rstrip() if self._are_loose else ""
        return _Step(f"{blank_line}\n", token.start() + 1)

    def _sized(self, token: re.Match[str]) -> _Step:
        """Return `![alt](path =300x200)`, as of HackMD and markdown-it-imsize, as HTML."""
        found = _SIZED.fullmatch(token[0])
        if not found:
            return _Step(token[0], token.end())
        alt, path, width, height = found.groups()
        image = f'<img src="{escape(unescape(path))}" alt="{escape(unescape(alt))}"'
        if width:
            image += f' width="{width}"'
        if height:
            image += f' height="{height}"'
        return _Step(f"{image}><!-- -->", token.end())  # a comment, so that no block of HTML begins

    def _target(self, token: re.Match[str]) -> _Step:
        """Return the destination of a link or image, in angle brackets if its path has spaces."""
        found = _TARGET.fullmatch(token[0], 2, len(token[0]) - 1)
        if not found or " " not in found["path"]:
            return _Step(token[0], token.end())
        path = found["path"]
        start = token.start()
        opening = self.text.rfind("[", max(0, start - _ALT_CHARACTERS), start)
        is_image = opening > 0 and self.text[opening - 1] == "!"
        is_path = _PATH.fullmatch(path)
        if opening < 0 or not (is_image or is_path) or "<" in path or ">" in path:
            return _Step(token[0], token.end())
        return _Step(f"](<{path}>{found['title'] or ''})", token.end())

    def _comment(self, token: re.Match[str]) -> _Step:
        """Return a comment or declaration unchanged; remove the `<!--` of a comment that never ends.

        Only one that begins a line may hold blank lines.
        """
        end = _COMMENT_ENDS.get(token[0], ">")
        found = self._find(end, token.start() + 2)
        if found < 0 and token[0] == "<!--":
            return _Step("", token.end())
        is_in_paragraph = bool(self._line_before(token.start()).strip(_LINE_START))
        if found < 0 or (is_in_paragraph and self._is_blank_between(token.start(), found)):
            return self._shown(token)
        return _Step(self.text[token.start() : found + len(end)], found + len(end))

    def _angle(self, token: re.Match[str]) -> _Step:
        return _Step("&lt;", token.start() + 1)

    def _tag(self, token: re.Match[str]) -> _Step:
        found = _NAME.match(token[0])
        name = found[1].lower() if found else ""
        if not found or ":" in name or "@" in name:  # an address in angle brackets
            return _Step(token[0], token.end())
        if token[0].startswith("</"):
            return self._end_of_element(token, found)
        attributes = token[0][found.end() : -1].strip("/ \t\n")
        if elements.is_text(name, attributes, is_closed=self._is_closed(name, token)):
            self._open.setdefault(name, []).append(True)
            return self._shown(token)
        self._open.setdefault(name, []).append(False)
        if name in elements.HTML:
            return self._known_tag(token, found)
        self.dropped_tags.setdefault(token[0], token.start())
        return _Step("", token.end())

    def _is_closed(self, name: str, token: re.Match[str]) -> bool:
        """Return whether the element that begins with `token` has an end tag, or may do without."""
        end = self._end_tag(name, token.end())
        if name in _CHOICES:
            end = max(end, *(self._end_tag(around, token.end()) for around in ("select", "optgroup")))
        is_in_paragraph = bool(self._line_before(token.start()).strip(_LINE_START))
        if name in elements.CONTROLS and is_in_paragraph and end > 0:
            return not self._is_blank_between(token.end(), end)
        return end > 0

    def _end_of_element(self, token: re.Match[str], found: re.Match[str]) -> _Step:
        name = found[1].lower()
        opened = self._open.get(name) or [name not in elements.HTML]
        is_text = opened.pop()
        if is_text and name not in TAGS:
            return self._shown(token)
        return self._known_tag(token, found) if name in elements.HTML else _Step("", token.end())

    def _shown(self, token: re.Match[str]) -> _Step:
        """Return text that looks like a tag, escaped."""
        self.shown_tags.setdefault(token[0], token.start())
        return _Step("&lt;", token.start() + 1)

    def _known_tag(self, token: re.Match[str], found: re.Match[str]) -> _Step:
        """Return the tag of an HTML element, or of the block that replaces it."""
        name = found[1].lower()
        if name in elements.CONTROLS:
            return self._control(token, name)
        if name in elements.OTHER_CONTENT and not token[0].startswith("</"):
            return self._other_content(token, name)
        block = elements.BLOCKS.get(name)
        if not block:
            return _Step(token[0], token.end())
        return _Step(token[0][: found.start(1)] + block + token[0][found.end(1) :], token.end())

    def _control(self, token: re.Match[str], name: str) -> _Step:
        """Return what a reader sees of the tag of a form control: its label, each choice on a line of its own."""
        if token[0].startswith("</"):
            return _Step("", token.end())
        before = self.text[token.start() - 1 : token.start()]
        separator = " " if before.strip() else ""
        label = elements.label(name, token[0])
        if name in _CHOICES:
            separator = "" if self._is_first_choice else "<br>"
        elif name != "input":
            self.dropped_tags.setdefault(token[0], token.start())
        self._is_first_choice = name not in _CHOICES
        return _Step(f"{separator}{_as_references(label)}", token.end())

    def _other_content(self, token: re.Match[str], name: str) -> _Step:
        """Return an element whose content is not HTML: MathML as code, an SVG as its title."""
        closing = self._end_tag(name, token.end())
        is_closed = 0 <= closing < self.limit
        if is_closed and name in _IN_ONE_BLOCK:
            is_closed = not self._is_blank_between(token.end(), closing)
        if not is_closed:
            return self._shown(token)
        end = self.text.find(">", closing) + 1
        element = self.text[token.start() : end]
        if name == "math":
            return _Step(math_as_code(element), end)
        self.dropped_tags.setdefault(token[0], token.start())
        if name == "svg":
            title = _TITLE.search(element)
            return _Step(_as_references(unescape(title[1]).strip()) if title else "", end)
        return _Step(element, end)

    def _address(self, token: re.Match[str]) -> _Step:
        """Return a bare URL, ended where the sentence goes on: comrak ends it only at white space."""
        end = token.end()
        host = _FOREIGN_HOST.match(token[0])
        if host and host.end() < len(token[0]):
            end = token.start() + host.end()
        for opening, closing in ("{}", "[]"):
            bracket = self.text.find(closing, token.start(), end)
            if bracket >= 0 and opening not in self.text[token.start() : bracket]:
                end = bracket
        address = self.text[token.start() : end]
        following = self.text[end : end + 1]
        if not following or following.isspace() or following in "<>`":
            return _Step(address, end)
        return _Step(address + _END_OF_ADDRESS, end)

    def _math(self, token: re.Match[str]) -> _Step:
        """Return a formula as code; text that only begins like one stays as it is."""
        start = token.start()
        closing = tex.closing(token[0])
        end = self._find(closing, token.end())
        while end > 0 and closing == "$" and self.text[end - 1] == "\\":
            end = self.text.find(closing, end + 1, self.limit)
        after = end + len(closing)
        if end < 0 or self._is_blank_between(start, end):
            return _Step(token[0], token.end())
        around = (self.text[start - 1 : start], self.text[after : after + 1])
        content = self.text[token.end() : end]
        if not tex.is_formula(token[0], content, around):
            return _Step(token[0], token.end())
        if token[0].startswith("\\begin"):
            content = self.text[start:after]
        return _Step(f'<code class="language-math">{_as_references(tex.unquoted(content))}</code>', after)


def _shown_in_code(tag: re.Match[str]) -> str:
    """Return the beginning of a tag in raw HTML code, as text unless it is of an element that may stand there."""
    name = tag[1].lower()
    is_element = name in elements.HTML and name not in elements.OTHER_CONTENT | elements.CONTROLS
    return tag[0] if is_element else tag[0].replace("<", "&lt;")


def _as_references(text: str) -> str:
    """Return `text` with its punctuation as character references, literal in Markdown and HTML."""
    return _ASCII_SIGN.sub(lambda sign: f"&#{ord(sign[0])};", text)
