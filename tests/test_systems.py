"""What differs between systems: processes that are not forked, encodings of a console and of files, paths."""

import ast
import os
import subprocess
import sys
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest

import digest
from tests.commands import NOW, POST, TOML, Command
from tests.conftest import MakeSite

PACKAGE = Path(digest.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
MANY = 500  # posts, for which processes are started
# The command in a process that starts its workers anew, as on macOS and Windows: another thread runs, so it cannot fork.
SPAWNING = """
import multiprocessing, os, threading
threading.Thread(target=threading.Event().wait, daemon=True).start()


def refused():
    raise AssertionError("a process is forked")


os.fork = refused
from digest.cli import main

main()
"""
ENCODINGS = {"PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"}


def output_of(site: Path) -> dict[str, bytes]:
    files = (path for path in (site / "public").rglob("*") if path.is_file())
    return {path.relative_to(site).as_posix(): path.read_bytes() for path in files}


def test_a_build_with_processes_that_are_not_forked_writes_the_same(make_site: MakeSite, digest: Command) -> None:
    posts = {
        f"content/{number}.md": POST.format(f"Post {number} – 寒い", "2026-11-20", "news") for number in range(MANY)
    }
    one, other = make_site(posts, TOML, "one"), make_site(posts, TOML, "other")
    assert digest(one, "build", "--now", NOW, "--jobs", "1").code == 0
    arguments = [sys.executable, "-c", SPAWNING, "build", "--now", NOW, "--jobs", "2"]
    ended = subprocess.run(arguments, cwd=other, capture_output=True, text=True, encoding="utf-8", check=False)
    assert ended.returncode == 0, ended.stderr
    assert output_of(one) == output_of(other)


@pytest.mark.parametrize("arguments", [
    ["build"], ["list"], ["check"], ["status"], ["build", "--draft"], ["list", "--json"], ["help", "editions"],
], ids=" ".join)  # fmt: skip
def test_commands_print_and_read_utf8_where_the_console_has_another_encoding(
    arguments: list[str], make_site: MakeSite
) -> None:
    site = make_site({"content/a.md": POST.format("Überfahrt – 寒い", "2026-11-20", "news, ünïcode")}, TOML)
    moment = [] if arguments[0] == "help" else ["--now", NOW]
    warn = ["-X", "warn_default_encoding", "-W", "always::EncodingWarning"]
    ended = subprocess.run(
        [sys.executable, *warn, "-m", "digest", *arguments, *moment],
        cwd=site,
        env=os.environ | ENCODINGS,
        capture_output=True,
        check=False,
    )
    said = ended.stdout.decode("utf-8") + ended.stderr.decode("utf-8")  # an error when it is no UTF-8
    assert ended.returncode == 0, said
    # No file of ours is read or written in the encoding of the system.
    assert [line for line in said.splitlines() if "EncodingWarning" in line and str(PACKAGE) in line] == []
    if arguments[0] == "list":
        assert "Überfahrt – 寒い" in said


# What makes text of a path without saying with which separator, and so writes `\\` on Windows.
AS_TEXT = {"str", "fspath"}


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_paths_below_a_folder_are_written_with_slashes(module: Path) -> None:
    tree = ast.parse(module.read_text(encoding="utf-8"))
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute) or node.attr != "relative_to":
            continue
        call = parents[node]
        use = parents[call]
        in_text = isinstance(use, ast.FormattedValue)
        as_text = isinstance(use, ast.Call) and isinstance(use.func, ast.Name) and use.func.id in AS_TEXT
        assert not in_text, f"{module}:{node.lineno}"
        assert not as_text, f"{module}:{node.lineno}"


@pytest.mark.parametrize("key", ["content", "output", "static", "templates", "notes", "ledger", "slots"])
def test_a_folder_with_backslashes_is_named_with_what_to_write(key: str, make_site: MakeSite, digest: Command) -> None:
    folder = PureWindowsPath("posts", "2026")
    ended = digest(make_site({"content/a.md": POST}, f"[site]\n{key} = '{folder}'\n"), "check")
    assert ended.code == 78
    assert (
        f'site.{key}: "{folder}" has a backslash (write "{PurePosixPath(*folder.parts)}", on Windows too)' in ended.err
    )


@pytest.mark.skipif(sys.platform != "linux", reason="names of files have the encoding of the locale on Linux alone")
def test_a_name_that_the_file_system_cannot_have_is_an_error(make_site: MakeSite) -> None:
    site = make_site({"content/a.md": POST.format("A", "2026-11-20", "ünïcode")}, TOML)
    locale = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    ended = subprocess.run(
        [sys.executable, "-m", "digest", "build", "--now", NOW],
        cwd=site,
        env=os.environ | locale,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert (ended.returncode, "Traceback" in ended.stderr) == (73, False), ended.stderr
    assert "cannot be written" in ended.stderr
