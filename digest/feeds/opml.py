"""The list of a site's feeds as OPML 2.0 (http://opml.org/spec2.opml), for import into a reader."""

from collections.abc import Sequence
from html import escape

from digest.config.schema import Config
from digest.feeds.entry import site_author
from digest.feeds.plan import Feed
from digest.feeds.values import EPOCH, address, first_line, rfc822, uri


def document(feeds: Sequence[Feed], config: Config) -> bytes:
    """Return the list of `feeds`, each in one format only: a reader that imports it should not subscribe twice."""
    title = first_line(config.site.title, uri(config.site.url))
    updated = max((feed.updated for feed in feeds), default=EPOCH)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<opml version="2.0">',
        "  <head>",
        f"    <title>{_text(title)}</title>",
        f"    <dateModified>{rfc822(updated)}</dateModified>",
        f"    <ownerName>{_text(site_author(config).name)}</ownerName>",
        "    <docs>http://opml.org/spec2.opml</docs>",
        "  </head>",
        "  <body>",
    ]
    lines += (f"    {_outline(feed, config)}" for feed in feeds)
    lines += ["  </body>", "</opml>", ""]
    return "\n".join(lines).encode()


def _outline(feed: Feed, config: Config) -> str:
    paths = feed.paths
    path = paths.get("rss") or paths.get("atom") or paths["json"]
    values = {
        "type": "rss",  # for a feed in any format
        "text": feed.title,
        "title": feed.title,
        "description": feed.description,
        "xmlUrl": address(config, path),
        "htmlUrl": address(config, feed.home),
        "language": feed.language,
    }
    attributes = [f'{name}="{escape(value)}"' for name, value in values.items() if value]
    return f"<outline {' '.join(attributes)}/>"


def _text(text: str) -> str:
    return escape(text, quote=False)
