"""Sending the letters of a run in batches: claimed, sent, and marked in the transaction that claims the next batch."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import NoReturn

from msgspec import Struct

from digest.archive import load_ledger
from digest.editions.numbering import idempotency_key_of
from digest.problems import count
from digest.readers import deliveries
from digest.readers.database import Database
from digest.readers.deliveries import Delivery, EditionRow, Mark, RunRow
from digest.readers.edition_maker import EditionMaker, edition_of
from digest.readers.letters import Letter, LetterWriter
from digest.readers.runs import stories_by_number
from digest.readers.stories import Story
from digest.readers.subscribers import Subscriber, Subscribers
from digest.senders import Handover, SendError, TryAgainError, UnansweredError
from digest.senders.smtp import OneByOne
from digest.senders.smtp.addresses import Reader
from digest.senders.smtp.deliver import STAGE, Refusals, StoppedError, deliver
from digest.senders.smtp.deliver import Delivery as Sending
from digest.senders.smtp.pace import Pace
from digest.senders.smtp.reply import Reply
from digest.senders.smtp.states import CopyState
from digest.senders.smtp.transport import Transport
from digest.unsubscribe import Suppressed, suppressed_path

_SLOWEST = timedelta(days=62)  # between two letters to a reader who wants one a month
_NAMED = 20  # refused readers that are named in one run


class Dispatch(Struct, frozen=True, kw_only=True, eq=False):
    """The letters of a run that are to be sent, and by what. `secrets` are behind the links of letters."""

    mail: OneByOne
    database: Database
    edition_maker: EditionMaker
    handover: Handover
    run: RunRow
    now: datetime
    batch: int
    secrets: Sequence[str]

    def send(self) -> None:
        """Send what is left, and write that the run is finished when nothing is.

        Raises `SendError` and `TryAgainError` when no letter could be sent, for a reason that is no reader's, and
        `UnansweredError` when some were, or some are to be tried again.
        """
        repeats = self.mail.settings.unknown_copies == "repeat"
        left = deliveries.left_to_send(self.database, self.run, repeat_unknown=repeats)
        self._send(list(left))
        self._end()

    def send_doubtful(self) -> None:
        """Send the letters again that were under way when a run ended: under the same Message-IDs."""
        if self.mail.settings.unknown_copies == "repeat":
            left = deliveries.left_to_send(self.database, self.run, repeat_unknown=True)
            self._send([delivery for delivery in left if delivery.state in deliveries.DOUBTFUL])

    def _send(self, left: Sequence[Delivery]) -> None:
        if not left:
            return
        self.mail.warn_of_insecurity(self.handover)
        writer = _Letters(self)
        transport = self.mail.transport(self.mail.settings.per_connection)
        outbox = _Outbox(self, writer, transport, len(left))
        try:
            for batch in _batches(left, self.batch):
                outbox.send(batch)
        except (SendError, TryAgainError) as error:
            self._stop(error)
        finally:
            outbox.write_marks()
            transport.close()

    def _stop(self, error: SendError | TryAgainError) -> NoReturn:
        """Raise the error of a run that ended early; what was sent stays sent, and the edition shut."""
        sent = deliveries.counts_of(self.database, self.run).get("sent", 0)
        if not sent:
            raise error
        kind = StoppedError if isinstance(error, SendError) else UnansweredError
        raise kind(f"stopped after {count(sent, 'letter')}: {error}") from None

    def _end(self) -> None:
        counts = deliveries.counts_of(self.database, self.run)
        self._name_refused(counts.get("refused", 0))
        skips = self.mail.settings.unknown_copies == "skip"
        doubtful = 0 if skips else sum(counts.get(state, 0) for state in deliveries.DOUBTFUL)
        waiting = counts.get("planned", 0) + counts.get("deferred", 0)
        if waiting or doubtful:
            said = ", ".join(f"{number:,} {state}" for state, number in counts.items())
            raise UnansweredError(f"{said}; `digest send {self.run.key} --readers` again tries the rest")
        deliveries.finish(self.database, self.run)
        look_back = max(digest.look_back for digest in self.edition_maker.config.digests.values())
        deliveries.drop_older_than(self.database, self.now - _SLOWEST - timedelta(days=look_back))

    def _name_refused(self, number: int) -> None:
        """Warn of readers whose letter was refused."""
        if not number:
            return
        query = (
            "SELECT subscriber.address, delivery.reply FROM delivery JOIN subscriber ON subscriber.id = "
            "delivery.subscriber WHERE delivery.run = ? AND delivery.state = 'refused' ORDER BY subscriber.id LIMIT ?"
        )
        where = self.edition_maker.config.readers.database
        for address, reply in self.database.rows(query, (self.run.number, _NAMED)):
            self.mail.warn(self.handover, where, "reader-refused", f"{address or 'a forgotten reader'}: {reply}")
        if number > _NAMED:
            self.mail.warn(self.handover, where, "reader-refused", f"{number - _NAMED:,} more were refused")


class _Letters:
    """The letters of a run's editions, the last one kept: the readers of an edition follow each other."""

    def __init__(self, dispatch: Dispatch) -> None:
        config = dispatch.edition_maker.config
        run = dispatch.run
        ledger = load_ledger(config, run.digest)
        self._editions = {edition.number: edition for edition in deliveries.editions_of(dispatch.database, run)}
        self._stories = stories_by_number(dispatch.edition_maker, dispatch.database, run)
        self._secret = dispatch.secrets[0]
        self._database = dispatch.database
        self._writer = LetterWriter(
            edition_maker=dispatch.edition_maker,
            whole=edition_of(dispatch.edition_maker.outcome(run.key)),
            key=idempotency_key_of(config, ledger, run.key),
            now=dispatch.now.astimezone(config.digest_zone(run.digest)),
        )
        self._last: tuple[int, Letter | None] = (0, None)

    def letter(self, number: int) -> Letter | None:
        """Return the letter of an edition; None when none of its posts is published any more."""
        if self._last[0] != number:
            self._last = (number, self._make(self._editions[number]))
        return self._last[1]

    def copy(self, number: int, reader: Subscriber) -> bytes:
        """Return the copy of a reader of an edition that has a letter."""
        letter = self.letter(number)
        if letter is None:
            raise ValueError(f"edition {number} has no posts")
        return letter.copy(reader, self._secret)

    def _make(self, edition: EditionRow) -> Letter | None:
        stories: list[Story] = [self._stories[post] for post in edition.posts if post in self._stories]
        if not stories:
            return None
        letter = self._writer.letter(stories, edition.language, self._secret)
        self._database.run("UPDATE edition SET subject = ? WHERE id = ?", (letter.subject, edition.number))
        return letter


class _Outbox:
    """The batch that is being sent. Each transaction marks the last batch and claims the next."""

    def __init__(self, dispatch: Dispatch, letters: _Letters, transport: Transport, total: int) -> None:
        self._dispatch = dispatch
        self._letters = letters
        self._transport = transport
        self._marks = _Marks()
        self._suppressed = _suppressed(dispatch)
        self._refusals = Refusals(dispatch.mail.settings.stop_after)
        self._pace = Pace(dispatch.handover.rate or dispatch.mail.settings.rate)
        self._done = 0
        self._total = total

    def send(self, batch: Sequence[Delivery]) -> None:
        """Send a batch to those of its readers who are still readers. Raises as `deliver` does."""
        claimed = self._claim(batch)
        self._marks.expect(claimed)
        editions = {str(delivery.subscriber): delivery.edition for delivery, _ in claimed}
        readers = {str(reader.id): reader for _, reader in claimed}
        mail, handover = self._dispatch.mail, self._dispatch.handover
        sending = Sending(
            mark=self._dispatch.run.key,
            known={},
            sender=mail.envelope_sender(handover),
            copy=lambda each: self._letters.copy(editions[each.key], readers[each.key]),
            redact=mail.secrets.redact,
            transport=self._transport,
            states=self._marks,
            wait=self._pace.wait,
            progress=partial(self._progress, self._done),
            stop_after=mail.settings.stop_after,
        )
        addressed = [Reader(reader.address or "", str(reader.id), 0) for _, reader in claimed]
        try:
            deliver(sending, addressed, self._refusals)
        except (SendError, TryAgainError):
            self._marks.give_back(claimed)
            raise
        self._done += len(batch)

    def write_marks(self) -> None:
        """Write what became of the last batch."""
        with self._dispatch.database.transaction():
            self._write_marks()

    def _claim(self, batch: Sequence[Delivery]) -> list[tuple[Delivery, Subscriber]]:
        """Mark the last batch, and claim this one: whoever left meanwhile gets nothing."""
        database, run = self._dispatch.database, self._dispatch.run.number
        subscribers = Subscribers(database, self._dispatch.secrets)
        claimed: list[tuple[Delivery, Subscriber]] = []
        marks: list[Mark] = []
        unpublished = {number for number in {each.edition for each in batch} if self._letters.letter(number) is None}
        with database.transaction():
            self._write_marks()
            readers = self._allowed(subscribers, batch)
            for delivery in batch:
                reader = readers.get(delivery.subscriber)
                if delivery.edition in unpublished:
                    marks.append(Mark(delivery.subscriber, "withdrawn"))
                elif reader is None:
                    marks.append(Mark(delivery.subscriber, "left"))
                else:
                    marks.append(Mark(delivery.subscriber, "sending"))
                    claimed.append((delivery, reader))
            deliveries.mark(database, run, marks)
        return claimed

    def _allowed(self, subscribers: Subscribers, batch: Sequence[Delivery]) -> dict[int, Subscriber]:
        """Return the readers of a batch, by number, who are still readers and not suppressed."""
        known = subscribers.by_ids([delivery.subscriber for delivery in batch])
        addresses = {
            number: reader.address
            for number, reader in known.items()
            if reader.state == "active" and reader.address is not None
        }
        stopped = subscribers.suppressed_among(addresses.values())
        return {
            number: known[number]
            for number, address in addresses.items()
            if address not in stopped and address not in self._suppressed
        }

    def _write_marks(self) -> None:
        deliveries.mark(self._dispatch.database, self._dispatch.run.number, self._marks.take())

    def _progress(self, before: int, stage: str, done: int, _total: int) -> None:
        if before + done < self._total or stage != STAGE:
            self._dispatch.handover.progress(stage, before + done, self._total)
        else:
            self._dispatch.handover.progress(stage, self._total, self._total)


class _Marks:
    """What became of the letters of a batch, until the next transaction; `deliver` writes it.

    A letter of which nobody knows whether it arrived stays so when it is put off: it may only be sent again as it is.
    """

    def __init__(self) -> None:
        self._marks: dict[str, Mark] = {}
        self._doubtful: set[str] = set()

    def expect(self, claimed: Iterable[tuple[Delivery, Subscriber]]) -> None:
        """Note which letters of a batch may have arrived before."""
        self._doubtful |= {str(each.subscriber) for each, _ in claimed if each.state in deliveries.DOUBTFUL}

    def begin(self, edition: str, reader: str) -> None:
        """Do nothing: the letter is claimed."""

    def end(self, _edition: str, reader: str, reply: Reply) -> None:
        """Note what became of a letter."""
        self._marks[reader] = Mark(int(reader), self._state(reader, reply.fate), str(reply))

    def take_back(self, _edition: str, reader: str, _earlier: CopyState | None) -> None:
        """Note that a letter was not begun."""
        self._marks.pop(reader, None)

    def set(self, _edition: str, readers: Iterable[str], state: CopyState, reply: str) -> None:
        """Note the same of several letters."""
        self._marks |= {reader: Mark(int(reader), self._state(reader, state), reply) for reader in readers}

    def _state(self, reader: str, state: CopyState) -> CopyState:
        return "unknown" if state == "deferred" and reader in self._doubtful else state

    def give_back(self, claimed: Iterable[tuple[Delivery, Subscriber]]) -> None:
        """Give the letters of a batch that were not begun the state that they had."""
        for delivery, _ in claimed:
            self._marks.setdefault(str(delivery.subscriber), Mark(delivery.subscriber, delivery.state))

    def take(self) -> list[Mark]:
        """Return the marks, and begin anew."""
        marks, self._marks = list(self._marks.values()), {}
        return marks


def _suppressed(dispatch: Dispatch) -> Suppressed | frozenset[str]:
    """Return the suppression list of the digest, which readers are on who left by an earlier link."""
    path = suppressed_path(dispatch.edition_maker.config.root)
    if not path.exists():
        return frozenset()
    return Suppressed(path, [dispatch.run.digest, *dispatch.handover.former_names], dispatch.secrets)


def _batches(left: Iterable[Delivery], size: int) -> Iterator[list[Delivery]]:
    iterator = iter(left)
    while batch := list(islice(iterator, size)):
        yield batch
