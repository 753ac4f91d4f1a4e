"""Markdown to raw HTML: CommonMark with GitHub's additions, footnotes, mathematics and description lists, by comrak.

The one place for comrak's options, so that a body is read alike wherever it is read:
https://docs.rs/comrak/latest/comrak/options/index.html
"""

import re
from typing import TYPE_CHECKING

from digest.markdown.bounds import check_footnotes, check_tables, has_few_definitions

if TYPE_CHECKING:
    import comrak

_EXTENSIONS = (
    "table",
    "strikethrough",
    "autolink",
    "tasklist",
    "footnotes",
    "cjk_friendly_emphasis",
    "math_dollars",
    "math_code",
)
_CHECKBOXES = (
    ('<input type="checkbox" checked="" disabled="" />', "☑"),
    ('<input type="checkbox" disabled="" />', "☐"),
)
_LINKS_TO_IDS = ("](#", 'href="#', "href='#")
_HEADING_ANCHOR = re.compile(
    r'<a href="#[^"]*" aria-label="Link to heading [^"]*" data-heading-content="[^"]*" class="anchor"></a>'
)
_MATH = re.compile(r'<(span|code) data-math-style="(inline|display)">([^<]*)</\1>')
_TEX = re.compile(r"[\\^_{}=<>+]|&[lg]t;|^\s*[^\W\d_]\w?\s*$")


def to_html(markdown: str) -> str:
    """Return the HTML of scrubbed `markdown`, with whatever raw HTML is in it: not yet clean.

    Raises RefusedError beyond a bound.
    """
    import comrak

    rendering = comrak.RenderOptions()
    rendering.unsafe_ = True
    html = comrak.render_markdown(markdown, _extensions(markdown), comrak.ParseOptions(), rendering)
    html = _HEADING_ANCHOR.sub("", html)
    html = _MATH.sub(_math, html)
    for checkbox, sign in _CHECKBOXES:
        html = html.replace(checkbox, sign)
    return html.replace('<section class="footnotes"', '<hr>\n<section class="footnotes"', 1)


def to_positioned_html(markdown: str) -> str:
    """Return the HTML of `markdown` without its raw HTML, where elements name their place in the source.

    `data-sourcepos` has the line and the column of the first and the last character, counted from 1, columns in bytes
    of UTF-8. Raises RefusedError beyond a bound.
    """
    import comrak

    rendering = comrak.RenderOptions()
    rendering.sourcepos = True
    return comrak.render_markdown(markdown, _extensions(markdown), comrak.ParseOptions(), rendering)


def _extensions(markdown: str) -> "comrak.ExtensionOptions":
    import comrak

    check_tables(markdown)
    check_footnotes(markdown)
    options = comrak.ExtensionOptions()
    for name in _EXTENSIONS:
        setattr(options, name, True)
    options.description_lists = has_few_definitions(markdown)
    if any(mark in markdown for mark in _LINKS_TO_IDS):
        options.header_id_prefix = ""
    return options


def _math(match: re.Match[str]) -> str:
    """Return mathematics as code; what only looks like it (`$HOME/$USER`) as the text it was."""
    element, style, tex = match.groups()
    if element == "span" and style == "inline" and not _TEX.search(tex):
        return f"${tex}$"
    return f'<code class="language-math">{tex.strip()}</code>'
