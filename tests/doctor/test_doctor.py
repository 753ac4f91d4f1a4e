"""`digest doctor`: what is missing before a first send, against a DNS server, a mail server and a page on loopback."""

import base64
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import msgspec
import pytest
import uvicorn

from digest import load_config
from digest.config import Readers
from digest.readers import readers_app
from digest.unsubscribe import wsgi_app
from tests.commands import Command
from tests.conftest import MakeSite
from tests.mail_server import mail_server
from tests.name_server import Zone, name_server
from tests.senders.smtp.mail_samples import SECRET, built, toml

KEY = base64.b64encode(b"x" * 294).decode()
SHORT_KEY = base64.b64encode(b"x" * 162).decode()
GOOD: dict[tuple[str, str], list[str]] = {
    ("notes.example", "TXT"): ["v=spf1 include:spf.example -all", "another=thing"],
    ("spf.example", "TXT"): ["v=spf1 ip4:192.0.2.1 -all"],
    ("s1._domainkey.notes.example", "TXT"): [f"v=DKIM1; k=rsa; p={KEY}"],
    ("_dmarc.notes.example", "TXT"): ["v=DMARC1; p=quarantine; rua=mailto:d@notes.example"],
    ("example", "TXT"): ["x"],
}


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGEST_SECRET", SECRET)
    monkeypatch.setattr("digest.senders.smtp.transport._PAUSE", 0.0)


@contextmanager
def page_of(root: Path) -> Iterator[str]:
    """Serve a site's unsubscribe page; yield its address."""

    class Quiet(WSGIRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

    with make_server("127.0.0.1", 0, wsgi_app(load_config(root)), handler_class=Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/leave"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def readers_page_of(root: Path) -> Iterator[str]:
    """Serve the page of a site's readers; yield its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        page = f"http://127.0.0.1:{listener.getsockname()[1]}/readers/"
        app = readers_app(msgspec.structs.replace(load_config(root), readers=Readers(url=page)))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield page
        finally:
            server.should_exit = True
            thread.join()


def verdicts(digest: Command, root: Path, server: str, *more: str) -> dict[str, tuple[str, str, str]]:
    ended = digest(root, "doctor", "--nameserver", server, "--json", *more)
    found = json.loads(ended.out)
    assert ended.code == any(finding["verdict"] == "error" for finding in found), ended.err
    return {finding["about"]: (finding["verdict"], finding["message"], finding["advice"]) for finding in found}


def domain(
    digest: Command, make_site: MakeSite, zone: Zone, *more: str, **sender: Any
) -> dict[str, tuple[str, str, str]]:
    with mail_server() as (_, port), name_server(zone) as server:
        return verdicts(digest, built(make_site, toml(port=port, **sender), "a@example.net"), server, *more)


def test_a_domain_that_is_ready_is_said_to_be(make_site: MakeSite, digest: Command) -> None:
    found = domain(digest, make_site, GOOD)
    assert {about for about, (verdict, _, _) in found.items() if verdict == "ok"} >= {
        "SPF", "DKIM", "DMARC", "alignment", "List-Id", "one-click", "size", "style", "service", "sender"
    }  # fmt: skip
    assert found["DKIM"][1] == "there is a key at s1._domainkey.notes.example"
    assert "mail takes mail" in found["service"][1]


@pytest.mark.parametrize(
    ("about", "zone", "verdict", "said"),
    [
        ("SPF", {("notes.example", "TXT"): []}, "error", 'notes.example TXT "v=spf1'),
        ("SPF", {("notes.example", "TXT"): ["v=spf1 -all", "v=spf1 a -all"]}, "error", "join them into one"),
        ("SPF", {("notes.example", "TXT"): ["v=spf1 +all"]}, "error", "-all"),
        ("SPF", {("notes.example", "TXT"): ["v=spf1 " + " ".join(f"a:h{n}.example" for n in range(11)) + " -all"]}, "error", "ip4:"),
        ("SPF", {("notes.example", "TXT"): ["v=spf1 include:loop.example -all"],
                 ("loop.example", "TXT"): ["v=spf1 include:notes.example include:loop.example -all"]}, "ok", ""),
        ("DKIM", {("s1._domainkey.notes.example", "TXT"): []}, "unknown", "--selector"),
        ("DKIM", {("s1._domainkey.notes.example", "TXT"): ["v=DKIM1; p="]}, "error", "new record"),
        ("DKIM", {("s1._domainkey.notes.example", "TXT"): [f"p={SHORT_KEY}"]}, "warning", "longer"),
        ("DKIM", {("s1._domainkey.notes.example", "TXT"): ["p=cut%off"]}, "error", "whole record"),
        ("DMARC", {("_dmarc.notes.example", "TXT"): []}, "error", '_dmarc.notes.example TXT "v=DMARC1; p=none'),
        ("DMARC", {("_dmarc.notes.example", "TXT"): ["v=DMARC1; p=none", "v=DMARC1; p=reject"]}, "error", "keep one"),
        ("DMARC", {("_dmarc.notes.example", "TXT"): ["v=DMARC1; p=maybe"]}, "error", "p=none"),
        ("DMARC", {("_dmarc.notes.example", "TXT"): [], ("_dmarc.example", "TXT"): ["v=DMARC1; p=reject; sp=none"]}, "ok", ""),
        ("DMARC", {("_dmarc.notes.example", "TXT"): [], ("_dmarc.example", "TXT"): ["v=DMARC1; p=reject; sp=some"]}, "error", "p=none"),
        ("DNS", {("notes.example", "FAIL"): [""]}, "unknown", "--nameserver"),
    ],
)  # fmt: skip
def test_what_is_missing_is_named_with_what_to_write_where(
    make_site: MakeSite, digest: Command, about: str, zone: Zone, verdict: str, said: str
) -> None:
    found = domain(digest, make_site, {**GOOD, **zone})
    assert found[about][0] == verdict, found[about]
    assert said in found[about][2]


def test_a_selector_that_is_given_has_to_be_there(make_site: MakeSite, digest: Command) -> None:
    assert domain(digest, make_site, GOOD, "--selector", "nope")["DKIM"][0] == "error"
    assert domain(digest, make_site, GOOD, "--selector", "s1")["DKIM"][0] == "ok"


@pytest.mark.parametrize(
    ("envelope", "zone", "verdict"),
    [
        ("bounce@mail.notes.example", {}, "ok"),
        ("bounce@other.example", {}, "warning"),
        ("bounce@mail.notes.example", {("_dmarc.mail.notes.example", "TXT"): ["v=DMARC1; p=none; psd=n"]}, "warning"),
        ("b@x.notes.example", {("_dmarc.example", "TXT"): ["v=DMARC1; p=none; psd=y"]}, "ok"),
        ("b@other.example", {("_dmarc.example", "TXT"): ["v=DMARC1; p=none; psd=y"]}, "warning"),
    ],
)
def test_the_envelope_aligns_by_the_walk_up_the_tree(
    make_site: MakeSite, digest: Command, envelope: str, zone: Zone, verdict: str
) -> None:
    found = domain(digest, make_site, {**GOOD, **zone}, envelope_from=envelope)
    assert found["alignment"][0] == verdict, found["alignment"]


def test_the_page_is_opened_and_nobody_leaves(
    make_site: MakeSite, digest: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mail_server() as (_, port), name_server(GOOD) as server:
        root = built(make_site, toml(port=port, page="http://127.0.0.1:9/leave"), "a@example.net")
        assert verdicts(digest, root, server)["unsubscribe page"][0] == "error"
        with page_of(root) as page:
            (root / "digest.toml").write_text(toml(port=port, page=page))
            found = verdicts(digest, root, server)
            assert found["unsubscribe page"] == ("ok", page, "")
            assert found["one-click"][0] == "error"
            monkeypatch.setenv("DIGEST_SECRET", "the-secret-of-another-site")
            assert "refuses a link of ours" in verdicts(digest, root, server)["unsubscribe page"][1]
        assert not (root / "private/suppressed.sqlite").exists()


def test_the_page_of_our_own_readers_is_opened(
    make_site: MakeSite, digest: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGEST_SECRET", "the-secret-of-this-very-site")
    with mail_server() as (_, port), name_server(GOOD) as server:
        root = built(make_site, toml(port=port), "a@example.net")
        settings = root / "digest.toml"
        before = settings.read_text()
        with readers_page_of(root) as page:
            settings.write_text(f'{before}\n[readers]\nurl = "{page}"\n')
            assert verdicts(digest, root, server)["unsubscribe page"] == ("ok", page, "")
            monkeypatch.setenv("DIGEST_SECRET", "the-secret-of-another-site")
            assert "refuses a link of ours" in verdicts(digest, root, server)["unsubscribe page"][1]
        settings.write_text(f'{before}\n[readers]\nurl = "https://127.0.0.1:9/readers/"\n')
        found = verdicts(digest, root, server)
        assert found["unsubscribe page"][0] == "error"
        assert found["one-click"] == ("ok", "https://127.0.0.1:9/readers/", "")


def test_the_service_is_asked_and_its_refusal_said(make_site: MakeSite, digest: Command) -> None:
    with name_server(GOOD) as server:
        root = built(make_site, toml(port=1), "a@example.net", "nobody")
        found = digest(root, "doctor", "--nameserver", server)
        assert (found.code, "readers.txt" in found.err) == (1, True)
        (root / "readers.txt").write_text("a@example.net\n")
        assert verdicts(digest, root, server)["service"][0] == "unknown"
        (root / "digest.toml").write_text(toml(host="mail.example", port=25, security="none", user="me"))
        found = digest(root, "doctor", "--nameserver", server)
        assert "in clear" in found.err


@pytest.mark.parametrize(
    ("zone", "verdict"),
    [
        ({("mx.example", "A"): ["127.0.0.9"], ("9.0.0.127.in-addr.arpa", "PTR"): ["mx.example."]}, "ok"),
        ({("mx.example", "A"): ["127.0.0.9"]}, "warning"),
        ({("mx.example", "A"): ["127.0.0.9"], ("9.0.0.127.in-addr.arpa", "PTR"): ["other.example."]}, "warning"),
    ],
)
def test_the_mail_server_has_a_name_that_leads_back(
    make_site: MakeSite, digest: Command, zone: Zone, verdict: str
) -> None:
    with name_server({**GOOD, **zone}) as server:
        root = built(make_site, toml(host="mx.example", security="none", timeout=1), "a@example.net")
        assert verdicts(digest, root, server)["reverse name"][0] == verdict


def test_a_site_without_editions_is_told_to_build_one(make_site: MakeSite, digest: Command) -> None:
    with name_server(GOOD) as server:
        root = make_site({}, toml())
        found = verdicts(digest, root, server)
        assert found["edition"][0] == "unknown"
        assert found["SPF"][0] == "ok"
        assert 'did you mean "weekly"?' in digest(root, "doctor", "--digest", "weeky").err
        wrong = digest(root, "doctor", "--via", "mial", "--nameserver", server)
        assert (wrong.code, 'did you mean "mail"?' in wrong.err) == (78, True)


def test_addresses_that_would_be_published_are_named(make_site: MakeSite, digest: Command) -> None:
    import subprocess

    with mail_server() as (_, port), name_server(GOOD) as server:
        root = built(make_site, toml(port=port), "a@example.net")
        assert "readers" not in verdicts(digest, root, server)
        subprocess.run(["git", "init", "-q", str(root)], check=True)
        assert verdicts(digest, root, server)["readers"][0] == "warning"
        (root / ".gitignore").write_text("readers.txt\n")
        assert "readers" not in verdicts(digest, root, server)
        (root / "digest.toml").write_text(toml(port=port, readers="public/readers.txt"))
        (root / "public/readers.txt").write_text("a@example.net\n")
        assert verdicts(digest, root, server)["readers"][0] == "error"
        (root / "digest.toml").write_text(toml(port=port))
        (root / "_config.yml").write_text("title: Notes\n")  # Jekyll copies whatever it does not know
        assert verdicts(digest, root, server)["readers"][0] == "error"
        (root / "_config.yml").write_text("title: Notes\nexclude: [readers.txt, private/]\n")
        assert "readers" not in verdicts(digest, root, server)
