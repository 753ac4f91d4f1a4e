"""Hold the addresses of posts against the pages that the site's generator wrote."""

import difflib
import os
import posixpath
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

import msgspec
from lxml import etree
from msgspec import Struct

from digest.collector.collect import collect, read_file
from digest.collector.post import Post
from digest.collector.select import published
from digest.config import Config
from digest.generators import GENERATORS, generator_type
from digest.problems import DigestError, Problem, count

SAMPLED = 200  # posts that each pattern is tried on
SEARCHED = 50  # missing pages for which the nearest one is looked for

_PARTS = (  # the simplest first
    *("{slug}", "{filename}", "{folder}/{slug}", "{folder}/{filename}", "{section}/{slug}", "{year}/{slug}"),
    *("{year}/{month}/{slug}", "{year}/{month}/{day}/{slug}", "{folder}/{year}/{month}/{day}/{slug}"),
    *("{title}", "{section}/{title}", "{year}/{month}/{day}/{title}", "{categories}/{year}/{month}/{day}/{slug}"),
)
_PATTERNS = tuple(f"/{part}{ending}" for part in _PARTS for ending in ("/", ".html", ""))


class LinkReport(Struct, frozen=True):
    """How many posts have a page of their address, of how many; and a problem for each that has none."""

    found: int
    posts: int
    problems: tuple[Problem, ...]
    proposal: str = ""  # a sentence


class Pages:
    """The addresses of the pages that a generator wrote: decoded paths, `/` for `/index.html`."""

    def __init__(self, paths: Iterable[str]) -> None:
        self.paths = frozenset(_without_index(path) for path in paths)
        self._by_name: dict[str, list[str]] = defaultdict(list)
        for path in sorted(self.paths):
            self._by_name[_name(path)].append(path)

    def has(self, path: str) -> bool:
        """Return whether a page answers at `path`; without a slash at its end, a folder or an HTML file may."""
        plain = _without_index(path)
        if plain in self.paths:
            return True
        return not plain.endswith("/") and (f"{plain}/" in self.paths or f"{plain}.html" in self.paths)

    def nearest(self, path: str) -> str:
        """Return the page most like `path`: one of the same name, else of a similar one; empty when there is none."""
        names = [_name(path)] if _name(path) in self._by_name else []
        names = names or difflib.get_close_matches(_name(path), self._by_name, n=1, cutoff=0.7)
        same = [page for name in names for page in self._by_name[name]]
        return max(same, key=lambda page: difflib.SequenceMatcher(None, path, page).ratio(), default="")


def check_links(config: Config, source: Path, now: datetime) -> LinkReport:
    """Compare the addresses of the posts published at `now` with the pages in `source`.

    `source` is the folder that the site's generator wrote, or its sitemap.xml. Raises `DigestError` when it cannot be
    read or has no page.
    """
    base = unquote(urlsplit(config.site.url).path)
    pages = Pages(_pages_in_folder(source, base) if source.is_dir() else _pages_in_sitemap(source))
    if not pages.paths:
        raise DigestError(f"{source} has no page")
    posts = published(collect(config).posts, now)
    missing = [post for post in posts if not pages.has(_path(post))]
    problems = [
        _problem(post, source, pages.nearest(_path(post)) if number < SEARCHED else "")
        for number, post in enumerate(missing)
    ]
    proposal = _proposal(config, posts, pages) if missing else ""
    return LinkReport(len(posts) - len(missing), len(posts), tuple(sorted(problems)), proposal)


def _path(post: Post) -> str:
    return unquote(urlsplit(post.url).path)


def _without_index(path: str) -> str:
    return path.removesuffix("index.html") if path.endswith("/index.html") else path


def _name(path: str) -> str:
    """Return the last name of an address, without what generators put at its end."""
    return posixpath.basename(_without_index(path).removesuffix(".html").rstrip("/")).lower()


def _pages_in_folder(folder: Path, base: str) -> set[str]:
    """Return the addresses of the HTML files in the folder that the site is published from, at the path `base`."""
    pages = set()
    for parent, folders, files in os.walk(folder):
        folders.sort()
        below = Path(parent).relative_to(folder).as_posix()
        prefix = base if below == "." else f"{base}{below}/"
        pages |= {f"{prefix}{name}" for name in files if name.endswith((".html", ".htm"))}
    return pages


def _pages_in_sitemap(file: Path) -> set[str]:
    """Return the addresses in a sitemap and, of an index, in the sitemaps beside it (https://www.sitemaps.org)."""
    root = _sitemap(file)
    places = _places_in(root)
    if not root.tag.endswith("sitemapindex"):
        return set(places)
    pages: set[str] = set()
    for place in places:
        beside = file.with_name(posixpath.basename(place))
        nested = file.parent / place.lstrip("/")
        named = next((path for path in (nested, beside) if path.is_file()), None)
        if named is not None:
            pages.update(_places_in(_sitemap(named)))
    return pages


def _sitemap(file: Path) -> etree._Element:
    """Return the root of a sitemap. Raises `DigestError` when it is not XML."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        return etree.fromstring(file.read_bytes(), parser)
    except (OSError, etree.XMLSyntaxError) as error:
        raise DigestError(f"{file} cannot be read as a sitemap: {error}") from error


def _places_in(sitemap: etree._Element) -> list[str]:
    return [unquote(urlsplit((element.text or "").strip()).path) for element in sitemap.iter("{*}loc")]


def _problem(post: Post, source: Path, nearest: str) -> Problem:
    hint = f"the nearest is {nearest}" if nearest else ""
    return Problem(post.path, 1, 0, "no-such-page", f"{_path(post)} is not in {source}", hint)


# --- the pattern that fits


def _proposal(config: Config, posts: Sequence[Post], pages: Pages) -> str:
    """Return a sentence that names the permalink by which most posts would have a page; empty if the present one."""
    sample = [post.path for post in posts[:: max(1, len(posts) // SAMPLED)]]
    fits = {"": _fitting(config, sample, pages)}
    for permalink in (*GENERATORS, *_PATTERNS):
        fits[permalink] = _fitting(_with_permalink(config, permalink), sample, pages)
    best = max(fits, key=lambda permalink: fits[permalink])
    if fits[best] <= fits[""]:
        return ""
    return f'permalink = "{best}" would fit {fits[best]:,} of {count(len(sample), "post")} instead of {fits[""]:,}'


def _with_permalink(config: Config, permalink: str) -> Config:
    site = msgspec.structs.replace(config.site, permalink=permalink)
    generator = config.generator
    if permalink in GENERATORS and not isinstance(generator, generator_type(permalink)):
        generator = generator_type(permalink)()
    return msgspec.structs.replace(config, site=site, generator=generator)


def _fitting(config: Config, paths: Iterable[str], pages: Pages) -> int:
    """Return how many posts have a page."""
    posts = [read_file(config, path).post for path in paths]
    return sum(post is not None and pages.has(_path(post)) for post in posts)
