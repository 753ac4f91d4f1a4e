"""Posts, sites and whole feeds made by hand, for the tests of feeds."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import msgspec

from digest import feeds
from digest.collector import Author, Enclosure, Image, Post
from digest.config import Config, Digest, ExtraFeed, Feeds, Format, Person, Posts, Site, Theme
from digest.feeds import Entry, Feed
from digest.markdown import Rendered

SHANGHAI = timezone(timedelta(hours=8))
FORMATS: tuple[Format, ...] = ("rss", "atom", "json")
NASTY = "\x00\x1b\x85\ufffe\ud800]]></title><b>&amp; ‮مرحبا 👩‍👩‍👧‍👦"


def config(root: Path = Path("/nowhere"), *, site: dict[str, Any] | None = None, **keys: Any) -> Config:
    """Return a site's configuration; `keys` are those of `[feeds]`."""
    base = Site(
        title="The Harbour Post",
        url="https://harbour.example/",
        description="Notes from a small newsroom by the sea",
        author=Person(name="Mara Quay", url="https://harbour.example/mara"),
        language="en",
        copyright="© 2026 The Harbour Post",
        icon="/icon.png",
        logo="/logo.png",
    )
    changed = msgspec.structs.replace(base, **(site or {}))
    digests = {"weekly": Digest(title="This week")}
    return Config(
        root=root, file=None, site=changed, posts=Posts(), feeds=Feeds(**keys), digests=digests, theme=Theme()
    )


def post(number: int = 1, **keys: Any) -> Post:
    """Return a plain post, dated `number` days into 2026."""
    url = f"https://harbour.example/posts/{number}/"
    plain: dict[str, Any] = {
        "path": f"content/{number}.md",
        "id": url,
        "url": url,
        "slug": str(number),
        "title": f"Post {number}",
        "date": datetime(2026, 1, 1, 9, 30, tzinfo=SHANGHAI) + timedelta(days=number),
        "body_start": 0,
        "body_line": 1,
        "tags": ("News",),
    }
    return Post(**(plain | keys))


def posts(count: int, **keys: Any) -> tuple[Post, ...]:
    """Return `count` plain posts, newest first."""
    return tuple(post(number, **keys) for number in range(count, 0, -1))


def rendered(
    html: str = "<p>Hello &amp; <b>goodbye</b>.</p>", summary: str = "Hello & goodbye.", **keys: Any
) -> Rendered:
    """Return what a body became."""
    return Rendered(html=html, summary=summary, **keys)


def rich_post(root: Path | None = None) -> Post:
    """Return a post that has everything a post can have; its picture is written below `root`."""
    if root:
        (root / "static").mkdir(parents=True, exist_ok=True)
        (root / "static/tide.jpg").write_bytes(b"\xff\xd8" + bytes(498))
    return post(
        7,
        id="550e8400-e29b-41d4-a716-446655440000",
        title="Tides & <code>: a table",
        updated=datetime(2026, 2, 1, 12, 0, tzinfo=UTC),
        tags=("News", "数据 & 科学"),
        language="de",
        authors=(Author("Mara Quay", "mara@example.org", "https://harbour.example/mara"), Author("潮 汐")),
        summary="How tides < tables & data",
        image=Image("https://harbour.example/tide.jpg", "The tide at < noon", file="static/tide.jpg"),
        enclosure=Enclosure("https://harbour.example/tide.mp3", "audio/mpeg", 123456, 754),
        source_url="https://elsewhere.example/tides",
        source_title="Elsewhere & Co",
    )


def entry(one: Post, made: Config, body: Rendered | None = None) -> Entry:
    """Return the entry of a post in full."""
    return feeds.make_entry(one, body or rendered(), "full", made)


def document(
    config: Config, chosen: tuple[Post, ...], fmt: Format, bodies: dict[str, Rendered] | None = None, number: int = 0
) -> bytes:
    """Return one of the feeds of `chosen` as a whole document."""
    feed = feeds.plan(config, chosen)[number]
    return assembled(config, feed, fmt, bodies)


def assembled(config: Config, feed: Feed, fmt: Format, bodies: dict[str, Rendered] | None = None) -> bytes:
    """Return `feed` as a whole document."""
    found = bodies or {}
    entries = []
    for one in feed.posts:
        body = found.get(one.id) or rendered()
        if one.summary:
            body = msgspec.structs.replace(body, summary=one.summary)
        entries.append(feeds.make_entry(one, body, feed.text, config))
    fragments = [feeds.fragment(one, fmt, config) for one in entries]
    return b"".join(feeds.assemble(feed, fmt, fragments, config))


def extra(title: str = "The best", **keys: Any) -> ExtraFeed:
    """Return a feed with its own selection."""
    return ExtraFeed(title=title, **keys)
