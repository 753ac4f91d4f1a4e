"""Files are written whole or not at all, and nowhere but in the output."""

import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from digest import files as publish
from digest.files import Part, State
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


def write_many(output: Path, contents: dict[str, bytes]) -> list[State]:
    folders: set[str] = set()
    written = [publish.write_beside(output, path, content, folders) for path, content in contents.items()]
    placed = iter(publish.put_in_place([file for file in written if isinstance(file, Part)]))
    return [next(placed) if isinstance(file, Part) else file for file in written]


def test_many_files_are_written_as_one_by_one(tmp_path: Path) -> None:
    contents = {f"tags/{n}/feed.xml": f"feed {n}".encode() * n for n in range(100)}
    publish.write(tmp_path, "tags/7/feed.xml", contents["tags/7/feed.xml"])
    states = write_many(tmp_path, contents)
    assert [state.changed for state in states] == [n != 7 for n in range(100)]
    assert {p.relative_to(tmp_path).as_posix(): p.read_bytes() for p in tmp_path.rglob("*.*")} == contents
    for path, state in zip(contents, states, strict=True):
        stat = (tmp_path / path).stat()
        assert (stat.st_size, stat.st_mtime_ns) == state[1:]
    again = write_many(tmp_path, contents)
    assert [state[1:] for state in again] == [state[1:] for state in states]
    assert not any(state.changed for state in again)


def test_what_a_killed_process_put_in_its_place_stands_and_nothing_else_does(tmp_path: Path) -> None:
    publish.write(tmp_path, "x", b"old")
    part = publish.write_beside(tmp_path, "x", b"new", set())
    assert isinstance(part, Part)
    assert publish.put_in_place([part]) == publish.put_in_place([part]) == [part.state]
    publish.write(tmp_path, "x", b"old")
    with pytest.raises(WriteError, match="x: can not be written: No such file"):
        publish.put_in_place([part])


def test_a_process_killed_amid_many_files_leaves_whole_ones_and_the_next_run_completes(tmp_path: Path) -> None:
    script = """
        import sys
        from pathlib import Path
        from digest import files as publish
        for content in (b"a" * 50_000, b"b" * 70_000) * 1_000:
            parts = [publish.write_beside(Path(sys.argv[1]), f"{n}/x", content, set()) for n in range(40)]
            publish.put_in_place([part for part in parts if isinstance(part, publish.Part)])
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
    write_many(tmp_path, {f"{n}/x": b"whole" for n in range(40)})
    assert {path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == {b"whole"}
