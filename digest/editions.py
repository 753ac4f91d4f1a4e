"""What an edition of a digest contains."""

from datetime import datetime

from msgspec import Struct

from digest.posts import Post


class EditionSection(Struct, frozen=True):
    """A section of an edition with its posts in their order."""

    title: str  # empty for a digest without sections
    posts: tuple[Post, ...]
    layout: str = ""  # featured, compact, title, or empty: by rule


class Note(Struct, frozen=True):
    """An editor's note for one edition. Intro and outro are Markdown."""

    path: str = ""
    intro: str = ""
    outro: str = ""
    subject: str = ""
    preheader: str = ""
    order: tuple[str, ...] = ()  # ids, urls, paths or slugs of posts, first to last


class Edition(Struct, frozen=True):
    """One number of a digest."""

    digest: str  # its name in digest.toml
    key: str  # weekly/2026-W47
    start: datetime  # the window's first instant, aware, in the digest's zone
    end: datetime  # the window's end, exclusive
    sections: tuple[EditionSection, ...]
    late: tuple[str, ...] = ()  # ids of posts dated before `start`
    draft: bool = False  # built too late to be sent without a look
    note: Note | None = None

    @property
    def posts(self) -> tuple[Post, ...]:
        """Every post once, in reading order."""
        return tuple({post.id: post for section in self.sections for post in section.posts}.values())
