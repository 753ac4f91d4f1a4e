"""feedgen as it should be: its gaps filled and its defects put right through its own extensions.

feedgen 1.0 drops the relation, type and length of an Atom entry's links, takes a feed's last link as its address in
RSS, knows one RSS self link and no other, says `now` for every date that is not set, formats RSS dates by switching the
process's locale, and has no language of an entry, no archive, no style sheet. An extension is handed the lxml element,
so all of it is done here, on the element, with values that are clean already.
"""

from typing import Any

from feedgen.entry import FeedEntry
from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.feed import FeedGenerator
from lxml import etree

from digest.feed_entries import SOUND, Entry
from digest.feed_values import EPOCH, rfc822, rfc3339
from digest.patterns import bytes_pattern
from digest.posts import Author

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
_RSS_PLAIN = bytes_pattern(
    rb"<(title|category|copyright|managingEditor|author|source|(?:dc|itunes|media):\w+)(?: [^>]*)?>[^<]*&[^<]*</\1>"
)


class EntryExtension(BaseEntryExtension):  # type: ignore[misc]  # feedgen has no types
    """What feedgen's entry can not say. `entry` is set before the element is made."""

    entry: Entry

    def extend_rss(self, item: etree._Element) -> etree._Element:
        """Add the date, authors, language, source, media and podcast elements to an `<item>`."""
        etree.Element("rss", nsmap=RSS_NAMESPACES).append(item)
        entry = self.entry
        if entry.language:
            item.set(XML_LANG, entry.language)
        _add(item, "pubDate", rfc822(entry.date))
        if entry.updated:
            _add(item, f"{{{ATOM}}}updated", rfc3339(entry.updated))
        # No <author> beside them, even where an e-mail address would allow one: the validator calls the two the same
        # thing (DuplicateItemSemantics), and readers would show that person twice.
        for author in entry.authors:
            _add(item, f"{{{DC}}}creator", author.name)
        if entry.source_url:
            _add(item, "source", entry.source_title or entry.source_url, url=entry.source_url)
        if entry.enclosure:
            sound = entry.enclosure
            kind = sound.type or "application/octet-stream"
            _add(item, "enclosure", url=sound.url, length=str(sound.length), type=kind)
        elif entry.image and entry.image_bytes and entry.image_type:
            _add(item, "enclosure", url=entry.image.url, length=str(entry.image_bytes), type=entry.image_type)
        _add_media(item, entry)
        return item

    def extend_atom(self, atom: etree._Element) -> etree._Element:
        """Add the dates, language, source, enclosure, media and podcast elements to an `<entry>`."""
        # feedgen leaves Atom's elements without a namespace and writes `xmlns` as an attribute, so this root does too.
        etree.Element("feed", nsmap={prefix: uri for prefix, uri in ATOM_NAMESPACES.items() if prefix}).append(atom)
        entry = self.entry
        if entry.language:
            atom.set(XML_LANG, entry.language)
        published = rfc3339(entry.date)
        for child in atom.iterchildren("updated", "link"):
            if child.tag == "updated":
                child.text = rfc3339(entry.updated) if entry.updated else published
            else:  # https://github.com/lkiesow/python-feedgen/issues/135
                child.set("rel", "alternate")
                child.set("type", "text/html")
        _add(atom, "published", published)
        if entry.enclosure:
            sound = entry.enclosure
            _add(atom, "link", rel="enclosure", href=sound.url, type=sound.type, length=str(sound.length or ""))
        elif entry.image and entry.image_bytes:
            size = str(entry.image_bytes)
            _add(atom, "link", rel="enclosure", href=entry.image.url, type=entry.image_type, length=size)
        if entry.source_url:
            _add(atom, "link", rel="via", href=entry.source_url)
            source = _add(atom, "source")
            _add(source, "id", entry.source_url)
            _add(source, "title", entry.source_title or entry.source_url)
            _add(source, "updated", published)
            _add(source, "link", rel="alternate", href=entry.source_url)
        _add_media(atom, entry)
        return atom


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


def new_entry(entry: Entry) -> Any:
    """Return a feedgen entry that carries `entry` for its extension. The caller sets what feedgen can say itself."""
    made = FeedEntry()
    made.register_extension("digest", EntryExtension)
    made.digest.entry = entry
    made.updated(EPOCH)  # feedgen asks for one; the extension sets the text
    return made


def new_feed() -> Any:
    """Return a feedgen feed with our extension, and dates that are not the clock's."""
    made = FeedGenerator()
    made.register_extension("digest", FeedExtension)
    made.updated(EPOCH)
    return made


def rss_fragment(item: Any) -> bytes:
    """Return the `<item>` of a feedgen entry."""
    return plain_text_references(_alone(item.rss_entry()))


def atom_fragment(entry: Any) -> bytes:
    """Return the `<entry>` of a feedgen entry."""
    return _alone(entry.atom_entry())


def plain_text_references(xml: bytes) -> bytes:
    """Return RSS with `&` and `<` as numeric references wherever they stand in plain text, not in HTML.

    `&#x26;` and `&#x3C;` are the form that most readers show right, whether they take a title as text or as HTML:
    https://www.rssboard.org/rss-profile#data-types-characterdata
    """
    return _RSS_PLAIN.sub(lambda m: m[0].replace(b"&amp;", b"&#x26;").replace(b"&lt;", b"&#x3C;"), xml)


def _alone(child: etree._Element) -> bytes:
    """Return an entry without the namespaces, which its feed's root declares."""
    xml: bytes = etree.tostring(child.getparent(), encoding="UTF-8", xml_declaration=False)  # type: ignore[assignment, arg-type]
    return xml[xml.index(b">") + 1 : xml.rindex(b"</")]


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


def _add_media(parent: etree._Element, entry: Entry) -> None:
    image, sound = entry.image, entry.enclosure
    if image:
        size = {"width": str(image.width or ""), "height": str(image.height or "")}
        length = str(entry.image_bytes or "")
        content = _add(
            parent, f"{{{MEDIA}}}content", url=image.url, medium="image", type=entry.image_type, fileSize=length, **size
        )
        if image.alt:
            _add(content, f"{{{MEDIA}}}description", image.alt, type="plain")
        _add(parent, f"{{{MEDIA}}}thumbnail", url=image.url, **size)
    if sound and sound.type.startswith(SOUND):
        if sound.duration:
            _add(parent, f"{{{ITUNES}}}duration", str(sound.duration))
        if image and entry.image_type in ("image/jpeg", "image/png"):
            _add(parent, f"{{{ITUNES}}}image", href=image.url)
