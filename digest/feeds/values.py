"""The values that a feed may hold: text, addresses, ids, languages and dates.

Every value of a post or a setting is cleaned here once, before it becomes part of a feed.
"""

import re
import unicodedata
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from digest.config.schema import LANGUAGE, Config
from digest.markdown.urls import absolute

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)  # the update time of a feed without entries

_ASTRAL_NONCHARACTERS = "".join(chr(plane * 0x10000 + last) for plane in range(1, 17) for last in (0xFFFE, 0xFFFF))
# XML 1.0 forbids C0, surrogates and U+FFFE/F; it allows DEL, C1 and the other noncharacters but discourages them
# (section 2.2), and readers choke on them.
_FORBIDDEN = re.compile(
    f"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff{_ASTRAL_NONCHARACTERS}]"
)
_SPACE = re.compile("[ \t\n\u2028\u2029]+")
_ABSOLUTE_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_IRI_CHARACTERS = "!#$%&'()*+,/:;=?@~-._"
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def clean(text: str) -> str:
    """Return `text` with newlines as `\\n` and without control characters, noncharacters and lone surrogates."""
    if text.isprintable():
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _FORBIDDEN.sub("", text)


def line(text: str) -> str:
    """Return `text` clean and on one line, every run of white space one space."""
    return _SPACE.sub(" ", clean(text)).strip()


def first_line(*texts: str) -> str:
    """Return the first of `texts` that is not blank, as a `line`; empty when all are blank."""
    return next(filter(None, map(line, texts)), "")


def first_words(text: str, length: int = 60) -> str:
    """Return the first words of `text`, at most `length` characters and an ellipsis.

    It ends with a whole word, or in scripts without spaces with a whole character: no combining mark and no joiner is
    cut off from what it belongs to.
    """
    text = line(text)
    if len(text) <= length:
        return text
    end = text.rfind(" ", 0, length + 1)
    if end <= length // 3:
        end = length
        while end > 1 and _joined(text, end):
            end -= 1
    return text[:end].rstrip(" ,;:.，。、；：") + "…"


def _joined(text: str, at: int) -> bool:
    """Return whether the characters before and after a position form one grapheme."""
    is_mark = unicodedata.category(text[at]).startswith("M")
    return is_mark or "\u200d" in text[at - 1 : at + 1]


def uri(url: str) -> str:
    """Return an absolute http(s) `url` as an RFC 3986 URI: ASCII only, the host in IDNA, the rest percent-encoded.

    Returns an empty string for everything else.
    """
    found = absolute(url, "")
    return found if found.startswith(("http://", "https://")) else ""


def address(config: Config, path: str) -> str:
    """Return the absolute URI of a path below the output folder."""
    return uri(config.site.url.rstrip("/") + "/" + path)


def site_file(config: Config, path: str) -> str:
    """Return the URL of a file that a setting gives as URL or path; empty for an empty setting."""
    return absolute(path, address(config, "")) if path else ""


def iri(id_: str, site: str) -> str:
    """Return an id as an absolute IRI (RFC 4287, 4.2.6): itself, a URN for a UUID, else a fragment of the `site`'s URL.

    It depends on nothing else, so it lasts as long as the two do.
    """
    if id_.startswith(("http://", "https://")) and (found := uri(id_)):
        return found
    if _UUID.fullmatch(id_):
        return f"urn:uuid:{id_.lower()}"
    if _ABSOLUTE_IRI.match(id_):
        return quote(id_, safe=_IRI_CHARACTERS)
    return f"{site}#{quote(id_, safe='')}"


def language(tag: str) -> str:
    """Return `tag` with hyphens for underscores when it is a language tag (BCP 47), else an empty string."""
    tag = tag.strip().replace("_", "-")
    return tag if LANGUAGE.fullmatch(tag) else ""


def rfc3339(moment: datetime) -> str:
    """Return an aware datetime to the second in RFC 3339 format: `2025-02-08T11:19:11+08:00`, UTC as `Z`.

    Local mean times (before about 1900) have offsets with seconds, which RFC 3339 cannot express; they become UTC.
    """
    if _offset(moment) % timedelta(minutes=1):
        moment = _in_utc(moment)
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def rfc822(moment: datetime) -> str:
    """Return an aware datetime in the format of RSS, in English for every locale: `Sat, 08 Feb 2025 11:19:11 +0800`.

    Offsets other than whole and half hours become UTC: the W3C validator reports them as errors.
    """
    if _offset(moment) % timedelta(minutes=30):
        moment = _in_utc(moment)
    weekday, month = _DAYS[moment.weekday()], _MONTHS[moment.month - 1]
    iso = moment.isoformat(timespec="seconds")
    time, offset = iso[11:19], iso[19:].replace(":", "")
    return f"{weekday}, {moment.day:02} {month} {moment.year:04} {time} {offset}"


def _offset(moment: datetime) -> timedelta:
    return moment.utcoffset() or timedelta(0)


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:  # within a day of the first or last year there is
        return moment.replace(tzinfo=UTC)
