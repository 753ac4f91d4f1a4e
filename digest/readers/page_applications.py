"""What becomes of a filled-in form to subscribe: done in the background, one after the other, in all cases alike.

An address gets at most one mail an hour. What cannot be done now is tried again, and is forgotten when the server ends:
whoever asked can ask again.
"""

import itertools
import queue
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

import msgspec
from msgspec import Struct

from digest.problems import DigestError, WriteError, printable
from digest.readers.database import Database
from digest.readers.mail import Mailer
from digest.readers.page_context import SOURCE
from digest.readers.subscribers import Subscriber, Subscribers, Wishes
from digest.senders import TryAgainError

_BETWEEN_MAILS = 3_600  # seconds
_ROOM = 1_000  # applications that wait
_PAUSES = (60.0, 600.0, 3_600.0)  # seconds before another try
_TICK = 0.2  # seconds
_DAY = 86_400
_UNCONFIRMED = 30 * _DAY  # seconds that an address waits for its confirmation

Item = tuple[float, int, "Application"]  # when it is due, its turn


class Application(Struct, frozen=True):
    """Somebody's wish to be a reader: a checked address, and the language and the consent that the page showed."""

    address: str
    wishes: Wishes
    language: str
    consent: str
    tries: int = 0


class Applications:
    """The applications that wait, and the thread that deals with them, which the first one starts."""

    def __init__(
        self,
        open_database: Callable[[], AbstractContextManager[Database]],
        secrets: Sequence[str],
        mailer: Mailer,
    ) -> None:
        self._open = open_database
        self._secrets = secrets
        self._mailer = mailer
        self._waiting: queue.PriorityQueue[Item] = queue.PriorityQueue()
        self._turns = itertools.count()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._ends = threading.Event()
        self._dropped_at = 0.0

    def take(self, application: Application) -> bool:
        """Put an application among those that wait; return whether there is room."""
        if self._waiting.qsize() >= _ROOM:
            return False
        self._put(application, time.monotonic())
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, daemon=True)
                self._thread.start()
        return True

    def drop_old(self) -> None:
        """Remove addresses that were never confirmed, once a day. Raises `WriteError`."""
        now = time.time()
        if now - self._dropped_at > _DAY:
            self._dropped_at = now
            with self._open() as database:
                Subscribers(database, self._secrets).drop_unconfirmed(int(now) - _UNCONFIRMED)

    def close(self, seconds: float = 10) -> None:
        """Deal with those that are due, for at most some seconds, and end."""
        self._ends.set()
        if self._thread is not None:
            self._thread.join(seconds)

    def _put(self, application: Application, due: float) -> None:
        self._waiting.put((due, next(self._turns), application))

    def _work(self) -> None:
        while True:
            try:
                due, _, application = self._waiting.get(timeout=_TICK)
            except queue.Empty:
                if self._ends.is_set():
                    return
                continue
            if due <= time.monotonic():
                self._deal_with(application)
                continue
            self._put(application, due)
            if self._ends.is_set():
                return
            time.sleep(_TICK)

    def _deal_with(self, application: Application) -> None:
        try:
            self._admit(application)
        except WriteError:
            _complain("the database of readers cannot be used")  # what it says may have an address
            self._try_again(application)
        except DigestError as error:
            _complain(f"a mail to confirm an address could not be sent: {error}")
            self._try_again(application)
        except Exception as error:
            _complain(f"an application could not be dealt with: {type(error).__name__}")

    def _try_again(self, application: Application) -> None:
        if application.tries < len(_PAUSES):
            due = time.monotonic() + _PAUSES[application.tries]
            self._put(msgspec.structs.replace(application, tries=application.tries + 1), due)

    def _admit(self, application: Application) -> None:
        self.drop_old()
        with self._open() as database:
            subscribers = Subscribers(database, self._secrets)
            reader = subscribers.join(application.address, application.wishes, SOURCE, application.consent)
            if reader is None or not _claim(database, reader):
                return
            try:
                self._write_to(reader, application.language)
            except DigestError:
                _release(database, reader)
                raise

    def _write_to(self, reader: Subscriber, language: str) -> None:
        reply = self._mailer.send(reader, reader.language or language)
        if reply.fate == "deferred":
            raise TryAgainError(f"the mail server answers {reply.code or reply.text}")
        if reply.fate == "refused":
            _complain(f"the mail to reader {reader.id} was refused: {reply.code}")


def _claim(database: Database, reader: Subscriber) -> bool:
    """Return whether a mail may be sent to a reader now, and take note that it is."""
    now = int(time.time())
    with database.transaction():
        rows = database.rows("SELECT at FROM asked WHERE subscriber = ?", (reader.id,))
        if rows and now - rows[0][0] < _BETWEEN_MAILS:
            return False
        statement = (
            "INSERT INTO asked (subscriber, at) VALUES (?, ?) ON CONFLICT (subscriber) DO UPDATE SET at = excluded.at"
        )
        database.run(statement, (reader.id, now))
    return True


def _release(database: Database, reader: Subscriber) -> None:
    database.run("DELETE FROM asked WHERE subscriber = ?", (reader.id,))


def _complain(message: str) -> None:
    print(printable(message), file=sys.stderr, flush=True)
