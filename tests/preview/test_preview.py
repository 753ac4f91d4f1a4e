"""What the preview answers: types, validators, policies, files, and only to this machine."""

import base64
import hashlib
import re
from pathlib import Path

import msgspec
import pytest

from digest.preview import Live
from digest.problems import Problem
from tests.conftest import MakeSite
from tests.preview_samples import KEYS, POST, TOML, Answer, ask, builder, changed, files

KEY = KEYS[0]


@pytest.fixture
def root(make_site: MakeSite) -> Path:
    return make_site(files(), TOML)


@pytest.fixture
def live(root: Path) -> Live:
    return Live(builder(root))


@pytest.mark.parametrize(
    ("path", "media"),
    [
        ("/feed.xml", "application/xml; charset=utf-8"),
        ("/atom.xml", "application/xml; charset=utf-8"),
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


def test_each_view_puts_its_schemes_rules_in_force(root: Path) -> None:
    made = (
        '<html><head lang="x"><style>@media (prefers-color-scheme: dark) {a{}} @media (prefers-color-scheme:light){b{}}'
        '</style></head><body><source media="(prefers-color-scheme: dark)">'
        "<p>@media (prefers-color-scheme: dark) in a post</p></body></html>"
    )
    email = msgspec.structs.replace(builder(root)().compose(KEY), html=made)
    live = changed(builder(root), compose=lambda _: email)
    light, dark = (ask(live, f"/-/email/{KEY}?view={view}").body.decode() for view in ("light", "dark"))
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


def test_copies_of_images_are_shown(make_site: MakeSite) -> None:
    live = Live(builder(make_site(files(), f'{TOML}images = "embed"\n')))
    page = ask(live, f"/-/email/{KEY}").body.decode()
    copy = page.partition(f'src="/editions/{KEY}/images/')[2].partition('"')[0]
    answer = ask(live, f"/editions/{KEY}/images/{copy}")
    assert (answer.status, answer.headers["content-type"]) == (200, "image/png")
    assert answer.body.startswith(b"\x89PNG")
    assert ask(live, f"/editions/{KEY}/images/other.png").status == 404


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


def test_all_else_of_an_e_mail_is_shown_as_it_is(root: Path) -> None:
    made = (
        '<!doctype html><html lang=x><!-- a --><head data-x><style media="(prefers-color-scheme:dark)">b > a{}</style>'
        '</head><body background="https://harbour.example/lamp.png?w=1&amp;h=2"><!--[if mso]><img src="https://harbour'
        '.example/lamp.png"><![endif]--><![if !mso]>5 < 6 &amp; &nbsp;&#8203;<IMG SRC=https://harbour.example/lamp.png '
        'alt="a &quot;b&quot;" hidden><![endif]><a href="https://harbour.example/lamp.png">{{ x }}</a><?x?></body>'
    )
    email = msgspec.structs.replace(builder(root)().compose(KEY), html=made)
    live = changed(builder(root), compose=lambda _: email)
    head = '<base target="_blank"><style>:root{color-scheme:only light !important}</style>'
    expected = (
        made.replace("<head data-x>", f"<head data-x>{head}")
        .replace("(prefers-color-scheme:dark)", "(max-width:0)")
        .replace("https://harbour.example/lamp.png?w=1&amp;h=2", "/lamp.png?w=1&amp;h=2")
        .replace(
            '<IMG SRC=https://harbour.example/lamp.png alt="a &quot;b&quot;" hidden>',
            '<img src="/lamp.png" alt="a &quot;b&quot;" hidden>',
        )
    )
    assert ask(live, f"/-/email/{KEY}").body.decode() == expected


def test_equal_problems_are_listed_once(root: Path) -> None:
    problems = tuple(Problem(f"content/{n}.md", 3, 1, "odd", "this is odd", severity="warning") for n in range(1_000))
    page = ask(changed(builder(root), problems=problems)).text
    assert page.count("this is odd: 1,000 posts, first at content/0.md:3:1") == 1
    assert page.count("this is odd") == 1
