"""The pages of the site's posts, found by the path of a file, by a slug, or by a name."""

import posixpath
import unicodedata
from collections import defaultdict
from collections.abc import Iterable

from msgspec import Struct

from digest.collector.paths import HTML, MARKDOWN, POSTS_FOLDERS, without_date
from digest.collector.post import Post
from digest.collector.scan import content_folder
from digest.config.schema import Config

_SUFFIXES = (*MARKDOWN, *HTML, ".rst", ".txt", ".ipynb")


class Pages(Struct, frozen=True):
    """The URLs of the posts. Of several posts with one slug or name, none is found by it."""

    content: str = ""  # the content folder, relative to the site's; empty when it is that
    by_path: dict[str, str] = {}  # relative to the site's folder, without suffix and `index`
    by_slug: dict[str, str] = {}
    by_name: dict[str, str] = {}  # of the file, without date and suffix, and titles; case-insensitive

    def of_path(self, target: str, post_path: str) -> str:
        """Return the URL of the post in the file `target`; empty when there is none.

        `target` is relative to the file of the post at `post_path` or, with a `/` or `@/` before it or when no such
        file is there, to the content folder or the site's; its suffix may be left out.
        """
        path = _without_suffix(unicodedata.normalize("NFC", target.strip().removeprefix("@")))
        beside = posixpath.normpath(posixpath.join(posixpath.dirname(post_path), path))
        below_content = posixpath.normpath(f"{self.content}/{path}".lstrip("/"))
        below_site = posixpath.normpath(path.lstrip("/"))
        places = [below_content, below_site] if path.startswith("/") else [beside, below_content, below_site]
        places += [f"{folder}/{below_site}" for folder in POSTS_FOLDERS]
        found = (self.by_path.get(_without_index(place)) for place in places)
        return next(filter(None, found), "")

    def of_slug(self, slug: str) -> str:
        """Return the URL of the only post that has `slug`; empty when there is none."""
        return self.by_slug.get(slug.strip("/"), "")

    def of_name(self, name: str) -> str:
        """Return the URL of the only post whose file or title is called `name`; empty when there is none."""
        return self.by_name.get(_folded(name), "")


NO_PAGES = Pages()


def pages_of(config: Config, posts: Iterable[Post]) -> Pages:
    """Return the pages of `posts`."""
    by_path: dict[str, str] = {}
    slugs: dict[str, set[str]] = defaultdict(set)
    names: dict[str, set[str]] = defaultdict(set)
    for post in posts:
        path = _without_index(_without_suffix(unicodedata.normalize("NFC", post.path)))
        by_path[path] = post.url
        slugs[post.slug].add(post.url)
        file_name = posixpath.basename(path)
        for name in {file_name, without_date(file_name), post.title} - {""}:
            names[_folded(name)].add(post.url)
    return Pages(content_folder(config), by_path, _unique(slugs), _unique(names))


def _unique(found: dict[str, set[str]]) -> dict[str, str]:
    return {name: next(iter(urls)) for name, urls in found.items() if len(urls) == 1}


def _without_suffix(path: str) -> str:
    stem, suffix = posixpath.splitext(path)
    return stem if suffix.lower() in _SUFFIXES else path


def _without_index(path: str) -> str:
    return posixpath.dirname(path) if posixpath.basename(path).lower() in ("index", "_index") else path


def _folded(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).casefold().replace("-", " ").replace("_", " ").split())
