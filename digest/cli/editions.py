"""The commands about editions: which are due, built and sent, and the record of what went out."""

import sys
from collections.abc import Sequence
from datetime import timedelta, tzinfo
from typing import TYPE_CHECKING

import click
import msgspec

import digest
from digest.cli.many import many_sites
from digest.cli.options import When, edition_key, now_option, span
from digest.cli.terminal import Run, command, table
from digest.problems import count

if TYPE_CHECKING:
    from digest.editions.ledger import Item


STATUS = ("digest", "newest", "state", "due", "not sent", "next", "ends", "posts")  # the columns of `digest status`
LISTED = 3  # editions that a cell names


@click.command()
@click.option(
    "--max-age", type=span, metavar="8d", help="Fail when an edition waits and the last one sent is older than this."
)
@now_option("The moment that decides")
@command
@many_sites
def status(run: Run, *, max_age: timedelta | None, now: When) -> None:
    """Show which editions are due, built and sent.

    Says also what the next one will hold.

    \b
    Examples:
      digest status
      digest status --max-age 8d         # for a monitor: ends with 1 when overdue
    """
    config = run.config()
    found = digest.status(config, run.moment(now), max_age)
    if run.as_json:
        run.give(found)
    else:
        _show_table(found)
    for each in found:
        _say_next_steps(run, config, each)
    late = [f"{each.digest} ({each.alarm})" for each in found if each.overdue]
    if late:
        raise digest.DigestError(f"overdue: {', '.join(late)}")


def _show_table(found: "Sequence[digest.DigestStatus]") -> None:
    if sys.stdout.isatty():
        table(STATUS[:-1], [short_row(each) for each in found])  # a window has no room for the posts
    else:
        table(STATUS, [row(each) for each in found], headed=True)


def _say_next_steps(run: Run, config: "digest.Config", found: "digest.DigestStatus") -> None:
    """Say what there is to do about the editions of a digest."""
    for key, step in found.next_steps.items():
        run.say(f"{key}: {step}")
    following = found.upcoming
    if found.waiting:
        run.say(f"{found.waiting}: `digest build` builds it, `digest preview` shows it")
    if following.posts and config.digests[found.digest].approve == "always":
        run.say(f"{following.key}: `digest approve {following.key}` approves it as it is now")
    said = "its note is" if following.has_note else "a note for it goes into"
    run.say(f"{following.key}: {following.contents}; `digest preview` shows it; {said} {following.note}")


def row(found: "digest.DigestStatus") -> tuple[str, ...]:
    """Return a digest as a line of `digest status`, in the order of `STATUS`."""
    following = found.upcoming
    cells = (
        found.digest,
        found.newest,
        found.newest_state,
        found.waiting,
        _short_list(found.unsent),
        following.key,
        following.end.isoformat(timespec="minutes"),
        following.contents,
    )
    return tuple(cell or "-" for cell in cells)


def short_row(found: "digest.DigestStatus") -> tuple[str, ...]:
    """Return a digest as a line of a table in a window: without posts, and keys without the digest's name."""
    end = found.upcoming.end
    left_out = len(found.unsent) - 1
    more = f", {left_out} more" if left_out > 0 else ""
    cells = (
        found.digest,
        _period(found.newest),
        found.newest_state,
        _period(found.waiting),
        _period(found.unsent[-1] if found.unsent else "") + more,
        _period(found.upcoming.key),
        f"{end.day} {end:%b %H:%M}",
    )
    return tuple(cell or "-" for cell in cells)


def _period(key: str) -> str:
    return key.partition("/")[2]


def _short_list(keys: Sequence[str]) -> str:
    """Return the first keys of a list that may be long."""
    left_out = len(keys) - LISTED
    return ", ".join([*keys[:LISTED], *([f"{left_out} more"] if left_out > 0 else [])])


@click.command()
@click.argument("key")
@click.option("--by", default="", metavar="NAME", help="Who approves it; this stands in the ledger.")
@now_option("When it was approved")
@command
def approve(run: Run, *, key: str, by: str, now: When) -> None:
    """Approve edition KEY: it may be sent as it is now.

    The edition whose window is open can be approved before it is built. When it is built with other content, now or
    later, it has to be approved again.

    \b
    Examples:
      digest approve weekly/2026-W47 --by Ann
    """
    config = run.config()
    key = edition_key(config, key)
    manifest = digest.approve(config, key, run.moment(now), by)
    run.give({"key": key, "content_hash": manifest.content_hash, "status": "approved"})
    run.say(f'{key}: approved, "{manifest.subject}" with {count(len(manifest.posts), "post")}')
    for found in digest.status(config, run.moment(now)):
        if found.digest == manifest.digest and key in found.next_steps:
            run.say(f"next: {found.next_steps[key]}")
        if found.upcoming.key == key:
            run.say(f"next: `digest build` at the end of its window, {found.upcoming.end:%A %Y-%m-%d %H:%M}")


@click.command(name="mark-sent")
@click.argument("key")
@click.option("--ref", default="", help="The sender's reference, such as a campaign number.")
@now_option("When it was sent")
@command
def mark_sent(run: Run, *, key: str, ref: str, now: When) -> None:
    """Record that edition KEY was sent.

    \b
    Examples:
      digest mark-sent weekly/2026-W47 --ref "campaign 7"
    """
    config = run.config()
    key = edition_key(config, key)
    new = digest.mark_sent(config, key, run.moment(now), ref)
    run.give({"key": key, "status": "sent" if new else "already sent"})
    run.say(f"{key}: {'marked as sent' if new else 'was marked as sent already'}")


@click.group()
def ledger() -> None:
    """The record of which post went out in which edition."""


@ledger.command()
@command
def rebuild(run: Run) -> None:
    """Rebuild the ledgers from the published editions.

    \b
    Examples:
      digest ledger rebuild
    """
    from digest.archive import locked, rebuild_ledger

    config = run.config()
    with locked(config, wait=True):
        counts = {name: rebuild_ledger(config, name) for name in config.digests}
    run.give(counts, "\n".join(f"{name}\t{number}" for name, number in counts.items()))


@ledger.command()
@click.argument("post")
@command
def show(run: Run, *, post: str) -> None:
    """Show the editions that hold POST, an id, URL or path.

    \b
    Examples:
      digest ledger show content/hello.md
    """
    from digest.archive import load_ledger

    config = run.config()
    ledgers = [load_ledger(config, name) for name in config.digests]
    found = [entry for recorded in ledgers for entry in recorded.lookup(post)]
    if run.as_json:
        run.give([{"edition": key, "post": record(item, config.site_zone)} for key, item in found])
    else:
        table(["edition", "title", "id"], [(key, item.title, item.id) for key, item in found])
    if not found:
        raise digest.DigestError(f"no edition holds {post}")


def record(item: "Item", zone: tzinfo) -> dict[str, object]:
    """Return a post of the ledger as `digest ledger show --json` shows it, its date in `zone`, the site's."""
    from digest.localisation import timestamp

    values: dict[str, object] = msgspec.to_builtins(msgspec.structs.replace(item, text=""))
    return values | {"date": timestamp(item.date, zone)}
