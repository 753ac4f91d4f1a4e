"""The recipes of `digest init --with`, each run as it stands: in a clone of a bare repository, as cron, and by its unit."""

import os
import re
import shlex
import shutil
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

import pytest
import yaml

from digest import __version__
from tests.commands import Command

WRONG = "---\ntitle: No date\n---\nText.\n"
PROGRAMS = sysconfig.get_path("scripts")


def needs(program: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"no {program} here")


def run(folder: Path, *command: str, env: dict[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env=env)


def git(folder: Path, *arguments: str) -> str:
    named = ("-c", "user.name=Ann", "-c", "user.email=ann@notes.example")
    ended = run(folder, "git", *named, *arguments)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


@pytest.fixture
def new_site(tmp_path: Path, digest: Command) -> Any:
    """Return a function that makes a new site with a recipe; its folder's name is not a simple one."""

    def make(recipe: str) -> Path:
        site = tmp_path / "field notes 100%"
        assert digest(tmp_path, "init", str(site), "--with", recipe).code == 0
        return site

    return make


# --- GitHub


class Action:
    """The workflow in a bare repository, run step by step in a fresh clone, as GitHub does."""

    def __init__(self, site: Path, place: Path) -> None:
        self.bare = place / "origin.git"
        self.place = place
        git(place, "init", "--quiet", "--bare", "--initial-branch=main", str(self.bare))
        git(site, "init", "--quiet", "--initial-branch=main")
        git(site, "add", "--all")
        git(site, "commit", "--quiet", "--message=Begin")
        git(site, "push", "--quiet", str(self.bare), "main")
        self.steps = yaml.safe_load((site / ".github/workflows/digest.yml").read_text())["jobs"]["build"]["steps"]

    def run(self) -> int:
        """Run all steps until one fails; return its exit code."""
        temporary = self.place / "runner"
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir()
        git(temporary, "clone", "--quiet", f"file://{self.bare}", "checkout")
        outputs: dict[str, dict[str, str]] = {}
        env = os.environ | {
            "PATH": f"{PROGRAMS}:{os.environ['PATH']}",
            "RUNNER_TEMP": str(temporary),
            "GITHUB_OUTPUT": str(temporary / "output"),
        }
        env |= {"PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        for step in self.steps:
            if "run" not in step:
                continue
            (temporary / "output").write_text("")
            own = {name: _filled(value, outputs) for name, value in step.get("env", {}).items()}
            ended = run(temporary / "checkout", "bash", "-e", "-c", step["run"], env=env | own)
            outputs[step.get("id", "")] = _values(temporary / "output")
            print(step.get("name", ""), ended.returncode, ended.stdout, ended.stderr)
            if ended.returncode != 0:
                return ended.returncode
        return 0

    def files(self) -> list[str]:
        return git(self.bare, "ls-tree", "-r", "--name-only", "main").splitlines()

    def commits(self) -> int:
        return int(git(self.bare, "rev-list", "--count", "main"))


def _values(output: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in output.read_text().splitlines())


def _filled(value: str, outputs: dict[str, dict[str, str]]) -> str:
    """Return a value as GitHub fills it in, where no secret is set."""
    value = re.sub(r"\$\{\{ secrets\.\w+ \}\}", "", value)
    return re.sub(r"\$\{\{ steps\.(\w+)\.outputs\.(\w+) \}\}", lambda found: outputs[found[1]][found[2]], value)


@needs("git")
@needs("bash")
def test_the_action_keeps_what_was_built_and_then_fails(new_site: Any, tmp_path: Path) -> None:
    site = new_site("github-action")
    (site / "content/wrong.md").write_text(WRONG)
    action = Action(site, tmp_path)
    assert action.run() == 65
    assert {"public/feed.xml", "public/editions/weekly/index.html", "ledger/weekly.jsonl"} <= set(action.files())
    assert any(path.endswith("manifest.json") for path in action.files())
    assert (action.run(), action.commits()) == (65, 2)


@needs("git")
@needs("bash")
def test_the_action_leaves_out_what_git_ignores_and_forgets_nothing(new_site: Any, tmp_path: Path) -> None:
    site = new_site("github-action")
    (site / ".gitignore").write_text("/public/\n/.digest/\n")
    action = Action(site, tmp_path)
    assert action.run() == 0
    ledger = git(action.bare, "show", "main:ledger/weekly.jsonl")
    assert '"event":"built"' in ledger
    assert not any(path.startswith("public/") for path in action.files())
    assert (action.run(), action.commits()) == (0, 2)
    assert git(action.bare, "show", "main:ledger/weekly.jsonl") == ledger


@needs("git")
@needs("bash")
def test_the_action_takes_other_folders(new_site: Any, tmp_path: Path) -> None:
    site = new_site("github-action")
    settings = (site / "digest.toml").read_text().replace("[site]", '[site]\noutput = "the site"\nledger = "records"')
    (site / "digest.toml").write_text(settings)
    action = Action(site, tmp_path)
    assert action.run() == 0
    assert {"the site/feed.xml", "records/weekly.jsonl"} <= set(action.files())


SENDER = """
[senders.outbox]
kind = "command"
run = ["sh", "-c", "echo $DIGEST_KEY >> ../../sent; exit $(cat ../../code || echo 0)"]
"""


@needs("git")
@needs("bash")
def test_the_action_sends_once_and_keeps_that(new_site: Any, tmp_path: Path) -> None:
    site = new_site("github-action")
    settings = (site / "digest.toml").read_text().replace("[digests.weekly]", '[digests.weekly]\nsend_via = "outbox"')
    (site / "digest.toml").write_text(settings + SENDER)
    action = Action(site, tmp_path)
    (tmp_path / "code").write_text("75")
    codes = [action.run(), action.run()]
    (tmp_path / "code").write_text("0")
    codes += [action.run(), action.run()]
    ledger = git(action.bare, "show", "main:ledger/weekly.jsonl")
    if '"draft":true' in ledger:
        key = next(line for line in ledger.splitlines() if '"event":"built"' in line).partition('"key":"')[2][:15]
        assert codes == [0, 0, 0, 0], "what waits for an approval is not sent"
        git(tmp_path, "clone", "--quiet", str(action.bare), "editor")
        assert run(tmp_path / "editor", f"{PROGRAMS}/digest", "approve", key).returncode == 0
        git(tmp_path / "editor", "commit", "--all", "--quiet", "--message=Approve")
        git(tmp_path / "editor", "push", "--quiet")
        (tmp_path / "code").write_text("75")
        assert action.run() == 75
        (tmp_path / "code").write_text("0")
        assert (action.run(), action.run()) == (0, 0)
        ledger = git(action.bare, "show", "main:ledger/weekly.jsonl")
    assert (tmp_path / "sent").read_text().splitlines() == [key, key]
    assert '"event":"sent"' in ledger


@needs("git")
@needs("bash")
def test_the_action_commits_nothing_when_the_settings_are_wrong(new_site: Any, tmp_path: Path) -> None:
    site = new_site("github-action")
    with (site / "digest.toml").open("a") as file:
        file.write('colour = "red"\n')
    action = Action(site, tmp_path)
    assert (action.run(), action.commits()) == (78, 1)


def test_the_action_pins_what_it_runs(new_site: Any) -> None:
    text = (new_site("github-action") / ".github/workflows/digest.yml").read_text()
    steps = yaml.safe_load(text)["jobs"]["build"]["steps"]
    used = [step["uses"].partition("@")[2] for step in steps if "uses" in step]
    assert used
    assert all(len(revision) == 40 and int(revision, 16) for revision in used)
    assert f'"digest-press[send]=={__version__}"' in text
    assert "latest" not in text


# --- cron


class Crontab:
    """A crontab, its commands run as Debian's cron runs them: by SHELL, in the home folder, with a short environment."""

    def __init__(self, file: Path, home: Path) -> None:
        self.home = home
        self.env = {"HOME": str(home), "LOGNAME": "ann", "SHELL": "/bin/sh", "PATH": "/usr/bin:/bin"}
        self.commands = []
        for line in file.read_text().splitlines():
            name, equals, value = line.partition("=")
            if not line or line.startswith("#"):
                continue
            if equals and name.isalpha():
                self.env[name] = value.strip('"')
            else:
                self.commands.append(line.split(None, 5)[5])

    def run(self) -> list[str]:
        """Run every command; return what each prints, which cron would mail."""
        assert not any("%" in command for command in self.commands)  # which cron takes for a line's end
        ended = [run(self.home, self.env["SHELL"], "-c", command, env=self.env) for command in self.commands]
        return [each.stdout + each.stderr for each in ended]


@needs("tee")
def test_the_crontab_builds_and_says_only_what_is_wrong(new_site: Any, tmp_path: Path) -> None:
    site = new_site("cron")
    text = (site / "digest.toml").read_text()
    (site / "digest.toml").write_text(text.replace("example.org", "notes.example"))
    crontab = Crontab(site / "deploy/digest.cron", tmp_path)
    assert crontab.run() == ["", "", ""]
    assert (site / "public/feed.xml").is_file()
    assert (site / ".digest/cron.log").read_text() == ""
    (site / "content/wrong.md").write_text(WRONG)
    (site / "content/right.md").write_text("---\ntitle: Right\ndate: 2026-01-01\n---\nText.\n")
    said, _, _ = crontab.run()
    assert "content/wrong.md" in said
    assert "missing-date" in said
    assert (site / ".digest/cron.log").read_text() == said
    assert b"Right" in (site / "public/feed.xml").read_bytes()


@needs("crontab")
def test_debians_cron_takes_the_crontab(new_site: Any) -> None:
    checked = run(new_site("cron") / "deploy", "crontab", "-n", "digest.cron")
    assert checked.returncode == 0, checked.stderr


# --- systemd


def settings_of(unit: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in unit.read_text().splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found.setdefault(name, []).append(value.replace("%%", "%"))
    return found


def test_the_service_builds_and_looks_after_what_waits(new_site: Any, tmp_path: Path) -> None:
    unit = settings_of(new_site("systemd") / "deploy/digest.service")
    (folder,) = unit["WorkingDirectory"]
    env = {"PATH": "/usr/bin:/bin", "XDG_STATE_HOME": str(tmp_path / "state")}
    codes = [run(Path(folder), *shlex.split(command), env=env).returncode for command in unit["ExecStart"]]
    assert codes == [0, 0]
    assert (Path(folder) / "public/feed.xml").is_file()
    assert shlex.split(unit["ReadWritePaths"][0]) == [folder]


def test_the_service_that_sends_does_nothing_where_nothing_is_to_be_sent(new_site: Any, tmp_path: Path) -> None:
    unit = settings_of(new_site("systemd") / "deploy/digest-send.service")
    env = {"PATH": "/usr/bin:/bin", "XDG_STATE_HOME": str(tmp_path / "state")}
    ended = [run(Path(unit["WorkingDirectory"][0]), *shlex.split(each), env=env) for each in unit["ExecStart"]]
    assert [each.returncode for each in ended] == [0]
    assert "PrivateNetwork" not in unit


UNITS = ("digest.service", "digest.timer", "digest-send.service", "digest-send.timer")


@needs("systemd-analyze")
def test_the_units_are_valid_and_the_service_is_confined(tmp_path: Path, digest: Command) -> None:
    assert digest(tmp_path, "init", "notes", "--with", "systemd").code == 0
    units = tmp_path / "notes/deploy"
    verified = run(units, "systemd-analyze", "verify", "--man=no", *(f"./{unit}" for unit in UNITS))
    assert not [line for line in verified.stderr.splitlines() if "digest." in line or "digest-send." in line], (
        verified.stderr
    )
    judged = run(
        units, "systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold=15", "./digest.service"
    )
    if "offline" in judged.stderr:
        pytest.skip("this systemd-analyze judges no files")
    assert judged.returncode == 0, judged.stdout + judged.stderr
