"""Reconcile a digest's ledger with its published editions, and rebuild a lost ledger from them."""

import contextlib
from collections.abc import Iterator
from datetime import datetime

import msgspec

from digest import files
from digest.archive import manifest as manifests
from digest.archive.approval import require_approval
from digest.archive.lock import locked, writing
from digest.archive.manifest import Manifest
from digest.archive.publish import append, read_approval, read_mark, write_approval, write_mark
from digest.config import Config, schedule
from digest.editions import Approved, Event, Ledger, Sent, digest_of
from digest.editions import ledger as ledgers
from digest.problems import DigestError, did_you_mean


def load_ledger(config: Config, digest: str) -> Ledger:
    """Return the ledger of a digest with the events found only in the output, or under its former name.

    Raises `ContentError`.
    """
    ledger = ledgers.read(ledgers.path_of(config, digest))
    return ledgers.fold([*ledger.events, *_missing(config, digest, ledger)])


def settle_ledger(config: Config, digest: str) -> Ledger:
    """Append the events found only in the output, as a killed run leaves them, or under the former name of the digest.

    Returns the ledger.

    The caller must hold the lock. Raises `ContentError` and `WriteError`.
    """
    ledger = ledgers.read(ledgers.path_of(config, digest))
    missing = _missing(config, digest, ledger)
    append(config, digest, missing)
    return ledgers.fold([*ledger.events, *missing])


def rebuild_ledger(config: Config, digest: str) -> int:
    """Rebuild the ledger of a digest from its published manifests; return how many editions it holds.

    The readable lines of the current file are kept. The caller must hold the lock.
    """
    known = ledgers.fold(ledgers.salvage(ledgers.path_of(config, digest)))
    ledger = ledgers.fold([*known.events, *_missing(config, digest, known)])
    with writing(config):
        files.write(config.root, f"{config.site.ledger}/{digest}.jsonl", ledgers.lines(ledger.events))
    return len(ledger.editions)


def mark_sent(config: Config, key: str, now: datetime, ref: str = "", *, via: str = "", doubtful: bool = False) -> bool:
    """Record that edition `key` was sent at `now`, with the sender's reference `ref`; return False when it already was.

    `via` is the sender that sent it, which asked for the approval before; `doubtful`: nobody knows whether it did.
    Raises `DigestError` for an edition that was never built, or that is not approved. Waits for the lock.
    """
    digest = digest_of(config, key)
    with locked(config, wait=True):
        ledger = settle_ledger(config, digest)
        _require_built(config, ledger, key, now)
        if key in ledger.sent:
            return False
        if not via and not ledger.is_shut(key):
            require_approval(config, ledger, key)
        event = Sent(key, now, ref, via, doubtful)
        if key in manifests.shown(config, digest):
            write_mark(config, event)
        append(config, digest, [event])
    return True


def approve(config: Config, key: str, now: datetime, by: str = "") -> Manifest:
    """Record that the content of edition `key` was approved at `now` by the person `by`; return its manifest.

    Raises `DigestError` for an edition that was never built, was sent already, or is not in the output. Waits for the
    lock.
    """
    digest = digest_of(config, key)
    with locked(config, wait=True):
        ledger = settle_ledger(config, digest)
        _require_built(config, ledger, key, now)
        if key in ledger.sent:
            raise DigestError(f"{key} was sent already")
        path = manifests.shown(config, digest).get(key)
        if path is None:
            raise DigestError(f"{key} is not in {config.site.output}/; `digest build` makes it again")
        manifest = manifests.read(path)
        write_approval(config, record_approval(config, manifest, now, by))
    return manifest


def record_approval(config: Config, manifest: Manifest, now: datetime, by: str) -> Approved:
    """Append an approval of what a manifest describes, unless there is one; return it.

    The caller must hold the lock.
    """
    for known in ledgers.read(ledgers.path_of(config, manifest.digest)).approved.get(manifest.key, ()):
        if known.content == manifest.content_hash:
            return known
    event = Approved(manifest.key, manifest.content_hash, now, by)
    append(config, manifest.digest, [event])
    return event


def _require_built(config: Config, ledger: Ledger, key: str, now: datetime) -> None:
    if key in ledger.editions:
        return
    end = _end_of(config, key)
    if end is not None and end > now:
        when = f"{key} was never built: its window ends at {end.isoformat()}"
        raise DigestError(f"{when}; until then `digest preview` and `digest build --draft` show it")
    near = did_you_mean(key, ledger.editions)
    raise DigestError(f"{key} was never built" + (f"; {near}" if near else ""))


def _end_of(config: Config, key: str) -> datetime | None:
    """Return the end of the window that a key names; None when there is no such window."""
    digest, _, period = key.partition("/")
    try:
        return schedule.window_of_key(schedule.schedule_of(config, digest), period).end
    except ValueError:
        return None


def _missing(config: Config, digest: str, ledger: Ledger) -> list[Event]:
    """Return the events that the ledger lacks: of the digest's former name, then those found only in the output."""
    former = config.digests[digest].formerly
    if not former:
        return list(_unrecorded(config, digest, ledger))
    inherited = ledgers.read(ledgers.path_of(config, former))
    known = set(ledger.events)
    missing = [event for event in inherited.events if event not in known]
    whole = ledgers.fold([*ledger.events, *missing])
    return [*missing, *_unrecorded(config, former, whole), *_unrecorded(config, digest, whole)]


def _unrecorded(config: Config, digest: str, ledger: Ledger) -> Iterator[Event]:
    """Yield the events that are in the output but not in the ledger; damaged files are passed over (`condition`)."""
    for key, path in manifests.shown(config, digest).items():
        if key not in ledger.editions and manifests.is_whole(path):
            yield manifests.event(manifests.read(path))
        if key in ledger.disputed and manifests.is_whole(path):
            yield msgspec.structs.replace(manifests.event(manifests.read(path)), settled=True)
        if key not in ledger.sent:
            with contextlib.suppress(DigestError):
                mark = read_mark(path)
                if mark is not None:
                    yield Sent(key, mark.at)
        if key not in ledger.approved:
            approval = read_approval(path)
            if approval is not None:
                yield Approved(key, approval.content_hash, approval.at)
