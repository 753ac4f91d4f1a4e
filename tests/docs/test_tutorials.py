"""Every tutorial and guide: its commands run in an empty folder, with real parts, and print what the page shows."""

import os
import runpy
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult

from tests.commands import Command
from tests.docs import runner as pages
from tests.docs.runner import MAIL_PORT, MissingProgramError, Runner
from tests.mail_server import Inbox, mail_server
from tests.senders.services import (
    KEY,
    FakeBrevo,
    FakeButtondown,
    FakeListmonk,
    FakeMailchimp,
    FakeResend,
    Service,
    serving,
)
from tests.senders.test_mailman import PASSWORD, FakeMailman
from tests.senders.test_mailman import mail_server as mail_server_of
from tests.senders.test_ses import FakeSes

pytestmark = pytest.mark.skipif(os.name != "posix", reason="pages are run by a shell on a terminal")
DOCS = pages.ROOT / "docs"
PAGES = sorted([*(DOCS / "tutorials").glob("*.md"), *(DOCS / "guides").glob("*.md")])
ALL = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
SECRETS = {
    "LISTMONK_TOKEN": KEY,
    "BUTTONDOWN_API_KEY": KEY,
    "MAILCHIMP_API_KEY": KEY,
    "RESEND_API_KEY": KEY,
    "BREVO_API_KEY": KEY,
    "MAILMAN_REST_PASSWORD": PASSWORD,
    "AWS_ACCESS_KEY_ID": "AKID",
    "AWS_SECRET_ACCESS_KEY": "canary-of-ses",
}
# The site whose letters the page on limits measures.
SIZED = """
[site]
title = "T"
url = "https://t.example.net/"
[digests.weekly]
sender = "T <a@t.example.net>"
unsubscribe = "mailto:a@t.example.net"
"""
# First words of commands that are shown and not run: they change the machine, wait for somebody, or need a service.
NOT_RUN = {
    "pip", "pipx", "python3", ".", "sudo", "systemctl", "journalctl", "crontab", "aiosmtpd", "export", "hugo", "git",
    "openssl", "npx", "zola",
}  # fmt: skip


class _Listmonk(FakeListmonk):
    """listmonk with the user of the page."""

    header = f"token digest:{KEY}"


class _MailServerOfMailman(FakeMailman):
    """Takes tests as well, which go to readers and not to the list."""

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        is_to_the_list = envelope.rcpt_tos == ["weekly@lists.example"]
        return await super().handle_DATA(server, session, envelope) if is_to_the_list else "250 ok"


# What the senders' pages speak to: a fake in memory, and the address of the service that the page shows.
SERVICES: dict[str, tuple[type[Service], str]] = {
    "send-with-listmonk": (_Listmonk, "https://lists.example.org"),
    "send-with-buttondown": (FakeButtondown, "https://api.buttondown.com/v1"),
    "send-with-mailchimp": (FakeMailchimp, "https://us1.api.mailchimp.com/3.0"),
    "send-with-resend": (FakeResend, "https://api.resend.com"),
    "send-with-brevo": (FakeBrevo, "https://api.brevo.com/v3"),
    "send-with-ses": (FakeSes, "https://email.eu-central-1.amazonaws.com"),
}


@contextmanager
def parts_of(page: Path, folder: Path) -> Iterator[tuple[Runner, Inbox]]:
    """Start what a page speaks to; yield what runs it, and the mailbox."""
    moment = pages.clock(page.read_text(encoding="utf-8"))
    with ExitStack() as stack:
        inbox, port = stack.enter_context(mail_server())
        replaced, appended = {MAIL_PORT: str(port)}, ""
        if page.stem == "send-with-mailman":
            mailman = _MailServerOfMailman()
            replaced["http://localhost:8001"] = stack.enter_context(serving(mailman))
            replaced[MAIL_PORT] = str(stack.enter_context(mail_server_of(mailman)))
        if page.stem in SERVICES:
            kind, shown = SERVICES[page.stem]
            replaced[shown] = stack.enter_context(serving(kind()))
            appended = "" if kind is _Listmonk else f'url = "{replaced[shown]}"\n'
        runner = Runner(folder, moment, replaced, appended)
        runner.environment.update(SECRETS)
        if (pages.NODE_MODULES).is_dir() and page.stem in {"from-eleventy", "from-hexo"}:
            (runner.site / "node_modules").symlink_to(pages.NODE_MODULES)
        yield runner, inbox


@ALL
def test_the_commands_print_what_the_page_shows(page: Path, tmp_path: Path) -> None:
    with parts_of(page, tmp_path) as (runner, _):
        try:
            wrong = pages.check(page, runner)
        except MissingProgramError as missing:
            pytest.skip(f"{missing} is not installed (make generators); what stands before it was run")
    assert wrong == []


@ALL
def test_commands_that_are_not_run_are_commands(page: Path, tmp_path: Path, digest: Command) -> None:
    for block in pages.blocks(page.read_text(encoding="utf-8")):
        if block.language != "shell":
            assert block.file or block.language in {"sh", "console", "toml", "yaml", "html"}, block
            continue
        for line in block.text.splitlines():
            words = line.partition("  #")[0].partition("&&")[0].split()
            if words[:1] == ["digest"]:
                _has_options(digest, tmp_path, words[1:])
            else:
                assert not words or words[0].startswith("#") or words[0] in NOT_RUN, line


def _has_options(digest: Command, folder: Path, words: list[str]) -> None:
    """Look for the options of a command in its help."""
    deep = 2 if words[0] in {"ledger", "unsubscribe"} else 1
    ended = digest(folder, *words[:deep], "--help")
    assert ended.code == 0, words
    options = [word.partition("=")[0] for word in words if word.startswith("-")]
    assert [option for option in options if option not in ended.out.replace(",", " ").split()] == []


@pytest.mark.parametrize(
    ("name", "key", "texts", "absent"),
    [
        (
            "first-letter",
            "weekly/2026-W48",
            ["Mending a net", "18 Nov", "First frost", "17 Nov", "https://tideline.example.net/posts/mending-a-net/"],
            "A new lamp",
        ),
        (
            "first-letter.zh",
            "weekly/2025-W07",
            ["修一把旧雨伞", "2月8日", "桌上的三件工具", "2月5日", "https://dengta.example.net/posts/xiu-yusan/"],
            "UTC",
        ),
    ],
)
def test_the_first_letter_arrives_and_the_real_mailbox_logs_in(
    name: str, key: str, texts: list[str], absent: str, tmp_path: Path
) -> None:
    page = DOCS / f"tutorials/{name}.md"
    with parts_of(page, tmp_path) as (runner, inbox):
        assert pages.check(page, runner) == []
        assert len(inbox.readers) == 3  # a test, and each reader
        for letter in inbox.letters().values():
            plain, html = letter.get_body(("plain",)), letter.get_body(("html",))
            assert plain is not None
            assert html is not None
            for part in (plain.get_content(), html.get_content()):
                assert [text for text in texts if text not in part] == []
                assert absent not in part
        _send_through_the_real_mailbox(page, runner, key)


def _send_through_the_real_mailbox(page: Path, runner: Runner, key: str) -> None:
    """Do what the page says about the reader's own mailbox, with a server here that asks for the password."""
    every = list(pages.blocks(page.read_text(encoding="utf-8")))
    table = next(block.text for block in every if block.language == "toml" and not block.file)
    logins: list[tuple[str, str]] = []

    def authenticate(_server: object, _session: object, _envelope: object, _mechanism: str, data: Any) -> AuthResult:
        logins.append((data.login.decode(), data.password.decode()))
        return AuthResult(success=True)

    with mail_server(authenticator=authenticate, auth_require_tls=False) as (inbox, port):
        settings = runner.site / "digest.toml"
        kept = settings.read_text(encoding="utf-8").partition("[senders.mail]")[0]
        host = table.partition('host = "')[2].partition('"')[0]
        table = table.replace(host, "127.0.0.1").replace("port = 465", f"port = {port}")
        settings.write_text(kept + table, encoding="utf-8")
        user = table.partition('user = "')[2].partition('"')[0]
        code, printed = runner.run(f"export SMTP_PASSWORD=secret-code\ndigest send {key} --test {user}")
        assert code == 0, printed
        assert (logins, inbox.senders, inbox.readers) == ([(user, "secret-code")], [user], [user])


def test_the_picture_of_an_edition_is_what_its_script_draws() -> None:
    script = runpy.run_path(str(DOCS / "edition_picture.py"))
    drawn = script["picture"](script["editions"]())
    assert drawn == (DOCS / "guides/edition.svg").read_text(encoding="utf-8")


def test_letters_are_as_large_as_the_page_on_limits_says(tmp_path: Path, digest: Command) -> None:
    page = (DOCS / "guides/limits.md").read_text(encoding="utf-8")
    rows = [
        line.replace(",", "").split(" | ")
        for line in page.splitlines()
        if line.startswith(("| 1 |", "| 10 |", "| 200 |"))
    ]
    assert len(rows) == 3
    words = " ".join(["The ropes were white this morning and the gulls stood on one leg while the tide went out"] * 5)
    for row in rows:
        count, html, plain, message = (int(cell.strip(" |")) for cell in row)
        site = tmp_path / str(count)
        (site / "content").mkdir(parents=True)
        (site / "digest.toml").write_text(SIZED, encoding="utf-8")
        for number in range(count):
            header = f"---\ntitle: Post number {number}\ndate: 2026-11-{17 + number % 6}\n---\n"
            (site / f"content/p{number}.md").write_text(header + "\n\n".join([words] * 5), encoding="utf-8")
        assert digest(site, "build", "--now", "2026-11-23T09:00:00Z", "--quiet").code == 0
        edition = site / "public/editions/weekly/2026-W48"
        for name, size in (("email.html", html), ("email.txt", plain), ("email.eml", message)):
            assert (edition / name).stat().st_size == pytest.approx(size, rel=0.15)
