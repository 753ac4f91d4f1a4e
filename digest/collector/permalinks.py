"""A post's slug and permalink: from its front matter when that is safe, else from the site's pattern.

A slug or permalink must not point to another host, leave the output folder when a page or a note is written by slug
(CWE-22; Jekyll 1.4.3's fix), or be a name that a file system reserves (Windows' devices).
"""

import re
import unicodedata
from datetime import datetime
from pathlib import PurePosixPath
from typing import NamedTuple
from urllib.parse import SplitResult, quote, unquote, urlsplit
from zoneinfo import ZoneInfo

from digest.collector.fields import Fields, as_flag
from digest.collector.keys import canonical
from digest.collector.paths import Place, date_of_file, place, url_folder
from digest.collector.post import UNDATED, WINDOWS_NAMES, clean_text, slugify, without_isolates
from digest.collector.scan import content_folder
from digest.config.schema import DEFAULT_PERMALINK, Config
from digest.frontmatter import Value
from digest.generators import GENERATORS, AddressError, Generator, PostSource
from digest.generators.jekyll import PLACEHOLDER

MAX_SLUG_BYTES = 200
_DEFAULT_PORTS = {"http": 80, "https": 443}
RESERVED = frozenset(("index", "feed", "atom", "rss", "digest"))

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
SLASHES = re.compile(r"/{2,}")
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_PATTERN_PART = re.compile(r"\{([a-z]+)\}")  # of site.permalink
_DATE_WORDS = {
    "year": "%Y", "month": "%m", "day": "%d", "hour": "%H", "minute": "%M", "second": "%S", "short_year": "%y",
    "y_day": "%j",
}  # fmt: skip
_JEKYLL_STYLES = frozenset(("pretty", "date", "none", "ordinal", "weekdate"))


class Slug(NamedTuple):
    """A post's slug, and the path it asks for when it has slashes (Docusaurus's `slug: /2026/hello`)."""

    name: str
    path: str = ""


def slug_of(fields: Fields, where: Place) -> Slug:
    """Return the slug of the front matter when it is valid, else that of the path."""
    key, value = fields.first("slug")
    if not value:
        return Slug(where.slug)
    if not isinstance(value, str):
        fields.problem(key, "slug", "slug is a list or a table", "write one text")
        return Slug(where.slug)
    text = _without_outer_spaces(without_isolates(clean_text(value)))
    name = text.strip("/")
    fault = _slug_fault(value, text)
    if fault:
        fields.problem(key, "slug", f"slug {text[:80]!r} {fault}", "write letters, digits and hyphens")
    elif name.lower() in RESERVED:
        fields.problem(key, "slug-reserved", f"slug {name!r} is the name of an output file", "choose another slug")
    elif name:
        return Slug(name, text if "/" in text else "")
    return Slug(where.slug)


def _slug_fault(typed: str, text: str) -> str:
    """Return why a slug is not valid, as the end of a sentence; empty if it is. `text` is the clean one."""
    if _CONTROL.search(typed.strip()):
        return "has a control character"
    if text.startswith("/") and text.strip("/"):
        return path_fault(text) or "begins with a slash; a path from the site's root is a permalink"
    return path_fault(text)


def address_of(fields: Fields, where: Place, post: PostSource) -> tuple[str, str]:
    """Return the post's absolute URL, percent-encoded, and its slug, by the site's generator or by its own pattern."""
    generator = generator_in_force(fields.config)
    if generator is not None:
        url = _generator_url(fields, generator, post)
        return url, unquote(url).rstrip("/").rpartition("/")[2].removesuffix(".html")
    slug = slug_of(fields, where)
    return permalink_of(fields, where, slug, post), slug.name


def generator_in_force(config: Config) -> Generator | None:
    """Return the site's generator when addresses are as it makes them; None for a pattern of the site's own."""
    permalink = config.site.permalink
    is_own_pattern = isinstance(permalink, dict) or permalink not in ("", *GENERATORS)
    return None if is_own_pattern else config.generator


def permalink_of(fields: Fields, where: Place, slug: Slug, post: PostSource) -> str:
    """Return the URL by the site's own pattern. A front-matter permalink that cannot be used is a problem."""
    site = fields.config.site
    date = post.date or UNDATED
    for key, value in fields.given("permalink"):
        if as_flag(value) is None:
            url = _given_url(fields, key, value, slug, date)
            if url:
                return url
    if slug.path:
        folder = "" if slug.path.startswith("/") else url_folder(where.folders, date)
        return _page_url(site.url, _without_delimiters(f"{folder}/{slug.path}"))
    return _url_by_pattern(fields.config, where, slug, post)


def _url_by_pattern(config: Config, where: Place, slug: Slug, post: PostSource) -> str:
    site = config.site
    pattern = _pattern_for(site.permalink, post.below_content)
    path = _PATTERN_PART.sub(lambda part: _pattern_part(part[1], where, slug, post), pattern)
    if where.language not in ("", site.language) and "{language}" not in pattern:
        path = f"{where.language.lower()}/{path}"  # else translations would share one address
    return _page_url(site.url, path)


def likely_url(config: Config, path: str, language: str) -> str:
    """Return the URL that a post in the file at `path`, relative to the site's folder, has without front matter.

    Empty when the address needs a date that the path does not have.
    """
    where = place(path, config)
    date = _date_of_path(path, config)
    post = PostSource(
        path=path,
        content=content_folder(config),
        header={},
        title="",
        body="",
        date=date,
        zone=ZoneInfo(config.site.timezone),
        language=language,
        site_language=config.site.language,
    )
    generator = generator_in_force(config)
    if generator is not None:
        try:
            return _page_url(config.site.url, generator.address(post))
        except AddressError:
            return ""
    pattern = _pattern_for(config.site.permalink, post.below_content)
    if date is None and any(f"{{{word}}}" in pattern for word in _DATE_WORDS):
        return ""
    return _url_by_pattern(config, where, Slug(where.slug), post)


def _date_of_path(path: str, config: Config) -> datetime | None:
    """Return the day in a path, midnight in the site's zone; None without one."""
    written = date_of_file(path, config)
    if not written:
        return None
    year, month, day = map(int, written.split("-"))
    try:
        return datetime(year, month, day, tzinfo=ZoneInfo(config.site.timezone))
    except ValueError:  # no day that exists
        return None


def alias_url(alias: str, site: str) -> str:
    """Return the absolute URL of an address that a post had before, a path or a URL; empty when it is not on `site`."""
    if alias.startswith("//") or path_fault(alias):
        return ""
    if not _SCHEME.match(alias):
        return _page_url(site, alias) if alias.strip("/") else ""
    return alias if alias.startswith(site) and alias != site else ""


def _generator_url(fields: Fields, generator: Generator, post: PostSource) -> str:
    """Return the URL that the site's generator gives a post. One that cannot be used is a problem."""
    base = fields.config.site.url
    key = next((key for key in ("permalink", "url", "slug") if key in post.header), "")
    try:
        address = generator.address(post)
    except AddressError as error:
        fields.problem(key, "permalink", str(error), error.hint)
        return base
    if _SCHEME.match(address):
        scheme, _, rest = address.partition("://")
        host, _, path = rest.partition("/")
        base, address = f"{scheme}://{host}/", path
    fault = _generated_path_fault(address)
    if fault:
        fields.problem(key, "permalink", f"the address {address[:80]!r} {fault}", "write letters, digits and hyphens")
        return base
    return base.rstrip("/") + quote(f"/{address.removeprefix('/')}", safe="/~!$&'()*+,;=:@", errors="replace")


def _generated_path_fault(path: str) -> str:
    """Return why a generator's path is not valid below the site's address, as the end of a sentence; empty if it is."""
    if "\\" in path:
        return "has a backslash"
    if _CONTROL.search(path):
        return "has a control character"
    is_elsewhere = any(name and not name.strip(".") for name in path.split("/"))
    return "has a part of dots only" if is_elsewhere else ""


def _pattern_for(permalink: str | dict[str, str], path: PurePosixPath) -> str:
    """Return the pattern for the post at `path` below the content folder: that of the nearest folder that has one."""
    if isinstance(permalink, str):
        return permalink or DEFAULT_PERMALINK
    for folder in path.parents:
        if folder.as_posix() in permalink:
            return permalink[folder.as_posix()]
    return permalink.get("*", DEFAULT_PERMALINK)


def join(base: str, path: str) -> str:
    """Return the URL of `path` below the site's address, percent-encoded (RFC 3986), without empty parts."""
    path = unicodedata.normalize("NFC", SLASHES.sub("/", f"/{path}"))
    quoted = quote(_STRAY_PERCENT.sub("%25", path), safe="/~!$&'()*+,;=:@%?#", errors="replace")
    return base.rstrip("/") + quoted


def _pattern_part(name: str, where: Place, slug: Slug, post: PostSource) -> str:
    """Return the value of a placeholder of `site.permalink`; an unknown one stays as typed."""
    date = post.date or UNDATED
    if name in _DATE_WORDS:
        return date.strftime(_DATE_WORDS[name])
    return _without_delimiters(_word(name, where, slug, post))


def _word(name: str, where: Place, slug: Slug, post: PostSource) -> str:
    """Return the value of a placeholder that is no date."""
    match name:
        case "slug":
            return slug.name
        case "folder":
            return url_folder(where.folders, post.date or UNDATED)
        case "section":
            return "".join(where.folders[:1])
        case "title":
            return slugify(post.title) or slug.name
        case "filename":
            return post.stem
        case "categories":
            return "/".join(map(slugify, [*post.texts("categories"), *post.texts("category")]))
        case "language":
            return post.language
        case _:
            return f"{{{name}}}"


def _without_delimiters(path: str) -> str:
    """Return `path` with the characters encoded that would begin a query or a fragment (RFC 3986, section 3)."""
    return path.replace("?", "%3F").replace("#", "%23")


def path_fault(text: str) -> str:
    """Return why `text` is not a valid path below the site's address, as the end of a sentence; empty if it is."""
    plain = text
    for _ in range(3):  # also when encoded twice
        encoded, plain = plain, unquote(plain)
        if encoded.count("/") != plain.count("/"):
            return "has an encoded slash"
    folded = unicodedata.normalize("NFKC", plain)  # ／ and ．．, which some systems take for / and ..
    if folded.count("/") != plain.count("/"):
        return "has a sign that some systems take for a slash"
    if "\\" in folded:
        return "has a backslash"
    if _CONTROL.search(plain) or "\ufffd" in plain:
        return "has a control character or is not UTF-8"
    return next(filter(None, map(_name_fault, folded.split("/"))), "")


def _name_fault(name: str) -> str:
    """Return why one part of a path is not valid; empty if it is."""
    if name.strip() and not name.strip(" ."):
        return "has a part of dots only"
    if name.endswith("."):
        return "has a part that ends in a dot, which Windows cuts off"
    if name.split(".")[0].strip().lower() in WINDOWS_NAMES:
        return "is a device's name on Windows"
    if len(name.encode("utf-8", "replace")) > MAX_SLUG_BYTES:
        return f"has a part longer than {MAX_SLUG_BYTES} bytes"
    return ""


def _without_outer_spaces(path: str) -> str:
    """Return `path` without white space around a name."""
    return "/".join(map(str.strip, path.split("/")))


def _page_url(base: str, path: str) -> str:
    """Return the URL of a page, with hyphens for white space inside names, as Hugo and Jekyll do."""
    return join(base, "-".join(_without_outer_spaces(path).split()))


def _given_url(fields: Fields, key: str, value: Value, slug: Slug, date: datetime) -> str:
    """Return the URL that a key of the front matter gives; empty to use the site's pattern."""
    if not isinstance(value, str):
        fields.problem(key, "permalink", f"{key} is a list or a table", "write one text")
        return ""
    text = without_isolates(clean_text(value))
    if text.lower() in _JEKYLL_STYLES:
        return ""
    if "{{" in text or "{%" in text:
        message = f"{key} is a template, which posts cannot have"
        fields.problem(key, "permalink-template", message, "the site's pattern is used", "warning")
        return ""
    if fault := _address_fault(text):
        fields.problem(key, "permalink", f"{key} {text[:80]!r} {fault}", "write a path, such as /2026/hello/")
        return ""
    if len(text) > fields.config.posts.limits.link_characters:
        fields.problem(key, "link-too-long", f"{key} is too long", "posts.limits.link_characters is the limit")
        return ""
    if _SCHEME.match(text):
        return _own_url(fields, key, text)
    path = _expand(text, slug.name, date)
    return "" if PLACEHOLDER.search(path) else _page_url(fields.config.site.url, path)


def _own_url(fields: Fields, key: str, text: str) -> str:
    """Return an absolute URL on the site's host; empty for another host, which is a problem."""
    url, home = urlsplit(text), urlsplit(fields.config.site.url)
    is_web = url.scheme in ("http", "https")
    if is_web and url.hostname == home.hostname and _port(url) == _port(home):
        return join(f"{home.scheme}://{home.netloc}", f"{url.path}?{url.query}" if url.query else url.path)
    message = f"{key} {text[:80]!r} is not on the site's own host {home.hostname}"
    if canonical(key) == "permalink" or not is_web:
        fields.problem(key, "permalink-elsewhere", message, "write a path; source_url says where it first appeared")
    else:  # a link blog's `url` names what the post is about
        fields.problem(key, "permalink-elsewhere", message, "write it as source_url", "warning")
    return ""


def _port(url: SplitResult) -> int | None:
    """Return the port of `url`; None for the default of its scheme, written or not."""
    return None if url.port == _DEFAULT_PORTS.get(url.scheme) else url.port


def _address_fault(text: str) -> str:
    """Return why a path or an absolute URL is not valid, as the end of a sentence; empty if it is."""
    if text.startswith("//") or "\\" in text:
        return "names another host, or has a backslash"
    if not _SCHEME.match(text):
        return path_fault(text)
    try:
        url = urlsplit(text)
        _ = url.port
    except ValueError:
        return "is no URL"
    if url.username is not None or url.password is not None:
        return "has user information before its host"
    return path_fault(url.path)


def _expand(text: str, slug: str, date: datetime) -> str:
    """Replace Jekyll's and Hugo's placeholders, such as `:year/:month/:title`."""
    words = {word: date.strftime(form) for word, form in _DATE_WORDS.items()}
    words |= {"i_month": str(date.month), "i_day": str(date.day), "categories": "", "output_ext": ".html"}
    words |= dict.fromkeys(("title", "slug", "filename", "slugorfilename"), slug)
    return PLACEHOLDER.sub(lambda word: words.get(word[1], word[0]), text)
