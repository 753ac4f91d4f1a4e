"""A title for a post that has none in its front matter: its first heading, as plain text."""

import html
import re

from digest.collector.post import clean_text

_MAX_SEARCHED = 100_000  # characters of a body; headings further down are ignored

_HEADING = re.compile(r'<h([1-6]) data-sourcepos="(\d+):(\d+)-[^"]*">(.*?)</h\1>', re.DOTALL)
_TEMPLATING = re.compile(r"(<code.*?</code>)|\{\{[^{}]*\}\}|\{%[^{}]*%\}", re.DOTALL)  # of another generator
_EMOJI_NAME = re.compile(r"(?<![A-Za-z0-9:]):[a-z][a-z0-9_+-]*:(?![A-Za-z0-9:])|:[+-]1:")
_IMAGE = re.compile(r'<img [^>]*alt="([^"]*)"[^>]*>')
_TAG = re.compile(r"<[^>]*>")
_EMPTY_LINK = re.compile(r"\[([^\[\]]*)\]\(\)")  # its address was a template


def title_of(source: str) -> str:
    """Return the title that a body gives: the heading it opens with, else its first of level one, else its first.

    Empty when there is none. Templating of another generator is removed from the title, except in code.
    """
    markdown = source[:_MAX_SEARCHED].removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    lines = markdown.split("\n")
    first = ""
    for heading in _HEADING.finditer(_to_html(markdown)):
        level, line, column, content = heading.groups()
        indent = lines[int(line) - 1][: int(column) - 1]
        text = _plain(content)
        if indent.strip() or not text:
            continue  # in a quotation or a list, or empty
        if level == "1" or (not first and _has_no_text("\n".join(lines[: int(line) - 1]))):
            return text
        first = first or text
    return first


def with_emoji(title: str) -> str:
    """Return `title` with GitHub's names of emoji (`:tada:`) replaced; a name within a word stays."""
    return _EMOJI_NAME.sub(_emoji, title)


def _emoji(name: re.Match[str]) -> str:
    import comrak

    extensions = comrak.ExtensionOptions()
    extensions.shortcodes = True
    return html.unescape(_TAG.sub("", comrak.render_markdown(name[0], extensions))).strip()


def _to_html(markdown: str) -> str:
    """Render CommonMark to HTML with source positions and without raw HTML."""
    import comrak

    extensions = comrak.ExtensionOptions()
    extensions.strikethrough = True
    extensions.cjk_friendly_emphasis = True
    rendering = comrak.RenderOptions()
    rendering.sourcepos = True
    return comrak.render_markdown(markdown, extensions, comrak.ParseOptions(), rendering)


def _plain(content: str) -> str:
    """Return the text of a heading's HTML, without the attributes that Pandoc and kramdown take after it."""
    shown = _TEMPLATING.sub(r"\1", content)
    text = clean_text(html.unescape(_TAG.sub("", _IMAGE.sub(r"\1", shown))))
    text = _EMPTY_LINK.sub(r"\1", text)
    before, _, attributes = text.rpartition("{")
    if text.endswith("}") and attributes.removeprefix(":").lstrip().startswith(("#", ".")):
        return before.rstrip()
    return text


def _has_no_text(markdown: str) -> bool:
    """Return whether there are only comments, and the imports and exports of MDX."""
    shown, *comments = markdown.split("<!--")
    text = "".join((shown, *(comment.partition("-->")[2] for comment in comments)))
    paragraphs = (paragraph.strip("\n") for paragraph in text.split("\n\n"))
    return all(not paragraph.strip() or paragraph.startswith(("import ", "export ")) for paragraph in paragraphs)
