"""Sending each reader her own letter, by a sender that sends mail one by one.

The sender of a table (`smtp`, a `sendmail` program, `ses`) says how letters leave; who gets one, and what became of it,
is in the database of readers. A batch is claimed, sent, and marked in the transaction that claims the next: so a run
that is killed leaves at most one batch of which nobody knows whether it arrived.
"""

from collections.abc import Sequence
from datetime import datetime

from digest.archive import load_ledger
from digest.config import Config
from digest.problems import ConfigError, count
from digest.readers import deliveries
from digest.readers.database import Database, database_exists, open_readers
from digest.readers.deliveries import RunRow
from digest.readers.dispatch import Dispatch
from digest.readers.edition_maker import EditionMaker, open_edition_maker
from digest.readers.letters import page_address
from digest.readers.plan import make_plan
from digest.readers.runs import prepare_run
from digest.senders import (
    Ability,
    Handover,
    Ref,
    Secrets,
    Sender,
    SenderMaker,
    SendError,
    State,
    UnansweredError,
    make_sender,
)
from digest.senders.smtp import OneByOne
from digest.unsubscribe import read_secrets

REF = "readers"  # of the ledger's lines about an edition that goes to our own readers


class ToReaders:
    """The sender of a table, for the readers of the site as of `now` (aware)."""

    provider = "plain"
    can: frozenset[Ability] = frozenset({"state", "test", "text"})

    def __init__(self, config: Config, mail: OneByOne, now: datetime, *, batch: int, secrets: Sequence[str]) -> None:
        self._config = config
        self._mail = mail
        self._now = now
        self._batch = batch
        self._secrets = secrets

    def check(self, handover: Handover, due: datetime | None) -> Sequence[str]:
        """Return what is wrong with the tables or the edition."""
        found = self._mail.check_delivery(handover, due)
        if not self._has_readers():
            found.append(
                "the site has no readers yet: `digest readers import FILE` adds some, and its page lets them join"
            )
        if not page_address(self._config):
            found.append('write url = "https://…" into [readers]: the address of the page behind the links of letters')
        return found

    def rehearse(self, handover: Handover, due: datetime | None, *, draft_only: bool) -> Sequence[str]:  # noqa: ARG002
        """Return what would be said to the mail server."""
        with open_readers(self._config) as database, open_edition_maker(self._config, self._now) as edition_maker:
            run = deliveries.run_of(database, handover.key)
            if run is not None:
                left = sum(deliveries.counts_of(database, run).get(state, 0) for state in deliveries.OPEN)
                return [*self._mail.opening(handover), f"{count(left, 'letter')} left of those planned"]
            plan = make_plan(prepare_run(edition_maker, database, handover.key).circumstances, database)
        planned = f"{count(len(plan.readers), 'letter')}, {count(len(plan.editions), 'edition')}"
        return [*self._mail.opening(handover), f"{planned}, in batches of {self._batch}"]

    def find(self, _handover: Handover) -> Ref | None:
        """Return nothing: a mail server knows no editions."""
        return None

    def create(self, handover: Handover, _ref: Ref | None) -> Ref:
        """Send nothing; write down who gets what, unless it is written already."""
        with open_readers(self._config) as database:
            database.require_alone()
            if deliveries.run_of(database, handover.key) is None:
                with open_edition_maker(self._config, self._now) as edition_maker:
                    self._plan(database, edition_maker, handover)
        return Ref(f"{REF}/{handover.key}")

    def test(self, handover: Handover, to: Sequence[str]) -> None:
        """Send the whole edition to these addresses."""
        self._mail.test(handover, to)

    def release(self, _ref: Ref, handover: Handover, _due: datetime | None) -> None:
        """Send every letter that was not sent yet; first those of earlier runs that were under way when they ended."""
        with open_readers(self._config) as database:
            database.require_alone()
            run = deliveries.run_of(database, handover.key)
            if run is None:
                raise UnansweredError(f"{handover.key} is not in the database of readers, which has who got a letter")
            with open_edition_maker(self._config, self._now) as edition_maker:
                for earlier in deliveries.begun_before(database, run):
                    self._dispatch(database, edition_maker, handover, earlier).send_doubtful()
                self._dispatch(database, edition_maker, handover, run).send()

    def state(self, ref: Ref) -> State:
        """Return whether letters are left to send; `gone` when the database knows nothing of the edition."""
        key = ref.id.partition("/")[2]
        with open_readers(self._config) as database:
            run = deliveries.run_of(database, key)
            if run is None:
                return State("gone", "the database of readers, which has who got a letter, does not know it")
            detail = ", ".join(f"{number:,} {state}" for state, number in deliveries.counts_of(database, run).items())
            return State("sent" if run.is_finished else "draft", detail)

    def cancel(self, _ref: Ref) -> None:
        """Refuse: mail that was sent is sent."""
        raise SendError("mail that was sent cannot be taken back")

    def close(self) -> None:
        """Do nothing: connections end with each call."""

    def _has_readers(self) -> bool:
        """Return whether the site has, or had, a reader."""
        if not database_exists(self._config):
            return False
        with open_readers(self._config) as database:
            return bool(database.rows("SELECT 1 FROM subscriber LIMIT 1"))

    def _plan(self, database: Database, edition_maker: EditionMaker, handover: Handover) -> None:
        if not edition_maker.is_as_published(edition_maker.outcome(handover.key)):
            hint = f"`digest build {handover.key}` takes the changes in"
            raise SendError(f"posts or settings have changed since {handover.key} was built: {hint}")
        run = prepare_run(edition_maker, database, handover.key)
        deliveries.write_plan(run.circumstances, make_plan(run.circumstances, database), database, self._now)

    def _dispatch(self, database: Database, edition_maker: EditionMaker, handover: Handover, run: RunRow) -> Dispatch:
        return Dispatch(
            mail=self._mail,
            database=database,
            edition_maker=edition_maker,
            handover=handover,
            run=run,
            now=self._now,
            batch=self._batch,
            secrets=self._secrets,
        )


def sender_maker(now: datetime, *, to_readers: bool, batch: int = 0) -> SenderMaker:
    """Return what makes the sender of a table for the readers of the site, as of `now` (aware).

    An edition that began to go to them goes on so; others go where the table says, unless `to_readers`.
    """

    def make(config: Config, name: str, *, key: str = "", rehearsal: bool = False) -> tuple[Sender, Secrets]:
        made, secrets = make_sender(config, name, rehearsal=rehearsal)
        if not (to_readers or _goes_to_readers(config, name, key)):
            return made, secrets
        if not isinstance(made, OneByOne):
            kind = config.senders[name].kind
            raise ConfigError(f'[senders.{name}] is of the kind "{kind}"; to readers send "smtp" and "ses"')
        behind_links = () if rehearsal else read_secrets()
        settings = config.readers
        sender = ToReaders(config, made, now, batch=batch or settings.batch, secrets=behind_links)
        return sender, secrets

    return make


def _goes_to_readers(config: Config, name: str, key: str) -> bool:
    """Return whether an edition began to go to the readers of the site."""
    deliveries_of = load_ledger(config, key.partition("/")[0]).deliveries.get(key, {}) if key else {}
    return name in deliveries_of and deliveries_of[name].ref.startswith(f"{REF}/")
