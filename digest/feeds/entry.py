"""One entry of a feed as a fragment of each format, made once and spliced into every feed that shows it.

An `Entry` is what an entry says, whether it comes from a post or from a digest's edition; a fragment depends on nothing
else but the site. All that is put into a fragment is cleaned here.
"""

import functools
from collections.abc import Callable, Iterable
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from digest import localisation
from digest.collector.post import Author, Enclosure, Image, Post
from digest.config.schema import Config, Format, Person, Text
from digest.feeds import xml as feed_items
from digest.feeds.values import EMAIL, MEDIA_TYPE, both, clean, first_words, iri_id, language, line, rfc3339, uri
from digest.markdown.render import Rendered
from digest.patterns import pattern

SOUND = ("audio/", "video/")  # what makes a post an episode

_AMBIGUOUS = pattern(r"&(?=[#A-Za-z])")  # https://html.spec.whatwg.org/#syntax-ambiguous-ampersand
_IMAGE_TYPES = {
    "avif": "image/avif",
    "gif": "image/gif",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "png": "image/png",
    "svg": "image/svg+xml",
    "webp": "image/webp",
}


class Entry(Struct, frozen=True):
    """What one entry says; `html` is clean HTML, or empty when the entry is only its summary (plain text).

    `html` and `lead` have no character that may not stand in a feed; the rest is cleaned here.
    """

    id: str
    url: str
    title: str
    date: datetime
    html: str = ""
    summary: str = ""
    lead: str = ""  # the summary as HTML
    updated: datetime | None = None
    language: str = ""
    authors: tuple[Author, ...] = ()
    tags: tuple[str, ...] = ()
    image: Image | None = None
    image_type: str = ""
    image_bytes: int = 0  # 0: not known
    enclosure: Enclosure | None = None
    source_url: str = ""
    source_title: str = ""

    @property
    def permalink(self) -> bool:
        """Whether the id is the address where the entry stands."""
        return self.id == self.url


def post_entry(post: Post, rendered: Rendered, text: Text, config: Config) -> Entry:
    """Return the entry of a post, in full or as a summary; the post's own choice goes before `text`."""
    full = post.full_text if post.full_text is not None else text == "full"
    image = post.image
    entry = Entry(  # by position, in the order of `Entry`: names would double what making one costs
        post.id,
        post.url,
        post.title or first_words(post.summary or rendered.summary),
        post.date,
        rendered.html.strip() if full else "",
        post.summary or rendered.summary,
        "" if full or post.summary else rendered.lead,
        post.updated,
        post.language,
        post.authors,
        post.tags,
        image,
        _image_type(image.url) if image else "",
        _size(config.root / image.file) if image and image.file else 0,
        post.enclosure,
        post.source_url,
        post.source_title,
    )
    return _cleaned(entry, config, config.site_zone)


def edition_entry(
    *, url: str, title: str, date: datetime, html: str, summary: str, config: Config, zone: tzinfo, language: str = ""
) -> Entry:
    """Return the entry of a digest's edition: its address is its id, its `html` is clean; `zone` is the digest's."""
    entry = Entry(
        id=url,
        url=url,
        title=title,
        date=date.astimezone(zone),
        html=clean(html).strip(),
        summary=summary,
        language=language,
    )
    return _cleaned(entry, config, zone)


def fragment(entry: Entry, fmt: Format, config: Config) -> bytes:
    """Return the `<item>`, the `<entry>` or the JSON object of an entry, with the namespaces of the feed's root."""
    made = fragments(entry, (fmt,), config)[fmt]
    return feed_items.escaped(entry.html).join(feed_items.around(made))


def fragments(entry: Entry, formats: Iterable[Format], config: Config) -> dict[Format, bytes]:
    """Return an entry in several formats; its content, `escaped`, goes where `feed_items.around` says."""
    base = _base(entry)
    return {fmt: _FRAGMENTS[fmt](entry, base, config) for fmt in formats}


def site_author(config: Config) -> Author:
    """Return who writes where a post does not say: the site's author, else the site itself (Atom must have one)."""
    return _site_author(config.site.author, config.site.title, config.site.url)


@functools.lru_cache(maxsize=8)
def _site_author(person: Person, title: str, url: str) -> Author:
    name = line(person.name) or line(title) or urlsplit(url).hostname or "-"
    return _person(name, person.email, person.url)


@functools.lru_cache(maxsize=1024)
def _person(name: str, email: str, url: str) -> Author:
    email = line(email)
    return Author(name=line(name), email=email if EMAIL.fullmatch(email) else "", url=uri(url))


def _cleaned(entry: Entry, config: Config, zone: tzinfo) -> Entry:
    """Return an entry with all that it says clean; one without a title is called by its day in `zone`."""
    url = uri(entry.url) or uri(config.site.url)
    authors = tuple([_person(a.name, a.email, a.url) for a in entry.authors if line(a.name)])
    return Entry(
        url if entry.id == entry.url else (line(entry.id) or url),
        url,
        line(entry.title) or localisation.day_of(entry.date, zone).isoformat(),
        entry.date,
        entry.html,
        line(entry.summary),
        entry.lead,
        entry.updated,
        language(entry.language) or language(config.site.language),
        authors or (_nameless(site_author(config)),),
        tuple(dict.fromkeys([tag for tag in map(line, entry.tags) if tag])),
        _image(entry.image) if entry.image else None,
        entry.image_type,
        entry.image_bytes,
        _enclosure(entry.enclosure) if entry.enclosure else None,
        uri(entry.source_url) if entry.source_url else "",
        line(entry.source_title) if entry.source_title else "",
    )


def _nameless(author: Author) -> Author:
    """Return the site's author as the author of a post: the address is the site's alone."""
    return Author(author.name, "", author.url) if author.email else author


def _image(image: Image) -> Image | None:
    url, alt = uri(image.url), line(image.alt)
    return Image(url, alt, image.width, image.height, image.file) if url else None


def _enclosure(sound: Enclosure) -> Enclosure | None:
    url, kind = uri(sound.url), sound.type if MEDIA_TYPE.fullmatch(sound.type) else ""
    return msgspec.structs.replace(sound, url=url, type=kind) if url else None


def _image_type(url: str) -> str:
    """Return the media type that the end of a picture's path says, empty when it says none."""
    path = urlsplit(url).path if "?" in url or "#" in url else url
    stem, _, suffix = path.rstrip("/").rpartition("/")[2].rpartition(".")
    return _IMAGE_TYPES.get(suffix.lower(), "") if stem else ""


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0


def _as_html(text: str) -> str:
    """Return plain text as HTML, escaped no more than it must be: some readers take a description for plain text."""
    return _AMBIGUOUS.sub("&amp;", text).replace("<", "&lt;")


class _Base(NamedTuple):
    """What the formats say of an entry in the same way: dates as each has them, and most fields of its item."""

    rfc822: str
    rfc3339: str
    texts: tuple[str, ...]  # from its `url` on
    groups: tuple[object, ...]  # and all after `enclosure`

    def item(self, own: tuple[str, ...], enclosure: tuple[str, ...]) -> feed_items.Item:
        """Return the item of one format; `own` is what it has before `url`."""
        return feed_items.Item._make((*own, *self.texts, enclosure, *self.groups))


def _base(entry: Entry) -> _Base:
    image, sound = entry.image, entry.enclosure
    picture: tuple[str, ...] = ()
    if image:
        size = str(image.width or ""), str(image.height or "")
        picture = (image.url, entry.image_type, str(entry.image_bytes or ""), *size, image.alt)
    duration = cover = ""
    if sound and sound.type.startswith(SOUND):
        duration = str(sound.duration or "")
        cover = image.url if image and entry.image_type in ("image/jpeg", "image/png") else ""
    source = (entry.source_url, entry.source_title or entry.source_url) if entry.source_url else ()
    authors = tuple([(author.name, author.email, author.url) for author in entry.authors])
    updated = rfc3339(entry.updated) if entry.updated else ""
    return _Base(
        *both(entry.date),
        (entry.url, entry.title, updated, entry.language, duration, cover),
        (entry.tags, source, picture, authors, entry.permalink, entry.lead != ""),
    )


def _rss(entry: Entry, base: _Base, config: Config) -> bytes:  # noqa: ARG001 -- the formats share one signature
    summary = entry.lead or _as_html(entry.summary)
    sound, image = entry.enclosure, entry.image
    enclosure: tuple[str, ...] = ()
    if sound:
        enclosure = (sound.url, str(sound.length), sound.type or "application/octet-stream")
    elif image and entry.image_bytes and entry.image_type:
        enclosure = (image.url, str(entry.image_bytes), entry.image_type)
    own = (entry.html, summary if summary != entry.html else "", entry.id, base.rfc822)
    return feed_items.fragment(base.item(own, enclosure), "rss")


def _atom(entry: Entry, base: _Base, config: Config) -> bytes:
    summary = entry.lead or entry.summary or ("" if entry.html else entry.title)
    sound, image = entry.enclosure, entry.image
    enclosure: tuple[str, ...] = ()
    if sound:
        enclosure = (sound.url, str(sound.length or ""), sound.type)
    elif image and entry.image_bytes:
        enclosure = (image.url, str(entry.image_bytes), entry.image_type)
    name = entry.url if entry.permalink else iri_id(entry.id, uri(config.site.url))
    own = (entry.html, summary, name, base.rfc3339)
    return feed_items.fragment(base.item(own, enclosure), "atom")


def _json(entry: Entry, base: _Base, config: Config) -> bytes:  # noqa: ARG001
    item: dict[str, Any] = {"id": entry.id, "url": entry.url}
    if entry.source_url:
        item["external_url"] = entry.source_url
    item["title"] = entry.title
    if entry.html or entry.lead:
        item["content_html"] = entry.html or entry.lead
    else:
        item["content_text"] = entry.summary or entry.title
    if entry.summary:
        item["summary"] = entry.summary
    if entry.image:
        item["image"] = entry.image.url
    item["date_published"] = base.rfc3339
    if entry.updated:
        item["date_modified"] = rfc3339(entry.updated)
    item["authors"] = [json_author(author) for author in entry.authors]
    if entry.tags:
        item["tags"] = entry.tags
    if entry.language:
        item["language"] = entry.language
    if entry.enclosure:
        item["attachments"] = [_attachment(entry.enclosure)]
    return msgspec.json.encode(item)


def json_author(author: Author) -> dict[str, str]:
    """Return an author as JSON Feed 1.1 has one."""
    return {"name": author.name} | ({"url": author.url} if author.url else {})


def _attachment(sound: Enclosure) -> dict[str, str | int]:
    attachment: dict[str, str | int] = {"url": sound.url, "mime_type": sound.type or "application/octet-stream"}
    if sound.length:
        attachment["size_in_bytes"] = sound.length
    if sound.duration:
        attachment["duration_in_seconds"] = sound.duration
    return attachment


_FRAGMENTS: dict[Format, Callable[[Entry, _Base, Config], bytes]] = {"rss": _rss, "atom": _atom, "json": _json}
