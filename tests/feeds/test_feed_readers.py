"""Feeds as readers read them: three parsers in Python and newsboat, a real reader, against a server on this machine."""

import calendar
import functools
import html
import http.server
import json
import shutil
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import atoma
import fastfeedparser
import feedparser
import msgspec
import pytest

from digest.collector import Author, Enclosure, Episode, Post
from digest.config import Format, Podcast, PodcastPerson
from tests.feed_samples import FORMATS, config, document, post, rendered, rich_post

BODIES = {post(3).id: rendered(html='<p>A <a href="https://x.example/?a=1&amp;b=2">link</a> &lt;tag&gt; 潮</p>')}
CHOSEN: tuple[Post, ...] = (
    rich_post(),
    post(3, title="R&D: <b>bold</b> ]]> &amp;", tags=("R&D", "News"), authors=(Author("Ann"), Author("Bo"))),
    post(2, title="潮汐表 👩‍👩‍👧‍👦", id="own id", tags=()),
    post(1, title="مرحبا", url="https://bücher.example/über/", id="https://bücher.example/über/"),
)
TITLES = [one.title for one in CHOSEN]
LINKS = [
    "https://harbour.example/posts/7/",
    "https://harbour.example/posts/3/",
    "https://harbour.example/posts/2/",
    "https://xn--bcher-kva.example/%C3%BCber/",
]


def feed(fmt: Format) -> bytes:
    """Return the feed that every reader gets."""
    return document(config(per_tag=False), CHOSEN, fmt, BODIES)


@pytest.mark.parametrize("fmt", FORMATS[:2])
def test_feedparser(fmt: Format) -> None:
    read = feedparser.parse(feed(fmt))
    assert read.bozo == 0
    assert read.feed.title == "The Harbour Post"
    assert [e.link for e in read.entries] == LINKS
    # feedparser takes an RSS title with something like a tag in it for HTML
    shown = [html.unescape(e.title) if e.title_detail.type == "text/html" else e.title for e in read.entries]
    assert shown == [TITLES[0], html.unescape(TITLES[1]) if fmt == "rss" else TITLES[1], *TITLES[2:]]
    assert [moment(e.published_parsed) for e in read.entries] == [one.date for one in CHOSEN]
    assert moment(read.entries[0].updated_parsed) == CHOSEN[0].updated
    assert [tuple(tag.term for tag in e.get("tags", ())) for e in read.entries] == [one.tags for one in CHOSEN]
    assert [a.name for a in read.entries[1].authors] == ["Ann", "Bo"]
    assert read.entries[1].content[0].value == BODIES[CHOSEN[1].id].html
    assert [e.id for e in read.entries][2:] == [
        "own id" if fmt == "rss" else "https://harbour.example/#own%20id",
        LINKS[3],
    ]


def moment(parsed: time.struct_time) -> datetime:
    """Return what feedparser calls a date."""
    return datetime.fromtimestamp(calendar.timegm(parsed), UTC)


@pytest.mark.parametrize("fmt", FORMATS[:2])
def test_fastfeedparser(fmt: Format) -> None:
    read = fastfeedparser.parse(feed(fmt))
    assert [e.title for e in read.entries] == TITLES
    assert [e.link for e in read.entries] == LINKS
    assert [datetime.fromisoformat(e.published) for e in read.entries] == [one.date for one in CHOSEN]
    assert [e.content[0]["value"] for e in read.entries][1] == BODIES[CHOSEN[1].id].html


def test_atoma_reads_rss() -> None:
    read = atoma.parse_rss_bytes(feed("rss"))
    assert (read.title, read.link) == ("The Harbour Post", "https://harbour.example/")
    assert [item.title for item in read.items] == TITLES
    assert [item.link for item in read.items] == LINKS
    assert [item.pub_date for item in read.items] == [one.date for one in CHOSEN]
    assert [item.guid for item in read.items] == [CHOSEN[0].id, CHOSEN[1].id, "own id", LINKS[3]]
    assert [tuple(item.categories) for item in read.items] == [one.tags for one in CHOSEN]
    assert read.items[1].content_encoded == BODIES[CHOSEN[1].id].html
    assert [(e.url, e.length, e.type) for e in read.items[0].enclosures] == [
        ("https://harbour.example/tide.mp3", 123456, "audio/mpeg")
    ]


def test_atoma_reads_atom() -> None:
    read = atoma.parse_atom_bytes(feed("atom"))
    assert [entry.title.value for entry in read.entries] == TITLES
    assert [entry.published for entry in read.entries] == [one.date for one in CHOSEN]
    assert [entry.links[0].href for entry in read.entries] == LINKS
    assert [author.name for author in read.entries[1].authors] == ["Ann", "Bo"]
    assert read.entries[1].content.value == BODIES[CHOSEN[1].id].html


def test_atoma_reads_json() -> None:
    read = atoma.parse_json_feed_bytes(feed("json").replace(b"/version/1.1", b"/version/1"))
    assert [item.title for item in read.items] == TITLES
    assert [item.url for item in read.items] == LINKS
    assert [item.date_published for item in read.items] == [one.date for one in CHOSEN]
    assert [tuple(item.tags) for item in read.items] == [one.tags for one in CHOSEN]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """Serve the feeds from this machine and return the address."""
    for fmt, name in zip(FORMATS, ("feed.xml", "atom.xml", "feed.json"), strict=True):
        (tmp_path / name).write_bytes(feed(fmt))
    handler = functools.partial(QuietHandler, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as served:
        thread = threading.Thread(target=served.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{served.server_address[1]}"
        served.shutdown()
        thread.join()


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """A server of files that does not write to the terminal."""

    def log_message(self, *args: object) -> None:
        """Say nothing."""


def newsboat(address: str, folder: Path) -> Path:
    """Let newsboat read a feed, and return its database."""
    (folder / "urls").write_text(f"{address}\n")
    (folder / "config").write_text("ignore-mode download\n")
    cache = folder / "cache.db"
    files = ["-u", str(folder / "urls"), "-C", str(folder / "config"), "-c", str(cache)]
    environment = {"HOME": str(folder), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        ["newsboat", *files, "-x", "reload"], env=environment, capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return cache


@pytest.mark.skipif(shutil.which("newsboat") is None, reason="newsboat is not installed")
def test_newsboat_plays_the_first_of_several_files(server: str, tmp_path: Path) -> None:
    video = Enclosure("https://x.example/b.mp4", "video/mp4", 9)
    show = Podcast(type="serial", people=(PodcastPerson(name="Ann"),))
    chosen = (msgspec.structs.replace(CHOSEN[0], more_enclosures=(video,), episode=Episode(season=1, number="2")),)
    (tmp_path / "podcast.xml").write_bytes(document(config(podcast=show), chosen, "rss"))
    connection = sqlite3.connect(newsboat(f"{server}/podcast.xml", tmp_path))
    try:
        rows = connection.execute("SELECT title, enclosure_url, enclosure_type FROM rss_item").fetchall()
    finally:
        connection.close()
    assert rows == [(CHOSEN[0].title, "https://harbour.example/tide.mp3", "audio/mpeg")]


@pytest.mark.skipif(shutil.which("newsboat") is None, reason="newsboat is not installed")
@pytest.mark.parametrize("name", ["feed.xml", "atom.xml"])
def test_newsboat(name: str, server: str, tmp_path: Path) -> None:
    cache = newsboat(f"{server}/{name}", tmp_path)
    connection = sqlite3.connect(cache)
    try:
        order = "ORDER BY pubDate DESC"
        rows = connection.execute(f"SELECT title, url, pubDate, author, content FROM rss_item {order}").fetchall()
        (title, address) = connection.execute("SELECT title, url FROM rss_feed").fetchone()
    finally:
        connection.close()
    assert (title, address) == ("The Harbour Post", "https://harbour.example/")
    assert [row[0] for row in rows] == TITLES
    assert [row[1] for row in rows] == LINKS
    assert [row[2] for row in rows] == [int(one.date.timestamp()) for one in CHOSEN]
    assert rows[1][4] == BODIES[CHOSEN[1].id].html
    assert rows[1][3] in ("Bo", "Ann, Bo")  # of several dc:creators it shows the last


@pytest.mark.skipif(shutil.which("sfeed") is None, reason="sfeed is not installed")
@pytest.mark.parametrize("fmt", FORMATS[:2])
def test_sfeed(fmt: Format) -> None:
    done = subprocess.run(
        ["sfeed", "https://harbour.example/"], input=feed(fmt), capture_output=True, timeout=60, check=True
    )
    rows = [line.split("\t") for line in done.stdout.decode().splitlines()]
    assert [row[1] for row in rows] == TITLES
    assert [row[2] for row in rows] == LINKS
    assert [int(row[0]) for row in rows] == [int(one.date.timestamp()) for one in CHOSEN]


def test_what_every_json_client_takes_is_there() -> None:
    read = json.loads(feed("json"))
    assert [item["title"] for item in read["items"]] == TITLES
    assert [item["url"] for item in read["items"]] == LINKS
    assert [item["id"] for item in read["items"]] == [CHOSEN[0].id, CHOSEN[1].id, "own id", LINKS[3]]
