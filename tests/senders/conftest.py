"""Fixtures of the tests of senders: a site whose digest is sent by a fake service."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.commands import NOW, POSTS, TOML, Command
from tests.conftest import MakeSite
from tests.senders.services import KEY, Service, serving

KEY_OF_EDITION = "weekly/2026-W48"
AS_OF = ("--as-of", NOW)
MakeSending = Callable[[Service], Path]


def toml(kind: str, settings: str, **digest: str) -> str:
    """Return a digest.toml with one sender, which the digest has."""
    of_digest = "\n".join([TOML.strip(), 'send_via = "news"', *(f"{key} = {value}" for key, value in digest.items())])
    return f'{of_digest}\n[senders.news]\nkind = "{kind}"\n{settings}\n'


@pytest.fixture
def make_sending(make_site: MakeSite, digest: Command, monkeypatch: pytest.MonkeyPatch) -> Iterator[MakeSending]:
    """Return a function that makes a site with a built edition, sent by a fake service that is served meanwhile."""
    stack = []
    monkeypatch.setenv("CANARY", KEY)

    def make(service: Service) -> Path:
        serve = serving(service)
        address = serve.__enter__()
        stack.append(serve)
        folder = make_site(POSTS, toml(service.kind, f'url = "{address}"\n{service.settings}'))
        assert digest(folder, "build", "--now", NOW).code == 0
        return folder

    yield make
    for serve in stack:
        serve.__exit__(None, None, None)
