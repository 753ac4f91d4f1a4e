"""Asking DNS, with dnspython, an extra of this package."""

from typing import TYPE_CHECKING

from digest.problems import DigestError, require

if TYPE_CHECKING:
    from dns.resolver import Resolver

_TIME = 10.0  # seconds for one question


class LookupFailedError(DigestError):
    """DNS gave no answer, which is neither yes nor no."""


class Lookup:
    """Questions to DNS: to the system's servers, or to the one at `nameserver`, `127.0.0.1` or `127.0.0.1:5353`."""

    def __init__(self, nameserver: str = "") -> None:
        self._resolver = _resolver(nameserver)

    def texts(self, name: str) -> list[str]:
        """Return the TXT records of a name, each in one piece. Raises `LookupFailedError`."""
        return [b"".join(record.strings).decode("utf-8", "replace") for record in self._ask(name, "TXT")]

    def addresses(self, host: str) -> list[str]:
        """Return the IP addresses of a host."""
        return [record.to_text() for kind in ("A", "AAAA") for record in self._ask(host, kind)]

    def names(self, address: str) -> list[str]:
        """Return the reverse names of an IP address."""
        from dns.reversename import from_address

        return [record.to_text().rstrip(".") for record in self._ask(from_address(address).to_text(), "PTR")]

    def _ask(self, name: str, kind: str) -> list:  # type: ignore[type-arg]
        from dns.exception import DNSException
        from dns.resolver import NXDOMAIN, NoAnswer

        try:
            return list(self._resolver.resolve(name, kind, lifetime=_TIME))
        except (NXDOMAIN, NoAnswer):
            return []
        except (DNSException, ValueError) as error:
            raise LookupFailedError(f"DNS does not answer about {name}: {error}") from error


def _resolver(nameserver: str) -> "Resolver":
    for package in ("dns", "httpx"):
        require(package, "send", "digest doctor")
    from dns.resolver import Resolver

    if not nameserver:
        return Resolver()
    host, colon, port = nameserver.rpartition(":")
    resolver = Resolver(configure=False)
    resolver.nameservers = [host if colon else nameserver]
    resolver.port = int(port) if colon else 53
    return resolver
