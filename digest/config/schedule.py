"""Windows and their keys from a schedule in a time zone. There is no clock here: moments are passed in.

Windows are counted from a fixed epoch, so that "every 2 weeks" needs no memory. The n-th window ends at a local time
of the calendar, its nominal end, turned into an instant as RFC 5545 (section 3.3.5) does it: a local time that a
clock change skips moves forward by the change, one that occurs twice is the first. Instants are compared in UTC,
since Python compares two datetimes of the same zone by local time.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from msgspec import Struct

from digest.config.schema import Config

Unit = Literal["day", "week", "month"]

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_EVERY = re.compile(r"(?:([1-9]\d{0,2})\s+)?(day|week|month)s?")
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_KEYS: dict[Unit, tuple[str, str]] = {
    "day": (r"(\d{4})-(\d\d)-(\d\d)", "2026-11-23"),
    "week": (r"(\d{4})-W(\d\d)", "2026-W47"),
    "month": (r"(\d{4})-(\d\d)", "2026-11"),
}


class Schedule(Struct, frozen=True):
    """When windows end: every `count` units, on `day` (0 is Monday for weeks, 1 to 31 for months) at a local time."""

    unit: Unit
    count: int
    day: int
    hour: int
    minute: int
    zone: ZoneInfo


class Window(Struct, frozen=True):
    """A half-open span `[start, end)`, aware and in the schedule's zone, and its key's last part: `2026-W47`."""

    key: str
    start: datetime
    end: datetime


def parse(every: str, at: str, timezone: str) -> Schedule:
    """Return the schedule that a digest's `every` and `at` describe in the IANA zone `timezone`.

    Raises `ValueError`, its message beginning with the name of the key that is wrong: `every`, `at` or `timezone`.
    """
    found = _EVERY.fullmatch(every.strip().casefold())
    if not found:
        raise ValueError(f'every = "{every}" is not day, week, month or a number of them such as "2 weeks"')
    unit: Unit = "day" if found[2] == "day" else "week" if found[2] == "week" else "month"
    *words, clock = at.casefold().split() or ["08:00"]
    time = _TIME.fullmatch(clock)
    if time is None:  # a day alone, such as "friday"
        words, time = [*words, clock], _TIME.fullmatch("08:00")
    day = _day(unit, words, at)
    try:
        zone = ZoneInfo(timezone)
    except (OSError, ValueError, LookupError) as error:
        raise ValueError(f'timezone = "{timezone}" is not an IANA time zone') from error
    hour, minute = (int(time[1]), int(time[2])) if time else (8, 0)
    return Schedule(unit, int(found[1] or 1), day, hour, minute, zone)


def schedule_of(config: Config, digest: str) -> Schedule:
    """Return when the windows of a digest end."""
    settings = config.digests[digest]
    return parse(settings.every, settings.at, config.digest_zone(digest).key)


def windows(schedule: Schedule, after: datetime, until: datetime) -> Iterator[Window]:
    """Yield the windows with `after < end <= until`, the earliest first."""
    number = _latest(schedule, until)
    numbers = []
    while _instant(schedule, number) > after.astimezone(UTC):
        numbers.append(number)
        number = _before(schedule, number)
    yield from (_window(schedule, n) for n in reversed(numbers))


def latest_end(schedule: Schedule, now: datetime) -> datetime:
    """Return the end of the newest window that is over at `now`, aware and in the schedule's zone."""
    return _instant(schedule, _latest(schedule, now)).astimezone(schedule.zone)


def latest_window(schedule: Schedule, now: datetime) -> Window:
    """Return the newest window that is over at `now`."""
    return _window(schedule, _latest(schedule, now))


def next_end(schedule: Schedule, now: datetime) -> datetime:
    """Return the first end after `now`, aware and in the schedule's zone."""
    return _instant(schedule, _latest(schedule, now) + 1).astimezone(schedule.zone)


def window_of_key(schedule: Schedule, key: str) -> Window:
    """Return the window that `key` (`2026-W47`) names. Raises `ValueError` when the schedule has no such window."""
    pattern, example = _KEYS[schedule.unit]
    try:
        # every nominal end whose window may have this key lies within two days of the last day
        number = _number(schedule, _last_day(schedule.unit, re.fullmatch(pattern, key, re.ASCII)) + timedelta(days=2))
        near = [_window(schedule, n) for n in range(number, number - 4, -1)]
    except (ValueError, OverflowError) as error:
        message = f'"{key}" is no key of a {schedule.unit}; write one such as {example}'
        raise ValueError(message) from error
    for window in near:
        if window.key == key:
            return window
    raise ValueError(f'the schedule has no window "{key}"; the one before it is "{near[1].key}"')


def _last_day(unit: Unit, key: re.Match[str] | None) -> date:
    """The last day that a key names. Raises `ValueError` when there is none."""
    if key is None:
        raise ValueError
    first, second, *third = (int(n) for n in key.groups())
    if unit == "week":
        return date.fromisocalendar(first, second, 7)
    return date(first, second, third[0] if third else _days(first, second))


def _days(year: int, month: int) -> int:
    """How many days a month has."""
    return 31 if month == 12 else (date(year, month + 1, 1) - date(year, month, 1)).days


def _day(unit: Unit, words: list[str], at: str) -> int:
    """Return the day that `words`, those before the time in `at`, name. Raises `ValueError`."""
    if not words:
        return 1 if unit == "month" else 0
    word = " ".join(words)
    if unit == "week":
        for number, name in enumerate(WEEKDAYS):
            if word in {name, name[:3]}:
                return number
        raise ValueError(f'at = "{at}" is not a weekday and a time such as "monday 08:00"')
    if unit == "month":
        if re.fullmatch(r"[1-9]|0[1-9]|[12]\d|3[01]", word, re.ASCII):
            return int(word)
        raise ValueError(f'at = "{at}" is not a day of the month and a time such as "1 08:00"')
    raise ValueError(f'at = "{at}" is not a time such as "08:00"')


def _number(schedule: Schedule, day: date) -> int:
    """The number of the last window whose nominal end is on or before `day`."""
    if schedule.unit == "day":
        return day.toordinal() // schedule.count
    if schedule.unit == "week":
        return (day.toordinal() - 1 - schedule.day) // (7 * schedule.count)
    number = (day.year * 12 + day.month - 1) // schedule.count
    return number if _nominal(schedule, number).date() <= day else number - 1


def _nominal(schedule: Schedule, number: int) -> datetime:
    """The calendar's local time at which window `number` ends, whether or not clocks show it. Raises `ValueError`."""
    if schedule.unit == "day":
        day = date.fromordinal(number * schedule.count)
    elif schedule.unit == "week":
        day = date.fromordinal(number * 7 * schedule.count + 1 + schedule.day)
    else:
        year, month = divmod(number * schedule.count, 12)
        day = date(year, month + 1, min(schedule.day, _days(year, month + 1)))
    return datetime(day.year, day.month, day.day, schedule.hour, schedule.minute)  # noqa: DTZ001  # nominal, without a zone


def _instant(schedule: Schedule, number: int) -> datetime:
    """The instant, in UTC, at which window `number` ends."""
    # fold=0 has the offset before a clock change: the first of two, and forward out of a gap
    return _nominal(schedule, number).replace(tzinfo=schedule.zone).astimezone(UTC)


def _latest(schedule: Schedule, now: datetime) -> int:
    """The number of the last window whose end is at or before `now`."""
    moment = now.astimezone(UTC)
    number = _number(schedule, moment.date() + timedelta(days=2))
    while _instant(schedule, number) > moment:
        number -= 1
    return number


def _before(schedule: Schedule, number: int) -> int:
    """The number of the window before: Apia had no 30 December 2011, and two nominal ends became one instant."""
    end = _instant(schedule, number)
    while _instant(schedule, number) == end:
        number -= 1
    return number


def _window(schedule: Schedule, number: int) -> Window:
    """The window that ends where window `number` nominally ends.

    The key is that of its last day: the nominal end's date, or the day before when it ends at midnight. The nominal
    date and not the clocks', which can show one date at two ends (Nuuk's 23:30 of 30 March 2024 became 00:30); of
    nominal ends that fall together, the one whose date the clocks did show.
    """
    end = _instant(schedule, number)
    while _instant(schedule, number + 1) == end:
        number += 1
    before = _before(schedule, number)
    shown = (end - timedelta(microseconds=1)).astimezone(schedule.zone).date()
    days = [(_nominal(schedule, n) - timedelta(microseconds=1)).date() for n in range(number, before, -1)]
    start = _instant(schedule, before)
    return Window(
        _name(schedule.unit, shown if shown in days else days[0]),
        start.astimezone(schedule.zone),
        end.astimezone(schedule.zone),
    )


def _name(unit: Unit, day: date) -> str:
    if unit == "week":
        year, week, _ = day.isocalendar()
        return f"{year:04}-W{week:02}"
    return day.isoformat() if unit == "day" else day.isoformat()[:7]
