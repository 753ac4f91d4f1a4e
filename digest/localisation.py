"""Translated interface strings of e-mails and pages, and dates in a language and a time zone."""

import unicodedata
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

_RTL = frozenset({"ar", "arc", "ckb", "dv", "fa", "he", "iw", "ks", "ps", "sd", "syr", "ug", "ur", "yi"})
_RTL_SCRIPTS = frozenset({"arab", "hebr", "syrc", "thaa", "nkoo", "adlm"})
_TRADITIONAL = frozenset({"hant", "tw", "hk", "mo"})
_LOCALES = Path(__file__).parent / "locales"  # a catalogue for each language
_ENGLISH = "digest.pot"  # beside them: the template of all, whose keys are the English strings
_CLDR = "cldr.json"  # beside them: formats of Unicode's CLDR, which tests/locale_data.py writes
_MANY = 100  # has the form of large numbers in every language


class Words(Struct, frozen=True):
    """The interface strings of e-mails and pages by name; `digest/locales/digest.pot` says what each is.

    `{n}` is a number, `{title}` a title, `{names}` a list of names. Of a string with plural forms it is that for many.
    """

    view: str
    unsubscribe: str
    minutes: str
    contents: str
    more: str
    why: str
    by: str
    watch: str
    listen: str
    rest: str
    read: str
    words: str
    number: str
    others: str
    links: str
    remaining: str
    sponsored: str
    forwarded: str
    subscribe: str
    preferences: str
    archive: str
    previous: str
    next: str
    older: str
    newer: str
    no_issues: str
    share: str
    mail: str
    leave: str
    left: str
    bad_link: str
    try_again: str

    @property
    def colon(self) -> str:
        """The colon between a label and its value: full-width in Chinese and Japanese."""
        return colon_after(self.view)


def colon_after(words: str) -> str:
    """Return the colon to write after `words`: full-width, without a space, after a Chinese or Japanese character."""
    last = unicodedata.name(words[-1:] or " ", "")
    return "：" if last.startswith(("CJK", "HIRAGANA", "KATAKANA", "FULLWIDTH")) else ": "


def phrases(folder: Path, language: str) -> dict[str, str]:
    """Return the strings of a language (BCP 47) by name, from catalogues in `folder`; English without a translation."""
    return _catalogue_of(folder, language).texts


def timestamp(moment: datetime, zone: tzinfo) -> str:
    """Return an aware `moment` in `zone` as an RFC 3339 timestamp: `2025-02-08T11:19:11+08:00`.

    RFC 3339 has no seconds in offsets, so a zone whose offset has them (Monrovia until 1972) gives a time in UTC.
    """
    local = moment.astimezone(zone)
    offset = local.utcoffset()
    if offset is not None and offset % timedelta(minutes=1):
        local = moment.astimezone(UTC)
    return local.isoformat()


@lru_cache(maxsize=64)
def words(language: str) -> Words:
    """Return the interface strings in a language (BCP 47); English when there is no translation."""
    return Words(**phrases(_LOCALES, language))


def comma(language: str) -> str:
    """Return what stands between the parts of a line in a language."""
    primary = language.replace("_", "-").lower().split("-")[0]
    return {"zh": "，", "ja": "、", "ar": "، ", "fa": "، ", "ur": "، "}.get(primary, ", ")


def reading_time(minutes: int, language: str) -> str:
    """Return how long a text takes to read, in the plural form of the language: `4 min read`."""
    return _counted("minutes", minutes, language)


def word_count(count: int, language: str) -> str:
    """Return a number of words, in the plural form of the language: `3,214 words`."""
    return _counted("words", count, language)


def other_posts(count: int, language: str) -> str:
    """Return how many posts a list leaves out, in the plural form of the language: `20 more`."""
    return _counted("others", count, language)


def _counted(name: str, count: int, language: str) -> str:
    """Return the string `name` with a number, in the plural form of the language."""
    catalogue = _catalogue_of(_LOCALES, language)
    text = catalogue.translations.npgettext(name, *catalogue.english[name], count)
    return text.format(n=_grouped(count, _formats(language)))


def duration(seconds: int, language: str) -> str:
    """Return how long a recording is in the short format of the language: `1 hr 3 min`."""
    formats = _formats(language)
    hours, minutes = divmod(max(1, round(seconds / 60)), 60)
    parts = [(hours, formats.hours), (minutes, formats.minutes)]
    return " ".join(unit.text_for(value).format(n=_grouped(value, formats)) for value, unit in parts if value)


def unsubscribe(language: str) -> str:
    """Return the text of the unsubscribe link, with the English word added for readers who do not know the language."""
    own, english = words(language).unsubscribe, words("en").unsubscribe
    return own if own == english else f"{own} ({english})"


class Catalogue(Struct, frozen=True):
    """The strings of a language by name; `english` are their keys, singular and plural.

    Of a string with plural forms, `texts` has the one for many.
    """

    texts: dict[str, str]
    english: dict[str, tuple[str, str]]
    translations: NullTranslations


def _catalogue_of(folder: Path, language: str) -> Catalogue:
    """Return the catalogue in `folder` of a language (BCP 47)."""
    files = (folder / f"{candidate.replace('-', '_')}.po" for candidate in _fallbacks(language))
    return _catalogue(next((file for file in files if file.is_file()), folder / _ENGLISH))


@lru_cache(maxsize=32)
def _catalogue(file: Path) -> Catalogue:
    """Return the catalogue in a file; the English strings beside it are its keys."""
    translations = _translations(file)
    english = _english(file.with_name(_ENGLISH))
    texts = {
        key: translations.npgettext(key, singular, plural, _MANY) if plural else translations.pgettext(key, singular)
        for key, (singular, plural) in english.items()
    }
    return Catalogue(texts, english, translations)


def _translations(file: Path) -> NullTranslations:
    if file.name == _ENGLISH:
        return NullTranslations()
    return GNUTranslations(BytesIO(_read(file).to_binary()))


def _english(file: Path) -> dict[str, tuple[str, str]]:
    """Return the English strings by name: singular and plural, which is empty for a string without plural forms."""
    found: dict[str, tuple[str, str]] = {}
    for message in _read(file):
        if message.msgctxt:
            found[message.msgctxt] = (message.msgid, message.msgid_plural)
    return found


def _read(file: Path) -> Any:
    from polib import pofile

    return pofile(str(file), encoding="utf-8")


def _fallbacks(language: str) -> tuple[str, ...]:
    """Return the languages to try for one, best first: `zh-Hant`, `zh`, `en` for `zh-TW`."""
    primary, *rest = language.replace("_", "-").lower().split("-")
    if primary == "zh" and "hans" not in rest and _TRADITIONAL.intersection(rest):
        return "zh-Hant", "zh", "en"
    if primary == "pt" and rest[:1] == ["br"]:
        return "pt-BR", "pt", "en"
    if primary in ("no", "nn"):
        return "nb", "en"
    return primary, "en"


def base_language(language: str) -> str:
    """Return a language without what makes no difference to its words: `zh-Hant` for `zh-TW`, `ja` for `ja-JP`."""
    return _fallbacks(language)[0]


def direction(language: str) -> str:
    """Return `rtl` or `ltr` for a language, an explicit script first (`az-Arab`, `ar-Latn`)."""
    parts = language.replace("_", "-").lower().split("-")
    script = next((part for part in parts[1:] if len(part) == 4 and part.isalpha()), "")
    if script:
        return "rtl" if script in _RTL_SCRIPTS else "ltr"
    return "rtl" if parts[0] in _RTL else "ltr"


class Unit(Struct, frozen=True):
    """The texts of a unit of time; `forms` has the place of the text for each number, repeating after the first 100."""

    texts: tuple[str, ...]
    forms: str

    def text_for(self, number: int) -> str:
        """Return the text for a number, with `{n}` for the number itself."""
        place = number if number < len(self.forms) else _MANY + number % _MANY
        return self.texts[int(self.forms[place])]


class Formats(Struct, frozen=True):
    """The formats of a locale, as templates of `str.format` whose fields have the names of CLDR: `{d} {MMM} {y}`.

    `spans` has those of two days by what differs first, `months` names by their field; `sizes` are those of the last
    group of digits and of the others.
    """

    full: str
    short: str
    spans: dict[str, tuple[str, str]]
    months: dict[str, tuple[str, ...]]
    group: str
    sizes: tuple[int, int]
    hours: Unit
    minutes: Unit


class Cldr(Struct, frozen=True):
    """What is used of Unicode's CLDR. A locale has a place in `records`, where its formats are, and its own name."""

    aliases: dict[str, str]
    languages: frozenset[str]
    locales: dict[str, tuple[int, str]]
    records: tuple[msgspec.Raw, ...]


@lru_cache(maxsize=1)
def _cldr() -> Cldr:
    return msgspec.json.decode((_LOCALES / _CLDR).read_bytes(), type=Cldr)


def _locale(language: str) -> str:
    """Return the locale that comes nearest to a language (BCP 47), empty when its language is not known."""
    primary, hyphen, rest = language.replace("_", "-").lower().partition("-")
    tag = _cldr().aliases.get(primary, primary) + hyphen + rest
    while tag and tag not in _cldr().locales:
        tag = tag.rpartition("-")[0]
    return tag


@lru_cache(maxsize=256)
def _formats(language: str) -> Formats:
    place, _ = _cldr().locales[_locale(language) or "en"]
    return msgspec.json.decode(_cldr().records[place], type=Formats)


def _grouped(number: int, formats: Formats) -> str:
    """Return a number with its digits in groups: `3,214`, `1,00,000` in Hindi."""
    digits, size, groups = str(number), formats.sizes[0], list[str]()
    while len(digits) > size:
        groups.insert(0, digits[-size:])
        digits, size = digits[:-size], formats.sizes[1]
    return formats.group.join((digits, *groups))


def day_of(moment: datetime, zone: tzinfo) -> date:
    """Return the calendar day on which an aware moment falls in `zone`."""
    return moment.astimezone(zone).date()


def day(moment: datetime, zone: tzinfo, language: str, *, year: bool = True) -> str:
    """Return the day of an aware moment in `zone` in the format of the language: `22 Nov 2026`, `22 Nov`."""
    formats = _formats(language)
    return _written(day_of(moment, zone), formats.full if year else formats.short, formats)


def _written(day: date, template: str, formats: Formats) -> str:
    """Return a day by a template of its locale."""
    names = {field: months[day.month - 1] for field, months in formats.months.items()}
    return template.format(y=day.year, M=day.month, MM=f"{day.month:02}", d=day.day, dd=f"{day.day:02}", **names)


def span(start: datetime, end: datetime, zone: tzinfo, language: str) -> str:
    """Return the days of a window `[start, end)` in `zone` in the format of the language: `16 – 22 Nov 2026`.

    The last day is that of the window's last instant: a window that ends at midnight ended the day before.
    """
    last_instant = end.astimezone(UTC) - timedelta(microseconds=1)
    first, last, formats = day_of(start, zone), day_of(last_instant, zone), _formats(language)
    if first >= last:
        return _written(last, formats.full, formats)
    return _interval(first, last, formats)


def _interval(first: date, last: date, formats: Formats) -> str:
    """Return two days in the format that CLDR has for an interval."""
    differs = "y" if first.year != last.year else "M" if first.month != last.month else "d"
    templates = formats.spans.get(differs)
    if templates is None:
        return f"{_written(first, formats.full, formats)} – {_written(last, formats.full, formats)}"
    return _written(first, templates[0], formats) + _written(last, templates[1], formats)


def text_direction(text: str) -> str:
    """Return the direction of the first letter that has one (the rule of `dir="auto"` in HTML), `ltr` without any."""
    for character in text:
        if (kind := unicodedata.bidirectional(character)) in ("R", "AL"):
            return "rtl"
        if kind == "L":
            return "ltr"
    return "ltr"


def language_name(language: str) -> str:
    """Return what a language (BCP 47) calls itself: `العربية` for `ar`; the code when the name is not known."""
    _, name = _cldr().locales.get(_locale(language), (0, ""))
    return name or language


def known(language: str) -> bool:
    """Return whether a language code names a real language; an invalid `lang` attribute confuses screen readers."""
    primary = language.replace("_", "-").lower().split("-")[0]
    return primary in _cldr().languages
