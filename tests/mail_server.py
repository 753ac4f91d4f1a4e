"""A mail server for tests, on a thread: it takes everything, unless it is told to fail at a stage."""

import asyncio
import email
import email.policy
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

DROP = "drop"  # instead of a reply: the connection ends
HANG = "hang"  # instead of a reply: nothing comes
Fault = Callable[[str, str, int], str]  # stage, address, how often it was asked -> a reply, or "" for the usual one


class Inbox:
    """What a server took, and what it was told to fail at."""

    def __init__(self, fault: Fault = lambda *_: "") -> None:
        self.mails: list[tuple[str, bytes]] = []
        self.senders: list[str] = []
        self.connections = 0
        self.logins: list[tuple[str, str]] = []
        self.options: list[list[str]] = []
        self._fault = fault
        self._asked: dict[tuple[str, str], int] = {}

    def reply(self, stage: str, address: str) -> str:
        """The reply of a fault, or an empty text."""
        number = self._asked.get((stage, address), 0)
        self._asked[stage, address] = number + 1
        return self._fault(stage, address, number)

    def letters(self) -> dict[str, EmailMessage]:
        """The letters by their reader."""
        return {to: email.message_from_bytes(mail, policy=email.policy.default) for to, mail in self.mails}

    def parsed(self) -> Iterator[tuple[str, str]]:
        """Each mail in order: its reader, and its text as plain text."""
        for to, mail in self.mails:
            part = email.message_from_bytes(mail, policy=email.policy.default).get_body(("plain",))
            yield to, str(part.get_content()) if part else ""

    @property
    def readers(self) -> list[str]:
        """Who got a copy, in order."""
        return [to for to, _ in self.mails]


class _Server(SMTP):
    """aiosmtpd with a hook before the message, and connections that end."""

    def connection_made(self, transport: Any) -> None:
        self.event_handler.inbox.connections += self.session is None  # STARTTLS comes here again
        super().connection_made(transport)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        said = await self.event_handler.said(
            self, "data", self.envelope.rcpt_tos[0] if self.envelope and self.envelope.rcpt_tos else ""
        )
        if said == DROP:
            return
        if said:
            await self.push(said)
            return
        await super().smtp_DATA(arg)


class _Handler:
    def __init__(self, inbox: Inbox) -> None:
        self.inbox = inbox

    async def said(self, server: Any, stage: str, address: str) -> str:
        said = self.inbox.reply(stage, address)
        if said == HANG:
            await asyncio.sleep(30)
        if said in (DROP, HANG):
            server.transport.abort()
            return DROP
        return said

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:  # noqa: N802
        self.inbox.senders.append(address)
        self.inbox.options.append(options)
        if said := await self.said(server, "sender", address):
            return said
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if said := await self.said(server, "recipient", address):
            return said
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        address = envelope.rcpt_tos[0]
        said = self.inbox.reply("message", address)
        if said in (DROP, HANG):  # it took the message, and nobody hears of it
            self.inbox.mails.append((address, envelope.content))
            if said == HANG:
                await asyncio.sleep(30)
            server.transport.abort()
            return DROP
        if said:
            return said
        self.inbox.mails.append((address, envelope.content))
        return "250 OK"

    async def handle_RSET(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        return await self.said(server, "rset", "") or "250 OK"


@contextmanager
def mail_server(fault: Fault = lambda *_: "", **options: Any) -> Iterator[tuple[Inbox, int]]:
    """Run a server on a free port of the loopback interface; yield its inbox and its port."""
    inbox = Inbox(fault)
    handler = _Handler(inbox)

    class _Controller(Controller):
        def factory(self) -> SMTP:
            return _Server(handler, **{"enable_SMTPUTF8": True, **self.SMTP_kwargs})

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    ssl_context = options.pop("ssl_context", None)
    controller = _Controller(handler, hostname="127.0.0.1", port=port, ssl_context=ssl_context, **options)
    controller.start()
    inbox.connections = 0  # it connects once itself
    try:
        yield inbox, port
    finally:
        controller.stop()
