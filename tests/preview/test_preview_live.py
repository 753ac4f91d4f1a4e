"""What the preview shows: editions by key, problems, troubles that pass, and changes."""

import asyncio
import os
import re
import signal
import threading
import webbrowser
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from digest.config import load_config
from digest.preview import Live, Site, application, listen, serve
from digest.problems import DigestError, Problem
from tests.conftest import MakeSite
from tests.preview_samples import KEYS, POST, TOML, ask, builder, changed, files, make

KEY = KEYS[0]


@pytest.fixture
def root(make_site: MakeSite) -> Path:
    return make_site(files(), TOML)


@pytest.fixture
def live(root: Path) -> Live:
    return Live(builder(root))


def test_the_page_shows_the_edition_that_is_due_with_its_checks(live: Live) -> None:
    page = ask(live).text
    assert f'<option value="{KEY}" selected>{KEY} (due)</option>' in page
    assert f'<option value="{KEYS[1]}">' in page
    assert "The keeper climbed the stair" in page
    for words in (
        "HTML part",
        "Whole message",
        "2 warnings" if "2 warnings" in page else "Problems",
        "List-Unsubscribe",
    ):
        assert words in page
    assert page.count(f'src="/-/email/{KEY}?view=') == 5
    for path in ("/feed.xml", "/tags/", "/feeds/feeds.opml"):
        assert (f'href="{path}' in page) == (path != "/tags/")


def test_an_edition_is_chosen_by_its_key(root: Path) -> None:
    site = builder(root)()
    seen: list[str] = []

    def compose(key: str) -> Any:
        seen.append(key)
        return replace(site.compose(KEY), subject=f"Number {key}")

    live = changed(builder(root), compose=compose)
    assert "<title>Number weekly/2026-W47 – preview" in ask(live, "/?edition=weekly/2026-W47").text
    assert "<title>Number weekly/2026-W48 – preview" in ask(live).text
    ask(live)
    assert seen == ["weekly/2026-W47", KEY]


def test_an_edition_that_can_not_be_made_says_why(live: Live) -> None:
    page = ask(live, "/?edition=weekly/1999-W01").text
    assert "weekly/1999-W01 ends before the digest began, at 2026-11-09T08:00:00+00:00" in page
    assert '<option value="weekly/1999-W01" selected>' in page
    assert ask(live, "/-/email/weekly/1999-W01").status == 200


def test_no_edition_due_is_said(root: Path) -> None:
    page = ask(changed(builder(root), due="", reason="fewer than 3 posts since Monday")).text
    assert "fewer than 3 posts since Monday" in page
    assert '<option value="" selected>none is due</option>' in page
    assert 'href="/feed.xml"' in page


def test_what_a_file_says_is_text_in_the_page(root: Path) -> None:
    (root / "content/lamp.md").write_text(POST.replace("The lamp is lit", "</title><script>alert(1)</script>"))
    bad = Problem("content/<b>.md", 3, 1, "bad", "<script>alert(2)</script>", '"><img src=x>')
    answer = ask(changed(builder(root), problems=(bad,), title="<script>alert(3)</script>"))
    assert answer.body.count(b"<script>") == 1
    assert b"alert(1)" in answer.body
    assert b"&lt;script&gt;alert(2)" in answer.body
    assert b"<img" not in answer.body


def test_problems_stand_in_order_and_not_without_end(root: Path) -> None:
    warned = [Problem("a.md", n, 1, "w", f"message {n}", severity="warning") for n in range(1, 300)]
    page = ask(changed(builder(root), problems=(*warned, Problem("z.md", 1, 1, "e", "worst"), warned[0]))).text
    assert page.index("worst") < page.index("message 1")
    assert re.search(r"1 error, 299 warnings", page)
    assert "and 100 more" in page
    assert page.count("<b>Warning: w</b>") == 199


def test_sizes_and_preheaders_are_judged(root: Path) -> None:
    email = builder(root)().compose(KEY)

    def page(**figures: int) -> str:
        return ask(changed(builder(root), compose=lambda _: replace(email, checks=figures))).text

    bad = page(html_bytes=90_000, preheader_characters=20, links_checked=3)
    assert '<dt>HTML part</dt><dd><span class="bad">90,000 bytes</span><small>Gmail cuts a message at 102,400' in bad
    assert '<dt>Preheader</dt><dd><span class="bad">20 characters</span>' in bad
    assert '<dt>Links checked</dt><dd><span class="">3</span></dd>' in bad
    good = page(html_bytes=87_000, preheader_characters=110)
    assert '<span class="good">87,000 bytes</span></dd>' in good
    assert '<span class="good">110 characters</span></dd>' in good


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        ("digest.toml", "[site]\ntitel = 1\n", ("unknown-key", "digest.toml:2:1", 'did you mean "title"?')),
        ("digest.toml", "[site\n", ("digest.toml:1", "toml")),
        ("mine/email.html.jinja", "{% if %}", ("template-syntax", "email.html.jinja:1")),
        (
            "mine/email.html.jinja",
            "\n{{ nothing }}",
            ("template-value", "email.html.jinja:2", "'nothing' is undefined"),
        ),
    ],
)
def test_a_broken_file_shows_its_problems_until_it_is_put_right(
    live: Live, root: Path, file: str, text: str, words: tuple[str, ...]
) -> None:
    assert "The keeper climbed" in ask(live).text
    before = (root / file).read_text() if (root / file).exists() else None
    (root / file).write_text(text)
    live.changed()
    for _ in range(2):
        answer = ask(live)
        assert answer.status == 200
        assert all(word in answer.text for word in words)
        assert "Traceback" not in answer.text
    if before is None:
        (root / file).unlink()
    else:
        (root / file).write_text(before)
    live.changed()
    assert "The keeper climbed" in ask(live).text


def test_a_defect_of_the_program_is_shown_and_raised_for_the_terminal() -> None:
    def build() -> Site:
        raise RuntimeError("<oops>")

    live, said = Live(build), []

    async def send(message: dict[str, Any]) -> None:
        said.append(message)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request"}

    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": [(b"host", b"localhost")]}
    with pytest.raises(RuntimeError, match="oops"):
        asyncio.run(application(live)(scope, receive, send))  # type: ignore[arg-type]
    assert said[0]["status"] == 500
    assert b"The program failed: RuntimeError: &lt;oops&gt;" in said[1]["body"]


def test_one_build_serves_all_who_ask(root: Path) -> None:
    built: list[int] = []
    make = builder(root)

    def build() -> Site:
        built.append(threading.get_ident())
        return make()

    async def ask_many() -> None:
        live = Live(build)
        await asyncio.gather(*(live.email(KEY) for _ in range(5)), live.site())
        live.changed()
        live.changed()
        await live.site()

    asyncio.run(ask_many())
    assert len(built) == 2
    assert threading.get_ident() not in built


def test_a_change_during_a_build_is_not_missed(root: Path) -> None:
    site, titles = builder(root)(), iter(("half", "whole"))

    async def ask_once() -> str:
        live = Live(lambda: replace(site, title=next(titles)))
        building = asyncio.to_thread

        async def slow(function: Callable[[], Any]) -> Any:
            result = await building(function)
            if result.title == "half":
                live.changed()
            return result

        asyncio.to_thread = slow  # type: ignore[assignment]
        try:
            return (await live.site()).title
        finally:
            asyncio.to_thread = building

    assert asyncio.run(ask_once()) == "whole"


def test_events_name_each_version_and_end(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digest.preview.app.KEEP_ALIVE", 0.01)

    async def hear() -> list[str]:
        live, heard = Live(builder(root)), []
        async for event in live.events():
            heard.append(event)
            if len(heard) in (1, 3):
                live.changed()
            if len(heard) == 5:
                live.close()
        return heard

    heard = asyncio.run(hear())
    assert [re.findall(r"^data: (\d+)$", event, re.MULTILINE) for event in heard] == [["0"], ["1"], [], ["2"], []]
    assert heard[2].startswith(":")
    assert all(event.endswith("\n\n") for event in heard)


def test_the_event_stream_is_one(live: Live) -> None:
    live.close()
    answer = ask(live, "/-/events")
    assert (answer.status, answer.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    assert answer.headers["cache-control"] == "no-cache"


def test_a_taken_port_is_answered_with_another_or_said(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    with listen(0, said.append) as first:
        host, port = first.getsockname()
        assert host == "127.0.0.1"
        monkeypatch.setattr("digest.preview.server.PORT", port)
        with listen(None, said.append) as second:
            assert second.getsockname()[1] not in (0, port)
            assert said == [f"port {port} is taken; using {second.getsockname()[1]}"]
        with pytest.raises(DigestError, match=f"port {port} cannot be used"):
            listen(port, said.append)
    with listen(None, said.append) as third:
        assert third.getsockname()[1] == port
    assert len(said) == 1


def test_a_wrong_configuration_ends_it_at_the_start(root: Path) -> None:
    (root / "digest.toml").write_text("oops = 1")
    with pytest.raises(DigestError):
        serve(lambda: load_config(root), make, say=print, open_browser=False)


def test_dates_are_whole_seconds_of_universal_time(root: Path) -> None:
    moment = datetime.fromisoformat("2026-11-23T08:00:00.75+08:00")
    answer = ask(changed(builder(root), modified=moment), "/feed.xml")
    assert answer.headers["last-modified"] == "Mon, 23 Nov 2026 00:00:00 GMT"


def test_it_opens_the_browser_and_says_what_does_not_work(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    said: list[str] = []

    def refuse(url: str) -> bool:
        opened.append(url)
        threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
        return False

    async def watch(*_: object) -> None:
        raise OSError("too many folders")

    monkeypatch.setattr(webbrowser, "open", refuse)
    monkeypatch.setattr("digest.preview.server.watch", watch)
    serve(lambda: load_config(root), make, say=said.append, key="weekly/2026-W47", port=0)
    (url,) = opened
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\?edition=weekly/2026-W47", url)
    assert said[0] == f"preview: {url} (Ctrl+C ends it)"
    assert set(said[1:]) == {
        "changes are not noticed, reload the page yourself: too many folders",
        "no browser could be opened; open the address above",
    }
