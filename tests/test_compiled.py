"""Shipped templates are compiled once, whatever else happens to what is kept of them."""

import shutil
import sys
from pathlib import Path

import jinja2.environment
import pytest
from jinja2 import DictLoader, Environment, FileSystemLoader

from digest.compiled import Compiled
from digest.templates import SHIPPED


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder of templates, with Python allowed to keep what it compiles."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", None)
    copy = tmp_path / "templates"
    shutil.copytree(SHIPPED, copy, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "hello.html.jinja").write_text("Hello {{ name }}!")
    return copy


def hello(folder: Path, monkeypatch: pytest.MonkeyPatch, options: str = "") -> tuple[str, int]:
    """Return what a template says in a fresh environment, and how many were compiled for it."""
    compiled = []
    real = jinja2.environment.Environment.compile

    def count(self: Environment, source: str, *args: object, **kwargs: object) -> object:
        compiled.append(source)
        return real(self, source, *args, **kwargs)  # type: ignore[call-overload]

    monkeypatch.setattr(Environment, "compile", count)
    made = Environment(loader=FileSystemLoader(folder), autoescape=True, bytecode_cache=Compiled(folder, options))
    said = made.get_template("hello.html.jinja").render(name="<you>")
    monkeypatch.setattr(Environment, "compile", real)
    return said, len(compiled)


def test_a_template_is_compiled_once_and_again_when_it_or_the_options_change(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert hello(folder, monkeypatch) == ("Hello &lt;you&gt;!", 1)
    assert hello(folder, monkeypatch) == ("Hello &lt;you&gt;!", 0)
    assert hello(folder, monkeypatch, "other") == ("Hello &lt;you&gt;!", 1)
    (folder / "hello.html.jinja").write_text("Bye {{ name }}!")
    assert hello(folder, monkeypatch, "other") == ("Bye &lt;you&gt;!", 1)
    assert hello(folder, monkeypatch, "other") == ("Bye &lt;you&gt;!", 0)


@pytest.mark.parametrize("keep", [0, 40, 128, 140, -1])
def test_what_was_damaged_is_compiled_again(folder: Path, monkeypatch: pytest.MonkeyPatch, keep: int) -> None:
    hello(folder, monkeypatch)
    [file] = (folder / "__pycache__").iterdir()
    file.write_bytes(file.read_bytes()[:keep])
    assert hello(folder, monkeypatch) == ("Hello &lt;you&gt;!", 1)
    assert hello(folder, monkeypatch) == ("Hello &lt;you&gt;!", 0)


def test_a_folder_that_takes_nothing_is_left_alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "__pycache__").write_text("a file where the folder would be")
    assert [hello(folder, monkeypatch) for _ in range(2)] == [("Hello &lt;you&gt;!", 1)] * 2


def test_where_python_keeps_no_modules_no_template_is_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    hello(folder, monkeypatch)
    assert not (folder / "__pycache__").exists()


def test_only_templates_of_the_folder_are_kept(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "hello.html.jinja").write_text("Own {{ name }}")
    for loader in (FileSystemLoader(own), DictLoader({"hello.html.jinja": "Dict"})):
        made = Environment(loader=loader, autoescape=True, bytecode_cache=Compiled(folder, ""))
        made.get_template("hello.html.jinja").render(name="x")
    assert hello(folder, monkeypatch)[1] == 1
    assert not (own / "__pycache__").exists()
