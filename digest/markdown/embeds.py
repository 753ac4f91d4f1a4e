"""Films, sounds and framed pages as links with a picture, and pictures that wait for a script as plain pictures.

Works on raw HTML before it is cleaned, so whatever is written here is judged like the rest. No network is asked: a
picture is one that the post names, or one whose address follows from the film's.
"""

import html as entities
import re
from urllib.parse import parse_qs, urlsplit

from digest.patterns import pattern

SITES = {  # host of a player or page, without www: the name that people know it by
    "youtube.com": "YouTube",
    "youtu.be": "YouTube",
    "youtube-nocookie.com": "YouTube",
    "vimeo.com": "Vimeo",
    "player.vimeo.com": "Vimeo",
    "dailymotion.com": "Dailymotion",
    "geo.dailymotion.com": "Dailymotion",
    "bilibili.com": "Bilibili",
    "player.bilibili.com": "Bilibili",
    "open.spotify.com": "Spotify",
    "w.soundcloud.com": "SoundCloud",
    "soundcloud.com": "SoundCloud",
    "codepen.io": "CodePen",
    "twitter.com": "Twitter",
    "x.com": "X",
    "instagram.com": "Instagram",
    "gist.github.com": "GitHub Gist",
    "slideshare.net": "SlideShare",
    "speakerdeck.com": "Speaker Deck",
    "asciinema.org": "asciinema",
}

_PRESENT = pattern(  # the first letter first, for most tags are others; and most pictures are Markdown's
    r"<(?=[aAeEiInNvV])(?!img src=\"[^\"<>]*\" alt=\"[^\"<>]*\" />)"
    r"(?i:(?:iframe|video|audio|embed|noscript)\b|img\b[^<>]*?(?:srcset|data-))"
)
_ATTRIBUTE = pattern(r"""(?<![a-zA-Z-])([a-zA-Z-]++)\s*+=\s*+(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_ELEMENT = pattern(r"<(iframe|video|audio|embed)\b([^<>]*)>", re.IGNORECASE)
_END = {name: pattern(f"</{name}\\s*>", re.IGNORECASE) for name in ("iframe", "video", "audio")}
_SOURCE = pattern(r"<source\b([^<>]*)>", re.IGNORECASE)
_IMAGE = pattern(r"<img\b([^<>]*)>", re.IGNORECASE)
_NOSCRIPT = pattern(r"</?noscript\b[^<>]*>", re.IGNORECASE)
_YOUTUBE = pattern(r"/(?:embed|v|shorts|live|e)/([A-Za-z0-9_-]{6,15})(?:/|$)")
_NUMBER = pattern(r"/(?:video/)?([0-9]{5,12})(?:/|$)")
_DAILYMOTION = pattern(r"/(?:embed/)?video/([a-z0-9]{4,12})(?:/|$)")
_PEERTUBE = pattern(r"(https://[^/?#]+)/(?:videos/)?embed/([0-9a-zA-Z-]{22,36})(?:[?#].*)?")
_BILIBILI = pattern(r"(?:BV[0-9A-Za-z]{10}|[0-9]{1,12})")
_LAZY = ("data-src", "data-lazy-src", "data-original", "data-original-src")
_WIDTH = pattern(r"([0-9]{1,5})w")


def present(html: str) -> bool:
    """Return whether raw `html` may have anything for `replace`."""
    return _PRESENT.search(html) is not None


def attributes(text: str) -> dict[str, str]:
    """Return the attributes of a raw tag by lower-case name, the first of each, entities decoded."""
    found: dict[str, str] = {}
    for name, double, single, bare in _ATTRIBUTE.findall(text):
        found.setdefault(name.lower(), entities.unescape(double or single or bare))
    return found


def replace(html: str) -> str:
    """Return raw `html` with media elements as links and lazily loaded pictures as pictures."""
    html, lazy = _pictures(html)
    if not lazy:  # else the same picture again, for those without scripts
        html = _NOSCRIPT.sub("", html)
    parts: list[str] = []
    position = 0
    unclosed: set[str] = set()  # each kind is searched to the end at most once, so that time stays linear
    while found := _ELEMENT.search(html, position):
        name = found[1].lower()
        parts.append(html[position : found.start()])
        position = found.end()
        inner = ""
        if name in _END and name not in unclosed:
            if end := _END[name].search(html, position):
                inner, position = html[position : end.start()], end.end()
            else:
                unclosed.add(name)
        parts.append(_element(attributes(found[2]), inner))
    return "".join(parts) + html[position:]


def _element(given: dict[str, str], inner: str) -> str:
    """Return the link that stands for a media element."""
    url = given.get("src") or given.get("data-src") or ""
    if not url and (source := _SOURCE.search(inner)):
        url = attributes(source[1]).get("src", "")
    return link(url, given.get("title") or given.get("aria-label") or "", given.get("poster", ""))


def link(url: str, title: str = "", picture: str = "") -> str:
    """Return HTML for the film, sound or page at `url`: its picture, when one is known, and its name, both a link."""
    url = url.strip()
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return ""
    if not url or parts.scheme not in ("", "http", "https"):
        return ""
    page, thumbnail = watchable(url)
    site = SITES.get(host, "")
    title = " ".join(title.split())
    name = f"{title} ({site})" if title and site and site.casefold() not in title.casefold() else title or site or host
    name = name or parts.path.rpartition("/")[2] or url
    size = "" if picture else ' width="480" height="360"'
    picture = picture or thumbnail
    shown = f'<img src="{entities.escape(picture)}" alt=""{size}><br>' if picture else ""
    return f'<a href="{entities.escape(page)}">{shown}▶\ufe0e {entities.escape(name)}</a>'


def watchable(url: str) -> tuple[str, str]:
    """Return the page where a person sees what the player at `url` shows, and its picture (empty when not known)."""
    parts = urlsplit("https:" + url if url.startswith("//") else url)
    host, path, query = (parts.hostname or "").removeprefix("www."), parts.path, parse_qs(parts.query)
    if host in ("youtube.com", "youtube-nocookie.com", "youtu.be", "m.youtube.com"):
        found = _YOUTUBE.match(path)
        name = found[1] if found else path.strip("/") if host == "youtu.be" else query.get("v", [""])[0]
        if name and name != "videoseries" and (checked := _YOUTUBE.match(f"/v/{name}")):
            page = f"https://www.youtube.com/watch?v={checked[1]}"
            return page, f"https://i.ytimg.com/vi/{checked[1]}/hqdefault.jpg"
        if playlist := query.get("list"):
            return f"https://www.youtube.com/playlist?list={playlist[0]}", ""
    if host in ("vimeo.com", "player.vimeo.com") and (found := _NUMBER.match(path)):
        return f"https://vimeo.com/{found[1]}", ""
    if host in ("dailymotion.com", "geo.dailymotion.com"):
        name = found[1] if (found := _DAILYMOTION.match(path)) else query.get("video", [""])[0]
        if name:
            page = f"https://www.dailymotion.com/video/{name}"
            return page, f"https://www.dailymotion.com/thumbnail/video/{name}"
    if host == "player.bilibili.com":
        name = (query.get("bvid") or query.get("aid") or [""])[0]
        if _BILIBILI.fullmatch(name):
            return f"https://www.bilibili.com/video/{'av' * name.isdigit()}{name}", ""
    if host == "w.soundcloud.com" and (inner := query.get("url")):
        return inner[0], ""
    if host == "open.spotify.com":
        return f"https://open.spotify.com/{path.removeprefix('/embed').lstrip('/')}", ""
    if found := _PEERTUBE.fullmatch(url):
        return f"{found[1]}/w/{found[2]}", ""
    return url, ""


def _pictures(html: str) -> tuple[str, bool]:
    """Return `html` with every picture's source where a reader without scripts looks, and whether one had moved."""
    lazy = False

    def plain(match: re.Match[str]) -> str:
        nonlocal lazy
        given = attributes(match[1])
        now = given.get("src", "")
        wanted = next((given[name] for name in _LAZY if given.get(name)), "")
        wanted = wanted or _largest(given.get("srcset") or given.get("data-srcset") or "")
        if not wanted or (now and not now.startswith("data:") and "data-src" not in given):
            return match[0]
        lazy = True
        given["src"] = wanted
        kept = [name for name in ("src", "alt", "title", "width", "height") if name in given]
        written = " ".join(f'{name}="{entities.escape(given[name])}"' for name in kept)
        return f"<img {written}>"

    return _IMAGE.sub(plain, html), lazy


def _largest(candidates: str) -> str:
    """Return the widest picture of a `srcset`, or its last."""
    best, width = "", -1
    for candidate in candidates.split(", "):
        url, *descriptor = candidate.split()[:2] or [""]
        found = _WIDTH.fullmatch(descriptor[0].rstrip(",")) if descriptor else None
        if url and (size := int(found[1]) if found else 0) >= width:
            best, width = url, size
    return best
