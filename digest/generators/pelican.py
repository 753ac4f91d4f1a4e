"""Pelican: `publishconf.py` over `pelicanconf.py`, and the addresses that Pelican 4 gives articles.

Sources: `contents.py`, `readers.py`, `settings.py`, `generators.py`, `urlwrappers.py` and `utils.py` in `pelican` of
https://github.com/getpelican/pelican
"""

import fnmatch
import re
import string
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar, Literal

from msgspec import field

from digest.generators.generator import AddressError, Adoption, Found, Generator, PostSource, Value, first_file
from digest.generators.python_settings import is_expression, named_groups, read_python
from digest.generators.settings import language_tag, list_of, table_of, text_of
from digest.generators.transliteration import to_ascii

FILES = ("publishconf.py", "pelicanconf.py")
SUFFIXES = (".md", ".markdown", ".mkd", ".mdown", ".rst")

Substitutions = tuple[tuple[str, str], ...]  # regular expressions and what replaces them

DEFAULT_SUBSTITUTIONS: Substitutions = (
    (r"[^\w\s-]", ""),
    (r"(?u)\A\s*", ""),
    (r"(?u)\s*\Z", ""),
    (r"[-\s]+", "-"),
)
_LISTS = ("ARTICLE_PATHS", "ARTICLE_EXCLUDES", "PAGE_PATHS", "IGNORE_FILES")  # a text in their place is not heeded
_TEXTS = (
    *("ARTICLE_URL", "ARTICLE_LANG_URL", "DRAFT_URL", "DRAFT_LANG_URL", "DEFAULT_LANG", "DEFAULT_CATEGORY"),
    *("AUTHOR", "FILENAME_METADATA", "PATH_METADATA", "SLUGIFY_SOURCE"),
)
_FLAGS = ("USE_FOLDER_AS_CATEGORY", "SLUGIFY_USE_UNICODE", "SLUGIFY_PRESERVE_CASE", "WITH_FUTURE_DATES")
_SUBSTITUTIONS = ("SLUG_REGEX_SUBSTITUTIONS", "CATEGORY_REGEX_SUBSTITUTIONS", "AUTHOR_REGEX_SUBSTITUTIONS")
_TABLES = ("DEFAULT_METADATA", "EXTRA_PATH_METADATA")
_READ = (
    *("PATH", "SITEURL", "SITENAME", "SITESUBTITLE", "TIMEZONE", "DEFAULT_DATE", "ARTICLE_DIR", "PAGE_DIR"),
    *("CATEGORY_SAVE_AS", "CLEAN_URLS", "SLUG_SUBSTITUTIONS"),
    *(_LISTS + _TEXTS + _FLAGS + _SUBSTITUTIONS + _TABLES),
)
_DIRECTIVES = frozenset("aAbBcdfGHIjmMpSUuVwWxXyYzZ%")  # of strftime, those that Pelican replaces


class Pelican(Generator, frozen=True, tag="pelican", rename="upper"):
    """The settings of Pelican that decide addresses."""

    label: ClassVar[str] = "Pelican"
    dates_are_explicit: ClassVar[bool] = True

    path: str = "."  # of the content, relative to the site's folder
    article_paths: tuple[str, ...] = ("",)
    article_excludes: tuple[str, ...] = ()
    page_paths: tuple[str, ...] = ("pages",)
    ignore_files: tuple[str, ...] = ("**/.*",)
    article_url: str = "{slug}.html"
    article_lang_url: str = "{slug}-{lang}.html"
    draft_url: str = "drafts/{slug}.html"
    draft_lang_url: str = "drafts/{slug}-{lang}.html"
    default_lang: str = "en"
    default_category: str = "misc"  # empty for none
    use_folder_as_category: bool = True
    author: str = ""
    slugify_source: Literal["title", "basename"] = "title"
    slugify_use_unicode: bool = False
    slugify_preserve_case: bool = False
    slug_regex_substitutions: Substitutions = DEFAULT_SUBSTITUTIONS
    category_regex_substitutions: Substitutions | None = None  # None for those of slugs
    author_regex_substitutions: Substitutions | None = None
    filename_metadata: str = r"(?P<date>\d{4}-\d{2}-\d{2}).*"
    path_metadata: str = ""
    default_metadata: dict[str, str] = field(default_factory=dict)
    extra_path_metadata: dict[str, dict[str, str]] = field(default_factory=dict)
    default_date: str = ""
    with_future_dates: bool = True

    @property
    def shows_future_posts(self) -> bool:
        """Whether the site shows an article before its date."""
        return self.with_future_dates

    def is_post(self, path: str) -> bool:
        """Return whether the file is one of the articles."""
        below = self._below_content(path)
        if below is None or not below.endswith(SUFFIXES):
            return False
        if any(fnmatch.fnmatch(name, pattern) for name in below.split("/") for pattern in self.ignore_files):
            return False
        return any(self._is_article_of(folder, below) for folder in self.article_paths)

    def _is_article_of(self, folder: str, below: str) -> bool:
        """Return whether a path is in a folder of articles, and in none inside it that has no articles."""
        excluded = {*self.article_excludes, *self.page_paths} - {folder}
        inside = [other for other in excluded if _is_below(other, folder)]
        return _is_below(below, folder) and not any(_is_below(below, other) for other in inside)

    def is_restructured(self, path: str) -> bool:
        """Return whether an article is reStructuredText by its suffix."""
        return path.endswith(".rst")

    def front_matter(self, path: str, typed: Mapping[str, Value]) -> Mapping[str, Value]:
        """Return the metadata of an article: what it says itself, else what its path says, else the defaults."""
        below = self._below_content(path) or path
        metadata: dict[str, Value] = {**self._defaults(below), **self._metadata_of_path(below)}
        own = {key.lower(): value for key, value in typed.items() if value}
        if own.get("status") == "skip":
            metadata["draft"] = "true"
        return {**typed, **{key: value for key, value in metadata.items() if key not in own}}

    def _defaults(self, below: str) -> dict[str, str]:
        """Return the metadata that the settings give an article at a path below the content folder."""
        metadata = dict(self.default_metadata)
        if self.default_category:
            metadata["category"] = self.default_category
        if self.default_date:
            metadata["date"] = self.default_date
        for place, extra in sorted(self.extra_path_metadata.items()):
            if _is_below(below, place):
                metadata |= extra
        return metadata

    def address(self, post: PostSource) -> str:
        """Return the address of an article: its own `url`, else that of the pattern for its language and status."""
        metadata = {key.lower(): value for key, value in post.header.items() if value}
        if not metadata.get("title"):
            raise AddressError("Pelican leaves out an article without a title", "add a line such as Title: Hello")
        own = text_of(metadata.get("url"))
        return f"/{own}" if own else f"/{self._expanded(metadata, post)}"

    def _expanded(self, metadata: Mapping[str, Value], post: PostSource) -> str:
        language = text_of(metadata.get("lang")) or self.default_lang.lower()
        pattern = self._pattern(language, is_draft=text_of(metadata.get("status")).lower() == "draft")
        slug = self._slug(metadata, post)
        if slug.startswith("/") and pattern.startswith("{slug}"):
            raise AddressError("Pelican leaves out an article whose slug begins with a slash", "remove the slash")
        texts = {key: text_of(value) for key, value in metadata.items()} | {
            "path": text_of(metadata.get("path")) or self._below_content(post.path) or post.path,
            "slug": slug,
            "lang": language,
            "author": self._slugified(self._first_author(metadata), self.author_regex_substitutions),
            "category": self._slugified(text_of(metadata.get("category")), self.category_regex_substitutions),
        }
        date = post.date or datetime.max.replace(tzinfo=UTC)  # of a draft without one
        return "".join(_fill_in(pattern, texts, date))

    def _pattern(self, language: str, *, is_draft: bool) -> str:
        if language == self.default_lang.lower():
            return self.draft_url if is_draft else self.article_url
        return self.draft_lang_url if is_draft else self.article_lang_url

    def _slug(self, metadata: Mapping[str, Value], post: PostSource) -> str:
        own = text_of(metadata.get("slug")).strip()
        if own:
            return own
        source = post.stem if self.slugify_source == "basename" else text_of(metadata.get("title"))
        return self._slugified(source, self.slug_regex_substitutions)

    def _slugified(self, text: str, substitutions: Substitutions | None) -> str:
        """Return a text as a slug (`pelican.utils.slugify`)."""
        from markupsafe import Markup

        plain = Markup(text).striptags()  # noqa: S704 - markup is taken out, not trusted
        value = unicodedata.normalize("NFKC", plain)
        if not self.slugify_use_unicode:
            value = to_ascii(value)
        for expression, replacement in self.slug_regex_substitutions if substitutions is None else substitutions:
            value = re.sub(_nfkc(expression), _nfkc(replacement), value, flags=re.IGNORECASE)
        return (value if self.slugify_preserve_case else value.lower()).strip()

    def _first_author(self, metadata: Mapping[str, Value]) -> str:
        own = text_of(metadata.get("author"))
        several = text_of(metadata.get("authors"))
        first, *_ = several.split(";" if ";" in several else ",")
        return own or first.strip() or self.author

    def _below_content(self, path: str) -> str | None:
        """Return a path below the content folder; None when it is elsewhere."""
        if self.path == ".":
            return path
        return path.removeprefix(f"{self.path}/") if path.startswith(f"{self.path}/") else None

    def _metadata_of_path(self, below: str) -> dict[str, str]:
        """Return the named groups of the patterns that match, in lower case; of one name, the first."""
        path = PurePosixPath(below)
        found = named_groups(self.path_metadata, below) | named_groups(self.filename_metadata, path.stem)
        if self.use_folder_as_category and path.parent.name:
            found.setdefault("category", path.parent.name)
        return found


def adopt(root: Path) -> Adoption | None:
    """Return what Pelican's settings in the folder `root` say; None when there are none. Raises `SettingsError`."""
    file = first_file(root, FILES)
    if not file:
        return None
    settings = read_python(root / file)
    generator, invalid = _generator(settings.values)
    found = tuple(Found(key, value, file) for key, value in _site_settings(root, settings.values, generator))
    unread = (*settings.sentences(_READ), *(f"{file}: {fault}" for fault in invalid))
    return Adoption(generator=generator, file=file, found=found, unread=unread)


def _generator(settings: Mapping[str, Any]) -> tuple[Pelican, list[str]]:
    """Return the generator with its settings, and a sentence for each that cannot be used."""
    substitutions, invalid = _substitutions(settings)
    values = _plain_settings(settings) | substitutions | _old_settings(settings)
    values |= {
        "default_metadata": _texts(settings.get("DEFAULT_METADATA")),
        "extra_path_metadata": {
            place: _texts(extra) for place, extra in table_of(settings.get("EXTRA_PATH_METADATA")).items()
        },
        "default_date": _default_date(settings.get("DEFAULT_DATE")),
    }
    if settings.get("CATEGORY_SAVE_AS", "category") in ("", None, False):
        values |= {"default_category": "", "use_folder_as_category": False}
    for name in ("filename_metadata", "path_metadata"):
        if not is_expression(values.get(name, "")):
            invalid.append(f"{name.upper()} is no regular expression")
            del values[name]
    if values.get("slugify_source") not in ("title", "basename"):
        values.pop("slugify_source", None)
    if settings.get("DEFAULT_DATE") == "fs":
        invalid.append("DEFAULT_DATE: the times of files are not taken for dates")
    path = PurePosixPath(text_of(settings.get("PATH")) or ".")
    if path.is_absolute() or ".." in path.parts:
        invalid.append("PATH leads out of the site's folder")
        path = PurePosixPath()
    return Pelican(path=str(path), **values), invalid


def _plain_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that are taken as they are, where they have the right type."""
    values: dict[str, Any] = {}
    for name, value in settings.items():
        is_text = name in _TEXTS and isinstance(value, str)
        is_flag = name in _FLAGS and isinstance(value, bool)
        if is_text or is_flag:
            values[name.lower()] = value
        elif name in _LISTS and _is_list_of_texts(value):
            values[name.lower()] = tuple(value)
    return values


def _substitutions(settings: Mapping[str, Any]) -> tuple[dict[str, Substitutions], list[str]]:
    """Return the substitutions by the name of their setting, and a sentence for each that is not valid."""
    found: dict[str, Substitutions] = {}
    invalid = []
    for name in _SUBSTITUTIONS:
        if name not in settings:
            continue
        pairs = [list_of(pair) for pair in list_of(settings[name])]
        if all(_is_list_of_texts(pair) and len(pair) == 2 and is_expression(pair[0]) for pair in pairs):
            found[name.lower()] = tuple((pair[0], pair[1]) for pair in pairs)
        else:
            invalid.append(f"{name} is no list of regular expressions and texts")
    return found, invalid


def _old_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that older ones stand for (`handle_deprecated_settings`)."""
    found: dict[str, Any] = {}
    for folder, folders in (("ARTICLE_DIR", "article_paths"), ("PAGE_DIR", "page_paths")):
        if isinstance(settings.get(folder), str):
            found[folders] = (settings[folder],)
    for kind in ("SLUG", "CATEGORY", "AUTHOR"):
        old = settings.get(f"{kind}_SUBSTITUTIONS")
        if old is not None:
            first = list_of(settings.get("SLUG_SUBSTITUTIONS")) if kind == "CATEGORY" else []
            found[f"{kind.lower()}_regex_substitutions"] = _of_old_substitutions([*first, *list_of(old)])
    if settings.get("CLEAN_URLS"):
        found |= {"article_url": "{slug}/", "article_lang_url": "{slug}-{lang}/"}
    return found


def _of_old_substitutions(old: list[Any]) -> Substitutions:
    """Return the regular expressions that texts, replacements and `skip` flags stand for."""
    entries = [list_of(entry) for entry in old]
    pairs = [(re.escape(text_of(entry[0])), text_of(entry[1]).replace("\\", r"\\")) for entry in entries if entry[1:]]
    skips = any(entry[2:] and entry[2] for entry in entries)
    return (*pairs, *(DEFAULT_SUBSTITUTIONS[1:3] if skips else DEFAULT_SUBSTITUTIONS))


def _site_settings(root: Path, settings: Mapping[str, Any], generator: Pelican) -> Iterator[tuple[str, object]]:
    """Yield keys of `digest.toml` and the values that Pelican's settings give them."""
    yield "site.title", text_of(settings.get("SITENAME"))
    yield "site.description", text_of(settings.get("SITESUBTITLE"))
    yield "site.url", text_of(settings.get("SITEURL"))
    yield "site.language", language_tag(generator.default_lang)
    yield "site.timezone", text_of(settings.get("TIMEZONE"))
    yield "site.author.name", generator.author
    yield "site.content", _content(root, generator)


def _content(root: Path, generator: Pelican) -> str:
    """Return the folder of the articles when there is one, else the content folder."""
    folders = [folder.strip("/") for folder in generator.article_paths]
    one = PurePosixPath(generator.path) / folders[0] if len(folders) == 1 else PurePosixPath(generator.path)
    return str(one) if (root / one).is_dir() else generator.path


def _fill_in(pattern: str, texts: Mapping[str, str], date: datetime) -> Iterator[str]:
    """Yield the parts of a pattern with its fields filled in, as `str.format` does. Raises `AddressError`."""
    try:
        for literal, field, form, conversion in string.Formatter().parse(pattern):
            yield literal
            if field is not None:
                yield _field(field, form or "", conversion, texts, date)
    except (ValueError, LookupError) as error:
        raise AddressError(f"the pattern {pattern!r} cannot be filled in: {error}") from error


def _field(field: str, form: str, conversion: str | None, texts: Mapping[str, str], date: datetime) -> str:
    if conversion:
        raise ValueError(f"!{conversion} is not supported")
    if field == "date":
        return _strftime(date, form) if form else str(date)
    if field in ("date.year", "date.month", "date.day"):
        return format(getattr(date, field.removeprefix("date.")), form)
    if field not in texts:
        raise LookupError(f"the article has no {field!r}")
    return format(texts[field], form)


def _strftime(date: datetime, form: str) -> str:
    """Return a date in a form of `strftime`; a hyphen, as in `%-d`, takes leading zeros away."""
    text = ""
    characters = iter(form)
    for character in characters:
        if character == "%":
            letter = next(characters, "")
            flag = letter if letter == "-" else ""
            text += _directive(flag, next(characters, "") if flag else letter, date)
        else:
            text += character
    return text


def _directive(flag: str, letter: str, date: datetime) -> str:
    if letter not in _DIRECTIVES:
        return f"%{flag}{letter}"
    value = date.strftime(f"%{letter}")
    return (value.lstrip("0") or "0") if flag else value


def _is_below(path: str, folder: str) -> bool:
    """Return whether a path is that of a folder or below it; every path is below the empty one."""
    folder = folder.strip("/")
    return not folder or path == folder or path.startswith(f"{folder}/")


def _nfkc(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def _is_list_of_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _texts(value: object) -> dict[str, str]:
    """Return the texts of a table by their keys in lower case."""
    return {key.lower(): text_of(text) for key, text in table_of(value).items() if text_of(text)}


def _default_date(value: object) -> str:
    """Return a date that is a text or a tuple of year, month, day and more as text."""
    if isinstance(value, list) and all(isinstance(number, int) for number in value) and len(value) >= 3:
        return str(datetime(*value))  # noqa: DTZ001 - the site's zone is applied when it is read
    return "" if value == "fs" else text_of(value)
