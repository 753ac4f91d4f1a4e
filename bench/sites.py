"""What many sites cost: one process, two, two builds side by side, a Dask cluster of two, and the least there is.

Sites of posts like those of archive.py. Each way builds the same sites from nothing, and again when nothing has
changed; the trees that they write are compared. Then two processes build all sites: from nothing, unchanged, and after
a post of one site changed.

    python bench/sites.py --sites 1000 --compared 200 --rounds 3
"""

import argparse
import hashlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

import archive
import floor
import psutil  # type: ignore[import-untyped]
from programs import AWAY, NOW, put_away
from report import machine, table

HERE = Path(__file__).parent
TAGS = 12
MADE = ("public", ".digest", "ledger")  # in a site, by a build
SETTLED = 2.1  # seconds, until the times of files tell every change
MILLION = 1_000_000
PAGE = """# Benchmarks of many sites

What it costs to [build many sites](guides/many-sites.md): sites of {posts} posts of 4 KB with {tags} tags, and {files}
files written for each. `python bench/sites.py` measures it in one run, one way after another, {rounds}; medians. CPU
seconds are those of all processes, user and system, a cluster's scheduler and workers included. All ways wrote the same
trees, byte for byte.

{machine}.

## Ways to build {compared:,} sites

{ways}

- Two processes reach {reached:.2f} of what two independent builds side by side reach (goal 0.9).
- Dask takes {dask:+.0f} % CPU beside two processes, from nothing (goal: at most +15 %).
- An unchanged site takes {unchanged:.2f} ms of CPU (of {sites:,} with two processes). To look at each of its files once
  takes {least:.2f} ms: {ratio:.1f} times (goal 3). A program that does nothing else, started for a site, takes
  {program:.1f} ms.

## {sites:,} sites with two processes

{whole}

## Towards a million sites

Extrapolated from the last table: the cost of a site does not depend on how many there are, since each is worked on by
itself and nothing is kept of it but its result. Assumed are sites of this size, on disks as fast as this machine's,
caches that are warm, and workers that do not hold each other up. A site that changed is counted like one that is built
from nothing, which is more than it takes.

{million}

A site's cache takes {cache:,.0f} KB, its output {output:,.0f} KB. The process that hands over these {sites:,} sites
took {memory:.0f} MB.
"""


class Cost(NamedTuple):
    """Wall and CPU seconds."""

    wall: float
    cpu: float


class Ways(NamedTuple):
    """The costs of the ways to build the compared sites, by the name of each, and of only looking at one."""

    cold: dict[str, Cost]
    unchanged: dict[str, Cost]
    program: Cost  # that looks at one site, started for it


def make_sites(folder: Path, number: int, posts: int) -> list[Path]:
    """Return the folders of so many sites of so many posts; they are written unless they are there."""
    sites = [folder / f"site-{each:06}" for each in range(number)]
    for each, site in enumerate(sites):
        if not (site / "digest.toml").is_file():
            make_site(site, each, posts)
    return sites


def make_site(site: Path, number: int, posts: int) -> None:
    """Write a site's posts and, last, its settings."""
    for each in range(posts):
        made = archive.post(number * posts + each)
        tags = tuple(sorted({f"tag{int(tag[3:]) % TAGS:03}" for tag in made.tags}))
        file = site / "content" / archive.path(each)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(archive.text(made._replace(tags=tags), each), encoding="utf-8")
    settings = archive.TOML.replace("bench.example", f"site-{number}.example")
    (site / "digest.toml").write_text(settings, encoding="utf-8")


def forget(sites: Sequence[Path], away: Path) -> None:
    """Put away what builds made of these sites."""
    for site in sites:
        for name in MADE:
            put_away(site / name, away)


def trees(sites: Sequence[Path]) -> str:
    """Return a hash over what was published of these sites."""
    seen = hashlib.sha256()
    for site in sites:
        for path in sorted((site / "public").rglob("*")):
            if path.is_file():
                seen.update(f"{path.relative_to(site.parent)}\0".encode() + path.read_bytes())
    return seen.hexdigest()


def command(listed: Path, *options: str) -> list[str]:
    """Return the command that builds the sites that a file lists."""
    return [sys.executable, "-m", "digest", "build", "--list", str(listed), "--now", NOW, "--json", *options]


def run(*commands: list[str]) -> Cost:
    """Run commands side by side; raise when one of them fails."""
    before, began = os.times(), time.perf_counter()
    running = [subprocess.Popen(each, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for each in commands]
    for process in running:
        _, said = process.communicate()
        if process.returncode:
            raise SystemExit(said.decode())
    wall, after = time.perf_counter() - began, os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Cost(wall, cpu)


class Cluster:
    """A scheduler of Dask and two workers, as in the guide, on this machine."""

    def __init__(self, folder: Path) -> None:
        file = folder / "scheduler.json"
        file.unlink(missing_ok=True)
        dask = [sys.executable, "-m", "distributed.cli.dask_scheduler"]
        self._processes = [self._start([*dask, "--port", "0", "--no-dashboard", "--scheduler-file", str(file)])]
        while not file.is_file():
            time.sleep(0.1)
        self.address: str = json.loads(file.read_text())["address"]
        worker = [sys.executable, "-m", "distributed.cli.dask_worker", self.address, "--nthreads", "1"]
        self._processes += [
            self._start([*worker, "--no-dashboard", "--local-directory", str(folder)]) for _ in range(2)
        ]
        self._await_workers()

    def _start(self, started: list[str]) -> psutil.Popen:
        environment = os.environ | {"DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "False"}
        return psutil.Popen(started, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)

    def _await_workers(self) -> None:
        from distributed import Client

        with Client(self.address) as client:  # type: ignore[no-untyped-call]
            client.wait_for_workers(2)

    def cpu(self) -> float:
        """Return the CPU seconds of scheduler and workers until now."""
        family = [each for process in self._processes for each in (process, *process.children(recursive=True))]
        times = [each.cpu_times() for each in family]
        return float(sum(each.user + each.system for each in times))

    def build(self, listed: Path) -> Cost:
        """Build the sites that a file lists on this cluster."""
        before = self.cpu()
        cost = run(command(listed, "--cluster", self.address))
        return Cost(cost.wall, cost.cpu + self.cpu() - before)

    def end(self) -> None:
        """End scheduler and workers."""
        for process in reversed(self._processes):
            for child in (*process.children(recursive=True), process):
                child.kill()
            process.wait()


@contextmanager
def cluster_of_two(folder: Path) -> Iterator[Cluster]:
    """Run a cluster, and end it."""
    cluster = Cluster(folder)
    try:
        yield cluster
    finally:
        cluster.end()


def write_list(path: Path, sites: Sequence[Path]) -> Path:
    """Write a file that lists sites."""
    path.write_text("".join(f"{site}\n" for site in sites))
    return path


def scan(sites: Sequence[Path]) -> Cost:
    """Look at every file of these sites once, within this process."""
    cpu, began = time.process_time(), time.perf_counter()
    for site in sites:
        floor.visit(str(site))
    return Cost(time.perf_counter() - began, time.process_time() - cpu)


def compare(work: Path, sites: Sequence[Path], rounds: int) -> Ways:
    """Return the median costs of each way, from nothing and with nothing changed."""
    whole = write_list(work / "all.txt", sites)
    halves = write_list(work / "even.txt", sites[::2]), write_list(work / "odd.txt", sites[1::2])
    cold, unchanged = defaultdict[str, list[Cost]](list), defaultdict[str, list[Cost]](list)
    programs, written = [], set()
    for number in range(rounds):
        with cluster_of_two(work) as cluster:
            ways = {
                "one process": partial(run, command(whole, "--jobs", "1")),
                "two independent builds": partial(run, *(command(half, "--jobs", "1") for half in halves)),
                "two processes": partial(run, command(whole, "--jobs", "2")),
                "Dask, two workers": partial(cluster.build, whole),
            }
            for name, build in ways.items():
                forget(sites, work / AWAY)
                cold[name].append(build())
                written.add(trees(sites))
                time.sleep(SETTLED)
                build()  # which learns that the files are old enough
                unchanged[name].append(build())
                print(f"round {number + 1}: {name}: {cold[name][-1]}", file=sys.stderr, flush=True)
        programs += [run([sys.executable, "-I", str(HERE / "floor.py"), str(site)]) for site in sites[:20]]
    if len(written) > 1:
        raise SystemExit("the ways wrote different trees")
    return Ways(medians(cold), medians(unchanged), median(programs))


def medians(costs: Mapping[str, Sequence[Cost]]) -> dict[str, Cost]:
    """Return the median cost by name."""
    return {name: median(each) for name, each in costs.items()}


def median(costs: Sequence[Cost]) -> Cost:
    """Return the medians of wall and CPU seconds."""
    return Cost(*(statistics.median(column) for column in zip(*costs, strict=True)))


def build_all(work: Path, sites: Sequence[Path]) -> dict[str, Cost]:
    """Return the cost of two processes at all sites: from nothing, unchanged, and with one post changed."""
    listed = write_list(work / "all.txt", sites)
    build = command(listed, "--jobs", "2")
    forget(sites, work / AWAY)
    costs = {"from nothing": run(build)}
    time.sleep(SETTLED)
    run(build)
    costs["nothing changed"] = run(build)
    archive.edit([sites[0] / "content"], 0)
    costs["one post of one site changed"] = run(build)
    return costs


def size_of(folder: Path) -> int:
    """Return how many bytes a folder's files have."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def resident(listed: Path) -> float:
    """Return the largest resident memory of the process that hands sites over, in bytes."""
    process = psutil.Popen(command(listed, "--jobs", "2"), stdout=subprocess.DEVNULL)
    largest = 0.0
    while process.poll() is None:
        largest = max(largest, process.memory_info().rss)
        time.sleep(0.05)
    return largest


def page(said: argparse.Namespace, sites: Sequence[Path], ways: Ways, whole: Mapping[str, Cost]) -> str:
    """Return benchmarks-sites.md."""
    number, compared = len(sites), said.compared
    beside = [
        [name, *(seconds(each) for cost in (ways.cold[name], ways.unchanged[name]) for each in cost)]
        for name in ways.cold
    ]
    cases = [
        [name, seconds(cost.wall), seconds(cost.cpu), milliseconds(cost.cpu / number)] for name, cost in whole.items()
    ]
    unchanged = whole["nothing changed"].cpu / number
    least = scan(sites).cpu / number
    return PAGE.format(
        posts=said.posts,
        tags=TAGS,
        files=sum(path.is_file() for path in (sites[0] / "public").rglob("*")),
        rounds="one round" if said.rounds == 1 else f"{said.rounds} rounds",
        machine=machine(),
        compared=compared,
        ways=table(["way", "from nothing", "CPU", "unchanged", "CPU"], beside),
        reached=ways.cold["two independent builds"].wall / ways.cold["two processes"].wall,
        dask=100 * (ways.cold["Dask, two workers"].cpu / ways.cold["two processes"].cpu - 1),
        unchanged=1e3 * unchanged,
        least=1e3 * least,
        ratio=unchanged / least,
        program=1e3 * ways.program.cpu,
        sites=number,
        whole=table(["case", "time", "CPU", "CPU a site"], cases),
        million=million(whole["from nothing"].cpu / number, unchanged),
        cache=size_of(sites[1] / ".digest") / 1e3,
        output=size_of(sites[1] / "public") / 1e3,
        memory=resident(said.work / "all.txt") / 1e6,
    )


def million(cold: float, idle: float) -> str:
    """Return a table of what a run over a million sites takes, from the CPU seconds of a site."""
    cases = {"from nothing": 1.0, "nothing changed": 0.0, "one in a hundred changed": 0.01, "one in ten changed": 0.1}
    rows = []
    for name, changed in cases.items():
        work = MILLION * (changed * cold + (1 - changed) * idle)
        rows.append([name, f"{work / 3600:.1f}", *(hours(work / cores) for cores in (2, 16, 64, 256))])
    return table(["a run", "core-hours", "2 cores", "16 cores", "64 cores", "256 cores"], rows)


def hours(work: float) -> str:
    """Return a time in hours or minutes."""
    return f"{work / 3600:.1f} h" if work >= 3600 else f"{work / 60:.1f} min"


def milliseconds(number: float) -> str:
    """Return a short time."""
    return f"{1e3 * number:.1f} ms"


def seconds(number: float) -> str:
    """Return a time in seconds."""
    return f"{number:.2f} s"


def main() -> None:
    """Measure, and write what was measured."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sites", type=int, default=1000)
    parser.add_argument("--posts", type=int, default=120, help="of each site")
    parser.add_argument("--compared", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--work", type=Path, default=HERE.parent / "build" / "bench" / "sites")
    parser.add_argument("--out", type=Path, default=HERE.parent / "docs", help="for the page")
    said = parser.parse_args()
    sites = make_sites(said.work.resolve(), said.sites, said.posts)
    ways = compare(said.work, sites[: said.compared], said.rounds)
    whole = build_all(said.work, sites)
    (said.out / "benchmarks-sites.md").write_text(page(said, sites, ways, whole), encoding="utf-8")
    shutil.rmtree(said.work / AWAY, ignore_errors=True)


if __name__ == "__main__":
    main()
