"""An edition as an e-mail: cards set into a page, a text part, a message."""

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import tzinfo
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from markupsafe import Markup
from msgspec import Struct

from digest import localisation
from digest.collector.post import Post
from digest.config.schema import Config, Digest, Site
from digest.editions.edition import Edition, EditionSection, edition_in_zone
from digest.emails import body as bodies
from digest.emails import card as cards
from digest.emails import inline_css as inlining
from digest.emails import lint
from digest.emails import mime as messages
from digest.emails import plaintext as texts
from digest.emails.card import Card, Layout, Style
from digest.emails.layout import Press, fill, page, piece, press, raw_page, slots, text_page
from digest.emails.providers import PROVIDERS, escape_header, escape_html, escape_text
from digest.problems import ConfigError, Problem

if TYPE_CHECKING:
    from digest.markdown import Rendered

CONTENTS_FROM = 5  # posts; a shorter edition needs no table of contents
PREHEADER = (40, 110)  # characters

Group = tuple[EditionSection, list[Card]]


_LONGEST_BODY = 250_000  # characters of HTML, far beyond what Gmail shows of a whole e-mail


class Email(Struct, frozen=True):
    """An edition ready to send. `eml` is the whole message, `web_pieces` the page for the archive.

    `checks` are figures for the manifest: bytes of each part, posts, and lengths of what a mailbox shows.
    """

    html: str
    text: str
    eml: bytes
    web_pieces: tuple[str, ...]  # joined when asked for: editions by tag set show none
    subject: str
    preheader: str
    problems: tuple[Problem, ...]
    checks: dict[str, int]

    @property
    def web(self) -> str:
        """The page for the archive: every post as the settings say, whatever was shortened for the mail."""
        return "".join(self.web_pieces)


class Job(Struct, frozen=True, eq=False):
    """What the steps of one edition share."""

    edition: Edition
    posts: tuple[Post, ...]
    rendered: "Mapping[str, Rendered]"
    config: Config
    digest: Digest
    language: str
    zone: tzinfo  # of its days
    press: Press

    def body(self, post: Post) -> "Rendered":
        """A post's body; an empty one when it could not be rendered."""
        if found := self.rendered.get(post.id):
            return found
        from digest.markdown import Rendered

        return Rendered(html="", summary="")

    def fits(self, post: Post) -> bool:
        """Whether the body could stand in an e-mail at all; one that can not is not worth the inlining."""
        return len(self.body(post).html) <= _LONGEST_BODY


def compose(edition: Edition, rendered: "Mapping[str, Rendered]", config: Config) -> Email:
    """Return an edition as an e-mail. `rendered` holds each post's body by the post's id.

    Raises ConfigError when a template or the subject can not be filled in.
    """
    job = _job(edition, rendered, config)
    whole = groups = _groups(job)
    values = _values(job)
    pieces = _page(job, values, groups)
    problems = list(_problems(job, groups))
    size = _size(pieces)
    if short := _to_shorten(job, groups, size):
        groups = _groups(job, short)
        pieces = _page(job, values, groups)
        size = _size(pieces)
    problems += _size_problems(job, groups, short, size)
    text = _text(job, values, groups)
    eml = messages.message(_headers(job, values), edition.end, text, pieces)
    checks = {
        "html_bytes": size,
        "text_bytes": _size(text),
        "eml_bytes": len(eml),
        "posts": len(job.posts),
        "subject_characters": len(values["subject"]),
        "preheader_characters": len(values["preheader"]),
    }
    unique = tuple(dict.fromkeys(problems))
    web = tuple(_page(job, values, whole, web=True))
    return Email("".join(pieces), "".join(text), eml, web, values["subject"], values["preheader"], unique, checks)


def _page(job: Job, values: Mapping[str, Any], groups: Sequence[Group], *, web: bool = False) -> list[str]:
    return page({**values, **_places(job, groups)}, job.language, job.digest.provider, job.press, web=web)


def _size(pieces: Sequence[str]) -> int:
    return len("".join(pieces).encode())


def original(edition: Edition, rendered: "Mapping[str, Rendered]", config: Config) -> str:
    """Return the e-mail's HTML before inlining, its whole style sheet inside: what `inlining.inline` takes."""
    job = _job(edition, rendered, config)
    groups = _groups(job)
    values = _values(job)
    short = _to_shorten(job, groups, _size(_page(job, values, groups)))
    drawn: list[str] = []
    lines: list[str] = []
    for section in _filled(edition):
        drawn.append(fill(job.press.environment, "section.html.jinja", {"title": section.title}))
        for post in section.posts:
            card = cards.draw(post, job.body(post), _style(job, section, post, short), job.press)
            drawn.append(card.html)
            lines.append(card.contents)
    values = _values(job, inlined=False) | {
        "sections": Markup("".join(drawn)),  # noqa: S704 - made by the templates
        "contents": Markup("".join(lines) if len(lines) >= CONTENTS_FROM else ""),  # noqa: S704
    }
    return raw_page(values, job.language, job.press, web=False)


def _job(edition: Edition, rendered: "Mapping[str, Rendered]", config: Config) -> Job:
    digest = config.digests[edition.digest]
    return Job(
        edition=edition,
        posts=edition.posts,
        rendered=rendered,
        config=config,
        digest=digest,
        language=digest.language or config.site.language,
        zone=config.digest_zone(edition.digest),
        press=press(config),
    )


def _filled(edition: Edition) -> list[EditionSection]:
    return [section for section in edition.sections if section.posts]


def _style(job: Job, section: EditionSection, post: Post, short: frozenset[str] = frozenset()) -> Style:
    layout: Layout = post.layout or section.layout or ("featured" if post.id == job.posts[0].id else "compact")  # type: ignore[assignment]
    text = "summary" if post.id in short or not job.fits(post) else job.digest.text
    campaign = job.edition.digest if job.digest.utm else ""
    digest = job.digest
    return Style(
        layout=layout,
        text=text,
        words=digest.words,
        full_words=digest.full_words,
        language=job.language,
        zone=job.zone,
        campaign=campaign,
        provider=digest.provider,
    )


def _groups(job: Job, short: frozenset[str] = frozenset()) -> list[Group]:
    places = slots(job.language, job.press)
    around = (places["sections"], places["contents"])
    filled = _filled(job.edition)
    asked = [(post, job.body(post), _style(job, section, post, short)) for section in filled for post in section.posts]
    made = iter(cards.cards(asked, around, job.press))
    return [(section, list(itertools.islice(made, len(section.posts)))) for section in filled]


def _places(job: Job, groups: Sequence[Group]) -> dict[str, tuple[str, ...]]:
    """Return what is spliced into the page: the sections with their cards, and the table of contents."""
    around = slots(job.language, job.press)["sections"]
    sections: list[str] = []
    for section, made in groups:
        heading = piece("section.html.jinja", {"title": section.title}, around, job.press)
        sections.append(escape_html(heading, job.digest.provider))
        sections += [card.html for card in made]
    lines = [card.contents for _, made in groups for card in made]
    return {"sections": tuple(sections), "contents": tuple(lines) if len(lines) >= CONTENTS_FROM else ()}


def _values(job: Job, *, inlined: bool = True) -> dict[str, Any]:
    digest, site = job.digest, job.config.site
    words = localisation.words(job.language)
    subject = _subject(job)
    note = job.edition.note
    return {
        "subject": subject,
        "preheader": _preheader(job, subject),
        "title": digest.title,
        "publication": site.title if site.title != digest.title else "",
        "site_title": site.title,
        "period": _period(job),
        "reason": digest.reason or words.why.format(title=digest.title),
        "address": Markup("<br>").join(digest.postal_address.split("\n")),
        "web_url": urljoin(site.url, f"editions/{job.edition.key}/"),
        "unsubscribe_url": _way_out(digest),
        "intro": _note(job, note.intro, "intro", inlined=inlined) if note else "",
        "outro": _note(job, note.outro, "outro", inlined=inlined) if note else "",
    }


def _period(job: Job) -> str:
    return localisation.span(job.edition.start, job.edition.end, job.zone, job.language)


def _unsubscribe(digest: Digest) -> list[str]:
    """Return the addresses of `unsubscribe`, web pages first."""
    return sorted(digest.unsubscribe.replace(",", " ").split(), key=lambda url: not url.startswith("http"))


def _way_out(digest: Digest) -> str:
    """Return where readers leave: the provider's placeholder, else the first address of `unsubscribe`."""
    placeholder = PROVIDERS[digest.provider].placeholders.unsubscribe
    return placeholder or next(iter(_unsubscribe(digest)), "")


def _note(job: Job, source: str, place: str, *, inlined: bool) -> Markup:
    """Return an editor's words, which are Markdown, as HTML."""
    if not source.strip():
        return Markup()
    html = _note_html(job, source)
    if inlined:
        around = slots(job.language, job.press)[place]
        html = inlining.fragments([html], job.press.sheet.inline, around)[0]
    return Markup(html)  # noqa: S704 - clean HTML


def _note_html(job: Job, source: str) -> str:
    width = job.config.theme.width - 2 * cards.PADDING
    folders = (job.press.root, job.press.static)
    body = bodies.Body(job.posts[0], job.digest.title, width, job.language, folders, job.config.site.url)
    return bodies.render(_clean_note(source, job.config.site.url), body, top=2)


@lru_cache(maxsize=64)
def _clean_note(source: str, base: str) -> str:
    from digest.markdown import render_fragment

    return render_fragment(source, base)


def _subject(job: Job) -> str:
    note = job.edition.note
    if note and (given := messages.clean(note.subject)):
        return given
    edition = edition_in_zone(job.edition, job.zone)
    posts = edition.posts
    values = {"digest": job.digest, "edition": edition, "lead": posts[0], "posts": posts}
    from jinja2 import TemplateError

    try:
        made = _subject_template(job.press.environment, job.digest.subject).render(values, count=len(posts))
    except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError) as error:
        place = job.config.file.name if job.config.file else "digest.toml"
        problem = Problem(place, 0, 0, "subject-template", f"digests.{job.edition.digest}.subject: {error}")
        raise ConfigError("the subject can not be made", [problem]) from error
    return messages.clean(str(made)).strip(" :·-–—") or job.digest.title


@lru_cache(maxsize=64)
def _subject_template(environment: Any, source: str) -> Any:
    return environment.overlay(autoescape=False).from_string(source)


def _preheader(job: Job, subject: str) -> str:
    """Return 40 to 110 characters that go on where the subject ends: the note's, else the lead's summary and titles."""
    lead, *others = job.posts
    note = job.edition.note
    text = messages.clean((note.preheader if note else "") or job.body(lead).summary or lead.summary or lead.title)
    for post in others:
        if len(text) >= PREHEADER[0]:
            break
        if post.title and post.title not in subject:
            text = f"{text} · {messages.clean(post.title)}".removeprefix(" · ")
    if len(text) < PREHEADER[0]:
        text = f"{text} · {job.digest.title}, {_period(job)}"
    if len(text) <= PREHEADER[1]:
        return text
    short = text[: PREHEADER[1] - 1]
    return (short[: short.rfind(" ")] if short.rfind(" ") > PREHEADER[0] else short).rstrip(" ,.;:·") + "…"


def _problems(job: Job, groups: Sequence[Group]) -> Iterator[Problem]:
    """Yield what is wrong with templates and theme, the settings and the posts."""
    place = job.config.file.name if job.config.file else "digest.toml"
    yield from lint.lint(job.config)
    if not _way_out(job.digest):
        message = f"digests.{job.edition.digest} has no unsubscribe address, which mailbox providers and laws ask for"
        yield Problem(place, 0, 0, "no-unsubscribe", message, 'unsubscribe = "https://…"', "warning")
    for _, made in groups:
        for card in made:
            yield from card.problems


def _to_shorten(job: Job, groups: Sequence[Group], size: int) -> frozenset[str]:
    """Return the ids of posts whose bodies become summaries, the longest first, so that `size` bytes fit."""
    excess = size - job.digest.max_bytes
    if excess <= 0 or job.digest.text != "full" or not job.digest.shorten:
        return frozenset()
    sizes = {p.id: c.size for s, made in groups for p, c in zip(s.posts, made, strict=True)}
    summaries = {p.id: c.size for s, made in _groups(job, frozenset(sizes)) for p, c in zip(s.posts, made, strict=True)}
    short: list[str] = []
    for post_id in sorted(sizes, key=lambda i: (summaries[i] - sizes[i], i)):
        if excess <= 0:
            break
        short.append(post_id)
        excess -= sizes[post_id] - summaries[post_id]
    return frozenset(short)


def _size_problems(job: Job, groups: Sequence[Group], short: frozenset[str], size: int) -> Iterator[Problem]:
    place = job.config.file.name if job.config.file else "digest.toml"
    cut = [post for post in job.posts if post.id in short or (job.digest.text == "full" and not job.fits(post))]
    if cut:
        named = ", ".join(post.path for post in cut)
        message = f"{job.edition.key} would be longer than {job.digest.max_bytes:,} bytes; shown as summaries: {named}"
        yield Problem(place, 0, 0, "email-shortened", message, f"digests.{job.edition.digest}.max_bytes", "warning")
    if size > job.digest.max_bytes:
        weights = [(c.size, p.path) for s, made in groups for p, c in zip(s.posts, made, strict=True)]
        heavy = ", ".join(f"{path} {bytes_:,}" for bytes_, path in sorted(weights, reverse=True)[:5])
        message = f"{job.edition.key} is {size:,} bytes of HTML; Gmail cuts at 102 KB. The longest: {heavy}"
        hint = 'text = "summary", layout = "title" for a section, a section limit, or a `more` mark in the long posts'
        yield Problem(place, 0, 0, "email-too-long", message, hint, "warning")


def _text(job: Job, values: Mapping[str, Any], groups: Sequence[Group]) -> list[str]:
    """Return the text part in pieces."""
    note = job.edition.note
    base = job.config.site.url
    sections: list[str] = []
    for section, made in groups:
        heading = f"{section.title.upper()}\n{texts.underline(section.title, '=')}\n\n" if section.title else ""
        sections.append("\n" + escape_text(texts.literal(heading), job.digest.provider))
        for number, card in enumerate(made):
            sections += ["\n\n", card.text] if number else [card.text]
    given = {
        **values,
        "title": texts.literal(values["title"]),
        "site_title": texts.literal(values["site_title"]),
        "reason": _wrapped(values["reason"]),
        "intro": texts.from_html(_clean_note(note.intro, base)) if note else "",
        "outro": texts.from_html(_clean_note(note.outro, base)) if note else "",
        "address": job.digest.postal_address.strip(),
        "sections": tuple(sections),
    }
    return text_page(given, job.language, job.digest.provider, job.press)


@lru_cache(maxsize=64)
def _wrapped(reason: str) -> str:
    return texts.literal(texts.wrap(reason))


def _headers(job: Job, values: Mapping[str, Any]) -> list[str]:
    """Return the message's header lines (RFC 2919, 2369, 8058, 3834, 5064)."""
    host = (urlsplit(job.config.site.url).hostname or "example.org").encode("idna").decode("ascii")
    sender, standing = _standing_headers(job.edition.digest, job.digest, job.config.site, host)
    return [
        *standing[:2],
        messages.unstructured("Subject", escape_header(values["subject"], job.digest.provider)),
        f"Message-ID: {messages.message_id(sender.rpartition('@')[2], job.config.site.url, job.edition.key)}",
        *standing[2:],
        messages.identifiers("Archived-At", [escape_header(values["web_url"], job.digest.provider)]),
        f"Content-Language: {job.language}",
        "Auto-Submitted: auto-generated",
        "Precedence: bulk",
    ]


@lru_cache(maxsize=64)
def _standing_headers(digest_name: str, digest: Digest, site: Site, host: str) -> tuple[str, tuple[str, ...]]:
    """Return the sender's address, and the headers that are the same in every edition: From and To first."""
    name, sender = messages.split_address(digest.sender)
    sender, name = sender or f"newsletter@{host}", name or site.title or digest.title
    to_name, to = messages.split_address(digest.to)
    if not to:
        to_name, to = name, sender
    list_name, list_id = _list_id(digest_name, digest, host)
    headers = [
        messages.address("From", escape_header(name, digest.provider), sender),
        messages.address("To", escape_header(to_name, digest.provider), to),
        messages.identifiers("List-Id", [list_id], escape_header(list_name, digest.provider)),
    ]
    reply_name, reply_to = messages.split_address(digest.reply_to)
    if reply_to:
        headers.append(messages.address("Reply-To", escape_header(reply_name, digest.provider), reply_to))
    if links := _unsubscribe(digest):
        headers.append(messages.identifiers("List-Unsubscribe", links))
        if digest.one_click and links[0].startswith("https://"):
            headers.append("List-Unsubscribe-Post: List-Unsubscribe=One-Click")
    return sender, tuple(headers)


def _list_id(digest_name: str, digest: Digest, host: str) -> tuple[str, str]:
    """Return the list's name and its identifier (RFC 2919)."""
    given = messages.clean(digest.list_id)
    found = re.fullmatch(r"(.*?)\s*<([^<>\s]+)>", given)
    name, identifier = (found[1], found[2]) if found else ("", given)
    return name or digest.title, identifier or f"{digest_name}.{host}"
