"""What Hugo's own settings say: its configuration files and folders, and the `_index.md` of each section."""

import os
import posixpath
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import msgspec

from digest.generators.generator import Adoption, Found, SettingsError, first_file
from digest.generators.hugo.addresses import Hugo
from digest.generators.hugo.content import (
    DATE_KEYS,
    SUFFIXES,
    Cascade,
    Frontmatter,
    HugoSection,
    Language,
    Mount,
    Patterns,
    PermalinkRule,
    Target,
    is_found,
)
from digest.generators.hugo.names import normalised
from digest.generators.sections import index_files, read_front_matter
from digest.generators.settings import language_tag, list_of, read_table, table_of, text_of

Table = dict[str, Any]

NAMES = ("hugo", "config")
SUFFIXES_OF_SETTINGS = (".toml", ".yaml", ".yml", ".json")
ENVIRONMENT = "production"
_OF_HUGO = frozenset(("baseurl", "languagecode", "defaultcontentlanguage", "publishdir", "contentdir"))
_AUTHORS = frozenset(("author", "authors"))  # taxonomies that are no tags


def adopt(root: Path) -> Adoption | None:
    """Return what Hugo's settings in the folder `root` say; None when there are none. Raises `SettingsError`."""
    files = _settings_files(root)
    if not files:
        return None
    settings: Table = {}
    for file in files:
        settings = _merged(settings, _settings_of(file, root / "config"))
    generator = _completed(root, _generator(settings))
    name = files[0].relative_to(root).as_posix()
    found = tuple(Found(key, value, name) for key, value in _site_settings(root, settings, generator))
    return Adoption(generator=generator, file=name, found=found, unread=tuple(_unread(settings, generator, name)))


# --- files


def _settings_files(root: Path) -> list[Path]:
    """Return the settings files, those that win last; empty when the site is not Hugo's."""
    folders = [root / "config" / name for name in ("_default", ENVIRONMENT)]
    first = _first_file(root)
    inner = [file for folder in folders for file in _files_in(folder)]
    is_hugo = first or any(file.stem in NAMES for file in inner)
    return [*first, *inner] if is_hugo else []


def _first_file(root: Path) -> list[Path]:
    """Return the settings file in the site's own folder, if it has one that is Hugo's."""
    name = first_file(root, tuple(f"{name}{suffix}" for name in NAMES for suffix in SUFFIXES_OF_SETTINGS))
    is_hugo = name.startswith("hugo.") or (name != "" and _is_hugo(root / name))
    return [root / name] if is_hugo else []


def _files_in(folder: Path) -> list[Path]:
    return [file for file in sorted(folder.rglob("*")) if _is_settings_file(file)]


def _is_settings_file(file: Path) -> bool:
    return file.suffix.lower() in SUFFIXES_OF_SETTINGS and file.is_file()


def _is_hugo(file: Path) -> bool:
    """Return whether `config.toml` and the like are Hugo's: Zola has a file of that name too, with `base_url`."""
    try:
        keys = {key.lower() for key in read_table(file)}
    except SettingsError:
        return False
    return bool(keys & _OF_HUGO) and "base_url" not in keys


def _settings_of(file: Path, folder: Path) -> Table:
    """Return the settings in a file, keys in lower case; one in the `config` folder is named after its key."""
    tree = table_of(_lowered(read_table(file)))
    name, _, language = file.stem.lower().partition(".")
    if folder not in file.parents or (name in NAMES and not language):
        return tree
    value = tree[name] if list(tree) == [name] else tree  # a list needs a key of its own in TOML
    if not language:
        return {name: value}
    return {"languages": {language: {name: value} if name in ("params", "menus", "menu") else value}}


def _lowered(value: Any) -> Any:
    """Return a tree with its keys in lower case."""
    if isinstance(value, dict):
        return {str(key).lower(): _lowered(inner) for key, inner in value.items()}
    return [_lowered(inner) for inner in value] if isinstance(value, list) else value


def _merged(base: Table, over: Table) -> Table:
    """Return `base` with the values of `over` in it, table by table."""
    table = dict(base)
    for key, value in over.items():
        inner = table.get(key)
        both_tables = isinstance(inner, dict) and isinstance(value, dict)
        table[key] = _merged(inner, value) if both_tables and inner is not None else value
    return table


# --- the generator


def _generator(settings: Table) -> Hugo:
    languages = {key: _language(settings, key, value) for key, value in table_of(settings.get("languages")).items()}
    ugly = settings.get("uglyurls")
    return Hugo(
        permalinks=_patterns(settings.get("permalinks")),
        ugly_urls={key: value is True for key, value in ugly.items()} if isinstance(ugly, dict) else ugly is True,
        disable_path_to_lower=settings.get("disablepathtolower") is True,
        remove_path_accents=settings.get("removepathaccents") is True,
        default_content_language=text_of(settings.get("defaultcontentlanguage")).lower(),
        default_content_language_in_subdir=settings.get("defaultcontentlanguageinsubdir") is True,
        languages=languages,
        frontmatter=Frontmatter(date=tuple(_date_keys(settings))),
        content_dir=_folder(settings.get("contentdir")) or "content",
        mounts=tuple(_mounts(settings)),
        ignore_files=tuple(filter(_is_expression, _texts(settings.get("ignorefiles")))),
        main_sections=tuple(_main_sections(settings)),
        build_future=settings.get("buildfuture") is True,
        cascade=tuple(_cascades(settings.get("cascade"))),
    )


def _language(settings: Table, key: str, value: object) -> Language:
    table = table_of(value)
    weight = table.get("weight")
    return Language(
        locale=text_of(table.get("locale")) or text_of(table.get("languagecode")),
        base_url=text_of(table.get("baseurl")),
        content_dir=_folder(table.get("contentdir")),
        permalinks=_patterns(table_of(table.get("permalinks"))),  # Hugo does not read a list there
        disabled=table.get("disabled") is True or key in _texts(settings.get("disablelanguages")),
        weight=weight if isinstance(weight, int) else 0,
    )


def _patterns(value: object) -> Patterns:
    """Return `permalinks`: by section, by kind and section, or as a list of rules."""
    if isinstance(value, list):
        rules = (table_of(rule) for rule in value)
        return tuple(
            PermalinkRule(pattern=text_of(rule.get("pattern")), target=target)
            for rule in rules
            if (target := _target(rule.get("target"))) is not None
        )
    return {
        key: {inner: text_of(pattern) for inner, pattern in value.items()}
        if isinstance(value, dict)
        else text_of(value)
        for key, value in table_of(value).items()
    }


def _target(value: object) -> Target | None:
    """Return which pages a rule is for; None when it is for another environment than production."""
    table = table_of(value)
    environment = text_of(table.get("environment"))
    if environment and not fnmatchcase(ENVIRONMENT, environment):
        return None
    languages = _texts(table_of(table_of(table.get("sites")).get("matrix")).get("languages"))
    return Target(
        kind=text_of(table.get("kind")).lower(),
        path=text_of(table.get("path")).lower(),
        lang=f"{{{','.join(languages)}}}" if languages else text_of(table.get("lang")),
    )


def _cascades(value: object) -> Iterator[Cascade]:
    for table in map(table_of, list_of(value)):
        target = _target(table.get("target", table.get("_target")))
        values = {key: written for key, inner in table.items() if (written := _written(inner))}
        if target is not None and values:
            yield Cascade(target=target, values=values)


def _written(value: object) -> str | list[str]:
    """Return a value as front matter has it: a text or a list of texts; empty for a table."""
    if isinstance(value, list):
        return [text for text in map(_scalar, value) if text]
    return _scalar(value)


def _scalar(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else text_of(value)


def _mounts(settings: Table) -> Iterator[Mount]:
    """Yield the mounts of content folders of the site itself."""
    for mount in map(table_of, list_of(table_of(settings.get("module")).get("mounts"))):
        target = text_of(mount.get("target")).strip("/")
        if target.partition("/")[0] != "content" or _is_outside(mount):
            continue
        languages = _texts(table_of(table_of(mount.get("sites")).get("matrix")).get("languages"))
        left_out = [f"! {pattern}" for pattern in _texts(mount.get("excludefiles"))]
        yield Mount(
            source=_folder(mount.get("source")),
            target=target,
            lang=(languages or [text_of(mount.get("lang"))])[0],
            files=(*_texts(mount.get("files")), *_texts(mount.get("includefiles")), *left_out),
        )


def _is_outside(mount: Table) -> bool:
    source = text_of(mount.get("source"))
    return source.startswith("/") or ".." in source.split("/")


def _date_keys(settings: Table) -> Iterator[str]:
    """Yield the keys of a page's date with their other names, as `[frontmatter] date` has them."""
    own = [text.lower() for text in _texts(table_of(settings.get("frontmatter")).get("date"))]
    others = {"lastmod": ("modified",), "publishdate": ("pubdate", "published"), "expirydate": ("unpublishdate",)}
    for key in own or [":default"]:
        if key == ":default":
            yield from DATE_KEYS
        else:
            yield key
            yield from others.get(key, ())


def _main_sections(settings: Table) -> list[str]:
    params = table_of(settings.get("params"))
    return _texts(settings.get("mainsections")) or _texts(params.get("mainsections"))


def _texts(value: object) -> list[str]:
    return [text for item in list_of(value) if (text := text_of(item))]


def _folder(value: object) -> str:
    """Return a folder without a slash at its end and without `./`."""
    text = text_of(value).strip()
    return posixpath.normpath(text).removesuffix("/") if text else ""


def _is_expression(text: str) -> bool:
    return is_found(text, "") is not None


# --- sections


def _completed(root: Path, generator: Hugo) -> Hugo:
    """Return the generator with its default language, its main section and the sections that have an `_index.md`."""
    generator = msgspec.structs.replace(
        generator,
        default_content_language=generator.default_language(),
        main_sections=generator.main_sections or tuple(_largest_section(root, generator)),
    )
    sections = sorted(_sections(root, generator), key=lambda section: (section.path, section.lang))
    return msgspec.structs.replace(generator, sections=tuple(sections))


def _largest_section(root: Path, generator: Hugo) -> list[str]:
    """Return the section that has the most pages, which is the main one for Hugo; empty when there is none."""
    counts: Counter[str] = Counter()
    inside = [mount for mount in generator.content_mounts() if not mount.source.startswith(("/", ".."))]
    for mount in inside:
        for folder, _, files in os.walk(root / mount.source):
            below = Path(folder).relative_to(root / mount.source).as_posix().removeprefix(".")
            section = posixpath.join(mount.target.removeprefix("content").strip("/"), below).partition("/")[0]
            counts[normalised(section)] += sum(name.endswith(SUFFIXES) for name in files)
    del counts[""]
    return [section for section, count in counts.most_common(1) if count]


def _sections(root: Path, generator: Hugo) -> Iterator[HugoSection]:
    for mount in generator.content_mounts():
        for file in index_files(root, mount.source):
            page = generator.page_at(file.relative_to(root).as_posix())
            if page is None or page.name != "_index":
                continue
            header = table_of(_lowered(read_front_matter(file)))
            yield HugoSection(
                path=page.path.removesuffix("/_index") or "/",
                lang="" if page.language == generator.default_language() else page.language,
                title=text_of(header.get("title")),
                slug=text_of(header.get("slug")).strip("-"),
                cascade=tuple(_cascades(header.get("cascade"))),
            )


# --- the site


def _site_settings(root: Path, settings: Table, generator: Hugo) -> Iterator[tuple[str, object]]:
    """Yield keys of `digest.toml` and the values that Hugo's settings give them."""
    key = generator.default_language()
    own = table_of(table_of(settings.get("languages")).get(key))
    both = _merged(settings, own)
    params = table_of(both.get("params"))
    yield "site.title", text_of(both.get("title"))
    yield "site.description", text_of(params.get("description"))
    url = text_of(both.get("baseurl"))
    yield "site.url", url if "://" in url else ""
    locale = text_of(both.get("locale")) or text_of(both.get("languagecode"))
    yield "site.language", language_tag(locale) or language_tag(key)
    yield "site.timezone", text_of(both.get("timezone"))
    yield "site.copyright", text_of(both.get("copyright"))
    author = params.get("author") or both.get("author")
    yield "site.author.name", text_of(author) or text_of(table_of(author).get("name"))
    yield "site.author.email", text_of(table_of(author).get("email"))
    yield "site.content", _content(root, generator)
    yield "posts.tag_keys", [key for key in _texts(_values(settings.get("taxonomies"))) if key not in _AUTHORS]


def _values(value: object) -> list[object]:
    return list(table_of(value).values())


def _content(root: Path, generator: Hugo) -> str:
    """Return the folder that holds all folders of content."""
    enabled = [mount.source for mount in generator.content_mounts() if not generator.language(mount.lang).disabled]
    folders = [folder for folder in enabled if (root / folder).is_dir()]
    return posixpath.commonpath(folders) or "." if folders else ""


def _unread(settings: Table, generator: Hugo, file: str) -> Iterator[str]:
    """Yield a sentence for each setting that decides addresses and cannot be followed."""
    for key in _before_headers(generator.frontmatter.date):
        yield f"{file}: frontmatter.date has {key}, which is not read"
    module = table_of(settings.get("module"))
    for mount in map(table_of, list_of(module.get("mounts"))):
        if text_of(mount.get("target")).startswith("content") and _is_outside(mount):
            yield f"{file}: the content mounted from {text_of(mount.get('source'))} is outside the site's folder"
    for expression in _texts(settings.get("ignorefiles")):
        if not _is_expression(expression):
            yield f"{file}: ignoreFiles {expression!r} cannot be read"


def _before_headers(keys: Iterable[str]) -> Iterator[str]:
    """Yield the sources of a date that are not in the post, where they come before the keys of front matter."""
    for key in keys:
        if key in (":git", ":filemodtime"):
            yield key
        elif not key.startswith(":"):
            return
