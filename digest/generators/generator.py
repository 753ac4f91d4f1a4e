"""The conventions of a site generator: which files are posts, how dates are read, and the address of each post.

A generator is a frozen struct of the settings that its conventions depend on, under the generator's own names. It is
read from the generator's settings files (`adopt`), from `[generator]` in `digest.toml`, or from both.
"""

import os
from collections.abc import Iterator, Mapping
from datetime import datetime, tzinfo
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import ClassVar
from zoneinfo import ZoneInfo

from msgspec import Struct

Value = str | None | list["Value"] | dict[str, "Value"]  # of front matter; every scalar is a text


class PostSource(Struct, frozen=True, kw_only=True):
    """What the address of a post may depend on."""

    path: str  # of the file, relative to the site's folder, forward slashes, as on disk
    content: str  # the content folder, likewise; empty when it is the site's folder
    header: Mapping[str, Value]  # front matter by key, as typed
    title: str  # plain text: of the front matter, else of the body; may be empty
    body: str  # Markdown
    date: datetime | None  # aware, in the offset as written; None without a date
    zone: tzinfo  # the site's
    language: str  # BCP 47
    site_language: str  # BCP 47

    @property
    def below_content(self) -> PurePosixPath:
        """The path of the file below the content folder."""
        return PurePosixPath(self.path.removeprefix(f"{self.content}/") if self.content else self.path)

    @property
    def stem(self) -> str:
        """The file's name without its last suffix."""
        return PurePosixPath(self.path).stem

    @property
    def local_date(self) -> datetime | None:
        """The date in the site's zone."""
        return self.date and self.date.astimezone(self.zone)

    def text(self, key: str) -> str:
        """Return the text of a front-matter key, spelled exactly so; empty when it is missing or no text."""
        value = self.header.get(key)
        return value if isinstance(value, str) else ""

    def texts(self, key: str) -> list[str]:
        """Return the texts of a front-matter key that holds one or a list of them."""
        value = self.header.get(key)
        values = value if isinstance(value, list) else [value]
        return [item for item in values if isinstance(item, str)]


class Place(Struct, frozen=True):
    """What a generator reads from a file's path."""

    language: str = ""  # BCP 47; empty for the site's
    draft: bool = False


class Generator(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="name"):
    """A site generator with its settings."""

    label: ClassVar[str]  # its name as its own site writes it
    # Settings that are read from the site's folders, and change with them: `digest init` does not write them down.
    read_from_folders: ClassVar[frozenset[str]] = frozenset()
    # Whether a date and time without a zone is UTC when it is not in quotes: YAML's timestamps, which Ruby converts.
    unquoted_times_are_utc: ClassVar[bool] = False
    # Whether it makes a page of a file without a date as of any other, so that pages and posts look alike.
    pages_need_no_date: ClassVar[bool] = False
    # Whether two posts may have one address: the generator writes both, and one of them is seen.
    shares_addresses: ClassVar[bool] = False
    # Whether a date stands under `date` or not at all: other dates of the path and the header do not replace it.
    dates_are_explicit: ClassVar[bool] = False

    @property
    def shows_future_posts(self) -> bool:
        """Whether the site shows a post before its date."""
        return False

    def is_post(self, path: str) -> bool:  # noqa: ARG002 - for generators that choose by name
        """Return whether the file at `path`, relative to the site's folder, is in a place of posts."""
        return True

    def is_left_out(self, path: str, paths: frozenset[str]) -> bool:  # noqa: ARG002 - for generators that bundle files
        """Return whether a file is no post of its own because of others: `paths` has all files of the content folder.

        It may be part of the post in its folder, or give way to another file of the same post.
        """
        return False

    def is_restructured(self, path: str) -> bool:  # noqa: ARG002 - for generators that have more than Markdown
        """Return whether the post at `path` is reStructuredText."""
        return False

    def header_file(self, path: str) -> str:  # noqa: ARG002 - for generators that keep it beside the text
        """Return the path of the file that may hold the front matter of the post at `path`; empty for none."""
        return ""

    def is_page(self, path: str) -> bool:  # noqa: ARG002 - for generators that have pages among the posts
        """Return whether a file at `path` that has no date is a page, and not a post that lacks its date."""
        return False

    def front_matter(self, path: str, typed: Mapping[str, Value]) -> Mapping[str, Value]:  # noqa: ARG002 - as above
        """Return the front matter of the post at `path` with what the generator adds: defaults, parts of the path."""
        return typed

    def moment(self, written: str, moment: datetime, *, is_quoted: bool, zone: tzinfo) -> datetime:  # noqa: ARG002
        """Return the moment that the generator reads in a date of the front matter, which means `moment` as written.

        `is_quoted` says whether YAML's quotes make it a text; `zone` is the site's.
        """
        return moment

    def place(self, path: str) -> Place:  # noqa: ARG002 - for generators that have more in the path
        """Return what the path of a post says about it."""
        return Place()

    def address(self, post: PostSource) -> str:
        """Return the address of a post below the site's URL: a path whose characters all stand for themselves.

        An absolute URL is returned for a post that lives elsewhere than below the site's URL, such as a language with
        a host of its own. Raises `AddressError` when the generator itself would refuse the post.
        """
        raise NotImplementedError


class AddressError(ValueError):
    """The generator gives a post no address; `str()` says why and `hint` what to write instead."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class SettingsError(Exception):
    """A settings file cannot be read; `str()` says why, with the line where it is known."""


class Found(Struct, frozen=True):
    """A setting found in a generator's settings: its keys in `digest.toml`, its value, and the file."""

    key: str  # "site.title"
    value: object
    file: str  # relative to the site's folder


class Adoption(Struct, frozen=True, kw_only=True):
    """What a site's own settings say, in the words of `digest.toml`."""

    generator: Generator
    file: str  # the settings file, relative to the site's folder
    found: tuple[Found, ...] = ()
    unread: tuple[str, ...] = ()  # a sentence for each setting that could not be read


def zone_named(name: str, otherwise: tzinfo) -> tzinfo:
    """Return the time zone of an IANA name; `otherwise` for an empty one. Raises `AddressError`."""
    try:
        return ZoneInfo(name) if name else otherwise
    except (ValueError, OSError, KeyError):
        raise AddressError(f'"{name}" is not a time zone', "write a name such as Europe/Berlin") from None


def first_file(root: Path, names: tuple[str, ...]) -> str:
    """Return the first of `names` that is a regular file in the folder `root`; empty when none is."""
    return next((name for name in names if (root / name).is_file()), "")


def read_text(file: Path) -> str:
    """Return a settings file as text; bytes that are not UTF-8 become replacement characters. Raises `OSError`."""
    return file.read_bytes().decode("utf-8-sig", "replace")


def matches_glob(path: str, pattern: str) -> bool:
    """Return whether a pattern of shells matches the whole path; `**` stands for any number of folders."""
    return _match_parts(path.split("/"), pattern.removeprefix("./").split("/"))


def _match_parts(names: list[str], patterns: list[str]) -> bool:
    if not patterns:
        return not names
    first, *rest = patterns
    if first == "**":
        return any(_match_parts(names[start:], rest) for start in range(len(names) + 1))
    return bool(names) and fnmatchcase(names[0], first) and _match_parts(names[1:], rest)


def folders_named(name: str, root: Path, below: str = "") -> Iterator[str]:
    """Yield the folders called `name`, relative to the folder `root`, in its subfolder `below` and deeper.

    Hidden folders, packages of other programs and usual outputs are not searched.
    """
    for folder, inner, _ in os.walk(root / below):
        inner[:] = sorted(entry for entry in inner if not entry.startswith(".") and entry not in _NOT_SEARCHED)
        if name in inner:
            yield (Path(folder) / name).relative_to(root).as_posix()


_NOT_SEARCHED = frozenset(("node_modules", "vendor", "_site", "public", "dist", "__pycache__"))
