"""What the parts of the readers' page share: settings, the database, who is behind a token, the page's language."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from digest import localisation
from digest.config import Config
from digest.readers.database import Database
from digest.readers.page_limits import Limit, client_of
from digest.readers.page_offer import Offers
from digest.readers.page_request import Request, preferred_language
from digest.readers.page_view import View
from digest.readers.subscribers import State, Subscriber, Subscribers
from digest.readers.tokens import Purpose, is_proved, make_token, read_token
from digest.unsubscribe import Answer

SOURCE = "page"  # of consent
_WRONG_LINKS = 20  # a minute from one client; more are answered with 429
_MINUTE = 60


class PageContext:
    """The circumstances in which the page of a site answers."""

    def __init__(
        self, config: Config, secrets: Sequence[str], open_database: Callable[[], AbstractContextManager[Database]]
    ) -> None:
        self.config = config
        self.secrets = secrets
        self.open = open_database
        self.offers = Offers(config)
        self._wrong_links = Limit(_WRONG_LINKS, _MINUTE)

    def view(self, request: Request, reader: Subscriber | None = None) -> View:
        """Return the pages in a reader's language, else in that of the site that the request asks for."""
        if reader is not None and localisation.known(reader.language):
            return View(self.config, reader.language)
        own = self.config.site.language
        offered = self.offers.current().languages
        return View(self.config, preferred_language(request, offered, own) if offered else own)

    def subscribers(self, database: Database) -> Subscribers:
        """Return the readers of the site."""
        return Subscribers(database, self.secrets)

    def reader(
        self, subscribers: Subscribers, text: str, purpose: Purpose, states: Sequence[State]
    ) -> Subscriber | None:
        """Return the reader in one of `states` whom a token names; None for one that is not valid."""
        token = read_token(text)
        if token is None:
            return None
        reader = subscribers.by_id(token.reader)
        epoch = reader.epoch if reader else -1
        is_valid = is_proved(token, purpose, epoch, self.secrets)
        return reader if reader is not None and is_valid and reader.state in states else None

    def token(self, purpose: Purpose, reader: Subscriber) -> str:
        """Return a new token of a reader."""
        return make_token(self.secrets[0], purpose, reader.id, reader.epoch)

    def refuse(self, request: Request) -> Answer:
        """Return the answer to a link that is not valid; a client that tries many has to wait."""
        view = self.view(request)
        client = client_of(request.client)
        if self._wrong_links.is_reached(client):
            return view.failure(429, _MINUTE)
        self._wrong_links.add(client)
        return view.bad_link()
