"""A post's dates: the keys that hold them, and parsing of the date formats that people and generators write.

Every format below was found in a real archive. An ambiguous date, such as 03/04/2020, is read month first, as
JavaScript, Hugo's and Pelican's parsers read it, with a warning; a text that is not a date is an error. `zones` has the
abbreviations of time zones.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo

from digest.collector import zones
from digest.collector.fields import Fields, as_flag, part_of
from digest.collector.keys import canonical
from digest.collector.paths import HTML, date_in, date_of_file
from digest.collector.post import UNDATED
from digest.frontmatter import Value
from digest.problems import Severity

FIRST_YEAR, LAST_YEAR = 1000, 2200
UNIX_YEAR = 1970  # earlier dates are more often mistakes than meant
HINT = "write it as 2026-11-18 09:00 or 2026-11-18T09:00:00+01:00"
ZONE_HINT = "write an offset, such as +02:00"

_DATE_PARTS = ("created", "date", "published", "publish", "publishdate", "pubdate", "start")  # of a table under `date`
_UPDATED_PARTS = ("updated", "modified", "lastmod", "lastmodified")
_NUMBER = re.compile(r"\d{2}")  # every date has one

# The forms of a date. `name` is a month's name; `one` and `other` are a month and a day, in either order.
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,? )?"
_SECOND = r"(?:[:.](?P<second>\d{1,2})(?:[.,](?P<fraction>\d+))?)?"
_HALF = r" *(?P<half>[ap]\.?m\b\.?)?"
_TIME = rf"(?:(?:T| at |[ ,_]+) *(?P<hour>\d{{1,2}})[:.h](?P<minute>\d{{1,2}}){_SECOND}{_HALF} *(?P<zone>\S.*)?)?"
_COMPACT_TIME = r"(?:[T ]?(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)?(?P<zone>Z|[+-]\d\d:?(?:\d\d)?)?)?"
_FORMS = tuple(
    re.compile(_WEEKDAY + form, re.IGNORECASE | re.ASCII | re.DOTALL)
    for form in (
        r"(?P<year>\d{4})(?P<sep>[-/.])(?P<month>\d{1,2})(?P=sep)(?P<day>\d{1,2})" + _TIME,
        r"(?P<year>\d{4}) ?[年년] ?(?P<month>\d{1,2}) ?[月월] ?(?P<day>\d{1,2}) ?[日號号일]?" + _TIME,
        r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)" + _COMPACT_TIME,
        r"(?P<day>\d{1,2})(?:st|nd|rd|th)?(?: of)?[ -]+(?P<name>[a-z]{3,9})[.,]?[ -]+(?P<year>\d{4})" + _TIME,
        r"(?P<name>[a-z]{3,9})[.,]? (?P<day>\d{1,2})(?:st|nd|rd|th)?,? (?P<year>\d{4})" + _TIME,
        r"(?P<one>\d{1,2})(?P<sep>[-/.])(?P<other>\d{1,2})(?P=sep)(?P<year>\d{4})" + _TIME,
        # asctime, `date` and JavaScript's old toString: the year comes after the time
        r"(?P<name>[a-z]{3,9}) (?P<day>\d{1,2}) (?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d))?"
        + _HALF
        + r"(?: (?P<zone>\S+))? (?P<year>\d{4})",
    )
)
_OFFSET = re.compile(
    r"(?:UTC|GMT|Z)? *([+-]) *(\d{1,2})(?::?(\d\d))?(?::?00)?(?: *\(.*\)| (?:[A-Z]{2,5}|[+-]\d\d(?:\d\d)?))?",
    re.IGNORECASE | re.ASCII,
)
_ZONE_NAME = re.compile(r"[A-Za-z]+(?:/[A-Za-z0-9_+-]+)+")
_ONLY_TIME = re.compile(r"\d{1,2}:\d\d(:\d\d)?(\.\d+)?")
_ONLY_MONTH = re.compile(r"\d{4}([-/.]\d{1,2})?")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_MONTH_NUMBERS = {name[:3]: number for number, name in enumerate(_MONTHS, 1)}
_MONTH_NAMES = frozenset((*_MONTHS, *_MONTH_NUMBERS, "sept"))


class DateError(ValueError):
    """A text cannot be read as a date. `code` is the problem's code, `hint` says what to write instead."""

    def __init__(self, code: str, message: str, hint: str = HINT) -> None:
        super().__init__(message)
        self.code = code
        self.hint = hint


class DateWarning(NamedTuple):
    """A warning that a date is ambiguous: code, message and hint of a problem."""

    code: str
    message: str
    hint: str


Warnings = tuple[DateWarning, ...]


# --- keys


MISSING_DATE = "missing-date"


def date_of(fields: Fields, *, draft: bool, undated: datetime | None = None) -> datetime:
    """Return the post's date; without one `undated` or, which is a problem unless the post is a draft, `UNDATED`."""
    for key, written in _written_dates(fields):
        if written:
            return _moment_or_that_of_path(fields, key, written) or UNDATED
    if undated is not None:
        return undated
    if not draft and not _may_be_page(fields):
        hint = "add a line such as date: 2026-11-18, or the name to posts.ignore; or see posts.undated"
        fields.problem("", MISSING_DATE, "the post has no date", hint)
    return UNDATED


def _moment_or_that_of_path(fields: Fields, key: str, written: Value) -> datetime | None:
    """Return the moment that `written` means; when it is invalid that of the path, with a warning, else None."""
    in_path = date_of_file(fields.path, fields.config) if key else ""
    if not in_path:
        return _moment(fields, key, written, "error")
    return _moment(fields, key, written, "warning") or _moment(fields, "", in_path, "error")


def _may_be_page(fields: Fields) -> bool:
    """Return whether a file without a date is a page of the site, and no post that lacks its date."""
    generator = fields.config.generator
    if generator is not None and generator.is_page(fields.path):
        return True
    return fields.path.lower().endswith(HTML)


def updated_of(fields: Fields) -> datetime | None:
    """Return when the post was last changed, also from a table `date: {created, updated}`; warn of an invalid date."""
    moment = _first_moment(fields, "updated", "warning", parts=(*_UPDATED_PARTS, "date"))
    key, date = fields.single("date")
    if moment or not isinstance(date, dict):
        return moment
    written = part_of(date, _UPDATED_PARTS)
    return _moment(fields, key, written, "warning") if written and as_flag(written) is None else None


def publish_of(fields: Fields, date: datetime) -> datetime | None:
    """Return the moment when the post is published, if it differs from the date."""
    moment = _first_moment(fields, "publish", "error")
    return None if moment == date else moment


def expires_of(fields: Fields) -> datetime | None:
    """Return the moment when the post expires."""
    return _first_moment(fields, "expires", "error")


def _written_dates(fields: Fields) -> Iterator[tuple[str, Value]]:
    """Yield keys and values that may be the post's date, the best first; the key is empty for a date in the path."""
    for key, value in fields.given("date"):
        written = part_of(value, _DATE_PARTS) if isinstance(value, dict) else value
        is_word = isinstance(written, str) and not _NUMBER.search(written)
        if not (is_word and canonical(key).startswith("publish")):  # yes, no, or a state such as draft
            yield key, written
    generator = fields.config.generator
    if generator is None or not generator.dates_are_explicit:
        yield from _implied_dates(fields)


def _implied_dates(fields: Fields) -> Iterator[tuple[str, Value]]:
    """Yield keys and values that give the date of a post without one: its path, else its last change."""
    key, path = fields.single("path")
    if isinstance(path, str):
        yield key, date_in(path)
    yield "", date_of_file(fields.path, fields.config)
    for name in ("lastmod", "modified"):  # as in Hugo's default [frontmatter] configuration
        key, value = fields.single(name)
        if isinstance(value, str):
            yield key, value


def _first_moment(fields: Fields, field: str, severity: Severity, parts: tuple[str, ...] = ()) -> datetime | None:
    """Return the moment of the first of a field's keys that is not yes or no; in a table, of `parts`."""
    for key, value in fields.given(field):
        written = part_of(value, parts) if isinstance(value, dict) else value
        if written and as_flag(written) is None:
            return _moment(fields, key, written, severity)
    return None


def _moment(fields: Fields, key: str, written: Value, severity: Severity) -> datetime | None:
    """Return the moment that `written` means; None for an invalid date, which is a problem of that severity."""
    if not isinstance(written, str):
        message = f"{key} is a list or a table, not a date"
        fields.problem(key, "unreadable-date", message, severity=severity)
        return None
    try:
        moment, warnings = read_date(written, _default_zone(fields, key, written))
    except DateError as error:
        fields.problem(key, error.code, str(error), error.hint, severity)
        return None
    for warning in warnings:
        fields.problem(key, warning.code, warning.message, warning.hint, "warning")
    return _as_generator_reads(fields, key, written, moment)


def _as_generator_reads(fields: Fields, key: str, written: str, moment: datetime) -> datetime:
    """Return the moment that the site's generator takes a date of the front matter for, at a fixed offset."""
    generator = fields.config.generator
    if generator is None or not key:
        return moment
    is_quoted = key in fields.header.quoted
    read = generator.moment(written, moment, is_quoted=is_quoted, zone=zone_of(fields.config.site.timezone))
    return read.replace(tzinfo=timezone(read.utcoffset() or timedelta()))


def _default_zone(fields: Fields, key: str, written: str) -> tzinfo:
    """Return the zone of a date without one: the site's, or UTC where the site's generator takes it so."""
    generator = fields.config.generator
    is_time = ":" in written
    if generator is not None and generator.unquoted_times_are_utc and is_time and key not in fields.header.quoted:
        return UTC
    return zone_of(fields.config.site.timezone)


# --- parsing


def read_date(text: str, zone: tzinfo) -> tuple[datetime, Warnings]:
    """Return the moment that `text` means, aware, and warnings about ambiguities.

    The moment has the offset that was written; without one it is local time in `zone`, with the offset that holds then.
    An abbreviation such as CST means what it means in `zone`. One that `zone` does not use and that several other zones
    share is read as `zones.AMBIGUOUS` has it, with a warning.

    A local time that the zone skips (spring) is moved forward with a warning; of one that occurs twice (autumn) the
    first is taken. Raises `DateError` for an invalid or impossible date, and outside the years 1000 to 2200;
    a date before 1970 is a warning.
    """
    text = " ".join(text.split())
    if text.isdigit() and text.isascii() and len(text) in (10, 13):  # Unix time in seconds or milliseconds
        return _in_range(text, datetime.fromtimestamp(int(text[:10]), UTC)), ()
    part = _parts(text)
    month, day, doubts = _month_and_day(text, part)
    hour, second = _hour(text, part), int(part.get("second") or 0)
    if second == 60:
        raise DateError("leap-second", f"{text!r} is a leap second, which no calendar here has", "write :59")
    minute, microsecond = int(part["minute"] or 0), int(part.get("fraction", "")[:6].ljust(6, "0"))
    try:
        naive = datetime(int(part["year"]), month, day, hour, minute, second, microsecond)  # noqa: DTZ001 - zone is next
    except ValueError as error:
        raise DateError("impossible-date", f"{text!r} is no day or time that exists: {error}") from None
    moment, more = _in_written_zone(text, _in_range(text, naive), part["zone"], zone)
    if naive.year < UNIX_YEAR:
        more += (DateWarning("date-before-1970", f"{text!r} is before 1970", "check the year"),)
    return moment, doubts + more


def in_zone(naive: datetime, zone: tzinfo) -> tuple[datetime, Warnings]:
    """Return local time `naive` in `zone` as an aware moment with a fixed offset, and a warning when it was moved."""
    before = zone.utcoffset(naive)
    after = zone.utcoffset(naive.replace(fold=1))
    if before is None or after is None:
        raise TypeError("a zone must know its offset")
    moment = naive.replace(tzinfo=timezone(before))
    if after <= before:  # not in a gap; of a time that occurs twice, the first
        return moment, ()
    moved = moment.astimezone(timezone(after))
    message = f"{naive:%Y-%m-%d %H:%M} does not exist in {zone}; {moved:%H:%M} is meant"
    return moved, (DateWarning("date-doubtful", message, "write a time that exists, or add an offset"),)


def zone_of(name: str) -> tzinfo:
    """Return the time zone of an IANA name."""
    return UTC if name == "UTC" else ZoneInfo(name)


def _parts(text: str) -> dict[str, str]:
    """Return the named groups of the first of `_FORMS` that matches, unset ones empty. Raises `DateError`."""
    for form in _FORMS:
        if found := form.fullmatch(text):
            return found.groupdict("")
    shown = text if len(text) <= 60 else text[:57] + "..."
    if _ONLY_TIME.fullmatch(text):
        raise DateError("time-without-date", f"{shown!r} is a time of day, not a date")
    if _ONLY_MONTH.fullmatch(text):
        raise DateError("incomplete-date", f"{shown!r} has no day")
    raise DateError("unreadable-date", f"{shown!r} is not a date")


def _in_range(text: str, moment: datetime) -> datetime:
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise DateError("date-out-of-range", f"the year of {text!r} is not between {FIRST_YEAR} and {LAST_YEAR}")
    return moment


def _month_and_day(text: str, part: dict[str, str]) -> tuple[int, int, Warnings]:
    if "name" in part:
        name = part["name"].lower()
        if name not in _MONTH_NAMES:
            raise DateError("unreadable-date", f"{text!r} names no month")
        return _MONTH_NUMBERS[name[:3]], int(part["day"]), ()
    if "month" in part:
        return int(part["month"]), int(part["day"]), ()
    first, second = int(part["one"]), int(part["other"])
    if part["sep"] == "." or first > 12:  # 18.11.2026 and 18/11/2026
        return second, first, ()
    if second > 12 or first == second:
        return first, second, ()
    message = f"{text!r} may be two days; month {first}, day {second} is read"
    hint = f"write it as {part['year']}-{first:02}-{second:02}"
    return first, second, (DateWarning("date-doubtful", message, hint),)


def _hour(text: str, part: dict[str, str]) -> int:
    """Return the hour of the day, from 0."""
    hour, half = int(part["hour"] or 0), part.get("half", "")
    if not half:
        return hour
    if not 1 <= hour <= 12:
        raise DateError("impossible-date", f"{text!r} has hour {hour} with {half}")
    return hour % 12 + (12 if half[0] in "pP" else 0)


def _in_written_zone(text: str, naive: datetime, written: str, zone: tzinfo) -> tuple[datetime, Warnings]:
    """Return local time `naive` in the zone that `written` means, or in `zone` when nothing is written."""
    if not written:
        return in_zone(naive, zone)
    name = written.split(" (")[0].strip()
    if name.isascii() and name.isalpha():
        offset, doubts = _offset_of(text, name, naive, zone)
        return naive.replace(tzinfo=offset), doubts
    if match := _OFFSET.fullmatch(written):
        return _at_offset(text, naive, match, zone)
    if _ZONE_NAME.fullmatch(written):
        return in_zone(naive, _named_zone(written))
    raise DateError("unknown-zone", f"{text!r} ends in {written!r}, which is no zone", ZONE_HINT)


def _offset_of(text: str, name: str, naive: datetime, zone: tzinfo) -> tuple[timezone, Warnings]:
    """Return the offset that the abbreviation `name` means at local time `naive` for a site in `zone`."""
    if offset := zones.offset_of(name, naive, zone):
        return offset, ()
    several = zones.AMBIGUOUS.get(name.lower())
    if several is None:
        raise DateError("unknown-zone", f"{text!r} ends in {name!r}, which is no zone", ZONE_HINT)
    offset = timezone(timedelta(hours=several.hours))
    shown = str(offset).removeprefix("UTC")
    message = f"{text!r} is read as {several.meaning}, {shown}; {name} is the name of other zones too"
    hint = f"write {shown} in its place, or {several.others}; if it is the site's zone, set site.timezone"
    return offset, (DateWarning("ambiguous-zone", message, hint),)


def _at_offset(text: str, naive: datetime, match: re.Match[str], zone: tzinfo) -> tuple[datetime, Warnings]:
    """Return local time `naive` at a written offset; in `zone`, with a warning, when no zone has the offset."""
    sign, hours, minutes = match.groups("0")
    if int(hours) > 14 or int(minutes) > 59:
        moment, warnings = in_zone(naive, zone)
        message = f"{text!r} has an offset that no zone has; it is read as a time in {zone}"
        return moment, (*warnings, DateWarning("impossible-offset", message, ZONE_HINT))
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    return naive.replace(tzinfo=timezone(-offset if sign == "-" else offset)), ()


def _named_zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        message = f"{name!r} is no zone of the IANA database"
        raise DateError("unknown-zone", message, ZONE_HINT) from None
