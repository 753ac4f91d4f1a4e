"""The commands `build`, `check`, `ping` and `schema`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import msgspec

import digest
from digest.cli.many import many_sites
from digest.cli.options import When, destination, edition_key, moment, now_option
from digest.cli.terminal import Run, command, fail_on, is_failed
from digest.problems import count


@click.command()
@click.argument("key", default="")
@now_option("Build as of this moment")
@click.option("--draft", is_flag=True, help="Only write the editions whose windows are open, for a look; send nothing.")
@click.option("--since", type=moment, help="Start the first edition at this moment.")
@click.option("--strict", is_flag=True, help="Write nothing when a post is wrong.")
@click.option("--allow-empty", is_flag=True, help="Build even if published posts are gone or a folder is unreadable.")
@click.option("--jobs", type=click.IntRange(0), default=0, metavar="N", help="Processes to use (default: one a core).")
@click.option("--no-cache", is_flag=True, help="Neither read nor write the cache.")
@click.option("--wait", is_flag=True, help="Wait for a running build to finish instead of exiting.")
@click.option("--copy-to", type=destination, metavar="DESTINATION",
              help="Copy what changed in the output to a folder or to storage: s3://bucket/{name}.")  # fmt: skip
@command
@many_sites
def build(
    run: Run,
    *,
    key: str,
    now: When,
    since: When,
    jobs: int,
    no_cache: bool,
    draft: bool,
    copy_to: str | None,
    **options: Any,
) -> None:
    """Write feeds and the editions that are due, or edition KEY.

    Prints the path of each file that was written.

    \b
    Examples:
      digest build
      digest build --draft               # the editions whose windows are open
      digest build weekly/2026-W47       # again, with what changed since
      digest build --json --quiet        # for a script
      digest build --copy-to s3://bucket/blog
    """
    from digest.pool import WorkerPool

    config = run.config()
    _require_destination(config, copy_to)
    pool = WorkerPool(jobs, progress=run.progress)
    edition = edition_key(config, key)
    options |= {"edition": edition, "since": run.aware(since), "pool": pool, "cache": not no_cache, "say": run.say}
    try:
        if draft:
            _refuse_with_draft({**options, "copy_to": copy_to})
            report = digest.build_draft(config, run.moment(now), wait=options["wait"], pool=pool)
        else:
            report = digest.build(config, run.moment(now), **options)
    except digest.LockedError:
        run.give({"status": "already running"})
        raise
    run.report(report.problems)
    if not config.digests:
        run.say("no digest: digest.toml has no [digests.NAME] table; without a digest.toml there is one, weekly")
    for edition_or_next in (*report.editions, *report.upcoming):
        run.say(str(edition_or_next))
    if copy_to is not None:
        report = _copy(run, config, report, copy_to)
    _give(run, report)
    _say_counts(run, report)
    fail_on(report.problems, config)


def _say_counts(run: Run, report: digest.Report) -> None:
    for path in report.removed:
        run.say(f"{path}: removed, since it is no longer generated")
    files = f"{count(len(report.written), 'file')} written, {report.unchanged} unchanged"
    work = f"{count(report.posts, 'post')}, {report.read} read, {report.rendered} rendered"
    run.say(f"{work}, {files}, {run.seconds():.1f} s")


def _require_destination(config: digest.Config, copy_to: str | None) -> None:
    """Raise before the build what would be wrong with the destination after it."""
    if copy_to is not None:
        from digest.storage import require_destination

        require_destination(config, copy_to)


def _copy(run: Run, config: digest.Config, report: digest.Report, copy_to: str) -> digest.Report:
    """Copy the output of a build that succeeded; return the report with what was copied."""
    from digest.storage import copy_output

    if is_failed(report.problems, config):
        run.say("nothing was copied, since a post is wrong")
        return report
    try:
        done = copy_output(config, copy_to)
    except digest.DigestError:
        _give(run, report)
        raise
    run.report(done.problems)
    run.say(f"{count(done.copied, 'file')} copied to {done.place}, {done.deleted:,} deleted there")
    problems = (*report.problems, *done.problems)
    return msgspec.structs.replace(report, copied=done.copied, deleted=done.deleted, problems=problems)


def _give(run: Run, report: digest.Report) -> None:
    run.give(report, "" if run.quiet else "\n".join(report.written))


def _refuse_with_draft(options: Mapping[str, Any]) -> None:
    """Raise `UsageError` for what says nothing of the open window."""
    if options["edition"]:
        raise click.UsageError("--draft takes no KEY: it shows the open window of each digest")
    for name in ("since", "strict", "allow_empty", "copy_to"):
        if options[name]:
            raise click.UsageError(f"--draft and --{name.replace('_', '-')} do not go together")


@click.command()
@click.option("--links", type=click.Path(path_type=Path, exists=True), metavar="FOLDER|SITEMAP",
              help="Only compare the posts' addresses with the pages that the site's generator wrote.")  # fmt: skip
@now_option("Check as of this moment")
@command
@many_sites
def check(run: Run, *, links: Path | None, now: When) -> None:
    """Report what is wrong in posts, templates and editions.

    Writes nothing.

    \b
    Examples:
      digest check
      digest check --json                # every problem with its place
      digest check --links public        # posts whose address has no page
    """
    config = run.config()
    if links is not None:
        _check_links(run, config, links, now)
        return
    report = digest.check(config, run.moment(now))
    run.report(() if run.as_json else report.problems)
    run.give(report)
    errors = sum(problem.severity == "error" for problem in report.problems)
    warnings = len(report.problems) - errors
    run.say(f"{count(report.posts, 'post')}, {count(errors, 'error')}, {count(warnings, 'warning')}")
    fail_on(report.problems, config)


def _check_links(run: Run, config: digest.Config, source: Path, now: When) -> None:
    """Report the posts that have no page in `source`."""
    from digest.build.links import check_links

    report = check_links(config, source, run.moment(now))
    run.report(() if run.as_json else report.problems)
    run.give(report)
    run.say(f"{report.found:,} of {count(report.posts, 'post')} found at the right address in {source}")
    if report.proposal:
        run.say(report.proposal)
    fail_on(report.problems, config)


@click.command()
@now_option("The moment that decides what is published")
@command
def ping(run: Run, *, now: When) -> None:
    """Notify the hub of what changed since the last time.

    \b
    Examples:
      digest ping                        # after `digest build`
    """
    from digest.build.feeds import ping_changed

    config = run.config()
    topics = ping_changed(config, run.moment(now))
    run.give({"hub": config.feeds.hub, "topics": topics}, "\n".join(topics))
    run.say(f"pinged {config.feeds.hub} for {count(len(topics), 'feed')}")


@click.command()
@click.option("--manifest", is_flag=True, help="Print the schema of an edition's manifest.json instead.")
@click.option("--front-matter", is_flag=True, help="Print the schema of posts' front matter instead.")
@command
def schema(run: Run, *, manifest: bool, front_matter: bool) -> None:
    """Print the JSON Schema of digest.toml.

    \b
    Examples:
      digest schema > digest.schema.json
      digest schema --front-matter > front-matter.schema.json
      digest schema --manifest
    """
    if manifest and front_matter:
        raise click.UsageError("--manifest and --front-matter do not go together")
    if front_matter:
        from digest.collector.front_matter_schema import front_matter_schema as document
    elif manifest:
        from digest.archive.manifest import schema as document
    else:
        from digest.config import config_schema as document
    text = document()
    run.give(msgspec.Raw(text), text.decode().rstrip())
