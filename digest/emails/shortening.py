"""Shorten a body to a number of words, between two blocks: never inside a list, a table or code."""

from collections.abc import Sequence
from typing import Any

from digest.emails import tree
from digest.emails.plaintext import is_block, words

_WRAPPERS = frozenset(("div", "article", "main", "section"))


def shorten(html: str, limit: int) -> str:
    """Return the first blocks of clean `html` with at most `limit` words in total; all of it when it is short enough.

    The first block is kept at any length; a heading or rule at the end is dropped. Footnotes stay if their mark does.
    """
    if words(html) <= limit:  # counts tags too, so the text is within the limit
        return html
    root = tree.parse(html)
    holder = _innermost(root)
    kept = _fitting(holder, limit)
    notes = _notes(holder, kept)
    rest = [child for child in holder[kept:] if child is not notes]
    if not any(_shows(child) for child in rest):
        return html
    for child in rest:
        holder.remove(child)
    _drop_last_headings(holder, notes)
    if notes is not None:
        _fit_notes(notes, root)
    return tree.serialise(root)


def _innermost(root: Any) -> Any:
    """Return the element that contains the blocks, inside any wrappers."""
    holder = root
    while len(holder) == 1 and holder[0].tag in _WRAPPERS and tree.is_blank(holder.text):
        holder = holder[0]
    return holder


def _fitting(holder: Any, limit: int) -> int:
    """Return how many of the first children fit into `limit` words; a cut is only before a block."""
    count = words(holder.text or "")
    kept = 0
    for index, child in enumerate(holder):
        if is_block(child) and _is_readable(holder, index):
            kept = index
        count += words(_text(child)) + words(child.tail or "")
        if count > limit and kept:
            return kept
    return len(holder)


def _text(element: Any) -> str:
    """Return the text of an element, with blocks and cells separated."""
    inner = (element.text or "") + "".join(_text(child) + (child.tail or "") for child in element)
    apart = is_block(element) or element.tag in ("td", "th", "br")
    return f"\n{inner}\n" if apart else inner


def _is_readable(holder: Any, index: int) -> bool:
    """Return whether there is content other than headings before the child at `index`."""
    if index and not tree.is_blank(holder.text):
        return True
    return any(child.tag not in tree.HEADINGS and _shows(child) for child in holder[:index])


def _shows(element: Any) -> bool:
    return element.tag == "img" or tree.shows(element)


def _notes(holder: Any, kept: int) -> Any:
    """Return the footnotes at the end when they are not among the first `kept` children, else None."""
    if len(holder) == kept or holder[-1].tag != "section":
        return None
    item = holder[-1].find("ol/li")
    return holder[-1] if item is not None and "-fn-" in item.get("id", "") else None


def _drop_last_headings(holder: Any, notes: Any) -> None:
    kept: Sequence[Any] = [child for child in holder if child is not notes]
    for child in reversed(kept):
        if child.tag not in tree.HEADINGS and child.tag != "hr":
            return
        holder.remove(child)


def _fit_notes(notes: Any, root: Any) -> None:
    """Remove footnotes without a remaining mark, and the whole section when none is left."""
    named = {link.get("href", "").rpartition("#")[2] for link in root.iter("a")}
    listed = notes.find("ol")
    for item in list(listed):
        if item.get("id") not in named:
            listed.remove(item)
    if not len(listed):
        notes.getparent().remove(notes)
