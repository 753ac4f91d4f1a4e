"""The output folder in one run: what counts as written, whatever becomes of who writes."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec
import pytest

from digest.build.output import Output
from digest.cache.store import Index
from digest.pool import ALONE, Crew
from digest.problems import WriteError
from tests.reading_samples import config_of

Item = TypeVar("Item")
Made = TypeVar("Made")


class Killed(Crew):
    """A crew whose worker does its work and is killed before it can say so, so that it is done here again."""

    def share(self, work: Callable[[Item], Made], item: Item) -> Callable[[], Made]:
        """Do the work twice, and return what the second time gives."""
        work(item)
        return lambda: work(item)


def put(root: Path, files: dict[str, bytes]) -> None:
    config = msgspec.structs.replace(config_of(root), root=root)
    with Index(None, b"") as index:
        output = Output(config, index, ALONE)
        for path, content in files.items():
            output.put(path, content, lambda content=content: [content[:1], content[1:]])  # type: ignore[misc]
        output.flush()


def held(root: Path) -> list[bytes]:
    return sorted(path.read_bytes() for path in (root / "public").rglob("*") if path.is_file())


def test_a_path_that_leaves_the_output_is_refused_when_the_files_before_it_stand(tmp_path: Path) -> None:
    with pytest.raises(WriteError, match=r"\.\./x"):
        put(tmp_path, {"a": b"x", "../x": b"y", "b": b"z"})
    assert held(tmp_path) == [b"x"]
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["a"]


@pytest.mark.parametrize(("call", "new"), [("fsync", 20), ("open", 0), ("write", 20), ("replace", 20)])
def test_of_many_files_that_fail_one_is_named_and_the_others_are_old_or_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, new: int
) -> None:
    put(tmp_path, {f"{n}/x": b"old" for n in range(60)})
    real, left = getattr(os, call), iter(range(20))

    def full(*args: object, **kwargs: object) -> object:
        if next(left, None) is None:
            raise OSError(28, "No space left on device")
        return real(*args, **kwargs)

    monkeypatch.setattr(os, call, full)
    with pytest.raises(WriteError, match=r"^\d+/x: can not be written: No space left on device"):
        put(tmp_path, {f"{n}/x": b"new" for n in range(60)})
    assert held(tmp_path) == [b"new"] * new + [b"old"] * (60 - new)
    monkeypatch.undo()
    put(tmp_path, {f"{n}/x": b"new" for n in range(60)})
    assert held(tmp_path) == [b"new"] * 60


def test_of_two_contents_of_one_path_the_last_stands(tmp_path: Path) -> None:
    config = msgspec.structs.replace(config_of(tmp_path), root=tmp_path)
    with Index(None, b"") as index:
        output = Output(config, index, ALONE)
        for content in (b"one", b"other"):
            output.put("a", content, lambda content=content: [content])  # type: ignore[misc]
        output.flush()
    assert held(tmp_path) == [b"other"]


def test_a_file_written_by_a_killed_worker_counts_as_written(tmp_path: Path) -> None:
    config = msgspec.structs.replace(config_of(tmp_path), root=tmp_path)
    with Index(None, b"") as index:
        output = Output(config, index, Killed())
        output.put("a.xml", b"source", lambda: [b"one", b"two"])
        output.flush()
        assert (output.written, output.unchanged) == (["a.xml"], 0)
        assert (tmp_path / "public" / "a.xml").read_bytes() == b"onetwo"
        again = Output(config, index, Killed())
        again.put("a.xml", b"another source", lambda: [b"onetwo"])
        again.flush()
        assert (again.written, again.unchanged) == ([], 1)
