"""Reconcile a digest's ledger with its published editions, and rebuild a lost ledger from them."""

from collections.abc import Iterator
from datetime import datetime

from digest import files
from digest.archive import manifest as manifests
from digest.archive.lock import locked
from digest.archive.publish import read_mark, write_mark
from digest.config import Config
from digest.editions import Event, Ledger, Sent, digest_of
from digest.editions import ledger as ledgers
from digest.problems import DigestError, did_you_mean


def load_ledger(config: Config, digest: str) -> Ledger:
    """Return the ledger of a digest with the events found only in the output. Raises `ContentError`."""
    ledger = ledgers.read(ledgers.path_of(config, digest))
    return ledgers.fold([*ledger.events, *_unrecorded(config, digest, ledger)])


def settle_ledger(config: Config, digest: str) -> Ledger:
    """Append the events found only in the output, as a killed run leaves them; return the ledger.

    The caller must hold the lock. Raises `ContentError` and `WriteError`.
    """
    path = ledgers.path_of(config, digest)
    ledger = ledgers.read(path)
    missing = list(_unrecorded(config, digest, ledger))
    for event in missing:
        ledgers.append(path, event)
    return ledgers.fold([*ledger.events, *missing])


def rebuild_ledger(config: Config, digest: str) -> int:
    """Rebuild the ledger of a digest from its published manifests; return how many editions it holds.

    The readable lines of the current file are kept. The caller must hold the lock.
    """
    known = ledgers.fold(ledgers.salvage(ledgers.path_of(config, digest)))
    ledger = ledgers.fold([*known.events, *_unrecorded(config, digest, known)])
    files.write(config.root, f"{config.site.ledger}/{digest}.jsonl", ledgers.lines(ledger.events))
    return len(ledger.editions)


def mark_sent(config: Config, key: str, now: datetime, ref: str = "") -> bool:
    """Record that edition `key` was sent at `now`, with the sender's reference `ref`; return False when it already was.

    Raises `DigestError` for an edition that was never built. Waits for the lock.
    """
    digest = digest_of(config, key)
    with locked(config, wait=True):
        ledger = settle_ledger(config, digest)
        if key not in ledger.editions:
            near = did_you_mean(key, ledger.editions)
            raise DigestError(f"{key} was never built" + (f"; {near}" if near else ""))
        if key in ledger.sent:
            return False
        event = Sent(key, now, ref)
        if key in manifests.shown(config, digest):
            write_mark(config, event)
        ledgers.append(ledgers.path_of(config, digest), event)
    return True


def _unrecorded(config: Config, digest: str, ledger: Ledger) -> Iterator[Event]:
    """Yield the events that are in the output but not in the ledger."""
    for key, path in manifests.shown(config, digest).items():
        if key not in ledger.editions:
            yield manifests.event(manifests.read(path))
        if key not in ledger.sent:
            mark = read_mark(path)
            if mark is not None:
                yield Sent(key, mark.at)
