"""Notify a WebSub hub of changed feeds, so that subscribers need not poll (https://www.w3.org/TR/websub/).

The only module that opens a connection, and only on explicit request.
"""

from collections.abc import Iterable, Sequence
from urllib.parse import urlencode

from digest.config.schema import Config
from digest.feeds.plan import GENERATOR, Feed
from digest.feeds.values import address, uri
from digest.problems import DigestError

TIMEOUT = 20.0  # seconds, for each feed


def changed_topics(feeds: Iterable[Feed], changed: Iterable[str], config: Config) -> tuple[str, ...]:
    """Return the addresses to announce: feeds whose file is among `changed` (paths below the output folder).

    Archive pages are left out: nobody subscribes to them.
    """
    wanted = set(changed)
    paths = [path for feed in feeds if not feed.is_archive for path in feed.paths.values()]
    return tuple(address(config, path) for path in paths if path in wanted)


def ping(topics: Sequence[str], config: Config) -> int:
    """Notify the configured hub of each topic; return their number.

    Raises `DigestError` when no hub is configured, when it cannot be reached, or when it refuses topics; the message
    then lists every refusal.
    """
    hub = uri(config.feeds.hub)
    if not hub:
        raise DigestError('no hub to tell: set hub = "https://…" under [feeds] in digest.toml')
    refused = []
    for topic in topics:
        refusal = _announce(hub, topic)
        if refusal:
            refused.append(f"{topic}: {refusal}")
    if refused:
        raise DigestError(f"the hub {hub} refused " + "; ".join(refused))
    return len(topics)


def _announce(hub: str, topic: str) -> str:
    """Notify the hub of a topic; return the reason for a refusal, else an empty string."""
    from http.client import HTTPException
    from urllib.error import HTTPError
    from urllib.request import Request, urlopen

    body = urlencode({"hub.mode": "publish", "hub.url": topic, "hub.topic": topic}).encode("ascii")
    request = Request(hub, data=body, headers={"User-Agent": GENERATOR})  # noqa: S310 -- `uri` takes only http(s)
    try:
        with urlopen(request, timeout=TIMEOUT):  # noqa: S310
            return ""
    except HTTPError as error:
        with error:
            return f"{error.code} {error.reason}"
    except (OSError, HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        raise DigestError(f"the hub {hub} cannot be reached: {reason}") from error
