"""The plain-text part: words, not markup, wrapped for a terminal's width.

Lines are wrapped at 72 columns. A wide character (Chinese, Japanese, Korean, most emoji) counts as two, and a line breaks
between such characters except where their typography forbids it (JIS X 4051, GB/T 15834: no line starts with a closing
mark or ends with an opening one).
"""

import re
import unicodedata
from collections.abc import Iterator

WIDTH = 72
_NOT_FIRST = frozenset(
    "、。，．・：；？！゛゜ヽヾゝゞ々ー’”）〕］｝〉》」』】〙〗〟｠»‐–—…‥％℃℉°′″％‰)]},.:;?!%ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ～〜"
)
_NOT_LAST = frozenset("‘“（〔［｛〈《「『【〘〖〝｟«([{￥＄£")
_PIECE = re.compile(r"\S+|\n|[^\S\n]+")


def columns(text: str) -> int:
    """Return how many columns `text` takes on a terminal."""
    return sum(
        0
        if unicodedata.combining(c) or unicodedata.category(c) in ("Mn", "Cf")
        else 2
        if unicodedata.east_asian_width(c) in "WF"
        else 1
        for c in text
    )


def _wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF"


def _units(word: str) -> Iterator[str]:
    """Split a word where a line may end inside it: beside wide characters, never before a closing or after an opening mark."""
    if word.isascii():
        yield word
        return
    unit = word[:1]
    for before, character in zip(word, word[1:], strict=False):
        breakable = _wide(before) or _wide(character)
        forbidden = character in _NOT_FIRST or before in _NOT_LAST or unicodedata.category(character) in ("Mn", "Cf")
        if breakable and not forbidden:
            yield unit
            unit = ""
        unit += character
    yield unit


def wrap(text: str, width: int = WIDTH, first: str = "", rest: str | None = None) -> str:
    """Return `text` in lines of at most `width` columns; `first` starts the first line, `rest` the others (else spaces).

    A word or an address that is longer stays whole on a line of its own. Line breaks in `text` stay.
    """
    rest = " " * columns(first) if rest is None else rest
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = first if not lines else rest
        used, empty, gap = columns(line), True, False
        for word in paragraph.split():
            for unit in _units(word):
                size = columns(unit)
                if not empty and used + gap + size > width:
                    lines.append(line)
                    line, used, gap = rest, columns(rest), False
                line += f" {unit}" if gap and not empty else unit
                used += size + (gap and not empty)
                empty, gap = False, False
            gap = True
        lines.append(line.rstrip())
    return "\n".join(lines)


def words(text: str) -> int:
    """Return the number of words; a wide character counts as half of one."""
    wide = sum(map(_wide, text))
    return (
        len(
            re.findall(
                r"[^\W_]+(?:['’.-][^\W_]+)*",
                re.sub(r"[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff]", " ", text),
            )
        )
        + wide // 2
    )


def cut(text: str, limit: int) -> str:
    """Return `text`, or as many of its first words as `limit` allows and an ellipsis; never cut in mid-word."""
    if len(text) <= limit or words(text) <= limit:
        return text
    taken, count = "", 0.0
    for piece in _PIECE.findall(text):
        units = [piece] if piece.isspace() else list(_units(piece))
        for unit in units:
            count += sum(map(_wide, unit)) / 2 if any(map(_wide, unit)) else (not unit.isspace())
            if count > limit:
                return taken.rstrip(" ,;:，、；：—–-") + "…"
            taken += unit
    return text


def underline(title: str, mark: str = "-") -> str:
    """Return a line of marks as long as `title` is wide."""
    return mark * min(columns(title), WIDTH)
