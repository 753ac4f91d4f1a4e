"""A site with readers and their page, for tests: its settings, the page within this process, links of readers."""

import asyncio
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx

from digest import load_config
from digest.readers import Subscriber, Subscribers, Wishes, open_readers, readers_app
from digest.readers.tokens import Purpose, make_token
from tests.commands import POST
from tests.mail_server import Inbox

SECRET = "a-secret-that-nobody-can-guess"
PAGE = "https://notes.example/readers/"
TOML = """
[site]
title = "Notes"
url = "https://notes.example/"
[digests.weekly]
sender = "Notes <weekly@notes.example>"
reply_to = "editor@notes.example"
postal_address = "1 Note Street, 12345 Town"
[readers]
url = "https://notes.example/readers/"
[senders.mail]
kind = "smtp"
host = "127.0.0.1"
port = PORT
"""
POSTS: dict[str, str | bytes] = {
    "content/one.md": POST.format("One", "2026-11-20", "news, Tools"),
    "content/two.md": POST.format("Two", "2026-11-21", 'news, <b>&"x'),
    "content/three.md": POST.format("Three", "2026-11-21\nlang: de", "tools, local"),
    "content/draft.md": POST.format("Secret", "2026-11-21\ndraft: true", "hidden"),
}


class Readers:
    """The readers of a site's database."""

    def __init__(self, root: Path) -> None:
        self.config = load_config(root)

    @contextmanager
    def _opened(self) -> Iterator[Subscribers]:
        with open_readers(self.config) as database:
            yield Subscribers(database, [SECRET])

    def add(self, address: str = "ann@example.org", state: Any = "active", **wishes: str) -> Subscriber:
        """Add a reader."""
        with self._opened() as subscribers:
            number = subscribers.add(address, Wishes(**wishes), state, 1_700_000_000, "test")
            found = subscribers.by_id(number)
        assert found
        return found

    def by(self, reader: Subscriber | str) -> Subscriber:
        """Return a reader as she is now."""
        with self._opened() as subscribers:
            known = isinstance(reader, Subscriber)
            found = subscribers.by_id(reader.id) if known else subscribers.by_address(reader)  # type: ignore[union-attr,arg-type]
        assert found
        return found

    def knows(self, address: str) -> bool:
        """Return whether there is a reader with an address."""
        with self._opened() as subscribers:
            return subscribers.by_address(address) is not None

    def suppress(self, address: str, why: Any) -> None:
        """Suppress an address."""
        with self._opened() as subscribers:
            subscribers.suppress(address, why, "test")

    def consent(self, reader: Subscriber) -> list[dict[str, Any]]:
        """Return what a reader agreed to."""
        with self._opened() as subscribers:
            return subscribers.history(reader)


def link(reader: Subscriber, purpose: Purpose, secret: str = SECRET) -> str:
    """Return the path of a reader's link."""
    return f"/{purpose[0]}/{make_token(secret, purpose, reader.id, reader.epoch)}"


class Page:
    """The page of a site in this process, as a client at an address sees it."""

    def __init__(self, root: Path, client: str) -> None:
        self._app = readers_app(load_config(root))
        self.client = client

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send a request; return the answer."""

        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self._app, client=(self.client, 50_000))
            async with httpx.AsyncClient(transport=transport, base_url="https://notes.example") as http:
                return await http.request(method, path, **options)

        return asyncio.run(ask())

    def get(self, path: str, **options: Any) -> httpx.Response:
        """Open a page."""
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> httpx.Response:
        """Send a form."""
        return self.request("POST", path, **options)

    def close(self) -> None:
        """Deal with what still waits, and end."""

        async def end() -> None:
            async with self._app.router.lifespan_context(self._app):
                pass

        asyncio.run(end())


@contextmanager
def page_of(root: Path, client: str = "192.0.2.1") -> Iterator[Page]:
    """Run the page of a site in this process; what still waits is dealt with in the end."""
    page = Page(root, client)
    try:
        yield page
    finally:
        page.close()


def application(address: str, **fields: Any) -> dict[str, Any]:
    """Return a filled-in form to subscribe."""
    return {"address": address, "consent": "yes", "every": "", "language": "", "website": "", **fields}


def wait_for(inbox: Inbox, number: int, seconds: float = 10) -> None:
    """Wait until so many mails have come."""
    ends = time.monotonic() + seconds
    while len(inbox.mails) < number:
        assert time.monotonic() < ends, f"{len(inbox.mails)} mails came"
        time.sleep(0.02)


def links_in(inbox: Inbox, address: str) -> list[str]:
    """Return the paths of the page's links in the text of the newest mail to somebody."""
    text = inbox.letters()[address].get_body(("plain",)).get_content()  # type: ignore[union-attr]
    return [word.removeprefix(PAGE.rstrip("/")) for word in text.split() if word.startswith(PAGE)]


class Controls(HTMLParser):
    """What stands in the forms of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.controls: list[dict[str, str | None]] = []
        self.labels: set[str] = set()
        self.buttons = 0
        self._within_label = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "label":
            self._within_label += 1
            self.labels.add(given.get("for") or "")
        elif tag in ("input", "select") and given.get("type") != "hidden":
            self.controls.append({**given, "labelled": "yes" if self._within_label else None})
        elif tag == "button":
            self.buttons += 1

    def handle_endtag(self, tag: str) -> None:
        self._within_label -= tag == "label"

    def ticked(self, name: str) -> list[str]:
        """Return the values of the ticked boxes with a name."""
        return [str(each["value"]) for each in self.controls if each.get("name") == name and "checked" in each]

    def values(self, name: str) -> list[str]:
        """Return the values of all boxes with a name."""
        return [str(each["value"]) for each in self.controls if each.get("name") == name]


def message_of(html: str) -> str:
    """Return the sentence that a page says."""
    found = re.search(r'<p class="message[^>]*>(.*?)</p>', html, re.DOTALL)
    assert found, html
    return unescape(found[1])
