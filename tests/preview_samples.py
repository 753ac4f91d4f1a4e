"""A small site for the tests of the preview, built in memory from its files."""

from __future__ import annotations

import asyncio
import html
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from multiprocessing import Queue
from pathlib import Path
from typing import Any, NamedTuple

from msgspec.structs import replace

from digest.config import Config, load_config
from digest.preview import Live, Site, application, rehearse, serve

TOML = """[site]
title = "The Harbour"
url = "https://harbour.example/"
permalink = "/{year}/{slug}/"
templates = "mine"

[digests.weekly]
title = "Harbour Weekly"
sender = "The Harbour <news@harbour.example>"
unsubscribe = "https://harbour.example/unsubscribe"
"""
POST = """---
title: The lamp is lit
date: 2026-11-18 09:30
image: /lamp.png
---
The keeper climbed the stair. ![The lamp](/lamp.png) ![Far away](https://elsewhere.example/x.png)
"""
OLDER = "---\ntitle: 灯塔 & <b>co</b>\ndate: 2026-11-17\n---\nTwo lights, one rock.\n"
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
KEYS = ("weekly/2026-W48", "weekly/2026-W47")
LEDGER = """{"event":"built","key":"weekly/2026-W47","start":"2026-11-09T08:00:00Z","end":"2026-11-16T08:00:00Z","posts":[]}
"""


def png(width: int = 2, height: int = 2) -> bytes:
    """Return a picture."""
    from io import BytesIO

    from PIL import Image

    target = BytesIO()
    Image.new("RGB", (width, height), "#0f6b5c").save(target, "PNG")
    return target.getvalue()


def files() -> Mapping[str, str | bytes]:
    """Return the files of the site beside its digest.toml."""
    return {
        "content/lamp.md": POST,
        "content/two.md": OLDER,
        "static/lamp.png": png(),
        "mine/.keep": "",
        "ledger/weekly.jsonl": LEDGER,
    }


def make(config: Config) -> Site:
    """Return what the preview shows of the site once the week of its posts has ended."""
    return rehearse(config, NOW)


def builder(root: Path) -> Callable[[], Site]:
    """Return a function that builds the site of a folder as it is at the moment."""
    return lambda: make(load_config(root))


def run(root: Path, messages: Queue[str], port: int | None = None) -> None:
    """Serve a folder until interrupted, saying everything to `messages`: for a process of its own."""
    serve(lambda: load_config(root), make, say=messages.put, port=port, open_browser=False)


class Answer(NamedTuple):
    """What came back for a request."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text, entities resolved."""
        return html.unescape(self.body.decode())


async def call(app: Any, path: str, headers: Mapping[str, str], method: str) -> Answer:
    """Send one request to an ASGI application, as its specification says a server does."""
    name, _, query = path.partition("?")
    given = [(key.lower().encode(), value.encode()) for key, value in headers.items()]
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
    }
    scope |= {"path": name, "query_string": query.encode(), "headers": given, "root_path": ""}
    said: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        said.append(message)

    await app(scope, receive, send)
    found = {key.decode(): value.decode() for key, value in said[0]["headers"]}
    return Answer(said[0]["status"], found, b"".join(message.get("body", b"") for message in said[1:]))


def ask(live: Live, path: str = "/", method: str = "GET", **headers: str) -> Answer:
    """Send one request to the preview of `live`."""
    given = {"host": "127.0.0.1:8470"} | {key.replace("_", "-"): value for key, value in headers.items()}
    return asyncio.run(call(application(live), path, given, method))


def changed(site: Callable[[], Site], **fields: Any) -> Live:
    """Return a preview of a site that differs in some fields."""
    return Live(lambda: replace(site(), **fields))
