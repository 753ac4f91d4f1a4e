"""Ending at SIGTERM and SIGINT: without a traceback, and without a file that is half written."""

import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from digest import files


@contextmanager
def ending_cleanly(arguments: Sequence[str]) -> Iterator[None]:
    """Meanwhile, end this process at SIGTERM and SIGINT with the exit code that shells give: 143 and 130.

    What is written so far stays, as after a kill; the next run completes it. The server of `digest preview` ends by
    itself.
    """
    if "preview" in arguments:
        yield
        return
    before = {number: signal.signal(number, _end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(number: int, _frame: FrameType | None) -> None:
    files.remove_unfinished()
    os._exit(128 + number)  # an exception could be raised in any line, and be printed where none can leave
