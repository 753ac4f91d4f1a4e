"""The e-mail as bytes: headers and a multipart/alternative of text and HTML, which has its images with it (RFC 2387).

Headers are encoded and folded by the standard library's `Header`. Its newer `EmailMessage` loses the spaces between
encoded words, or joins the words so that mailbox providers refuse them (python/cpython#92081, python/cpython#144156),
and it decodes what looks like an encoded word, which can inject a header (python/cpython#121650). Every value is
cleaned here, and what looks like an encoded word is encoded itself.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from msgspec import Struct

from digest.collector.post import clean_text

_LINE = 76  # RFC 5322 section 2.1.1 recommends 78, without the CRLF
_LONGEST_WORD = 60  # characters; a longer one is encoded, so that it can be folded
_NOT_IN_ADDRESS = frozenset(' \t<>()[],;:\\"')
_KEPT = "!#$%&'()*+,-./:;=?@[]^_`{|}~"  # in angle brackets; anything else is percent-encoded
# `=` never stands before `_` in quoted-printable, and base64 has no `_`: no part holds a boundary (RFC 2045).
_BODY = (
    b"MIME-Version: 1.0\r\n"
    b'Content-Type: multipart/alternative; boundary="=_alternative"\r\n\r\n'
    b"--=_alternative\r\n%b\r\n--=_alternative\r\n%b\r\n--=_alternative--\r\n"
)
_TEXT_PART = b"Content-Type: text/%b; charset=utf-8\r\nContent-Transfer-Encoding: %b\r\n\r\n%b"
_RELATED = b'Content-Type: multipart/related; type="text/html"; boundary="=_related"\r\n\r\n%b--=_related--'
_IMAGE_PART = (
    b"Content-Type: %b\r\nContent-Transfer-Encoding: base64\r\nContent-ID: <%b>\r\n"
    b'Content-Disposition: inline; filename="%b"\r\n\r\n%b'
)


class InlinePart(Struct, frozen=True):
    """An image that the HTML shows as `cid:ID`. `id`, `name` and `type` are ASCII without quotes."""

    id: str
    name: str
    type: str
    content: bytes


def message(headers: Iterable[str], date: datetime, text: str, html: str, images: Sequence[InlinePart] = ()) -> bytes:
    """Return the whole message. `headers` are lines as the functions below return them, `date` is aware."""
    head = "".join(f"{header}\r\n" for header in [*headers, date_header(date)])
    plain, page = _text_part(b"plain", text), _text_part(b"html", html)
    if images:
        parts = [page, *(_image_part(image) for image in images)]
        page = _RELATED % b"".join(b"--=_related\r\n%b\r\n" % part for part in parts)
    return head.encode("ascii") + _BODY % (plain, page)


def _text_part(kind: bytes, text: str) -> bytes:
    return _TEXT_PART % (kind, *_encoded_part(text))


def _image_part(image: InlinePart) -> bytes:
    from base64 import encodebytes

    content = encodebytes(image.content).strip().replace(b"\n", b"\r\n")
    return _IMAGE_PART % (image.type.encode(), image.id.encode(), image.name.encode(), content)


def text_header(name: str, value: str) -> str:
    """Return a header of free text, such as Subject."""
    line = clean_text(value)
    return f"{name}: {_encoded(name, line, '')}"


def address_header(name: str, display: str, address: str) -> str:
    """Return a header of one address or identifier after a name in words, such as From or List-Id."""
    from email.utils import formataddr

    words, inner = clean_text(display), _in_brackets(address)
    if _is_plain(words):
        return f"{name}: {_encoded(name, formataddr((words, inner)), '')}"
    return f"{name}: {_encoded(name, words, f'<{inner}>')}"


def url_header(name: str, urls: Iterable[str]) -> str:
    """Return a header of addresses in angle brackets, such as List-Unsubscribe (RFC 2369)."""
    return f"{name}: " + ",\r\n ".join(f"<{_in_brackets(url)}>" for url in urls)


def split_address(value: str) -> tuple[str, str]:
    """Return the name and the address of `Name <address>`, its domain in ASCII (IDNA); a missing one is empty."""
    from email.utils import parseaddr

    line = clean_text(value)
    name, address = parseaddr(line)
    local, _, domain = address.rpartition("@")
    if not local.isascii() or not _NOT_IN_ADDRESS.isdisjoint(local) or address not in line:
        return name, ""
    try:
        ascii_domain = domain.encode("idna").decode("ascii")
    except UnicodeError:
        return name, ""
    return name, f"{local}@{ascii_domain}" if local else ""


def message_id(domain: str, *parts: str) -> str:
    """Return a Message-ID that is the same for the same parts; `domain` is ASCII."""
    digest = hashlib.sha256("\x00".join(parts).encode()).hexdigest()[:32]
    return f"<{digest}@{domain}>"


def _encoded(name: str, words: str, address: str) -> str:
    """Return words, encoded when they must be (RFC 2047), and an address, folded to fit after a header's name."""
    from email.header import Header

    header = Header(words, "us-ascii" if _is_plain(words) else "utf-8", maxlinelen=_LINE, header_name=name)
    if address:
        header.append(address, "us-ascii")
    return header.encode(linesep="\r\n")


def _is_plain(line: str) -> bool:
    longest = max((len(word) for word in line.split()), default=0)
    return line.isascii() and "=?" not in line and longest <= _LONGEST_WORD


def _in_brackets(address: str) -> str:
    """Return an address for use in angle brackets: ASCII, with closing brackets encoded."""
    return quote("".join(clean_text(address).split()), safe=_KEPT)


def _encoded_part(text: str) -> tuple[bytes, bytes]:
    """Return the shorter encoding of UTF-8 text in lines of at most 76 octets (RFC 2045), with its name."""
    from base64 import encodebytes
    from binascii import b2a_qp

    lines = text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace")
    quoted = b2a_qp(lines).replace(b"\n", b"\r\n")
    in_base64 = encodebytes(lines.replace(b"\n", b"\r\n")).strip().replace(b"\n", b"\r\n")
    if len(in_base64) < len(quoted):
        return b"base64", in_base64
    return b"quoted-printable", quoted


def date_header(moment: datetime) -> str:
    """Return the `Date` header in the zone of `moment` (RFC 5322 section 3.3: it should be local time).

    An offset with seconds, which a header cannot express, becomes UTC.
    """
    from email.utils import format_datetime

    offset = moment.utcoffset()
    if offset is None or offset % timedelta(minutes=1):
        moment = moment.astimezone(UTC)
    return f"Date: {format_datetime(moment)}"
