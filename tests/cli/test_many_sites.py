"""`--all` and `--list`: a command in many sites, by processes of this machine or by a cluster."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from digest.cli.executors import Processes
from digest.cli.site_scheduler import SiteScheduler
from digest.cli.site_work import SiteResult
from tests.commands import NOW, POST, Command, Ended
from tests.conftest import MakeSite

SITE = '[site]\ntitle = "{0}"\nurl = "https://{0}.example/"\n[digests.weekly]\n'
NAMES = ("ash", "birch", "cedar")

MakeSites = Callable[..., Path]


@pytest.fixture
def make_sites(make_site: MakeSite) -> MakeSites:
    """Return a function that makes a folder with some sites, one of them broken if wanted."""

    def make(folder: str = "host", *, broken: bool = False) -> Path:
        files = {
            f"sites/{name}/content/{number}.md": POST.format(f"{name} {number}", "2026-11-20", "news")
            for name in NAMES
            for number in range(3)
        }
        settings = {f"sites/{name}/digest.toml": SITE.format(name) for name in NAMES}
        wrong = {"sites/dogwood/digest.toml": "[site\n"} if broken else {}
        return make_site({**files, **settings, **wrong, "sites/README": "no site"}, None, folder)

    return make


def lines(ended: Ended) -> dict[str, dict[str, Any]]:
    """The results by site."""
    return {result["site"]: result for result in map(json.loads, ended.out.splitlines())}


def trees(host: Path) -> dict[str, bytes]:
    """What was published in the sites."""
    published = (path for path in host.rglob("public/**/*") if path.is_file())
    return {path.relative_to(host).as_posix(): path.read_bytes() for path in sorted(published)}


def test_each_site_has_a_line(make_sites: MakeSites, digest: Command) -> None:
    host = make_sites()
    ended = digest(host, "build", "--all", "sites/*", "--now", NOW, "--json", "--jobs", "1")
    assert ended.code == 0, ended.err
    found = lines(ended)
    assert sorted(found) == [f"sites/{name}" for name in NAMES]
    assert all(each["result"]["posts"] == 3 for each in found.values())
    said = digest(host, "build", "--all", "sites/*", "--now", NOW).out
    assert "sites/ash\tok\t" in said


def test_as_many_processes_as_one_likes_write_the_same(make_sites: MakeSites, digest: Command) -> None:
    alone, together, apart = make_sites("alone"), make_sites("together"), make_sites("apart")
    for name in NAMES:
        assert digest(alone / "sites" / name, "build", "--now", NOW).code == 0
    assert digest(together, "build", "--all", "sites/*", "--now", NOW, "--jobs", "1").code == 0
    assert digest(apart, "build", "--all", "sites/*", "--now", NOW, "--jobs", "2").code == 0
    assert trees(alone) == trees(together) == trees(apart)
    assert len(trees(alone)) > 3 * len(NAMES)


def test_the_error_of_a_site_is_no_others(make_sites: MakeSites, digest: Command) -> None:
    host = make_sites(broken=True)
    ended = digest(host, "build", "--all", "sites/*", "--now", NOW, "--json")
    assert ended.code == 1
    found = lines(ended)
    assert found["sites/dogwood"]["exit_code"] == 78
    assert "digest.toml:1:6" in found["sites/dogwood"]["messages"][0]
    assert [found[f"sites/{name}"]["exit_code"] for name in NAMES] == [0, 0, 0]
    said = digest(host, "build", "--all", "sites/*", "--now", NOW).err
    assert "sites/dogwood: digest.toml:1:6" in said
    assert "4 sites, 1 failed" in said


@pytest.mark.parametrize("command", ["check", "status", "send"])
def test_other_commands_take_them_too(command: str, make_sites: MakeSites, digest: Command) -> None:
    host = make_sites()
    options = () if command == "send" else ("--now", NOW)
    ended = digest(host, command, "--all", "sites/*", "--json", *options)
    assert ended.code == 0, ended.err
    assert len(lines(ended)) == 3


def test_a_list_names_the_sites(make_sites: MakeSites, digest: Command) -> None:
    host = make_sites()
    (host / "some.txt").write_text("sites/ash\n\nsites/gone\n")
    ended = digest(host, "build", "--list", "some.txt", "--now", NOW, "--json")
    assert ended.code == 1
    assert {site: each["exit_code"] for site, each in lines(ended).items()} == {"sites/ash": 0, "sites/gone": 2}


def test_only_sites_that_changed(make_sites: MakeSites, digest: Command) -> None:
    host = make_sites()
    git = ("git", "-c", "user.name=Ann", "-c", "user.email=ann@example.org")
    subprocess.run([*git, "init", "-q"], cwd=host, check=True)
    subprocess.run([*git, "add", "."], cwd=host, check=True)
    subprocess.run([*git, "commit", "-q", "-m", "Begin"], cwd=host, check=True)
    (host / "sites/birch/content/0.md").write_text(POST.format("Changed", "2026-11-20", "news"))
    (host / "sites/cedar/content/new.md").write_text(POST.format("New", "2026-11-20", "news"))
    ended = digest(host, "check", "--all", "sites/*", "--changed-since", "HEAD", "--now", NOW, "--json")
    assert sorted(lines(ended)) == ["sites/birch", "sites/cedar"]
    wrong = digest(host, "check", "--all", "sites/*", "--changed-since", "nowhere")
    assert wrong.code == 1
    assert "git cannot say what changed" in wrong.err


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (("--all", "nothing/*"), 1, "no folder there has a digest.toml"),
        (("weekly/2026-W48", "--all", "sites/*"), 2, "KEY does not go together with --all"),
        (("--changed-since", "HEAD"), 2, "--changed-since goes with --all or --list"),
        (("--all", "sites/*", "--cluster", "pigeon://loft"), 78, "known: tcp://, tls://"),
    ],
)
def test_what_does_not_go_together_is_refused(
    options: tuple[str, ...], code: int, message: str, make_sites: MakeSites, digest: Command
) -> None:
    ended = digest(make_sites(), "build", *options)
    assert (ended.code, message in ended.err) == (code, True), ended.err


def work_or_die(sites: Sequence[str]) -> list[SiteResult]:
    """Work on sites; the process is killed at one that says so, and is left alone after it was once."""
    for site in sites:
        fatal = Path(site) / "fatal"
        if fatal.exists():
            if fatal.read_text() == "once":
                fatal.unlink()
            os.kill(os.getpid(), signal.SIGKILL)
    return [SiteResult(site, 0, 0.0) for site in sites]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_process_that_is_killed_costs_a_retry(tmp_path: Path) -> None:
    sites = [str(tmp_path / f"site-{number}") for number in range(12)]
    for site in sites:
        Path(site).mkdir()
    (tmp_path / "site-3" / "fatal").write_text("once")
    (tmp_path / "site-7" / "fatal").write_text("always")
    found = {Path(result.site).name: result for result in SiteScheduler(Processes(2), work_or_die).run(sites)}
    assert len(found) == 12
    assert [name for name, result in found.items() if result.exit_code] == ["site-7"]
    assert "the process ended while it worked on this site" in found["site-7"].messages[0]


CLUSTER = """
from distributed import LocalCluster

if __name__ == "__main__":
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        print(cluster.scheduler_address, flush=True)
        input()
"""


def test_the_workers_of_a_cluster_write_the_same(make_sites: MakeSites, digest: Command, tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    here, there = make_sites("here"), make_sites("there", broken=True)
    assert digest(here, "build", "--all", "sites/*", "--now", NOW, "--jobs", "1").code == 0
    script = tmp_path / "cluster.py"
    script.write_text(CLUSTER)
    start = [sys.executable, str(script)]
    with subprocess.Popen(start, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as cluster:
        assert cluster.stdout is not None
        address = cluster.stdout.readline().strip()
        command = [sys.executable, "-m", "digest", "build", "--all", "sites/*", "--now", NOW, "--cluster", address]
        ended = subprocess.run(command, cwd=there, capture_output=True, text=True, check=False)
        cluster.communicate("\n")
    assert ended.returncode == 1, ended.stderr
    assert "sites/dogwood: digest.toml:1:6" in ended.stderr
    assert trees(here) == trees(there)
