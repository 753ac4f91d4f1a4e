"""Classify tags in Markdown by name: HTML elements, text that only looks like a tag, and elements to replace.

`cp <path> <dest>` has no tags, but an HTML parser would read `<path>` as one and lose it.
"""

import re

from digest.markdown.policy import DROPPED, TAGS

_INLINE_HTML = (
    "acronym applet audio basefont bgsound blink canvas embed font iframe input keygen label map meter nobr object "
    "output param picture progress slot source spacer track video area"
)
_DOCUMENT_HTML = "base body frame frameset head html isindex link meta"
BLOCKS = {  # replacements for disallowed blocks, so that their text stays apart from its surroundings
    "dialog": "div",
    "dir": "ul",
    "fieldset": "div",
    "form": "div",
    "hgroup": "div",
    "legend": "div",
    "listing": "pre",
    "marquee": "div",
    "menu": "ul",
    "search": "div",
}
OTHER_CONTENT = DROPPED | {"math", "plaintext"}  # everything up to their end tag is not HTML
HTML = TAGS | OTHER_CONTENT | BLOCKS.keys() | frozenset(f"{_INLINE_HTML} {_DOCUMENT_HTML} optgroup image".split())


_BOOLEAN_ATTRIBUTES = (
    "allowfullscreen async autoplay checked controls default defer disabled hidden loop multiple muted nowrap open "
    "readonly required reversed selected"
)
_WITH_VALUE = re.compile(r"(?:[\w:.@-]+\s+)*[\w:.@-]+\s*=\s*[^\s=<>`]")
_WITHOUT_VALUES = frozenset(_BOOLEAN_ATTRIBUTES.split())


def is_text(name: str, attributes: str, *, is_closed: bool) -> bool:
    """Return whether what looks like a tag with this lower-case name is text: `<path>`, `if a <b and c>`, `<title>`.

    A tag of an unknown or disallowed element counts as one only with an end tag or attributes.
    """
    if is_closed or name in OTHER_CONTENT:
        return name == "plaintext" or not is_closed
    has_attributes = _WITH_VALUE.match(attributes) or not _WITHOUT_VALUES.isdisjoint(attributes.lower().split())
    if name in TAGS:
        return bool(attributes) and not has_attributes
    return not has_attributes and name not in ("iframe", "video", "audio")
