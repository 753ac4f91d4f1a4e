"""Reports that a copy was not delivered (RFC 3464): reading them from a mailbox, and marking readers.

Nothing is guessed: a message that is no report marks nobody, and neither does a report about somebody who was never
sent a copy, since anyone can write to the address that bounces go to.
"""

import hashlib
import mailbox
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import closing
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from digest.problems import DigestError
from digest.senders.smtp.reply import status_of
from digest.senders.smtp.states import Bounce, BounceKind
from digest.unsubscribe import normal_address

# Permanent for the message, and not for the mailbox: it is full, the message is too long, or a policy refuses it.
_NOT_THE_MAILBOX = ("5.2.2", "5.2.3", "5.3.4", "5.7.")
_RECIPIENTS = ("Final-Recipient", "Original-Recipient", "X-Actual-Recipient")


class Failure(Struct, frozen=True):
    """A group of a report: those who may be meant, in the order of likelihood, and the status."""

    readers: tuple[str, ...]
    status: str
    report: str

    @property
    def kind(self) -> BounceKind:
        """Whether the mailbox is gone, or something else went wrong."""
        is_hard = self.status.startswith("5.") and not self.status.startswith(_NOT_THE_MAILBOX)
        return "hard" if is_hard else "soft"


class BounceSummary(Struct, frozen=True):
    """What a mailbox held: how many readers get nothing more, how many failed for a time, and what was passed over.

    `strangers` counts reports about addresses that were never sent a copy, `others` messages that are no reports.
    """

    hard: int = 0
    soft: int = 0
    strangers: int = 0
    others: int = 0


class BounceStates(Protocol):
    """What knows who was sent a copy, and keeps whose did not arrive."""

    def readers(self) -> Collection[str]:
        """Return the addresses, in their normal form, of those who were ever sent a copy."""
        ...

    def add_bounces(self, bounces: Iterable[Bounce]) -> None:
        """Add reports; one that is known changes nothing."""
        ...


def mark_bounces(path: Path, states: BounceStates) -> BounceSummary:
    """Mark the readers that the reports in a mailbox are about. Raises `DigestError` when it cannot be read."""
    known = states.readers()
    bounces: list[Bounce] = []
    strangers = others = 0
    for mail in _mails(path):
        failures = list(_failures(mail))
        others += not failures
        for failure in failures:
            reader = next((reader for reader in failure.readers if reader in known), "")
            if reader:
                bounces.append(Bounce(reader, failure.report, failure.kind, failure.status))
            strangers += not reader
    states.add_bounces(bounces)
    hard = {bounce.reader for bounce in bounces if bounce.kind == "hard"}
    soft = {bounce.reader for bounce in bounces if bounce.kind == "soft"}
    return BounceSummary(hard=len(hard), soft=len(soft - hard), strangers=strangers, others=others)


def _mails(path: Path) -> Iterator[Message]:
    """Yield the messages of a Maildir, of a mailbox file, or the one message that a file is."""
    try:
        if path.is_dir():
            yield from _maildir(path)
            return
        with path.open("rb") as file:
            is_mailbox = file.read(5) == b"From "
        if is_mailbox:
            with closing(mailbox.mbox(path, create=False)) as box:
                yield from box
        else:
            yield message_from_bytes(path.read_bytes())
    except (OSError, mailbox.Error) as error:
        raise DigestError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from error


def _maildir(path: Path) -> Iterator[Message]:
    if not ((path / "new").is_dir() and (path / "cur").is_dir()):
        raise DigestError(f"{path} is a folder and no Maildir: it has no new and cur")
    with closing(mailbox.Maildir(path, create=False)) as box:
        yield from box


def _failures(mail: Message) -> Iterator[Failure]:
    """Yield the failures of a report; nothing for any other message."""
    for part in mail.walk():
        if part.get_content_type() != "message/delivery-status" or not part.is_multipart():
            continue
        groups = part.get_payload()
        for group in groups if isinstance(groups, list) else []:
            if isinstance(group, Message) and str(group.get("Action", "")).strip().lower() == "failed":
                yield _failure(group, mail)


def _failure(group: Message, mail: Message) -> Failure:
    named = [_recipient(group, name) for name in _RECIPIENTS]
    named += [address.strip().strip("<>") for address in _returned(mail).get("to", "").split(",")]
    readers = tuple(dict.fromkeys(normal_address(address) for address in named if "@" in address))
    status = status_of(str(group.get("Status", "")).strip())
    identity = str(mail.get("Message-ID", "")) or mail.as_string()
    return Failure(readers, status, hashlib.sha256(identity.encode("utf-8", "replace")).hexdigest()[:32])


def _recipient(group: Message, name: str) -> str:
    """Return the address in `rfc822; ann@example.org`."""
    value = str(group.get(name, ""))
    return value.partition(";")[2].strip().strip("<>")


def _returned(mail: Message) -> Mapping[str, str]:
    """Return the headers of the message that came back, names in small letters."""
    for part in mail.walk():
        if part.get_content_type() == "text/rfc822-headers":
            headers = message_from_bytes(_bytes(part))
            return {name.lower(): str(value) for name, value in headers.items()}
        if part.get_content_type() == "message/rfc822" and part.is_multipart():
            inner = part.get_payload(0)
            return {name.lower(): str(value) for name, value in inner.items()} if isinstance(inner, Message) else {}
    return {}


def _bytes(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""
