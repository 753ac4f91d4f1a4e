"""Sending one message at a time: over SMTP (RFC 5321), or through a `sendmail` program.

A transport returns the reply that decided about a message, and raises only what concerns all messages: `SendError` when
the server refuses the login or is not who it should be, `TryAgainError` when it cannot be reached.
"""

import smtplib
import ssl
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from digest.senders.protocol import SendError, TryAgainError
from digest.senders.secret import Secret
from digest.senders.smtp.reply import CLOSING, Reply, Stage, reply
from digest.senders.smtp.settings import MailSettings, is_loopback

_ATTEMPTS = 3  # to connect
_PAUSE = 2.0  # seconds before the second attempt; twice as long before the third
_READY = 354  # for the message
_EX_OK, _EX_USAGE, _EX_TEMPFAIL = 0, 64, 75
_EX_NO_SUCH_ADDRESS = (65, 67, 68)  # EX_DATAERR, EX_NOUSER, EX_NOHOST of sysexits.h


class Transport(Protocol):
    """How messages leave."""

    def send(self, sender: str, address: str, message: bytes) -> Reply:
        """Send a message with CRLF line ends to one address; return the reply that decided about it."""
        ...

    def close(self) -> None:
        """End the connection."""
        ...


class _LostError(Exception):
    """The connection ended before the message was handed over: it is certain that it was not sent."""


class Smtp:
    """A mail server. The connection is made for the first message, and again after it was lost."""

    def __init__(
        self,
        settings: MailSettings,
        password: Secret,
        root: Path,
        per_connection: int = 100,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._settings = settings
        self._password = password
        self._root = root
        self._per_connection = per_connection
        self._sleep = sleep
        self._connection: smtplib.SMTP | None = None
        self._sent = 0

    def send(self, sender: str, address: str, message: bytes) -> Reply:
        """Send a message; a connection that is lost before it was handed over is taken up again, once."""
        if self._sent >= self._per_connection:
            self.close()
        for _ in range(2):
            connection = self._connected()
            try:
                return self._converse(connection, sender, address, message)
            except _LostError as error:
                self._drop()
                reason = str(error)
        return reply("connection", 0, reason)

    def check(self) -> list[str]:
        """Connect, log in and return the extensions that the server offers."""
        return sorted(self._connected().esmtp_features)

    def close(self) -> None:
        """Say goodbye."""
        connection, self._connection = self._connection, None
        self._sent = 0
        if connection is not None:
            try:
                connection.quit()
            except (OSError, smtplib.SMTPException):
                connection.close()

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None
        self._sent = 0

    def _converse(self, connection: smtplib.SMTP, sender: str, address: str, message: bytes) -> Reply:
        """Send a message stage by stage."""
        self._sent += 1
        needs_utf8 = not (address.isascii() and sender.isascii())
        if needs_utf8 and not connection.has_extn("smtputf8"):
            return reply("recipient", 550, "5.6.7 the mail server does not offer SMTPUTF8, which this address needs")
        options = ["SMTPUTF8", "BODY=8BITMIME"] if needs_utf8 else []
        if connection.has_extn("size"):
            options.append(f"size={len(message)}")
        connection.command_encoding = "utf-8" if needs_utf8 else "ascii"
        refused = (
            self._refusal(connection, "sender", lambda: connection.mail(sender, options))
            or self._refusal(connection, "recipient", lambda: connection.rcpt(address))
            or self._refusal(connection, "data", lambda: connection.docmd("DATA"))
        )
        return refused or self._hand_over(connection, message)

    def _refusal(self, connection: smtplib.SMTP, stage: Stage, call: Callable[[], tuple[int, bytes]]) -> Reply | None:
        """Return the reply of a stage when the message cannot go on. Raises `_LostError`."""
        code, text = _answered(call)
        if code == CLOSING:
            raise _LostError(str(reply(stage, code, text)))
        if 200 <= code < 300 or code == _READY:
            return None
        self._reset(connection)
        return reply(stage, code, text)

    def _hand_over(self, connection: smtplib.SMTP, message: bytes) -> Reply:
        """Send the message itself. Without an answer nobody knows whether it was taken."""
        quoted = message.replace(b"\r\n.", b"\r\n..")
        end = b".\r\n" if message.endswith(b"\r\n") else b"\r\n.\r\n"
        try:
            connection.send(quoted + end)
            code, text = connection.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return reply("message", 0, f"no answer to the message: {_reason(error)}", lost_message=True)
        answer = reply("message", code, text)
        if code == CLOSING:
            self._drop()
        elif answer.fate != "sent":
            self._reset(connection)
        return answer

    def _reset(self, connection: smtplib.SMTP) -> None:
        """Begin anew with the next message; a connection on which that fails is given up."""
        try:
            code, _ = connection.rset()
        except (OSError, smtplib.SMTPException):
            code = 0
        if not 200 <= code < 300:
            self._drop()

    def _connected(self) -> smtplib.SMTP:
        """Return the connection, made when there is none. Raises `SendError` and `TryAgainError`."""
        if self._connection is None:
            self._connection = self._connect_patiently()
            self._sent = 0
        return self._connection

    def _connect_patiently(self) -> smtplib.SMTP:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return self._connect()
            except TryAgainError:
                if attempt == _ATTEMPTS:
                    raise
                self._sleep(_PAUSE * attempt)
        raise AssertionError("unreachable")

    def _connect(self) -> smtplib.SMTP:
        settings = self._settings
        place = f"{settings.host}:{settings.port_in_force}"
        try:
            connection = self._open()
        except ssl.SSLCertVerificationError as error:
            hint = "write the name that is in the certificate as host, or name your own authority with ca_file"
            raise SendError(f"{place}: its certificate is not valid: {error.verify_message}; {hint}") from None
        except smtplib.SMTPNotSupportedError:
            hint = 'write security = "tls" with port 465 if it takes that'
            raise SendError(f"{place} does not offer STARTTLS, so that nothing would be encrypted; {hint}") from None
        except ssl.SSLError as error:
            hint = 'port 465 takes security = "tls", port 587 "starttls"'
            raise SendError(f"{place}: no TLS connection: {error.reason or error}; {hint}") from None
        except smtplib.SMTPResponseException as error:
            text = str(reply("connection", error.smtp_code, error.smtp_error))
            kind = SendError if 500 <= error.smtp_code < 600 else TryAgainError
            raise kind(f"{place}: {text}") from None
        except (OSError, smtplib.SMTPException) as error:
            raise TryAgainError(f"{place} cannot be reached: {_reason(error)}") from None
        self._log_in(connection, place)
        return connection

    def _open(self) -> smtplib.SMTP:
        settings = self._settings
        hello = settings.hello or None
        if settings.in_force == "tls":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                settings.host,
                settings.port_in_force,
                hello,
                timeout=settings.timeout,
                context=self._context(),
            )
        else:
            connection = smtplib.SMTP(settings.host, settings.port_in_force, hello, timeout=settings.timeout)
        try:
            connection.ehlo_or_helo_if_needed()
            if settings.in_force == "starttls":
                connection.starttls(context=self._context())
                connection.ehlo_or_helo_if_needed()
        except BaseException:
            connection.close()
            raise
        return connection

    def _context(self) -> ssl.SSLContext:
        file = str(self._root / Path(self._settings.ca_file).expanduser()) if self._settings.ca_file else None
        try:
            context = ssl.create_default_context(cafile=file)
        except OSError as error:
            raise SendError(f"ca_file: {self._settings.ca_file} cannot be read: {_reason(error)}") from None
        if self._settings.insecure:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context

    def _log_in(self, connection: smtplib.SMTP, place: str) -> None:
        settings = self._settings
        if not settings.user:
            return
        try:
            connection.login(settings.user, self._password.reveal())
        except smtplib.SMTPAuthenticationError as error:
            connection.close()
            text = str(reply("connection", error.smtp_code, error.smtp_error))
            if 400 <= error.smtp_code < 500:
                raise TryAgainError(f"{place} cannot check the login now: {text}") from None
            hint = "many providers want an app password or authorisation code instead of the mailbox's own password"
            raise SendError(f"{place} refuses the login of {settings.user}: {text}; {hint}") from None
        except UnicodeError:
            connection.close()
            raise SendError("user or password has a character that is not ASCII, which SMTP cannot send") from None
        except smtplib.SMTPNotSupportedError:
            connection.close()
            raise SendError(f"{place} offers no login that is known here; leave `user` out if it needs none") from None
        except (OSError, smtplib.SMTPException) as error:
            connection.close()
            raise TryAgainError(f"{place}: the connection was lost at the login: {_reason(error)}") from None


class Sendmail:
    """A `sendmail` program, as Postfix, Exim and others have one."""

    def __init__(self, program: str, timeout: float) -> None:
        self._program = program
        self._timeout = timeout

    def send(self, sender: str, address: str, message: bytes) -> Reply:
        """Give a message to the program, with the line ends of this system, and return how it ended as a reply."""
        command = [self._program, "-i", "-f", sender, "--", address]
        try:
            ended = subprocess.run(
                command,
                input=message.replace(b"\r\n", b"\n"),
                capture_output=True,
                timeout=self._timeout,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return reply("message", 0, f"{self._program} did not end", lost_message=True)
        except OSError as error:
            raise SendError(f"{self._program} cannot be run: {error.strerror or error}") from None
        if ended.returncode == _EX_OK:
            return reply("message", 250, "accepted")
        said = ended.stderr.decode("utf-8", "replace").strip() or f"{self._program} ended with {ended.returncode}"
        if ended.returncode < 0:
            return reply("message", 0, said, lost_message=True)
        if ended.returncode in _EX_NO_SUCH_ADDRESS:
            return reply("recipient", 550, said)
        if ended.returncode == _EX_TEMPFAIL:
            return reply("recipient", 450, said)
        return reply("sender", 550, said)

    def close(self) -> None:
        """There is nothing to end."""


def make_transport(settings: MailSettings, password: Secret, root: Path, per_connection: int = 100) -> Smtp | Sendmail:
    """Return the transport that a table describes."""
    if settings.sendmail:
        return Sendmail(settings.sendmail, settings.timeout)
    return Smtp(settings, password, root, per_connection)


def mistakes(settings: MailSettings) -> list[str]:
    """Return what is wrong in a table, beyond types."""
    found = []
    if bool(settings.host) == bool(settings.sendmail):
        found.append('write either host = "mail.example.org" or sendmail = "/usr/sbin/sendmail"')
    in_clear = settings.in_force == "none" and not is_loopback(settings.host)
    if settings.user and in_clear and not settings.insecure:
        found.append('the password would go over the network in clear: write security = "tls" or "starttls"')
    return found


def _answered(call: Callable[[], tuple[int, bytes]]) -> tuple[int, bytes]:
    """Return a reply. Raises `_LostError` when the connection ended, or the reply took too long."""
    try:
        return call()
    except (OSError, smtplib.SMTPException) as error:
        raise _LostError(f"the connection was lost: {_reason(error)}") from None


def _reason(error: BaseException) -> str:
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return str(reply("connection", 0, text))
