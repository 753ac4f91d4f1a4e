"""RSS 2.0 (https://www.rssboard.org/rss-specification), written with feedgen and an extension for the rest.

feedgen 1.0 uses a feed's last link as its address, writes only one `atom:link`, sets missing dates to the current time,
and switches the process's locale to format dates. It has no author without an e-mail address, no language for an item
and no archive. A feedgen extension receives the lxml element and adds or corrects all of these.
"""

import re
from collections.abc import Iterable, Iterator
from functools import partial

from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator
from lxml import etree

from digest import __version__
from digest.config.schema import Config
from digest.feeds import podcast, xml
from digest.feeds.entry import Entry, site_author
from digest.feeds.plan import GENERATOR, MEDIA_TYPES, Feed, links
from digest.feeds.values import address, line, rfc822, rfc3339, site_file, uri

_NAMESPACES = {
    **xml.NAMESPACES,
    **xml.OPTIONAL_NAMESPACES,
    "atom": xml.ATOM,
    "content": "http://purl.org/rss/1.0/modules/content/",
}
_END = b"\n  </channel>\n</rss>\n"
_IMAGES = (".gif", ".jpeg", ".jpg", ".png")  # what the specification allows
_MEDIUMS = ("audio", "image", "video")  # of Media RSS; anything else is a document
_PLAIN_TEXT = ("title", "category", "copyright", "managingEditor", "source")
_PLAIN_TEXT_NAMESPACES = (f"{{{xml.DC}}}*", f"{{{xml.ITUNES}}}*", f"{{{xml.MEDIA}}}*", f"{{{xml.PODCAST}}}*")
_MARKUP = re.compile("([&<])")
_REFERENCES = {"&": "#x26", "<": "#x3C"}
_AMBIGUOUS_AMPERSAND = re.compile(r"&(?=[#A-Za-z])")  # https://html.spec.whatwg.org/#syntax-ambiguous-ampersand


def fragment(entry: Entry) -> bytes:
    """Return an entry as an `<item>`."""
    made = FeedEntry()
    xml.extend(made, partial(_add_to_item, entry))
    made.title(entry.title)
    made.link(href=entry.url)
    made.guid(entry.id, permalink=entry.is_permalink)
    if entry.html:
        made.content(entry.html)
    summary = entry.lead or _as_html(entry.summary)
    if summary and summary != entry.html:
        made.description(summary)
    made.category(entry.categories)
    if entry.comments_url:
        made.comments(entry.comments_url)
    return xml.without_root(made.rss_entry())


def document(feed: Feed, items: Iterable[bytes], config: Config) -> Iterator[bytes]:
    """Yield a whole feed in pieces; `items` are as `fragment` returns them."""
    author, home = site_author(config), address(config, feed.home)
    logo = site_file(config, config.site.logo)
    made = FeedGenerator()
    xml.extend(made, partial(_add_to_rss, feed, config), xml.namespaces(feed, "rss", config))
    made.title(feed.title)
    made.description(feed.description)
    made.link(href=home, rel="alternate")
    made.link(href=address(config, feed.paths["rss"]), rel="self", type=MEDIA_TYPES["rss"])
    made.generator(f"{GENERATOR} {__version__}")
    made.language(feed.language)
    made.copyright(line(config.site.copyright))
    if config.feeds.ttl and not feed.is_archive:
        made.ttl(config.feeds.ttl)
    if logo.lower().endswith(_IMAGES):
        made.image(url=logo, link=home)
    if author.email:
        made.managingEditor(f"{author.email} ({author.name})")
    return xml.spliced(made.rss_str(pretty=True), _END, items)


def _add_to_item(entry: Entry, item: etree._Element) -> None:
    """Add the language, dates, authors, source, enclosure and media elements."""
    xml.put_in_root(item, "rss", _NAMESPACES)
    xml.set_language(item, entry.language)
    xml.add(item, "pubDate", rfc822(entry.published))
    if entry.updated:
        xml.add(item, f"{{{xml.ATOM}}}updated", rfc3339(entry.updated))
    # No <author> as well, even with an e-mail address: the validator reports both as a duplicate
    # (DuplicateItemSemantics), and readers would show that person twice.
    for author in entry.authors:
        xml.add(item, f"{{{xml.DC}}}creator", author.name)
    if entry.source_url:
        xml.add(item, "source", entry.source_title, url=entry.source_url)
    _add_more_files(item, entry)
    _add_enclosure(item, entry)
    xml.add_media(item, entry)
    if entry.episode:
        podcast.add_to_item(item, entry.episode)
    _use_references(item)


def _add_to_rss(feed: Feed, config: Config, rss: etree._Element) -> None:
    """Correct a feed's address and date, and add links, archive and podcast elements and the style sheet."""
    channel = rss[0]
    xml.set_text(channel, "link", address(config, feed.home))
    xml.set_text(channel, "lastBuildDate", rfc822(feed.updated))
    for relation, url in links(feed, "rss", config).items():
        xml.add(channel, f"{{{xml.ATOM}}}link", rel=relation, href=url)
    license_ = uri(config.feeds.license)
    if license_:  # https://www.rssboard.org/creative-commons
        xml.add(channel, f"{{{xml.CREATIVE_COMMONS}}}license", license_)
    xml.add_to_head(rss, channel, feed, config, feed.paths["rss"])
    if feed.is_podcast:
        podcast.add_to_channel(channel, feed, config)
    _use_references(rss)


def _add_enclosure(item: etree._Element, entry: Entry) -> None:
    """Add the entry's file, else its image; an enclosure must have a length and a type."""
    file, image = entry.enclosure, entry.image
    if file:
        media_type = file.type or "application/octet-stream"
        xml.add(item, "enclosure", url=file.url, length=str(file.length), type=media_type)
    elif image and image.bytes and image.type:
        xml.add(item, "enclosure", url=image.url, length=image.bytes, type=image.type)


def _add_more_files(item: etree._Element, entry: Entry) -> None:
    """Add the files after the first as `media:content`, since an item has one enclosure.

    https://www.rssboard.org/rss-profile#element-channel-item-enclosure
    They stand before it: of several, newsboat plays the last.
    """
    for file in entry.enclosures[1:]:
        kind = file.type.partition("/")[0]
        content = xml.add(
            item,
            f"{{{xml.MEDIA}}}content",
            url=file.url,
            medium=kind if kind in _MEDIUMS else "document",
            type=file.type,
            fileSize=file.length,
            duration=file.duration,
        )
        if file.title:
            xml.add(content, f"{{{xml.MEDIA}}}title", file.title, type="plain")


def _as_html(text: str) -> str:
    """Return plain text as HTML, escaped as little as possible: some readers show a description as plain text."""
    return _AMBIGUOUS_AMPERSAND.sub("&amp;", text).replace("<", "&lt;")


def _use_references(root: etree._Element) -> None:
    """Write `&` and `<` as numeric references in plain-text elements.

    Most readers display `&#x26;` and `&#x3C;` correctly, whether they read a title as text or as HTML:
    https://www.rssboard.org/rss-profile#data-types-characterdata
    """
    for element in root.iter(*_PLAIN_TEXT, *_PLAIN_TEXT_NAMESPACES):
        text = element.text or ""
        if "&" in text or "<" in text:
            _set_with_references(element, text)


def _set_with_references(element: etree._Element, text: str) -> None:
    before, *rest = _MARKUP.split(text)
    element.text = before
    for character, after in zip(rest[::2], rest[1::2], strict=True):
        reference = etree.Entity(_REFERENCES[character])
        reference.tail = after
        element.append(reference)
