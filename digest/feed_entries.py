"""One entry of a feed as a fragment of each format, made once and spliced into every feed that shows it.

An `Entry` is what an entry says, whether it comes from a post or from a digest's edition; a fragment depends on nothing
else but the site. All that is put into a fragment is cleaned here.
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from digest.config import Config, Format, Text
from digest.feed_values import EMAIL, MEDIA_TYPE, clean, first_words, iri_id, language, line, rfc3339, uri
from digest.markup import Rendered
from digest.patterns import pattern
from digest.posts import Author, Enclosure, Image, Post

SOUND = ("audio/", "video/")  # what makes a post an episode

_AMBIGUOUS = pattern(r"&(?=[#A-Za-z])")  # https://html.spec.whatwg.org/#syntax-ambiguous-ampersand
_IMAGE_TYPES = {
    ".avif": "image/avif",
    ".gif": "image/gif",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
}


class Entry(Struct, frozen=True):
    """What one entry says; `html` is clean HTML, or empty when the entry is only its summary (plain text)."""

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
    entry = Entry(
        id=post.id,
        url=post.url,
        title=post.title or first_words(post.summary or rendered.summary),
        date=post.date,
        html=rendered.html if full else "",
        summary=post.summary or rendered.summary,
        lead="" if full or post.summary else rendered.lead,
        updated=post.updated,
        language=post.language,
        authors=post.authors,
        tags=post.tags,
        image=image,
        image_type=_IMAGE_TYPES.get(PurePosixPath(urlsplit(image.url).path).suffix.lower(), "") if image else "",
        image_bytes=_size(config.root / image.file) if image and image.file else 0,
        enclosure=post.enclosure,
        source_url=post.source_url,
        source_title=post.source_title,
    )
    return _cleaned(entry, config)


def edition_entry(
    *, url: str, title: str, date: datetime, html: str, summary: str, config: Config, language: str = ""
) -> Entry:
    """Return the entry of a digest's edition: its address is its id, its `html` is clean."""
    return _cleaned(
        Entry(id=url, url=url, title=title, date=date, html=html, summary=summary, language=language), config
    )


def fragment(entry: Entry, fmt: Format, config: Config) -> bytes:
    """Return the `<item>`, the `<entry>` or the JSON object of an entry, with the namespaces of the feed's root."""
    return _FRAGMENTS[fmt](entry, config)


def site_author(config: Config) -> Author:
    """Return who writes where a post does not say: the site's author, else the site itself (Atom must have one)."""
    person = config.site.author
    name = line(person.name) or line(config.site.title) or urlsplit(config.site.url).hostname or "-"
    return _person(name, person.email, person.url)


def _person(name: str, email: str, url: str) -> Author:
    email = line(email)
    return Author(name=line(name), email=email if EMAIL.fullmatch(email) else "", url=uri(url))


def _cleaned(entry: Entry, config: Config) -> Entry:
    url = uri(entry.url) or uri(config.site.url)
    authors = tuple(_person(a.name, a.email, a.url) for a in entry.authors if line(a.name))
    image, sound = entry.image, entry.enclosure
    return msgspec.structs.replace(
        entry,
        id=url if entry.id == entry.url else (line(entry.id) or url),
        url=url,
        title=line(entry.title) or entry.date.date().isoformat(),
        html=clean(entry.html).strip(),
        summary=line(entry.summary),
        lead=clean(entry.lead).strip(),
        language=language(entry.language) or language(config.site.language),
        authors=authors or (msgspec.structs.replace(site_author(config), email=""),),
        tags=tuple(dict.fromkeys(tag for tag in map(line, entry.tags) if tag)),
        image=msgspec.structs.replace(image, url=uri(image.url), alt=line(image.alt))
        if image and uri(image.url)
        else None,
        enclosure=msgspec.structs.replace(
            sound, url=uri(sound.url), type=sound.type if MEDIA_TYPE.fullmatch(sound.type) else ""
        )
        if sound and uri(sound.url)
        else None,
        source_url=uri(entry.source_url),
        source_title=line(entry.source_title),
    )


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0


def _as_html(text: str) -> str:
    """Return plain text as HTML, escaped no more than it must be: some readers take a description for plain text."""
    return _AMBIGUOUS.sub("&amp;", text).replace("<", "&lt;")


def _rss(entry: Entry, config: Config) -> bytes:  # noqa: ARG001 -- the formats share one signature
    from digest.feedgen_fixes import new_entry, rss_fragment

    item = new_entry(entry)
    item.title(entry.title)
    item.link(href=entry.url)
    item.guid(entry.id, permalink=entry.permalink)
    summary = entry.lead or _as_html(entry.summary)
    if entry.html:
        item.content(entry.html)
    if summary and summary != entry.html:
        item.description(summary)
    item.category([{"term": tag} for tag in entry.tags])
    return rss_fragment(item)


def _atom(entry: Entry, config: Config) -> bytes:
    from digest.feedgen_fixes import atom_fragment, new_entry

    atom = new_entry(entry)
    atom.id(entry.url if entry.permalink else iri_id(entry.id, uri(config.site.url)))
    atom.title(entry.title)
    atom.link(href=entry.url)
    if entry.html:
        atom.content(entry.html, type="html")
    if entry.lead:
        atom.summary(entry.lead, type="html")
    elif entry.summary or not entry.html:
        atom.summary(entry.summary or entry.title)
    atom.category([{"term": tag} for tag in entry.tags])
    atom.author([{"name": a.name, "email": a.email, "uri": a.url} for a in entry.authors])
    return atom_fragment(atom)


def _json(entry: Entry, config: Config) -> bytes:  # noqa: ARG001
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
    item["date_published"] = rfc3339(entry.date)
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


_FRAGMENTS: dict[Format, Callable[[Entry, Config], bytes]] = {"rss": _rss, "atom": _atom, "json": _json}
