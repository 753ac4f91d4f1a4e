"""The command `digest send`: hand editions over, look at what would be sent, ask how far they are, take them back."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import Struct

import digest
from digest.cli.many import many_sites
from digest.cli.options import When, moment
from digest.cli.terminal import Run, command, table

if TYPE_CHECKING:
    from digest.senders import Choice, SenderMaker

SHOWN = ("edition", "state", "via", "reference", "time", "detail")


@click.command()
@click.argument("key", default="")
@click.option("--via", default="", metavar="NAME", help="The sender, a table [senders.NAME] (default: send_via).")
@click.option("--dry-run", is_flag=True, help="Print the requests, secrets hidden; open no connection.")
@click.option("--test", "test_to", multiple=True, metavar="ADDRESS", help='Send it there alone, as "[test] …".')
@click.option("--draft-only", is_flag=True, help="Stop at a draft in the service.")
@click.option("--schedule", type=moment, metavar="MOMENT", help="Have the service send it then.")
@click.option("--now", "urgent", is_flag=True, help="Send at once what is scheduled, or would stop at a draft.")
@click.option("--readers", is_flag=True, help="Send each reader of the site a letter of her own (smtp, ses).")
@click.option("--batch", type=click.IntRange(1, 1_000), metavar="N", help="With --readers: letters claimed at a time.")
@click.option("--wait", is_flag=True, help="Wait for another run, and until the service has sent everything.")
@click.option("--rate", default="", metavar="20/s", help="How fast copies leave, one by one (20/s, 500/m, 5000/h).")
@click.option("--status", "ask_status", is_flag=True, help="Say how far the edition is, or all that are unsent.")
@click.option("--cancel", "take_back", is_flag=True, help="Take back a draft, or what is scheduled.")
@click.option(
    "--bounces", type=click.Path(path_type=Path, exists=True), metavar="MAILBOX", help="Mark who cannot be reached."
)
@click.option("--resend", is_flag=True, help="Nobody knows whether it was sent, and you looked: send it again.")
@click.option("--give-up", is_flag=True, help="Nobody knows whether it was sent: leave it, and count it as sent.")
@click.option(
    "--as-of", type=moment, metavar="MOMENT", help="Decide and record as of then (default: the current time)."
)
@command
@many_sites
def send(
    run: Run, *, key: str, test_to: tuple[str, ...], schedule: When, as_of: When, bounces: Path | None, **flags: object
) -> None:
    """Send edition KEY, or all that may go out, once.

    Run again after whatever happened, it goes on where it was, and sends nothing twice. Without KEY every edition is
    sent that waits for nothing, such as an approval. Exit code 75: run it again.

    \b
    Examples:
      digest send weekly/2026-W47 --test me@example.org
      digest send weekly/2026-W47 --dry-run
      digest send weekly/2026-W47                       # once it is approved
      digest send weekly/2026-W47 --schedule 2026-11-24T09:00
      digest send weekly/2026-W47 --via smtp --readers  # to each reader what she chose
      digest send --status
    """
    config = run.config()
    wanted = Wanted(
        key=key,
        via=str(flags["via"]),
        due=run.aware(schedule),
        now=run.aware(as_of),
        draft_only=bool(flags["draft_only"]),
        urgent=bool(flags["urgent"]),
        wait=bool(flags["wait"]),
        rate=str(flags["rate"]),
        resend=bool(flags["resend"]),
        give_up=bool(flags["give_up"]),
        to_readers=bool(flags["readers"]),
        batch=int(str(flags["batch"] or 0)),
    )
    _refuse_together(flags, schedule, test_to)
    if bounces is not None:
        _mark_bounces(run, config, wanted.via, bounces)
    elif flags["ask_status"]:
        _show_status(run, config, wanted)
    elif flags["take_back"]:
        _cancel(run, config, wanted)
    elif flags["dry_run"]:
        _rehearse(run, config, wanted)
    elif test_to:
        _test(run, config, wanted, test_to)
    elif key:
        result = _send_one(run, config, wanted, key)
        run.give(result)
    else:
        _send_all(run, config, wanted)


class Wanted(Struct, frozen=True, kw_only=True):
    """What the options of a run ask for."""

    key: str
    via: str
    due: datetime | None
    now: datetime | None
    draft_only: bool
    urgent: bool
    wait: bool
    rate: str
    resend: bool
    give_up: bool
    to_readers: bool
    batch: int

    @property
    def make(self) -> "SenderMaker":
        """What makes the sender of a table."""
        from digest.readers import sender_maker

        return sender_maker(self.now or datetime.now(UTC), to_readers=self.to_readers, batch=self.batch)

    @property
    def on_doubt(self) -> "Choice | None":
        """What to do where nobody knows whether an edition was sent; None leaves it to the sender's table."""
        if self.resend:
            return "repeat"
        return "skip" if self.give_up else None

    def require_key(self, option: str) -> str:
        """Return the key. Raises `UsageError` when there is none."""
        if not self.key:
            raise click.UsageError(f"{option} wants the key of an edition, such as weekly/2026-W47")
        return self.key


# What a run does, of which it does one.
_ACTIONS = {"ask_status": "--status", "take_back": "--cancel", "dry_run": "--dry-run", "test": "--test"}
_WAYS = {"draft_only": "--draft-only", "urgent": "--now", "schedule": "--schedule"}
_ANSWERS = {"resend": "--resend", "give_up": "--give-up"}


def _refuse_together(flags: dict[str, object], schedule: When, test_to: tuple[str, ...]) -> None:
    """Raise `UsageError` for options that say different things."""
    given = dict(flags) | {"test": test_to, "schedule": schedule}
    for group in (_ACTIONS, _WAYS, _ANSWERS):
        names = [name for flag, name in group.items() if given[flag]]
        if len(names) > 1:
            raise click.UsageError(f"{names[0]} and {names[1]} do not go together")


def _send_one(run: Run, config: digest.Config, wanted: Wanted, key: str) -> "digest.SendResult":
    result = digest.send(
        config,
        key,
        wanted.now,
        via=wanted.via,
        due=wanted.due,
        draft_only=wanted.draft_only,
        urgent=wanted.urgent,
        on_doubt=wanted.on_doubt,
        wait=wanted.wait,
        progress=run.progress,
        warn=lambda problem: run.report([problem]),
        rate=wanted.rate,
        make=wanted.make,
    )
    run.say(_sentence(result))
    return result


def _send_all(run: Run, config: digest.Config, wanted: Wanted) -> None:
    """Send what may go out; an edition that fails does not keep the others."""
    from digest.senders import is_waiting, unsent_keys

    if not any(settings.send_via for settings in config.digests.values()):
        run.say('no digest has a sender: write send_via = "NAME" into its table (`digest help sending`)')
    results = []
    codes: set[int] = set()
    for key in unsent_keys(config):
        reason = is_waiting(config, key, wanted.now)
        if reason:
            run.say(f"{key}: not sent: {reason}")
            continue
        with _collected(run, codes):
            results.append(_send_one(run, config, wanted, key))
    run.give(results)
    if not results and not codes:
        run.say("nothing is to be sent")
    if codes:
        sys.exit(75 if codes == {75} else 1)


@contextmanager
def _collected(run: Run, codes: set[int]) -> Iterator[None]:
    """Print an error instead of ending with it, and add its exit code to `codes`."""
    try:
        yield
    except digest.DigestError as error:
        run.complain(error)
        codes.add(error.exit_code)


def _test(run: Run, config: digest.Config, wanted: Wanted, to: tuple[str, ...]) -> None:
    key = wanted.require_key("--test")
    tested = digest.send_test(config, key, to, via=wanted.via, make=wanted.make)
    run.give({"key": tested.key, "status": "tested", "subject": tested.subject})
    run.say(f'{tested.key}: "{tested.subject}" sent to {", ".join(to)}')


def _mark_bounces(run: Run, config: digest.Config, via: str, mailbox: Path) -> None:
    from digest.senders.smtp import mark_bounces_of

    found = mark_bounces_of(config, via, mailbox)
    run.give(found)
    run.say(f"{found.hard:,} get nothing more, {found.soft:,} could not be reached for a time")
    if found.strangers or found.others:
        run.say(f"passed over: {found.others:,} that are no reports, {found.strangers:,} about others than readers")


def _cancel(run: Run, config: digest.Config, wanted: Wanted) -> None:
    result = digest.cancel_sending(config, wanted.require_key("--cancel"), wanted.now, via=wanted.via)
    run.give(result)
    run.say(_sentence(result))


def _rehearse(run: Run, config: digest.Config, wanted: Wanted) -> None:
    key = wanted.require_key("--dry-run")
    rehearsal = digest.rehearse_sending(
        config,
        key,
        wanted.now,
        via=wanted.via,
        due=wanted.due,
        draft_only=wanted.draft_only,
        make=wanted.make,
    )
    run.give(rehearsal, "\n\n".join(rehearsal.requests))
    for note in rehearsal.notes:
        run.say(f"note: {note}")
    for refusal in rehearsal.refusals:
        run.say(f"it would not be sent: {refusal}")


def _show_status(run: Run, config: digest.Config, wanted: Wanted) -> None:
    results = digest.sending_status(config, wanted.key, wanted.now, make=wanted.make)
    if run.as_json:
        run.give(results)
    else:
        table(SHOWN, [_row(result) for result in results], headed=True)


def _row(result: "digest.SendResult") -> tuple[str, ...]:
    due = result.due.isoformat(timespec="minutes") if result.due else ""
    cells = (result.key, result.status, result.via, result.ref, due, result.detail)
    return tuple(cell or "-" for cell in cells)


def _sentence(result: "digest.SendResult") -> str:
    """Return how far an edition is, for people."""
    words = [result.status if result.new else f"{result.status} already"]
    if result.status in {"built", "cancelled"}:
        words = [result.status]
    words += [f"via {result.via}"] if result.via else []
    words += [f"for {result.due:%A %Y-%m-%d %H:%M %Z}".strip()] if result.due else []
    words += [f"({result.url or result.ref})"] if result.url or result.ref else []
    details = [result.detail] if result.detail else []
    return ": ".join([result.key, " ".join(words), *details])
