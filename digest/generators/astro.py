"""Astro: `astro.config.*`, its collections of content, and the addresses that Astro's own blog template gives.

The address of a page is the place of its route below `src/pages` with the entry's id in it. Which id a route takes is a
program: what a route does with it is not read. Sources: `packages/astro/src/content` and `packages/astro/src/core` of
https://github.com/withastro/astro, and https://github.com/Flet/github-slugger
"""

import posixpath
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar, Literal, NamedTuple
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct, field

from digest.generators.generator import AddressError, Adoption, Found, Generator, PostSource, first_file
from digest.generators.globs import is_selected
from digest.generators.javascript import Call, read_javascript, settings_in
from digest.generators.javascript_tokens import Unreadable
from digest.generators.settings import list_of, settings_text, table_of, text_of

FILES = tuple(f"astro.config.{suffix}" for suffix in ("mjs", "js", "ts", "mts", "cjs", "cts"))
CONTENT_FILES = tuple(f"content.config.{suffix}" for suffix in ("mjs", "js", "mts", "ts"))
OLD_CONTENT_FILES = tuple(f"content/config.{suffix}" for suffix in ("ts", "js", "mjs", "mts"))
SITE_FILES = tuple(
    f"{name}.{suffix}" for name in ("consts", "config", "site.config", "constants") for suffix in ("ts", "js", "mjs")
)
_CONSTANTS = {
    "title": "site.title",
    "description": "site.description",
    "desc": "site.description",
    "lang": "site.language",
    "timezone": "site.timezone",
    "author": "site.author.name",
}
PAGES = ("**/*.{md,mdx,markdown}", "!**/_*", "!**/_*/**")
# Parameters of routes that show lists of entries.
LIST_PARAMETERS = frozenset(("page", "tag", "tags", "category", "author", "series", "year", "month"))
_LOADING = ("getCollection", "getEntry", "getEntryBySlug")
_CIRCLED = ((0x24B6, 0x24E9), (0x1F130, 0x1F149), (0x1F150, 0x1F169), (0x1F170, 0x1F189))  # letters in circles

Format = Literal["directory", "file", "preserve"]
TrailingSlash = Literal["always", "never", "ignore"]


class Collection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A collection of content that has pages; without `route`, Markdown files that are pages themselves."""

    base: str
    pattern: tuple[str, ...] = ("**/*.{md,mdx}",)
    route: str = ""  # below src/pages, such as blog/[...slug].astro


class Astro(Generator, frozen=True, tag="astro"):
    """The settings of Astro that decide addresses, and its collections."""

    label: ClassVar[str] = "Astro"

    trailing_slash: TrailingSlash = field(default="ignore", name="trailingSlash")
    format: Format = "directory"
    collections: tuple[Collection, ...] = (Collection(base="src/content/blog", route="blog/[...slug].astro"),)

    def is_post(self, path: str) -> bool:
        """Return whether the file is in a collection; Astro does not read names that have `#` or `?`."""
        return self._collection(path) is not None and not {"#", "?"} & set(path)

    def is_page(self, path: str) -> bool:
        """Return whether the file is a page itself."""
        collection = self._collection(path)
        return collection is not None and not collection.route

    def address(self, post: PostSource) -> str:
        """Return the address of a post: that of its route, with its slug or the slug of its path in it."""
        collection = self._collection(post.path)
        if collection is None:
            raise AddressError("the file is in no collection of Astro")
        below = _below(post.path, collection.base)
        entry = post.text("slug") or slug_of_path(below)
        *folders, last = _segments(collection.route or below)
        parts = folders if last == "index" else [*folders, last]
        shown = (entry if part.startswith("[") else part for part in parts)
        path = "/".join(unicodedata.normalize("NFC", part.strip("/")) for part in shown)
        return self._page(path, is_index=last == "index")

    def _page(self, path: str, *, is_index: bool) -> str:
        """Return the address of the page at a path below the pages' folder (getUrlForPath)."""
        address = "/".join(filter(None, path.split("/")))
        if self.format == "file" or (self.format == "preserve" and not is_index):
            return f"{address or 'index'}.html"
        return address if self.trailing_slash == "never" or not address else f"{address}/"

    def _collection(self, path: str) -> Collection | None:
        """Return the collection that a file is in; None when it is in none."""
        nearest_first = sorted(self.collections, key=lambda each: -len(each.base))
        for collection in nearest_first:
            below = _below(path, collection.base)
            if below and is_selected(below, collection.pattern):
                return collection
        return None


class _Route(NamedTuple):
    """A file that makes a page of each entry: its path below the pages' folder, and its text without white space."""

    path: str
    text: str

    @property
    def parameters(self) -> list[str]:
        """The names of the parts in brackets, the last of which is the entry's."""
        return [part.strip("[].") for part in _segments(self.path) if part.startswith("[")]

    def shows(self, collection: str) -> bool:
        """Return whether the route loads entries of a collection."""
        calls = (f"{function}({quote}{collection}{quote}" for function in _LOADING for quote in "\"'`")
        return any(call in self.text for call in calls)

    @property
    def renders(self) -> bool:
        """Whether the route shows an entry whole."""
        return "render(" in self.text or "<Content" in self.text

    @property
    def takes_ids(self) -> bool:
        """Whether the only parameter is seen to be the id of an entry."""
        if len(self.parameters) != 1:
            return False
        _, _, after = self.text.partition(f"params:{{{self.parameters[0]}:")
        value = after.replace(",", "}").partition("}")[0]
        return value.endswith((".id", ".slug")) and "(" not in value


# --- settings


def adopt(root: Path) -> Adoption | None:
    """Return what `astro.config.*` in the folder `root` says; None when there is none. Raises `SettingsError`."""
    file = first_file(root, FILES)
    if not file:
        return None
    settings = settings_in(read_javascript(root / file, root).default)
    source = posixpath.normpath(text_of(settings.get("srcDir")) or "src")
    collections, doubts = _collections(root, source)
    generator = Astro(
        trailing_slash=_slash(settings.get("trailingSlash")),
        format=_format(table_of(settings.get("build")).get("format")),
        collections=collections,
    )
    found = [*_constants(root, source), *_site_settings(file, settings, generator)]
    unread = [f"{file}: {name} cannot be read without running it" for name in _unread(settings)]
    return Adoption(generator=generator, file=file, found=tuple(found), unread=(*unread, *doubts))


def _slash(value: object) -> TrailingSlash:
    return "always" if value == "always" else "never" if value == "never" else "ignore"


def _format(value: object) -> Format:
    return "file" if value == "file" else "preserve" if value == "preserve" else "directory"


def _unread(settings: dict[str, Any]) -> Iterator[str]:
    """Yield the names of the settings that could not be read."""
    for key in ("site", "base", "trailingSlash", "srcDir", "build"):
        if isinstance(settings.get(key), Unreadable | Call):
            yield key


def _collections(root: Path, source: str) -> tuple[tuple[Collection, ...], list[str]]:
    """Return the collections that have pages, and a sentence for each doubt; without any, Markdown pages."""
    content = first_file(root, tuple(f"{source}/{name}" for name in CONTENT_FILES + OLD_CONTENT_FILES))
    exported = read_javascript(root / content, root).names.get("collections") if content else {}
    defined = {name: _defined(name, settings_in(value), source) for name, value in settings_in(exported).items()}
    routes = list(_routes(root / source / "pages"))
    collections = []
    doubts = []
    for name, collection in defined.items():
        route = _route_of(name, routes, is_only=len(defined) == 1)
        if route is None or collection is None:
            continue
        collections.append(msgspec.structs.replace(collection, route=route.path))
        if not route.takes_ids:
            which = f"{source}/pages/{route.path}: what its pages are called cannot be read without running it"
            doubts.append(f"{which}; it is taken to be the id of the entry")
    pages = Collection(base=f"{source}/pages", pattern=PAGES)
    return tuple(collections) or (pages,), doubts


def _defined(name: str, options: dict[str, Any], source: str) -> Collection | None:
    """Return a collection of Markdown files from its definition; None for one that a program loads."""
    loader = options.get("loader")
    if loader is None:
        return Collection(base=f"{source}/content/{name}", pattern=("**/*.{md,mdx}", "!**/_*", "!**/_*/**"))
    files = settings_in(loader)
    base, pattern = files.get("base", "."), files.get("pattern")
    if not isinstance(loader, Call) or not isinstance(base, str) or pattern is None:
        return None
    return Collection(base=posixpath.normpath(base), pattern=tuple(filter(None, map(text_of, list_of(pattern)))))


def _routes(pages: Path) -> Iterator[_Route]:
    """Yield the routes whose last parameter is an entry's, those with the fewest parameters first."""
    found = []
    for file in sorted(pages.rglob("*.astro")):
        path = file.relative_to(pages).as_posix()
        if "/_" not in f"/{path}":
            found.append(_Route(path, "".join(settings_text(file).split())))
    with_parameter = (route for route in found if route.parameters)
    of_entries = (route for route in with_parameter if route.parameters[-1] not in LIST_PARAMETERS)
    yield from sorted(of_entries, key=lambda route: len(route.parameters))


def _route_of(name: str, routes: list[_Route], *, is_only: bool) -> _Route | None:
    """Return the route that shows the entries of a collection, each whole; None when there is none."""
    loading = [route for route in routes if route.shows(name)]
    rendering = [route for route in loading if route.renders]
    in_folder = [route for route in routes if route.path.startswith(f"{name}/")]
    only = routes[:1] if is_only else []
    return next(iter(rendering + loading + in_folder + only), None)


def _site_settings(file: str, settings: dict[str, Any], generator: Astro) -> Iterator[Found]:
    """Yield the address and the content folder that the settings in `file` give."""
    site = urlsplit(text_of(settings.get("site")))
    base = "/".join(filter(None, text_of(settings.get("base")).split("/")))
    yield Found("site.url", f"{site.scheme}://{site.netloc}/{base}" if site.netloc else "", file)
    folders = [collection.base for collection in generator.collections]
    yield Found("site.content", posixpath.commonpath(folders) or ".", file)


def _constants(root: Path, source: str) -> list[Found]:
    """Return what a file of constants says about the site, under the names that templates give them."""
    file = first_file(root, tuple(f"{source}/{name}" for name in SITE_FILES))
    if not file:
        return []
    names = read_javascript(root / file, root).names
    texts = {"title": names.get("SITE_TITLE"), "description": names.get("SITE_DESCRIPTION")}
    for table in ("SITE", "siteConfig"):
        texts |= table_of(names.get(table))
    return [Found(_CONSTANTS[key], text_of(value), file) for key, value in texts.items() if key in _CONSTANTS]


# --- parts of an address


def slug_of_path(path: str) -> str:
    """Return the id of the entry at a path: the slug of each part, without suffix and without `index` at the end."""
    stem = posixpath.splitext(path)[0]
    return "/".join(map(_github_slug, stem.split("/"))).removesuffix("/index")


def _github_slug(text: str) -> str:
    """Return a text in lower case with its letters, marks and digits, `_` and `-`, and a hyphen for each space."""
    return "".join(filter(_is_kept, text.lower())).replace(" ", "-")


def _is_kept(character: str) -> bool:
    category = unicodedata.category(character)
    is_circled = any(first <= ord(character) <= last for first, last in _CIRCLED)
    return category[0] in "LM" or category in ("Nd", "Nl", "Pc") or character in "- " or is_circled


def _segments(path: str) -> list[str]:
    """Return the parts of a path, the last one without suffix."""
    return posixpath.splitext(path)[0].split("/")


def _below(path: str, folder: str) -> str:
    """Return a path below a folder; empty when it is not there."""
    if folder == ".":
        return path
    return path.removeprefix(f"{folder}/") if path.startswith(f"{folder}/") else ""
