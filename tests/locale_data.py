"""What `digest/locales/cldr.json` has: the few formats of Unicode's CLDR that e-mails and pages use, by way of Babel.

The file stands for Babel, whose data of every kind takes 32 MB on each machine that builds. `python -m tests.locale_data`
writes it again.
"""

import json
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel import Locale, UnknownLocaleError, localedata
from babel.core import get_global
from babel.dates import format_date, parse_pattern, tokenize_pattern
from babel.numbers import format_decimal
from babel.units import format_unit

import digest

FILE = Path(digest.__file__).parent / "locales/cldr.json"
COUNTED = 200  # numbers whose plural forms are written down; from there on they repeat every hundred
WIDTHS = {3: "abbreviated", 4: "wide", 5: "narrow"}


def data() -> dict[str, Any]:
    """Return the content of the file."""
    records: dict[str, int] = {}
    chosen: dict[str, tuple[int, str]] = {}
    for tag in sorted(set(tags()), key=lambda tag: (tag.count("-"), tag)):
        locale = resolved(tag)
        if not locale:
            continue
        record, name = recorded(locale)
        found = records.setdefault(record, len(records)), name
        if found != chosen.get(next(shorter for shorter in shortened(tag) if shorter in chosen or not shorter)):
            chosen[tag] = found
    languages = {name.partition("_")[0] for name in localedata.locale_identifiers()} - {"root"}
    return {
        "aliases": aliases(),
        "languages": sorted(languages | Locale("en").languages.keys() - {"root"}),
        "locales": chosen,
        "records": [json.loads(record) for record in records],
    }


def written() -> str:
    """Return the file as it stands: a record and a locale to a line."""
    made = data()
    others = dumped(made["aliases"])
    locales = ",\n".join(f"{dumped(tag)}: {dumped(found)}" for tag, found in made["locales"].items())
    records = ",\n".join(map(dumped, made["records"]))
    languages = dumped(made["languages"])
    return f'{{"aliases": {others},\n"languages": {languages},\n"locales": {{\n{locales}\n}},\n"records": [\n{records}\n]}}\n'


def dumped(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def tags() -> Iterator[str]:
    """Yield the tags that Babel may understand: those of each locale, with and without its script."""
    for name in localedata.locale_identifiers():
        locale = Locale.parse(name)
        likely = str(get_global("likely_subtags").get(locale.language, "")).split("_")
        scripts = {locale.script, None, likely[1] if len(likely) > 1 else None}
        for script in scripts:
            parts = (locale.language, script, locale.territory, locale.variant)
            yield "-".join(part for part in parts if part).lower()


def aliases() -> dict[str, str]:
    """Return the tags that other names of languages stand for, such as `he` for `iw`."""
    pairs = {old.lower(): new.replace("_", "-").lower() for old, new in get_global("language_aliases").items()}
    return {old: new for old, new in sorted(pairs.items()) if "_" not in old and resolved(new) and not exists(old)}


def exists(language: str) -> bool:
    return bool(localedata.exists(language))


def shortened(tag: str) -> Iterator[str]:
    """Yield a tag with fewer and fewer parts, at last none."""
    while tag:
        tag = tag.rpartition("-")[0]
        yield tag


def resolved(tag: str) -> str:
    """Return the name of what Babel has for a tag; empty when it has nothing for the whole of it."""
    try:
        return str(Locale.parse(tag, sep="-"))
    except (UnknownLocaleError, ValueError):
        return ""


@lru_cache(maxsize=2_000)
def recorded(name: str) -> tuple[str, str]:
    """Return the formats of a locale as JSON, and what it calls itself."""
    locale = alone(name)
    return dumped(formats(locale)), locale.get_display_name() or ""


def alone(name: str) -> Locale:
    """Return a locale as if it were the first one that is used.

    Babel 2.18 resolves what a locale takes from its own calendar in the data that it shares with its children, so that a
    child that is loaded later has `M01` for a name.
    """
    localedata._cache.clear()
    return Locale.parse(name)


def formats(locale: Locale) -> dict[str, Any]:
    """Return the formats of a locale."""
    full, short = (template(pattern_of(locale, skeleton)) for skeleton in ("yMMMd", "MMMd"))
    intervals = locale.interval_formats.get("yMMMd") or {}
    spans = {key: [template(part) for part in intervals[key]] for key in "yMd" if usable(intervals.get(key) or ())}
    used = full + short + "".join(part for parts in spans.values() for part in parts)
    return {
        "full": full,
        "short": short,
        "spans": spans,
        "months": {key: names for key, names in months(locale).items() if f"{{{key}}}" in used},
        "group": separator(locale),
        "sizes": list(locale.decimal_formats[None].grouping),
        "hours": durations(locale, "duration-hour"),
        "minutes": durations(locale, "duration-minute"),
    }


def pattern_of(locale: Locale, skeleton: str) -> str:
    found = locale.datetime_skeletons.get(skeleton) or locale.date_formats["medium"]
    return str(found.pattern)


def usable(patterns: Any) -> bool:
    """Return whether two patterns make an interval with the month as a short word."""
    return len(patterns) == 2 and not any("MMMM" in pattern for pattern in patterns)


def template(pattern: str) -> str:
    """Return a pattern of CLDR as one of `str.format`: `{d} {MMM} {y}`."""
    made = ""
    for _, value in tokenize_pattern(pattern):
        if isinstance(value, str):
            made += value.replace("{", "{{").replace("}", "}}")
        else:
            sign, length = value
            assert sign in "yMLd", pattern
            made += f"{{{sign * length}}}"
    return made


def months(locale: Locale) -> dict[str, list[str]]:
    """Return the names of the months by the field that stands for them."""
    return {
        sign * length: [locale.months[context][width][number] for number in range(1, 13)]
        for sign, context in (("M", "format"), ("L", "stand-alone"))
        for length, width in WIDTHS.items()
    }


def separator(locale: Locale) -> str:
    """Return what stands between groups of digits."""
    return next((sign for sign in format_decimal(1_234_567, locale=locale) if not sign.isdigit()), "")


def durations(locale: Locale, unit: str) -> dict[str, Any]:
    """Return the texts of a unit, and which of them each number has."""
    texts: list[str] = []
    for number in range(COUNTED):
        text = format_unit(number, unit, "short", locale=locale)
        text = text.replace(format_decimal(number, locale=locale), "{n}")
        texts.append(text)
    distinct = list(dict.fromkeys(texts))
    return {"texts": distinct, "forms": "".join(str(distinct.index(text)) for text in texts)}


def by_babel(day: date, locale: Locale, skeleton: str) -> str:
    """Return a day as Babel writes it."""
    return str(format_date(day, pattern_of(locale, skeleton), locale))


def span_by_babel(first: date, last: date, locale: Locale) -> str:
    """Return two days as Babel writes them."""
    intervals = locale.interval_formats.get("yMMMd") or {}
    differs = "y" if first.year != last.year else "M" if first.month != last.month else "d"
    patterns = intervals.get(differs) or ()
    if not usable(patterns):
        return f"{by_babel(first, locale, 'yMMMd')} – {by_babel(last, locale, 'yMMMd')}"
    days = zip(patterns, (first, last), strict=True)
    return "".join(parse_pattern(pattern).apply(day, locale) for pattern, day in days)


if __name__ == "__main__":
    FILE.write_text(written(), encoding="utf-8", newline="\n")
