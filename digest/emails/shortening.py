"""A body cut to a number of words, between two of its blocks: never inside a list, a table or code."""

from typing import Any

from digest.emails import body as bodies
from digest.emails import plaintext as texts
from digest.patterns import pattern

_WRAPPERS = frozenset(("div", "article", "main", "section"))
_REFERENCE = pattern(r'href="[^"]*#([^"]*-fn-[^"]*)"')


def shorten(html: str, limit: int) -> str:
    """Return clean `html` up to the last block with which it has at most `limit` words, or whole when it is no longer.

    The first block stands whatever its length; no heading or line stands last. Notes stay when a mark for them does.
    """
    if texts.words(html) <= limit:  # with its tags it has more words than without
        return html
    root = holder = bodies.parse(html)
    while len(holder) == 1 and holder[0].tag in _WRAPPERS and not (holder.text or "").strip():
        holder = holder[0]
    kept = _fitting(holder, limit)
    notes = holder[-1] if len(holder) > kept and _are_notes(holder[-1]) else None
    rest = [child for child in holder[kept:] if child is not notes]
    if not any(map(_shows, rest)):
        return html
    for child in rest:
        holder.remove(child)
    for child in reversed([child for child in holder if child is not notes]):
        if child.tag not in bodies.HEADINGS and child.tag != "hr":
            break
        holder.remove(child)
    if notes is not None:
        _fit_notes(notes, bodies.serialised(root))
    return bodies.serialised(root)


def _fitting(holder: Any, limit: int) -> int:
    """Return how many of the first children have at most `limit` words; a cut is only before a block."""
    count = texts.words(holder.text or "")
    kept = 0
    for index, child in enumerate(holder):
        if texts.is_block(child) and index and _readable(holder, index):
            kept = index
        count += texts.words(_text(child)) + texts.words(child.tail or "")
        if count > limit and kept:
            return kept
    return len(holder)


def _text(element: Any) -> str:
    """Return the text of an element, its blocks and cells apart."""
    inner = (element.text or "") + "".join(_text(child) + (child.tail or "") for child in element)
    return f"\n{inner}\n" if texts.is_block(element) or element.tag in ("td", "th", "br") else inner


def _readable(holder: Any, index: int) -> bool:
    """Whether something to read, more than headings, stands before the child at `index`."""
    before = [child for child in holder[:index] if child.tag not in bodies.HEADINGS]
    return bool((holder.text or "").strip()) or any(map(_shows, before))


def _shows(element: Any) -> bool:
    return bool("".join(element.itertext()).strip()) or next(element.iter("img"), None) is not None


def _are_notes(element: Any) -> bool:
    item = element.find("ol/li") if element.tag == "section" else None
    return item is not None and "-fn-" in (item.get("id") or "")


def _fit_notes(notes: Any, html: str) -> None:
    """Take out the notes that no mark in `html` names any more, and all of them when none is left."""
    named = set(_REFERENCE.findall(html))
    listed = notes.find("ol")
    for item in list(listed):
        if item.get("id") not in named:
            listed.remove(item)
    if not len(listed):
        notes.getparent().remove(notes)
