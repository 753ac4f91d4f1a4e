"""Fixtures of the tests of senders: a site whose digest is sent by a fake service."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.commands import NOW, POSTS, TOML, Command
from tests.senders.services import KEY, Service, serving

KEY_OF_EDITION = "weekly/2026-W48"
AS_OF = ("--as-of", NOW)
MakeSending = Callable[[Service], Path]


def toml(kind: str, settings: str, **digest: str) -> str:
    """Return a digest.toml with one sender, which the digest has."""
    of_digest = "\n".join([TOML.strip(), 'send_via = "news"', *(f"{key} = {value}" for key, value in digest.items())])
    return f'{of_digest}\n[senders.news]\nkind = "{kind}"\n{settings}\n'


def write(folder: Path, files: Mapping[str, str | bytes]) -> None:
    """Write texts into files below a folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


@pytest.fixture(scope="session")
def built_sites() -> dict[str, Path]:
    """Return the folders of sites that were built, by the kind of their sender; the first test of a kind adds one."""
    return {}


@pytest.fixture
def make_sending(
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    built_sites: dict[str, Path],
    digest: Command,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[MakeSending]:
    """Return a function that makes a site with a built edition, sent by a fake service that is served meanwhile."""
    stack = []
    monkeypatch.setenv("CANARY", KEY)

    def make(service: Service) -> Path:
        serve = serving(service)
        address = serve.__enter__()
        stack.append(serve)
        settings = toml(service.kind, f'url = "{address}"\n{service.settings}')
        if service.kind not in built_sites:
            built = tmp_path_factory.mktemp(service.kind)
            write(built, POSTS | {"digest.toml": settings})
            assert digest(built, "build", "--now", NOW).code == 0
            built_sites[service.kind] = built
        folder = tmp_path / "site"
        shutil.copytree(built_sites[service.kind], folder)
        write(folder, {"digest.toml": settings})
        return folder

    yield make
    for serve in stack:
        serve.__exit__(None, None, None)
