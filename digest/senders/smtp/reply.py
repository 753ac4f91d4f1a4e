"""What a mail server said of one copy, and what that means for its reader."""

from typing import Literal

from msgspec import Struct

from digest.problems import printable

Stage = Literal["connection", "sender", "recipient", "data", "message"]
Fate = Literal["sent", "refused", "deferred", "unknown"]

_LONGEST = 300  # characters of a reply that are kept
_ADDRESS_STATUSES = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1", "5.2.2", "5.6.7"})  # RFC 3463
_TOO_MANY = 552  # to RCPT it means "not now" (RFC 5321 section 4.5.3.1.10)
CLOSING = 421


class Reply(Struct, frozen=True):
    """The reply that decided about a copy; a `code` of 0: there was none. `lost_message`: none to the message."""

    stage: Stage
    code: int
    text: str
    lost_message: bool = False

    @property
    def fate(self) -> Fate:
        """What became of the copy."""
        if self.lost_message:
            return "unknown"
        if self.stage == "message" and 200 <= self.code < 300:
            return "sent"
        if self.stage in ("connection", "sender") or not 500 <= self.code < 600:
            return "deferred"  # it says nothing of the reader, or "not now"
        return "deferred" if self.stage == "recipient" and self.code == _TOO_MANY else "refused"

    @property
    def is_permanent(self) -> bool:
        """Whether the same would be said again, whomever it concerns."""
        return 500 <= self.code < 600

    @property
    def concerns_address(self) -> bool:
        """Whether the server says that this very mailbox is the reason (RFC 3463)."""
        return self.stage in ("recipient", "message") and status_of(self.text) in _ADDRESS_STATUSES

    def __str__(self) -> str:
        return f"{self.code} {self.text}" if self.code else self.text


def reply(stage: Stage, code: int, text: bytes | str, *, lost_message: bool = False) -> Reply:
    """Return a reply on one line, without what a terminal would not show."""
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return Reply(stage, code, printable(" ".join(words.split()))[:_LONGEST], lost_message)


def status_of(text: str) -> str:
    """Return the enhanced status code (RFC 3463) that a reply begins with, such as `5.1.1`; empty without one."""
    first = text.partition(" ")[0]
    parts = first.split(".")
    is_status = len(parts) == 3 and all(part.isdecimal() and part.isascii() for part in parts)
    return first if is_status and parts[0] in ("2", "4", "5") else ""
