"""Images, enclosures and authors in front matter, in the formats of many themes."""

import posixpath
import re
from collections.abc import Iterator
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

from digest.collector.fields import Fields, as_flag, as_list, first_text, texts_of
from digest.collector.keys import KEYS, canonical
from digest.collector.permalinks import join
from digest.collector.post import Author, Enclosure, EnclosureSource, Image, clean_text, without_isolates
from digest.frontmatter import Value
from digest.problems import Severity

_IMAGE_SUFFIXES = (".avif", ".gif", ".jpeg", ".jpg", ".png", ".svg", ".webp")
# The keys of each part of a table; the first that has a value wins.
_IMAGE_PARTS = (
    *("url", "src", "path", "file", "image", "relative"),
    *("feature", "teaser", "filename", "ogimage", "thumb", "img"),
)
_ALT_PARTS = ("alt", "imagealt", "alttext", "caption", "title")
_FILE_PARTS = ("url", "src", "file", "href", "path")
_LENGTH_PARTS = ("length", "size", "bytes", "filesize")
_NAME_PARTS = ("name", "fullname", "displayname", "id", "key", "title")
_WEB_PARTS = ("url", "link", "website", "homepage")
_PERSON_PARTS = frozenset(("name", "email", "url", "title"))
# Tables of themes and generators with fields of the post inside: Zola's `[extra]`, Hugo's `params`
_IMAGE_TABLES = ("extra", "params", "header", "seo", "og", "opengraph")
_AUTHOR_TABLES = ("taxonomies", "extra", "params")
_TYPES = {
    "mp3": "audio/mpeg", "m4a": "audio/mp4", "ogg": "audio/ogg", "opus": "audio/ogg", "wav": "audio/wav",
    "flac": "audio/flac", "mp4": "video/mp4", "m4v": "video/mp4", "webm": "video/webm", "pdf": "application/pdf",
    "aac": "audio/aac", "m4b": "audio/mp4", "oga": "audio/ogg", "mov": "video/quicktime", "ogv": "video/ogg",
    "epub": "application/epub+zip", "zip": "application/zip",
}  # fmt: skip
_GROUPING = str.maketrans("", "", "_, ")  # between the digits of a long number
_MIME = re.compile(r"[a-z]+/[a-z0-9.+-]+")
_NAME_ADDRESS = re.compile(r"([^<>@]*)<([^<>@\s]+@[^<>@\s,]+)>.*", re.DOTALL)


# --- images


def image_of(fields: Fields, page: str) -> Image | None:
    """Return the image of the post whose URL is `page`; a path out of the site is a problem."""
    for key, value in _images(fields):
        written, alt = _image(value)
        if written and as_flag(written) is None:
            url, file = address_of_file(fields, key, written, page)
            return Image(url=url, alt=alt or fields.text("image description"), file=file) if url else None
    return None


def _images(fields: Fields) -> Iterator[tuple[str, Value]]:
    """Yield keys and values that may be the image, the best first; the key is empty for one in a theme's table."""
    yield from fields.given("image")
    yield "", fields.nested(_IMAGE_TABLES, KEYS["image"])


def _image(value: Value) -> tuple[str, str]:
    """Return address and description of an image: a text, a table, or the first of a list."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, str):
        return clean_text(value), ""
    if not isinstance(value, dict):
        return "", ""
    parts = texts_of(value)
    return first_text(parts, _IMAGE_PARTS), first_text(parts, _ALT_PARTS)


# --- addresses


def address_of_file(fields: Fields, key: str, written: str, page: str) -> tuple[str, str]:
    """Return the absolute URL of an image or file that a post names, and its path when it is a local file.

    Both are empty for an invalid address, which is a problem.
    """
    written = without_isolates(written)
    parts = _checked(fields, key, written)
    if parts is None:
        return "", ""
    if parts.scheme:
        return written.replace(" ", "%20"), ""
    path = unquote(written.partition("?")[0].partition("#")[0])
    site = fields.config.site
    if path.startswith("/"):
        url = urljoin(site.url, join("", written))
        file = posixpath.join(site.static, path.lstrip("/")) if site.static else ""
        leaves = ".." in path.split("/")
    else:
        url = urljoin(page, join("", written)[1:])
        file = posixpath.normpath(posixpath.join(posixpath.dirname(fields.path), path))
        leaves = file.split("/")[0] == ".."
    if leaves:
        _report_outside(fields, key, written)
        return "", ""
    return url, file


def _checked(fields: Fields, key: str, written: str) -> SplitResult | None:
    """Return the parts of a path or a web address; None for anything else, which is a problem."""
    if len(written) > fields.config.posts.limits.link_characters:
        fields.problem(key, "link-too-long", "the address is too long", "posts.limits.link_characters is the limit")
        return None
    if "{{" in written or "{%" in written:
        fields.problem(key, "template", "the address is a template", "write the address", "warning")
        return None
    parts = _split_url(written)
    if parts and "\\" not in written:
        is_path = not parts.scheme and not written.startswith("//")
        if is_path or _is_web(parts):
            return parts
    message = f"{written[:60]!r} is not an address that pictures and files can have"
    fields.problem(key, "address", message, "write an https URL, or a path", "warning")
    return None


def _report_outside(fields: Fields, key: str, written: str) -> None:
    """Report a path out of the site: a warning for an image, whose path is often relative to the page's URL."""
    message = f"{written[:60]!r} leads out of the site's folder"
    severity: Severity = "warning" if written.lower().endswith(_IMAGE_SUFFIXES) else "error"
    fields.problem(key, "path-outside", message, "write a path inside it, or one that begins with a slash", severity)


def web_host(text: str) -> str:
    """Return the host of a web address in lower case; empty for any other text."""
    parts = _split_url(text)
    if parts is None or not _is_web(parts) or " " in text or "\\" in text:
        return ""
    return parts.hostname or ""


def _split_url(text: str) -> SplitResult | None:
    try:
        return urlsplit(text)
    except ValueError:
        return None


def _is_web(parts: SplitResult) -> bool:
    return parts.scheme in ("http", "https") and bool(parts.hostname)


# --- enclosures


def enclosures_of(fields: Fields, page: str) -> tuple[tuple[Enclosure, ...], tuple[EnclosureSource, ...]]:
    """Return the post's audio, video and other files in the order given, each address once, and where each is.

    A type that is not given is that of the file extension.
    """
    found: dict[str, tuple[Enclosure, EnclosureSource]] = {}
    for key, value in fields.given("enclosure"):
        for item in as_list(value):
            both = _enclosure(fields, key, item, page)
            if both:
                found.setdefault(both[0].url, both)
    return tuple(file for file, _ in found.values()), tuple(source for _, source in found.values())


def _enclosure(fields: Fields, key: str, value: Value, page: str) -> tuple[Enclosure, EnclosureSource] | None:
    """Return a file from its address, or from a table; None for anything else, such as the id of a video."""
    parts = {"url": value} if isinstance(value, str) else texts_of(value) if isinstance(value, dict) else {}
    written = first_text(parts, _FILE_PARTS)
    if not written or as_flag(written) is not None:
        return None
    url, file = address_of_file(fields, key, written, page)
    if not url:
        return None
    kind = first_text(parts, ("type", "mimetype")) or _TYPES.get(suffix_of(url), "")
    if not _MIME.fullmatch(kind):
        _report_type(fields, key, written)
        return None
    written_length = first_text(parts, _LENGTH_PARTS)
    length = _length(fields, key, written_length)
    enclosure = Enclosure(
        url=url,
        type=kind,
        length=length,
        duration=_duration(fields, key, parts.get("duration", "")),
        title=parts.get("title", ""),
    )
    return enclosure, EnclosureSource(
        file=file,
        line=fields.header.line_of(key),
        is_named=bool(written_length) and not length,
    )


def suffix_of(url: str) -> str:
    """Return the file extension in a URL's path, in lower case and without its dot."""
    return urlsplit(url).path.rpartition("/")[2].rpartition(".")[2].lower()


def _report_type(fields: Fields, key: str, written: str) -> None:
    """Warn of a file whose type is not known; other keys than `enclosure` also hold ids of players."""
    if canonical(key) in ("enclosure", "enclosures"):
        message = f"the type of {written[:60]!r} is not known, so feeds leave it out"
        fields.problem(key, "enclosure-type", message, "write its type, such as audio/mpeg", "warning")


def _length(fields: Fields, key: str, written: str) -> int:
    """Return a length in bytes, 0 when none is given; one that cannot be read is a problem."""
    digits = written.translate(_GROUPING)
    if _is_number(digits):
        return int(digits)
    if written:
        message = f"the length {written[:40]!r} is no number of bytes"
        fields.problem(key, "enclosure-length", message, "write a whole number, such as length: 24986239", "warning")
    return 0


def _duration(fields: Fields, key: str, written: str) -> int:
    """Return a duration in seconds, 0 when none is given; one that cannot be read is a problem."""
    seconds = _seconds(written) if written else 0
    if seconds is None:
        message = f"the duration {written[:40]!r} is no time"
        fields.problem(key, "enclosure-duration", message, "write seconds, or such as 1:02:03", "warning")
    return seconds or 0


def _seconds(text: str) -> int | None:
    """Return a duration such as 3600, 60:00 or 1:00:00 in seconds; None when it is none."""
    numbers = text.split(":")
    if len(numbers) > 3 or not all(map(_is_number, numbers)):
        return None
    total = 0
    for number in numbers:
        total = total * 60 + int(number)
    return total


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 16  # a whole number of 64 bits, also in seconds


# --- authors


def authors_of(fields: Fields) -> tuple[Author, ...]:
    """Return the authors of the post in the order given, without duplicates."""
    found: dict[str, Author] = {}
    for person in _people(fields):
        author = _author(person, fields.config.site.url)
        if author:
            found.setdefault(author.name, author)
    authors = tuple(found.values())
    return (_with_own_keys(fields, authors[0]),) if len(authors) == 1 else authors


def _people(fields: Fields) -> list[Value]:
    """Return each author as written in the front matter: a text or a table."""
    _, value = fields.first("authors")
    if not value:
        value = fields.nested(_AUTHOR_TABLES, KEYS["authors"])
    if isinstance(value, str) and fields.header.separates_by_commas:
        return list(value.split(";" if ";" in value else ","))
    if isinstance(value, dict) and _PERSON_PARTS.isdisjoint(map(canonical, value)):
        return [_named(name, person) for name, person in value.items()]
    return as_list(value)


def _named(name: str, person: Value) -> Value:
    """Return an entry of a table of people by name as a person."""
    return {"name": name, **person} if isinstance(person, dict) else name


def _with_own_keys(fields: Fields, author: Author) -> Author:
    """Return a post's only author, completed from the keys `author_email` and `author_url`."""
    email = author.email or _email(fields.text("authoremail"))
    url = author.url or web_address(fields.text("authorurl"), fields.config.site.url)
    return Author(name=author.name, email=email, url=url)


def _author(value: Value, site_url: str) -> Author | None:
    if isinstance(value, dict):
        parts = texts_of(value)
        name = first_text(parts, _NAME_PARTS)
        author = Author(
            name=name,
            email=_email(parts.get("email", "")),
            url=web_address(first_text(parts, _WEB_PARTS), site_url),
        )
    elif isinstance(value, str):
        match = _NAME_ADDRESS.fullmatch(value)
        name, email = match.groups() if match else (value, "")
        author = Author(name=clean_text(name) or clean_text(email), email=_email(email))
    else:
        return None
    return author if author.name else None


def _email(text: str) -> str:
    text = without_isolates(clean_text(text))
    if "@" not in text or " " in text:
        return ""
    from email.utils import parseaddr

    return text if parseaddr(text)[1] == text else ""


def web_address(text: str, site_url: str) -> str:
    """Return the absolute address of a person's page, which may be a path of the site; empty when it is none."""
    text = without_isolates(text)
    if text.startswith(("./", "../", "/")) and not text.startswith("//"):
        text = urljoin(site_url, text)
    return text if web_host(text) else ""
