"""Nikola: `conf.py`, and the addresses that Nikola 8 gives posts.

Sources: `post.py`, `utils.py`, `nikola.py`, `metadata_extractors.py` and `plugins/misc/scan_posts.py` in `nikola` of
https://github.com/getnikola/nikola
"""

import fnmatch
import posixpath
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar
from urllib.parse import unquote

from msgspec import Struct, field, structs

from digest.generators.generator import AddressError, Adoption, Found, Generator, Place, PostSource, Value
from digest.generators.python_settings import is_expression, named_groups, read_python
from digest.generators.settings import language_tag, list_of, table_of, text_of
from digest.generators.transliteration import to_ascii

FILE = "conf.py"

_OWN_NAMES = frozenset(("POSTS", "PAGES", "BLOG_TITLE", "BLOG_AUTHOR", "SITE_URL", "TRANSLATIONS"))
_TEXTS = ("DEFAULT_LANG", "TRANSLATIONS_PATTERN", "INDEX_FILE", "FILE_METADATA_REGEXP")
_FLAGS = (
    "PRETTY_URLS",
    "STRIP_INDEXES",
    "USE_SLUGIFY",
    "FILE_METADATA_UNSLUGIFY_TITLES",
    "USE_TAG_METADATA",
    "FUTURE_IS_NOW",
)
_READ = (
    *("POSTS", "TRANSLATIONS", "SITE_URL", "BASE_URL", "BLOG_TITLE", "BLOG_DESCRIPTION", "BLOG_AUTHOR", "BLOG_EMAIL"),
    *("TIMEZONE", "METADATA_MAPPING", "COMPILERS", *_TEXTS, *_FLAGS),
)
_WITHOUT_SLUGIFY = "/\\?#\"'\r\n\t*:<>|"  # characters that are hyphens in slugs even so
_STATES = ("draft", "private")  # tags that are states
_KEPT_SIGNS = frozenset("+-_")  # of slugs


class PostsEntry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A pattern of the files of posts, and the folder of their pages by language."""

    pattern: str
    destination: dict[str, str] = field(default_factory=dict)


class Nikola(Generator, frozen=True, tag="nikola", rename="upper"):
    """The settings of Nikola that decide addresses."""

    label: ClassVar[str] = "Nikola"
    dates_are_explicit: ClassVar[bool] = True

    posts: tuple[PostsEntry, ...] = (PostsEntry(pattern="posts/*.md", destination={"en": "posts"}),)
    default_lang: str = "en"
    translations: dict[str, str] = field(default_factory=lambda: {"en": ""})
    translations_pattern: str = "{path}.{lang}.{ext}"
    untranslated: tuple[str, ...] = ()  # translations whose post in the default language is missing
    pretty_urls: bool = True
    strip_indexes: bool = True
    index_file: str = "index.html"
    use_slugify: bool = True
    file_metadata_regexp: str = ""
    file_metadata_unslugify_titles: bool = True
    metadata_mapping: dict[str, str] = field(default_factory=dict)  # names of other platforms, and Nikola's
    use_tag_metadata: bool = True
    future_is_now: bool = False
    compilers: dict[str, tuple[str, ...]] = field(default_factory=lambda: {"rest": (".txt", ".rst")})

    @property
    def shows_future_posts(self) -> bool:
        """Whether the site shows a post before its date."""
        return self.future_is_now

    def is_post(self, path: str) -> bool:
        """Return whether the file is one of the posts."""
        return self._entry(path) is not None

    def header_file(self, path: str) -> str:
        """Return the path of the `.meta` file of a post."""
        return f"{posixpath.splitext(path)[0]}.meta"

    def is_restructured(self, path: str) -> bool:
        """Return whether a post is reStructuredText by its suffix."""
        return path.endswith(self.compilers.get("rest", ()))

    def place(self, path: str) -> Place:
        """Return the language of a translation by its name."""
        language = self._language(path)
        return Place() if language == self.default_lang else Place(language=language_tag(language))

    def front_matter(self, path: str, typed: Mapping[str, Value]) -> Mapping[str, Value]:
        """Return the metadata of a post: its own, else what its path says, else the file's name for a title."""
        source = self._source(path)
        own = dict(typed)
        for other, name in self.metadata_mapping.items():
            if other in own:
                own[name] = own[other]
        metadata: dict[str, Value] = {**self._metadata_of_path(source), **{key: own[key] for key in own if own[key]}}
        if source == path:
            metadata.setdefault("title", PurePosixPath(source).stem)
        states, tags = self._states_and_tags(metadata.get("tags"))
        if states:
            metadata |= {"status": states[0], "tags": tags}
        return {**own, **metadata}

    def address(self, post: PostSource) -> str:
        """Return the address of a post: the folder for its place and language, and its slug."""
        entry = self._entry(post.path)
        if entry is None:
            raise AddressError("the file is none of POSTS", "add its folder to POSTS")
        language = self._language(post.path)
        slug = self._slug(post)
        if slug.startswith("/"):
            raise AddressError("Nikola writes a post whose slug begins with a slash elsewhere", "remove the slash")
        page = f"{slug}/index.html" if self._is_pretty(post, slug) else f"{slug}.html"
        folder = self._destination(entry, language, post.path)
        link = posixpath.join(self.translations.get(language, ""), folder, page)
        names = [name for name in link.split("/") if name not in ("", ".")]
        if self.strip_indexes and names[-1] == self.index_file:
            names[-1] = ""
        return unicodedata.normalize("NFC", unquote("/" + "/".join(names)))

    def _entry(self, path: str) -> PostsEntry | None:
        """Return the first entry of POSTS that takes a file: its pattern holds for the names in each subfolder."""
        name = PurePosixPath(path).name
        if any(part.startswith(".") for part in path.split("/")):
            return None
        for entry in self.posts:
            folder, _, names = entry.pattern.rpartition("/")
            is_inside = not folder or path.startswith(f"{folder}/")
            if is_inside and fnmatch.fnmatchcase(name, names):
                return entry
        return None

    def _destination(self, entry: PostsEntry, language: str, path: str) -> str:
        by_language = entry.destination
        base = by_language.get(language, by_language.get(self.default_lang, next(iter(by_language.values()), "")))
        folder = entry.pattern.rpartition("/")[0]
        below = str(PurePosixPath(path.removeprefix(f"{folder}/")).parent)
        return posixpath.normpath(posixpath.join(base.lstrip("/"), below))

    def _slug(self, post: PostSource) -> str:
        own = post.text("slug")
        return own or self._slugified(PurePosixPath(self._source(post.path)).stem)

    def _slugified(self, name: str) -> str:
        """Return a name as a slug (`nikola.utils.slugify`)."""
        if not self.use_slugify:
            return "".join("-" if character in _WITHOUT_SLUGIFY else character for character in name)
        plain = to_ascii(name)
        kept = "".join(sign for sign in plain if sign.isalnum() or sign.isspace() or sign in _KEPT_SIGNS)
        hyphened = "".join("-" if sign.isspace() else sign for sign in kept.strip().lower())
        return _without_doubled_hyphens(hyphened)

    def _is_pretty(self, post: PostSource, slug: str) -> bool:
        own = post.text("pretty_url").lower()
        if own in ("true", "yes", "1"):
            return True
        if own in ("false", "no", "0"):
            return False
        return self.pretty_urls and slug != "index"

    def _language(self, path: str) -> str:
        """Return the language of a file's name as Nikola's settings have it; the default one when it names none."""
        found = self.split_translation(path)
        return found[1] if found else self.default_lang

    def _source(self, path: str) -> str:
        """Return the path of the post in the default language that a file is a translation of, else the file's own."""
        found = self.split_translation(path)
        return found[0] if found and path not in self.untranslated else path

    def split_translation(self, path: str) -> tuple[str, str] | None:
        """Return the path without its language, and the language; None for a post in the default language."""
        for language in self.translations:
            if language == self.default_lang:
                continue
            before, _, after = self.translations_pattern.replace("{lang}", language).partition("{path}")
            separator, _, end = after.partition("{ext}")
            rest = path.removeprefix(before).removesuffix(end)
            stem, found, extension = rest.rpartition(separator)
            is_match = path.startswith(before) and path.endswith(end)
            if is_match and found and stem and not {".", "/"} & set(extension):
                return f"{stem}.{extension}", language
        return None

    def _metadata_of_path(self, path: str) -> dict[str, Value]:
        found: dict[str, Value] = {**named_groups(self.file_metadata_regexp, path)}
        title = found.get("title")
        if isinstance(title, str) and self.file_metadata_unslugify_titles:
            found["title"] = _unslugified(title)
        return {name: value for name, value in found.items() if value}

    def _states_and_tags(self, value: Value) -> tuple[list[str], list[Value]]:
        """Return the tags that are states, the strongest first, and the others."""
        if not self.use_tag_metadata:
            return [], []
        tags: list[Value] = [*value.split(",")] if isinstance(value, str) else list_of(value)
        names = [tag.strip().lower() if isinstance(tag, str) else "" for tag in tags]
        states = [state for state in _STATES if state in names]
        return states, [tag for tag, name in zip(tags, names, strict=True) if name not in _STATES]


def adopt(root: Path) -> Adoption | None:
    """Return what `conf.py` in the folder `root` says; None when there is none, or it is another program's.

    Raises `SettingsError`.
    """
    if not (root / FILE).is_file():
        return None
    settings = read_python(root / FILE)
    if len(_OWN_NAMES & (settings.values.keys() | settings.unread.keys())) < 2:
        return None
    generator, invalid = _generator(root, settings.values)
    found = tuple(Found(key, value, FILE) for key, value in _site_settings(root, settings.values, generator))
    unread = (*settings.sentences(_READ), *(f"{FILE}: {fault}" for fault in invalid))
    return Adoption(generator=generator, file=FILE, found=found, unread=unread)


def _generator(root: Path, settings: Mapping[str, Any]) -> tuple[Nikola, list[str]]:
    """Return the generator with its settings, and a sentence for each that cannot be used."""
    values: dict[str, Any] = {name.lower(): settings[name] for name in _TEXTS if isinstance(settings.get(name), str)}
    values |= {name.lower(): settings[name] for name in _FLAGS if isinstance(settings.get(name), bool)}
    default = values.get("default_lang", "en")
    translations = {language: text_of(path) for language, path in table_of(settings.get("TRANSLATIONS")).items()}
    values["translations"] = translations or {default: ""}
    values["metadata_mapping"] = _flat_mapping(settings.get("METADATA_MAPPING"))
    if settings.get("POSTS") is not None:
        values["posts"] = tuple(_entries(settings["POSTS"], default))
    suffixes = table_of(settings.get("COMPILERS")).get("rest")
    if suffixes is not None:
        values["compilers"] = {"rest": tuple(map(text_of, list_of(suffixes)))}
    invalid = []
    if not is_expression(values.get("file_metadata_regexp", "")):
        invalid.append("FILE_METADATA_REGEXP is no regular expression")
        del values["file_metadata_regexp"]
    return _with_untranslated(root, Nikola(**values)), invalid


def _flat_mapping(mapping: object) -> dict[str, str]:
    """Return Nikola's name for each key of another platform, whatever the format of the front matter."""
    tables = map(table_of, table_of(mapping).values())
    return {other: text_of(name) for table in tables for other, name in table.items()}


def _entries(posts: object, default: str) -> Iterator[PostsEntry]:
    """Yield the entries of POSTS."""
    for entry in list_of(posts):
        pattern, destination, *_ = [*list_of(entry), "", ""]
        by_language = {language: text_of(path) for language, path in table_of(destination).items()}
        if text_of(pattern):
            normal = posixpath.normpath(text_of(pattern))
            yield PostsEntry(pattern=normal, destination=by_language or {default: text_of(destination)})


def _with_untranslated(root: Path, generator: Nikola) -> Nikola:
    """Return the generator with the translations that stand without a post in the default language."""
    if len(generator.translations) < 2:
        return generator
    folders = {entry.pattern.rpartition("/")[0] for entry in generator.posts}
    files = {file.relative_to(root).as_posix() for folder in folders for file in (root / folder).rglob("*.*")}
    alone = sorted(path for path in files if generator.is_post(path) and _is_alone(path, files, generator))
    return structs.replace(generator, untranslated=tuple(alone))


def _is_alone(path: str, files: set[str], generator: Nikola) -> bool:
    found = generator.split_translation(path)
    return found is not None and found[0] not in files


def _site_settings(root: Path, settings: Mapping[str, Any], generator: Nikola) -> Iterator[tuple[str, object]]:
    """Yield keys of `digest.toml` and the values that Nikola's settings give them."""
    default = generator.default_lang
    yield "site.title", _translated(settings.get("BLOG_TITLE"), default)
    yield "site.description", _translated(settings.get("BLOG_DESCRIPTION"), default)
    yield "site.url", text_of(settings.get("BASE_URL")) or text_of(settings.get("SITE_URL"))
    yield "site.language", language_tag(default)
    yield "site.timezone", text_of(settings.get("TIMEZONE"))
    yield "site.author.name", _translated(settings.get("BLOG_AUTHOR"), default)
    yield "site.author.email", text_of(settings.get("BLOG_EMAIL"))
    yield "posts.without_front_matter", "(?P<date>" in generator.file_metadata_regexp
    folders = {entry.pattern.rpartition("/")[0] for entry in generator.posts}
    existing = sorted(folder for folder in folders if (root / folder).is_dir())
    yield "site.content", existing[0] if len(existing) == 1 and existing[0] else "."


def _translated(value: object, language: str) -> str:
    """Return a setting that may be a text or a table of texts by language."""
    table = table_of(value)
    return text_of(table.get(language) or next(iter(table.values()), "")) if table else text_of(value)


def _unslugified(name: str) -> str:
    """Return a part of a name as a title (`nikola.utils.unslugify`)."""
    return name.replace("_", " ").replace("-", " ").replace(".", " ").strip().capitalize()


def _without_doubled_hyphens(text: str) -> str:
    parts = text.split("-")
    first, last = parts[0], parts[-1]
    inner = [part for part in parts[1:-1] if part]
    return "-".join([first, *inner, last]) if len(parts) > 1 else text
