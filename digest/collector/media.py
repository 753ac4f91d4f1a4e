"""Pictures, enclosures and people in front matter, in the many shapes that themes gave them."""

import functools
import posixpath
import re
from urllib.parse import unquote, urljoin, urlsplit

from digest.collector.fields import Fields, as_flag, as_list
from digest.collector.keys import canonical, keys
from digest.collector.permalinks import join
from digest.collector.post import Author, Enclosure, Image, clean_text
from digest.frontmatter.header import Value
from digest.patterns import pattern
from digest.problems import Severity

_IMAGE, _AUTHORS = keys("image"), keys("authors")
_PICTURES = (".avif", ".gif", ".jpeg", ".jpg", ".png", ".svg", ".webp")
_URL_PARTS = (
    "url",
    "src",
    "path",
    "file",
    "image",
    "relative",
    "feature",
    "teaser",
    "filename",
    "ogimage",
    "thumb",
    "img",
)
_ALT_PARTS = ("alt", "imagealt", "alttext", "caption", "title")
_NAME_PARTS = ("name", "fullname", "displayname", "id", "key", "title")
_WEB_PARTS = ("url", "link", "website", "homepage")
_TABLES = ("extra", "params", "header", "seo", "og", "opengraph")
_OF_ONE_AUTHOR = frozenset(("authoremail", "authorurl"))
_TYPES = {
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    "ogg": "audio/ogg",
    "opus": "audio/ogg",
    "wav": "audio/wav",
    "flac": "audio/flac",
    "mp4": "video/mp4",
    "m4v": "video/mp4",
    "webm": "video/webm",
    "pdf": "application/pdf",
}
_PLAIN_URL = pattern(r"https?://[a-z0-9.-]+/[A-Za-z0-9/._~%=&?#-]*")  # what address() gives back as it is
_PLAIN_PATH = pattern(r"(?:/[\w-][\w.-]*)+", re.ASCII)  # and what urljoin() puts behind the site's host as it is
_MIME = pattern(r"[a-z]+/[a-z0-9.+-]+")
_NAME_ADDRESS = pattern(r"\s*([^<>@]*?)\s*<([^<>@\s]+@[^<>@\s,]+)>.*", re.DOTALL)


def image_of(fields: Fields, page: str) -> Image | None:
    """Return the picture that stands for the post whose URL is `page`; a path that leaves the site is a problem."""
    for name in fields.given["image"]:
        value = fields.values[name]
        if not value or as_flag(value) is not None:
            continue
        written, alt = _picture(value)
        if written:
            if not alt and fields.given["image description"]:
                alt = fields.text("image description")
            return _image(fields, name, written, alt, page)
    if not fields.tables:
        return None
    nested = fields.nested(_TABLES, *_IMAGE)
    written, alt = _picture(nested)
    return _image(fields, "", written, alt, page) if written and as_flag(written) is None else None


def _picture(value: Value) -> tuple[str, str]:
    """Return address and description of a picture: a text, a table, or the first of a list."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, str):
        return clean_text(value), ""
    if not isinstance(value, dict):
        return "", ""
    parts = {canonical(key): clean_text(part) for key, part in value.items() if isinstance(part, str)}
    address = next((parts[key] for key in _URL_PARTS if parts.get(key)), "")
    return address, next((parts[key] for key in _ALT_PARTS if parts.get(key)), "")


def _image(fields: Fields, name: str, written: str, alt: str, page: str) -> Image | None:
    url, file = address(fields, name, written, page)
    return Image(url, alt, 0, 0, file) if url else None


def address(fields: Fields, name: str, written: str, page: str) -> tuple[str, str]:
    """Return the absolute URL of a picture or file that a post names, and its path when it stands beside the post."""
    if len(written) > fields.config.posts.limits.link_characters:
        fields.problem(name, "link-too-long", "the address is too long", "posts.limits.link_characters is the limit")
        return "", ""
    if _PLAIN_URL.fullmatch(written):
        return written, ""
    if "{{" in written or "{%" in written:
        fields.problem(name, "template", "a template stands where an address should", "write the address", "warning")
        return "", ""
    site = fields.config.site
    if _PLAIN_PATH.fullmatch(written):
        return _origin(site.url) + written, posixpath.join(site.static, written[1:]) if site.static else ""
    try:
        parts = urlsplit(written)
    except ValueError:
        parts = urlsplit("invalid:")
    if parts.scheme in ("http", "https") and parts.hostname and "\\" not in written:
        return written.replace(" ", "%20"), ""
    if parts.scheme or written.startswith("//") or "\\" in written:
        message = f"{written[:60]!r} is not an address that pictures and files can have"
        fields.problem(name, "address", message, "write an https URL, or a path", "warning")
        return "", ""
    path = unquote(written.split("?")[0].split("#")[0])
    if path.startswith("/"):
        if ".." in path.split("/"):
            _outside(fields, name, written)
            return "", ""
        return urljoin(site.url, join("", written)), posixpath.join(
            site.static, path.lstrip("/")
        ) if site.static else ""
    file = posixpath.normpath(posixpath.join(posixpath.dirname(fields.path), path))
    if file.startswith("../") or file == "..":
        _outside(fields, name, written)
        return "", ""
    return urljoin(page, join("", written)[1:]), file


@functools.lru_cache(maxsize=16)
def _origin(url: str) -> str:
    """Return scheme and host of the site's address."""
    return urljoin(url, "/x").removesuffix("/x")


def _outside(fields: Fields, name: str, written: str) -> None:
    """Report a path out of the site. Of a picture, it is one that was meant from the page: the post does without it."""
    message = f"{written[:60]!r} leads out of the site's folder"
    severity: Severity = "warning" if written.lower().endswith(_PICTURES) else "error"
    fields.problem(name, "path-outside", message, "write a path inside it, or one that begins with a slash", severity)


def enclosure_of(fields: Fields, page: str) -> Enclosure | None:
    """Return the sound or film that belongs to the post; its type from its ending when it is not given."""
    if not fields.given["enclosure"]:
        return None
    name, value = fields.first("enclosure")
    if isinstance(value, list):
        value = value[0]
    if isinstance(value, str):
        value = {"url": value}
    if not isinstance(value, dict):
        return None
    parts = {canonical(key): clean_text(part) for key, part in value.items() if isinstance(part, str)}
    written = next((parts[key] for key in ("url", "src", "file", "href", "path") if parts.get(key)), "")
    if not written or as_flag(written) is not None:
        return None
    url, _ = address(fields, name, written, page)
    kind = parts.get("type") or parts.get("mimetype") or _TYPES.get(urlsplit(url).path.rsplit(".", 1)[-1].lower(), "")
    if not url or not _MIME.fullmatch(kind):
        return None
    length, duration = _number(parts.get("length", "")), seconds(parts.get("duration", ""))
    return Enclosure(url=url, type=kind, length=length, duration=duration)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0


def seconds(text: str) -> int:
    """Return a duration such as 3600, 60:00 or 1:00:00 in seconds; 0 when it is none."""
    total = 0
    for part in text.split(":"):
        if not (part.isascii() and part.isdigit() and len(part) < 7):
            return 0
        total = total * 60 + int(part)
    return total


def authors_of(fields: Fields) -> tuple[Author, ...]:
    """Return the people who wrote the post, in the order given, none twice."""
    name, value = fields.first("authors")
    if not name and not fields.tables:
        return ()
    if not name:
        value = fields.nested(("taxonomies", "extra", "params"), *_AUTHORS)
    if isinstance(value, str) and fields.header.commas:
        value = list(value.split(";" if ";" in value else ","))
    if isinstance(value, dict) and not {"name", "email", "url", "title"} & {canonical(key) for key in value}:
        value = [{"name": key, **part} if isinstance(part, dict) else key for key, part in value.items()]
    found: dict[str, Author] = {}
    for item in as_list(value):
        if (author := _author(item)) is not None:
            found.setdefault(author.name, author)
    authors = tuple(found.values())
    if len(authors) == 1 and not _OF_ONE_AUTHOR.isdisjoint(fields.values):
        email, url = fields.text("authoremail"), fields.text("authorurl")
        person = authors[0]
        authors = (Author(name=person.name, email=person.email or _email(email), url=person.url or _web(url)),)
    return authors


def _author(value: Value) -> Author | None:
    if isinstance(value, dict):
        parts = {canonical(key): clean_text(part) for key, part in value.items() if isinstance(part, str)}
        name = next((parts[key] for key in _NAME_PARTS if parts.get(key)), "")
        url = next((parts[key] for key in _WEB_PARTS if parts.get(key)), "")
        return Author(name=name, email=_email(parts.get("email", "")), url=_web(url)) if name else None
    return _person(value) if isinstance(value, str) else None


@functools.lru_cache(maxsize=1024)
def _person(value: str) -> Author | None:
    if "<" in value and (match := _NAME_ADDRESS.fullmatch(value)):
        return Author(name=clean_text(match[1]) or clean_text(match[2]), email=_email(match[2]))
    name = clean_text(value)
    return Author(name=name) if name else None


def _email(text: str) -> str:
    text = clean_text(text)
    if "@" not in text or " " in text:
        return ""
    from email.utils import parseaddr

    return text if parseaddr(text)[1] == text else ""


def _web(text: str) -> str:
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    return text if parts.scheme in ("http", "https") and parts.hostname and " " not in text and "\\" not in text else ""
