"""Blocks of MkDocs with indented content: `!!! note "Title"`, `??? note "Title"` and `=== "Tab"`.

https://squidfunk.github.io/mkdocs-material/reference/admonitions/
"""

import re

from digest.markdown.code_regions import code_regions
from digest.markdown.commonmark import inline_html
from digest.markdown.foreign.admonitions import default_title
from digest.markdown.foreign.body import Body, Found, Token

SIGNS = ("!!! ", "??? ", "???+ ", "=== ", "===! ", "===+ ")
INDENTATION = 4

_HEAD = re.compile(r"([\w-]*)(?: [\w -]*)?(?:\"([^\"]*)\")?")
_SIGN = re.compile(r"^([ \t]*)(?:!!!|\?\?\?|===)([!+]?) ", re.MULTILINE)


def find_code(markdown: str) -> list[tuple[int, int]]:
    """Return the `[start, end)` offsets of all code; the content of a block is indented like that of a list item."""
    if any(sign in markdown for sign in SIGNS):
        markdown = _SIGN.sub(lambda sign: f"{sign[1]}-  {'x' * len(sign[2])} ", markdown)
    return code_regions(markdown)


def read_block(body: Body, token: Token) -> Found | None:
    """Return a block, unindented: a block quote, a `<details>`, or the title and content of a tab."""
    head = _HEAD.fullmatch(token.inner.strip())
    if head is None or token.prefix is None or token.prefix.strip():
        return None
    end, content = _content(body.text, token.end, len(token.prefix) + INDENTATION)
    if not content:
        return None
    title = default_title(head[1]) if head[2] is None else head[2]
    before, after = _around(token.opening, title)
    lines = ["", *before, "", *content, "", after, ""]
    return Found(token.start, end, f"\n{token.prefix}".join(lines))


def read_snippet(body: Body, token: Token) -> Found | None:
    """Return a line that includes a file: `--8<-- "file.md"`, or VitePress' `<<< @/file.js`."""
    is_path = token.inner.strip().startswith(('"', "'", "@", "./", "../"))
    if token.prefix is None or not is_path:
        return None
    return Found(token.start, token.end, removed=body.text[token.start : token.end].strip())


def _around(sign: str, title: str) -> tuple[list[str], str]:
    """Return the lines before and the line after the content of a block."""
    bold = f"**{title}**" if title else ""
    if sign.startswith("="):
        return [bold], ""
    if sign.startswith("?"):
        attribute = " open" if "+" in sign else ""
        return [f"<details{attribute}><summary>{inline_html(title or '…')}</summary>"], "</details>"
    return ["<blockquote>", "", bold], "</blockquote>"


def _content(text: str, position: int, columns: int) -> tuple[int, list[str]]:
    """Return the end of the lines after `position` that are blank or indented by `columns`, and their content."""
    lines: list[str] = []
    end = filled = 0
    while (line_end := text.find("\n", position + 1)) > 0:
        line = text[position + 1 : line_end]
        line = line.expandtabs(INDENTATION) if line.startswith("\t") else line
        if line.strip() and not line.startswith(" " * columns):
            break
        lines.append(line[columns:])
        position = line_end
        if line.strip():
            end, filled = position, len(lines)
    return end, lines[:filled]
