"""The table of foreign syntaxes, each with its delimiters and reader, and a scanner for them."""

import re
from bisect import bisect_left
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import NamedTuple

from digest.markdown.bounds import check_tags
from digest.markdown.foreign import (
    admonitions,
    hexo,
    hugo,
    kramdown,
    links,
    liquid,
    mdx,
    mkdocs,
    more,
    obsidian,
    toc,
    wordpress,
    zola,
)
from digest.markdown.foreign.body import Body, Found, Tag, Token
from digest.markdown.foreign.merge_tags import read_merge_tag

MAX_TOKEN = 8_000  # characters; longer tokens are text, so that reading takes linear time


class Syntax(NamedTuple):
    """One foreign syntax: its delimiters and its reader.

    `closing` may be a newline, or empty when the reader finds the end itself. `read` returns the replacement for a
    token: a text, a tag to be handled, or a `Found` with another start or end; None when the token is something else.
    """

    opening: str
    closing: str
    read: Callable[[Body, Token], Found | Tag | str | None]
    following: str = ""  # a regular expression that must match after the opening characters


class Scanner:
    """Finds the next match of several syntaxes. Of those with the same opening, the first whose reader accepts wins."""

    def __init__(self, *syntaxes: Syntax) -> None:
        self.syntaxes: dict[str, list[Syntax]] = {}
        for syntax in syntaxes:
            self.syntaxes.setdefault(syntax.opening, []).append(syntax)
        longest_first = sorted(syntaxes, key=_length, reverse=True)
        self.opening = re.compile("|".join(_pattern(syntax) for syntax in longest_first))

    def next(self, body: Body, kept: Sequence[Found], position: int) -> Found | None:
        """Return the next foreign syntax or the next of `kept` from `position` on, without reading syntax in `kept`.

        An element of `kept` that begins before `position`, such as code in an argument, is skipped. Raises RefusedError
        for too many openings in a row that begin no syntax.
        """
        n = bisect_left(kept, position, key=attrgetter("start"))
        following = kept[n] if n < len(kept) else None
        limit = following.start if following else len(body.text)
        tried = 0
        while opening := self.opening.search(body.text, position, limit):
            position = opening.end()
            for syntax in self.syntaxes[opening[0]]:
                found = _read(syntax, body, opening.start())
                if found:
                    return found
            tried += 1
            check_tags(tried)
        return following


def _length(syntax: Syntax) -> int:
    return len(syntax.opening)


def _pattern(syntax: Syntax) -> str:
    return f"{re.escape(syntax.opening)}(?={syntax.following})" if syntax.following else re.escape(syntax.opening)


def _read(syntax: Syntax, body: Body, start: int) -> Found | None:
    """Return the match of `syntax` at `start`; None when there is none."""
    inner_start = start + len(syntax.opening)
    inner_end = body.find(syntax.closing, inner_start)
    if inner_end - inner_start > MAX_TOKEN:
        return None
    end = inner_end + len(syntax.closing.strip())
    inner = body.text[inner_start:inner_end]
    made = syntax.read(body, Token(start, end, syntax.opening, inner, syntax.closing, body.line_prefix(start)))
    if isinstance(made, str):
        return Found(start, end, made)
    return Found(start, end, tag=made) if isinstance(made, Tag) else made


_TEMPLATING = (
    Syntax("{{<", ">}}", hugo.read_shortcode),
    Syntax("{{%", "%}}", hugo.read_shortcode),
    Syntax("{{", "}}", zola.read_call),
    Syntax("{{", "}}", liquid.read_value),
    Syntax("{%", "%}", liquid.read_tag),
    Syntax("{#", "}", kramdown.read_attributes),
    Syntax("{#", "#}", liquid.read_comment),
    Syntax("{::comment", "}", kramdown.read_comment),
    Syntax("{:toc", "}", kramdown.read_toc),
    Syntax("{:", "}", kramdown.read_attributes),
    Syntax("{", "}", kramdown.read_attributes),
    Syntax("{/*", "*/}", more.read_comment),
    Syntax("<!--", "-->", hexo.read_tab),
    Syntax("<!--", "-->", more.read_comment),
    Syntax("--8<--", "\n", mkdocs.read_snippet),
    Syntax("<<< ", "\n", mkdocs.read_snippet),
    Syntax("<--->", "", more.read_column),
    Syntax(more.MIDDLEMAN, "\n", more.read_line),
    Syntax("![[", "]]", obsidian.read_embed),
    Syntax("[[", "]]", links.read_wikilink, r"[^\s\[\]]"),
    Syntax("[", "]", wordpress.read_shortcode, r"/?[a-z][\w-]*[\s=\]]"),
    Syntax("<", "", mdx.read_element, r"[a-z][^<>]{0,2000}=\s*\{"),
    Syntax("%%", "", obsidian.read_comment),
    Syntax("*|", "", read_merge_tag),
    Syntax("link://", "", links.read_nikola),
    *(Syntax(mark, "", links.read_pelican) for mark in links.PELICAN),
)
TEMPLATING = Scanner(
    *_TEMPLATING,
    Syntax("<", "", mdx.read_known_component, r"/?[A-Z]"),
    Syntax("import ", "", mdx.read_named_import),
)
TEMPLATING_IN_MDX = Scanner(
    *_TEMPLATING,
    Syntax("{", "}", mdx.read_value),
    Syntax("<>", "", mdx.read_fragment),
    Syntax("</>", "", mdx.read_fragment),
    Syntax("<", "", mdx.read_component, r"/?[A-Z]"),
    Syntax("import ", "", mdx.read_import),
    Syntax("export ", "\n\n", mdx.read_export),
)
# Read after templating, which may stand in a title
DIALECTS = Scanner(
    Syntax("^", "\n", obsidian.read_block_id, r"[A-Za-z0-9-]{2,100}[ \t]*\n"),
    Syntax(":::", "\n", admonitions.read_container),
    Syntax("///", "\n", admonitions.read_slashes),
    Syntax("[!", "\n", admonitions.read_callout),
    Syntax("@tab", "\n", admonitions.read_tab, r"[: ]"),
    Syntax("*[", "\n", kramdown.read_abbreviation),
    *(Syntax(mark, "\n", toc.read_mark) for mark in toc.MARKS),
    *(Syntax(sign, "\n", mkdocs.read_block) for sign in mkdocs.SIGNS),
)
