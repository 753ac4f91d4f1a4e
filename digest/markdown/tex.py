"""Recognize TeX formulas in prose, as opposed to prices, shell variables and escaped brackets."""

import re

_CLOSINGS = {"$": "$", "$$": "$$", r"\[": r"\]", r"\(": r"\)"}
_SIGNS = re.compile(r"[\\^_{}=<>+*|]|^\s*[^\W\d_]\w?\s*$")
_WORD = re.compile(r"(?<![\\\w{])[^\W\d_]{3,}")
_QUOTATION = re.compile(r"\n[ \t]*(?:>[ \t]*)*")


def closing(opening: str) -> str:
    """Return the closing delimiter for `opening`: `$`, `$$`, `\\(`, `\\[` or `\\begin{name}`."""
    return _CLOSINGS.get(opening) or opening.replace("begin", "end")


def unquoted(content: str) -> str:
    """Return a formula without block quote markers at the start of its lines."""
    return _QUOTATION.sub("\n", content).strip()


def is_formula(opening: str, content: str, around: tuple[str, str]) -> bool:
    """Return whether `content` is mathematics. `around` has the characters before and after it.

    As in Pandoc, `$20 and $30` is not: https://pandoc.org/MANUAL.html#extension-tex_math_dollars.
    """
    if opening.startswith(r"\begin"):
        return True
    if not content.strip() or "`" in content:
        return False
    if opening == "$":
        return _is_between_dollars(content, around)
    has_signs = bool(_SIGNS.search(content))
    if opening == r"\(":
        return has_signs or not _WORD.search(content)
    is_alone = set(around) <= {"", "\n"}
    is_label = opening == r"\[" and around[1] == "("  # `\[text\](address)`
    return (has_signs or is_alone) and not is_label


def _is_between_dollars(content: str, around: tuple[str, str]) -> bool:
    if _is_ascii_word(around[0]) or _is_ascii_word(around[1]):
        return False
    if content != content.strip() or not _SIGNS.search(content):
        return False
    is_sentence = len(_WORD.findall(content)) > 1 and "\\" not in content
    return not is_sentence


def _is_ascii_word(character: str) -> bool:
    return character.isascii() and character.isalnum()
