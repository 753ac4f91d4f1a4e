"""MkDocs with Material's blog, and Zensical: their settings, and the addresses that they give.

Sources: `src/plugins/blog` of https://github.com/squidfunk/mkdocs-material, `mkdocs/structure/files.py` of
https://github.com/mkdocs/mkdocs, `pymdownx/slugs.py` of https://github.com/facelessuser/pymdown-extensions
"""

import itertools
import posixpath
import string
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from msgspec import Struct

from digest.generators.generator import AddressError, Adoption, Found, Generator, PostSource, SettingsError, first_file
from digest.generators.mkdocs_slugs import SLUG_FUNCTIONS, Slugify
from digest.generators.settings import list_of, read_table, table_of, text_of
from digest.problems import require

MKDOCS_FILES = ("mkdocs.yml", "mkdocs.yaml")
ZENSICAL_FILES = ("zensical.toml",)
BLOG_PLUGINS = ("blog", "material/blog")
INDEX = {"README": "index"}  # names of documents that stand for another
UNDATED = datetime(1970, 1, 1, tzinfo=UTC)  # for the address of a draft

_TEXTS = (
    "blog_dir", "post_dir", "post_url_format", "post_url_date_format", "post_slugify_separator",
    "categories_slugify_separator",
)  # fmt: skip
_FUNCTIONS = ("post_slugify", "categories_slugify")
# The fields of a pattern for dates that are numbers.
_NUMBERS = {
    "yyyy": "{0.year:04}", "y": "{0.year}", "MM": "{0.month:02}", "M": "{0.month}", "dd": "{0.day:02}", "d": "{0.day}",
}  # fmt: skip
_MAX_PARENTS = 5  # of settings files that inherit from another


class Blog(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The settings of one blog, under the plugin's own names."""

    blog_dir: str = "blog"
    post_dir: str = "{blog}/posts"
    post_url_format: str = "{date}/{slug}"
    post_url_date_format: str = "yyyy/MM/dd"
    post_url_max_categories: int = 1
    post_slugify: Slugify = Slugify(case="lower")
    post_slugify_separator: str = "-"
    categories_slugify: Slugify = Slugify(case="lower")
    categories_slugify_separator: str = "-"

    @property
    def posts(self) -> str:
        """The folder of the posts below the documents' folder."""
        return posixpath.normpath(self.post_dir.replace("{blog}", posixpath.normpath(self.blog_dir)))


class MkDocs(Generator, frozen=True, tag="mkdocs"):
    """The settings of MkDocs that decide addresses, and those of its blogs."""

    label: ClassVar[str] = "MkDocs"
    suffixes: ClassVar[tuple[str, ...]] = (".md", ".markdown", ".mdown", ".mkdn", ".mkd")
    default_case: ClassVar[str] = "none"  # of a function for slugs that is given without

    docs_dir: str = "docs"
    use_directory_urls: bool = True
    language: str = "en"  # of the theme; names of months are in it
    blogs: tuple[Blog, ...] = (Blog(),)

    def is_post(self, path: str) -> bool:
        """Return whether the file is in the folder of a blog's posts; without blogs, whether it is a document."""
        if not path.endswith(self.suffixes):
            return False
        return not self.blogs or self._blog_of(path) is not None

    def is_page(self, path: str) -> bool:
        """Return whether the file is a document that belongs to no blog."""
        return self._blog_of(path) is None

    def address(self, post: PostSource) -> str:
        """Return the address of a post, by its date and its slug; of a page, by its path."""
        blog = self._blog_of(post.path)
        if blog is None:
            return self._page(posixpath.splitext(self._below_docs(post.path))[0])
        parts = {
            "categories": "/".join(_category_slugs(blog, post)),
            "date": _formatted_date(post.date or UNDATED, blog.post_url_date_format, self._language_of_dates),
            "file": _name(post.path),
            "slug": self._slug(blog, post),
        }
        path = _filled(blog.post_url_format, parts).strip("/")
        return self._page(posixpath.join(blog.blog_dir, posixpath.normpath(path)))

    @property
    def _language_of_dates(self) -> str:
        return self.language

    def _slug(self, blog: Blog, post: PostSource) -> str:
        """Return the slug of the front matter, else that of the title."""
        return post.text("slug") or blog.post_slugify.slug(_title(post), blog.post_slugify_separator)

    def _page(self, path: str) -> str:
        """Return the address of a document whose path below the documents' folder, without suffix, is `path`."""
        folder, name = posixpath.split(posixpath.normpath(path))
        name = INDEX.get(name, name)
        if not self.use_directory_urls:
            return posixpath.join(folder, f"{name}.html")
        address = folder if name == "index" else posixpath.join(folder, name)
        return f"{address}/" if address else ""

    def _below_docs(self, path: str) -> str:
        return path if self.docs_dir == "." else path.removeprefix(f"{self.docs_dir}/")

    def _blog_of(self, path: str) -> Blog | None:
        """Return the blog whose posts are in the nearest folder above the file; None when it is in none."""
        below = self._below_docs(path)
        nearest_first = sorted(self.blogs, key=lambda blog: -len(blog.posts))
        return next((blog for blog in nearest_first if below.startswith(f"{blog.posts}/")), None)


class Zensical(MkDocs, frozen=True, tag="zensical"):
    """The settings of Zensical that decide addresses, and those of its blogs."""

    label: ClassVar[str] = "Zensical"
    suffixes: ClassVar[tuple[str, ...]] = (".md",)
    default_case: ClassVar[str] = "lower"

    @property
    def _language_of_dates(self) -> str:
        return "en"

    def _slug(self, blog: Blog, post: PostSource) -> str:
        """Return the slug of the front matter, even an empty one, else that of the title."""
        return post.text("slug") if "slug" in post.header else super()._slug(blog, post)


# --- settings


def adopt(root: Path) -> Adoption | None:
    """Return what `mkdocs.yml` in the folder `root` says; None when there is none. Raises `SettingsError`."""
    file = first_file(root, MKDOCS_FILES)
    return _adoption(MkDocs, file, _inherited(root / file)) if file else None


def adopt_zensical(root: Path) -> Adoption | None:
    """Return what `zensical.toml` in the folder `root` says; None when there is none. Raises `SettingsError`."""
    file = first_file(root, ZENSICAL_FILES)
    if not file:
        return None
    settings = read_table(root / file)
    return _adoption(Zensical, file, table_of(settings.get("project", settings)))


def _inherited(file: Path, depth: int = 0) -> dict[str, Any]:
    """Return the settings of a file over those of the file that its key `INHERIT` names."""
    settings = read_table(file)
    parent = text_of(settings.pop("INHERIT", ""))
    if not parent:
        return settings
    if depth == _MAX_PARENTS:
        raise SettingsError(f"{file.name} inherits from too many files")
    return _merged(_inherited(file.parent / parent, depth + 1), settings)


def _merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    table = dict(base)
    for key, value in over.items():
        inner = table.get(key)
        both_tables = isinstance(inner, dict) and isinstance(value, dict)
        table[key] = _merged(inner or {}, value) if both_tables else value
    return table


def _adoption(kind: type[MkDocs], file: str, settings: dict[str, Any]) -> Adoption:
    plugins = [options for name, options in _plugins(settings) if name in BLOG_PLUGINS]
    enabled = [options for options in plugins if options.get("enabled") is not False]
    theme = table_of(settings.get("theme"))
    generator = kind(
        docs_dir=posixpath.normpath(_text(settings, "docs_dir") or "docs"),
        use_directory_urls=settings.get("use_directory_urls") is not False,
        language=_text(theme, "language") or "en",
        blogs=tuple(_blog(options, kind.default_case) for options in enabled),
    )
    found = [Found(key, value, file) for key, value in _site_settings(settings, generator)]
    unread = [f"{file}: {sentence}" for sentence in _unread(settings, enabled)]
    return Adoption(generator=generator, file=file, found=tuple(found), unread=tuple(unread))


def _plugins(settings: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the names of the plugins and their options: from a list of names and tables, or from one table."""
    for entry in list_of(settings.get("plugins")):
        named = entry if isinstance(entry, dict) else {entry: None}
        for name, options in named.items():
            several = options if isinstance(options, list) else [options]
            yield from ((text_of(name), table_of(each)) for each in several)


def _blog(options: dict[str, Any], default_case: str) -> Blog:
    """Return the settings of a blog from the plugin's options."""
    given: dict[str, Any] = {name: options[name] for name in _TEXTS if isinstance(options.get(name), str)}
    for name in _FUNCTIONS:
        function = _slugify(options.get(name), default_case)
        if function is not None:
            given[name] = function
    most = options.get("post_url_max_categories")
    if isinstance(most, int):
        given["post_url_max_categories"] = most
    return Blog(**given)


def _slugify(value: object, default_case: str = "") -> Slugify | None:
    """Return the function that YAML's `!!python/object/apply:` names, with its arguments; None for an unknown one."""
    table = table_of(value)
    name = text_of(table.get("tag", table.get("object", value))).rpartition(":")[2]
    options = table_of(table.get("kwds"))
    if name not in SLUG_FUNCTIONS:
        return None
    return Slugify(
        function=name,
        case=text_of(options.get("case")) or default_case,
        percent_encode=options.get("percent_encode") is True,
        normalize=text_of(options.get("normalize")) or "NFC",
    )


def _text(settings: dict[str, Any], key: str) -> str:
    """Return a setting as text; of `!ENV [NAME, default]`, which is a list here, the default."""
    value = settings.get(key)
    return text_of(value[-1] if isinstance(value, list) and len(value) > 1 else value)


def _site_settings(settings: dict[str, Any], generator: MkDocs) -> Iterator[tuple[str, object]]:
    """Yield keys of `digest.toml` and the values that the settings give them."""
    yield "site.title", _text(settings, "site_name")
    yield "site.description", _text(settings, "site_description")
    yield "site.url", _text(settings, "site_url")
    yield "site.language", generator.language
    yield "site.author.name", _text(settings, "site_author")
    content = _content(generator)
    yield "site.content", content
    excluded = [*_patterns(settings, "exclude_docs"), *_patterns(settings, "draft_docs")]
    prefix = posixpath.relpath(content, generator.docs_dir)
    yield "posts.ignore", [_below(pattern, prefix) for pattern in excluded if not pattern.startswith("!")]


def _content(generator: MkDocs) -> str:
    """Return the folder of the posts: of the only blog, else that of all documents."""
    blogs = generator.blogs
    return posixpath.join(generator.docs_dir, blogs[0].posts) if len(blogs) == 1 else generator.docs_dir


def _patterns(settings: dict[str, Any], key: str) -> list[str]:
    """Return the lines of a setting that is written as `.gitignore` is."""
    lines = map(str.strip, text_of(settings.get(key)).splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _below(pattern: str, folder: str) -> str:
    """Return a pattern of `.gitignore` as one of `posts.ignore`, which is below `folder`."""
    pattern = pattern.removeprefix("**/").removesuffix("/**").rstrip("/")
    if "/" not in pattern:
        return pattern
    path = pattern.strip("/")
    return "/" + (path if folder == "." else path.removeprefix(f"{folder}/"))


def _unread(settings: dict[str, Any], blogs: list[dict[str, Any]]) -> Iterator[str]:
    """Yield a sentence for each setting that could not be read."""
    for blog in blogs:
        for name in _FUNCTIONS:
            if blog.get(name) and _slugify(blog[name]) is None:
                yield f"{name} cannot be read without running it"
    for key in ("exclude_docs", "draft_docs"):
        kept = [line for line in _patterns(settings, key) if line.startswith("!")]
        if kept:
            yield f"{key}: {kept[0]} is not taken, since posts.ignore has no exceptions"


# --- parts of an address


def _title(post: PostSource) -> str:
    """Return the title as typed, else the first line of the body when it is a heading, else the file's name."""
    if "title" in post.header:
        return post.text("title")
    first_line = next(filter(None, map(str.strip, post.body.splitlines())), "")
    return first_line.lstrip("# ") if first_line.startswith("# ") else _title_of_name(post.path)


def _title_of_name(path: str) -> str:
    title = _name(path).replace("-", " ").replace("_", " ")
    return title.capitalize() if title.lower() == title else title


def _name(path: str) -> str:
    """Return a file's name without suffix."""
    name = posixpath.splitext(posixpath.basename(path))[0]
    return INDEX.get(name, name)


def _category_slugs(blog: Blog, post: PostSource) -> Iterator[str]:
    names = list(dict.fromkeys(post.texts("categories")))
    for name in names[: blog.post_url_max_categories]:
        yield blog.categories_slugify.slug(name, blog.categories_slugify_separator)


def _formatted_date(date: datetime, pattern: str, language: str) -> str:
    """Return a date by a pattern of Unicode's locale data (CLDR), in the offset as written.

    Raises `MissingPackageError` for words of a language without Babel, which knows them.
    """
    if _is_numeric(pattern):
        return "".join(_NUMBERS.get(field, field).format(date) for field in _fields(pattern))
    require("babel", "mkdocs", f"post_url_date_format: {pattern}")
    from babel import Locale, UnknownLocaleError
    from babel.dates import format_date, format_datetime

    try:
        locale = Locale.parse(language.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        locale = Locale("en")
    if pattern in ("full", "long", "medium", "short"):
        return format_date(date, format=pattern, locale=locale)
    return format_datetime(date, format=pattern, locale=locale)


def _is_numeric(pattern: str) -> bool:
    """Return whether a pattern has no field but numbers."""
    has_quotes = not {"'", "{", "}"}.isdisjoint(pattern)
    return not has_quotes and all(field in _NUMBERS or not _is_letter(field[0]) for field in _fields(pattern))


def _fields(pattern: str) -> Iterator[str]:
    """Yield the fields of a pattern, each of one letter repeated, and what stands between them."""
    for _, field in itertools.groupby(pattern, key=lambda sign: sign if _is_letter(sign) else ""):
        yield "".join(field)


def _is_letter(sign: str) -> bool:
    return sign.isascii() and sign.isalpha()


def _filled(pattern: str, parts: Mapping[str, str]) -> str:
    """Return a pattern of Python's `str.format` with its parts filled in."""
    try:
        pieces = list(string.Formatter().parse(pattern))
        return "".join(text + (parts[name] if name else "") for text, name, _, _ in pieces)
    except (ValueError, KeyError) as error:
        raise AddressError(f"post_url_format {pattern!r} is not valid: {error}") from None
