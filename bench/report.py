"""What was measured, as tables in Markdown and a plot: ratios between programs that ran side by side in one run.

Neither names the machine or the day; both name the command.
"""

import os
import platform
import shutil
import statistics
import subprocess
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import plot
from programs import PROGRAMS, versions

CASES = ("cold", "nothing changed", "one post changed", "one template changed", "one setting changed")
CONTENTS = ("content", "pelican-content")  # the same posts, in both kinds of header
TITLES = {"digest": "digest", "hugo": "Hugo", "plain": "plain script", "eleventy": "Eleventy", "pelican": "Pelican"}

INTRODUCTION = """\
The job: the site's feed and one for each of 200 tags, in RSS and Atom, the 20 newest posts with their full text, and a
page of the week's 40 posts. A post has 4 KB of Chinese text and eighteen keys. Each program's output is checked, feed
by feed and post by post, before it is timed.

`make bench` measures it (`python bench/run.py --help` shows what can be chosen): whole processes one after another, the
programs by turns, {rounds}; medians of wall and CPU seconds (all processes, user and system), the highest peak of
memory (cold: of all processes together). Before each run, whoever comes next, the disk is at rest and all files
are looked at once. Seconds belong to the machine; only the ratios between programs that ran side by side mean something
elsewhere. digest leaves an edition as it was built, whatever is edited; in the case of the template it is told to build
it again."""


class Cost(NamedTuple):
    """What one run cost: seconds, CPU seconds of all its processes, bytes at the highest."""

    wall: float
    cpu: float
    peak: int


class Results:
    """Every cost by number of posts, case and name."""

    def __init__(self) -> None:
        self._costs: defaultdict[tuple[int, str, str], list[Cost]] = defaultdict(list)
        self.peaks: dict[tuple[int, str], int] = {}  # of all processes together, from the sampled cold run
        self.rates: dict[str, float] = {}
        self.notes: list[str] = []

    def add(self, posts: int, case: str, name: str, cost: Cost) -> None:
        """Keep one round's cost."""
        self._costs[posts, case, name].append(cost)

    def cost(self, posts: int, case: str, name: str) -> Cost | None:
        """Return the median of wall and CPU seconds and the highest peak over all rounds; None: not measured."""
        costs = self._costs.get((posts, case, name))
        if costs is None:
            return None
        peak = max(cost.peak for cost in costs)
        if case == "cold":
            peak = max(peak, self.peaks.get((posts, name), 0))
        return Cost(statistics.median(cost.wall for cost in costs), statistics.median(cost.cpu for cost in costs), peak)

    def sizes(self) -> list[int]:
        """Return the numbers of posts that were measured."""
        return sorted({posts for posts, _, _ in self._costs})


def write(folder: Path, results: Results, rounds: int) -> None:
    """Write benchmarks.md and benchmarks.svg."""
    (folder / "benchmarks.md").write_text(page(results, rounds), encoding="utf-8")
    series = {
        case: {
            TITLES[name]: [(posts, cost.cpu) for posts in results.sizes() if (cost := results.cost(posts, case, name))]
            for name in PROGRAMS
        }
        for case in ("cold", "one post changed", "nothing changed")
    }
    (folder / "benchmarks.svg").write_text(plot.svg(series), encoding="utf-8")


def page(results: Results, rounds: int) -> str:
    """Return benchmarks.md."""
    parts = [
        "# Benchmarks",
        INTRODUCTION.format(rounds=f"{rounds} round{'s' * (rounds > 1)}"),
        f"{machine()}.",
        *(f"Note: {note}." for note in results.notes),
        "![CPU seconds against posts](benchmarks.svg)",
    ]
    if measured := goals(results):
        parts += ["## Goals", table(["ratio", "goal", "wall", "CPU", "memory"], measured)]
    for posts in results.sizes():
        parts += [f"## {posts:,} posts", costs(results, posts)]
    if results.rates:
        parts += ["## Parts, in one process", rates(results.rates)]
    return "\n\n".join(part for part in parts if part) + "\n"


def machine() -> str:
    """Return a sentence on the machine and the versions."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    node = ""
    if shutil.which("node"):
        asked = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True)
        node = f", Node.js {asked.stdout.strip().removeprefix('v')}"
    peers = ", ".join(f"{name} {version}" for name, version in versions().items())
    return (
        f"Measured with {cores} cores ({platform.machine()}), {memory:.0f} GB of memory, {platform.system()}, "
        f"Python {platform.python_version()}{node}; {peers}"
    )


def table(head: list[str], rows: list[list[str]]) -> str:
    """Return a table in Markdown; the columns after the first two are numbers."""
    marks = ["---" if at < 2 else "---:" for at in range(len(head))]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, marks, *rows))


def costs(results: Results, posts: int) -> str:
    """Return what each case cost each program, in seconds and as times of this program's cost."""
    rows = []
    for case in (*CASES, "floor"):
        ours = results.cost(posts, case if case != "floor" else "nothing changed", "digest")
        for name in TITLES if case != "floor" else ("interpreter", "floor", "digest --help", "digest status"):
            cost = results.cost(posts, case, name)
            if cost is None:
                continue
            times = ["", "", ""]
            if ours and name != "digest":
                times = [f"{theirs / own:.3g}" for theirs, own in zip(cost, ours, strict=True)]
            figures = [f"{cost.wall:.3f}", f"{cost.cpu:.3f}", f"{cost.peak / 1e6:.0f}"]
            rows.append([case if case != "floor" else "", TITLES.get(name, name), *figures, *times])
    said = ["case", "program", "wall, s", "CPU, s", "memory, MB", "wall × digest", "CPU × digest", "memory × digest"]
    return table(said, rows)


def goals(results: Results) -> list[list[str]]:
    """Return the goals beside the ratios that were measured; a few posts cost little more than to start."""
    rows: list[list[str]] = []
    for posts in results.sizes():
        few = posts <= 1_000
        for case, peer, goal in (
            ("cold", "hugo", "wall at most 1" if few else "wall and CPU at most 0.33, memory at most 0.2"),
            ("one post changed", "hugo", "" if few else "at most 0.083"),
            ("nothing changed", "hugo", ""),
        ):
            ratio = _ratio(results.cost(posts, case, "digest"), results.cost(posts, case, peer))
            if ratio:
                rows.append([f"{posts:,} posts, {case}: digest ÷ Hugo", goal, *ratio])
        floor = results.cost(posts, "floor", "floor")
        ratio = _ratio(results.cost(posts, "nothing changed", "digest"), floor)
        if ratio:
            rows.append([f"{posts:,} posts, nothing changed: digest ÷ floor", "" if few else "at most 3", *ratio])
        bare = results.cost(posts, "floor", "interpreter")
        for command in ("digest --help", "digest status"):
            cost = results.cost(posts, "floor", command)
            if cost and bare:
                over = [f"{cost.wall - bare.wall:.3f} s", f"{cost.cpu - bare.cpu:.3f} s", ""]
                rows.append([f"{posts:,} posts, `{command}` − interpreter", "at most 0.15 s", *over])
    for less, more in zip(results.sizes(), results.sizes()[1:], strict=False):
        small, large = (results.cost(posts, "cold", "digest") for posts in (less, more))
        if small and large:
            each = [f"{theirs / own * less / more:.3g}" for theirs, own in zip(large, small, strict=True)]
            rows.append([f"cold, for each post: {more:,} posts ÷ {less:,} posts", "at most 1", *each])
    return rows


def _ratio(ours: Cost | None, theirs: Cost | None) -> list[str]:
    if ours is None or theirs is None:
        return []
    return [f"{own / other:.3g}" for own, other in zip(ours, theirs, strict=True)]


def rates(figures: dict[str, float]) -> str:
    """Return the table of rates."""
    each = figures["edition_seconds"]
    sets = f"{figures['editions']:,.0f} editions by tag set"
    rows = [
        ("entries a second: a post rendered, cleaned and set into one format", f"{figures['entries_per_second']:,.0f}"),
        ("the first e-mail, of 40 posts, with imports and styles: seconds", f"{figures['first_edition_seconds']:.3f}"),
        (
            f"{sets}, with {figures['posts_in_an_edition']:.0f} of the same 40 posts: seconds for one",
            f"{each:.5f}",
        ),
        (f"{sets}: e-mails a second", f"{1 / each:,.0f}"),
    ]
    return table(["part", "", "of one core"], [[part, "", figure] for part, figure in rows])
