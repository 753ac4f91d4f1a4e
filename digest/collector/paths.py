"""What a post's place in the folders says: slug, date, language, and whether it is a draft.

The rules are the generators': Jekyll's and Docusaurus's `2026-11-18-slug.md`, Hugo's leaf bundles `slug/index.md` and
language suffixes `slug.de.md`, dates as folders `2026/11/18/slug.md`.
"""

import functools
import re
from datetime import datetime
from typing import NamedTuple

from msgspec import Struct

from digest.collector.post import clean_text, slugify
from digest.config.schema import LANGUAGE, Config
from digest.patterns import pattern

# ISO 639-1, set 2023: a language of two letters that is not here does not exist
_ISO_639_1 = """
    aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el
    en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu
    ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na
    nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn
    so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
"""
ISO_639_1 = frozenset(_ISO_639_1.split())
MARKDOWN = (".md", ".markdown", ".mdx", ".mdown", ".mkdown", ".mkdn", ".mkd")
POSTS_FOLDERS = frozenset(("_posts", "_drafts"))

_DATE = pattern(r"(?:^|/)((?:19|20|21)\d\d)[-/_](\d{1,2})[-/_](\d{1,2})(?=[-/_. ]|$)", re.ASCII)
_DATED_NAME = pattern(r"\d{4}-\d{1,2}-\d{1,2}(?:[-_ ]+(?P<rest>.+)|$)", re.ASCII)
_USUAL_NAME = pattern(r"\d{4}-\d{1,2}-\d{1,2}[-_ ]+([\w-]+)\.[^.]*+", re.ASCII)  # what most with a date are
_DATE_PART = pattern(r"\d{1,4}|\d{4}-\d{1,2}(?:-\d{1,2})?", re.ASCII)
_SUFFIX = pattern(r"(.+)\.([a-z]{2}(?:[-_][A-Za-z]{2,4})?)")
_PLAIN_NAME = pattern(r"[\w-]+", re.ASCII)
_SAFE_NAME = pattern(r"[\w.\-~+!(), '&]+")


class Place(Struct, frozen=True, gc=False):
    """What the path says. `dated_name` means that the file's name begins with a date."""

    slug: str
    folders: tuple[str, ...]
    dated_name: bool
    language: str
    draft: bool
    jekyll: bool


@functools.lru_cache(maxsize=512)
def language_tag(text: str) -> str:
    """Return `text` as a well-formed BCP 47 tag in its usual case (`zh-CN`, `zh-Hant`); empty when it is none."""
    tag = text.strip().split(".")[0].replace("_", "-")
    if not LANGUAGE.fullmatch(tag):
        return ""
    first, *rest = tag.split("-")
    if len(first) == 2 and first.lower() not in ISO_639_1:
        return ""
    cased = [part.title() if len(part) == 4 else part.upper() if len(part) < 4 else part for part in rest]
    return "-".join((first.lower(), *cased))


def date_in(path: str) -> str:
    """Return the last date that stands in `path` as `2026-11-18`, the date as typed; empty when there is none."""
    found = ""
    for match in _DATE.finditer(path):
        found = f"{match[1]}-{match[2]}-{match[3]}"
    return found


def place(path: str, config: Config) -> Place:
    """Return what `path`, relative to the site's folder, says of the post."""
    name = path.rpartition("/")[2]
    posts = config.posts
    where = _folder(path[: len(path) - len(name)], config.site.content, posts.language_folders, posts.draft_folders)
    folders, language = where.folders, where.language
    if usual := _USUAL_NAME.fullmatch(name):
        return Place(usual[1], folders, True, language, where.draft, where.jekyll)  # noqa: FBT003
    stem = name.rsplit(".", 1)[0]
    if "." in stem and (suffix := _SUFFIX.fullmatch(stem)) and (tag := language_tag(suffix[2])):
        stem, language = suffix[1], language or tag
    if stem.lower() == "index" and where.last:  # a leaf bundle: the folder is the post
        stem, folders = where.last, where.above
    dated = _DATED_NAME.fullmatch(stem) if stem[:1].isdigit() else None
    slug = (dated["rest"] if dated else stem) or stem
    if not _PLAIN_NAME.fullmatch(slug):
        slug = (clean_text(slug) if _SAFE_NAME.fullmatch(slug) else slugify(slug)).strip(".") or "post"
    return Place(slug, folders, dated is not None, language, where.draft, where.jekyll)


class _Folder(NamedTuple):
    """What a folder says of the posts in it: the folders of their permalinks, its own name, those above it."""

    folders: tuple[str, ...]
    last: str
    above: tuple[str, ...]
    language: str
    draft: bool
    jekyll: bool


@functools.lru_cache(maxsize=1024)
def _folder(path: str, content: str, languages: tuple[str, ...], drafts: tuple[str, ...]) -> _Folder:
    """Return what the folder at `path` (empty, or ending in a slash) says."""
    parents = _below(path, content).split("/")[:-1]
    folders = [part for part in parents if part not in POSTS_FOLDERS]
    spoken = next((part for part in parents if part in languages), None)
    return _Folder(
        folders=tuple(part for part in folders if part != spoken),
        last=folders[-1] if folders else "",
        above=tuple(part for part in folders[:-1] if part != spoken),
        language=language_tag(spoken) if spoken else "",
        draft=any(part in drafts for part in path.split("/")[:-1]),
        jekyll=is_jekyll(path),
    )


def _below(path: str, content: str) -> str:
    content = "" if content == "." else content.strip("/")
    return path.removeprefix(f"{content}/") if content else path


def date_of(path: str, config: Config) -> str:
    """Return the date that `path`, relative to the site's folder, has below the content folder; empty without one."""
    return date_in(_below(path, config.site.content).rsplit(".", 1)[0])


def is_jekyll(path: str) -> bool:
    """Return whether the file stands where Jekyll keeps posts; Hexo keeps them in `source/_posts`."""
    parts = path.split("/")[:-1]
    return any(part in POSTS_FOLDERS and (n == 0 or parts[n - 1] != "source") for n, part in enumerate(parts))


def url_folder(folders: tuple[str, ...], date: datetime) -> str:
    """Return the folders as part of a permalink, without those at either end that only repeat the post's date."""
    if not folders:
        return ""
    end = len(folders)
    while end and _repeats(folders[end - 1], date):
        end -= 1
    begin = 0
    while begin < end and _repeats(folders[begin], date):
        begin += 1
    return "/".join(folders[begin:end])


def _repeats(part: str, date: datetime) -> bool:
    numbers = _date_numbers(part)
    if len(numbers) == 1:
        return numbers[0] in (date.year, date.month, date.day)
    return bool(numbers) and numbers == (date.year, date.month, date.day)[: len(numbers)]


@functools.lru_cache(maxsize=1024)
def _date_numbers(part: str) -> tuple[int, ...]:
    """Return the numbers of a folder's name that may be a date or a part of one; none of any other."""
    if not part[:1].isdigit() or not _DATE_PART.fullmatch(part):
        return ()
    return tuple(int(number) for number in part.split("-"))
