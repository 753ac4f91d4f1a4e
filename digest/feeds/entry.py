"""The format-independent entry of a feed: a post or an edition of a digest.

All values of an `Entry` are clean, so the formats only serialise them.
"""

import re
from collections.abc import Iterable
from datetime import datetime, tzinfo
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from digest.collector.post import Author, Enclosure, Image, Post
from digest.config.schema import Config, Text
from digest.feeds.values import first_line, first_words, language, line, uri
from digest.localisation import day_of
from digest.markdown.render import Rendered

_EMAIL = re.compile(r"[\w.+'-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9][\w.+-]*/[A-Za-z0-9][\w.+-]*", re.ASCII)
_IMAGES = {"avif": "avif", "gif": "gif", "jpeg": "jpeg", "jpg": "jpeg", "png": "png", "svg": "svg+xml", "webp": "webp"}


class EntryImage(Struct, frozen=True, kw_only=True):
    """The main image of an entry."""

    url: str
    alt: str
    type: str  # media type, empty when not known
    bytes: int  # 0 when not known: an image on another site


class Entry(Struct, frozen=True, kw_only=True):
    """One entry of a feed. Missing values are empty, 0 or None."""

    id: str
    url: str
    title: str  # plain text
    published: datetime
    updated: datetime | None = None
    html: str = ""  # clean HTML; empty when the entry is only a summary
    summary: str = ""  # plain text
    lead: str = ""  # the summary as clean HTML, for an entry that is only a summary
    language: str  # BCP 47
    authors: tuple[Author, ...]
    tags: tuple[str, ...] = ()
    image: EntryImage | None = None
    enclosure: Enclosure | None = None  # audio, video, or any other file
    source_url: str = ""  # where the post first appeared, when elsewhere
    source_title: str = ""

    @property
    def is_permalink(self) -> bool:
        """Whether the id is the entry's URL."""
        return self.id == self.url


def make_entry(post: Post, rendered: Rendered, text: Text, config: Config) -> Entry:
    """Return the entry of a post, in full or as a summary; the post's own `full_text` overrides `text`."""
    full = text == "full" if post.full_text is None else post.full_text
    summary = rendered.summary
    lead = "" if full or post.summary else rendered.lead
    url = uri(post.url) or uri(config.site.url)
    source_url = uri(post.source_url)
    return Entry(
        id=url if post.id == post.url else first_line(post.id, url),
        url=url,
        title=line(post.title or first_words(summary)) or day_of(post.date, config.site_zone).isoformat(),
        published=post.date,
        updated=post.updated,
        html=rendered.html.strip() if full else "",
        summary=line(summary),
        lead=lead,
        language=_language(post.language, config),
        authors=_authors(post.authors, config),
        tags=_tags(post.tags),
        image=_image(post.image, config),
        enclosure=_enclosure(post.enclosure),
        source_url=source_url,
        source_title=first_line(post.source_title, source_url),
    )


def edition_entry(
    config: Config,
    *,
    url: str,
    title: str,
    date: datetime,
    summary: str,
    zone: tzinfo,
    language: str = "",
) -> Entry:
    """Return the entry of a digest's edition, whose address is its id; its `date` is shown in `zone`, the digest's."""
    address = uri(url) or uri(config.site.url)
    return Entry(
        id=address,
        url=address,
        title=line(title) or day_of(date, zone).isoformat(),
        published=date.astimezone(zone),
        summary=line(summary),
        language=_language(language, config),
        authors=_authors((), config),
    )


def site_author(config: Config) -> Author:
    """Return the default author: the site's author, else the site itself (Atom requires one)."""
    site = config.site
    name = first_line(site.author.name, site.title, urlsplit(site.url).hostname or "-")
    return _author(name, site.author.email, site.author.url)


def is_media(file: Enclosure | None) -> bool:
    """Return whether a file is audio or video, which makes its post an episode of a podcast."""
    return file is not None and file.type.startswith(("audio/", "video/"))


def _language(tag: str, config: Config) -> str:
    return language(tag) or language(config.site.language)


def _authors(named: Iterable[Author], config: Config) -> tuple[Author, ...]:
    """Return the authors of an entry, by default the site's author without the e-mail address."""
    authors = tuple(_author(author.name, author.email, author.url) for author in named if line(author.name))
    if authors:
        return authors
    author = site_author(config)
    return (Author(name=author.name, url=author.url),)


def _author(name: str, email: str, url: str) -> Author:
    email = line(email)
    if not _EMAIL.fullmatch(email):
        email = ""
    return Author(name=line(name), email=email, url=uri(url))


def _tags(tags: Iterable[str]) -> tuple[str, ...]:
    cleaned = dict.fromkeys(map(line, tags))
    return tuple(filter(None, cleaned))


def _image(image: Image | None, config: Config) -> EntryImage | None:
    url = uri(image.url) if image else ""
    if not image or not url:
        return None
    return EntryImage(
        url=url,
        alt=line(image.alt),
        type=_image_type(url),
        bytes=_size(config.root / image.file) if image.file else 0,
    )


def _image_type(url: str) -> str:
    """Return the media type for the extension of an image's URL, empty when it is unknown."""
    path = url.partition("#")[0].partition("?")[0]
    stem, _, suffix = path.rpartition("/")[2].lower().rpartition(".")
    return f"image/{_IMAGES[suffix]}" if stem and suffix in _IMAGES else ""


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0


def _enclosure(file: Enclosure | None) -> Enclosure | None:
    url = uri(file.url) if file else ""
    if not file or not url:
        return None
    media_type = file.type if _MEDIA_TYPE.fullmatch(file.type) else ""
    return msgspec.structs.replace(file, url=url, type=media_type)
