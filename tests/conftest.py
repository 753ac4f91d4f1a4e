"""Fixtures that every test module may use."""

import os
import signal
import sys
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping
from pathlib import Path

import hypothesis
import pytest

from digest.cli import main
from tests.commands import POSTS, TOML, Command, Ended

MakeSite = Callable[..., Path]

TESTS = Path(__file__).parent
OF_POSIX = ("fcntl", "grp", "pty", "pwd", "resource", "termios", "tty")  # modules

DEBIAN_PACKAGES = {  # by a word of the reason that a test without the program gives
    "chromium": "chromium",
    "crontab": "cron",
    "newsboat": "newsboat",
    "PostgreSQL": "postgresql",
    "setpriv": "util-linux",
    "smtp-sink": "postfix",
    "sfeed": "sfeed",
    "systemd-analyze": "systemd",
    "unshare": "util-linux",
}

# On CI the examples are the same each time, so that a change is judged by what it changed; elsewhere they are new ones.
# None has to be told within a time: how long one takes says more of the machine, and of what is loaded meanwhile.
hypothesis.settings.register_profile("here", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "here")


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many tests were skipped and why, and which packages would run them."""
    reasons = Counter(report.longrepr[2] for report in terminalreporter.stats.get("skipped", ()))
    if not reasons:
        return
    terminalreporter.section("skipped")
    packages: set[str] = set()
    for reason, number in sorted(reasons.items()):
        terminalreporter.line(f"{number} skipped: {reason.removeprefix('Skipped: ')}")
        packages.update(package for word, package in DEBIAN_PACKAGES.items() if word in reason)
    if packages:
        terminalreporter.line(
            f"On Debian these packages run more of them: apt-get install {' '.join(sorted(packages))}"
        )


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Skip a test that itself uses what Windows lacks, and say what that is."""
    try:
        return (yield)
    except (AttributeError, ModuleNotFoundError) as error:
        lacking = _of_posix(error)
        if lacking and os.name == "nt":
            pytest.skip(f"{lacking} is of POSIX alone")
        raise


def _of_posix(error: AttributeError | ModuleNotFoundError) -> str:
    """Return the name that a test used and this system lacks; empty where it was the program that used it."""
    at = error.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    by_tests = at is not None and Path(at.tb_frame.f_code.co_filename).is_relative_to(TESTS)
    if by_tests and isinstance(error, AttributeError) and error.obj in (os, signal):
        return f"{error.obj.__name__}.{error.name}"
    if by_tests and error.name in OF_POSIX:
        return str(error.name)
    return ""


@pytest.fixture(autouse=True, scope="session")
def state_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the key of caches in a folder of the tests, not in the user's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        patch.delenv("DIGEST_CACHE_KEY", raising=False)
        yield


@pytest.fixture
def make_site(tmp_path: Path) -> MakeSite:
    """Return a function that writes files (text or bytes by path) and a digest.toml into a new folder."""

    def make(files: Mapping[str, str | bytes] = {}, toml: str | None = "", folder: str = "site") -> Path:
        root = tmp_path / folder
        root.mkdir(parents=True, exist_ok=True)
        if toml is not None:
            (root / "digest.toml").write_text(toml, encoding="utf-8")
        for name, content in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        return root

    return make


@pytest.fixture
def digest(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Return a function that runs the command in this process, in a folder."""
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)

    def run(folder: Path, *arguments: str) -> Ended:
        monkeypatch.chdir(folder)
        monkeypatch.setattr(sys, "argv", ["digest", *arguments])
        code = 0
        try:
            main()
        except SystemExit as ending:
            code = int(ending.code or 0)
        said = capsys.readouterr()
        return Ended(code, said.out, said.err)

    return run


@pytest.fixture
def site(make_site: MakeSite) -> Path:
    """Return the folder of a site with six posts, three of them published."""
    return make_site(POSTS, TOML)
