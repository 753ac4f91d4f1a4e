"""Shared by RSS and Atom: the feedgen extension, elements of other namespaces, and serialising entries."""

import posixpath
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from feedgen.ext.base import BaseEntryExtension
from lxml import etree

from digest.collector.post import is_media
from digest.config.schema import Config, Format
from digest.feeds.entry import Entry
from digest.feeds.plan import STYLESHEET, Feed

ATOM = "http://www.w3.org/2005/Atom"
DC = "http://purl.org/dc/elements/1.1/"
HISTORY = "http://purl.org/syndication/history/1.0"
ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"
MEDIA = "http://search.yahoo.com/mrss/"
PODCAST = "https://podcastindex.org/namespace/1.0"
SYNDICATION = "http://purl.org/rss/1.0/modules/syndication/"
CREATIVE_COMMONS = "http://backend.userland.com/creativeCommonsRssModule"
NAMESPACES = {"dc": DC, "fh": HISTORY, "itunes": ITUNES, "media": MEDIA}
OPTIONAL_NAMESPACES = {"creativeCommons": CREATIVE_COMMONS, "podcast": PODCAST, "sy": SYNDICATION}

_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


class _Extension(BaseEntryExtension):  # type: ignore[misc]  # feedgen has no types
    """Passes the element that feedgen has built to a function that completes it."""

    add_to: Callable[[etree._Element], None]
    namespaces: dict[str, str]

    def extend_ns(self) -> dict[str, str]:
        """Return the namespaces that the root of a feed declares."""
        return self.namespaces

    def extend_rss(self, element: etree._Element) -> etree._Element:
        """Extend a feed or an item of RSS."""
        self.add_to(element)
        return element

    extend_atom = extend_rss


def extend(
    made: Any, add_to: Callable[[etree._Element], None], namespaces: dict[str, str] = NAMESPACES | OPTIONAL_NAMESPACES
) -> None:
    """Register `add_to` as a callback for the element that feedgen builds of a feed or an entry."""
    made.register_extension("digest", _Extension)
    made.digest.add_to = add_to
    made.digest.namespaces = namespaces


def namespaces(feed: Feed, format_: Format, config: Config) -> dict[str, str]:
    """Return the namespaces that a feed declares: those of all feeds, and those of what the owner asks for."""
    is_rss = format_ == "rss"
    wanted = {
        "creativeCommons": is_rss and bool(config.feeds.license),
        "podcast": is_rss and feed.is_podcast and (feed.podcast is not None or feed.has_episodes),
        "sy": _says_period(feed, config),
    }
    return NAMESPACES | {prefix: OPTIONAL_NAMESPACES[prefix] for prefix, is_wanted in wanted.items() if is_wanted}


def _says_period(feed: Feed, config: Config) -> bool:
    """Return whether a feed says how often it changes: archives never do, and a digest has its own schedule."""
    return bool(config.feeds.update_period) and not feed.is_archive and feed.group != "digests"


def add(parent: etree._Element, tag: str, text: str = "", /, **attributes: str | int) -> etree._Element:
    """Append an element and return it; attributes that are empty or 0 are left out."""
    element = etree.SubElement(parent, tag)
    element.text = text or None
    for name, value in attributes.items():
        if value:
            element.set(name, str(value))
    return element


def set_text(parent: etree._Element, tag: str, text: str) -> None:
    """Replace the text of all children with this tag."""
    for child in parent.iterchildren(tag):
        child.text = text


def set_language(element: etree._Element, language: str) -> None:
    """Set `xml:lang` of an element if its language is known."""
    if language:
        element.set(_LANG, language)


def add_media(parent: etree._Element, entry: Entry) -> None:
    """Add an entry's image as Media RSS (https://www.rssboard.org/media-rss), and the elements for podcast apps."""
    image, file = entry.image, entry.enclosure
    if image:
        content = add(
            parent,
            f"{{{MEDIA}}}content",
            url=image.url,
            medium="image",
            type=image.type,
            fileSize=image.bytes,
        )
        if image.alt and entry.html:  # feedparser takes a description for the content of an entry that has none
            add(content, f"{{{MEDIA}}}description", image.alt, type="plain")
        add(parent, f"{{{MEDIA}}}thumbnail", url=image.url)
    if file and is_media(file):
        if file.duration:
            add(parent, f"{{{ITUNES}}}duration", str(file.duration))
        if image and image.type in ("image/jpeg", "image/png"):
            add(parent, f"{{{ITUNES}}}image", href=image.url)


def add_to_head(root: etree._Element, parent: etree._Element, feed: Feed, config: Config, path: str) -> None:
    """Add the archive and syndication elements of both formats, and the style sheet before `root`.

    `path` is that of the document below the output. The style sheet's address is relative, so that it is found on any
    host; browsers load none from another.
    """
    if feed.is_finished:
        add(parent, f"{{{HISTORY}}}archive")
    if feed.is_complete:
        add(parent, f"{{{HISTORY}}}complete")
    if _says_period(feed, config):  # https://web.resource.org/rss/1.0/modules/syndication/
        add(parent, f"{{{SYNDICATION}}}updatePeriod", config.feeds.update_period)
        add(parent, f"{{{SYNDICATION}}}updateFrequency", str(config.feeds.update_frequency))
    href = posixpath.relpath(STYLESHEET, posixpath.dirname(path) or ".")
    root.addprevious(etree.ProcessingInstruction("xml-stylesheet", f'type="text/css" href="{href}"'))


def put_in_root(element: etree._Element, tag: str, namespaces: dict[str, str]) -> None:
    """Wrap an entry in a root like its feed's, so that it uses the namespace prefixes declared there."""
    etree.Element(tag, nsmap=namespaces).append(element)


def without_root(element: etree._Element) -> bytes:
    """Serialise an entry without its root and namespace declarations, which its feed repeats."""
    whole = etree.tostring(element.getroottree(), encoding="UTF-8", xml_declaration=False)
    return whole[whole.index(b">") + 1 : whole.rindex(b"</")]


def spliced(feed: bytes, end: bytes, entries: Iterable[bytes]) -> Iterator[bytes]:
    """Yield a feed built without entries, with `entries` inserted before its `end`."""
    yield feed.removesuffix(end)
    for entry in entries:
        yield b"\n"
        yield entry
    yield end
