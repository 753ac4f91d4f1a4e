"""What is tried on pages: forged and replayed links, injection, scripts, other sites, large and slow bodies, guessing."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from digest.readers.tokens import Purpose, make_token
from tests.commands import Command
from tests.mail_server import Inbox
from tests.readers.page.site import SECRET, Controls, Readers, application, link, page_of

PATHS: tuple[Purpose, ...] = ("unsubscribe", "preferences", "confirm")


@contextmanager
def served(root: Path, *arguments: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Run the real server; yield its address, which ends in a slash, and its process."""
    command = [sys.executable, "-m", "digest", "readers", "serve", *(arguments or ("--bind", "127.0.0.1:0"))]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        command, cwd=root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stderr
        line = process.stderr.readline()
        yield line.partition("page: ")[2].partition(" (")[0].removesuffix("subscribe"), process
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)


def test_a_token_is_good_for_its_purpose_its_reader_and_its_time_alone(readers_site: Path) -> None:
    readers = Readers(readers_site)
    ann, bob, carl = readers.add(), readers.add("bob@example.org"), readers.add("carl@example.org", "pending")
    before = {reader.id: readers.by(reader) for reader in (ann, bob, carl)}
    with page_of(readers_site) as page:
        refused: list[str] = []
        for reader in (ann, carl):
            for purpose in PATHS:
                token = link(reader, purpose)[3:]
                refused += [f"/{other[0]}/{token}" for other in PATHS if other != purpose]
                refused += [
                    f"/{purpose[0]}/{bob.id:016x}{token[16:]}",
                    link(reader, purpose, "another-secret-of-others"),
                ]
                refused += [
                    f"/{purpose[0]}/{token[:-1]}{'0' if token[-1] != '0' else '1'}",
                    f"/{purpose[0]}/{token[:-1]}",
                ]
                refused += [f"/{purpose[0]}/{token}0", f"/{purpose[0]}/{token[:16]}"]
        refused += [f"/p/{make_token(SECRET, 'preferences', ann.id, epoch)}" for epoch in (-1, 1, 2)]
        refused += [link(carl, "preferences"), f"/u/{'0' * 48}", f"/p/{'f' * 48}", f"/c/{'0' * 15}-{'0' * 32}"]
        bodies = set()
        for number, path in enumerate(refused):
            page.client = f"192.0.2.{number}"
            for method in ("GET", "POST"):
                answer = page.request(method, path, data={"do": "forget"} if method == "POST" else None)
                assert answer.status_code == 400, (path, method)
                bodies.add(answer.content)
        assert len(bodies) == 1
    assert {reader: readers.by(known) for reader, known in before.items()} == before


def test_after_leaving_no_link_but_the_one_to_leave_is_of_use(readers_site: Path) -> None:
    readers = Readers(readers_site)
    ann, bob = readers.add(), readers.add("bob@example.org", "pending")
    with page_of(readers_site) as page:
        for reader in (ann, bob):
            page.post(link(reader, "unsubscribe"))
            for purpose in ("preferences", "confirm"):
                for data in ({"do": "save"}, {"do": "export"}, {"do": "forget"}, {}):
                    assert page.post(link(reader, purpose), data=data).status_code == 400
            assert readers.by(reader).state == "left"
            assert readers.by(reader).address


@pytest.mark.parametrize(
    "path",
    ["/", "/p", "/u/", "/p/", "/subscribe/", "/subscribe/x", "/x/y", "/p//", "//evil.example/", "/p/../u/TOKEN", "/p/%2e%2e/u/TOKEN", "/u/TOKEN/", "/u/TOKEN/x",
     "/u//TOKEN", "/u/%00TOKEN", "/u/TOKEN%0d%0aSet-Cookie:x=1", "/u/TOKEN;x", "/U/TOKEN", "/etc/passwd", "/u/" + "a" * 5_000, "/u/' OR 1=1 --", "/p/1%27%20OR%201=1",
     "/%ff%fe", "/u/{{7*7}}", "/\\evil.example", "/u/ＴＯＫＥＮ", "/robots.txt"],
)  # fmt: skip
def test_tricks_in_paths_lead_nowhere(path: str, readers_site: Path) -> None:
    readers = Readers(readers_site)
    ann = readers.add()
    token = link(ann, "unsubscribe")[3:]
    with page_of(readers_site) as page:
        for method in ("GET", "POST"):
            # httpx takes dots out of a path, as browsers do; here they arrive.
            answer = page.request(method, "/", extensions={"target": path.replace("TOKEN", token).encode()})
            assert answer.status_code in (400, 404)
            assert "location" not in answer.headers
            assert "set-cookie" not in answer.headers
            assert "49" not in answer.text.partition("<body>")[2]
    assert readers.by(ann) == ann


def test_only_get_head_and_post_are_answered_and_no_header_changes_the_method(readers_site: Path) -> None:
    readers = Readers(readers_site)
    ann = readers.add()
    with page_of(readers_site) as page:
        for method in ("PUT", "DELETE", "PATCH", "OPTIONS"):
            answer = page.request(method, link(ann, "unsubscribe"))
            assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD, POST")
        for method in ("TRACE", "PROPFIND", "LEAVE"):
            assert page.request(method, link(ann, "unsubscribe")).status_code == 405
        for name in ("X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"):
            page.get(f"{link(ann, 'unsubscribe')}?_method=POST", headers={name: "POST"})
    assert readers.by(ann) == ann


@pytest.mark.parametrize(("headers", "status"), [
    ({"Origin": "https://evil.example"}, 403),
    ({"Origin": "https://notes.example.evil.example"}, 403),
    ({"Origin": "http://notes.example"}, 403),
    ({"Origin": "null", "Sec-Fetch-Site": "cross-site"}, 403),
    ({"Sec-Fetch-Site": "same-site"}, 403),
    ({"Origin": "https://notes.example", "Sec-Fetch-Site": "same-origin"}, 200),
    ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, 200),
    ({"Origin": "null"}, 200),
    ({"Sec-Fetch-Site": "none"}, 200),
])  # fmt: skip
def test_a_form_on_another_site_is_refused(
    headers: dict[str, str], status: int, readers_site: Path, inbox: Inbox
) -> None:
    readers = Readers(readers_site)
    ann, bob = readers.add(tags="news"), readers.add("bob@example.org", "pending")
    with page_of(readers_site) as page:
        said = [
            page.post(link(ann, "preferences"), data={"do": "save", "tag": "local"}, headers=headers),
            page.post("/subscribe", data=application("carl@example.org"), headers=headers),
            page.post(link(bob, "confirm"), headers=headers),
        ]
        assert {answer.status_code for answer in said} == {status}
        assert page.post(link(ann, "unsubscribe"), headers=headers).status_code == 200
    allowed = status == 200
    assert readers.by(ann).tags == ("local" if allowed else "news")
    assert inbox.readers == (["carl@example.org"] if allowed else [])
    assert readers.by(bob).state == ("active" if allowed else "pending")


def test_what_is_written_into_forms_and_posts_cannot_run(readers_site: Path) -> None:
    readers = Readers(readers_site)
    evil = '"><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}${7*7}'
    ann = readers.add(tags=evil)
    tagged = f"---\ntitle: x\ndate: 2026-11-20\ntags: ['{evil}', 'javascript:alert(1)']\n---\nText.\n"
    (readers_site / "content/evil.md").write_text(tagged)
    with page_of(readers_site) as page:
        pages = [
            page.get("/subscribe").text,
            page.get(f"/subscribe?language={evil}", headers={"Accept-Language": evil}).text,
            page.post("/subscribe", data=application(evil, tag=[evil], language=evil, every=evil)).text,
            page.get(link(ann, "preferences")).text,
        ]
    for html in pages:
        assert "<script" not in html
        assert "<img" not in html
        assert "49" not in html.partition("<body>")[2].replace(evil, "")
    assert evil in Controls(pages[0]).values("tag")
    assert Controls(pages[3]).ticked("tag") == [evil]


def test_sql_in_fields_is_text(readers_site: Path, inbox: Inbox) -> None:
    readers = Readers(readers_site)
    sql = "x'); DROP TABLE subscriber; --"
    ann = readers.add()
    with page_of(readers_site) as page:
        page.post(link(ann, "preferences"), data={"do": "save", "tag": sql, "language": sql, "every": sql})
        page.post("/subscribe", data=application("o'hara'--@example.org", tag=sql))
    assert readers.by(ann) == ann
    assert inbox.readers == ["o'hara'--@example.org"]


def test_bodies_are_read_in_part_and_forms_that_are_none_are_refused(readers_site: Path, inbox: Inbox) -> None:
    readers = Readers(readers_site)
    ann = readers.add(tags="news")
    with page_of(readers_site) as page:
        large = b"do=save&tag=local&x=" + b"x" * 70_000
        assert page.post(link(ann, "preferences"), content=large).status_code == 413
        many = b"do=save&" + b"tag=local&" * 3_000
        assert page.post(link(ann, "preferences"), content=many).status_code == 400
        assert page.post(link(ann, "preferences"), content=b"do=save&tag=\xff\xfe%ff").status_code == 400
        assert page.post(link(ann, "preferences"), content=b"\x00" * 100).status_code == 400
        multipart = {"Content-Type": "multipart/form-data; boundary="}
        assert page.post(link(ann, "preferences"), content=b"--\r\n\r\n", headers=multipart).status_code == 400
        assert page.post("/subscribe", content=b"address=" + b"a" * 70_000).status_code == 413
    assert readers.by(ann).tags == "news"
    assert inbox.mails == []


def test_guessing_is_slowed_down_and_a_valid_link_never_is(readers_site: Path) -> None:
    readers = Readers(readers_site)
    ann = readers.add()
    with page_of(readers_site) as page:
        statuses = [page.get(f"/{'upc'[number % 3]}/{number:048x}").status_code for number in range(30)]
        assert statuses == [400] * 20 + [429] * 10
        assert page.get(link(ann, "preferences")).status_code == 200
        assert page.post(link(ann, "unsubscribe")).status_code == 200
        page.client = "192.0.2.2"
        assert page.get(f"/p/{'0' * 48}").status_code == 400


def test_a_database_that_is_busy_is_said_and_nothing_is_lost(
    readers_site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    readers = Readers(readers_site)
    ann = readers.add(tags="news")
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda path, **options: connect(path, **{**options, "timeout": 0.1}))
    with page_of(readers_site) as page:
        with closing(connect(readers_site / "private/readers.sqlite", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            for path, data in ((link(ann, "unsubscribe"), {}), (link(ann, "preferences"), {"do": "save"})):
                answer = page.post(path, data=data)
                assert (answer.status_code, int(answer.headers["Retry-After"]) > 0) == (503, True)
            assert page.get(link(ann, "preferences")).status_code == 200
            other.execute("ROLLBACK")
        assert page.post(link(ann, "unsubscribe")).status_code == 200
    assert readers.by(ann).state == "left"


def test_no_answer_can_be_framed_cached_indexed_or_leaks_its_address(readers_site: Path) -> None:
    readers = Readers(readers_site)
    ann = readers.add()
    with page_of(readers_site) as page:
        answers = [
            page.get("/subscribe"), page.post("/subscribe", data=application("ann@example.org")), page.get("/nowhere"),
            page.get(link(ann, "preferences")), page.post(link(ann, "preferences"), data={"do": "export"}), page.get("/p/x"),
            page.post(link(ann, "unsubscribe")), page.post("/subscribe", headers={"Origin": "https://evil.example"}),
        ]  # fmt: skip
    for answer in answers:
        headers = answer.headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Robots-Tag"] == "noindex"
        policy = set(headers["Content-Security-Policy"].split("; "))
        assert {"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} <= policy
        assert "set-cookie" not in headers
        assert "location" not in headers
        assert "<script" not in answer.text
        assert "http" not in answer.text.replace(headers["Content-Security-Policy"], "")


def test_no_page_shows_an_address_and_no_log_has_one_or_a_token(readers_site: Path, inbox: Inbox) -> None:
    readers = Readers(readers_site)
    ann = readers.add()
    with served(readers_site) as (address, process):
        with httpx.Client(base_url=address, timeout=20) as http:
            for purpose in PATHS:
                assert "example.org" not in http.get(link(ann, purpose)[1:]).text
            asked = http.post("subscribe", data=application("bob@example.org"))
            assert (asked.status_code, "bob" in asked.text) == (200, False)
            http.get(f"p/{'0' * 48}")
            http.post(link(ann, "unsubscribe")[1:])
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=20)
    assert (out, err) == ("", "")
    assert inbox.readers == ["bob@example.org"]  # what waits is done before the server ends
    assert readers.by(ann).state == "left"


def test_a_body_that_never_ends_does_not_hold_the_server(readers_site: Path) -> None:
    readers = Readers(readers_site)
    ann, bob = readers.add(), readers.add("bob@example.org")

    def begun(port: int, reader: Any, purpose: Any) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", port), timeout=30)
        head = f"POST {link(reader, purpose)} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\ndo="
        connection.sendall(head.encode())
        return connection

    with served(readers_site) as (address, _):
        port = int(address.rpartition(":")[2].strip("/"))
        with closing(begun(port, ann, "unsubscribe")) as leaving, closing(begun(port, bob, "preferences")) as changing:
            began = time.monotonic()
            assert httpx.get(f"{address}subscribe", timeout=5).status_code == 200
            assert leaving.recv(100).startswith(b"HTTP/1.1 200")
            assert changing.recv(100).startswith(b"HTTP/1.1 408")
            assert time.monotonic() - began < 25
    assert readers.by(ann).state == "left"
    assert readers.by(bob) == bob


def test_a_web_server_in_front_says_who_the_client_is(readers_site: Path) -> None:
    with served(readers_site) as (address, _), httpx.Client(base_url=address, timeout=20) as http:
        for client in ("192.0.2.1", "192.0.2.2"):
            answers = [http.get(f"p/{'0' * 48}", headers={"X-Forwarded-For": client}) for _ in range(21)]
            assert [answers[0].status_code, answers[-1].status_code] == [400, 429]


def test_the_server_listens_on_a_socket_too(readers_site: Path, tmp_path: Path) -> None:
    path = tmp_path / "readers.sock"
    with served(readers_site, "--bind", f"unix:{path}"):
        ends = time.monotonic() + 20
        while not path.exists():
            assert time.monotonic() < ends
            time.sleep(0.05)
        with httpx.Client(transport=httpx.HTTPTransport(uds=str(path)), base_url="http://localhost") as http:
            for client in ("192.0.2.1", "192.0.2.2"):
                answers = [http.get(f"/p/{'0' * 48}", headers={"X-Forwarded-For": client}) for _ in range(21)]
                assert [answers[0].status_code, answers[-1].status_code] == [400, 429]


@pytest.mark.parametrize(("change", "code", "words"), [
    (("url =", "#"), 78, "the address of the page"),
    (('kind = "smtp"', 'kind = "smtp-list"'), 78, 'kind = "smtp"'),
    (("[senders.mail]", '[senders.list]\nkind = "smtp-list"\nhost = "localhost"\n[readers]\nsender = "list"\n[senders.mail]'), 78, ""),
    (('sender = "Notes <weekly@notes.example>"', ""), 78, "of a digest"),
    (('host = "127.0.0.1"', ""), 78, "[senders.mail]"),
])  # fmt: skip
def test_what_is_missing_is_said_before_the_page_is_served(
    change: tuple[str, str], code: int, words: str, readers_site: Path, digest: Command
) -> None:
    toml = readers_site / "digest.toml"
    toml.write_text(toml.read_text().replace(*change))
    ended = digest(readers_site, "readers", "serve", "--bind", "127.0.0.1:0")
    assert ended.code == code
    assert words in ended.err


@pytest.mark.parametrize("bind", ["8025", "127.0.0.1", ":8025", "unix:", "127.0.0.1:99999", "127.0.0.1:x"])
def test_where_to_listen_is_checked(bind: str, readers_site: Path, digest: Command) -> None:
    ended = digest(readers_site, "readers", "serve", "--bind", bind)
    assert ended.code == 2
    assert "write 127.0.0.1:8025" in ended.err


def test_a_port_that_is_taken_and_a_missing_secret_are_said(
    readers_site: Path, digest: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ended = digest(readers_site, "readers", "serve", "--bind", f"127.0.0.1:{taken.getsockname()[1]}")
        assert (ended.code, "cannot be used" in ended.err) == (1, True)
    monkeypatch.delenv("DIGEST_SECRET")
    ended = digest(readers_site, "readers", "serve")
    assert (ended.code, "openssl rand" in ended.err) == (78, True)
