"""A post's card: its place in an e-mail, as HTML with inlined CSS and as plain text.

A card is a pure function of one post and of how it is shown, so it is made once and stands in every edition that has the
post: an edition is spliced from cards, byte for byte what inlining it whole would give.
"""

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from markupsafe import Markup
from msgspec import Struct

from digest import inlining, localisation, texts
from digest.config import Config, Site, Text, Theme
from digest.markup import Rendered
from digest.posts import Post
from digest.problems import Problem

if TYPE_CHECKING:
    from jinja2.sandbox import SandboxedEnvironment

THUMBNAIL = 104  # pixels
PADDING = 32  # pixels beside the text column, as email.css has it
WORDS_PER_MINUTE = 230


class Style(Struct, frozen=True):
    """How a card is shown; all of what it depends on besides the post, the templates, the site and the theme."""

    layout: str  # featured, compact or title
    text: Text
    words: int
    language: str
    campaign: str = ""  # for UTM parameters; empty leaves them out


class Card(Struct, frozen=True):
    """A post in an e-mail. `html` and `contents` are inlined; `size` is bytes of both."""

    html: str
    contents: str
    text: str
    size: int
    problems: tuple[Problem, ...] = ()


class Picture(Struct, frozen=True):
    """A picture as it stands in an e-mail; `width` and `height` are pixels, height 0 when not known."""

    url: str
    alt: str
    width: int
    height: int


class Press(Struct, frozen=True, eq=False):
    """What makes pages and cards of one site look as they do; holds what has been made."""

    environment: Any
    site: Site
    theme: Theme
    root: Path
    sheet: inlining.Sheet
    cards: dict[Any, Card]
    pieces: dict[Any, str]
    skeletons: dict[Any, Any]


def anchor(post: Post) -> str:
    """Return the id of a post's card, the same in every edition."""
    return "p" + hashlib.sha256(post.id.encode("utf-8", "surrogatepass")).hexdigest()[:10]


def own_link(url: str, site: Site, campaign: str) -> str:
    """Return `url`, with UTM parameters when it is the site's own and a campaign is counted."""
    if not campaign:
        return url
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or parts.netloc != urlsplit(site.url).netloc or "utm_" in parts.query:
        return url
    added = urlencode({"utm_source": "newsletter", "utm_medium": "email", "utm_campaign": campaign})
    return urlunsplit(parts._replace(query=f"{parts.query}&{added}" if parts.query else added))


def make(post: Post, rendered: Rendered, style: Style, ancestors: tuple[tuple[str, ...], ...], press: Press) -> Card:
    """Return the card of a post, inlined as if inside `ancestors` (of cards, and of lines of contents)."""
    key = (post, rendered, style, ancestors)
    if (card := press.cards.get(key)) is None:
        raw, contents, text, problems = draw(post, rendered, style, press)
        html = inlining.fragment(raw, press.sheet.inline, ancestors[0])
        line = inlining.fragment(contents, press.sheet.inline, ancestors[1])
        card = press.cards[key] = Card(html, line, text, len(html.encode()) + len(line.encode()), problems)
    return card


def draw(post: Post, rendered: Rendered, style: Style, press: Press) -> tuple[str, str, str, tuple[Problem, ...]]:
    """Return a card before inlining: its HTML, its line of contents, its text, its problems."""
    words = localisation.words(style.language)
    url = own_link(post.url, press.site, style.campaign)
    title = post.title or texts.cut(rendered.summary, 10) or localisation.day(post.date, style.language)
    full = style.text == "full" and style.layout != "title"
    body = (rendered.lead or rendered.html) if full else ""
    summary = texts.cut(rendered.summary or post.summary, style.words) if style.layout != "title" else ""
    problems: list[Problem] = []
    image = picture(post, press.theme.width - 2 * PADDING, problems)
    thumbnail = picture(post, THUMBNAIL, [])
    if image and style.layout == "featured":
        image = Picture(image.url, image.alt or title, image.width, image.height)
    card = {
        "anchor": anchor(post),
        "url": url,
        "title": title,
        "lang": post.language,
        "meta": meta(post, rendered, style.language),
        "tags": post.tags,
        "image": image,
        "thumbnail": thumbnail,
        "body": Markup(body),
        "summary": summary,
        "more": not full or bool(rendered.lead),
        "button_width": texts.columns(words.more) * 9 + 48,
    }
    values = {"card": card, "words": words, "theme": press.theme, "site": press.site, **press_colours(press.theme)}
    html = press.environment.get_template(f"card-{style.layout}.html.jinja").render(values)
    contents = press.environment.get_template("contents.html.jinja").render(values)
    lines = [texts.wrap(title), texts.wrap(" · ".join(card["meta"])), ""]
    if summary:
        lines += [texts.wrap(summary), ""]
    return html, contents, "\n".join([*lines, url]), tuple(problems)


def meta(post: Post, rendered: Rendered, language: str) -> list[str]:
    """Return the date, the authors and the reading time of a post in a language."""
    words = localisation.words(language)
    parts = [localisation.day(post.date, language)]
    if post.authors:
        parts.append(words.by.format(names=", ".join(author.name for author in post.authors)))
    if rendered.words:
        parts.append(words.minutes.format(n=max(1, round(rendered.words / WORDS_PER_MINUTE))))
    return parts


def picture(post: Post, width: int, problems: list[Problem]) -> Picture | None:
    """Return the picture of a post scaled to at most `width` pixels, or None with a problem when no client shows it."""
    image = post.image
    if image is None or not image.url.startswith(("https://", "http://")):
        return None
    if urlsplit(image.url).path.lower().endswith((".svg", ".webp", ".avif")):
        return None
    shown = min(width, image.width) if image.width else width
    height = round(image.height * shown / image.width) if image.width and image.height else 0
    return Picture(image.url, image.alt, shown, height)


@lru_cache(maxsize=64)
def press_colours(theme: Theme) -> dict[str, str]:
    """Return the colours of text on the accent: white or nearly black, whichever is easier to read."""
    return {"button_text": "#ffffff", "dark_button_text": "#14161a"}
