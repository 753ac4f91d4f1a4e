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
from digest.emails import fonts, segments
from digest.emails.card import Card, Layout, Style, card
from digest.emails.copies import are_made
from digest.emails.editorial import Part, finished, link_part, prose, slot_part
from digest.emails.fitting import Shown
from digest.emails.job import Job
from digest.emails.plaintext import literal, underline
from digest.emails.providers import escape_text
from digest.emails.segments import Audience
from digest.problems import Problem

CONTENTS_FROM = 5  # posts; a shorter edition needs no table of contents
_LISTED = 7  # posts in the contents
_REST = Digest().rest  # the title of the last section where the owner gave it none
_LEAD, _SECTIONS = "lead", "sections"  # blocks of the page
_GAP, _GAP_AFTER_HEADING = "\n\n", "\n"  # in plain text, between lines
_CONTENTS = "contents-section.html.jinja"
_LINES = "\ue000"  # stands for the lines of the contents while the CSS around them is inlined


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
    contents_edges: tuple[str, str]  # what stands around the contents with their heading


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
    lead = segments.shown(job.segments, made.lead.html, _lead_audience(job)) if made.lead else ""
    first = lead + "".join(part.html for part in made.lead_slots)
    groups = [_group_html(job, group) for group in made.groups]
    sections = "".join(groups) + "".join(part.html for part in made.slots)
    if _LEAD not in job.look.ancestors:
        first, sections = "", first + sections
    return Blocks(
        lead=segments.declared(job.segments, first),
        contents=segments.declared(job.segments, _contents(job, made)),
        sections=segments.declared(job.segments, sections),
        contents_edges=_contents_edges(job, made),
    )


def text(job: Job, made: Letter) -> str:
    """Return a letter as plain text; the empty lines before a part belong to its block."""
    gap, written = "\n", []
    for lines, next_gap, to in _text_parts(job, made):
        if lines:
            whole_lines = lines.rstrip("\n") + "\n"  # no address stands beside the end of its block
            written.append(segments.shown(job.segments, gap + whole_lines, to))
            gap = next_gap
    return segments.declared(job.segments, "".join(written))


def _text_parts(job: Job, made: Letter) -> Iterator[tuple[str, str, Audience]]:
    """Yield each part of the text, with the gap after it and those who get it."""
    if made.lead:
        yield made.lead.text, _GAP, _lead_audience(job)
    for part in made.lead_slots:
        yield part.text, _GAP, ()
    for group in made.groups:
        yield group.heading.text, _GAP_AFTER_HEADING, _heading_audience(job, group)
        for each, to in _entries(job, group):
            yield each.text, _GAP, to
    for part in made.slots:
        yield part.text, _GAP, ()


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


def _group_html(job: Job, group: Group) -> str:
    heading = segments.shown(job.segments, group.heading.html, _heading_audience(job, group))
    return heading + "".join(segments.shown(job.segments, each.html, to) for each, to in _entries(job, group))


def _entries(job: Job, group: Group) -> Iterator[tuple[Card | Part, Audience]]:
    """Yield what stands below the heading of a section, with those who get it; a slot is for everybody."""
    for post, each in zip(group.section.posts, group.cards, strict=True):
        yield each, segments.audience(job.segments, post.tags)
    for link, part in zip(_note_links(job), group.links, strict=False):  # no links, in all sections but one
        yield part, segments.audience(job.segments, link.tags)
    yield from ((part, ()) for part in group.slots)


def _lead_audience(job: Job) -> Audience:
    return segments.audience(job.segments, job.lead.tags) if job.lead else ()


def _heading_audience(job: Job, group: Group) -> Audience:
    """Return who gets something of a section."""
    tags = [post.tags for post in group.section.posts]
    if group.links:
        tags += [link.tags for link in _note_links(job)]
    return segments.audience(job.segments, *tags)


def _contents(job: Job, made: Letter) -> str:
    """Return the table of contents; empty when the edition is short, or the owner wants none."""
    shown = sum(len(group.cards) for group in made.groups)
    is_long = len(made.cards) >= CONTENTS_FROM
    if not shown or job.digest.contents == "never" or (job.digest.contents == "auto" and not is_long):
        return ""
    listed = _listed(job, made.groups)
    parts = [_contents_of(job, group, lines) for group, lines in zip(made.groups, listed, strict=True) if lines]
    return "".join(parts) + _others(job, made, listed)


def _contents_of(job: Job, group: Group, cards: Sequence[Card]) -> str:
    """Return the part of the contents that lists `cards` of a section."""
    title = group.section.title
    values = {"title": title, "title_dir": localisation.text_direction(title)}
    if job.segments is None:
        lines = "".join(each.contents for each in cards)
        return finished(job, _CONTENTS, "contents", {**values, "lines": Markup(lines)})  # noqa: S704 - by a template
    tags = {each.anchor: post.tags for post, each in zip(group.section.posts, group.cards, strict=True)}
    around = finished(job, _CONTENTS, "contents", {**values, "lines": _LINES})
    before, _, after = around.partition(_LINES)
    lines = "".join(_line(job, each, tags[each.anchor]) for each in cards)
    to = segments.audience(job.segments, *(tags[each.anchor] for each in cards))
    return segments.shown(job.segments, before, to) + lines + segments.shown(job.segments, after, to)


def _line(job: Job, listed: Card, tags: Sequence[str]) -> str:
    """Return the line of a post in the contents, as a block for those who get the post."""
    return segments.shown(job.segments, listed.contents, segments.audience(job.segments, tags))


def _contents_edges(job: Job, made: Letter) -> tuple[str, str]:
    """Return what hides the whole of the contents from a reader of whose posts none is listed there."""
    posts = [
        post
        for group in made.groups
        for post, each in zip(group.section.posts, group.cards, strict=True)
        if each.anchor
    ]
    return segments.edges(job.segments, segments.audience(job.segments, *(post.tags for post in posts)))


def _listed(job: Job, groups: Sequence[Group]) -> list[tuple[Card, ...]]:
    """Return the cards of each section that the contents list: the first ones, as many of each section as of others.

    With segments all are listed, since nobody knows here which of them a reader gets.
    """
    counts = [0 for _ in groups]
    sizes = [len(_own(group)) for group in groups]
    free = sum(sizes) if job.segments else _LISTED
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
