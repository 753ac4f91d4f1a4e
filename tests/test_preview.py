"""What the preview answers: types, validators, policies, editions by key, and troubles that pass."""

import asyncio
import base64
import hashlib
import html
import re
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from msgspec.structs import replace

from digest import preview, preview_app, preview_pages
from digest.preview import Site
from digest.preview_app import Live, application
from digest.problems import DigestError, Problem
from tests.conftest import MakeSite
from tests.preview_samples import KEYS, POST, TOML, builder, files

KEY = KEYS[0]


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
    scope = {
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


@pytest.fixture
def root(make_site: MakeSite) -> Path:
    return make_site(files(), TOML)


@pytest.fixture
def live(root: Path) -> Live:
    return Live(builder(root))


def changed(site: Callable[[], Site], **fields: Any) -> Live:
    """Return a preview of a site that differs in some fields."""
    return Live(lambda: replace(site(), **fields))


@pytest.mark.parametrize(
    ("path", "media"),
    [
        ("/feed.xml", "application/rss+xml"),
        ("/atom.xml", "application/atom+xml"),
        ("/feed.json", "application/feed+json"),
        ("/feeds/feeds.opml", "text/x-opml; charset=utf-8"),
        ("/feeds/feed.css", "text/css; charset=utf-8"),
        ("/feeds/index.html", "text/html; charset=utf-8"),
        ("/feeds/", "text/html; charset=utf-8"),
        ("/lamp.png", "image/png"),
        (f"/-/email/{KEY}", "text/html; charset=utf-8"),
        (f"/-/message/{KEY}", "message/rfc822"),
    ],
)
def test_everything_has_its_type_and_validators(live: Live, path: str, media: str) -> None:
    answer = ask(live, path)
    assert (answer.status, answer.headers["content-type"]) == (200, media)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert re.fullmatch(r'"[0-9a-f]{32}"', answer.headers["etag"])
    assert ask(live, path).headers == answer.headers
    if path != "/lamp.png":
        assert answer.headers["last-modified"] == "Wed, 18 Nov 2026 09:30:00 GMT"
    empty = ask(live, path, if_none_match=answer.headers["etag"])
    assert (empty.status, empty.body, empty.headers["etag"]) == (304, b"", answer.headers["etag"])


def test_files_are_served_as_they_were_built(live: Live, root: Path) -> None:
    site = builder(root)()
    assert {path: ask(live, f"/{path}").body for path in site.files} == site.files


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"if_none_match": '"other", W/ETAG'}, 304),
        ({"if_none_match": "*"}, 304),
        ({"if_none_match": '"other"'}, 200),
        ({"if_modified_since": "Wed, 18 Nov 2026 09:30:00 GMT"}, 304),
        ({"if_modified_since": "Thu, 19 Nov 2026 09:30:00 GMT"}, 304),
        ({"if_modified_since": "Wed, 18 Nov 2026 09:29:59 GMT"}, 200),
        ({"if_modified_since": "yesterday"}, 200),
        ({"if_modified_since": "Thu, 19 Nov 2026 09:30:00"}, 200),
        ({"if_modified_since": "Thu, 19 Nov 2026 09:30:00 GMT", "if_none_match": '"other"'}, 200),
        ({}, 200),
    ],
)
def test_what_the_browser_has_is_not_sent_again(live: Live, headers: dict[str, str], status: int) -> None:
    tag = ask(live, "/feed.xml").headers["etag"]
    sent = {name: value.replace("ETAG", tag) for name, value in headers.items()}
    for method in ("GET", "HEAD"):
        assert ask(live, "/feed.xml", method, **sent).status == status


def test_a_changed_feed_has_another_etag(live: Live, root: Path) -> None:
    before = ask(live, "/feed.xml").headers["etag"]
    (root / "content/lamp.md").write_text(POST.replace("stair", "ladder"))
    assert ask(live, "/feed.xml").headers["etag"] == before  # nobody has told of a change
    live.changed()
    assert ask(live, "/feed.xml").headers["etag"] != before


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_nothing_but_reading_is_allowed(live: Live, method: str) -> None:
    for path in ("/", "/feed.xml", f"/-/email/{KEY}"):
        assert ask(live, path, method).status == 405


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8470", 200),
        ("localhost:8470", 200),
        ("LOCALHOST", 200),
        ("evil.example", 400),
        ("127.0.0.1.evil.example", 400),
        ("localhost.evil.example:8470", 400),
        ("0.0.0.0:8470", 400),
        ("", 400),
    ],
)
def test_only_requests_that_name_this_machine_are_answered(live: Live, host: str, status: int) -> None:
    for path in ("/", "/feed.xml", "/lamp.png"):
        answer = ask(live, path, host=host)
        assert answer.status == status
        assert status == 200 or b"Harbour" not in answer.body


def policy(answer: Answer) -> dict[str, str]:
    """Return a content security policy by directive."""
    parts = (part.strip().partition(" ") for part in answer.headers["content-security-policy"].split(";"))
    return {name: value for name, _, value in parts}


def test_the_page_runs_its_own_script_and_nothing_else(live: Live) -> None:
    answer = ask(live)
    said = policy(answer)
    assert said["default-src"] == said["base-uri"] == said["frame-ancestors"] == "'none'"
    for element in ("script", "style"):
        (text,) = re.findall(f"<{element}>(.*?)</{element}>".encode(), answer.body, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text).digest()).decode()
        assert said[f"{element}-src"] == f"'sha256-{digest}'"
    assert not re.search(rb'\son\w+="|style="', answer.body.partition(b"<script>")[0].replace(b"&#34;", b""))


@pytest.mark.parametrize("view", ["light", "dark", "no-images"])
def test_an_e_mail_is_shut_in(live: Live, view: str) -> None:
    said = policy(ask(live, f"/-/email/{KEY}?view={view}"))
    assert said["default-src"] == said["form-action"] == "'none'"
    assert "allow-scripts" not in said["sandbox"]
    assert "script-src" not in said
    assert (said["img-src"] == "'none'") == (view == "no-images")


def test_pages_and_pictures_are_shut_in_too(live: Live) -> None:
    for path in ("/feeds/index.html", "/feed.xml", "/lamp.png"):
        said = policy(ask(live, path))
        assert said["default-src"] == "'none'"
        assert "allow-scripts" not in said["sandbox"]


def test_each_view_puts_its_schemes_rules_in_force() -> None:
    made = (
        '<html><head lang="x"><style>@media (prefers-color-scheme: dark) {a{}} @media (prefers-color-scheme:light){b{}}'
        '</style></head><body><source media="(prefers-color-scheme: dark)">'
        "<p>@media (prefers-color-scheme: dark) in a post</p></body></html>"
    )
    light = preview_pages.email(made, "light", str)
    dark = preview_pages.email(made, "dark", str)
    assert "@media (max-width:0) {a{}} @media (min-width:0){b{}}" in light
    assert "@media (min-width:0) {a{}} @media (max-width:0){b{}}" in dark
    assert '<source media="(min-width:0)">' in dark
    for view in (light, dark):
        assert "<p>@media (prefers-color-scheme: dark) in a post</p>" in view
        assert view.startswith('<html><head lang="x"><base target="_blank">')


def test_pictures_of_the_site_come_from_its_folders(root: Path) -> None:
    (root / "content/beside").mkdir()
    (root / "content/beside/index.md").write_text(
        "---\ntitle: Beside\ndate: 2026-11-19\nimage: 灯.png\n---\n![x](https://harbour.example/gone.png)\n"
    )
    (root / "content/beside/灯.png").write_bytes((root / "static/lamp.png").read_bytes())
    live = Live(builder(root))
    site = builder(root)()
    url = next(url for url in site.folders if url != site.url and site.folders[url].name == "beside")
    place = url.removeprefix("https://harbour.example")
    page = ask(live, f"/-/email/{KEY}").body.decode()
    assert 'src="/lamp.png"' in page
    assert f'src="{place}%E7%81%AF.png"' in page
    assert "https://harbour.example/gone.png" not in page or 'src="https://harbour.example/gone.png"' in page
    assert ask(live, f"{place}灯.png").headers["content-type"] == "image/png"


@pytest.mark.parametrize(
    "path",
    ["/nothing.xml", "/../digest.toml", "/digest.toml", "/lamp.md", "/-/else", "/../secret.png", "/x\0.png", "/gone.png", "/" + "x" * 300 + ".png"],
)  # fmt: skip
def test_what_is_not_there_is_said_to_be_so(live: Live, root: Path, path: str) -> None:
    (root / "secret.png").write_bytes((root / "static/lamp.png").read_bytes())
    answer = ask(live, path)
    assert answer.status == 404
    assert "there is no /" in answer.text
    assert policy(answer)["default-src"] == "'none'"


def test_a_link_out_of_the_folder_is_not_followed(live: Live, root: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(b"secret")
    (root / "static/out.png").symlink_to(tmp_path / "secret.png")
    assert ask(live, "/out.png").status == 404


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
    assert "<title>Number weekly/2026-W46 – preview" in ask(live, "/?edition=weekly/2026-W46").text
    assert "<title>Number weekly/2026-W47 – preview" in ask(live).text
    ask(live)
    assert seen == ["weekly/2026-W46", KEY]


def test_an_edition_that_can_not_be_made_says_why(live: Live) -> None:
    page = ask(live, "/?edition=weekly/1999-W01").text
    assert "weekly/1999-W01 has no posts" in page
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
    site = builder(root)()
    email = site.compose(KEY)
    figures = {"html_bytes": 90_000, "preheader_characters": 20, "links_checked": 3}
    made = preview_pages.checks(replace(email, checks=figures))
    assert [(check.label, check.value, check.state) for check in made] == [
        ("HTML part", "90,000 bytes", "bad"),
        ("Preheader", "20 characters", "bad"),
        ("Links checked", "3", ""),
    ]
    assert "102,400" in made[0].advice
    good = preview_pages.checks(replace(email, checks={"html_bytes": 87_000, "preheader_characters": 110}))
    assert [check.state for check in good] == ["good", "good"]


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
    monkeypatch.setattr(preview_app, "KEEP_ALIVE", 0.01)

    async def listen() -> list[str]:
        live, heard = Live(builder(root)), []
        async for event in live.events():
            heard.append(event)
            if len(heard) in (1, 3):
                live.changed()
            if len(heard) == 5:
                live.close()
        return heard

    heard = asyncio.run(listen())
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
    with preview.listen(0, said.append) as first:
        host, port = first.getsockname()
        assert host == "127.0.0.1"
        monkeypatch.setattr(preview, "PORT", port)
        with preview.listen(None, said.append) as second:
            assert second.getsockname()[1] not in (0, port)
            assert said == [f"port {port} is taken; using {second.getsockname()[1]}"]
        with pytest.raises(DigestError, match=f"port {port} can not be used"):
            preview.listen(port, said.append)
    with preview.listen(None, said.append) as third:
        assert third.getsockname()[1] == port
    assert len(said) == 1


def test_a_wrong_configuration_ends_it_at_the_start(root: Path) -> None:
    from digest import settings
    from tests.preview_samples import make

    (root / "digest.toml").write_text("oops = 1")
    with pytest.raises(DigestError):
        preview.serve(lambda: settings.load(root), make, say=print, open_browser=False)


def test_dates_are_whole_seconds_of_universal_time(root: Path) -> None:
    moment = datetime.fromisoformat("2026-11-23T08:00:00.75+08:00")
    answer = ask(changed(builder(root), modified=moment), "/feed.xml")
    assert answer.headers["last-modified"] == "Mon, 23 Nov 2026 00:00:00 GMT"
