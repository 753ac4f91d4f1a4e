"""The structs of this package: a post's Markdown, and the tokens, tags and replacements found in it."""

import sys
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from msgspec import Struct

from digest.collector.post import Post
from digest.config.schema import Config
from digest.markdown.foreign.site_links import SiteLinks

MAX_PREFIX = 300  # characters


class Token(NamedTuple):
    """A candidate for foreign syntax: `[start, end)` of a post, from opening to closing characters."""

    start: int
    end: int
    opening: str
    inner: str  # what is between the two
    closing: str
    prefix: str | None  # indentation and block quote markers before it when it is first on its line, else None


class Tag(Struct, frozen=True):
    """A tag as it stands in a post."""

    name: str  # lower case; for a closing tag, the name of what it closes
    shown: str  # without arguments, as a message names it
    closed_by: str = ""  # the name of its closing tag
    liquid: bool = False  # `{% tag %}`, whose paths are from the site's root
    closing: bool = False
    prefix: str | None = None  # indentation and block quote markers before it when it is first on its line, else None
    args: tuple[str, ...] = ()
    named: Mapping[str, str] = {}
    rest: str = ""  # everything after the name, as typed
    file: str = ""  # the path of the file that the tag includes, as typed
    is_relative: bool = False  # whether `file` is relative to the post

    @property
    def fields(self) -> list[str]:
        """The arguments between commas, at least one, without quotation marks around them."""
        return [field.strip(" \t\n'\"") for field in self.rest.split(",")]

    def given(self, *keys: str) -> str:
        """Return the first of the named arguments `keys` that has a value; empty when none has."""
        for key in keys:
            if self.named.get(key):
                return self.named[key]
        return ""

    def words(self) -> str:
        """Return the arguments without a name as one text; only the first when it is quoted."""
        return self.args[0] if self.args and self.rest[0] in "\"'`" else " ".join(self.args)

    def first(self, *keys: str) -> str:
        """Return the first of the named arguments `keys` that has a value, else the first argument without a name."""
        return self.given(*keys) or next(iter(self.args), "")


class Found(Struct, frozen=True):
    """`[start, end)` of a post with its replacement: the text `made`, or the result of the handler of `tag`."""

    start: int
    end: int
    made: str = ""
    tag: Tag | None = None
    content: str | None = None  # of a tag that holds raw content
    removed: str = ""  # how a warning names removed syntax


class Body(Struct, frozen=True):
    """The Markdown of a post."""

    text: str  # ends in a blank line
    links: SiteLinks
    closed: dict[str, int]  # the names of closing tags, with the offset of the last of each
    linked_ids: frozenset[str] = frozenset()  # ids that links in the post point to
    definitions: frozenset[str] = frozenset()  # labels of link definitions, in lower case
    imports: dict[str, str] = {}  # paths of files that MDX imports, by their names
    tab_labels: dict[str, str] = {}  # Docusaurus' labels of tabs, by value
    variables: dict[str, list[tuple[int, str | None]]] = {}  # offset and value of each assignment
    included: list[int] = []  # the sizes of files that the post includes, in bytes
    within: tuple[str, ...] = ()  # the files being included around this text, the outermost first
    searched: dict[str, tuple[int, int]] = {}  # cache of `find`: where the last search for each string began and ended

    @property
    def post(self) -> Post:
        """The post."""
        return self.links.post

    @property
    def config(self) -> Config:
        """The site's configuration."""
        return self.links.config

    def find(self, closing: str, position: int) -> int:
        """Return the next offset of `closing`, `sys.maxsize` when there is none. One pass searches no text twice."""
        began, found = self.searched.get(closing, (0, -1))
        if not began <= position <= found:
            found = self.text.find(closing, position)
            found = found if found >= 0 else sys.maxsize
            self.searched[closing] = (position, found)
        return found

    def line_prefix(self, start: int) -> str | None:
        """Return the indentation and block quote markers before `start`; None when there is other text too."""
        prefix = self.text[max(0, start - MAX_PREFIX) : start].rpartition("\n")[2]
        if prefix.strip(" \t>") or len(prefix) == MAX_PREFIX:
            return None
        return prefix

    def removal_mark(self, start: int, end: int) -> str:
        """Return the replacement for removed syntax: a comment, which splits no block, when it is alone on its line."""
        prefix = self.line_prefix(start)
        rest_of_line = self.text[end : end + MAX_PREFIX].partition("\n")[0]
        alone = prefix is not None and not (prefix + rest_of_line).strip()
        return "<!-- -->" if alone else ""


def joined(body: Body, stretches: Iterable[Found]) -> str:
    """Return the text of `body` with its `stretches` replaced."""
    parts: list[str] = []
    position = 0
    for stretch in stretches:
        parts.append(body.text[position : stretch.start])
        parts.append(stretch.made or body.removal_mark(stretch.start, stretch.end))
        position = stretch.end
    return "".join(parts) + body.text[position:]
