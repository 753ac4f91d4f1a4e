"""Podcasts: Apple's elements and those of Podcasting 2.0, held to PSP-1."""

import uuid

import feedparser
import msgspec
import pytest
from lxml import etree

from digest import feeds
from digest.collector import Author, Credit, Enclosure, Episode, Post, Transcript
from digest.config import Format, Person, Podcast, PodcastPerson
from tests.commands import Command
from tests.conftest import MakeSite
from tests.feed_rules import NAMESPACES, faults, psp1_faults
from tests.feed_samples import FORMATS, NASTY, assembled, config, document, extra, post

SOUND = Enclosure("https://x.example/a.mp3", "audio/mpeg", 123, 61)
SHOW = Podcast(
    guid="9b024349-ccf0-5f69-a609-6b82873eab3c",
    type="serial",
    author="The Harbour Voices",
    image="/show.jpg",
    categories=("News > Tech News", "Technology"),
    explicit=True,
    complete=True,
    locked=True,
    medium="podcast",
    funding_url="https://harbour.example/support",
    funding_text="Support R&D",
    moved_to="https://harbour.example/new.xml",
    txt="naj3eEZaWVVY9a38uhX8FekACyhtqP4JN",
    people=(PodcastPerson(name="Mara & Co", role="host", url="https://harbour.example/mara", image="/mara.jpg"),),
)
EPISODE = Episode(
    season=2,
    season_name="The sea & us",
    number="3",
    display="Ch. 3",
    kind="bonus",
    explicit=False,
    transcripts=(
        Transcript("https://x.example/a.vtt", "text/vtt"),
        Transcript("https://x.example/a.srt", "application/x-subrip", "de", captions=True),
    ),
    chapters="https://x.example/a.json",
    people=(Credit("Ann"), Credit("Bo", "guest", "writing", "https://bo.example/", "https://bo.example/b.png")),
)
AUTHOR = Person(name="Mara Quay", email="mara@harbour.example")


def episode(number: int = 1, said: Episode | None = EPISODE) -> Post:
    """Return a post that is an episode."""
    return post(number, enclosure=SOUND, episode=said)


def channel(document: bytes) -> etree._Element:
    """Return the channel of an RSS feed."""
    return etree.fromstring(document)[0]


def text(parent: etree._Element, tag: str) -> str | None:
    """Return the text of a child; None without one."""
    return parent.findtext(tag, None, NAMESPACES)


def test_a_podcast_says_everything_that_psp_1_knows() -> None:
    whole = document(config(site={"author": AUTHOR}, podcast=SHOW), (episode(),), "rss")
    assert faults(whole, "rss") == psp1_faults(whole) == []
    head = channel(whole)
    assert text(head, "podcast:guid") == SHOW.guid
    assert (text(head, "itunes:type"), text(head, "itunes:complete")) == ("serial", "yes")
    assert (text(head, "itunes:author"), text(head, "itunes:explicit")) == ("The Harbour Voices", "true")
    assert text(head, "itunes:new-feed-url") == "https://harbour.example/new.xml"
    locked = head.find("podcast:locked", NAMESPACES)
    assert locked is not None
    assert (locked.text, locked.get("owner")) == ("yes", "mara@harbour.example")
    assert [e.get("text") for e in head.iter(f"{{{NAMESPACES['itunes']}}}category")] == [
        "News",
        "Tech News",
        "Technology",
    ]
    funding = head.find("podcast:funding", NAMESPACES)
    assert funding is not None
    assert (funding.text, funding.get("url")) == ("Support R&D", "https://harbour.example/support")
    person = head.find("podcast:person", NAMESPACES)
    assert person is not None
    assert (person.get("role"), person.get("img")) == ("host", "https://harbour.example/mara.jpg")


def test_an_episode_says_everything_that_podcast_apps_read() -> None:
    (item,) = channel(document(config(podcast=SHOW), (episode(),), "rss")).iterfind("item")
    found = {
        str(etree.QName(e).localname): (e.text, dict(e.attrib))
        for e in item.iterfind("podcast:*", {"podcast": NAMESPACES["podcast"]})
    }
    assert found["season"] == ("2", {"name": "The sea & us"})
    assert found["episode"] == ("3", {"display": "Ch. 3"})
    assert found["chapters"] == (None, {"url": "https://x.example/a.json", "type": "application/json+chapters"})
    captions = {
        "url": "https://x.example/a.srt",
        "type": "application/x-subrip",
        "language": "de",
        "rel": "captions",
    }
    assert found["transcript"] == (None, captions)
    assert found["person"][1] == {
        "role": "guest",
        "group": "writing",
        "img": "https://bo.example/b.png",
        "href": "https://bo.example/",
    }
    assert [text(item, f"itunes:{tag}") for tag in ("season", "episode", "episodeType", "explicit", "duration")] == [
        "2",
        "3",
        "bonus",
        "false",
        "61",
    ]


def test_apples_episode_numbers_are_whole_and_not_zero() -> None:
    for number in ("0", "3.5"):
        said = msgspec.structs.replace(EPISODE, number=number)
        (item,) = channel(document(config(), (episode(said=said),), "rss")).iterfind("item")
        assert (text(item, "podcast:episode"), text(item, "itunes:episode")) == (number, None)


def test_a_podcast_without_an_identifier_gets_that_of_its_address() -> None:
    # The namespace that the specification names, and the address without scheme: harbour.example/feed.xml
    namespace = uuid.UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6")
    assert str(uuid.uuid5(namespace, "podnews.net/rss")) == "9b024349-ccf0-5f69-a609-6b82873eab3c"  # its example
    made = config(podcast=Podcast(locked=False))
    names = [text(channel(assembled(made, one, "rss")), "podcast:guid") for one in feeds.plan(made, (episode(),))]
    assert names[0] == "3904c408-ac19-52db-9ae9-0742248823e7"
    assert len(set(names)) == len(names) == 2


def test_the_identifier_is_that_of_the_sites_own_feed_alone() -> None:
    made = config(podcast=SHOW)
    main, tag = feeds.plan(made, (episode(),))
    assert text(channel(assembled(made, main, "rss")), "podcast:guid") == SHOW.guid
    of_tag = channel(assembled(made, tag, "rss"))
    assert text(of_tag, "podcast:guid") not in (None, SHOW.guid)
    assert text(of_tag, "itunes:new-feed-url") is None


def test_a_podcast_of_its_own_takes_only_posts_with_sound_or_film() -> None:
    show = extra("The show", podcast=msgspec.structs.replace(SHOW, guid=""))
    made = config(per_tag=False, extra={"show": show})
    chosen = (post(3), episode(2), post(1, enclosure=Enclosure("https://x.example/a.pdf", "application/pdf", 1)))
    main, own = feeds.plan(made, chosen)
    assert [one.url for one in own.posts] == [chosen[1].url]
    whole = assembled(made, own, "rss")
    assert psp1_faults(whole) == []
    assert text(channel(assembled(made, main, "rss")), "podcast:guid") is None


def test_an_owner_who_says_nothing_gets_apples_elements_as_ever() -> None:
    for fmt in FORMATS:
        whole = document(config(), (episode(said=None),), fmt)
        assert b"podcastindex" not in whole
    head = channel(document(config(), (episode(said=None),), "rss"))
    names = [etree.QName(e).localname for e in head.iterfind("itunes:*", {"itunes": NAMESPACES["itunes"]})]
    assert names == ["author", "explicit", "category", "image"]


def test_readers_see_an_episode() -> None:
    chosen = (episode(), post(0, enclosure=SOUND, authors=(Author("Ann"),)))
    read = feedparser.parse(document(config(podcast=SHOW), chosen, "rss"))
    assert read.bozo == 0
    first = read.entries[0]
    assert (first.itunes_season, first.itunes_episode, first.itunes_duration) == ("2", "3", "61")
    assert first.enclosures[0].length == "123"


@pytest.mark.parametrize("fmt", FORMATS)
def test_nothing_that_an_owner_or_a_post_says_of_an_episode_breaks_a_feed(fmt: Format) -> None:
    show = msgspec.structs.replace(
        SHOW, author=NASTY, categories=(NASTY, f"News > {NASTY}"), funding_text=NASTY, txt=NASTY, medium=NASTY,
        people=(PodcastPerson(name=NASTY, role=NASTY, group=NASTY),),
    )  # fmt: skip
    said = msgspec.structs.replace(
        EPISODE, season_name=NASTY, display=NASTY, people=(Credit(NASTY, NASTY, NASTY, "javascript:x", NASTY),)
    )
    file = Enclosure("https://x.example/b.pdf", "application/pdf", 9, 0, NASTY)
    chosen = post(enclosure=SOUND, episode=said, more_enclosures=(file,), comments_url="javascript:x")
    whole = document(config(podcast=show, category_scheme=NASTY), (chosen,), fmt)
    assert faults(whole, fmt) == []
    assert b"javascript" not in whole


BREAKS = [
    (b'<itunes:image href="https://harbour.example/show.jpg"/>', b""),
    (b"<itunes:explicit>true", b"<itunes:explicit>clean"),
    (b"<itunes:type>serial", b"<itunes:type>series"),
    (b"<podcast:locked>yes", b"<podcast:locked>true"),
    (b'length="123"', b'length="0"'),
    (b"<itunes:episode>3</itunes:episode>", b""),
    (b"<itunes:season>2", b"<itunes:season>0"),
    (b'type="text/vtt"', b'type="text/csv"'),
    (b"9b024349-ccf0-5f69", b"9b024349-ccf0-4f69"),
]


@pytest.mark.parametrize(("good", "bad"), BREAKS)
def test_the_rules_of_psp_1_find_what_is_wrong(good: bytes, bad: bytes) -> None:
    whole = document(config(podcast=SHOW), (episode(),), "rss")
    assert psp1_faults(whole) == []
    assert good in whole
    assert psp1_faults(whole.replace(good, bad)) != []


TOML = """
[site]
title = "Harbour"
url = "https://harbour.example/"
logo = "/logo.svg"
[feeds.podcast]
locked = false
"""
TEXT = """---
title: One
date: 2026-11-20
audio: https://x.example/one.mp3
season: 1
episode: 7
---
Hello.
"""


LOCAL = TEXT.replace("https://x.example", "").replace("title: One", "title: Two")


def test_a_podcast_without_a_picture_or_lengths_is_named(make_site: MakeSite, digest: Command) -> None:
    site = make_site({"content/one.md": TEXT, "content/two.md": LOCAL}, TOML)
    ended = digest(site, "build", "--now", "2026-12-01T00:00:00Z")
    assert ended.code == 0
    assert "digest.toml:6:1: warning: podcast-image: feeds.podcast: there is no picture" in ended.err
    assert "content/one.md:4:1: warning: enclosure-length: the length of an enclosure is not known" in ended.err
    assert "content/two.md:4:1: warning: enclosure-length: " in ended.err
    assert "there is no file static/one.mp3" in ended.err
    (site / "static").mkdir()
    (site / "static/one.mp3").write_bytes(bytes(77))
    ended = digest(site, "build", "--now", "2026-12-01T00:00:00Z")
    assert "static/one.mp3" not in ended.err
    assert b'length="77"' in (site / "public/feed.xml").read_bytes()
    assert b"<podcast:locked>no</podcast:locked>" in (site / "public/feed.xml").read_bytes()
