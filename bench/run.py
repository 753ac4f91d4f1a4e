"""Measures this program beside its peers in one run, and writes docs/benchmarks.md and docs/benchmarks.svg.

Whole processes, one after another: in each round every program does each case, so that a busy moment of the machine
meets all of them. Archives and peers stand in build/bench. Before anything is timed each program's output is checked:
a program that did less than the whole job is no peer.

    python bench/run.py [--posts N ...] [--rounds N] [--only digest,hugo,plain,eleventy,pelican,floor,rates]
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import archive
import check
import floor
import report
from programs import AWAY, HERE, PROGRAMS, Program, prepare
from report import CASES, Cost, Results

LARGE = 100_000
AT_LARGE = ("digest", "hugo", "floor")  # with so many posts or more: the others would take hours
PARTS = (*PROGRAMS, "floor", "rates")


class CommandError(Exception):
    """A measured command failed; the message has its last lines."""


def measure(command: tuple[str, ...], folder: Path, log: Path, *, sample: bool = False) -> Cost:
    """Run a command in a folder and return its cost; raise CommandError when it fails."""
    wrapper = [sys.executable, "-I", "-S", str(HERE / "measure.py"), *(["--sample"] if sample else []), str(log)]
    # Python's own switches (no bytecode kept, no buffers) would tell on some of the programs and not on others.
    kept = {name: text for name, text in os.environ.items() if not name.startswith("PYTHON") or name == "PYTHONPATH"}
    environment = kept | {"NO_COLOR": "1"}
    done = subprocess.run([*wrapper, *command], cwd=folder, env=environment, check=True, capture_output=True, text=True)
    figures = json.loads(done.stdout)
    if figures.pop("code"):
        last = log.read_text(encoding="utf-8", errors="replace").splitlines()[-5:]
        raise CommandError("\n".join((f"{' '.join(command)} failed:", *last)))
    return Cost(**figures)


def run(program: Program, log: Path, case: str = "cold", *, sample: bool = False) -> Cost:
    """Run a program once and return its cost."""
    anew = program.anew if case == "one template changed" else ()
    return measure((*program.command, *anew), program.folder, log, sample=sample)


def ready(work: Path, posts: int, names: tuple[str, ...], results: Results) -> list[Program]:
    """Return the programs that can be measured on one archive, each after a run whose output was checked.

    Adds the peaks of memory of those runs, and why others are left out, to `results`.
    """
    programs = []
    for made in prepare(work, posts, tuple(name for name in names if name in PROGRAMS)):
        if isinstance(made, Program):
            programs.append(made)
        else:
            results.notes.append(made)
            say(made)
    for program in programs:
        cost = run(program, work / "log", sample=True)
        if wrong := list(check.faults(program, posts)):
            raise SystemExit("\n".join((f"{program.name} did not do the whole job with {posts} posts:", *wrong[:10])))
        results.peaks[posts, program.name] = cost.peak
        say(f"{posts} posts, {program.name}: output checked")
    return programs


def compare(work: Path, posts: int, rounds: int, names: tuple[str, ...], results: Results) -> None:
    """Measure every case of the programs on one archive; add the costs to `results`."""
    log = work / "log"
    programs = ready(work, posts, names, results)
    contents = [folder for folder in (work / str(posts) / name for name in report.CONTENTS) if folder.is_dir()]
    for number in range(rounds):
        for case in CASES:
            if case == "one post changed":
                archive.edit(contents, number)
            for program in programs:
                before(case, program, number, work / AWAY)
                look(contents)
                cost = run(program, log, case)
                if wrong := list(check.stale(program, case, number)):
                    raise SystemExit("\n".join(wrong))
                results.add(posts, case, program.name, cost)
                say(f"{posts} posts, round {number + 1}, {case}, {program.name}: {cost.wall:.2f} s")
        if "floor" in names:
            for name, command in floors(work / str(posts), log, results):
                look(contents)
                results.add(posts, "floor", name, measure(command, work / str(posts), log))


def look(contents: Iterable[Path]) -> None:
    """Make the same start for whoever runs next: nothing of another's is left to be written to the disk, and what the
    kernel knows of the files is at hand."""
    os.sync()
    for folder in contents:
        floor.visit(str(folder))


def before(case: str, program: Program, number: int, away: Path) -> None:
    """Bring about what the case is named for."""
    if case == "cold":
        program.forget(away)
    elif case == "one template changed":
        program.edit_template(number)
    elif case == "one setting changed":
        program.rename_site(number)


def floors(site: Path, log: Path, results: Results) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the commands that do next to nothing, by name."""
    yield "interpreter", (sys.executable, "-c", "pass")
    yield "floor", (sys.executable, str(HERE / "floor.py"), "content")
    digest = str(Path(sys.executable).with_name("digest"))
    for command in ("--help", "status"):
        note = f"`digest {command}` is left out: it fails"
        try:
            measure((digest, command), site, log)
        except (CommandError, OSError):
            if note not in results.notes:
                results.notes.append(note)
                say(note)
        else:
            yield f"digest {command}", (digest, command)


def rates(site: Path, editions: int) -> dict[str, float]:
    """Return the figures of rates.py."""
    command = [sys.executable, str(HERE / "rates.py"), str(site), str(editions)]
    path = os.pathsep.join((str(HERE.parent), os.environ.get("PYTHONPATH", "")))
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": path})
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def say(text: str) -> None:
    """Tell the person who waits."""
    print(text, file=sys.stderr, flush=True)


def arguments() -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--posts", type=int, nargs="+", default=[1_000, 10_000, LARGE], help="sizes of archives")
    parser.add_argument("--rounds", type=int, default=5, choices=range(1, 21), metavar="N", help="at most 20")
    parser.add_argument("--only", default=",".join(PARTS), help="a comma between two (default: %(default)s)")
    parser.add_argument("--editions", type=int, default=10_000, help="editions by tag set")
    parser.add_argument("--work", type=Path, default=HERE.parent / "build" / "bench", help="for archives and peers")
    parser.add_argument("--out", type=Path, default=HERE.parent / "docs", help="for the tables and the plot")
    said = parser.parse_args()
    if unknown := set(said.only.split(",")) - set(PARTS):
        parser.error(f"--only: {', '.join(sorted(unknown))} is none of {', '.join(PARTS)}")
    return said


def main() -> None:
    """Measure, and write what was measured."""
    said = arguments()
    names = tuple(said.only.split(","))
    work: Path = said.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    results = Results()
    try:
        for posts in said.posts:
            chosen = names if posts < LARGE else tuple(name for name in names if name in AT_LARGE)
            compare(work, posts, said.rounds, chosen, results)
        if "rates" in names:
            results.rates = rates(work / str(said.posts[0]), said.editions)
    except CommandError as failed:
        raise SystemExit(str(failed)) from failed
    finally:
        shutil.rmtree(work / AWAY, ignore_errors=True)
    said.out.mkdir(parents=True, exist_ok=True)
    report.write(said.out, results, said.rounds)


if __name__ == "__main__":
    main()
