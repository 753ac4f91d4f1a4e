"""What feedgen makes, as templates: it is asked once for each kind of feed and each shape of entry, in all runs.

What it makes of marks in place of texts is kept, here and by the index; a run that finds all that it needs loads
neither feedgen nor lxml.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec

from digest.cache.fingerprint import fingerprint
from digest.patterns import pattern

_MARK = pattern("\ue000(\\d+)\ue001")


class Template(NamedTuple):
    """XML in pieces, between them an empty one where a text goes, and of each text which and if in an attribute."""

    pieces: tuple[str, ...]
    gaps: tuple[tuple[int, bool], ...]

    @classmethod
    def of(cls, marked: str) -> "Template":
        """Return the template that `marked` is, XML with `marks` in place of texts."""
        pieces = _MARK.split(marked)
        gaps = [(int(n), before.endswith('="')) for before, n in zip(pieces[:-1:2], pieces[1::2], strict=True)]
        pieces[1::2] = [""] * len(gaps)
        return cls(tuple(pieces), tuple(gaps))

    def fill(self, texts: Sequence[str]) -> str:
        """Return the XML with `texts`, escaped, in their places."""
        return self.fill_plain([_attribute(texts[n]) if quoted else escape(texts[n]) for n, quoted in self.gaps])

    def fill_plain(self, texts: Sequence[str]) -> str:
        """Return the XML with one text in each place, all of which need no escaping."""
        pieces = list(self.pieces)
        pieces[1::2] = texts
        return "".join(pieces)


_KEPT: dict[bytes, Template] = {}  # made in this process or recalled
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(dict[bytes, Template]).decode


def kept(make: Callable[[], Template], *of: object) -> Template:
    """Return the template of what `of` describes wholly; `make` makes it when there is none."""
    key = fingerprint(ascii(of))  # not the texts themselves: a title may hold what is no UTF-8
    if key not in _KEPT:
        _KEPT[key] = make()
    return _KEPT[key]


def recall(told: bytes | None) -> int:
    """Take in what `tell` of an earlier run of this same program told, None for nothing; return how many those are."""
    earlier = _decode(told) if told else {}
    _KEPT.update(earlier)
    return len(earlier)


def tell(recalled: int) -> bytes | None:
    """Return all templates for the index; None when they are those that it had, so many as `recall` returned."""
    return _encode(_KEPT) if len(_KEPT) > recalled else None


def marks(count: int) -> list[str]:
    """Return so many marks, to be put in place of texts."""
    return [f"\ue000{number}\ue001" for number in range(count)]


def escape(text: str) -> str:
    """Return a text as it stands in XML."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _attribute(text: str) -> str:
    return escape(text).replace('"', "&quot;")
