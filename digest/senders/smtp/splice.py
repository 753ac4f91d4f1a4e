"""Copies of an edition for one reader each, spliced from the finished bytes of `email.eml`.

The parts that hold the unsubscribe address are encoded once, with a marker where the reader's token belongs. Marker and
tokens have the same length and characters that no encoding touches, so that every copy has the same lines: only those
with the marker are made anew. All other bytes are those of `email.eml`, and nothing is parsed or serialised for a copy.
"""

import base64
import binascii
from collections.abc import Iterable, Iterator
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


class Word(Struct, frozen=True):
    """A token in quoted-printable, with a soft line break after some of its characters unless that is 0."""

    broken_after: int

    def fill(self, token: bytes) -> bytes:
        """Return the bytes with the token of a reader."""
        if not self.broken_after:
            return token
        return token[: self.broken_after] + _SOFT_BREAK + token[self.broken_after :]


class Lines(Struct, frozen=True):
    """Whole lines of base64 that hold the marker."""

    content: bytes
    marker: bytes

    def fill(self, token: bytes) -> bytes:
        """Return the bytes with the token of a reader."""
        return _in_base64(self.content.replace(self.marker, token))


Piece = bytes | Word | Lines


class Template(Struct, frozen=True):
    """An edition from which copies are made. `pieces` are its bytes below the header lines that each copy has.

    `page` is the address of the unsubscribe page; without one, copies have the `List-Unsubscribe` of the edition.
    """

    digest: str
    key: str
    domain: str
    page: str
    other_ways: tuple[str, ...]
    one_click: bool
    secret: str
    kept_unsubscribe: bytes
    pieces: tuple[Piece, ...]

    def copy(self, address: str, mark: str = "") -> bytes:
        """Return the copy for an address, in ASCII but for the local part of the address (RFC 6532).

        Its Message-ID is the same each time; one with another `mark` is another message.
        """
        identity = message_id(self.domain, self.key, normal_address(address), *([mark] if mark else []))
        head = f"To: {address}\r\nMessage-ID: {identity}\r\n"
        if not self.page:
            return head.encode() + self.kept_unsubscribe + b"".join(self._filled(b""))
        own = token(self.secret, self.digest, address)
        head += self._way_out(own)
        return head.encode() + b"".join(self._filled(own.encode()))

    def _way_out(self, own: str) -> str:
        ways = [link_with(self.page, self.digest, own), *self.other_ways]
        header = "List-Unsubscribe: " + ",\r\n ".join(f"<{way}>" for way in ways) + "\r\n"
        if self.one_click:
            header += "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
        return header

    def _filled(self, own: bytes) -> Iterator[bytes]:
        for piece in self.pieces:
            yield piece if isinstance(piece, bytes) else piece.fill(own)


def make_template(manifest: Manifest, eml: bytes, secret: str) -> Template:
    """Return the template of an edition; `eml` is its `email.eml`, `secret` the one behind unsubscribe links."""
    headers, body = _split_head(eml)
    kept = [header for name, header in headers if name not in _OWN_HEADERS]
    page, other_ways = ways_out(manifest)
    unsubscribe = [header for name, header in headers if name.startswith("list-unsubscribe")]
    pieces: list[Piece] = [b"".join(kept) + b"\r\n"]
    pieces += _body_pieces(eml, body, page, manifest.digest, secret) if page else [body]
    return Template(
        digest=manifest.digest,
        key=manifest.idempotency_key,
        domain=split_address(manifest.sender)[1].partition("@")[2] or "localhost",
        page=page,
        other_ways=other_ways,
        one_click=manifest.one_click and page.startswith("https://"),
        secret=secret,
        kept_unsubscribe=b"".join(unsubscribe),
        pieces=tuple(_joined(pieces)),
    )


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


def _body_pieces(eml: bytes, body: bytes, page: str, digest: str, secret: str) -> Iterator[Piece]:
    """Yield the body, with room for tokens in the parts that hold the address of the unsubscribe page.

    Nobody can guess the marker, so that no post can hold it and be given a reader's token.
    """
    marker = token(secret, digest, "marker")
    marked = link_with(page, digest, marker)
    done = 0
    for part in message_from_bytes(eml).walk():
        kind = part.get_content_type()
        if kind not in ("text/plain", "text/html"):
            continue
        encoded = str(part.get_payload()).encode("ascii", "surrogateescape")
        start = body.find(encoded, done)
        text = _text(part)
        own = _with_link(text, page, marked) if kind == "text/plain" else _with_href(text, page, marked)
        if start < 0 or own == text:
            continue
        yield body[done:start]
        in_base64 = part.get("Content-Transfer-Encoding", "").lower() == "base64"
        yield from _part_pieces(own.encode(), marker.encode(), in_base64=in_base64)
        done = start + len(encoded)
    yield body[done:]


def _text(part: "Message[str, str]") -> str:
    content = part.get_payload(decode=True)
    return bytes(content).decode("utf-8") if isinstance(content, bytes) else ""


def _with_link(text: str, page: str, marked: str) -> str:
    """Return a plain text with each link to the page replaced, but not where another address begins alike."""
    before, *pieces = text.split(page)
    made = [before]
    for piece in pieces:
        ends = piece[:1] in _ENDS_ADDRESS or not piece
        made += [marked if ends else page, piece]
    return "".join(made)


def _with_href(html: str, page: str, marked: str) -> str:
    """Return HTML with each link to the page replaced."""
    for spelt in dict.fromkeys((escape(page), escape(page, quote=False), page)):
        html = html.replace(f'href="{spelt}"', f'href="{escape(marked)}"')
    return html


def _part_pieces(content: bytes, marker: bytes, *, in_base64: bool) -> Iterator[Piece]:
    """Yield an encoded part with room for the token wherever the marker stands."""
    if in_base64:
        yield from _base64_pieces(content, marker)
    else:
        encoded = binascii.b2a_qp(content.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")
        yield from _quoted_pieces(encoded, marker)


def _quoted_pieces(encoded: bytes, marker: bytes) -> Iterator[Piece]:
    """Yield quoted-printable bytes without the markers, which at most one soft line break divides."""
    for broken_after in range(1, len(marker)):
        before, found, after = encoded.partition(marker[:broken_after] + _SOFT_BREAK + marker[broken_after:])
        if found:
            yield from _quoted_pieces(before, marker)
            yield Word(broken_after)
            yield from _quoted_pieces(after, marker)
            return
    first, *rest = encoded.split(marker)
    yield first
    for piece in rest:
        yield Word(0)
        yield piece


def _base64_pieces(content: bytes, marker: bytes) -> Iterator[Piece]:
    """Yield content in base64, with `Lines` for each run of lines that holds a marker."""
    done = 0
    for start, end in _runs_of_lines(content, marker):
        yield _in_base64(content[done:start])
        yield Lines(content[start:end], marker)
        done = end
    yield _in_base64(content[done:]).removesuffix(b"\r\n")


def _runs_of_lines(content: bytes, marker: bytes) -> list[tuple[int, int]]:
    """Return where the runs of whole lines of base64 begin and end in `content` that hold markers."""
    runs: list[tuple[int, int]] = []
    found = content.find(marker)
    while found >= 0:
        start = found // _LINE * _LINE
        end = -(-(found + len(marker)) // _LINE) * _LINE
        if runs and start <= runs[-1][1]:
            start = runs.pop()[0]
        runs.append((start, end))
        found = content.find(marker, found + len(marker))
    return runs


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
