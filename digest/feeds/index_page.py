"""What stands beside the feeds for people: a page that lists them, an OPML file, and their style sheet."""

from collections.abc import Iterable, Sequence
from html import escape

from msgspec import Struct

from digest.config.schema import Config, Format
from digest.feeds.entry import site_author
from digest.feeds.plan import GENERATOR, MEDIA_TYPES, STYLESHEET, Feed, address
from digest.feeds.values import EPOCH, language, line, rfc822, uri
from digest.feeds.words import words
from digest.localisation import direction
from digest.templates import environment

INDEX = "feeds/index.html"
OPML = "feeds/feeds.opml"
PATHS = (INDEX, OPML, STYLESHEET)

_LABELS: dict[Format, str] = {"rss": "RSS", "atom": "Atom", "json": "JSON"}


class Link(Struct, frozen=True):
    """One format of a feed as the page shows it."""

    label: str
    url: str
    type: str


class Row(Struct, frozen=True):
    """One feed as the page shows it."""

    title: str
    description: str
    language: str
    links: tuple[Link, ...]


def pages(feeds: Iterable[Feed], config: Config) -> dict[str, bytes]:
    """Return the files that go with the feeds, by their path below the output folder."""
    listed = tuple(feed for feed in feeds if not feed.archive)
    return {INDEX: index(listed, config), OPML: opml(listed, config), STYLESHEET: stylesheet(config)}


def index(feeds: Sequence[Feed], config: Config) -> bytes:
    """Return the page that lists `feeds`, in the site's language, with the `<link>`s for a site's own pages."""
    tongue = language(config.site.language) or "en"
    rows = [_row(feed, config) for feed in feeds]
    page = environment(config).get_template("feeds.html.jinja")
    html = page.render(
        site=config.site,
        theme=config.theme,
        title=line(config.site.title) or uri(config.site.url),
        home=address(config, ""),
        language=tongue,
        direction=direction(tongue),
        words=words(tongue),
        main=rows[0] if rows else None,
        snippet="\n".join(_discovery(rows[0])) if rows else "",
        groups=[(heading, group) for heading, group in _groups(feeds, rows) if group],
        opml=address(config, OPML),
        here=address(config, INDEX),
    )
    return html.encode()


def opml(feeds: Sequence[Feed], config: Config) -> bytes:
    """Return the list of feeds as OPML 2.0, each once: a reader that imports it should not subscribe twice."""
    site, owner = config.site, site_author(config)
    head = [f"    <title>{escape(line(site.title) or uri(site.url), quote=False)}</title>"]
    updated = max((feed.updated for feed in feeds), default=EPOCH)
    head.append(f"    <dateModified>{rfc822(updated)}</dateModified>")
    head.append(f"    <ownerName>{escape(owner.name, quote=False)}</ownerName>")
    head.append("    <docs>http://opml.org/spec2.opml</docs>")
    body = [f"    {_outline(feed, config)}" for feed in feeds]
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<opml version="2.0">', "  <head>", *head, "  </head>"]
    return "\n".join([*lines, "  <body>", *body, "  </body>", "</opml>", ""]).encode()


def stylesheet(config: Config) -> bytes:
    """Return the style sheet that makes a browser show a feed as something to read."""
    page = environment(config).get_template("feed.css")
    banner = words(language(config.site.language) or "en").what
    return page.render(theme=config.theme, generator=GENERATOR, banner=banner).encode()


def _outline(feed: Feed, config: Config) -> str:
    paths = feed.paths
    path = paths.get("rss") or paths.get("atom") or paths["json"]
    attributes = {
        "type": "rss",
        "text": feed.title,
        "title": feed.title,
        "description": feed.description,
        "xmlUrl": address(config, path),
        "htmlUrl": address(config, feed.home),
        "language": feed.language,
    }
    return "<outline " + " ".join(f"{name}={_quoted(value)}" for name, value in attributes.items() if value) + "/>"


def _row(feed: Feed, config: Config) -> Row:
    links = tuple(Link(_LABELS[fmt], address(config, path), MEDIA_TYPES[fmt]) for fmt, path in feed.paths.items())
    return Row(feed.title, feed.description, feed.language, links)


def _discovery(row: Row) -> list[str]:
    """Return the lines by which a page names its feeds: https://html.spec.whatwg.org/#rel-alternate"""
    return [
        f'<link rel="alternate" type={_quoted(link.type)} title={_quoted(row.title)} href={_quoted(link.url)}>'
        for link in row.links
    ]


def _groups(feeds: Sequence[Feed], rows: Sequence[Row]) -> list[tuple[str, list[Row]]]:
    """Return the rows by what they select; the headings are names of `FeedWords`."""
    kinds = {"all": "", "languages": "languages/", "topics": "feeds/", "tags": "tags/", "digests": "editions/"}
    groups: dict[str, list[Row]] = {kind: [] for kind in kinds}
    for feed, row in zip(feeds, rows, strict=True):
        kind = next((kind for kind, folder in kinds.items() if folder and feed.folder.startswith(folder)), "all")
        groups[kind].append(row)
    return list(groups.items())


def _quoted(value: str) -> str:
    """`value` as an attribute's, with its quotes, for XML and HTML."""
    return f'"{escape(value)}"'
