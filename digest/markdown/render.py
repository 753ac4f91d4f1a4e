"""Render a post's body: clean HTML with absolute URLs, a plain-text summary, and problems found.

The steps: `foreign` replaces templating of other generators, `prose` prepares the Markdown for comrak, `commonmark`
turns it into HTML, and `sanitize` removes everything that is not allowed in a feed or an e-mail.
"""

import hashlib
import re
from collections.abc import Iterable
from functools import partial
from html import escape

from msgspec import Struct

from digest.collector.post import Post
from digest.config.schema import Config
from digest.markdown import foreign
from digest.markdown.bounds import RefusedError, check_length
from digest.markdown.commonmark import to_html
from digest.markdown.nested import with_markdown_inside
from digest.markdown.prose import Prepared, prepare
from digest.markdown.sanitize import Sanitized, Settings, sanitize, scrub
from digest.markdown.summary import beginning, count_words, plain, same_words, summary
from digest.problems import Problem

_FIRST_HEADING = re.compile(r"<h([1-6])(?: [^>]*)?>(.*?)</h\1>\s*", re.DOTALL)
_MAX_WARNINGS = 20  # of one kind in one post


class Rendered(Struct, frozen=True, omit_defaults=True):
    """A post's body, rendered once. All HTML is clean, balanced, absolute and safe to put anywhere."""

    html: str
    summary: str  # plain text, never cut in mid-word
    lead: str = ""  # the HTML before the `more` mark; empty when the body has none
    problems: tuple[Problem, ...] = ()

    @property
    def words(self) -> int:
        """How many words the body has; a Chinese, Japanese or Korean character counts as half a word."""
        return count_words(self.html)


def render(post: Post, source: str, config: Config) -> Rendered:
    """Return the body of `post`, whose Markdown is `source`, as clean HTML with its summary and its warnings.

    For a body that cannot be published (too long, nested too deeply) the problems hold an error and the HTML is empty.
    """
    problems: list[Problem] = []
    html = lead = ""
    try:
        body = foreign.plain_markdown(scrub(source), post, config)
        problems += body.problems
        prepared = prepare(body.markdown)
        whole, before = _cleaned(prepared.markdown, body.cut, post, config)
        problems += _warnings(whole, prepared, post, source)
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
    return Rendered(html, text, lead, tuple(problems))


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


def _cleaned(markdown: str, cut: str, post: Post, config: Config) -> tuple[Sanitized, str]:
    """Return the clean HTML of a body without its `more` mark, and the HTML before it."""
    limits = config.posts.limits
    settings = Settings(
        base=post.url,
        id_prefix=id_prefix(post.id),
        link_characters=limits.link_characters,
        page_url=lambda path: foreign.page_url(path, post, config),
    )
    raw = to_html(markdown)
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
    warn = partial(_warning, post, source)
    for tag in _first(prepared.shown_tags):
        message = f"{tag[:80]} does not form an HTML element; it is shown as text"
        yield warn("tag-as-text", tag, message, "write it as code, or close it")
    for tag in _first(prepared.dropped_tags):
        message = f"{tag[:80]} cannot stand in a feed; it was removed"
        yield warn("html-removed", tag, message, "docs/markdown.md lists what can stand")
    for name in _first(found.hidden):
        message = f"a hidden <{name}> was removed with what it holds"
        yield warn("hidden-removed", f"<{name}", message, "delete it, or show it")
    for url in _first(found.tracking_pixels):
        yield warn("tracking-pixel", url, f"a picture of one pixel was removed: {url[:80]}", "it only tells who reads")
    for url in _first(found.long_links):
        message = f"a link of {len(url)} characters was removed"
        yield warn("link-too-long", url, message, "posts.limits.link_characters")
    for url in _first(found.data_images):
        message = f"a picture inside the text was left out: {url[:40]}…"
        yield warn("data-picture", url, message, "save it as a file beside the post")


def _first(urls: Iterable[str]) -> list[str]:
    return [*dict.fromkeys(urls)][:_MAX_WARNINGS]


def _warning(post: Post, source: str, code: str, url: str, message: str, hint: str) -> Problem:
    start = url[:200]
    position = max(0, source.find(start), source.find(escape(start)))
    line = post.body_line + source.count("\n", 0, position)
    column = position - source.rfind("\n", 0, position)
    return Problem(post.path, line, column, code, message, hint, "warning")
