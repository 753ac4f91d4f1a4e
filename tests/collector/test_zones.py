"""Abbreviations of zones in dates: the site's own first, then those of one zone, then a rule with a warning."""

import json
import zoneinfo
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from digest.collector.dates import read_date
from tests.commands import Command
from tests.conftest import MakeSite

POST = "---\ntitle: One\nsummary: Two\ndate: {0}\n---\nBody.\n"
NOW = ("--now", "2027-01-01T00:00:00Z")


def _read(make_site: MakeSite, digest: Command, zone: str, *written: str) -> tuple[list[str], list[dict[str, Any]]]:
    """Return the dates that `digest list` shows and the problems that `digest check` names, in the order written."""
    files = {f"content/{n}.md": POST.format(date) for n, date in enumerate(written)}
    root = make_site(files, f'[site]\nurl = "https://notes.example/"\ntimezone = "{zone}"\n')
    posts = map(json.loads, digest(root, "list", "--json", "--all", *NOW).out.splitlines())
    report = json.loads(digest(root, "check", "--json", *NOW).out)
    problems: list[dict[str, Any]] = sorted(report["problems"], key=lambda problem: str(problem["path"]))
    return [post["date"] for post in sorted(posts, key=lambda post: str(post["path"]))], problems


@pytest.mark.parametrize(
    ("zone", "written", "expected"),
    [
        ("Asia/Shanghai", "2025-02-08 11:19 CST", "2025-02-08T03:19"),
        ("Asia/Shanghai", "Sat Feb  8 11:19:11 CST 2025", "2025-02-08T03:19:11"),
        ("Asia/Shanghai", "1988-07-08 11:19 CDT", "1988-07-08T02:19"),
        ("Asia/Taipei", "2025-07-08 11:19 CST", "2025-07-08T03:19"),
        ("America/Chicago", "2025-02-08 11:19 CST", "2025-02-08T17:19"),
        ("America/Chicago", "2025-07-08 11:19 CDT", "2025-07-08T16:19"),
        ("America/Chicago", "2025-07-08 11:19 CST", "2025-07-08T17:19"),
        ("America/Chicago", "2025-02-08 11:19 cdt", "2025-02-08T16:19"),
        ("America/Havana", "2025-02-08 11:19 CST", "2025-02-08T16:19"),
        ("America/New_York", "2025-02-08 11:19 EST", "2025-02-08T16:19"),
        ("America/Los_Angeles", "2025-02-08 11:19 PST", "2025-02-08T19:19"),
        ("America/Halifax", "2025-02-08 11:19 AST", "2025-02-08T15:19"),
        ("Asia/Kolkata", "2025-02-08 11:19 IST", "2025-02-08T05:49"),
        ("Asia/Jerusalem", "2025-02-08 11:19 IST", "2025-02-08T09:19"),
        ("Asia/Jerusalem", "2025-07-08 11:19 IDT", "2025-07-08T08:19"),
        ("Europe/Dublin", "2025-07-08 11:19 IST", "2025-07-08T10:19"),
        ("Europe/Dublin", "2025-02-08 11:19 IST", "2025-02-08T10:19"),
        ("Europe/London", "2025-07-08 11:19 BST", "2025-07-08T10:19"),
        ("Europe/London", "2025-02-08 11:19 BST", "2025-02-08T10:19"),
        ("Europe/London", "2025-07-08 11:19 GMT", "2025-07-08T11:19"),
        ("Europe/Moscow", "2012-07-08 11:19 MSK", "2012-07-08T07:19"),
        ("Asia/Pyongyang", "2016-07-08 11:19 KST", "2016-07-08T02:49"),
        ("Pacific/Pago_Pago", "2025-07-08 11:19 SST", "2025-07-08T22:19"),
        ("America/New_York", "2025-11-02 01:30 EDT", "2025-11-02T05:30"),  # a time that comes twice
        ("America/New_York", "2025-11-02 01:30 EST", "2025-11-02T06:30"),
    ],
)
def test_an_abbreviation_is_the_sites_own_if_its_zone_has_it(
    make_site: MakeSite, digest: Command, zone: str, written: str, expected: str
) -> None:
    (date,), problems = _read(make_site, digest, zone, written)
    assert _utc(date) == _utc(expected)
    assert problems == []


def _utc(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "abbreviation", "offset", "others"),
    [
        ("UTC", "CST", "-06:00", ["+08:00 for China", "-05:00 for Cuba"]),
        ("Europe/Berlin", "CST", "-06:00", ["+08:00 for China", "-05:00 for Cuba"]),
        ("America/New_York", "CDT", "-05:00", ["-04:00 for Cuba"]),
        ("Asia/Shanghai", "CDT", "-05:00", ["+09:00 for China"]),  # which had it up to 1991
        ("UTC", "IST", "+05:30", ["+02:00 for Israel", "+01:00 for Ireland"]),
        ("UTC", "AST", "-04:00", ["+03:00 for Arabia"]),
        ("Asia/Riyadh", "AST", "-04:00", ["+03:00 for Arabia"]),
        ("Asia/Dhaka", "BST", "+01:00", ["+06:00 for Bangladesh"]),
        ("Australia/Sydney", "EST", "-05:00", ["+10:00 for Australia"]),
        ("UTC", "PST", "-08:00", ["+08:00 for the Philippines"]),
        ("UTC", "MST", "-07:00", ["+08:00 for Malaysia"]),
        ("Asia/Singapore", "SST", "-11:00", ["+08:00 for Singapore"]),
        ("Asia/Dubai", "GST", "+04:00", ["+10:00 for Guam"]),
        ("UTC", "ADT", "-03:00", ["+04:00 for Iraq"]),
        ("UTC", "ECT", "-05:00", ["-04:00 for the Eastern Caribbean"]),
    ],
)
def test_an_abbreviation_of_several_zones_is_read_with_a_warning(
    make_site: MakeSite, digest: Command, zone: str, abbreviation: str, offset: str, others: list[str]
) -> None:
    (date,), (problem,) = _read(make_site, digest, zone, f"2025-02-08 11:19 {abbreviation}")
    assert _utc(date) == _utc(f"2025-02-08T11:19{offset}")
    place = {key: problem[key] for key in ("path", "line", "code", "severity")}
    assert place == {"path": "content/0.md", "line": 4, "code": "ambiguous-zone", "severity": "warning"}
    assert offset in problem["message"]
    for other in (f"write {offset}", *others):
        assert other in problem["hint"]


def test_what_the_warning_says_to_write_is_read_without_one(make_site: MakeSite, digest: Command) -> None:
    dates, problems = _read(
        make_site, digest, "UTC", "2025-02-08 11:19 -06:00", "2025-02-08 11:19 +08:00", "Sat Feb 8 11:19:11 -06:00 2025"
    )
    assert [_utc(date).hour for date in dates] == [17, 3, 17]
    assert problems == []


def test_every_date_of_a_post_is_warned_about_and_every_doubt(make_site: MakeSite, digest: Command) -> None:
    lines = "date: 03/04/2020 10:00 CST\nupdated: 2020-05-06 10:00 IST\nexpiryDate: 2030-05-06 10:00 CET"
    root = make_site(
        {"content/one.md": f"---\ntitle: One\n{lines}\n---\nBody.\n"}, '[site]\nurl = "https://n.example/"'
    )
    report = json.loads(digest(root, "check", "--json", *NOW).out)
    assert [(problem["line"], problem["code"]) for problem in report["problems"]] == [
        (3, "ambiguous-zone"),
        (3, "date-doubtful"),
        (4, "ambiguous-zone"),
    ]


@pytest.mark.parametrize(
    ("abbreviation", "offset"),
    [
        *(("UTC", "+00:00"), ("GMT", "+00:00"), ("Z", "+00:00"), ("CET", "+01:00"), ("CEST", "+02:00")),
        *(("JST", "+09:00"), ("KST", "+09:00"), ("HKT", "+08:00"), ("NZST", "+12:00"), ("EDT", "-04:00")),
        *(("AEST", "+10:00"), ("NST", "-03:30"), ("MSK", "+03:00"), ("HST", "-10:00"), ("WIB", "+07:00")),
    ],
)
def test_an_abbreviation_of_one_zone_is_read_anywhere(
    make_site: MakeSite, digest: Command, abbreviation: str, offset: str
) -> None:
    (date,), problems = _read(make_site, digest, "America/Chicago", f"2025-02-08 11:19 {abbreviation}")
    assert _utc(date) == _utc(f"2025-02-08T11:19{offset}")
    assert problems == []


def test_moscows_time_is_what_it_was_in_those_years(make_site: MakeSite, digest: Command) -> None:
    dates, problems = _read(make_site, digest, "UTC", "2010-12-08 11:19 MSK", "2012-12-08 11:19 MSK")
    assert [_utc(date).hour for date in dates] == [8, 7]
    assert problems == []


def test_what_is_no_zone_is_an_error(make_site: MakeSite, digest: Command) -> None:
    dates, (problem,) = _read(make_site, digest, "Asia/Shanghai", "2025-02-08 11:19 XYZ")
    assert dates == []
    assert (problem["code"], problem["line"], problem["severity"]) == ("unknown-zone", 4, "error")


ZONES = sorted(zoneinfo.available_timezones())
SECONDS = st.integers(0, 365 * 86_400 * 230) | st.integers(0, 365 * 86_400 * 60)
MOMENTS = SECONDS.map(lambda seconds: datetime(1970, 1, 2, tzinfo=UTC) + timedelta(seconds=seconds))


@settings(max_examples=1000)
@given(st.sampled_from(ZONES), MOMENTS)
@example("America/New_York", datetime(2025, 11, 2, 5, 30, tzinfo=UTC))
@example("America/New_York", datetime(2025, 11, 2, 6, 30, tzinfo=UTC))
@example("Africa/Monrovia", datetime(1971, 6, 1, tzinfo=UTC))
def test_what_a_zone_calls_a_moment_is_read_back_in_a_site_of_that_zone(name: str, moment: datetime) -> None:
    local = moment.astimezone(ZoneInfo(name))
    abbreviation = local.tzname() or ""
    assume(abbreviation.isalpha())
    first = local.replace(fold=0)
    assume(first.utcoffset() == local.utcoffset() or first.tzname() != abbreviation)  # else nobody can tell them apart
    assert read_date(f"{local:%Y-%m-%d %H:%M:%S} {abbreviation}", ZoneInfo(name)) == (moment, ())


@settings(max_examples=500)
@given(st.sampled_from(ZONES), st.datetimes(datetime(2024, 1, 1), datetime(2026, 12, 31)))  # noqa: DTZ001
def test_no_abbreviation_in_use_is_read_as_another_zones_without_a_warning(name: str, naive: datetime) -> None:
    moment = naive.replace(microsecond=0, tzinfo=UTC)
    local = moment.astimezone(ZoneInfo(name))
    abbreviation = local.tzname() or ""
    assume(abbreviation.isalpha())
    read, warnings = read_date(f"{local:%Y-%m-%d %H:%M:%S} {abbreviation}", UTC)
    assert read == moment or [warning.code for warning in warnings] == ["ambiguous-zone"]
