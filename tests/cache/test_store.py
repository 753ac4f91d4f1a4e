"""The cache between runs: kept, forgotten, replaced when it is damaged, and never believed when it could deceive."""

import os
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from digest.cache import PATH, Store, cache_key, open_store

KEY = b"k" * 32
ENDLESS = """
    CREATE VIEW {0} AS WITH RECURSIVE endless(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM endless)
    SELECT n AS number, 'kind' AS kind, x'00' AS name, x'00' AS value, x'00' AS mac, n AS run FROM endless
"""
READ_WITHIN_5_SECONDS_OF_CPU = """
    import resource, sys
    from pathlib import Path
    from digest.cache import open_store
    resource.setrlimit(resource.RLIMIT_CPU, (5, 5))
    with open_store(Path(sys.argv[1])) as store:
        list(store.items("kind"))
"""


def put(path: Path, name: bytes = b"n", value: bytes = b"v", key: bytes = KEY) -> None:
    with Store(path, key) as store:
        store.put("kind", name, value)


def get(path: Path, name: bytes = b"n", key: bytes = KEY) -> bytes | None:
    with Store(path, key) as store:
        return store.get("kind", name)


def test_values_come_back_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "cache.sqlite"
    put(path)
    assert get(path) == b"v"
    with Store(path, KEY) as store:
        assert store.get("other", b"n") is None
        assert list(store.items("kind")) == [(b"n", b"v")]
        store.put("kind", b"n", b"new")
        assert store.get("kind", b"n") == b"new"
        store.drop("kind", b"n")
    assert get(path) is None


def test_without_a_path_nothing_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with Store(None, b"") as store:
        store.put("kind", b"n", b"v")
        assert store.get("kind", b"n") == b"v"
    assert list(tmp_path.iterdir()) == []


def test_an_error_in_the_run_keeps_nothing_of_it(tmp_path: Path) -> None:
    path = tmp_path / "cache.sqlite"
    put(path)

    def fail() -> None:
        with Store(path, KEY) as store:
            store.put("kind", b"n", b"half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert get(path) == b"v"


def test_values_are_kept_while_runs_use_them(tmp_path: Path) -> None:
    path = tmp_path / "cache.sqlite"
    put(path, b"asked")
    put(path, b"listed")
    put(path, b"forgotten")
    for run in range(60):
        with Store(path, KEY) as store:
            store.put("runs", b"%d" % run, b"")
            assert store.get("kind", b"asked") == b"v"
            if run % 5 == 0:
                assert (b"listed", b"v") in list(store.items("kind"))
                break_point = run
    assert break_point
    assert get(path, b"asked") == b"v"


def test_a_value_that_no_run_uses_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "cache.sqlite"
    put(path, b"forgotten")
    for run in range(60):
        put(path, b"%d" % run)
    assert get(path, b"forgotten") is None


def change(path: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute(statement, values)
        database.commit()


def put_anew(path: Path) -> None:
    path.unlink()
    put(path, value=b"<script>", key=b"another")


def make_foreign(path: Path) -> None:
    path.unlink()
    change(path, "CREATE TABLE theirs(x)")


@pytest.mark.parametrize(
    "forge",
    [
        lambda path: change(path, "UPDATE entries SET value = ?", b"<script>"),
        lambda path: change(path, "UPDATE entries SET name = ?, value = ?", b"n", b"v2"),
        lambda path: change(path, "UPDATE entries SET mac = ?", b"\0" * 16),
        lambda path: change(path, "UPDATE entries SET value = ?", "text"),
        lambda path: change(path, "UPDATE entries SET mac = NULL"),
        lambda path: put_anew(path),
    ],
)
def test_what_somebody_else_wrote_is_not_believed(tmp_path: Path, forge: Callable[[Path], object]) -> None:
    path = tmp_path / "cache.sqlite"
    put(path)
    forge(path)
    with Store(path, KEY) as store:
        assert store.get("kind", b"n") is None
        assert list(store.items("kind")) == []


def test_a_value_under_another_name_or_kind_is_not_believed(tmp_path: Path) -> None:
    path = tmp_path / "cache.sqlite"
    put(path, b"a", b"bc")
    change(path, "UPDATE entries SET name = ?, value = ?", b"ab", b"c")
    assert get(path, b"ab") is None
    put(path, b"x")
    change(path, "UPDATE entries SET kind = 'other' WHERE name = ?", b"x")
    with Store(path, KEY) as store:
        assert store.get("other", b"x") is None


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.write_bytes(b"nonsense" * 1000),
        lambda path: path.write_bytes(path.read_bytes()[:5000]),
        lambda path: change(path, "DROP TABLE entries"),
        lambda path: change(path, "PRAGMA user_version = 99"),
        lambda path: make_foreign(path),
        lambda path: change(path, "CREATE TABLE theirs(x)"),
        lambda path: change(path, "CREATE TRIGGER t AFTER INSERT ON entries BEGIN DELETE FROM entries; END"),
    ],
)
def test_a_damaged_or_foreign_file_is_replaced(tmp_path: Path, spoil: Callable[[Path], object]) -> None:
    path = tmp_path / "cache.sqlite"
    put(path, value=os.urandom(50_000))
    spoil(path)
    lines: list[str] = []
    with Store(path, KEY, warn=lines.append) as store:
        store.get("kind", b"n")
        store.put("kind", b"m", b"w")
        assert store.get("kind", b"m") == b"w"
    assert len(lines) <= 1
    put(path)
    assert get(path) == b"v"


def test_a_file_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "folder").write_bytes(b"a file where a folder should be")
    lines: list[str] = []
    with Store(tmp_path / "folder" / "cache.sqlite", KEY, warn=lines.append) as store:
        store.put("kind", b"n", b"v")
        assert store.get("kind", b"n") == b"v"
    assert len(lines) == 1
    assert "cannot be used" in lines[0]


def test_a_locked_file_costs_what_this_run_would_have_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digest.cache.store._BUSY_SECONDS", 0.01)
    path = tmp_path / "cache.sqlite"
    put(path)
    lines: list[str] = []
    with closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        with Store(path, KEY, warn=lines.append) as store:
            store.put("kind", b"n", b"new")
            assert store.get("kind", b"n") == b"new"
    assert len(lines) == 1
    assert get(path) == b"v"


def test_two_runs_at_once_both_end_well(tmp_path: Path) -> None:
    path = tmp_path / "cache.sqlite"
    with Store(path, KEY) as one, Store(path, KEY) as two:
        assert one.get("kind", b"n") is None
        two.put("kind", b"n", b"two")
    assert get(path) == b"two"


def test_the_key_lies_outside_the_site_and_differs_from_site_to_site(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    assert cache_key(first) == cache_key(first) != cache_key(second)
    secret = tmp_path / "state" / "digest-press" / "cache-key"
    assert secret.stat().st_mode & 0o077 == 0
    assert list(first.rglob("*")) == []
    secret.unlink()
    before = cache_key(first)
    monkeypatch.setenv("DIGEST_CACHE_KEY", "a secret of the CI")
    assert cache_key(first) != before


def test_a_key_that_a_site_could_bring_with_it_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "site" / ".state"))
    site = tmp_path / "site"
    site.mkdir()
    assert cache_key(site) is None
    with open_store(site) as store:
        store.put("kind", b"n", b"v")
    assert list(site.iterdir()) == []


def test_a_forged_number_of_the_last_run_is_ignored(tmp_path: Path) -> None:
    path = tmp_path / "cache.sqlite"
    put(path)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE runs SET number = ?", (2**63 - 1,))
    put(path, b"m", b"w")
    assert get(path, b"m") == b"w"


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit of CPU time")
@pytest.mark.parametrize("table", ["entries", "runs"])
def test_a_view_with_endless_rows_is_not_read(tmp_path: Path, table: str) -> None:
    path = tmp_path / PATH
    put(path)
    change(path, f"DROP TABLE {table}")
    change(path, ENDLESS.format(table))
    command = [sys.executable, "-c", textwrap.dedent(READ_WITHIN_5_SECONDS_OF_CPU), str(tmp_path)]
    subprocess.run(command, check=True, cwd=Path(__file__).parents[2])
