"""An entry of RSS or Atom as bytes: feedgen makes one of every shape, and the texts of each post are put into it.

Two entries of one shape (the same fields, as many tags) differ in nothing but their texts. So feedgen is given marks in
place of texts, once for a shape, and what it makes of them is kept. The texts are escaped as lxml escapes them.
"""

import functools
import itertools
import operator
from collections.abc import Callable
from typing import Literal, NamedTuple

from digest.feeds.xml_templates import Template, escape, kept, marks
from digest.patterns import pattern

Kind = Literal["rss", "atom"]

_PLAIN = pattern(
    r"<(title|category|copyright|managingEditor|author|source|(?:dc|itunes|media):\w+)(?: [^>]*)?>[^<]*&[^<]*</\1>"
)


class Item(NamedTuple):
    """What feedgen is told of an entry: texts, clean, and empty (or an empty tuple) where there is nothing to say."""

    content: str  # HTML
    summary: str  # HTML, in Atom only if `html_summary`
    id: str
    published: str  # as the format has it
    url: str
    title: str
    updated: str
    language: str
    duration: str
    cover: str  # the picture of an episode
    enclosure: tuple[str, ...]  # URL, length, type
    tags: tuple[str, ...]
    source: tuple[str, ...]  # URL, title
    picture: tuple[str, ...]  # URL, type, bytes, width, height, words
    authors: tuple[tuple[str, str, str], ...]  # name, e-mail address, URI
    permalink: bool
    html_summary: bool


class _Shape(NamedTuple):
    """What of an item is there. Every shape is made by feedgen once."""

    there: tuple[bool, ...]  # texts, in their order
    sizes: tuple[int, ...]  # of the groups of texts, the last one of authors
    permalink: bool
    html_summary: bool


_SINGLE = Item._fields.index("enclosure")  # texts before the groups
_AUTHORS = Item._fields.index("authors")
_LARGE = 2  # the first texts, content and summary: nothing but escaping is done to them
_CONTENT = "\0"  # stands where the content goes, and can stand nowhere else
_MARK = _CONTENT.encode()


def fragment(item: Item, kind: Kind) -> bytes:
    """Return the `<item>` or `<entry>`, without the namespaces that its feed's root declares.

    The content, the same in both formats and most of an entry, is left out: its place is told by `around`.
    """
    texts: list[str] = [*item[:_SINGLE]]  # type: ignore[list-item]
    sizes = []
    for group in (*item[_SINGLE:_AUTHORS], *item.authors):
        texts += group  # type: ignore[arg-type]
        sizes.append(len(group))  # type: ignore[arg-type]
    there = tuple(map(bool, texts))
    template, chosen = _template(kind, there, tuple(sizes), item.permalink, item.html_summary)
    texts[0] = _CONTENT
    small = "".join(texts[_LARGE:])
    if "&" in small or "<" in small or ">" in small or '"' in small:
        xml = template.fill(texts)
        return (plain_text_references(xml) if kind == "rss" else xml).encode()
    texts[1] = escape(texts[1])
    return template.fill_plain(chosen(texts)).encode()


def around(fragment: bytes) -> tuple[bytes, ...]:
    """Return what stands before the content of an entry and what after it; in one when it has none."""
    before, mark, after = fragment.partition(_MARK)  # to split it takes ten times as long
    return (before, after) if mark else (before,)


def plain_text_references(xml: str) -> str:
    """Return RSS with `&` and `<` as numeric references wherever they stand in plain text, not in HTML.

    `&#x26;` and `&#x3C;` are the form that most readers show right, whether they take a title as text or as HTML:
    https://www.rssboard.org/rss-profile#data-types-characterdata
    """
    return _PLAIN.sub(lambda m: m[0].replace("&amp;", "&#x26;").replace("&lt;", "&#x3C;"), xml)


@functools.lru_cache(maxsize=512)
def _template(
    kind: Kind, there: tuple[bool, ...], sizes: tuple[int, ...], *rest: bool
) -> tuple[Template, Callable[[list[str]], tuple[str, ...]]]:
    """Return an entry of one shape as feedgen makes it, with what takes its texts from those of an item."""
    shape = _Shape(there, sizes, *rest)
    template = kept(functools.partial(_made, kind, shape), kind, shape)
    return template, _chooser([n for n, _ in template.gaps])


def _chooser(numbers: list[int]) -> Callable[[list[str]], tuple[str, ...]]:
    if len(numbers) > 1:  # with one alone, an `itemgetter` returns no tuple
        return operator.itemgetter(*numbers)
    return lambda texts: tuple(texts[n] for n in numbers)


def _made(kind: Kind, shape: _Shape) -> Template:
    from digest.feeds import feedgen_fixes

    item = _marked(shape)
    return Template.of(feedgen_fixes.rss_item(item) if kind == "rss" else feedgen_fixes.atom_entry(item))


def _marked(shape: _Shape) -> Item:
    """Return an item with marks in place of texts."""
    texts = (mark if there else "" for mark, there in zip(marks(len(shape.there)), shape.there, strict=True))
    single = tuple(itertools.islice(texts, _SINGLE))
    groups = [tuple(itertools.islice(texts, size)) for size in shape.sizes]
    count = _AUTHORS - _SINGLE
    return Item._make((*single, *groups[:count], tuple(groups[count:]), shape.permalink, shape.html_summary))


def escaped(html: str) -> bytes:
    """Return a large text escaped. Bytes go faster than text."""
    return html.encode().replace(b"&", b"&amp;").replace(b"<", b"&lt;").replace(b">", b"&gt;")


def unescaped(content: bytes) -> str:
    """Return what `escaped` was given."""
    return content.replace(b"&gt;", b">").replace(b"&lt;", b"<").replace(b"&amp;", b"&").decode()
