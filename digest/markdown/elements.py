"""Classify tags in Markdown by name: HTML elements, text that only looks like a tag, and elements to replace.

`cp <path> <dest>` has no tags, but an HTML parser would read `<path>` as one and lose it.
"""

import re

from digest.markdown.embeds import attributes_of
from digest.markdown.policy import DROPPED, TAGS

_INLINE_HTML = (
    "acronym applet audio basefont bgsound blink canvas embed font iframe keygen label map meter nobr object "
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
CONTROLS = frozenset(("button", "input", "optgroup", "option", "select", "textarea"))  # only their text is shown
OTHER_CONTENT = DROPPED | {"math", "plaintext"}  # everything up to their end tag is not HTML
HTML = TAGS | OTHER_CONTENT | CONTROLS | BLOCKS.keys() | frozenset(f"{_INLINE_HTML} {_DOCUMENT_HTML} image".split())


_BOOLEAN_ATTRIBUTES = (
    "allowfullscreen async autoplay checked controls default defer disabled hidden loop multiple muted nowrap open "
    "readonly required reversed selected"
)
_WITH_VALUE = re.compile(r"(?:[\w:.@-]+\s+)*[\w:.@-]+\s*=\s*[^\s=<>`]")
_BUTTONS = ("button", "reset", "submit")
_BOXES = ("checkbox", "radio")
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
    return not has_attributes and name not in ("iframe", "video", "audio", "input")


def label(name: str, tag: str) -> str:
    """Return the text that a form control shows by its start tag: the value of a button, a box, a group's label."""
    attributes = attributes_of(tag)
    if name != "input":
        return attributes.get("label", "") if name in ("optgroup", "option") else ""
    kind = attributes.get("type", "").lower()
    if kind in _BOXES:
        return "☑" if "checked" in tag.lower().replace("checkbox", "") else "☐"
    return attributes.get("value", "") if kind in _BUTTONS else ""
