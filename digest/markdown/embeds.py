"""Video, audio and iframe embeds as links with a thumbnail, and lazily loaded images as plain images.

Works on raw HTML before it is sanitized, so the output is sanitized too. Nothing is fetched: the post names the
thumbnail, or its URL follows from the video's.
"""

import html as entities
import re
from collections.abc import Iterator
from urllib.parse import SplitResult, parse_qs, urlsplit

from msgspec import Struct

_TAG = re.compile(r"<(/?(?:iframe|video|audio|noscript)|embed|source|img)\b([^<>]*)>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""(?<![a-zA-Z-])([a-zA-Z-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_PLAYERS = ("iframe", "video", "audio", "embed")
_LAZY_SOURCES = ("data-src", "data-lazy-src", "data-original", "data-original-src")
_CANDIDATE = re.compile(r"[\s,]*([^\s,]\S*)(?:(?<=,)|([^,]*))")  # of a srcset: URL and descriptor
_IMAGE_ATTRIBUTES = ("src", "alt", "title", "width", "height")


class Page(Struct, frozen=True):
    """The web page of an embedded video, audio or document."""

    url: str
    thumbnail: str = ""  # its address, empty when none is known


class Player(Struct, frozen=True):
    """How to derive the web page from a player's URL: by an id in its path or its query."""

    page: str  # with `{id}`, and `{scheme}` and `{host}` of the player
    id: str  # a regular expression
    path: str = ""  # a regular expression for the path before the id; empty when the id is not in the path
    query: str = ""  # the name of the parameter that holds the id
    thumbnail: str = ""


class Site(Struct, frozen=True):
    """A site whose videos, audio or posts are embedded in other pages."""

    name: str  # as shown to readers
    players: tuple[Player, ...] = ()


def _youtube(path: str) -> Player:
    return Player(
        page="https://www.youtube.com/watch?v={id}",
        id=r"(?!videoseries\b)[A-Za-z0-9_-]{6,15}",
        path=path,
        query="v",
        thumbnail="https://i.ytimg.com/vi/{id}/hqdefault.jpg",
    )


_YOUTUBE = _youtube(r"/(?:embed|v|shorts|live|e)/")
_PLAYLIST = Player(page="https://www.youtube.com/playlist?list={id}", id=r".+", query="list")
_VIMEO = Player(page="https://vimeo.com/{id}", id=r"[0-9]{5,12}", path=r"/(?:video/)?")
_DAILYMOTION = Player(
    page="https://www.dailymotion.com/video/{id}",
    id=r"[A-Za-z0-9]{4,12}",
    path=r"/(?:embed/)?video/",
    query="video",
    thumbnail="https://www.dailymotion.com/thumbnail/video/{id}",
)
_BILIBILI = Player(page="https://www.bilibili.com/video/{id}", id=r"BV[0-9A-Za-z]{10}", query="bvid")
_BILIBILI_NUMBER = Player(page="https://www.bilibili.com/video/av{id}", id=r"[0-9]{1,12}", query="aid")
_SPOTIFY = Player(page="https://open.spotify.com/{id}", id=r".*", path=r"/(?:embed/)?")
_SOUNDCLOUD = Player(page="{id}", id=r".+", query="url")
_PEERTUBE = Player(page="{scheme}://{host}/w/{id}", id=r"[0-9A-Za-z-]{22,36}", path=r"/(?:videos/)?embed/")

SITES = {  # by host, without www
    "youtube.com": Site("YouTube", (_YOUTUBE, _PLAYLIST)),
    "m.youtube.com": Site("YouTube", (_YOUTUBE, _PLAYLIST)),
    "youtube-nocookie.com": Site("YouTube", (_YOUTUBE, _PLAYLIST)),
    "youtu.be": Site("YouTube", (_youtube("/"), _PLAYLIST)),
    "vimeo.com": Site("Vimeo", (_VIMEO,)),
    "player.vimeo.com": Site("Vimeo", (_VIMEO,)),
    "dailymotion.com": Site("Dailymotion", (_DAILYMOTION,)),
    "geo.dailymotion.com": Site("Dailymotion", (_DAILYMOTION,)),
    "bilibili.com": Site("Bilibili"),
    "player.bilibili.com": Site("Bilibili", (_BILIBILI, _BILIBILI_NUMBER)),
    "open.spotify.com": Site("Spotify", (_SPOTIFY,)),
    "w.soundcloud.com": Site("SoundCloud", (_SOUNDCLOUD,)),
    "soundcloud.com": Site("SoundCloud"),
    "codepen.io": Site("CodePen"),
    "twitter.com": Site("Twitter"),
    "x.com": Site("X"),
    "instagram.com": Site("Instagram"),
    "gist.github.com": Site("GitHub Gist"),
    "slideshare.net": Site("SlideShare"),
    "speakerdeck.com": Site("Speaker Deck"),
    "asciinema.org": Site("asciinema"),
}
_OTHER_SITE = Site("", (_PEERTUBE,))


def link(url: str, title: str = "", picture: str = "") -> str:
    """Return HTML for the video, audio or page at `url`: a link with its title, below its thumbnail when one is known.

    Empty when `url` cannot be followed. The result is raw HTML, not yet sanitized.
    """
    url = url.strip()
    parts = _split(url)
    if not any(parts) or parts.scheme not in ("", "http", "https"):
        return ""
    page = page_of_player(url)
    size = ""
    if page.thumbnail and not picture:
        picture = page.thumbnail
        size = ' width="480" height="360"'
    image = f'<img src="{entities.escape(picture)}" alt=""{size}><br>' if picture else ""
    name = _name(parts, " ".join(title.split())) or url
    return f'<a href="{entities.escape(page.url)}">{image}▶\ufe0e {entities.escape(name)}</a>'


def page_of_player(url: str) -> Page:
    """Return the web page of the player at `url`; `url` itself when no other is known."""
    parts = _split(url)
    for player in _site(parts).players:
        in_path = re.match(f"{player.path}({player.id})(?:/|$)", parts.path) if player.path else None
        in_query = re.fullmatch(f"({player.id})", parse_qs(parts.query).get(player.query, [""])[0])
        found = in_path or in_query
        if found:
            known = {"id": found[1], "scheme": parts.scheme or "https", "host": parts.netloc}
            return Page(player.page.format_map(known), player.thumbnail.format_map(known))
    return Page(url)


def _split(url: str) -> SplitResult:
    """Return the parts of a URL, all empty when it is invalid."""
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("")


def _host(parts: SplitResult) -> str:
    return (parts.hostname or "").removeprefix("www.")


def _site(parts: SplitResult) -> Site:
    return SITES.get(_host(parts), _OTHER_SITE)


def _name(parts: SplitResult, title: str) -> str:
    """Return the text of a link to a player: its title and site, as far as known, or else its host or file name."""
    site = _site(parts).name
    if not title:
        return site or _host(parts) or parts.path.rpartition("/")[2]
    if not site or site.casefold() in title.casefold():
        return title
    return f"{title} ({site})"


Change = tuple[int, int, str]  # start, end, replacement


def replace(html: str) -> str:
    """Return raw `html` with embeds as links and lazily loaded images as plain ones."""
    tags = [*_TAG.finditer(html)]
    images = [*_lazy_images(tags)]
    changes = [*images, *_players(tags), *_fallbacks(tags, has_lazy_images=bool(images))]
    parts: list[str] = []
    position = 0
    for start, end, new in sorted(changes):
        if start >= position:  # not inside another
            parts += [html[position:start], new]
            position = end
    return "".join(parts) + html[position:]


def _players(tags: list[re.Match[str]]) -> Iterator[Change]:
    """Yield a link for each player, replacing it up to its end tag; only the tag if it is never closed."""
    following: dict[str, re.Match[str]] = {}  # the next tag of each name
    sources: list[re.Match[str]] = []  # those up to the next player, the last first
    for tag in reversed(tags):
        name = tag[1].lower()
        if name in _PLAYERS:
            end = following.get(f"/{name}", tag)
            inner = [attributes_of(source[2]) for source in reversed(sources) if source.start() < end.start()]
            yield (tag.start(), end.end(), _player(attributes_of(tag[2]), inner))
            sources.clear()
        elif name == "source":
            sources.append(tag)
        following[name] = tag


def _player(given: dict[str, str], sources: list[dict[str, str]]) -> str:
    """Return a link to a player's page or file, and one to each other file that its `<source>` elements name."""
    own = given.get("src") or given.get("data-src", "")
    urls = list(dict.fromkeys(filter(None, [own, *(source.get("src", "") for source in sources)])))
    title = given.get("title") or given.get("aria-label", "")
    types = {source.get("src", ""): source.get("type", "") for source in sources}
    first, *others = urls or [""]
    made = link(first, title, given.get("poster", ""))
    return made + "".join(_other_file(url, types.get(url, "")) for url in others if made)


def _other_file(url: str, media_type: str) -> str:
    """Return a link to another file of a video or sound, called by its format: ` · MP4`; empty for no web address."""
    parts = _split(url.strip())
    if not any(parts) or parts.scheme not in ("", "http", "https"):
        return ""
    file = parts.path.rpartition("/")[2]
    _, dot, suffix = file.rpartition(".")
    name = suffix if dot else media_type.partition(";")[0].rpartition("/")[2] or file or _host(parts)
    return f' · <a href="{entities.escape(url.strip())}">{entities.escape(name.upper())}</a>'


def _fallbacks(tags: list[re.Match[str]], *, has_lazy_images: bool) -> Iterator[Change]:
    """Yield the images of each `noscript`, or nothing when there are lazily loaded images beside them.

    Its text (`Please enable JavaScript`) is of no use in a feed or an e-mail.
    """
    opening = None
    kept = ""
    for tag in tags:
        name = tag[1].lower()
        if name == "noscript" and not opening:
            opening = tag
            kept = ""
        elif name == "/noscript":
            yield ((opening or tag).start(), tag.end(), kept)
            opening = None
        elif name == "img" and opening and not has_lazy_images:
            kept += tag[0]


def _lazy_images(tags: list[re.Match[str]]) -> Iterator[Change]:
    """Yield a plain image for each lazily loaded one."""
    for tag in tags:
        given = attributes_of(tag[2]) if tag[1].lower() == "img" else {}
        source = _lazy_source(given)
        if source:
            given["src"] = source
            kept = [f'{name}="{entities.escape(given[name])}"' for name in _IMAGE_ATTRIBUTES if name in given]
            yield (tag.start(), tag.end(), f"<img {' '.join(kept)}>")


def _lazy_source(image: dict[str, str]) -> str:
    """Return the source that a script would set on an image; empty when its `src` already works."""
    shown = image.get("src", "")
    if shown and not shown.startswith("data:") and "data-src" not in image:
        return ""
    for name in _LAZY_SOURCES:
        if image.get(name):
            return image[name]
    return _widest(image.get("srcset") or image.get("data-srcset", ""))


def _widest(candidates: str) -> str:
    """Return the widest image of a `srcset`, or its last: https://html.spec.whatwg.org/#srcset-attributes."""
    widest = ""
    greatest = 0
    for url, descriptor in _CANDIDATE.findall(candidates):
        width = descriptor.strip().removesuffix("w")
        size = int(width) if width.isdecimal() and len(width) < 6 else 0
        if size >= greatest:
            widest, greatest = url.rstrip(","), size
    return widest


def attributes_of(tag: str) -> dict[str, str]:
    """Return the attributes of a raw tag by lower-case name, the first of each, entities decoded."""
    found: dict[str, str] = {}
    for name, double, single, bare in _ATTRIBUTE.findall(tag):
        found.setdefault(name.lower(), entities.unescape(double or single or bare))
    return found
