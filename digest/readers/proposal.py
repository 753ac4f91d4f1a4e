"""What a run would bring to whom, without writing anything: `digest plan`, and the letter of one reader."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from digest.archive import load_ledger
from digest.config import Config
from digest.editions import digest_of
from digest.emails import Email
from digest.problems import DigestError
from digest.readers import deliveries
from digest.readers.database import Database, open_readers
from digest.readers.edition_maker import EditionMaker, open_edition_maker
from digest.readers.letters import LetterWriter
from digest.readers.plan import Plan, make_plan
from digest.readers.runs import Run, prepare_run, stories_by_number
from digest.readers.stories import Story
from digest.readers.subscribers import Subscriber, Subscribers
from digest.unsubscribe import normal_address


class PlannedLetter(Struct, frozen=True):
    """What one reader gets: the titles of the posts, in reading order."""

    address: str
    language: str
    posts: tuple[str, ...]


class PlanReport(Struct, frozen=True, kw_only=True):
    """A run as it is planned, or would be now.

    `readers` is how many there are, `letters` how many of them get one, `editions` how many different ones there are,
    `shared` the numbers of readers of the ten that most get, `waiting` how many wait for a later run. `written`: the
    plan is fixed, since the edition began to be sent. `sample` shows some of the letters.
    """

    key: str
    readers: int
    letters: int
    editions: int
    waiting: int
    shared: tuple[int, ...]
    written: bool
    sample: tuple[PlannedLetter, ...] = ()


def plan_for_readers(config: Config, key: str, now: datetime, sample: int = 0) -> PlanReport:
    """Return who would get what in the run of edition `key`; `weekly` alone is its newest edition that is not sent.

    Raises `DigestError` when there is none. `sample` is how many letters to show.
    """
    key = _key(config, key)
    with open_readers(config) as database, open_edition_maker(config, now) as edition_maker:
        run = deliveries.run_of(database, key)
        if run is not None:
            return _written(database, edition_maker, run, sample)
        prepared = prepare_run(edition_maker, database, key)
        plan = make_plan(prepared.circumstances, database)
        return _proposed(database, prepared, plan, sample)


def letter_for(config: Config, address: str, key: str, now: datetime) -> tuple[str, Email]:
    """Return the key of the edition and the letter that the reader with an address gets, or would get now.

    Raises `DigestError` when she is no reader, or gets nothing.
    """
    key = _key(config, key)
    with open_readers(config) as database, open_edition_maker(config, now) as edition_maker:
        rows = database.rows("SELECT id FROM subscriber WHERE name = ?", (normal_address(address),))
        if not rows:
            raise DigestError(f"{address} is no reader of this site")
        reader = rows[0][0]
        prepared = prepare_run(edition_maker, database, key)
        stories, language = _letter_of(database, edition_maker, prepared, key, reader)
        if not stories:
            raise DigestError(f"{address} gets no letter in {key}: nothing in it is hers and new to her")
        writer = LetterWriter(
            edition_maker, prepared.edition, key, now.astimezone(config.digest_zone(prepared.edition.digest))
        )
        return key, writer.email(stories, language, with_page=True)


def _letter_of(
    database: Database, edition_maker: EditionMaker, prepared: Run, key: str, reader: int
) -> tuple[Sequence[Story], str]:
    """Return the stories of a reader's letter, and its language."""
    run = deliveries.run_of(database, key)
    if run is None:
        plan = make_plan(prepared.circumstances, database)
        if reader not in plan.readers:
            return (), ""
        edition = plan.editions[plan.choices[plan.readers.index(reader)]]
        return [prepared.circumstances.stories[position] for position in edition.stories], edition.language
    query = "SELECT edition FROM delivery WHERE run = ? AND subscriber = ?"
    rows = database.rows(query, (run.number, reader))
    editions = {each.number: each for each in deliveries.editions_of(database, run)}
    if not rows:
        return (), ""
    known = stories_by_number(edition_maker, database, run)
    found = editions[rows[0][0]]
    return [known[post] for post in found.posts if post in known], found.language


def _key(config: Config, key: str) -> str:
    """Return the key of an edition; that of the newest one that is not sent for a digest. Raises `DigestError`."""
    name = digest_of(config, key)
    if "/" in key:
        return key
    ledger = load_ledger(config, name)
    unsent = [each for each in ledger.editions if each not in ledger.sent]
    if not unsent:
        raise DigestError(f"{name} has no edition that is built and not sent; `digest status` says when one is due")
    return unsent[-1]


def _proposed(database: Database, prepared: Run, plan: Plan, sample: int) -> PlanReport:
    stories = prepared.circumstances.stories
    numbers = list(plan.readers[:sample])
    readers = Subscribers(database).by_ids(numbers)
    editions = [plan.editions[choice] for choice in plan.choices[:sample]]
    return PlanReport(
        key=prepared.circumstances.key,
        readers=plan.active,
        letters=len(plan.readers),
        editions=len(plan.editions),
        waiting=len(plan.waiting),
        shared=tuple(sorted((edition.readers for edition in plan.editions), reverse=True)[:10]),
        written=False,
        sample=tuple(
            _letter(readers[number], edition.language, [stories[position] for position in edition.stories])
            for number, edition in zip(numbers, editions, strict=True)
        ),
    )


def _written(database: Database, edition_maker: EditionMaker, run: deliveries.RunRow, sample: int) -> PlanReport:
    stories = stories_by_number(edition_maker, database, run)
    editions = {edition.number: edition for edition in deliveries.editions_of(database, run)}
    shared = database.rows(
        "SELECT COUNT(*) FROM delivery WHERE run = ? GROUP BY edition ORDER BY 1 DESC", (run.number,)
    )
    query = "SELECT subscriber, edition FROM delivery WHERE run = ? ORDER BY subscriber LIMIT ?"
    shown = database.rows(query, (run.number, sample))
    readers = Subscribers(database).by_ids([reader for reader, _ in shown])
    counted = "SELECT COUNT(*) FROM subscriber WHERE state = 'active'"
    return PlanReport(
        key=run.key,
        readers=database.rows(counted)[0][0],
        letters=sum(number for (number,) in shared),
        editions=len(shared),
        waiting=database.rows("SELECT COUNT(*) FROM waiting WHERE digest = ?", (run.digest,))[0][0],
        shared=tuple(number for (number,) in shared[:10]),
        written=True,
        sample=tuple(
            _letter(
                readers[reader],
                editions[edition].language,
                [stories[post] for post in editions[edition].posts if post in stories],
            )
            for reader, edition in shown
        ),
    )


def _letter(reader: Subscriber, language: str, stories: Sequence[Story]) -> PlannedLetter:
    titles = tuple(story.post.title or story.post.url for story in stories)
    return PlannedLetter(reader.address or "", language, titles)
