"""How readers leave: the links, the page behind them, and the list that every send honours."""

import base64
import hashlib
import hmac
import html
import io
import os
import re
import runpy
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from digest import load_config
from digest.unsubscribe import Suppressed, UnsubscribePage, count_suppressed, wsgi_app
from tests.commands import TOML, Command
from tests.conftest import MakeSite

SECRET = "a secret that nobody can guess"
GUESS = "other-secret-of-another-site"
LANGUAGES = (
    "en",
    *(path.stem.replace("_", "-") for path in (Path(__file__).parents[2] / "digest/locales").glob("*.po")),
)


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGEST_SECRET", SECRET.replace(" ", "-"))


def token_as_documented(secret: str, digest: str, address: str) -> str:
    """The token, made from what docs/sending.md says of it alone."""

    def half(text: str) -> str:
        return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()[:32]

    reader = half("reader\n" + digest + "\n" + address)
    return reader + half("unsubscribe\n" + digest + "\n" + reader)


def ready(root: Path) -> tuple[UnsubscribePage, Path]:
    path = root / "private/suppressed.sqlite"
    path.parent.mkdir(exist_ok=True)
    return UnsubscribePage(load_config(root), path, [SECRET]), path


def query(address: str = "ann@example.org", digest: str = "weekly", secret: str = SECRET) -> str:
    return f"digest={digest}&token={token_as_documented(secret, digest, address)}"


def people(path: Path) -> int:
    return sum(count_suppressed(path).values())


def test_a_link_is_what_the_documentation_says(make_site: MakeSite, digest: Command) -> None:
    site = make_site({}, TOML)
    made = digest(site, "unsubscribe", "link", "Ann@Müller.example").out.strip()
    assert made.startswith("https://notes.example/unsubscribe?")
    expected = token_as_documented(SECRET.replace(" ", "-"), "weekly", "ann@xn--mller-kva.example")
    assert parse_qs(urlsplit(made).query) == {"digest": ["weekly"], "token": [expected]}
    assert "ann" not in made


def test_opening_a_link_shows_a_button_and_a_post_leaves(make_site: MakeSite) -> None:
    page, path = ready(make_site({}, TOML))
    for method in ("GET", "HEAD", "GET"):
        assert page.answer(method, query()).status == 200
    shown = page.answer("GET", query()).body.decode()
    assert '<form method="post">' in shown
    assert "Do you want to stop getting Notes weekly by e-mail?" in shown
    assert people(path) == 0
    assert b"You are unsubscribed" in page.answer("POST", query()).body
    assert page.answer("POST", query()).status == 200
    assert people(path) == 1
    left = Suppressed(path, ["weekly"], [SECRET])
    assert "ANN@example.org" in left
    assert "bob@example.org" not in left
    assert "ann@example.org" not in Suppressed(path, ["monthly"], [SECRET])
    assert b"ann" not in path.read_bytes()


def test_a_link_that_is_not_ours_leaves_nobody_and_tells_nothing(make_site: MakeSite) -> None:
    page, path = ready(make_site({}, TOML))
    good = query()
    wrong = ["", "digest=weekly", "token=x", query(secret=GUESS), query(digest="nope", secret=GUESS), good[:-1], good + "0",
             good.replace("weekly", "monthly"), "digest=weekly&token=" + "0" * 64, "&" * 1000, "digest=%00&token=%ff"]  # fmt: skip
    answers = [
        page.answer(method, text, f"{number}") for number, text in enumerate(wrong) for method in ("GET", "POST")
    ]
    assert {answer.status for answer in answers} == {400}
    assert people(path) == 0
    known, unknown = page.answer("POST", query("ann@example.org")), page.answer("POST", query("nobody@example.org"))
    assert known == unknown


def test_guessing_is_slowed_down_and_leaving_never_is(make_site: MakeSite) -> None:
    page, path = ready(make_site({}, TOML))
    statuses = [page.answer("POST", f"digest=weekly&token={number:064x}", "1.2.3.4").status for number in range(30)]
    assert statuses == [400] * 20 + [429] * 10
    assert page.answer("POST", "", "1.2.3.5").status == 400
    assert page.answer("POST", query(), "1.2.3.4").status == 200
    assert people(path) == 1


def test_a_list_that_cannot_be_written_is_said_to_the_reader(make_site: MakeSite) -> None:
    page, path = ready(make_site({}, TOML))
    path.mkdir()
    answer = page.answer("POST", query())
    assert answer.status == 503
    assert answer.headers["Retry-After"]
    assert b"try again" in answer.body


def test_other_methods_are_refused(make_site: MakeSite) -> None:
    page, _ = ready(make_site({}, TOML))
    for method in ("PUT", "DELETE", "OPTIONS", "get", "PROPFIND"):
        answer = page.answer(method, query())
        assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD, POST")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_speaks_the_language_of_the_digest_without_scripts(language: str, make_site: MakeSite) -> None:
    title = 'A "<b>" & {x}'
    toml = TOML.replace('title = "Notes weekly"', f"title = '{title}'\nlanguage = \"{language}\"")
    page, _ = ready(make_site({}, toml))
    answers = [page.answer("GET", query()), page.answer("POST", query()), page.answer("POST", "")]
    english = [page.answer("GET", ""), *answers]
    for answer in answers[:2]:
        text = answer.body.decode()
        assert f'<html lang="{language}" dir="{"rtl" if language in ("ar", "fa", "he") else "ltr"}">' in text
        assert "<script" not in text
        assert html.escape(title, quote=True) in text.replace("&#34;", "&quot;")
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert len({answer.body for answer in english}) == 3


def test_no_answer_can_be_framed_cached_or_leaks_its_address(make_site: MakeSite) -> None:
    page, _ = ready(make_site({}, TOML))
    for answer in (page.answer("GET", query()), page.answer("POST", query()), page.answer("GET", "")):
        headers = answer.headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Content-Type-Options"] == "nosniff"
        policy = headers["Content-Security-Policy"]
        assert {"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"} <= set(policy.split("; "))
        style = re.search("<style>(.*?)</style>", answer.body.decode(), re.DOTALL)
        assert style
        mark = hashlib.sha256(style[1].encode()).digest()

        assert f"'sha256-{base64.b64encode(mark).decode()}'" in policy


def test_a_secret_can_be_changed_while_old_links_still_work(make_site: MakeSite) -> None:
    root = make_site({}, TOML)
    _, path = ready(root)
    page = UnsubscribePage(load_config(root), path, ["a new secret", SECRET])
    assert page.answer("POST", query()).status == 200
    assert page.answer("POST", query("bob@example.org", secret="a new secret")).status == 200
    left = Suppressed(path, ["weekly"], ["a new secret", SECRET])
    assert "ann@example.org" in left
    assert "bob@example.org" in left


def test_people_who_write_are_taken_off_and_put_back(make_site: MakeSite, digest: Command) -> None:
    site = make_site({}, TOML)
    token = token_as_documented(SECRET.replace(" ", "-"), "weekly", "bob@example.org")
    added = digest(site, "unsubscribe", "add", "Ann@example.org", token)
    assert (added.code, added.err) == (0, "2 readers will get no more of weekly\n")
    assert digest(site, "unsubscribe", "count").out == "weekly\tadded\t2\n"
    assert "1 removed" in digest(site, "unsubscribe", "undo", "bob@example.org").err
    assert digest(site, "unsubscribe", "count", "--json").out.strip() == (
        '[{"digest":"weekly","reason":"added","readers":1}]'
    )
    assert (site / "private/.gitignore").read_text().endswith("\n*\n")
    assert digest(site, "unsubscribe", "add", "0" * 64).code == 2
    assert 'did you mean "weekly"?' in digest(site, "unsubscribe", "undo", "x@y.z", "--digest", "weeky").err


def test_a_secret_is_needed_and_not_one_that_can_be_guessed(
    make_site: MakeSite, digest: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = make_site({"secret": f"{SECRET.replace(' ', '-')}\n"}, TOML)
    monkeypatch.setenv("DIGEST_SECRET", "short")
    ended = digest(site, "unsubscribe", "serve")
    assert (ended.code, "short" in ended.err.replace("shorter", "")) == (78, False)
    monkeypatch.delenv("DIGEST_SECRET")
    ended = digest(site, "unsubscribe", "link", "ann@example.org")
    assert (ended.code, "openssl rand" in ended.err) == (78, True)
    monkeypatch.setenv("DIGEST_SECRET_FILE", str(site / "secret"))
    assert digest(site, "unsubscribe", "link", "ann@example.org").code == 0


def test_git_never_takes_the_list_in(make_site: MakeSite, digest: Command) -> None:
    site = make_site({}, TOML)
    subprocess.run(["git", "init", "-q", str(site)], check=True)
    assert digest(site, "unsubscribe", "add", "ann@example.org").code == 0
    status = subprocess.run(
        ["git", "-C", str(site), "status", "--porcelain", "-uall"], capture_output=True, text=True, check=True
    )
    assert "private" not in status.stdout
    (site / "private/.gitignore").write_text("")
    ended = digest(site, "unsubscribe", "add", "bob@example.org")
    assert (ended.code, "git does not ignore" in ended.err) == (78, True)


def test_it_runs_behind_any_wsgi_server_and_as_cgi(make_site: MakeSite) -> None:
    from wsgiref.handlers import BaseCGIHandler

    site = make_site({}, TOML)
    app = wsgi_app(load_config(site))
    link = f"digest=weekly&token={token_as_documented(SECRET.replace(' ', '-'), 'weekly', 'ann@example.org')}"
    output = io.BytesIO()
    environment = {"REQUEST_METHOD": "POST", "QUERY_STRING": link, "REMOTE_ADDR": "::1", "SERVER_NAME": "x",
                   "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "SCRIPT_NAME": "/leave"}  # fmt: skip
    BaseCGIHandler(io.BytesIO(b""), output, io.StringIO(), environment).run(app)
    assert output.getvalue().startswith(b"Status: 200 OK\r\n")
    assert people(site / "private/suppressed.sqlite") == 1


def test_the_served_page_takes_the_one_click_post_of_a_mail_client(make_site: MakeSite) -> None:
    site = make_site({}, TOML)
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "digest", "unsubscribe", "serve", "--port", "0"]
    process = subprocess.Popen(command, cwd=site, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr
        line = process.stderr.readline()
        address = next(word for word in line.split() if word.startswith("http://127.0.0.1:"))
        link = f"{address}leave?digest=weekly&token=" + token_as_documented(
            SECRET.replace(" ", "-"), "weekly", "ann@example.org"
        )
        with urllib.request.urlopen(link, timeout=20) as shown:
            assert b"<button" in shown.read()
        with urllib.request.urlopen(urllib.request.Request(link, method="HEAD"), timeout=20) as shown:
            assert shown.read() == b""
        path = site / "private/suppressed.sqlite"
        assert not path.exists() or people(path) == 0
        request = urllib.request.Request(link, data=b"List-Unsubscribe=One-Click")
        with urllib.request.urlopen(request, timeout=20) as answer:
            assert answer.status == 200
        assert people(path) == 1
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"{address}?digest=weekly&token=x", timeout=20)
        assert refused.value.code == 400
        refused.value.close()
    finally:
        process.terminate()
        process.wait()
        if process.stderr:
            process.stderr.close()
    with sqlite3.connect(site / "private/suppressed.sqlite") as database:
        rows: list[Any] = database.execute("SELECT * FROM suppressed").fetchall()
    database.close()
    assert "ann" not in str(rows)


def test_the_example_of_the_documentation_is_right() -> None:
    page = (Path(__file__).parents[2] / "docs/unsubscribing.md").read_text("utf-8")
    assert token_as_documented("correct-horse-battery-staple", "weekly", "ann@example.org") in page


def test_a_serverless_page_keeps_tokens_that_the_command_takes_in(
    make_site: MakeSite, digest: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    handler = runpy.run_path(str(Path(__file__).parents[2] / "examples/unsubscribe_function.py"))["handler"]
    token = token_as_documented(SECRET.replace(" ", "-"), "weekly", "ann@example.org")

    def ask(method: str, query: str) -> int:
        event = {"rawQueryString": query, "requestContext": {"http": {"method": method}}}
        return int(handler(event)["statusCode"])

    assert ask("GET", f"digest=weekly&token={token}") == 200
    assert ask("POST", f"digest=monthly&token={token}") == 400
    assert ask("POST", "") == 400
    assert capsys.readouterr().out == ""
    assert ask("POST", f"digest=weekly&token={token}") == 200
    kept = capsys.readouterr().out.split()
    assert kept == ["unsubscribe", "weekly", token]
    site = make_site({}, TOML)
    assert digest(site, "unsubscribe", "add", kept[2], "--digest", "weekly").code == 0
    assert "ann@example.org" in Suppressed(site / "private/suppressed.sqlite", ["weekly"], [SECRET.replace(" ", "-")])


def test_readers_leave_a_digest_that_was_renamed_or_is_gone(make_site: MakeSite) -> None:
    renamed = TOML.replace("[digests.weekly]", '[digests.news]\nformerly = "weekly"')
    page, path = ready(make_site({}, renamed))
    assert b"Do you want to stop getting Notes weekly by e-mail?" in page.answer("GET", query()).body
    assert page.answer("POST", query()).status == 200
    assert b"You are unsubscribed from Notes." in page.answer("POST", query(digest="old")).body
    assert "ann@example.org" in Suppressed(path, ["news", "weekly"], [SECRET])
