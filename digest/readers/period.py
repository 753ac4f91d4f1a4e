"""How often a reader gets letters: the periods of her frequency, and which digests are too often for her."""

from datetime import datetime, timedelta

from digest.config import Config, schedule
from digest.localisation import day_of

_RANKS = {"day": 0, "week": 1, "month": 2}


def slower_than(unit: str) -> list[str]:
    """Return the frequencies that are slower than a digest with this unit."""
    return [every for every in _RANKS if _RANKS[every] > _RANKS[unit]]


def unit_of(config: Config, digest: str) -> str:
    """Return the unit of a digest's schedule: day, week or month."""
    return schedule.schedule_of(config, digest).unit


def digests_of(config: Config, every: str) -> list[str]:
    """Return the digests of a site that come exactly `every` so often."""
    return [name for name in config.digests if unit_of(config, name) == every]


def period_of(end: datetime, every: str) -> str:
    """Return the name of the day, week or month in which a window that ends at `end` (in the digest's zone) ends."""
    last = day_of(end - timedelta(microseconds=1), end.tzinfo) if end.tzinfo else end.date()
    if every == "week":
        year, week, _ = last.isocalendar()
        return f"{year}-W{week:02}"
    return f"{last:%Y-%m}" if every == "month" else f"{last:%Y-%m-%d}"
