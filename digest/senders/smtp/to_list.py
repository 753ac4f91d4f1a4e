"""`kind = "smtp-list"`: one message to the address of a mailing list, which sends it on."""

from collections.abc import Sequence
from datetime import datetime

from digest.emails.mime import address_header, split_address
from digest.senders.message import replace_header
from digest.senders.protocol import Handover, Ref, SendError, TryAgainError, UnansweredError
from digest.senders.smtp.mail_sender import MailSender, test_addresses
from digest.senders.smtp.reply import Reply
from digest.senders.smtp.settings import ListSettings


class ToList(MailSender):
    """One message by mail. The server cannot be asked whether it has it, so a lost answer is a doubt."""

    settings_type = ListSettings

    def check(self, handover: Handover, due: datetime | None) -> Sequence[str]:
        """Return what is wrong with the table or the edition."""
        found = list(super().check(handover, due))
        if not split_address(handover.manifest.to)[1]:
            found.append(f"digests.{handover.manifest.digest} has no `to`; write the list's address, and build again")
        return found

    def rehearse(self, handover: Handover, due: datetime | None, *, draft_only: bool) -> Sequence[str]:  # noqa: ARG002
        """Return what would be said to the mail server."""
        return [
            *self.opening(handover),
            f"RCPT TO:<{split_address(handover.manifest.to)[1]}>",
            f"DATA of {len(handover.message):,} bytes: email.eml, dated now",
        ]

    def test(self, handover: Handover, to: Sequence[str]) -> None:
        """Send the message to these addresses instead of the list."""
        for address in test_addresses(to):
            message = replace_header(handover.message, "To", address_header("To", "", address))
            self._send(handover, address, message)

    def release(self, _ref: Ref, handover: Handover, _due: datetime | None) -> None:
        """Send the message to the list."""
        self._send(handover, split_address(handover.manifest.to)[1], handover.message)

    def _send(self, handover: Handover, address: str, message: bytes) -> None:
        self.warn_of_insecurity(handover)
        transport = self.transport()
        try:
            reply = transport.send(self.envelope_sender(handover), address, message)
        finally:
            transport.close()
        _raise_unless_sent(address, reply)


def _raise_unless_sent(address: str, reply: Reply) -> None:
    if reply.fate == "sent":
        return
    if reply.fate == "unknown":
        raise UnansweredError(f"{address}: {reply}")
    if reply.is_permanent:
        raise SendError(f"{address}: refused, {reply}")
    raise TryAgainError(f"{address}: not now, {reply}")
