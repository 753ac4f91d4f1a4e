"""Help on the screen: the commands' own, the pages of the documentation, completion, and output that any pipe takes."""

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from digest.cli.commands import COMMANDS
from tests.commands import NOW, Command
from tests.conftest import MakeSite

DIGEST = (sys.executable, "-m", "digest")


def on_terminal(folder: Path, columns: int, *arguments: str) -> str:
    """Return what the command shows in a window of so many columns."""
    import pty

    ours, theirs = pty.openpty()
    environment = os.environ | {"COLUMNS": str(columns), "TERM": "xterm", "NO_COLOR": "1"}
    subprocess.run(
        [*DIGEST, *arguments], cwd=folder, stdout=theirs, stderr=subprocess.DEVNULL, env=environment, check=True
    )
    os.close(theirs)
    shown = b""
    while True:
        try:
            read = os.read(ours, 65536)
        except OSError:
            break
        if not read:
            break
        shown += read
    os.close(ours)
    return shown.decode().replace("\r\n", "\n")


@pytest.mark.parametrize("name", sorted(command.name or "" for command in COMMANDS))
def test_every_command_shows_examples(tmp_path: Path, digest: Command, name: str) -> None:
    group = name == "ledger"
    commands = [(name, "show"), (name, "rebuild")] if group else [(name,)]
    for command in commands:
        text = digest(tmp_path, *command, "--help").out
        assert f"Examples:\n    digest {' '.join(command)}" in text
        assert max(map(len, text.splitlines())) <= 100
        page = text.rpartition("More: `digest help ")[2].partition("`")[0]
        assert digest(tmp_path, "help", page).out.startswith("# ")
    assert digest(tmp_path, "help", name).out == digest(tmp_path, name, "--help").out


def test_the_list_of_commands_says_each_in_full(tmp_path: Path, digest: Command) -> None:
    text = digest(tmp_path, "help").out
    assert "..." not in text.partition("Commands:")[2]
    assert digest(tmp_path, "--help").out in text


def test_pages_of_the_documentation_are_shown(tmp_path: Path, digest: Command) -> None:
    page = Path(__file__).parents[2] / "docs" / "editions.md"
    assert digest(tmp_path, "help", "editions").out == page.read_text(encoding="utf-8")
    assert "configuration" in digest(tmp_path, "help").out
    listed = digest(tmp_path, "help").out
    assert "tutorials/first-letter" in listed
    assert "news" not in listed.partition("Pages of the documentation")[2]
    first = (page.parent / "tutorials/first-letter.md").read_text(encoding="utf-8")
    assert digest(tmp_path, "help", "tutorials/first-letter").out == first
    assert digest(tmp_path, "help", "first-letter").out == first
    wrong = digest(tmp_path, "help", "edtions")
    assert (wrong.code, wrong.out) == (2, "")
    assert 'did you mean "editions"?' in wrong.err


@pytest.mark.parametrize("option", ["-V", "--version"])
def test_the_version(tmp_path: Path, digest: Command, option: str) -> None:
    assert digest(tmp_path, option).out == "digest, version 0.1.0\n"


def test_the_version_in_json_says_what_it_runs_on(tmp_path: Path, digest: Command) -> None:
    found = json.loads(digest(tmp_path, "--version", "--json").out)
    assert (found["digest"], found["python"]) == ("0.1.0", platform.python_version())
    assert "premailer" in found["packages"]


def test_no_command_is_wrong_usage(tmp_path: Path, digest: Command) -> None:
    ended = digest(tmp_path)
    assert (ended.code, ended.out) == (2, "")
    assert "Commands:" in ended.err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_completes_commands(tmp_path: Path, digest: Command, shell: str) -> None:
    assert "_DIGEST_COMPLETE" in digest(tmp_path, "completion", shell).out
    words = {"COMP_WORDS": "digest pre", "COMP_CWORD": "1"} | ({"COMP_CWORD": "pre"} if shell == "fish" else {})
    asked = os.environ | words | {"_DIGEST_COMPLETE": f"{shell}_complete"}
    ended = subprocess.run(DIGEST, cwd=tmp_path, env=asked, capture_output=True, text=True, check=False)
    assert "preview" in ended.stdout


def test_a_pipe_gets_utf_8_whatever_the_locale(make_site: MakeSite) -> None:
    site = make_site({"content/a.md": "---\ntitle: 一张书桌 · Šárka\ndate: 2026-11-20\n---\nText.\n"})
    old = os.environ | {"PYTHONIOENCODING": "cp1252", "LC_ALL": "C", "PYTHONUTF8": "0"}
    ended = subprocess.run(
        [*DIGEST, "list", "--now", NOW], cwd=site, env=old, capture_output=True, check=True, encoding="utf-8"
    )
    assert "一张书桌 · Šárka" in ended.stdout


def test_titles_fit_a_narrow_window_and_paths_a_wide_one(make_site: MakeSite) -> None:
    title = "Soundings 12: the bell under the reservoir"
    post = f'---\ntitle: "{title}"\ndate: 2026-11-20\ntags: [sound]\n---\nText.\n'
    site = make_site({"content/podcast/a-file-with-a-long-name.md": post})
    narrow = on_terminal(site, 80, "list", "--now", NOW)
    assert title in narrow
    assert "a-file-with-a-long-name.md" not in narrow
    wide = on_terminal(site, 140, "list", "--now", NOW)
    assert title in wide
    assert "content/podcast/a-file-with-a-long-name.md" in wide


def test_an_edition_needs_no_digest_where_there_is_one(make_site: MakeSite, digest: Command) -> None:
    post = "---\ntitle: One\ndate: 2026-11-20\n---\nText.\n"
    table = '[digests.weekly]\nsender = "a@b.example"\n'
    site = make_site({"content/one.md": post}, toml=table)
    digest(site, "build", "2026-W48", "--now", NOW)
    assert (site / "public/editions/weekly/2026-W48/manifest.json").is_file()
    assert "weekly/2026-W48: approved" in digest(site, "approve", "2026-W48", "--now", NOW).err
    assert "weekly/2026-W48: marked as sent" in digest(site, "mark-sent", "2026-W48", "--now", NOW).err
    (site / "digest.toml").write_text(f"{table}[digests.daily]\n")
    several = digest(site, "mark-sent", "2026-W48", "--now", NOW)
    assert several.code == 2
    assert '"2026-W48" names no digest; write weekly/2026-W48, daily/2026-W48' in several.err


def test_a_quiet_build_says_nothing_and_a_quiet_list_lists(make_site: MakeSite, digest: Command) -> None:
    site = make_site({"content/one.md": "---\ntitle: One\ndate: 2026-11-20\n---\nText.\n"})
    assert digest(site, "build", "--quiet", "--now", NOW) == (0, "", "")
    assert "One" in digest(site, "list", "--quiet", "--now", NOW).out
    assert digest(site, "build", "--quiet", "--json", "--now", NOW).out.startswith("{")
