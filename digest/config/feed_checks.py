"""Validate the values of `[feeds]` and of `[site.author]` that only feeds and pages show."""

import uuid
from collections.abc import Iterator
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from digest.config.checks import Fault
from digest.config.key_positions import Keys
from digest.config.schema import ExtraFeed, Feeds, File, Person, Podcast
from digest.problems import did_you_mean

_PLACEHOLDERS = ("url", "slug")
_MEDIUMS = (
    *("podcast", "music", "video", "film", "audiobook", "newsletter", "blog", "course"),
    *("publisher", "mixed"),
)  # https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/tags/medium.md
_FORMAT_FILES = {"rss": "feed.xml", "atom": "atom.xml", "json": "feed.json"}
_MAX_TXT = 4_000  # characters


def feed_faults(file: File) -> Iterator[Fault]:
    """Yield every value that has the right type and is invalid."""
    yield from _author_faults(("site", "author"), file.site.author)
    yield from _own_faults(("feeds",), file.feeds)
    yield from _podcast_faults(("feeds", "podcast"), file.feeds.podcast)
    for name, extra in file.feeds.extra.items():
        yield from _extra_faults(("feeds", "extra", name), extra)


def _author_faults(keys: Keys, author: Person) -> Iterator[Fault]:
    name, at, host = author.fediverse.removeprefix("@").partition("@")
    if author.fediverse and not (name and at and "." in host and _is_one_word(author.fediverse)):
        message = f'"{author.fediverse}" is no name in the fediverse'
        yield Fault((*keys, "fediverse"), "fediverse", message, 'write such as "@mara@mastodon.example"')
    for number, profile in enumerate(author.profiles):
        yield from _url_fault((*keys, "profiles", str(number)), profile)


def _own_faults(keys: Keys, feeds: Feeds) -> Iterator[Fault]:
    yield from _url_fault((*keys, "license"), feeds.license)
    yield from _url_fault((*keys, "category_scheme"), feeds.category_scheme)
    yield from _comments_faults((*keys, "comments"), feeds.comments)


def _comments_faults(keys: Keys, pattern: str) -> Iterator[Fault]:
    """Yield what is wrong with a pattern of addresses: `{url}#comments`."""
    if not pattern:
        return
    words = [part.partition("}")[0] for part in pattern.split("{")[1:]]
    for word in words:
        if word not in _PLACEHOLDERS:
            hint = did_you_mean(word, _PLACEHOLDERS) or "known: {url}, {slug}"
            yield Fault(keys, "comments", f"{{{word}}} means nothing here", hint)
    filled = pattern.replace("{url}", "https://example.org/a/").replace("{slug}", "a")
    if not words:
        yield Fault(keys, "comments", "every post would have the same address", 'write such as "{url}#comments"')
    elif not _is_web_address(filled) and "{" not in filled:
        yield Fault(keys, "comments", f'"{pattern}" makes no http(s) address', 'write such as "{url}#comments"')


def _extra_faults(keys: Keys, extra: ExtraFeed) -> Iterator[Fault]:
    yield from _podcast_faults((*keys, "podcast"), extra.podcast)
    if extra.template:
        yield from _template_faults(keys, extra)
    elif extra.template_type:
        yield Fault((*keys, "template_type"), "template", "there is no template", 'add template = "news.xml.jinja"')


def _template_faults(keys: Keys, extra: ExtraFeed) -> Iterator[Fault]:
    path = PurePosixPath(extra.template)
    leads_out = path.is_absolute() or ".." in path.parts or "\\" in extra.template
    if path.suffix != ".jinja" or leads_out:
        hint = 'write such as "news.xml.jinja", a file in your templates folder'
        yield Fault((*keys, "template"), "template", f'"{extra.template}" is no name of a template', hint)
    written = [_FORMAT_FILES[form] for form in extra.formats]
    if path.stem in written:
        message = f"{path.stem} is the name of another file of this feed"
        yield Fault((*keys, "template"), "template", message, "give the template another name")


def _podcast_faults(keys: Keys, podcast: Podcast) -> Iterator[Fault]:
    if podcast.guid and not _is_uuid(podcast.guid):
        hint = "write such as 9b024349-ccf0-5f69-a609-6b82873eab3c, or leave the key out"
        yield Fault((*keys, "guid"), "guid", f'"{podcast.guid}" is no UUID', hint)
    if podcast.medium and podcast.medium.removesuffix("L") not in _MEDIUMS:
        hint = did_you_mean(podcast.medium, _MEDIUMS) or "known: " + ", ".join(_MEDIUMS)
        yield Fault((*keys, "medium"), "medium", f'"{podcast.medium}" is no medium', hint)
    if len(podcast.txt) > _MAX_TXT:
        yield Fault((*keys, "txt"), "txt", f"it has more than {_MAX_TXT:,} characters", "shorten it")
    yield from _url_fault((*keys, "moved_to"), podcast.moved_to)
    yield from _url_fault((*keys, "funding_url"), podcast.funding_url)
    if podcast.image and not podcast.image.lower().endswith((".jpg", ".jpeg", ".png")):
        message = f'"{podcast.image}" is neither a JPEG nor a PNG'
        yield Fault((*keys, "image"), "image", message, "podcast apps take no other")
    yield from _people_faults((*keys, "people"), podcast)


def _people_faults(keys: Keys, podcast: Podcast) -> Iterator[Fault]:
    for number, person in enumerate(podcast.people):
        if not person.name.strip():
            yield Fault((*keys, str(number), "name"), "name", "the name is empty", "write the person's name")
        yield from _url_fault((*keys, str(number), "url"), person.url)


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


def _url_fault(keys: Keys, value: str) -> Iterator[Fault]:
    if value and not _is_web_address(value):
        yield Fault(keys, "url", f'"{value}" is not an http(s) address', 'write "https://example.org/"')


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and _is_one_word(text)


def _is_one_word(text: str) -> bool:
    return not any(character.isspace() or character in '\\<>"' for character in text)
