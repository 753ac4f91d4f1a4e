"""Copies of an edition for one reader each, spliced from the finished bytes of `email.eml`.

The parts that hold an address of which each reader has her own are encoded once, with a marker where the reader's token
belongs. Marker and tokens have the same length and characters that no encoding touches, so that every copy has the same
lines: only those with a marker are made anew. All other bytes are those of `email.eml`, and nothing is parsed or
serialised for a copy.
"""

import base64
import binascii
from collections.abc import Iterable, Iterator, Sequence
from email import message_from_bytes
from email.message import Message
from html import escape

from msgspec import Struct

from digest.archive import Manifest
from digest.emails.mime import message_id, split_address
from digest.unsubscribe import link_with, normal_address, page_of, token

_OWN_HEADERS = frozenset({"to", "message-id", "list-unsubscribe", "list-unsubscribe-post"})
_SOFT_BREAK = b"=\r\n"
_LINE = 57  # bytes in a line of base64
_ENDS_ADDRESS = frozenset(" \t\r\n>)\"'")  # what may follow an address in a text


class OwnLink(Struct, frozen=True):
    """An address of an edition of which each copy has its own: `marked`, with the token in the place of `marker`."""

    address: str
    marked: str
    marker: str


class Word(Struct, frozen=True):
    """A token in quoted-printable, with a soft line break after some of its characters unless that is 0."""

    link: int  # whose token, as a position among the links
    broken_after: int

    def fill(self, tokens: Sequence[bytes]) -> bytes:
        """Return the bytes with the tokens of a reader."""
        own = tokens[self.link]
        if not self.broken_after:
            return own
        return own[: self.broken_after] + _SOFT_BREAK + own[self.broken_after :]


class Lines(Struct, frozen=True):
    """Whole lines of base64 that hold markers, one for each link."""

    content: bytes
    markers: tuple[bytes, ...]

    def fill(self, tokens: Sequence[bytes]) -> bytes:
        """Return the bytes with the tokens of a reader."""
        content = self.content
        for marker, own in zip(self.markers, tokens, strict=True):
            content = content.replace(marker, own)
        return _in_base64(content)


Piece = bytes | Word | Lines


class Splice(Struct, frozen=True):
    """A message whose copies differ in some headers and in their own links.

    `unsubscribe` is the field `List-Unsubscribe` of the edition. `pieces` are the bytes below the headers of which each
    copy has its own: `To`, `Message-ID`, `List-Unsubscribe` and `List-Unsubscribe-Post`.
    """

    unsubscribe: bytes
    pieces: tuple[Piece, ...]

    def copy(self, headers: bytes, tokens: Sequence[bytes]) -> bytes:
        """Return a copy with the given header fields, which end in CRLF, and a token for each link."""
        filled = [piece if isinstance(piece, bytes) else piece.fill(tokens) for piece in self.pieces]
        return b"".join([headers, *filled])


class Template(Struct, frozen=True):
    """An edition from which copies are made.

    `page` is the address of the unsubscribe page; without one, copies have the `List-Unsubscribe` of the edition.
    """

    digest: str
    key: str
    domain: str
    page: str
    other_ways: tuple[str, ...]
    one_click: bool
    secret: str
    splice: Splice

    def copy(self, address: str, mark: str = "") -> bytes:
        """Return the copy for an address, in ASCII but for the local part of the address (RFC 6532).

        Its Message-ID is the same each time; one with another `mark` is another message.
        """
        identity = message_id(self.domain, self.key, normal_address(address), *([mark] if mark else []))
        head = f"To: {address}\r\nMessage-ID: {identity}\r\n"
        if not self.page:
            return self.splice.copy(head.encode() + self.splice.unsubscribe, ())
        own = token(self.secret, self.digest, address)
        head += ways_out_header([link_with(self.page, self.digest, own), *self.other_ways], one_click=self.one_click)
        return self.splice.copy(head.encode(), (own.encode(),))


def make_template(manifest: Manifest, eml: bytes, secret: str) -> Template:
    """Return the template of an edition; `eml` is its `email.eml`, `secret` the one behind unsubscribe links.

    Nobody can guess the marker, so that no post can hold it and be given a reader's token.
    """
    page, other_ways = ways_out(manifest)
    marker = token(secret, manifest.digest, "marker") if page else ""
    links = [OwnLink(page, link_with(page, manifest.digest, marker), marker)] if page else []
    return Template(
        digest=manifest.digest,
        key=manifest.idempotency_key,
        domain=domain_of(manifest.sender),
        page=page,
        other_ways=other_ways,
        one_click=manifest.one_click and page.startswith("https://"),
        secret=secret,
        splice=make_splice(eml, links),
    )


def make_splice(eml: bytes, links: Sequence[OwnLink]) -> Splice:
    """Return what copies of the message `eml` are made from, each with its own `links`."""
    headers, body = _split_head(eml)
    kept = [header for name, header in headers if name not in _OWN_HEADERS]
    unsubscribe = [header for name, header in headers if name.startswith("list-unsubscribe")]
    pieces: list[Piece] = [b"".join(kept) + b"\r\n"]
    pieces += _body_pieces(eml, body, links) if links else [body]
    return Splice(b"".join(unsubscribe), tuple(_joined(pieces)))


def ways_out_header(ways: Iterable[str], *, one_click: bool) -> str:
    """Return the header fields that say how to leave (RFC 2369, RFC 8058)."""
    header = "List-Unsubscribe: " + ",\r\n ".join(f"<{way}>" for way in ways) + "\r\n"
    return header + "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" if one_click else header


def domain_of(sender: str) -> str:
    """Return the domain of a sender, for Message-IDs."""
    return split_address(sender)[1].partition("@")[2] or "localhost"


def ways_out(manifest: Manifest) -> tuple[str, tuple[str, ...]]:
    """Return the address of the unsubscribe page, empty without one, and the other ways to leave."""
    page = page_of(manifest.unsubscribe)
    ways = manifest.unsubscribe.replace(",", " ").split()
    return page, tuple(way for way in ways if way != page)


def _split_head(eml: bytes) -> tuple[list[tuple[str, bytes]], bytes]:
    """Return the header fields of a message, names in small letters and fields with their line ends, and its body."""
    head, _, body = eml.partition(b"\r\n\r\n")
    fields: list[tuple[str, bytes]] = []
    for line in head.split(b"\r\n"):
        if line[:1] in (b" ", b"\t") and fields:
            name, field = fields.pop()
            fields.append((name, field + line + b"\r\n"))
        else:
            name = line.partition(b":")[0].decode("ascii", "replace").strip().lower()
            fields.append((name, line + b"\r\n"))
    return fields, body


def _body_pieces(eml: bytes, body: bytes, links: Sequence[OwnLink]) -> Iterator[Piece]:
    """Yield the body, with room for tokens in the parts that hold the links."""
    done = 0
    for part in message_from_bytes(eml).walk():
        kind = part.get_content_type()
        if kind not in ("text/plain", "text/html"):
            continue
        encoded = str(part.get_payload()).encode("ascii", "surrogateescape")
        start = body.find(encoded, done)
        text = _text(part)
        replace = _with_link if kind == "text/plain" else _with_href
        own = text
        for link in links:
            own = replace(own, link)
        if start < 0 or own == text:
            continue
        yield body[done:start]
        in_base64 = part.get("Content-Transfer-Encoding", "").lower() == "base64"
        markers = tuple(link.marker.encode() for link in links)
        yield from _part_pieces(own.encode(), markers, in_base64=in_base64)
        done = start + len(encoded)
    yield body[done:]


def _text(part: "Message[str, str]") -> str:
    content = part.get_payload(decode=True)
    return bytes(content).decode("utf-8") if isinstance(content, bytes) else ""


def _with_link(text: str, link: OwnLink) -> str:
    """Return a plain text with each link replaced, but not where another address begins alike."""
    before, *pieces = text.split(link.address)
    made = [before]
    for piece in pieces:
        ends = piece[:1] in _ENDS_ADDRESS or not piece
        made += [link.marked if ends else link.address, piece]
    return "".join(made)


def _with_href(html: str, link: OwnLink) -> str:
    """Return HTML with each link replaced."""
    for spelt in dict.fromkeys((escape(link.address), escape(link.address, quote=False), link.address)):
        html = html.replace(f'href="{spelt}"', f'href="{escape(link.marked)}"')
    return html


def _part_pieces(content: bytes, markers: tuple[bytes, ...], *, in_base64: bool) -> Iterator[Piece]:
    """Yield an encoded part with room for the token wherever a marker stands."""
    if in_base64:
        yield from _base64_pieces(content, markers)
        return
    pieces: list[Piece] = [binascii.b2a_qp(content.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")]
    for number, marker in enumerate(markers):
        divided: list[Piece] = []
        for piece in pieces:
            divided += _quoted_pieces(piece, marker, number) if isinstance(piece, bytes) else [piece]
        pieces = divided
    yield from pieces


def _quoted_pieces(encoded: bytes, marker: bytes, number: int) -> Iterator[Piece]:
    """Yield quoted-printable bytes without the markers, which at most one soft line break divides."""
    for broken_after in range(1, len(marker)):
        before, found, after = encoded.partition(marker[:broken_after] + _SOFT_BREAK + marker[broken_after:])
        if found:
            yield from _quoted_pieces(before, marker, number)
            yield Word(number, broken_after)
            yield from _quoted_pieces(after, marker, number)
            return
    first, *rest = encoded.split(marker)
    yield first
    for piece in rest:
        yield Word(number, 0)
        yield piece


def _base64_pieces(content: bytes, markers: tuple[bytes, ...]) -> Iterator[Piece]:
    """Yield content in base64, with `Lines` for each run of lines that holds a marker."""
    done = 0
    for start, end in _runs_of_lines(content, markers):
        yield _in_base64(content[done:start])
        yield Lines(content[start:end], markers)
        done = end
    yield _in_base64(content[done:]).removesuffix(b"\r\n")


def _runs_of_lines(content: bytes, markers: Iterable[bytes]) -> list[tuple[int, int]]:
    """Return where the runs of whole lines of base64 begin and end in `content` that hold markers."""
    runs: list[tuple[int, int]] = []
    for found, length in sorted(_places(content, markers)):
        start = found // _LINE * _LINE
        end = -(-(found + length) // _LINE) * _LINE
        if runs and start <= runs[-1][1]:
            start = runs.pop()[0]
        runs.append((start, end))
    return runs


def _places(content: bytes, markers: Iterable[bytes]) -> Iterator[tuple[int, int]]:
    """Yield where each marker stands, and its length."""
    for marker in markers:
        found = content.find(marker)
        while found >= 0:
            yield found, len(marker)
            found = content.find(marker, found + len(marker))


def _in_base64(content: bytes) -> bytes:
    return base64.encodebytes(content).replace(b"\n", b"\r\n")


def _joined(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Yield pieces with neighbouring bytes joined."""
    waiting = b""
    for piece in pieces:
        if isinstance(piece, bytes):
            waiting += piece
        else:
            yield waiting
            yield piece
            waiting = b""
    yield waiting
