"""A content file as a `Post`: which keys mean what, in every dialect.

`read` is a pure function of the bytes, the path and the configuration, never raises for what a file says, and reports
everything that is wrong in one go. docs/front-matter.md shows the keys; the tables below are where they come from.
"""

import functools
import html
from datetime import UTC, datetime, tzinfo
from html.entities import html5
from typing import Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec

from digest.cache.fingerprint import content_hash
from digest.collector.dates import DateError, read_date
from digest.collector.fields import Fields, as_flag, as_list, part_of
from digest.collector.media import authors_of, enclosure_of, image_of
from digest.collector.paths import Place, date_in, date_of, language_tag, place
from digest.collector.permalinks import permalink_of, slug_of
from digest.collector.post import UNDATED, Post, clean_text
from digest.collector.source import Source, problem_of, split
from digest.collector.tags import tags_of
from digest.collector.title import title_of
from digest.config.schema import Config
from digest.frontmatter.header import HeaderError, Value
from digest.patterns import pattern
from digest.problems import Problem, Severity

UNPUBLISHED = frozenset(("draft", "pending", "unpublished"))
UNLISTED = frozenset(("private", "hidden", "unlisted"))  # of WordPress and Nikola, Pelican, Docusaurus
_DATE_PARTS = ("created", "date", "published", "publish", "publishdate", "pubdate", "start")
_UPDATED_PARTS = ("updated", "modified", "lastmod", "lastmodified", "date")

_LAYOUTS: dict[str, Literal["featured", "compact", "title"]] = {
    "featured": "featured",
    "compact": "compact",
    "title": "title",
}
_ENTITY = pattern(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_COUNTRIES = frozenset(("at", "au", "cn", "cz", "dk", "gb", "gr", "hk", "jp", "mx", "nz", "tw", "ua", "us"))  # no tag
_DIGIT = pattern(r"\d{2}")


def read(path: str, data: bytes, config: Config) -> tuple[Post | None, tuple[Problem, ...]]:
    """Return the post that a file holds, and what is wrong with it. The post is None when a problem is an error.

    `path` is relative to the site's folder, with forward slashes; `data` are the file's bytes.
    """
    try:
        source = split(data, config)
    except HeaderError as error:
        return None, (problem_of(path, error),)
    fields = Fields.of(path, config, source.header)
    post = msgspec.structs.replace(_post(fields, source), source_hash=content_hash(data))
    if fields.problems:
        return (None if fields.broken else post), tuple(fields.problems)
    return post, ()


def _post(fields: Fields, parts: Source) -> Post:
    config, given, values = fields.config, fields.given, fields.values
    where = place(fields.path, config)
    draft = _draft(fields, where)
    date = _date(fields, draft=draft)
    language = _language(fields, where)
    slug, slug_path = slug_of(fields, where) if "slug" in values else (where.slug, "")
    url = permalink_of(fields, where, slug, slug_path, date, language)
    if "template" in values:
        _check_template(fields)
    source_url = _source(fields) if given["source"] or "url" in values else ""
    typed_title = fields.text("title")
    title = _title(fields, where, parts.body, typed_title)
    return Post(  # by position, in the order of `Post`: so many names would cost as much as reading a date
        fields.path,
        (fields.text("id") or url) if given["id"] else url,
        url,
        date,
        draft,
        _unlisted(fields),
        _moment(fields, "updated", _UPDATED_PARTS, severity="warning"),
        _publish(fields, date) if given["publish"] else None,
        _moment(fields, "expires", (), severity="error") if given["expires"] else None,
        tags_of(fields, where),
        language,
        image_of(fields, url),
        enclosure_of(fields, url),
        _pinned(fields) if "digest" in values else "",
        (fields.flag("resend") or False) if "resend" in values else False,
        slug,
        title,
        parts.start,
        parts.line,
        authors_of(fields),
        _unescape(fields.text("summary")),
        source_url,
        _source_title(fields) if source_url else "",
        _aliases(fields) if given["aliases"] else (),
        _LAYOUTS.get(fields.text("layout").lower(), "") if "layout" in values else "",
        fields.flag("fulltext") if "fulltext" in values else None,
        typed_title if typed_title and typed_title != title else "",
    )


# --- title


def _title(fields: Fields, where: Place, body: str, typed: str) -> str:
    value = fields.values.get("title")
    if isinstance(value, list | dict) and value:
        fields.problem("title", "title-not-text", "the title is a list or a table", "write one text, in quotes")
        return ""
    title = _unescape(typed)
    if not title and where.jekyll and where.dated_name:  # whatever headings it has: Document#populate_title
        title = " ".join(word.capitalize() for word in where.slug.split("-") if word)
    elif not title:
        title = title_of(body)
    limit = fields.config.posts.limits.title_characters
    if len(title) > limit:
        hint = "posts.limits.title_characters is the limit"
        message = f"the title is longer than {limit:,} characters"
        fields.problem("title" if value else "", "title-too-long", message, hint)
    return title


def _unescape(text: str) -> str:
    """Return `text` with its HTML entities as the characters they mean; what is no entity stays as typed."""
    return clean_text(_ENTITY.sub(lambda match: _character(match[0]), text)) if "&" in text else text


@functools.lru_cache(maxsize=1024)
def _character(entity: str) -> str:
    return html.unescape(entity) if entity[1] == "#" or entity[1:] in html5 else entity


# --- dates


@functools.lru_cache(maxsize=64)
def zone_of(name: str) -> tzinfo:
    """Return the time zone of an IANA name."""
    return UTC if name == "UTC" else ZoneInfo(name)


def _date(fields: Fields, *, draft: bool) -> datetime:
    for name in fields.given["date"]:
        value = fields.values[name]
        if isinstance(value, dict):
            value = part_of(value, _DATE_PARTS)
        if not value or (name.startswith("publish") and isinstance(value, str) and not _DIGIT.search(value)):
            continue  # yes, no, or a state such as draft
        return _parse(fields, name, value) or UNDATED
    path_value = fields.values.get("path")
    from_path = date_in(path_value) if isinstance(path_value, str) else ""
    for name, written in (("path", from_path), ("", "" if from_path else date_of(fields.path, fields.config))):
        if written:
            return _parse(fields, name, written) or UNDATED
    for name in ("lastmod", "modified"):  # as Hugo's [frontmatter] says where a site does not
        if isinstance(value := fields.values.get(name), str) and value:
            return _parse(fields, name, value) or UNDATED
    if not draft:
        hint = "add a line such as date: 2026-11-18; or, if it is no post, add its name to posts.ignore"
        fields.problem("", "missing-date", "the post has no date", hint)
    return UNDATED


def _parse(fields: Fields, name: str, value: Value, severity: Literal["error", "warning"] = "error") -> datetime | None:
    if not isinstance(value, str):
        message = f"{fields.key(name)} is a list or a table, not a date"
        fields.problem(name, "unreadable-date", message, severity=severity)
        return None
    try:
        moment, warnings = read_date(value, zone_of(fields.config.site.timezone))
    except DateError as error:
        fields.problem(name, error.code, str(error), error.hint, severity)
        return None
    for warning in warnings:
        fields.problem(name, warning.code, warning.message, warning.hint, "warning")
    return moment


def _moment(
    fields: Fields, field: str, parts: tuple[str, ...], severity: Literal["error", "warning"]
) -> datetime | None:
    if not fields.given[field] and not (parts and isinstance(fields.values.get("date"), dict)):
        return None
    for name in (*fields.given[field], "date" if parts else ""):
        value = fields.values.get(name)
        if isinstance(value, dict):
            value = part_of(value, parts[:-1] if name == "date" else parts)
        elif name == "date":
            continue
        if not value or as_flag(value) is not None:
            continue
        return _parse(fields, name, value, severity)
    return None


def _publish(fields: Fields, date: datetime) -> datetime | None:
    moment = _moment(fields, "publish", (), severity="error")
    return None if moment == date else moment


# --- language, draft


def _language(fields: Fields, where: Place) -> str:
    name, value = fields.first("language")
    if isinstance(value, list):
        value = value[0]
    if isinstance(value, str) and value.strip():
        tag = language_tag(value)
        if tag:
            return tag
        word = value.strip().lower()
        passed = word in _COUNTRIES or (name == "language" and word.isalpha() and len(word) > 3)  # Python, English
        severity: Severity = "warning" if passed else "error"
        message = f"{clean_text(value)[:40]!r} is no language"
        fields.problem(name, "unknown-language", message, "write a tag such as en, zh-CN or pt-BR", severity)
    return where.language or fields.config.site.language


def _draft(fields: Fields, where: Place) -> bool:
    """Return whether the post is kept back: `draft`, `published: false`, `status`, a folder of drafts."""
    if fields.given["draft"] and fields.flag("draft"):
        return True
    if where.draft or ("published" in fields.values and as_flag(fields.values["published"]) is False):
        return True
    return ("status" in fields.values and fields.text("status").lower() in UNPUBLISHED) or _tagged(fields, "draft")


def _unlisted(fields: Fields) -> bool:
    """Return whether readers find the post by its address only: in no list, so in no feed and no digest either."""
    if "unlisted" in fields.values and as_flag(fields.values["unlisted"]) is True:
        return True
    return ("status" in fields.values and fields.text("status").lower() in UNLISTED) or _tagged(fields, "private")


def _tagged(fields: Fields, state: str) -> bool:
    """Return whether Nikola is told the post's state by a tag."""
    if fields.header.dialect != "nikola":
        return False
    return state in (tag.strip() for tag in fields.text("tags").lower().split(","))


# --- the rest


def _check_template(fields: Fields) -> None:
    """Report a template that a post chooses outside the site's own folder of templates."""
    template = fields.text("template")
    if template and (template[0] in "/\\" or ".." in template.replace("\\", "/").split("/")):
        message = f"template {template[:60]!r} leads out of the templates' folder"
        fields.problem("template", "path-outside", message, "posts choose no templates; delete the line")


def _source(fields: Fields) -> str:
    text = fields.text("source")
    if not text and not fields.broken:
        text = fields.text("url")
    if not text:
        return ""
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    usable = parts.scheme in ("http", "https") and parts.hostname and "\\" not in text and " " not in text
    if not usable or parts.hostname == urlsplit(fields.config.site.url).hostname:
        return ""
    return text if len(text) <= fields.config.posts.limits.link_characters else ""


def _source_title(fields: Fields) -> str:
    name = fields.values.get("source")
    return fields.text("sourcetitle") or (clean_text(name) if isinstance(name, str) else "")


def _pinned(fields: Fields) -> Literal["", "pin", "skip"]:
    """Return whether the post goes into the next edition in any case, or into none."""
    word = fields.text("digest").lower()
    return "skip" if word in ("skip", "false", "no") else "pin" if word == "pin" else ""


def _aliases(fields: Fields) -> tuple[str, ...]:
    value = fields.first("aliases")[1]
    if not value:
        return ()
    texts = (clean_text(item) for item in as_list(value) if isinstance(item, str))
    return tuple(dict.fromkeys(text for text in texts if text))
