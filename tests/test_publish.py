"""Files are written whole or not at all, and nowhere but in the output."""

import contextlib
import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from digest import publish
from digest.problems import WriteError


def test_a_file_is_written_once_and_left_alone_when_it_would_not_change(tmp_path: Path) -> None:
    assert publish.write(tmp_path, "a/b/c.txt", b"one")
    os.utime(tmp_path / "a/b/c.txt", ns=(1, 1))
    assert not publish.write(tmp_path, "a/b/c.txt", b"one")
    assert (tmp_path / "a/b/c.txt").stat().st_mtime_ns == 1
    assert publish.write(tmp_path, "a/b/c.txt", b"two")
    assert (tmp_path / "a/b/c.txt").read_bytes() == b"two"
    assert [path.name for path in (tmp_path / "a/b").iterdir()] == ["c.txt"]


@pytest.mark.parametrize("path", ["", ".", "/etc/x", "../x", "a/../../x", "a/", "a\\b", "a\0b", ".."])
def test_no_path_leads_out_of_the_output(tmp_path: Path, path: str) -> None:
    with pytest.raises(WriteError):
        publish.write(tmp_path / "out", path, b"x")
    assert list(tmp_path.iterdir()) == []


def test_a_link_to_a_folder_elsewhere_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "secret").mkdir()
    (tmp_path / "out/link").symlink_to(tmp_path / "secret")
    with pytest.raises(WriteError, match="symbolic link"):
        publish.write(tmp_path / "out", "link/x", b"x")
    with pytest.raises(WriteError, match="symbolic link"):
        publish.remove(tmp_path / "out", "link/x")
    assert list((tmp_path / "secret").iterdir()) == []


def test_a_link_in_the_place_of_a_file_is_replaced_and_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "victim").write_bytes(b"same")
    (tmp_path / "out").mkdir()
    (tmp_path / "out/x").symlink_to(tmp_path / "victim")
    (tmp_path / "out/.y.part").symlink_to(tmp_path / "victim")
    assert publish.write(tmp_path / "out", "x", b"same")
    assert not (tmp_path / "out/x").is_symlink()
    with pytest.raises(WriteError):
        publish.write(tmp_path / "out", "y", b"other")
    assert (tmp_path / "victim").read_bytes() == b"same"


def test_what_a_killed_run_left_is_used_up(tmp_path: Path) -> None:
    (tmp_path / ".x.part").write_bytes(b"half of a long")
    assert publish.write(tmp_path, "x", b"new")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("x", b"new")]


def test_a_failed_write_leaves_the_old_file_and_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish.write(tmp_path, "x", b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(WriteError, match="x: can not be written: No space left on device"):
        publish.write(tmp_path, "x", b"new")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("x", b"old")]


def test_a_folder_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "x/y").mkdir(parents=True)
    (tmp_path / "file").write_bytes(b"")
    for path in ("x", "file/z"):
        with pytest.raises(WriteError, match=path):
            publish.write(tmp_path, path, b"data")
    with pytest.raises(WriteError, match="can not be removed"):
        publish.remove(tmp_path, "x")


def test_removing_says_whether_there_was_something(tmp_path: Path) -> None:
    publish.write(tmp_path, "a/x", b"x")
    assert publish.remove(tmp_path, "a/x")
    assert not publish.remove(tmp_path, "a/x")


def test_a_batch_writes_what_writing_one_by_one_would(tmp_path: Path) -> None:
    files = {f"tags/{n}/feed.xml": f"feed {n}".encode() * n for n in range(100)}
    publish.write(tmp_path, "tags/7/feed.xml", files["tags/7/feed.xml"])
    batch = publish.Batch(tmp_path)
    changed = [path for path, content in files.items() if batch.write(path, content)]
    batch.finish()
    assert changed == [path for path in files if path != "tags/7/feed.xml"]
    found = {path.relative_to(tmp_path).as_posix(): path.read_bytes() for path in tmp_path.rglob("*.*")}
    assert found == files
    batch.finish()
    assert not batch.write("tags/7/feed.xml", files["tags/7/feed.xml"])
    with pytest.raises(WriteError):
        batch.write("../x", b"x")
    assert batch.write("again", b"after it was finished")
    batch.finish()
    assert (tmp_path / "again").read_bytes() == b"after it was finished"


@pytest.mark.parametrize("call", ["fsync", "open", "write"])
def test_a_batch_that_fails_names_the_file_and_leaves_the_others_old_or_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    for n in range(60):
        publish.write(tmp_path, f"{n}/x", b"old")
    real, left = getattr(os, call), iter(range(20))

    def full(*args: object, **kwargs: object) -> object:
        if next(left, None) is None:
            raise OSError(28, "No space left on device")
        return real(*args, **kwargs)

    monkeypatch.setattr(os, call, full)
    batch = publish.Batch(tmp_path)
    with pytest.raises(WriteError, match=r"^\d+/x: can not be written: No space left on device"):  # noqa: PT012
        for n in range(60):  # one of them tells of the failure of one before it
            batch.write(f"{n}/x", b"new")
        batch.finish()
    with contextlib.suppress(WriteError):
        batch.finish()
    held = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert len(held) == 60
    assert sorted(held) == [b"new"] * 20 + [b"old"] * 40
    monkeypatch.undo()
    for n in range(60):
        batch.write(f"{n}/x", b"new")
    batch.finish()
    assert {path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == {b"new"}


def test_a_process_killed_amid_a_batch_leaves_whole_files_and_the_next_run_completes(tmp_path: Path) -> None:
    script = """
        import sys
        from pathlib import Path
        from digest import publish
        for content in (b"a" * 50_000, b"b" * 70_000) * 1_000:
            batch = publish.Batch(Path(sys.argv[1]))
            for n in range(40):
                batch.write(f"{n}/x", content)
            batch.finish()
            print(flush=True)
    """
    for rounds in (1, 2, 3, 4):
        command = [sys.executable, "-c", textwrap.dedent(script), str(tmp_path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[1]) as running:
            assert running.stdout
            for _ in range(rounds):
                running.stdout.readline()
            time.sleep(0.003 * rounds)
            running.kill()
        found = {path: path.read_bytes() for path in tmp_path.rglob("x")}
        assert len(found) == 40
        assert set(found.values()) <= {b"a" * 50_000, b"b" * 70_000}
    batch = publish.Batch(tmp_path)
    for n in range(40):
        batch.write(f"{n}/x", b"whole")
    batch.finish()
    assert {path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == {b"whole"}
