"""A digest's ledger together with its published editions: reading both, settling their differences, making it anew."""

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
    """Return the ledger of a digest with what only the output knows. Raises `ContentError`."""
    ledger = ledgers.read(ledgers.path_of(config, digest))
    return ledgers.fold([*ledger.events, *_unrecorded(config, digest, ledger)])


def settle_ledger(config: Config, digest: str) -> Ledger:
    """Return the ledger after adding what only the output knows, as a killed run leaves it.

    The caller must hold the lock. Raises `ContentError` and `WriteError`.
    """
    path = ledgers.path_of(config, digest)
    ledger = ledgers.read(path)
    missing = list(_unrecorded(config, digest, ledger))
    for event in missing:
        ledgers.append(path, event)
    return ledgers.fold([*ledger.events, *missing])


def rebuild_ledger(config: Config, digest: str) -> int:
    """Write the ledger of a digest anew from its published manifests; return how many editions it holds.

    What the present file says and can be read is kept. The caller must hold the lock.
    """
    known = ledgers.fold(ledgers.salvage(ledgers.path_of(config, digest)))
    ledger = ledgers.fold([*known.events, *_unrecorded(config, digest, known)])
    files.write(config.root, f"{config.site.ledger}/{digest}.jsonl", ledgers.lines(ledger.events))
    return len(ledger.editions)


def mark_sent(config: Config, key: str, now: datetime, ref: str = "") -> bool:
    """Record that edition `key` was sent at `now`, as `ref` in the sender's words; return False when it was already.

    Raises `DigestError` for an edition that was never built. Takes the lock, waiting for it.
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
    """Yield the events that the output knows and the ledger does not."""
    for key, path in manifests.shown(config, digest).items():
        if key not in ledger.editions:
            yield manifests.event(manifests.read(path))
        if key not in ledger.sent:
            mark = read_mark(path)
            if mark is not None:
                yield Sent(key, mark.at)
