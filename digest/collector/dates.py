"""The date reader: what people and generators write as a date, as an aware moment.

Every form below was met in a real archive. A form with only one meaning is read; one with two, such as 03/04/2020, is
read as JavaScript, Hugo's and Pelican's parsers read it (month first) and warned about; what is no date is an error.
"""

import functools
import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import NamedTuple

from digest.collector import zones
from digest.patterns import pattern

FIRST_YEAR, LAST_YEAR = 1970, 2200

_TIME = r"(?:(?:[Tt]|\s+at\s+|[\s,_]+)\s*(?P<time>\d{1,2}[:.h].*))?"
_FORMS = tuple(
    pattern(form + _TIME, re.IGNORECASE | re.ASCII | re.DOTALL)
    for form in (
        r"(?P<year>\d{4})(?P<sep>[-/.])(?P<month>\d{1,2})(?P=sep)(?P<day>\d{1,2})",
        r"(?P<day>\d{1,2})(?:st|nd|rd|th)?(?:\s+of)?[\s-]+(?P<name>[a-z]{3,9})[.,]?[\s-]+(?P<year>\d{4})",
        r"(?P<name>[a-z]{3,9})[.,]?\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<year>\d{4})",
        r"(?P<first>\d{1,2})(?P<sep>[-/.])(?P<second>\d{1,2})(?P=sep)(?P<year>\d{4})",
    )
)
# asctime, `date` and JavaScript's old toString: the year stands after the time
_YEAR_LAST = pattern(
    r"(?P<name>[a-z]{3,9})\s+(?P<day>\d{1,2})\s+(?P<time>\d{1,2}:\d\d(?::\d\d)?)(?P<zone>\s+\S+)?\s+(?P<year>\d{4})",
    re.IGNORECASE | re.ASCII,
)
# what datetime.fromisoformat reads as the forms above are read, when there is no space before the offset
_USUAL = pattern(
    r"\d{4}-\d\d-\d\d(?:[T ](?:[01]\d|2[0-3]):[0-5]\d"
    r"(?::[0-5]\d(?:\.\d{3}(?:\d{3})?)?(?: ?[+-](?:0\d|1[0-3]):?[0-5]\d|Z)?)?)?",
    re.ASCII,
)
_COMPACT = pattern(r"(\d{4})(\d\d)(\d\d)(?:[T ]?(\d\d)(\d\d)(\d\d)?(Z|[+-]\d{2}:?\d{2})?)?", re.ASCII)
_CLOCK = pattern(
    r"(?P<hour>\d{1,2})[:.h](?P<minute>\d{1,2})(?:[:.](?P<second>\d{1,2})(?:[.,](?P<fraction>\d+))?)?"
    r"\s*(?P<half>[ap]\.?m\b\.?)?\s*(?P<zone>\S.*)?",
    re.IGNORECASE | re.ASCII | re.DOTALL,
)
_OFFSET = pattern(
    r"(?:UTC|GMT|Z)?\s*([+-])\s*(\d{1,2})(?::?(\d\d))?(?::?00)?(?:\s*\(.*\)|\s+(?:[A-Z]{2,5}|[+-]\d\d(?:\d\d)?))?",
    re.IGNORECASE | re.ASCII,
)
_WEEKDAY = pattern(r"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+", re.IGNORECASE | re.ASCII)
_HAN = pattern(r"(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日号號일]?")
_MONTH_NAMES = "january february march april may june july august september sept october november december"
_LONG_MONTHS = tuple(_MONTH_NAMES.split())
_MONTHS = {name: n for n, name in enumerate((month[:3] for month in _LONG_MONTHS if month != "sept"), 1)}

_TIMES_OF_DAY = (time(), time(12), time(23, 59, 59, 999_999, fold=1))

HINT = "write it as 2026-11-18 09:00 or 2026-11-18T09:00:00+01:00"

ZONE_HINT = "write an offset, such as +02:00"


class DateError(ValueError):
    """A text is no date that can be read. `code` is a problem's code, `hint` what to write instead."""

    def __init__(self, code: str, message: str, hint: str = HINT) -> None:
        super().__init__(message)
        self.code = code
        self.hint = hint


class DateWarning(NamedTuple):
    """Why a date may have been read as another one than was meant: code, message and hint of a problem."""

    code: str
    message: str
    hint: str


Warnings = tuple[DateWarning, ...]


def read_date(text: str, zone: tzinfo) -> tuple[datetime, Warnings]:
    """Return the moment that `text` means, aware, and what is doubtful about it.

    The moment has the offset that was written; without one it is local time in `zone`, with the offset that holds then.
    An abbreviation such as CST means what it means in `zone`; one that is none of `zone`'s and may mean several zones
    is read by a rule, with a warning.

    A local time that the zone skips (spring) is moved forward with a warning; of one that comes twice (autumn) the
    first is meant. Raises `DateError` for what is no date, impossible, or outside the years 1970 to 2200.
    """
    if local := _to_the_second(text):
        return in_zone(_in_range(text, local), zone)
    if _USUAL.fullmatch(text):
        try:
            usual = datetime.fromisoformat(text.replace(" +", "+").replace(" -", "-"))
        except ValueError as error:
            raise _impossible(text, error) from None
        _in_range(text, usual)
        return (usual, ()) if usual.tzinfo else in_zone(usual, zone)
    text = " ".join(text.split())
    if text.isdigit() and text.isascii() and len(text) in (10, 13):  # Unix time in seconds or milliseconds
        moment = datetime.fromtimestamp(int(text[:10]), UTC)
        return _in_range(text, moment), ()
    match = _FORMS[0].fullmatch(text) or _other_form(text)
    if match is None:
        raise _unreadable(text)
    part = match.groupdict()
    month, day, doubts = _month_and_day(text, part)
    clock, written = (0, 0, 0, 0), ""
    if part["time"]:
        clock, written = _clock(text, part["time"] + (part.get("zone") or ""))
    try:
        naive = datetime(int(part["year"]), month, day, *clock)  # noqa: DTZ001 - the zone comes next
    except ValueError as error:
        raise _impossible(text, error) from None
    _in_range(text, naive)
    moment, more = _in_written_zone(text, naive, written, zone)
    return moment, doubts + more


def _to_the_second(text: str) -> datetime | None:
    """Return the local time `2026-11-18 09:00:00`, as most dates are written; None of other forms.

    It takes a third of what looking for them takes.
    """
    if len(text) != len("2026-11-18 09:00:00") or text[4:17:3] not in ("-- ::", "--T::"):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _impossible(text: str, error: ValueError) -> DateError:
    return DateError("impossible-date", f"{text!r} is no day or time that exists: {error}")


def _in_range(text: str, moment: datetime) -> datetime:
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise DateError("date-out-of-range", f"the year of {text!r} is not between {FIRST_YEAR} and {LAST_YEAR}")
    return moment


def in_zone(naive: datetime, zone: tzinfo) -> tuple[datetime, Warnings]:
    """Return local time `naive` in `zone` as an aware moment with a fixed offset, and a warning when it was moved."""
    clock = naive.time()
    if zone is UTC:
        return datetime.combine(naive, clock, UTC), ()
    if offset := _all_day(naive.date(), zone):
        return datetime.combine(naive, clock, offset), ()  # replace() takes five times as long
    before, after = zone.utcoffset(naive), zone.utcoffset(datetime.combine(naive, _second(clock)))
    if before is None or after is None:
        raise TypeError("a zone must know its offset")
    moment = datetime.combine(naive, clock, _fixed(before))
    if after <= before:  # a time that comes twice: the first
        return moment, ()
    moved = moment.astimezone(_fixed(after))
    message = f"{naive:%Y-%m-%d %H:%M} does not exist in {zone}; {moved:%H:%M} is meant"
    return moved, (DateWarning("date-doubtful", message, "write a time that exists, or add an offset"),)


@functools.lru_cache(maxsize=4096)  # an archive so large that it matters has many posts of one day
def _all_day(day: date, zone: tzinfo) -> timezone | None:
    """Return the offset that `zone` has all through a day; None when it changes in it, as in few."""
    offsets = {zone.utcoffset(datetime.combine(day, clock)) for clock in _TIMES_OF_DAY}
    return _fixed(offset) if len(offsets) == 1 and (offset := offsets.pop()) is not None else None


def _second(clock: time) -> time:
    return time(clock.hour, clock.minute, clock.second, clock.microsecond, fold=1)


_fixed = functools.lru_cache(maxsize=512)(timezone)


def _other_form(text: str) -> re.Match[str] | None:
    text = _WEEKDAY.sub("", text, count=1) if _WEEKDAY.match(text) else text
    if not text.isascii():
        text = _HAN.sub(r"\1-\2-\3", text)
    if compact := _COMPACT.fullmatch(text):
        year, month, day, hour, minute, second, offset = compact.groups()
        clock = f"T{hour}:{minute}:{second or '00'}{offset or ''}" if hour else ""
        text = f"{year}-{month}-{day}{clock}"
    for form in (*_FORMS, _YEAR_LAST):
        if match := form.fullmatch(text):
            return match
    return None


def _unreadable(text: str) -> DateError:
    shown = text if len(text) <= 60 else text[:57] + "..."
    if re.fullmatch(r"\d{1,2}:\d\d(:\d\d)?(\.\d+)?", text):
        return DateError("time-without-date", f"{shown!r} is a time of day, not a date")
    if re.fullmatch(r"\d{4}([-/.]\d{1,2})?", text):
        return DateError("incomplete-date", f"{shown!r} has no day")
    return DateError("unreadable-date", f"{shown!r} is not a date")


def _month(text: str, name: str) -> int:
    name = name.lower()
    if name not in _MONTHS and name not in _LONG_MONTHS:
        raise DateError("unreadable-date", f"{text!r} names no month")
    return _MONTHS[name[:3]]


def _month_and_day(text: str, part: dict[str, str]) -> tuple[int, int, Warnings]:
    if "name" in part:
        return _month(text, part["name"]), int(part["day"]), ()
    if "month" in part:
        return int(part["month"]), int(part["day"]), ()
    first, second = int(part["first"]), int(part["second"])
    if part["sep"] == "." or first > 12:  # 18.11.2026 and 18/11/2026
        return second, first, ()
    if second > 12 or first == second:
        return first, second, ()
    message = f"{text!r} may be two days; month {first}, day {second} is read"
    hint = f"write it as {part['year']}-{first:02}-{second:02}"
    return first, second, (DateWarning("date-doubtful", message, hint),)


def _clock(text: str, written: str) -> tuple[tuple[int, int, int, int], str]:
    """Return hour, minute, second, microsecond, and the zone as written."""
    match = _CLOCK.fullmatch(written)
    if match is None:
        raise _unreadable(text)
    hour, minute, second = int(match["hour"]), int(match["minute"]), int(match["second"] or 0)
    if half := match["half"]:
        if not 1 <= hour <= 12:
            raise DateError("impossible-date", f"{text!r} has hour {hour} with {half}")
        hour = hour % 12 + (12 if half[0] in "pP" else 0)
    if second == 60:
        raise DateError("leap-second", f"{text!r} is a leap second, which no calendar here has", "write :59")
    return (hour, minute, second, int((match["fraction"] or "0")[:6].ljust(6, "0"))), match["zone"] or ""


def _in_written_zone(text: str, naive: datetime, written: str, zone: tzinfo) -> tuple[datetime, Warnings]:
    """Return local time `naive` in the zone that `written` means, or in `zone` when nothing is written."""
    if not written:
        return in_zone(naive, zone)
    name = written.split(" (")[0].strip()
    if name.isascii() and name.isalpha():
        offset, doubts = _offset_of(text, name, naive, zone)
        return naive.replace(tzinfo=offset), doubts
    if fixed := _offset(text, written):
        return naive.replace(tzinfo=fixed), ()
    return in_zone(naive, _named_zone(written))


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


def _offset(text: str, written: str) -> timezone | None:
    """Return the fixed offset that `written` names; None when it names a zone of the IANA database."""
    if match := _OFFSET.fullmatch(written):
        sign, hours, minutes = match.groups()
        if int(hours) > 14 or int(minutes or 0) > 59:
            raise DateError("impossible-date", f"{text!r} has an offset that no zone has")
        delta = timedelta(hours=int(hours), minutes=int(minutes or 0))
        return timezone(-delta if sign == "-" else delta) if delta else UTC
    if re.fullmatch(r"[A-Za-z]+(?:/[A-Za-z0-9_+-]+)+", written):
        return None
    raise DateError("unknown-zone", f"{text!r} ends in {written!r}, which is no zone", ZONE_HINT)


def _named_zone(name: str) -> tzinfo:
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        message = f"{name!r} is no zone of the IANA database"
        raise DateError("unknown-zone", message, ZONE_HINT) from None
