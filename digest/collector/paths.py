"""Slug, date, language and draft state of a post from its path.

The rules are Jekyll's and Docusaurus's `2026-11-18-slug.md`, Hugo's leaf bundles `slug/index.md` and
language suffixes `slug.de.md`, dates as folders `2026/11/18/slug.md`.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from digest.collector.post import clean_text
from digest.collector.scan import content_folder
from digest.config.schema import LANGUAGE, Config

# ISO 639-1, set 2023: any other code of two letters is not a language
_ISO_639_1 = """
    aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el
    en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu
    ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na
    nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn
    so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
"""
ISO_639_1 = frozenset(_ISO_639_1.split())
# Codes of countries that people write for a language, and are none: the language that is meant.
COUNTRIES = {
    "at": "de-AT", "au": "en-AU", "cn": "zh-CN", "cz": "cs", "dk": "da", "gb": "en-GB", "gr": "el", "hk": "zh-HK",
    "jp": "ja", "mx": "es-MX", "nz": "en-NZ", "tw": "zh-TW", "ua": "uk", "us": "en-US",
}  # fmt: skip
MARKDOWN = (".md", ".markdown", ".mdx", ".mdown", ".mkdown", ".mkdn", ".mkd")
HTML = (".html", ".htm")  # with front matter
POSTS_FOLDERS = frozenset(("_posts", "_drafts"))

_DATE = re.compile(r"(?:^|/)((?:19|20|21)\d\d)[-/_](\d{1,2})[-/_](\d{1,2})(?=[-/_. ]|$)", re.ASCII)
_DATED_NAME = re.compile(r"\d{4}-\d{1,2}-\d{1,2}(?:[-_ ]+(?P<rest>.+)|$)", re.ASCII)
_SUFFIX = re.compile(r"[a-z]{2}(?:[-_][A-Za-z]{2,4})?")  # a language at the end of a file's name
_PLAIN_SIGNS = frozenset("._-~+!(), '&\u200c\u200d\ufe0f")  # joiners and the variant of emoji among them


class Place(Struct, frozen=True, gc=False):
    """The facts that a path gives. `dated_name` means that the file's name begins with a date."""

    slug: str
    folders: tuple[str, ...]
    dated_name: bool
    language: str
    draft: bool
    jekyll: bool


def place(path: str, config: Config) -> Place:
    """Return the facts that `path`, relative to the site's folder, gives about the post."""
    *parents, name = _below_content(path, config).split("/")
    language_folder = next(filter(config.posts.language_folders.__contains__, parents), "")
    stem, language, is_draft = _facts_of_name(path, name.rsplit(".", 1)[0], config)
    folders = [part for part in parents if part not in POSTS_FOLDERS]
    if stem.lower() == "index" and folders:  # a leaf bundle: the folder is the post
        stem = folders.pop()
    if language_folder in folders:
        folders.remove(language_folder)
    return Place(
        slug=_slug(without_date(stem)),
        folders=tuple(folders),
        dated_name=_DATED_NAME.fullmatch(stem) is not None,
        language=COUNTRIES.get(language_folder, language_tag(language_folder)) or language,
        draft=is_draft or not set(config.posts.draft_folders).isdisjoint(path.split("/")[:-1]),
        jekyll=_is_jekyll(path),
    )


def without_date(name: str) -> str:
    """Return a file name, without suffix, but for the date it begins with: `slug` of `2026-11-18-slug`."""
    dated = _DATED_NAME.fullmatch(name)
    return (dated and dated["rest"]) or name


def _facts_of_name(path: str, stem: str, config: Config) -> tuple[str, str, bool]:
    """Return a post's name without its language, the language, and whether the site's generator has it for a draft."""
    if config.generator is not None:
        facts = config.generator.place(path)
        return stem, facts.language, facts.draft
    return *_without_language(stem, config.posts.languages), False


def language_tag(text: str) -> str:
    """Return `text` as a well-formed BCP 47 tag in its usual case (`zh-CN`, `zh-Hant`); empty when it is none."""
    tag = text.strip().split(".")[0].replace("_", "-")
    if not LANGUAGE.fullmatch(tag):
        return ""
    first, *rest = tag.split("-")
    if len(first) == 2 and first.lower() not in ISO_639_1:
        return ""
    return "-".join((first.lower(), *map(_cased_subtag, rest)))


def date_in(path: str) -> str:
    """Return the last date in `path` as year-month-day, its digits as typed; empty when there is none."""
    found = _DATE.findall(path)
    return "-".join(found[-1]) if found else ""


def date_of_file(path: str, config: Config) -> str:
    """Return the date in the part of `path` below the content folder; empty when there is none."""
    return date_in(_below_content(path, config).rsplit(".", 1)[0])


def url_folder(folders: tuple[str, ...], date: datetime) -> str:
    """Return the folders as part of a permalink, without those at either end that only repeat the post's date."""
    shown = list(folders)
    while shown and _repeats(shown[-1], date):
        shown.pop()
    while shown and _repeats(shown[0], date):
        shown.pop(0)
    return "/".join(shown)


def translated_names(paths: Iterable[str]) -> tuple[str, ...]:
    """Return the languages that file names end in beside a translation: `hello.de.md` beside `hello.md`, sorted.

    A name that ends like one, such as `restream.io.md`, is not taken for a translation of nothing.
    """
    endings: dict[str, set[str]] = defaultdict(set)
    for path in paths:
        stem = path.rpartition(".")[0]
        before, suffix = _split_language(stem)
        endings[before].add(suffix)
    found = {suffix for suffixes in endings.values() if len(suffixes) > 1 for suffix in suffixes}
    return tuple(sorted(found - {""}))


def _split_language(stem: str) -> tuple[str, str]:
    """Split a name such as `slug.de` at its last dot when it ends in a language code; the suffix may be empty."""
    before, _, suffix = stem.rpartition(".")
    is_language = before and _SUFFIX.fullmatch(suffix) and language_tag(suffix)
    return (before, suffix) if is_language else (stem, "")


def _without_language(stem: str, languages: tuple[str, ...]) -> tuple[str, str]:
    """Split a name such as `slug.de` into stem and language, one of `languages`; the language may be empty."""
    before, suffix = _split_language(stem)
    known = {language_tag(language) for language in languages}
    language = language_tag(suffix)
    return (before, language) if language in known and suffix else (stem, "")


def _slug(name: str) -> str:
    """Return the name of a file as a slug: with a hyphen for each run of characters that addresses give a meaning."""
    text = clean_text(name)
    spaced = "".join(character if _is_plain(character) else "\0" for character in text)
    slug = text if "\0" not in spaced else "-".join(part.strip("-") for part in spaced.split("\0") if part.strip("-"))
    return slug.strip(".") or "post"


def _is_plain(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] in "LMN" or category == "So" or character in _PLAIN_SIGNS


def _cased_subtag(subtag: str) -> str:
    """Return a script as `Hant`, a region as `CN`, a variant as it is (RFC 5646, section 2.1.1)."""
    if len(subtag) == 4:
        return subtag.title()
    return subtag.upper() if len(subtag) < 4 else subtag


def _below_content(path: str, config: Config) -> str:
    content = content_folder(config)
    return path.removeprefix(f"{content}/") if content else path


def _is_jekyll(path: str) -> bool:
    """Return whether the file is in a posts folder of Jekyll; `source/_posts` is Hexo's."""
    parents = path.split("/")[:-1]
    if POSTS_FOLDERS.isdisjoint(parents):
        return False
    return any(part in POSTS_FOLDERS and parents[:n][-1:] != ["source"] for n, part in enumerate(parents))


def _repeats(folder: str, date: datetime) -> bool:
    """Return whether a folder's name is the year, month or day of `date`, or its beginning, such as `2026-11`."""
    parts = folder.split("-")
    if not all(map(str.isdecimal, parts)):
        return False
    numbers = [int(part) for part in parts]
    whole = [date.year, date.month, date.day]
    return numbers == whole[: len(numbers)] or (len(numbers) == 1 and numbers[0] in whole)
