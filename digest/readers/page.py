"""The readers' page: what it answers to a request, whatever server stands before it.

| path | what it is |
| --- | --- |
| `u/TOKEN` | leaving: a button, and at once by the `POST` of a mail client (RFC 8058) |
| `p/TOKEN` | a reader's preferences, and her data |
| `c/TOKEN` | confirming an address |
| `subscribe` | the form to subscribe |

`GET` never changes anything, since programs that look for harmful links follow every link of an e-mail. No answer tells
who is subscribed.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from urllib.parse import urlsplit

from digest.config import Config
from digest.problems import DigestError
from digest.readers.database import Database
from digest.readers.letters import CONFIRM, PREFERENCES, SUBSCRIBE, UNSUBSCRIBE, page_address
from digest.readers.page_applications import Application
from digest.readers.page_context import PageContext
from digest.readers.page_links import confirm, leave, preferences
from digest.readers.page_request import RefusedError, Request, is_foreign, origin_of, route
from digest.readers.page_subscribe import SubscribeForm
from digest.unsubscribe import Answer

_ALLOWED = ("GET", "HEAD", "POST")
_RETRY_AFTER = 300  # seconds

Handler = Callable[[PageContext, Request, str], Answer]


class ReadersPage:
    """The page of a site. `take` hands an application over to be dealt with, and returns whether there is room."""

    def __init__(
        self,
        config: Config,
        secrets: Sequence[str],
        *,
        open_database: Callable[[], AbstractContextManager[Database]],
        take: Callable[[Application], bool],
    ) -> None:
        self._context = PageContext(config, secrets, open_database)
        self._own_origins = (origin_of(config.readers.url), origin_of(config.site.url))
        self._prefix = urlsplit(page_address(config)).path
        self._pages: Mapping[str, Handler] = {
            UNSUBSCRIBE: leave,
            PREFERENCES: preferences,
            CONFIRM: confirm,
            SUBSCRIBE: SubscribeForm(take).answer,
        }

    def answer(self, request: Request) -> Answer:
        """Return the answer to a request."""
        if request.method not in _ALLOWED:
            return Answer(405, {"Allow": ", ".join(_ALLOWED)}, b"")
        try:
            return self._answer(request)
        except RefusedError as error:
            return self._context.view(request).failure(error.status)
        except DigestError:
            return self._context.view(request).failure(503, _RETRY_AFTER)

    def _answer(self, request: Request) -> Answer:
        name, rest = route(request.path, self._prefix)
        handler = self._pages.get(name)
        if handler is None:
            return self._context.view(request).bad_link(404)
        is_by_mail_client = name == UNSUBSCRIBE
        if request.is_post and not is_by_mail_client and is_foreign(request, self._own_origins):
            raise RefusedError(403)
        return handler(self._context, request, rest)
