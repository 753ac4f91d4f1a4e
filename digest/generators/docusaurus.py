"""Docusaurus: `docusaurus.config.js`, and the addresses that Docusaurus 3 gives the posts of its blogs.

Sources: `packages/docusaurus-plugin-content-blog/src/blogUtils.ts`, `packages/docusaurus-utils/src/urlUtils.ts` and
`packages/docusaurus/src/server/i18n.ts` of https://github.com/facebook/docusaurus
"""

import posixpath
import re
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from msgspec import Struct, field

from digest.generators.generator import AddressError, Adoption, Found, Generator, Place, PostSource, first_file
from digest.generators.globs import is_selected
from digest.generators.javascript import Call, read_javascript, settings_in
from digest.generators.javascript_tokens import Unreadable
from digest.generators.settings import list_of, table_of, text_of

FILES = tuple(f"docusaurus.config.{suffix}" for suffix in ("ts", "mts", "cts", "js", "mjs", "cjs"))
PRESETS = ("classic", "@docusaurus/preset-classic")
PLUGINS = ("content-blog", "@docusaurus/plugin-content-blog")

_PLUGIN_FOLDER = "docusaurus-plugin-content-blog"
_DATED = re.compile(r"(.*)(\d{4}[-/]\d{1,2}[-/]\d{1,2})[-/]?(.*?)(?:/index)?\.mdx?", re.ASCII | re.DOTALL)


class Blog(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The settings of one blog, under the plugin's own names."""

    id: str = "default"
    path: str = "blog"
    route: str = field(default="blog", name="routeBasePath")
    include: tuple[str, ...] = ("**/*.{md,mdx}",)
    exclude: tuple[str, ...] = (
        "**/_*.{js,jsx,ts,tsx,md,mdx}", "**/_*/**", "**/*.test.{js,jsx,ts,tsx}", "**/__tests__/**",
    )  # fmt: skip


class Locale(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A language of the site that is not the default one."""

    path: str  # its folder
    language: str = field(name="htmlLang")
    url: str = ""  # where its pages are, if not in a folder of the site


class _Location(NamedTuple):
    """Where a post is: in a blog, in the folder of a language or not, and its path there."""

    blog: Blog
    locale: str
    below: str


class Docusaurus(Generator, frozen=True, tag="docusaurus"):
    """The settings of Docusaurus that decide addresses."""

    label: ClassVar[str] = "Docusaurus"
    shares_addresses: ClassVar[bool] = True

    trailing_slash: bool | None = field(default=None, name="trailingSlash")
    i18n_path: str = field(default="i18n", name="i18nPath")
    locales: dict[str, Locale] = field(default_factory=dict)
    blogs: tuple[Blog, ...] = (Blog(),)

    def is_post(self, path: str) -> bool:
        """Return whether the file is in the folder of a blog, and not excluded there."""
        location = self._location(path)
        if location is None:
            return False
        blog = location.blog
        return is_selected(location.below, blog.include) and not is_selected(location.below, blog.exclude)

    def moment(self, written: str, moment: datetime, *, is_quoted: bool, zone: tzinfo) -> datetime:  # noqa: ARG002
        """Return the moment of a date: an offset without a colon, which its YAML does not have, is passed over."""
        is_passed_over = ":" in written and written[-5:-4] in ("+", "-") and written[-4:].isdecimal()
        return moment.replace(tzinfo=UTC) if is_passed_over else moment

    def place(self, path: str) -> Place:
        """Return the language of a post: that of the folder of translations that it is in."""
        location = self._location(path)
        return Place(language=self.locales[location.locale].language if location and location.locale else "")

    def address(self, post: PostSource) -> str:
        """Return the address of a post: its slug, else its date and its name, below the route of its blog."""
        location = self._location(post.path)
        if location is None:
            raise AddressError("the file is in no blog of Docusaurus")
        slug = _slug_of_path(location.below)
        if post.header.get("slug") is not None:
            slug = post.text("slug")
        if not slug:
            raise AddressError("the slug is empty, which stops Docusaurus", "write a slug or delete the line")
        path = self._with_end(_joined(location.blog.route, slug))
        locale = self.locales.get(location.locale)
        if locale is None:
            return path
        return locale.url.rstrip("/") + path if locale.url else f"/{location.locale}{path}"

    def _location(self, path: str) -> _Location | None:
        """Return where a post is; None when it is in no blog."""
        for blog in sorted(self.blogs, key=lambda each: -len(each.path)):
            folder = _PLUGIN_FOLDER if blog.id == "default" else f"{_PLUGIN_FOLDER}-{blog.id}"
            folders = {f"{self.i18n_path}/{locale.path}/{folder}/": name for name, locale in self.locales.items()}
            folders["" if blog.path == "." else f"{blog.path}/"] = ""
            for prefix, locale in folders.items():
                if path.startswith(prefix):
                    return _Location(blog, locale, path.removeprefix(prefix))
        return None

    def _with_end(self, path: str) -> str:
        """Return a path with or without a slash at its end, before a query or a fragment (applyTrailingSlash)."""
        end = min((place for sign in "#?" if (place := path.find(sign)) >= 0), default=len(path))
        page = path[:end]
        if self.trailing_slash is None or page == "/":
            return path
        return page.removesuffix("/") + ("/" if self.trailing_slash else "") + path[end:]


def adopt(root: Path) -> Adoption | None:
    """Return what `docusaurus.config.js` in the folder `root` says; None when there is none. Raises `SettingsError`."""
    file = first_file(root, FILES)
    if not file:
        return None
    settings = settings_in(read_javascript(root / file, root).default)
    plugins = list(_blog_plugins(settings)) or ([] if _has_named_presets(settings) else [{}])
    slash = settings.get("trailingSlash")
    generator = Docusaurus(
        trailing_slash=slash if isinstance(slash, bool) else None,
        i18n_path=_folder(table_of(settings.get("i18n")), "path", "i18n"),
        locales=_locales(settings),
        blogs=tuple(_blog(settings_in(options)) for options in plugins),
    )
    found = [Found(key, value, file) for key, value in _site_settings(root, settings, generator)]
    unread = [f"{file}: {name} cannot be read without running it" for name in _unread(settings, plugins)]
    return Adoption(generator=generator, file=file, found=tuple(found), unread=tuple(unread))


def _blog_plugins(settings: dict[str, Any]) -> Iterator[Any]:
    """Yield the options of each blog: of the preset, then of the plugins."""
    for name, options in map(_named, list_of(settings.get("presets"))):
        blog = settings_in(options).get("blog", {})
        if name in PRESETS and blog is not False:
            yield blog
    for name, options in map(_named, list_of(settings.get("plugins"))):
        if name in PLUGINS:
            yield options


def _has_named_presets(settings: dict[str, Any]) -> bool:
    """Return whether the names of all presets could be read: a blog would be seen."""
    presets = list_of(settings.get("presets", settings.get("plugins")))
    return bool(presets) and all(name for name, _ in map(_named, presets))


def _named(entry: object) -> tuple[str, Any]:
    """Return the name and the options of a preset or plugin, which is a name, also in `require.resolve`, or both."""
    parts: list[Any] = [*list_of(entry), {}, {}]
    name, options = parts[:2]
    if isinstance(name, Call):
        name = next(iter(name.arguments), "")
    return text_of(name), options


def _blog(options: dict[str, Any]) -> Blog:
    default = Blog()
    route = options.get("routeBasePath")
    return Blog(
        id=text_of(options.get("id")) or default.id,
        path=_folder(options, "path", default.path),
        route=route if isinstance(route, str) else default.route,
        include=_patterns(options, "include", default.include),
        exclude=_patterns(options, "exclude", default.exclude),
    )


def _folder(settings: dict[str, Any], key: str, default: str) -> str:
    return posixpath.normpath(text_of(settings.get(key)) or default)


def _patterns(options: dict[str, Any], key: str, default: tuple[str, ...]) -> tuple[str, ...]:
    given = options.get(key)
    return tuple(filter(None, map(text_of, given))) if isinstance(given, list) else default


def _locales(settings: dict[str, Any]) -> dict[str, Locale]:
    """Return the languages of the site, with the URLs of those that have one of their own."""
    i18n = table_of(settings.get("i18n"))
    configs = table_of(i18n.get("localeConfigs"))
    locales = {}
    for name in filter(None, map(text_of, list_of(i18n.get("locales")))):
        config = table_of(configs.get(name))
        is_elsewhere = bool({"url", "baseUrl"} & config.keys())
        inner = "" if name == _default_locale(settings) else f"/{name}/"
        base = config.get("baseUrl", f"{text_of(settings.get('baseUrl'))}{inner}")
        locales[name] = Locale(
            path=text_of(config.get("path")) or name,
            language=text_of(config.get("htmlLang")) or name,
            url=_url(config.get("url", settings.get("url")), base) if is_elsewhere else "",
        )
    default = locales.get(_default_locale(settings))
    return locales if len(locales) > 1 or default is None else {}


def _default_locale(settings: dict[str, Any]) -> str:
    return text_of(table_of(settings.get("i18n")).get("defaultLocale")) or "en"


def _url(host: object, base: object) -> str:
    """Return the URL of a site from `url` and `baseUrl`; empty without a host."""
    path = "/".join(filter(None, text_of(base).split("/")))
    return f"{text_of(host).rstrip('/')}/{path}" if text_of(host) else ""


def _site_settings(root: Path, settings: dict[str, Any], generator: Docusaurus) -> Iterator[tuple[str, object]]:
    """Yield keys of `digest.toml` and the values that the settings give them."""
    yield "site.title", text_of(settings.get("title"))
    yield "site.description", text_of(settings.get("tagline"))
    yield "site.url", _url(settings.get("url"), settings.get("baseUrl"))
    default = generator.locales.get(_default_locale(settings))
    yield "site.language", default.language if default else _default_locale(settings)
    yield "site.content", _content(root, generator)


def _content(root: Path, generator: Docusaurus) -> str:
    """Return the folder of the posts: that of the only blog, else the nearest that has all blogs and translations."""
    folders = [blog.path for blog in generator.blogs]
    translated = root.glob(f"{generator.i18n_path}/*/{_PLUGIN_FOLDER}*")
    folders += [folder.relative_to(root).as_posix() for folder in translated if folder.is_dir()]
    return posixpath.commonpath(folders) or "." if folders else ""


def _unread(settings: dict[str, Any], blogs: list[Any]) -> Iterator[str]:
    """Yield the names of the settings that could not be read."""
    if not settings:
        yield "what it exports"
    for key in ("title", "url", "baseUrl", "trailingSlash", "i18n", "presets", "plugins"):
        if not isinstance(settings.get(key), str | bool | dict | list | None):
            yield key
    for name, options in map(_named, list_of(settings.get("plugins"))):
        if not name and "routeBasePath" in settings_in(options):
            yield "the name of a plugin"
    for options in map(settings_in, blogs):
        for key in ("id", "path", "routeBasePath", "include", "exclude"):
            if isinstance(options.get(key), Unreadable | Call):
                yield f"{key} of the blog"


# --- parts of an address


def _slug_of_path(below: str) -> str:
    """Return the slug that a file's path gives: its date first, then its folders and its name (parseBlogFileName)."""
    dated = _DATED.fullmatch(below)
    if dated:
        folder, date, name = dated.groups()
        return f"/{date.replace('-', '/')}/{folder}{name}"
    return "/" + posixpath.splitext(below)[0].removesuffix("/index")


def _joined(route: str, slug: str) -> str:
    """Return the path of a slug below a route, as `normalizeUrl` joins them."""
    path = "/".join(filter(None, f"{route}/{slug}".split("/")))
    path = f"/{path}/" if slug.endswith("/") and path else f"/{path}"
    before, *fragments = path.split("/#")
    for fragment in fragments:
        before += f"#{fragment}" if fragment and fragment[0] not in "!/" else f"/#{fragment}"
    page, *queries = before.replace("/?", "?").replace("/&", "&").split("?")
    return "?".join((page, "&".join(queries))) if queries else page
