"""Zola: `zola.toml` or `config.toml`, and the addresses that Zola gives.

Sources: `components/content/src/page.rs` and `file_info.rs`, `components/utils/src/slugs.rs` and
`components/site/src/lib.rs` of https://github.com/getzola/zola
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar, Literal

from msgspec import Struct

from digest.generators.generator import (
    AddressError,
    Adoption,
    Found,
    Generator,
    Place,
    PostSource,
    Value,
    first_file,
)
from digest.generators.globs import alternatives
from digest.generators.sections import index_files, read_front_matter
from digest.generators.settings import language_tag, list_of, read_table, table_of, text_of
from digest.generators.zola_slugs import slugify, without_unsafe

FILES = ("zola.toml", "config.toml")
CONTENT = "content"

_DATES = ("date", "update_date")  # of `sort_by`
_LENGTHS = (25, 20, 10)  # of 2026-11-18T09:00:00+01:00, 2026-11-18T09:00:00Z and 2026-11-18


class Slugify(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """How slugs are made: letters and digits only, without unsafe characters, or as typed."""

    paths: Literal["on", "safe", "off"] = "on"
    paths_keep_dates: bool = False


class ZolaSection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A folder with an `_index.md`, and what the front matter there says."""

    path: str  # relative to the site's folder
    draft: bool = False
    sort_by: str = "none"


class Zola(Generator, frozen=True, tag="zola"):
    """The settings of Zola that decide addresses."""

    label: ClassVar[str] = "Zola"
    pages_need_no_date: ClassVar[bool] = True
    read_from_folders: ClassVar[frozenset[str]] = frozenset(("sections",))

    default_language: str = "en"
    languages: tuple[str, ...] = ()  # the others
    slugify: Slugify = Slugify()
    ignored_content: tuple[str, ...] = ()
    sections: tuple[ZolaSection, ...] = ()

    @property
    def shows_future_posts(self) -> bool:
        """Whether the site shows a post before its date: always."""
        return True

    def is_post(self, path: str) -> bool:
        """Return whether the file is a page: Markdown below `content` that is no section and not ignored."""
        name = PurePosixPath(path).name
        is_page = path.startswith(f"{CONTENT}/") and name.endswith(".md") and not name.startswith((".", "_index."))
        patterns = [each for pattern in self.ignored_content for each in alternatives(pattern)]
        return is_page and not any(fnmatchcase(f"/{path}", pattern) for pattern in patterns)

    def is_page(self, path: str) -> bool:
        """Return whether the file is in no folder, or in a section that is not sorted by date."""
        above = [section for section in self.sections if path.startswith(f"{section.path}/")]
        nearest = max(above, key=lambda section: len(section.path), default=None)
        return path.count("/") == 1 or (nearest is not None and nearest.sort_by not in _DATES)

    def front_matter(self, path: str, typed: Mapping[str, Value]) -> Mapping[str, Value]:  # noqa: ARG002
        """Return the front matter, where a page that is not rendered is unlisted."""
        return {**typed, "unlisted": "true"} if typed.get("render") == "false" else typed

    def place(self, path: str) -> Place:
        """Return the language of the file's name, and whether it is in a section that is a draft."""
        is_draft = any(section.draft and path.startswith(f"{section.path}/") for section in self.sections)
        return Place(language=language_tag(self._name_and_language(path)[1]), draft=is_draft)

    def address(self, post: PostSource) -> str:
        """Return the address of a post: its own path, else its folders and its slug."""
        for key in ("path", "slug"):
            if key in post.header and not post.text(key):
                raise AddressError(f"{key} is empty, which Zola refuses", "delete the line")
        path = post.text("path").strip()
        if path:
            return f"/{path.removeprefix('/').removesuffix('/')}/"
        name, language = self._name_and_language(post.path)
        self._check_language(post.path)
        folders = post.path.split("/")[1:-1]
        source = folders[-1] if name == "index" and folders else name
        if folders and PurePosixPath(post.path).name.partition(".")[0] == "index":
            folders = folders[:-1]
        prefix = [language] if language else []
        return f"/{'/'.join([*prefix, *folders, self._slug(post, source)]).removesuffix('/')}/"

    def _slug(self, post: PostSource, source: str) -> str:
        """Return the slug of the front matter, else of the name `source`, without its date."""
        slug = post.text("slug") or (not self.slugify.paths_keep_dates and _after_date(source)) or source
        if self.slugify.paths == "on":
            return slugify(slug)
        return without_unsafe(slug) if self.slugify.paths == "safe" else slug

    def _name_and_language(self, path: str) -> tuple[str, str]:
        """Return a file's name without suffix and language, and the language when it is not the default."""
        stem = PurePosixPath(path).stem
        name, _, language = stem.partition(".")
        return (name, language) if language in self.languages else (stem, "")

    def _check_language(self, path: str) -> None:
        """Raise `AddressError` for a name that ends in a language that the site does not have, where it has several."""
        language = PurePosixPath(path).stem.partition(".")[2]
        if self.languages and language and language not in (self.default_language, *self.languages):
            raise AddressError(f"Zola takes {language!r} in the name for a language", "take the dots out of the name")


def adopt(root: Path) -> Adoption | None:
    """Return what Zola's settings in the folder `root` say; None when there are none. Raises `SettingsError`."""
    file = first_file(root, FILES)
    if not file:
        return None
    settings = read_table(root / file)
    if "base_url" not in settings:  # Hugo has a config.toml too
        return None
    default = text_of(settings.get("default_language")) or "en"
    generator = Zola(
        default_language=default,
        languages=tuple(key for key in table_of(settings.get("languages")) if key != default),
        slugify=_slugify(table_of(settings.get("slugify"))),
        ignored_content=tuple(text_of(pattern) for pattern in list_of(settings.get("ignored_content"))),
        sections=tuple(_sections(root)),
    )
    found = tuple(Found(key, value, file) for key, value in _site_settings(settings, default))
    return Adoption(generator=generator, file=file, found=found)


def _slugify(settings: Mapping[str, Any]) -> Slugify:
    keeps_dates = settings.get("paths_keep_dates") is True
    match settings.get("paths"):
        case "safe":
            return Slugify(paths="safe", paths_keep_dates=keeps_dates)
        case "off":
            return Slugify(paths="off", paths_keep_dates=keeps_dates)
    return Slugify(paths_keep_dates=keeps_dates)


def _site_settings(settings: Mapping[str, Any], language: str) -> Iterator[tuple[str, object]]:
    """Yield keys of `digest.toml` and the values that Zola's settings give them."""
    own = table_of(table_of(settings.get("languages")).get(language))
    yield "site.title", text_of(settings.get("title")) or text_of(own.get("title"))
    yield "site.description", text_of(settings.get("description")) or text_of(own.get("description"))
    yield "site.url", text_of(settings.get("base_url"))
    yield "site.language", language_tag(language)
    yield "site.author.name", text_of(settings.get("author"))
    yield "site.content", CONTENT
    taxonomies = list_of(settings.get("taxonomies")) or list_of(own.get("taxonomies"))
    names = [text_of(table_of(taxonomy).get("name")) for taxonomy in taxonomies]
    yield "posts.tag_keys", [name for name in names if name and name != "authors"]


def _sections(root: Path) -> Iterator[ZolaSection]:
    for file in index_files(root, CONTENT):
        if file.name != "_index.md":
            continue
        header = read_front_matter(file)
        yield ZolaSection(
            path=file.parent.relative_to(root).as_posix(),
            draft=header.get("draft") is True,
            sort_by=text_of(header.get("sort_by")) or "none",
        )


def _after_date(name: str) -> str:
    """Return what follows a date and a hyphen or an underscore in a name; empty when there is no date or nothing."""
    for length in _LENGTHS:
        if _is_date(name[:length], length):
            rest = name[length:]
            rest = rest[1:] if rest[:1].isspace() else rest
            return rest[1:] if rest.startswith(("-", "_")) else ""
    return ""


def _is_date(text: str, length: int) -> bool:
    """Return whether `text` looks like a date of `length` characters, with or without a time; any month has 31 days."""
    year, _, day = text[:10].partition("-")
    month, _, day = day.partition("-")
    has_digits = (year + month + day).isdecimal() and [len(year), len(month), len(day)] == [4, 2, 2]
    if len(text) != length or not has_digits or not (1 <= int(month) <= 12 and 1 <= int(day) <= 31):
        return False
    try:
        datetime.fromisoformat(f"2000-01-01{text[10:]}")
    except ValueError:
        return False
    return True
