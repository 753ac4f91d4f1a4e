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
from digest.editions.edition import is_link
from digest.emails import body, fonts, images, tree
from digest.emails.hosts import host
from digest.emails.look import Look, fill
from digest.emails.page import inline_at
from digest.emails.plaintext import columns, cut, from_html, literal, sentences, underline, wrap
from digest.emails.providers import escape_html, escape_text
from digest.emails.shortening import shorten
from digest.problems import Problem

if TYPE_CHECKING:
    from digest.markdown import Rendered

Layout = Literal["featured", "compact", "title", "links", "brief"]
Tags = Literal["none", "text", "linked"]

THUMBNAIL = 104  # pixels
WORDS_PER_MINUTE = 230
_BRIEF = 2  # sentences
_LINES = ("links", "brief")  # layouts without a heading
_WITHOUT_IMAGE = ("title", *_LINES)
_UTM = {"utm_source": "newsletter", "utm_medium": "email"}


class Style(Struct, frozen=True):
    """Everything besides post and look that a card depends on.

    `place` is the block of the page where it stands, `kicker` the title of its section where that has no heading.
    """

    layout: Layout
    place: str
    level: int  # of the heading that is its title
    text: Text
    words: int  # of a summary
    full_words: int  # of a body, 0 for no limit
    zone: tzinfo  # of its dates
    year: int  # in which dates need no year
    tags: Tags
    provider: ProviderName  # its template syntax is escaped in posts
    copies: bool  # images of the site are mailed as copies
    campaign: str = ""  # for UTM parameters; empty leaves them out
    kicker: str = ""
    repeated: bool = False  # stands in the e-mail already, where its id is


class Card(Struct, frozen=True):
    """A post in an e-mail. `html` and `contents` (its line in the table of contents) are inlined; `size` is bytes."""

    title: str
    url: str
    anchor: str  # the id that links within the e-mail lead to; empty for one that is repeated
    html: str
    contents: str
    text: str
    size: int
    words: int  # of the whole post
    characters: int  # the same, each Chinese, Japanese or Korean character counted as a word
    problems: tuple[Problem, ...]


class Excerpt(Struct, frozen=True):
    """The text of a card: (part of) a post's body, or a summary; `more` when a link leads to the rest."""

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
    title = _title(post, rendered, style, look)
    excerpt = _excerpt(post, rendered, style)
    source = _body(post, title, style, look)
    url = post.source_url if is_link(post) else _with_utm(post.url, look, style.campaign)
    shown = Shown(
        title=title,
        url=url,
        html=_body_html(excerpt, source, style, look),
        excerpt=excerpt,
        meta=_meta(post, rendered, style, look),
        more=_more(rendered, look) if excerpt.more else "",
        recording=_recording(post, look),
        image=None if style.layout in _WITHOUT_IMAGE else _image(post, excerpt.html, source, look),
    )
    values = _values(post, shown, source.language, style, look)
    context = {
        "card": values,
        "words": localisation.words(look.language),
        "comma": localisation.comma(look.language),
        "theme": look.theme,
        "site": look.site,
        **look.inks,
    }
    inlined = _inlined(f"card-{style.layout}.html.jinja", style.place, context, look, style)
    contents = _inlined("contents.html.jinja", "contents", context, look, style)
    return Card(
        title=title,
        url=url,
        anchor=str(values["anchor"]),
        html=inlined,
        contents=contents,
        text=escape_text(_text(shown, style, look), style.provider),
        size=len(inlined.encode()) + len(contents.encode()),
        words=rendered.words,
        characters=rendered.characters,
        problems=tuple(source.problems),
    )


class Shown(Struct, frozen=True):
    """What a card shows of a post; `html` is the excerpt's as e-mails have it."""

    title: str
    url: str
    html: str
    excerpt: Excerpt
    meta: list[str]
    more: str  # the text of the link to the post: `Read, 4 min`
    recording: Recording | None
    image: CardImage | None


def _values(post: Post, shown: Shown, language: str, style: Style, look: Look) -> dict[str, Any]:
    """Return what the templates of cards know of a post."""
    direction = localisation.direction(post.language) if post.language else localisation.text_direction(shown.title)
    own_language = language if localisation.known(language) else look.language
    return {
        "anchor": "" if style.repeated else _anchor(post),
        "url": shown.url,
        "title": shown.title,
        "kicker": style.kicker,
        "kicker_spacing": fonts.spacing(style.kicker),
        "level": style.level,
        "lang": own_language,
        "dir": direction,
        "script": fonts.script(own_language),
        "meta": shown.meta,
        "meta_dir": localisation.direction(look.language),
        "meta_lang": look.language,
        "tags": _tags(post, direction, style, look),
        "image": shown.image,
        "thumbnail": shown.image and _scaled(shown.image, THUMBNAIL),
        "body": Markup(shown.html),  # noqa: S704 - clean HTML from the parser
        "summary": shown.excerpt.summary,
        "more": shown.more,
        "recording": shown.recording,
    }


def _body_html(excerpt: Excerpt, source: body.Body, style: Style, look: Look) -> str:
    html = body.render(excerpt.html, source, top=style.level + 1)
    if not html or not style.campaign:
        return html
    return body.each_link(html, partial(_with_utm, look=look, campaign=style.campaign))


def _inlined(template: str, place: str, context: dict[str, Any], look: Look, style: Style) -> str:
    html = fill(look.environment, template, context)
    return escape_html(inline_at(html, place, look), style.provider)


def _title(post: Post, rendered: "Rendered", style: Style, look: Look) -> str:
    """Return a post's title, else the first words of its text, else its date."""
    title = clean_text(post.title or cut(rendered.summary, 10))
    return title or localisation.day(post.date, style.zone, look.language)


def _excerpt(post: Post, rendered: "Rendered", style: Style) -> Excerpt:
    summary = rendered.summary or post.summary
    if is_link(post) and style.layout != "title":
        return _comment(rendered, style)
    if style.layout in ("title", "links"):
        return Excerpt(html="", summary="", more=False)
    if style.layout == "brief":
        return Excerpt(html="", summary=cut(sentences(summary, _BRIEF), style.words), more=False)
    shown = ""
    if style.text == "full":
        shown = rendered.lead or rendered.html
    if style.full_words:
        shown = shorten(shown, style.full_words)
    if shown:
        return Excerpt(html=shown, summary="", more=shown != rendered.html)
    return Excerpt(html="", summary=cut(summary, style.words), more=True)


def _comment(rendered: "Rendered", style: Style) -> Excerpt:
    """Return the comment on a link: whole, unless it is longer than a summary may be."""
    if rendered.words <= style.words:
        return Excerpt(html=rendered.html, summary="", more=False)
    return Excerpt(html="", summary=cut(rendered.summary, style.words), more=False)


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
    """Return the parts of the line at a title: day, authors or the name of a link's site, minutes to read.

    A line of links has no day.
    """
    day = post.date.astimezone(style.zone)
    parts = [] if style.layout == "links" else [_day(post, style, look, with_year=day.year != style.year)]
    if is_link(post):
        return [*parts, post.source_title or host(post.source_url)]
    parts += [author.name for author in post.authors]
    minutes = _minutes(rendered)
    if minutes > 1:  # one minute is not shown
        parts.append(_time(minutes, look))
    return parts


def _day(post: Post, style: Style, look: Look, *, with_year: bool) -> str:
    return localisation.day(post.date, style.zone, look.language, year=with_year)


def _minutes(rendered: "Rendered") -> int:
    return round(rendered.words / WORDS_PER_MINUTE)


def _time(minutes: int, look: Look) -> str:
    return localisation.duration(minutes * 60, look.language).replace(" ", "\u00a0")


def _more(rendered: "Rendered", look: Look) -> str:
    """Return the text of the link to a post: `Read, 4 min`."""
    verb = localisation.words(look.language).read
    return f"{verb}{localisation.comma(look.language)}{_time(max(1, _minutes(rendered)), look)}"


def _tags(post: Post, direction: str, style: Style, look: Look) -> list[dict[str, str]]:
    """Return the tags of a post with the addresses of their feeds; a direction only where it is another one."""
    if style.tags == "none":
        return []
    shown = []
    for tag in post.tags:
        own_direction = localisation.text_direction(tag)
        url = look.tag_feed(tag) if style.tags == "linked" else ""
        shown.append({"name": tag, "url": url, "dir": "" if own_direction == direction else own_direction})
    return shown


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
    size = source.size_of(look.root / image.file) if image.file else None
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


def _text(shown: Shown, style: Style, look: Look) -> str:
    """Return a card as plain text: whole lines."""
    meta = localisation.comma(look.language).join(shown.meta)
    if style.layout == "brief":
        head = literal(wrap(shown.title))
    elif style.layout == "links":
        head = literal(wrap(f"{shown.title} ({meta})" if meta else shown.title))
    else:
        head = _head(shown.title, meta, style)
    text = from_html(shown.excerpt.html) or literal(wrap(shown.excerpt.summary))
    recording = shown.recording
    media = f"{recording.label}{localisation.colon_after(recording.label)}{recording.url}" if recording else ""
    return "\n\n".join(part for part in (head, text, media, shown.url) if part) + "\n"


def _head(title: str, meta: str, style: Style) -> str:
    """Return the underlined title of a card with the line below it, and its kicker above it."""
    heading = wrap(title)
    line = underline(max(heading.split("\n"), key=columns))
    kicker = [style.kicker.upper(), ""] if style.kicker else []
    return literal("\n".join((*kicker, heading, line, wrap(meta))))
