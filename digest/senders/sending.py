"""Sending an edition: what `digest send` and the library do, from a key to a letter that is on its way."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from digest.archive import load_ledger
from digest.config import Config
from digest.editions import OPEN, Ledger, digest_of
from digest.problems import ConfigError, DigestError, did_you_mean
from digest.senders import afterwards
from digest.senders.edition import load_edition, require_provider
from digest.senders.guard import GuardedSender
from digest.senders.handover import hand_over
from digest.senders.journal import LedgerJournal, read_manifest, require_releasable, sending, standing_of
from digest.senders.message import dated
from digest.senders.protocol import (
    Handover,
    Progress,
    Ref,
    SendError,
    TryAgainError,
    UnansweredError,
    Warn,
    no_progress,
    no_warning,
)
from digest.senders.registry import SenderMaker, make_sender
from digest.senders.steps import Choice, Order, Result, Task

LONGEST_WAIT = timedelta(hours=1)
SHORTEST_PAUSE, LONGEST_PAUSE = 1.0, 30.0  # seconds between two questions for the state


class Rehearsal(Struct, frozen=True):
    """What a run would do: the requests, what is lost on the way, and why it would be refused."""

    key: str
    via: str
    requests: tuple[str, ...]
    notes: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()


def send(
    config: Config,
    key: str,
    now: datetime | None = None,
    *,
    via: str = "",
    due: datetime | None = None,
    draft_only: bool = False,
    urgent: bool = False,
    on_doubt: Choice | None = None,
    wait: bool = False,
    progress: Progress = no_progress,
    warn: Warn = no_warning,
    rate: str = "",
    make: SenderMaker = make_sender,
) -> Result:
    """Hand edition `key` over to its sender, once, and return how far it is; run again, it goes on where it was.

    `via` names the sender, else `send_via` of the digest does. The edition is sent at once, or at `due` (aware);
    `draft_only` stops at a draft in the service, and `urgent` sends now what is a draft or scheduled. `on_doubt` says
    what to do where nobody knows whether it was sent: "ask" raises `DoubtError`, "repeat" sends it again, "skip" leaves
    it. `wait` waits for another run, and until the service has sent everything. `now` is the current time by default.
    `warn` is given what the owner should hear of, such as readers whose copy was refused; `rate` limits copies, "20/s".
    `make` makes the sender of a table.

    Raises `SendError` when it is refused, `TryAgainError` and `UnansweredError` (both with exit code 75) when the same
    call may do later, and `DigestError` when the edition is not built, not approved, or made for another provider.
    """
    clock = _clock(now)
    key = full_key(config, key)
    if due is not None and due <= clock():
        raise DigestError(f"{due.isoformat()} has passed; --now sends at once")
    with sending(config, wait=wait), _task(config, key, via, clock, progress, make=make) as task:
        settings = config.senders[task.via]
        order = Order(
            due=due,
            draft_only=draft_only or (settings.draft_only and not urgent and due is None),
            urgent=urgent,
            on_doubt=on_doubt or settings.on_doubt,
        )
        handover = msgspec.structs.replace(task.handover, warn=warn, rate=rate)
        task = msgspec.structs.replace(task, order=order, handover=handover)
        _require_ready(config, task)
        result = hand_over(task)
        return _wait_until_sent(task, result) if wait else result


def rehearse_sending(
    config: Config,
    key: str,
    now: datetime | None = None,
    *,
    via: str = "",
    due: datetime | None = None,
    draft_only: bool = False,
    make: SenderMaker = make_sender,
) -> Rehearsal:
    """Return what `send` would do with edition `key`; open no socket, read no secret and write nothing."""
    clock = _clock(now)
    key = full_key(config, key)
    ledger = load_ledger(config, digest_of(config, key))
    with _task(config, key, via, clock, no_progress, rehearsal=True, make=make) as task:
        settings = config.senders[task.via]
        is_draft = draft_only or (settings.draft_only and due is None)
        requests = task.sender.rehearse(task.handover, due, draft_only=is_draft)
        refusals = [*_refusals(config, ledger, task, due), *task.sender.check(task.handover, due)]
        return Rehearsal(key, task.via, tuple(requests), tuple(_losses(task)), tuple(refusals))


def send_test(
    config: Config, key: str, to: Sequence[str], *, via: str = "", make: SenderMaker = make_sender
) -> Handover:
    """Send edition `key` to the addresses `to` alone, with "[test] " before its subject; change no state.

    It needs no approval. Raises as `send` does.
    """
    key = full_key(config, key)
    with _task(config, key, via, _clock(None), no_progress, make=make) as task:
        if not task.can("test"):
            raise SendError(f"{task.via} has no tests; `digest preview` shows the edition")
        marked = task.handover.as_test()
        _refuse(task.sender.check(marked, None), key)
        task.sender.test(marked, to)
        return marked


def cancel_sending(config: Config, key: str, now: datetime | None = None, *, via: str = "") -> Result:
    """Take back what a sender has of edition `key`: a draft or a schedule. Raises `SendError` when it is too late."""
    key = full_key(config, key)
    via = via or _open_sender(config, key)
    with sending(config, wait=False), _task(config, key, via, _clock(now), no_progress) as task:
        return afterwards.cancel(task)


def sending_status(
    config: Config, key: str = "", now: datetime | None = None, *, make: SenderMaker = make_sender
) -> tuple[Result, ...]:
    """Return how far editions are, by ledger and service: edition `key`, else those that are on their way or unsent.

    What a service newly says is written down. A service that does not answer is named in `detail`.
    """
    keys = [full_key(config, key)] if key else unsent_keys(config)
    with sending(config, wait=False):
        return tuple(result for each in keys for result in _status_of(config, each, _clock(now), make))


def unsent_keys(config: Config) -> list[str]:
    """Return the keys of the editions that are built and not sent, of digests with a sender, the oldest first."""
    keys: list[str] = []
    for name, digest in config.digests.items():
        ledger = load_ledger(config, name)
        is_sent_here = digest.send_via or ledger.deliveries
        keys += [key for key in ledger.editions if key not in ledger.sent] if is_sent_here else []
    return keys


def is_waiting(config: Config, key: str, now: datetime | None = None) -> str:
    """Return why edition `key` is not sent without being asked for; empty when it may go out."""
    ledger = load_ledger(config, digest_of(config, key))
    deliveries = ledger.deliveries.get(key, {})
    if any(delivery.held for delivery in deliveries.values()):
        return f"it is a draft to look at; `digest send {key}` releases it"
    if any(delivery.state in OPEN for delivery in deliveries.values()):
        return ""
    if any(delivery.state == "cancelled" for delivery in deliveries.values()):
        return f"it was cancelled; `digest send {key}` sends it"
    try:
        require_releasable(config, ledger, read_manifest(config, key), _clock(now)())
    except DigestError as error:
        return str(error)
    return ""


def full_key(config: Config, key: str) -> str:
    """Return the key of an edition; one without its digest is understood where there is one digest."""
    name, slash, _ = key.partition("/")
    if slash:
        return f"{digest_of(config, name)}/{key.partition('/')[2]}"
    if name not in config.digests and len(config.digests) == 1:
        return f"{next(iter(config.digests))}/{key}"
    digests = [name] if name in config.digests else list(config.digests)
    known = [edition for each in digests for edition in list(load_ledger(config, each).editions)[-1:]]
    hint = did_you_mean(key, config.digests) if name not in config.digests else ""
    example = f"such as {known[0]}" if known else "DIGEST/PERIOD"
    raise DigestError(f'"{key}" is no key of an edition; write digest and period, {hint or example}')


def _clock(now: datetime | None) -> Callable[[], datetime]:
    return (lambda: now) if now is not None else lambda: datetime.now(UTC)


def sender_name(config: Config, key: str, via: str) -> str:
    """Return the name of the sender of an edition. Raises `ConfigError` when none is named."""
    name = digest_of(config, key)
    found = via or config.digests[name].send_via
    if not found:
        known = f"known: {', '.join(config.senders)}" if config.senders else "there is no table [senders.NAME] yet"
        raise ConfigError(f'no sender is named for {key}: write send_via = "NAME" into [digests.{name}]; {known}')
    return found


@contextmanager
def _task(
    config: Config,
    key: str,
    via: str,
    clock: Callable[[], datetime],
    progress: Progress,
    *,
    rehearsal: bool = False,
    make: SenderMaker = make_sender,
) -> Iterator[Task]:
    """Yield the task of handing edition `key` over, and end the sender's connections."""
    name = sender_name(config, key, via)
    edition = load_edition(config, key, progress)
    now = clock().astimezone(config.digest_zone(edition.manifest.digest))
    handover = replace(edition, message=dated(edition.message, now))
    made, secrets = make(config, name, key=key, rehearsal=rehearsal)
    sender = GuardedSender(name, made, secrets)
    require_provider(handover.manifest, name, sender.provider)
    try:
        yield Task(
            via=name,
            sender=sender,
            handover=handover,
            journal=LedgerJournal(config, key),
            clock=clock,
        )
    finally:
        sender.close()


def _require_ready(config: Config, task: Task) -> None:
    """Raise `DigestError` when an edition that is not on its way yet may not be handed over."""
    key = task.handover.key
    ledger = load_ledger(config, digest_of(config, key))
    if ledger.is_shut(key):
        return
    if key not in ledger.editions:
        raise DigestError(f"{key} was never built")
    require_releasable(config, ledger, task.handover.manifest, task.clock())
    _refuse(task.sender.check(task.handover, task.order.due), key)


def _refuse(reasons: Sequence[str], key: str) -> None:
    if reasons:
        raise SendError(f"{key} cannot be handed over: {'; '.join(reasons)}")


def _refusals(config: Config, ledger: Ledger, task: Task, due: datetime | None) -> Iterator[str]:
    """Yield why a run would stop."""
    key = task.handover.key
    if key in ledger.sent:
        yield f"{key} was sent already"
        return
    if due is not None and not task.can("schedule"):
        yield f"{task.via} takes no time"
    try:
        require_releasable(config, ledger, task.handover.manifest, task.clock())
    except DigestError as error:
        yield str(error)


def _losses(task: Task) -> Iterator[str]:
    """Yield what of the edition the service drops."""
    if not task.can("text"):
        yield f"{task.via} takes no text part; the service makes one of the HTML, or sends none"


def _open_sender(config: Config, key: str) -> str:
    """Return the sender that has an edition, if one has; else an empty text."""
    deliveries = load_ledger(config, digest_of(config, key)).deliveries.get(key, {})
    return next((via for via, delivery in deliveries.items() if delivery.state in OPEN), "")


def _status_of(config: Config, key: str, clock: Callable[[], datetime], make: SenderMaker) -> Iterator[Result]:
    """Yield how far an edition is with each sender that has it, or that it has none."""
    standing = standing_of(load_ledger(config, digest_of(config, key)), key)
    if standing.sent is not None:
        detail = "nobody knows whether it was; it is not sent again" if standing.sent.doubtful else ""
        yield Result(key=key, via=standing.sent.via, status="sent", ref=standing.sent.ref, detail=detail)
        return
    if not standing.deliveries:
        yield Result(key=key, via="", status="built", detail=is_waiting(config, key, clock()))
    for via, delivery in standing.deliveries.items():
        try:
            with _task(config, key, via, clock, no_progress, make=make) as task:
                yield afterwards.read_back(task)
        except DigestError as error:
            yield Result(
                key=key,
                via=via,
                status=delivery.state,
                ref=delivery.ref,
                due=delivery.due,
                detail=str(error),
            )


def _wait_until_sent(task: Task, result: Result) -> Result:
    """Wait until the service has sent everything. Raises `SendError` when it fails, `TryAgainError` after an hour."""
    if result.status != "sent" or not task.can("state"):
        return result
    until = time.monotonic() + LONGEST_WAIT.total_seconds()
    pause = SHORTEST_PAUSE
    while time.monotonic() < until:
        try:
            state = task.sender.state(Ref(result.ref))
        except (TryAgainError, UnansweredError):
            state = None
        if state is not None and state.status == "failed":
            raise SendError(f"{result.key} failed at {task.via}: {state.detail or 'no reason given'}; look there")
        if state is not None and state.status not in {"sending", "scheduled", "draft"}:
            return msgspec.structs.replace(result, detail=state.detail)
        time.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)
    raise TryAgainError(f"{task.via} is still sending {result.key}; `digest send --status {result.key}` asks again")
