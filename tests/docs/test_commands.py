"""docs/commands.md: every option, every field of `--json`, every exit code and every environment variable of the program."""

import ast
import json
import runpy
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec
import pytest

from digest import problems, senders
from digest.archive import locked
from digest.build.families import load_config
from digest.cli.commands import cli
from digest.config.senders import BUILT_IN, settings_type
from tests.commands import NOW, Command
from tests.conftest import MakeSite
from tests.docs.outputs import fields, outputs
from tests.docs.pages import DOCS, ROOT, codes, pages, rows, section
from tests.feeds.test_websub import hub

__all__ = ["hub"]

PAGE = DOCS / "commands.md"
BY_OTHERS = {"COLUMNS", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"}  # what Click, Rich and HTTPX read
SILENT = {"completion", "help", "preview", "readers serve", "unsubscribe serve"}  # that print no JSON
UPCOMING = "upcoming/"


def test_the_page_has_every_option_in_the_commands_own_words() -> None:
    made = runpy.run_path(str(DOCS / "commands.py"))["page"]()
    assert PAGE.read_text(encoding="utf-8") == made, "run python docs/commands.py"


def documented(command: str) -> set[str]:
    """Return the fields of `--json` that the page names for a command."""
    text = section(PAGE, f"## `digest {command}`").partition("With `--json`")[2]
    named = {name for row in rows(text) for name in codes(row[0])}
    if command in {"check", "status"}:
        build = documented("build")
        named |= {name for name in build if name.startswith(UPCOMING)} if command == "status" else build - {"status"}
    return named


def command_names(group: click.Group, above: str = "") -> Iterator[str]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from command_names(command, f"{above}{name} ")
        else:
            yield f"{above}{name}"


def test_every_field_of_json_is_named_and_no_other(
    make_site: MakeSite, digest: Command, hub: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGEST_SECRET", "correct-horse-battery-staple")
    monkeypatch.setenv("SMTP_PASSWORD", "wrong")
    printed: defaultdict[str, set[str]] = defaultdict(set)
    for name, value in outputs(make_site, digest, hub):
        if name != "schema":
            printed[name] |= set(fields(value, named=("next_steps", "readers", "runs/letters")))
    assert set(command_names(cli)) - SILENT == {*printed, "schema"}
    printed["ledger rebuild"] = {"NAME"}  # of a digest
    printed["build"] |= {"status"}  # test_a_build_that_is_not_alone_says_so
    printed["check"] |= {name for name in documented("build") if name.startswith((UPCOMING, "editions/"))}  # empty
    assert {name: found ^ documented(name) for name, found in printed.items()} == {name: set() for name in printed}


def invocations(page: Path) -> Iterator[list[str]]:
    """Yield the words of each command of this program on a page: in blocks of code, and between backticks."""
    for line in page.read_text(encoding="utf-8").split("\n"):
        in_block = line.strip().removeprefix("$ ").partition("  #")[0].split()
        if in_block[:1] == ["digest"] and set(in_block[1:2]) & set(cli.commands):
            yield in_block[1:]
        for code in codes(line):
            words = code.split()
            if words[:1] == ["digest"] and len(words) > 1:
                yield words[1:]


def wrong_words(words: list[str]) -> list[str]:
    """Return what is wrong in the words of a command: a command that there is not, and options that it does not have."""
    command: click.Command = cli
    options = {"-V", "--version", "--json", "-h", "--help"}
    rest = list(words)
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        if rest[0] not in command.commands:
            return [] if rest[0].isupper() else [rest[0]]
        command = command.commands[rest.pop(0)]
        options = {option for each in command.params for option in each.opts} | {"-h", "--help"}
    given = [word.rstrip(",;.:)").partition("=")[0] for word in rest if word.startswith("-") and word != "-"]
    return [option for option in given if option not in options]


ENDS = ("|", "&&", "||", ">", ";", "2>&1", "\\")


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_command_on_a_page_is_one(page: Path) -> None:
    wrong = []
    for words in invocations(page):
        end = next((number for number, word in enumerate(words) if word in ENDS), len(words))
        wrong += [(" ".join(words), found) for found in wrong_words(words[:end])]
    assert wrong == []


def test_the_fields_of_the_version_are_named(tmp_path: Path, digest: Command) -> None:
    printed = json.loads(digest(tmp_path, "--version", "--json").out)
    introduction = PAGE.read_text(encoding="utf-8").partition("\n## ")[0]
    assert set(printed) <= set(codes(introduction))


def test_a_build_that_is_not_alone_says_so(site: Path, digest: Command) -> None:
    with locked(load_config(site, site / "digest.toml"), wait=False):
        ended = digest(site, "build", "--json", "--now", NOW)
    assert (ended.code, json.loads(ended.out)) == (75, {"status": "already running"})


def test_every_exit_code_is_named() -> None:
    errors = [error for module in (problems, senders) for error in vars(module).values()]
    raised = {
        error.exit_code for error in errors if isinstance(error, type) and issubclass(error, problems.DigestError)
    }
    named = {int(code) for row in rows(section(PAGE, "## Exit codes")) for code in row[0].split(", ")}
    assert named == raised | {0, 1, 2, 130, 141, 143}


def variables_read() -> Iterator[str]:
    """Yield the name of every environment variable that the program looks up."""
    for file in sorted((ROOT / "digest").rglob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        constants = {
            target.id: assigned.value.value
            for assigned in tree.body
            if isinstance(assigned, ast.Assign) and isinstance(assigned.value, ast.Constant)
            for target in assigned.targets
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(tree):
            asked = ""
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {"os.environ.get", "os.getenv"}:
                asked = ast.unparse(node.args[0])
            elif isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ":
                asked = ast.unparse(node.slice)
            if asked:
                yield str(constants.get(asked, asked.strip("'\"")))


def test_every_environment_variable_is_named() -> None:
    given = {"environment": "DIGEST_SECRET", "f'{environment}_FILE": "DIGEST_SECRET_FILE"}  # of `read_secrets`
    read = {given.get(name, name) for name in variables_read()} - {"variable"}  # that is a sender's secret
    secrets = {
        str(field.default)
        for kind in BUILT_IN
        for field in msgspec.structs.fields(settings_type(kind))
        if field.name.endswith("_env") and field.default
    }
    named = {name for row in rows(section(PAGE, "## Environment variables")) for name in codes(row[0])}
    told = {f"DIGEST_{name}" for name in ("MANIFEST", "KEY", "IDEMPOTENCY_KEY", "SUBJECT", "DUE", "TEST_TO")}
    assert named == read | secrets | BY_OTHERS | told


def test_a_program_that_sends_is_told_what_the_page_says(site: Path, digest: Command) -> None:
    script = "env | grep ^DIGEST_ | cut -d= -f1 | sort > told; exit 1"
    table = f'[senders.script]\nkind = "command"\nsecret_env = "MINE"\nrun = ["sh", "-c", "{script}"]\n'
    (site / "digest.toml").write_text((site / "digest.toml").read_text() + 'send_via = "script"\n' + table)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MINE", "hidden")
        digest(site, "build", "--now", NOW)
        digest(site, "send", "weekly/2026-W48", "--as-of", datetime(2026, 11, 23, 10, tzinfo=UTC).isoformat())
    told = set((site / "told").read_text(encoding="utf-8").split())
    text = section(PAGE, "## Environment variables").partition("gives its program these")[2]
    assert told == {name for row in rows(text) for name in codes(row[0])}
