"""A secret is shown nowhere: not in an error of any kind, a log, a rehearsal, an argument, the ledger or the site."""

import logging
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from digest.senders import Secret
from tests.commands import NOW, Command
from tests.senders.conftest import AS_OF, KEY_OF_EDITION, MakeSending
from tests.senders.services import KEY, SERVICES, Answer, Call, FakeListmonk, Service

ALL = pytest.mark.parametrize("kind", SERVICES, ids=lambda kind: kind.kind)


def shown_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()]


def send(digest: Command, folder: Path, *options: str) -> str:
    ended = digest(folder, "send", KEY_OF_EDITION, *AS_OF, *options)
    return ended.out + ended.err


@ALL
def test_no_output_log_or_file_has_it(
    kind: type[Service], make_sending: MakeSending, digest: Command, caplog: pytest.LogCaptureFixture
) -> None:
    service = kind()
    service.loses = 1
    service.refusals = [(500, {"message": f"you sent {KEY}"}), (422, {"detail": f"you sent {KEY}", "message": KEY})]
    folder = make_sending(service)
    with caplog.at_level(logging.DEBUG):
        said = [send(digest, folder, "--dry-run"), send(digest, folder, "--test", "me@x.example")]
        said += [send(digest, folder) for _ in range(5)]
        said += [send(digest, folder, "--status"), send(digest, folder, "--json")]
    assert len(service.sent) == 1
    assert any("you sent ***" in text or "*** " in text for text in said)
    assert not any(KEY in text for text in said)
    assert KEY not in caplog.text
    assert shown_in(folder) == []


class Rude(FakeListmonk):
    """A service that answers with anything."""

    answer: Answer = (200, None)

    def handle(self, call: Call) -> Answer:
        return self.answer


@pytest.mark.parametrize(
    "answer",
    [
        (200, None),
        (200, {"data": KEY}),
        (200, [KEY]),
        (200, {"data": {"results": [{"name": KEY}]}}),
        (200, {"x": "y" * 1_100_000}),
        (302, {"message": KEY}),
        (418, {"errors": {"token": KEY}}),
        (503, {"message": f"token api:{KEY}"}),
    ],
    ids=["nothing", "text", "list", "row", "long", "redirect", "teapot", "busy"],
)
def test_an_answer_of_any_form_is_an_error_without_it(
    answer: Answer, make_sending: MakeSending, digest: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    service = Rude()
    service.answer = answer
    folder = make_sending(service)
    ended = digest(folder, "send", KEY_OF_EDITION, *AS_OF)
    assert ended.code in {1, 75}
    assert "Traceback" not in ended.err
    assert KEY not in ended.out + ended.err
    assert shown_in(folder) == []


@pytest.mark.parametrize("secret", [KEY, "héllo", "with space", 'quo"te', "a\nb"], ids=repr)
def test_a_secret_that_no_header_can_hold_is_not_shown(
    secret: str, make_sending: MakeSending, digest: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_sending(FakeListmonk())
    monkeypatch.setenv("CANARY", secret)
    ended = digest(folder, "send", KEY_OF_EDITION, *AS_OF)
    assert secret not in ended.out + ended.err
    assert "Traceback" not in ended.err


def test_an_unset_variable_is_named_by_its_key_and_line(
    make_sending: MakeSending, digest: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_sending(FakeListmonk())
    monkeypatch.delenv("CANARY")
    ended = digest(folder, "send", KEY_OF_EDITION, *AS_OF)
    assert ended.code == 78
    config = (folder / "digest.toml").read_text("utf-8").splitlines()
    line = next(number for number, text in enumerate(config, 1) if text.startswith("token_env"))
    assert f"digest.toml:{line}:1: secret: senders.news.token_env" in ended.err
    assert "is not set" in ended.err
    assert "CANARY" not in ended.err, "what is written there may be the secret itself"


def test_a_file_holds_it_too(make_sending: MakeSending, digest: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    service = FakeListmonk()
    folder = make_sending(service)
    monkeypatch.delenv("CANARY")
    config = folder / "digest.toml"
    config.write_text(config.read_text("utf-8").replace('token_env = "CANARY"', 'token_file = "token"'), "utf-8")
    missing = digest(folder, "send", KEY_OF_EDITION, *AS_OF)
    assert missing.code == 78
    assert "the file that it names cannot be read" in missing.err
    (folder / "token").write_text(f"{KEY}\n", "utf-8")
    assert digest(folder, "send", KEY_OF_EDITION, *AS_OF).code == 0


@pytest.mark.skipif(shutil.which("ps") is None, reason="no ps here")
def test_no_argument_of_a_process_has_it(make_sending: MakeSending) -> None:
    service = FakeListmonk()
    service.pause = 0.3
    folder = make_sending(service)
    command = [sys.executable, "-m", "digest", "send", KEY_OF_EDITION, *AS_OF]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.DEVNULL) as run:
        while not service.calls and run.poll() is None:
            time.sleep(0.01)
        seen = subprocess.run(["ps", "-ww", "-o", "args=", "-p", str(run.pid)], capture_output=True, check=False)
        assert run.wait() == 0
    assert b"digest send" in seen.stdout
    assert KEY.encode() not in seen.stdout


def test_a_secret_hides_itself() -> None:
    secret = Secret("s3cret")
    assert f"{secret} {secret!r} {secret!s} {[secret]}" == "*** *** *** [***]"
    assert secret.reveal() == "s3cret"


def test_no_secret_goes_over_a_connection_that_is_not_safe(
    make_sending: MakeSending, digest: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_sending(FakeListmonk())
    config = folder / "digest.toml"
    text = config.read_text("utf-8")
    address = text.partition('url = "http://127')[2].partition('"')[0]
    config.write_text(text.replace(f"http://127{address}", "http://lists.example"), "utf-8")
    monkeypatch.setattr("socket.socket", None)
    ended = digest(folder, "send", KEY_OF_EDITION, *AS_OF)
    monkeypatch.undo()
    assert ended.code == 1
    assert "http://lists.example/api is not safe for a key; write an https address" in ended.err


def test_no_proxy_is_between_this_machine_and_itself(
    make_sending: MakeSending, digest: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    service = FakeListmonk()
    folder = make_sending(service)
    assert digest(folder, "send", KEY_OF_EDITION, *AS_OF).code == 0
    assert len(service.sent) == 1


def test_a_build_opens_no_connection_and_reads_no_secret(
    make_sending: MakeSending, digest: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_sending(FakeListmonk())
    monkeypatch.delenv("CANARY")
    monkeypatch.setattr("socket.socket", None)
    monkeypatch.setattr("socket.create_connection", None)
    monkeypatch.setitem(sys.modules, "httpx", None)
    try:
        for options in (("build", "--now", "2026-11-30T09:00:00+00:00"), ("check",), ("status", "--now", NOW)):
            ended = digest(folder, *options)
            assert ended.code == 0, ended.err
    finally:
        monkeypatch.undo()
