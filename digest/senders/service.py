"""What the senders of services over HTTP share: a client, a rehearsal, and tests by a draft that is removed again."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from email.utils import parseaddr
from typing import ClassVar

from digest.config import SenderSettings
from digest.senders.client import Client, is_safe
from digest.senders.protocol import Ability, Handover, Ref, State, Status
from digest.senders.secret import Secret, Secrets

_ORDER: tuple[Status, ...] = ("gone", "unknown", "draft", "failed", "scheduled", "sending", "sent")
PRETENDED = "ID"  # the id of a draft in a rehearsal


class ServiceSender(ABC):
    """A sender of a service with drafts."""

    settings_type: ClassVar[type[SenderSettings]]
    can: frozenset[Ability] = frozenset({"find", "draft", "state", "cancel", "schedule", "test", "text"})

    def __init__(self, settings: SenderSettings, secrets: Secrets) -> None:
        self.provider = settings.filled_in_by()
        self.secrets = secrets
        self.client = Client(self.base(), self.authorisation)

    @abstractmethod
    def base(self) -> str:
        """Return the address that the paths of calls are below."""

    @abstractmethod
    def authorisation(self) -> Mapping[str, Secret]:
        """Return the headers that hold a secret."""

    @abstractmethod
    def find(self, handover: Handover) -> Ref | None:
        """Return an earlier draft or send of this edition."""

    @abstractmethod
    def create(self, handover: Handover, ref: Ref | None) -> Ref:
        """Make a draft, or give the draft `ref` this content."""

    @abstractmethod
    def release(self, ref: Ref, handover: Handover, due: datetime | None) -> None:
        """Send a draft, now or at `due`."""

    @abstractmethod
    def state(self, ref: Ref) -> State:
        """Return what became of a draft or a send."""

    @abstractmethod
    def cancel(self, ref: Ref) -> None:
        """Remove a draft, or stop what is scheduled."""

    @abstractmethod
    def send_test(self, ref: Ref, handover: Handover, to: Sequence[str]) -> None:
        """Send the draft `ref`, which is marked as a test, to these addresses alone."""

    def check(self, handover: Handover, _due: datetime | None) -> Sequence[str]:
        """Return why the edition cannot be handed over."""
        reasons: list[str] = []
        if not handover.manifest.sender:
            reasons.append(f'write sender = "Name <name@example.org>" into [digests.{handover.manifest.digest}]')
        if not is_safe(self.base()):
            reasons.append(f"{self.base()} is not safe for a key; write an https address")
        return reasons

    def rehearse(self, handover: Handover, due: datetime | None, *, draft_only: bool) -> Sequence[str]:
        """Return the calls of a run that finds no draft."""
        with self.client.rehearsing() as calls:
            self.find(handover)
            ref = self.create(handover, None)
            if not draft_only:
                self.release(ref, handover, due)
            return list(calls)

    def test(self, handover: Handover, to: Sequence[str]) -> None:
        """Make a draft, send it to these addresses, and remove it."""
        ref = self.create(handover, self.find(handover))
        try:
            self.send_test(ref, handover, to)
        finally:
            self.cancel(ref)

    def close(self) -> None:
        """End the connections."""
        self.client.close()


def furthest(candidates: Iterable[tuple[str, State]]) -> Ref | None:
    """Return the one of several drafts and sends of an edition that is furthest; None when there is none.

    Of several that are as far it is always the same, so that two runs at the same time come to one.
    """
    known = sorted(candidates, key=lambda candidate: (len(candidate[0]), candidate[0]))
    found = max(known, key=lambda candidate: _ORDER.index(candidate[1].status), default=None)
    return Ref(found[0]) if found else None


def address_of(mailbox: str) -> tuple[str, str]:
    """Return name and address of `Name <address>`."""
    return parseaddr(mailbox)


def moment(text: object) -> datetime | None:
    """Return a time that a service gave, aware; None when it is none."""
    if not isinstance(text, str):
        return None
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return None
    return read if read.tzinfo else None
