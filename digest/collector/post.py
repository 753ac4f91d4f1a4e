"""`Post`, the struct of one content file, and the normal forms of its texts and tags.

`read` makes one from bytes. The structs are frozen and made of plain values, so they can be cached, compared and sent
to another process.
"""

import functools
import hashlib
import re
import unicodedata
from datetime import UTC, datetime, tzinfo
from typing import Literal

import msgspec
from msgspec import Struct

# The date of drafts, pages and broken posts that have none; lists show it as no date. It has a local time in any zone.
UNDATED = datetime(1, 1, 2, tzinfo=UTC)
MAX_SLUG = 120  # bytes; a folder's name may have 255 on every common file system
WINDOWS_NAMES = frozenset(
    ("con", "prn", "aux", "nul", *(f"{name}{n}" for name in ("com", "lpt") for n in "123456789\u00b9\u00b2\u00b3"))
)

# C0 but tab and line ends, DEL, C1, bidirectional embeddings and overrides, noncharacters, lone surrogates
_DROPPED = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\ufdd0-\ufdef\ufeff\ud800-\udfff"
    + "".join(f"{chr(plane * 0x10000 + 0xFFFE)}{chr(plane * 0x10000 + 0xFFFF)}" for plane in range(17))
    + "]"
)
# Soft hyphens, spaces and separators of no width; joiners beside ASCII
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u180e\u200b\u2060-\u2064\u206a-\u206f]|(?<=[\x00-\x7f])[\u200c\u200d]+|[\u200c\u200d]+(?=[\x00-\x7f]|$)"
)
_ISOLATES = "\u2066\u2067\u2068"  # bidirectional isolates, which end with the next character
_END_OF_ISOLATE = "\u2069"
_WITHOUT_ISOLATES = str.maketrans("", "", _ISOLATES + _END_OF_ISOLATE)
_NAMED = re.compile(r"(?<=[\w+#])[+#]|(?<!\w)\.(?=[^\W\d_])")
_NAMES = {"+": "plus", "#": "sharp", ".": "dot"}

Layout = Literal["", "featured", "compact", "title", "links", "brief"]  # how an e-mail shows a post
State = Literal["published", "draft", "unlisted", "future", "expired", "undated"]


class Author(Struct, frozen=True, array_like=True, gc=False):
    """A person who wrote a post."""

    name: str
    email: str = ""
    url: str = ""


class Image(Struct, frozen=True, array_like=True, gc=False):
    """The image of a post. `url` is absolute."""

    url: str
    alt: str = ""
    file: str = ""  # path relative to the site's folder when the image is a local file


class Enclosure(Struct, frozen=True, array_like=True, gc=False):
    """An audio or video file that belongs to a post. `length` is bytes, `duration` seconds; 0 when not known."""

    url: str
    type: str
    length: int = 0
    duration: int = 0
    title: str = ""


class EnclosureSource(Struct, frozen=True, array_like=True, gc=False):
    """Where an enclosure comes from."""

    file: str  # path relative to the site's folder when it is a local file
    line: int  # of its key
    is_named: bool = False  # a problem says already that its length cannot be read


def is_media(file: Enclosure | None) -> bool:
    """Return whether a file is audio or video, which makes its post an episode of a podcast."""
    return file is not None and file.type.startswith(("audio/", "video/"))


class Transcript(Struct, frozen=True, array_like=True, gc=False):
    """A file with the words of an episode."""

    url: str
    type: str
    language: str = ""  # BCP 47; that of the feed when empty
    captions: bool = False


class Credit(Struct, frozen=True, array_like=True, gc=False):
    """A person who is heard in an episode, or helped to make it."""

    name: str
    role: str = ""
    group: str = ""
    url: str = ""
    image: str = ""


class Episode(Struct, frozen=True, array_like=True, gc=False):
    """What front matter says of a post as an episode of a podcast. Missing values are empty, 0 or None."""

    season: int = 0
    season_name: str = ""
    number: str = ""  # decimal
    display: str = ""  # shown in place of the number
    kind: Literal["", "full", "trailer", "bonus"] = ""
    explicit: bool | None = None
    transcripts: tuple[Transcript, ...] = ()
    chapters: str = ""  # address of the file
    people: tuple[Credit, ...] = ()


class Post(Struct, frozen=True, array_like=True, gc=False):
    """The metadata of a content file. The body stays in the file until it is rendered."""

    path: str  # relative to the site's folder, forward slashes
    id: str  # front matter `id` or `guid`, else the first of `aliases`, else `url`
    url: str  # absolute permalink
    date: datetime  # aware
    draft: bool = False
    unlisted: bool = False  # the site has a page for it, but no list does
    updated: datetime | None = None
    publish: datetime | None = None  # not before this instant, when it is not `date`
    expires: datetime | None = None
    shown_early: bool = False  # the site shows it before its date
    tags: tuple[str, ...] = ()  # unique by `tag_key`; the first spelling wins
    language: str = ""  # BCP 47
    image: Image | None = None
    enclosure: Enclosure | None = None
    digest: Literal["", "pin", "skip"] = ""
    resend: bool = False
    slug: str = ""
    title: str = ""  # plain text; empty when the post has none
    body_start: int = 0  # where the body starts in the file, bytes
    body_line: int = 1  # the same as a line number, from 1
    authors: tuple[Author, ...] = ()
    summary: str = ""  # plain text as the front matter has it
    source_url: str = ""  # where the post first appeared, when elsewhere
    source_title: str = ""
    aliases: tuple[str, ...] = ()  # absolute URLs at which it stood before
    layout: Layout = ""
    full_text: bool | None = None  # overrides a feed's choice
    typed_title: str = ""  # the title with its HTML entities as typed, when it has any
    restructured: bool = False  # the body is reStructuredText, and not Markdown
    source_hash: bytes = b""  # of the file's content, 16 bytes
    in_feeds: bool = True  # `feed: false` keeps it out of feeds, and of nothing else
    more_enclosures: tuple[Enclosure, ...] = ()  # those after the first
    enclosure_sources: tuple[EnclosureSource, ...] = ()  # of the first and of those after it
    episode: Episode | None = None
    comments_url: str = ""  # where its comments are
    has_comments: bool = True  # `comments: false`
    categories: tuple[str, ...] = ()  # read with `feeds.per_category` only; unique as tags are

    def state(self, now: datetime) -> State:
        """Return whether readers may see the post at `now` (an aware datetime); drafts first, as Hugo decides."""
        if self.draft:
            return "draft"
        if self.unlisted:
            return "unlisted"
        if self.date == UNDATED:
            return "undated"
        if not self.shown_early and (self.publish or self.date) > now:
            return "future"
        if self.expires and self.expires <= now:
            return "expired"
        return "published"


def in_zone(post: Post, zone: tzinfo) -> Post:
    """Return the post with its moments in `zone`: UTC in the cache, the site's for feeds, a digest's for its e-mail."""
    return msgspec.structs.replace(
        post,
        date=post.date.astimezone(zone),
        updated=post.updated and post.updated.astimezone(zone),
        publish=post.publish and post.publish.astimezone(zone),
        expires=post.expires and post.expires.astimezone(zone),
    )


def clean_text(text: str) -> str:
    """Return `text` on one line, in NFC, without characters that no title or name may have.

    These are control characters, bidirectional embeddings and overrides, noncharacters and lone surrogates; joiners
    stay, since emoji and Persian need them, and so do bidirectional isolates, each of which is ended. Runs of white
    space become one space.
    """
    if not text.isprintable():
        text = with_ended_isolates(_DROPPED.sub("", text))
    return " ".join(unicodedata.normalize("NFC", text).split())


def with_ended_isolates(text: str) -> str:
    """Return `text` with every bidirectional isolate ended, so that none reaches into what stands beside the text."""
    open_isolates = 0
    kept = []
    for character in text.rstrip(_ISOLATES):
        if character in _ISOLATES:
            open_isolates += 1
        elif character == _END_OF_ISOLATE and not open_isolates:
            continue
        elif character == _END_OF_ISOLATE:
            open_isolates -= 1
        kept.append(character)
    return "".join(kept) + _END_OF_ISOLATE * open_isolates


def without_isolates(text: str) -> str:
    """Return `text` without bidirectional isolates: for names and addresses, which are compared."""
    return text if text.isprintable() else text.translate(_WITHOUT_ISOLATES)


def without_invisible(text: str) -> str:
    """Return `text` without characters of no width, by which two titles could look alike and be different.

    Joiners between letters that are not ASCII stay: emoji and Persian need them.
    """
    return text if text.isprintable() else " ".join(_INVISIBLE.sub("", text).split())


@functools.lru_cache(maxsize=8192)
def tag_key(tag: str) -> str:
    """Return the key by which tags are compared: compatibility-normalised, case-folded, white space collapsed."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", without_isolates(tag)).casefold())
    return " ".join(folded.split())


def slugify(text: str) -> str:
    """Return `text` as one part of a path: letters, marks, digits and pictographs of any script, joined by hyphens.

    Safe on every file system: no dot, slash or control character, never a Windows device name, at most `MAX_SLUG`
    bytes. Empty when nothing is left. `C++`, `C#` and `.NET` become `cplusplus`, `csharp` and `dotnet`, since without
    their signs they would be other words.
    """
    key = _NAMED.sub(lambda match: _NAMES[match[0]], tag_key(text))
    slug = "-".join("".join(map(_slug_character, key)).split())
    if len(slug.encode()) > MAX_SLUG:
        mark = hashlib.blake2s(slug.encode(), digest_size=4).hexdigest()
        slug = slug.encode()[: MAX_SLUG - 9].decode(errors="ignore").rstrip("-") + "-" + mark
    return f"{slug}-" if slug in WINDOWS_NAMES else slug


def _slug_character(character: str) -> str:
    category = unicodedata.category(character)
    return character if category[0] in "LMN" or category == "So" else " "
