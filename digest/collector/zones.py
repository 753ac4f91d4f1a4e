"""Abbreviations of time zones. Many are ambiguous: CST has different offsets in Chicago, Shanghai and Havana."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo

UNIVERSAL = frozenset(("z", "ut", "utc", "gmt"))

# Hours of the abbreviations that the IANA database (2025b, 2026f) has with one offset only from 2024 on, and of
# Singapore's, which it had up to 2016j.
HOURS = {
    "acdt": 10.5, "acst": 9.5, "aedt": 11, "aest": 10, "akdt": -8, "akst": -9, "awst": 8, "cat": 2, "cest": 2,
    "cet": 1, "chst": 10, "eat": 3, "edt": -4, "eest": 3, "eet": 2, "hdt": -9, "hkt": 8, "hst": -10, "idt": 3,
    "jst": 9, "kst": 9, "mdt": -6, "mest": 2, "met": 1, "ndt": -2.5, "nst": -3.5, "nzdt": 13, "nzst": 12, "pdt": -7,
    "pkt": 5, "sast": 2, "sgt": 8, "wat": 1, "west": 1, "wet": 0, "wib": 7, "wit": 9, "wita": 8,
}  # fmt: skip
CHANGED = {"msk": "Europe/Moscow"}  # also of one zone only, but with another offset from 2011 to 2014


class Several(NamedTuple):
    """An ambiguous abbreviation: the offset it is read as, in hours, the name of that time, and the other meanings."""

    hours: float
    meaning: str
    others: str


# The default meaning is that of RFC 5322 (section 4.3); else India for IST, and the meaning of most places in the IANA
# database (2026f, or 2016j, the last with GST and ECT). The other meanings are from one of the two, the conflicts that
# PostgreSQL lists (src/timezone/tznames), or names with these initials in CLDR (windowsZones.xml).
AMBIGUOUS = {
    "adt": Several(-3, "Atlantic daylight time", "+04:00 for Iraq"),
    "ast": Several(-4, "Atlantic time", "+03:00 for Arabia"),
    "bst": Several(1, "British summer time", "+06:00 for Bangladesh, +11:00 for Bougainville"),
    "cdt": Several(-5, "North American Central daylight time", "-04:00 for Cuba, +09:00 for China before 1992"),
    "cst": Several(-6, "North American Central time", "+08:00 for China, -05:00 for Cuba, +09:30 for Australia"),
    "ect": Several(-5, "Ecuador's time", "-04:00 for the Eastern Caribbean"),
    "est": Several(-5, "North American Eastern time", "+10:00 for Australia"),
    "gst": Several(4, "Gulf time", "+10:00 for Guam, -02:00 for South Georgia"),
    "ist": Several(5.5, "India's time", "+02:00 for Israel, +01:00 for Ireland"),
    "mst": Several(-7, "North American Mountain time", "+08:00 for Malaysia, +06:30 for Myanmar"),
    "pst": Several(-8, "North American Pacific time", "+08:00 for the Philippines"),
    "sst": Several(-11, "American Samoa's time", "+08:00 for Singapore"),
}


def offset_of(abbreviation: str, naive: datetime, zone: tzinfo) -> timezone | None:
    """Return the one offset that an abbreviation can mean at local time `naive` to people in `zone`.

    It is the offset of `zone` if it has the abbreviation, else that of the only zone that has it. None for an ambiguous
    abbreviation (`AMBIGUOUS`) and for an unknown one.
    """
    key = abbreviation.lower()
    if key in UNIVERSAL:
        return UTC
    if own := _offset_in(zone, key, naive):
        return own
    if key in CHANGED:
        return _offset_in(ZoneInfo(CHANGED[key]), key, naive)
    return timezone(timedelta(hours=HOURS[key])) if key in HOURS else None


def _offset_in(zone: tzinfo, key: str, naive: datetime) -> timezone | None:
    """Return the offset of `zone` when its abbreviation is `key`, in lower case, at or nearest to local `naive`.

    None when `zone` does not use it in the year before or after.
    """
    for moment in _moments_near(naive):
        local = moment.replace(tzinfo=zone)
        offset = local.utcoffset()
        if offset is not None and (local.tzname() or "").lower() == key:
            return timezone(offset)
    return None


def _moments_near(naive: datetime) -> Iterator[datetime]:
    """Yield `naive`, its second occurrence, and local times at growing distance from it, up to a year."""
    yield naive
    yield naive.replace(fold=1)
    for days in range(28, 366, 28):
        yield naive - timedelta(days=days)
        yield naive + timedelta(days=days)
