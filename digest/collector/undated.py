"""Dates for posts that have none: from a number or a date in the file's name, git's history, or the file's own time.

Only what `[posts.undated]` names is used, in its order; by default an undated post is a problem.
"""

import re
import subprocess
from calendar import monthrange
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from typing import NamedTuple

from digest.collector.dates import DateError, read_date, zone_of
from digest.collector.scan import content_folder
from digest.config import schedule
from digest.config.schema import Config
from digest.problems import Problem

_YEAR_AND_MONTH = re.compile(r"(\d{4})[-_.]?(\d\d)", re.ASCII)
_GIT = ("git", "-c", "core.quotePath=off", "-c", "core.fsmonitor=false")
_COMMIT = "commit "


class FoundDates(NamedTuple):
    """The dates found, aware, by path; and what went wrong."""

    dates: Mapping[str, datetime]
    problems: tuple[Problem, ...] = ()


def find_dates(config: Config, paths: Iterable[str]) -> FoundDates:
    """Return a date for each of the content files `paths` that has one in the places of `[posts.undated]`."""
    undated = config.posts.undated
    dates: dict[str, datetime] = {}
    problems: tuple[Problem, ...] = ()
    missing = list(paths)
    for source in undated.sources if missing else ():
        if source == "name":
            found = FoundDates(_dates_in_names(config, missing))
        elif source == "git":
            found = _first_commits(config)
        else:
            found = FoundDates(_file_times(config, missing))
        dates |= {path: found.dates[path] for path in missing if path in found.dates}
        problems += found.problems
        missing = [path for path in missing if path not in dates]
    return FoundDates(dates, problems)


def history_stamp(config: Config) -> str:
    """Return what changes when git's history does; an empty text where there is none."""
    return _git(config, "rev-parse", "HEAD") or ""


# --- names


def _dates_in_names(config: Config, paths: Iterable[str]) -> dict[str, datetime]:
    pattern = re.compile(config.posts.undated.pattern)
    found = ((path, pattern.search(PurePosixPath(path).stem)) for path in paths)
    dates = {path: _date_of_match(config, match) for path, match in found if match}
    return {path: moment for path, moment in dates.items() if moment is not None}


def _date_of_match(config: Config, match: re.Match[str]) -> datetime | None:
    """Return the date that a name gives: a date, a year and a month, or the number of an issue."""
    parts = match.groupdict()
    text = match[1]
    if "year" in parts:
        text = "-".join(parts[name] or "1" for name in ("year", "month", "day") if name in parts)
    undated = config.posts.undated
    if undated.first and text.isdecimal():
        return _issue_date(config, int(text))
    month = _YEAR_AND_MONTH.fullmatch(text)
    try:
        return read_date(f"{month[1]}-{month[2]}-01" if month else text, zone_of(config.site.timezone))[0]
    except DateError:
        return None


def _issue_date(config: Config, number: int) -> datetime | None:
    """Return the date of issue `number`, counted from `first`, the date of number 1."""
    undated = config.posts.undated
    zone = zone_of(config.site.timezone)
    first, _ = read_date(undated.first, zone)
    step = schedule.parse(undated.every, "", "UTC")
    ahead = (number - 1) * step.count
    try:
        if step.unit == "month":
            return _months_later(first, ahead)
        return first + timedelta(days=ahead * (7 if step.unit == "week" else 1))
    except (ValueError, OverflowError):
        return None


def _months_later(first: datetime, months: int) -> datetime:
    """Return the same day and time `months` later, or the month's last day when it is shorter."""
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    last_day = monthrange(year, month + 1)[1]
    return first.replace(year=year, month=month + 1, day=min(first.day, last_day))


# --- files and git


def _file_times(config: Config, paths: Iterable[str]) -> dict[str, datetime]:
    """Return when each file was last changed, to the second."""
    times = {}
    for path in paths:
        try:
            times[path] = datetime.fromtimestamp(int((config.root / path).stat().st_mtime), UTC)
        except OSError:  # it was removed; reading it says so
            continue
    return times


def _first_commits(config: Config) -> FoundDates:
    """Return the author's date of the commit that added each content file, through renames."""
    folder = content_folder(config) or "."
    if _git(config, "rev-parse", "--is-shallow-repository") == "true":
        hint = "fetch the whole history, in GitHub's checkout with fetch-depth: 0"
        message = "git has only the newest commits here, so that no file's first one is known"
        return FoundDates({}, (Problem(folder, 0, 0, "git-history", message, hint, "warning"),))
    log = _git(
        config, "log", "--reverse", "--diff-filter=AR", "--find-renames", "--name-status", "--relative", "-z",
        f"--format={_COMMIT}%aI", "--", folder,
    )  # fmt: skip
    if log is None:
        hint = 'delete "git" from posts.undated.sources where there is no repository'
        message = "git has no history of this folder"
        return FoundDates({}, (Problem(folder, 0, 0, "git-history", message, hint, "warning"),))
    return FoundDates(_dates_in_log(log))


def _dates_in_log(log: str) -> dict[str, datetime]:
    """Return the date of each path in the output of `git log -z --name-status`, oldest commit first."""
    dates: dict[str, datetime] = {}
    moment = datetime.now(UTC)
    words = iter(log.split("\0"))
    for word in words:
        word = word.strip("\n")
        if word.startswith(_COMMIT):
            moment = datetime.fromisoformat(word.removeprefix(_COMMIT).strip())
        elif word == "A":
            dates.setdefault(next(words), moment)
        elif word.startswith("R"):
            before, after = next(words), next(words)
            dates[after] = dates.get(before, moment)
    return dates


def _git(config: Config, *arguments: str) -> str | None:
    """Return the output of a git command in the site's folder; None when it fails or there is no git."""
    try:
        ended = subprocess.run([*_GIT, "-C", config.root, *arguments], capture_output=True, check=False)
    except OSError:
        return None
    return ended.stdout.decode("utf-8", "surrogateescape").strip() if ended.returncode == 0 else None
