"""What a feed must keep to: the rules of RSS 2.0, RFC 4287, RFC 5005, JSON Feed 1.1 and of the W3C's feed validator."""

import json
import re
import uuid
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import html5lib
from lxml import etree

from digest.config import Format

NAMESPACES = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "creativeCommons": "http://backend.userland.com/creativeCommonsRssModule",
    "dc": "http://purl.org/dc/elements/1.1/",
    "fh": "http://purl.org/syndication/history/1.0",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "media": "http://search.yahoo.com/mrss/",
    "podcast": "https://podcastindex.org/namespace/1.0",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
}
_PREFIXES = {uri: prefix for prefix, uri in NAMESPACES.items()}
_URI = re.compile(r"https?://[A-Za-z0-9.-]+(:\d+)?(/[A-Za-z0-9;/?:@&=+$.\-_!~*'()%,#]*)?")
_RFC822 = re.compile(
    r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d [+-]\d\d[03]0"
)
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)")
_BAD = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_MIME = re.compile(r"[\w.+-]+/[\w.+-]+")
_ONCE = {
    "title",
    "link",
    "description",
    "guid",
    "pubDate",
    "source",
    "author",
    "enclosure",
    "content:encoded",
    "comments",
}
_ATOM_SCHEMA = Path(__file__).parent / "golden/atom.rng"


def name(element: etree._Element) -> str:
    """Return an element's name with its usual prefix; Atom's own and RSS's have none."""
    qualified = etree.QName(element)
    root = etree.QName(element.getroottree().getroot()).namespace
    if qualified.namespace in (None, root):
        return qualified.localname
    return f"{_PREFIXES[str(qualified.namespace)]}:{qualified.localname}"


def faults(document: bytes, fmt: Format) -> list[str]:
    """Return what is wrong with a whole feed."""
    if fmt == "json":
        return json_faults(document)
    text = document.decode("utf-8")
    found = ["forbidden character"] if _BAD.search(text) else []
    root = etree.fromstring(document)
    found += [
        f"namespace declared again at {e.tag}"
        for e in root.iterdescendants()
        if set(e.nsmap.items()) - set(root.nsmap.items())
    ]
    return found + (_rss_faults(root) if fmt == "rss" else _atom_faults(root))


def _rss_faults(root: etree._Element) -> list[str]:
    channel = root[0]
    names = [name(child) for child in channel]
    found = [
        f"{tag} stands {names.count(tag)} times"
        for tag in ("title", "link", "description", "language")
        if names.count(tag) != 1
    ]
    if "item" in names and set(names[names.index("item") :]) != {"item"}:
        found.append("something after the items")
    if not [e for e in channel.iterfind("{*}link") if e.get("rel") == "self"]:
        found.append("no self link")
    found += _dates(root, ("pubDate", "lastBuildDate"), _RFC822) + _dates(root, ("{*}updated",), _RFC3339)
    guids = [guid.text for guid in root.iter("guid")]
    found += ["a guid twice"] if len(set(guids)) != len(guids) else []
    for item in channel.iterfind("item"):
        found += _item_faults(item)
    for element in root.iter("link", "url", f"{{{NAMESPACES['atom']}}}link"):
        found += _uri(element.get("href") or element.text)
    return found


def _item_faults(item: etree._Element) -> list[str]:
    names = [name(child) for child in item]
    found = [f"{tag} twice in an item" for tag in _ONCE if names.count(tag) > 1]
    if not {"title", "link", "guid", "pubDate"} <= set(names):
        found.append(f"an item without {sorted({'title', 'link', 'guid', 'pubDate'} - set(names))}")
    if "content:encoded" in names and names.index("content:encoded") < names.index("description"):
        found.append("content before description")
    guid = item.find("guid")
    if guid is not None and (guid.get("isPermaLink") == "true") != (guid.text == item.findtext("link")):
        found.append("isPermaLink is not right")
    for child in item:
        if name(child) in ("description", "content:encoded"):
            found += html_faults(child.text or "")
        elif name(child) == "enclosure":
            found += _uri(child.get("url"))
            found += [] if (child.get("length") or "").isdigit() else ["an enclosure without length"]
            found += [] if _MIME.fullmatch(child.get("type") or "") else ["an enclosure without type"]
        elif name(child) in ("title", "dc:creator", "category") and not (child.text or "").strip():
            found.append(f"blank {name(child)}")
    return found


def _atom_faults(root: etree._Element) -> list[str]:
    schema = etree.RelaxNG(etree.parse(_ATOM_SCHEMA))
    found = [] if schema.validate(root) else [str(schema.error_log.last_error)]
    links = [(e.get("rel"), e.get("type")) for e in root.iterfind("{*}link")]
    found += ["a link twice"] if len(set(links)) != len(links) else []
    relations = [rel for rel, _ in links]
    if "self" not in relations or relations.index("alternate") > relations.index("self"):
        found.append("alternate and self links are not right")
    ids = [e.text for e in root.iterfind("{*}entry/{*}id")]
    found += ["an id twice"] if len(set(ids)) != len(ids) else []
    found += _dates(root, ("{*}published", "{*}updated"), _RFC3339)
    for element in root.iter("{*}link"):
        found += _uri(element.get("href"))
    for entry in root.iterfind("{*}entry"):
        alternates = [e for e in entry.iterfind("{*}link") if e.get("rel") == "alternate"]
        found += [] if len(alternates) == 1 else ["not one alternate link in an entry"]
        found += [] if entry.find("{*}author") is not None else ["an entry without author"]
        found += [] if (entry.findtext("{*}title") or "").strip() else ["an entry without title"]
        for child in entry:
            if child.get("type") == "html":
                found += html_faults(child.text or "")
    return found


def psp1_faults(document: bytes) -> list[str]:
    """Return where an RSS feed departs from PSP-1, what it requires and what it says of the elements that are there.

    https://github.com/Podcast-Standards-Project/PSP-1-Podcast-RSS-Specification
    """
    root = etree.fromstring(document)
    channel = root[0]
    found = [f"no namespace {prefix}" for prefix in ("itunes", "podcast", "atom") if prefix not in root.nsmap]
    required = ("title", "description", "link", "language", "itunes:category", "itunes:explicit", "itunes:image")
    found += [f"no {tag}" for tag in required if _first(channel, tag) is None]
    found += [] if len(channel.findtext("description", "").encode()) <= 4000 else ["a long description"]
    image = _first(channel, "itunes:image")
    if image is not None and not (image.get("href") or "").endswith((".jpg", ".png")):
        found.append("an image of another type")
    found += _words(channel, "itunes:explicit", ("true", "false")) + _words(channel, "itunes:complete", ("yes",))
    found += _words(channel, "itunes:type", ("episodic", "serial")) + _words(channel, "podcast:locked", ("yes", "no"))
    guid = channel.findtext("podcast:guid", None, NAMESPACES)
    found += ["the guid is no UUID of version 5"] if guid and uuid.UUID(guid).version != 5 else []
    for item in channel.iterfind("item"):
        found += _episode_faults(item)
    if channel.findtext("itunes:type", "", NAMESPACES) == "serial":
        found += ["no episode number" for item in channel.iterfind("item") if _first(item, "itunes:episode") is None]
    return found


def _episode_faults(item: etree._Element) -> list[str]:
    found = [f"no {tag} in an item" for tag in ("title", "enclosure", "guid") if _first(item, tag) is None]
    enclosure = _first(item, "enclosure")
    if enclosure is not None:
        found += [] if int(enclosure.get("length") or 0) else ["an enclosure without length"]
        kind = enclosure.get("type")
        found += [] if kind in ("audio/mpeg", "audio/mp4", "audio/m4a", "video/mp4", "video/m4v") else [f"type {kind}"]
    found += [] if len((item.findtext("description") or "").encode()) <= 4000 else ["a long description"]
    found += _words(item, "itunes:explicit", ("true", "false"))
    found += _words(item, "itunes:episodeType", ("full", "trailer", "bonus"))
    for tag in ("itunes:episode", "itunes:season", "itunes:duration"):
        number = item.findtext(tag, "1", NAMESPACES)
        found += [] if number.isdigit() and int(number) else [f"{tag} is {number}"]
    for transcript in item.iterfind("podcast:transcript", NAMESPACES):
        found += _uri(transcript.get("url"))
        found += [] if transcript.get("type") in _TRANSCRIPT_TYPES else ["a transcript of another type"]
    for tag in ("podcast:chapters", "podcast:person"):
        for element in item.iterfind(tag, NAMESPACES):
            for name in ("url", "href", "img"):
                found += _uri(element.get(name)) if element.get(name) is not None else []
    return found


_TRANSCRIPT_TYPES = ("text/plain", "text/html", "text/vtt", "application/json", "application/x-subrip")


def _first(parent: etree._Element, tag: str) -> etree._Element | None:
    """Return the first child of a name that has text or attributes."""
    return next((e for e in parent.iterfind(tag, NAMESPACES) if (e.text or "").strip() or e.attrib), None)


def _words(parent: etree._Element, tag: str, allowed: tuple[str, ...]) -> list[str]:
    """Return what is wrong with an element that stands once at most, and holds one of some words."""
    found = [element.text or "" for element in parent.iterfind(tag, NAMESPACES)]
    return [f"{tag} {len(found)} times"] if len(found) > 1 else [f"{tag} is {w!r}" for w in found if w not in allowed]


def html_faults(html: str) -> list[str]:
    """Return what is wrong with a piece of HTML: whatever a strict parser or a careful reader would refuse."""
    parser = html5lib.HTMLParser(strict=True, tree=html5lib.getTreeBuilder("etree"))
    try:
        tree = parser.parseFragment(html)
    except html5lib.html5parser.ParseError as error:
        return [f"HTML: {error}"]
    found = []
    for element in tree.iter():
        tag = str(element.tag).rpartition("}")[2]
        found += (
            [f"<{tag}>"] if tag in ("script", "iframe", "form", "object", "embed", "style", "input", "base") else []
        )
        for attribute, value in element.attrib.items():
            found += [f"{attribute} on <{tag}>"] if attribute.startswith("on") else []
            if attribute in ("href", "src", "poster") and not re.match(r"(https?|mailto|tel):", value):
                found.append(f"{attribute}={value!r}")
    return found


def json_faults(document: bytes) -> list[str]:
    """Return where a document departs from https://www.jsonfeed.org/version/1.1/, key by key."""
    feed = json.loads(document)
    found = _typed(feed, _FEED_KEYS, ("version", "title", "items"))
    if feed["version"] != "https://jsonfeed.org/version/1.1":
        found.append("version")
    ids = [item["id"] for item in feed["items"]]
    found += ["an id twice"] if len(set(ids)) != len(ids) else []
    for person in [*feed.get("authors", []), *(a for item in feed["items"] for a in item.get("authors", []))]:
        found += _typed(person, {"name": str, "url": str, "avatar": str}, ())
        found += [] if person else ["an empty author"]
    for item in feed["items"]:
        found += _typed(item, _ITEM_KEYS, ("id",))
        found += [] if {"content_html", "content_text"} & set(item) else ["an item without content"]
        found += html_faults(item.get("content_html", ""))
        found += [] if all(isinstance(tag, str) and tag for tag in item.get("tags", [])) else ["a tag"]
        for attachment in item.get("attachments", []):
            found += _typed(attachment, _ATTACHMENT_KEYS, ("url", "mime_type"))
        for key in ("date_published", "date_modified"):
            found += [] if key not in item or _RFC3339.fullmatch(item[key]) else [key]
        for key in ("url", "external_url", "image"):
            found += _uri(item[key]) if key in item else []
    return found + (["forbidden character"] if _BAD.search(_all_text(feed)) else [])


_FEED_KEYS: dict[str, type] = {
    "version": str, "title": str, "home_page_url": str, "feed_url": str, "description": str, "user_comment": str,
    "next_url": str, "icon": str, "favicon": str, "authors": list, "language": str, "expired": bool, "hubs": list,
    "items": list,
}  # fmt: skip
_ITEM_KEYS: dict[str, type] = {
    "id": str, "url": str, "external_url": str, "title": str, "content_html": str, "content_text": str, "summary": str,
    "image": str, "banner_image": str, "date_published": str, "date_modified": str, "authors": list, "tags": list,
    "language": str, "attachments": list,
}  # fmt: skip
_ATTACHMENT_KEYS: dict[str, type] = {
    "url": str, "mime_type": str, "title": str, "size_in_bytes": int, "duration_in_seconds": int,
}  # fmt: skip


def _typed(value: dict[str, Any], keys: dict[str, type], needed: tuple[str, ...]) -> list[str]:
    found = [f"unknown key {key}" for key in value if key not in keys and not key.startswith("_")]
    found += [f"no {key}" for key in needed if key not in value]
    return found + [f"type of {key}" for key, kind in keys.items() if key in value and not isinstance(value[key], kind)]


def _all_text(value: object) -> str:
    if isinstance(value, dict):
        return "".join(map(_all_text, cast("dict[str, object]", value).values()))
    if isinstance(value, list):
        return "".join(map(_all_text, cast("list[object]", value)))
    return str(value)


def _uri(value: str | None) -> list[str]:
    return [] if value and _URI.fullmatch(value) else [f"not a URI: {value!r}"]


def _dates(root: etree._Element, tags: tuple[str, ...], form: re.Pattern[str]) -> list[str]:
    found = []
    for element in root.iter(*tags):
        text = element.text or ""
        found += [] if form.fullmatch(text) else [f"date {text!r}"]
        if form is _RFC822 and datetime.strptime(text, "%a, %d %b %Y %H:%M:%S %z").strftime("%a") != text[:3]:
            found.append(f"day of the week in {text!r}")
    return found
