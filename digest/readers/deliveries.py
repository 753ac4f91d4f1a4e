"""The deliveries of a run: what each reader is to get, and what became of it.

They are the outbox, the record by which nobody gets a post twice, and where an interrupted run goes on, in one. A
letter is claimed before it is sent, in batches, and marked after it; of those claimed by a run that was killed nobody
knows whether they arrived.

| state | meaning |
| --- | --- |
| planned | not begun |
| sending | claimed; of a run that was killed: nobody knows |
| sent, refused, unknown | as a mail server answered, or did not |
| deferred | the server said "not now" |
| left | she left, or is suppressed, since the plan was made |
| withdrawn | none of its posts is published any more |
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Literal

from msgspec import Struct

from digest.readers.database import Database
from digest.readers.plan import UNSENT, Circumstances, Plan, positions, read_posts
from digest.readers.stories import Story

DeliveryState = Literal["planned", "sending", "sent", "refused", "deferred", "unknown", "left", "withdrawn"]

OPEN: tuple[DeliveryState, ...] = ("planned", "sending", "deferred", "unknown")
DOUBTFUL: tuple[DeliveryState, ...] = ("sending", "unknown")


class RunRow(Struct, frozen=True):
    """A run as it was planned. `ends` is when its window does, in seconds since 1970."""

    number: int
    digest: str
    key: str
    ends: int
    is_finished: bool


class EditionRow(Struct, frozen=True):
    """An edition of a run: the numbers of its posts in reading order."""

    number: int
    run: int
    language: str
    posts: tuple[int, ...]


class Delivery(Struct, frozen=True):
    """A letter of a run to a reader."""

    run: int
    subscriber: int
    edition: int
    state: DeliveryState


class Mark(Struct, frozen=True):
    """What became of a letter, with what the server said."""

    subscriber: int
    state: DeliveryState
    reply: str = ""


def run_of(database: Database, key: str) -> RunRow | None:
    """Return the run of edition `key`; None when it was not planned."""
    return next(iter(_runs(database, "WHERE key = ?", (key,))), None)


def runs_of(database: Database, digest: str) -> list[RunRow]:
    """Return the runs of a digest, the oldest first."""
    return _runs(database, "WHERE digest = ?", (digest,))


def write_plan(circumstances: Circumstances, plan: Plan, database: Database, now: datetime) -> RunRow:
    """Write a plan: the run, its editions, a delivery for each reader, and who waits for what.

    Letters of earlier runs of the digest that nobody has begun are in this run, and are dropped there.
    """
    run = circumstances
    with database.transaction():
        posts = [_register(database, story) for story in run.stories]
        _drop_unsent(database, run.digest)
        number = _insert_run(database, run, int(now.timestamp()))
        editions = [
            _insert_edition(database, number, edition.language, [posts[position] for position in edition.stories])
            for edition in plan.editions
        ]
        at = int(now.timestamp())
        database.run_many(
            "INSERT INTO delivery (run, subscriber, edition, state, at) VALUES (?, ?, ?, 'planned', ?)",
            ((number, reader, editions[choice], at) for reader, choice in zip(plan.readers, plan.choices, strict=True)),
        )
        database.run("DELETE FROM waiting WHERE digest = ?", (run.digest,))
        texts = [_as_text(posts[position] for position in positions(mask)) for mask in plan.masks]
        database.run_many(
            "INSERT INTO waiting (digest, subscriber, posts) VALUES (?, ?, ?)",
            ((run.digest, reader, texts[wait]) for reader, wait in zip(plan.waiting, plan.waits, strict=True)),
        )
    return RunRow(number, run.digest, run.key, int(run.end.timestamp()), is_finished=False)


def editions_of(database: Database, run: RunRow) -> list[EditionRow]:
    """Return the editions of a run."""
    rows = database.rows("SELECT id, run, language, posts FROM edition WHERE run = ? ORDER BY id", (run.number,))
    return [EditionRow(number, of, language, read_posts(posts)) for number, of, language, posts in rows]


def names_of(database: Database, posts: Iterable[int]) -> dict[int, list[str]]:
    """Return the names of posts by their numbers."""
    wanted = set(posts)
    found: dict[int, list[str]] = {}
    for name, post in database.scan("SELECT name, post FROM post_name"):
        if post in wanted:
            found.setdefault(post, []).append(name)
    return found


def counts_of(database: Database, run: RunRow) -> dict[DeliveryState, int]:
    """Return how many letters of a run are in each state."""
    query = "SELECT state, COUNT(*) FROM delivery WHERE run = ? GROUP BY state ORDER BY state"
    return dict(database.rows(query, (run.number,)))


def left_to_send(database: Database, run: RunRow, *, repeat_unknown: bool) -> Iterator[Delivery]:
    """Yield the letters of a run that are still to be sent, those of an edition together, the doubtful ones first."""
    wanted = [*UNSENT, *(DOUBTFUL if repeat_unknown else ())]
    marks = ", ".join("?" for _ in wanted)
    query = (
        f"SELECT run, subscriber, edition, state FROM delivery WHERE run = ? AND state IN ({marks}) "  # noqa: S608
        "ORDER BY CASE WHEN state IN ('sending', 'unknown') THEN 0 ELSE 1 END, edition, subscriber"
    )
    for row in database.rows(query, (run.number, *wanted)):
        yield Delivery(*row)


def begun_before(database: Database, run: RunRow) -> list[RunRow]:
    """Return the earlier runs of a digest with letters of which nobody knows whether they arrived."""
    query = "SELECT DISTINCT run FROM delivery WHERE state IN ('sending', 'unknown') AND run <> ?"
    doubtful = {number for (number,) in database.rows(query, (run.number,))}
    return [each for each in runs_of(database, run.digest) if each.number in doubtful]


def mark(database: Database, run: int, marks: Sequence[Mark]) -> None:
    """Write what became of letters. The caller has begun a transaction."""
    at = int(time.time())
    database.run_many(
        "UPDATE delivery SET state = ?, at = ?, reply = ? WHERE run = ? AND subscriber = ?",
        [(each.state, at, each.reply, run, each.subscriber) for each in marks],
    )


def finish(database: Database, run: RunRow) -> None:
    """Write that no letter of a run is left."""
    database.run("UPDATE run SET finished_at = ? WHERE id = ?", (int(time.time()), run.number))


def drop_older_than(database: Database, moment: datetime) -> int:
    """Drop the deliveries of runs that are finished and whose windows ended before `moment`; return how many."""
    ends = int(moment.timestamp())
    query = "SELECT id FROM run WHERE ends < ? AND finished_at IS NOT NULL"
    old = [number for (number,) in database.rows(query, (ends,))]
    dropped = 0
    for number in old:
        with database.transaction():
            dropped += database.run("DELETE FROM delivery WHERE run = ?", (number,))
    return dropped


def _runs(database: Database, where: str, values: Sequence[object]) -> list[RunRow]:
    query = f"SELECT id, digest, key, ends, finished_at FROM run {where} ORDER BY ends, id"  # noqa: S608
    return [
        RunRow(number, digest, key, ends, is_finished=finished is not None)
        for number, digest, key, ends, finished in database.rows(query, values)
    ]


def _register(database: Database, story: Story) -> int:
    """Return the number of a story's post, under all its names; a new one when the database does not know it."""
    marks = ", ".join("?" for _ in story.names)
    query = f"SELECT MIN(post) FROM post_name WHERE name IN ({marks})"  # noqa: S608
    number = database.rows(query, story.names)[0][0]
    if number is None:
        number = database.rows("INSERT INTO post DEFAULT VALUES RETURNING id")[0][0]
    database.run_many(
        "INSERT INTO post_name (name, post) VALUES (?, ?) ON CONFLICT DO NOTHING",
        [(name, number) for name in story.names],
    )
    return int(number)


def _drop_unsent(database: Database, digest: str) -> None:
    marks = ", ".join("?" for _ in UNSENT)
    query = f"DELETE FROM delivery WHERE run = ? AND state IN ({marks})"  # noqa: S608
    for run in runs_of(database, digest):
        database.run(query, (run.number, *UNSENT))


def _insert_run(database: Database, run: Circumstances, now: int) -> int:
    query = "INSERT INTO run (digest, key, ends, planned_at) VALUES (?, ?, ?, ?) RETURNING id"
    return int(database.rows(query, (run.digest, run.key, int(run.end.timestamp()), now))[0][0])


def _insert_edition(database: Database, run: int, language: str, posts: Sequence[int]) -> int:
    query = "INSERT INTO edition (run, language, posts) VALUES (?, ?, ?) RETURNING id"
    return int(database.rows(query, (run, language, _as_text(posts)))[0][0])


def _as_text(posts: Iterable[int]) -> str:
    return " ".join(map(str, posts))
