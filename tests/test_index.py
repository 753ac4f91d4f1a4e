"""The memory between runs: kept, forgotten, set aside, and never believed when it could deceive."""

import os
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from digest.index import Fact, Index, fingerprint, said
from digest.posts import Post
from digest.problems import Problem

POST = Post(
    path="content/a.md", id="i", url="https://x.example/a/", slug="a", title="甲", date=datetime(2026, 11, 1, tzinfo=UTC),
    body_start=10, body_line=4, tags=("x", "y"),
)  # fmt: skip
FACT = Fact(b"h" * 16, POST, (Problem("content/a.md", 1, 2, "code", "message", "hint", "warning"),))


def row(file: Path) -> tuple[str, os.stat_result, bytes, bytes]:
    return "content/a.md", file.stat(), FACT.hash, said(FACT.post, FACT.problems)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.md"
    path.write_text("a")
    os.utime(path, ns=(10**18, 10**18))
    return path


def test_facts_come_back_as_they_were(tmp_path: Path, file: Path) -> None:
    with Index(tmp_path / "i.sqlite", b"r") as index:
        index.learn([row(file)])
    with Index(tmp_path / "i.sqlite", b"r") as index:
        assert index.facts() == {"content/a.md": FACT}
        assert index.known() == {"content/a.md": (1, 10**18, False)}
        index.forget(["content/a.md"])
    with Index(tmp_path / "i.sqlite", b"r") as index:
        assert index.facts() == {}


def test_a_file_changed_just_now_is_not_trusted_by_its_time(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("a")
    with Index(tmp_path / "i.sqlite", b"r") as index:
        index.learn([row(path)])
    with Index(tmp_path / "i.sqlite", b"r") as index:
        assert index.known()["content/a.md"][2] is True


def test_facts_of_another_reading_are_forgotten(tmp_path: Path, file: Path) -> None:
    with Index(tmp_path / "i.sqlite", b"r") as index:
        index.learn([row(file)])
    with Index(tmp_path / "i.sqlite", b"other") as index:
        assert index.facts() == {}


def test_fragments_are_kept_while_they_are_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "i.sqlite"
    with Index(path, b"r") as index:
        index.keep(b"used", b"1")
        index.keep(b"idle", b"2")
        assert index.fragment(b"used") == b"1"
    for number in range(30):
        with Index(path, b"r") as index:
            assert index.fragment(b"used") == b"1"
            index.keep(b"new", str(number).encode())
    with Index(path, b"r") as index:
        assert index.fragment(b"idle") is None
        assert index.fragment(b"new") == b"29"


def test_an_error_in_the_run_keeps_nothing(tmp_path: Path) -> None:
    def run() -> None:
        with Index(tmp_path / "i.sqlite", b"r") as index:
            index.keep(b"k", b"v")
            raise KeyError

    with pytest.raises(KeyError):
        run()
    with Index(tmp_path / "i.sqlite", b"r") as index:
        assert index.fragment(b"k") is None


@pytest.mark.parametrize("kind", ["damaged", "foreign", "older", "cut"])
def test_a_wrong_file_is_set_aside_with_one_line(tmp_path: Path, file: Path, kind: str) -> None:
    path = tmp_path / "i.sqlite"
    if kind == "damaged":
        path.write_bytes(b"no database at all, but long enough to look like something" * 50)
    elif kind == "foreign":
        with sqlite3.connect(path) as base:
            base.execute("CREATE TABLE other(x)")
    else:
        with Index(path, b"r") as index:
            index.learn([row(file)])
            index.keep(b"k", b"v" * 100_000)
        if kind == "older":
            with sqlite3.connect(path) as base:
                base.execute("PRAGMA user_version = 0")
        else:
            path.write_bytes(path.read_bytes()[:5000])
    said: list[str] = []
    with Index(path, b"r", said.append) as index:
        assert index.facts() == {}
        index.keep(b"k2", b"v2")
    assert len(said) == 1
    assert path.with_suffix(".set-aside").exists()
    with Index(path, b"r", said.append) as index:
        assert index.fragment(b"k2") == b"v2"
    assert len(said) == 1


def test_without_a_path_nothing_is_kept(tmp_path: Path) -> None:
    with Index(None, b"r") as index:
        index.keep(b"k", b"v")
        assert index.fragment(b"k") == b"v"
    assert list(tmp_path.iterdir()) == []


def test_two_runs_at_once_both_end_well(tmp_path: Path) -> None:
    path = tmp_path / "i.sqlite"
    with Index(path, b"r") as one, Index(path, b"r") as two:
        one.keep(b"1", b"one")
        two.keep(b"2", b"two")
    with Index(path, b"r") as index:
        assert (index.fragment(b"1"), index.fragment(b"2")) == (b"one", b"two")


def test_a_fingerprint_tells_parts_apart() -> None:
    assert fingerprint("a", "b") == fingerprint("a", "b") != fingerprint("ab", "")
    assert len(fingerprint(POST)) == 16
