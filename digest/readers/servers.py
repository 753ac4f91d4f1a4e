"""The readers' page behind a server: as an ASGI application, and behind uvicorn."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from msgspec import Struct

from digest.config import Config
from digest.problems import ConfigError, DigestError, require
from digest.readers.database import readers_opener
from digest.readers.letters import SUBSCRIBE, page_address
from digest.readers.mail import make_mailer
from digest.readers.page import ReadersPage
from digest.readers.page_applications import Applications
from digest.readers.page_request import LARGEST, BodyState, Request
from digest.unsubscribe import read_secrets

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request as HttpRequest
    from starlette.responses import Response

BIND = "127.0.0.1:8025"
_UNIX = "unix:"
_HEADERS = ("origin", "sec-fetch-site", "accept-language")  # that the page looks at
_PATIENCE = 10.0  # seconds for a body


class Bind(Struct, frozen=True):
    """Where a server listens: a host and a port, or the `path` of a socket."""

    host: str = ""
    port: int = 0
    path: str = ""


def read_bind(text: str) -> Bind:
    """Return what `HOST:PORT` or `unix:PATH` says. Raises `ValueError`."""
    if text.startswith(_UNIX) and len(text) > len(_UNIX):
        return Bind(path=text.removeprefix(_UNIX))
    host, colon, port = text.rpartition(":")
    if not (colon and host and port.isascii() and port.isdecimal() and int(port) < 65_536):
        raise ValueError(f'"{text}" is no address to listen on; write {BIND} or unix:/run/digest/readers.sock')
    return Bind(host.removeprefix("[").removesuffix("]"), int(port))


def readers_app(config: Config) -> "Starlette":
    """Return the readers' page of a site as an ASGI application, below any path.

    Raises `ConfigError` when there is no secret, no `[readers] url`, or no way to send a mail, and when git or the
    output would take the database in.
    """
    require("starlette", "preview", "the readers' page")
    from starlette.applications import Starlette
    from starlette.concurrency import run_in_threadpool
    from starlette.responses import Response
    from starlette.routing import Route

    if not page_address(config):
        raise ConfigError('write url = "https://…" into [readers]: the address of the page')
    secrets = read_secrets()
    open_database = readers_opener(config)
    applications = Applications(open_database, secrets, make_mailer(config, secrets))
    applications.drop_old()  # and what is wrong with the database is said now
    page = ReadersPage(config, secrets, open_database=open_database, take=applications.take)

    @asynccontextmanager
    async def lifespan(_app: "Starlette") -> "AsyncIterator[None]":
        yield
        await run_in_threadpool(applications.close)

    async def answer(request: "HttpRequest") -> "Response":
        made = await run_in_threadpool(page.answer, await _read(request))
        return Response(made.body, made.status, made.headers)

    methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]  # the page refuses what it does not take
    return Starlette(routes=[Route("/{path:path}", answer, methods=methods)], lifespan=lifespan)


def serve_readers(config: Config, bind: Bind, say: Callable[[str], None]) -> None:
    """Serve the page with uvicorn until interrupted. Raises `DigestError` when the port is taken.

    Addresses of clients are taken from `X-Forwarded-For` when a proxy on this machine sends it.
    """
    for package in ("starlette", "uvicorn"):
        require(package, "preview", "digest readers serve")
    import uvicorn

    options = uvicorn.Config(
        readers_app(config),
        uds=bind.path or None,
        forwarded_allow_ips="*" if bind.path else "127.0.0.1,::1",  # whose X-Forwarded-For counts
        log_level="warning",
        access_log=False,
        server_header=False,
    )
    if bind.path:
        say(f"readers' page: {bind.path} (Ctrl+C ends it)")
        uvicorn.Server(options).run()
        return
    with _listener(bind) as listener:
        shown = f"[{bind.host}]" if ":" in bind.host else bind.host
        say(f"readers' page: http://{shown}:{listener.getsockname()[1]}/{SUBSCRIBE} (Ctrl+C ends it)")
        uvicorn.Server(options).run(sockets=[listener])


def _listener(bind: Bind) -> socket.socket:
    family = socket.AF_INET6 if ":" in bind.host else socket.AF_INET
    try:
        return socket.create_server((bind.host, bind.port), family=family)
    except OSError as error:
        raise DigestError(f"port {bind.port} of {bind.host} cannot be used: {error.strerror or error}") from error


async def _read(request: "HttpRequest") -> Request:
    body, state = await _read_body(request) if request.method == "POST" else (b"", "whole")
    return Request(
        method=request.method,
        path=request.scope["path"].removeprefix(request.scope.get("root_path", "")),
        query=request.url.query,
        client=request.client.host if request.client else "",
        headers={name: request.headers[name] for name in _HEADERS if name in request.headers},
        body=body,
        body_state=state,
    )


async def _read_body(request: "HttpRequest") -> tuple[bytes, BodyState]:
    """Return at most `LARGEST` bytes of a body, of one that comes in time."""
    from starlette.requests import ClientDisconnect

    body = b""
    try:
        async with asyncio.timeout(_PATIENCE):
            async for piece in request.stream():
                body += piece
                if len(body) > LARGEST:
                    return body[:LARGEST], "too_long"
    except (TimeoutError, ClientDisconnect):
        return body, "too_slow"
    return body, "whole"
