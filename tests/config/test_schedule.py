"""Windows and keys: what a schedule says, and what holds in every zone."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.config import schedule


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("every", "when", "zone", "now", "key", "start", "end"),
    [
        ("week", "monday 08:00", "Asia/Shanghai", "2026-11-23T08:00:00+08:00", "2026-W48", "2026-11-16T08:00+08:00", "2026-11-23T08:00+08:00"),
        ("week", "monday 08:00", "UTC", "2026-11-23T07:59:59Z", "2026-W47", "2026-11-09T08:00Z", "2026-11-16T08:00Z"),
        ("week", "monday 00:00", "UTC", "2026-11-23T09:00Z", "2026-W47", "2026-11-16T00:00Z", "2026-11-23T00:00Z"),
        ("week", "Sun 18:30", "UTC", "2027-01-03T19:00Z", "2026-W53", "2026-12-27T18:30Z", "2027-01-03T18:30Z"),
        ("week", "", "Asia/Kathmandu", "2026-11-23T09:00+05:45", "2026-W48", "2026-11-16T08:00+05:45", "2026-11-23T08:00+05:45"),
        ("2 weeks", "friday", "UTC", "2026-11-25T00:00Z", "2026-W46", "2026-10-30T08:00Z", "2026-11-13T08:00Z"),
        ("day", "8:00", "UTC", "2026-11-23T09:00Z", "2026-11-23", "2026-11-22T08:00Z", "2026-11-23T08:00Z"),
        ("day", "00:00", "UTC", "2026-11-23T09:00Z", "2026-11-22", "2026-11-22T00:00Z", "2026-11-23T00:00Z"),
        ("month", "1 00:00", "UTC", "2026-11-23T09:00Z", "2026-10", "2026-10-01T00:00Z", "2026-11-01T00:00Z"),
        ("month", "", "UTC", "2026-11-23T09:00Z", "2026-11", "2026-10-01T08:00Z", "2026-11-01T08:00Z"),
        ("month", "31 08:00", "UTC", "2027-03-01T09:00Z", "2027-02", "2027-01-31T08:00Z", "2027-02-28T08:00Z"),
        ("3 months", "1 00:00", "UTC", "2026-11-23T09:00Z", "2026-09", "2026-07-01T00:00Z", "2026-10-01T00:00Z"),
        # seven local days across both changes of the clock
        ("week", "monday 08:00", "America/New_York", "2026-11-02T14:00Z", "2026-W45", "2026-10-26T12:00Z", "2026-11-02T13:00Z"),
        ("week", "monday 08:00", "America/New_York", "2026-03-09T14:00Z", "2026-W11", "2026-03-02T13:00Z", "2026-03-09T12:00Z"),
        # a time that does not exist moves forward, one that exists twice is the first
        ("day", "02:30", "America/New_York", "2026-03-08T12:00Z", "2026-03-08", "2026-03-07T07:30Z", "2026-03-08T07:30Z"),
        ("day", "01:30", "America/New_York", "2026-11-01T12:00Z", "2026-11-01", "2026-10-31T05:30Z", "2026-11-01T05:30Z"),
        ("day", "02:15", "Australia/Lord_Howe", "2026-10-03T20:00Z", "2026-10-04", "2026-10-02T15:45Z", "2026-10-03T15:45Z"),
        ("day", "01:45", "Australia/Lord_Howe", "2026-04-04T20:00Z", "2026-04-05", "2026-04-03T14:45Z", "2026-04-04T14:45Z"),
        # Apia had no 30 December 2011
        ("day", "08:00", "Pacific/Apia", "2011-12-30T20:00Z", "2011-12-31", "2011-12-29T18:00Z", "2011-12-30T18:00Z"),
        ("day", "00:00", "Pacific/Apia", "2011-12-30T20:00Z", "2011-12-29", "2011-12-29T10:00Z", "2011-12-30T10:00Z"),
        # 4 November 2018 began at 01:00 in Sao Paulo; 23:30 of 30 March 2024 in Nuuk was 00:30 of the 31st
        ("day", "00:00", "America/Sao_Paulo", "2018-11-04T12:00Z", "2018-11-03", "2018-11-03T03:00Z", "2018-11-04T03:00Z"),
        ("day", "23:30", "America/Nuuk", "2024-03-31T12:00Z", "2024-03-30", "2024-03-30T01:30Z", "2024-03-31T01:30Z"),
    ],
)  # fmt: skip
def test_the_newest_window(every: str, when: str, zone: str, now: str, key: str, start: str, end: str) -> None:
    plan = schedule.parse(every, when, zone)
    window = schedule.latest_window(plan, at(now))
    assert (window.key, window.start.astimezone(UTC), window.end.astimezone(UTC)) == (
        key,
        at(start).astimezone(UTC),
        at(end).astimezone(UTC),
    )
    assert schedule.latest_end(plan, at(now)) == window.end
    assert schedule.window_of_key(plan, key) == window
    assert schedule.next_end(plan, at(now)).astimezone(UTC) > at(now).astimezone(UTC)


@pytest.mark.parametrize(
    ("every", "when", "zone", "word"),
    [
        ("fortnight", "", "UTC", "every"), ("0 weeks", "", "UTC", "every"), ("", "", "UTC", "every"),
        ("week", "moonday 08:00", "UTC", "at"), ("week", "8 08:00", "UTC", "at"), ("week", "monday 24:00", "UTC", "at"),
        ("week", "monday noon", "UTC", "at"), ("day", "monday 08:00", "UTC", "at"), ("month", "32 08:00", "UTC", "at"),
        ("month", "0 08:00", "UTC", "at"), ("month", "monday 08:00", "UTC", "at"), ("day", "", "Mars/Olympus", "timezone"),
        ("day", "", "../etc/passwd", "timezone"),
    ],
)  # fmt: skip
def test_a_wrong_schedule_is_named_by_its_key(every: str, when: str, zone: str, word: str) -> None:
    with pytest.raises(ValueError, match=f"^{word} = "):
        schedule.parse(every, when, zone)


@pytest.mark.parametrize(
    ("every", "key", "message"),
    [
        ("week", "2026-11-23", "no key of a week; write one such as 2026-W47"),
        ("week", "2026-W54", "no key of a week"),
        ("week", "2026-W4\u0667", "no key of a week"),
        ("day", "2026-02-30", "no key of a day"),
        ("month", "2026-13", "no key of a month"),
        ("month", "0000-01", "no key of a month"),
        ("day", "9999-12-31", "no key of a day"),
        ("2 weeks", "2026-W47", 'no window "2026-W47"; the one before it is "2026-W46"'),
    ],
)
def test_a_key_that_names_no_window_says_so(every: str, key: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        schedule.window_of_key(schedule.parse(every, "", "UTC"), key)


Plans = st.builds(
    schedule.parse,
    st.builds(lambda n, unit: f"{n} {unit}s", st.integers(1, 6), st.just("day")),
    st.builds(lambda h, m: f"{h:02}:{m:02}", st.integers(0, 23), st.integers(0, 59)),
    st.sampled_from(sorted(available_timezones())),
) | st.builds(
    schedule.parse,
    st.builds(lambda n, unit: f"{n} {unit}", st.integers(1, 6), st.sampled_from(["week", "weeks"])),
    st.builds(lambda d, h, m: f"{d} {h}:{m:02}", st.sampled_from(schedule.WEEKDAYS), st.integers(0, 23), st.integers(0, 59)),
    st.sampled_from(sorted(available_timezones())),
) | st.builds(
    schedule.parse,
    st.builds(lambda n: f"{n} months", st.integers(1, 12)),
    st.builds(lambda d, h, m: f"{d} {h}:{m:02}", st.integers(1, 31), st.integers(0, 23), st.integers(0, 59)),
    st.sampled_from(sorted(available_timezones())),
)  # fmt: skip


@settings(max_examples=120)
@given(plan=Plans, now=st.datetimes(datetime(1902, 1, 1), datetime(2090, 1, 1)), days=st.integers(3, 200))  # noqa: DTZ001
def test_windows_tile_time_with_keys_that_are_unique_and_grow(
    plan: schedule.Schedule, now: datetime, days: int
) -> None:
    until = now.replace(tzinfo=UTC)
    after = until - timedelta(days=min(days * plan.count, 400))
    found = list(schedule.windows(plan, after, until))
    for one, two in pairwise(found):
        assert one.end.astimezone(UTC) == two.start.astimezone(UTC)
        assert one.key < two.key
    for window in found:
        start, end = window.start.astimezone(UTC), window.end.astimezone(UTC)
        assert after < end <= until
        assert start < end
        assert schedule.window_of_key(plan, window.key) == window
        assert schedule.latest_window(plan, window.end) == window
        assert schedule.latest_end(plan, end - timedelta(microseconds=1)).astimezone(UTC) == start
        assert schedule.next_end(plan, start).astimezone(UTC) == end
