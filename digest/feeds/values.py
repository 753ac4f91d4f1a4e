"""The values a feed may hold: characters, URIs, dates and languages.

What posts say is cleaned here, once, just before it becomes part of a feed, whatever room it came through.
"""

import functools
import re
import unicodedata
from datetime import UTC, datetime
from urllib.parse import quote

from digest.config.schema import LANGUAGE
from digest.markdown.characters import unsuspicious
from digest.markdown.urls import absolute
from digest.patterns import pattern

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)  # when a feed without entries was updated: one must say, and no clock may
EMAIL = pattern(r"[\w.+'-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
MEDIA_TYPE = pattern(r"[A-Za-z0-9][\w.+-]*/[A-Za-z0-9][\w.+-]*", re.ASCII)

# XML 1.0 forbids C0, surrogates and U+FFFE/F; it allows DEL, C1 and the other noncharacters but discourages them
# (section 2.2), and readers choke on them.
_FORBIDDEN = pattern("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_FORBIDDEN_ASTRAL = pattern(
    "[" + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0x10000, 0x110000, 0x10000)) + "]"
)
_FAR = pattern("[\U0001fffe-\U0010ffff]")  # a class of one range is searched fast, one of 32 characters is not
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WHOLE_MINUTES = len("2025-02-08T11:19:11+08:00")
_NEWLINE = pattern(r"\r\n?")
_SPACE = pattern("[ \t\n\u2028\u2029]+")
_ABSOLUTE = pattern(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s]")
_UUID = pattern(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_SAFE = "!#$%&'()*+,/:;=?@~-._"


def clean(text: str) -> str:
    """Return `text` with newlines as `\\n` and without control characters, noncharacters and lone surrogates."""
    if unsuspicious(text):
        return text
    if "\r" in text:
        text = _NEWLINE.sub("\n", text)
    text = _FORBIDDEN.sub("", text)
    return _FORBIDDEN_ASTRAL.sub("", text) if _FAR.search(text) else text


def line(text: str) -> str:
    """Return `text` clean and on one line, every run of white space one space."""
    if text.isprintable() and "  " not in text:
        return text.strip()
    return _SPACE.sub(" ", clean(text)).strip()


def first_words(text: str, length: int = 60) -> str:
    """Return the first words of `text`, at most `length` characters and an ellipsis, never half a word or character."""
    text = line(text)
    if len(text) <= length:
        return text
    head = text[:length]
    space = head.rfind(" ") if text[length] != " " else length
    end = space if space > length // 3 else length
    while end > 1 and (unicodedata.category(text[end])[0] == "M" or "\u200d" in text[end - 1 : end + 1]):
        end -= 1
    return text[:end].rstrip(" ,;:.，。、；：") + "…"


def uri(url: str) -> str:
    """Return an absolute http(s) `url` as an RFC 3986 URI: ASCII only, the host in IDNA, the rest percent-encoded.

    Returns an empty string for everything else.
    """
    found = absolute(url, "")
    return found if found.startswith(("http://", "https://")) else ""


def iri_id(raw: str, site: str) -> str:
    """Return an absolute IRI for an id as RFC 4287, 4.2.6 has it: itself, a URN for a UUID, else below `site`.

    It depends on nothing but the two, so it lasts as long as they do.
    """
    if raw.startswith(("http://", "https://")) and (found := uri(raw)):
        return found
    if _UUID.fullmatch(raw):
        return f"urn:uuid:{raw.lower()}"
    if _ABSOLUTE.match(raw):
        return quote(raw, safe=_SAFE)
    return f"{site}#{quote(raw, safe='')}"


@functools.lru_cache(maxsize=256)
def language(tag: str) -> str:
    """Return `tag` when it is a language tag (BCP 47), with hyphens for underscores, else an empty string."""
    tag = tag.strip().replace("_", "-")
    return tag if LANGUAGE.fullmatch(tag) else ""


def rfc3339(moment: datetime) -> str:
    """Return an aware datetime to the second as RFC 3339 has it: `2025-02-08T11:19:11+08:00`, UTC as `Z`."""
    return _rfc3339(_iso(moment), moment)


def rfc822(moment: datetime) -> str:
    """Return an aware datetime as RSS has it, in English whatever the locale: `Sat, 08 Feb 2025 11:19:11 +0800`.

    Offsets other than whole and half hours become UTC: the W3C's validator takes them for a mistake.
    """
    return _rfc822(_iso(moment), moment)


def both(moment: datetime) -> tuple[str, str]:
    """Return what `rfc822` and `rfc3339` return, in half the time."""
    iso = _iso(moment)
    return _rfc822(iso, moment), _rfc3339(iso, moment)


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _rfc3339(iso: str, moment: datetime) -> str:
    if len(iso) > _WHOLE_MINUTES:
        iso = _iso(_in_utc(moment))
    return iso.replace("+00:00", "Z")


def _rfc822(iso: str, moment: datetime) -> str:
    if iso[23:] not in ("00", "30"):
        moment = _in_utc(moment)
        iso = _iso(moment)
    date = f"{_DAYS[moment.weekday()]}, {iso[8:10]} {_MONTHS[moment.month - 1]} {iso[:4]}"
    return f"{date} {iso[11:19]} {iso[19:22]}{iso[23:]}"


def _in_utc(moment: datetime) -> datetime:
    """Local mean times (before about 1900) have offsets with seconds, which neither format can say."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:  # the first and last day there is
        return moment.replace(tzinfo=UTC)
