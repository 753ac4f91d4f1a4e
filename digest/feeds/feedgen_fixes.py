"""feedgen as it should be: its gaps filled and its defects put right through its own extensions.

feedgen 1.0 drops the relation, type and length of an Atom entry's links, takes a feed's last link as its address in
RSS, knows one RSS self link and no other, says `now` for every date that is not set, formats RSS dates by switching the
process's locale, and has no language of an entry, no archive, no style sheet. An extension is handed the lxml element,
so all of it is done here, on the element, with values that are clean already.
"""

from datetime import UTC
from typing import Any

from lxml import etree

from digest.collector.post import Author
from digest.feeds.values import EPOCH
from digest.feeds.xml import Item
from digest.stand_ins import StandIn, standing_in

_tz = StandIn("dateutil.tz", tzutc=lambda: UTC)  # all that feedgen asks of it
with standing_in(StandIn("dateutil", tz=_tz), StandIn("dateutil.parser"), _tz):
    from feedgen.entry import FeedEntry
    from feedgen.ext.base import BaseEntryExtension, BaseExtension
    from feedgen.feed import FeedGenerator

ATOM = "http://www.w3.org/2005/Atom"
CONTENT = "http://purl.org/rss/1.0/modules/content/"
DC = "http://purl.org/dc/elements/1.1/"
HISTORY = "http://purl.org/syndication/history/1.0"
ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"
MEDIA = "http://search.yahoo.com/mrss/"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"

_EXTENSIONS = {"fh": HISTORY, "itunes": ITUNES, "media": MEDIA}
RSS_NAMESPACES = {"atom": ATOM, "content": CONTENT, "dc": DC} | _EXTENSIONS
ATOM_NAMESPACES = {None: ATOM} | _EXTENSIONS

_RSS_IMAGES = (".gif", ".jpeg", ".jpg", ".png")  # what the specification allows


class EntryExtension(BaseEntryExtension):  # type: ignore[misc]  # feedgen has no types
    """What feedgen's entry can not say. `item` is set before the element is made."""

    item: Item

    def extend_rss(self, element: etree._Element) -> etree._Element:
        """Add the date, authors, language, source, media and podcast elements to an `<item>`."""
        etree.Element("rss", nsmap=RSS_NAMESPACES).append(element)
        item = self.item
        if item.language:
            element.set(XML_LANG, item.language)
        _add(element, "pubDate", item.published)
        if item.updated:
            _add(element, f"{{{ATOM}}}updated", item.updated)
        # No <author> beside them, even where an e-mail address would allow one: the validator calls the two the same
        # thing (DuplicateItemSemantics), and readers would show that person twice.
        for name, _, _ in item.authors:
            _add(element, f"{{{DC}}}creator", name)
        if item.source:
            _add(element, "source", item.source[1], url=item.source[0])
        if item.enclosure:
            url, length, kind = item.enclosure
            _add(element, "enclosure", url=url, length=length, type=kind)
        _add_media(element, item)
        return element

    def extend_atom(self, element: etree._Element) -> etree._Element:
        """Add the dates, language, source, enclosure, media and podcast elements to an `<entry>`."""
        # feedgen leaves Atom's elements without a namespace and writes `xmlns` as an attribute, so this root does too.
        etree.Element("feed", nsmap={prefix: uri for prefix, uri in ATOM_NAMESPACES.items() if prefix}).append(element)
        item = self.item
        if item.language:
            element.set(XML_LANG, item.language)
        for child in element.iterchildren("updated", "link"):
            if child.tag == "updated":
                child.text = item.updated or item.published
            else:  # https://github.com/lkiesow/python-feedgen/issues/135
                child.set("rel", "alternate")
                child.set("type", "text/html")
        _add(element, "published", item.published)
        if item.enclosure:
            url, length, kind = item.enclosure
            _add(element, "link", rel="enclosure", href=url, type=kind, length=length)
        if item.source:
            url, title = item.source
            _add(element, "link", rel="via", href=url)
            source = _add(element, "source")
            _add(source, "id", url)
            _add(source, "title", title)
            _add(source, "updated", item.published)
            _add(source, "link", rel="alternate", href=url)
        _add_media(element, item)
        return element


class FeedExtension(BaseExtension):  # type: ignore[misc]  # likewise
    """What feedgen's feed can not say. The attributes are set before the element is made."""

    home: str = ""
    updated: str = ""  # as the format has it
    links: tuple[tuple[str, str], ...] = ()  # (rel, href) after self
    archive: bool = False
    complete: bool = False
    stylesheet: str = ""
    podcast: Author | None = None  # who speaks, when a post of the feed has sound
    category: str = ""
    cover: str = ""

    def extend_ns(self) -> dict[str, str]:
        """Return the namespaces that fragments use, so that the root declares them once."""
        return {"dc": DC} | _EXTENSIONS

    def extend_rss(self, rss: etree._Element) -> etree._Element:
        """Put right `<link>`, `<image>` and `<lastBuildDate>`; add the links that RSS takes from Atom."""
        channel = rss[0]
        _set(channel, "link", self.home)
        _set(channel, "lastBuildDate", self.updated)
        image = channel.find("image")
        if image is not None and not (image.findtext("url") or "").lower().endswith(_RSS_IMAGES):
            channel.remove(image)
        elif image is not None:
            _set(image, "link", self.home)
        for rel, href in self.links:
            _add(channel, f"{{{ATOM}}}link", rel=rel, href=href)
        self._finish(rss, channel)
        return rss

    def extend_atom(self, feed: etree._Element) -> etree._Element:
        """Put right `<updated>`, add links and marks."""
        _set(feed, "updated", self.updated)
        for rel, href in self.links:
            _add(feed, "link", rel=rel, href=href)
        self._finish(feed, feed)
        return feed

    def _finish(self, root: etree._Element, parent: etree._Element) -> None:
        if self.archive:
            _add(parent, f"{{{HISTORY}}}archive")
        if self.complete:
            _add(parent, f"{{{HISTORY}}}complete")
        if self.podcast:
            _add_podcast(parent, self.podcast, self.category, self.cover)
        if self.stylesheet:
            root.addprevious(etree.ProcessingInstruction("xml-stylesheet", f'type="text/css" href="{self.stylesheet}"'))


def new_feed() -> Any:
    """Return a feedgen feed with our extension, and dates that are not the clock's."""
    made = FeedGenerator()
    made.register_extension("digest", FeedExtension)
    made.updated(EPOCH)
    return made


def rss_item(item: Item) -> str:
    """Return the `<item>` of an entry."""
    made = _new_entry(item)
    made.title(item.title)
    made.link(href=item.url)
    made.guid(item.id, permalink=item.permalink)
    if item.content:
        made.content(item.content)
    if item.summary:
        made.description(item.summary)
    made.category([{"term": tag} for tag in item.tags])
    return _alone(made.rss_entry())


def atom_entry(item: Item) -> str:
    """Return the `<entry>` of an entry."""
    made = _new_entry(item)
    made.id(item.id)
    made.title(item.title)
    made.link(href=item.url)
    if item.content:
        made.content(item.content, type="html")
    if item.summary:
        made.summary(item.summary, type="html" if item.html_summary else None)
    made.category([{"term": tag} for tag in item.tags])
    made.author([{"name": name, "email": email, "uri": uri} for name, email, uri in item.authors])
    return _alone(made.atom_entry())


def _new_entry(item: Item) -> Any:
    """Return a feedgen entry that carries `item` for its extension."""
    made = FeedEntry()
    made.register_extension("digest", EntryExtension)
    made.digest.item = item
    made.updated(EPOCH)  # feedgen asks for one; the extension sets the text
    return made


def _alone(child: etree._Element) -> str:
    """Return an entry without the namespaces, which its feed's root declares."""
    xml = str(etree.tostring(child.getparent(), encoding="unicode"))  # type: ignore[arg-type]
    return xml[xml.index(">") + 1 : xml.rindex("</")]


def _add(parent: etree._Element, tag: str, text: str = "", /, **attributes: str) -> etree._Element:
    made = etree.SubElement(parent, tag, {name: value for name, value in attributes.items() if value})
    made.text = text or None
    return made


def _set(parent: etree._Element, tag: str, text: str) -> None:
    found = parent.find(tag)
    if found is None:
        found = etree.SubElement(parent, tag)
    found.text = text


def _add_podcast(parent: etree._Element, author: Author, category: str, cover: str) -> None:
    """What Apple asks of a podcast, https://podcasters.apple.com/support/823-podcast-requirements"""
    _add(parent, f"{{{ITUNES}}}author", author.name)
    _add(parent, f"{{{ITUNES}}}explicit", "false")
    if category:
        _add(parent, f"{{{ITUNES}}}category", text=category)
    if author.email:
        owner = _add(parent, f"{{{ITUNES}}}owner")
        _add(owner, f"{{{ITUNES}}}name", author.name)
        _add(owner, f"{{{ITUNES}}}email", author.email)
    if cover.lower().endswith((".jpg", ".jpeg", ".png")):
        _add(parent, f"{{{ITUNES}}}image", href=cover)


def _add_media(parent: etree._Element, item: Item) -> None:
    if item.picture:
        url, kind, length, width, height, words = item.picture
        content = _add(
            parent,
            f"{{{MEDIA}}}content",
            url=url,
            medium="image",
            type=kind,
            fileSize=length,
            width=width,
            height=height,
        )
        if words:
            _add(content, f"{{{MEDIA}}}description", words, type="plain")
        _add(parent, f"{{{MEDIA}}}thumbnail", url=url, width=width, height=height)
    if item.duration:
        _add(parent, f"{{{ITUNES}}}duration", item.duration)
    if item.cover:
        _add(parent, f"{{{ITUNES}}}image", href=item.cover)
