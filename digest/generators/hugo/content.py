"""Hugo's settings that decide which files are pages, of which language, and what is handed down to them."""

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import ClassVar

from msgspec import Struct, field

from digest.generators.generator import Generator, Place, Value
from digest.generators.hugo.names import FilePath, date_and_slug, file_path, is_glob_match, normalised
from digest.generators.settings import language_tag

SUFFIXES = (".md", ".markdown", ".mdown", ".html", ".htm")
DATE_KEYS = ("date", "publishdate", "pubdate", "published", "lastmod", "modified")


class Target(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which pages a rule is for: glob patterns of kinds, paths and languages; empty for all."""

    kind: str = ""
    path: str = ""
    lang: str = ""

    def matches(self, page: FilePath) -> bool:
        """Return whether a page is meant."""
        wanted = ((self.kind, "page"), (self.path, page.path), (self.lang, page.language))
        return all(not pattern or is_glob_match(pattern, value) for pattern, value in wanted)


class PermalinkRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The pattern of the addresses of some pages."""

    pattern: str
    target: Target = Target()


class Cascade(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Front-matter values of some pages, where they have none of their own."""

    target: Target = Target()
    values: dict[str, str | list[str]] = field(default_factory=dict)


class HugoSection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A folder with an `_index.md`, and what the front matter there says."""

    path: str  # below the content folder, in lower case and with hyphens, after a slash
    lang: str = ""  # a key of `languages`; empty for the default
    title: str = ""
    slug: str = ""
    cascade: tuple[Cascade, ...] = ()


class Mount(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A folder of content: where it is, where its pages belong, and in which language they are."""

    source: str  # relative to the site's folder
    target: str = "content"
    lang: str = ""
    files: tuple[str, ...] = ()  # glob patterns of the files that are taken; those after "! " are left out

    def takes(self, below: str) -> bool:
        """Return whether the file at the path `below` the folder is taken."""
        if not self.files:
            return True
        left_out = [pattern.removeprefix("! ") for pattern in self.files if pattern.startswith("! ")]
        taken = [pattern for pattern in self.files if not pattern.startswith("! ")]
        if any(is_glob_match(f"/{pattern.lstrip('/')}", f"/{below}".lower()) for pattern in left_out):
            return False
        return not taken or any(is_glob_match(f"/{pattern.lstrip('/')}", f"/{below}".lower()) for pattern in taken)


Patterns = dict[str, str | dict[str, str]] | tuple[PermalinkRule, ...]


class Language(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A language of the site."""

    locale: str = ""
    base_url: str = field(name="baseURL", default="")
    content_dir: str = field(name="contentDir", default="")
    permalinks: Patterns = field(default_factory=dict)  # instead of the site's
    disabled: bool = False
    weight: int = 0


class Frontmatter(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which keys hold the date of a page, in lower case, the best first; `:filename` is the date in its name."""

    date: tuple[str, ...] = DATE_KEYS


class HugoContent(Generator, frozen=True):
    """The settings of Hugo that addresses depend on, and its rules for files."""

    label: ClassVar[str] = "Hugo"
    pages_need_no_date: ClassVar[bool] = True
    read_from_folders: ClassVar[frozenset[str]] = frozenset(("sections", "mainSections"))
    shares_addresses: ClassVar[bool] = True

    permalinks: Patterns = field(default_factory=dict)  # by section, by kind and section, or a list of rules
    ugly_urls: bool | dict[str, bool] = field(name="uglyURLs", default=False)
    disable_path_to_lower: bool = field(name="disablePathToLower", default=False)
    remove_path_accents: bool = field(name="removePathAccents", default=False)
    default_content_language: str = field(name="defaultContentLanguage", default="")
    default_content_language_in_subdir: bool = field(name="defaultContentLanguageInSubdir", default=False)
    languages: dict[str, Language] = field(default_factory=dict)
    frontmatter: Frontmatter = Frontmatter()
    content_dir: str = field(name="contentDir", default="content")
    mounts: tuple[Mount, ...] = ()
    ignore_files: tuple[str, ...] = field(name="ignoreFiles", default=())
    main_sections: tuple[str, ...] = field(name="mainSections", default=())
    build_future: bool = field(name="buildFuture", default=False)
    cascade: tuple[Cascade, ...] = ()
    sections: tuple[HugoSection, ...] = ()

    @property
    def shows_future_posts(self) -> bool:
        """Whether the site shows a post before its date."""
        return self.build_future

    def is_post(self, path: str) -> bool:
        """Return whether the file is a page of a language that is not disabled."""
        page = self.page_at(path)
        if page is None or page.name.lower() in ("_index", "index"):
            return False
        is_disabled = self.language(page.language).disabled
        return not is_disabled and not any(is_found(pattern, f"/{path}") for pattern in self.ignore_files)

    def is_left_out(self, path: str, paths: frozenset[str]) -> bool:
        """Return whether the file is part of a page bundle, or gives way to one that names the default language."""
        page = self.page_at(path)
        if page is None:
            return False
        return self._is_in_bundle(path, page, paths) or self._gives_way(path, page, paths)

    def _is_in_bundle(self, path: str, page: FilePath, paths: frozenset[str]) -> bool:
        languages = ("", *(f".{key}" for key in self.language_keys()))
        names = [f"index{language}{suffix}" for language in languages for suffix in SUFFIXES]
        folders = path.split("/")[: -2 if page.is_bundle else -1]
        above = ["/".join(folders[:count]) for count in range(1, len(folders) + 1)]
        return any(f"{folder}/{name}" in paths for folder in above for name in names)

    def _gives_way(self, path: str, page: FilePath, paths: frozenset[str]) -> bool:
        stem, dot, suffix = path.rpartition(".")
        return not page.has_language and f"{stem}.{self.default_language()}{dot}{suffix}" in paths

    def is_page(self, path: str) -> bool:
        """Return whether the file is in no section, or outside the main sections."""
        page = self.page_at(path)
        if page is None or not page.section:
            return True
        return bool(self.main_sections) and page.section not in map(normalised, self.main_sections)

    def place(self, path: str) -> Place:
        """Return the language of the file's name or folder."""
        page = self.page_at(path)
        if page is None or page.language == self.default_language():
            return Place()
        return Place(language=language_tag(self.language(page.language).locale) or language_tag(page.language))

    def front_matter(self, path: str, typed: Mapping[str, Value]) -> Mapping[str, Value]:
        """Return the front matter with what is handed down to the page, and the date that Hugo reads as `date`."""
        page = self.page_at(path)
        if page is None:
            return typed
        own = {key.lower(): value for key, value in typed.items()}
        added = {key: value for key, value in self._handed_down(page).items() if key not in own}
        added |= self._date_of(page, own | added)
        if _is_hidden(own | added):
            added["unlisted"] = "true"
        kept = {key: value for key, value in typed.items() if key.lower() not in added}
        return {**kept, **added} if added else typed

    def _handed_down(self, page: FilePath) -> dict[str, Value]:
        """Return the front-matter values that cascades give a page; the nearest cascade wins."""
        values: dict[str, Value] = {}
        for cascade in self._cascades(page):
            for key, value in cascade.values.items():
                values.setdefault(key, list(value) if isinstance(value, list) else value)
        return values

    def _date_of(self, page: FilePath, header: Mapping[str, Value]) -> dict[str, Value]:
        """Return the date of a page under `date` when Hugo reads it elsewhere, with the slug of a dated name."""
        key = self.date_key(page, header)
        if key in ("", "date"):
            return {}
        name = date_and_slug(page.name) if key == ":filename" else None
        if name is None:
            return {"date": header[key]}
        return {"date": name.date} if "slug" in header else {"date": name.date, "slug": name.slug}

    def date_key(self, page: FilePath, header: Mapping[str, Value]) -> str:
        """Return the key that Hugo has the date of a page from; empty when there is none."""
        for key in self.frontmatter.date:
            if header.get(key) or (key == ":filename" and date_and_slug(page.name)):
                return key
        return ""

    def page_at(self, path: str) -> FilePath | None:
        """Return what Hugo reads from the path of a file; None when it is no Markdown in a folder of content."""
        mounts = [mount for mount in self.content_mounts() if _is_in(path, mount.source)]
        mount = max(mounts, key=lambda mount: len(mount.source), default=None)
        name = posixpath.basename(path)
        if mount is None or not name.endswith(SUFFIXES) or name.startswith((".", "#")):
            return None
        below = path.removeprefix(f"{mount.source}/")
        if not mount.takes(below):
            return None
        folder = mount.target.removeprefix("content").strip("/")
        return file_path(posixpath.join(folder, below), self.language_keys(), mount.lang or self.default_language())

    def content_mounts(self) -> tuple[Mount, ...]:
        """Return the folders of content: the mounts, else those of the languages, else the site's."""
        if self.mounts:
            return self.mounts
        by_language = [
            Mount(source=language.content_dir, lang=key)
            for key, language in self.languages.items()
            if language.content_dir
        ]
        has_all = len(by_language) == len(self.languages) > 0
        return tuple(by_language) if has_all else (Mount(source=self.content_dir), *by_language)

    def language(self, key: str) -> Language:
        """Return the settings of a language."""
        return self.languages.get(key) or Language()

    def language_keys(self) -> tuple[str, ...]:
        """Return the keys of the languages; of a site without any, its one language."""
        return tuple(self.languages) or (self.default_language(),)

    def default_language(self) -> str:
        """Return the key of the default language."""
        if self.default_content_language:
            return self.default_content_language
        enabled = [key for key, language in self.languages.items() if not language.disabled]
        in_order = sorted(enabled, key=lambda key: (self.languages[key].weight or float("inf"), key))
        return "en" if "en" in enabled or not in_order else in_order[0]

    def _cascades(self, page: FilePath) -> Iterator[Cascade]:
        """Yield what is handed down to a page, the nearest first."""
        above = [section for section in self.sections_of(page.language) if page.is_below(section.path)]
        above.sort(key=lambda section: len(section.path), reverse=True)
        inherited = [cascade for section in above for cascade in section.cascade]
        for cascade in (*inherited, *self.cascade):
            if cascade.target.matches(page):
                yield cascade

    def sections_of(self, language: str) -> list[HugoSection]:
        """Return the sections of a language."""
        return [section for section in self.sections if (section.lang or self.default_language()) == language]


def is_found(expression: str, text: str) -> bool | None:
    """Return whether a regular expression of the settings is found in `text`; None when it is no expression."""
    try:
        return re.search(expression, text) is not None
    except re.error:
        return None


def _is_hidden(header: Mapping[str, Value]) -> bool:
    """Return whether a page has `headless`, or a `build` table that keeps it from being written or listed."""
    build = header.get("build", header.get("_build"))
    parts = build if isinstance(build, dict) else {}
    return header.get("headless") == "true" or any(parts.get(key) in ("never", "false") for key in ("render", "list"))


def _is_in(path: str, folder: str) -> bool:
    return folder in ("", ".") or path.startswith(f"{folder}/")
