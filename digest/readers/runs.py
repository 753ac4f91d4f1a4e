"""A run of a digest for its readers: what the plan needs to know, made from its editions and the database."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from msgspec import Struct

from digest.archive import load_ledger
from digest.editions import Edition, Ledger
from digest.readers.database import Database
from digest.readers.deliveries import RunRow, editions_of, names_of, runs_of
from digest.readers.edition_maker import EditionMaker, edition_of
from digest.readers.plan import UNSENT, Circumstances, read_posts
from digest.readers.stories import Names, Story, as_sent_first, distinct, names_in, stories_of


class Run(Struct, frozen=True, eq=False):
    """The edition of a run with all its posts, and the circumstances of planning it."""

    edition: Edition
    circumstances: Circumstances


def prepare_run(edition_maker: EditionMaker, database: Database, key: str) -> Run:
    """Return what a plan of edition `key` is made from. Raises `DigestError` when it has no post any more."""
    config, name = edition_maker.config, key.partition("/")[0]
    ledger = load_ledger(config, name)
    names = names_in(config)
    edition = edition_of(edition_maker.outcome(key))
    runs = [run for run in runs_of(database, name) if run.key != key]
    fresh = list(stories_of(edition, ledger, names))
    for left_out in _left_out(ledger, key, runs):
        fresh += _stories(edition_maker, ledger, names, left_out)
    fresh = list(distinct(fresh))
    greeting: list[Story] = []
    if config.digests[name].welcome == "last":
        greeting = _others(fresh, _stories(edition_maker, ledger, names, _edition_before(ledger, key)))
    carried: list[Story] = []
    for waited_for in _waited_for(database, runs, ledger):
        carried += _stories(edition_maker, ledger, names, waited_for)
    carried = _others([*fresh, *greeting], carried)
    circumstances = Circumstances(
        config=config,
        digest=name,
        key=key,
        start=edition.start,
        end=edition.end,
        stories=(*fresh, *greeting, *carried),
        fresh=len(fresh),
        greeting=len(greeting),
    )
    return Run(edition, circumstances)


def stories_by_number(edition_maker: EditionMaker, database: Database, run: RunRow) -> dict[int, Story]:
    """Return the stories of a run's editions as they are now, by the numbers of their posts.

    Those that are not published any more are missing.
    """
    wanted = {post for edition in editions_of(database, run) for post in edition.posts}
    numbers = {name: number for number, names in names_of(database, wanted).items() for name in names}
    names = names_in(edition_maker.config)
    ledger = load_ledger(edition_maker.config, run.digest)
    found: dict[int, Story] = {}
    for key in dict.fromkeys([run.key, *_editions_with(ledger, numbers)]):
        if wanted <= found.keys():
            break
        stories = _stories(edition_maker, ledger, names, key)
        found = _by_number(stories, numbers) | found
    return found


def _by_number(stories: Iterable[Story], numbers: Mapping[str, int]) -> dict[int, Story]:
    return {numbers[name]: story for story in stories for name in story.names if name in numbers}


def _stories(edition_maker: EditionMaker, ledger: Ledger, names: Names, key: str) -> tuple[Story, ...]:
    """Return the stories of another edition that are still published; none for an empty key."""
    edition = edition_maker.outcome(key).edition if key else None
    return stories_of(edition, ledger, names) if edition else ()


def _editions_with(ledger: Ledger, names: Collection[str]) -> list[str]:
    """Return the editions that have a post with one of these names, the newest first."""
    posts = {as_sent_first(name) for name in names}
    return [key for key, built in reversed(ledger.editions.items()) if any(item.id in posts for item in built.posts)]


def _left_out(ledger: Ledger, key: str, runs: Sequence[RunRow]) -> list[str]:
    """Return the editions that were built and not sent between the last run before `key` and it; none before the first.

    An earlier run has taken in those that were left out before it.
    """
    end = ledger.editions[key].end.timestamp()
    earlier = [run.ends for run in runs if run.ends < end]
    if not earlier:
        return []
    planned = {run.key for run in runs}
    between = [other for other, built in ledger.editions.items() if max(earlier) < built.end.timestamp() < end]
    return [other for other in between if other not in planned and other not in ledger.sent]


def _edition_before(ledger: Ledger, key: str) -> str:
    """Return the key of the edition before `key`; empty when there is none."""
    end = ledger.editions[key].end
    return next((other for other, built in reversed(ledger.editions.items()) if built.end < end), "")


def _waited_for(database: Database, runs: Sequence[RunRow], ledger: Ledger) -> list[str]:
    """Return the editions with posts that some readers still wait for, the newest first."""
    if not runs:
        return []
    digest = runs[0].digest
    posts: set[int] = set()
    for (text,) in database.scan("SELECT DISTINCT posts FROM waiting WHERE digest = ?", (digest,)):
        posts.update(read_posts(text))
    holders = ", ".join("?" for _ in UNSENT)
    query = (
        "SELECT DISTINCT edition.posts FROM delivery JOIN edition ON edition.id = delivery.edition "  # noqa: S608
        f"WHERE delivery.run = ? AND delivery.state IN ({holders})"
    )
    for run in runs:
        if not run.is_finished:
            for (text,) in database.scan(query, (run.number, *UNSENT)):
                posts.update(read_posts(text))
    return _editions_with(ledger, [name for names in names_of(database, posts).values() for name in names])


def _others(known: Sequence[Story], stories: Sequence[Story]) -> list[Story]:
    """Return the stories that are not among those known."""
    return list(distinct([*known, *stories]))[len(known) :]
