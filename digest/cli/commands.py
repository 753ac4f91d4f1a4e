"""The commands: what they take, what they print and how they end. No logic stands here."""

import errno
import os
import sys
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click
import msgspec

from digest import __version__
from digest.cli.terminal import Moment, Run, Zone, aware, command, complain, count, duration, table
from digest.config import Config, Selection, config_schema, find_config, load_config
from digest.problems import ContentError, DigestError, LockedError, Problem, WriteError


def record(post: "Post", now: datetime, zone: ZoneInfo) -> dict[str, object]:
    """Return a post as `digest list --json` shows it, its dates in `zone`, the site's."""
    from digest.collector.post import UNDATED
    from digest.localisation import timestamp

    return {
        "path": post.path,
        "title": post.typed_title or post.title,
        "date": None if post.date == UNDATED else timestamp(post.date, zone),
        "tags": post.tags,
        "draft": post.draft,
        "slug": post.slug,
        "url": post.url,
        "id": post.id,
        "lang": post.language,
        "image": post.image.url if post.image else None,
        "summary": post.summary,
        "updated": timestamp(post.updated, zone) if post.updated else None,
        "authors": [author.name for author in post.authors],
        "state": post.state(now),
    }


def recorded(item: "Item", zone: ZoneInfo) -> dict[str, object]:
    """Return a post of the ledger as `digest ledger show --json` shows it, its date in `zone`, the site's."""
    from digest.localisation import timestamp

    values: dict[str, object] = msgspec.to_builtins(item)
    return values | {"date": timestamp(item.date, zone)}


def row(post: "Post", now: datetime, zone: ZoneInfo) -> tuple[str, ...]:
    """Return a post as a line of `digest list`, its date in `zone`, the site's."""
    from digest.collector.post import UNDATED

    date = "-" if post.date == UNDATED else post.date.astimezone(zone).strftime("%Y-%m-%d %H:%M")
    return date, post.state(now), post.title, ", ".join(post.tags), post.path


def fail_on(problems: Iterable[Problem], config: Config) -> None:
    """End with the exit code of bad content when a post was left out and the configuration does not allow it."""
    if config.posts.on_error == "fail" and any(problem.severity == "error" for problem in problems):
        sys.exit(ContentError.exit_code)


if TYPE_CHECKING:
    from digest.collector.post import Post
    from digest.editions.ledger import Item


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="digest")
def cli() -> None:
    """Feeds and a reliable e-mail digest from a folder of Markdown posts."""


@cli.command()
@click.option("--now", type=Moment(), help="Build as of this moment (default: the clock's).")
@click.option("--edition", metavar="KEY", help="Build this edition, such as weekly/2026-W47.")
@click.option("--since", type=Moment(), help="The first edition goes back to this moment.")
@click.option("--strict", is_flag=True, help="Write nothing when a post is wrong.")
@click.option("--allow-empty", is_flag=True, help="Build though published posts are gone or a folder is unreadable.")
@click.option("--jobs", type=click.IntRange(0), default=0, help="Processes to use (default: as many as pay).")
@click.option("--no-cache", is_flag=True, help="Use and keep no memory of earlier builds.")
@click.option("--wait", is_flag=True, help="Wait for a run that is under way instead of leaving it to it.")
@command
def build(
    run: Run,
    now: datetime | None,
    edition: str | None,
    since: datetime | None,
    jobs: int,
    *,
    strict: bool,
    allow_empty: bool,
    no_cache: bool,
    wait: bool,
) -> None:
    """Write the feeds and the editions that are due; print each file written."""
    from digest.build.job import build as run_build
    from digest.pool import WorkerPool

    began = time.perf_counter()
    config = run.config()
    try:
        report = run_build(
            config,
            aware(now, config) if now else datetime.now(UTC),
            edition=edition or "",
            since=aware(since, config) if since else None,
            strict=strict,
            allow_empty=allow_empty,
            wait=wait,
            pool=WorkerPool(jobs, progress=run.progress),
            cache=not no_cache,
            say=run.say,
        )
    except LockedError:
        run.say("already running: another build holds the lock")
        run.give({"status": "already running"}, "")
        return
    run.report(report.problems)
    for outcome in report.editions:
        run.say(f"{outcome.key}: {outcome.status}" + (f" ({outcome.message})" if outcome.message else ""))
    run.give(report, "\n".join(report.written))
    for path in report.removed:
        run.say(f"{path}: removed, since nothing is in it any more")
    files = f"{count(len(report.written), 'file')} written, {report.unchanged} unchanged"
    work = f"{count(report.posts, 'post')}, {report.read} read, {report.rendered} rendered"
    run.say(f"{work}, {files}, {time.perf_counter() - began:.1f} s")
    fail_on(report.problems, config)


@cli.command()
@click.option("--now", type=Moment(), help="Check as of this moment (default: the clock's).")
@command
def check(run: Run, now: datetime | None) -> None:
    """Report everything that is wrong in the posts, the templates and the editions; write nothing."""
    from digest.build.check import check as run_check

    config = run.config()
    report = run_check(config, aware(now, config) if now else datetime.now(UTC))
    run.report(() if run.as_json else report.problems)
    errors = sum(problem.severity == "error" for problem in report.problems)
    run.give(report, "")
    run.say(f"{count(report.posts, 'post')}, {count(errors, 'error')}, "
            f"{count(len(report.problems) - errors, 'warning')}")  # fmt: skip
    fail_on(report.problems, config)


@cli.command(name="list")
@click.option("--tag", "any_", multiple=True, metavar="TAG", help="Only posts with this tag (or one of several).")
@click.option("--every-tag", "all_", multiple=True, metavar="TAG", help="Only posts with each of these tags.")
@click.option("--no-tag", "none", multiple=True, metavar="TAG", help="No posts with this tag.")
@click.option("--lang", default="", help="Only posts in this language.")
@click.option("--since", type=Moment(), help="Only posts dated at or after this moment.")
@click.option("--until", type=Moment(), help="Only posts dated before this moment.")
@click.option("--limit", type=click.IntRange(1), help="At most so many, the newest first.")
@click.option("--all", "everything", is_flag=True, help="Drafts, future and expired posts too, with their state.")
@click.option("--now", type=Moment(), help="The moment that decides what is published (default: the clock's).")
@command
def list_(
    run: Run,
    any_: tuple[str, ...],
    all_: tuple[str, ...],
    none: tuple[str, ...],
    lang: str,
    since: datetime | None,
    until: datetime | None,
    limit: int | None,
    now: datetime | None,
    *,
    everything: bool,
) -> None:
    """Show the posts that are collected, newest first: a table on a terminal, JSON Lines with --json."""
    from digest.collector.collect import collect_remembered
    from digest.collector.select import published, select

    config = run.config()
    at = aware(now, config) if now else datetime.now(UTC)
    collection = collect_remembered(config)
    run.report(collection.problems)
    posts = collection.posts if everything else published(collection.posts, at)
    zone = ZoneInfo(config.site.timezone)
    chosen = select(
        posts,
        Selection(any=any_, all=all_, none=none),
        since=aware(since, config) if since else None,
        until=aware(until, config) if until else None,
        language=lang,
        limit=limit,
    )
    if run.as_json:
        sys.stdout.write("".join(msgspec.json.encode(record(post, at, zone)).decode() + "\n" for post in chosen))
    else:
        table(["date", "state", "title", "tags", "path"], [row(post, at, zone) for post in chosen])
    run.say(count(len(chosen), "post"))
    fail_on(collection.problems, config)


@cli.command()
@click.option("--max-age", metavar="8d", help="Fail when a digest has something waiting for longer than this.")
@click.option("--now", type=Moment(), help="The moment that decides (default: the clock's).")
@command
def status(run: Run, max_age: str | None, now: datetime | None) -> None:
    """Show which editions are due, built and sent."""
    from digest.build import status as job

    config = run.config()
    at = aware(now, config) if now else datetime.now(UTC)
    standings = job.status(config, at, duration(max_age) if max_age else None)
    if run.as_json:
        run.give(standings, "")
    else:
        table(
            ["digest", "newest", "state", "due", "not sent", "next"],
            [
                (s.digest, s.newest or "-", s.newest_state or "-", s.waiting or "-", ", ".join(s.unsent) or "-",
                 s.next_end.isoformat(timespec="minutes"))
                for s in standings
            ],
        )  # fmt: skip
    late = [standing.digest for standing in standings if standing.overdue]
    if late:
        raise DigestError(f"overdue for more than {max_age}: {', '.join(late)}")


@cli.command(name="mark-sent")
@click.argument("key")
@click.option("--ref", default="", help="The sender's own name for it, such as a campaign's number.")
@click.option("--now", type=Moment(), help="When it was sent (default: now).")
@command
def mark_sent(run: Run, key: str, ref: str, now: datetime | None) -> None:
    """Record that edition KEY, such as weekly/2026-W47, was sent."""
    from digest import archive

    config = run.config()
    new = archive.mark_sent(config, key, aware(now, config) if now else datetime.now(UTC), ref)
    run.give({"key": key, "status": "sent" if new else "already sent"}, "")
    run.say(f"{key}: {'marked as sent' if new else 'was marked as sent already'}")


@cli.group()
def ledger() -> None:
    """The record of which post went out in which edition."""


@ledger.command()
@command
def rebuild(run: Run) -> None:
    """Make the ledgers anew from the published editions."""
    from digest import archive

    config = run.config()
    with archive.locked(config, wait=True):
        counts = {name: archive.rebuild_ledger(config, name) for name in config.digests}
    run.give(counts, "\n".join(f"{name}\t{number}" for name, number in counts.items()))


@ledger.command()
@click.argument("post")
@command
def show(run: Run, post: str) -> None:
    """Show the editions that hold POST, an id, URL or path."""
    from digest import archive

    config = run.config()
    found = [row for name in config.digests for row in archive.load_ledger(config, name).lookup(post)]
    if run.as_json:
        zone = ZoneInfo(config.site.timezone)
        run.give([{"edition": key, "post": recorded(item, zone)} for key, item in found], "")
    else:
        table(["edition", "title", "id"], [(key, item.title, item.id) for key, item in found])
    if not found:
        raise DigestError(f"no edition holds {post}")


@cli.command()
@click.option("--now", type=Moment(), help="The moment that decides what is published (default: the clock's).")
@command
def ping(run: Run, now: datetime | None) -> None:
    """Tell the WebSub hub which feeds the last build changed."""
    from digest.build.feeds import changed_topics
    from digest.feeds import ping as ping_hub

    config = run.config()
    topics = changed_topics(config, aware(now, config) if now else datetime.now(UTC))
    ping_hub(topics, config)
    run.give({"hub": config.feeds.hub, "topics": topics}, "\n".join(topics))
    run.say(f"told {config.feeds.hub} of {count(len(topics), 'feed')}")


@cli.command()
@click.argument("key", default="")
@click.option("--port", type=click.IntRange(1, 65535), help="The port to listen on (default: 8470, or a free one).")
@click.option("--no-browser", is_flag=True, help="Open no browser.")
@click.option("--now", type=Moment(), help="Show what a build at this moment would make (default: the clock's).")
@command
def preview(run: Run, key: str, port: int | None, now: datetime | None, *, no_browser: bool) -> None:
    """Show edition KEY, or the one that is due, and the feeds in the browser, reloading as you write."""
    from digest.preview import server as job
    from digest.preview.rehearse import rehearse

    file = run.config().file  # kept, so that the site of a folder above is not shown while an editor replaces it
    job.serve(
        lambda: load_config(run.folder, file),
        lambda config: rehearse(config, aware(now, config) if now else datetime.now(UTC)),
        say=run.say,
        key=key,
        port=port,
        open_browser=not no_browser,
    )


@cli.command()
@click.option("--manifest", is_flag=True, help="The schema of an edition's manifest.json instead.")
@command
def schema(run: Run, *, manifest: bool) -> None:
    """Print the JSON Schema of digest.toml."""
    if manifest:
        from digest.archive import manifest as source

        document = source.schema()
    else:
        document = config_schema()
    run.give(msgspec.Raw(document), document.decode().rstrip())


@cli.command()
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False))
@click.option("--with", "recipes", multiple=True, type=click.Choice(["github-action", "systemd", "cron"]),
              help="Also write what runs it on a schedule.")  # fmt: skip
@click.option("--timezone", type=Zone(), default="UTC", help="The site's time zone, an IANA name.")
@click.option("--now", type=Moment(), help="The moment the first post is dated before (default: the clock's).")
@command
def init(run: Run, directory: Path, recipes: tuple[str, ...], timezone: str, now: datetime | None) -> None:
    """Write a new site that builds at once into DIRECTORY."""
    from digest.cli import init as job

    folder = run.folder / directory
    outer = find_config(folder)
    at = now or datetime.now(UTC)
    at = at if at.tzinfo else at.replace(tzinfo=ZoneInfo(timezone))
    written = job.init(folder, now=at, timezone=timezone, recipes=recipes)
    run.give({"written": written}, "\n".join(str(folder / path) for path in written))
    if outer is not None:
        run.say(f"warning: {folder} lies inside the site of {outer}, which may collect its posts too")
    run.say(f"next: cd {folder} && digest build")


def main() -> None:
    """Run the command line; every error ends with a message for the person and its exit code."""
    try:
        try:
            cli(standalone_mode=False)
        finally:
            sys.stdout.flush()
    except click.exceptions.Exit as ending:
        sys.exit(ending.exit_code)
    except click.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except DigestError as error:
        complain(error)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        discard_output()
        sys.exit(141)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)  # what standard output goes to
        discard_output()
        where, why = error.filename or ("standard output" if full else ""), error.strerror or str(error)
        failed = (WriteError if full else DigestError)(f"{where}: {why}" if where else why)
        complain(failed)
        sys.exit(failed.exit_code)


def discard_output() -> None:
    """Let what standard output still holds, and can not take, go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
