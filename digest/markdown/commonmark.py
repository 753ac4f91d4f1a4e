"""Markdown to raw HTML: CommonMark with GitHub's additions, footnotes, mathematics and description lists, by comrak.

The one place for comrak's options, so that every caller parses a body the same way:
https://docs.rs/comrak/latest/comrak/options/index.html
"""

import re
from typing import TYPE_CHECKING

from digest.markdown.bounds import check_addresses, check_emphasis, check_footnotes, check_tables, has_few_definitions

if TYPE_CHECKING:
    import comrak

_EXTENSIONS = ("table", "autolink", "tasklist", "footnotes", "cjk_friendly_emphasis", "math_code")
_WITHIN_TEXT = ("strikethrough", "highlight", "shortcodes")  # irrelevant to finding code
_CHECKBOXES = (
    ('<input type="checkbox" checked="" disabled="" />', "☑"),
    ('<input type="checkbox" disabled="" />', "☐"),
)
_MATH = re.compile(r'<code data-math-style="inline">([^<]*)</code>')
_WINDOWS_1252 = {code: bytes([code]).decode("cp1252", "ignore") for code in range(0x80, 0xA0)}
_FOOTNOTE_ID = re.compile(r'(?:\bid="|\bhref="#)fn(?:ref)?-[^"]*"')
_WIDE = (
    "\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\ua4cf\uf900-\ufaff\ufe30-\ufe6f\uff01-\uffdc\U00020000-\U0003fffd"
)
_INLINE_TAGS = r"(?:</?(?:a|abbr|b|code|del|em|i|kbd|mark|s|small|span|strong|sub|sup|u)\b[^<>]*>)*"
_WIDE_BREAK = re.compile(rf"(?<=[{_WIDE}])({_INLINE_TAGS})\n({_INLINE_TAGS})(?=[{_WIDE}])")
_PRE = re.compile(r"(</?pre\b)")


def to_html(markdown: str) -> str:
    """Return the HTML of scrubbed `markdown`, with its raw HTML: not yet sanitized.

    Raises RefusedError beyond a bound.
    """
    import comrak

    rendering = comrak.RenderOptions()
    rendering.unsafe_ = True
    extensions = _extensions(markdown)
    for name in _WITHIN_TEXT:
        setattr(extensions, name, True)
    html = comrak.render_markdown(markdown, extensions, comrak.ParseOptions(), rendering)
    html = _MATH.sub(r'<code class="language-math">\1</code>', html)
    html = _FOOTNOTE_ID.sub(_ascii_id, html)
    if "&#" in markdown:  # see https://html.spec.whatwg.org/#numeric-character-reference-end-state
        html = html.translate(_WINDOWS_1252)
    html = _without_wide_breaks(html)
    for checkbox, sign in _CHECKBOXES:
        html = html.replace(f"{checkbox} \n<p>", f"\n<p>{sign} ").replace(checkbox, sign)
    return html.replace('<section class="footnotes"', '<hr>\n<section class="footnotes"', 1)


def to_positioned_html(markdown: str) -> str:
    """Return the HTML of `markdown` without its raw HTML, with source positions on its elements.

    `data-sourcepos` has the line and column of the first and last character, counted from 1, columns in bytes of UTF-8.
    Raises RefusedError beyond a bound.
    """
    import comrak

    rendering = comrak.RenderOptions()
    rendering.sourcepos = True
    return comrak.render_markdown(markdown, _extensions(markdown), comrak.ParseOptions(), rendering)


def inline_html(markdown: str) -> str:
    """Return one line of Markdown, such as a caption, as raw HTML without a paragraph around it."""
    import comrak

    rendering = comrak.RenderOptions()
    rendering.unsafe_ = True
    line = " ".join(markdown.split())
    html = comrak.render_markdown(line, render_options=rendering).strip()
    if html.startswith("<p>"):
        return html.removeprefix("<p>").removesuffix("</p>")
    return html


def _extensions(markdown: str) -> "comrak.ExtensionOptions":
    import comrak

    check_tables(markdown)
    check_footnotes(markdown)
    check_addresses(markdown)
    check_emphasis(markdown)
    options = comrak.ExtensionOptions()
    for name in _EXTENSIONS:
        setattr(options, name, True)
    options.description_lists = has_few_definitions(markdown)
    return options


def _ascii_id(footnote: re.Match[str]) -> str:
    """Return a footnote's id, or a link to one, without percent signs, which some readers decode."""
    return footnote[0].replace("%", ".")


def _without_wide_breaks(html: str) -> str:
    """Return `html` without line breaks between two wide characters, where they must not become spaces.

    See https://www.w3.org/TR/css-text-3/#line-break-transform.
    """
    if html.isascii():
        return html
    parts = _PRE.split(html)
    for index in range(0, len(parts), 2):
        if index == 0 or parts[index - 1] != "<pre":
            parts[index] = _WIDE_BREAK.sub(r"\1\2", parts[index])
    return "".join(parts)
