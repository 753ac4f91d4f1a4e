"""The tables `[senders.NAME]` that send by mail: `kind = "smtp-list"` and `kind = "smtp"`."""

from typing import Annotated, Literal

from msgspec import Meta

from digest.config import SenderSettings

_LOOPBACK = frozenset({"localhost", "ip6-localhost", "::1"})
_PORTS = {"tls": 465, "starttls": 587, "none": 25}

Security = Literal["tls", "starttls", "none"]
Seconds = Annotated[int, Meta(ge=1, le=3_600)]


class MailSettings(SenderSettings, frozen=True, kw_only=True):
    """The settings that both kinds share: a mail server, or a `sendmail` program."""

    host: str = ""
    port: Annotated[int, Meta(ge=0, le=65_535)] = 0  # by `security` when 0: 465, 587 or 25
    security: Literal["", "tls", "starttls", "none"] = ""  # tls for port 465, none to this machine, else starttls
    user: str = ""
    password_env: str = "SMTP_PASSWORD"  # noqa: S105 - the name of a variable
    password_file: str = ""
    ca_file: str = ""  # certificates of an authority of your own
    insecure: bool = False  # no certificate is verified, and a password may go in clear: for tests
    sendmail: str = ""  # path of a program such as "/usr/sbin/sendmail", instead of a host
    envelope_from: str = ""  # where bounces go; the digest's sender when empty
    hello: str = ""  # the name in EHLO; this machine's when empty
    timeout: Seconds = 60  # seconds that a reply may take

    @property
    def in_force(self) -> Security:
        """How the connection is secured."""
        if self.security:
            return self.security
        if self.port == _PORTS["tls"]:
            return "tls"
        return "none" if is_loopback(self.host) else "starttls"

    @property
    def is_local(self) -> bool:
        """Whether the mail server is this machine."""
        return is_loopback(self.host)

    @property
    def port_in_force(self) -> int:
        """The port of the mail server."""
        return self.port or _PORTS[self.in_force]


class ListSettings(MailSettings, frozen=True, kw_only=True):
    """`kind = "smtp-list"`: one message to the digest's `to`, the address of a mailing list."""

    mailman: bool = False  # the list is one of Mailman's, whose placeholders are kept out

    def filled_in_by(self) -> str:
        """Return the provider that fills in the parts for each reader."""
        return "mailman" if self.mailman else "plain"


class ReadersSettings(MailSettings, frozen=True, kw_only=True):
    """`kind = "smtp"`: a copy for each address of a file."""

    unknown_copies: Literal["ask", "repeat", "skip"] = "repeat"  # of which nobody knows whether they arrived
    readers: str = ""  # the file of addresses, relative to the site's folder; not for `digest send --readers`
    database: str = "private/sending.sqlite"  # what became of each copy; git must ignore it
    rate: str = ""  # "20/s", "500/m" or "5000/h"
    per_connection: Annotated[int, Meta(ge=1)] = 100  # copies
    stop_after: Annotated[int, Meta(ge=0)] = 10  # refusals in a row; 0: never


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine."""
    return host.lower() in _LOOPBACK or host.startswith("127.")
