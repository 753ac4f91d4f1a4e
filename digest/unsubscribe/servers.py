"""The unsubscribe page behind a server: as an ASGI or a WSGI application, and behind uvicorn."""

import socket
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from digest.config import Config
from digest.problems import DigestError, require
from digest.unsubscribe.page import UnsubscribePage
from digest.unsubscribe.suppressed import suppressed_path
from digest.unsubscribe.tokens import read_secrets

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

HOST = "127.0.0.1"
PORT = 8471
WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def make_page(config: Config) -> UnsubscribePage:
    """Return the page of a site, with its suppression list and the secrets of the environment.

    Raises `ConfigError` when there is no secret, and when git or the site's output would take the list in.
    """
    return UnsubscribePage(config, suppressed_path(config.root), read_secrets())


def asgi_app(config: Config) -> "Starlette":
    """Return the page as an ASGI application. It answers at every path, so that it can stand below any."""
    require("starlette", "preview", "the ASGI application")
    from starlette.applications import Starlette
    from starlette.concurrency import run_in_threadpool
    from starlette.responses import Response
    from starlette.routing import Route

    page = make_page(config)

    async def answer(request: "Request") -> "Response":
        client = request.client.host if request.client else ""
        made = await run_in_threadpool(page.answer, request.method, request.url.query, client)
        return Response(made.body, made.status, made.headers)

    methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]  # the page refuses what it does not take
    return Starlette(routes=[Route("/{path:path}", answer, methods=methods)])


def wsgi_app(config: Config) -> WsgiApp:
    """Return the page as a WSGI application, such as for CGI: `wsgiref.handlers.CGIHandler().run(app)`."""
    page = make_page(config)

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        method = environ.get("REQUEST_METHOD", "GET")
        made = page.answer(method, environ.get("QUERY_STRING", ""), environ.get("REMOTE_ADDR", ""))
        status = f"{made.status} {HTTPStatus(made.status).phrase}"
        start_response(status, [*made.headers.items(), ("Content-Length", str(len(made.body)))])
        return [] if method == "HEAD" else [made.body]

    return application


def serve(config: Config, *, host: str, port: int, say: Callable[[str], None]) -> None:
    """Serve the page with uvicorn until interrupted. Raises `DigestError` when the port is taken.

    Addresses of clients are taken from `X-Forwarded-For` when a proxy on this machine sends it.
    """
    for package in ("starlette", "uvicorn"):
        require(package, "preview", "digest unsubscribe serve")
    import uvicorn

    app = asgi_app(config)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family)
    except OSError as error:
        raise DigestError(f"port {port} of {host} cannot be used: {error.strerror or error}") from error
    shown = f"[{host}]" if ":" in host else host
    say(f"unsubscribe page: http://{shown}:{listener.getsockname()[1]}/ (Ctrl+C ends it)")
    options = uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off", server_header=False)
    with listener:
        uvicorn.Server(options).run(sockets=[listener])
