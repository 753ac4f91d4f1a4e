"""`Post`: one content file, as every other module knows it.

Reading one from bytes in every front-matter dialect stands in `read`. The structs are frozen and made of plain values,
so that they can be remembered, compared and sent to another process.
"""

from datetime import datetime
from typing import Literal

from msgspec import Struct

State = Literal["published", "draft", "future", "expired"]


class Author(Struct, frozen=True, omit_defaults=True):
    """A person who wrote a post."""

    name: str
    email: str = ""
    url: str = ""


class Image(Struct, frozen=True, omit_defaults=True):
    """A picture that stands for a post. `url` is absolute; `width` and `height` are pixels, 0 when not known."""

    url: str
    alt: str = ""
    width: int = 0
    height: int = 0
    file: str = ""  # path relative to the site's folder when the picture is a local file


class Enclosure(Struct, frozen=True, omit_defaults=True):
    """A sound or film that belongs to a post. `length` is bytes, `duration` seconds; 0 when not known."""

    url: str
    type: str
    length: int = 0
    duration: int = 0


class Post(Struct, frozen=True, omit_defaults=True):
    """A post: what its file says, in this program's words. The body stays in the file until a rendering needs it."""

    path: str  # relative to the site's folder, forward slashes
    id: str  # front matter `id` or `guid`, else `url`
    url: str  # absolute permalink
    slug: str
    title: str  # plain text; empty when the post has none
    date: datetime  # aware
    body_start: int  # where the body starts in the file, bytes
    body_line: int  # the same as a line number, from 1
    draft: bool = False
    updated: datetime | None = None
    publish: datetime | None = None  # not before this instant, when it is not `date`
    expires: datetime | None = None
    tags: tuple[str, ...] = ()  # first spelling wins, no two the same by `tag_key`
    language: str = ""  # BCP 47
    authors: tuple[Author, ...] = ()
    summary: str = ""  # plain text as the front matter has it
    image: Image | None = None
    enclosure: Enclosure | None = None
    source_url: str = ""  # where the post first appeared, when elsewhere
    source_title: str = ""
    aliases: tuple[str, ...] = ()
    digest: Literal["", "pin", "skip"] = ""
    resend: bool = False
    layout: Literal["", "featured", "compact", "title"] = ""  # how an e-mail shows it
    full_text: bool | None = None  # overrides a feed's choice

    def state(self, now: datetime) -> State:
        """Return whether readers may see the post at `now` (an aware datetime); drafts first, as Hugo decides."""
        if self.draft:
            return "draft"
        if (self.publish or self.date) > now:
            return "future"
        return "expired" if self.expires and self.expires <= now else "published"
