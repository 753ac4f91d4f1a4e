"""A post's clean HTML as e-mail HTML: what every mail client shows, in the e-mail's own outline.

Headings go below the post's own, code gets its colours by classes (so that dark mode can change them), pictures get
numbers that Outlook reads, tables scroll inside their box, and elements that mean something only on a web page become
plain ones. The tree is repaired where hand-written HTML would fail a screen reader.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from digest import localisation
from digest.collector.post import Post
from digest.emails import code as codes
from digest.emails import images as pictures
from digest.patterns import pattern
from digest.problems import Problem

UNSHOWN = (".svg", ".svgz", ".webp", ".avif", ".heic", ".jxl", ".tif", ".tiff")  # no Outlook shows these
TOP_HEADING = 4  # below h3, the post's title
_ICON = 200  # pixels; the most that a picture of unknown size within a line of text takes in Outlook
HEADINGS = frozenset(f"h{level}" for level in range(1, 7))
PLAIN = frozenset(
    (
        "address",
        "article",
        "aside",
        "center",
        "details",
        "figcaption",
        "figure",
        "footer",
        "header",
        "main",
        "nav",
        "section",
    )
)
_TASK = pattern(r"\s*[☐☑]")


class Body:
    """One body on its way into an e-mail: the post it belongs to, the column's width in pixels, what was found wrong.

    `folders` are the site's root and its static files, where pictures are looked up.
    """

    def __init__(
        self, post: Post, title: str, width: int, language: str, folders: tuple[Path, Path], site_url: str
    ) -> None:
        self.post = post
        self.title = title
        self.width = width
        self.words = localisation.words(language)
        self.folders = folders
        self.site_url = site_url
        self.problems: list[Problem] = []

    def warn(self, code: str, url: str, message: str, hint: str) -> None:
        """Remember a problem with the picture at `url`, at its line in the post's file when it is found there."""
        line = pictures.line(url, self.post, self.folders[0]) or self.post.body_line
        self.problems.append(Problem(self.post.path, line, 0, code, message, hint, "warning"))

    def shows(self, source: str) -> bool:
        """Whether mail clients show the picture at an absolute URL; a problem when they do not."""
        parts = urlsplit(source)
        if parts.path.lower().endswith(UNSHOWN):
            kind = parts.path.rpartition(".")[2].upper()
            message = f"{kind} picture left out of the e-mail, where most clients show none: {source[:120]}"
            self.warn("email-picture", source, message, "add it as PNG or JPEG")
            return False
        if parts.scheme not in ("http", "https"):
            self.warn("email-picture", source, f"picture left out of the e-mail: {source[:80]}", "use an https address")
            return False
        if parts.scheme == "http":
            self.warn("email-picture-http", source, f"picture over http: {source[:120]}", "use an https address")
        return True


def render(html: str, body: Body, top: int = TOP_HEADING) -> str:
    """Return clean `html` as e-mail HTML whose highest heading is of level `top`; `body` collects the problems."""
    if not html.strip():
        return ""
    root = parse(html)
    _local_links(root, body.post.url)
    _outline(root, top)
    for pre in list(root.iter("pre")):
        codes.highlight(pre)
    for code in [c for c in root.iter("code") if c.get("class") == "language-math"]:
        codes.formula(code)
    for table in list(root.iter("table")):
        _table(table)
    for image in list(root.iter("img")):
        _image(image, body)
    _plain_elements(root)
    _lists(root, rtl=localisation.direction(body.post.language) == "rtl" if body.post.language else _is_rtl(root))
    _notes(root)
    _links(root, body)
    return serialised(root)


def each_link(html: str, change: Callable[[Any], None]) -> str:
    """Return `html` with each link (an lxml element with an `href`) changed."""
    root = parse(html)
    for link in root.iter("a"):
        if link.get("href"):
            change(link)
    return serialised(root)


def serialised(root: Any) -> str:
    """Return what `parse` gave as HTML again."""
    from lxml import etree

    inner = [etree.tostring(child, encoding="unicode", method="html") for child in root]
    return "".join([_escape(root.text or ""), *inner])


def parse(html: str) -> Any:
    """Return clean HTML as the children of one `div`."""
    from lxml import etree

    root: Any = etree.fromstring(f"<div>{html}</div>", etree.HTMLParser())
    return root.find("body")[0]


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _is_rtl(root: Any) -> bool:
    return localisation.text_direction("".join(root.itertext())) == "rtl"


def _local_links(root: Any, url: str) -> None:
    """Links to a place in the post stay in the e-mail when the place is there; ids that no link needs go."""
    ids = {element.get("id") for element in root.iter() if element.get("id")}
    used: set[str] = set()
    for link in root.iter("a"):
        base, mark, fragment = (link.get("href") or "").partition("#")
        target = unquote(fragment)
        if mark and base == url and target in ids:
            link.set("href", f"#{target}")
            used.add(target)
    for element in root.iter():
        if element.get("id") not in used:
            element.attrib.pop("id", None)


def _outline(root: Any, top: int) -> None:
    """Number headings anew from `top` without gaps (WCAG: levels do not jump), and drop empty ones."""
    open_levels: list[int] = []
    for heading in [element for element in root.iter() if element.tag in HEADINGS]:
        if not "".join(heading.itertext()).strip() and heading.find(".//img") is None:
            unwrap(heading)
            continue
        level = int(heading.tag[1])
        while open_levels and open_levels[-1] >= level:
            open_levels.pop()
        open_levels.append(level)
        heading.tag = f"h{min(6, top + len(open_levels) - 1)}"


def unwrap(element: Any) -> None:
    """Take an element out of its tree and leave what it holds."""
    parent = element.getparent()
    index = parent.index(element)
    before = element.getprevious()

    def add_text(text: str | None) -> None:
        nonlocal before
        if not text:
            return
        if before is None:
            parent.text = (parent.text or "") + text
        else:
            before.tail = (before.tail or "") + text

    add_text(element.text)
    children = list(element)
    for offset, child in enumerate(children):
        parent.insert(index + offset, child)
        before = child
    add_text(element.tail)
    parent.remove(element)


def wrap(element: Any, tag: str, **attributes: str) -> Any:
    """Put a new element around another and return it; what followed still follows."""
    outer = element.makeelement(tag, attributes)
    element.addprevious(outer)
    outer.tail, element.tail = element.tail, None
    outer.append(element)
    return outer


def _table(table: Any) -> None:
    cells = list(table.iter("th", "td"))
    if not any(cell.tag == "td" for cell in cells):
        for cell in cells:
            cell.tag = "td"
    for cell in cells:
        if cell.tag == "th" and not "".join(cell.itertext()).strip():
            cell.tag = "td"
    rows = [row for row in table.iter("tr") if next(row.iterancestors("table")) is table]
    if any(cell.tag == "th" for row in rows if row.getparent().tag != "tfoot" for cell in row):
        for cell in table.iterfind("thead/tr/th"):
            cell.set("scope", "col")
    else:
        table.set("role", "presentation")
    table.set("class", "table")
    if not any(ancestor.get("class") == "table" for ancestor in table.iterancestors()):
        wrap(table, "div", **{"class": "scroll", "tabindex": "0"})


def _image(image: Any, body: Body) -> None:
    source, alt = image.get("src") or "", image.get("alt") or ""
    if not body.shows(source):
        _link_instead(image, source if source.startswith(("http://", "https://")) else "", alt)
        return
    width, height = (int(image.get(name) or 0) for name in ("width", "height"))
    if not (width and height) and (size := pictures.local_size(source, body.post, body.site_url, body.folders)):
        width, height = (width, round(size[1] * width / size[0])) if width else size
    alone = _alone(image)
    shown = min(width, body.width) if width else (body.width if alone else _ICON)
    image.attrib.clear()
    image.set("src", source)
    image.set("width", str(shown))
    if width and height:
        image.set("height", str(max(1, round(height * shown / width))))
    image.set("alt", alt)
    image.set("class", "shot" if width else "shot fluid")


def _link_instead(image: Any, source: str, alt: str) -> None:
    linked = next(image.iterancestors("a"), None) is not None
    replacement = image.makeelement(
        "span" if linked or not source else "a", {} if linked or not source else {"href": source}
    )
    replacement.text = alt or (unquote(urlsplit(source).path.rpartition("/")[2]) if source else "")
    replacement.tail = image.tail
    image.getparent().replace(image, replacement)


def _alone(image: Any) -> bool:
    """Whether a picture (and a link around it) is all that its paragraph holds besides line breaks."""
    element = image
    while (parent := element.getparent()) is not None and parent.tag == "a":
        element = parent
    if parent is None:
        return True
    others = [child for child in parent if child is not element and child.tag not in ("br", "figcaption")]
    return not others and not (parent.text or "").strip() and not (element.tail or "").strip()


def _plain_elements(root: Any) -> None:
    for element in list(root.iter(*PLAIN, "summary")):
        if element.tag == "summary":
            element.tag = "p"
            element.set("class", "label")
            continue
        if element.tag == "figcaption":
            element.set("class", "caption")
        elif element.tag == "figure":
            element.set("class", "picture")
        element.tag = "div"
        element.attrib.pop("open", None)


def _lists(root: Any, *, rtl: bool) -> None:
    """Repair lists (only items inside, items only inside), and mark task lists and lists that run from the right."""
    for element in list(root.iter("ul", "ol")):
        for child in [child for child in element if child.tag != "li"]:
            wrap(child, "li")
        items = list(element)
        if items and all(_TASK.match("".join(item.itertext())) for item in items):
            element.set("class", "tasks")
        elif rtl:
            element.set("class", "rtl")
    for item in list(root.iter("li")):
        if item.getparent().tag not in ("ul", "ol"):
            item.tag = "div"
            item.attrib.pop("value", None)
    for element in list(root.iter("dl")):
        if any(child.tag not in ("dt", "dd") for child in element) or element.find("dt") is None:
            element.tag = "div"
    for element in list(root.iter("dt", "dd")):
        if element.getparent().tag != "dl":
            element.tag = "div"
    for quote in root.iter("blockquote") if rtl else ():
        quote.set("class", "quote-rtl")


def _notes(root: Any) -> None:
    """Mark the footnotes at the end, and take away the lines that stood before them."""
    for holder in root.iterfind("div"):
        listed = holder.find("ol")
        item = listed.find("li") if listed is not None else None
        if item is not None and re.search(r"-fn-", item.get("id") or ""):
            holder.set("class", "notes")
            while (
                (before := holder.getprevious()) is not None and before.tag == "hr" and not (before.tail or "").strip()
            ):
                root.remove(before)


def _links(root: Any, body: Body) -> None:
    """Give every link a name, media links a box, and attributes only that mail clients keep."""
    for link in list(root.iter("a")):
        text = "".join(link.itertext()).strip()
        images = list(link.iter("img"))
        if not link.get("href") or not (text or images):
            unwrap(link)
            continue
        if images and text.startswith("▶"):
            _media(link, images, body)
        elif images and not text and not any(image.get("alt") for image in images):
            images[0].set("alt", body.title)


def _media(link: Any, images: list[Any], body: Body) -> None:
    for image in images:
        image.set("alt", body.words.watch)
    parent = link.getparent()
    if parent.tag == "p" and len(parent) == 1 and not (parent.text or "").strip() and not (link.tail or "").strip():
        parent.tag = "div"
        parent.set("class", "media")
    elif parent.tag == "div":
        wrap(link, "div", **{"class": "media"})
