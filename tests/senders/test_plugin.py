"""examples/sender-plugin: a package of somebody else's is found by its entry point, and sends as ours do."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands import NOW, POSTS, Command
from tests.conftest import MakeSite
from tests.senders.conftest import AS_OF, KEY_OF_EDITION, toml

PLUGIN = Path(__file__).parents[2] / "examples/sender-plugin"


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Install the package as a wheel would be, in a folder of its own; return that."""
    folder = tmp_path / "packages"
    shutil.copytree(PLUGIN / "digest_outbox", folder / "digest_outbox")
    about = folder / "digest_outbox-1.0.dist-info"
    about.mkdir()
    project = (PLUGIN / "pyproject.toml").read_text("utf-8")
    entry_points = project.partition('[project.entry-points."digest.senders"]\n')[2].partition("\n\n")[0]
    (about / "entry_points.txt").write_text(f"[digest.senders]\n{entry_points.replace(chr(34), '')}\n", "utf-8")
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: digest-outbox\nVersion: 1.0\n", "utf-8")
    monkeypatch.syspath_prepend(str(folder))
    yield folder
    sys.modules.pop("digest_outbox", None)


@pytest.fixture
def folder(installed: Path, make_site: MakeSite, digest: Command) -> Path:
    made = make_site(POSTS, toml("outbox", 'folder = "outbox"'))
    assert digest(made, "build", "--now", NOW).code == 0
    return made


def send(digest: Command, folder: Path, *options: str) -> tuple[int, str]:
    ended = digest(folder, "send", KEY_OF_EDITION, *AS_OF, *options)
    return ended.code, ended.out + ended.err


def names(folder: Path) -> list[str]:
    return sorted(path.name.partition("-2026")[0] + path.suffix for path in (folder / "outbox").iterdir())


def test_it_sends(folder: Path, digest: Command) -> None:
    assert "write weekly-2026-W48" in send(digest, folder, "--dry-run")[1]
    assert not (folder / "outbox").exists()
    assert send(digest, folder, "--draft-only")[0] == 0
    assert names(folder) == ["weekly.draft"]
    assert send(digest, folder)[0] == 0
    assert names(folder) == ["weekly.eml"]
    (folder / "ledger/weekly.jsonl").write_text("".join(_built_lines(folder)), "utf-8")
    (folder / "public/editions/weekly/2026-W48/sent.json").unlink()
    assert send(digest, folder)[0] == 0
    assert names(folder) == ["weekly.eml"], "the sender itself knows what was sent"


def _built_lines(folder: Path) -> list[str]:
    lines = (folder / "ledger/weekly.jsonl").read_text("utf-8").splitlines(keepends=True)
    return [line for line in lines if '"via"' not in line]


def test_a_draft_is_taken_back(folder: Path, digest: Command) -> None:
    assert send(digest, folder, "--draft-only")[0] == 0
    assert send(digest, folder, "--cancel")[0] == 0
    assert names(folder) == []


def test_a_time_is_refused_before_anything_is_done(folder: Path, digest: Command) -> None:
    code, text = send(digest, folder, "--schedule", "2199-01-01T00:00")
    assert (code, "an outbox knows no time" in text) == (1, True)
    assert not (folder / "outbox").exists()


def undated(message: bytes) -> list[bytes]:
    """The lines of a message but for its date, which is that of its sending."""
    return [line for line in message.split(b"\r\n") if not line.startswith(b"Date: ")]


def test_a_test_is_written_with_its_mark(folder: Path, digest: Command) -> None:
    assert send(digest, folder, "--test", "me@x.example")[0] == 0
    written = (folder / "outbox/test-me@x.example.eml").read_bytes()
    real = (folder / "public/editions/weekly/2026-W48/email.eml").read_bytes()
    assert b"Subject: [test] Notes weekly: Two\r\n" in written
    unmarked = written.replace(b"[test] ", b"").replace(b"<test.", b"<")
    assert undated(unmarked) == undated(real)


def test_its_settings_are_checked_as_ours(installed: Path, make_site: MakeSite, digest: Command) -> None:
    wrong = make_site(POSTS, toml("outbox", 'foldr = "outbox"'), folder="wrong")
    ended = digest(wrong, "send", KEY_OF_EDITION)
    assert ended.code == 78
    assert 'senders.news.foldr: there is no such key (did you mean "folder"?)' in ended.err


def test_one_that_cannot_be_loaded_is_named(installed: Path, make_site: MakeSite, digest: Command) -> None:
    (installed / "digest_outbox/__init__.py").write_text("raise RuntimeError('broken')", "utf-8")
    made = make_site(POSTS, toml("outbox", 'folder = "outbox"'), folder="wrong")
    ended = digest(made, "status")
    assert ended.code == 78
    assert "its package cannot be loaded: RuntimeError: broken" in ended.err
