"""Files are written whole or not at all, and nowhere but in the output."""

import os
from pathlib import Path

import pytest

from digest import files
from digest.problems import WriteError


def test_a_file_is_written_once_and_left_alone_when_it_would_not_change(tmp_path: Path) -> None:
    assert files.write(tmp_path, "a/b/c.txt", b"one")
    os.utime(tmp_path / "a/b/c.txt", ns=(1, 1))
    assert not files.write(tmp_path, "a/b/c.txt", b"one")
    assert (tmp_path / "a/b/c.txt").stat().st_mtime_ns == 1
    assert files.write(tmp_path, "a/b/c.txt", b"two")
    assert (tmp_path / "a/b/c.txt").read_bytes() == b"two"
    assert [path.name for path in (tmp_path / "a/b").iterdir()] == ["c.txt"]


@pytest.mark.parametrize("path", ["", ".", "/etc/x", "../x", "a/../../x", "a/", "a\\b", "a\0b", ".."])
def test_no_path_leads_out_of_the_output(tmp_path: Path, path: str) -> None:
    with pytest.raises(WriteError):
        files.write(tmp_path / "out", path, b"x")
    assert list(tmp_path.iterdir()) == []


def test_a_link_to_a_folder_elsewhere_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "secret").mkdir()
    (tmp_path / "out/link").symlink_to(tmp_path / "secret")
    with pytest.raises(WriteError, match="symbolic link"):
        files.write(tmp_path / "out", "link/x", b"x")
    with pytest.raises(WriteError, match="symbolic link"):
        files.remove(tmp_path / "out", "link/x")
    assert list((tmp_path / "secret").iterdir()) == []


def test_a_link_in_the_place_of_a_file_is_replaced_and_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "victim").write_bytes(b"same")
    (tmp_path / "out").mkdir()
    (tmp_path / "out/x").symlink_to(tmp_path / "victim")
    (tmp_path / "out/.y.part").symlink_to(tmp_path / "victim")
    assert files.write(tmp_path / "out", "x", b"same")
    assert not (tmp_path / "out/x").is_symlink()
    with pytest.raises(WriteError):
        files.write(tmp_path / "out", "y", b"other")
    assert (tmp_path / "victim").read_bytes() == b"same"


def test_what_a_killed_run_left_is_used_up(tmp_path: Path) -> None:
    (tmp_path / ".x.part").write_bytes(b"half of a long")
    assert files.write(tmp_path, "x", b"new")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("x", b"new")]


def test_a_failed_write_leaves_the_old_file_and_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files.write(tmp_path, "x", b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(WriteError, match="x: cannot be written: No space left on device"):
        files.write(tmp_path, "x", b"new")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("x", b"old")]


def test_a_folder_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "x/y").mkdir(parents=True)
    (tmp_path / "file").write_bytes(b"")
    for path in ("x", "file/z"):
        with pytest.raises(WriteError, match=path):
            files.write(tmp_path, path, b"data")
    with pytest.raises(WriteError, match="cannot be removed"):
        files.remove(tmp_path, "x")


def test_removing_says_whether_there_was_something(tmp_path: Path) -> None:
    files.write(tmp_path, "a/x", b"x")
    assert files.remove(tmp_path, "a/x")
    assert not files.remove(tmp_path, "a/x")
