"""Markdown to clean HTML with absolute URLs, and a summary in plain text.

The way of a body: templating of other generators is replaced (`templating`), comrak makes HTML of the Markdown, and
what may not stand in a feed or an e-mail is taken out or made harmless (`cleaning`).
"""

import functools
import hashlib
import html as entities
import re
from collections.abc import Sequence

import comrak
from msgspec import Struct

from digest.collector.post import Post
from digest.config.schema import Config
from digest.markdown import summary as summaries
from digest.markdown.foreign import shortcodes, templating
from digest.markdown.foreign.templating import Plain
from digest.markdown.sanitize import Page, RefusedError, clean, scrub
from digest.markdown.urls import absolute
from digest.patterns import pattern
from digest.problems import Problem

__all__ = ["Rendered", "absolute", "clean_html", "id_prefix", "inline", "render", "scrub", "to_html"]

MAX_CELLS = 200_000  # comrak fills short table rows up, so a small file can ask for billions
MAX_FOOTNOTES = 10_000
MAX_WARNINGS = 20  # of one kind in one post
MAX_DEFINITIONS = 1_000  # comrak's time for description lists grows with their square

_DELIMITER_ROW = pattern(r"^[ >\t]*+\|?[ \t]*+:?-++:?[ \t]*+(?:\|[ \t]*+:?-++:?[ \t]*+)++\|?[ \t]*+$", re.MULTILINE)
_DELIMITER = pattern(r"-:?[ \t]*+\|[ \t]*+:?-")  # what every such row has
_HEADING_ANCHOR = pattern(
    r'<a href="#[^"]*" aria-label="Link to heading [^"]*" data-heading-content="[^"]*" class="anchor"></a>'
)
_DATA_PICTURE = pattern(r"(?:\]\(\s*<?|src\s*=\s*[\"']?|\]:\s*<?)(data:[^)>\s\"']{0,200})", re.IGNORECASE)
# HTML, character references, and footnotes, whose marks are links in whatever they are in
_MARKS = ("<", "&", "^")
_NOT_PLAIN = pattern(r"<(?:[/!?]|[A-Za-z](?!ttps?://))|&(?:#|[A-Za-z][A-Za-z0-9]*;)|\[\^")
_MATH = pattern(r'<(span|code) data-math-style="(inline|display)">([^<]*)</\1>')
_TEX = pattern(r"[\\^_{}=<>+]|&[lg]t;|^\s*[^\W\d_]\w?\s*$")


class Rendered(Struct, frozen=True, omit_defaults=True):
    """A post's body, rendered once. All HTML is clean, balanced, absolute and safe to put anywhere."""

    html: str
    summary: str  # plain text, never cut in mid-word
    lead: str = ""  # the HTML before the `more` mark; empty when the body has none
    problems: tuple[Problem, ...] = ()

    @property
    def words(self) -> int:
        """How many words the body has; a Chinese, Japanese or Korean character counts as half a word."""
        return summaries.count_words(self.html)


def _options(*, heading_ids: bool, description_lists: bool) -> comrak.ExtensionOptions:
    options = comrak.ExtensionOptions()
    for name in (
        "table",
        "strikethrough",
        "autolink",
        "tasklist",
        "footnotes",
        "cjk_friendly_emphasis",
        "math_dollars",
        "math_code",
    ):
        setattr(options, name, True)
    options.description_lists = description_lists
    if heading_ids:
        options.header_id_prefix = ""
    return options


_OPTIONS = {
    (ids, lists): _options(heading_ids=ids, description_lists=lists) for ids in (False, True) for lists in (False, True)
}
_PARSE = comrak.ParseOptions()
_RENDER = comrak.RenderOptions()
_RENDER.unsafe_ = True  # raw HTML passes here; nh3 judges it


def to_html(markdown: str) -> str:
    """Return the raw HTML that comrak makes of scrubbed `markdown`, not yet clean. RefusedError beyond a bound."""
    if "|" in markdown and len(markdown) > 2_000:
        _check_tables(markdown)
    if len(markdown) > MAX_FOOTNOTES and markdown.count("[^") > MAX_FOOTNOTES:
        raise RefusedError("too-many-footnotes", f"more than {MAX_FOOTNOTES} footnote marks")
    # One character is looked for ten times as fast as several.
    linked = "#" in markdown and ("](#" in markdown or 'href="#' in markdown or "href='#" in markdown)
    few = (
        len(markdown) <= 2 * MAX_DEFINITIONS
        or markdown.count("\n") <= MAX_DEFINITIONS
        or markdown.count("\n:") + markdown.count("\n~") <= MAX_DEFINITIONS
    )
    raw = comrak.render_markdown(markdown, _OPTIONS[linked, few], _PARSE, _RENDER)
    if linked:
        raw = _HEADING_ANCHOR.sub("", raw)
    if "data-math-style" in raw:
        raw = _MATH.sub(_math, raw)
    if "<input" in raw:
        raw = raw.replace('<input type="checkbox" checked="" disabled="" />', "☑").replace(
            '<input type="checkbox" disabled="" />', "☐"
        )
    return raw.replace('<section class="footnotes"', '<hr>\n<section class="footnotes"', 1)


def _check_tables(markdown: str) -> None:
    """Raise RefusedError when a table would have too many cells."""
    for row in _DELIMITER_ROW.finditer(markdown) if _DELIMITER.search(markdown) else ():
        end = markdown.find("\n\n", row.end())
        rows = markdown.count("\n", row.end(), end if end >= 0 else len(markdown)) + 1
        if row[0].count("|") * rows > MAX_CELLS:
            raise RefusedError("table-too-large", f"a table of more than {MAX_CELLS} cells")


def _math(match: re.Match[str]) -> str:
    """Return mathematics as code; what only looks like it (`$HOME/$USER`) as the text it was."""
    element, style, tex = match.groups()
    if element == "span" and style == "inline" and not _TEX.search(tex):
        return f"${tex}$"
    return f'<code class="language-math">{tex.strip()}</code>'


def clean_html(html: str, base: str, *, prefix: str = "", link_characters: int = 2_000) -> str:
    """Return `html` clean, balanced and with absolute URLs, resolved against `base`.

    Empty when it is nested too deeply. Ids are kept with `prefix` before them, and dropped without one.
    """
    try:
        return clean(scrub(html), Page(base, prefix, link_characters))
    except RefusedError:
        return ""


@functools.lru_cache(maxsize=1024)
def inline(text: str, base: str = "") -> str:
    """Return one line of Markdown as clean HTML without a paragraph around it, such as a title with `code` in it."""
    try:
        html = clean(to_html(scrub(" ".join(text.split()))), Page(base, "", 2_000)).strip()
    except RefusedError:
        return entities.escape(text)
    return html[3:-4] if html.startswith("<p>") and html.count("<p>") == 1 else html


def id_prefix(post_id: str) -> str:
    """Return what stands before every id from the post: the same for the same post, another for another."""
    return f"p{hashlib.blake2s(post_id.encode('utf-8', 'replace'), digest_size=4).hexdigest()}-"


def render(post: Post, source: str, config: Config) -> Rendered:
    """Return the body of `post`, whose Markdown is `source`, as clean HTML with its summary and its warnings.

    What can not be published (too long, nested too deeply) is an error among the problems, and the HTML is empty.
    """
    return render_all([(post, source)], config)[0]


def render_all(bodies: Sequence[tuple[Post, str]], config: Config) -> list[Rendered]:
    """Return the same of many posts, each with its Markdown.

    One step is taken for all of them before the next: what a step needs then stays in the processor's caches, a sixth
    of the time.
    """
    plain = [templating.replace(scrub(source), post, config) for post, source in bodies]
    raw = [_raw(part.markdown, config) for part in plain]
    clean = [_cleaned(*body, part, html, config) for body, part, html in zip(bodies, plain, raw, strict=True)]
    return [
        Rendered(html, summaries.summary(post, html, lead), lead, problems)
        for (post, _), (html, lead, problems) in zip(bodies, clean, strict=True)
    ]


def _raw(markdown: str, config: Config) -> str | RefusedError:
    try:
        raw = to_html(markdown)
        _check_length(raw, 4 * config.posts.limits.output_bytes)
    except RefusedError as refused:
        return refused
    return raw


def _cleaned(
    post: Post, source: str, plain: Plain, raw: str | RefusedError, config: Config
) -> tuple[str, str, tuple[Problem, ...]]:
    """Return clean HTML, what of it stands before the `more` mark, and all that was wrong with a body."""
    limits = config.posts.limits
    page = Page(
        post.url,
        id_prefix(post.id),
        limits.link_characters,
        lambda path: shortcodes.page_url(path, post, config),
        plain=not any(map(plain.markdown.__contains__, _MARKS)) or not _NOT_PLAIN.search(plain.markdown),
    )
    problems = list(plain.problems)
    html = lead = ""
    try:
        if isinstance(raw, RefusedError):
            raise raw
        if plain.cut:
            html, lead = _at_cut(raw, page, plain.cut)
        else:
            html = clean(raw, page)
        _check_length(html, limits.output_bytes)
    except RefusedError as refused:
        html = ""
        problems.append(Problem(post.path, post.body_line, 0, refused.code, str(refused), "shorten or split the post"))
    if page.pixels or page.long_links or page.pictureless:
        problems += _warnings(post, source, page, html)
    return html.strip(), lead, tuple(problems)


def _check_length(html: str, limit: int) -> None:
    if len(html) * 4 > limit and len(html.encode()) > limit:
        raise RefusedError("output-too-long", f"the body makes more than {limit} bytes of HTML")


def _at_cut(raw: str, page: Page, mark: str) -> tuple[str, str]:
    """Return the clean HTML without the `more` mark, and what stood before it, balanced."""
    before, _, after = raw.partition(mark)
    html = clean(before + after, page)
    lead = clean(before.removesuffix("<p>"), Page(page.base, page.prefix, page.limit, page.page_url))
    return html, lead.strip()


def _warnings(post: Post, source: str, page: Page, html: str) -> list[Problem]:
    def warn(code: str, needle: str, message: str, hint: str) -> Problem:
        at = max(0, source.find(needle))
        line, column = source.count("\n", 0, at), at - source.rfind("\n", 0, at)
        return Problem(post.path, post.body_line + line, column, code, message, hint, "warning")

    pixels = [
        warn("tracking-pixel", url, f"a picture of one pixel was removed: {url[:80]}", "it only tells who reads")
        for url in [*dict.fromkeys(page.pixels)][:MAX_WARNINGS]
    ]
    links = [
        warn("link-too-long", url[:200], f"a link of {len(url)} characters was removed", "posts.limits.link_characters")
        for url in [*dict.fromkeys(page.long_links)][:MAX_WARNINGS]
    ]
    found = dict.fromkeys(match[1] for match in _DATA_PICTURE.finditer(source)) if page.pictureless else ()
    embedded = [
        warn(
            "data-picture",
            url,
            f"a picture inside the text was left out: {url[:40]}…",
            "save it as a file beside the post",
        )
        for url in [url for url in found if url not in html][:MAX_WARNINGS]  # code shows it
    ]
    return pixels + links + embedded
