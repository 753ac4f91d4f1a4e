"""The preview as people use it: a server of its own process, files that change, a real browser."""

import http.client
import io
import itertools
import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from PIL import Image

from tests.browser import PROGRAM, Page, browser
from tests.preview_samples import POST, TOML, files, run

VIEWS = ("desktop", "phone", "dark", "no-images", "text", "source", "headers", "feeds")

Served = tuple[Path, str, BaseProcess]


@contextmanager
def serving(root: Path) -> Iterator[Served]:
    """Serve a small site in a process of its own."""
    for name, content in {**files(), "digest.toml": TOML}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content.encode() if isinstance(content, str) else content)
    context = multiprocessing.get_context("spawn")
    messages: Any = context.Queue()
    process = context.Process(target=run, args=(root, messages, 0))
    process.start()
    try:
        yield root, messages.get(timeout=60).split(" ")[1], process
    finally:
        process.kill()
        process.join()
        messages.close()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """A site's folder, its address, and the process that serves it; for what changes the site."""
    with serving(tmp_path / "site") as site:
        yield site


@pytest.fixture(scope="module")
def steady(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a site that no test changes."""
    with serving(tmp_path_factory.mktemp("steady")) as (_, address, _):
        yield address


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A tab of a real browser."""
    if not PROGRAM:
        pytest.skip("chromium is not installed")
    with browser(tmp_path_factory.mktemp("profile")) as tab:
        yield tab


def connect(address: str) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(urlsplit(address).netloc, timeout=20)


def event(stream: http.client.HTTPResponse) -> str:
    """Return the version that the next event of a stream names."""
    while line := stream.readline():
        if line.startswith(b"data: "):
            return line[6:].decode().strip()
    raise AssertionError("the stream has ended")


def read(address: str, path: str, method: str = "GET") -> tuple[http.client.HTTPResponse, bytes]:
    connection = connect(address)
    connection.request(method, path)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer, body


def test_a_change_is_told_at_once_and_shown(served: Served) -> None:
    root, address, _ = served
    connection = connect(address)
    connection.request("GET", "/-/events")
    stream = connection.getresponse()
    assert stream.getheader("Content-Type", "").startswith("text/event-stream")
    assert event(stream) == "0"
    time.sleep(0.5)  # the watchers begin beside the server
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*") if ".digest" not in path.parts}
    (root / "content/lamp.md").write_text(POST.replace("The lamp is lit", "The lamp is out"))
    assert event(stream) == "1"
    assert b"The lamp is out" in read(address, "/")[1]
    (root / "digest.new").write_text("oops = 1")
    (root / "digest.new").replace(root / "digest.toml")  # as editors save
    assert event(stream) == "2"
    assert b"unknown-key" in read(address, "/")[1]
    (root / "digest.toml").write_text(TOML.replace("The Harbour", "Der Hafen"))
    assert event(stream) == "3"
    assert b"Der Hafen" in read(address, "/")[1]
    (root / "notes").mkdir()  # a folder that was not there is watched from now on
    versions = {event(stream), event(stream)}
    (root / "notes/weekly.md").write_text("Hello")
    assert event(stream) not in versions
    connection.close()
    new = {path for path in root.rglob("*") if ".digest" not in path.parts} - before.keys()
    assert {str(path.relative_to(root)) for path in new} == {"notes", "notes/weekly.md"}


def test_an_interrupt_ends_it_even_with_a_page_open(served: Served) -> None:
    _, address, process = served
    connection = connect(address)
    connection.request("GET", "/-/events")
    stream = connection.getresponse()
    assert event(stream) == "0"
    os.kill(process.pid or 0, signal.SIGINT)
    assert stream.read() == b"\n"  # to its end: a stream that is cut off raises IncompleteRead
    process.join()
    assert process.exitcode == 0
    connection.close()


def test_head_has_the_headers_and_no_body(steady: str) -> None:
    got, body = read(steady, "/feed.xml")
    head, nothing = read(steady, "/feed.xml", "HEAD")
    assert nothing == b""
    for name in ("Content-Length", "Content-Type", "ETag", "Last-Modified"):
        assert head.getheader(name) == got.getheader(name)
    assert int(head.getheader("Content-Length", "0")) == len(body)


def shown(page: Page) -> list[str]:
    found: list[str] = page.run("[...document.querySelectorAll('[role=tabpanel]:not(.off)')].map(p => p.id)")
    return found


def test_every_view_is_reached_by_mouse_keyboard_and_address(steady: str, page: Page) -> None:
    page.open(steady)
    assert shown(page) == ["panel-desktop"]
    for view in VIEWS:
        page.run(f"document.getElementById('tab-{view}').click()")
        assert shown(page) == [f"panel-{view}"]
        assert page.run("location.hash") == f"#{view}"
        assert page.run("[...document.querySelectorAll('[aria-selected=true]')].map(t => t.dataset.tab)") == [view]
    page.run("document.getElementById('tab-desktop').focus()")
    for key, view in (
        ("ArrowRight", "phone"),
        ("End", "feeds"),
        ("ArrowRight", "desktop"),
        ("ArrowLeft", "feeds"),
        ("Home", "desktop"),
    ):
        page.press(key)
        assert shown(page) == [f"panel-{view}"]
        assert page.run("document.activeElement.dataset.tab") == view
    page.open(steady + "#text")
    page.until("document.querySelector('.live').textContent === 'Live'")
    assert "Two lights, one rock." in page.run("document.querySelector('[role=tabpanel]:not(.off)').innerText")
    assert page.run("[...document.querySelectorAll('iframe')].every(f => f.title)")


def test_each_frame_shows_the_e_mail_as_it_says(steady: str, page: Page) -> None:
    page.open(steady)
    ground = "f => getComputedStyle(f.contentDocument.querySelector('.surface')).backgroundColor"
    grounds = page.run(f"[...document.querySelectorAll('iframe')].map({ground})")
    light, dark = "rgb(255, 255, 255)", "rgb(29, 32, 37)"
    assert grounds == [light, light, dark, dark, light]
    widths = page.run("[...document.querySelectorAll('[data-of=phone]')].map(f => f.contentWindow.innerWidth)")
    assert widths == [375, 375]
    lamps = "f => [...f.contentDocument.images].filter(i => i.src.endsWith('/lamp.png')).map(i => i.naturalWidth)"
    pictures = page.run(f"[...document.querySelectorAll('iframe')].map({lamps})")
    assert {width for one in pictures[:4] for width in one} == {2}
    assert set(pictures[4]) == {0}
    assert page.run("document.querySelector('[data-check=phone]').textContent") == "fits 375 px"
    assert page.run("document.querySelector('[data-check=pictures]').className") == "good"


def test_nothing_in_an_e_mail_runs_and_what_is_too_wide_is_said(served: Served, page: Page) -> None:
    root, address, _ = served
    template = (Path(__file__).parents[2] / "templates/email.html.jinja").read_text()
    script = (
        "<script>parent.document.title = document.title = 'pwned'</script><img src=x onerror='parent.document.title=1'>"
    )
    wide = "<div style='width: 600px'>wide</div>"
    (root / "mine/email.html.jinja").write_text(template.replace("</body>", f"{script}{wide}</body>"))
    page.open(address)
    page.until("document.querySelector('iframe').contentDocument.readyState === 'complete'")
    assert page.run("document.querySelector('iframe').contentDocument.scripts.length") == 1
    assert page.run("document.title").startswith("Harbour Weekly")
    assert page.run("document.querySelector('iframe').contentDocument.title").startswith("Harbour Weekly")
    page.until("document.querySelector('[data-check=phone]').className === 'bad'")
    assert page.run("document.querySelector('[data-check=phone]').textContent") == "600 px wide, scrolls sideways"


def test_the_page_follows_and_keeps_the_view_and_the_place(served: Served, page: Page) -> None:
    root, address, _ = served
    page.open(address + "#dark", height=420)
    page.until("document.querySelector('.live').textContent === 'Live'")
    page.run("document.querySelectorAll('iframe')[3].contentWindow.scrollTo(0, 150)")
    (root / "content/lamp.md").write_text(POST.replace("The lamp is lit", "The lamp is out"))
    page.until("document.title.includes('The lamp is out')")
    assert shown(page) == ["panel-dark"]
    page.until("document.querySelectorAll('iframe')[3].contentWindow.scrollY === 150")
    assert page.run("document.querySelector('.live').textContent").startswith("Updated")
    (root / "digest.toml").write_text(TOML + "colour = 1\n")
    page.until("document.querySelector('.problems')?.innerText.includes('unknown-key')")
    (root / "digest.toml").write_text(TOML)
    page.until("document.querySelectorAll('iframe').length === 5")
    assert shown(page) == ["panel-dark"]


def test_the_page_fits_every_width_in_the_scheme_of_the_system(steady: str, page: Page) -> None:
    for scheme, width in itertools.product(("light", "dark"), (1400, 800, 375)):
        page.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        page.open(steady, width)
        assert page.run("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        corner = Image.open(io.BytesIO(page.screenshot())).convert("L").tobytes()[0]
        assert (corner > 200) == (scheme == "light")
