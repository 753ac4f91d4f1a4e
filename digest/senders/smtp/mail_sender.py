"""What both kinds that send by mail share: a mail server has no drafts, knows no editions and takes nothing back."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from digest.emails.mime import split_address
from digest.problems import Problem
from digest.senders.protocol import Ability, Handover, Ref, SendError, State
from digest.senders.secret import Secret, Secrets
from digest.senders.smtp.addresses import check_address
from digest.senders.smtp.settings import MailSettings
from digest.senders.smtp.transport import Smtp, Transport, make_transport, mistakes


class MailSender:
    """A sender by SMTP or through a `sendmail` program."""

    can: frozenset[Ability] = frozenset({"test", "text"})

    def __init__(self, settings: MailSettings, secrets: Secrets) -> None:
        self.provider = settings.filled_in_by()
        self.mail_settings = settings
        self.secrets = secrets
        self.root: Path = secrets.root

    def check(self, handover: Handover, due: datetime | None) -> Sequence[str]:
        """Return what is wrong with the table or the edition."""
        found = self.mistakes()
        if not split_address(handover.manifest.sender)[1]:
            found.append(f"digests.{handover.manifest.digest} has no sender; write one and build the edition again")
        if due is not None:
            found.append("a mail server takes no time to send at; send the edition then")
        return found

    def mistakes(self) -> list[str]:
        """Return what is wrong with the settings of the mail server."""
        return mistakes(self.mail_settings)

    def find(self, _handover: Handover) -> Ref | None:
        """Return nothing: a mail server knows no editions."""
        return None

    def create(self, _handover: Handover, _ref: Ref | None) -> Ref:
        """Do nothing: a mail server holds no drafts."""
        return Ref("")

    def state(self, _ref: Ref) -> State:
        """Return that a mail server cannot say what it did."""
        return State("unknown")

    def cancel(self, _ref: Ref) -> None:
        """Refuse: mail that was sent is sent."""
        raise SendError("mail that was sent cannot be taken back")

    def close(self) -> None:
        """Do nothing: connections end with each call."""

    def reachable(self) -> str:
        """Connect and log in, send nothing, and return what the server offers. Raises `SendError`, `TryAgainError`."""
        transport = self.transport()
        if not isinstance(transport, Smtp):
            return self.mail_settings.sendmail
        try:
            return ", ".join(transport.check())
        finally:
            transport.close()

    def transport(self, per_connection: int = 100) -> Transport:
        """Return how messages leave."""
        settings = self.mail_settings
        password: Secret = self.secrets.get("password", required=bool(settings.user))
        return make_transport(settings, password, self.root, per_connection)

    def warn_of_insecurity(self, handover: Handover) -> None:
        """Warn of a connection that is not safe, at every run."""
        settings = self.mail_settings
        if settings.insecure:
            message = f"whoever stands between here and {settings.host} can read the password and the letters"
            self.warn(handover, "digest.toml", "insecure-sender", message, "remove `insecure = true`")

    def envelope_sender(self, handover: Handover) -> str:
        """Return where bounces go."""
        return self.mail_settings.envelope_from or split_address(handover.manifest.sender)[1]

    def warn(self, handover: Handover, path: str, code: str, message: str, hint: str = "", *, line: int = 0) -> None:
        """Warn the owner, secrets hidden."""
        column = 1 if line else 0
        handover.warn(Problem(path, line, column, code, self.secrets.redact(message), hint, "warning"))

    def opening(self, handover: Handover) -> list[str]:
        """Return the beginning of what would be said to the mail server."""
        settings = self.mail_settings
        place = settings.sendmail or f"{settings.host}:{settings.port_in_force} (security: {settings.in_force})"
        login = f", log in as {settings.user}" if settings.user else ""
        return [f"connect to {place}{login}", f"MAIL FROM:<{self.envelope_sender(handover)}>"]


def test_addresses(to: Sequence[str]) -> list[str]:
    """Return the addresses of a test. Raises `SendError` for one that is none."""
    try:
        return [check_address(text) for text in to]
    except ValueError as error:
        raise SendError(str(error)) from error
