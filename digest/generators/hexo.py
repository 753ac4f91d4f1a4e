"""Hexo: `_config.yml`, and the addresses that Hexo 8 gives.

Sources: `lib/plugins/processor/post.ts` and `lib/plugins/filter/post_permalink.ts` of https://github.com/hexojs/hexo,
`lib/permalink.ts` and `lib/slugize.ts` of https://github.com/hexojs/hexo-util
"""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, tzinfo
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar
from urllib.parse import unquote, urlsplit

from msgspec import Struct, field
from yaml.constructor import SafeConstructor

from digest.generators.generator import (
    AddressError,
    Adoption,
    Found,
    Generator,
    Place,
    PostSource,
    SettingsError,
    Value,
    first_file,
    zone_named,
)
from digest.generators.globs import is_selected
from digest.generators.settings import language_tag, list_of, read_table, table_of, text_of

FILES = ("_config.yml", "_config.yaml", "_config.json")
# Keys of `_config.yml` that only one of the two generators has which read a file of that name.
HEXO_KEYS = frozenset((
    "archive_dir", "category_map", "default_category", "default_layout", "deploy", "external_link", "filename_case",
    "i18n_dir", "new_post_name", "pagination_dir", "per_page", "permalink_defaults", "post_asset_folder", "pretty_urls",
    "public_dir", "render_drafts", "skip_render", "source_dir", "tag_dir", "tag_map", "titlecase", "updated_option",
))  # fmt: skip
JEKYLL_KEYS = frozenset((
    "baseurl", "collections", "collections_dir", "defaults", "destination", "gems", "highlighter", "incremental",
    "keep_files", "kramdown", "layouts_dir", "liquid", "markdown", "paginate", "paginate_path", "plugins_dir",
    "redcarpet", "remote_theme", "safe", "sass", "show_drafts", "source", "strict_front_matter", "whitelist",
))  # fmt: skip

_PLACEHOLDER = re.compile(r":(\w*[^\W_])", re.ASCII)
_SEGMENTS = {
    "year": "([0-9]{4})", "month": "([0-9]{2})", "day": "([0-9]{2})", "i_month": "([0-9]{1,2})",
    "i_day": "([0-9]{1,2})", "hash": "([0-9a-f]{12})",
}  # fmt: skip
_READ_FROM_NAMES = frozenset(("title", *_SEGMENTS))  # other words of `new_post_name` become keys of the post
_TIMES: dict[str, Callable[[datetime], str]] = {
    "year": lambda date: f"{date:%Y}",
    "month": lambda date: f"{date:%m}",
    "day": lambda date: f"{date:%d}",
    "hour": lambda date: f"{date:%H}",
    "minute": lambda date: f"{date:%M}",
    "second": lambda date: f"{date:%S}",
    "i_month": lambda date: str(date.month),
    "i_day": lambda date: str(date.day),
    "timestamp": lambda date: str(int(date.timestamp())),
}
_GETTERS = frozenset(("path", "permalink", "full_source", "asset_dir", "tags", "categories"))
_SPECIAL = frozenset("~`!@#$%^&*()-_+=[]{}|\\;:\"'<>,.?/\ufeff")
# Letters that stand for an ASCII letter but are not named as one with a mark.
_LETTERS = {
    "ß": "s", "ẞ": "S", "ı": "i", "ſ": "l", "Œ": "OE", "œ": "oe", "Ɔ": "O", "ɔ": "o", "Ɛ": "E", "ɛ": "e", "Ǝ": "E",
    "ǝ": "e", "Ɖ": "D", "ŉ": "n", "Ʉ": "U", "ʉ": "u", "Ʌ": "V", "ʌ": "v", "ɵ": "o", "ǅ": "Dz", "ǈ": "Lj", "ǋ": "Nj",
}  # fmt: skip


class PrettyUrls(Struct, frozen=True, kw_only=True):
    """How the ends of addresses are shown."""

    trailing_index: bool = True
    trailing_html: bool = True


class Hexo(Generator, frozen=True, tag="hexo"):
    """The settings of Hexo that decide addresses."""

    label: ClassVar[str] = "Hexo"
    shares_addresses: ClassVar[bool] = True

    permalink: str = ":year/:month/:day/:title/"
    permalink_defaults: dict[str, str] = field(default_factory=dict)
    pretty_urls: PrettyUrls = PrettyUrls()
    source_dir: str = "source"
    new_post_name: str = ":title.md"
    post_asset_folder: bool = False
    skip_render: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    render_drafts: bool = False
    future: bool = True
    default_category: str = "uncategorized"
    category_map: dict[str, str] = field(default_factory=dict)
    filename_case: int = 0  # of categories; 1 for lower case, 2 for upper case
    machine_timezone: str = ""  # of the machine that builds the site; the site's zone when empty

    @property
    def shows_future_posts(self) -> bool:
        """Whether the site shows a post before its date."""
        return self.future

    def is_post(self, path: str) -> bool:
        """Return whether the file is in `_posts` or `_drafts` of the source folder, and rendered."""
        if not path.startswith(self._folders()):
            return False
        file = PurePosixPath(path)
        names = PurePosixPath(self._below_source(path)).parts[1:]
        is_hidden = any(name.startswith(("_", ".")) for name in names)
        return not is_hidden and self._is_rendered(file) and not self._is_ignored(file)

    def _folders(self) -> tuple[str, str]:
        """Return how the paths of posts and drafts begin."""
        return f"{self.source_dir}/_posts/", f"{self.source_dir}/_drafts/"

    def _below_source(self, path: str) -> str:
        return path.removeprefix(f"{self.source_dir}/")

    def _is_rendered(self, file: PurePosixPath) -> bool:
        if self.post_asset_folder and file.suffix != PurePosixPath(self.new_post_name).suffix:
            return False
        return not is_selected(self._below_source(file.as_posix()), self.skip_render)

    def _is_ignored(self, file: PurePosixPath) -> bool:
        """Return whether `ignore`, whose patterns are compared with absolute paths, has the file or a folder above."""
        patterns = [pattern for pattern in self.ignore if pattern.startswith("**")]
        paths = [path.as_posix() for path in (file, *file.parents)]
        return any(is_selected(path, patterns) for path in paths)

    def place(self, path: str) -> Place:
        """Return the language that the file's name has by `new_post_name`, and whether the file is a draft."""
        language = language_tag(self._parts_of_name(path).get("lang", ""))
        return Place(language=language, draft=self._is_held_back(path))

    def moment(self, written: str, moment: datetime, *, is_quoted: bool, zone: tzinfo) -> datetime:
        """Return the moment that Hexo reads: YAML's time in UTC as a local one, and JavaScript's of a text."""
        if is_quoted:
            is_only_day = len(written) == len("2025-03-04") and ":" not in written
            return moment.replace(tzinfo=UTC) if is_only_day else moment
        timestamp = SafeConstructor.timestamp_regexp.match(written)
        if timestamp is None or not timestamp["tz"]:
            return moment
        return moment.astimezone(UTC).replace(tzinfo=zone)

    def address(self, post: PostSource) -> str:
        """Return the address of a post: its own permalink, else that of the site's pattern."""
        path = post.text("permalink") or _PLACEHOLDER.sub(lambda word: self._part(word[1], post), self.permalink)
        if not {"%", "\ufffd"}.isdisjoint(unquote(path.replace("%25", ""))):  # an error of JavaScript's `decodeURI`
            raise AddressError("Hexo leaves out a post whose address has a % in it", "rename the file")
        if self.post_asset_folder and not path.endswith(("/", ".html")):
            path += "/"
        while "//" in path:
            path = path.replace("//", "/")
        return self._pretty(f"/{path.removeprefix('/')}")

    def _pretty(self, path: str) -> str:
        if not self.pretty_urls.trailing_index:
            path = path.removesuffix("index.html")
        if not self.pretty_urls.trailing_html and not path.endswith("index.html"):
            path = path.removesuffix(".html")
        return path

    def _part(self, word: str, post: PostSource) -> str:
        """Return the value of a placeholder. Raises `AddressError` for one that Hexo refuses."""
        if word in _TIMES and post.date:
            return _TIMES[word](post.date.astimezone(zone_named(self.machine_timezone, post.zone)))
        if word in _PARTS:
            return _PARTS[word](self, post)
        if word in _GETTERS:
            raise AddressError(f"Hexo has no :{word} in permalinks", "change permalink in _config.yml")
        named = self._parts_of_name(post.path)
        if word in named and word not in _READ_FROM_NAMES:
            return named[word]
        if word in post.header:
            return _javascript_text(post.header[word])
        return self.permalink_defaults.get(word, "undefined")

    def slug(self, path: str) -> str:
        """Return Hexo's slug: the part of the path that `new_post_name` calls the title, else all of it slugized."""
        return self._parts_of_name(path).get("title") or slugize(self._name(path))

    def _name(self, path: str) -> str:
        """Return the path below the folder of the posts without suffix."""
        below = self._below_source(path).partition("/")[2]
        return below.removesuffix(PurePosixPath(below).suffix)

    def _parts_of_name(self, path: str) -> dict[str, str]:
        """Return what the file's path says by `new_post_name`; nothing when it does not fit."""
        rule = self.new_post_name.removesuffix(PurePosixPath(self.new_post_name).suffix)
        pieces = _PLACEHOLDER.split(rule)  # literal, name, literal, ...
        pieces[::2] = map(re.escape, pieces[::2])
        words = pieces[1::2]
        pieces[1::2] = [_SEGMENTS.get(word, "(.+?)") for word in words]
        found = re.fullmatch("".join(pieces), self._name(path), re.DOTALL)
        return dict(zip(words, found.groups(), strict=True)) if found else {}

    def _is_held_back(self, path: str) -> bool:
        """Return whether the file is a draft, and drafts are not published."""
        return not self.render_drafts and path.startswith(f"{self.source_dir}/_drafts/")

    def category(self, post: PostSource) -> str:
        """Return the post's last category, below those above it; the default category without one."""
        value = post.header.get("categories")
        if value in (None, ""):
            value = self._parts_of_name(post.path).get("category") or post.header.get("category")
        names = _last_chain(value)
        if not names or self._is_unpublished(post):
            return self.default_category
        return "/".join(self._in_case(slugize(self.category_map.get(name) or name)) for name in names)

    def _is_unpublished(self, post: PostSource) -> bool:
        is_held_back = not self.render_drafts and post.text("published").lower() == "false"
        return is_held_back or self._is_held_back(post.path)

    def _in_case(self, text: str) -> str:
        return {1: text.lower(), 2: text.upper()}.get(self.filename_case, text)


def adopt(root: Path) -> Adoption | None:
    """Return what `_config.yml` in the folder `root` says; None when it is not Hexo's. Raises `SettingsError`."""
    file = first_file(root, FILES)
    if not file:
        return None
    settings = read_table(root / file)
    if not is_hexo(root, settings):
        return None
    pretty = table_of(settings.get("pretty_urls"))
    case = settings.get("filename_case")
    generator = Hexo(
        permalink=text_of(settings.get("permalink")) or Hexo().permalink,
        permalink_defaults=_texts(settings.get("permalink_defaults")),
        pretty_urls=PrettyUrls(
            trailing_index=pretty.get("trailing_index") is not False,
            trailing_html=pretty.get("trailing_html") is not False,
        ),
        source_dir=_source_folder(settings),
        new_post_name=text_of(settings.get("new_post_name")) or Hexo().new_post_name,
        post_asset_folder=settings.get("post_asset_folder") is True,
        skip_render=tuple(filter(None, map(text_of, list_of(settings.get("skip_render"))))),
        ignore=tuple(filter(None, map(text_of, list_of(settings.get("ignore"))))),
        render_drafts=settings.get("render_drafts") is True,
        future=settings.get("future") is not False,
        default_category=text_of(settings.get("default_category")) or Hexo().default_category,
        category_map=_texts(settings.get("category_map")),
        filename_case=case if isinstance(case, int) else 0,
    )
    found = tuple(Found(key, value, file) for key, value in _site_settings(settings))
    return Adoption(generator=generator, file=file, found=found)


def is_hexo(root: Path, settings: dict[str, Any]) -> bool:
    """Return whether `_config.yml` is Hexo's and not Jekyll's, by `package.json`, the keys in it, or the folders."""
    if _package_has_hexo(root):
        return True
    keys = set(settings)
    of_hexo, of_jekyll = len(keys & HEXO_KEYS), len(keys & JEKYLL_KEYS)
    if of_hexo != of_jekyll:
        return of_hexo > of_jekyll
    return (root / _source_folder(settings) / "_posts").is_dir() and not (root / "_posts").is_dir()


def slugize(text: str) -> str:
    """Return `text` without marks on letters and with a hyphen for each run of spaces and signs of ASCII."""
    shown = "".join(map(_without_mark, text))
    spaced = "".join("\0" if _is_special(character) else character for character in shown if character >= " ")
    return "-".join(part for part in spaced.split("\0") if part)


def _without_mark(character: str) -> str:
    """Return the ASCII letters that a Latin letter with a mark stands for; any other character as it is."""
    if character.isascii() or character in _LETTERS:
        return _LETTERS.get(character, character)
    name = unicodedata.name(character, "").removeprefix("FULLWIDTH ").removeprefix("CIRCLED ")
    base = name.partition(" WITH ")[0]  # of LATIN SMALL LETTER E WITH ACUTE
    kind, _, letter = base.rpartition(" ")
    if kind not in ("LATIN SMALL LETTER", "LATIN CAPITAL LETTER") or len(letter) > 2:
        return character
    return letter.lower() if "SMALL" in kind else letter


def _is_special(character: str) -> bool:
    return character.isspace() or character in _SPECIAL


def _identity(post: PostSource) -> str:
    if not post.text("id"):
        raise AddressError(":id is known to Hexo's own database only", "add a line such as id: 12")
    return post.text("id")


def _hash(hexo: Hexo, post: PostSource) -> str:
    if post.date is None:
        return "null"
    text = f"{hexo.slug(post.path)}{int(post.date.timestamp())}"
    return hashlib.sha1(text.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()[:12]


# The placeholders that are not parts of the date.
_PARTS: dict[str, Callable[[Hexo, PostSource], str]] = {
    "id": lambda _, post: _identity(post),
    "title": lambda hexo, post: hexo.slug(post.path),
    "slug": lambda hexo, post: hexo.slug(post.path),
    "name": lambda hexo, post: hexo.slug(post.path).rpartition("/")[2],
    "post_title": lambda _, post: slugize(post.text("title")).lower(),
    "category": Hexo.category,
    "hash": _hash,
    "layout": lambda _, post: post.text("layout") or "post",
    "source": lambda hexo, post: post.path.removeprefix(f"{hexo.source_dir}/"),
}


def _last_chain(value: Value) -> list[str]:
    """Return the last of a post's lists of categories, each below the one before."""
    names = list_of(value)
    if any(isinstance(name, list) for name in names):
        names = list_of(names[-1])
    return [name for name in names if isinstance(name, str) and name]


def _javascript_text(value: Value) -> str:
    """Return a value as JavaScript makes a text of it."""
    if isinstance(value, list):
        return ",".join("" if item is None else _javascript_text(item) for item in value)
    if isinstance(value, dict):
        return "[object Object]"
    return "null" if value is None else value


def _package_has_hexo(root: Path) -> bool:
    try:
        package = read_table(root / "package.json")
    except SettingsError:
        return False
    return "hexo" in package or "hexo" in table_of(package.get("dependencies"))


def _source_folder(settings: dict[str, Any]) -> str:
    return PurePosixPath(text_of(settings.get("source_dir")) or "source").as_posix()


def _texts(value: object) -> dict[str, str]:
    return {key: text_of(inner) for key, inner in table_of(value).items() if text_of(inner)}


def _site_settings(settings: dict[str, Any]) -> Iterator[tuple[str, object]]:
    """Yield keys of `digest.toml` and the values that Hexo's settings give them."""
    yield "site.title", text_of(settings.get("title"))
    yield "site.description", text_of(settings.get("description")) or text_of(settings.get("subtitle"))
    yield "site.url", _url(settings)
    languages = [text_of(language) for language in list_of(settings.get("language"))]
    yield "site.language", next((language_tag(language) for language in languages if language != "default"), "")
    yield "site.timezone", text_of(settings.get("timezone"))
    yield "site.author.name", text_of(settings.get("author"))
    yield "site.author.email", text_of(settings.get("email"))
    yield "site.content", _source_folder(settings)


def _url(settings: dict[str, Any]) -> str:
    """Return the address of the site: its own path counts, else `root`."""
    url = text_of(settings.get("url")).rstrip("/")
    has_path = urlsplit(url).path != ""
    root = text_of(settings.get("root")).strip("/")
    return f"{url}/{root}" if url and root and not has_path else url
