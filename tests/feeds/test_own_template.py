"""A file of a feed that a template of the owner's own writes."""

from collections.abc import Callable
from pathlib import Path

import feedparser
import pytest
from lxml import etree

from tests.commands import NOW, POSTS, Command, Ended
from tests.conftest import MakeSite

Build = Callable[..., tuple[Path, Ended]]
TOML = """
[site]
title = "Notes & more"
url = "https://notes.example/"
[feeds]
per_tag = false
hub = "https://hub.example/"
[feeds.extra.news]
title = "News < all"
template = "{name}"
{type}
"""
RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0"><channel><title>{{ feed.title }}</title><link>{{ home }}</link>
<description>{{ feed.description }}</description>
{% for entry in entries %}
<item><title>{{ entry.title }}</title><link>{{ entry.url }}</link><guid>{{ entry.id }}</guid>
<pubDate>{{ rfc822(entry.published) }}</pubDate><description>{{ entry.html }}</description></item>
{% endfor %}
</channel></rss>
"""
BODY = "---\ntitle: 'R&D <b> \"x\"'\ndate: 2026-11-22\n---\n\nA & *b*.\n"


@pytest.fixture
def build(make_site: MakeSite, digest: Command) -> Build:
    """Return a function that builds a site with a template, and returns its folder and how the build ended."""

    def run(template: str, name: str = "news.xml.jinja", type_: str = "rss") -> tuple[Path, Ended]:
        toml = TOML.format(name=name, type=f'template_type = "{type_}"' if type_ else "")
        files = {**POSTS, "content/amp.md": BODY, f"templates/{name}": template}
        site = make_site(files, toml)
        return site, digest(site, "build", "--now", NOW)

    return run


def test_it_is_written_escaped_and_listed_as_what_it_is(build: Build) -> None:
    site, ended = build(RSS)
    assert ended.code == 0, ended.err
    read = feedparser.parse((site / "public/feeds/news/news.xml").read_bytes())
    assert (read.bozo, read.feed.title, len(read.entries)) == (0, "News < all", 4)
    assert read.entries[0].title == 'R&D <b> "x"'
    assert read.entries[0].summary == "<p>A &amp; <em>b</em>.</p>"
    page = (site / "public/feeds/index.html").read_text()
    assert 'href="https://notes.example/feeds/news/news.xml" type="application/rss+xml"' in page
    opml = etree.parse(site / "public/feeds/feeds.opml")
    assert "https://notes.example/feeds/news/news.xml" in [e.get("xmlUrl") for e in opml.iter("outline")]
    assert not (site / "public/feeds/news/feed.xml").exists()


def test_one_of_unknown_type_is_written_and_not_listed(build: Build) -> None:
    site, ended = build("{% for entry in entries %}{{ entry.url }}\n{% endfor %}", "news.txt.jinja", "")
    assert ended.code == 0, ended.err
    assert (site / "public/feeds/news/news.txt").read_text().count("https://notes.example/") == 4
    assert "feeds/news/" not in (site / "public/feeds/index.html").read_text()
    assert "feeds/news/" not in (site / "public/feeds/feeds.opml").read_text()


def test_a_file_that_ends_in_its_type_is_listed(build: Build) -> None:
    site, ended = build(RSS, "news.rss.jinja", "")
    assert ended.code == 0, ended.err
    assert "feeds/news/news.rss" in (site / "public/feeds/index.html").read_text()
    _, ended = build("<feed/>", "news.atom.jinja", "")
    assert (ended.code, "template-output" in ended.err) == (78, True)


@pytest.mark.parametrize(
    ("template", "type_", "problem"),
    [
        ("<rss><channel>{{ feed.title|safe }}</channel></rss>", "rss", "templates/news.xml.jinja: template-output"),
        ("<rss>{{ entries[0].html|safe }}</rss", "", "templates/news.xml.jinja: template-output"),
        ("<feed/>", "rss", "its root is feed"),
        ("<feed/>", "atom", "its root is feed"),
        ("<rss>\n{{ feed.titel }}</rss>", "rss", "templates/news.xml.jinja:2:1: template-value"),
        ("<rss>\n\n{% for %}</rss>", "rss", "templates/news.xml.jinja:3:1: template-syntax"),
        ("<rss>{{ ''.__class__.__mro__ }}</rss>", "rss", "template-value"),
        ("[]", "json", "no JSON Feed"),
        ("{", "json", "no JSON"),
    ],
)
def test_a_wrong_one_is_named_and_nothing_is_written(
    template: str, type_: str, problem: str, build: Build, digest: Command
) -> None:
    site, ended = build(template, type_=type_)
    assert ended.code == 78
    assert problem in ended.err
    assert not (site / "public").exists()
    assert problem in digest(site, "check", "--now", NOW).err


def test_a_missing_one_is_named(build: Build, digest: Command) -> None:
    site, _ = build(RSS)
    Path(site / "templates/news.xml.jinja").unlink()
    ended = digest(site, "build", "--now", NOW)
    assert ended.code == 78
    assert "template-missing" in ended.err


def test_a_json_feed_of_ones_own(build: Build) -> None:
    template = (
        '{"version": "https://jsonfeed.org/version/1.1", "title": {{ feed.title|tojson }}, "items": ['
        '{% for e in entries %}{"id": {{ e.id|tojson }}}{{ "," if not loop.last }}{% endfor %}]}'
    )
    site, ended = build(template, "news.json.jinja", "json")
    assert ended.code == 0, ended.err
    assert "news/news.json" in (site / "public/feeds/index.html").read_text()


def test_a_changed_template_writes_the_file_again(build: Build, digest: Command) -> None:
    site, _ = build(RSS)
    (site / "templates/news.xml.jinja").write_text(RSS.replace("<channel>", "<channel><ttl>9</ttl>"))
    ended = digest(site, "build", "--now", NOW)
    assert "public/feeds/news/news.xml" in ended.out.split()
    assert "public/feed.xml" not in ended.out.split()
