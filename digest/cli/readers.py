"""The commands `digest readers` and `digest plan`: the readers whom the program keeps itself, and what they get."""

import csv
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from digest.cli.options import When, edition_key, moment
from digest.cli.terminal import Run, command, table
from digest.config import Config
from digest.problems import DigestError, count

if TYPE_CHECKING:
    from digest.readers import PlanReport, Subscriber, Subscribers

SAMPLED = 10  # letters that `digest plan` shows


@click.group()
def readers() -> None:
    """Keep the readers of the site.

    Imports, exports and forgets them, and says how many there are.

    \b
    Examples:
      digest readers import readers.csv --dry-run
      digest readers status
    """


@readers.command(name="import")
@click.argument("source", metavar="FILE", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--dry-run", is_flag=True, help="Say what would change; change nothing.")
@command
def import_command(run: Run, *, source: Path, dry_run: bool) -> None:
    """Take in the readers of FILE: a table (CSV) with the columns address, tags, language, every, state and since.

    Readers are added and changed. Nobody is removed, and nobody is woken who left or is suppressed. Exports of
    listmonk, Mailchimp and Mailman are read too, and lists with an address a line.

    \b
    Examples:
      digest readers import readers.csv --dry-run
      digest readers import readers.csv
    """
    from digest.readers import import_readers, open_readers, read_table

    config = run.config()
    rows = read_table(source, config.site_zone)
    with open_readers(config) as database:
        found = import_readers(database, rows, source=source.name, dry_run=dry_run)
    run.give(found)
    words = [f"{found.added:,} added", f"{found.changed:,} changed", f"{found.unchanged:,} as they were"]
    words += [f"{found.ended:,} get nothing more"] if found.ended else []
    words += [f"{found.kept_away:,} not woken, who left or are suppressed"] if found.kept_away else []
    run.say(f"{'would be: ' if dry_run else ''}{', '.join(words)}")


@readers.command()
@click.argument("address", default="")
@command
def export(run: Run, *, address: str) -> None:
    """Print all readers as a table (CSV), or everything that is kept of the one with ADDRESS as JSON.

    \b
    Examples:
      digest readers export > readers.csv
      digest readers export ann@example.org
    """
    import msgspec

    from digest.readers import COLUMNS, data_of, row_of

    with _opened(run) as (database, subscribers):
        if address:
            found = data_of(database, subscribers, _reader(subscribers, address))
            click.echo(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
            return
        rows = (row_of(reader) for reader in subscribers.all())
        if run.as_json:
            run.give(list(rows))
            return
        writer = csv.DictWriter(sys.stdout, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


@readers.command()
@command
def status(run: Run) -> None:
    """Say how many readers there are, and what became of the newest runs.

    \b
    Examples:
      digest readers status --json
    """
    from digest.readers import readers_status

    with _opened(run) as (database, _):
        found = readers_status(database)
    if run.as_json:
        run.give(found)
        return
    states = [(state, f"{number:,}") for state, number in found.readers.items()]
    table(("readers", "number"), [*states, ("suppressed addresses", f"{found.suppressed:,}")])
    for each in found.runs:
        letters = ", ".join(f"{number:,} {state}" for state, number in each.letters.items()) or "no letters"
        click.echo(f"{each.key}: {letters}{'' if each.finished else '; not finished'}")


@readers.command()
@click.argument("addresses", nargs=-1, required=True, metavar="ADDRESS...")
@command
def forget(run: Run, *, addresses: Sequence[str]) -> None:
    """Remove the address of a reader who asked for it. No import brings it back.

    \b
    Examples:
      digest readers forget ann@example.org
    """
    with _opened(run) as (_, subscribers):
        for address in addresses:
            reader = subscribers.by_address(address)
            if reader is None:
                subscribers.suppress(address, "forgotten", "owner")
            else:
                subscribers.forget(reader, "owner")
    run.give({"forgotten": len(addresses)})
    run.say(f"{len(addresses):,} forgotten")


@readers.command()
@click.argument("source", metavar="FILE", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--undo", is_flag=True, help="Take these addresses off the list again.")
@command
def suppress(run: Run, *, source: Path, undo: bool) -> None:
    """Make sure that the addresses in FILE, one a line, get nothing, whatever is imported later.

    \b
    Examples:
      digest readers suppress complaints.txt
    """
    from digest.readers import read_table

    config = run.config()
    rows = read_table(source, config.site_zone)
    with _opened(run, config) as (_, subscribers):
        if undo:
            changed = sum(subscribers.admit(row.address) for row in rows)
        else:
            changed = sum(subscribers.suppress(row.address, "added", source.name) for row in rows)
    run.give({"removed" if undo else "added": changed})
    run.say(f"{changed:,} {'taken off the list' if undo else 'suppressed'}")


@readers.command()
@click.option("--bind", default="127.0.0.1:8025", show_default=True, metavar="HOST:PORT",
              help="Where to listen; unix:PATH for a socket. A web server stands before it.")  # fmt: skip
@command
def serve(run: Run, *, bind: str) -> None:
    """Serve the page where readers subscribe, choose and leave.

    It confirms addresses by mail, and serves until interrupted. `[readers] url` is its address, DIGEST_SECRET holds
    the secret behind its links. Opening a link changes nothing; the page has buttons, and takes the one-click posts of
    mail clients (RFC 8058).

    \b
    Examples:
      digest readers serve
      digest readers serve --bind unix:/run/digest/readers.sock
    """
    from digest.readers import read_bind, serve_readers

    try:
        where = read_bind(bind)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--bind") from error
    serve_readers(run.config(), where, run.say)


@readers.command()
@click.argument("mailbox", type=click.Path(path_type=Path, exists=True))
@command
def bounces(run: Run, *, mailbox: Path) -> None:
    """Read the reports of failed deliveries in MAILBOX: a Maildir, a mailbox file, or a message.

    A reader whose mailbox is gone gets no more; one that is full, or refused the letter, is only counted.

    \b
    Examples:
      digest readers bounces Maildir/
    """
    from digest.readers import mark_bounced_readers, open_readers

    with open_readers(run.config()) as database:
        found = mark_bounced_readers(database, mailbox)
    run.give(found)
    run.say(f"{found.hard:,} get nothing more, {found.soft:,} could not be reached for a time")
    if found.strangers or found.others:
        run.say(f"passed over: {found.others:,} that are no reports, {found.strangers:,} about others than readers")


@click.command()
@click.argument("key")
@click.option("--sample", type=click.IntRange(0), default=SAMPLED, show_default=True, help="How many letters to show.")
@click.option("--as-of", type=moment, metavar="MOMENT", help="Decide as of then (default: the current time).")
@command
def plan(run: Run, *, key: str, sample: int, as_of: When) -> None:
    """Say who would get what in the run of edition KEY.

    Says also how many letters there are, and how many different ones. Sends nothing.

    KEY is that of an edition, or the name of a digest: its newest edition that is not sent.

    \b
    Examples:
      digest plan weekly
      digest plan weekly/2026-W47 --sample 20 --json
    """
    from digest.readers import plan_for_readers

    config = run.config()
    wanted = key if key in config.digests else edition_key(config, key)
    found = plan_for_readers(config, wanted, run.moment(as_of), sample)
    if run.as_json:
        run.give(found)
        return
    for line in _plan_lines(found):
        click.echo(line)


def _plan_lines(found: "PlanReport") -> Iterator[str]:
    state = "planned" if found.written else "would be sent"
    yield f"{found.key}: {count(found.letters, 'letter')} {state} to {count(found.readers, 'reader')}"
    shared = ", ".join(f"{number:,}" for number in found.shared) or "nobody"
    yield f"{count(found.editions, 'edition')}, the most shared by {shared}"
    if found.waiting:
        yield f"{count(found.waiting, 'reader')} wait for a later run"
    for letter in found.sample:
        yield f"  {letter.address}: {' · '.join(letter.posts)}"


@contextmanager
def _opened(run: Run, config: Config | None = None) -> "Iterator[tuple[Any, Subscribers]]":
    from digest.readers import Subscribers, open_readers

    with open_readers(config or run.config()) as database:
        yield database, Subscribers(database)


def _reader(subscribers: "Subscribers", address: str) -> "Subscriber":
    reader = subscribers.by_address(address)
    if reader is None:
        raise DigestError(f"{address} is no reader of this site")
    return reader
