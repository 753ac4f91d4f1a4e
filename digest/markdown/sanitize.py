"""Sanitize untrusted HTML for feeds, e-mails and pages.

All HTML goes through nh3, which keeps what `policy` allows and balances it. Decisions that need all attributes of an
element, or all elements of a post, are made between two passes of nh3. The second pass is repeated until it changes
nothing, so that every parser reads the published HTML the same way.
"""

import re
from collections.abc import Callable, Mapping
from html import escape, unescape

import nh3
from msgspec import Struct

from digest.markdown import bounds, embeds
from digest.markdown.policy import ATTRIBUTES, DROPPED, SCHEMES, TAGS, VALUE_FILTERS, hides, is_pixel
from digest.markdown.urls import absolute

_MAX_PASSES = 10

# The last range begins at the first noncharacter beyond the basic plane; `_harmless` keeps the characters in it.
_SUSPICIOUS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ufeff\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\U0001fffe-\U0010ffff]"
)
_TAG = re.compile(r"<(/?a(?=[ >])|[a-z][a-z0-9]*(?= ))([^>]*)>")  # links, or with attributes; nh3 escapes `>` inside
_ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"')
_ANY_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)([^>]*)>")
_DISPLAY = ("hidden", "style")  # decide whether an element is displayed
_FIRST_NEWLINE = re.compile(r"(<pre(?: [^>]*)?>)\n")
_MARKDOWN_FILE = re.compile(r"(?:@/|\.{1,2}/)?[\w%./-]+\.mdx?(?:#.*)?")
_FOOTNOTES = ("fn-", "fnref-")
_NOT_IN_IDS = frozenset("\"'<>&")


class Settings(Struct, frozen=True):
    """How the HTML of one post is cleaned."""

    base: str  # the URL that relative URLs are resolved against
    id_prefix: str = ""  # of all ids; when empty, ids are dropped
    link_characters: int = 2_000
    page_url: Callable[[str], str] | None = None  # returns the URL of the page made from a Markdown file


class Sanitized(Struct, frozen=True):
    """Clean HTML, and what was removed from it that its author should know of."""

    html: str
    tracking_pixels: tuple[str, ...] = ()  # URLs of images that are hidden or a pixel in size
    long_links: tuple[str, ...] = ()  # as written
    data_images: tuple[str, ...] = ()  # `data:` URLs
    hidden: tuple[tuple[str, str], ...] = ()  # names of elements that browsers do not display, and what hides them


def scrub(text: str) -> str:
    """Return `text` without characters that are invalid in XML or harmful in terminals or readers.

    Removes C0 except tab and newline, DEL, C1, bidirectional embeddings and overrides, byte-order marks, lone
    surrogates and noncharacters (W3C Unicode in XML, section 2). Bidirectional isolates stay: they end with their
    paragraph, and cannot turn round what stands after it.
    """
    return _SUSPICIOUS.sub(_harmless, text)


def _harmless(match: re.Match[str]) -> str:
    code = ord(match[0])
    is_noncharacter = code & 0xFFFE == 0xFFFE
    return "" if code <= 0xFFFF or is_noncharacter else match[0]


def sanitize(raw: str, settings: Settings) -> Sanitized:
    """Return `raw`, scrubbed HTML of any origin, clean, balanced, and with absolute URLs.

    Raises RefusedError for elements nested too deeply.
    """
    bounds.check_marks(raw)
    bounds.check_raw_nesting(raw)
    rewriter = _Rewriter(settings)
    html = scrub(_parsed(embeds.replace(raw), _FIRST))
    html, hidden = _without_hidden(html)
    html = _settled(_TAG.sub(rewriter.tag, html))
    if rewriter.ids:
        html = _with_own_ids(html, rewriter.ids, settings)
    bounds.check_nesting(html)
    return Sanitized(
        html.strip("\n"),
        tracking_pixels=tuple(rewriter.tracking_pixels),
        long_links=tuple(rewriter.long_links),
        data_images=tuple(rewriter.data_images),
        hidden=tuple(hidden),
    )


def _cleaner(
    attributes: Mapping[str, set[str]], schemes: frozenset[str], attribute_filter: Callable[[str, str, str], str | None]
) -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=TAGS,
        clean_content_tags=DROPPED,
        attributes=attributes,
        attribute_filter=attribute_filter,
        url_schemes=schemes,
        link_rel=None,
    )


def _first_filtered(element: str, name: str, value: str) -> str | None:
    """Return an attribute's value, also of one that only decides whether the element is displayed."""
    if name in _DISPLAY and element != "img":
        return value if hides(name, value) else None
    if name == "class" and element == "span":
        return value if hides(name, value) else None
    return _filtered(element, name, value)


def _filtered(_element: str, name: str, value: str) -> str | None:
    value_filter = VALUE_FILTERS.get(name)
    return value_filter(value) if value_filter else value


# Keeps attributes and URLs that `_without_hidden` and `_Rewriter` need and remove.
_FIRST = _cleaner(
    {**ATTRIBUTES, "*": ATTRIBUTES["*"].union(_DISPLAY), "span": {"class"}}, SCHEMES | {"data"}, _first_filtered
)
_LAST = _cleaner(ATTRIBUTES, SCHEMES, _filtered)


def _parsed(html: str, cleaner: nh3.Cleaner) -> str:
    """Return `html` as nh3 writes it, but without paragraphs left empty by the removal of their content.

    A newline at the start of a `pre` is doubled, since each parser drops one.
    """
    clean = cleaner.clean(html).replace("<p>\n</p>", "<p></p>").replace("<p></p>\n", "").replace("<p></p>", "")
    return _FIRST_NEWLINE.sub(r"\1\n\n", clean)


def _without_hidden(html: str) -> tuple[str, list[tuple[str, str]]]:
    """Return `html` as nh3 wrote it without the elements that browsers do not display, and these.

    Each is named with the attribute that hides it.
    """
    parts: list[str] = []
    hidden: list[tuple[str, str]] = []
    position = depth = 0  # open elements, counted from the hidden one
    for tag in _ANY_TAG.finditer(html):
        end, name, attributes = tag.groups()
        if name in bounds.VOID:
            continue
        if depth:
            depth += -1 if end else 1
            position = tag.end()
        elif attributes and (hiding := _hiding(attributes)):
            parts.append(html[position : tag.start()])
            hidden.append((name, hiding))
            depth = 1
    if depth:
        return "".join(parts), hidden
    return "".join(parts) + html[position:], hidden


def _hiding(attributes: str) -> str:
    """Return the name of the attribute that hides an element; empty when none does."""
    return next((key for key, value in _ATTRIBUTE.findall(attributes) if hides(key, unescape(value))), "")


def _settled(html: str) -> str:
    """Return clean `html`, parsed repeatedly until it is stable.

    Removing an element but not its content, or moving one out of a table, may leave links, paragraphs, headings or list
    items nested in each other. Each pass of a parser moves these apart by one step.
    """
    for _ in range(_MAX_PASSES):
        again = _parsed(html, _LAST)
        if again == html:
            break
        html = again
    return html


def _with_own_ids(html: str, ids: set[str], settings: Settings) -> str:
    """Return `html`, whose ids have a prefix, without repeated ids and with the prefix in links between footnotes too.

    Other links within a post keep their fragment and lead to the post's page.
    """
    page = f"{settings.base.partition('#')[0]}#"
    seen: set[str] = set()

    def filtered(_element: str, name: str, value: str) -> str | None:
        if name == "id":
            if value in seen:
                return None
            seen.add(value)
        fragment = value.removeprefix(page)
        if name == "href" and fragment.startswith(_FOOTNOTES) and fragment in ids:
            return f"{page}{settings.id_prefix}{fragment}"
        return value

    return _parsed(html, _cleaner(ATTRIBUTES, SCHEMES, filtered))


class _Rewriter:
    """Rewrites the tags of one text: makes URLs absolute, gives ids their prefix, and removes images and links."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.ids: set[str] = set()  # without their prefix
        self.tracking_pixels: list[str] = []
        self.long_links: list[str] = []
        self.data_images: list[str] = []
        self._links: list[bool] = []  # for each open link, whether its tag was kept

    def tag(self, match: re.Match[str]) -> str:
        """Return the replacement for a tag that nh3 wrote."""
        name, written = match.groups()
        if name == "/a":
            return match[0] if self._links.pop() else ""
        attributes = {key: unescape(value) for key, value in _ATTRIBUTE.findall(written)}
        if name == "img":
            return self._image(attributes)
        tag = self._tag(name, attributes)
        if name == "a":
            self._links.append(tag != "<a>")
        return "" if tag == "<a>" else tag

    def _image(self, attributes: dict[str, str]) -> str:
        """Return an image, or its alternative text when its URL is refused, or nothing for a tracking pixel."""
        source = attributes.pop("src", "")
        attributes.setdefault("alt", "")
        if is_pixel(attributes) or any(hides(key, value) for key, value in attributes.items()):
            self.tracking_pixels.append(source)
            return ""
        if source.lower().startswith("data:"):
            self.data_images.append(source)
        image = self._tag("img", {"src": source, **attributes})
        return image if image.startswith("<img src=") else _escaped(attributes["alt"])

    def _tag(self, name: str, attributes: dict[str, str]) -> str:
        """Return a start tag with the allowed attributes."""
        tag = f"<{name}"
        for key, value in attributes.items():
            rewritten = self._attribute(key, value)
            if rewritten is not None:
                tag += f' {key}="{_escaped(rewritten)}"'
        return f"{tag}>"

    def _attribute(self, name: str, value: str) -> str | None:
        if name in _DISPLAY:
            return None
        if name in ("href", "cite", "src"):
            return self._url(value)
        return self._id(value) if name == "id" else value

    def _url(self, url: str) -> str | None:
        if not url.strip():
            return None
        page_url = self.settings.page_url
        page = page_url(url) if page_url and _MARKDOWN_FILE.fullmatch(url) else url
        address = absolute(page, self.settings.base)
        if len(address) > self.settings.link_characters:
            self.long_links.append(url)
            return None
        return address or None

    def _id(self, value: str) -> str | None:
        is_one_word = value.split() == [value]
        if not self.settings.id_prefix or not is_one_word or len(value) > 200 or not _NOT_IN_IDS.isdisjoint(value):
            return None
        self.ids.add(value)
        return f"{self.settings.id_prefix}{value}"


def _escaped(value: str) -> str:
    """Return an attribute's value as nh3 writes it."""
    return escape(value, quote=False).replace('"', "&quot;").replace("\xa0", "&nbsp;")
