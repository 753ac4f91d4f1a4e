"""The e-mail as bytes: headers and a multipart/alternative of text and HTML, ready for any sender.

Every header value is cleaned and encoded here, so that nothing a post says can start a header of its own, whatever the
Python (python/cpython#121650), and so that the same edition is the same bytes everywhere.
"""

import base64
import binascii
import hashlib
import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from digest.patterns import pattern

_SPACE = pattern(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_ATOM_TEXT = pattern(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")
_LONG_PIECE = 800
_LINE = 76  # RFC 5322 section 2.1.1 recommends 78, without the CRLF
_WORD_BYTES = 45  # of UTF-8 in an encoded word: 60 characters of base64 and 12 around them stay below 75 (RFC 2047)
# A character with what is combined with it: accents, skin colours, joined emoji.
_CHARACTER = pattern(
    "(?:.[\u0300-\u036f\u0591-\u05bd\u064b-\u065f\u093c-\u094d\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]*\u200d)*"
    ".[\u0300-\u036f\u0591-\u05bd\u064b-\u065f\u093c-\u094d\ufe0e\ufe0f\u200d\U0001f3fb-\U0001f3ff]*",
    re.DOTALL,
)


@lru_cache(maxsize=4096)
def clean(value: str) -> str:
    """Return `value` as one line that is safe in a header: no control, override or lone surrogate characters."""
    line = _SPACE.sub(" ", unicodedata.normalize("NFC", value)).strip()
    return "".join(
        c for c in line if not ("\ud800" <= c <= "\udfff" or "\u202a" <= c <= "\u202e" or "\u2066" <= c <= "\u2069")
    )


def _encoded_words(text: str, taken: int) -> list[str]:
    """Return `text` as RFC 2047 words, none of which ends inside a character or before what is combined with it.

    `taken` is how much of the first line the header's name takes.
    """
    words: list[str] = []
    chunk = ""
    for character in _CHARACTER.findall(text):
        for part in [character] if len(character.encode()) <= _WORD_BYTES else character:
            if chunk and len((chunk + part).encode()) > (_WORD_BYTES if words else _WORD_BYTES - taken):
                words.append(chunk)
                chunk = ""
            chunk += part
    return [f"=?utf-8?b?{base64.b64encode(word.encode()).decode()}?=" for word in [*words, chunk]]


def _fold(name: str, parts: Iterable[str]) -> str:
    """Return `name: parts` with a line break before each part that would pass the recommended length."""
    lines = [f"{name}:"]
    for part in parts:
        if len(lines[-1]) + 1 + len(part) > _LINE and lines[-1].strip() and lines[-1] != f"{name}:":
            lines.append(f" {part}")
        else:
            lines[-1] += f" {part}"
    return "\r\n".join(lines)


@lru_cache(maxsize=1024)
def unstructured(name: str, value: str) -> str:
    """Return a header of free text (Subject) as it goes over the wire, folded, without the last line end."""
    value = clean(value)
    parts = value.split(" ")
    plain = value.isascii() and "=?" not in value and all(len(part) < _LINE - len(name) - 2 for part in parts)
    return _fold(name, parts if plain else _encoded_words(value, len(name)))


def phrase(value: str) -> list[str]:
    """Return a display name as the words of a structured header (RFC 5322 phrase, encoded when it must be)."""
    value = clean(value)
    if not value.isascii() or "=?" in value or len(value) > _LINE - 20:
        return _encoded_words(value, 6)
    if _ATOM_TEXT.fullmatch(value):
        return value.split()
    return ['"' + re.sub(r'([\\"])', r"\\\1", value) + '"']


@lru_cache(maxsize=256)
def split_address(value: str) -> tuple[str, str]:
    """Return the name and the address of `Name <address>`, its domain in ASCII (IDNA); empty what there is none of."""
    from email.utils import parseaddr

    name, address = parseaddr(clean(value))
    local, _, domain = address.rpartition("@")
    if not local or address not in value or not local.isascii() or not re.fullmatch(r"[^\s<>()\[\],;:\\\"]+", local):
        return name, ""
    try:
        return name, f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        return name, ""


def address(name: str, display: str, addr: str) -> str:
    """Return an address header (From, To, Reply-To) of one address."""
    return _fold(name, [*phrase(display), f"<{addr}>"] if display else [addr])


def identifiers(name: str, values: Iterable[str], display: str = "") -> str:
    """Return a header of `<...>` values separated by commas (List-Id, List-Unsubscribe), with a phrase before them."""
    values = [_SPACE.sub("", value).replace("<", "%3C").replace(">", "%3E") for value in values]
    parts = [f"<{value}>{',' if index < len(values) - 1 else ''}" for index, value in enumerate(values)]
    return _fold(name, [*(phrase(display) if display else ()), *parts])


def message_id(domain: str, *parts: str) -> str:
    """Return a Message-ID that is the same for the same parts; `domain` is ASCII."""
    digest = hashlib.sha256("\x00".join(parts).encode()).hexdigest()[:32]
    return f"<{digest}@{domain}>"


@lru_cache(maxsize=8192)
def quoted_printable(text: str) -> bytes:
    r"""Return UTF-8 text as quoted-printable lines of at most 76 octets, each ended by CRLF (RFC 2045 section 6.7)."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace")
    return binascii.b2a_qp(lines, istext=True).replace(b"\n", b"\r\n")


def _encoded(pieces: Iterable[str]) -> bytes:
    """Return pieces as one quoted-printable text; long ones that are whole lines, such as cards, are encoded once."""
    chunks: list[bytes] = []
    rest: list[str] = []
    for piece in pieces:
        if len(piece) > _LONG_PIECE and piece.endswith("\n") and (not rest or rest[-1].endswith("\n")):
            chunks += [quoted_printable.__wrapped__("".join(rest)), quoted_printable(piece)]
            rest = []
        elif piece:
            rest.append(piece)
    chunks.append(quoted_printable.__wrapped__("".join(rest)))
    return b"".join(chunks)


def _date(moment: datetime) -> str:
    """Return a moment as a `Date` header has it, in its own zone (RFC 5322 section 3.3: it should be local time).

    An offset with seconds, which no header can say, becomes UTC.
    """
    from email.utils import format_datetime

    offset = moment.utcoffset()
    whole_minutes = offset is not None and not offset % timedelta(minutes=1)
    return format_datetime(moment if whole_minutes else moment.astimezone(UTC))


def message(headers: Iterable[str], date: datetime, text: Iterable[str], html: Iterable[str]) -> bytes:
    """Return the whole message: `headers` are finished header lines, `date` aware, `text` and `html` in pieces."""
    parts = [("plain", _encoded(text)), ("html", _encoded(html))]
    boundary = hashlib.sha256(b"\x00".join(part for _, part in parts)).hexdigest()[:40]
    head = [
        *headers,
        f"Date: {_date(date)}",
        "MIME-Version: 1.0",
        f'Content-Type: multipart/alternative;\r\n boundary="={boundary}"',
    ]
    # In quoted-printable a `=` stands before two digits or capitals, or ends its line: `--=` and 40 lower-case digits
    # of a hash of the parts themselves stand in neither.
    chunks = ["\r\n".join(head).encode("ascii"), b"\r\n\r\n"]
    for subtype, body in parts:
        chunks.append(f"--={boundary}\r\nContent-Type: text/{subtype}; charset=utf-8\r\n".encode())
        chunks.append(b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + body + b"\r\n")
    chunks.append(f"--={boundary}--\r\n".encode())
    return b"".join(chunks)
