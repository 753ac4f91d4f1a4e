"""kramdown's and Pandoc's additions: lists of attributes, options, a table of contents, and abbreviations.

https://kramdown.gettalong.org/syntax.html, https://pandoc.org/MANUAL.html#extension-attributes
Of a list of attributes only an id is kept, and only when a link in the post points to it.
"""

import html as entities
import re

from digest.markdown.code_regions import code_regions, region_at
from digest.markdown.foreign.body import Body, Found, Token

MAX_LIST = 300  # characters
_NOT_IN_SPANS = frozenset("[]{}<`\n")

_ATTRIBUTE = re.compile(r"[ \t]*(?:\.[\w:-]+|#([^\s{}#\"'=]+)|[\w:-]+=(?:\"[^\"\n]*\"|'[^'\n]*'|[^\s\"'{}]+))[ \t,]*")
_ITEM = re.compile(r"[ \t]*(?:[*+-]|\d+[.)])[ \t]+[^\n]{0,60}")
_ABBREVIATION = re.compile(r"[^\]]+\]: ")

_TABLE = re.compile(r"^(?: {0,3}\|[^\n]+\|[ \t]*\n){2,}(?=\n|<!-- -->\n)", re.MULTILINE)  # a comment for attributes
_RULE = re.compile(r"\|[-=:+| \t]*[-=][-=:+| \t]*")


def read_attributes(body: Body, token: Token) -> Found | str | None:
    """Return the replacement for a list of attributes, `{: .class #id}` or `{#id}`, or for a `{::option /}`."""
    attributes = body.text[token.start + 1 : token.end - 1]
    if attributes.startswith(("::", ":/")) and "\n" not in attributes:
        return ""
    named = id_in(attributes.removeprefix(":"))
    if named is None or not (attributes.startswith((":", "#")) or _follows_element(body, token)):
        return None
    made = f'<a id="{entities.escape(named)}"></a>' if named in body.linked_ids else ""
    text = _span(body, token.start)
    return made if text is None else Found(token.start - len(text) - len("[]"), token.end, made + text)


def _span(body: Body, end: int) -> str | None:
    """Return the text of Pandoc's `[text]{.class}` whose brackets end at `end`; None for a link or an image."""
    before = body.text[max(0, end - MAX_LIST) : end]
    start, _, text = before.rpartition("[")
    text = text.removesuffix("]")
    is_plain = before.endswith("]") and _NOT_IN_SPANS.isdisjoint(text)
    is_other = start.endswith(("!", "]", "\\", ":")) or start[-1:].isalnum()  # an image, a link, a title
    if is_other or not is_plain or text.casefold() in body.definitions:
        return None
    return text or None


def read_comment(body: Body, token: Token) -> Found | None:
    """Return a `{::comment}` with its content, up to a `{:/comment}` or `{:/}`."""
    closing = body.find("{:/", token.end)
    end = body.find("}", closing)
    return Found(token.start, end + 1) if end < len(body.text) else None


def read_toc(body: Body, token: Token) -> Found | None:
    """Return a `{:toc}` with the list item before it that it replaces."""
    if token.inner and id_in(token.inner) is None:
        return None
    start = token.start
    if token.prefix == "" and start > 0:
        item = body.text.rfind("\n", 0, start - 1) + 1
        if _ITEM.fullmatch(body.text, item, start - 1):
            start = item
    return Found(start, token.end)


def read_abbreviation(_body: Body, token: Token) -> str | None:
    """Return a line such as `*[HTML]: HyperText Markup Language`."""
    return "" if token.prefix is not None and _ABBREVIATION.match(token.inner) else None


def with_delimiters(text: str) -> str:
    """Return `text` with tables as GitHub's Markdown needs them: one delimiter row, below the header row.

    In kramdown a table may have no header, and lines of `|---+---|` or `|===|===|` between any rows.
    """
    if "|\n" not in text:
        return text
    parts: list[str] = []
    position = 0
    for start, end in _tables(text):
        rows = [row.strip() for row in text[start:end].rstrip("\n").split("\n")]
        if any(_RULE.fullmatch(row) for row in rows[1:2]) and "+" not in rows[1] and "|=" not in text[start:end]:
            continue
        parts += [text[position:start], _table(rows)]
        position = end
    return "".join((*parts, text[position:]))


def _tables(text: str) -> list[tuple[int, int]]:
    """Return the `[start, end)` of paragraphs, not of code, whose lines all begin and end with a pipe."""
    found = [table.span() for table in _TABLE.finditer(text)]
    if not found:
        return []
    code = code_regions(text)
    return [(start, end) for start, end in found if region_at(code, start) is None and _begins_block(text, start)]


def _begins_block(text: str, start: int) -> bool:
    """Return whether the line at `start` follows a blank line, a heading or an HTML tag."""
    line = text[max(0, start - MAX_LIST) : start].removesuffix("\n").rpartition("\n")[2].strip()
    return not line or line.startswith("#") or line.endswith(">")


def _table(rows: list[str]) -> str:
    has_head = len(rows) > 1 and _RULE.fullmatch(rows[1]) and not _RULE.fullmatch(rows[0])
    cells = [row for row in rows if not _RULE.fullmatch(row)]
    columns = max((row.replace("\\|", "").count("|") - 1 for row in cells), default=1)
    delimiter = rows[1].replace("+", "|").replace("=", "-") if has_head else "|" + "---|" * columns
    head = cells.pop(0) if has_head else "|" + "   |" * columns
    return "\n".join((head, delimiter, *cells, ""))


def id_in(attributes: str) -> str | None:
    """Return the id in a list of attributes, empty when it has none; None when it is not such a list."""
    named = "" if attributes else None
    position = 0
    while position < len(attributes):
        attribute = _ATTRIBUTE.match(attributes, position)
        if attribute is None or position > MAX_LIST:
            return None
        named = named or attribute[1] or ""
        position = attribute.end()
    return named


def _follows_element(body: Body, token: Token) -> bool:
    """Return whether a token follows a link, an image or a code span, or ends a heading."""
    before = body.text[max(0, token.start - MAX_LIST) : token.start].rpartition("\n")[2].strip(" ")
    ends_line = body.text[token.end] == "\n"
    is_class = token.inner.lstrip().startswith((".", "#"))
    is_of_icon = body.text[token.start - 1] == ":" and body.text[token.start - 2].isalnum()
    if is_class and (is_of_icon or (ends_line and not before.strip(" \t>"))):
        return True  # also below a block
    return (ends_line and before.startswith("#")) or before.endswith((")", "]", "`"))
