"""`kind = "smtp"`: a copy for each address of a file, with its own unsubscribe link."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import ClassVar, NoReturn

from msgspec import Struct

from digest.problems import count
from digest.senders.protocol import Ability, Handover, Ref, SendError, State, TryAgainError, UnansweredError
from digest.senders.secret import Secrets
from digest.senders.smtp.addresses import Reader, read_addresses
from digest.senders.smtp.bounces import BounceSummary, mark_bounces
from digest.senders.smtp.deliver import Delivery, StoppedError, Summary, deliver, summarise, waiting
from digest.senders.smtp.mail_sender import MailSender, test_addresses
from digest.senders.smtp.pace import Pace, seconds_between
from digest.senders.smtp.settings import ReadersSettings
from digest.senders.smtp.splice import Template, make_template, ways_out
from digest.senders.smtp.states import CopyStates, open_states
from digest.unsubscribe import Suppressed, normal_address, private_path, read_secrets, refuse_copied, suppressed_path

_NAMED = 20  # refused readers that are named in one run


class _Run(Struct, frozen=True):
    """The copies of one edition in one run: who is on the list, and the database of states."""

    handover: Handover
    readers: tuple[Reader, ...]
    states: CopyStates

    @property
    def mark(self) -> str:
        """What the states of the edition are kept under."""
        return self.handover.manifest.idempotency_key

    def summary(self) -> Summary:
        """Return how many copies are in each state now."""
        return summarise(self.readers, self.states.known(self.mark))


class OneByOne(MailSender):
    """Copies by mail. It keeps the state of each address, so that the next run goes on and sends nothing twice.

    Its `Ref` names the database and the edition: with another database nobody knows who has a copy already.
    """

    settings_type: ClassVar[type[ReadersSettings]] = ReadersSettings
    can: frozenset[Ability] = frozenset({"state", "test", "text"})

    def __init__(self, settings: ReadersSettings, secrets: Secrets) -> None:
        super().__init__(settings, secrets)
        self.settings = settings

    def check(self, handover: Handover, due: datetime | None) -> Sequence[str]:
        """Return what is wrong with the table or the edition. Raises `ContentError` for wrong addresses."""
        found = self.check_delivery(handover, due)
        if not self.settings.readers:
            found.append('write readers = "readers.txt", the file of addresses; or send with --readers')
        if not (found or handover.is_test):
            self._readers(handover)
        return found

    def check_delivery(self, handover: Handover, due: datetime | None) -> list[str]:
        """Return what is wrong with the table or the edition, whoever the readers are."""
        found = list(super().check(handover, due))
        try:
            seconds_between(handover.rate or self.settings.rate)
        except ValueError as error:
            found.append(f"rate: {error}")
        return found

    def rehearse(self, handover: Handover, due: datetime | None, *, draft_only: bool) -> Sequence[str]:  # noqa: ARG002
        """Return what would be said to the mail server."""
        readers = self._readers(handover)
        first = readers[0].address if readers else "nobody"
        others = count(max(len(readers) - 1, 0), "other")
        page, _ = ways_out(handover.manifest)
        unsubscribe = "each reader's own unsubscribe link" if page else "the same unsubscribe address for each reader"
        return [
            *self.opening(handover),
            f"RCPT TO:<{first}>, then one by one {others}, {self.settings.rate or 'without a pause'}",
            f"DATA of about {len(handover.message):,} bytes, with {unsubscribe}",
        ]

    def test(self, handover: Handover, to: Sequence[str]) -> None:
        """Send the copies that these addresses would get, with the mark of a test."""
        template = self._template(handover)
        transport = self.transport()
        try:
            for address in test_addresses(to):
                reply = transport.send(self.envelope_sender(handover), address, template.copy(address, "test"))
                if reply.fate != "sent":
                    raise SendError(f"{address}: {reply}")
        finally:
            transport.close()

    def create(self, handover: Handover, _ref: Ref | None) -> Ref:
        """Send nothing; return what the states of this edition are kept under."""
        output = handover.folder.parents[len(Path(handover.key).parts)]
        with open_states(private_path(self.root, self.settings.database, [output])) as states:
            return Ref(f"{states.identity}/{handover.manifest.idempotency_key}")

    def state(self, ref: Ref) -> State:
        """Return whether copies are left to send; `gone` with another database than the one it was begun with."""
        identity, _, mark = ref.id.partition("/")
        path = self.root / self.settings.database
        if not path.exists():
            return State("gone", f"{self.settings.database} is not here, which has who got a copy")
        with open_states(path) as states:
            if states.identity != identity:
                return State("gone", f"{self.settings.database} is not the one that the sending began with")
            fates = Counter(states.known(mark).values())
            detail = ", ".join(f"{number:,} {fate}" for fate, number in sorted(fates.items()))
            return State("sent" if states.is_finished(mark) else "draft", detail)

    def release(self, _ref: Ref, handover: Handover, _due: datetime | None) -> None:
        """Send every copy that was not sent yet."""
        output = handover.folder.parents[len(Path(handover.key).parts)]
        with open_states(private_path(self.root, self.settings.database, [output])) as states:
            bounced = states.bounced()
            readers = [reader for reader in self._readers(handover) if reader.key not in bounced]
            self._send(_Run(handover, tuple(readers), states))

    def mark_bounces(self, mailbox: Path) -> BounceSummary:
        """Mark the readers that the reports in a mailbox are about: whose mailbox is gone gets nothing more."""
        with open_states(private_path(self.root, self.settings.database)) as states:
            return mark_bounces(mailbox, states)

    def forgive_bounces(self, addresses: Sequence[str]) -> int:
        """Send to these readers again, whose mailboxes work; return how many reports are forgotten."""
        with open_states(private_path(self.root, self.settings.database)) as states:
            return sum(states.forgive(normal_address(address)) for address in addresses)

    def _send(self, run: _Run) -> None:
        known = run.states.known(run.mark)
        repeats = self.settings.unknown_copies == "repeat"
        template = self._template(run.handover)
        self.warn_of_insecurity(run.handover)
        transport = self.transport(self.settings.per_connection)
        delivery = Delivery(
            mark=run.mark,
            known=known,
            sender=self.envelope_sender(run.handover),
            copy=lambda reader: template.copy(reader.address),
            redact=self.secrets.redact,
            transport=transport,
            states=run.states,
            wait=Pace(run.handover.rate or self.settings.rate).wait,
            progress=run.handover.progress,
            stop_after=self.settings.stop_after,
        )
        try:
            deliver(delivery, waiting(run.readers, known, repeat_unknown=repeats))
        except (SendError, TryAgainError) as error:
            self._stop(run, error)
        finally:
            transport.close()
        self._end(run)

    def _stop(self, run: _Run, error: SendError | TryAgainError) -> NoReturn:
        """Raise the error of a run that ended early; what was sent stays sent, and the edition shut."""
        self._name_refused(run)
        summary = run.summary()
        if not (summary.sent or summary.unknown):
            raise error
        message = f"stopped after {summary.sent:,} of {count(len(run.readers), 'reader')}: {error}"
        kind = StoppedError if isinstance(error, SendError) else UnansweredError
        raise kind(message) from None

    def _end(self, run: _Run) -> None:
        """Write that nothing is left. Raises `UnansweredError` when something is."""
        self._name_refused(run)
        summary = run.summary()
        doubtful = 0 if self.settings.unknown_copies == "skip" else summary.unknown
        if summary.deferred or doubtful:
            asks = doubtful and self.settings.unknown_copies == "ask"
            advice = (
                'whether the unknown ones arrived nobody knows: write unknown_copies = "repeat" or "skip"'
                if asks
                else f"`digest send {run.handover.key}` again tries the rest"
            )
            raise UnansweredError(f"{summary}; {advice}")
        run.states.finish(run.mark)

    def _name_refused(self, run: _Run) -> None:
        """Warn of readers whose copy was refused."""
        refused = run.states.replies(run.mark, "refused")
        named = [reader for reader in run.readers if reader.key in refused]
        for reader in named[:_NAMED]:
            message = f"{reader.address}: {refused[reader.key]}"
            self.warn(run.handover, self.settings.readers, "reader-refused", message, line=reader.line)
        if len(named) > _NAMED:
            message = f"{len(named) - _NAMED:,} more were refused"
            self.warn(run.handover, self.settings.readers, "reader-refused", message)

    def _readers(self, handover: Handover) -> list[Reader]:
        """Return the readers of the file who have not left."""
        file = self.root / Path(self.settings.readers).expanduser()
        refuse_copied(self.root, file, self.settings.readers)
        listed = read_addresses(file, self.settings.readers).readers
        path = suppressed_path(self.root)
        if not path.exists():
            return list(listed)
        left = Suppressed(path, [handover.manifest.digest, *handover.former_names], self._unsubscribe_secrets())
        return [reader for reader in listed if reader.address not in left]

    def _template(self, handover: Handover) -> Template:
        secret = self._unsubscribe_secrets()[0] if ways_out(handover.manifest)[0] else ""
        return make_template(handover.manifest, handover.message, secret)

    def _unsubscribe_secrets(self) -> list[str]:
        """Return the secrets behind unsubscribe links, which are hidden in every text from now on."""
        return [self.secrets.hide_too(secret).reveal() for secret in read_secrets()]
