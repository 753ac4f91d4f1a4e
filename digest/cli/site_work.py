"""A command in many sites: the work of a process, which runs the command in some of them, one after the other."""

import contextlib
import io
import threading
import time
from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import Struct

_alone = threading.Lock()  # output is redirected for the whole process, and a worker may have threads


class SiteResult(Struct, frozen=True):
    """How the command ended in a site, after how many seconds.

    `result` is its JSON: a value, or a list of several. `messages` are its lines on standard error.
    """

    site: str
    exit_code: int
    seconds: float
    result: Any = None
    messages: tuple[str, ...] = ()


def run_in_sites(arguments: tuple[str, ...], sites: Iterable[str]) -> list[SiteResult]:
    """Run a command, given as `arguments`, in the folders `sites`. An error in one of them ends no other."""
    with _alone:
        return [_run_in(site, arguments) for site in sites]


def killed(site: str, times: int) -> SiteResult:
    """Return the result of a site whose process was killed, as often as it was tried."""
    return SiteResult(site, 1, 0.0, None, (f"error: the process ended while it worked on this site, {times} times",))


def _run_in(site: str, arguments: tuple[str, ...]) -> SiteResult:
    from digest.cli.commands import run_arguments

    began = time.perf_counter()
    out, said = io.StringIO(), io.StringIO()
    name, *options = arguments
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(said):
        code = run_arguments([name, "--folder", site, "--json", "--quiet", *options])
    printed = [msgspec.json.decode(line) for line in out.getvalue().splitlines() if line]
    result = printed[0] if len(printed) == 1 else printed or None
    return SiteResult(site, code, round(time.perf_counter() - began, 3), result, tuple(said.getvalue().splitlines()))
