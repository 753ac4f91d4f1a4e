"""Limits against hostile input: refuse content that takes too much time or memory, or that no reader can show."""

import re

MAX_CELLS = 200_000
MAX_FOOTNOTES = 10_000
MAX_DEFINITIONS = 1_000
MAX_TOKENS = 70_000  # of Markdown and HTML, read one by one
MAX_EMPHASIS = 60_000  # stars and tildes in one paragraph
MAX_TAGS = 30_000  # of templating, and of elements that hold Markdown
MAX_MARKS = 150_000  # characters that begin tags, character references, code and formulas
MAX_ADDRESSED = 300_000_000  # sum over the lines of length times number of "@"
MAX_DEPTH = 100  # elements inside elements; lxml and some readers stop at 255

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_VOID_ELEMENTS = "area base br col embed hr img input link meta wbr"
VOID = frozenset(_VOID_ELEMENTS.split())
_UNCLOSED_ELEMENTS = "dd dt li option p tbody td tfoot th thead tr"
_OFTEN_UNCLOSED = VOID.union(_UNCLOSED_ELEMENTS.split())
_FORMATTING_ELEMENTS = "a b big code em font i nobr s small strike strong tt u"
_FORMATTING = frozenset(_FORMATTING_ELEMENTS.split())


class RefusedError(Exception):
    """Markdown or HTML that cannot be published: `code` and the message say why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def check_tables(markdown: str) -> None:
    """Raise RefusedError for a table of too many cells.

    comrak pads short rows, so a small file can produce billions of cells.
    """
    for block in markdown.split("\n\n"):
        lines = block.split("\n")
        for number, line in enumerate(lines):
            if _is_delimiter_row(line) and line.count("|") * (len(lines) - number) > MAX_CELLS:
                raise RefusedError("table-too-large", f"a table of more than {MAX_CELLS} cells")


def _is_delimiter_row(line: str) -> bool:
    return "|" in line and "-" in line and not line.strip(" \t>|:-")


def check_footnotes(markdown: str) -> None:
    """Raise RefusedError for too many footnote marks."""
    if markdown.count("[^") > MAX_FOOTNOTES:
        raise RefusedError("too-many-footnotes", f"more than {MAX_FOOTNOTES} footnote marks")


def check_addresses(markdown: str) -> None:
    """Raise RefusedError for lines with too many e-mail addresses: comrak copies the rest of the line at each."""
    addressed = 0
    for line in markdown.split("\n"):
        addressed += len(line) * line.count("@")
    if addressed > MAX_ADDRESSED:
        raise RefusedError("too-many-addresses", "a line of too many e-mail addresses")


def check_emphasis(markdown: str) -> None:
    """Raise RefusedError for a paragraph of too much emphasis: comrak's time grows with the square of its depth."""
    for block in markdown.split("\n\n"):
        if block.count("*") + block.count("~") > MAX_EMPHASIS:
            raise RefusedError("too-many-marks", f"a paragraph of more than {MAX_EMPHASIS} stars and tildes")


def check_tokens(count: int) -> None:
    """Raise RefusedError for Markdown with too many tokens."""
    if count > MAX_TOKENS:
        raise RefusedError("too-many-marks", f"more than {MAX_TOKENS} dollars, brackets, tags, links and escapes")


def check_tags(count: int) -> None:
    """Raise RefusedError for Markdown with too many tags of templating, or what looks like them."""
    if count > MAX_TAGS:
        raise RefusedError("too-many-marks", f"more than {MAX_TAGS} tags and brackets of templating")


def check_marks(text: str, signs: str = "<&") -> None:
    """Raise RefusedError for text with too many `signs`, by default those that begin tags and character references."""
    if sum(map(text.count, signs)) > MAX_MARKS:
        raise RefusedError("too-many-marks", f"more than {MAX_MARKS} of the signs {' '.join(signs)}")


def has_few_definitions(markdown: str) -> bool:
    """Return whether description lists are few enough: comrak's time for them grows with the square of their lines."""
    lines = markdown.split("\n")
    return sum(line.lstrip(" \t>").startswith((":", "~")) for line in lines) <= MAX_DEFINITIONS


def check_raw_nesting(html: str) -> None:
    """Raise RefusedError for HTML of any origin that a parser would take too long to read.

    The time grows with the square of the number of open elements, and a parser reopens unclosed formatting elements
    in each block (https://html.spec.whatwg.org/#reconstruct-the-active-formatting-elements).
    """
    if html.count("<") <= 5 * MAX_DEPTH:
        return
    blocks = formatting = 0
    for end, name in _TAG.findall(html):
        step = -1 if end else 1
        name = name.lower()
        if name in _FORMATTING:
            formatting = max(0, formatting + step)
        elif name not in _OFTEN_UNCLOSED:
            blocks = max(0, blocks + step)
        if formatting > MAX_DEPTH or blocks > 10 * MAX_DEPTH:
            raise _too_deep()


def check_nesting(html: str) -> None:
    """Raise RefusedError for clean, balanced HTML that is nested too deeply for lxml and for readers."""
    depth = 0
    for end, name in _TAG.findall(html):
        if end:
            depth -= 1
        elif name not in VOID:
            depth += 1
            if depth > MAX_DEPTH:
                raise _too_deep()


def check_length(html: str, limit: int) -> None:
    """Raise RefusedError for HTML of more than `limit` bytes of UTF-8."""
    if len(html.encode()) > limit:
        raise RefusedError("output-too-long", f"the body makes more than {limit} bytes of HTML")


def _too_deep() -> RefusedError:
    return RefusedError("nesting-too-deep", f"elements nested more than {MAX_DEPTH} deep")
