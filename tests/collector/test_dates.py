"""The date reader: every form that real archives have, and what is no date."""

import contextlib
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.collector.dates import DateError, in_zone, read_date

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2014-03-12T14:11:00.000Z", "2014-03-12T14:11:00+00:00"),
        ("2015-02-05 10:00:28 -0400", "2015-02-05T10:00:28-04:00"),
        ("2015-2-5 9:00:00 +0000", "2015-02-05T09:00:00+00:00"),
        ("2015-03-17 14:00:00 -4", "2015-03-17T14:00:00-04:00"),
        ("2018-11-13T09:00:00+8:00", "2018-11-13T09:00:00+08:00"),
        ("2015-01-01T10:00:00+0530", "2015-01-01T10:00:00+05:30"),
        ("2025-02-08 11:19:11", "2025-02-08T11:19:11+01:00"),
        ("2015-07-01T10:00", "2015-07-01T10:00:00+02:00"),
        ("2020-12-2", "2020-12-02T00:00:00+01:00"),
        ("2020/12/02", "2020-12-02T00:00:00+01:00"),
        ("2013/05/03 10:20", "2013-05-03T10:20:00+02:00"),
        ("2020.12.02", "2020-12-02T00:00:00+01:00"),
        ("20150102", "2015-01-02T00:00:00+01:00"),
        ("20150102T101112Z", "2015-01-02T10:11:12+00:00"),
        ("201501021011", "2015-01-02T10:11:00+01:00"),
        ("1420070400", "2015-01-01T00:00:00+00:00"),
        ("1420070400000", "2015-01-01T00:00:00+00:00"),
        ("Tue, 05 Jan 2021 10:00:00 GMT", "2021-01-05T10:00:00+00:00"),
        ("Tue, 5 Jan 2021 10:00:00 -0500", "2021-01-05T10:00:00-05:00"),
        ("Jul 08 2022", "2022-07-08T00:00:00+02:00"),
        ("July 8, 2022", "2022-07-08T00:00:00+02:00"),
        ("March 5th, 2018", "2018-03-05T00:00:00+01:00"),
        ("5th of March 2018", "2018-03-05T00:00:00+01:00"),
        ("8 July 2022 3:04 PM", "2022-07-08T15:04:00+02:00"),
        ("8 July 2022 12:04 a.m.", "2022-07-08T00:04:00+02:00"),
        ("July 8, 2022 at 10:30", "2022-07-08T10:30:00+02:00"),
        ("Thu Jul 08 2022 10:00:00 GMT+0800 (China Standard Time)", "2022-07-08T10:00:00+08:00"),
        ("Sat Jan  2 10:00:00 2021", "2021-01-02T10:00:00+01:00"),
        ("Sat Jan  2 10:00:00 PDT 2021", "2021-01-02T10:00:00-07:00"),
        ("2012-03-30 23:00:00 UTC-03:00", "2012-03-30T23:00:00-03:00"),
        ("2012-03-30 23:00:00 UTC", "2012-03-30T23:00:00+00:00"),
        ("2015-01-01 10:00:00 Asia/Shanghai", "2015-01-01T10:00:00+08:00"),
        ("2020年12月2日 10:20", "2020-12-02T10:20:00+01:00"),
        ("13/04/2020", "2020-04-13T00:00:00+02:00"),
        ("04/13/2020", "2020-04-13T00:00:00+02:00"),
        ("18.11.2026 09:30", "2026-11-18T09:30:00+01:00"),
        ("2015-01-01 10:00:00.123456789 +05:30", "2015-01-01T10:00:00.123456+05:30"),
        ("2026-10-25 02:30", "2026-10-25T02:30:00+02:00"),  # comes twice: the first
    ],
)
def test_every_form_met_in_archives_is_read(text: str, expected: str) -> None:
    assert read_date(text, BERLIN) == (datetime.fromisoformat(expected), ())
    assert read_date(text, BERLIN)[0].isoformat() == expected


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2018-02-29", "impossible-date"),
        ("2015-13-01", "impossible-date"),
        ("2015-01-01 25:00", "impossible-date"),
        ("2015-01-01 24:00:00", "impossible-date"),
        ("2015-01-01 14:00 pm", "impossible-date"),
        ("2016-12-31T23:59:60Z", "leap-second"),
        ("9999-12-31T23:59:59-12:00", "date-out-of-range"),
        ("0001-01-01T00:00:00+14:00", "date-out-of-range"),
        ("9999999999", "date-out-of-range"),
        ("07:32:00", "time-without-date"),
        ("2020-12", "incomplete-date"),
        ("2020", "incomplete-date"),
        ("yesterday", "unreadable-date"),
        ("Foo 5, 2018", "unreadable-date"),
        ("2015-01-01 10", "unreadable-date"),
        ("", "unreadable-date"),
        ("x" * 1000, "unreadable-date"),
        ("2015-01-01T10:00 Nowhere/Land", "unknown-zone"),
        ("2015-01-01T10:00 sometime", "unknown-zone"),
    ],
)
def test_what_is_no_date_says_why(text: str, code: str) -> None:
    with pytest.raises(DateError) as caught:
        read_date(text, BERLIN)
    assert caught.value.code == code
    assert caught.value.hint


def test_a_day_that_may_be_two_is_read_month_first_and_warned_about() -> None:
    moment, (warning,) = read_date("03/04/2020", UTC)
    assert (moment.month, moment.day) == (3, 4)
    assert "may be two days" in warning.message
    assert read_date(warning.hint.split()[-1], UTC) == (moment, ())
    assert not read_date("04/04/2020", UTC)[1]


def test_a_time_that_the_zone_skips_moves_forward_with_a_warning() -> None:
    moment, (warning,) = read_date("2026-03-29T02:30:00", BERLIN)
    assert moment.isoformat() == "2026-03-29T03:30:00+02:00"
    assert "02:30 does not exist in Europe/Berlin; 03:30 is meant" in warning.message


@pytest.mark.parametrize(
    ("text", "moment", "code"),
    [
        ("2015-01-01 10:00 +24:00", "2015-01-01T10:00+01:00", "impossible-offset"),
        ("2015-01-01T10:00:00+15:00", "2015-01-01T10:00+01:00", "impossible-offset"),
        ("1969-07-20 20:17Z", "1969-07-20T20:17+00:00", "date-before-1970"),
        ("1848-02-24", "1848-02-24T00:00+00:53:28", "date-before-1970"),
    ],
)
def test_what_is_doubtful_in_a_date_is_a_warning(text: str, moment: str, code: str) -> None:
    read, warnings = read_date(text, BERLIN)
    assert read == datetime.fromisoformat(moment)
    assert [warning.code for warning in warnings] == [code]


def test_a_zone_without_an_offset_is_refused() -> None:
    class Nowhere(tzinfo):
        def utcoffset(self, moment: datetime | None, /) -> timedelta | None:
            return None

        dst = utcoffset

        def tzname(self, moment: datetime | None, /) -> str | None:
            return None

    with pytest.raises(TypeError):
        in_zone(datetime(2026, 1, 1), Nowhere())  # noqa: DTZ001


MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(2200, 12, 31, 23, 59, 59)).map(  # noqa: DTZ001
    lambda moment: moment.replace(microsecond=0)
)
OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(MOMENTS, OFFSETS)
def test_what_an_offset_writes_is_read_back(naive: datetime, offset: timezone) -> None:
    moment = naive.replace(tzinfo=offset)
    for written in (
        moment.isoformat(),
        moment.isoformat(" "),
        f"{moment:%Y-%m-%d %H:%M:%S %z}",
        f"{moment:%Y/%m/%d %H:%M:%S%z}",
        f"{moment:%a, %d %b %Y %H:%M:%S %z}",
        f"{moment:%B} {moment.day}, {moment:%Y %I:%M:%S %p %z}",
    ):
        read, _ = read_date(written, BERLIN)
        assert read == moment
        assert read.utcoffset() == moment.utcoffset()


# some whose clocks change at midnight, twice a month, by half an hour or by a day
ZONES = (
    "UTC Europe/Berlin America/New_York Asia/Shanghai Australia/Lord_Howe America/Sao_Paulo Africa/Cairo Pacific/Apia"
)


@given(MOMENTS, st.sampled_from(ZONES.split()))
@example(datetime(2026, 3, 29, 2, 30), "Europe/Berlin")  # noqa: DTZ001
@example(datetime(2026, 10, 25, 2, 30), "Europe/Berlin")  # noqa: DTZ001
@example(datetime(2018, 2, 17, 23, 30), "America/Sao_Paulo")  # noqa: DTZ001
@example(datetime(2018, 2, 18, 0, 30), "America/Sao_Paulo")  # noqa: DTZ001
@example(datetime(2018, 11, 4, 0, 30), "America/Sao_Paulo")  # noqa: DTZ001
@example(datetime(2010, 9, 10, 0, 30), "Africa/Cairo")  # noqa: DTZ001
@example(datetime(2011, 12, 30, 12, 0), "Pacific/Apia")  # noqa: DTZ001
def test_local_time_is_the_zones_and_only_moves_where_it_does_not_exist(naive: datetime, name: str) -> None:
    zone = ZoneInfo(name)
    moment, warnings = read_date(f"{naive:%Y-%m-%d %H:%M:%S}", zone)
    local = moment.astimezone(zone).replace(tzinfo=None)
    if warnings:
        assert local > naive
    else:
        assert local == naive
        assert moment.timestamp() == naive.replace(tzinfo=zone, fold=0).timestamp()


@given(st.text(max_size=60) | st.from_regex(r"[0-9TZ:+./ -]{4,40}", fullmatch=True))
def test_any_text_is_a_date_or_a_date_error(text: str) -> None:
    with contextlib.suppress(DateError):
        moment, _ = read_date(text, BERLIN)
        assert moment.utcoffset() is not None
        assert 1000 <= moment.year <= 2200
