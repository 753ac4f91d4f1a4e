"""The mail to somebody who wrote an address into the form to subscribe.

It asks to confirm the address, or says that she is a reader already. There is no word in it that a stranger can choose.
"""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from digest import localisation
from digest.config import Config, Digest
from digest.emails import mime
from digest.problems import ConfigError
from digest.readers.letters import CONFIRM, PREFERENCES, page_address
from digest.readers.page_view import View
from digest.readers.subscribers import Subscriber
from digest.readers.tokens import make_token
from digest.senders import make_sender
from digest.senders.smtp import OneByOne
from digest.senders.smtp.reply import Reply
from digest.senders.smtp.splice import domain_of
from digest.templates import environment
from digest.unsubscribe import colours_of

_KINDS = ("smtp", "ses")


class Mailer:
    """What sends the mails of the page: a sender of `[senders]`, in the name of a digest."""

    def __init__(self, config: Config, secrets: Sequence[str], *, sender: OneByOne, digest: Digest) -> None:
        self._config = config
        self._secrets = secrets
        self._sender = sender
        self._digest = digest

    def send(self, reader: Subscriber, language: str) -> Reply:
        """Send a reader the mail that is due to her. Raises `TryAgainError`, `SendError` and `ConfigError`."""
        bounces_to = self._sender.mail_settings.envelope_from or mime.split_address(self._digest.sender)[1]
        message = self._message(reader, View(self._config, language))
        transport = self._sender.transport()
        try:
            return transport.send(bounces_to, reader.address or "", message)
        finally:
            transport.close()

    def _message(self, reader: Subscriber, view: View) -> bytes:
        values = self._known(reader, view) if reader.state == "active" else self._unconfirmed(reader, view)
        values |= {
            "language": view.language,
            "direction": localisation.direction(view.language),
            "title": view.title,
            "ignore": view.words.mail_ignore,
            "postal_address": self._digest.postal_address,
            **colours_of(self._config),
        }
        jinja = environment(self._config.own_templates)
        text = jinja.get_template("readers-mail.txt.jinja").render(values)
        html = jinja.get_template("readers-mail.html.jinja").render(values)
        headers = self._headers(reader, view, values["subject"])
        to = f"To: {reader.address}\r\n"  # a checked address, which may have letters beyond ASCII (RFC 6532)
        return to.encode() + mime.message(headers, datetime.now(UTC), text, html)

    def _unconfirmed(self, reader: Subscriber, view: View) -> dict[str, Any]:
        return {
            "subject": view.text(view.words.mail_subject),
            "message": view.text(view.words.mail_confirm),
            "button": view.words.confirm,
            "link": self._link(CONFIRM, make_token(self._secrets[0], "confirm", reader.id, reader.epoch)),
        }

    def _known(self, reader: Subscriber, view: View) -> dict[str, Any]:
        return {
            "subject": f"{view.title}: {view.common.preferences}",
            "message": view.text(view.words.mail_known),
            "button": view.common.preferences,
            "link": self._link(PREFERENCES, make_token(self._secrets[0], "preferences", reader.id, reader.epoch)),
        }

    def _link(self, path: str, token: str) -> str:
        return f"{page_address(self._config)}{path}{token}"

    def _headers(self, reader: Subscriber, view: View, subject: str) -> list[str]:
        name, address = mime.split_address(self._digest.sender)
        identity = mime.message_id(domain_of(self._digest.sender), "page", str(reader.id), str(time.time_ns()))
        headers = [
            mime.address_header("From", name or view.title, address),
            mime.text_header("Subject", subject),
            f"Message-ID: {identity}",
            "Auto-Submitted: auto-generated",
        ]
        reply_to = mime.split_address(self._digest.reply_to)[1]
        return [*headers, mime.address_header("Reply-To", "", reply_to)] if reply_to else headers


def make_mailer(config: Config, secrets: Sequence[str]) -> Mailer:
    """Return what sends the mails of the page of a site. Raises `ConfigError` when it cannot."""
    fitting = (name for name, settings in config.senders.items() if settings.kind in _KINDS)
    name = config.readers.sender or next(fitting, "")
    if not name:
        raise ConfigError('the mail that asks to confirm an address needs a table [senders.NAME] with kind = "smtp"')
    sender, _ = make_sender(config, name)
    if not isinstance(sender, OneByOne):
        kind = config.senders[name].kind
        raise ConfigError(f'[senders.{name}] is of the kind "{kind}"; the page sends its mails by "smtp" and "ses"')
    if mistakes := sender.mistakes():
        raise ConfigError(f"[senders.{name}]: {'; '.join(mistakes)}")
    digest = next((each for each in config.digests.values() if mime.split_address(each.sender)[1]), None)
    if digest is None:
        raise ConfigError('the mail that asks to confirm an address needs sender = "Name <name@…>" of a digest')
    sender.transport().close()  # which reads the password, and connects to nothing
    return Mailer(config, secrets, sender=sender, digest=digest)
