"""How fast copies leave."""

import time
from collections.abc import Callable

_UNITS = {"s": 1, "m": 60, "h": 3_600}


def seconds_between(rate: str) -> float:
    """Return how many seconds lie between two copies at a rate such as `20/s`; 0 for an empty one.

    Raises `ValueError` for anything else.
    """
    if not rate:
        return 0.0
    number, _, unit = rate.replace(" ", "").partition("/")
    if not number.isdecimal() or int(number) == 0 or unit[:1] not in _UNITS or unit[1:] not in ("", "ec", "in", "our"):
        raise ValueError(f'"{rate}" is no rate; write 20/s, 500/m or 5000/h')
    return _UNITS[unit[:1]] / int(number)


class Pace:
    """Waits between copies, so that they leave at a rate; time that a copy took counts."""

    def __init__(
        self,
        rate: str,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._between = seconds_between(rate)
        self._clock = clock
        self._sleep = sleep
        self._next = 0.0

    def wait(self) -> None:
        """Wait until the next copy may leave."""
        if not self._between:
            return
        now = self._clock()
        if now < self._next:
            self._sleep(self._next - now)
        self._next = max(now, self._next) + self._between
