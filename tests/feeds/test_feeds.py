"""What stands in each format's entries and heads."""

import json
import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import feedparser
import msgspec
import pytest
from lxml import etree

from digest import feeds
from digest.collector import Author, Enclosure, EnclosureSource, Image
from digest.config import Format, Person
from tests.feed_rules import NAMESPACES, faults, name
from tests.feed_samples import FORMATS, SHANGHAI, assembled, config, document, post, posts, rendered, rich_post


def item(document: bytes) -> etree._Element:
    """Return the first entry of an RSS or Atom document."""
    return next(etree.fromstring(document).iter("item", "{*}entry"))


def texts(element: etree._Element, tag: str) -> list[str | None]:
    """Return the texts of the children that have a name as `feed_rules.name` gives it."""
    return [child.text for child in element if name(child) == tag]


def attributes(element: etree._Element | None) -> dict[str, str]:
    """Return an element's attributes."""
    assert element is not None
    return {str(key): str(value) for key, value in element.attrib.items()}


def json_item(document: bytes) -> dict[str, Any]:
    """Return the first item of a JSON Feed."""
    first: dict[str, Any] = json.loads(document)["items"][0]
    return first


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize("count", [0, 1, 5])
def test_every_feed_keeps_to_its_format(fmt: Format, count: int) -> None:
    made = config(hub="https://hub.example/", archive=True, limit=2)
    for feed in feeds.plan(made, posts(count)):
        assert faults(assembled(made, feed, fmt), fmt) == []


@pytest.mark.parametrize("fmt", FORMATS)
def test_an_entry_that_has_everything_keeps_to_its_format(fmt: Format, tmp_path: Path) -> None:
    assert faults(document(config(tmp_path), (rich_post(tmp_path),), fmt), fmt) == []


def test_the_permalink_is_the_id_where_front_matter_has_none() -> None:
    rss, atom, made = (document(config(), posts(1), fmt) for fmt in FORMATS)
    guid = item(rss).find("guid")
    assert guid is not None
    assert (guid.text, guid.get("isPermaLink")) == ("https://harbour.example/posts/1/", "true")
    assert texts(item(atom), "id") == [guid.text]
    assert json_item(made)["id"] == guid.text


@pytest.mark.parametrize(
    ("own", "atom_id"),
    [
        ("550E8400-e29b-41d4-a716-446655440000", "urn:uuid:550e8400-e29b-41d4-a716-446655440000"),
        ("tag:harbour.example,2026:1", "tag:harbour.example,2026:1"),
        ("https://old.example/?p=12", "https://old.example/?p=12"),
        ("tides 1", "https://harbour.example/#tides%201"),
        ("潮汐", "https://harbour.example/#%E6%BD%AE%E6%B1%90"),
    ],
)
def test_an_id_of_its_own_stays_and_becomes_an_iri_in_atom(own: str, atom_id: str) -> None:
    rss, atom, made = (document(config(), (post(id=own),), fmt) for fmt in FORMATS)
    guid = item(rss).find("guid")
    assert guid is not None
    assert (guid.text, guid.get("isPermaLink")) == (own, "false")
    assert texts(item(atom), "id") == [atom_id]
    assert json_item(made)["id"] == own
    assert faults(atom, "atom") == []


def test_a_permalink_in_another_script_is_one_uri_everywhere() -> None:
    url = "https://bücher.example/über uns/?q=ä#größe"
    rss, atom, made = (document(config(), (post(url=url, id=url),), fmt) for fmt in FORMATS)
    encoded = "https://xn--bcher-kva.example/%C3%BCber%20uns/?q=%C3%A4#gr%C3%B6%C3%9Fe"
    assert texts(item(rss), "link") == texts(item(rss), "guid") == texts(item(atom), "id") == [encoded]
    assert json_item(made)["url"] == json_item(made)["id"] == encoded


def test_dates_are_the_posts_own() -> None:
    chosen = (post(updated=datetime(2026, 3, 4, 5, 6, 7, 999, tzinfo=UTC)),)
    rss, atom, made = (document(config(), chosen, fmt) for fmt in FORMATS)
    assert texts(item(rss), "pubDate") == ["Fri, 02 Jan 2026 09:30:00 +0800"]
    assert texts(item(rss), "atom:updated") == ["2026-03-04T05:06:07Z"]
    assert texts(item(atom), "published") == ["2026-01-02T09:30:00+08:00"]
    assert texts(item(atom), "updated") == ["2026-03-04T05:06:07Z"]
    assert json_item(made)["date_published"] == "2026-01-02T09:30:00+08:00"
    assert json_item(made)["date_modified"] == "2026-03-04T05:06:07Z"


def test_an_atom_entry_that_was_never_changed_was_updated_when_it_was_published() -> None:
    assert texts(item(document(config(), posts(1), "atom")), "updated") == ["2026-01-02T09:30:00+08:00"]


@pytest.mark.parametrize(
    ("offset", "rss_date", "atom_date"),
    [
        (timedelta(hours=5, minutes=45), "Thu, 01 Jan 1970 18:15:00 +0000", "1970-01-02T00:00:00+05:45"),
        (timedelta(hours=8, minutes=5, seconds=43), "Thu, 01 Jan 1970 15:54:17 +0000", "1970-01-01T15:54:17Z"),
        (timedelta(hours=-3, minutes=-30), "Fri, 02 Jan 1970 00:00:00 -0330", "1970-01-02T00:00:00-03:30"),
    ],
)
def test_odd_offsets_are_said_so_that_readers_understand_them(offset: timedelta, rss_date: str, atom_date: str) -> None:
    moment = datetime(1970, 1, 2, tzinfo=timezone(offset))
    chosen = (post(date=moment),)
    assert texts(item(document(config(), chosen, "rss")), "pubDate") == [rss_date]
    assert texts(item(document(config(), chosen, "atom")), "published") == [atom_date]


@pytest.mark.parametrize("year", [1, 999, 9999])
def test_the_edges_of_the_calendar_are_dates_too(year: int) -> None:
    edge = datetime(year, 1, 1, tzinfo=timezone(timedelta(hours=8, minutes=5, seconds=43)))
    for fmt in FORMATS:
        assert faults(document(config(), (post(date=edge),), fmt), fmt) == []


def test_a_feed_was_updated_when_its_newest_entry_was() -> None:
    newest = datetime(2026, 9, 9, tzinfo=UTC)
    chosen = (post(3), post(2, updated=newest), post(1))
    rss, atom = (etree.fromstring(document(config(), chosen, fmt)) for fmt in FORMATS[:2])
    assert parsedate_to_datetime(rss.findtext("channel/lastBuildDate") or "") == newest
    assert atom.findtext("{*}updated") == "2026-09-09T00:00:00Z"


def test_a_feed_without_entries_was_updated_at_the_epoch() -> None:
    rss, atom = (etree.fromstring(document(config(), (), fmt)) for fmt in FORMATS[:2])
    assert rss.findtext("channel/lastBuildDate") == "Thu, 01 Jan 1970 00:00:00 +0000"
    assert atom.findtext("{*}updated") == "1970-01-01T00:00:00Z"


def test_every_author_is_named_once() -> None:
    people = (Author("Ann"), Author("Bo", "bo@x.example"), Author("Cy", "not a mail", "https://cy.example/"))
    rss, atom, made = (document(config(), (post(authors=people),), fmt) for fmt in FORMATS)
    assert texts(item(rss), "dc:creator") == ["Ann", "Bo", "Cy"]
    assert texts(item(rss), "author") == []
    found = [
        (a.findtext("{*}name"), a.findtext("{*}email"), a.findtext("{*}uri")) for a in item(atom).iterfind("{*}author")
    ]
    assert found == [("Ann", None, None), ("Bo", "bo@x.example", None), ("Cy", None, "https://cy.example/")]
    assert json_item(made)["authors"] == [{"name": "Ann"}, {"name": "Bo"}, {"name": "Cy", "url": "https://cy.example/"}]


def test_the_sites_author_stands_in_without_giving_an_address_away() -> None:
    made = config(site={"author": Person(name="Mara Quay", email="mara@harbour.example")})
    rss, atom, feed = (document(made, posts(1), fmt) for fmt in FORMATS)
    assert texts(item(rss), "dc:creator") == ["Mara Quay"]
    assert texts(item(rss), "author") == []
    assert etree.fromstring(rss).findtext("channel/managingEditor") == "mara@harbour.example (Mara Quay)"
    assert item(atom).findtext("{*}author/{*}name") == "Mara Quay"
    assert json.loads(feed)["authors"] == [{"name": "Mara Quay"}]


def test_a_site_without_an_author_speaks_for_itself() -> None:
    made = config(site={"author": Person()})
    assert item(document(made, posts(1), "atom")).findtext("{*}author/{*}name") == "The Harbour Post"
    nameless = config(site={"author": Person(), "title": "", "description": ""})
    assert faults(document(nameless, posts(1), "atom"), "atom") == []
    assert faults(document(nameless, posts(1), "rss"), "rss") == []


def test_each_tag_is_a_category() -> None:
    chosen = (post(tags=("News", "R&D", " a  b ")),)
    rss, atom, made = (document(config(), chosen, fmt) for fmt in FORMATS)
    assert texts(item(rss), "category") == ["News", "R&D", "a b"]
    assert [c.get("term") for c in item(atom).iterfind("{*}category")] == ["News", "R&D", "a b"]
    assert json_item(made)["tags"] == ["News", "R&D", "a b"]


@pytest.mark.parametrize(("own", "said"), [("", "en"), ("zh_CN", "zh-CN"), ("not a language", "en")])
def test_a_feed_and_its_entries_say_their_language(own: str, said: str) -> None:
    rss, atom, made = (document(config(), (post(language=own),), fmt) for fmt in FORMATS)
    lang = "{http://www.w3.org/XML/1998/namespace}lang"
    assert item(rss).get(lang) == item(atom).get(lang) == json_item(made)["language"] == said
    assert etree.fromstring(rss).findtext("channel/language") == etree.fromstring(atom).get(lang) == "en"
    assert json.loads(made)["language"] == "en"


def test_a_local_picture_is_an_enclosure_with_its_length(tmp_path: Path) -> None:
    local = msgspec.structs.replace(rich_post(tmp_path), enclosure=None)
    rss, atom, made = (document(config(tmp_path), (local,), fmt) for fmt in FORMATS)
    url = "https://harbour.example/tide.jpg"
    assert attributes(item(rss).find("enclosure")) == {"url": url, "length": "500", "type": "image/jpeg"}
    link = next(e for e in item(atom).iterfind("{*}link") if e.get("rel") == "enclosure")
    assert (link.get("href"), link.get("length"), link.get("type")) == (url, "500", "image/jpeg")
    content = item(rss).find("media:content", NAMESPACES)
    expected = {"url": url, "medium": "image", "type": "image/jpeg", "fileSize": "500"}
    assert attributes(content) == expected
    assert content is not None
    assert content.findtext("media:description", None, NAMESPACES) == "The tide at < noon"
    assert json_item(made)["image"] == url


@pytest.mark.parametrize(
    ("url", "kind"), [("https://x.example/a.webp?w=9", "image/webp"), ("https://x.example/a", None)]
)
def test_a_remote_picture_is_media_and_its_type_is_never_made_up(url: str, kind: str | None) -> None:
    rss = item(document(config(), (post(image=Image(url)),), "rss"))
    content = rss.find("media:content", NAMESPACES)
    assert rss.find("enclosure") is None
    assert content is not None
    assert content.get("type") == kind
    assert rss.find("media:thumbnail", NAMESPACES) is not None


def test_a_picture_whose_file_has_gone_is_like_a_remote_one() -> None:
    gone = post(image=Image("https://x.example/a.png", file="static/a.png"))
    assert item(document(config(), (gone,), "rss")).find("enclosure") is None


def test_sound_is_a_podcast() -> None:
    sound = Enclosure("https://x.example/a.mp3", "audio/mpeg", 0, 61)
    chosen = (post(enclosure=sound, image=Image("https://x.example/a.png")),)
    made = config(site={"author": Person(name="Mara Quay", email="mara@harbour.example")})
    rss, atom, feed = (document(made, chosen, fmt) for fmt in FORMATS)
    enclosure = item(rss).find("enclosure")
    assert attributes(enclosure) == {"url": "https://x.example/a.mp3", "length": "0", "type": "audio/mpeg"}
    assert texts(item(rss), "itunes:duration") == ["61"]
    channel = etree.fromstring(rss)[0]
    assert texts(channel, "itunes:author") == ["Mara Quay"]
    assert attributes(channel.find("itunes:category", NAMESPACES)) == {"text": "Society & Culture"}
    assert channel.findtext("itunes:owner/itunes:email", None, NAMESPACES) == "mara@harbour.example"
    assert json_item(feed)["attachments"] == [
        {"url": "https://x.example/a.mp3", "mime_type": "audio/mpeg", "duration_in_seconds": 61}
    ]
    assert faults(atom, "atom") == faults(rss, "rss") == []


def test_each_file_of_a_post_is_in_the_feeds(tmp_path: Path) -> None:
    (tmp_path / "static").mkdir()
    (tmp_path / "static/talk.mp3").write_bytes(bytes(321))
    chosen = post(
        enclosure=Enclosure("https://x.example/talk.mp3", "audio/mpeg", 0, 61),
        more_enclosures=(
            Enclosure("https://x.example/talk.mp4", "video/mp4", 900, 61, "With pictures & all"),
            Enclosure("https://x.example/slides.pdf", "application/pdf"),
        ),
        enclosure_sources=(EnclosureSource("static/talk.mp3", 5), EnclosureSource("", 5), EnclosureSource("", 6)),
    )
    rss, atom, made = (document(config(tmp_path), (chosen,), fmt) for fmt in FORMATS)
    (enclosure,) = item(rss).iterfind("enclosure")
    assert attributes(enclosure) == {"url": "https://x.example/talk.mp3", "length": "321", "type": "audio/mpeg"}
    others = [attributes(e) for e in item(rss).iterfind("media:content", NAMESPACES)]
    assert [(one["url"], one["medium"], one.get("fileSize")) for one in others] == [
        ("https://x.example/talk.mp4", "video", "900"),
        ("https://x.example/slides.pdf", "document", None),
    ]
    links = [attributes(e) for e in item(atom).iterfind("{*}link") if e.get("rel") == "enclosure"]
    assert [(one["href"], one.get("length"), one.get("title")) for one in links] == [
        ("https://x.example/talk.mp3", "321", None),
        ("https://x.example/talk.mp4", "900", "With pictures & all"),
        ("https://x.example/slides.pdf", None, None),
    ]
    assert [one.get("title", "") for one in json_item(made)["attachments"]] == ["", "With pictures & all", ""]
    for read in (feedparser.parse(rss), feedparser.parse(atom)):
        assert read.entries[0].enclosures[0].href == "https://x.example/talk.mp3"
    for fmt, whole in zip(FORMATS, (rss, atom, made), strict=True):
        assert faults(whole, fmt) == []


@pytest.mark.parametrize("fmt", FORMATS[:2])
def test_readers_take_no_description_of_a_picture_for_the_post(fmt: Format) -> None:
    chosen = (post(summary="What the post says", image=Image("https://x.example/a.png", "What the picture shows")),)
    for text in ("summary", "full"):
        (read,) = feedparser.parse(document(config(text=text), chosen, fmt)).entries
        shown = [content.value for content in read.get("content", [])] or [read.summary]
        assert "What the picture shows" not in shown
        assert read.summary == "What the post says"


def test_a_post_says_where_its_comments_are() -> None:
    made = config(comments="{url}#comments")
    chosen = (
        post(3, comments_url="https://talk.example/3"),
        post(2, comments_url="https://talk.example/2", has_comments=True),
        post(1),
        post(0, has_comments=False),
    )
    rss, atom, feed = (document(made, chosen, fmt) for fmt in FORMATS)
    expected = ["https://talk.example/3", "https://talk.example/2", "https://harbour.example/posts/1/#comments", None]
    assert [e.findtext("comments") for e in etree.fromstring(rss).iter("item")] == expected
    replies = [
        next((link.get("href") for link in e.iterfind("{*}link") if link.get("rel") == "replies"), None)
        for e in etree.fromstring(atom).iterfind("{*}entry")
    ]
    assert replies == expected
    for fmt, whole in zip(FORMATS, (rss, atom, feed), strict=True):
        assert faults(whole, fmt) == []
    assert b"comments" not in document(config(), (post(),), "rss")


def test_tags_belong_to_the_vocabulary_that_the_owner_names() -> None:
    made = config(category_scheme="https://harbour.example/tags/")
    rss, atom = (document(made, posts(1), fmt) for fmt in FORMATS[:2])
    assert attributes(item(rss).find("category")) == {"domain": "https://harbour.example/tags/"}
    assert attributes(item(atom).find("{*}category")) == {"term": "News", "scheme": "https://harbour.example/tags/"}


def test_the_head_says_how_often_to_look_and_under_which_licence() -> None:
    address = "https://creativecommons.org/licenses/by/4.0/"
    made = config(license=address, ttl=90, update_period="daily", update_frequency=2)
    rss, atom = (document(made, posts(1), fmt) for fmt in FORMATS[:2])
    assert etree.fromstring(rss).findtext("channel/ttl") == "90"
    for whole in (rss, atom):
        read = feedparser.parse(whole)
        assert (read.bozo, read.feed.license) == (0, address)
        assert (read.feed.sy_updateperiod, read.feed.sy_updatefrequency) == ("daily", "2")
    assert faults(rss, "rss") == faults(atom, "atom") == []


def test_archives_and_editions_do_not_say_when_to_look_again() -> None:
    made = config(ttl=90, update_period="daily", archive=True, limit=1)
    main, *pages = feeds.plan(made, posts(3, tags=()))
    edition = feeds.edition_feed(made, "weekly", main.updated)
    for feed in (*pages, edition):
        assert b"updatePeriod" not in assembled(made, feed, "rss")
    assert all(b"<ttl>" not in assembled(made, page, "rss") for page in pages)
    assert b"<ttl>90</ttl>" in assembled(made, main, "rss")


def test_a_title_made_of_first_words_ends_its_isolates() -> None:
    words = "\u2067" + "כל המילים " * 20 + "\u2069"
    title = json_item(document(config(), (post(title=""),), "json", {post().id: rendered(summary=words)}))["title"]
    assert title.count("\u2067") == title.count("\u2069") == 1


def test_nothing_of_that_is_in_the_feeds_of_an_owner_who_asks_for_nothing() -> None:
    for fmt in FORMATS:
        plain = document(config(), posts(1), fmt)
        for word in (
            b"ttl",
            b"modules/syndication",
            b"creativeCommons",
            b"podcastindex",
            b"license",
            b"comments",
            b"scheme",
        ):
            assert word not in plain


def test_full_text_follows_a_summary() -> None:
    rss, atom, made = (document(config(), posts(1), fmt) for fmt in FORMATS)
    assert texts(item(rss), "description") == ["Hello & goodbye."]
    assert texts(item(rss), "content:encoded") == texts(item(atom), "content") == ["<p>Hello &amp; <b>goodbye</b>.</p>"]
    assert texts(item(atom), "summary") == [json_item(made)["summary"]] == ["Hello & goodbye."]
    assert json_item(made)["content_html"] == "<p>Hello &amp; <b>goodbye</b>.</p>"


@pytest.mark.parametrize(
    ("text", "html"),
    [("R&D", "R&amp;D"), ("a & b", "a & b"), ("&lt;", "&amp;lt;"), ("1 < 2 > 0", "1 &lt; 2 > 0"), ("&#8", "&amp;#8")],
)
def test_a_summary_in_rss_is_html_that_reads_as_plain_text(text: str, html: str) -> None:
    assert texts(item(document(config(), (post(summary=text),), "rss")), "description") == [html]


def test_a_summary_feed_has_no_full_text() -> None:
    rss, atom, made = (document(config(text="summary"), posts(1), fmt) for fmt in FORMATS)
    assert texts(item(rss), "content:encoded") == texts(item(atom), "content") == []
    assert texts(item(rss), "description") == ["Hello & goodbye."]
    assert json_item(made)["content_text"] == "Hello & goodbye."
    assert "content_html" not in json_item(made)


def test_a_post_decides_for_itself_whether_it_is_shown_in_full() -> None:
    assert "content_html" in json_item(document(config(text="summary"), (post(full_text=True),), "json"))
    assert "content_html" not in json_item(document(config(text="full"), (post(full_text=False),), "json"))


def test_what_stands_before_the_more_mark_is_the_summary() -> None:
    body = {post().id: rendered(lead="<p>Only <i>this</i></p>")}
    rss, atom, made = (document(config(text="summary"), (post(),), fmt, body) for fmt in FORMATS)
    assert texts(item(rss), "description") == texts(item(atom), "summary") == ["<p>Only <i>this</i></p>"]
    assert attributes(item(atom).find("{*}summary")) == {"type": "html"}
    assert json_item(made)["content_html"] == "<p>Only <i>this</i></p>"
    own = document(config(text="summary"), (post(summary="Mine"),), "rss", body)
    assert texts(item(own), "description") == ["Mine"]


def test_an_untitled_post_gets_its_first_words() -> None:
    words = "When the tide turned at four in the morning the keeper was already awake and waiting"
    long = {post().id: rendered(summary=words)}
    assert json_item(document(config(), (post(title=""),), "json", long))["title"] == (
        "When the tide turned at four in the morning the keeper was…"
    )
    assert json_item(document(config(), (post(title="", summary="Short"),), "json"))["title"] == "Short"
    nothing = {post().id: rendered(html='<img src="https://x.example/a.png">', summary="")}
    for fmt in FORMATS:
        made = document(config(), (post(title=""),), fmt, nothing)
        assert faults(made, fmt) == []
        assert b"2026-01-02" in made


def test_titles_are_plain_text_in_the_form_each_format_wants() -> None:
    chosen = (post(title="R&D: <b>  &amp;\n x"),)
    rss, atom, made = (document(config(), chosen, fmt) for fmt in FORMATS)
    assert b"<title>R&#x26;D: &#x3C;b&gt; &#x26;amp; x</title>" in rss
    assert b"<title>R&amp;D: &lt;b&gt; &amp;amp; x</title>" in atom
    assert texts(item(rss), "title") == texts(item(atom), "title") == [json_item(made)["title"]]


def test_a_post_from_elsewhere_names_its_source() -> None:
    chosen = (
        post(source_url="https://elsewhere.example/a", source_title="Elsewhere"),
        post(0, source_url="https://e.example/"),
    )
    rss, atom, made = (document(config(), chosen, fmt) for fmt in FORMATS)
    source = item(rss).find("source")
    assert source is not None
    assert (source.text, source.get("url")) == ("Elsewhere", "https://elsewhere.example/a")
    assert [e.get("href") for e in item(atom).iterfind("{*}link") if e.get("rel") == "via"] == [
        "https://elsewhere.example/a"
    ]
    assert item(atom).findtext("{*}source/{*}title") == "Elsewhere"
    assert json_item(made)["external_url"] == "https://elsewhere.example/a"
    assert faults(atom, "atom") == faults(rss, "rss") == []


@pytest.mark.parametrize("fmt", FORMATS[:2])
def test_the_heads_links_cannot_be_misread(fmt: Format) -> None:
    text = document(config(hub="https://hub.example/"), posts(1), fmt).decode()
    head = text[: min(text.find(tag) for tag in ("<item", "<entry") if tag in text)]
    assert "feed.json" not in head
    assert ("atom.xml" if fmt == "rss" else "/feed.xml") not in head
    relations = re.findall(r'rel="([a-z-]+)"', head)
    assert relations == (["self", "hub"] if fmt == "rss" else ["alternate", "self", "hub"])
    assert '<?xml-stylesheet type="text/css" href="feeds/feed.css"?>' in head


def test_the_head_says_who_made_it_and_shows_its_icon() -> None:
    rss, atom = (etree.fromstring(document(config(), posts(1), fmt)) for fmt in FORMATS[:2])
    made = json.loads(document(config(), posts(1), "json"))
    assert rss.findtext("channel/copyright") == atom.findtext("{*}rights") == "© 2026 The Harbour Post"
    assert (rss.findtext("channel/generator") or "").split()[0] == atom.findtext("{*}generator") == "digest-press"
    assert (
        rss.findtext("channel/image/url")
        == atom.findtext("{*}logo")
        == made["icon"]
        == "https://harbour.example/logo.png"
    )
    assert atom.findtext("{*}icon") == made["favicon"] == "https://harbour.example/icon.png"


def test_a_logo_that_rss_does_not_allow_stays_out_of_rss() -> None:
    made = config(site={"logo": "/logo.svg"})
    assert etree.fromstring(document(made, (), "rss")).find("channel/image") is None
    assert etree.fromstring(document(made, (), "atom")).findtext("{*}logo") == "https://harbour.example/logo.svg"


def test_an_entry_without_any_text_still_has_a_summary_in_atom() -> None:
    bare = document(config(text="summary"), (post(),), "atom", {post().id: rendered(html="<hr>", summary="")})
    assert texts(item(bare), "summary") == ["Post 1"]


@pytest.mark.parametrize("fmt", FORMATS)
def test_an_edition_is_an_entry_too(fmt: Format) -> None:
    made = config()
    end = datetime(2026, 1, 12, 8, tzinfo=SHANGHAI)
    url = "https://harbour.example/editions/weekly/2026-W02/"
    edition = feeds.edition_entry(made, url=url, title="This week", date=end, summary="All", zone=SHANGHAI)
    feed = feeds.edition_feed(made, "weekly", end)
    whole = b"".join(feeds.assemble(feed, fmt, [feeds.fragment(edition, fmt, made)], made))
    assert feed.paths[fmt] == f"editions/weekly/{feeds.FILES[fmt]}"
    assert faults(whole, fmt) == []
    assert url.encode() in whole
    head = whole[: whole.index(url.encode())].decode()
    assert re.search(r'(link>|href="|home_page_url":")https://harbour.example/editions/weekly/["<]', head)
