"""The preview as an ASGI application: the page, its e-mails, the event stream, the feeds and local images.

It answers from a `Live` site, which is rebuilt in memory on the first request after a change. Content is untrusted here
too: an e-mail is served into a sandbox, and only requests with a local Host header are answered.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from digest.archive.media_types import media_type
from digest.emails import IMAGES_FOLDER, Email
from digest.preview import pages, views
from digest.preview.site import Site
from digest.problems import DigestError

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

NAMES = ["127.0.0.1", "localhost"]  # another name in the Host header is a DNS rebinding attack
KEEP_ALIVE = 15.0  # seconds between comments on a silent event stream, so that idle connections are not closed
HEADERS = {
    "Cache-Control": "no-cache",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Live:
    """The current site. It is built on demand, in a thread, one build at a time."""

    def __init__(self, build: Callable[[], Site]) -> None:
        self.version = 0
        self.closed = False
        self._build = build
        self._site: Site | None = None
        self._emails: dict[str, Email] = {}
        self._busy = asyncio.Lock()
        self._change_event = asyncio.Event()

    def changed(self) -> None:
        """Discard the build and notify every open page."""
        self.version += 1
        self._site = None
        self._emails = {}
        self._change_event.set()
        self._change_event = asyncio.Event()

    def close(self) -> None:
        """End the event streams, so that the server can stop."""
        self.closed = True
        self._change_event.set()

    async def site(self) -> Site:
        """Return the site as it is now. Raises `DigestError` when it cannot be built."""
        async with self._busy:
            return await self._current()

    async def email(self, key: str) -> tuple[Site, Email]:
        """Return an edition by its key, the site with it. Raises `DigestError` when it cannot be made."""
        async with self._busy:
            site = await self._current()
            emails = self._emails
            if key not in emails:
                emails[key] = await asyncio.to_thread(site.compose, key)
            return site, emails[key]

    def image(self, path: str) -> bytes | None:
        """Return the copy of an image that an edition shows, by its path below the output folder."""
        key, _, name = path.removeprefix("editions/").rpartition(f"/{IMAGES_FOLDER}/")
        made = self._emails.get(key)
        return made.images.get(f"{IMAGES_FOLDER}/{name}") if made else None

    async def events(self) -> AsyncIterator[str]:
        """Yield the version now and after every change, as server-sent events (WHATWG HTML section 9.2)."""
        while not self.closed:
            change, sent = self._change_event, self.version
            yield f"retry: 1000\nevent: version\ndata: {sent}\n\n"
            while not self.closed and sent == self.version:
                try:
                    await asyncio.wait_for(change.wait(), KEEP_ALIVE)
                except TimeoutError:
                    yield ": still here\n\n"

    async def _current(self) -> Site:
        while self._site is None:
            version = self.version
            site = await asyncio.to_thread(self._build)
            if version == self.version:  # else a file changed meanwhile, and the build may hold half of it
                self._site = site
        return self._site


def application(live: Live) -> "Starlette":
    """Return the ASGI application of `live`: the page, its e-mails, the event stream, the feeds and images."""
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.middleware.trustedhost import TrustedHostMiddleware
    from starlette.routing import Route

    failed = partial(_failed, live)
    return Starlette(
        routes=[
            Route("/", partial(_page, live)),
            Route("/-/events", partial(_events, live)),
            Route("/-/email/{key:path}", partial(_email, live)),
            Route("/-/message/{key:path}", partial(_message, live)),
            Route("/{path:path}", partial(_file, live)),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=NAMES, www_redirect=False)],
        exception_handlers={DigestError: failed, 404: failed, Exception: failed},
    )


async def _page(live: Live, request: "Request") -> "Response":
    """Return the page for the edition that the query names, or the one that is due, or why there is none."""
    site = await live.site()
    key = request.query_params.get("edition") or site.due
    try:
        made = (await live.email(key))[1] if key else None
    except DigestError as error:
        return _shell(pages.trouble(error, live.version, site, key))
    return _shell(pages.shell(site, key, made, live.version))


async def _events(live: Live, _: "Request") -> "Response":
    from starlette.responses import StreamingResponse

    return StreamingResponse(live.events(), media_type="text/event-stream", headers=HEADERS)


async def _email(live: Live, request: "Request") -> "Response":
    site, made = await live.email(request.path_params["key"])
    view = request.query_params.get("view", "light")

    def local(url: str) -> str:
        path = unquote(url.partition("?")[0])
        is_local = site.image(path) or live.image(path.removeprefix(site.url))
        return f"/{url.removeprefix(site.url)}" if is_local else url

    html = views.show(made.seen or made.html, view, local).encode()
    headers = {"Content-Security-Policy": pages.email_policy(view)}
    return _answer(request, html, media_type("email.html"), site.modified, headers)


async def _message(live: Live, request: "Request") -> "Response":
    key = request.path_params["key"]
    site, made = await live.email(key)
    name = quote(key.replace("/", "-"))
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}.eml"}
    return _answer(request, made.eml, media_type("email.eml"), site.modified, headers)


async def _file(live: Live, request: "Request") -> "Response":
    """Return a feed or a page, else an image from one of the site's folders."""
    from starlette.exceptions import HTTPException

    site = await live.site()
    path: str = request.path_params["path"]
    for name in (path, f"{path.rstrip('/')}/index.html"):
        if name in site.files:
            headers = {"Content-Security-Policy": pages.FILE_POLICY}
            return _answer(request, site.files[name], media_type(name), site.modified, headers)
    copy = live.image(path)
    if copy is not None:
        return _answer(request, copy, media_type(path), None, {"Content-Security-Policy": pages.IMAGE_POLICY})
    image = site.image(site.url + path)
    if image is None:
        raise HTTPException(404, f"there is no /{path} in this build")
    content = await asyncio.to_thread(image.read_bytes)
    return _answer(request, content, media_type(image.name), None, {"Content-Security-Policy": pages.IMAGE_POLICY})


async def _failed(live: Live, _: "Request", error: Exception) -> "Response":
    """Return the error page; with status 200 for problems in the user's files, which the page exists to show."""
    status = 200 if isinstance(error, DigestError) else getattr(error, "status_code", 500)
    return _shell(pages.trouble(error, live.version), status)


def _shell(html: str, status: int = 200) -> "Response":
    from starlette.responses import HTMLResponse

    headers = {**HEADERS, "Content-Security-Policy": pages.shell_policy(html), "Cache-Control": "no-store"}
    return HTMLResponse(html, status, headers)


def _answer(
    request: "Request", content: bytes, media: str, modified: datetime | None, headers: Mapping[str, str]
) -> "Response":
    """Return `content` with its validators, or 304 when the browser already has it (RFC 9110 section 13)."""
    from starlette.responses import Response

    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {**HEADERS, **headers, "ETag": etag}
    if modified:
        headers["Last-Modified"] = format_datetime(_whole_seconds(modified), usegmt=True)
    if _has(request.headers, etag, modified):
        return Response(status_code=304, headers=headers)
    return Response(content, 200, headers, media_type=media)


def _whole_seconds(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=0)


def _has(headers: Mapping[str, str], etag: str, modified: datetime | None) -> bool:
    """Return whether the request says that the browser holds this content; the date counts only without an ETag."""
    if "if-none-match" in headers:
        held = [tag.strip().removeprefix("W/") for tag in headers["if-none-match"].split(",")]
        return etag in held or held == ["*"]
    if modified is None or "if-modified-since" not in headers:
        return False
    try:
        return _whole_seconds(modified) <= parsedate_to_datetime(headers["if-modified-since"])
    except (TypeError, ValueError):  # a wrong date, or one without a zone
        return False
