"""Figures about the readers of a site, and what is kept of one of them."""

from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

from digest.readers.database import Database
from digest.readers.deliveries import RunRow, counts_of, runs_of
from digest.readers.subscribers import Subscriber, Subscribers
from digest.readers.wishes import write_tags

_SHOWN = 5  # runs of a digest


class RunStatus(Struct, frozen=True):
    """A run: how many letters are in each state, and whether none is left."""

    key: str
    letters: dict[str, int]
    finished: bool


class ReadersStatus(Struct, frozen=True):
    """How many readers there are by state, how many addresses are suppressed, and the newest runs."""

    readers: dict[str, int]
    suppressed: int
    runs: tuple[RunStatus, ...]


def readers_status(database: Database) -> ReadersStatus:
    """Return the figures of a site's readers."""
    states: dict[str, int] = dict(database.rows("SELECT state, COUNT(*) FROM subscriber GROUP BY state ORDER BY state"))
    digests = [digest for (digest,) in database.rows("SELECT DISTINCT digest FROM run ORDER BY digest")]
    newest: list[RunRow] = [run for digest in digests for run in runs_of(database, digest)[-_SHOWN:]]
    return ReadersStatus(
        readers=states,
        suppressed=database.rows("SELECT COUNT(*) FROM suppressed")[0][0],
        runs=tuple(RunStatus(run.key, dict(counts_of(database, run).items()), run.is_finished) for run in newest),
    )


def row_of(reader: Subscriber) -> dict[str, str]:
    """Return a reader as a row of the table that `digest readers import` reads."""
    return {
        "address": reader.address or "",
        "tags": write_tags(reader.tags),
        "language": reader.language,
        "every": reader.every,
        "state": reader.state,
        "since": _moment(reader.since),
    }


def data_of(database: Database, subscribers: Subscribers, reader: Subscriber) -> dict[str, Any]:
    """Return everything that is kept of a reader (GDPR, articles 15 and 20)."""
    query = (
        "SELECT run.key, delivery.state, delivery.at, edition.subject FROM delivery JOIN run ON run.id = delivery.run "
        "JOIN edition ON edition.id = delivery.edition WHERE delivery.subscriber = ? ORDER BY run.ends"
    )
    letters = [
        {"edition": key, "state": state, "at": _moment(at), "subject": subject}
        for key, state, at, subject in database.rows(query, (reader.id,))
    ]
    consent = [{**each, "at": _moment(each["at"])} for each in subscribers.history(reader)]
    return {**row_of(reader), "consent": consent, "letters": letters}


def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
