"""Sending by mail: whatever a server says or does to one copy costs that reader alone, and nobody gets two."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import digest as library
from digest.problems import DigestError
from digest.senders import SendError, TryAgainError, UnansweredError
from digest.senders.smtp.states import open_states
from digest.unsubscribe import reader_id, suppress
from tests.commands import Command
from tests.conftest import MakeSite
from tests.mail_server import DROP, HANG, Fault, mail_server
from tests.senders.smtp.mail_samples import KEY, SECRET, built, hand_over, toml

READERS = ("a@example.net", "b@example.net", "c@example.net", "d@example.net")


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGEST_SECRET", SECRET)
    monkeypatch.setattr("digest.senders.smtp.transport._PAUSE", 0.0)


def states(root: Path) -> dict[str, str]:
    with closing(sqlite3.connect(root / "private/sending.sqlite")) as database:
        return dict(database.execute("SELECT reader, state FROM copies").fetchall())


def only(stage: str, address: str, reply: str, times: int = 1) -> Fault:
    """A fault at one stage, for the copy of one reader, so many times."""
    count = Counter[str]()

    def fault(at: str, whom: str, _number: int) -> str:
        if at == "recipient":
            count["reader"] = list(READERS).index(whom) if whom in READERS else -1
        wanted = whom == address if at in ("recipient", "data", "message") else False
        if at == stage and wanted and count[stage] < times:
            count[stage] += 1
            return reply
        return ""

    return fault


REPLIES = [
    ("recipient", "550 5.1.1 no such user", "refused"),
    ("recipient", "450 4.7.1 greylisted, come back later", "deferred"),
    ("recipient", "452 4.2.2 mailbox full", "deferred"),
    ("recipient", "552 too many recipients", "deferred"),
    ("recipient", "421 4.7.0 too many messages in this session", "sent"),
    ("recipient", DROP, "sent"),
    ("data", "554 5.7.1 no", "refused"),
    ("data", "451 4.3.0 not now", "deferred"),
    ("data", "421 closing", "sent"),
    ("data", DROP, "sent"),
    ("message", "552 5.2.2 mailbox full", "refused"),
    ("message", "554 5.7.1 looks like spam", "refused"),
    ("message", "451 4.7.1 greylisted", "deferred"),
    ("message", "421 4.3.2 shutting down", "deferred"),
    ("message", DROP, "unknown"),
]


@pytest.mark.parametrize(
    ("stage", "reply", "state"), REPLIES, ids=[f"{stage} {reply[:3]}" for stage, reply, _ in REPLIES]
)
def test_what_happens_to_one_copy_costs_that_reader_alone(
    make_site: MakeSite, stage: str, reply: str, state: str
) -> None:
    with mail_server(only(stage, "b@example.net", reply)) as (inbox, port):
        root = built(make_site, toml(port=port), *READERS)
        if state in ("deferred", "unknown"):
            with pytest.raises(UnansweredError) as caught:
                hand_over(root)
            assert caught.value.exit_code == 75
            assert "3 sent" in str(caught.value)
        else:
            hand_over(root)
        assert states(root) == {reader: state if reader == "b@example.net" else "sent" for reader in READERS}
        others = [reader for reader in inbox.readers if reader != "b@example.net"]
        assert others == ["a@example.net", "c@example.net", "d@example.net"]
        if state in ("deferred", "unknown"):
            hand_over(root)  # tries the rest
        expected = {"refused": 0, "unknown": 2}.get(state, 1)
        assert Counter(inbox.readers) == Counter({**dict.fromkeys(READERS, 1), "b@example.net": expected}) - Counter()
        copies = [mail for reader, mail in inbox.mails if reader == "b@example.net"]
        assert len(set(copies)) <= 1, "sent again under the same Message-ID"
        hand_over(root)
        assert len(inbox.mails) == 3 + expected


@pytest.mark.parametrize("reply", ["550 5.7.1 never", "451 later", "421 bye", DROP])
def test_a_refused_sender_of_one_copy_is_tried_again(make_site: MakeSite, reply: str) -> None:
    with mail_server(lambda stage, _, number: reply if (stage, number) == ("sender", 1) else "") as (inbox, port):
        root = built(make_site, toml(port=port), *READERS)
        if reply in (DROP, "421 bye"):
            hand_over(root)
        else:
            with pytest.raises(UnansweredError, match="3 sent, 1 not now"):
                hand_over(root)
            hand_over(root)
        assert Counter(inbox.readers) == Counter(READERS)


@pytest.mark.parametrize("reply", ["500 what?", "451 no", DROP])
def test_a_reset_that_fails_costs_a_new_connection_and_no_copy(make_site: MakeSite, reply: str) -> None:
    def fault(stage: str, address: str, _: int) -> str:
        if stage == "recipient" and address == "b@example.net":
            return "550 5.1.1 no"
        return reply if stage == "rset" else ""

    with mail_server(fault) as (inbox, port):
        root = built(make_site, toml(port=port), *READERS)
        hand_over(root)
        assert inbox.readers == ["a@example.net", "c@example.net", "d@example.net"]
        assert inbox.connections == 2


def test_a_server_that_never_answers_to_a_message_is_not_given_many(make_site: MakeSite) -> None:
    with mail_server(lambda stage, *_: DROP if stage == "message" else "") as (inbox, port):
        root = built(make_site, toml(port=port), *(f"r{n}@example.net" for n in range(20)))
        with pytest.raises(UnansweredError, match="did not answer to 3 messages"):
            hand_over(root)
        assert len(inbox.mails) == 3
        assert Counter(states(root).values()) == {"unknown": 3}


def test_a_slow_server_costs_one_time_out(make_site: MakeSite) -> None:
    with mail_server(only("recipient", "b@example.net", HANG)) as (inbox, port):
        root = built(make_site, toml(port=port, timeout=1), *READERS)
        began = time.monotonic()
        hand_over(root)
        assert time.monotonic() - began < 20
        assert inbox.readers == list(READERS)


@pytest.mark.parametrize(
    ("stage", "reply", "said", "tried"),
    [
        ("recipient", "554 5.7.1 relay access denied", "10 copies in a row were refused", 10),
        ("message", "550 5.7.1 content rejected", "10 copies in a row were refused", 10),
        ("sender", "553 5.7.1 not your address", "refuses the sender", 3),
        ("sender", "552 5.3.4 message too big", "takes no message of this length", 3),
    ],
)
def test_a_run_of_refusals_stops_with_a_word_and_refuses_nobody_for_good(
    make_site: MakeSite, stage: str, reply: str, said: str, tried: int
) -> None:
    asked = Counter[str]()
    broken = [True]

    def fault(at: str, address: str, _: int) -> str:
        if at == stage and broken[0]:
            asked[at] += 1
            return reply
        return ""

    readers = [f"r{n:02}@example.net" for n in range(30)]
    with mail_server(fault) as (inbox, port):
        root = built(make_site, toml(port=port), *readers)
        with pytest.raises(SendError, match=said) as caught:
            hand_over(root)
        assert caught.value.exit_code == 1
        assert reply in str(caught.value)
        assert asked[stage] == tried
        assert set(states(root).values()) == {"deferred"}
        broken[0] = False
        hand_over(root)
        assert Counter(inbox.readers) == Counter(readers)


def test_a_stop_after_some_were_sent_ends_with_1_and_goes_on_later(make_site: MakeSite) -> None:
    readers = [f"r{n:02}@example.net" for n in range(30)]
    broken = [True]

    def fault(at: str, address: str, _: int) -> str:
        return "554 5.7.1 quota" if broken[0] and at == "recipient" and address >= "r05" else ""

    with mail_server(fault) as (inbox, port):
        root = built(make_site, toml(port=port), *readers)
        with pytest.raises(DigestError, match="stopped after 5 of 30 readers") as caught:
            hand_over(root)
        assert caught.value.exit_code == 1
        broken[0] = False
        hand_over(root)
        assert Counter(inbox.readers) == Counter(readers)


def test_many_dead_mailboxes_in_a_row_stop_nothing(make_site: MakeSite) -> None:
    readers = [f"dead{n}@example.net" for n in range(25)]
    with mail_server(lambda at, to, _: "550 5.1.1 unknown" if at == "recipient" and to.startswith("dead") else "") as (
        inbox,
        port,
    ):
        root = built(make_site, toml(port=port), *readers, "z@example.net")
        hand_over(root)
        assert inbox.readers == ["z@example.net"]


def test_a_server_that_cannot_be_reached_is_tried_again(make_site: MakeSite) -> None:
    root = built(make_site, toml(port=1), *READERS)
    with pytest.raises(TryAgainError, match=r"127\.0\.0\.1:1 cannot be reached") as caught:
        hand_over(root)
    assert caught.value.exit_code == 75
    with mail_server() as (inbox, port):
        (root / "digest.toml").write_text(toml(port=port))
        hand_over(root)
        assert inbox.readers == list(READERS)


def test_a_wrong_list_stops_before_the_first_copy(make_site: MakeSite) -> None:
    with mail_server() as (inbox, port):
        root = built(make_site, toml(port=port), "a@example.net", "nobody", "c@")
        with pytest.raises(DigestError) as caught:
            hand_over(root)
        assert caught.value.exit_code == 65
        assert [(problem.path, problem.line) for problem in caught.value.problems] == [
            ("readers.txt", 2),
            ("readers.txt", 3),
        ]
        assert inbox.connections == 0


def test_local_parts_of_any_script_need_a_server_that_knows_them(make_site: MakeSite) -> None:
    readers = ("用户@例え.jp", "ann@müller.example")
    with mail_server() as (inbox, port):
        hand_over(built(make_site, toml(port=port), *readers))
        assert inbox.readers == ["用户@xn--r8jz45g.jp", "ann@xn--mller-kva.example"]
        assert "SMTPUTF8" in inbox.options[0]
        assert "SMTPUTF8" not in inbox.options[1]
        assert "To: 用户@xn--r8jz45g.jp".encode() in inbox.mails[0][1]
    with mail_server(enable_SMTPUTF8=False) as (inbox, port):
        root = built(partial(make_site, folder="other"), toml(port=port), *readers)
        hand_over(root)
        assert inbox.readers == ["ann@xn--mller-kva.example"]
        assert states(root)["用户@xn--r8jz45g.jp"] == "refused"


def test_who_left_gets_nothing(make_site: MakeSite) -> None:
    with mail_server() as (inbox, port):
        root = built(make_site, toml(port=port), *READERS)
        (root / "private").mkdir()
        suppress(root / "private/suppressed.sqlite", "weekly", [reader_id(SECRET, "weekly", "B@example.net")], "left")
        hand_over(root)
        assert inbox.readers == ["a@example.net", "c@example.net", "d@example.net"]


def test_a_connection_serves_several_copies_and_not_too_many(make_site: MakeSite) -> None:
    with mail_server() as (inbox, port):
        hand_over(built(make_site, toml(port=port, per_connection=3), *(f"r{n}@example.net" for n in range(7))))
        assert (len(inbox.mails), inbox.connections) == (7, 3)


def test_copies_leave_at_the_rate(make_site: MakeSite) -> None:
    with mail_server() as (_, port):
        root = built(make_site, toml(port=port, rate="20/s"), *(f"r{n}@example.net" for n in range(11)))
        began = time.monotonic()
        hand_over(root)
        assert time.monotonic() - began >= 0.5
        (root / "digest.toml").write_text(toml(port=port, rate="fast"))
        with pytest.raises(DigestError, match='"fast" is no rate'):
            hand_over(built(partial(make_site, folder="other"), toml(port=port, rate="fast"), *READERS))


def test_progress_is_shown_copy_by_copy(make_site: MakeSite) -> None:
    shown: list[tuple[str, int, int]] = []
    with mail_server() as (_, port):
        root = built(make_site, toml(port=port), *READERS)
        hand_over(root, progress=lambda *step: shown.append(step))
    assert shown == [("sending copies", number, 4) for number in range(5)]


def test_one_run_at_a_time(make_site: MakeSite) -> None:
    from filelock import FileLock

    with mail_server() as (inbox, port):
        root = built(make_site, toml(port=port), *READERS)
        (root / "private").mkdir()
        with FileLock(root / "private/sending.sqlite.lock"), pytest.raises(DigestError, match="another run") as caught:
            hand_over(root)
        assert caught.value.exit_code == 75
        assert inbox.mails == []
        hand_over(root)
        assert len(inbox.mails) == 4


def test_addresses_are_never_where_git_or_readers_find_them(make_site: MakeSite) -> None:
    with mail_server() as (inbox, port):
        root = built(make_site, toml(port=port, database="public/sending.sqlite"), *READERS)
        with pytest.raises(DigestError, match="would be published"):
            hand_over(root)
        subprocess.run(["git", "init", "-q", str(root)], check=True)
        (root / "data").mkdir()
        (root / "digest.toml").write_text(toml(port=port, database="data/sending.sqlite"))
        with pytest.raises(DigestError, match="git does not ignore"):
            hand_over(root)
        assert inbox.mails == []
        (root / "digest.toml").write_text(toml(port=port))
        hand_over(root)
        status = subprocess.run(
            ["git", "-C", str(root), "status", "--porcelain", "-uall"], capture_output=True, text=True, check=True
        )
        assert "private" not in status.stdout
        written = [
            path
            for path in root.rglob("*")
            if path.is_file() and "private" not in path.parts and ".git" not in path.parts
        ]
        for path in written:
            assert path.name == "readers.txt" or b"@example.net" not in path.read_bytes(), path


@pytest.fixture
def certificates(tmp_path: Path) -> tuple[Path, Any]:
    """A certificate for localhost, and a server's context with it."""
    import shutil
    import ssl

    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return certificate, context


def login(inbox_name: str, password: str) -> Any:
    from aiosmtpd.smtp import AuthResult

    def authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        return AuthResult(
            success=(data.login, data.password) == (inbox_name.encode(), password.encode()), handled=False
        )

    return authenticate


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_logins_over_verified_tls(
    make_site: MakeSite, certificates: tuple[Path, Any], security: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, context = certificates
    over = {"ssl_context": context} if security == "tls" else {"tls_context": context, "require_starttls": True}
    options: dict[str, Any] = {**over, "authenticator": login("me", "pass"), "auth_required": True,
                               "auth_require_tls": security == "starttls"}  # fmt: skip
    with mail_server(**options) as (inbox, port):
        given: dict[str, Any] = {"host": "localhost", "port": port, "security": security, "user": "me"}
        root = built(make_site, toml(**given, ca_file=str(certificate)), *READERS)
        monkeypatch.setenv("SMTP_PASSWORD", "wrong-canary-password")
        with pytest.raises(SendError, match="refuses the login of me: 535") as caught:
            hand_over(root)
        assert caught.value.exit_code == 1
        assert "authorisation code" in str(caught.value)
        assert "canary" not in str(caught.value)
        monkeypatch.setenv("SMTP_PASSWORD", "pass")
        (root / "digest.toml").write_text(toml(**given))
        with pytest.raises(SendError, match="certificate is not valid"):
            hand_over(root)
        assert inbox.mails == []
        (root / "digest.toml").write_text(toml(**given, ca_file=str(certificate)))
        hand_over(root)
        assert inbox.readers == list(READERS)


def test_a_server_without_starttls_gets_nothing(make_site: MakeSite) -> None:
    with mail_server() as (inbox, port):
        root = built(make_site, toml(port=port, security="starttls"), *READERS)
        with pytest.raises(SendError, match="does not offer STARTTLS"):
            hand_over(root)
        assert inbox.mails == []


def test_a_password_never_goes_over_a_network_in_clear(make_site: MakeSite) -> None:
    root = built(make_site, toml(host="mail.example.org", port=25, security="none", user="me"), *READERS)
    with pytest.raises(SendError, match="in clear"):
        hand_over(root)


SENDMAIL = """#!{python}
import os, pathlib, sys
folder = pathlib.Path({folder!r})
address = sys.argv[-1]
code = {{"gone@example.net": 67, "later@example.net": 75, "odd@example.net": 70}}.get(address, 0)
if not code:
    (folder / address).write_bytes(" ".join(sys.argv[1:]).encode() + b"\\n" + sys.stdin.buffer.read())
print("no such thing", file=sys.stderr)
sys.exit(code)
"""


def test_a_sendmail_program_sends(make_site: MakeSite, tmp_path: Path) -> None:
    program, folder = tmp_path / "sendmail", tmp_path / "mails"
    folder.mkdir()
    program.write_text(SENDMAIL.format(python=sys.executable, folder=str(folder)))
    program.chmod(0o755)
    readers = ("a@example.net", "gone@example.net", "later@example.net", "odd@example.net", "-x@example.net")
    root = built(make_site, toml(sendmail=str(program)), *readers)
    with pytest.raises(UnansweredError, match="2 sent, 1 refused, 2 not now"):
        hand_over(root)
    sent = (folder / "a@example.net").read_bytes()
    assert sent.startswith(b"-i -f weekly@notes.example -- a@example.net\nTo: a@example.net\n")
    assert b"\r" not in sent
    assert (folder / "-x@example.net").exists()


def test_kills_lose_nobody_and_repeat_at_most_one_copy_each(make_site: MakeSite) -> None:
    chance = random.Random(8)
    wanted = [f"reader{number}@example.net" for number in range(300)]
    planned = int(os.environ.get("DIGEST_SEND_KILLS", "6"))
    with mail_server() as (inbox, port):
        root = built(make_site, toml(port=port), *wanted)
        command = [
            sys.executable,
            "-c",
            f"from tests.senders.smtp.mail_samples import hand_over; from pathlib import Path; hand_over(Path({str(root)!r}))",
        ]
        kills = 0
        while kills < planned:
            goal = len(inbox.mails) + chance.randint(0, max(1, 250 // planned))
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            while len(inbox.mails) < goal and process.poll() is None:
                time.sleep(0.0005)
            time.sleep(chance.uniform(0, 0.004))
            assert process.poll() is None, "it ended before all kills"
            process.send_signal(signal.SIGKILL)
            process.wait()
            kills += 1
        hand_over(root)
    copies = Counter(inbox.readers)
    assert set(copies) == set(wanted)
    repeats = sum(copies.values()) - len(wanted)
    assert repeats <= kills
    assert set(states(root).values()) == {"sent"}
    for reader in wanted:
        assert len({mail for to, mail in inbox.mails if to == reader}) == 1
    print(f"kills={kills} repeats={repeats}")


@pytest.mark.parametrize("unknown_copies", ["ask", "skip"])
def test_a_copy_of_which_nobody_knows_is_left_when_the_owner_says_so(make_site: MakeSite, unknown_copies: str) -> None:
    with mail_server(only("message", "b@example.net", DROP)) as (inbox, port):
        root = built(make_site, toml(port=port, unknown_copies=unknown_copies), *READERS)
        if unknown_copies == "ask":
            for _ in range(2):
                with pytest.raises(UnansweredError, match="unknown_copies"):
                    hand_over(root)
        else:
            hand_over(root)
        assert Counter(inbox.readers) == Counter(READERS)


def test_a_list_address_gets_the_message_dated_when_it_was_sent(make_site: MakeSite) -> None:
    with mail_server() as (inbox, port):
        root = built(make_site, toml("smtp-list", port=port, digest='timezone = "Asia/Shanghai"'))
        library.send(library.load_config(root), KEY, datetime(2026, 11, 24, 17, 30, tzinfo=UTC))
        ((to, mail),) = inbox.mails
        assert to == "list@notes.example"
        built_mail = (root / "public/editions" / KEY / "email.eml").read_bytes()
        end, sent = b"Date: Mon, 23 Nov 2026 08:00:00 +0800\r\n", b"Date: Wed, 25 Nov 2026 01:30:00 +0800\r\n"
        assert mail.strip() == built_mail.replace(end, sent).strip()
        assert sent in mail
        hand_over(root)
        assert len(inbox.mails) == 1


@pytest.mark.parametrize(
    ("stage", "reply", "error", "code"),
    [
        ("recipient", "550 no", SendError, 1),
        ("recipient", "450 later", TryAgainError, 75),
        ("message", DROP, UnansweredError, 75),
    ],
)
def test_a_list_that_was_not_reached_is_said(
    make_site: MakeSite, stage: str, reply: str, error: type[DigestError], code: int
) -> None:
    with mail_server(lambda at, _, number: reply if at == stage and number == 0 else "") as (inbox, port):
        root = built(make_site, toml("smtp-list", port=port))
        with pytest.raises(error) as caught:
            hand_over(root)
        assert caught.value.exit_code == code
        if error is UnansweredError:
            with pytest.raises(DigestError, match="--resend"):
                hand_over(root)
            hand_over(root, on_doubt="repeat")
            assert len(inbox.mails) == 2
        else:
            hand_over(root)
            assert len(inbox.mails) == 1


@pytest.mark.parametrize("kind", ["smtp", "smtp-list"])
def test_a_test_goes_to_the_given_addresses_alone_and_changes_nothing(make_site: MakeSite, kind: str) -> None:
    with mail_server() as (inbox, port):
        root = built(make_site, toml(kind, port=port), *READERS)
        library.send_test(library.load_config(root), KEY, ["me@example.net"])
        assert inbox.readers == ["me@example.net"]
        letter = inbox.letters()["me@example.net"]
        assert letter["Subject"].startswith("[test] Notes weekly")
        assert letter["To"] == "me@example.net"
        assert not (root / "private/sending.sqlite").exists()
        hand_over(root)
        identifiers = [mail.partition(b"Message-ID: ")[2].partition(b"\r\n")[0] for _, mail in inbox.mails]
        assert len(set(identifiers)) == len(identifiers)


def test_ten_thousand_copies_take_little_longer_than_a_bare_client(make_site: MakeSite) -> None:
    """CPU time of this process against a bare client with finished messages; `DIGEST_COPIES` sets the number."""
    number = int(os.environ.get("DIGEST_COPIES", "600"))
    import smtplib

    with mail_server() as (inbox, port):
        root = built(make_site, toml(port=port), *(f"reader{n}@example.net" for n in range(number)))
        began = time.monotonic()
        hand_over(root)
        ours = time.monotonic() - began
        assert len(inbox.mails) == number
        message = inbox.mails[0][1]
        began = time.monotonic()
        with smtplib.SMTP("127.0.0.1", port) as client:
            for each in range(number):
                client.sendmail("weekly@notes.example", [f"reader{each}@example.net"], message)
        bare = time.monotonic() - began
    print(
        f"{number:,} copies of {len(message):,} bytes: {ours:.1f} s, a bare client {bare:.1f} s, {ours / bare:.2f} times"
    )
    assert ours < 3 * bare + 2


def test_the_command_names_who_was_refused_and_keeps_to_a_rate(make_site: MakeSite, digest: Command) -> None:
    with mail_server(only("recipient", "b@example.net", "550 5.1.1 no \x1b[2J such user")) as (inbox, port):
        root = built(make_site, toml(port=port, insecure=True), *READERS)
        began = time.monotonic()
        ended = digest(root, "send", KEY, "--rate", "10/s", "--as-of", "2026-11-23T10:00:00Z")
        assert time.monotonic() - began >= 0.3
        assert ended.code == 0, ended.err
        assert "readers.txt:2:1: warning: reader-refused: b@example.net: 550 5.1.1 no" in ended.err
        assert "\x1b" not in ended.err
        assert "insecure-sender" in ended.err
        assert len(inbox.mails) == 3
        assert digest(root, "send", KEY, "--rate", "soon").code in (0, 1)


def test_a_dry_run_says_what_would_be_said_and_opens_no_connection(make_site: MakeSite, digest: Command) -> None:
    with mail_server() as (inbox, port):
        root = built(make_site, toml(port=port), *READERS)
        shown = digest(root, "send", KEY, "--dry-run").out
        assert f"connect to 127.0.0.1:{port} (security: none)" in shown
        assert "RCPT TO:<a@example.net>, then one by one 3 others" in shown
        assert "with each reader's own unsubscribe link" in shown
        assert (inbox.connections, (root / "private/sending.sqlite").exists()) == (0, False)


def test_a_dry_run_claims_no_links_of_readers_where_the_way_out_is_a_mailbox(
    make_site: MakeSite, digest: Command
) -> None:
    root = built(make_site, toml(port=25, page="mailto:in@notes.example"), *READERS)
    shown = digest(root, "send", KEY, "--dry-run").out
    assert "with the same unsubscribe address for each reader" in shown


def test_who_left_under_the_former_name_of_a_digest_gets_nothing(make_site: MakeSite) -> None:
    with mail_server() as (inbox, port):
        root = built(make_site, toml(port=port), *READERS)
        (root / "private").mkdir()
        suppress(root / "private/suppressed.sqlite", "old", [reader_id(SECRET, "old", "b@example.net")], "left")
        (root / "ledger/old.jsonl").write_text("")
        (root / "digest.toml").write_text(toml(port=port, digest='formerly = "old"'))
        hand_over(root)
        assert inbox.readers == ["a@example.net", "c@example.net", "d@example.net"]


def test_a_password_that_a_server_repeats_is_kept_nowhere(
    make_site: MakeSite, digest: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    canary = "canary-0123456789"
    monkeypatch.setenv("SMTP_PASSWORD", canary)
    reply = f"550 5.7.1 no mail for {canary}"
    with mail_server(
        only("recipient", "b@example.net", reply), authenticator=login("me", canary), auth_require_tls=False
    ) as (
        inbox,
        port,
    ):
        root = built(make_site, toml(port=port, user="me"), *READERS)
        ended = digest(root, "send", KEY, "--as-of", "2026-11-23T10:00:00Z")
    assert (ended.code, len(inbox.mails)) == (0, 3), ended.err
    assert "no mail for ***" in ended.err
    files = [path.read_bytes() for path in root.rglob("*") if path.is_file()]
    assert not any(canary.encode() in content for content in [*files, ended.out.encode(), ended.err.encode()])


def test_links_need_a_secret(make_site: MakeSite, monkeypatch: pytest.MonkeyPatch) -> None:
    with mail_server() as (inbox, port):
        root = built(make_site, toml(port=port), *READERS)
        monkeypatch.delenv("DIGEST_SECRET")
        with pytest.raises(DigestError, match="DIGEST_SECRET is not set") as caught:
            hand_over(root)
        assert (caught.value.exit_code, inbox.mails) == (78, [])


@pytest.mark.parametrize("lost", ["deleted", "another"])
def test_nobody_is_mailed_again_when_the_database_is_elsewhere(make_site: MakeSite, lost: str) -> None:
    with mail_server(only("recipient", "b@example.net", "450 later")) as (inbox, port):
        root = built(make_site, toml(port=port), *READERS)
        with pytest.raises(UnansweredError):
            hand_over(root)
        assert len(inbox.mails) == 3
        for file in (root / "private").glob("sending.sqlite*"):
            file.unlink()
        if lost == "another":
            with open_states(root / "private/sending.sqlite") as states:
                assert states.identity
        for _ in range(2):
            with pytest.raises(DigestError, match="--resend") as caught:
                hand_over(root)
            assert caught.value.exit_code == 75
        assert len(inbox.mails) == 3
        hand_over(root, on_doubt="repeat")
        assert Counter(inbox.readers)["b@example.net"] == 1


def test_a_first_attempt_that_failed_elsewhere_is_begun_anew(make_site: MakeSite) -> None:
    root = built(make_site, toml(port=1), *READERS)
    with pytest.raises(TryAgainError):
        hand_over(root)
    for file in (root / "private").glob("sending.sqlite*"):
        file.unlink()
    with mail_server() as (inbox, port):
        (root / "digest.toml").write_text(toml(port=port))
        hand_over(root)
        assert inbox.readers == list(READERS)


def test_the_status_says_how_many_copies_are_left(make_site: MakeSite, digest: Command) -> None:
    with mail_server(only("recipient", "b@example.net", "450 later")) as (_, port):
        root = built(make_site, toml(port=port), *READERS)
        with pytest.raises(UnansweredError):
            hand_over(root)
        assert "1 deferred, 3 sent" in digest(root, "send", "--status").out


def test_waiting_ends_with_how_many_got_a_copy(make_site: MakeSite, digest: Command) -> None:
    with mail_server(only("recipient", "b@example.net", "550 5.1.1 gone")) as (_, port):
        root = built(make_site, toml(port=port), *READERS)
        ended = digest(root, "send", KEY, "--wait", "--as-of", "2026-11-23T10:00:00Z")
        assert (ended.code, "1 refused, 3 sent" in ended.err) == (0, True), ended.err


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ("title: Notes", 'readers.txt would be published: Jekyll copies it; add "readers.txt" to exclude'),
        (
            "title: Notes\nexclude: ['*.txt']",
            'Jekyll copies it; add "private" to exclude',
        ),
        ("title: Notes\nexclude: [readers.txt, private]", ""),
    ],
)
def test_jekyll_publishes_no_address(make_site: MakeSite, digest: Command, settings: str, named: str) -> None:
    with mail_server() as (inbox, port):
        root = built(make_site, toml(port=port), *READERS)
        (root / "_config.yml").write_text(settings)
        ended = digest(root, "send", KEY, "--as-of", "2026-11-23T10:00:00Z")
        assert named in ended.err
        assert (ended.code, len(inbox.mails)) == ((78, 0) if named else (0, 4))
