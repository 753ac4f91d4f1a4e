"""Read a content file as a `Post`: one small function for each field.

`read` is a pure function of the bytes, the path and the configuration. It never raises for the content of a file, and
reports all problems at once. `dates`, `tags`, `media`, `permalinks` and `paths` read their fields; `keys` has the names
of the fields.
"""

import html
import re
from datetime import datetime
from html.entities import html5
from typing import Literal, get_args

from msgspec import structs

from digest.collector.dates import date_of, expires_of, publish_of, updated_of, zone_of
from digest.collector.episode import episode_of
from digest.collector.fields import NO, YES, Fields, as_flag, as_list
from digest.collector.keys import canonical
from digest.collector.media import authors_of, enclosures_of, image_of, web_host
from digest.collector.paths import COUNTRIES, Place, language_tag, place
from digest.collector.permalinks import address_of, alias_url
from digest.collector.post import (
    UNDATED,
    Layout,
    Post,
    clean_text,
    is_media,
    without_invisible,
    without_isolates,
)
from digest.collector.scan import content_folder
from digest.collector.source import Source, hash_of_source, is_restructured, problem_of, split
from digest.collector.syndication import categories_of, comments_of, full_text_of, is_in_feeds
from digest.collector.tags import is_tagged, tags_of
from digest.collector.title import title_of, with_emoji
from digest.config.schema import Config
from digest.frontmatter import Header, HeaderError
from digest.generators import PostSource
from digest.problems import Problem, Severity, did_you_mean

UNPUBLISHED = frozenset(("draft", "pending", "unpublished"))
UNLISTED = frozenset(("private", "hidden", "unlisted"))  # of WordPress and Nikola, Pelican, Docusaurus
_Wish = Literal["", "pin", "skip"]
_WISHES: dict[str, _Wish] = {
    "pin": "pin",
    "skip": "skip",
    **dict[str, _Wish].fromkeys(NO, "skip"),
    **dict[str, _Wish].fromkeys(YES, ""),
}
_LAYOUTS: dict[str, Layout] = {layout: layout for layout in get_args(Layout)}
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")


def read(
    path: str, data: bytes, config: Config, undated: datetime | None = None, header_beside: bytes = b""
) -> tuple[Post | None, tuple[Problem, ...]]:
    """Return the post in a file, and its problems. The post is None when a problem is an error.

    `path` is relative to the site's folder, with forward slashes; `data` is the content of the file. `undated` is the
    date (aware) of a post that has none, `header_beside` the content of the file that has its front matter, if any.
    """
    try:
        source = split(data, config, restructured=is_restructured(path, config), header_beside=header_beside)
    except HeaderError as error:
        return None, (problem_of(path, error),)
    fields = Fields(path, config, _completed(source.header, path, config))
    post = _post(fields, source, hash_of_source(data, header_beside), undated)
    return (None if fields.broken else post), tuple(fields.problems)


def _completed(header: Header, path: str, config: Config) -> Header:
    """Return a header with what the site's generator adds to it."""
    if config.generator is None:
        return header
    values = config.generator.front_matter(path, header.values)
    return header if values is header.values else structs.replace(header, values=dict(values))


def _post(fields: Fields, source: Source, source_hash: bytes, undated: datetime | None) -> Post:
    where = place(fields.path, fields.config)
    draft = _draft(fields, where)
    date = date_of(fields, draft=draft, undated=undated)
    language = _language(fields, where)
    title = _title(fields, where, source.body)
    url, slug = address_of(fields, where, _post_source(fields, source.body, title, date, language))
    aliases = _aliases(fields)
    typed_title = fields.text("title")
    source_url = _source_url(fields)
    enclosures, enclosure_sources = enclosures_of(fields, url)
    comments_url, has_comments = comments_of(fields, url)
    _check_template(fields)
    _check_link(fields)
    return Post(
        path=fields.path,
        id=_id(fields) or next(iter(aliases), url),
        url=url,
        date=date,
        draft=draft,
        unlisted=_unlisted(fields),
        updated=updated_of(fields),
        publish=publish_of(fields, date),
        expires=expires_of(fields),
        shown_early=fields.config.generator is not None and fields.config.generator.shows_future_posts,
        tags=tags_of(fields, where),
        language=language,
        image=image_of(fields, url),
        enclosure=next(iter(enclosures), None),
        digest=_digest(fields),
        resend=fields.flag("resend", "warning") or False,
        slug=slug,
        title=title,
        body_start=source.start,
        body_line=source.line,
        authors=authors_of(fields),
        summary=_unescape(fields.text("summary")),
        source_url=source_url,
        source_title=_source_title(fields) if source_url else "",
        aliases=aliases,
        layout=_LAYOUTS.get(fields.text("layout").lower(), ""),
        full_text=full_text_of(fields),
        typed_title="" if typed_title == title else typed_title,
        restructured=is_restructured(fields.path, fields.config),
        source_hash=source_hash,
        in_feeds=is_in_feeds(fields),
        more_enclosures=enclosures[1:],
        enclosure_sources=enclosure_sources,
        episode=episode_of(fields, url) if any(map(is_media, enclosures)) else None,
        comments_url=comments_url,
        has_comments=has_comments,
        categories=categories_of(fields, where),
    )


def _post_source(fields: Fields, body: str, title: str, date: datetime, language: str) -> PostSource:
    """Return what the address of the post may depend on."""
    config = fields.config
    return PostSource(
        path=fields.path,
        content=content_folder(config),
        header=fields.header.values,
        title=without_isolates(title),
        body=body,
        date=None if date == UNDATED else date,
        zone=zone_of(config.site.timezone),
        language=language,
        site_language=config.site.language,
    )


def _id(fields: Fields) -> str:
    """Return the post's own id; a bare number, which other sites have too, is a warning."""
    key, _ = fields.first("id")
    own = fields.text("id")
    if own.isdecimal():
        message = f"{key}: {own} is a number; feeds have it as {fields.config.site.url}#{own}"
        fields.problem(key, "numeric-id", message, "fine while no two posts have one number", "warning")
    return own


def _title(fields: Fields, where: Place, body: str) -> str:
    """Return the post's title; empty when it has none. An invalid one is a problem."""
    key, value = fields.first("title")
    if isinstance(value, list | dict):
        fields.problem(key, "title-not-text", "the title is a list or a table", "write one text, in quotes")
        return ""
    title = _unescape(fields.text("title"))
    if not title and where.jekyll and where.dated_name:  # even if it has headings: Jekyll's Document#populate_title
        title = " ".join(word.capitalize() for word in where.slug.split("-") if word)
    elif not title:
        title = "" if is_restructured(fields.path, fields.config) else title_of(body)
    return _cut_title(fields, key, with_emoji(without_invisible(title)))


def _cut_title(fields: Fields, key: str, title: str) -> str:
    """Return the title, cut at the limit with a warning; one of over ten times the limit is an error."""
    limit = fields.config.posts.limits.title_characters
    if len(title) <= limit:
        return title
    severity: Severity = "warning" if len(title) <= 10 * limit else "error"
    message = f"the title has {len(title):,} characters; at most {limit:,} are shown"
    fields.problem(key, "title-too-long", message, "posts.limits.title_characters is the limit", severity)
    return title[: limit - 1].rstrip() + "…"


def _unescape(text: str) -> str:
    """Return `text` with its HTML entities decoded; unknown ones stay as typed."""
    return clean_text(_ENTITY.sub(_character, text)) if "&" in text else text


def _character(entity: re.Match[str]) -> str:
    is_known = entity[0][1] == "#" or entity[0][1:] in html5
    return html.unescape(entity[0]) if is_known else entity[0]


def _draft(fields: Fields, where: Place) -> bool:
    """Return whether the post is kept back: `draft`, `published: false`, `status`, a folder of drafts."""
    return (
        fields.flag("draft") is True
        or where.draft
        or as_flag(fields.value("published")) is False
        or fields.text("status").lower() in UNPUBLISHED
        or is_tagged(fields, "draft")
    )


def _unlisted(fields: Fields) -> bool:
    """Return whether the post is only reachable by its address, and so in no list, feed or digest."""
    return (
        as_flag(fields.value("unlisted")) is True
        or fields.text("status").lower() in UNLISTED
        or is_tagged(fields, "private")
    )


def _language(fields: Fields, where: Place) -> str:
    """Return the language of the front matter, else of the path, else of the site. An invalid one is a problem."""
    key, value = fields.first("language")
    text = as_list(value)[0] if value else None
    if isinstance(text, str) and text.strip():
        tag = language_tag(text)
        if tag:
            return tag
        word = text.strip().lower()
        meant = COUNTRIES.get(word, "")
        if meant:
            message = f"{clean_text(text)!r} is a country; it is read as {meant}"
            fields.problem(key, "unknown-language", message, f"write {meant}", "warning")
            return meant
        is_programming = canonical(key) == "language" and word.isalpha() and len(word) > 3  # Python, also English
        severity: Severity = "warning" if is_programming else "error"
        message = f"{clean_text(text)[:40]!r} is no language"
        fields.problem(key, "unknown-language", message, "write a tag such as en, zh-CN or pt-BR", severity)
    return where.language or fields.config.site.language


def _digest(fields: Fields) -> _Wish:
    """Return what the post wants of digests; an unknown word keeps it out of them, with a warning."""
    key, value = fields.first("digest")
    word = value.strip().lower() if isinstance(value, str) else ""
    if not key or word in _WISHES:
        return _WISHES.get(word, "")
    shown = repr(clean_text(value)[:40]) if isinstance(value, str) else "a list or a table"
    message = f"{key} is {shown}, so the post is in no digest"
    near = did_you_mean(word, ("pin", "skip"))
    fields.problem(key, "unknown-value", message, near or "write pin, skip, or delete the line", "warning")
    return "skip"


def _check_template(fields: Fields) -> None:
    """Report a `template` key whose path leads out of the templates' folder."""
    key, _ = fields.first("template")
    template = fields.text("template")
    if template.startswith(("/", "\\")) or ".." in template.replace("\\", "/").split("/"):
        message = f"template {template[:60]!r} leads out of the templates' folder"
        fields.problem(key, "path-outside", message, "posts choose no templates; delete the line")


def _check_link(fields: Fields) -> None:
    """Warn of a `link` to another host, which says neither where the post stands nor where it first appeared."""
    key, value = fields.single("link")
    host = web_host(clean_text(value)) if isinstance(value, str) else ""
    if host not in ("", web_host(fields.config.site.url)):
        message = f"{key} leads to {host}, and is passed over"
        fields.problem(key, "link-elsewhere", message, "source_url says where a post first appeared", "warning")


def _source_url(fields: Fields) -> str:
    """Return where the post first appeared, when on another host; also from a link blog's `url`."""
    text = without_isolates(fields.text("source"))
    if not text and not fields.broken:
        text = without_isolates(fields.text("url"))
    if not text or len(text) > fields.config.posts.limits.link_characters:
        return ""
    is_elsewhere = web_host(text) not in ("", web_host(fields.config.site.url))
    return text if is_elsewhere else ""


def _source_title(fields: Fields) -> str:
    name = fields.value("source")
    return fields.text("sourcetitle") or (clean_text(name) if isinstance(name, str) else "")


def _aliases(fields: Fields) -> tuple[str, ...]:
    """Return the addresses at which the post stood before, as absolute URLs; those on another host are left out."""
    _, value = fields.first("aliases")
    texts = [without_isolates(clean_text(item)) for item in as_list(value) if isinstance(item, str)]
    urls = [alias_url(text, fields.config.site.url) for text in texts]
    return tuple(dict.fromkeys(filter(None, urls)))
