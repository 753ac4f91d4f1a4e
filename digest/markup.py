"""Markdown to clean HTML with absolute URLs, and a summary in plain text.

The way of a body: templating of other generators is replaced (`templating`), comrak makes HTML of the Markdown, media
elements become links (`embeds`), nh3 keeps what stands on the list below and balances it, and one last pass over the
tags that nh3 wrote (whose attributes are quoted and escaped, so that a plain expression reads them exactly) makes URLs
absolute, ids unique among all posts, and takes out what only all attributes together show, such as tracking pixels.
"""

import functools
import hashlib
import html as entities
import re

import comrak
import nh3
from msgspec import Struct

from digest import embeds, summaries, templating
from digest.config import Config
from digest.posts import Post
from digest.problems import Problem
from digest.urls import SCHEMES, absolute

__all__ = ["ATTRIBUTES", "DROPPED", "TAGS", "Rendered", "absolute", "clean_html", "inline", "render", "scrub"]

TAGS = frozenset(
    "a abbr address article aside b bdi bdo big blockquote br caption center cite code col colgroup dd del details dfn div dl dt "
    "em figcaption figure footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark nav ol p pre q rp rt ruby s samp section "
    "small span strike strong sub summary sup table tbody td tfoot th thead time tr tt u ul var wbr".split()
)
DROPPED = frozenset(
    "script style svg math title textarea select option button datalist template noframes noembed xmp".split()
)
ATTRIBUTES = {
    "*": {"id", "lang", "dir"},
    "a": {"href", "title"},
    "abbr": {"title"},
    "dfn": {"title"},
    "blockquote": {"cite"},
    "code": {"class"},
    "col": {"span"},
    "colgroup": {"span"},
    "del": {"cite", "datetime"},
    "details": {"open"},
    "img": {"src", "alt", "title", "width", "height", "style"},  # style is read, never written
    "ins": {"cite", "datetime"},
    "li": {"value"},
    "ol": {"start", "reversed", "type"},
    "q": {"cite"},
    "td": {"align", "colspan", "rowspan"},
    "th": {"align", "colspan", "rowspan", "scope"},
    "time": {"datetime"},
}
MAX_DEPTH = 100  # elements inside elements; lxml and some readers stop at 255
MAX_CELLS = 200_000  # comrak fills short table rows up, so a small file can ask for billions
MAX_FOOTNOTES = 10_000
MAX_DEFINITIONS = 1_000  # comrak's time for description lists grows with their square

_CLEANER = nh3.Cleaner(
    tags=set(TAGS),
    clean_content_tags=set(DROPPED),
    attributes=ATTRIBUTES,
    url_schemes=set(SCHEMES),
    link_rel=None,
)
# C0 but tab and newline, DEL, C1, bidirectional overrides and isolates, byte-order marks, surrogates, noncharacters.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
    + "".join(chr(plane * 0x10000 + last) for plane in range(1, 17) for last in (0xFFFE, 0xFFFF))
    + "]"
)
_OPENED = re.compile(
    r"<(a|b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)\b|<(/?)([a-zA-Z][a-zA-Z0-9]*)", re.IGNORECASE
)
_TAG = re.compile(r"<([a-z][a-z0-9]*) ([^>]*)>")
_ANY_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)")
_ATTRIBUTE = re.compile(r'([a-z]+)="([^"]*)"')
_BARE_LINK = re.compile(r"<a>((?:[^<]|<(?!/?a[ >]))*)</a>")
_VOID = frozenset({"br", "col", "hr", "img", "wbr"})
_FORMATTING = frozenset("a b big code em font i nobr s small strike strong tt u".split())
_SELF_CLOSING = (
    frozenset("p li dt dd td th tr tbody thead tfoot option area base embed input link meta param source track".split())
    | _VOID
)
_DELIMITER_ROW = re.compile(r"^[ >\t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)+\|?[ \t]*$", re.MULTILINE)
_HEADING_ANCHOR = re.compile(
    r'<a href="#[^"]*" aria-label="Link to heading [^"]*" data-heading-content="[^"]*" class="anchor"></a>'
)
_MATH = re.compile(r'<(span|code) data-math-style="(inline|display)">([^<]*)</\1>')
_TEX = re.compile(r"[\\^_{}=<>+]|&[lg]t;|^\s*[^\W\d_]\w?\s*$")
_LANGUAGE_CLASS = re.compile(r"(?:^|\s)(language-[\w+#.-]{1,40})(?:\s|$)")
_PIXEL_STYLE = re.compile(
    r"(?:^|[;\s])(?:(?:width|height)\s*:\s*[01](?:px)?\s*(?:;|$)|display\s*:\s*none)", re.IGNORECASE
)
_LANG = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")
_ID = re.compile(r"[^\s\"'<>&]{1,200}")
_NUMBER = re.compile(r"\s*(-?[0-9]{1,5})(?:\.[0-9]+)?\s*(?:px)?\s*")
_KEYWORDS = {
    "align": {"left", "right", "center"},
    "dir": {"ltr", "rtl", "auto"},
    "scope": {"row", "col", "rowgroup", "colgroup"},
    "type": {"1", "a", "A", "i", "I"},
}
_BOUNDS = {
    "width": 10_000,
    "height": 10_000,
    "colspan": 100,
    "rowspan": 1_000,
    "span": 100,
    "start": 99_999,
    "value": 99_999,
}


class Rendered(Struct, frozen=True, omit_defaults=True):
    """A post's body, rendered once. All HTML is clean, balanced, absolute and safe to put anywhere."""

    html: str
    summary: str  # plain text, never cut in mid-word
    words: int  # of the body; a Chinese, Japanese or Korean character counts as half a word
    lead: str = ""  # the HTML before the `more` mark; empty when the body has none
    problems: tuple[Problem, ...] = ()


class Refused(Exception):
    """The HTML can not be published: `code` and the message say why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def scrub(text: str) -> str:
    """Return `text` without characters that XML, terminals or readers take ill.

    Removed are C0 but tab and newline, DEL, C1, bidirectional overrides and isolates, byte-order marks, lone surrogates
    and noncharacters (W3C Unicode in XML, section 2).
    """
    return _FORBIDDEN.sub("", text)


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
    """Return the HTML that comrak makes of scrubbed `markdown`: raw, not yet clean. Raises Refused beyond a bound."""
    if "|" in markdown and len(markdown) > 2_000:
        _check_tables(markdown)
    if markdown.count("[^") > MAX_FOOTNOTES:
        raise Refused("too-many-footnotes", f"more than {MAX_FOOTNOTES} footnote marks")
    linked = "](#" in markdown or 'href="#' in markdown or "href='#" in markdown
    few = markdown.count("\n:") + markdown.count("\n~") <= MAX_DEFINITIONS
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
    """Raise Refused when a table would have too many cells."""
    for row in _DELIMITER_ROW.finditer(markdown):
        end = markdown.find("\n\n", row.end())
        rows = markdown.count("\n", row.end(), end if end >= 0 else len(markdown)) + 1
        if row[0].count("|") * rows > MAX_CELLS:
            raise Refused("table-too-large", f"a table of more than {MAX_CELLS} cells")


def _math(match: re.Match[str]) -> str:
    """Return mathematics as code; what only looks like it (`$HOME/$USER`) as the text it was."""
    element, style, tex = match.groups()
    if element == "span" and style == "inline" and not _TEX.search(tex):
        return f"${tex}$"
    return f'<code class="language-math">{tex.strip()}</code>'


def _check_raw(raw: str) -> None:
    """Raise Refused for HTML whose parsing alone would take too long: deep, or with many open formatting elements."""
    depth = formatting = 0
    for closing, name in re.findall(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)", raw):
        name = name.lower()
        step = -1 if closing else 1
        if name in _FORMATTING:
            formatting = max(0, formatting + step)
        elif name not in _SELF_CLOSING:
            depth = max(0, depth + step)
        if formatting > MAX_DEPTH or depth > 10 * MAX_DEPTH:
            raise Refused("nesting-too-deep", f"elements nested more than {MAX_DEPTH} deep")


def _check_depth(html: str) -> None:
    """Raise Refused when balanced `html` has elements nested too deeply for lxml and for readers."""
    depth = 0
    for closing, name in _ANY_TAG.findall(html):
        if name in _VOID:
            continue
        depth += -1 if closing else 1
        if depth > MAX_DEPTH:
            raise Refused("nesting-too-deep", f"elements nested more than {MAX_DEPTH} deep")


class _Page:
    """What the last pass over the tags of one text needs to know, and what it finds."""

    def __init__(self, base: str, prefix: str, link_characters: int) -> None:
        self.base = base
        self.prefix = prefix
        self.limit = link_characters
        self.ids: set[str] = set()
        self.fragments = False
        self.pixels: list[str] = []
        self.long_links: list[str] = []

    def tag(self, match: re.Match[str]) -> str:
        """Return one start tag with its attributes judged."""
        name = match[1]
        given = dict(_ATTRIBUTE.findall(match[2]))
        if name == "img":
            return self.image(given)
        kept = "".join(f' {key}="{value}"' for key in given if (value := self.attribute(key, given[key])) is not None)
        return f"<{name}{kept}>"

    def image(self, given: dict[str, str]) -> str:
        """Return the picture, or its alternative text when its URL is refused, or nothing for a tracking pixel."""
        sizes = {given.get("width", "").removesuffix("px"), given.get("height", "").removesuffix("px")}
        if sizes & {"0", "1"} or _PIXEL_STYLE.search(given.pop("style", "")):
            self.pixels.append(given.get("src", ""))
            return ""
        if not (source := self.link(given.pop("src", ""))):
            return given.get("alt", "")
        given.setdefault("alt", "")
        kept = "".join(f' {key}="{value}"' for key in given if (value := self.attribute(key, given[key])) is not None)
        return f'<img src="{source}"{kept}>'

    def attribute(self, name: str, value: str) -> str | None:
        """Return the escaped value of an attribute as it may stand, or None when the attribute goes."""
        if name in ("href", "cite"):
            return self.link(value) or None
        if name in _BOUNDS:
            number = _NUMBER.fullmatch(value)
            lowest = -99_999 if name in ("start", "value") else 1
            return number[1] if number and lowest <= int(number[1]) <= _BOUNDS[name] else None
        if name in _KEYWORDS:
            value = value if name == "type" else value.lower()
            return value if value in _KEYWORDS[name] else None
        if name == "id":
            return self.identifier(value)
        if name == "class":
            found = _LANGUAGE_CLASS.search(value)
            return found[1] if found else None
        if name == "lang":
            return value if _LANG.fullmatch(value) else None
        return "" if name in ("open", "reversed") else value

    def link(self, escaped: str) -> str:
        """Return an escaped URL absolute and harmless, or an empty string."""
        url = entities.unescape(escaped) if "&" in escaped else escaped
        if url.startswith("#"):
            self.fragments = True
        url = absolute(url, self.base)
        if len(url) > self.limit:
            self.long_links.append(url)
            return ""
        return entities.escape(url) if "&" in url or "'" in url else url

    def identifier(self, value: str) -> str | None:
        """Return the id with the post's prefix, once."""
        if value in self.ids or not self.prefix or not _ID.fullmatch(value):
            return None
        self.ids.add(value)
        return self.prefix + value

    def point_inside(self, html: str) -> str:
        """Return `html` with links to ids of its own carrying the prefix that those ids now have."""
        start = f'href="{entities.escape(self.base.partition("#")[0])}#'
        own = re.compile(re.escape(start) + r'([^"]*)"')
        return own.sub(lambda m: f'{start}{self.prefix}{m[1]}"' if m[1] in self.ids else m[0], html)


def _clean(raw: str, page: _Page) -> str:
    if raw.count("<") > 500:
        _check_raw(raw)
    if embeds.PRESENT.search(raw):
        raw = embeds.replace(raw)
    html = _CLEANER.clean(raw)
    if html.count("<") > 2 * MAX_DEPTH:
        _check_depth(html)
    html = _TAG.sub(page.tag, _FORBIDDEN.sub("", html)).replace("<img>", "")
    if "<a>" in html:
        html = _BARE_LINK.sub(r"\1", html)
    html = html.replace("<p></p>\n", "").removesuffix("<p></p>").lstrip("\n")
    return page.point_inside(html) if page.fragments and page.ids else html


def clean_html(html: str, base: str, *, prefix: str = "", link_characters: int = 2_000) -> str:
    """Return `html` clean, balanced and with absolute URLs (resolved against `base`); empty when it is nested too deeply.

    Ids are kept with `prefix` before them, and dropped without one.
    """
    try:
        return _clean(scrub(html), _Page(base, prefix, link_characters))
    except Refused:
        return ""


@functools.lru_cache(maxsize=1024)
def inline(text: str, base: str = "") -> str:
    """Return one line of Markdown as clean HTML without a paragraph around it, such as a title with `code` in it."""
    try:
        html = _clean(to_html(scrub(" ".join(text.split()))), _Page(base, "", 2_000)).strip()
    except Refused:
        return entities.escape(text)
    return html[3:-4] if html.startswith("<p>") and html.count("<p>") == 1 else html


def id_prefix(post_id: str) -> str:
    """Return what stands before every id from the post: the same for the same post, another for another."""
    return f"p{hashlib.blake2s(post_id.encode('utf-8', 'replace'), digest_size=4).hexdigest()}-"


def render(post: Post, source: str, config: Config) -> Rendered:
    """Return the body of `post`, whose Markdown is `source`, as clean HTML with its summary and its warnings.

    What can not be published (too long, nested too deeply) is an error among the problems, and the HTML is empty.
    """
    limits = config.posts.limits
    page = _Page(post.url, id_prefix(post.id), limits.link_characters)
    plain = templating.replace(scrub(source), post, config)
    problems = list(plain.problems)
    lead = ""
    try:
        raw = to_html(plain.markdown)
        if len(raw) > 4 * limits.output_bytes:
            raise Refused("output-too-long", f"the body makes more than {limits.output_bytes} bytes of HTML")
        if plain.cut:
            html, lead = _at_cut(raw, page, plain.cut)
        else:
            html = _clean(raw, page)
        if len(html) * 4 > limits.output_bytes and len(html.encode()) > limits.output_bytes:
            raise Refused("output-too-long", f"the body makes more than {limits.output_bytes} bytes of HTML")
    except Refused as refused:
        html = ""
        problems.append(Problem(post.path, post.body_line, 0, refused.code, str(refused), "shorten or split the post"))
    problems += _warnings(post, source, page)
    text = summaries.plain(html)
    return Rendered(html, summaries.summary(post, html, lead), summaries.count_words(text), lead, tuple(problems))


def _at_cut(raw: str, page: _Page, mark: str) -> tuple[str, str]:
    """Return the clean HTML without the `more` mark, and what stood before it, balanced."""
    before, _, after = raw.partition(mark)
    html = _clean(before + after, page)
    lead = _clean(before.removesuffix("<p>"), _Page(page.base, page.prefix, page.limit))
    return html, lead.strip()


def _warnings(post: Post, source: str, page: _Page) -> list[Problem]:
    def warn(code: str, needle: str, message: str, hint: str) -> Problem:
        at = max(0, source.find(needle))
        line, column = source.count("\n", 0, at), at - source.rfind("\n", 0, at)
        return Problem(post.path, post.body_line + line, column, code, message, hint, "warning")

    pixels = [
        warn("tracking-pixel", url, f"a picture of one pixel was removed: {url[:80]}", "it only tells who reads")
        for url in dict.fromkeys(page.pixels)
    ]
    links = [
        warn("link-too-long", url[:200], f"a link of {len(url)} characters was removed", "posts.limits.link_characters")
        for url in dict.fromkeys(page.long_links)
    ]
    return pixels + links
