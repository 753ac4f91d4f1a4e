"""Output of commands: results to standard output, messages to standard error."""

import functools
import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any

import click
import msgspec

from digest.build.families import load_config
from digest.cli.annotations import annotation, escape, on_github
from digest.cli.options import When
from digest.config import Config, find_config
from digest.problems import ContentError, DigestError, Problem, ProblemGroup, fold, is_installed, printable

COLOURS = {"error": "red", "warning": "yellow"}


class Run:
    """One run of a command: the options shared by all commands, and its output."""

    def __init__(self, *, folder: Path, file: Path | None, as_json: bool, quiet: bool) -> None:
        self.folder = folder
        self.file = file
        self.as_json = as_json
        self.quiet = quiet
        self.root = folder  # what the paths of problems are relative to
        self.zone: tzinfo = UTC  # the site's, once the configuration is read
        self.began = time.perf_counter()

    def config(self) -> Config:
        """Return the configuration in force.

        Prints the file's path when it is outside the current folder, and the assumptions made without a file.
        """
        file = self.file or find_config(self.folder)
        if file is not None:
            self.root = file.parent
            if file.is_file() and not file.parent.samefile("."):
                self.say(f"using {file}; paths are relative to its folder")
        config = load_config(self.folder, file)
        self.zone = config.site_zone
        if config.file is None:
            self.say("there is no digest.toml here or in a folder above (digest init writes one), so:")
            for sentence in config.assumed:
                self.say(sentence)
        for sentence in config.adopted:
            self.say(sentence)
        return config

    def aware(self, given: When) -> When:
        """Return the moment of an option, in the site's zone when it has none."""
        return given.replace(tzinfo=self.zone) if given and given.tzinfo is None else given

    def moment(self, given: When) -> datetime:
        """Return the moment of the option `--now`, the current time when it is not given."""
        return self.aware(given) or datetime.now(UTC)

    def seconds(self) -> float:
        """Return how long the command has run, in seconds."""
        return time.perf_counter() - self.began

    def say(self, message: str) -> None:
        """Print a message for the user, unless `--quiet`."""
        if not self.quiet:
            click.echo(printable(message), err=True)

    def progress(self, stage: str, done: int, total: int) -> None:
        """Show progress on a terminal once the run takes over a second; clear it when the stage is done."""
        if self.quiet or not sys.stderr.isatty() or self.seconds() < 1:
            return
        line = f"{stage} {done:,} of {total:,}" if done < total else ""
        click.echo(f"\r\x1b[K{line}", err=True, nl=False)

    def give(self, value: object, text: str = "") -> None:
        """Print a result: `value` as JSON when asked for, else `text`."""
        if self.as_json:
            click.echo(msgspec.json.encode(value).decode())
        elif text:
            click.echo(text)

    def report(self, problems: Iterable[Problem], lead: str = "") -> None:
        """Print problems, each after `lead`; as annotations in GitHub Actions."""
        shown = fold(problems)
        for problem in shown:
            if on_github():
                click.echo(annotation(problem, self.root), err=True)
            elif problem.severity == "error" or not self.quiet:
                show(str(problem) if isinstance(problem, ProblemGroup) else f"{lead}{problem}", problem.severity)
        if any(isinstance(problem, ProblemGroup) for problem in shown):
            self.say("digest check --json names every place")

    def complain(self, error: DigestError) -> None:
        """Print an error that ends the command: its problems, and its message when that says more."""
        self.report(error.problems, lead="error: ")
        if str(error) != "\n".join(map(str, error.problems)):
            complain(str(error))


def complain(message: str) -> None:
    """Print the message of an error that ends the command."""
    if on_github():
        click.echo(f"::error::{escape(message)}", err=True)
    else:
        show(f"error: {message}", "error")


def show(line: str, severity: str) -> None:
    """Print a line, its part before the first colon in the colour of `severity` (not under NO_COLOR, no-color.org)."""
    head, colon, rest = printable(line).partition(": ")
    colour = False if os.environ.get("NO_COLOR") else None
    click.echo(click.style(head, fg=COLOURS[severity]) + colon + rest, err=True, color=colour)


def command(function: Callable[..., None]) -> Callable[..., None]:
    """Add the options shared by all commands, pass them as a `Run`, and exit with the code of a `DigestError`."""

    @click.option("-C", "--folder", type=click.Path(path_type=Path, file_okay=False, exists=True), default=Path(),
                  help="The site's folder (default: this one).")  # fmt: skip
    @click.option("--config", "file", type=click.Path(path_type=Path, dir_okay=False), help="The configuration file.")
    @click.option("--json", "as_json", is_flag=True, help="Print results as JSON.")
    @click.option("-q", "--quiet", is_flag=True, help="Print only errors, and what was asked for.")
    @functools.wraps(function)
    def wrapped(*, folder: Path, file: Path | None, as_json: bool, quiet: bool, **options: Any) -> None:
        run = Run(folder=folder, file=file, as_json=as_json, quiet=quiet)
        try:
            function(run, **options)
        except DigestError as error:
            run.complain(error)
            sys.exit(error.exit_code)

    return wrapped


def fail_on(problems: Iterable[Problem], config: Config) -> None:
    """Exit with the code of `ContentError` when a post was left out, unless `on_error = "skip"`."""
    if is_failed(problems, config):
        sys.exit(ContentError.exit_code)


def is_failed(problems: Iterable[Problem], config: Config) -> bool:
    """Return whether a command with these problems has failed, as `fail_on` says."""
    return config.posts.on_error == "fail" and any(problem.severity == "error" for problem in problems)


WRAPPED = {"title", "state", "not sent"}  # columns of a table whose cells may take several lines
FOLDED = {"title", "path"}  # columns whose words break where a line ends


def table(head: Sequence[str], rows: Sequence[Sequence[str]], *, headed: bool = False) -> None:
    """Print rows: a table that fits the window on a terminal, else a line each with tabs between the values.

    `headed` prints the names of the columns too when it is no terminal. Tables need rich, of the extra `preview`.
    """
    if not sys.stdout.isatty() or not is_installed("rich"):
        for row in [head, *rows] if headed else rows:
            click.echo("\t".join(printable(cell) for cell in row))
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=box.SIMPLE, pad_edge=False)
    for name in head:
        drawn.add_column(name, overflow="fold" if name in FOLDED else "ellipsis", no_wrap=name not in WRAPPED)
    for row in rows:
        drawn.add_row(*(Text(printable(cell)) for cell in row))
    Console(no_color=bool(os.environ.get("NO_COLOR"))).print(drawn)
