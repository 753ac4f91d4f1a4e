"""The plain-text part: words, not markup, wrapped for a terminal's width.

Lines are wrapped at 72 columns. A wide character (Chinese, Japanese, Korean, most emoji) counts as two, and a line
breaks between such characters except where their typography forbids it (JIS X 4051, GB/T 15834: no line starts with a
closing mark or ends with an opening one). A body's paragraphs come from its clean HTML; links are numbered below it.
"""

import itertools
import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from digest.emails import body as bodies
from digest.emails import code as codes
from digest.patterns import pattern

WIDTH = 72
_NOT_FIRST = frozenset(
    "、。，．・：；？！゛゜ヽヾゝゞ々ー’”）〕］｝〉》」』】〙〗〟｠»‐–—…‥％℃℉°′″‰)]},.:;?!%"
    "ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ～〜"
)
_NOT_LAST = frozenset("‘“（〔［｛〈《「『【〘〖〝｟«([{￥＄£")
_ENTITY = pattern(r"&(?=(?:[A-Za-z][A-Za-z0-9]{1,30}|#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6});)")
_TAG = pattern(
    r"<(?=/?(?:a|abbr|article|aside|audio|b|blockquote|body|br|button|code|dd|details|div|dl|dt|em|fieldset|figure|font|"
    r"footer|form|h[1-6]|head|header|hr|html|i|iframe|img|input|kbd|label|li|link|main|mark|meta|nav|ol|option|p|picture|"
    r"pre|s|script|section|select|small|span|strong|style|sub|summary|sup|svg|table|tbody|td|template|textarea|tfoot|th|"
    r"thead|title|tr|u|ul|video)\b)"
)
_FENCED = pattern(r"(```.*?```)", re.DOTALL)
_PIECE = pattern(r"\S+|\s+")
_WORD = pattern(r"[^\W_]+(?:['’.-][^\W_]+)*")
_BLOCKS = bodies.PLAIN | frozenset(
    ("p", "div", "ul", "ol", "li", "dl", "dt", "dd", "pre", "blockquote", "table", "hr", "summary", *bodies.HEADINGS)
)
_RAISED = str.maketrans("0123456789+-=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱ")
_LOWERED = str.maketrans("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎")


def columns(text: str) -> int:
    """Return how many columns `text` takes on a terminal."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.category(c) in ("Mn", "Me", "Cf") else 2 if _wide(c) else 1 for c in text)


def _wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF"


def _units(word: str) -> Iterator[str]:
    """Split a word where a line may end inside it: beside wide characters, but not before a closing mark."""
    if word.isascii():
        yield word
        return
    unit = word[:1]
    for before, character in itertools.pairwise(word):
        breakable = _wide(before) or _wide(character)
        joined = unicodedata.category(character) in ("Mn", "Me", "Cf", "Sk") or before == "\u200d"
        if breakable and not joined and character not in _NOT_FIRST and before not in _NOT_LAST:
            yield unit
            unit = ""
        unit += character
    yield unit


def wrap(text: str, width: int = WIDTH, first: str = "", rest: str | None = None) -> str:
    """Return `text` in lines of at most `width` columns; `first` starts the first line, `rest` the others.

    A word or an address that is longer stays whole on a line of its own. Line breaks in `text` stay.
    """
    rest = " " * columns(first) if rest is None else rest
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = rest if lines else first
        used, empty, gap = columns(line), True, False
        for word in paragraph.split():
            for unit in _units(word):
                size = columns(unit)
                if not empty and used + gap + size > width:
                    lines.append(line)
                    line, used, gap = rest, columns(rest), False
                    empty = True
                space = gap and not empty
                line += f" {unit}" if space else unit
                used += size + space
                empty = gap = False
            gap = True
        lines.append(line.rstrip())
    return "\n".join(lines)


def words(text: str) -> int:
    """Return the number of words; a wide character counts as half of one."""
    wide = sum(map(_wide, text))
    narrow = "".join(" " if _wide(c) else c for c in text) if wide else text
    return len(_WORD.findall(narrow)) + wide // 2


def cut(text: str, limit: int) -> str:
    """Return `text`, or as many of its first words as `limit` allows and an ellipsis; never cut in mid-word."""
    if len(text) <= limit or words(text) <= limit:
        return text
    taken, count = "", 0.0
    for piece in _PIECE.findall(text):
        for unit in [piece] if piece.isspace() else _units(piece):
            wide = sum(_wide(character) and character.isalnum() for character in unit)
            count += wide / 2 if wide else any(map(str.isalnum, unit))
            if count > limit:
                return taken.rstrip(" ,;:，、；：—–-") + "…"
            taken += unit
    return text


def literal(text: str) -> str:
    """Return plain text whose words on HTML (`<br>`, `&nbsp;`) can not be taken for HTML, and look the same.

    Some readers show a text part as HTML when it seems to be, and a checker takes such words for what a converter left
    behind. A word joiner (U+2060) after the first sign has no width and allows no line break. Code between ``` keeps
    its tags.
    """
    if "&" in text:
        text = _ENTITY.sub("&\u2060", text)
    if "<" in text:
        parts = _FENCED.split(text)
        parts[::2] = [_TAG.sub("<\u2060", part) for part in parts[::2]]
        text = "".join(parts)
    return text


def underline(title: str, mark: str = "-") -> str:
    """Return a line of marks as long as `title` is wide."""
    return mark * min(columns(title), WIDTH)


def from_html(html: str) -> str:
    """Return clean HTML as plain text in wrapped lines, its links numbered and listed below."""
    if not html.strip():
        return ""
    root = bodies.parse(html)
    links: list[str] = []
    blocks = [block for block in _blocks(root, WIDTH, links) if block.strip()]
    if links:
        blocks.append("\n".join(f"[{number}] {url}" for number, url in enumerate(links, 1)))
    return literal("\n\n".join(blocks))


def _blocks(parent: Any, width: int, links: list[str]) -> Iterator[str]:
    """Yield the paragraphs of an element; what stands between block elements is a paragraph too."""
    line = parent.text or ""
    for child in parent:
        if isinstance(child.tag, str) and is_block(child):
            if line.strip():
                yield wrap(_tidy(line), width)
            line = ""
            yield from _block(child, width, links)
        else:
            line += _inline(child, links)
        line += child.tail or ""
    if line.strip():
        yield wrap(_tidy(line), width)


def is_block(element: Any) -> bool:
    """Whether an element of clean HTML stands on lines of its own."""
    return element.tag in _BLOCKS or (element.tag == "a" and any(child.tag in _BLOCKS for child in element.iter()))


def _tidy(line: str) -> str:
    return "\n".join(" ".join(part.split()) for part in line.split("\v")).strip()


def _block(element: Any, width: int, links: list[str]) -> Iterator[str]:
    match element.tag:
        case "pre":
            code = "".join(element.itertext()).strip("\n").expandtabs(4)
            yield f"```\n{code}\n```"
        case "ul" | "ol":
            yield _list(element, width, links)
        case "blockquote":
            inner = "\n\n".join(_blocks(element, max(24, width - 2), links))
            yield "\n".join(f"> {line}".rstrip() for line in inner.split("\n"))
        case "table":
            yield _table(element, width, links)
        case "hr":
            following = element.getnext()
            if following is not None and following.tag not in ("hr", "section"):  # footnotes need no line
                yield "* * *"
        case "dd":
            inner = "\n\n".join(_blocks(element, max(24, width - 4), links))
            yield "\n".join(f"    {line}".rstrip() for line in inner.split("\n"))
        case _:
            yield from _blocks(element, width, links)


def _list(element: Any, width: int, links: list[str]) -> str:
    start = int(element.get("start") or 1)
    items: list[str] = []
    for number, item in enumerate((child for child in element if isinstance(child.tag, str)), start):
        mark = f"{number}. " if element.tag == "ol" else "• "
        inner = list(_blocks(item, max(24, width - len(mark)), links))
        if inner and element.tag == "ul" and inner[0].startswith(("☐ ", "☑ ")):
            mark, inner[0] = inner[0][:2], inner[0][2:].lstrip()
        loose = any(child.tag == "p" for child in item) and len(inner) > 1
        body = ("\n\n" if loose else "\n").join(inner)
        indent = " " * len(mark)
        items.append(mark + "\n".join(f"{indent}{line}".rstrip() for line in body.split("\n"))[len(mark) :])
    return "\n".join(items)


def _table(table: Any, width: int, links: list[str]) -> str:
    """Return a table in columns when it fits, else a line a cell with its heading before it."""
    rows = [
        [_tidy(_content(cell, links)).replace("\n", " ") for cell in row if cell.tag in ("td", "th")]
        for row in table.iter("tr")
    ]
    rows = [row for row in rows if any(row)]
    if not rows:
        return ""
    sizes = [max(columns(row[i]) if i < len(row) else 0 for row in rows) for i in range(max(map(len, rows)))]
    headed = any(cell.tag == "th" for cell in next(table.iter("tr")))
    if sum(sizes) + 3 * (len(sizes) - 1) <= width:
        lines = [
            "   ".join(cell + " " * (size - columns(cell)) for cell, size in zip(row, sizes, strict=False)).rstrip()
            for row in rows
        ]
        if headed:
            lines.insert(1, "   ".join("-" * size for size in sizes))
        return "\n".join(lines)
    names = rows.pop(0) if headed and len(rows) > 1 else []
    return "\n\n".join(
        "\n".join(
            wrap(f"{names[i]}: {cell}" if i < len(names) and names[i] else cell, width, rest="  ")
            for i, cell in enumerate(row)
            if cell
        )
        for row in rows
    )


def _content(element: Any, links: list[str]) -> str:
    return (element.text or "") + "".join(_inline(child, links) + (child.tail or "") for child in element)


def _inline(element: Any, links: list[str]) -> str:
    if not isinstance(element.tag, str):
        return ""
    match element.tag:
        case "br":
            return "\v"
        case "img":
            return f"[{element.get('alt')}]" if (element.get("alt") or "").strip() else ""
        case "a":
            return _link(element, links)
        case "sup" | "sub":
            inner = _content(element, links)
            raised = inner.translate(_RAISED if element.tag == "sup" else _LOWERED)
            same = any(character.isascii() and not character.isspace() for character in raised)
            return f"^{inner}" if same and element.tag == "sup" else inner if same else raised
        case "rt":
            return f"（{_content(element, links)}）"
        case "rp":
            return ""
        case "q":
            return f"“{_content(element, links)}”"
        case "code" if element.get("class") == "language-math":
            return codes.readable("".join(element.itertext()))
        case _ if element.tag in _BLOCKS:
            return f"\v{_content(element, links)}\v"
        case _:
            return _content(element, links)


def _link(element: Any, links: list[str]) -> str:
    text, url = _content(element, links), element.get("href") or ""
    if re.search(r"#[^/]*fn(ref)?-", url):  # footnotes: the mark stays, the way back goes
        return "" if "fnref-" in url else text
    shown = text.strip()
    if not url.startswith(("http://", "https://", "mailto:")) or url.removeprefix("mailto:") == shown:
        return text
    if not shown:
        return ""
    if url == shown or url.rstrip("/") == shown.rstrip("/"):
        return f"{text[: len(text) - len(text.lstrip())]}{url} "
    if url not in links:
        links.append(url)
    return f"{text} [{links.index(url) + 1}]"
