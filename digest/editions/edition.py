"""The structs of an edition, and the assignment of its posts to sections."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime, tzinfo
from pathlib import PurePosixPath

import msgspec
from msgspec import Struct

from digest.collector.post import Post, in_zone
from digest.collector.select import matches
from digest.config import Digest, Section

LINKS_FOLDER = "links"  # a post in a folder of this name that first appeared elsewhere is a link
AFTER_LEAD, AFTER_ALL = "lead", "end"  # places of slots; the others are titles of sections


class EditionSection(Struct, frozen=True):
    """A section of an edition with its posts in their order."""

    title: str  # empty for a digest without sections
    posts: tuple[Post, ...]
    layout: str = ""  # one of `config.schema.Layout`; empty: by rule
    intro: str = ""  # Markdown
    is_round_up: bool = False  # holds links; its title is that of the digest's links when empty


class NoteLink(Struct, frozen=True):
    """A link in an editor's note. `comment` is Markdown; `line` is that of the note."""

    url: str
    title: str
    comment: str = ""
    source: str = ""  # the name of the site; its host when empty
    tags: tuple[str, ...] = ()
    line: int = 0


class Slot(Struct, frozen=True):
    """A sponsor or a call to action between sections. `text` is Markdown, `path` and `line` its place in the files."""

    text: str
    label: str = ""  # empty: the word for what is sponsored
    after: str = AFTER_LEAD  # AFTER_LEAD, AFTER_ALL or the title of a section
    path: str = ""
    line: int = 0


class Note(Struct, frozen=True):
    """An editor's note for one edition. Intro and outro are Markdown, and so are the intros of `sections`, by title."""

    path: str = ""
    intro: str = ""
    outro: str = ""
    subject: str = ""
    preheader: str = ""
    order: tuple[str, ...] = ()  # ids, urls, paths or slugs of posts, first to last
    sections: Mapping[str, str] = {}
    links: tuple[NoteLink, ...] = ()
    slots: tuple[Slot, ...] = ()


class Edition(Struct, frozen=True):
    """One number of a digest."""

    digest: str  # its name in digest.toml
    key: str  # weekly/2026-W47
    start: datetime  # the window's first instant, aware, in the digest's zone
    end: datetime  # the window's end, exclusive
    sections: tuple[EditionSection, ...]
    late: tuple[str, ...] = ()  # ids of posts dated before `start`
    draft: bool = False  # built so late that it needs a review before it is sent
    note: Note | None = None
    number: int = 0  # of the digest's editions; 0 when not known
    slots: tuple[Slot, ...] = ()

    @property
    def posts(self) -> tuple[Post, ...]:
        """Every post once, in reading order."""
        return tuple({post.id: post for section in self.sections for post in section.posts}.values())


def edition_in_zone(edition: Edition, zone: tzinfo) -> Edition:
    """Return the edition with all its times, and those of its posts, in `zone`, for templates that print them."""
    sections = [
        msgspec.structs.replace(section, posts=tuple(in_zone(post, zone) for post in section.posts))
        for section in edition.sections
    ]
    return msgspec.structs.replace(
        edition,
        start=edition.start.astimezone(zone),
        end=edition.end.astimezone(zone),
        sections=tuple(sections),
    )


def appeared(post: Post) -> datetime:
    """Return when the post became visible to readers; this decides its window."""
    return post.publish or post.date


def arrange(digest: Digest, posts: Iterable[Post], note: Note | None = None) -> tuple[EditionSection, ...]:
    """Assign `posts` to sections and return those that are not empty.

    Pinned posts come first. Any other post goes into the first section that matches it and has room. A post without a
    section goes into the rest, or is left out when the digest has no rest. A note's order sorts each section.
    """
    newest = sorted(posts, key=lambda post: (-appeared(post).timestamp(), post.url))
    pinned = [post for post in newest if post.digest == "pin"]
    others = [post for post in newest if post.digest != "pin"]
    sections = [EditionSection("", tuple(pinned)), *_fill_sections(digest, newest, others)]
    if not digest.sections:
        sections = _join_untitled(sections)
    if note is not None:
        sections = [_with_note(note, section) for section in sections]
    return tuple(section for section in sections if section.posts)


def is_link(post: Post) -> bool:
    """Return whether a post is a link to another site with a comment on it."""
    return bool(post.source_url) and LINKS_FOLDER in PurePosixPath(post.path).parts[:-1]


def round_up(digest: Digest, posts: Iterable[Post] = ()) -> EditionSection:
    """Return the section of a digest's links."""
    return EditionSection(digest.links, tuple(posts), "links", is_round_up=True)


def _join_untitled(sections: list[EditionSection]) -> list[EditionSection]:
    """Return the sections of a digest that has none: its posts, and its links."""
    posts = [post for section in sections if not section.is_round_up for post in section.posts]
    return [EditionSection("", tuple(posts)), *(section for section in sections if section.is_round_up)]


def unknown_in_order(posts: Iterable[Post], note: Note) -> tuple[str, ...]:
    """Return the names in a note's order that match none of `posts`."""
    known = known_names(posts)
    return tuple(name for name in note.order if name not in known)


def known_names(posts: Iterable[Post]) -> set[str]:
    """Return the names that a note's order may use for `posts`."""
    return {name for post in posts for name in _names(post)}


def _fill_sections(digest: Digest, newest: list[Post], others: list[Post]) -> Iterator[EditionSection]:
    """Yield the digest's sections; `newest` are all posts, `others` those that are not pinned.

    Links that no section takes stand in a section of their own, at the end.
    """
    free = others
    for section in digest.sections:
        candidates = newest if section.also_in else free
        taken = _take(section, candidates)
        placed = {post.id for post in taken}
        free = [post for post in free if post.id not in placed]
        yield EditionSection(section.title, tuple(taken), section.layout, section.intro)
    if digest.rest or not digest.sections:
        yield EditionSection(digest.rest, tuple(post for post in free if not is_link(post)))
    yield round_up(digest, filter(is_link, free))


def _take(section: Section, newest: Collection[Post]) -> list[Post]:
    """Return the posts that match a section, sorted and limited by its settings."""
    posts = [post for post in newest if matches(post, section)]
    if section.order == "title":
        posts.sort(key=lambda post: (post.title.casefold(), post.url))
    elif section.order == "oldest":
        posts.reverse()
    return posts[: section.limit]


def _with_note(note: Note, section: EditionSection) -> EditionSection:
    """Return the section as a note has it: with its intro, and in its order, other posts at the end as they were."""
    order = note.order

    def rank(post: Post) -> int:
        return min((order.index(name) for name in _names(post) if name in order), default=len(order))

    return msgspec.structs.replace(
        section,
        posts=tuple(sorted(section.posts, key=rank)),
        intro=note.sections.get(section.title, section.intro),
    )


def _names(post: Post) -> tuple[str, ...]:
    return post.id, post.url, post.path, post.slug
