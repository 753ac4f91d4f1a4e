"""Telling a WebSub hub which feeds have changed, so that subscribers need not ask (https://www.w3.org/TR/websub/).

The only module that opens a connection, and only when a person asks for it.
"""

import http.client
import urllib.error
import urllib.request
from collections.abc import Iterable, Sequence
from urllib.parse import urlencode

from digest.config.schema import Config
from digest.feeds.plan import FILES, Feed, address
from digest.feeds.values import uri
from digest.problems import DigestError

TIMEOUT = 20.0  # seconds, for each feed


def changed_topics(feeds: Iterable[Feed], changed: Iterable[str], config: Config) -> tuple[str, ...]:
    """Return the addresses to announce: feeds whose file is among `changed` (paths below the output folder).

    Archive pages are left out: nobody subscribes to them.
    """
    wanted = set(changed)
    paths = (feed.folder + FILES[fmt] for feed in feeds if not feed.archive for fmt in feed.formats)
    return tuple(address(config, path) for path in paths if path in wanted)


def ping(topics: Sequence[str], config: Config) -> int:
    """Tell the configured hub of each topic; return how many it took.

    Raises `DigestError` when no hub is configured, when it can not be reached, or, with every refusal named, when it
    refuses a topic.
    """
    hub = uri(config.feeds.hub)
    if not hub:
        raise DigestError('no hub to tell: set hub = "https://…" under [feeds] in digest.toml')
    refused = [f"{topic}: {answer}" for topic in topics if (answer := _refusal(hub, topic))]
    if refused:
        raise DigestError(f"the hub {hub} refused " + "; ".join(refused))
    return len(topics)


def _refusal(hub: str, topic: str) -> str:
    body = urlencode({"hub.mode": "publish", "hub.url": topic, "hub.topic": topic}).encode("ascii")
    request = urllib.request.Request(hub, data=body, headers={"User-Agent": "digest-press"})  # noqa: S310 -- `uri` takes only http(s)
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT):  # noqa: S310
            return ""
    except urllib.error.HTTPError as error:
        with error:
            return f"{error.code} {error.reason}"
    except (OSError, http.client.HTTPException) as error:
        why = getattr(error, "reason", None) or error
        raise DigestError(f"the hub {hub} can not be reached: {why}") from error
