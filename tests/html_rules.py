"""What HTML from a post may be, told from it by an independent parser that reads as browsers do (html5lib)."""

import re
from typing import Any
from urllib.parse import urlsplit

import html5lib

from digest.markdown.policy import ATTRIBUTES, TAGS

_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ufeff\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)(?: [^<>]*)?>")
_VOID = {"br", "col", "hr", "img", "wbr"}
_URLS = {"href", "src", "cite"}


def faults(html: str) -> list[str]:
    """Return everything about `html` that must not be in a feed or an e-mail."""
    found = [f"character {match[0]!r}" for match in _CONTROLS.finditer(html)]
    found += _unbalanced(html)
    tree: Any = html5lib.parseFragment(html, treebuilder="etree", namespaceHTMLElements=False)
    for element in tree.iter():
        if element is tree:
            continue
        if not isinstance(element.tag, str):
            found.append("a comment or declaration")
            continue
        if element.tag not in TAGS:
            found.append(f"element {element.tag}")
        for name, value in element.attrib.items():
            if name not in ATTRIBUTES.get(element.tag, set()) | ATTRIBUTES["*"]:
                found.append(f"attribute {element.tag} {name}")
            if name in _URLS:
                found += _wrong_url(value)
            if name == "class" and not value.startswith("language-"):
                found.append(f"class {value}")
    return found


def _wrong_url(url: str) -> list[str]:
    plain = re.sub(r"[\x00-\x20\u200b-\u200f\ufeff]", "", url)
    if plain != url or not url.isascii() or "\\" in url:
        return [f"url {url!r}"]
    parts = urlsplit(url)
    good = parts.scheme in ("mailto", "tel") or (parts.scheme in ("http", "https") and parts.netloc)
    return [] if good and "@" not in parts.netloc else [f"url {url!r}"]


def _unbalanced(html: str) -> list[str]:
    rest = _TAG.sub("", html)
    if "<" in rest or ">" in rest:
        return ["a bare angle bracket"]
    stack: list[str] = []
    for closing, name in _TAG.findall(html):
        if name in _VOID:
            continue
        if not closing:
            stack.append(name)
        elif not stack or stack.pop() != name:
            return [f"unbalanced at </{name}>"]
    return [f"unclosed {name}" for name in stack]
