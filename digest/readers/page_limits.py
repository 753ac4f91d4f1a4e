"""How often a client may do something. What is remembered is bounded, however many clients there are."""

import time
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address, ip_network
from threading import Lock

_CLIENTS = 10_000  # that are remembered
_ONE_HOME = 64  # bits of an IPv6 address that a household has in common


class Limit:
    """At most `times` within `seconds` for each client."""

    def __init__(self, times: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._times = times
        self._seconds = seconds
        self._clock = clock
        self._moments: OrderedDict[str, list[float]] = OrderedDict()
        self._lock = Lock()

    def is_reached(self, client: str) -> bool:
        """Return whether a client has to wait."""
        with self._lock:
            return len(self._recent(client)) >= self._times

    def add(self, client: str) -> None:
        """Take note that a client did it."""
        with self._lock:
            moments = [*self._recent(client), self._clock()]
            self._moments[client] = moments[-self._times :]
            self._moments.move_to_end(client)
            while len(self._moments) > _CLIENTS:
                self._moments.popitem(last=False)

    def _recent(self, client: str) -> list[float]:
        since = self._clock() - self._seconds
        return [moment for moment in self._moments.get(client, ()) if moment > since]


def client_of(host: str) -> str:
    """Return what stands for a client: its address, or the network of its household (IPv6)."""
    try:
        address = ip_address(host)
    except ValueError:
        return host[:_ONE_HOME]
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return str(address.ipv4_mapped)
    if isinstance(address, IPv6Address):
        return str(ip_network((address.packed, _ONE_HOME), strict=False))
    return str(address)
