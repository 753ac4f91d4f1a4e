"""The functions that make slugs for MkDocs: those of PyMdown Extensions and of Python-Markdown.

Sources: `pymdownx/slugs.py` of https://github.com/facelessuser/pymdown-extensions, `markdown/extensions/toc.py` of
https://github.com/Python-Markdown/markdown
"""

import unicodedata
from collections.abc import Callable
from typing import Literal
from urllib.parse import quote

from msgspec import Struct

PYMDOWNX = "pymdownx.slugs.slugify"
Form = Literal["NFC", "NFD", "NFKC", "NFKD"]
_FORMS: dict[str, Form] = {"NFC": "NFC", "NFD": "NFD", "NFKC": "NFKC", "NFKD": "NFKD"}


class Slugify(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A function that makes slugs, with its settings."""

    function: str = PYMDOWNX
    case: str = "none"
    percent_encode: bool = False
    normalize: str = "NFC"

    def slug(self, text: str, separator: str) -> str:
        """Return the slug of a text."""
        return SLUG_FUNCTIONS.get(self.function, _pymdownx_slug)(self, text, separator)


def _pymdownx_slug(settings: Slugify, text: str, separator: str) -> str:
    """Keep letters, digits, `_` and `-`, and put a separator for each space."""
    cases = {"lower": str.lower, "lower-ascii": _lower_ascii, "fold": str.casefold}
    form = _FORMS.get(settings.normalize, "NFC")
    shown = _without_tags(unicodedata.normalize(form, text)).strip()
    cased = cases.get(settings.case, str)(shown)
    kept = "".join(character for character in cased if character.isalnum() or character in "_- ")
    slug = kept.replace(" ", separator)
    return quote(slug) if settings.percent_encode else slug


def _ascii_slug(settings: Slugify, text: str, separator: str) -> str:
    """Keep letters without their accents, and those that are ASCII."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return _unicode_slug(settings, plain, separator)


def _unicode_slug(_: Slugify, text: str, separator: str) -> str:
    """Keep letters, digits, `_` and `-`, in lower case, and put one separator for a run of spaces and separators."""
    kept = "".join(character for character in text if character.isalnum() or character in "_-" or character.isspace())
    spaced = kept.strip().lower().replace(separator, " ")
    before = separator if spaced.startswith(" ") else ""
    after = separator if spaced.endswith(" ") and spaced.strip() else ""
    return before + separator.join(spaced.split()) + after


SLUG_FUNCTIONS: dict[str, Callable[[Slugify, str, str], str]] = {
    PYMDOWNX: _pymdownx_slug,
    "markdown.extensions.toc.slugify": _ascii_slug,
    "markdown.extensions.toc.slugify_unicode": _unicode_slug,
}


def _without_tags(text: str) -> str:
    """Return a text without HTML tags."""
    shown = ""
    while "<" in text:
        before, _, inside = text.partition("<")
        _, closing, after = inside.partition(">")
        if not closing:
            break
        shown += before
        text = after
    return shown + text


def _lower_ascii(text: str) -> str:
    return "".join(character.lower() if character.isascii() else character for character in text)
