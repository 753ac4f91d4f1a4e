"""Reports of what was not delivered mark the readers they are about, and nothing else does."""

import mailbox
import sqlite3
from contextlib import closing
from email.message import Message
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from pathlib import Path
from typing import Any

import pytest

from tests.commands import Command
from tests.conftest import MakeSite
from tests.mail_server import mail_server
from tests.senders.smtp.mail_samples import SECRET, built, hand_over, toml

READERS = ("a@example.net", "B@example.net", "c@müller.example")


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGEST_SECRET", SECRET)


def report(recipient: str, status: str, action: str = "failed", *, original: str = "", to: str = "") -> Message:
    """A report as RFC 3464 has it."""
    mail = MIMEMultipart("report")
    mail.set_param("report-type", "delivery-status")
    mail["From"], mail["To"] = "MAILER-DAEMON@mx.example", "weekly@notes.example"
    mail["Message-ID"] = f"<{recipient}.{status}.{action}@mx.example>"
    mail.attach(MIMEText("It could not be delivered."))
    server, group = Message(), Message()
    server["Reporting-MTA"] = "dns; mx.example"
    if original:
        group["Original-Recipient"] = f"rfc822;{original}"
    group["Final-Recipient"] = f"rfc822; {recipient}"
    group["Action"], group["Status"] = action, status
    status_part = Message()
    status_part["Content-Type"] = "message/delivery-status"
    status_part.set_payload([server, group])
    mail.attach(status_part)
    returned = Message()
    returned["To"], returned["Subject"] = to or recipient, "Notes"
    mail.attach(MIMEMessage(returned))
    return mail


def sent(make_site: MakeSite, port: int, *readers: str) -> Path:
    root = built(make_site, toml(port=port), *(readers or READERS))
    hand_over(root)
    return root


def marks(root: Path) -> dict[str, str]:
    with closing(sqlite3.connect(root / "private/sending.sqlite")) as database:
        return dict(database.execute("SELECT reader, kind FROM bounces").fetchall())


@pytest.mark.parametrize("form", ["mbox", "maildir", "message"])
def test_who_has_no_mailbox_any_more_gets_nothing(make_site: MakeSite, digest: Command, form: str) -> None:
    with mail_server() as (inbox, port):
        root = sent(make_site, port)
        bounce = report("b@example.net", "5.1.1")
        path = root / "bounces"
        if form == "message":
            path.write_bytes(bounce.as_bytes())
        else:
            box: Any = mailbox.mbox(path) if form == "mbox" else mailbox.Maildir(path)
            box.add(bounce)
            box.flush()
            box.close()
        ended = digest(root, "send", "--bounces", "bounces")
        assert (ended.code, "1 get nothing more" in ended.err) == (0, True), ended.err
        assert marks(root) == {"b@example.net": "hard"}
        with closing(sqlite3.connect(root / "private/sending.sqlite")) as database:
            database.execute("DELETE FROM copies")
            database.commit()
        (root / "ledger/weekly.jsonl").unlink()
        (root / "public/editions/weekly/2026-W48/sent.json").unlink()
        hand_over(root)
        assert inbox.readers[3:] == ["a@example.net", "c@xn--mller-kva.example"]
        assert digest(root, "unsubscribe", "undo", "B@example.net").code == 0
        assert marks(root) == {}


@pytest.mark.parametrize(
    ("status", "action", "kind"),
    [
        ("5.1.1", "failed", "hard"),
        ("5.0.0", "failed", "hard"),
        ("5.2.1", "Failed ", "hard"),
        ("4.4.7", "failed", "soft"),
        ("5.2.2", "failed", "soft"),
        ("5.7.1", "failed", "soft"),
        ("", "failed", "soft"),
        ("4.2.2", "delayed", None),
        ("2.0.0", "delivered", None),
        ("5.1.1", "", None),
    ],
)
def test_what_a_status_means(make_site: MakeSite, digest: Command, status: str, action: str, kind: str | None) -> None:
    with mail_server() as (_, port):
        root = sent(make_site, port)
        (root / "bounce").write_bytes(report("a@example.net", status, action).as_bytes())
        for _ in range(2):
            assert digest(root, "send", "--bounces", "bounce").code == 0
        assert marks(root) == ({"a@example.net": kind} if kind else {})


def test_the_reader_is_found_behind_a_forwarding(make_site: MakeSite, digest: Command) -> None:
    with mail_server() as (_, port):
        root = sent(make_site, port)
        box = mailbox.mbox(root / "bounces")
        box.add(report("elsewhere@example.com", "5.1.1", original="a@example.net"))
        box.add(report("other@example.com", "5.1.1", to="c@xn--mller-kva.example"))
        box.flush()
        box.close()
        digest(root, "send", "--bounces", "bounces", "--via", "mail")
        assert marks(root) == {"a@example.net": "hard", "c@xn--mller-kva.example": "hard"}


def test_nothing_is_guessed(make_site: MakeSite, digest: Command) -> None:
    words = MIMEText("<a@example.net>: 550 5.1.1 user unknown")
    words["Subject"], words["From"] = "Undelivered Mail Returned to Sender", "MAILER-DAEMON@mx.example"
    with mail_server() as (_, port):
        root = sent(make_site, port)
        box = mailbox.mbox(root / "bounces")
        box.add(words)
        box.add(report("stranger@example.com", "5.1.1"))
        box.add(b"\xff\xfe broken \x00")
        box.flush()
        box.close()
        ended = digest(root, "send", "--bounces", "bounces")
        assert "2 that are no reports, 1 about others than readers" in ended.err
        assert marks(root) == {}
        (root / "folder").mkdir()
        ended = digest(root, "send", "--bounces", "folder")
        assert (ended.code, "no Maildir" in ended.err) == (1, True)


def test_a_sender_without_readers_has_no_bounces(make_site: MakeSite, digest: Command) -> None:
    root = make_site({"bounce": "Subject: x\n\nx"}, toml("smtp-list"))
    ended = digest(root, "send", "--bounces", "bounce")
    assert (ended.code, "there is none" in ended.err) == (78, True)
    ended = digest(root, "send", "--bounces", "bounce", "--via", "mail")
    assert (ended.code, "keeps no list of readers" in ended.err) == (78, True)
