"""Runs the commands of a page of the documentation in an empty folder and compares what they print.

What a fenced block does:

    ```toml title="digest.toml"     the file is written
    ```sh                           the commands are run, and have to succeed
    ```console                      the commands after `$ ` are run, and print what the page shows
    ```shell                        not run: what changes the machine, or waits for somebody; `digest` commands are parsed

In a shown output a line `…` stands for any lines, and a `…` in a line for any characters. Seconds and the temporary
folder are the only things that are normalised. The clock of `digest` stands at the moment that the page names in
`<!-- clock: 2026-11-23T09:00:00+00:00 -->`; the port 8025 is a mail server's on a free port.

    python -m tests.docs.runner PAGE    writes what the commands print into the page
"""

import contextlib
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
NODE_MODULES = ROOT / ".generators/node_modules"
PROGRAMS = (ROOT / ".venv/bin", ROOT / ".generators/bin", NODE_MODULES / ".bin")
DEFAULT_CLOCK = "2026-11-23T09:00:00+00:00"
CLOCK_MARK = "<!-- clock: "
LANGUAGES_THAT_RUN = ("sh", "console")
MAIL_PORT = "8025"

# `digest` whose clock stands at one moment, but for the seconds that it runs.
PROGRAM = """#!{python}
import datetime, sys
import digest.cli.terminal, digest.senders.sending

class Clock(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return datetime.datetime.fromisoformat({moment!r}).astimezone(tz)

digest.cli.terminal.datetime = digest.senders.sending.datetime = Clock
sys.argv[0] = "digest"
from digest.__main__ import main
sys.exit(main())
"""
# A shell forgets its folder and variables when it ends; the next command of the page finds them again.
SCRIPT = """
test -f "$STATE/variables" && . "$STATE/variables"
test -f "$STATE/folder" && cd "$(cat "$STATE/folder")"
trap 'declare -px >"$STATE/variables"; pwd >"$STATE/folder"' EXIT
set -e -o pipefail
{commands}
"""


class Block(NamedTuple):
    """A fenced block: its language, the file that it is, its text, and the line of the page on which the text begins."""

    language: str
    file: str
    text: str
    line: int


class Command(NamedTuple):
    """A command of a `console` block, what the page says that it prints, and its line."""

    text: str
    output: str
    line: int


class MissingProgramError(Exception):
    """A program that the page runs is not installed here."""


def blocks(page: str) -> Iterator[Block]:
    """Return the fenced blocks of a page."""
    lines = page.split("\n")
    number = 0
    while number < len(lines):
        fence = lines[number][: len(lines[number]) - len(lines[number].lstrip("`"))]
        if len(fence) < 3:
            number += 1
            continue
        language, _, rest = lines[number][len(fence) :].partition(" ")
        end = lines.index(fence, number + 1)
        file = rest.partition('title="')[2].partition('"')[0]
        yield Block(language, file, "".join(f"{line}\n" for line in lines[number + 1 : end]), number + 2)
        number = end + 1


def commands(block: Block) -> list[Command]:
    """Return the commands of a `console` block."""
    found: list[Command] = []
    for number, line in enumerate(block.text.splitlines(keepends=True), block.line):
        if line.startswith("$ "):
            found.append(Command(line[2:].strip(), "", number))
        elif found and found[-1].text.endswith("\\") and not found[-1].output:
            found[-1] = found[-1]._replace(text=f"{found[-1].text[:-1]}{line.strip()}")
        else:
            found[-1] = found[-1]._replace(output=found[-1].output + line)
    return found


def clock(page: str) -> str:
    """Return the moment at which the page is run."""
    _, mark, rest = page.partition(CLOCK_MARK)
    return rest.partition(" -->")[0] if mark else DEFAULT_CLOCK


def is_as_shown(shown: str, printed: str) -> bool:
    """Whether a command printed what the page shows."""
    pattern = re.escape(_without_seconds(shown).rstrip()).replace("…", "\N{BULLET}")
    pattern = pattern.replace("\N{BULLET}\\\n", "(?:.*\n)*?").replace("\\\n\N{BULLET}", "(?:\n.*)*?")
    pattern = pattern.replace("\N{BULLET}", ".*")
    return re.fullmatch(pattern, _without_seconds(printed).rstrip()) is not None


def _without_seconds(text: str) -> str:
    lines = (line.rstrip() for line in text.split("\n"))
    return "\n".join(re.sub(r"\b\d+\.\d s$", "0.1 s", line) for line in lines)


class Runner:
    """Runs a page in a folder. `replaced` are texts of the page that are others here, such as a port."""

    def __init__(self, folder: Path, moment: str, replaced: Mapping[str, str] = {}, appended: str = "") -> None:
        self.site = folder / "site"
        self.state = folder / "state"
        self.replaced = replaced
        self.appended = appended
        programs = folder / "bin"
        for each in (self.site, self.state, programs):
            each.mkdir(parents=True)
        program = programs / "digest"
        program.write_text(PROGRAM.format(python=sys.executable, moment=moment), encoding="utf-8")
        program.chmod(0o755)
        paths = [programs, *PROGRAMS, os.environ["PATH"]]
        home = folder / "home"
        home.mkdir()
        self.environment = {
            **os.environ,
            "PATH": ":".join(map(str, paths)),
            "STATE": str(self.state),
            "HOME": str(home),
            "XDG_STATE_HOME": str(home / "state"),
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_AUTHOR_NAME": "Ann",
            "GIT_AUTHOR_EMAIL": "ann@example.org",
            "GIT_COMMITTER_NAME": "Ann",
            "GIT_COMMITTER_EMAIL": "ann@example.org",
            "COLUMNS": "100",
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
        }
        for name in ("GITHUB_ACTIONS", "PYTEST_CURRENT_TEST", "CI"):
            self.environment.pop(name, None)

    def write(self, block: Block) -> None:
        """Write the file that a block is, below the folder in which the page stands by now."""
        kept = self.state / "folder"
        here = Path(kept.read_text(encoding="utf-8").strip()) if kept.exists() else self.site
        path = here / block.file
        path.parent.mkdir(parents=True, exist_ok=True)
        is_settings = path.name == "digest.toml" and "[senders." in block.text
        path.write_text(self._here(block.text) + (self.appended if is_settings else ""), encoding="utf-8")

    def run(self, text: str) -> tuple[int, str]:
        """Return the exit code of commands, and what they print, as the page has it."""
        missing = [word for word in _programs(text) if not self._is_known(word)]
        if missing:
            raise MissingProgramError(missing[0])
        script = SCRIPT.format(commands=self._here(text))
        code, printed = _on_terminal(["bash", "-c", script], self.site, self.environment)
        return code, self._on_page(printed)

    def _is_known(self, program: str) -> bool:
        found = subprocess.run(
            ["bash", "-c", f"type {shlex.quote(program)}"], env=self.environment, capture_output=True
        )
        return found.returncode == 0

    def _here(self, text: str) -> str:
        for on_page, here in self.replaced.items():
            text = text.replace(on_page, here)
        return text

    def _on_page(self, text: str) -> str:
        for on_page, here in self.replaced.items():
            text = text.replace(here, on_page)
        return text.replace(str(self.site), "/home/ann/site")


def _on_terminal(command: list[str], folder: Path, environment: Mapping[str, str]) -> tuple[int, str]:
    """Run a command as on a terminal of a hundred columns; return its exit code and what it prints, without styles."""
    import pty  # not on Windows
    import termios

    ours, its = pty.openpty()
    termios.tcsetwinsize(its, (40, 100))
    process = subprocess.Popen(
        command, cwd=folder, env=dict(environment), stdin=subprocess.DEVNULL, stdout=its, stderr=its
    )
    os.close(its)
    printed = b""
    with contextlib.suppress(OSError):  # the end of a terminal is an error
        while read := os.read(ours, 65536):
            printed += read
    os.close(ours)
    code = process.wait(timeout=120)
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", printed.decode("utf-8"))
    lines = (line.rstrip().rpartition("\r")[2] for line in text.split("\n"))  # what a progress bar leaves
    return code, "\n".join(lines).rstrip("\n") + "\n"


def _programs(text: str) -> Iterable[str]:
    """Return the generators that commands run, which may not be installed; `npx` would fetch one that is not."""
    generators = {"hugo", "jekyll", "eleventy", "nikola", "pelican", "mkdocs", "zensical", "zola", "hexo"}
    words = (line.removeprefix("npx ").split()[0] for line in text.splitlines() if line.split())
    return [word for word in words if word in generators]


def check(page: Path, runner: Runner, *, rewrite: bool = False) -> list[str]:
    """Run a page; return what is not as the page says. With `rewrite` the page then shows what was printed."""
    text = page.read_text(encoding="utf-8")
    wrong: list[str] = []
    printed_by: dict[int, tuple[Command, str]] = {}
    for block in blocks(text):
        if block.file:
            runner.write(block)
        elif block.language == "sh":
            code, printed = runner.run(block.text)
            if code:
                wrong.append(f"{page.name}:{block.line}: exit code {code}\n{printed}")
        elif block.language == "console":
            for command in commands(block):
                _, printed = runner.run(command.text)
                if not is_as_shown(command.output, printed):
                    if "Traceback" not in printed:
                        printed_by[command.line] = (command, printed)
                    shown = f"$ {command.text}\nshown:\n{command.output}\nprinted:\n{printed}"
                    wrong.append(f"{page.name}:{command.line}: {shown}")
    if rewrite:
        page.write_text(_with_outputs(text, printed_by), encoding="utf-8")
    return wrong


def _with_outputs(text: str, printed_by: Mapping[int, tuple[Command, str]]) -> str:
    lines = text.split("\n")
    for line, (command, printed) in sorted(printed_by.items(), reverse=True):
        lines[line : line + command.output.count("\n")] = printed.rstrip().split("\n") if printed.strip() else []
    return "\n".join(lines)


def main(*pages: str) -> None:
    """Write what the commands of pages print into the pages."""
    from tests.docs.test_tutorials import parts_of

    for name in pages:
        page = Path(name)
        with tempfile.TemporaryDirectory() as folder, parts_of(page, Path(folder) / "run") as (runner, _):
            try:
                print(*check(page, runner, rewrite=True), sep="\n")
            except MissingProgramError as missing:
                print(f"{page}: {missing} is not installed; what follows it was not run")


if __name__ == "__main__":
    main(*sys.argv[1:])
