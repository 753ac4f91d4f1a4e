"""The names of sites."""

from urllib.parse import urlsplit


def host(url: str) -> str:
    """Return the host of an address as people say it, without `www.`; empty when it has none."""
    try:
        name = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    return name.removeprefix("www.")
