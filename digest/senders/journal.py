"""The ledger as the journal of a hand-over, what may be released, and the lock that lets one run send at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from msgspec import Struct

from digest.archive import Manifest, advice, append, locked, manifest, mark_sent, settle_ledger
from digest.config import Config
from digest.editions import Ledger, Releasing, Sent, StepEvent
from digest.problems import DigestError, LockedError, WriteError
from digest.senders.steps import Standing

LOCK = ".digest/sending"  # below the site's folder; a build does not wait for it


class LedgerJournal(Struct, frozen=True):
    """The journal of the edition `key` in the digest's ledger. Each line is flushed to disk before a call follows."""

    config: Config
    key: str

    def read(self) -> Standing:
        """Return what ledger and `sent.json` say now. Waits for the site's lock."""
        with locked(self.config, wait=True):
            return standing_of(settle_ledger(self.config, self._digest), self.key)

    def write(self, event: StepEvent | Sent) -> None:
        """Add a line; a release only while the edition is unsent, approved, and what `event` has as its content."""
        if isinstance(event, Sent):
            mark_sent(self.config, event.key, event.at, event.ref, via=event.via, doubtful=event.doubtful)
            return
        with locked(self.config, wait=True):
            if isinstance(event, Releasing):
                ledger = settle_ledger(self.config, self._digest)
                if self.key in ledger.sent:
                    raise DigestError(f"{self.key} was marked as sent meanwhile")
                require_releasable(self.config, ledger, read_manifest(self.config, self.key), event.at, event.content)
            append(self.config, self._digest, [event])

    @property
    def _digest(self) -> str:
        return self.key.partition("/")[0]


def standing_of(ledger: Ledger, key: str) -> Standing:
    """Return what a ledger says of the way of an edition."""
    return Standing(ledger.sent.get(key), ledger.deliveries.get(key, {}))


def read_manifest(config: Config, key: str) -> Manifest:
    """Return the manifest of an edition. Raises `DigestError` when there is none."""
    path = manifest.path_of(config, key)
    if not path.is_file():
        raise DigestError(f"{key} is not in {config.site.output}/; `digest build` makes it again")
    return manifest.read(path)


def require_releasable(config: Config, ledger: Ledger, edition: Manifest, now: datetime, content: str = "") -> None:
    """Raise `DigestError` when an edition needs an approval that it does not have, or is not `content` any more.

    A draft, and an edition that is sent later than `max_age` after its window, always needs one.
    """
    if content and edition.content_hash != content:
        raise DigestError(f"{edition.key} was built again meanwhile; run the same command again")
    reason = _reason_for_approval(config, edition, now)
    approvals = ledger.approved.get(edition.key, ())
    if not reason or any(approval.content == edition.content_hash for approval in approvals):
        return
    if approvals:
        reason = "is not what was approved"
    raise DigestError(f"{edition.key} {reason}: {advice(config, edition.key)}")


def _reason_for_approval(config: Config, edition: Manifest, now: datetime) -> str:
    """Return why an edition needs an approval, in the words of a message; empty when it needs none."""
    settings = config.digests[edition.digest]
    if edition.needs_approval or settings.approve == "always":
        return "is not approved"
    is_late = now - edition.window.end > timedelta(days=settings.max_age)
    return "is late, and so is not sent without an approval" if edition.draft or is_late else ""


@contextmanager
def sending(config: Config, *, wait: bool) -> Iterator[None]:
    """Hold the lock that lets one run send at a time. Raises `LockedError` when another holds it, unless `wait`."""
    from filelock import FileLock, Timeout

    path = config.root / LOCK
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path)
        lock.acquire(timeout=-1 if wait else 0)
    except Timeout as error:
        raise LockedError("already sending: another run sends; --wait waits for it") from error
    except OSError as error:
        raise WriteError(f"{path}: cannot be locked: {error.strerror or error}") from error
    try:
        yield
    finally:
        lock.release()
