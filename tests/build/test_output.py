"""The output folder in one run: what is made, what counts as written, and what is left alone."""

import os
from collections.abc import Iterable
from pathlib import Path

import msgspec
import pytest

from digest.build.output import Output
from digest.cache import Store
from digest.problems import WriteError
from tests.reading_samples import config_of


def put(root: Path, files: dict[str, bytes], store: Store | None = None) -> Output:
    config = msgspec.structs.replace(config_of(root), root=root)
    with store or Store(None, b"") as store:
        output = Output(config, store)
        for path, content in files.items():
            output.put(path, content, lambda content=content: [content[:1], content[1:]])  # type: ignore[misc]
        return output


def held(root: Path) -> list[bytes]:
    return sorted(path.read_bytes() for path in (root / "public").rglob("*") if path.is_file())


def test_a_path_that_leaves_the_output_is_refused_when_the_files_before_it_stand(tmp_path: Path) -> None:
    with pytest.raises(WriteError, match=r"\.\./x"):
        put(tmp_path, {"a": b"x", "../x": b"y", "b": b"z"})
    assert held(tmp_path) == [b"x"]
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["a"]


@pytest.mark.parametrize("call", ["open", "replace"])
def test_of_many_files_that_fail_one_is_named_and_the_others_are_old_or_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    put(tmp_path, {f"{n}/x": b"old" for n in range(60)})
    real, left = getattr(os, call), iter(range(20))

    def full(*args: object, **kwargs: object) -> object:
        if next(left, None) is None:
            raise OSError(28, "No space left on device")
        return real(*args, **kwargs)

    monkeypatch.setattr(os, call, full)
    with pytest.raises(WriteError, match=r"^\d+/x: cannot be written: No space left on device"):
        put(tmp_path, {f"{n}/x": b"new" for n in range(60)})
    monkeypatch.undo()
    found = held(tmp_path)
    assert set(found) == {b"old", b"new"}
    assert len(found) == 60
    put(tmp_path, {f"{n}/x": b"new" for n in range(60)})
    assert held(tmp_path) == [b"new"] * 60


def test_a_file_is_made_again_only_when_its_source_or_itself_changed(tmp_path: Path) -> None:
    path = tmp_path / "cache.sqlite"
    made: list[str] = []

    def run(source: bytes) -> Output:
        def make() -> Iterable[bytes]:
            made.append("a")
            return [b"content"]

        config = msgspec.structs.replace(config_of(tmp_path), root=tmp_path)
        with Store(path, b"k") as store:
            output = Output(config, store)
            output.put("a", source, make)
        return output

    assert run(b"one").written == ["a"]
    again = run(b"one")
    assert (again.written, again.unchanged, made) == ([], 1, ["a"])
    other = run(b"other")  # which makes the same
    assert (other.written, other.unchanged, made) == ([], 1, ["a", "a"])
    (tmp_path / "public/a").write_bytes(b"changed by hand")
    assert run(b"other").written == ["a"]
    assert held(tmp_path) == [b"content"]


def test_what_a_run_does_not_put_is_removed_unless_somebody_changed_it(tmp_path: Path) -> None:
    path = tmp_path / "cache.sqlite"
    put(tmp_path, {"a": b"1", "b": b"2", "c": b"3", "editions/x/index.html": b"4"}, Store(path, b"k"))
    (tmp_path / "public/c").write_bytes(b"by hand")
    config = msgspec.structs.replace(config_of(tmp_path), root=tmp_path)
    with Store(path, b"k") as store:
        output = Output(config, store)
        output.put("a", b"1", lambda: [b"1"])
        assert output.remove_others() == ("b",)
    assert held(tmp_path) == [b"1", b"4", b"by hand"]
