"""The list of a site's feeds as OPML 2.0 (http://opml.org/spec2.opml), for import into a reader."""

from collections.abc import Mapping, Sequence
from html import escape

from digest.config.schema import Config
from digest.feeds.entry import site_author
from digest.feeds.plan import Feed, grouped, subscribable
from digest.feeds.values import EPOCH, address, first_line, rfc822, uri

_PREFERRED = ("rss", "atom", "json")


def document(feeds: Sequence[Feed], config: Config, words: Mapping[str, str]) -> bytes:
    """Return the list of `feeds`, each in one format only: a reader that imports it should not subscribe twice.

    Tags, languages and so on are an outline each, which readers take for a folder; `words` has their headings.
    """
    title = first_line(config.site.title, uri(config.site.url))
    updated = max((feed.updated for feed in feeds), default=EPOCH)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<opml version="2.0">',
        "  <head>",
        f"    <title>{_text(title)}</title>",
        f"    <dateModified>{rfc822(updated)}</dateModified>",
        f"    <ownerName>{_text(site_author(config).name)}</ownerName>",
        "  </head>",
        "  <body>",
    ]
    for group, found in grouped(feeds).items():
        if group == "all":
            lines += (f"    {_outline(feed, config)}" for feed in found)
            continue
        lines.append(f'    <outline text="{escape(words[group])}" title="{escape(words[group])}">')
        lines += (f"      {_outline(feed, config)}" for feed in found)
        lines.append("    </outline>")
    lines += ["  </body>", "</opml>", ""]
    return "\n".join(lines).encode()


def _outline(feed: Feed, config: Config) -> str:
    _, path = min(subscribable(feed), key=lambda found: _PREFERRED.index(found[0]))
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
