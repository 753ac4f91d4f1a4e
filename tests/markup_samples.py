"""A post, a configuration and a rendering for the tests of markup."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from digest import markdown
from digest.collector import Post
from digest.config import Config, Feeds, Limits, Posts, Site, Theme
from digest.markdown import Rendered, Settings

SITE = "https://x.org/blog/"
URL = "https://x.org/blog/2026/hello/"


def config(url: str = SITE, permalink: str = "/{year}/{month}/{day}/{slug}/", **limits: Any) -> Config:
    site = Site(url=url, content="content", permalink=permalink, title="A *site*")
    return Config(Path(), None, site, Posts(limits=Limits(**limits)), Feeds(), {}, Theme())


def post(**fields: Any) -> Post:
    given: dict[str, Any] = {
        "path": "content/hello.md",
        "id": URL,
        "url": URL,
        "slug": "hello",
        "title": "Hello",
        "date": datetime(2026, 11, 18, tzinfo=UTC),
        "body_start": 0,
        "body_line": 5,
    }
    return Post(**given | fields)


def render(source: str, settings: Config | None = None, **fields: Any) -> Rendered:
    return markdown.render(post(**fields), source, settings or config())


def html(source: str, **fields: Any) -> str:
    return render(source, **fields).html.strip()


def clean_html(html: str, prefix: str = "", link_characters: int = 2_000) -> str:
    return markdown.sanitize(markdown.scrub(html), Settings(URL, prefix, link_characters)).html
