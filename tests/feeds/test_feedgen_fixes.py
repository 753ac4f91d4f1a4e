"""Each defect of feedgen as it is used plainly, and ours put right."""

import locale
from datetime import UTC, datetime
from typing import Any

import pytest
from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator
from lxml import etree

from tests.feed_rules import NAMESPACES
from tests.feed_samples import NASTY, config, document, post, posts, rich_post

ATOM = f"{{{NAMESPACES['atom']}}}"


def plain_feed() -> Any:
    """Return a feed as feedgen's documentation has one."""
    feed = FeedGenerator()
    feed.id("https://x.example/")
    feed.title("X")
    feed.description("X")
    feed.link(href="https://x.example/", rel="alternate")
    feed.link(href="https://x.example/feed.xml", rel="self")
    return feed


def plain_entry() -> Any:
    """Return an entry as feedgen's documentation has one."""
    entry = FeedEntry()
    entry.id("https://x.example/1")
    entry.title("One")
    entry.link(href="https://x.example/1")
    return entry


def test_an_entrys_links_keep_relation_type_and_length() -> None:
    entry = plain_entry()
    entry.link(href="https://x.example/a.mp3", rel="enclosure", type="audio/mpeg", length="9")
    plain = [dict(link.attrib) for link in entry.atom_entry().iterfind("link")]
    assert plain == [{"href": "https://x.example/1"}, {"href": "https://x.example/a.mp3"}]
    ours = etree.fromstring(document(config(), (rich_post(),), "atom")).iterfind(f"{ATOM}entry/{ATOM}link")
    assert [(e.get("rel"), e.get("type"), e.get("length")) for e in ours] == [
        ("alternate", "text/html", None),
        ("enclosure", "audio/mpeg", "123456"),
        ("via", None, None),
    ]


def test_a_feeds_address_is_its_site_and_not_the_last_link() -> None:
    assert etree.fromstring(plain_feed().rss_str()).findtext("channel/link") == "https://x.example/feed.xml"
    ours = etree.fromstring(document(config(), posts(1), "rss"))
    assert ours.findtext("channel/link") == ours.findtext("channel/image/link") == "https://harbour.example/"


def test_rss_has_every_link_that_atom_has() -> None:
    feed = plain_feed()
    feed.link(href="https://hub.example/", rel="hub")
    assert [e.get("rel") for e in etree.fromstring(feed.rss_str()).iter(f"{ATOM}link")] == ["self"]
    ours = etree.fromstring(document(config(hub="https://hub.example/", archive=True, limit=1), posts(2), "rss"))
    assert [e.get("rel") for e in ours.iter(f"{ATOM}link")] == ["self", "hub", "first", "prev-archive"]


def test_no_date_is_the_clocks() -> None:
    today = datetime.now(UTC).date().isoformat()
    assert today in (etree.fromstring(plain_feed().atom_str()).findtext(f"{ATOM}updated") or "")
    for fmt in ("rss", "atom"):
        assert today not in document(config(), posts(1), fmt).decode()
        assert document(config(), (), fmt) == document(config(), (), fmt)


def test_dates_are_written_without_the_locale() -> None:
    before = locale.setlocale(locale.LC_ALL)
    try:
        locale.setlocale(locale.LC_TIME, "C")
        text = document(config(), (post(date=datetime(2026, 3, 2, tzinfo=UTC)),), "rss")
    finally:
        locale.setlocale(locale.LC_ALL, before)
    assert b"<pubDate>Mon, 02 Mar 2026 00:00:00 +0000</pubDate>" in text


def test_entries_stand_in_the_order_they_are_given() -> None:
    feed = plain_feed()
    for name in ("newest", "oldest"):
        feed.add_entry().title(name)
    assert [e.findtext("title") for e in etree.fromstring(feed.rss_str()).iter("item")] == ["oldest", "newest"]
    ours = etree.fromstring(document(config(), posts(2), "rss"))
    assert [e.findtext("title") for e in ours.iter("item")] == ["Post 2", "Post 1"]


def test_one_bad_character_does_not_stop_the_feed() -> None:
    entry = plain_entry()
    entry.title(NASTY)
    with pytest.raises((ValueError, UnicodeEncodeError)):
        entry.rss_entry()
    ours = etree.fromstring(document(config(), (post(2, title=NASTY), post(1)), "rss"))
    assert [e.findtext("title") for e in ours.iter("item")][1] == "Post 1"


def test_an_entry_says_its_language() -> None:
    lang = "{http://www.w3.org/XML/1998/namespace}lang"
    assert plain_entry().atom_entry().get(lang) is None
    assert (
        next(etree.fromstring(document(config(), (post(language="fr"),), "atom")).iter(f"{ATOM}entry")).get(lang)
        == "fr"
    )


def test_an_author_without_a_mail_address_is_named_in_rss() -> None:
    entry = plain_entry()
    entry.author(name="Ann")
    assert [child.tag for child in entry.rss_entry()] == ["title", "link", "guid"]
    ours = etree.fromstring(document(config(), posts(1), "rss"))
    assert ours.findtext("channel/item/dc:creator", None, NAMESPACES) == "Mara Quay"


def test_namespaces_are_declared_once_on_the_root() -> None:
    for fmt in ("rss", "atom"):
        text = document(config(), (rich_post(), *posts(3)), fmt)
        assert text.count(b"xmlns:media=") == text.count(b"xmlns:itunes=") == 1
        assert b"ns0" not in text
