"""The pages for people: a list of all feeds, and a style sheet for feeds opened in a browser."""

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from msgspec import Struct

from digest import localisation
from digest.config.schema import Config, Format
from digest.feeds import opml
from digest.feeds.plan import GENERATOR, MEDIA_TYPES, STYLESHEET, Feed, grouped, subscribable
from digest.feeds.values import address, first_line, language, uri
from digest.templates import environment

INDEX = "feeds/index.html"
OPML = "feeds/feeds.opml"
PAGES = (INDEX, OPML, STYLESHEET)

_LOCALES = Path(__file__).parent / "locales"
_LABELS: dict[Format, str] = {"rss": "RSS", "atom": "Atom", "json": "JSON"}


class Link(Struct, frozen=True):
    """One format of a feed as the page shows it."""

    label: str
    url: str
    type: str


class Row(Struct, frozen=True):
    """One feed as the page shows it."""

    title: str
    name: str  # what the page calls it: a language by its own name, any other feed by its title
    description: str
    language: str
    links: tuple[Link, ...]


def pages(feeds: Iterable[Feed], config: Config) -> dict[str, bytes]:
    """Return the files of `PAGES`, by their path below the output folder."""
    listed = [feed for feed in feeds if not feed.is_archive and subscribable(feed)]
    words = _words(language(config.site.language))
    return {INDEX: _index(listed, config), OPML: opml.document(listed, config, words), STYLESHEET: _stylesheet(config)}


def _index(feeds: Sequence[Feed], config: Config) -> bytes:
    """Return the page that lists `feeds`, in the site's language, with the `<link>`s for a site's own pages."""
    page_language = language(config.site.language) or "en"
    groups = {heading: [_row(feed, config) for feed in found] for heading, found in grouped(feeds).items()}
    main = _row(feeds[0], config) if feeds else None
    page = environment(config.own_templates).get_template("feeds.html.jinja")
    html = page.render(
        site=config.site,
        theme=config.theme,
        title=first_line(config.site.title, uri(config.site.url)),
        home=address(config, ""),
        language=page_language,
        direction=localisation.direction(page_language),
        words=_words(page_language),
        main=main,
        snippet="\n".join(_discovery_links(main)) if main else "",
        groups=list(groups.items()),
        opml=address(config, OPML),
        here=address(config, INDEX),
    )
    return html.encode()


def _stylesheet(config: Config) -> bytes:
    """Return the style sheet that makes a feed readable in a browser."""
    template = environment(config.own_templates).get_template("feed.css")
    banner = _words(language(config.site.language))["what"]
    return template.render(theme=config.theme, generator=GENERATOR, banner=banner).encode()


def _words(page_language: str) -> dict[str, str]:
    """Return the translated phrases of the page and the style sheet."""
    return localisation.phrases(_LOCALES, page_language)


def _row(feed: Feed, config: Config) -> Row:
    links = [
        Link(label=_LABELS[format_], url=address(config, path), type=MEDIA_TYPES[format_])
        for format_, path in subscribable(feed)
    ]
    name = localisation.language_name(feed.language) if feed.group == "languages" else feed.title
    return Row(
        title=feed.title,
        name=name,
        description=feed.description,
        language=feed.language,
        links=tuple(links),
    )


def _discovery_links(row: Row) -> list[str]:
    """Return the `<link>` elements for feed discovery: https://html.spec.whatwg.org/#rel-alternate"""
    title = escape(row.title)
    return [
        f'<link rel="alternate" type="{escape(link.type)}" title="{title}" href="{escape(link.url)}">'
        for link in row.links
    ]
