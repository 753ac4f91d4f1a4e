"""A post's card: its place in an e-mail, as HTML with inlined CSS and as plain text.

A card is a pure function of one post and of how it is shown, so it is made once and stands in every edition that has
the post: an edition is spliced from cards, byte for byte what inlining it whole would give.
"""

import hashlib
from collections.abc import Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlencode, urlsplit, urlunsplit

from markupsafe import Markup
from msgspec import Struct

from digest import localisation
from digest.collector.post import Post
from digest.config.schema import ProviderName, Site, Text
from digest.emails import body as bodies
from digest.emails import images as pictures
from digest.emails import inline_css as inlining
from digest.emails import mime as messages
from digest.emails import plaintext as texts
from digest.emails import shortening
from digest.emails.layout import Press, Tags, fill, inks
from digest.emails.providers import escape_html, escape_text
from digest.problems import Problem

if TYPE_CHECKING:
    from digest.markdown import Rendered

Layout = Literal["featured", "compact", "title"]

THUMBNAIL = 104  # pixels
PADDING = 32  # pixels on each side of the text, as email.css has it
WORDS_PER_MINUTE = 230
REMEMBERED = 512  # cards; a full-text one takes some 50 KB


class Style(Struct, frozen=True):
    """How a card is shown: all that it depends on besides the post, the site, the theme and the templates."""

    layout: Layout
    text: Text
    words: int  # of a summary
    full_words: int  # of a body, 0 for no limit
    language: str
    zone: tzinfo  # of its days
    provider: ProviderName  # who fills the e-mail in as a template, and must find none in a post
    campaign: str = ""  # for UTM parameters; empty leaves them out


class Card(Struct, frozen=True):
    """A post in an e-mail. `html` and `contents` (its line in the table of contents) are inlined; `size` is bytes.

    `text` is whole lines.
    """

    html: str
    contents: str
    text: str
    size: int
    problems: tuple[Problem, ...] = ()


Asked = tuple[Post, "Rendered", Style]


class Picture(Struct, frozen=True):
    """A picture as it stands in an e-mail; `width` and `height` are pixels, height 0 when not known."""

    url: str
    alt: str
    width: int
    height: int


class Drawing(Struct, frozen=True):
    """A card before inlining."""

    html: str
    contents: str
    text: str
    problems: tuple[Problem, ...]


def cards(asked: Sequence[Asked], around: tuple[Tags, Tags], press: Press) -> list[Card]:
    """Return the cards asked for; `around` are the tags around cards and around lines of the table of contents."""
    known = [press.cards.pop((*key, around), None) for key in asked]
    missing = dict.fromkeys(key for key, card in zip(asked, known, strict=True) if card is None)
    made = dict(zip(missing, _make(list(missing), around, press), strict=True)) if missing else {}
    found: list[Card] = [card or made[key] for key, card in zip(asked, known, strict=True)]
    for key, card in zip(asked, found, strict=True):
        press.cards[(*key, around)] = card  # the last asked for stands last
    while len(press.cards) > REMEMBERED:
        del press.cards[next(iter(press.cards))]
    return found


def _make(asked: Sequence[Asked], around: tuple[Tags, Tags], press: Press) -> list[Card]:
    """Make cards, all in one pass of inlining."""
    drawings = [draw(post, rendered, style, press) for post, rendered, style in asked]
    css = press.sheet.inline
    bodies_ = inlining.fragments([drawing.html for drawing in drawings], css, around[0])
    lines = inlining.fragments([drawing.contents for drawing in drawings], css, around[1])
    made: list[Card] = []
    for (_, _, style), drawing, html, contents in zip(asked, drawings, bodies_, lines, strict=True):
        html = escape_html(html, style.provider)
        contents = escape_html(contents, style.provider)
        text = escape_text(drawing.text, style.provider)
        size = len(html.encode()) + len(contents.encode())
        made.append(Card(html, contents, text, size, drawing.problems))
    return made


def draw(post: Post, rendered: "Rendered", style: Style, press: Press) -> Drawing:
    """Return the card of a post as the templates make it."""
    words = localisation.words(style.language)
    body = _body(post, rendered, style, press)
    title = title_of(post, rendered, style)
    full = style.text == "full" and style.layout != "title"
    shown = (rendered.lead or rendered.html) if full else ""
    source = shortening.shorten(shown, style.full_words) if style.full_words else shown
    summary = "" if source or style.layout == "title" else texts.cut(rendered.summary or post.summary, style.words)
    image = _picture(post, body.width, body, press) if style.layout != "title" else None
    html = bodies.render(source, body)
    url = own_link(post.url, press.site, style.campaign)
    values: dict[str, Any] = {
        "anchor": anchor(post),
        "url": url,
        "title": title,
        "lang": post.language if localisation.known(post.language) else "",
        "dir": localisation.direction(post.language) if post.language else localisation.text_direction(title),
        "meta": _meta(post, rendered, style),
        "meta_dir": localisation.direction(style.language),
        "meta_lang": style.language,
        "tags": post.tags,
        "image": image,
        "thumbnail": image and _scaled(image, THUMBNAIL),
        "body": Markup(_count(html, press.site, style.campaign)),  # noqa: S704 - clean HTML from the parser
        "summary": summary,
        "more": source != rendered.html or not source,
        "button_width": texts.columns(words.more) * 9 + 48,
    }
    context = {"card": values, "words": words, "theme": press.theme, "site": press.site, **inks(press.theme)}
    return Drawing(
        fill(press.environment, f"card-{style.layout}.html.jinja", context),
        fill(press.environment, "contents.html.jinja", context),
        _text(values, texts.from_html(source) if source else texts.literal(texts.wrap(summary))),
        tuple(body.problems),
    )


def title_of(post: Post, rendered: "Rendered", style: Style) -> str:
    """Return a post's title, else how its text begins, else its day."""
    title = messages.clean(post.title or texts.cut(rendered.summary, 10))
    return title or localisation.day(post.date, style.zone, style.language)


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


def _count(html: str, site: Site, campaign: str) -> str:
    """Return a body with UTM parameters in the site's own links."""
    if not campaign or not html:
        return html

    def counted(link: Any) -> None:
        link.set("href", own_link(link.get("href"), site, campaign))

    return bodies.each_link(html, counted)


def _body(post: Post, rendered: "Rendered", style: Style, press: Press) -> bodies.Body:
    title = title_of(post, rendered, style)
    folders = (press.root, press.static)
    return bodies.Body(post, title, press.theme.width - 2 * PADDING, style.language, folders, press.site.url)


def _meta(post: Post, rendered: "Rendered", style: Style) -> list[str]:
    words = localisation.words(style.language)
    parts = [localisation.day(post.date, style.zone, style.language)]
    if post.authors:
        parts.append(words.by.format(names=", ".join(author.name for author in post.authors)))
    if (minutes := round(rendered.words / WORDS_PER_MINUTE)) > 1:  # a minute is not worth saying
        parts.append(words.minutes.format(n=minutes).replace(" ", "\u00a0"))
    return parts


def _picture(post: Post, width: int, body: bodies.Body, press: Press) -> Picture | None:
    """Return the picture of a post at most `width` pixels wide, or None with a problem when mail clients show none."""
    if (image := post.image) is None or not body.shows(image.url):
        return None
    size = (image.width, image.height)
    if not all(size) and image.file:
        size = pictures.file_size(press.root / image.file, press.root) or size
    shown = Picture(image.url, image.alt, *size) if all(size) else Picture(image.url, image.alt, width, 0)
    return _scaled(shown, width)


def _scaled(picture: Picture, width: int) -> Picture:
    shown = min(width, picture.width)
    return Picture(picture.url, picture.alt, shown, round(picture.height * shown / picture.width))


def _text(values: dict[str, Any], body: str) -> str:
    """Return a card as plain text."""
    title = texts.wrap(values["title"])
    line = texts.underline(max(title.split("\n"), key=texts.columns))
    head = texts.literal("\n".join((title, line, texts.wrap(" · ".join(values["meta"])))))
    return "\n\n".join(part for part in (head, body, values["url"]) if part) + "\n"
