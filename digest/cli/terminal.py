"""How commands talk: results to standard output, messages to standard error, problems where they can be acted on.

Kept apart from `cli` so that the commands there read as a list of what the program does.
"""

import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, available_timezones

import click
import msgspec

from digest.config import Config, find_config, load_config
from digest.problems import DigestError, Problem, did_you_mean, printable

# Windows before and after a moment must lie within the calendar's years 1 to 9999: 999 months are 83 years.
FIRST_YEAR, LAST_YEAR = 1000, 9000

F = TypeVar("F", bound=Callable[..., Any])


class Run:
    """What every command shares: the options that stand before or after its name."""

    def __init__(self, *, folder: Path, file: Path | None, as_json: bool, quiet: bool) -> None:
        self.folder = folder
        self.file = file
        self.as_json = as_json
        self.quiet = quiet
        self._began = time.perf_counter()

    def config(self) -> Config:
        """Return the configuration in force.

        Says which file it is from when that is not in the current folder, and without a file what is assumed.
        """
        file = self.file or find_config(self.folder)
        if file is not None and file.is_file() and not file.parent.samefile("."):
            self.say(f"using {file}; paths are relative to its folder")
        config = load_config(self.folder, file)
        if config.file is None:
            missing = "there is no digest.toml here or in a folder above (digest init writes one), so:"
            for sentence in (missing, *config.assumed):
                self.say(sentence)
        return config

    def say(self, message: str) -> None:
        """Print a message for the person, unless they asked for quiet."""
        if not self.quiet:
            click.echo(printable(message), err=True)

    def progress(self, stage: str, done: int, total: int) -> None:
        """Show on a terminal how far a run is that has lasted over a second; gone again when the stage is done."""
        if self.quiet or not sys.stderr.isatty() or time.perf_counter() - self._began < 1:
            return
        line = f"{stage} {done:,} of {total:,}" if done < total else ""
        click.echo(f"\r\x1b[K{line}", err=True, nl=False)

    def report(self, problems: Iterable[Problem]) -> None:
        """Print problems to standard error, and as annotations where GitHub reads them."""
        for problem in sorted(set(problems)):
            if os.environ.get("GITHUB_ACTIONS"):
                click.echo(_annotation(problem), err=True)
            elif not (self.quiet and problem.severity == "warning"):
                colour = "red" if problem.severity == "error" else "yellow"
                place, rest = printable(problem.place), str(problem)[len(printable(problem.place)) :]
                click.echo(click.style(place, fg=colour) + rest, err=True, color=_colour())

    def give(self, value: object, text: str) -> None:
        """Print a result: `value` as JSON when asked for, else `text`."""
        if self.as_json:
            click.echo(msgspec.json.encode(value).decode())
        elif text:
            click.echo(text)


def _colour() -> bool | None:
    """Whether messages are coloured: never under NO_COLOR (no-color.org), else as click sees the terminal."""
    return False if os.environ.get("NO_COLOR") else None


def _annotation(problem: Problem) -> str:
    """A GitHub workflow command; its values escaped as actions/toolkit does."""

    def escape(text: str, *, value: bool) -> str:
        text = printable(text).replace("%", "%25")
        return text.replace(":", "%3A").replace(",", "%2C") if value else text

    place = f"file={escape(problem.path, value=True)}"
    place += f",line={problem.line}" if problem.line else ""
    place += f",col={problem.column}" if problem.column else ""
    text = problem.message + (f" ({problem.hint})" if problem.hint else "")
    return f"::{problem.severity} {place},title={problem.code}::{escape(text, value=False)}"


def command(function: F) -> F:
    """Give a command the options that all share, and a `Run` made of them."""

    @click.option("-C", "--folder", type=click.Path(path_type=Path, file_okay=False, exists=True), default=Path(),
                  help="The site's folder (default: this one).")  # fmt: skip
    @click.option("--config", "file", type=click.Path(path_type=Path, dir_okay=False), help="The configuration file.")
    @click.option("--json", "as_json", is_flag=True, help="Print results as JSON.")
    @click.option("-q", "--quiet", is_flag=True, help="Say only what is wrong.")
    def wrapped(folder: Path, file: Path | None, as_json: bool, quiet: bool, **options: Any) -> Any:  # noqa: FBT001
        return function(Run(folder=folder, file=file, as_json=as_json, quiet=quiet), **options)

    wrapped.__name__, wrapped.__doc__ = function.__name__, function.__doc__
    if hasattr(function, "__click_params__"):
        wrapped.__click_params__ += function.__click_params__  # type: ignore[attr-defined]
    return wrapped  # type: ignore[return-value]


class Moment(click.ParamType):  # type: ignore[type-arg]  # generic in the newest click only
    """A date or an instant in ISO 8601; without a zone it is in the site's, which only the command knows."""

    name = "moment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return a datetime, naive when `value` names no zone. Raises a usage error for what is no date, or too far."""
        try:
            moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        except ValueError:
            self.fail(f'"{value}" is not a date; write 2026-11-23 or 2026-11-23T09:00:00+08:00', param, ctx)
        if not FIRST_YEAR <= moment.year <= LAST_YEAR:
            self.fail(f'"{value}" is not between the years {FIRST_YEAR} and {LAST_YEAR}', param, ctx)
        return moment


class Zone(click.ParamType):  # type: ignore[type-arg]  # generic in the newest click only
    """A time zone by its IANA name."""

    name = "zone"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the name. Raises a usage error when there is no such zone."""
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):  # not there, or no name at all
            hint = did_you_mean(value, available_timezones()) or 'write an IANA name such as "Asia/Shanghai"'
            self.fail(f'"{value}" is not a time zone; {hint}', param, ctx)
        return str(value)


def aware(moment: datetime, config: Config) -> datetime:
    """Return `moment` with the site's zone when it has none."""
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(config.site.timezone))


def duration(text: str) -> timedelta:
    """Return a span such as `8d`, `36h` or `90m`. Raises a usage error for anything else."""
    units = {"d": "days", "h": "hours", "m": "minutes"}
    if not text[:-1].isdecimal() or text[-1:] not in units:
        raise click.BadParameter(f'"{text}" is not a span of time; write 8d, 36h or 90m')
    try:
        return timedelta(**{units[text[-1]]: int(text[:-1])})
    except (OverflowError, ValueError) as error:
        raise click.BadParameter("the span is too long; write one such as 8d") from error


def count(number: int, noun: str) -> str:
    """Return `1 post`, `1,234 posts`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def complain(error: DigestError) -> None:
    """Print an error that ends a command: its problems when it has some, else its message."""
    for line in [str(problem) for problem in error.problems] or [str(error)]:
        click.echo(click.style("error: ", fg="red") + printable(line), err=True, color=_colour())


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows: a table that fits the window on a terminal, else a line each with tabs between the values."""
    if not sys.stdout.isatty():
        for row in rows:
            click.echo("\t".join(printable(cell) for cell in row))
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=box.SIMPLE, pad_edge=False)
    for name in head:
        drawn.add_column(name, overflow="fold" if name == "path" else "ellipsis", no_wrap=name != "title")
    for row in rows:
        drawn.add_row(*(Text(printable(cell)) for cell in row))
    Console(no_color=bool(os.environ.get("NO_COLOR"))).print(drawn)
