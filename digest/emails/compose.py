"""Compose an edition's e-mail: the HTML page with its cards, the text part and the message."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import tzinfo
from functools import lru_cache
from typing import TYPE_CHECKING

from markupsafe import Markup
from msgspec import Struct
from msgspec.structs import replace

from digest import localisation
from digest.collector.post import Post, clean_text
from digest.config.schema import Config, Digest
from digest.editions.edition import Edition, EditionSection, edition_in_zone
from digest.emails import body, mime
from digest.emails.card import Card, Layout, Style, card
from digest.emails.fitting import Shown, described, fit, to_summaries
from digest.emails.headers import headers, unsubscribe_urls
from digest.emails.look import Look, fill, look
from digest.emails.mailed import mail_images
from digest.emails.page import addresses, html_part, piece, text_part
from digest.emails.plaintext import cut_after_a_word, from_html, literal, underline, wrap
from digest.emails.providers import escape_html, escape_text, placeholders_of, view_of, view_problems
from digest.problems import ConfigError, Problem

if TYPE_CHECKING:
    from jinja2 import Template
    from jinja2.sandbox import SandboxedEnvironment

    from digest.markdown import Rendered

CONTENTS_FROM = 5  # posts; a shorter edition needs no table of contents
PREHEADER = (40, 110)  # characters
_LONGEST_BODY = 250_000  # characters of HTML, far beyond what Gmail shows of a whole e-mail
_LONGEST_NAMED = 5  # posts that a warning about a long e-mail names


class Email(Struct, frozen=True):
    """An edition ready to send. `eml` is the whole message, `web` the page for the archive.

    The page shows every post as configured, even if the e-mail shortens it. `checks` are figures for the manifest:
    bytes of each part, number of posts, and lengths of subject and preheader. `images` are copies, by path.
    """

    html: str
    text: str
    eml: bytes
    web: str
    subject: str
    preheader: str
    problems: tuple[Problem, ...]
    checks: dict[str, int]
    images: dict[str, bytes] = {}


class Group(Struct, frozen=True):
    """A section with the cards of its posts."""

    section: EditionSection
    cards: tuple[Card, ...]


class NotePart(Struct, frozen=True):
    """A part of an editor's note, in HTML and in plain text."""

    html: str = ""
    text: str = ""
    problems: tuple[Problem, ...] = ()


class Job(Struct, frozen=True, eq=False):
    """The inputs for composing one edition. `zone` is that of its dates."""

    edition: Edition
    posts: tuple[Post, ...]
    rendered: "Mapping[str, Rendered]"
    config: Config
    digest: Digest
    look: Look
    zone: tzinfo

    @property
    def settings(self) -> str:
        """The name of the file with the digest's settings."""
        return self.config.file.name if self.config.file else "digest.toml"

    @property
    def period(self) -> str:
        """The dates of the edition, as text."""
        return localisation.span(self.edition.start, self.edition.end, self.zone, self.look.language)

    @property
    def unsubscribe_url(self) -> str:
        """The unsubscribe address: the placeholder, else the first address of `unsubscribe`."""
        placeholder = placeholders_of(self.digest).unsubscribe
        return placeholder or next(iter(unsubscribe_urls(self.digest)), "")

    def body(self, post: Post) -> "Rendered":
        """Return a post's body; an empty one when it could not be rendered."""
        from digest.markdown import Rendered

        return self.rendered.get(post.id) or Rendered(html="", summary="")

    def fits(self, post: Post) -> bool:
        """Return whether the body is short enough for an e-mail; a longer one is not even inlined."""
        return len(self.body(post).html) <= _LONGEST_BODY


def compose(edition: Edition, rendered: "Mapping[str, Rendered]", config: Config) -> Email:
    """Return an edition as an e-mail. `rendered` holds each post's body by the post's id.

    Raises ConfigError when a template or the subject cannot be filled in.
    """
    job = _job(edition, rendered, config)
    texts = _texts(job)
    intro, outro = _note_parts(job)
    notes = {"intro": Markup(intro.html), "outro": Markup(outro.html)}  # noqa: S704 - clean HTML
    page = {**texts, **notes}
    whole = _groups(job, Shown())
    shown = _fitting(job, page, whole)
    sent = _groups(job, shown)
    rest = _rest(job, shown)
    html = _html(job, {**page, **view_of(job.digest), "rest": rest}, sent)
    text = _text(job, {**texts, **view_of(job.digest), "rest": rest, "intro": intro.text, "outro": outro.text}, sent)
    head = headers(
        job.digest,
        config.site,
        key=edition.key,
        subject=texts["subject"],
        web_url=texts["web_url"],
        language=job.look.language,
    )
    mailed = mail_images(html, edition, config, texts["web_url"])
    eml = mime.message(head, edition.end, text, mailed.message, mailed.parts)
    problems = [
        *_problems(job),
        *intro.problems,
        *outro.problems,
        *(problem for group in whole for each in group.cards for problem in each.problems),
        *_size_problems(job, sent, shown, len(mailed.html.encode())),
        *mailed.problems,
    ]
    return Email(
        html=mailed.html,
        text=text,
        eml=eml,
        web=_html(job, page, whole, web=True),
        subject=texts["subject"],
        preheader=texts["preheader"],
        problems=tuple(dict.fromkeys(problems)),
        checks={
            "html_bytes": len(mailed.html.encode()),
            "text_bytes": len(text.encode()),
            "eml_bytes": len(eml),
            "posts": len(job.posts),
            "subject_characters": len(texts["subject"]),
            "preheader_characters": len(texts["preheader"]),
        },
        images=mailed.files,
    )


def _job(edition: Edition, rendered: "Mapping[str, Rendered]", config: Config) -> Job:
    digest = config.digests[edition.digest]
    return Job(
        edition=edition,
        posts=edition.posts,
        rendered=rendered,
        config=config,
        digest=digest,
        look=look(config, digest.language or config.site.language),
        zone=config.digest_zone(edition.digest),
    )


def _texts(job: Job) -> dict[str, str]:
    """Return the texts of an edition besides its posts."""
    digest, site = job.digest, job.config.site
    subject = _subject(job)
    return {
        "subject": subject,
        "preheader": _preheader(job, subject),
        "title": digest.title,
        "publication": "" if site.title == digest.title else site.title,
        "site_title": site.title,
        "period": job.period,
        "reason": digest.reason or localisation.words(job.look.language).why.format(title=digest.title),
        "address": digest.postal_address.strip(),
        **addresses(job.edition, digest, site),
        "unsubscribe_url": job.unsubscribe_url,
        "rest": "",
    }


def _subject(job: Job) -> str:
    note = job.edition.note
    given = clean_text(note.subject) if note else ""
    if given:
        return given
    from jinja2 import TemplateError

    edition = edition_in_zone(job.edition, job.zone)
    posts = edition.posts
    try:
        template = _subject_template(job.look.environment, job.digest.subject)
        made = template.render(digest=job.digest, edition=edition, lead=posts[0], posts=posts, count=len(posts))
    except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError) as error:
        message = f"digests.{job.edition.digest}.subject: {error}"
        problem = Problem(job.settings, 0, 0, "subject-template", message)
        raise ConfigError("the subject cannot be made", [problem]) from error
    return clean_text(made).strip(" :·-–—") or job.digest.title


@lru_cache(maxsize=64)
def _subject_template(environment: "SandboxedEnvironment", source: str) -> "Template":
    return environment.overlay(autoescape=False).from_string(source)


def _preheader(job: Job, subject: str) -> str:
    """Return 40 to 110 characters to follow the subject: the note's, else the lead's summary and more titles."""
    least, most = PREHEADER
    lead, *others = job.posts
    given = job.edition.note.preheader if job.edition.note else ""
    text = clean_text(given or job.body(lead).summary or lead.summary or lead.title)
    for post in others:
        if len(text) < least and post.title not in subject:
            text = f"{text} · {clean_text(post.title)}".removeprefix(" · ")
    if len(text) < least:
        text = f"{text} · {job.digest.title}, {job.period}".removeprefix(" · ")
    return text if len(text) <= most else cut_after_a_word(text, least, most)


def _note_parts(job: Job) -> tuple[NotePart, NotePart]:
    """Return an editor's intro and outro."""
    note = job.edition.note
    if note is None:
        return NotePart(), NotePart()
    return _note_part(job, note.path, note.intro, "intro"), _note_part(job, note.path, note.outro, "outro")


def _note_part(job: Job, path: str, source: str, place: str) -> NotePart:
    if not source.strip():
        return NotePart()
    from digest.markdown import render_fragment

    site = job.config.site
    html = render_fragment(source, site.url)
    if not html.strip():
        message = f"the {place} is left out: it holds nothing that can be shown, or is nested too deeply"
        return NotePart(problems=(Problem(path, 0, 0, "note-left-out", message, "write it plainly", "warning"),))
    written = body.Body(
        path=path,
        line=0,
        url=site.url,
        title=job.digest.title,
        language="",
        look=job.look,
        folders={site.url: job.look.static},
        copies=job.digest.images != "link",
    )
    inlined = piece(body.render(html, written, top=2), place, job.look)
    return NotePart(escape_html(inlined, job.digest.provider), from_html(html), tuple(written.problems))


def _groups(job: Job, shown: Shown) -> list[Group]:
    """Return the sections that have posts, with the posts as `shown` says."""
    groups = []
    for section in job.edition.sections:
        posts = tuple(post for post in section.posts if post.id not in shown.left_out)
        if posts:
            cards = tuple(_card(job, section, post, shown) for post in posts)
            groups.append(Group(replace(section, posts=posts), cards))
    return groups


def _card(job: Job, section: EditionSection, post: Post, shown: Shown) -> Card:
    digest = job.digest
    in_full = digest.text == "full" and post.id not in shown.summaries and job.fits(post)
    style = Style(
        layout=_layout(job, section, post, shown),
        level=3 if section.title else 2,
        text="full" if in_full else "summary",
        words=min(digest.words, shown.words or digest.words),
        full_words=digest.full_words,
        zone=job.zone,
        provider=digest.provider,
        copies=digest.images != "link",
        campaign=job.edition.digest if digest.utm else "",
    )
    return card(post, job.body(post), style, job.look)


def _layout(job: Job, section: EditionSection, post: Post, shown: Shown) -> Layout:
    if post.id in shown.titles:
        return "title"
    rule = "featured" if post.id == job.posts[0].id else "compact"
    return post.layout or section.layout or rule  # type: ignore[return-value]


def _rest(job: Job, shown: Shown) -> str:
    """Return the text of the link to the posts that the e-mail leaves out."""
    count = len(shown.left_out)
    return localisation.words(job.look.language).rest.format(n=count) if count else ""


def _html(job: Job, texts: Mapping[str, str], groups: Sequence[Group], *, web: bool = False) -> str:
    """Return the page around the cards."""
    sections: list[str] = []
    contents: list[str] = []
    for group in groups:
        sections.append(_heading(job, group.section.title))
        for each in group.cards:
            sections.append(each.html)
            contents.append(each.contents)
    values = {
        **texts,
        "address": Markup("<br>").join(job.digest.postal_address.split("\n")),
        "sections": Markup("".join(sections)),  # noqa: S704 - made by the templates
        "contents": Markup("".join(contents) if len(contents) >= CONTENTS_FROM else ""),  # noqa: S704 - as above
    }
    return html_part(values, job.look, job.digest.provider, web=web)


def _heading(job: Job, title: str) -> str:
    html = fill(job.look.environment, "section.html.jinja", {"title": title})
    return escape_html(piece(html, "sections", job.look), job.digest.provider)


def _text(job: Job, texts: Mapping[str, str], groups: Sequence[Group]) -> str:
    """Return the text part."""
    sections: list[str] = []
    for group in groups:
        title = group.section.title
        heading = literal(f"{title.upper()}\n{underline(title, '=')}\n\n") if title else ""
        sections.append(f"\n{escape_text(heading, job.digest.provider)}")
        sections.append("\n\n".join(each.text for each in group.cards))
    values = {
        **texts,
        "title": literal(texts["title"]),
        "site_title": literal(texts["site_title"]),
        "reason": literal(wrap(texts["reason"])),
        "sections": "".join(sections),
    }
    return text_part(values, job.look, job.digest.provider)


def _problems(job: Job) -> Iterator[Problem]:
    """Yield the problems of templates, theme and settings."""
    yield from job.look.problems
    if not job.unsubscribe_url:
        message = f"digests.{job.edition.digest} has no unsubscribe address, which mailbox providers and laws ask for"
        yield Problem(job.settings, 0, 0, "no-unsubscribe", message, 'unsubscribe = "https://…"', "warning")
    yield from view_problems(job.digest, job.settings)


def _fitting(job: Job, page: Mapping[str, str], whole: Sequence[Group]) -> Shown:
    """Return how to show the posts so that the e-mail fits."""

    def size_of(shown: Shown) -> int:
        return len(_html(job, {**page, "rest": _rest(job, shown)}, _groups(job, shown)).encode())

    limit = job.digest.max_bytes
    excess = len(_html(job, page, whole).encode()) - limit
    if excess <= 0 or not job.digest.shorten:
        return Shown()
    sizes = _sizes(whole)
    first = Shown()
    if job.digest.text == "full":
        summaries = _sizes(_groups(job, Shown(summaries=frozenset(sizes))))
        first = Shown(summaries=to_summaries(sizes, summaries, excess))
    return fit([post.id for post in job.posts], first, limit, size_of)


def _sizes(groups: Sequence[Group]) -> dict[str, int]:
    """Return how many bytes the card of each post takes, by the post's id."""
    found = {}
    for group in groups:
        for post, each in zip(group.section.posts, group.cards, strict=True):
            found[post.id] = each.size
    return found


def _size_problems(job: Job, groups: Sequence[Group], shown: Shown, size: int) -> Iterator[Problem]:
    key, most = job.edition.key, job.digest.max_bytes
    too_long = frozenset(post.id for post in job.posts if not job.fits(post) and job.digest.text == "full")
    summaries = replace(shown, summaries=shown.summaries | too_long)
    if summaries != Shown():
        done = described(summaries, {post.id: post.path for post in job.posts})
        message = f"{key} would be longer than {most:,} bytes; {done}"
        hint = f"digests.{job.edition.digest}.max_bytes"
        yield Problem(job.settings, 0, 0, "email-shortened", message, hint, "warning")
    if size > most:
        sizes = _sizes(groups)
        longest = sorted(sizes, key=lambda post_id: (-sizes[post_id], post_id))[:_LONGEST_NAMED]
        paths = {post.id: post.path for post in job.posts}
        named = ", ".join(f"{paths[post_id]} {sizes[post_id]:,}" for post_id in longest)
        message = f"{key} is {size:,} bytes of HTML; Gmail cuts at 102 KB. The longest: {named}"
        hint = 'text = "summary", layout = "title" for a section, a section limit, or a `more` mark in the long posts'
        yield Problem(job.settings, 0, 0, "email-too-long", message, hint, "warning")
