"""The addresses that Eleventy 3 gives, and the data that folders and layouts hand down to posts.

Sources: `src/TemplatePermalink.js`, `src/TemplateFileSlug.js`, `src/Template.js` and `src/Data/TemplateData.js` of
https://github.com/11ty/eleventy
"""

import posixpath
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, tzinfo
from pathlib import PurePosixPath
from typing import Any, ClassVar, Literal

from msgspec import Struct, field

from digest.generators.eleventy.filters import UnreadableError
from digest.generators.eleventy.templates import Engine, render
from digest.generators.generator import AddressError, Generator, PostSource, Value, zone_named
from digest.generators.globs import is_selected

UNREADABLE_HINT = "set permalink under [generator] or [site] in digest.toml"
# Addresses that may lack a suffix.
_WITHOUT_SUFFIX = ("/_redirects", "/.htaccess", "/_headers")
LINK_KEYS = {"permalink", "eleventyComputed"}
MISSING_DATE = object()
_DATE = len("2025-03-04")


class Folders(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The folders of a site: `input` relative to the site's, `includes` and `data` below it."""

    input: str = "."
    includes: str = "_includes"
    data: str = "_data"
    output: str = "_site"


class Data(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a data file says for the posts in a folder, or for one post."""

    path: str  # of the folder, or of the post without suffix; relative to the site's folder
    values: dict[str, Any] = field(default_factory=dict)
    unread: tuple[str, ...] = ()  # keys whose values are known only when Eleventy runs


class Eleventy(Generator, frozen=True, tag="eleventy"):
    """The settings of Eleventy that decide addresses."""

    label: ClassVar[str] = "Eleventy"
    pages_need_no_date: ClassVar[bool] = True
    unquoted_times_are_utc: ClassVar[bool] = True

    permalink: str = ""  # of posts that have none
    dir: Folders = Folders()
    markdown_template_engine: Literal["liquid", "njk", ""] = field(default="liquid", name="markdownTemplateEngine")
    ignores: tuple[str, ...] = ()
    data: tuple[Data, ...] = ()
    layouts: dict[str, str] = field(default_factory=dict)  # their permalinks
    globals: dict[str, Any] = field(default_factory=dict)
    unread: tuple[str, ...] = ()  # names of global values and of filters that are known only when Eleventy runs
    machine_timezone: str = ""  # of the machine that builds the site; the site's zone when empty

    @property
    def shows_future_posts(self) -> bool:
        """Whether the site shows a post before its date."""
        return True

    def is_post(self, path: str) -> bool:
        """Return whether the file is a Markdown template of the site."""
        is_input = self.dir.input == "." or path.startswith(f"{self.dir.input}/")
        return path.endswith(".md") and is_input and not self._is_own(path) and not self._is_ignored(path)

    def _is_own(self, path: str) -> bool:
        """Return whether the file is a part of templates, data or output."""
        own = (f"{self.dir.includes}/", f"{self.dir.data}/")
        return self._below_input(path).startswith(own) or path.startswith(f"{self.dir.output}/")

    def _is_ignored(self, path: str) -> bool:
        paths = [above.as_posix() for above in (PurePosixPath(path), *PurePosixPath(path).parents)]
        return any(is_selected(above, self.ignores) for above in paths)

    def is_page(self, path: str) -> bool:
        """Return whether a file without a date is a page: one in no collection of its folder."""
        return not any(data.values.get("tags") for data in self._data_of(path))

    def _below_input(self, path: str) -> str:
        return path if self.dir.input == "." else path.removeprefix(f"{self.dir.input}/")

    # --- data

    def front_matter(self, path: str, typed: Mapping[str, Value]) -> Mapping[str, Value]:
        """Return the front matter with the data of folders; a day in the path is its date.

        What is in no collection is unlisted, and what is not written is a draft. The collections of a folder are no
        tags of its posts.
        """
        values: dict[str, Value] = {}
        for data in self._data_of(path):
            values = _merged(values, {key: value for key, value in data.values.items() if key != "tags"})
        values = _merged(values, typed)
        if not values.get("date") and _day_in(path):
            values["date"] = _day_in(path)
        is_written = not _is_false(_build(values.get("permalink")))
        is_listed = values.get("eleventyExcludeFromCollections") != "true"
        return values | ({} if is_written else {"draft": "true"}) | ({} if is_listed else {"unlisted": "true"})

    def _data_of(self, path: str) -> Iterator[Data]:
        """Yield the data for the post at `path`, the nearest last."""
        stem = path.removesuffix(".md")
        yield from (data for data in self.data if data.path == "" or stem.startswith(f"{data.path}/"))
        yield from (data for data in self.data if data.path == stem)

    # --- addresses

    def moment(self, written: str, moment: datetime, *, is_quoted: bool, zone: tzinfo) -> datetime:  # noqa: ARG002
        """Return the moment that Eleventy reads: a time without an offset is in UTC."""
        is_naive_text = is_quoted and ":" in written and _is_naive(written)
        return moment.replace(tzinfo=UTC) if is_naive_text else moment

    def address(self, post: PostSource) -> str:
        """Return the address of a post: its permalink, that of its folder or layout, else its path."""
        template = self._permalink(post)
        if not template:
            return _shown(self._default(post.path))
        link = self._rendered(template, post)
        if not link:
            raise AddressError(f"the permalink {template[:80]!r} is empty here", "Eleventy writes no such page")
        path = _written_path(link)
        may_lack_suffix = path.endswith(_WITHOUT_SUFFIX) or post.text("eleventyAllowMissingExtension") == "true"
        if not PurePosixPath(path).suffix and not may_lack_suffix:
            raise AddressError(f"the permalink {link[:80]!r} has no suffix or slash at its end", "add a slash")
        return _shown(path)

    def _permalink(self, post: PostSource) -> str:
        """Return the permalink of a post, not rendered. Raises `AddressError` when it is known only to Eleventy."""
        own = _build(post.header.get("permalink"))
        if own is not None and not _is_false(own):
            return own if isinstance(own, str) else ""
        computed = post.header.get("eleventyComputed")
        if isinstance(computed, dict) and isinstance(computed.get("permalink"), str):
            return str(computed["permalink"])
        self._check_unread(post.path)
        return self.layouts.get(post.text("layout")) or self.permalink

    def _check_unread(self, path: str) -> None:
        """Raise `AddressError` when a file gives the posts there a permalink that cannot be read."""
        for data in self._data_of(path):
            for key in LINK_KEYS & set(data.unread):
                message = f"the {key} of {data.path or self.dir.input} is known only when Eleventy runs"
                raise AddressError(message, UNREADABLE_HINT)

    def _rendered(self, template: str, post: PostSource) -> str:
        language = self._language(post)
        if not language:
            return template
        zone = zone_named(self.machine_timezone, post.zone)
        engine = Engine(name=language, zone=zone, unread=frozenset(self.unread))
        try:
            return render(template, self._values(post), engine)
        except UnreadableError as error:
            if post.date is None and "date" in template:
                hint = "add a line such as date: 2026-11-18"
                raise AddressError("the permalink needs a date, and there is none", hint) from error
            message = f"the permalink {template[:80]!r} has {error}, which is known only when Eleventy runs"
            raise AddressError(message, UNREADABLE_HINT) from error

    def _language(self, post: PostSource) -> str:
        """Return the template language of a post's permalink; empty for none."""
        override = post.text("templateEngineOverride").split(",")
        if override[0] in ("njk", "liquid") and "md" not in override:
            return override[0]
        return "" if override == ["false"] else self.markdown_template_engine

    def _values(self, post: PostSource) -> dict[str, Any]:
        """Return what a template may use. A date that only the file has is a value that no filter takes."""
        moment = _moment(post) or MISSING_DATE
        below = PurePosixPath(self._below_input(post.path))
        stem = _without_day(below.stem)
        is_index = stem == "index"
        page = {
            "date": moment,
            "fileSlug": _without_day(below.parent.name) if is_index else stem,
            "filePathStem": f"/{below.parent / stem}",
            "inputPath": f"./{post.path}",
            "outputFileExtension": "html",
        }
        own_date = {"date": moment} if post.header.get("date") else {}
        tags = post.header.get("tags")
        own_tags = {"tags": tags.split(",")} if isinstance(tags, str) else {}
        return {**self.globals, **post.header, **own_date, **own_tags, "page": page}

    def _default(self, path: str) -> str:
        """Return the address by the path, where a file with the name of its folder stands for it, as `index` does."""
        below = PurePosixPath(self._below_input(path))
        is_folder = below.stem in ("index", below.parent.name)
        return f"/{below.parent if is_folder else below.with_suffix('')}/index.html".replace("/./", "/")


def _written_path(link: str) -> str:
    """Return the path of the file that a page is written to; below two dots when it is none of the site's."""
    if link.endswith("/"):
        link += "index.html"
    if link.startswith("/"):
        return posixpath.normpath(f"/{link.lstrip('/')}")
    return f"/{posixpath.normpath(link)}"


def _shown(path: str) -> str:
    """Return the address of a page from the path of its file."""
    for end in ("/index.html", "/index"):
        if path.endswith(end):
            return path.removesuffix(end) + "/"
    return path


def _merged(base: Mapping[str, Value], over: Mapping[str, Value]) -> dict[str, Value]:
    """Return `base` with the values of `over`: tables into tables, and lists behind lists."""
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        if isinstance(below, dict) and isinstance(value, dict):
            merged[key] = _merged(below, value)
        elif isinstance(below, list) and isinstance(value, list):
            merged[key] = [*below, *value]
        else:
            merged[key] = value
    return merged


def _build(permalink: Value) -> Value:
    """Return the permalink that decides where a page is written."""
    return permalink.get("build", "false" if permalink else None) if isinstance(permalink, dict) else permalink


def _is_false(value: Value) -> bool:
    return value == "false"


def _moment(post: PostSource) -> datetime | None:
    """Return the date of a post; a day is its first moment in UTC."""
    if post.date is None or ":" in post.text("date"):
        return post.date
    return post.date.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=UTC)


def _is_naive(written: str) -> bool:
    """Return whether a text is a date and time without an offset."""
    try:
        return datetime.fromisoformat(written).tzinfo is None
    except ValueError:
        return False


def _day_in(path: str) -> str:
    """Return the first day in a path that exists, such as 2025-03-04; empty when there is none."""
    for start in range(len(path) - _DATE + 1):
        text = path[start : start + _DATE]
        if text[4::3] == "--" and _is_day(text):
            return text
    return ""


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _without_day(name: str) -> str:
    """Return what follows a day and a hyphen in a name; the whole name when it has none."""
    for start in range(len(name) - _DATE):
        text = name[start : start + _DATE + 1]
        digits = text.replace("-", "")
        if text[4::3] == "---" and len(digits) == _DATE - 2 and digits.isdecimal() and digits.isascii():
            return name[start + _DATE + 1 :]
    return name
