"""Notify a WebSub hub of changed feeds, so that subscribers need not poll (https://www.w3.org/TR/websub/).

The only module that opens a connection, and only on explicit request.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from digest.config.schema import Config
from digest.feeds.plan import GENERATOR, Feed, subscribable
from digest.feeds.values import address, uri
from digest.problems import DigestError

if TYPE_CHECKING:
    from urllib.request import OpenerDirector

TIMEOUT = 20.0  # seconds, for each feed
# Redirects that keep the method, and the one that says that a post was taken and where its result is:
# https://www.rfc-editor.org/rfc/rfc9110#section-15.4
_SAME_METHOD = (307, 308)
_SEE_OTHER = 303


class HubError(DigestError):
    """A hub took only some of the topics: those in `taken`."""

    def __init__(self, message: str, taken: Iterable[str]) -> None:
        super().__init__(message)
        self.taken = frozenset(taken)


def changed_topics(feeds: Iterable[Feed], changed: Iterable[str], config: Config) -> tuple[str, ...]:
    """Return the addresses to announce: feeds whose file is among `changed` (paths below the output folder).

    Archive pages are left out: nobody subscribes to them.
    """
    wanted = set(changed)
    return tuple(address(config, path) for path in topic_paths(feeds) if path in wanted)


def topic_paths(feeds: Iterable[Feed]) -> list[str]:
    """Return the files that can be announced, below the output folder: those that somebody may subscribe to."""
    return [path for feed in feeds if not feed.is_archive for _, path in subscribable(feed)]


def ping(topics: Sequence[str], config: Config) -> int:
    """Notify the configured hub of each topic; return their number.

    Raises `DigestError` when no hub is configured, and `HubError` when it cannot be reached or refuses topics; the
    message then lists every refusal.
    """
    hub = uri(config.feeds.hub)
    if not hub:
        raise DigestError('no hub to tell: set hub = "https://…" under [feeds] in digest.toml')
    opener = _opener()
    refused: dict[str, str] = {}
    for number, topic in enumerate(topics):
        try:
            refusal = _announce(opener, hub, topic)
        except OSError as error:
            taken = set(topics[:number]) - set(refused)
            raise HubError(f"the hub {hub} cannot be reached: {error}", taken) from error
        if refusal:
            refused[topic] = refusal
    if refused:
        reasons = "; ".join(f"{topic}: {refusal}" for topic, refusal in refused.items())
        raise HubError(f"the hub {hub} refused {reasons}", set(topics) - set(refused))
    return len(topics)


def _opener() -> "OpenerDirector":
    """Return an opener that posts again where a hub has moved to; urllib's own gives up at 307 and 308."""
    from email.message import Message
    from typing import IO
    from urllib.request import HTTPRedirectHandler, Request, build_opener

    class Redirects(HTTPRedirectHandler):
        """Follows redirects that keep the method. One that would make a GET of it is not followed: it tells nothing."""

        def redirect_request(
            self,
            req: Request,
            fp: IO[bytes],  # noqa: ARG002
            code: int,
            msg: str,  # noqa: ARG002
            headers: Message,  # noqa: ARG002
            newurl: str,
        ) -> Request | None:
            target = uri(newurl)
            if code not in _SAME_METHOD or not target:
                return None
            return Request(target, data=req.data, headers=dict(req.header_items()))  # noqa: S310 -- http(s) only

    return build_opener(Redirects)


def _announce(opener: "OpenerDirector", hub: str, topic: str) -> str:
    """Notify the hub of a topic; return the reason for a refusal, else an empty string. Raises OSError."""
    from http.client import HTTPException
    from urllib.error import HTTPError, URLError
    from urllib.request import Request

    body = urlencode({"hub.mode": "publish", "hub.url": topic, "hub.topic": topic}).encode("ascii")
    request = Request(hub, data=body, headers={"User-Agent": GENERATOR})  # noqa: S310 -- `uri` takes only http(s)
    try:
        with opener.open(request, timeout=TIMEOUT):
            return ""
    except HTTPError as error:
        with error:
            if error.code == _SEE_OTHER:
                return ""
            moved = error.headers.get("Location", "") if 300 <= error.code < 400 else ""
            return f"{error.code} {error.reason}" + (f'; write hub = "{moved}" if it moved there' if moved else "")
    except URLError as error:
        raise OSError(str(error.reason)) from error
    except HTTPException as error:
        raise OSError(str(error) or type(error).__name__) from error
