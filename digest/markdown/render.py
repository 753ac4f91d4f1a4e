"""Render a post's body: clean HTML with absolute URLs, a plain-text summary, and problems found.

The steps: `foreign` replaces templating of other generators, `prose` prepares the Markdown for comrak, `commonmark`
turns it into HTML, and `sanitize` removes everything that is not allowed in a feed or an e-mail.
"""

import hashlib
import re
from collections.abc import Iterable
from functools import partial
from html import escape
from typing import NamedTuple, TypeVar
from urllib.parse import unquote

from msgspec import Struct

from digest.collector.pages import NO_PAGES, Pages
from digest.collector.paths import HTML
from digest.collector.post import Post
from digest.config.schema import Config
from digest.markdown import foreign
from digest.markdown.bounds import RefusedError, check_length
from digest.markdown.code_regions import Region, code_regions
from digest.markdown.commonmark import to_html
from digest.markdown.nested import with_markdown_inside
from digest.markdown.places import Mention, place_of, place_of_tag, warning_at
from digest.markdown.prose import MAX_MENTIONS, Prepared, prepare
from digest.markdown.sanitize import Sanitized, Settings, sanitize, scrub
from digest.markdown.summary import beginning, count_characters, count_words, plain, same_words, summary
from digest.problems import Problem, install_command

_T = TypeVar("_T")
_FIRST_HEADING = re.compile(r"<h([1-6])(?: [^>]*)?>(.*?)</h\1>\s*", re.DOTALL)


class Rendered(Struct, frozen=True, omit_defaults=True):
    """A post's body, rendered once. All HTML is clean, balanced, absolute and safe to put anywhere."""

    html: str
    summary: str  # plain text, never cut in mid-word
    lead: str = ""  # the HTML before the `more` mark; empty when the body has none
    problems: tuple[Problem, ...] = ()
    links: tuple[str, ...] = ()  # the questions for pages of other posts, see `foreign.SiteLinks`

    @property
    def words(self) -> int:
        """How many words the body has; a Chinese, Japanese or Korean character counts as half a word."""
        return count_words(self.html)

    @property
    def characters(self) -> int:
        """How many words the body has, each Chinese, Japanese or Korean character counted as one."""
        return count_characters(self.html)


def render(post: Post, source: str, config: Config, pages: Pages = NO_PAGES) -> Rendered:
    """Return the body of `post`, whose source text is `source`, as clean HTML with its summary and its warnings.

    Links to other posts lead to their `pages`.

    For a body that cannot be published (too long, nested too deeply) the problems hold an error and the HTML is empty.
    """
    problems: list[Problem] = []
    links = foreign.SiteLinks(post, config, pages)
    html = lead = ""
    try:
        raw = _raw(source, links)
        problems += raw.problems
        whole, before = _cleaned(raw.html, raw.cut, links)
        problems += _warnings(whole, raw.prepared, post, scrub(source))
        problems += _unknown_pages(links, scrub(source))
        html = _without_title(whole.html.strip(), post.title)
        lead = _without_title(before, post.title)
    except RefusedError as refused:
        problems.append(Problem(post.path, post.body_line, 0, refused.code, str(refused), "shorten or split the post"))
    try:
        text = summary(post, html, lead)
    except RefusedError as refused:
        message = f"the summary is ignored: {refused}"
        problems.append(Problem(post.path, 0, 0, refused.code, message, "write it as plain text", "warning"))
        text = beginning(lead or html)
    return Rendered(html, text, lead, tuple(problems), tuple(sorted(links.asked)))


class _Raw(NamedTuple):
    """A body in raw HTML, what ends its lead, and what was found on the way."""

    html: str
    cut: str  # empty when no mark ends the lead
    prepared: Prepared
    problems: tuple[Problem, ...]


def _raw(source: str, links: foreign.SiteLinks) -> _Raw:
    """Return a body in the raw HTML of its format."""
    if links.post.restructured:
        return _restructured(source, links)
    if links.post.path.lower().endswith(HTML):
        page = foreign.plain_html(scrub(source), links)
        return _Raw(page.markdown, page.cut, Prepared(""), page.problems)
    body = foreign.plain_markdown(scrub(source), links)
    prepared = prepare(body.markdown)
    return _Raw(to_html(prepared.markdown), body.cut, prepared, tuple(body.problems))


def _restructured(source: str, links: foreign.SiteLinks) -> _Raw:
    """Return the HTML of reStructuredText. Raises RefusedError when docutils is not installed."""
    try:
        from digest.markdown import restructured
    except ImportError as error:
        message = f"reStructuredText needs docutils, which is missing: {install_command('rst')}"
        raise RefusedError("no-docutils", message) from error
    page = restructured.to_html(scrub(source), links)
    return _Raw(page.html, page.cut, Prepared(""), page.problems)


def render_fragment(markdown: str, base: str) -> str:
    """Return other Markdown, such as an editor's note, as clean HTML with URLs resolved against `base`.

    Empty when it cannot be published.
    """
    try:
        prepared = prepare(with_markdown_inside(scrub(markdown)))
        return sanitize(to_html(prepared.markdown), Settings(base)).html
    except RefusedError:
        return ""


def id_prefix(post_id: str) -> str:
    """Return the prefix for every id in the HTML of a post: stable, and unique to the post."""
    return f"p{hashlib.blake2s(post_id.encode('utf-8', 'replace'), digest_size=4).hexdigest()}-"


def _without_title(html: str, title: str) -> str:
    """Return clean `html` without a first heading that repeats the title, unless there is nothing else."""
    heading = _FIRST_HEADING.match(html)
    if not heading or heading.end() == len(html) or not same_words(plain(heading[2]), title):
        return html
    return html[heading.end() :]


def _cleaned(raw: str, cut: str, links: foreign.SiteLinks) -> tuple[Sanitized, str]:
    """Return the clean HTML of a raw body without its `more` mark, and the HTML before it."""
    limits = links.config.posts.limits
    settings = Settings(
        base=links.post.url,
        id_prefix=id_prefix(links.post.id),
        link_characters=limits.link_characters,
        page_url=lambda path: links.page(unquote(path)),
    )
    check_length(raw, 4 * limits.output_bytes)
    lead = ""
    if cut:
        before, _, after = raw.partition(f"{cut}\n")
        raw = before + after
        lead = sanitize(before, settings).html.strip()
    whole = sanitize(raw, settings)
    check_length(whole.html, limits.output_bytes)
    return whole, lead


def _warnings(found: Sanitized, prepared: Prepared, post: Post, source: str) -> Iterable[Problem]:
    """Yield a warning for each thing that was removed from a body, at its place in `source`."""
    if not (prepared.shown_tags or prepared.dropped_tags or _has_losses(found)):
        return
    code = code_regions(source)
    warn = partial(warning_at, post, source)
    for tag in prepared.shown_tags:
        message = f"{tag.text[:80]} does not form an HTML element; it is shown as text"
        yield warn(place_of(tag, source, code), "tag-as-text", message, "write it as code, or close it")
    for tag in prepared.dropped_tags:
        message = f"{tag.text[:80]} cannot stand in a feed; it was removed"
        yield warn(place_of(tag, source, code), "html-removed", message, "`digest help markdown` lists what can stand")
    for name, attribute in _first(found.hidden):
        message = f"a hidden <{name}> was removed with what it holds"
        place = place_of_tag(name, [attribute], source, code)
        yield warn(place, "hidden-removed", message, "delete it, or show it")
    for url in _first(found.tracking_pixels):
        message = f"a picture of one pixel was removed: {url[:80]}"
        place = place_of_tag("img", [url, escape(url)], source, code)
        yield warn(place, "tracking-pixel", message, "it only tells who reads")
    for url in _first(found.long_links):
        message = f"a link of {len(url)} characters was removed"
        yield warn(_place_of_url(url, source, code), "link-too-long", message, "posts.limits.link_characters")
    for url in _first(found.data_images):
        message = f"a picture inside the text was left out: {url[:40]}…"
        yield warn(_place_of_url(url, source, code), "data-picture", message, "save it as a file beside the post")


def _unknown_pages(links: foreign.SiteLinks, source: str) -> Iterable[Problem]:
    """Yield a warning for each link to a Markdown file that is no post of the site."""
    code = code_regions(source) if links.unknown else []
    for path in _first(links.unknown):
        message = f"{path[:80]} is no post here; the link leads where such a page would be"
        place = place_of(Mention(path, 0), source, code)
        hint = "mend the path, or write the page's address"
        yield warning_at(links.post, source, place, "unknown-page", message, hint)


def _has_losses(found: Sanitized) -> bool:
    return bool(found.hidden or found.tracking_pixels or found.long_links or found.data_images)


def _first(things: Iterable[_T]) -> list[_T]:
    return [*dict.fromkeys(things)][:MAX_MENTIONS]


def _place_of_url(url: str, source: str, code: list[Region]) -> int | None:
    """Return where a long URL begins in `source`; None when it is written otherwise there."""
    start = url[:200]
    place = place_of(Mention(start, 0), source, code)
    return place if place is not None else place_of(Mention(escape(start), 0), source, code)
