"""The letter between masthead and foot: the lead, the contents, and the sections with their posts, links and slots."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet

from markupsafe import Markup
from msgspec import Struct
from msgspec.structs import replace

from digest import localisation
from digest.collector.post import Post
from digest.config.schema import Digest
from digest.editions.edition import AFTER_ALL, AFTER_LEAD, EditionSection, NoteLink, Slot, is_link, round_up
from digest.emails import fonts
from digest.emails.card import Card, Layout, Style, card
from digest.emails.copies import are_made
from digest.emails.editorial import Part, finished, link_part, prose, slot_part
from digest.emails.fitting import Shown
from digest.emails.job import Job
from digest.emails.plaintext import literal, underline
from digest.emails.providers import escape_text
from digest.problems import Problem

CONTENTS_FROM = 5  # posts; a shorter edition needs no table of contents
_LISTED = 7  # posts in the contents
_REST = Digest().rest  # the title of the last section where the owner gave it none
_LEAD, _SECTIONS = "lead", "sections"  # blocks of the page


class Group(Struct, frozen=True):
    """A section with the cards of its posts; `heading` is what stands before them, `links` those of the note."""

    section: EditionSection
    cards: tuple[Card, ...]
    heading: Part
    links: tuple[Part, ...] = ()
    slots: tuple[Part, ...] = ()  # after it


class Letter(Struct, frozen=True):
    """The parts of a letter, each whole; `slots` stand at its end, `lead_slots` after the lead."""

    lead: Card | None
    lead_slots: tuple[Part, ...]
    groups: tuple[Group, ...]
    slots: tuple[Part, ...]

    @property
    def cards(self) -> tuple[Card, ...]:
        """All cards, the lead first."""
        lead = (self.lead,) if self.lead else ()
        return (*lead, *(each for group in self.groups for each in group.cards))

    @property
    def problems(self) -> Iterator[Problem]:
        """The problems of all parts."""
        for each in self.cards:
            yield from each.problems
        for part in self._parts():
            yield from part.problems

    def _parts(self) -> Iterator[Part]:
        yield from self.lead_slots
        for group in self.groups:
            yield group.heading
            yield from group.links
            yield from group.slots
        yield from self.slots


class Blocks(Struct, frozen=True):
    """The blocks of the page that a letter fills, in finished HTML."""

    lead: str
    contents: str
    sections: str


def letter(job: Job, shown: Shown) -> Letter:
    """Return the letter of an edition, with its posts as `shown` says."""
    sections = tuple(_sections(job, shown))
    slots = _slots_by_place(job, sections)
    seen = {job.lead.id} if job.lead else set()
    groups = []
    for section in sections:
        groups.append(_group(job, section, shown, seen, slots.pop(section.title.casefold(), [])))
        seen |= {post.id for post in section.posts}
    return Letter(
        lead=_lead(job, shown),
        lead_slots=_slot_parts(job, slots[AFTER_LEAD], _lead_place(job)),
        groups=tuple(groups),
        slots=_slot_parts(job, slots[AFTER_ALL], _SECTIONS),
    )


def _slots_by_place(job: Job, sections: Sequence[EditionSection]) -> dict[str, list[Slot]]:
    """Return the slots by the place that they stand after; those of a section that is not there stand at the end."""
    titles = {section.title.casefold() for section in sections}
    places: dict[str, list[Slot]] = {AFTER_LEAD: [], AFTER_ALL: []}
    for slot in job.edition.slots:
        place = slot.after.casefold()
        is_known = place in titles or place in places
        places.setdefault(place if is_known else AFTER_ALL, []).append(slot)
    return places


def _slot_parts(job: Job, slots: Sequence[Slot], place: str) -> tuple[Part, ...]:
    return tuple(slot_part(job, slot, place) for slot in slots)


def _lead_place(job: Job) -> str:
    """Return the block of the page where the lead stands."""
    return _LEAD if job.lead and _LEAD in job.look.ancestors else _SECTIONS


def blocks(job: Job, made: Letter) -> Blocks:
    """Return the HTML of a letter. A page that has no place for the lead has it before the sections."""
    lead = made.lead.html if made.lead else ""
    first = lead + "".join(part.html for part in made.lead_slots)
    sections = "".join(map(_group_html, made.groups)) + "".join(part.html for part in made.slots)
    if _LEAD not in job.look.ancestors:
        return Blocks("", _contents(job, made), first + sections)
    return Blocks(first, _contents(job, made), sections)


def text(made: Letter) -> str:
    """Return a letter as plain text."""
    first = [made.lead.text] if made.lead else []
    first += [part.text for part in made.lead_slots]
    parts = ["\n\n".join(map(_as_lines, first))] if first else []
    parts += [f"{group.heading.text}{_group_text(group)}" for group in made.groups]
    parts += [part.text for part in made.slots if part.text]
    return "\n".join(f"\n{_as_lines(part)}" for part in parts)


def _sections(job: Job, shown: Shown) -> Iterator[EditionSection]:
    """Yield the sections without the lead and what is left out; one that has nothing to show is left out, too.

    An editor's intro is something to show, and so are the links of a note.
    """
    sections = job.edition.sections
    has_round_up = any(section.is_round_up for section in sections)
    if _note_links(job) and not has_round_up:
        sections = (*sections, round_up(job.digest))
    out = {job.lead.id} if job.lead else set()
    for section in sections:
        posts = _without(section.posts, out | shown.left_out)
        out = set()  # the lead stands in the first section; another may show it again
        links = _note_links(job) if section.is_round_up else ()
        if posts or section.intro or links:
            yield replace(section, posts=posts, title=_title(job, section))


def _without(posts: tuple[Post, ...], out: AbstractSet[str]) -> tuple[Post, ...]:
    return tuple(post for post in posts if post.id not in out)


def _note_links(job: Job) -> tuple[NoteLink, ...]:
    return job.edition.note.links if job.edition.note else ()


def _title(job: Job, section: EditionSection) -> str:
    words = localisation.words(job.look.language)
    if section.is_round_up:
        return section.title or words.links
    return words.remaining if section.title == _REST else section.title


def _group(job: Job, section: EditionSection, shown: Shown, seen: set[str], slots: Sequence[Slot]) -> Group:
    cards = tuple(_section_card(job, section, post, shown, repeated=post.id in seen) for post in section.posts)
    links = _note_links(job) if section.is_round_up else ()
    return Group(
        section=section,
        cards=cards,
        heading=_heading(job, section, cards, len(links)),
        links=tuple(link_part(job, link) for link in links),
        slots=_slot_parts(job, slots, _SECTIONS),
    )


def _lead(job: Job, shown: Shown) -> Card | None:
    if job.lead is None:
        return None
    layout: Layout = "title" if job.lead.id in shown.titles else "featured"
    kicker = _title(job, job.edition.sections[0])
    style = _style(job, job.lead, shown, layout=layout, level=2, place=_lead_place(job))
    return card(job.lead, job.body(job.lead), replace(style, kicker=kicker), job.look)


def _section_card(job: Job, section: EditionSection, post: Post, shown: Shown, *, repeated: bool) -> Card:
    style = _style(
        job,
        post,
        shown,
        layout=_layout(job, section, post, shown),
        level=3 if section.title else 2,
        place=_SECTIONS,
    )
    return card(post, job.body(post), replace(style, repeated=repeated), job.look)


def _style(job: Job, post: Post, shown: Shown, *, layout: Layout, level: int, place: str) -> Style:
    digest = job.digest
    in_full = digest.text == "full" and post.id not in shown.summaries and job.fits(post)
    return Style(
        layout=layout,
        place=place,
        level=level,
        text="full" if in_full else "summary",
        words=min(digest.words, shown.words or digest.words),
        full_words=digest.full_words,
        zone=job.zone,
        year=job.year,
        tags=digest.tags,
        provider=digest.provider,
        copies=are_made(digest.images),
        campaign=job.edition.digest if digest.utm else "",
    )


def _layout(job: Job, section: EditionSection, post: Post, shown: Shown) -> Layout:
    if post.id in shown.titles:
        return "title"
    is_first = job.lead is None and job.digest.lead and post.id == job.posts[0].id
    rule = "featured" if is_first and not is_link(post) else "compact"
    return post.layout or section.layout or rule  # type: ignore[return-value]


def _heading(job: Job, section: EditionSection, cards: Sequence[Card], links: int) -> Part:
    """Return what stands before the cards of a section: its title and its intro, or a line."""
    path = job.edition.note.path if job.edition.note else ""
    intro = prose(job, path or job.settings, section.intro, "intro of a section", top=3)
    posts = [{"title": each.title, "url": each.url, "anchor": each.anchor} for each in cards]
    values = {
        "title": section.title,
        "title_dir": localisation.text_direction(section.title),
        "spacing": fonts.spacing(section.title),
        "intro": Markup(intro.html),  # noqa: S704 - clean HTML
        "count": len(cards) + links,
        "posts": posts,
    }
    html = finished(job, "section.html.jinja", _SECTIONS, values)
    title = section.title
    heading = f"{literal(title.upper())}\n{underline(title, '=')}\n\n" if title else ""
    text = f"{heading}{intro.text}\n\n" if intro.text else heading
    return Part(html, escape_text(text, job.digest.provider), intro.problems)


def _group_html(group: Group) -> str:
    cards = [each.html for each in group.cards]
    parts = [part.html for part in (*group.links, *group.slots)]
    return "".join((group.heading.html, *cards, *parts))


def _group_text(group: Group) -> str:
    cards = [each.text for each in group.cards]
    parts = [part.text for part in (*group.links, *group.slots) if part.text]
    return "\n\n".join(map(_as_lines, (*cards, *parts)))


def _as_lines(text: str) -> str:
    return text.rstrip("\n") + "\n"


def _contents(job: Job, made: Letter) -> str:
    """Return the table of contents; empty when the edition is short, or the owner wants none."""
    shown = sum(len(group.cards) for group in made.groups)
    is_long = len(made.cards) >= CONTENTS_FROM
    if not shown or job.digest.contents == "never" or (job.digest.contents == "auto" and not is_long):
        return ""
    listed = _listed(made.groups)
    parts = []
    for group, lines in zip(made.groups, listed, strict=True):
        if lines:
            title = group.section.title
            values = {
                "title": title,
                "title_dir": localisation.text_direction(title),
                "lines": Markup("".join(each.contents for each in lines)),  # noqa: S704 - made by a template
            }
            parts.append(finished(job, "contents-section.html.jinja", "contents", values))
    return "".join(parts) + _others(job, made, listed)


def _listed(groups: Sequence[Group]) -> list[tuple[Card, ...]]:
    """Return the cards of each section that the contents list: the first ones, as many of each section as of others."""
    counts = [0 for _ in groups]
    sizes = [len(_own(group)) for group in groups]
    free = _LISTED
    while free and counts != sizes:
        for number, size in enumerate(sizes):
            if free and counts[number] < size:
                counts[number] += 1
                free -= 1
    return [_own(group)[:count] for group, count in zip(groups, counts, strict=True)]


def _own(group: Group) -> tuple[Card, ...]:
    """Return the cards of a section that stand in no section before it."""
    return tuple(each for each in group.cards if each.anchor)


def _others(job: Job, made: Letter, listed: Sequence[tuple[Card, ...]]) -> str:
    """Return the line that says how many posts the contents do not list; it leads to the first of them."""
    hidden = [each for group, lines in zip(made.groups, listed, strict=True) for each in _own(group)[len(lines) :]]
    if not hidden:
        return ""
    label = localisation.other_posts(len(hidden), job.look.language)
    values = {"label": label, "anchor": hidden[0].anchor}
    return finished(job, "contents-more.html.jinja", "contents", values)
