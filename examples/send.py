#!/usr/bin/env python3
"""Hand an edition over with the library: a beginning for a script of your own.

    python send.py /srv/site weekly/2026-W48
    python send.py /srv/site weekly/2026-W48 NAME

NAME is a table [senders.NAME] of digest.toml; without it the digest's `send_via` counts. Run again after whatever
happened, it goes on where it was. The exit code is that of `digest send`; 75 means: run it again.
"""

import sys

import digest


def show_progress(stage: str, done: int, total: int) -> None:
    """Show how far a long hand-over is, on a terminal."""
    if sys.stderr.isatty():
        print(f"\r{stage}: {done:,} of {total:,}", end="\n" if done == total else "", file=sys.stderr)


def show(problem: digest.Problem) -> None:
    """Show what the owner should hear of, such as a reader whose copy was refused."""
    print(problem, file=sys.stderr)


def main(folder: str, key: str, via: str = "") -> int:
    """Send the edition, say how far it is, and return the exit code."""
    try:
        config = digest.load_config(folder)
        result = digest.send(config, key, via=via, progress=show_progress, warn=show)
    except digest.DigestError as error:
        for problem in error.problems:
            show(problem)
        print(error, file=sys.stderr)
        return error.exit_code
    print(f"{result.key}: {result.status} via {result.via}")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
