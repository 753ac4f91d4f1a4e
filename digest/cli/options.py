"""Option types: moments, time zones, spans of time and destinations. Each function is the `type` of an option."""

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import click

from digest.config import Config
from digest.problems import did_you_mean

When = datetime | None  # naive when the option names no zone
FIRST_YEAR, LAST_YEAR = 1000, 2200  # as of posts
UNITS = {"d": "days", "h": "hours", "m": "minutes"}


def moment(text: str) -> datetime:
    """Return a date or an instant in ISO 8601. Raises `ValueError` for anything else, and for a year out of range."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f'"{text}" is not a date; write 2026-11-23 or 2026-11-23T09:00:00+08:00') from error
    if not FIRST_YEAR <= read.year <= LAST_YEAR:
        raise ValueError(f'"{text}" is not between the years {FIRST_YEAR} and {LAST_YEAR}')
    return read


def zone(name: str) -> ZoneInfo:
    """Return a time zone by its IANA name. Raises `ValueError` when there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:  # unknown, or not a valid name
        hint = did_you_mean(name, available_timezones()) or 'write an IANA name such as "Asia/Shanghai"'
        raise ValueError(f'"{name}" is not a time zone; {hint}') from error


def span(text: str) -> timedelta:
    """Return a span of time: `8d`, `36h` or `90m`. Raises `ValueError` for anything else."""
    number, unit = text[:-1], text[-1:]
    if not number.isdecimal() or unit not in UNITS:
        raise ValueError(f'"{text}" is not a span of time; write 8d, 36h or 90m')
    try:
        return timedelta(**{UNITS[unit]: int(number)})
    except (OverflowError, ValueError) as error:
        raise ValueError("the span is too long; write one such as 8d") from error


def destination(text: str) -> str:
    """Return where output is copied to: a URL, or the absolute path of a folder.

    A process that copies, perhaps on another machine, has a current folder of its own. Raises `ValueError` for an empty
    text, which would be this folder.
    """
    if not text:
        raise ValueError("it is empty; write a folder, or an address such as s3://bucket/blog")
    return text if "://" in text else os.path.abspath(text)  # noqa: PTH100 - links are not to be resolved


def edition_key(config: Config, key: str) -> str:
    """Return the key of an edition, with the name of its digest where there is only one: `weekly/2026-W47`.

    Raises `UsageError` for a key without a digest where there are several.
    """
    if not key or "/" in key:
        return key
    if len(config.digests) == 1:
        return f"{next(iter(config.digests))}/{key}"
    keys = ", ".join(f"{name}/{key}" for name in config.digests) or "a digest that digest.toml has"
    raise click.UsageError(f'"{key}" names no digest; write {keys}')


def now_option(meaning: str) -> Callable[[Any], Any]:
    """Return the option `--now`; `meaning` starts its help text."""
    return click.option(
        "--now", type=moment, help=f"{meaning}, years {FIRST_YEAR} to {LAST_YEAR} (default: the current time)."
    )
