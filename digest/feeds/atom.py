"""Atom 1.0 (RFC 4287), written with feedgen and an extension for the rest.

feedgen 1.0 drops the relation, type and length of an entry's links, and sets missing dates to the current time. It has
no language for an entry, no source with an id and no archive. A feedgen extension receives the lxml element and adds
or corrects all of these.
"""

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
from digest.feeds.values import address, iri, line, rfc3339, site_file, uri

_END = b"\n</feed>\n"


def fragment(entry: Entry, config: Config) -> bytes:
    """Return an entry as an `<entry>`; an id that is not an IRI becomes a fragment of the site's URL."""
    made = FeedEntry()
    xml.extend(made, partial(_add_to_entry, entry))
    made.id(entry.url if entry.is_permalink else iri(entry.id, uri(config.site.url)))
    made.title(entry.title)
    made.link(href=entry.url)
    if entry.html:
        made.content(entry.html, type="html")
    if entry.lead:
        made.summary(entry.lead, type="html")
    elif entry.summary:
        made.summary(entry.summary)
    elif not entry.html:
        made.summary(entry.title)
    made.category(entry.categories)
    made.author([{"name": author.name, "email": author.email, "uri": author.url} for author in entry.authors])
    return xml.without_root(made.atom_entry())


def document(feed: Feed, entries: Iterable[bytes], config: Config) -> Iterator[bytes]:
    """Yield a whole feed in pieces; `entries` are as `fragment` returns them."""
    site, author = config.site, site_author(config)
    own_address = address(config, feed.paths["atom"])
    made = FeedGenerator()
    xml.extend(made, partial(_add_to_feed, feed, config), xml.namespaces(feed, "atom", config))
    made.id(own_address)
    made.title(feed.title)
    made.subtitle(feed.description)
    made.author(name=author.name, email=author.email, uri=author.url)
    made.link(href=address(config, feed.home), rel="alternate", type="text/html")
    made.link(href=own_address, rel="self", type=MEDIA_TYPES["atom"])
    made.generator(GENERATOR, version=__version__)
    made.language(feed.language)
    made.rights(line(site.copyright))
    made.icon(site_file(config, site.icon))
    made.logo(site_file(config, site.logo))
    return xml.spliced(made.atom_str(pretty=True), _END, entries)


def _add_to_entry(entry: Entry, element: etree._Element) -> None:
    """Add the language, dates, links, source and media elements."""
    # feedgen leaves Atom's elements without a namespace and writes `xmlns` as an attribute, so this root does too.
    xml.put_in_root(element, "feed", xml.NAMESPACES)
    xml.set_language(element, entry.language)
    xml.set_text(element, "updated", rfc3339(entry.updated or entry.published))
    for link in element.iterchildren("link"):  # https://github.com/lkiesow/python-feedgen/issues/135
        link.set("rel", "alternate")
        link.set("type", "text/html")
    xml.add(element, "published", rfc3339(entry.published))
    _add_enclosures(element, entry)
    if entry.comments_url:  # RFC 4685, section 4
        xml.add(element, "link", rel="replies", href=entry.comments_url, type="text/html")
    if entry.source_url:
        _add_source(element, entry)
    xml.add_media(element, entry)


def _add_to_feed(feed: Feed, config: Config, element: etree._Element) -> None:
    """Correct the date, and add links, archive and podcast elements and the style sheet."""
    xml.set_text(element, "updated", rfc3339(feed.updated))
    license_ = uri(config.feeds.license)
    if license_:  # RFC 4946
        xml.add(element, "link", rel="license", href=license_)
    for relation, url in links(feed, "atom", config).items():
        xml.add(element, "link", rel=relation, href=url)
    xml.add_to_head(element, element, feed, config, feed.paths["atom"])
    if feed.is_podcast:
        podcast.add_apple_elements(element, feed, config)


def _add_enclosures(element: etree._Element, entry: Entry) -> None:
    """Add a link to each of the entry's files (RFC 4287, 4.2.7.2), else to its image if that is on the site."""
    image = entry.image
    for file in entry.enclosures:
        xml.add(
            element,
            "link",
            rel="enclosure",
            href=file.url,
            type=file.type,
            length=file.length,
            title=file.title,
        )
    if image and image.bytes and not entry.enclosures:
        xml.add(element, "link", rel="enclosure", href=image.url, type=image.type, length=image.bytes)


def _add_source(element: etree._Element, entry: Entry) -> None:
    """Add the original publication as `via` link and `source`."""
    url = entry.source_url
    xml.add(element, "link", rel="via", href=url)
    source = xml.add(element, "source")
    xml.add(source, "id", url)
    xml.add(source, "title", entry.source_title)
    xml.add(source, "updated", rfc3339(entry.published))
    xml.add(source, "link", rel="alternate", href=url)
