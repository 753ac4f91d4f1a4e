"""HTML as a tree of `lxml.html` elements."""

from html import escape
from typing import Any

HEADINGS = frozenset(f"h{level}" for level in range(1, 7))


def parse(html: str) -> Any:
    """Parse HTML into a `body` element."""
    from lxml import etree
    from lxml.html import HTMLParser

    page: Any = etree.fromstring(f"<html><body>{html}", HTMLParser())
    return page.find("body")


def serialise(root: Any) -> str:
    """Return the inner HTML of an element."""
    from lxml import etree

    children = [etree.tostring(child, encoding="unicode", method="html") for child in root]
    return "".join([escape(root.text or "", quote=False), *children])


def is_blank(text: str | None) -> bool:
    """Return whether an element's text or tail is empty or white space."""
    return text is None or not text.strip()


def shows(element: Any) -> bool:
    """Return whether an element contains text or an image."""
    return not is_blank(text_of(element)) or element.find(".//img") is not None


def wrap(element: Any, tag: str, **attributes: str) -> None:
    """Wrap an element in a new one; its tail moves to the wrapper."""
    outer = element.makeelement(tag, attributes)
    element.addprevious(outer)
    outer.tail, element.tail = element.tail, None
    outer.append(element)


def text_of(element: Any) -> str:
    """Return all the text of an element."""
    return "".join(element.itertext())
