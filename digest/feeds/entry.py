"""The format-independent entry of a feed: a post or an edition of a digest.

All values of an `Entry` are clean, so the formats only serialise them.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, tzinfo
from itertools import zip_longest
from urllib.parse import quote, urlsplit

import msgspec
from msgspec import Struct

from digest.collector.post import (
    Author,
    Credit,
    Enclosure,
    Episode,
    Image,
    Post,
    Transcript,
    is_media,
    tag_key,
    with_ended_isolates,
)
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
    enclosures: tuple[Enclosure, ...] = ()  # audio, video, or any other files
    episode: Episode | None = None  # what podcast apps want to know of the first of them
    comments_url: str = ""
    tag_scheme: str = ""  # the address that names the vocabulary of the tags
    source_url: str = ""  # where the post first appeared, when elsewhere
    source_title: str = ""

    @property
    def enclosure(self) -> Enclosure | None:
        """The first file, the only one that RSS has."""
        return self.enclosures[0] if self.enclosures else None

    @property
    def categories(self) -> list[dict[str, str]]:
        """The tags as feedgen takes them."""
        scheme = {"scheme": self.tag_scheme} if self.tag_scheme else {}
        return [{"term": tag, **scheme} for tag in self.tags]

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
    title = line(post.title or with_ended_isolates(first_words(summary)))
    return Entry(
        id=url if post.id == post.url else first_line(post.id, url),
        url=url,
        title=title or day_of(post.date, config.site_zone).isoformat(),
        published=post.date,
        updated=post.updated,
        html=rendered.html.strip() if full else "",
        summary=line(summary),
        lead=lead,
        language=_language(post.language, config),
        authors=authors_of(post.authors, config),
        tags=_tags((*post.tags, *post.categories)),
        image=_image(post.image, config),
        enclosures=tuple(_enclosures(post, config)),
        episode=_episode(post.episode) if is_media(post.enclosure) else None,
        comments_url=_comments_url(post, config),
        tag_scheme=uri(config.feeds.category_scheme),
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
        authors=authors_of((), config),
    )


def site_author(config: Config) -> Author:
    """Return the default author: the site's author, else the site itself (Atom requires one)."""
    site = config.site
    name = first_line(site.author.name, site.title, urlsplit(site.url).hostname or "-")
    return _author(name, site.author.email, site.author.url)


def _language(tag: str, config: Config) -> str:
    return language(tag) or language(config.site.language)


def authors_of(named: Iterable[Author], config: Config) -> tuple[Author, ...]:
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
    cleaned: dict[str, str] = {}
    for tag in map(line, tags):
        cleaned.setdefault(tag_key(tag), tag)
    return tuple(filter(None, cleaned.values()))


def _image(image: Image | None, config: Config) -> EntryImage | None:
    url = uri(image.url) if image else ""
    if not image or not url:
        return None
    return EntryImage(
        url=url,
        alt=line(image.alt),
        type=_image_type(url),
        bytes=size_of(config, image.file),
    )


def _image_type(url: str) -> str:
    """Return the media type for the extension of an image's URL, empty when it is unknown."""
    path = url.partition("#")[0].partition("?")[0]
    stem, _, suffix = path.rpartition("/")[2].lower().rpartition(".")
    return f"image/{_IMAGES[suffix]}" if stem and suffix in _IMAGES else ""


def size_of(config: Config, file: str) -> int:
    """Return the bytes of a local file; 0 when there is none."""
    try:
        return (config.root / file).stat().st_size if file else 0
    except OSError:
        return 0


def _enclosures(post: Post, config: Config) -> Iterator[Enclosure]:
    """Yield the post's files with clean values, and with the length of local files for which none is given."""
    sources = [source.file for source in post.enclosure_sources]
    for file, source in zip_longest((post.enclosure, *post.more_enclosures), sources, fillvalue=None):
        url = uri(file.url) if file else ""
        if not file or not url:
            continue
        yield msgspec.structs.replace(
            file,
            url=url,
            type=file.type if _MEDIA_TYPE.fullmatch(file.type) else "",
            length=file.length or size_of(config, source or ""),
            title=line(file.title),
        )


def _episode(episode: Episode | None) -> Episode | None:
    """Return an episode with clean values."""
    if episode is None:
        return None
    return msgspec.structs.replace(
        episode,
        season_name=line(episode.season_name),
        display=line(episode.display),
        transcripts=tuple(_transcripts(episode.transcripts)),
        chapters=uri(episode.chapters),
        people=tuple(credits_of(episode.people)),
    )


def _transcripts(found: Iterable[Transcript]) -> Iterator[Transcript]:
    for transcript in found:
        url = uri(transcript.url)
        if url and _MEDIA_TYPE.fullmatch(transcript.type):
            yield msgspec.structs.replace(transcript, url=url, language=language(transcript.language))


def credits_of(people: Iterable[Credit]) -> Iterator[Credit]:
    """Yield those of `people` that have a name, with clean values."""
    for person in people:
        name = line(person.name)
        if name:
            yield Credit(name, line(person.role), line(person.group), uri(person.url), uri(person.image))


def _comments_url(post: Post, config: Config) -> str:
    """Return where the post's comments are: its own address for them, else that by the site's pattern."""
    if post.comments_url:
        return uri(post.comments_url)
    if not post.has_comments:
        return ""
    pattern = config.feeds.comments
    return uri(pattern.replace("{url}", post.url).replace("{slug}", quote(post.slug, safe="")))
