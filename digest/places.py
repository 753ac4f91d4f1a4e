"""What a post's place in the folders says: slug, date, language, and whether it is a draft.

The rules are the generators': Jekyll's and Docusaurus's `2026-11-18-slug.md`, Hugo's leaf bundles `slug/index.md` and
language suffixes `slug.de.md`, dates as folders `2026/11/18/slug.md`.
"""

import re
from datetime import datetime
from typing import NamedTuple

from digest.config import Config
from digest.posts import clean_text, slugify

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

LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?(-[A-Za-z0-9]{5,8})*")  # BCP 47
_DATE = re.compile(r"(?:^|/)((?:19|20|21)\d\d)[-/_](\d{1,2})[-/_](\d{1,2})(?=[-/_. ]|$)", re.ASCII)
_DATED_NAME = re.compile(r"\d{4}-\d{1,2}-\d{1,2}(?:[-_ ]+(?P<rest>.+)|$)", re.ASCII)
_DATE_PART = re.compile(r"\d{1,4}|\d{4}-\d{1,2}(?:-\d{1,2})?", re.ASCII)
_SUFFIX = re.compile(r"(.+)\.([a-z]{2}(?:[-_][A-Za-z]{2,4})?)")
_SAFE_NAME = re.compile(r"[\w.\-~+!(), '&]+")


class Place(NamedTuple):
    """What the path says. `date` is `2026-11-18` or empty, `dated_name` that the file's name begins with it."""

    slug: str
    folders: tuple[str, ...]
    date: str
    dated_name: bool
    language: str
    draft: bool
    jekyll: bool


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
    content = "" if config.site.content == "." else config.site.content.strip("/")
    below = path.removeprefix(f"{content}/") if content else path
    *parents, name = below.split("/")
    folders = [part for part in parents if part not in POSTS_FOLDERS]
    stem = name.rsplit(".", 1)[0]
    language = ""
    if (suffix := _SUFFIX.fullmatch(stem)) and (tag := language_tag(suffix[2])):
        stem, language = suffix[1], tag
    if stem.lower() == "index" and folders:  # a leaf bundle: the folder is the post
        stem = folders.pop()
    for part in parents:
        if part in config.posts.language_folders:
            language = language_tag(part) or language
            folders = [folder for folder in folders if folder != part]
            break
    dated = _DATED_NAME.fullmatch(stem)
    slug = (dated["rest"] if dated else stem) or stem
    slug = clean_text(slug) if _SAFE_NAME.fullmatch(slug) else slugify(slug)
    return Place(
        slug=slug.strip(".") or "post",
        folders=tuple(folders),
        date=date_in(below.rsplit(".", 1)[0]),
        dated_name=dated is not None,
        language=language,
        draft=any(part in config.posts.draft_folders for part in path.split("/")[:-1]),
        jekyll=is_jekyll(path),
    )


def is_jekyll(path: str) -> bool:
    """Return whether the file stands where Jekyll keeps posts; Hexo keeps them in `source/_posts`."""
    parts = path.split("/")[:-1]
    return any(part in POSTS_FOLDERS and (n == 0 or parts[n - 1] != "source") for n, part in enumerate(parts))


def url_folder(folders: tuple[str, ...], date: datetime) -> str:
    """Return the folders as part of a permalink, without those at either end that only repeat the post's date."""
    if not folders:
        return ""
    parts = list(folders)
    while parts and _repeats(parts[-1], date):
        parts.pop()
    while parts and _repeats(parts[0], date):
        parts.pop(0)
    return "/".join(parts)


def _repeats(part: str, date: datetime) -> bool:
    if not part[:1].isdigit() or not _DATE_PART.fullmatch(part):
        return False
    numbers = [int(number) for number in part.split("-")]
    if len(numbers) == 1:
        return numbers[0] in (date.year, date.month, date.day)
    return numbers == [date.year, date.month, date.day][: len(numbers)]
