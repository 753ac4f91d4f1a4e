"""A post's card: its place in an e-mail, as HTML with inlined CSS and as plain text.

A card depends only on the post and its style, so all editions with the post share it.
"""

import hashlib
from datetime import tzinfo
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlencode, urlsplit, urlunsplit

from markupsafe import Markup
from msgspec import Struct

from digest import localisation
from digest.collector.post import Post, clean_text
from digest.config.schema import ProviderName, Text
from digest.emails import body, images, tree
from digest.emails.look import Look, fill
from digest.emails.page import inline_at
from digest.emails.plaintext import columns, cut, from_html, literal, underline, wrap
from digest.emails.providers import escape_html, escape_text
from digest.emails.shortening import shorten
from digest.problems import Problem

if TYPE_CHECKING:
    from digest.markdown import Rendered

Layout = Literal["featured", "compact", "title"]

THUMBNAIL = 104  # pixels
WORDS_PER_MINUTE = 230
_UTM = {"utm_source": "newsletter", "utm_medium": "email"}


class Style(Struct, frozen=True):
    """Everything besides post and look that a card depends on."""

    layout: Layout
    level: int  # of the heading that is its title
    text: Text
    words: int  # of a summary
    full_words: int  # of a body, 0 for no limit
    zone: tzinfo  # of its dates
    provider: ProviderName  # its template syntax is escaped in posts
    copies: bool  # images of the site are mailed as copies
    campaign: str = ""  # for UTM parameters; empty leaves them out


class Card(Struct, frozen=True):
    """A post in an e-mail. `html` and `contents` (its line in the table of contents) are inlined; `size` is bytes."""

    html: str
    contents: str
    text: str
    size: int
    problems: tuple[Problem, ...]


class Excerpt(Struct, frozen=True):
    """The text of a card: (part of) a post's body, or a summary; `more` when the post has more to read."""

    html: str
    summary: str
    more: bool


class Recording(Struct, frozen=True):
    """A link to audio or video; `label` is without the post's title: `Listen, 33 min`."""

    url: str
    label: str


class CardImage(Struct, frozen=True):
    """An image in an e-mail; `width` and `height` are pixels, height 0 when not known."""

    url: str
    alt: str
    width: int
    height: int


@lru_cache(maxsize=512)
def card(post: Post, rendered: "Rendered", style: Style, look: Look) -> Card:
    """Return the card of a post. Raises ConfigError when a template cannot be filled in."""
    words = localisation.words(look.language)
    title = _title(post, rendered, style, look)
    excerpt = _excerpt(post, rendered, style)
    source = _body(post, title, style, look)
    meta = _meta(post, rendered, style, look)
    link = partial(_with_utm, look=look, campaign=style.campaign)
    html = body.render(excerpt.html, source, top=style.level + 1)
    image = None if style.layout == "title" else _image(post, excerpt.html, source, look)
    recording = _recording(post, look)
    if html and style.campaign:
        html = body.each_link(html, link)
    direction = localisation.direction(post.language) if post.language else localisation.text_direction(title)
    tag_directions = {tag: localisation.text_direction(tag) for tag in post.tags}
    values = {
        "anchor": _anchor(post),
        "url": link(post.url),
        "title": title,
        "level": style.level,
        "lang": source.language if localisation.known(source.language) else look.language,
        "dir": direction,
        "meta": meta,
        "meta_dir": localisation.direction(look.language),
        "meta_lang": look.language,
        "tags": post.tags,
        "tag_directions": {tag: found for tag, found in tag_directions.items() if found != direction},
        "image": image,
        "thumbnail": image and _scaled(image, THUMBNAIL),
        "body": Markup(html),  # noqa: S704 - clean HTML from the parser
        "summary": excerpt.summary,
        "more": excerpt.more,
        "recording": recording,
    }
    context = {"card": values, "words": words, "theme": look.theme, "site": look.site, **look.inks}
    inlined = _inlined(f"card-{style.layout}.html.jinja", "sections", context, look, style)
    contents = _inlined("contents.html.jinja", "contents", context, look, style)
    return Card(
        html=inlined,
        contents=contents,
        text=escape_text(_text(title, meta, excerpt, recording, link(post.url)), style.provider),
        size=len(inlined.encode()) + len(contents.encode()),
        problems=tuple(source.problems),
    )


def _inlined(template: str, place: str, context: dict[str, Any], look: Look, style: Style) -> str:
    html = fill(look.environment, template, context)
    return escape_html(inline_at(html, place, look), style.provider)


def _title(post: Post, rendered: "Rendered", style: Style, look: Look) -> str:
    """Return a post's title, else the first words of its text, else its date."""
    title = clean_text(post.title or cut(rendered.summary, 10))
    return title or localisation.day(post.date, style.zone, look.language)


def _excerpt(post: Post, rendered: "Rendered", style: Style) -> Excerpt:
    if style.layout == "title":
        return Excerpt(html="", summary="", more=True)
    shown = ""
    if style.text == "full":
        shown = rendered.lead or rendered.html
    if style.full_words:
        shown = shorten(shown, style.full_words)
    if shown:
        return Excerpt(html=shown, summary="", more=shown != rendered.html)
    return Excerpt(html="", summary=cut(rendered.summary or post.summary, style.words), more=True)


def _body(post: Post, title: str, style: Style, look: Look) -> body.Body:
    file = look.root / post.path
    return body.Body(
        path=post.path,
        line=post.body_line,
        url=post.url,
        title=title,
        language=post.language,
        look=look,
        folders={post.url: file.parent, look.site.url: look.static},
        copies=style.copies,
    )


def _anchor(post: Post) -> str:
    """Return the id of a post's card, the same in every edition."""
    return "p" + hashlib.sha256(post.id.encode("utf-8", "surrogatepass")).hexdigest()[:10]


def _with_utm(url: str, look: Look, campaign: str) -> str:
    """Return `url`, with UTM parameters when it is on the site and a campaign is set."""
    if not campaign:
        return url
    parts = urlsplit(url)
    own = parts.scheme in ("http", "https") and parts.netloc == urlsplit(look.site.url).netloc
    if not own or "utm_" in parts.query:
        return url
    added = urlencode({**_UTM, "utm_campaign": campaign})
    return urlunsplit(parts._replace(query=f"{parts.query}&{added}" if parts.query else added))


def _meta(post: Post, rendered: "Rendered", style: Style, look: Look) -> list[str]:
    """Return the parts of the line below a title: day, authors, minutes to read."""
    words = localisation.words(look.language)
    parts = [localisation.day(post.date, style.zone, look.language)]
    if post.authors:
        parts.append(words.by.format(names=", ".join(author.name for author in post.authors)))
    minutes = round(rendered.words / WORDS_PER_MINUTE)
    if minutes > 1:  # one minute is not shown
        parts.append(localisation.reading_time(minutes, look.language).replace(" ", "\u00a0"))
    return parts


def _recording(post: Post, look: Look) -> Recording | None:
    """Return a link to the audio or video of a post."""
    file = post.enclosure
    if file is None or not file.type.startswith(("audio/", "video/")):
        return None
    words = localisation.words(look.language)
    label = words.listen if file.type.startswith("audio/") else words.watch
    if file.duration:
        label += localisation.comma(look.language) + localisation.duration(file.duration, look.language)
    return Recording(file.url, label)


def _image(post: Post, html: str, source: body.Body, look: Look) -> CardImage | None:
    """Return a post's image, at most as wide as its column; None when mail clients or `html` itself do not show it."""
    image = post.image
    if image is None or _holds_image(html, image.url) or not source.shows(image.url):
        return None
    size = images.file_size(look.root / image.file, look.root) if image.file else None
    if size and all(size):
        portrait = body.capped(*size, source.tallest)
        return _scaled(CardImage(image.url, image.alt, *portrait), source.width)
    return CardImage(image.url, image.alt, source.width, 0)


def _holds_image(html: str, url: str) -> bool:
    if "<img" not in html:
        return False
    return any(images.same_image(image.get("src") or "", url) for image in tree.parse(html).iter("img"))


def _scaled(image: CardImage, width: int) -> CardImage:
    shown = min(width, image.width)
    return CardImage(image.url, image.alt, shown, round(image.height * shown / image.width))


def _text(title: str, meta: list[str], excerpt: Excerpt, recording: Recording | None, url: str) -> str:
    """Return a card as plain text: whole lines."""
    heading = wrap(title)
    line = underline(max(heading.split("\n"), key=columns))
    head = literal("\n".join((heading, line, wrap(" · ".join(meta)))))
    text = from_html(excerpt.html) or literal(wrap(excerpt.summary))
    media = f"{recording.label}{localisation.colon_after(recording.label)}{recording.url}" if recording else ""
    return "\n\n".join(part for part in (head, text, media, url) if part) + "\n"
