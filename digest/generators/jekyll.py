"""Jekyll: `_config.yml`, and the addresses that Jekyll 4 gives.

Sources: `document.rb`, `url.rb`, `utils.rb` and `drops/url_drop.rb` in `lib/jekyll` of
https://github.com/jekyll/jekyll
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar

from msgspec import Struct, field

from digest.generators.generator import Adoption, Found, Generator, PostSource, first_file, folders_named
from digest.generators.hexo import is_hexo
from digest.generators.settings import list_of, read_table, table_of, text_of

FILES = ("_config.yml", "_config.yaml", "_config.toml")
STYLES = {
    "date": "/:categories/:year/:month/:day/:title:output_ext",
    "pretty": "/:categories/:year/:month/:day/:title/",
    "ordinal": "/:categories/:year/:y_day/:title:output_ext",
    "weekdate": "/:categories/:year/W:week/:short_day/:title:output_ext",
    "none": "/:categories/:title:output_ext",
}
POSTS_FOLDERS = ("_posts", "_drafts")

_POST_NAME = re.compile(r"(\d{2,4}-\d{1,2}-\d{1,2})-([^/]*)", re.ASCII)
PLACEHOLDER = re.compile(":([a-z_]+)")
_DATE_WORDS = {
    "year": "%Y", "month": "%m", "day": "%d", "hour": "%H", "minute": "%M", "second": "%S", "short_year": "%y",
    "y_day": "%j", "w_year": "%G", "week": "%V", "w_day": "%u", "short_day": "%a", "long_day": "%A",
    "short_month": "%b", "long_month": "%B",
}  # fmt: skip
_KEPT_PUNCTUATION = frozenset("._~!$&'()+,;=@")  # of the slugs of names and titles, Jekyll's mode "pretty"


class PathDefault(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Front-matter values of the posts below a path, from `defaults` in `_config.yml`."""

    path: str = ""
    permalink: str = ""
    categories: tuple[str, ...] = ()


class Jekyll(Generator, frozen=True, tag="jekyll"):
    """The settings of Jekyll that decide addresses."""

    label: ClassVar[str] = "Jekyll"
    unquoted_times_are_utc: ClassVar[bool] = True
    shares_addresses: ClassVar[bool] = True

    permalink: str = "date"  # a style or a pattern
    defaults: tuple[PathDefault, ...] = ()
    collections: dict[str, str] = field(
        default_factory=dict
    )  # other collections whose documents get pages, with their patterns
    collections_dir: str = ""

    def is_post(self, path: str) -> bool:
        """Return whether the file is a dated one in `_posts`, one in `_drafts`, or in a collection."""
        folders = path.split("/")[:-1]
        if "_posts" in folders:
            return _POST_NAME.match(PurePosixPath(path).name) is not None
        return "_drafts" in folders or self.collection(path) != ""

    def is_page(self, path: str) -> bool:
        """Return whether the file belongs to another collection than the posts."""
        return self.collection(path) != ""

    def address(self, post: PostSource) -> str:
        """Return the address of a post: its own permalink, else that of its path, its collection or the site."""
        pattern = post.text("permalink") or self._pattern(post.path)
        return _clean(PLACEHOLDER.sub(lambda word: self._part(word[1], post), pattern))

    def collection(self, path: str) -> str:
        """Return the name of the collection that a file is in; empty for posts and other files."""
        below = path.removeprefix(f"{self.collections_dir}/") if self.collections_dir else path
        folder = below.partition("/")[0].removeprefix("_")
        return folder if folder in self.collections and below.startswith("_") else ""

    def _pattern(self, path: str) -> str:
        """Return the pattern of the addresses of posts at `path`."""
        of_path = [default.permalink for default in self._defaults(path) if default.permalink]
        collection = self.collection(path)
        if of_path:
            pattern = of_path[-1]
        elif collection:
            pattern = self.collections[collection] or f"/:collection/:path{self._ending()}"
        else:
            pattern = self.permalink
        return STYLES.get(pattern, pattern)

    def _ending(self) -> str:
        """Return how addresses of a collection end, by the pattern of the site's (Utils.add_permalink_suffix)."""
        pattern = STYLES.get(self.permalink, self.permalink)
        return next((ending for ending in ("/", ":output_ext") if pattern.endswith(ending)), "")

    def _defaults(self, path: str) -> list[PathDefault]:
        """Return the defaults for the file at `path`, the most specific last."""
        matching = [default for default in self.defaults if _is_in(path, default.path)]
        return sorted(matching, key=lambda default: len(default.path))

    def _part(self, word: str, post: PostSource) -> str:
        """Return the value of a placeholder; an unknown one stays as typed."""
        if word in _DATE_WORDS and post.local_date:
            return post.local_date.strftime(_DATE_WORDS[word])
        value = _PARTS.get(word)
        if value is not None:
            return value(self, post)
        shorter = word.removesuffix("_")
        return f":{word}" if shorter == word else f"{self._part(shorter, post)}_"

    def path_in_collection(self, post: PostSource) -> str:
        """Return the post's path below the collection's folder, without suffix."""
        below = post.path.removeprefix(f"{self.collections_dir}/") if self.collections_dir else post.path
        return below.partition("/")[2].rpartition(".")[0]

    def categories(self, post: PostSource) -> list[str]:
        """Return the categories of the folders above `_posts`, then those of the front matter, each once."""
        above = []
        if not self.collection(post.path):
            above = _folders_above(post.path, self.collections_dir)
        own = _own_categories(post)
        for default in self._defaults(post.path):
            own = own or list(default.categories)
        return list(dict.fromkeys([*above, *own]))


def adopt(root: Path) -> Adoption | None:
    """Return what `_config.yml` in the folder `root` says; None when there is none. Raises `SettingsError`."""
    file = first_file(root, FILES)
    if not file:
        return None
    settings = read_table(root / file)
    if is_hexo(root, settings):  # which has a file of that name too
        return None
    collections = table_of(settings.get("collections"))
    own = table_of(collections.get("posts"))
    generator = Jekyll(
        permalink=text_of(own.get("permalink")) or text_of(settings.get("permalink")) or "date",
        defaults=tuple(_path_defaults(settings)),
        collections={
            name: text_of(table_of(value).get("permalink"))
            for name, value in collections.items()
            if name != "posts" and table_of(value).get("output") is True
        },
        collections_dir=text_of(settings.get("collections_dir")).strip("/"),
    )
    found = tuple(Found(key, value, file) for key, value in _site_settings(root, settings, generator))
    return Adoption(generator=generator, file=file, found=found)


def slugify(text: str, kept: frozenset[str] = frozenset()) -> str:
    """Return `text` with a hyphen for each run of characters other than letters, marks, digits and those `kept`."""
    spaced = "".join(character if _is_kept(character, kept) else "\0" for character in text)
    return "-".join(part for part in spaced.split("\0") if part)


def _is_kept(character: str, kept: frozenset[str]) -> bool:
    category = unicodedata.category(character)
    return category[0] in "LM" or category == "Nd" or character in kept


def _slug(post: PostSource) -> str:
    """Return the slug of the front matter, else the file's name without its date."""
    if "slug" in post.header:
        return post.text("slug")
    dated = _POST_NAME.fullmatch(post.stem)
    return dated[2] if dated else post.stem


def _own_categories(post: PostSource) -> list[str]:
    """Return the categories of the front matter: `category` is one, a text of `categories` is split at spaces."""
    if "category" in post.header:
        return [text for text in post.texts("category") if text]
    several = post.header.get("categories")
    return several.split() if isinstance(several, str) else [text for text in post.texts("categories") if text]


def _folders_above(path: str, collections_dir: str) -> list[str]:
    """Return the folders above `_posts`."""
    below = path.removeprefix(f"{collections_dir}/") if collections_dir else path
    folders = below.split("/")[:-1]
    ends = [number for number, name in enumerate(folders) if name in POSTS_FOLDERS]
    return folders[: ends[0]] if ends else []


# The placeholders that are not parts of the date (UrlDrop).
_PARTS: dict[str, Callable[[Jekyll, PostSource], str]] = {
    "title": lambda _, post: slugify(_slug(post), _KEPT_PUNCTUATION),
    "slug": lambda _, post: slugify(_slug(post)).lower(),
    "name": lambda _, post: slugify(post.stem).lower(),
    "basename": lambda _, post: post.stem,
    "path": Jekyll.path_in_collection,
    "collection": lambda jekyll, post: jekyll.collection(post.path) or "posts",
    "categories": lambda jekyll, post: "/".join(name.lower() for name in jekyll.categories(post)),
    "slugified_categories": lambda jekyll, post: "/".join(slugify(name).lower() for name in jekyll.categories(post)),
    "output_ext": lambda _, __: ".html",
    "i_day": lambda _, post: str(post.local_date.day) if post.local_date else "",
    "i_month": lambda _, post: str(post.local_date.month) if post.local_date else "",
}


def _clean(path: str) -> str:
    """Return a path as `URL#sanitize_url` leaves it: without dots that lead elsewhere and double slashes."""
    path = f"/{path}".replace("..", "/").replace("./", "")
    while "//" in path:
        path = path.replace("//", "/")
    return path


def _is_in(path: str, scope: str) -> bool:
    """Return whether the file at `path` is in the scope of a default: a file, a folder, or a pattern."""
    scope = scope.strip("/")
    if not scope:
        return True
    if "*" in scope:
        return PurePosixPath(path).match(scope) or PurePosixPath(path).parent.match(scope)
    return path == scope or path.startswith(f"{scope}/")


def _path_defaults(settings: dict[str, Any]) -> Iterator[PathDefault]:
    for entry in list_of(settings.get("defaults")):
        scope, values = table_of(table_of(entry).get("scope")), table_of(table_of(entry).get("values"))
        categories = list_of(values.get("categories", values.get("category")))
        default = PathDefault(
            path=text_of(scope.get("path")),
            permalink=text_of(values.get("permalink")),
            categories=tuple(word for category in categories for word in text_of(category).split()),
        )
        if text_of(scope.get("type")) in ("", "posts", "drafts") and (default.permalink or default.categories):
            yield default


def copies(root: Path, path: Path) -> bool:
    """Return whether Jekyll copies a file into its output, as it does with all that `exclude` does not name."""
    file = first_file(root, FILES)
    if not file:
        return False
    settings = read_table(root / file)
    source = (root / text_of(settings.get("source"))).resolve()
    if is_hexo(root, settings) or not path.resolve().is_relative_to(source):
        return False
    parts = path.resolve().relative_to(source).parts
    is_special = any(part.startswith((".", "_", "#", "~")) for part in parts)
    return not is_special and not _is_excluded(parts, settings)


def _is_excluded(parts: tuple[str, ...], settings: dict[str, Any]) -> bool:
    """Return whether `exclude` names a file or a folder around it."""
    patterns = [text_of(name).strip("/") for name in list_of(settings.get("exclude"))]
    outer = ["/".join(parts[:depth]) for depth in range(1, len(parts) + 1)]
    return any(fnmatch(path, pattern) for path in outer for pattern in patterns)


def _site_settings(root: Path, settings: dict[str, Any], generator: Jekyll) -> Iterator[tuple[str, object]]:
    """Yield keys of `digest.toml` and the values that Jekyll's settings give them."""
    yield "site.title", text_of(settings.get("title")) or text_of(settings.get("name"))
    yield "site.description", text_of(settings.get("description"))
    base = "/".join(text_of(settings.get(key)).strip("/") for key in ("url", "baseurl"))
    yield "site.url", base if text_of(settings.get("url")) else ""
    yield "site.language", text_of(settings.get("lang")) or text_of(settings.get("locale"))
    yield "site.timezone", text_of(settings.get("timezone"))
    author = settings.get("author")
    yield "site.author.name", text_of(author) or text_of(table_of(author).get("name"))
    yield "site.author.email", text_of(settings.get("email")) or text_of(table_of(author).get("email"))
    source = text_of(settings.get("source")).strip("./")
    content = _content(root, source, generator)
    yield "site.content", content
    excluded = [text_of(name).strip("/") for name in list_of(settings.get("exclude"))]
    yield "posts.ignore", [f"/{name.removeprefix(f'{content}/')}" for name in excluded if name]


def _content(root: Path, source: str, generator: Jekyll) -> str:
    """Return the folder of the posts: `_posts` when no other folder has any, else the source folder."""
    posts = f"{source}/_posts".lstrip("/")
    has_one_folder = list(folders_named("_posts", root, source)) == [posts]
    return posts if has_one_folder and not generator.collections else source or "."
