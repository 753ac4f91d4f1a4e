"""What an editor writes around the posts: intros, an outro, slots and links, from Markdown to a part of the letter."""

from collections.abc import Mapping
from functools import lru_cache

from markupsafe import Markup
from msgspec import Struct

from digest import localisation
from digest.collector.post import clean_text
from digest.editions.edition import NoteLink, Slot
from digest.emails import body, fonts
from digest.emails.copies import are_made
from digest.emails.hosts import host
from digest.emails.job import Job
from digest.emails.look import Look, fill
from digest.emails.page import piece
from digest.emails.plaintext import from_html, literal, wrap
from digest.emails.providers import escape_html, escape_text
from digest.problems import Problem

_SPONSORED = "sponsored"  # a label that is written in the language of the digest


class Part(Struct, frozen=True):
    """A part of the letter in finished HTML, its CSS inlined, and as plain text."""

    html: str = ""
    text: str = ""
    problems: tuple[Problem, ...] = ()


class Prose(Struct, frozen=True):
    """Markdown as clean HTML, before its CSS is inlined, and as plain text."""

    html: str = ""
    text: str = ""
    problems: tuple[Problem, ...] = ()


def prose(job: Job, path: str, source: str, place: str, *, top: int = 2) -> Prose:
    """Return Markdown from the file `path` as clean HTML; `place` names it in problems, `top` is its first heading."""
    if not source.strip():
        return Prose()
    written = Written(path, source, place, top, job.digest.title, are_made(job.digest.images))
    return _prose(written, job.config.site.url, job.look)


class Written(Struct, frozen=True):
    """Markdown that an editor wrote, and where: the editions of a run share it."""

    path: str
    source: str
    place: str
    top: int
    title: str
    copies: bool


@lru_cache(maxsize=256)
def _prose(written: Written, url: str, look: Look) -> Prose:
    from digest.markdown import render_fragment

    html = render_fragment(written.source, url)
    if not html.strip():
        message = f"the {written.place} is left out: it holds nothing that can be shown, or is nested too deeply"
        return Prose(problems=(Problem(written.path, 0, 0, "note-left-out", message, "write it plainly", "warning"),))
    found = body.Body(
        path=written.path,
        line=0,
        url=url,
        title=written.title,
        language="",
        look=look,
        folders={url: look.static},
        copies=written.copies,
    )
    return Prose(body.render(html, found, top=written.top), from_html(html), tuple(found.problems))


def note_part(job: Job, source: str, place: str) -> Part:
    """Return the intro or the outro of an edition's note."""
    path = job.edition.note.path if job.edition.note else ""
    made = prose(job, path, source, place)
    if not made.html:
        return Part(problems=made.problems)
    inlined = piece(made.html, place, job.look)
    return Part(escape_html(inlined, job.digest.provider), made.text, made.problems)


def slot_part(job: Job, slot: Slot, place: str) -> Part:
    """Return a slot with its label, for the block `place` of the page."""
    words = localisation.words(job.look.language)
    label = slot.label if slot.label.casefold() not in ("", _SPONSORED) else words.sponsored
    made = prose(job, slot.path, slot.text, "slot", top=3)
    if not made.html:
        return Part(problems=made.problems)
    values = {"label": label, "spacing": fonts.spacing(label), "body": Markup(made.html)}  # noqa: S704 - clean HTML
    html = finished(job, "slot.html.jinja", place, values)
    heading = escape_text(literal(f"[{label}]"), job.digest.provider)
    return Part(html, f"{heading}\n\n{escape_text(made.text, job.digest.provider)}", made.problems)


def link_part(job: Job, link: NoteLink) -> Part:
    """Return a link of an edition's note with the comment on it."""
    path = job.edition.note.path if job.edition.note else ""
    made = prose(job, path, link.comment, "comment", top=3)
    source = link.source or host(link.url)
    card = {
        "anchor": "",
        "url": link.url,
        "title": link.title,
        "lang": job.look.language,
        "dir": localisation.direction(job.look.language),
        "script": job.look.script,
        "meta": [source] if source else [],
        "meta_dir": localisation.direction(job.look.language),
        "meta_lang": job.look.language,
        "body": Markup(made.html),  # noqa: S704 - clean HTML
        "summary": "",
        "level": 2,
        "tags": tags_shown(job, link.tags),
    }
    html = finished(job, "card-links.html.jinja", "sections", {"card": card})
    head = literal(wrap(f"{link.title} ({source})" if source else link.title))
    text = "\n\n".join(part for part in (head, made.text, link.url) if part)
    return Part(html, f"{escape_text(text, job.digest.provider)}\n", made.problems)


def tags_shown(job: Job, tags: tuple[str, ...]) -> list[dict[str, str]]:
    """Return the tags of a link, which have no feeds of their own."""
    if job.digest.tags == "none":
        return []
    return [{"name": clean_text(tag), "url": "", "dir": localisation.text_direction(tag)} for tag in tags]


def finished(job: Job, template: str, place: str, values: Mapping[str, object]) -> str:
    """Return a filled-in template with its CSS inlined as in the block `place`, escaped for the provider."""
    words = localisation.words(job.look.language)
    shared = {
        "words": words,
        "comma": localisation.comma(job.look.language),
        "theme": job.look.theme,
        "site": job.look.site,
        "script": job.look.script,
        **job.look.inks,
    }
    html = fill(job.look.environment, template, {**shared, **values})
    return escape_html(piece(html, place, job.look), job.digest.provider)
