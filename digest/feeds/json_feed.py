"""JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/)."""

from collections.abc import Iterable
from typing import Any

import msgspec

from digest.collector.post import Author, Enclosure
from digest.config.schema import Config
from digest.feeds.entry import Entry, site_author
from digest.feeds.plan import Feed, links
from digest.feeds.values import address, rfc3339, site_file


def fragment(entry: Entry) -> bytes:
    """Return an entry as an object of a feed's `items`."""
    html = entry.html or entry.lead
    text = entry.summary or entry.title
    item = {
        "id": entry.id,
        "url": entry.url,
        "external_url": entry.source_url,
        "title": entry.title,
        "content_html": html,
        "content_text": "" if html else text,
        "summary": entry.summary,
        "image": entry.image and entry.image.url,
        "date_published": rfc3339(entry.published),
        "date_modified": entry.updated and rfc3339(entry.updated),
        "authors": [_author(author) for author in entry.authors],
        "tags": entry.tags,
        "language": entry.language,
        "attachments": [_attachment(file) for file in entry.enclosures],
    }
    return msgspec.json.encode(_without_empty(item))


def document(feed: Feed, items: Iterable[bytes], config: Config) -> bytes:
    """Return a whole feed; `items` are as `fragment` returns them."""
    linked = links(feed, "json", config)
    hub = linked.get("hub")
    head = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": address(config, feed.home),
        "feed_url": address(config, feed.paths["json"]),
        "description": feed.description,
        "next_url": linked.get("prev-archive"),
        "icon": site_file(config, config.site.logo),
        "favicon": site_file(config, config.site.icon),
        "authors": [_author(site_author(config))],
        "language": feed.language,
        "hubs": hub and [{"type": "WebSub", "url": hub}],
    }
    entries = [msgspec.Raw(item) for item in items]
    return msgspec.json.encode({**_without_empty(head), "items": entries}) + b"\n"


def _author(author: Author) -> dict[str, Any]:
    return _without_empty({"name": author.name, "url": author.url})


def _attachment(file: Enclosure) -> dict[str, Any]:
    attachment = {
        "url": file.url,
        "mime_type": file.type or "application/octet-stream",
        "title": file.title,
        "size_in_bytes": file.length,
        "duration_in_seconds": file.duration,
    }
    return _without_empty(attachment)


def _without_empty(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields without empty values."""
    return {name: value for name, value in fields.items() if value}
