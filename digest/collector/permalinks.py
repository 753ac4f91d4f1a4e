"""A post's slug and permalink: from its front matter when that is safe, else from the site's pattern.

What a post says must not name another host under the site's name, nor leave the output folder when a page or a note is
written by slug, nor be a name that some file system keeps for itself (CWE-22; Jekyll 1.4.3's fix; Windows' devices).
"""

import functools
import re
import unicodedata
from datetime import datetime
from urllib.parse import quote, unquote, urlsplit

from digest.collector.fields import Fields, as_flag
from digest.collector.paths import Place, url_folder
from digest.collector.post import WINDOWS_NAMES, clean_text
from digest.patterns import pattern

MAX_SLUG_BYTES = 200
RESERVED = frozenset(("index", "feed", "atom", "rss", "digest"))

_CONTROL = pattern(r"[\x00-\x1f\x7f-\x9f]")
_PLAIN_PATH = pattern(r"[A-Za-z0-9/_.~-]*", re.ASCII)
_PLAIN_NAME = pattern(r"[A-Za-z0-9_-]{1,200}", re.ASCII)
_SLASHES = pattern(r"/{2,}")
_STRAY_PERCENT = pattern(r"%(?![0-9A-Fa-f]{2})")
_SCHEME = pattern(r"[A-Za-z][A-Za-z0-9+.-]*:")
_NAME = "Zq7slug7qZ"  # a slug that is nowhere else
_PLACEHOLDER = pattern(r":([a-z_]+)")
_JEKYLL_STYLES = frozenset(("pretty", "date", "none", "ordinal", "weekdate"))


def slug_of(fields: Fields, place: Place) -> tuple[str, str]:
    """Return the slug, and the path it asks for when it has slashes (Docusaurus's `slug: /2026/hello`)."""
    value = fields.values.get("slug")
    if not value:
        return place.slug, ""
    if not isinstance(value, str):
        fields.problem("slug", "slug", "slug is a list or a table", "write one text")
        return place.slug, ""
    if _is_usual(value):
        return value, ""
    if _CONTROL.search(value.strip()):
        fields.problem("slug", "slug", "slug has a control character", "write letters, digits and hyphens")
        return place.slug, ""
    text = clean_text(value)
    if _is_usual(text):
        return text, ""
    if fault := path_fault(text):
        fields.problem("slug", "slug", f"slug {text[:80]!r} {fault}", "write letters, digits and hyphens")
        return place.slug, ""
    bare = text.strip("/")
    if not bare:
        return place.slug, ""
    if bare.lower() in RESERVED:
        fields.problem("slug", "slug-reserved", f"slug {bare!r} is the name of an output file", "choose another slug")
        return place.slug, ""
    return bare, text if "/" in text else ""


def _is_usual(slug: str) -> bool:
    return bool(_PLAIN_NAME.fullmatch(slug)) and (word := slug.lower()) not in RESERVED and word not in WINDOWS_NAMES


def path_fault(text: str) -> str:
    """Return what makes `text` unfit for a path below the site's address, as a sentence's end; empty if nothing."""
    plain = text
    for _ in range(3):  # encoded twice is encoded still
        decoded = unquote(plain)
        if decoded == plain:
            break
        if decoded.count("/") != plain.count("/"):
            return "has an encoded slash"
        plain = decoded
    if "\\" in plain:
        return "has a backslash"
    if _CONTROL.search(plain) or "\ufffd" in plain:
        return "has a control character or is not UTF-8"
    for part in plain.split("/"):
        if part.strip(" .") == "" and part.strip():
            return "has a part of dots only"
        if part.split(".")[0].strip().lower() in WINDOWS_NAMES:
            return "is a device's name on Windows"
        if len(part.encode("utf-8", "replace")) > MAX_SLUG_BYTES:
            return f"has a part longer than {MAX_SLUG_BYTES} bytes"
    return ""


def permalink_of(fields: Fields, place: Place, slug: str, slug_path: str, date: datetime, language: str) -> str:
    """Return the post's absolute URL, percent-encoded. A front-matter permalink that can not be used is a problem."""
    site = fields.config.site
    for name in fields.given["permalink"]:
        value = fields.values[name]
        if not value or as_flag(value) is not None:
            continue
        if not isinstance(value, str):
            fields.problem(name, "permalink", f"{name} is a list or a table", "write one text")
        elif (found := _written(fields, name, clean_text(value), slug, date)) is not None:
            return found
    if slug_path:
        folder = "" if slug_path.startswith("/") else url_folder(place.folders, date)
        return join(site.url, _dashed(f"{folder}/{slug_path}"))
    path = site.permalink
    if "{folder}" in path:
        path = path.replace("{folder}", url_folder(place.folders, date))
    if "{year}" in path or "{month}" in path or "{day}" in path:
        path = path.replace("{year}", f"{date.year:04}").replace("{month}", f"{date.month:02}")
        path = path.replace("{day}", f"{date.day:02}")
    if "{language}" in path:
        path = path.replace("{language}", language)
    elif place.language and place.language != site.language:
        path = f"{place.language.lower()}/{path}"  # else translations would share one address
    if _PLAIN_NAME.fullmatch(slug):
        return slug.join(_around(site.url, path))
    return _filled(site.url, path, slug)


@functools.lru_cache(maxsize=1024)
def _around(base: str, path: str) -> list[str]:
    """Return what stands around a slug that nothing is done to in the URL of `path`: all of a folder have the same."""
    return _filled(base, path, _NAME).split(_NAME)


def _filled(base: str, path: str, slug: str) -> str:
    return join(base, _dashed(path.replace("{slug}", slug.replace("?", "%3F").replace("#", "%23"))))


def _dashed(path: str) -> str:
    """Return a path that is made of names with a hyphen for white space, as Hugo and Jekyll make them."""
    return path if _PLAIN_PATH.fullmatch(path) else "-".join(path.split())


def join(base: str, path: str) -> str:
    """Return the URL of `path` below the site's address, percent-encoded (RFC 3986), without empty parts."""
    path = f"/{path.lstrip('/')}"
    if "//" in path:
        path = _SLASHES.sub("/", path)
    if not _PLAIN_PATH.fullmatch(path):
        path = unicodedata.normalize("NFC", path)
        path = quote(_STRAY_PERCENT.sub("%25", path), safe="/~!$&'()*+,;=:@%?#", errors="replace")
    return base.rstrip("/") + path


def _written(fields: Fields, name: str, text: str, slug: str, date: datetime) -> str | None:
    """Return the URL that the key `name` gives; None when the site's pattern holds."""
    if text.lower() in _JEKYLL_STYLES:
        return None
    if "{{" in text or "{%" in text:
        message = f"{name} is a template, which posts can not have"
        fields.problem(name, "permalink-template", message, "the site's pattern is used", "warning")
        return None
    if fault := _address_fault(text) or path_fault(urlsplit(text).path if _SCHEME.match(text) else text):
        fields.problem(name, "permalink", f"{name} {text[:80]!r} {fault}", "write a path, such as /2026/hello/")
        return None
    if len(text) > fields.config.posts.limits.link_characters:
        fields.problem(name, "link-too-long", f"{name} is too long", "posts.limits.link_characters is the limit")
        return None
    if not _SCHEME.match(text):
        text = _expand(text, slug, date)
        return None if _PLACEHOLDER.search(text) else join(fields.config.site.url, _dashed(text))
    parts, home = urlsplit(text), urlsplit(fields.config.site.url)
    if parts.scheme in ("http", "https") and (parts.hostname or "") == home.hostname and parts.port == home.port:
        return join(f"{home.scheme}://{home.netloc}", parts.path + (f"?{parts.query}" if parts.query else ""))
    message = f"{name} {text[:80]!r} is not on the site's own host {home.hostname}"
    if name == "permalink" or parts.scheme not in ("http", "https"):
        fields.problem(name, "permalink-elsewhere", message, "write a path; source_url says where it first appeared")
    else:  # a link blog's `url` names what the post is about
        fields.problem(name, "permalink-elsewhere", message, "write it as source_url", "warning")
    return None


def _address_fault(text: str) -> str:
    if text.startswith(("//", "/\\", "\\")) or "\\" in text:
        return "names another host, or has a backslash"
    if not _SCHEME.match(text):
        return ""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return "is no URL"
    if parts.username is not None or parts.password is not None:
        return "has user information before its host"
    return ""


def _expand(text: str, slug: str, date: datetime) -> str:
    """Return Jekyll's and Hugo's `:year/:month/:title` filled in."""
    if ":" not in text:
        return text
    words = {"year": f"{date:%Y}", "month": f"{date:%m}", "day": f"{date:%d}", "title": slug, "slug": slug}
    words |= {"i_month": str(date.month), "i_day": str(date.day), "short_year": f"{date:%y}", "y_day": f"{date:%j}"}
    words |= {"filename": slug, "slugorfilename": slug, "categories": "", "output_ext": ".html"}
    return _PLACEHOLDER.sub(lambda m: words.get(m[1], m[0]), text)
