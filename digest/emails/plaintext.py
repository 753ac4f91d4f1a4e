"""The plain-text part, without markup and wrapped for a terminal's width.

Lines are wrapped at 72 columns. A wide character (Chinese, Japanese, Korean, most emoji) counts as two, and a line
breaks between such characters except where their typography forbids it (JIS X 4051, GB/T 15834: no line starts with a
closing mark or ends with an opening one). A body's paragraphs come from its clean HTML; links are numbered below it.
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise, zip_longest
from typing import Any

from digest.emails import tree
from digest.emails.formula import SUBSCRIPT, SUPERSCRIPT, readable
from digest.localisation import colon_after

WIDTH = 72
_NARROWEST = 24  # columns; nested lists are not wrapped narrower
_NOT_FIRST = frozenset(
    "、。，．・：；？！゛゜ヽヾゝゞ々ー’”）〕］｝〉》」』】〙〗〟｠»‐–—…‥％℃℉°′″‰)]},.:;?!%"
    "ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ～〜"
)
_NOT_LAST = frozenset("‘“（〔［｛〈《「『【〘〖〝｟«([{￥＄£")
_JOINING = ("Mn", "Me", "Cf", "Sk")  # categories of characters that belong to the one before
_ENTITY = re.compile(r"&(?=(?:[A-Za-z][A-Za-z0-9]{1,30}|#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6});)")
_TAG = re.compile(
    r"<(?=/?(?:a|abbr|article|aside|audio|b|blockquote|body|br|button|code|dd|details|div|dl|dt|em|fieldset|figure|font|"
    r"footer|form|h[1-6]|head|header|hr|html|i|iframe|img|input|kbd|label|li|link|main|mark|meta|nav|ol|option|p|picture|"
    r"pre|s|script|section|select|small|span|strong|style|sub|summary|sup|svg|table|tbody|td|template|textarea|tfoot|th|"
    r"thead|title|tr|u|ul|video)\b)"
)
_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
_SPACE = re.compile(r"\s+")
_FOOTNOTE = re.compile(r"#(?:p[0-9a-f]+-)?fn(ref)?-")  # with the prefix of a post's ids, or in an editor's note
_BLOCK_ELEMENTS = frozenset(
    (
        *("address", "article", "aside", "center", "details", "figcaption", "figure", "footer", "header", "main"),
        *("nav", "section", "summary", "p", "div", "ul", "ol", "li", "dl", "dt", "dd", "pre", "blockquote", "table"),
        *("hr", *tree.HEADINGS),
    )
)
_INDENTS = {"blockquote": "> ", "dd": "    "}
_AROUND = {"q": "“{}”", "rt": "（{}）", "rp": ""}


def columns(text: str) -> int:
    """Return how many columns `text` takes on a terminal."""
    if text.isascii():
        return len(text)
    return sum(_columns_of(character) for character in text)


def wrap(text: str, width: int = WIDTH, rest: str = "") -> str:
    """Return `text` in lines of at most `width` columns; `rest` starts all lines but the first.

    A word or an address that is longer stays whole on a line of its own. Line breaks in `text` stay.
    """
    lines: list[str] = []
    for paragraph in text.split("\n"):
        lines += _wrap_line(paragraph, width, rest if lines else "", rest)
    return "\n".join(lines)


def words(text: str) -> int:
    """Return the number of words; a wide character counts as half of one."""
    wide = sum(_is_wide(character) for character in text)
    narrow = "".join(" " if _is_wide(character) else character for character in text) if wide else text
    return len(_WORD.findall(narrow)) + wide // 2


def cut(text: str, limit: int) -> str:
    """Return `text`, cut after at most `limit` words with an ellipsis; never within a word."""
    if len(text) <= limit or words(text) <= limit:
        return text
    taken, count = "", 0.0
    for piece in re.split(r"(\s+)", text):
        for unit in _units(piece):
            count += _weight(unit)
            if count > limit:
                return taken.rstrip(" ,;:，、；：—–-") + "…"
            taken += unit
    return text


def sentences(text: str, most: int) -> str:
    """Return the first sentences of `text`, at most `most`; all of it when no end of one is found before."""
    count = 0
    for place, sign in enumerate(text):
        following = text[place + 1 : place + 3]
        is_end = sign in "。！？" or (sign in ".!?…" and following[:1] == " " and not following[1:].islower())
        count += is_end
        if count == most:
            return text[: place + 1]
    return text


def cut_after_a_word(text: str, least: int, most: int) -> str:
    """Return `text` cut to at most `most` characters with an ellipsis, after a word that ends beyond `least`."""
    short = text[: most - 1]
    last_space = short.rfind(" ")
    if last_space > least:
        short = short[:last_space]
    return short.rstrip(" ,.;:·") + "…"


def literal(text: str) -> str:
    """Escape HTML tags and entities (`<br>`, `&nbsp;`) that plain text mentions, without changing its look.

    Some readers show a text part as HTML when it looks like HTML, and checkers mistake such text for leftovers of a
    conversion. A word joiner (U+2060) after the first character has no width and allows no line break.
    """
    return _TAG.sub("<\u2060", _ENTITY.sub("&\u2060", text))


def underline(title: str, mark: str = "-") -> str:
    """Return a line of marks as long as `title` is wide."""
    return mark * min(columns(title), WIDTH)


def is_block(element: Any) -> bool:
    """Return whether an element of clean HTML is a block."""
    if element.tag == "a":
        return any(child.tag in _BLOCK_ELEMENTS for child in element.iter())
    return element.tag in _BLOCK_ELEMENTS


def from_html(html: str) -> str:
    """Return clean HTML as plain text in wrapped lines, its links numbered and listed below."""
    if not html.strip():
        return ""
    links: list[str] = []
    paragraphs = [block for block in _blocks(tree.parse(html), WIDTH, links) if block.strip()]
    if links:
        paragraphs.append("\n".join(f"[{number}] {url}" for number, url in enumerate(links, 1)))
    return "\n\n".join(paragraphs)


def _columns_of(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if _is_wide(character) else 1


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF"


def _units(word: str) -> Iterator[str]:
    """Split a word where a line may end inside it: beside wide characters, but not before a closing mark."""
    if word.isascii():
        yield word
        return
    unit = word[:1]
    for before, character in pairwise(word):
        if _can_break(before, character):
            yield unit
            unit = ""
        unit += character
    yield unit


def _can_break(before: str, character: str) -> bool:
    if not _is_wide(before) and not _is_wide(character):
        return False
    if before == "\u200d" or unicodedata.category(character) in _JOINING:
        return False
    return character not in _NOT_FIRST and before not in _NOT_LAST


def _weight(unit: str) -> float:
    """Return how many words a unit counts for: a wide character for half of one."""
    wide = sum(_is_wide(character) and character.isalnum() for character in unit)
    if wide:
        return wide / 2
    return float(any(character.isalnum() for character in unit))


def _wrap_line(text: str, width: int, first: str, rest: str) -> list[str]:
    lines = []
    line, used, empty = first, columns(first), True
    for unit, gap in _units_with_gaps(text):
        space, size = "" if empty else gap, columns(unit)
        if not empty and used + len(space) + size > width:
            lines.append(line)
            line, used, space = rest, columns(rest), ""
        line += space + unit
        used += len(space) + size
        empty = False
    return [*lines, line.rstrip()]


def _units_with_gaps(text: str) -> Iterator[tuple[str, str]]:
    """Yield the units of a line's words, each with the gap before it: a space before a word, empty inside one."""
    for word in text.split():
        gap = " "
        for unit in _units(word):
            yield unit, gap
            gap = ""


def _blocks(parent: Any, width: int, links: list[str]) -> Iterator[str]:
    """Yield the paragraphs of an element; inline content between blocks is a paragraph too."""
    line = _collapse(parent.text)
    for child in parent:
        if is_block(child):
            yield _paragraph(line, width)
            line = ""
            yield from _block(child, width, links)
        else:
            line += _inline(child, links)
        line += _collapse(child.tail)
    yield _paragraph(line, width)


def _block(element: Any, width: int, links: list[str]) -> Iterator[str]:
    if element.tag == "pre":
        yield _code_block(element)
    elif element.tag == "hr":
        yield _rule(element)
    elif element.tag == "table":
        yield _table(element, width, links)
    elif element.tag in ("ul", "ol"):
        yield _list(element, width, links)
    elif element.tag in _INDENTS:
        indent = _INDENTS[element.tag]
        yield _indented(_inner(element, width - len(indent), links, "\n\n"), indent)
    else:
        yield from _blocks(element, width, links)


def _paragraph(line: str, width: int) -> str:
    return wrap(literal(_tidy(line)), width)


def _collapse(text: str | None) -> str:
    """Return text with its white space collapsed; only `<br>` makes a line break."""
    return _SPACE.sub(" ", text or "")


def _tidy(line: str) -> str:
    return "\n".join(" ".join(part.split()) for part in line.split("\n")).strip()


def _code_block(pre: Any) -> str:
    code = tree.text_of(pre).strip("\n").expandtabs(4)
    return _ENTITY.sub("&\u2060", f"```\n{code}\n```")


def _rule(hr: Any) -> str:
    following = hr.getnext()
    needed = following is not None and following.tag not in ("hr", "section")  # footnotes need no line
    return "* * *" if needed else ""


def _list(element: Any, width: int, links: list[str]) -> str:
    start = int(element.get("start") or 1)
    items = []
    for number, item in enumerate(element, start):
        mark = f"{number}. " if element.tag == "ol" else "• "
        items.append(_item(item, mark, width, links))
    return "\n".join(items)


def _item(item: Any, mark: str, width: int, links: list[str]) -> str:
    loose = any(child.tag in _BLOCK_ELEMENTS and child.tag not in ("ul", "ol") for child in item)
    text = _inner(item, width - len(mark), links, "\n\n" if loose else "\n")
    if mark == "• " and text.startswith(("☐ ", "☑ ")):
        mark, text = text[:2], text[2:].lstrip()
    return mark + _indented(text, " " * len(mark))[len(mark) :]


def _inner(element: Any, width: int, links: list[str], between: str) -> str:
    return between.join(block for block in _blocks(element, max(_NARROWEST, width), links) if block)


def _indented(text: str, indent: str) -> str:
    return "\n".join(f"{indent}{line}".rstrip() for line in text.split("\n"))


def _table(table: Any, width: int, links: list[str]) -> str:
    """Return a table in columns if it fits, else one line per cell, prefixed with its heading."""
    rows = _rows(table, links)
    if not rows:
        return ""
    headed = next(table.iter("tr")).find("th") is not None
    sizes = [max(columns(cell) for cell in column) for column in zip_longest(*rows, fillvalue="")]
    if sum(sizes) + 3 * (len(sizes) - 1) <= width:
        return _in_columns(rows, sizes, headed=headed)
    names = rows.pop(0) if headed and len(rows) > 1 else []
    return "\n\n".join(_in_lines(row, names, width) for row in rows)


def _rows(table: Any, links: list[str]) -> list[list[str]]:
    """Return the rows of a table that are not empty."""
    rows = [_cells(row, links) for row in table.iter("tr")]
    return [row for row in rows if any(row)]


def _cells(row: Any, links: list[str]) -> list[str]:
    cells = [_tidy(_content(cell, links)) for cell in row.iterchildren("td", "th")]
    return [literal(cell.replace("\n", " ")) for cell in cells]


def _in_columns(rows: list[list[str]], sizes: list[int], *, headed: bool) -> str:
    lines = []
    for row in rows:
        padded = (cell + " " * (size - columns(cell)) for cell, size in zip(row, sizes, strict=False))
        lines.append("   ".join(padded).rstrip())
    if headed:
        lines.insert(1, "   ".join("-" * size for size in sizes))
    return "\n".join(lines)


def _in_lines(row: list[str], names: list[str], width: int) -> str:
    lines = []
    for name, cell in zip_longest(names, row, fillvalue=""):
        if cell:
            named = f"{name}{colon_after(name)}{cell}" if name else cell
            lines.append(wrap(named, width, rest="  "))
    return "\n".join(lines)


def _content(element: Any, links: list[str]) -> str:
    """Return an element's inline text; only `<br>` and blocks make line breaks."""
    return _collapse(element.text) + "".join(_inline(child, links) + _collapse(child.tail) for child in element)


def _inline(element: Any, links: list[str]) -> str:
    """Return the text of an inline element."""
    if element.tag == "br":
        return "\n"
    if element.tag == "img":
        return _image(element)
    if element.get("class") == "language-math":
        return readable(tree.text_of(element))
    content = _content(element, links)
    if element.tag == "a":
        return _link(element.get("href") or "", content, links)
    if element.tag in _BLOCK_ELEMENTS:
        return f"\n{content}\n"
    if element.tag == "sup":
        return _superscript(content)
    if element.tag == "sub":
        return _subscript(content)
    return _AROUND.get(element.tag, "{}").format(content)


def _image(img: Any) -> str:
    alt = _collapse(img.get("alt"))
    return f"[{alt}]" if alt.strip() else ""


def _link(url: str, text: str, links: list[str]) -> str:
    if footnote := _FOOTNOTE.search(url):  # keep the mark, drop the back link
        return "" if footnote[1] else text
    shown = text.strip()
    if not url.startswith(("http://", "https://", "mailto:")) or url.removeprefix("mailto:") == shown:
        return text
    if not shown:
        return ""
    if url.rstrip("/") == shown.rstrip("/"):
        return f"{text[: len(text) - len(text.lstrip())]}{url} "
    if url not in links:
        links.append(url)
    return f"{text} [{links.index(url) + 1}]"


def _superscript(text: str) -> str:
    raised = text.translate(SUPERSCRIPT)
    return f"^{text}" if _has_ascii(raised) else raised


def _subscript(text: str) -> str:
    lowered = text.translate(SUBSCRIPT)
    is_phrase = " " in text.strip()  # small print
    return text if is_phrase or _has_ascii(lowered) else lowered


def _has_ascii(text: str) -> bool:
    return any(character.isascii() and not character.isspace() for character in text)
