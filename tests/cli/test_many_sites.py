"""`--all` and `--list`: a command in many sites, by processes of this machine or by a cluster."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from digest.cli.executors import Processes
from digest.cli.site_scheduler import SiteScheduler, machine_of
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
        (("--all", "sites/*", "--cluster", "raven://tower"), 78, "known: tcp://, tls://"),
    ],
)
def test_what_does_not_go_together_is_refused(
    options: tuple[str, ...], code: int, message: str, make_sites: MakeSites, digest: Command
) -> None:
    ended = digest(make_sites(), "build", *options)
    assert (ended.code, message in ended.err) == (code, True), ended.err


PLUGIN = """
import multiprocessing
from concurrent.futures import ProcessPoolExecutor

class Loft:
    def __init__(self, address):
        self.workers = {address: 1}

    def executor(self, machine):
        assert machine == "pigeon://loft"
        return ProcessPoolExecutor(self.workers[machine], mp_context=multiprocessing.get_context("spawn"))
"""


def test_another_package_brings_another_cluster(
    make_sites: MakeSites, digest: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    about = tmp_path / "packages/digest_pigeons-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: digest-pigeons\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[digest.executors]\npigeon = digest_pigeons:Loft\n")
    (about.parent / "digest_pigeons.py").write_text(PLUGIN)
    monkeypatch.syspath_prepend(str(about.parent))
    ended = digest(make_sites(), "build", "--all", "sites/*", "--now", NOW, "--json", "--cluster", "pigeon://loft")
    assert (ended.code, sorted(lines(ended))) == (0, [f"sites/{name}" for name in NAMES]), ended.err
    monkeypatch.delitem(sys.modules, "digest_pigeons")


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


class Cluster:
    """A scheduler of Dask and workers, each a process as on another machine, with an address and a home of its own."""

    def __init__(self, folder: Path, machines: Sequence[str]) -> None:
        self.folder = folder
        self.processes: list[subprocess.Popen[str]] = []
        file = folder / "scheduler.json"
        self._start(
            "", "distributed.cli.dask_scheduler", "--port", "0", "--no-dashboard", "--scheduler-file", str(file)
        )
        wait_for(file.exists)
        self.address = json.loads(file.read_text())["address"]
        for number, machine in enumerate(machines):
            home = folder / f"home-{number}"
            home.mkdir()
            where = ["--host", machine, "--no-dashboard", "--local-directory", str(home)]
            self._start(str(home), "distributed.cli.dask_worker", self.address, "--nthreads", "1", *where)
        self.workers = self.processes[1:]
        wait_for(lambda: self._running() == len(machines))

    def _start(self, home: str, module: str, *arguments: str) -> None:
        environment = {
            **os.environ,
            "HOME": home or os.environ.get("HOME", "/"),
            "XDG_STATE_HOME": str(self.folder),
            "DASK_DISTRIBUTED__SCHEDULER__WORK_STEALING": "False",  # it depends on moments who helps whom
        }
        process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            text=True,
            env=environment,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.processes.append(process)

    def _running(self) -> int:
        from distributed import Client

        with Client(self.address, set_as_default=False) as client:  # type: ignore[no-untyped-call]
            return len(client.nthreads())

    def pids(self) -> list[int]:
        """The processes that do the work: each worker's own child."""
        from distributed import Client

        with Client(self.address, set_as_default=False) as client:  # type: ignore[no-untyped-call]
            return list(client.run(os.getpid).values())

    def end(self) -> None:
        for process in reversed(self.processes):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def wait_for(condition: Callable[[], bool]) -> None:
    for _ in range(600):
        if condition():
            return
        time.sleep(0.1)
    raise AssertionError("this took longer than a minute")


@pytest.fixture
def make_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Cluster]]:
    """Return a function that starts a cluster with a worker for each address; it ends with the test."""
    pytest.importorskip("distributed")
    if sys.platform != "linux":
        pytest.skip("only Linux has an address for each machine without being told: 127.0.0.2")
    started: list[Cluster] = []

    def make(*machines: str) -> Cluster:
        cluster = Cluster(tmp_path_factory.mktemp("cluster"), machines)
        started.append(cluster)
        return cluster

    yield make
    for cluster in started:
        cluster.end()


MakeCluster = Callable[..., Cluster]


def build_on(cluster: Cluster, host: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "digest", "build", "--all", "sites/*", "--now", NOW, "--json"]
    return subprocess.Popen(
        [*command, "--cluster", cluster.address],
        cwd=host,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@pytest.mark.parametrize("machines", [("127.0.0.1",), ("127.0.0.1", "127.0.0.1")], ids=["one", "two"])
def test_the_workers_of_a_cluster_write_the_same(
    machines: tuple[str, ...], make_sites: MakeSites, digest: Command, make_cluster: MakeCluster
) -> None:
    here, there = make_sites("here"), make_sites("there", broken=True)
    assert digest(here, "build", "--all", "sites/*", "--now", NOW, "--jobs", "1").code == 0
    with build_on(make_cluster(*machines), there) as run:
        out, said = run.communicate()
    assert run.returncode == 1, said
    codes = {result["site"]: result["exit_code"] for result in map(json.loads, out.splitlines())}
    assert codes == {"sites/ash": 0, "sites/birch": 0, "sites/cedar": 0, "sites/dogwood": 78}
    assert trees(here) == trees(there)


def many_posts(host: Path) -> Path:
    """More sites, with so many posts that a build of all takes seconds."""
    for number in range(12):
        site = host / f"sites/many-{number}"
        (site / "content").mkdir(parents=True)
        (site / "digest.toml").write_text(SITE.format(f"many-{number}"))
        for post in range(60):
            (site / f"content/{post}.md").write_text(POST.format(f"{number} {post}", "2026-11-20", "news"))
    return host


def test_a_worker_that_is_killed_costs_a_retry(
    make_sites: MakeSites, digest: Command, make_cluster: MakeCluster
) -> None:
    here, there = many_posts(make_sites("here")), many_posts(make_sites("there"))
    assert digest(here, "build", "--all", "sites/*", "--now", NOW, "--jobs", "2").code == 0
    cluster = make_cluster("127.0.0.1", "127.0.0.1")
    victim = cluster.pids()[0]
    with build_on(cluster, there) as run:
        assert run.stdout is not None
        first = run.stdout.readline()
        os.kill(victim, signal.SIGKILL)
        out, said = run.communicate()
    assert run.returncode == 0, said
    assert len([first, *out.splitlines()]) == 15
    assert victim not in cluster.pids()
    assert trees(here) == trees(there)


def test_a_site_stays_on_the_machine_that_has_its_cache(
    make_sites: MakeSites, digest: Command, make_cluster: MakeCluster
) -> None:
    host = many_posts(make_sites())
    (host / "digest.toml").write_text('[site]\ncache_dir = "~/cache"\n')
    cluster = make_cluster("127.0.0.1", "127.0.0.2")
    for text in ("", "Changed"):
        for name in NAMES if text else ():
            (host / f"sites/{name}/content/0.md").write_text(POST.format(text, "2026-11-20", "news"))
        with build_on(cluster, host) as run:
            _, said = run.communicate()
        assert run.returncode == 0, said
    caches = [{path.name for path in home.glob("cache/*.sqlite")} for home in sorted(cluster.folder.glob("home-*"))]
    assert len(caches[0] | caches[1]) == 15
    assert not caches[0] & caches[1]
    assert all(caches)


def test_sites_are_spread_by_the_number_of_workers() -> None:
    sites = [f"/srv/sites/{number}" for number in range(3000)]
    before = {site: machine_of(site, {"one": 2, "two": 1}) for site in sites}
    assert 1850 < list(before.values()).count("one") < 2150
    after = {site: machine_of(site, {"one": 2, "two": 1, "three": 1}) for site in sites}
    moved = [after[site] for site in sites if after[site] != before[site]]
    assert set(moved) == {"three"}
    assert 600 < len(moved) < 900
