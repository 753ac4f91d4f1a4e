"""A post's Markdown with what its templating depends on, and what is found in it."""

import sys
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from msgspec import Struct

from digest.collector.post import Post
from digest.config.schema import Config

MAX_PREFIX = 300  # characters


class Token(NamedTuple):
    """What may be foreign syntax: a stretch `[start, end)` of a post from opening to closing characters."""

    start: int
    end: int
    opening: str
    inner: str  # what is between the two
    closing: str
    prefix: str | None  # indentation and marks of quotations before what is first on its line, None elsewhere


class Tag(Struct, frozen=True):
    """A tag as it stands in a post."""

    name: str  # lower case; of a closing tag, what it closes
    shown: str  # without arguments, as a message names it
    closed_by: str = ""  # the name of its closing tag
    liquid: bool = False  # `{% tag %}`, whose paths are from the site's root
    closing: bool = False
    prefix: str | None = None  # indentation and marks of quotations before a tag that is first on its line, else None
    args: tuple[str, ...] = ()
    named: Mapping[str, str] = {}
    rest: str = ""  # everything after the name, as typed
    file: str = ""  # that the tag includes, as typed
    is_relative: bool = False  # whether that lies beside the post

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
        """Return the arguments without a name as one text; the first when it is quoted."""
        return self.args[0] if self.args and self.rest[0] in "\"'`" else " ".join(self.args)

    def first(self, *keys: str) -> str:
        """Return the same, or the first argument without a name."""
        return self.given(*keys) or next(iter(self.args), "")


class Found(Struct, frozen=True):
    """A stretch `[start, end)` of a post, and what becomes of it: a text, or whatever becomes of its tag."""

    start: int
    end: int
    made: str = ""
    tag: Tag | None = None
    content: str | None = None  # of a tag that holds raw content
    removed: str = ""  # how a warning names what is lost


class Body(Struct, frozen=True):
    """The Markdown of a post."""

    text: str  # ends in an empty line
    post: Post
    config: Config
    closed: dict[str, int]  # the names that closing tags have, and where the last of each stands
    linked_ids: frozenset[str] = frozenset()  # that links in the post point to
    definitions: frozenset[str] = frozenset()  # labels of link definitions, in lower case
    imports: dict[str, str] = {}  # paths of files that MDX imports, by their names
    tab_labels: dict[str, str] = {}  # of Docusaurus, by the values of tabs
    variables: dict[str, list[tuple[int, str | None]]] = {}  # what tags assign, and where; None when it is not known
    included: list[int] = []  # the sizes of files that the post includes, in bytes
    within: tuple[str, ...] = ()  # the files that this text is included from, the outermost first
    searched: dict[str, tuple[int, int]] = {}  # where `find` began to look for something last, and where it found it

    def find(self, closing: str, position: int) -> int:
        """Return where `closing` next stands, far away when nowhere. One pass searches no part of the text twice."""
        began, found = self.searched.get(closing, (0, -1))
        if not began <= position <= found:
            found = self.text.find(closing, position)
            found = found if found >= 0 else sys.maxsize
            self.searched[closing] = (position, found)
        return found

    def line_prefix(self, start: int) -> str | None:
        """Return the indentation and marks of quotations before `start`; None when other text is on its line."""
        prefix = self.text[max(0, start - MAX_PREFIX) : start].rpartition("\n")[2]
        if prefix.strip(" \t>") or len(prefix) == MAX_PREFIX:
            return None
        return prefix

    def gone(self, start: int, end: int) -> str:
        """Return what stands for a removed stretch: alone on its line a comment, which ends no block that it is in."""
        prefix = self.line_prefix(start)
        rest_of_line = self.text[end : end + MAX_PREFIX].partition("\n")[0]
        alone = prefix is not None and not (prefix + rest_of_line).strip()
        return "<!-- -->" if alone else ""


def joined(body: Body, stretches: Iterable[Found]) -> str:
    """Return the text of `body` with what its `stretches` become."""
    parts: list[str] = []
    position = 0
    for stretch in stretches:
        parts.append(body.text[position : stretch.start])
        parts.append(stretch.made or body.gone(stretch.start, stretch.end))
        position = stretch.end
    return "".join(parts) + body.text[position:]
