"""Reading an Eleventy site: the literals of its configuration, its data files, and the front matter of its layouts.

Nothing is run: a value that a function returns is named as unread.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any, Literal

import yaml

from digest.generators.eleventy.addresses import LINK_KEYS, Data, Eleventy, Folders
from digest.generators.eleventy.calls import argument, data_suffixes, defines
from digest.generators.eleventy.filters import LIQUID, NUNJUCKS
from digest.generators.generator import Adoption, Found, SettingsError, Value, first_file
from digest.generators.javascript import Call, Function, read_javascript, settings_in
from digest.generators.javascript_tokens import UNREADABLE, Unreadable
from digest.generators.settings import list_of, read_table, settings_text, table_of, text_of

CONFIG_FILES = (".eleventy.js", "eleventy.config.js", "eleventy.config.mjs", "eleventy.config.cjs")
SITE_DATA = ("metadata", "site", "meta", "config", "siteConfig", "site_config")
SCRIPTS = (".js", ".cjs", ".mjs")
EXAMPLE = "https://example.org"

_NOT_SEARCHED = frozenset(("node_modules", "_site", "public", "dist"))
_MAX_LAYOUTS = 10  # one in another
_RESERVED = ("page", "content")


def adopt(root: Path) -> Adoption | None:
    """Return what an Eleventy site in the folder `root` says; None when there is none. Raises `SettingsError`."""
    package = _package(root)
    config_file = first_file(root, CONFIG_FILES)
    if not config_file and "@11ty/eleventy" not in _dependencies(package):
        return None
    site = _Site(root, config_file, package)
    return Adoption(
        generator=site.generator,
        file=config_file or "package.json",
        found=tuple(site.found()),
        unread=tuple(dict.fromkeys(site.unread)),
    )


class _Site:
    """The files of an Eleventy site, and what cannot be read in them."""

    def __init__(self, root: Path, config_file: str, package: dict[str, Any]) -> None:
        self.root = root
        self.unread: list[str] = []
        self._config_file = config_file
        self._package = package
        self._config_text = settings_text(root / config_file) if config_file else ""
        self._config = self._read_config()
        self._suffixes = data_suffixes(self._config_text)
        self._folders = self._read_folders()
        self.input = root / self._folders.input
        self.globals = self._global_data()
        self.generator = self._generator()

    # --- configuration

    def _read_config(self) -> dict[str, Any]:
        """Return the settings that the configuration returns or exports."""
        if not self._config_file:
            return {}
        module = read_javascript(self.root / self._config_file, self.root)
        return settings_in(module.default) | settings_in(module.names.get("config"))

    def _read_folders(self) -> Folders:
        options = _options_of_scripts(self._package)
        returned = table_of(self._config.get("dir"))

        def folder(key: str, otherwise: str) -> str:
            method = f"set{key.capitalize()}Directory"
            text = options.get(key) or argument(self._config_text, method) or _text(returned.get(key)) or otherwise
            return PurePosixPath(text.strip("/") or ".").as_posix()

        return Folders(
            input=folder("input", "."),
            includes=folder("includes", "_includes"),
            data=folder("data", "_data"),
            output=folder("output", "_site"),
        )

    def _generator(self) -> Eleventy:
        engine = self._config.get("markdownTemplateEngine", "liquid")
        engines: dict[object, Literal["liquid", "njk", ""]] = {"njk": "njk", "liquid": "liquid"}
        defined = [name for name in {**LIQUID, **NUNJUCKS} if defines(self._config_text, "ilter", name)]
        unread_globals = [name for name, value in self.globals.items() if value is None]
        return Eleventy(
            permalink=self._global_permalink(),
            dir=self._folders,
            markdown_template_engine=engines.get(engine, ""),
            ignores=tuple(self._ignores()),
            data=tuple(self._data()),
            layouts=self._layouts(),
            globals={name: value for name, value in self.globals.items() if value is not None},
            unread=tuple(sorted({*defined, *unread_globals})),
        )

    def _global_permalink(self) -> str:
        """Return the permalink that the configuration or the global data gives all posts."""
        if defines(self._config_text, "addGlobalData", "permalink"):
            text = argument(self._config_text, "addGlobalData", place=1, first="permalink")
            if not text:
                self.unread.append(f"{self._config_file}: the permalink of all pages cannot be read without running it")
            return text
        value = self.globals.get("permalink")
        return value if isinstance(value, str) else ""

    def _ignores(self) -> Iterator[str]:
        """Yield the patterns of `.eleventyignore`."""
        for folder in dict.fromkeys((".", self._folders.input)):
            file = self.root / folder / ".eleventyignore"
            if file.is_file():
                for line in map(str.strip, settings_text(file).splitlines()):
                    if line and not line.startswith(("#", "!")):
                        yield PurePosixPath(folder, line.strip("/")).as_posix()

    # --- data

    def _global_data(self) -> dict[str, Any]:
        """Return the values of the files in the data folder by name; None for those that cannot be read."""
        folder = self.input / self._folders.data
        values: dict[str, Any] = {}
        for file in sorted(folder.iterdir()) if folder.is_dir() else []:
            if file.suffix in (".json", *SCRIPTS, *self._suffixes) and file.is_file():
                values[file.stem] = self._value_of(file)
        return {name: value for name, value in values.items() if name not in _RESERVED}

    def _tree(self, file: Path) -> object:
        """Return what a data file holds. Raises `SettingsError`."""
        if file.suffix in SCRIPTS:
            return read_javascript(file, self.root).default
        return read_table(file)

    def _value_of(self, file: Path) -> Value:
        """Return the value of a data file; None when it cannot be read whole."""
        try:
            tree = self._tree(file)
        except SettingsError:
            return None
        return None if _has_unreadable(tree) else _as_value(tree)

    def _data(self) -> Iterator[Data]:
        """Yield the data of folders and of single posts, those of the outermost folders first."""
        for folder, inner, names in os.walk(self.input):
            inner[:] = sorted(name for name in inner if not name.startswith((".", "_")) and name not in _NOT_SEARCHED)
            path = PurePosixPath(Path(folder).relative_to(self.root).as_posix())
            yield from self._data_of_folder(path, names)
            for post in sorted(path / name for name in names if name.endswith(".md")):
                stem = post.with_suffix("")
                yield from self._data_of(stem, stem.as_posix(), names)

    def _data_of_folder(self, path: PurePosixPath, names: list[str]) -> Iterator[Data]:
        is_input = path == PurePosixPath(self._folders.input)
        base = argument(self._config_text, "setDataFileBaseName") or path.name
        if base:  # the site's own folder has no name
            yield from self._data_of(path / base, "" if is_input else path.as_posix(), names)

    def _data_of(self, base: PurePosixPath, target: str, names: list[str]) -> Iterator[Data]:
        """Yield the data for `target` from the files that are called `base` and a suffix, the strongest last."""
        plain = [f"{base.name}{suffix}" for suffix in (*self._suffixes, ".json")]
        special = [f"{base.name}.11tydata{suffix}" for suffix in (*self._suffixes, ".json", ".mjs", ".cjs", ".js")]
        for name in (*plain, *special):
            if name in names:
                yield from self._data_in((base.parent / name).as_posix(), target)

    def _data_in(self, file: str, target: str) -> Iterator[Data]:
        try:
            table = settings_in(self._tree(self.root / file))
        except SettingsError as error:
            self.unread.append(str(error))
            return
        if not table and file.endswith(SCRIPTS):
            table = {"permalink": UNREADABLE}
        unread = [key for key, value in table.items() if _has_unreadable(value)]
        self.unread += [f"{file}: {key} cannot be read without running it" for key in unread if key in LINK_KEYS]
        values = {key: _as_value(value) for key, value in table.items() if key not in unread}
        yield Data(path=target, values=values, unread=tuple(unread))

    def _layouts(self) -> dict[str, str]:
        """Return the permalinks in the front matter of layouts, by the layouts' names with and without suffix."""
        folder = self.input / (_text(table_of(self._config.get("dir")).get("layouts")) or self._folders.includes)
        headers: dict[str, dict[str, Any]] = {}
        for file in sorted(folder.rglob("*")) if folder.is_dir() else []:
            name = PurePosixPath(file.relative_to(folder).as_posix())
            header = _front_matter(file) if file.is_file() else {}
            headers[name.as_posix()] = headers[name.with_suffix("").as_posix()] = header
        links = {name: _permalink_of_layout(name, headers) for name in headers}
        return {name: link for name, link in links.items() if link}

    # --- what is taken over

    def found(self) -> Iterator[Found]:
        """Yield keys of `digest.toml` and the values that the site gives them."""
        name, data = self._site_data()
        file = (self.input / self._folders.data / name).relative_to(self.root).as_posix() if name else ""
        yield Found("site.title", _first(data, "title", "name", "siteTitle"), file)
        yield Found("site.description", _first(data, "description", "siteDescription"), file)
        yield Found("site.language", _first(data, "language", "lang", "locale"), file)
        author = data.get("author")
        yield Found("site.author.name", _text(author) or _first(table_of(author), "name"), file)
        yield Found("site.author.email", _first(table_of(author), "email"), file)
        yield Found("site.author.url", _first(table_of(author), "url"), file)
        yield Found("site.content", self._folders.input, self._config_file or "package.json")
        url = _first(data, "url", "siteUrl", "siteURL", "baseUrl", "baseURL", "domain")
        homepage = _text(self._package.get("homepage"))
        yield Found("site.url", self._url(url or homepage), file if url else "package.json")

    def _url(self, url: str) -> str:
        """Return the site's address: with the prefix of paths, and an example's host where none is known."""
        prefix = _options_of_scripts(self._package).get("pathprefix") or _text(self._config.get("pathPrefix"))
        prefix = prefix.strip("/")
        if url and "://" not in url:
            url = f"https://{url}"
        url = url.rstrip("/")
        if not prefix or url.endswith(f"/{prefix}"):
            return url
        if not url:
            self.unread.append(f"{self._config_file}: no host of the site is known beside the path /{prefix}/")
        return f"{url or EXAMPLE}/{prefix}"

    def _site_data(self) -> tuple[str, dict[str, Any]]:
        """Return the name of the global data file that describes the site, and what can be read of it."""
        folder = self.input / self._folders.data
        for name in (f"{stem}{suffix}" for stem in SITE_DATA for suffix in (".json", *SCRIPTS, ".yaml", ".yml")):
            if (folder / name).is_file():
                with contextlib.suppress(SettingsError):
                    return name, settings_in(self._tree(folder / name))
        return "", {}


def _package(root: Path) -> dict[str, Any]:
    try:
        return read_table(root / "package.json")
    except SettingsError:
        return {}


def _dependencies(package: dict[str, Any]) -> dict[str, Any]:
    return table_of(package.get("dependencies")) | table_of(package.get("devDependencies"))


def _options_of_scripts(package: dict[str, Any]) -> dict[str, str]:
    """Return the options, such as `--input=src`, with which the scripts of `package.json` start Eleventy."""
    words = [
        word for script in map(_text, table_of(package.get("scripts")).values()) for word in _eleventy_words(script)
    ]
    options = [word.removeprefix("--").partition("=") for word in words if word.startswith("--")]
    return {name: value.strip("\"'") for name, sign, value in options if sign}


def _eleventy_words(script: str) -> list[str]:
    return script.split() if "eleventy" in script else []


def _has_unreadable(value: object) -> bool:
    if isinstance(value, dict):
        return any(map(_has_unreadable, value.values()))
    if isinstance(value, list):
        return any(map(_has_unreadable, value))
    return isinstance(value, Unreadable | Call | Function)


def _as_value(value: object) -> Value:
    """Return a value of a data file in the form of front matter, whose scalars are texts."""
    if isinstance(value, dict):
        return {str(key): _as_value(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_as_value(inner) for inner in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)


def _front_matter(file: Path) -> dict[str, Any]:
    """Return the front matter of a layout; nothing when it has none, or none that can be read."""
    try:
        fence, _, rest = settings_text(file).partition("---\n")
        header, closing, _ = rest.partition("\n---")
        return table_of(yaml.safe_load(header)) if not fence.strip() and closing else {}
    except (SettingsError, yaml.YAMLError, ValueError, RecursionError):
        return {}


def _permalink_of_layout(name: str, headers: dict[str, dict[str, Any]]) -> str:
    """Return the permalink of a layout, else that of the layout that it is in."""
    for _ in range(_MAX_LAYOUTS):
        header = headers.get(name, {})
        if isinstance(header.get("permalink"), str):
            return str(header["permalink"])
        name = _text(header.get("layout"))
    return ""


def _text(value: object) -> str:
    return text_of(value).strip()


def _first(table: dict[str, Any], *keys: str) -> str:
    """Return the first text that a table has under one of the keys."""
    return next((text for text in (_text(item) for key in keys for item in list_of(table.get(key))) if text), "")
