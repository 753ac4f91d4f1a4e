"""What a reader wants to get, as it is typed and as it is kept.

Tags are an expression as everywhere: `news` is one that a post may have, `+local` one that it must have, `-ads` one
that it must not have. In a cell they stand between commas, in the database on lines.
"""

from collections.abc import Iterable
from typing import Literal

from digest.collector.post import clean_text, tag_key
from digest.config import LANGUAGE, Selection

Every = Literal["", "day", "week", "month"]  # empty: each edition

FREQUENCIES: dict[str, Every] = {
    "": "", "each": "", "always": "", "day": "day", "daily": "day", "week": "week", "weekly": "week", "month": "month",
    "monthly": "month",
}  # fmt: skip
_SEPARATORS = str.maketrans(dict.fromkeys(",;，；、\r", "\n"))
ALL, NONE = "+", "-"


def read_tags(text: str) -> str:
    """Return tags between commas as they are kept: a line each, each once."""
    found: dict[tuple[str, str], str] = {}
    for cell in text.translate(_SEPARATORS).split("\n"):
        sign, tag = sign_and_tag(clean_text(cell.strip().strip("\"'")))
        if tag:
            found.setdefault((sign, tag_key(tag)), sign + tag)
    return "\n".join(found.values())


def write_tags(kept: str) -> str:
    """Return kept tags between commas."""
    return ", ".join(kept.split("\n")) if kept else ""


def selection_of(kept: str) -> Selection:
    """Return kept tags as a tag expression."""
    tags = [sign_and_tag(line) for line in kept.split("\n") if line]
    return Selection(any=_signed(tags, ""), all=_signed(tags, ALL), none=_signed(tags, NONE))


def read_language(text: str) -> str:
    """Return a language as it is kept, such as `zh-CN`. Raises `ValueError`."""
    language = text.strip().replace("_", "-")
    if language and not LANGUAGE.fullmatch(language):
        raise ValueError(f'"{text}" is no language; write a code such as en or zh-CN')
    return language


def read_every(text: str) -> Every:
    """Return how often a reader wants letters at most. Raises `ValueError`."""
    word = text.strip().lower()
    if word not in FREQUENCIES:
        raise ValueError(f'"{text}" is no frequency; write day, week or month, or nothing for each edition')
    return FREQUENCIES[word]


def _signed(tags: Iterable[tuple[str, str]], wanted: str) -> tuple[str, ...]:
    return tuple(tag for sign, tag in tags if sign == wanted)


def sign_and_tag(text: str) -> tuple[str, str]:
    """Return the sign of a tag in an expression, empty for one that a post may have, and the tag."""
    sign = text[:1] if text[:1] in (ALL, NONE) else ""
    return sign, text.removeprefix(sign).strip()
