"""Every call of Buttondown, listmonk and Resend against the descriptions that these services publish."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.commands import Command
from tests.senders.conftest import AS_OF, KEY_OF_EDITION, MakeSending
from tests.senders.descriptions import mistakes_in_call
from tests.senders.services import FakeButtondown, FakeListmonk, FakeResend, Service

FOLDER = Path(os.environ.get("DIGEST_API_DESCRIPTIONS", "/nowhere"))
FILES = {"buttondown": "buttondown.json", "listmonk": "listmonk.yaml", "resend": "resend.yaml"}
# What listmonk's own source takes and its description lacks, or calls an object.
UNDESCRIBED = ("body.altbody", "body.archive_slug", "body.body ", "body.headers", "body.template_id", "body.subscribers",
               "body.send_at", "query", "body.status is 'draft'", "body.tags")  # fmt: skip


def description_of(kind: str) -> Any:
    path = FOLDER / FILES[kind]
    if not path.is_file():
        pytest.skip("DIGEST_API_DESCRIPTIONS names no folder with the descriptions of services")
    text = path.read_text(encoding="utf-8")
    return json.loads(text) if path.suffix == ".json" else yaml.load(text, Loader=yaml.CSafeLoader)


@pytest.mark.parametrize("kind", [FakeButtondown, FakeListmonk, FakeResend], ids=lambda kind: kind.kind)
def test_every_call_is_as_described(kind: type[Service], make_sending: MakeSending, digest: Command) -> None:
    description = description_of(kind.kind)
    service = kind()
    folder = make_sending(service)
    for options in (
        ("--test", "me@x.example"),
        ("--draft-only",),
        ("--schedule", "2199-12-01T09:15:00+01:00"),
        ("--cancel",),
        (),
        ("--status",),
    ):
        ended = digest(folder, "send", KEY_OF_EDITION, *AS_OF, *options)
        assert ended.code == 0, ended.err
    base = "/api" if kind.kind == "listmonk" else ""
    found = {mistake for call in service.calls for mistake in mistakes_in_call(description, base, call)}
    if kind.kind == "listmonk":
        found = {mistake for mistake in found if not any(known in mistake for known in UNDESCRIBED)}
    assert found == set()
    assert len({call.method for call in service.calls}) >= 2
