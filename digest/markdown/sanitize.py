"""Clean HTML: what of a stranger's HTML may stand in a feed, an e-mail and a page, and how it is made sure of.

nh3 keeps what stands on the lists below and balances it. One pass over the tags that nh3 wrote follows, whose
attributes are quoted and escaped, so that a plain expression reads them exactly: it makes URLs absolute, ids unique
among all posts, and takes out what only all attributes together show, such as tracking pixels.

A body that is Markdown alone, with no HTML in it, needs no parse when a search finds no tags in what comrak made of it
but those listed here: a test holds what becomes of it against what nh3 would write.
"""

import html as entities
import re
from collections.abc import Callable
from urllib.parse import unquote

import nh3

from digest.markdown import embeds
from digest.markdown.characters import unsuspicious
from digest.markdown.urls import PLAIN, SCHEMES, absolute
from digest.patterns import bytes_pattern, pattern

_INLINE = "a abbr b bdi bdo big br cite code del dfn em i img ins kbd mark q rp rt ruby s samp small span strike strong"
_BLOCK = (
    "address article aside blockquote center details div dl dd dt figcaption figure footer h1 h2 h3 h4 h5 h6 header"
)
_TABLE = "caption col colgroup table tbody td tfoot th thead tr"
TAGS = frozenset(
    f"{_INLINE} sub sup time tt u var wbr {_BLOCK} hr li main nav ol p pre section summary ul {_TABLE}".split()
)
_WITH_CONTENT = (
    "button datalist math noembed noframes noscript option script select style svg template textarea title xmp"
)
DROPPED = frozenset(_WITH_CONTENT.split(" "))
ATTRIBUTES = {
    "*": {"dir", "id", "lang"},
    "a": {"aria-label", "href", "title"},
    "abbr": {"title"},
    "blockquote": {"cite"},
    "code": {"class"},
    "col": {"span"},
    "colgroup": {"span"},
    "del": {"cite", "datetime"},
    "details": {"open"},
    "dfn": {"title"},
    "img": {"alt", "height", "src", "style", "title", "width"},  # style is read, never written
    "ins": {"cite", "datetime"},
    "li": {"value"},
    "ol": {"reversed", "start", "type"},
    "q": {"cite"},
    "td": {"align", "colspan", "rowspan"},
    "th": {"align", "colspan", "rowspan", "scope"},
    "time": {"datetime"},
}
MAX_DEPTH = 100  # elements inside elements; lxml and some readers stop at 255

_CLEANER = nh3.Cleaner(
    tags=set(TAGS),
    clean_content_tags=set(DROPPED),
    attributes=ATTRIBUTES,
    url_schemes=set(SCHEMES),
    link_rel=None,
)
_CONTROLS = bytes(n for n in (*range(32), 127) if n not in b"\t\n")
# In UTF-8: C1, bidirectional overrides and isolates, byte-order marks, noncharacters.
_FORBIDDEN = bytes_pattern(
    rb"\xc2[\x80-\x9f]|\xe2(?:\x80[\xaa-\xae]|\x81[\xa6-\xa9])|\xef(?:\xbb\xbf|\xb7[\x90-\xaf]|\xbf[\xbe\xbf])"
    rb"|[\xf0-\xf4][\x8f\x9f\xaf\xbf]\xbf[\xbe\xbf]"
)
_TAG = pattern(r"<([a-z][a-z0-9]*) ([^>]*)>")
# A tag but those that Markdown makes most, with an address that is absolute, short and harmless: they stay as they are.
_SHORT = 400  # characters of an address
_PLAIN_URL = rf'"(?=[^"&]{{1,{_SHORT}}}"){PLAIN}"'
_TITLE = r'(?: title="[^">]*")?'
_OTHER_TAG = pattern(
    rf'<(?=[a-z][a-z0-9]*+ )(?!(?:a href={_PLAIN_URL}{_TITLE}|img src={_PLAIN_URL} alt="[^">]*"{_TITLE}'
    r'|code class="language-[\w+#.-]{1,40}")>)([a-z][a-z0-9]*) ([^>]*)>'
)
# The same of what comrak writes, and the others that it writes for Markdown, both as nh3 lets them stand. In their
# attributes `<` and `>` are always references.
_BARE = "/?(?:p|em|strong|code|li|[uo]l|h[1-6]|pre|blockquote|del|t(?:able|head|body|[rhd])|d[ltd])|/a|[bh]r /"
_VALUE = '"(?:[^"&]++|&amp;)*+"'
_OTHER_RAW_TAG = pattern(
    rf'<(?!(?:{_BARE}|a href={_PLAIN_URL}|img src={_PLAIN_URL} alt="[^"&]*+" /'
    r'|code class="language-[\w+#.-]{1,40}")>)[^>]*>?'
)
_MARKDOWN_TAG = pattern(
    rf"<(?:a href={_VALUE}(?: title={_VALUE})?|img src={_VALUE} alt={_VALUE}(?: title={_VALUE})? /"
    rf'|code class={_VALUE}|t[hd] align="[a-z]++"|ol start="[0-9]++")>'
)
_LINK_IN_LINK = pattern(r"<a [^<]*+(?:<(?!/?a[ >])[^<]*+)*+<a ")
_RAW_NAMES = pattern(r"</?[a-zA-Z][a-zA-Z0-9]*")
_ATTRIBUTE = pattern(r'([a-z-]+)="([^"]*)"')
_ID_ATTRIBUTE = pattern(r'(?:^| )id="([^"]*)"')
_PRE_NEWLINE = pattern(r"(<pre(?: [^>]*)?>)\n")  # the parser takes the first one for the tag's own, nh3 writes none
_BARE_LINK = pattern(r"<a>((?:[^<]|<(?!/?a[ >]))*)</a>")
_VOID = frozenset(("br", "col", "hr", "img", "wbr"))
# These read the names of all tags in a row, `<p<a</a</p<`. What stands in another element so is taken out of it by the
# next parser: https://html.spec.whatwg.org/#parsing-main-inbody
_NAMES = pattern(r"</?[a-z][a-z0-9]*")
_STAYS_IN_P = (
    "a|code|em|strong|img|br|i|b|span|abbr|bdi|bdo|big|cite|del|dfn|ins|kbd|mark|q|rp|rt|ruby|s|samp|small|strike|sub"
    "|sup|time|tt|u|var|wbr"
)
_MISNESTED = {  # by what must be there
    ("<a<",): pattern(r"<a<(?:(?!/?a<)[^<]++<)*+a<"),
    ("<h",): pattern(r"<h[1-6](?:<(?!/?h[1-6])[^<]++)*+<h[1-6]"),
    ("<p<",): pattern(rf"<p<(?:/?(?:{_STAYS_IN_P})<)*+(?!/)(?=.)"),
    ("<li",): pattern(r"<(?!/li<|[ou]l<)[^<]++<li<"),
    ("<dt", "<dd"): pattern(r"<(?!/d[dt]<|dl<)[^<]++<d[dt]<"),
    ("<rt", "<rp"): pattern(r"<(?!/r[pt]<|ruby<)[^<]++<r[pt]<"),
}
_MAX_MENDINGS = 10
_LEAVES = 3
_VOID_NAME = pattern(rf"<(?:{'|'.join(sorted(_VOID))})(?=<)")
_LEAF = pattern(r"<([a-z0-9]++)</\1(?=<)")
_FORMATTING = frozenset(
    ("a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u")
)
_OFTEN_UNCLOSED = "p li dt dd td th tr tbody thead tfoot option area base embed input link meta"
_UNCLOSED = _VOID | frozenset(_OFTEN_UNCLOSED.split())
_LANGUAGE_CLASS = pattern(r"(?:^|\s)(language-[\w+#.-]{1,40})(?:\s|$)")
_HIDDEN = pattern(r"(?:^|[;\s])(?:(?:width|height)\s*:\s*[01](?:px)?\s*(?:;|$)|display\s*:\s*none)", re.IGNORECASE)
_SOURCE_FILE = pattern(r"(?:@/|\.{1,2}/)?[\w%./-]+\.mdx?(?:#.*)?")
_LANG = pattern(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")
_ID = pattern(r"[^\s\"'<>&]{1,200}")
_NUMBER = pattern(r"\s*(-?[0-9]{1,5})(?:\.[0-9]+)?\s*(?:px)?\s*")
_KEYWORDS = {
    "align": {"left", "right", "center"},
    "dir": {"ltr", "rtl", "auto"},
    "scope": {"row", "col", "rowgroup", "colgroup"},
    "type": {"1", "a", "A", "i", "I"},
}
_BOUNDS = {  # lowest and highest
    "width": (1, 10_000),
    "height": (1, 10_000),
    "colspan": (1, 100),
    "rowspan": (1, 1_000),
    "span": (1, 100),
    "start": (-99_999, 99_999),
    "value": (-99_999, 99_999),
}


class RefusedError(Exception):
    """HTML that can not be published: `code` and the message say why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def scrub(text: str) -> str:
    """Return `text` without characters that XML, terminals or readers take ill.

    Removed are C0 but tab and newline, DEL, C1, bidirectional overrides and isolates, byte-order marks, lone surrogates
    and noncharacters (W3C Unicode in XML, section 2).
    """
    if unsuspicious(text):
        return text
    raw = text.encode("utf-8", "ignore").translate(None, _CONTROLS)
    return (raw if text.isascii() else _FORBIDDEN.sub(b"", raw)).decode("utf-8")


class Page:
    """What the last pass over the tags of one text needs to know, and what it finds."""

    def __init__(
        self,
        base: str,
        prefix: str,
        link_characters: int,
        page_url: Callable[[str], str] | None = None,
        *,
        plain: bool = False,
    ) -> None:
        self.plain = plain  # all of it was made of Markdown with no HTML and no character reference in it
        self.page_url = page_url  # the URL of a page that a link names by its Markdown file
        self.base = base
        self.prefix = prefix
        self.limit = link_characters
        self.ids: set[str] = set()
        self.fragments = False
        self.pixels: list[str] = []
        self.long_links: list[str] = []
        self.pictureless = 0  # pictures whose address is none of the web, such as data:

    def tag(self, match: re.Match[str]) -> str:
        """Return one start tag with its attributes judged."""
        name, attributes = match.groups()
        given = dict(_ATTRIBUTE.findall(attributes))
        if name == "img":
            return self.image(given)
        kept = "".join(f' {key}="{value}"' for key in given if (value := self.attribute(key, given[key])) is not None)
        return f"<{name}{kept}>"

    def image(self, given: dict[str, str]) -> str:
        """Return the picture, or its alternative text when its URL is refused, or nothing for a tracking pixel."""
        sizes = {given.get("width", "").removesuffix("px"), given.get("height", "").removesuffix("px")}
        if sizes & {"0", "1"} or _HIDDEN.search(given.pop("style", "")):
            self.pixels.append(given.get("src", ""))
            return ""
        if not (source := self.link(given.pop("src", ""))):
            self.pictureless += 1
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
            lowest, highest = _BOUNDS[name]
            return number[1] if number and lowest <= int(number[1]) <= highest else None
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
        if not url.strip():
            return ""
        if url.startswith("#"):
            self.fragments = True
        if self.page_url and ".md" in url and _SOURCE_FILE.fullmatch(url):
            url = self.page_url(url)
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

        def point(match: re.Match[str]) -> str:
            inside = unquote(entities.unescape(match[1])) in self.ids
            return f'{start}{self.prefix}{match[1]}"' if inside else match[0]

        return own.sub(point, html)


def clean(raw: str, page: Page) -> str:
    """Return `raw`, scrubbed HTML from anybody, clean and balanced. Raises RefusedError for too deep nesting."""
    tags = raw.count("<")
    if tags > 5 * MAX_DEPTH:
        _check_raw(raw)
    if not page.plain and embeds.present(raw):
        raw = embeds.replace(raw)
    others = _others(raw, page) if page.plain else None
    shallow = page.plain and tags <= 2 * MAX_DEPTH  # and what Markdown alone makes is well nested
    if others is not None:
        html = _as_nh3_writes(raw)
        if shallow and not others:
            return _without_empty(html).strip("\n")
        html = _OTHER_TAG.sub(page.tag, html)
    else:
        html = _of_anybody(raw, page)
    names = "" if shallow else _names(html)
    _check_depth(names)
    html = html.replace("<img>", "")
    if "<a>" in html:
        html = _without_bare_links(html)
        names = _names(html)
    if names and _misnested(names):
        html = _mended(html)
    html = _without_empty(html).strip("\n")
    if "<pre" in html:
        html = _PRE_NEWLINE.sub(r"\1\n\n", html)
    return page.point_inside(html) if page.fragments and page.ids else html


def _of_anybody(raw: str, page: Page) -> str:
    """Return `raw` as nh3 writes it, its attributes judged."""
    html = _CLEANER.clean(raw)
    tag = _OTHER_TAG if page.limit >= _SHORT else _TAG
    return tag.sub(page.tag, html if page.plain else scrub(html))  # from Markdown alone no character could hide


def _others(raw: str, page: Page) -> list[str] | None:
    """Return the tags that need a look in what Markdown alone made; None when it needs a parse."""
    others: list[str] = _OTHER_RAW_TAG.findall(raw)
    usual = page.limit >= _SHORT and all(map(_MARKDOWN_TAG.fullmatch, others))
    return others if usual and (raw.count("<a ") <= 1 or not _LINK_IN_LINK.search(raw)) else None


def _as_nh3_writes(raw: str) -> str:
    """Return what Markdown alone made, in which nothing is to be taken out, as nh3 writes it."""
    html = raw.replace(" />", ">").replace("&quot;", '"')
    return html.replace("\xa0", "&nbsp;") if "\xa0" in html else html  # one character is found ten times as fast


def _without_bare_links(html: str) -> str:
    """Return `html` without links that lead nowhere."""
    bare = 1 if "<a>" in html else 0
    while bare:  # from the inside out: browsers' parsers leave one in another where an element stands between
        html, bare = _BARE_LINK.subn(r"\1", html)
    return html


def _without_empty(html: str) -> str:
    """Return `html` without the paragraphs that are left of what was taken out."""
    return html.replace("<p></p>\n", "").replace("<p></p>", "") if "<p></p>" in html else html


def _names(html: str) -> str:
    """Return the names of all tags of clean `html` in a row."""
    return "".join(_NAMES.findall(html)) + "<"


def _misnested(names: str) -> bool:
    """Return whether elements may stand where a parser would not leave them."""
    return any(kind.search(names) for needed, kind in _MISNESTED.items() if any(name in names for name in needed))


def _mended(html: str) -> str:
    """Return clean `html` as the next parser would read it.

    An element that was taken out and its content kept, or that a table pushed out before itself, may leave one link in
    another, or a paragraph, a heading or a list's item. A parser moves these apart, and every time by one step.
    """
    for _ in range(_MAX_MENDINGS):
        again = _without_bare_links(_CLEANER.clean(html))
        if again == html:
            break
        html, names = again, _names(again)
        _check_depth(names)
        if not _misnested(names):
            break
    ids: set[str] = set()

    def once(match: re.Match[str]) -> str:  # a parser that moves a link out of another element makes two of it
        found = _ID_ATTRIBUTE.search(match[2])
        if not found or found[1] not in ids:
            ids.update(found.groups() if found else ())
            return match[0]
        return match[0].replace(found[0], "", 1)

    return _TAG.sub(once, html)


def _check_raw(raw: str) -> None:
    """Raise RefusedError for HTML whose parsing alone would take too long: deep, or with much formatting left open."""
    names = ("".join(_RAW_NAMES.findall(raw)) + "<").lower()
    outer = names
    for _ in range(_LEAVES):  # most elements hold little, and without them the rest is short
        outer = _LEAF.sub("", outer)
    if max(_depths(outer)) + _LEAVES <= MAX_DEPTH:
        return
    formatting, depth = _depths(names)
    if formatting > MAX_DEPTH or depth > 10 * MAX_DEPTH:
        raise RefusedError("nesting-too-deep", f"elements nested more than {MAX_DEPTH} deep")


def _depths(names: str) -> tuple[int, int]:
    """Return how many formatting elements, and how many others, these tags leave open at most."""
    depth = formatting = deepest = most = 0
    for name in names.split("<"):
        step, name = (-1, name[1:]) if name[:1] == "/" else (1, name)
        if name in _FORMATTING:
            formatting = max(0, formatting + step)
            most = max(most, formatting)
        elif name and name not in _UNCLOSED:
            depth = max(0, depth + step)
            deepest = max(deepest, depth)
    return most, deepest


def _check_depth(names: str) -> None:
    """Raise RefusedError when balanced HTML with these tags is nested too deeply for lxml and for readers."""
    depth = 0  # of what was taken out: elements that nothing stands in, again and again from the inside out
    while depth < MAX_DEPTH:
        left = names.count("<") - names.count("</") - 1
        if depth + left <= MAX_DEPTH:
            return
        names = _LEAF.sub("", _VOID_NAME.sub("", names))
        depth += 1
    if _VOID_NAME.sub("", names) != "<":
        raise RefusedError("nesting-too-deep", f"elements nested more than {MAX_DEPTH} deep")
