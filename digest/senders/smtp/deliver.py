"""Sending the copies of an edition one by one: each state written before and after, and whatever happens to one copy
costs that reader alone.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar, Protocol

import msgspec
from msgspec import Struct

from digest.senders.protocol import Progress, SendError, TryAgainError, UnansweredError
from digest.senders.smtp.addresses import Reader
from digest.senders.smtp.reply import Fate, Reply
from digest.senders.smtp.states import CopyState
from digest.senders.smtp.transport import Transport

STAGE = "sending copies"
SENDER_REFUSALS = 3  # in a row, after which it is certain that the server does not take the sender
UNANSWERED = 3  # messages in a row without an answer, after which no more are risked
_TOO_LONG = 552  # to MAIL, which says how long the message is (RFC 1870)
_PATIENCE = 10  # times `stop_after` that a server may say "not now" in a row

_LEFT: frozenset[CopyState] = frozenset({"sending", "unknown", "deferred"})


class StoppedError(UnansweredError):
    """Some copies were sent and the others would be refused: the edition stays shut, and somebody has to look."""

    exit_code: ClassVar[int] = 1


class States(Protocol):
    """Where the state of each copy is kept, by the edition and the reader's key."""

    def begin(self, edition: str, reader: str) -> None:
        """Write that a copy is about to be sent."""
        ...

    def end(self, edition: str, reader: str, reply: Reply) -> None:
        """Write what became of a copy."""
        ...

    def take_back(self, edition: str, reader: str, earlier: CopyState | None) -> None:
        """Give a reader whose copy could not be begun the earlier state, or none."""
        ...

    def set(self, edition: str, readers: Iterable[str], state: CopyState, reply: str) -> None:
        """Give several readers a state."""
        ...


class Delivery(Struct, frozen=True, kw_only=True):
    """What to send, by whom and how.

    `mark` is the edition's idempotency key, under which states are kept, `known` the states before this run. `copy`
    returns the copy of a reader.
    """

    mark: str
    known: dict[str, CopyState]
    sender: str
    copy: Callable[[Reader], bytes]
    redact: Callable[[str], str]
    transport: Transport
    states: States
    wait: Callable[[], None]
    progress: Progress
    stop_after: int


class Summary(Struct, frozen=True):
    """How many copies of an edition are in each state, of those who are on the list."""

    sent: int = 0
    refused: int = 0
    deferred: int = 0
    unknown: int = 0

    def __str__(self) -> str:
        parts = [f"{self.sent:,} sent"]
        parts += [f"{self.refused:,} refused"] if self.refused else []
        parts += [f"{self.deferred:,} not now"] if self.deferred else []
        parts += [f"{self.unknown:,} not known"] if self.unknown else []
        return ", ".join(parts)


def waiting(readers: Iterable[Reader], known: dict[str, CopyState], *, repeat_unknown: bool) -> list[Reader]:
    """Return who is to get a copy now: first those who were never tried, then those of whom it is not known."""
    fresh: list[Reader] = []
    again: list[Reader] = []
    for reader in readers:
        state = known.get(reader.key)
        if state is None:
            fresh.append(reader)
        elif state == "deferred" or (repeat_unknown and state in _LEFT):
            again.append(reader)
    return fresh + again


def deliver(delivery: Delivery, readers: Sequence[Reader], refusals: "Refusals | None" = None) -> None:
    """Send a copy to each reader; `refusals` are those of the batches before.

    Raises `SendError` or `TryAgainError` when no more can be sent now, for a reason that is no reader's.
    """
    run = refusals or Refusals(delivery.stop_after)
    for number, reader in enumerate(readers):
        delivery.progress(STAGE, number, len(readers))
        delivery.wait()
        reply = _send_copy(delivery, reader)
        run.add(reader, reply)
        if reason := run.reason_to_stop():
            delivery.states.set(delivery.mark, run.readers, "deferred", reason)
            raise SendError(reason) if run.is_permanent else TryAgainError(reason)
    delivery.progress(STAGE, len(readers), len(readers))


def _send_copy(delivery: Delivery, reader: Reader) -> Reply:
    message = delivery.copy(reader)
    delivery.states.begin(delivery.mark, reader.key)
    try:
        reply = delivery.transport.send(delivery.sender, reader.address, message)
    except (SendError, TryAgainError):
        delivery.states.take_back(delivery.mark, reader.key, delivery.known.get(reader.key))  # there is no connection
        raise
    shown = msgspec.structs.replace(reply, text=delivery.redact(reply.text))
    delivery.states.end(delivery.mark, reader.key, shown)
    return shown


class Refusals:
    """The copies in a row that were not taken, for a reason that is not the reader's mailbox."""

    def __init__(self, stop_after: int) -> None:
        self._stop_after = stop_after
        self._replies: list[Reply] = []
        self._unanswered = 0
        self.readers: list[str] = []

    @property
    def is_permanent(self) -> bool:
        """Whether the last reply was a refusal, and not "not now"."""
        return bool(self._replies) and self._replies[-1].is_permanent

    def add(self, reader: Reader, reply: Reply) -> None:
        """Take note of what was said; a copy that was sent, or another kind of reply, ends the row."""
        self._unanswered = self._unanswered + 1 if reply.fate == "unknown" else 0
        if reply.fate == "sent":
            self._forget()
        elif not reply.concerns_address and reply.fate != "unknown":
            if self._replies and self.is_permanent != reply.is_permanent:
                self._forget()
            self._replies.append(reply)
            self.readers.append(reader.key)

    def reason_to_stop(self) -> str:
        """Return why nothing more should be tried; empty when there is no reason."""
        if self._unanswered >= UNANSWERED:
            return f"the mail server did not answer to {UNANSWERED} messages in a row"
        if not self._replies:
            return ""
        return self._sender_refused() or self._too_many()

    def _sender_refused(self) -> str:
        refusals = sum(reply.stage == "sender" and reply.is_permanent for reply in self._replies)
        if refusals < SENDER_REFUSALS:
            return ""
        last = self._replies[-1]
        if last.code == _TOO_LONG:
            return f"the mail server takes no message of this length: {last}"
        hint = "write one that this account may use, as the digest's sender or as envelope_from"
        return f"the mail server refuses the sender: {last}; {hint}"

    def _too_many(self) -> str:
        number, last = len(self._replies), self._replies[-1]
        if self.is_permanent and number >= self._stop_after > 0:
            hint = "if these mailboxes really are gone, write stop_after = 0"
            return f"{number} copies in a row were refused, the last one with: {last}; {hint}"
        if not self.is_permanent and number >= self._stop_after * _PATIENCE > 0:
            return f"{number} copies in a row were put off, the last one with: {last}"
        return ""

    def _forget(self) -> None:
        self._replies.clear()
        self.readers.clear()


def summarise(readers: Iterable[Reader], known: dict[str, CopyState]) -> Summary:
    """Return how many copies are in each state; a copy under way at a kill is not known."""
    fates: Counter[Fate] = Counter()
    for reader in readers:
        state = known.get(reader.key, "deferred")
        fates["unknown" if state == "sending" else state] += 1
    return Summary(sent=fates["sent"], refused=fates["refused"], deferred=fates["deferred"], unknown=fates["unknown"])
