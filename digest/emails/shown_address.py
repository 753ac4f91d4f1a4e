"""Addresses that stand as the text of their own link."""

from typing import Any

_LONGEST = 30  # characters that a screen reader may spell
_BEGINNINGS = ("https://www.", "http://www.", "https://", "http://", "www.")


def shorten(link: Any) -> None:
    """Leave out what only machines need of a long address that is the text of `link`; it leads where it did."""
    shown = (link.text or "").strip()
    if len(link) or len(shown) <= _LONGEST or len(shown.split()) != 1:
        return
    for beginning in _BEGINNINGS:
        if shown.lower().startswith(beginning):
            link.text = shown[len(beginning) :]
            return
