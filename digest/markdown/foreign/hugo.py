"""Hugo's shortcodes: `{{< name >}}` and `{{% name %}}` (https://gohugo.io/content-management/shortcodes/)."""

import html as entities
import re
from itertools import groupby

from digest.markdown.foreign import shortcodes
from digest.markdown.foreign.body import Body, Tag, Token
from digest.markdown.foreign.tags import parse_tag

CODE_INDENTATION = 4

_INDENTED = re.compile(r"^ {4}[^\n]*\{\{[<%] ", re.MULTILINE)
_IN_ADDRESS = re.compile(r"(?:\]\(|(?:href|src)=[\"'])\{\{[<%] ")
_ITEM = re.compile(r" {0,8}(?:[*+-]|\d{1,9}[.)]) +(?=\S)")
_SHORTCODE = re.compile(r"\{\{[<%]\s*([\w./-]+)")


def read_shortcode(_body: Body, token: Token) -> Tag | str | None:
    """Return a shortcode; an escaped one, `{{</* name */>}}`, is shown as text."""
    inner = token.inner.strip()
    if inner.startswith("/*"):
        return entities.escape(f"{token.opening}{inner.strip('/*')}{token.closing}", quote=False)
    return parse_tag(token)


def without_accidental_code(text: str) -> str:
    """Return `text` without lines of shortcodes that are indented as code by accident.

    Hugo runs shortcodes in code too, so a post that shows them has to escape them. A line with known shortcodes that
    is indented too little for the list item before it is moved into the item; paragraphs with a shortcode in a URL are
    unindented.
    """
    if _INDENTED.search(text) is None:
        return text
    lines: list[str] = []
    offset = 0  # content column of the last list item
    in_fence = False
    for is_blank, group in groupby(text.split("\n"), key=_is_blank):
        block = [*group]
        if not is_blank and not in_fence:
            block, offset = _reindented(block, offset)
        in_fence ^= sum(line.lstrip(" ").startswith(("```", "~~~")) for line in block) % 2 == 1
        lines += block
    return "\n".join(lines)


def _reindented(block: list[str], offset: int) -> tuple[list[str], int]:
    """Return the lines of a paragraph, and the content column of the list item at its end, 0 for none."""
    indentation = _indentation(block[0])
    if indentation >= CODE_INDENTATION and offset == 0 and any(map(_IN_ADDRESS.search, block)):
        return [line[min(indentation, _indentation(line)) :] for line in block], 0
    lines: list[str] = []
    for line in block:
        item = _ITEM.match(line)
        if item:
            offset = item.end()
        elif _indentation(line) == 0:
            offset = 0
        elif CODE_INDENTATION <= _indentation(line) < offset and _has_shortcode(line):
            line = " " * offset + line.lstrip(" ")
        lines.append(line)
    return lines, offset


def _is_blank(line: str) -> bool:
    return not line.strip()


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _has_shortcode(line: str) -> bool:
    return any(shortcodes.find(name.lower()) != shortcodes.UNKNOWN for name in _SHORTCODE.findall(line))
