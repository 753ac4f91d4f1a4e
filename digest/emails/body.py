"""Convert a post's clean HTML to HTML for mail clients.

Headings continue below the post's title, code is coloured with classes (so that dark mode can change them), images get
the pixel sizes that Outlook needs, tables scroll inside their box, and sectioning elements become plain ones. Structure
that would confuse a screen reader is repaired.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from digest import localisation
from digest.emails import cells, code, formula, images, shown_address, tree
from digest.emails.copies import can_replace, upright_size
from digest.emails.look import Look
from digest.problems import Problem

UNSHOWN = (".svg", ".svgz", ".webp", ".avif", ".heic", ".jxl", ".tif", ".tiff")  # no Outlook shows these
TOP_HEADING = 4  # below h3, the post's title
PADDING = 32  # pixels on each side of the text, as email.css has it
_CELL_PADDING = 10  # pixels on each side of a cell, as email.css has it
_SMALLEST = 24  # pixels; no image of a table with very many columns gets smaller
_TALLEST = 1.2  # times the column's width; a taller portrait is shown smaller
_STRIP = 2.0  # times its width; a taller image is no portrait, but a drawing to read from top to bottom
_MEDIA = 34  # pixels; the sides of the box around a video
_VIDEO = "▶"  # begins the text of a link to a video
# Pixels that an element takes from the room of an image in it, as email.css has it.
_INDENTS = {"blockquote": 22, "li": 28, "dd": 24}
_ICON = 200  # pixels; the most that an image of unknown size within a line of text takes in Outlook
_QUOTED = "text quoted"
_LAYOUT = {
    "class": "box",
    "role": "presentation",
    "border": "0",
    "cellpadding": "0",
    "cellspacing": "0",
    "width": "100%",
}
# Elements of web pages that mail clients do not support: replacement element and class.
_PLAIN = {
    **dict.fromkeys(("address", "article", "aside", "center", "details", "footer"), ("div", "")),
    **dict.fromkeys(("header", "main", "nav", "section"), ("div", "")),
    "figure": ("div", "picture"),
    "figcaption": ("div", "caption"),
    "summary": ("p", "label"),
}


class Body(Struct, kw_only=True):
    """The context for converting one body, and the `problems` found in it.

    It starts at `line` of the file `path`; its page is at `url`. `folders` maps URLs to the folders with the images
    published there.
    """

    path: str
    line: int
    url: str
    title: str
    language: str  # empty when the post sets none
    look: Look
    folders: Mapping[str, Path]
    copies: bool = False  # images of the site are mailed as copies in formats that mail clients show
    problems: list[Problem] = []

    @property
    def width(self) -> int:
        """The width of the column in pixels."""
        return self.look.theme.width - 2 * PADDING

    @property
    def tallest(self) -> int:
        """The greatest height of a portrait in pixels."""
        return round(self.width * _TALLEST)

    def shows(self, source: str) -> bool:
        """Return whether mail clients show the image at an absolute URL; record a problem when they do not."""
        parts = urlsplit(source)
        is_unshown = parts.path.lower().endswith(UNSHOWN)
        can_copy = can_replace if self.copies else images.file_size
        has_copy = is_unshown and any(can_copy(file, self.look.root) for file in self._files(source))
        if is_unshown and not (has_copy and self.copies):
            kind = parts.path.rpartition(".")[2].upper()
            message = f"{kind} image left out of the e-mail, where most clients show none: {source[:120]}"
            hint = "add it as PNG or JPEG"
            self._warn("email-image", source, message, f'{hint}, or write images = "resize"' if has_copy else hint)
            return False
        if parts.scheme not in ("http", "https"):
            message = f"image left out of the e-mail: {source[:80]}"
            self._warn("email-image", source, message, "use an https address")
            return False
        if parts.scheme == "http":
            self._warn("email-image-http", source, f"image over http: {source[:120]}", "use an https address")
        return True

    def file_size(self, source: str) -> tuple[int, int] | None:
        """Return width and height of the image at an absolute URL, None when it is not a file of the site."""
        sizes = map(self.size_of, self._files(source))
        return next((size for size in sizes if size), None)

    def size_of(self, file: Path) -> tuple[int, int] | None:
        """Return width and height of an image file of the site as the e-mail shows it, None for any other file."""
        read = upright_size if self.copies else images.file_size
        return read(file, self.look.root)

    def _files(self, source: str) -> Iterator[Path]:
        """Yield where the file of the image at an absolute URL may be."""
        for address, folder in self.folders.items():
            if file := images.below(source, address, folder):
                yield file

    def _warn(self, code: str, url: str, message: str, hint: str) -> None:
        line = images.find_line(url, self.look.root / self.path, self.line) or self.line
        self.problems.append(Problem(self.path, line, 0, code, message, hint, "warning"))


def render(html: str, body: Body, top: int = TOP_HEADING) -> str:
    """Return clean `html` as e-mail HTML whose highest heading is of level `top`; `body` collects the problems."""
    if not html.strip():
        return ""
    root = tree.parse(html)
    _keep_local_links(root, body.url)
    _number_headings(root, top)
    for element in root.iter("pre"):
        code.highlight(element)
    for element in root.findall(".//code[@class='language-math']"):
        formula.write_formula(element)
    for element in list(root.iter("table")):
        _mend_table(element, body)
    for element in list(root.iter("img")):
        _mend_image(element, body)
    for element in list(root.iter(*_PLAIN)):
        _make_plain(element)
    _mend_lists(root)
    _mend_definitions(root)
    for element in list(root.iter("a")):
        shown_address.shorten(element)
        _mend_link(element, body)
    cells.put_into_cells(root)
    if _is_rtl(root, body.language):
        cells.mark_rtl(root)
    return tree.serialise(root)


def each_link(html: str, change: Callable[[str], str]) -> str:
    """Return `html` with the address of each link changed."""
    root = tree.parse(html)
    for link in root.iter("a"):
        if link.get("href"):
            link.set("href", change(link.get("href")))
    return tree.serialise(root)


def _keep_local_links(root: Any, url: str) -> None:
    """Make links to ids within the post local to the e-mail; drop ids without a link."""
    with_ids = root.findall(".//*[@id]")
    ids = {element.get("id") for element in with_ids}
    used = set()
    for link in root.findall(".//a[@href]"):
        page, _, fragment = link.get("href").partition("#")
        target = unquote(fragment)
        if page == url and target in ids:
            link.set("href", f"#{target}")
            used.add(target)
    for element in with_ids:
        if element.get("id") not in used:
            del element.attrib["id"]


def _number_headings(root: Any, top: int) -> None:
    """Renumber headings from `top` without skipping levels (WCAG), and drop empty ones."""
    open_levels: list[int] = []
    for heading in list(root.iter(*tree.HEADINGS)):
        if not tree.shows(heading):
            heading.drop_tag()
            continue
        level = int(heading.tag[1])
        while open_levels and open_levels[-1] >= level:
            open_levels.pop()
        open_levels.append(level)
        heading.tag = f"h{min(6, top + len(open_levels) - 1)}"


def _mend_table(table: Any, body: Body) -> None:
    """Mark header cells, mark a table without any as presentational, and let wide tables scroll."""
    if next(table.iter("td"), None) is None:
        for cell in list(table.iter("th")):
            cell.tag = "td"
    for cell in list(table.iter("th")):
        if tree.is_blank(tree.text_of(cell)):
            cell.tag = "td"
    if _has_headings(table):
        _set_scopes(table)
        if table.find("caption") is None:
            table.set("aria-label", _heading_before(table) or body.title)
    else:
        table.set("role", "presentation")
    table.set("class", "table")
    _set_classes(table)
    if next(table.iterancestors("table"), None) is None:
        tree.wrap(table, "div", **{"class": "scroll", "tabindex": "0"})


def _set_classes(table: Any) -> None:
    for cell in table.iter("td", "th"):
        cell.set("class", "head" if cell.tag == "th" else "cell")


def _set_scopes(table: Any) -> None:
    """Say of each header cell whether it is that of a column or of a row."""
    first = next(table.iter("tr"))
    for cell in table.iter("th"):
        row = cell.getparent()
        is_column = row is first or row.getparent().tag == "thead"
        cell.set("scope", "col" if is_column else "row")


def _heading_before(element: Any) -> str:
    """Return the text of the last heading before an element."""
    headings = element.xpath("preceding::*[self::h1 or self::h2 or self::h3 or self::h4 or self::h5 or self::h6]")
    return tree.text_of(headings[-1]).strip() if headings else ""


def _has_headings(table: Any) -> bool:
    """Return whether a table has a header cell; its footer and nested tables do not count."""
    for row in table.iter("tr"):
        own = next(row.iterancestors("table")) is table
        if own and row.getparent().tag != "tfoot" and row.find("th") is not None:
            return True
    return False


def _mend_image(image: Any, body: Body) -> None:
    """Set an image's size in pixels, which Outlook needs; replace an image that mail clients do not show by a link."""
    source, alt = image.get("src") or "", image.get("alt") or ""
    if not body.shows(source):
        _replace_image(image, source, alt)
        return
    width, height = capped(*_size_of(image, body), body.tallest)
    attributes = {"src": source}
    if (
        height and not width
    ):  # a width would stretch it in Outlook; elsewhere the style sheet's `height: auto` would win
        attributes |= {"height": str(height), "style": f"height: {height}px"}
    else:
        attributes["width"] = str(_shown_width(image, width, body))
    if width and height:
        attributes["height"] = str(max(1, round(height * int(attributes["width"]) / width)))
    attributes["alt"] = alt
    attributes["class"] = "shot" if width or height else "shot fluid"
    image.attrib.clear()
    image.attrib.update(attributes)


def capped(width: int, height: int, tallest: int) -> tuple[int, int]:
    """Return the size of a portrait that is at most `tallest` pixels high; of any other image the size it has."""
    if not width or not tallest < height <= width * _STRIP:
        return width, height
    return max(1, round(width * tallest / height)), tallest


def _size_of(image: Any, body: Body) -> tuple[int, int]:
    """Return width and height from the `<img>`, with what it lacks from the file; 0 when not known."""
    width, height = int(image.get("width") or 0), int(image.get("height") or 0)
    if width and height:
        return width, height
    found = body.file_size(image.get("src"))
    if found is None:
        return width, height
    if width:
        return width, round(found[1] * width / found[0])
    if height:
        return max(1, round(found[0] * height / found[1])), height
    return found


def _shown_width(image: Any, width: int, body: Body) -> int:
    room = _room(image, body)
    if width:
        return min(width, room)
    return room if _is_alone(image) else min(_ICON, room)


def _room(image: Any, body: Body) -> int:
    """Return the maximum width of an image: the column's, or in a table the share of its cell.

    Outlook makes a table as wide as the `width` of its images says: https://github.com/mjmlio/mjml/issues/2840
    """
    room = body.width
    around = list(image.iterancestors("td", "th", *_INDENTS))
    for element in reversed(around):
        if element.tag in _INDENTS:
            room -= _INDENTS[element.tag]
        else:
            columns = sum(_columns(sibling) for sibling in element.getparent())
            room = room * _columns(element) // columns - 2 * _CELL_PADDING
    if _is_in_video(image):
        room -= _MEDIA
    return max(room, _SMALLEST)


def _is_in_video(image: Any) -> bool:
    link = next(image.iterancestors("a"), None)
    return link is not None and tree.text_of(link).strip().startswith(_VIDEO)


def _columns(cell: Any) -> int:
    """Return how many columns a cell takes."""
    span = cell.get("colspan") or ""
    return max(1, int(span)) if span.isdecimal() else 1


def _replace_image(image: Any, source: str, alt: str) -> None:
    """Replace an image by a link to it; by its text alone inside another link, or without a web address."""
    on_the_web = source.startswith(("http://", "https://"))
    linked = next(image.iterancestors("a"), None) is not None
    replacement = image.makeelement("a", {"href": source}) if on_the_web and not linked else image.makeelement("span")
    replacement.text = alt
    if on_the_web and not alt:
        replacement.text = unquote(urlsplit(source).path.rpartition("/")[2])
    replacement.tail = image.tail
    image.getparent().replace(image, replacement)


def _is_alone(image: Any) -> bool:
    """Return whether an image, with a link around it, is all that its paragraph holds besides line breaks."""
    element = image
    while element.getparent().tag == "a":
        element = element.getparent()
    parent = element.getparent()
    others = [child for child in parent if child is not element and child.tag not in ("br", "figcaption")]
    return not others and tree.is_blank(parent.text) and tree.is_blank(element.tail)


def _make_plain(element: Any) -> None:
    element.tag, name = _PLAIN[element.tag]
    if name:
        element.set("class", name)
    element.attrib.pop("open", None)


def _mend_lists(root: Any) -> None:
    """Make lists contain only items, turn items outside lists into `div`, and mark task lists."""
    for element in list(root.iter("ul", "ol")):
        for child in element.xpath("*[not(self::li)]"):
            tree.wrap(child, "li")
        if len(element) and all(_is_task(item) for item in element):
            element.set("class", "tasks")
    for item in list(root.iter("li")):
        if item.getparent().tag not in ("ul", "ol"):
            item.tag = "div"
            item.attrib.pop("value", None)


def _mend_definitions(root: Any) -> None:
    """Turn invalid definition lists, and terms and definitions outside a list, into `div`."""
    for element in list(root.iter("dl")):
        if element.find("dt") is None or element.xpath("*[not(self::dt or self::dd)]"):
            element.tag = "div"
    for element in list(root.iter("dt", "dd")):
        if element.getparent().tag != "dl":
            element.tag = "div"


def _is_task(item: Any) -> bool:
    return tree.text_of(item).lstrip().startswith(("☐", "☑"))


def _is_rtl(root: Any, language: str) -> bool:
    if language:
        return localisation.direction(language) == "rtl"
    return localisation.text_direction(tree.text_of(root)) == "rtl"


def _mend_link(link: Any, body: Body) -> None:
    """Name image links and put video links in a box; unwrap links without target or content."""
    if not link.get("href") or not tree.shows(link):
        link.drop_tag()
        return
    text = tree.text_of(link).strip()
    linked_images = list(link.iter("img"))
    if linked_images and text.startswith(_VIDEO):
        _box_video(link, linked_images, localisation.words(body.look.language).watch)
    elif not text and not any(image.get("alt") for image in linked_images):
        linked_images[0].set("alt", body.title)


def _box_video(link: Any, linked_images: list[Any], watch: str) -> None:
    for image in linked_images:
        image.set("alt", watch)
    parent = link.getparent()
    if parent.tag in ("div", "body"):
        tree.wrap(link, "div", **{"class": "media"})
    elif parent.tag == "p" and len(parent) == 1 and tree.is_blank(parent.text) and tree.is_blank(link.tail):
        parent.tag = "div"
        parent.set("class", "media")
