"""Compose an edition's e-mail: the HTML page with its cards, the text part and the message."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from markupsafe import Markup
from msgspec import Struct
from msgspec.structs import replace

from digest import localisation
from digest.collector.post import Post, clean_text
from digest.config.schema import Config
from digest.editions.edition import Edition, edition_in_zone
from digest.emails import masthead, mime
from digest.emails.editorial import Part, note_part
from digest.emails.fitting import Shown, described, fit, to_summaries
from digest.emails.headers import headers
from digest.emails.job import Job, job_of
from digest.emails.letter import Letter, blocks, letter
from digest.emails.letter import text as letter_text
from digest.emails.mailed import mail_images
from digest.emails.page import html_part, text_part
from digest.emails.plaintext import cut_after_a_word, literal, wrap
from digest.emails.providers import view_of, view_problems
from digest.emails.segments import audience, measured
from digest.problems import ConfigError, Problem

if TYPE_CHECKING:
    from jinja2 import Template
    from jinja2.sandbox import SandboxedEnvironment

    from digest.markdown import Rendered

PREHEADER = (40, 110)  # characters
_LONGEST_NAMED = 5  # posts that a warning about a long e-mail names


class Email(Struct, frozen=True):
    """An edition ready to send. `eml` is the whole message, `web` the page for the archive.

    With segments `seen` and `seen_text` are HTML and text without blocks, as a reader sees them who gets every post.

    The page shows every post as configured, even if the e-mail shortens it. `checks` are figures for the manifest:
    bytes of each part as a reader gets it, number of posts, and lengths of subject and preheader. `images` are copies,
    by path.
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
    seen: str = ""
    seen_text: str = ""


def compose(edition: Edition, rendered: "Mapping[str, Rendered]", config: Config, *, with_page: bool = True) -> Email:
    """Return an edition as an e-mail. `rendered` holds each post's body by the post's id.

    `with_page` also makes the page for the archive, which the letter of a single reader does not have. Raises
    ConfigError when a template or the subject cannot be filled in.
    """
    job = job_of(edition, rendered, config)
    subject = _subject(job)
    whole = letter(job, Shown())
    texts = masthead.texts(job, subject, _preheader(job, subject)) | {"length": masthead.length(job, whole.cards)}
    intro, outro = _note_parts(job)
    share = masthead.share_links(job, subject, texts["web_url"])
    page = {**texts, **_framing(intro, outro, masthead.share_html(job, share))}
    view = {**view_of(job.digest), **_unknown(job)}
    first = _html(job, {**page, **view}, whole)
    shown = _fitting(job, page, whole, len(first.encode()))
    is_whole = shown == Shown()
    sent = whole if is_whole else letter(job, shown)
    rest = _rest(job, shown)
    values = {**page, **view, "rest": rest}
    html = first if is_whole else _html(job, values, sent)
    parts = {"intro": intro.text, "outro": outro.text, "share": masthead.share_text(job, share)}
    text_values = {**texts, **parts, **view, "rest": rest}
    text = _text(job, text_values, sent)
    mailed = mail_images(html, edition, config, texts["web_url"], publishes=with_page)
    size = len(mailed.html.encode()) - _repeated(job, sent)
    eml = mime.message(_headers(job, texts), edition.end, text, mailed.message, mailed.parts)
    for_all = replace(job, segments=None)
    problems = [
        *_problems(job),
        *intro.problems,
        *outro.problems,
        *whole.problems,
        *_size_problems(job, sent, shown, size),
        *mailed.problems,
    ]
    return Email(
        html=mailed.html,
        text=text,
        eml=eml,
        web=_html(for_all, page, whole, web=True) if with_page else "",
        subject=texts["subject"],
        preheader=texts["preheader"],
        problems=tuple(dict.fromkeys(problems)),
        checks={"html_bytes": size, "text_bytes": len(text.encode()), "eml_bytes": len(eml), **_counts(job, texts)},
        images=mailed.files,
        seen=mail_images(_html(for_all, values, sent), edition, config, texts["web_url"]).html if job.segments else "",
        seen_text=_text(for_all, text_values, sent) if job.segments else "",
    )


def _framing(intro: Part, outro: Part, share: str) -> dict[str, str]:
    """Return the finished HTML around the posts."""
    return {
        "intro": Markup(intro.html),  # noqa: S704 - clean HTML
        "outro": Markup(outro.html),  # noqa: S704 - clean HTML
        "share": Markup(share),  # noqa: S704 - made by a template
    }


def _headers(job: Job, texts: Mapping[str, str]) -> list[str]:
    """Return the header lines of the message."""
    return headers(
        job.digest,
        job.config.site,
        key=job.edition.key,
        subject=texts["subject"],
        web_url=texts["web_url"],
        language=job.look.language,
    )


def _counts(job: Job, texts: Mapping[str, str]) -> dict[str, int]:
    """Return the figures of an edition besides its bytes."""
    return {
        "posts": len(job.posts),
        "subject_characters": len(texts["subject"]),
        "preheader_characters": len(texts["preheader"]),
    }


def _subject(job: Job) -> str:
    note = job.edition.note
    given = clean_text(note.subject) if note else ""
    if given:
        return given
    from jinja2 import TemplateError

    edition = edition_in_zone(_for_all(job), job.zone)
    posts = edition.posts
    lead = posts[0] if posts else None
    try:
        if not posts and _names_posts(job):
            return f"{job.digest.title}: {job.period}"
        template = _subject_template(job.look.environment, job.digest.subject)
        made = template.render(digest=job.digest, edition=edition, lead=lead, posts=posts, count=len(posts))
    except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError) as error:
        message = f"digests.{job.edition.digest}.subject: {error}"
        problem = Problem(job.settings, 0, 0, "subject-template", message)
        raise ConfigError("the subject cannot be made", [problem]) from error
    return clean_text(made).strip(" :·-–—") or job.digest.title


def _names_posts(job: Job) -> bool:
    """Return whether the template of the subject uses posts. Raises TemplateError when it cannot be read."""
    from jinja2 import meta

    names = meta.find_undeclared_variables(job.look.environment.parse(job.digest.subject))
    return not names.isdisjoint(("lead", "posts", "count"))


@lru_cache(maxsize=64)
def _subject_template(environment: "SandboxedEnvironment", source: str) -> "Template":
    return environment.overlay(autoescape=False).from_string(source)


def _preheader(job: Job, subject: str) -> str:
    """Return 40 to 110 characters to follow the subject: the note's, else the lead's summary and more titles."""
    least, most = PREHEADER
    posts = _for_all(job).posts
    given = job.edition.note.preheader if job.edition.note else ""
    text = clean_text(given or (_summary(job, posts[0]) if posts else ""))
    for post in posts[1:]:
        if len(text) < least and post.title not in subject:
            text = f"{text} · {clean_text(post.title)}".removeprefix(" · ")
    if len(text) < least:
        text = f"{text} · {job.digest.title}, {job.period}".removeprefix(" · ")
    return text if len(text) <= most else cut_after_a_word(text, least, most)


def _summary(job: Job, post: Post) -> str:
    return job.body(post).summary or post.summary or post.title


def _for_all(job: Job) -> Edition:
    """Return the edition with the posts that every reader gets, the only ones to name where all read the same."""
    if job.segments is None:
        return job.edition
    sections = []
    for section in job.edition.sections:
        posts = [post for post in section.posts if not audience(job.segments, post.tags)]
        sections.append(replace(section, posts=tuple(posts)))
    return replace(job.edition, sections=tuple(sections))


def _unknown(job: Job) -> dict[str, str]:
    """Return what the e-mail leaves out because it differs between readers: how long it takes to read."""
    return {"length": ""} if job.segments else {}


def _repeated(job: Job, made: Letter) -> int:
    """Return how many bytes of an e-mail's cards are second copies of what a reader gets once."""
    if job.segments is None:
        return 0
    return _bytes_of(job, made) - _bytes_of(replace(job, segments=measured(job.segments)), made)


def _bytes_of(job: Job, made: Letter) -> int:
    filled = blocks(job, made)
    return len(f"{filled.lead}{filled.contents}{filled.sections}".encode())


def _note_parts(job: Job) -> tuple[Part, Part]:
    """Return an editor's intro and outro."""
    note = job.edition.note
    if note is None:
        return Part(), Part()
    return note_part(job, note.intro, "intro"), note_part(job, note.outro, "outro")


def _rest(job: Job, shown: Shown) -> str:
    """Return the text of the link to the posts that the e-mail leaves out."""
    count = len(shown.left_out)
    return localisation.words(job.look.language).rest.format(n=count) if count else ""


def _html(job: Job, texts: Mapping[str, str], made: Letter, *, web: bool = False) -> str:
    """Return the page around the letter."""
    filled = blocks(job, made)
    values = {
        **texts,
        "address": masthead.in_lines(job.digest.postal_address),
        "lead": Markup(filled.lead),  # noqa: S704 - made by the templates
        "contents": Markup(filled.contents),  # noqa: S704 - as above
        "sections": Markup(filled.sections),  # noqa: S704 - as above
        "contents_begin": Markup(filled.contents_edges[0]),  # noqa: S704 - as above
        "contents_end": Markup(filled.contents_edges[1]),  # noqa: S704 - as above
    }
    return html_part(values, job.look, job.digest.provider, web=web)


def _text(job: Job, texts: Mapping[str, str], made: Letter) -> str:
    """Return the text part."""
    values = {
        **texts,
        "title": literal(texts["title"]),
        "site_title": literal(texts["site_title"]),
        "reason": literal(wrap(texts["reason"])),
        "sections": letter_text(job, made),
    }
    return text_part(values, job.look, job.digest.provider)


def _problems(job: Job) -> Iterator[Problem]:
    """Yield the problems of templates, theme and settings."""
    yield from job.look.problems
    if not (job.unsubscribe_url or job.config.readers.url):  # letters of readers have their own links
        message = f"digests.{job.edition.digest} has no unsubscribe address, which mailbox providers and laws ask for"
        yield Problem(job.settings, 0, 0, "no-unsubscribe", message, 'unsubscribe = "https://…"', "warning")
    yield from view_problems(job.digest, job.settings)


def _fitting(job: Job, page: Mapping[str, str], whole: Letter, size: int) -> Shown:
    """Return how to show the posts so that the e-mail of every reader fits; `size` is that of the whole, in bytes."""
    if job.segments is None and size <= job.digest.max_bytes:
        return Shown()
    job = replace(job, segments=measured(job.segments))

    def size_of(shown: Shown) -> int:
        return len(_html(job, {**page, "rest": _rest(job, shown)}, letter(job, shown)).encode())

    limit = job.digest.max_bytes
    excess = len(_html(job, page, whole).encode()) - limit
    if excess <= 0 or not job.digest.shorten:
        return Shown()
    sizes = _sizes(job, whole)
    first = Shown()
    if job.digest.text == "full":
        summaries = _sizes(job, letter(job, Shown(summaries=frozenset(sizes))))
        first = Shown(summaries=to_summaries(sizes, summaries, excess))
    return fit([post.id for post in job.posts], first, limit, size_of)


def _sizes(job: Job, made: Letter) -> dict[str, int]:
    """Return how many bytes the card of each post takes, by the post's id."""
    found = {job.lead.id: made.lead.size} if job.lead and made.lead else {}
    for group in made.groups:
        for post, each in zip(group.section.posts, group.cards, strict=True):
            found[post.id] = each.size
    return found


def _size_problems(job: Job, made: Letter, shown: Shown, size: int) -> Iterator[Problem]:
    key, most = job.edition.key, job.digest.max_bytes
    too_long = frozenset(post.id for post in job.posts if not job.fits(post) and job.digest.text == "full")
    summaries = replace(shown, summaries=shown.summaries | too_long)
    if summaries != Shown():
        done = described(summaries, {post.id: post.path for post in job.posts})
        message = f"{key} would be longer than {most:,} bytes; {done}"
        hint = f"digests.{job.edition.digest}.max_bytes"
        yield Problem(job.settings, 0, 0, "email-shortened", message, hint, "warning")
    if size > most:
        sizes = _sizes(job, made)
        longest = sorted(sizes, key=lambda post_id: (-sizes[post_id], post_id))[:_LONGEST_NAMED]
        paths = {post.id: post.path for post in job.posts}
        named = ", ".join(f"{paths[post_id]} {sizes[post_id]:,}" for post_id in longest)
        message = f"{key} is {size:,} bytes of HTML; Gmail cuts at 102 KB. The longest: {named}"
        hint = 'text = "summary", layout = "title" for a section, a section limit, or a `more` mark in the long posts'
        yield Problem(job.settings, 0, 0, "email-too-long", message, hint, "warning")
