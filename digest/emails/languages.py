"""Languages and pictographs within a text, for screen readers.

A passage in another script than its surroundings' language gets `lang`, and `dir` where that changes; a pictograph or
an arrow is an image named by itself, which screen readers read in the listener's language.
"""

import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from html import escape
from itertools import groupby
from typing import Any

from digest import localisation
from digest.emails import tree

# The first character of each block of letters, and its script.
_BLOCKS = (
    *((0x0000, "Latn"), (0x0370, "Grek"), (0x0400, "Cyrl"), (0x0530, "Armn"), (0x0590, "Hebr"), (0x0600, "Arab")),
    *((0x0700, ""), (0x0750, "Arab"), (0x0780, ""), (0x0900, "Deva"), (0x0980, "Beng"), (0x0A00, ""), (0x0B80, "Taml")),
    *((0x0C00, ""), (0x0E00, "Thai"), (0x0E80, ""), (0x10A0, "Geor"), (0x1100, "Hang"), (0x1200, ""), (0x1E00, "Latn")),
    *((0x1F00, "Grek"), (0x2000, ""), (0x3040, "Kana"), (0x3100, ""), (0x3130, "Hang"), (0x3190, ""), (0x3400, "Hani")),
    *((0xA000, ""), (0xAC00, "Hang"), (0xD7B0, ""), (0xF900, "Hani"), (0xFB00, ""), (0xFB1D, "Hebr"), (0xFB50, "Arab")),
    *((0xFE00, ""), (0xFE70, "Arab"), (0xFF00, ""), (0xFF66, "Kana"), (0xFFA0, ""), (0x20000, "Hani"), (0x32000, "")),
)
_STARTS = [start for start, _ in _BLOCKS]
# The languages that are written in each script, besides the Latin one.
_LANGUAGES = {
    "Grek": "el grc",
    "Cyrl": "ru uk bg sr mk be kk ky mn tg tt ba",
    "Armn": "hy",
    "Hebr": "he yi iw",
    "Arab": "ar fa ur ps sd ug ckb ku",
    "Deva": "hi mr ne sa",
    "Beng": "bn as",
    "Taml": "ta",
    "Thai": "th",
    "Geor": "ka",
    "Hang": "ko",
    "Kana": "ja",
    "Hani": "zh ja ko yue wuu lzh",
}
_SCRIPTS_OF = {
    language: {script for script, languages in _LANGUAGES.items() if language in languages.split()}
    for languages in _LANGUAGES.values()
    for language in languages.split()
}
# The language that a passage in a script is taken to be in; of others the script alone is known.
_GUESSES = {"Hani": "zh", "Kana": "ja", "Hang": "ko", "Grek": "el", "Hebr": "he", "Thai": "th", "Armn": "hy"}
_DENSE = frozenset(("Hani", "Kana", "Hang"))  # two characters of these are a word
_SHORTEST = 4  # letters of other scripts; a formula has one or two
_LATIN_SENTENCE = 5  # words; a shorter passage is a name or a term in any language
_PICTOGRAPHS = (
    *((0x2190, 0x21FF), (0x2300, 0x23FF), (0x2500, 0x27BF), (0x2900, 0x297F), (0x2B00, 0x2BFF), (0x3030, 0x3030)),
    (0x1F000, 0x1FAFF),
)
_JOINERS = "\u200c\u200d"
_LITERAL = frozenset(("pre", "code", "kbd", "samp", "style", "script", "title"))


def mark(root: Any, language: str) -> None:
    """Mark the passages in other scripts and the pictographs in a tree whose language is `language`."""
    for element, around in list(_with_languages(root, language)):
        if not isinstance(element.tag, str):
            continue
        _mark_text(element, around)
        for child in list(element):
            _mark_tail(child, around)


def marked(text: str, language: str) -> str:
    """Return a text as HTML, marked likewise."""
    if not _needs_marks(text, language):
        return escape(text, quote=False)
    root = tree.parse(f"<span>{escape(text, quote=False)}</span>")
    mark(root, language)
    if not root[0].attrib:
        root[0].drop_tag()
    return tree.serialise(root)


def _with_languages(element: Any, around: str) -> Iterator[tuple[Any, str]]:
    """Yield each element of a tree that holds prose, with the language of its text."""
    if not isinstance(element.tag, str) or element.tag in _LITERAL or element.get("role") == "img":
        return
    language = element.get("lang") or around
    yield element, language
    for child in element:
        yield from _with_languages(child, language)


def _mark_text(element: Any, language: str) -> None:
    text = element.text
    if not text or not _needs_marks(text, language):
        return
    passages = list(_passages(text, language))
    alone = len(passages) == 1 and not len(element) and not element.get("lang")
    if alone and passages[0][1] not in ("", "image"):
        _set_language(element, passages[0][1], language)
        return
    element.text = None
    for place, span in enumerate(_spans(element, passages, language)):
        if isinstance(span, str):
            element.text = span
        else:
            element.insert(place - bool(element.text), span)


def _mark_tail(child: Any, language: str) -> None:
    text = child.tail
    if not text or not _needs_marks(text, language):
        return
    last, child.tail = child, None
    for span in _spans(child, list(_passages(text, language)), language):
        if isinstance(span, str):
            last.tail = span
        else:
            last.addnext(span)
            last = span


def _spans(near: Any, passages: list[tuple[str, str]], language: str) -> Iterator[Any]:
    """Yield the text before the first passage that is marked, if any, then a `<span>` for each with what follows it."""
    span = None
    for text, marked in passages:
        if marked:
            if span is not None:
                yield span
            span = near.makeelement("span")
            span.text = text
            _set_language(span, marked, language)
        elif span is None:
            yield text
        else:
            span.tail = text
    if span is not None:
        yield span


def _set_language(element: Any, marked: str, language: str) -> None:
    if marked == "image":
        element.set("role", "img")
        element.set("aria-label", element.text)
        return
    element.set("lang", marked)
    direction = localisation.direction(marked)
    if direction != localisation.direction(language) and not element.get("dir"):
        element.set("dir", direction)


def _needs_marks(text: str, language: str) -> bool:
    if text.isascii():
        return "Latn" not in _scripts(language) and len(text.split()) >= _LATIN_SENTENCE
    return bool(text.strip())


def _scripts(language: str) -> set[str]:
    """Return the scripts that a language is written in."""
    primary, *rest = language.replace("_", "-").lower().split("-")
    if "latn" in rest:
        return {"Latn"}
    return _SCRIPTS_OF.get(primary, {"Latn"})


def _passages(text: str, language: str) -> Iterator[tuple[str, str]]:
    """Yield the passages of a text, each with the language to mark it with, `image` or nothing."""
    runs = list(_runs(text))
    foreign = _foreign_scripts(runs, _scripts(language))
    marks = [(run, _mark_of(script, run, foreign)) for script, run in runs]
    for marked, group in groupby(marks, key=lambda pair: pair[1]):
        if marked == "image":
            yield from group
        else:
            yield "".join(run for run, _ in group), marked


def _mark_of(script: str, run: str, foreign: set[str]) -> str:
    if script == "image":
        return "image"
    if script not in foreign or (script == "Latn" and len(run.split()) < _LATIN_SENTENCE):
        return ""
    return _GUESSES.get(script, f"und-{script}")


def _foreign_scripts(runs: list[tuple[str, str]], own: set[str]) -> set[str]:
    """Return the scripts of a text that are not those of its language and make up words."""
    letters: dict[str, int] = {}
    for script, run in runs:
        letters[script] = letters.get(script, 0) + sum(map(str.isalpha, run))
    return {
        script
        for script, count in letters.items()
        if script not in own and count >= (2 if script in _DENSE else _SHORTEST)
    }


def _runs(text: str) -> Iterator[tuple[str, str]]:
    """Yield the runs of a text with their script; spaces and marks within a script belong to it."""
    for script, group in groupby(zip(_scripts_in(text), text, strict=True), key=lambda pair: pair[0]):
        run = "".join(character for _, character in group)
        is_japanese = script == "Hani" and any(_kind_of(character) == "Kana" for character in run)
        yield ("Kana" if is_japanese else script), run


def _scripts_in(text: str) -> list[str]:
    """Return the script of each character; Japanese mixes two, which count as one here."""
    found: list[str] = []
    gap = 0
    for character in text:
        script = _kind_of(character)
        if script == "Kana":
            script = "Hani"
        before = found[-1 - gap] if len(found) > gap else ""
        if _continues(character) and not gap:
            script = before
        if script and script == before != "image":
            found[len(found) - gap :] = [script] * gap
        gap = 0 if script else gap + 1
        found.append(script)
    return found


def _continues(character: str) -> bool:
    return character in _JOINERS or unicodedata.category(character)[0] == "M"


def _kind_of(character: str) -> str:
    """Return the script of a letter, `image` for a pictograph, and nothing for a mark or a space."""
    code = ord(character)
    if any(first <= code <= last for first, last in _PICTOGRAPHS):
        return "image"
    return _BLOCKS[bisect_right(_STARTS, code) - 1][1] if character.isalpha() else ""
