"""`digest doctor` asks a service whether it takes the key, and changes nothing there."""

import json
from pathlib import Path

import pytest

from tests.commands import NOW, POSTS, Command
from tests.conftest import MakeSite
from tests.name_server import name_server
from tests.senders.conftest import toml
from tests.senders.services import KEY, SERVICES, Answer, Call, Service, serving


class FakeSes(Service):
    kind = "ses"

    def is_authorised(self, headers: object) -> bool:
        return isinstance(headers, dict) and "Credential=AKID/" in headers.get("authorization", "")

    def handle(self, call: Call) -> Answer:
        assert (call.method, call.path) == ("GET", "/v2/email/account")
        return 200, {"SendingEnabled": True}


def service_of(digest: Command, root: Path) -> tuple[str, str]:
    with name_server({}) as server:
        found = json.loads(digest(root, "doctor", "--nameserver", server, "--json").out)
    (finding,) = (each for each in found if each["about"] == "service")
    return finding["verdict"], finding["message"]


@pytest.mark.parametrize("kind", SERVICES, ids=lambda kind: kind.kind)
def test_a_service_is_asked_for_an_earlier_draft(
    kind: type[Service], make_site: MakeSite, digest: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CANARY", "no-key-of-ours")
    service = kind()
    with serving(service) as address:
        root = make_site(POSTS, toml(kind.kind, f'url = "{address}"\n{kind.settings}'))
        assert digest(root, "build", "--now", NOW).code == 0
        verdict, message = service_of(digest, root)
        assert verdict == "error", message
        assert "no-key-of-ours" not in message

        monkeypatch.setenv("CANARY", KEY)
        assert service_of(digest, root)[0] == "ok"
    assert service.changes == 0
    monkeypatch.setattr("digest.senders.client.time.sleep", lambda _: None)
    assert service_of(digest, root)[0] == "unknown"


def test_ses_is_asked_for_the_account(make_site: MakeSite, digest: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKID")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary-of-ses")
    monkeypatch.setenv("DIGEST_SECRET", "0123456789abcdef0123456789abcdef")
    with serving(FakeSes()) as address:
        settings = f'region = "eu-central-1"\nreaders = "readers.txt"\nurl = "{address}"'
        root = make_site({**POSTS, "readers.txt": "a@example.net\n"}, toml("ses", settings))
        assert digest(root, "build", "--now", NOW).code == 0
        assert service_of(digest, root) == ("ok", "news takes mail: sending is on for this account")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "OTHER")
        verdict, message = service_of(digest, root)
        assert (verdict, "canary" in message) == ("error", False)
