"""The options `--all`, `--list`, `--changed-since`, `--jobs` and `--cluster`: a command in many sites.

Each site is worked on by one process, with one line of JSON as its result; an error in one never ends another.
"""

import functools
import inspect
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from digest.cli.site_work import SiteResult, run_in_sites
from digest.cli.terminal import Run, complain
from digest.problems import count

if TYPE_CHECKING:
    from digest.cli.executors import ExecutorFactory

_OWN = ("all_sites", "listed", "changed_since", "cluster")


JOBS = click.option("--jobs", type=click.IntRange(0), default=0, metavar="N", help="With --all: how many at a time.")


def many_sites(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options to a command; with `--all` or `--list` it is run in each of those sites.

    The command has an option `--jobs`, which is `JOBS` where it means nothing in a single site.
    """

    keeps_jobs = "jobs" in inspect.signature(function).parameters

    @click.option(
        "--all", "all_sites", multiple=True, metavar="PATTERN", help="In every site of this pattern: 'sites/*'."
    )
    @click.option("--list", "listed", type=click.Path(path_type=Path), metavar="FILE", help="In the sites FILE names.")
    @click.option("--changed-since", default="", metavar="REF", help="Of those only sites that changed since a commit.")
    @click.option("--cluster", default="", metavar="ADDRESS", help="On a cluster: tcp://host:8786 is one of Dask.")
    @functools.wraps(function)
    def wrapped(run: Run, **options: Any) -> None:
        own = {name: options.pop(name) for name in _OWN}
        if not own["all_sites"] and own["listed"] is None:
            _refuse_alone(own)
            function(run, **{name: value for name, value in options.items() if name != "jobs" or keeps_jobs})
            return
        _run_in_each(run, own, options)

    return wrapped


def _run_in_each(run: Run, own: dict[str, Any], options: dict[str, Any]) -> None:
    """Run the command with its `options` in each site that the options of `many_sites`, `own`, ask for."""
    from digest.cli.executors import Processes, executors_at

    folders = _folders(run, own, options.get("copy_to"))
    arguments = _arguments(click.get_current_context(), options)
    executors: ExecutorFactory = Processes(options.get("jobs") or 0)
    if own["cluster"]:
        executors = executors_at(own["cluster"])
    _report(run, _results(executors, arguments, folders, run), len(folders))


def _folders(run: Run, own: dict[str, Any], copy_to: str | None) -> list[str]:
    """Return the absolute paths of the sites."""
    from digest.cli.site_folders import changed_sites, find_sites

    sites = find_sites(run.folder, own["all_sites"], own["listed"])
    if copy_to:
        _refuse_shared_destination(copy_to, [(run.folder / site).resolve() for site in sites])
    if own["changed_since"]:
        sites = changed_sites(run.folder, sites, own["changed_since"])
    return [str((run.folder / site).resolve()) for site in sites]


def _refuse_alone(own: dict[str, Any]) -> None:
    for name in ("changed_since", "cluster"):
        if own[name]:
            raise click.UsageError(f"--{name.replace('_', '-')} goes with --all or --list")


def _refuse_shared_destination(destination: str, sites: Sequence[Path]) -> None:
    """Raise `UsageError` when two of the sites would overwrite each other at the destination."""
    if "{name}" not in destination:
        raise click.UsageError(
            f"--copy-to {destination}: for many sites it needs {{name}}, the name of each site's folder"
        )
    known: dict[str, Path] = {}
    for site in sites:
        other = known.setdefault(site.name, site)
        if other != site:
            raise click.UsageError(f"--copy-to {destination}: {other} and {site} have the same name")


def _arguments(context: click.Context, options: dict[str, Any]) -> tuple[str, ...]:
    """Return the command as it is to be run in each site: its name and those of its options that were given."""
    given: list[str] = [context.info_name or ""]
    for parameter in context.command.params:
        name = parameter.name or ""
        value = options.get(name)
        if name == "jobs":
            given += ["--jobs", "1"]
        elif name not in options or value == parameter.get_default(context) or value is None:
            continue
        elif isinstance(parameter, click.Option):
            given += _option(parameter, value)
        else:
            raise click.UsageError(f"{name.upper()} does not go together with --all or --list")
    return tuple(given)


def _option(option: click.Option, value: Any) -> Iterator[str]:
    values = value if option.multiple else [value]
    for each in values:
        yield option.opts[-1]
        if not option.is_flag:
            yield each.isoformat() if hasattr(each, "isoformat") else str(each)


def _results(
    executors: "ExecutorFactory", arguments: tuple[str, ...], sites: Sequence[str], run: Run
) -> Iterator[SiteResult]:
    """Yield the results of sites as they come, and show how many there are."""
    from digest.cli.site_scheduler import SiteScheduler

    shown = {site: os.path.relpath(site) for site in sites}
    made = SiteScheduler(executors, functools.partial(run_in_sites, arguments)).run(sites)
    for number, result in enumerate(made, 1):
        run.progress("sites", number, len(sites))
        yield SiteResult(shown[result.site], result.exit_code, result.seconds, result.result, result.messages)


def _report(run: Run, results: Iterator[SiteResult], total: int) -> None:
    """Print a line for each site; end with 1 when one failed."""
    failed = 0
    for result in results:
        failed += result.exit_code != 0
        if run.as_json:
            run.give(result)
        elif result.exit_code:
            said = "; ".join(message.removeprefix("error: ") for message in result.messages)
            complain(f"{result.site}: {said or 'failed'} (exit code {result.exit_code})")
        elif not run.quiet:
            click.echo(f"{result.site}\tok\t{result.seconds:.1f} s")
    run.say(f"{count(total, 'site')}, {failed:,} failed, {run.seconds():.1f} s")
    if failed:
        sys.exit(1)
