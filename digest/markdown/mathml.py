"""MathML formulas as code: their TeX annotation if they have one, else their text on one line."""

from html import escape
from typing import Any

_BETWEEN = {"mfrac": "/", "msup": "^", "msub": "_", "mover": "^", "munder": "_"}  # between their two children


def math_as_code(element: str) -> str:
    """Return a `math` element as raw HTML of a `code` element; empty for one without text."""
    from lxml import etree

    parser = etree.HTMLParser(no_network=True, recover=True, remove_comments=True)
    tree = etree.fromstring(f"<html><body>{element}</body></html>", parser)
    text = _tex(tree) or _text(tree)
    text = " ".join(text.split())
    if not text:
        return ""
    return f'<code class="language-math">{_literal(text)}</code>'


def _tex(tree: Any) -> str:
    for annotation in tree.iter("annotation"):
        if "tex" in annotation.get("encoding", "").lower():
            return str(annotation.text or "")
    return ""


def _text(element: Any) -> str:
    """Return the text of a MathML element: fractions with a slash, roots with a radical sign."""
    parts = [_text(child) for child in element if child.tag not in ("annotation", "annotation-xml")]
    if element.tag == "msqrt":
        return f"√({''.join(parts)})"
    if element.tag == "mroot" and len(parts) == 2:
        return f"({parts[0]})^(1/{parts[1]})"
    sign = _BETWEEN.get(element.tag)
    if sign and len(parts) == 2:
        return sign.join(map(_grouped, parts))
    return _joined(element, parts)


def _joined(element: Any, parts: list[str]) -> str:
    """Return an element's own text interleaved with `parts`, the texts of its children."""
    words = [(element.text or "").strip()]
    for child, part in zip(element, parts, strict=False):
        words += [part, (child.tail or "").strip()]
    return "".join(words)


def _grouped(part: str) -> str:
    return part if len(part) == 1 or part.isalnum() else f"({part})"


def _literal(text: str) -> str:
    """Return `text` as HTML, escaped for Markdown too."""
    return "".join(f"&#{ord(c)};" if c in "*_`[]~$=:\\" else escape(c) for c in text)
