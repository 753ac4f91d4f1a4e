"""`kind = "ses"`: one signed call a reader, and what becomes of a reader whose call fails."""

import base64
import json
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from digest.senders import Secret
from digest.senders.ses import signature
from tests.commands import NOW, POSTS, Command, Ended
from tests.conftest import MakeSite
from tests.senders.conftest import AS_OF, KEY_OF_EDITION, toml
from tests.senders.services import Answer, Call, Service, serving

# Made by botocore 1.44.8, SigV4Auth.
SIGNED = (
    "AWS4-HMAC-SHA256 Credential=AKID/20261130/eu-central-1/ses/aws4_request, "
    "SignedHeaders=content-type;host;x-amz-date, "
    "Signature=7a552148610528c7524a14a36818f46fb0814d54818ff16c41643471d28b3c5b"
)
SIGNED_WITH_TOKEN = (
    "AWS4-HMAC-SHA256 Credential=AKID/20261130/eu-central-1/ses/aws4_request, "
    "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, "
    "Signature=d80b6ca46be1901bba776bee5d1b2d1f9ce3092f34839de55e65ec1f3877305c"
)


class FakeSes(Service):
    """SES: what each address got, and what the next calls are refused with."""

    kind = "ses"

    def is_authorised(self, headers: object) -> bool:
        return isinstance(headers, dict) and headers.get("authorization", "").startswith(
            "AWS4-HMAC-SHA256 Credential=AKID/"
        )

    def handle(self, call: Call) -> Answer:
        assert (call.method, call.path) == ("POST", "/v2/email/outbound-emails")
        (address,) = call.body["Destination"]["ToAddresses"]
        message = message_from_bytes(base64.b64decode(call.body["Content"]["Raw"]["Data"]), policy=policy.default)
        self.sent.append((address, str(message["Subject"])))
        return 200, {"MessageId": f"m{len(self.sent)}"}


@pytest.fixture
def by_ses(make_site: MakeSite, digest: Command, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKID")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary-of-ses")
    monkeypatch.setenv("DIGEST_SECRET", "0123456789abcdef0123456789abcdef")
    readers = "one@x.example\ntwo@x.example\nthree@x.example\n"
    settings = 'region = "eu-central-1"\nreaders = "readers.txt"\nrate = ""\nurl = "URL"'
    folder = make_site({**POSTS, "readers.txt": readers}, toml("ses", settings))
    assert digest(folder, "build", "--now", NOW).code == 0
    return folder


def send(digest: Command, folder: Path, address: str, *options: str) -> Ended:
    config = folder / "digest.toml"
    config.write_text(config.read_text("utf-8").replace("URL", address), "utf-8")
    return digest(folder, "send", KEY_OF_EDITION, *AS_OF, *options)


@pytest.mark.parametrize(("token", "expected"), [("", SIGNED), ("TOKEN==", SIGNED_WITH_TOKEN)])
def test_a_request_is_signed_as_the_service_wants(token: str, expected: str) -> None:
    headers = signature(
        "POST",
        "https://email.eu-central-1.amazonaws.com/v2/email/outbound-emails",
        b'{"a": "\xc3\xa4"}',
        region="eu-central-1",
        access_key=Secret("AKID"),
        secret_key=Secret("SECRET"),
        session_token=Secret(token),
        now=datetime(2026, 11, 30, 9, tzinfo=UTC),
    )
    assert headers["Authorization"].reveal() == expected


def test_each_reader_gets_a_copy_once(by_ses: Path, digest: Command) -> None:
    service = FakeSes()
    with serving(service) as address:
        ended = send(digest, by_ses, address)
        assert ended.code == 0, ended.err
        assert send(digest, by_ses, address).code == 0
    assert sorted(service.sent) == [
        (reader, "Notes weekly: Two") for reader in ("one@x.example", "three@x.example", "two@x.example")
    ]
    assert "canary-of-ses" not in json.dumps([call.headers for call in service.calls]) + ended.out + ended.err
    assert "@x.example" not in (by_ses / "ledger/weekly.jsonl").read_text("utf-8")


def test_only_the_reader_that_was_throttled_is_tried_again(by_ses: Path, digest: Command) -> None:
    service = FakeSes()
    service.refusals = [(429, {"message": "Maximum sending rate exceeded."})]
    with serving(service) as address:
        first = send(digest, by_ses, address)
        assert first.code == 75, first.err
        assert len(service.sent) == 2
        assert send(digest, by_ses, address).code == 0
    assert len({reader for reader, _ in service.sent}) == len(service.sent) == 3


def test_a_wrong_key_stops_at_once(by_ses: Path, digest: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "OTHER")
    service = FakeSes()
    with serving(service) as address:
        ended = send(digest, by_ses, address)
    assert ended.code == 1
    assert "the key is wrong" in ended.err
    assert len(service.calls) == 1


def test_a_rehearsal_names_the_call(by_ses: Path, digest: Command) -> None:
    ended = send(digest, by_ses, "http://127.0.0.1:9", "--dry-run")
    call, _, rest = ended.out.partition("\n{\n")
    assert call == "POST http://127.0.0.1:9/v2/email/outbound-emails\nAuthorization: ***"
    body = json.loads("{" + rest.partition("\n}\n")[0] + "}")
    assert body["FromEmailAddress"] == "weekly@notes.example"
    assert body["Destination"] == {"ToAddresses": ["…"]}


def test_settings_of_mail_servers_are_refused(by_ses: Path, digest: Command) -> None:
    config = by_ses / "digest.toml"
    config.write_text(config.read_text("utf-8") + 'host = "mail.example"\n', "utf-8")
    ended = send(digest, by_ses, "http://127.0.0.1:9")
    assert ended.code == 1
    assert "host is of mail servers, which SES does without" in ended.err
