"""Files are written whole or not at all, and nowhere but in the output."""

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


def test_many_files_are_written_as_one_by_one(tmp_path: Path) -> None:
    contents = {f"tags/{n}/feed.xml": f"feed {n}".encode() * n for n in range(100)}
    files = [publish.File(path, (content[:3], content[3:])) for path, content in contents.items()]
    publish.write(tmp_path, "tags/7/feed.xml", contents["tags/7/feed.xml"])
    states = publish.write_many(tmp_path, files)
    assert [state.changed for state in states] == [n != 7 for n in range(100)]
    assert {p.relative_to(tmp_path).as_posix(): p.read_bytes() for p in tmp_path.rglob("*.*")} == contents
    for path, state in zip(contents, states, strict=True):
        stat = (tmp_path / path).stat()
        assert (stat.st_size, stat.st_mtime_ns) == state[1:]
    again = publish.write_many(tmp_path, files)
    assert [state[1:] for state in again] == [state[1:] for state in states]
    assert not any(state.changed for state in again)


def test_a_path_that_leaves_the_output_is_refused_when_the_files_before_it_stand(tmp_path: Path) -> None:
    files = [publish.File(path, (b"x",)) for path in ("a", "../x", "b")]
    with pytest.raises(WriteError):
        publish.write_many(tmp_path / "out", files)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["a"]


@pytest.mark.parametrize("call", ["fsync", "open", "write", "replace"])
def test_of_many_files_that_fail_one_is_named_and_the_others_are_old_or_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    for n in range(60):
        publish.write(tmp_path, f"{n}/x", b"old")
    real, left = getattr(os, call), iter(range(20))

    def full(*args: object, **kwargs: object) -> object:
        if next(left, None) is None:
            raise OSError(28, "No space left on device")
        return real(*args, **kwargs)

    files = [publish.File(f"{n}/x", (b"new",)) for n in range(60)]
    monkeypatch.setattr(os, call, full)
    with pytest.raises(WriteError, match=r"^\d+/x: can not be written: No space left on device"):
        publish.write_many(tmp_path, files)
    held = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert len(held) == 60
    assert sorted(held) == [b"new"] * 20 + [b"old"] * 40
    monkeypatch.undo()
    publish.write_many(tmp_path, files)
    assert {path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == {b"new"}


def test_a_process_killed_amid_many_files_leaves_whole_ones_and_the_next_run_completes(tmp_path: Path) -> None:
    script = """
        import sys
        from pathlib import Path
        from digest import publish
        for content in (b"a" * 50_000, b"b" * 70_000) * 1_000:
            publish.write_many(Path(sys.argv[1]), [publish.File(f"{n}/x", (content,)) for n in range(40)])
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
    publish.write_many(tmp_path, [publish.File(f"{n}/x", (b"whole",)) for n in range(40)])
    assert {path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == {b"whole"}
