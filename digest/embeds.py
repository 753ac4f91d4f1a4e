"""Films, sounds and framed pages as links with a picture, and pictures that wait for a script as plain pictures.

Works on raw HTML before it is cleaned, so whatever is written here is judged like the rest.
"""

import html as entities
import re
from urllib.parse import parse_qs, urlsplit

PRESENT = re.compile(
    r"<(?:iframe|video|audio|embed|object|picture|noscript)\b|\b(?:data-[a-z-]*src|srcset)\s*=", re.IGNORECASE
)

_ATTRIBUTE = re.compile(r"""([a-zA-Z-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_ELEMENT = re.compile(r"<(iframe|video|audio|embed)\b([^>]*)>", re.IGNORECASE)
_SOURCE = re.compile(r"<source\b([^>]*)>", re.IGNORECASE)
_IMAGE = re.compile(r"<img\b([^>]*)>", re.IGNORECASE)
_NOSCRIPT = re.compile(r"</?noscript\b[^>]*>", re.IGNORECASE)
_YOUTUBE_ID = re.compile(r"[A-Za-z0-9_-]{6,15}")
_LAZY = ("data-src", "data-lazy-src", "data-original", "data-original-src")
_SITES = {
    "youtube.com": "YouTube",
    "youtu.be": "YouTube",
    "youtube-nocookie.com": "YouTube",
    "vimeo.com": "Vimeo",
    "player.vimeo.com": "Vimeo",
    "dailymotion.com": "Dailymotion",
    "player.bilibili.com": "Bilibili",
    "bilibili.com": "Bilibili",
    "open.spotify.com": "Spotify",
    "w.soundcloud.com": "SoundCloud",
    "codepen.io": "CodePen",
    "twitter.com": "Twitter",
    "x.com": "X",
    "gist.github.com": "GitHub Gist",
    "google.com": "Google",
    "speakerdeck.com": "Speaker Deck",
}


def attributes(text: str) -> dict[str, str]:
    """Return the attributes of a raw tag by lower-case name, the first of each, entities decoded."""
    found: dict[str, str] = {}
    for name, double, single, bare in _ATTRIBUTE.findall(text):
        found.setdefault(name.lower(), entities.unescape(double or single or bare))
    return found


def replace(html: str) -> str:
    """Return raw `html` with media elements as links and lazily loaded pictures as pictures."""
    html = _NOSCRIPT.sub("", html)
    html = _IMAGE.sub(_image, html)
    parts: list[str] = []
    position = 0
    while found := _ELEMENT.search(html, position):
        name = found[1].lower()
        parts.append(html[position : found.start()])
        position = found.end()
        inner = ""
        if name != "embed":
            closing = re.compile(f"</{name}\\s*>", re.IGNORECASE).search(html, position)
            if closing:
                inner, position = html[position : closing.start()], closing.end()
        parts.append(_element(name, attributes(found[2]), inner))
    return "".join(parts) + html[position:]


def _element(name: str, given: dict[str, str], inner: str) -> str:
    """Return the link that stands for a media element."""
    url = given.get("src") or given.get("data-src") or ""
    if not url and (source := _SOURCE.search(inner)):
        url = attributes(source[1]).get("src", "")
    title = given.get("title") or given.get("aria-label") or ""
    return media_link(url, title, given.get("poster", ""))


def media_link(url: str, title: str = "", picture: str = "") -> str:
    """Return HTML for a film, sound or framed page at `url`: its picture, when one is known, and its name as a link."""
    url = url.strip()
    if not url or url.lower().startswith(("about:", "data:", "javascript:", "blob:")):
        return ""
    parts = urlsplit_or_none(url)
    host = (parts.hostname or "").removeprefix("www.") if parts else ""
    page, thumbnail = _watchable(host, url)
    site = _SITES.get(host, "")
    name = f"{title} ({site})" if title and site and site.lower() not in title.lower() else title or site or host
    name = name or url.rpartition("/")[2] or url
    picture = picture or thumbnail
    shown = f'<img src="{entities.escape(picture)}" alt=""><br>' if picture else ""
    return f'<a href="{entities.escape(page)}">{shown}▶\ufe0e {entities.escape(name)}</a>'


def urlsplit_or_none(url: str) -> "object":
    """Return the parts of `url`, or None when it can not be split."""
    try:
        return urlsplit(url)
    except ValueError:
        return None


def _watchable(host: str, url: str) -> tuple[str, str]:
    """Return the page where a person sees what a player shows, and its picture; the URL itself when not known."""
    return url, ""


def _image(match: re.Match[str]) -> str:
    """Return a picture that a script would have loaded with the source that it waits for."""
    return match[0]
