"""Who gets which stories in a run of a digest.

Readers who get the same stories in the same language share an edition, so that a million readers need some thousands.
What a reader gets is, story by story, what holds of all of these:

1. it is in the edition of the run, or in an earlier one of the digest from which she still waits for it;
2. her tags and her language take it;
3. it appeared when she had confirmed her address, or later (`welcome` says what else a new reader gets);
4. she had it from no digest of the site, and no letter with it is on its way to her.

She waits for the next run when she wants fewer letters than the digest has and had one in this day, week or month, and
when there are fewer than `min_posts`. What she waits for was hers at the time: a changed tag brings nothing older.
"""

from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from digest.config import Config
from digest.readers.database import Database
from digest.readers.masks import Masks
from digest.readers.period import digests_of, period_of, slower_than, unit_of
from digest.readers.stories import Story, by_name

GONE = ("left", "withdrawn")  # states of deliveries that brought nobody anything, and never will
UNSENT = ("planned", "deferred")  # states of deliveries that nobody has begun, or a server said "not now" to
_PATIENCE = {"day": 3, "week": 15, "month": 63}  # days after which a digest that has not come is not waited for


class Circumstances(Struct, frozen=True, kw_only=True):
    """A run of a digest: the stories of its edition, and what decides who gets them.

    The first `fresh` of `stories` are new in this run, the next `greeting` are those of the edition before it, for
    readers who have just joined; the others are what some still wait for. `start` and `end` are those of the edition's
    window, aware and in the digest's zone.
    """

    config: Config
    digest: str
    key: str
    start: datetime
    end: datetime
    stories: tuple[Story, ...]
    fresh: int
    greeting: int = 0

    @property
    def min_posts(self) -> int:
        """With fewer posts a reader gets no letter."""
        return self.config.digests[self.digest].min_posts


class PlannedEdition(Struct, frozen=True):
    """An edition of a run: the positions of its stories, its language, and how many readers get it."""

    stories: tuple[int, ...]
    language: str
    readers: int


class Plan(Struct, frozen=True, kw_only=True):
    """What a run brings to whom.

    `readers` are the ids of those who get a letter, and `choices`, in the same order, the positions of their editions.
    `waiting` are the ids of those who wait, and `waits` the positions in `masks` of what they wait for. `active` is how
    many readers there are.
    """

    editions: tuple[PlannedEdition, ...]
    readers: "array[int]"
    choices: "array[int]"
    waiting: "array[int]"
    waits: "array[int]"
    masks: tuple[int, ...]
    active: int


def make_plan(circumstances: Circumstances, database: Database) -> Plan:
    """Return who gets what; nothing is written. The whole takes a few bytes a reader."""
    return _Planning(circumstances, database).plan()


class _Marks:
    """A mask for each reader by her id, each different one kept once."""

    def __init__(self, length: int) -> None:
        self._numbers = array("L", bytes(array("L").itemsize * length))
        self._masks = [0]
        self._known = {0: 0}

    def __getitem__(self, reader: int) -> int:
        return self._masks[self._numbers[reader]]

    def add(self, reader: int, mask: int) -> None:
        """Add the bits of a mask to those of a reader."""
        self._numbers[reader] = self._number(self[reader] | mask)

    def _number(self, mask: int) -> int:
        number = self._known.setdefault(mask, len(self._masks))
        if number == len(self._masks):
            self._masks.append(mask)
        return number


class _Planned:
    """What is planned so far."""

    def __init__(self) -> None:
        self.active = 0
        self._readers, self._choices = array("q"), array("L")
        self._waiting, self._waits = array("q"), array("L")
        self._editions: dict[tuple[int, str], int] = {}
        self._masks: dict[int, int] = {}

    def add(self, reader: int, language: str, *, now: int, later: int) -> None:
        """Add what a reader gets now, and what she waits for."""
        if now:
            self._readers.append(reader)
            self._choices.append(self._editions.setdefault((now, language), len(self._editions)))
        if later:
            self._waiting.append(reader)
            self._waits.append(self._masks.setdefault(later, len(self._masks)))

    def plan(self) -> Plan:
        """Return the plan."""
        shared = Counter(self._choices)
        editions = (
            PlannedEdition(positions(mask), language, shared[choice])
            for (mask, language), choice in self._editions.items()
        )
        return Plan(
            editions=tuple(editions),
            readers=self._readers,
            choices=self._choices,
            waiting=self._waiting,
            waits=self._waits,
            masks=tuple(self._masks),
            active=self.active,
        )


class _Planning:
    """The planning of one run."""

    def __init__(self, circumstances: Circumstances, database: Database) -> None:
        self._run = circumstances
        self._database = database
        self._masks = Masks(circumstances.stories)
        self._length = int(database.rows("SELECT COALESCE(MAX(id), 0) FROM subscriber")[0][0]) + 1
        self._fresh = (1 << circumstances.fresh) - 1
        self._greeting = ((1 << circumstances.greeting) - 1) << circumstances.fresh
        moments = [circumstances.start.timestamp(), *(story.appeared for story in circumstances.stories)]
        self._long_ago = min(moments)  # who confirmed before gets all that is fresh
        self._posts = _Posts(circumstances.stories, database)
        slower = slower_than(unit_of(circumstances.config, circumstances.digest))
        self._had_letters = {every: self._had_a_letter(every) for every in slower}
        self._turns = {every: self._after_their_turn(every) for every in slower}

    def plan(self) -> Plan:
        """Return who gets what."""
        had, owed = self._read_deliveries()
        planned = _Planned()
        for reader, tags, language, every, since in self._active_readers():
            planned.active += 1
            wanted = (self._new_for(since) | owed[reader]) & self._masks.of_tags(tags) & ~had[reader]
            if language:
                wanted &= self._masks.of_language(language)
            if wanted:
                now = self._due(wanted, every, reader)
                planned.add(reader, language, now=now, later=wanted & ~now)
        return planned.plan()

    def _due(self, wanted: int, every: str, reader: int) -> int:
        """Return what a reader gets in this run, of the stories that are hers."""
        now = wanted
        if every in self._had_letters:
            now = 0 if self._had_letters[every][reader] else wanted & self._turns[every]
        return now if now.bit_count() >= self._run.min_posts else 0

    def _active_readers(self) -> Iterator[tuple[int, str, str, str, int]]:
        statement = "SELECT id, tags, language, every, since FROM subscriber WHERE state = 'active' ORDER BY id"
        yield from self._database.scan(statement)

    def _new_for(self, since: int) -> int:
        """Return the stories that are new for a reader who confirmed at `since`."""
        if since < self._long_ago:
            return self._fresh
        welcome = self._run.config.digests[self._run.digest].welcome
        has_just_joined = since >= self._run.start.timestamp()
        if welcome == "new" or not has_just_joined:
            return self._fresh & self._masks.since(since)
        return self._fresh | self._greeting

    def _read_deliveries(self) -> tuple[_Marks, _Marks]:
        """Return what each reader had, or is about to get, and what of earlier runs of the digest she still waits for.

        A letter of an earlier run of this digest that nobody has begun to send is taken into this run.
        """
        had, owed = _Marks(self._length), _Marks(self._length)
        editions = self._posts.editions_with_stories()
        digests: dict[int, str] = dict(self._database.rows("SELECT id, digest FROM run"))
        for run in sorted({run for run, _ in editions.values()}):
            rows = self._database.scan("SELECT subscriber, edition, state FROM delivery WHERE run = ?", (run,))
            for reader, edition, state in rows:
                _, posts = editions.get(edition, (0, ()))
                is_unsent = state in UNSENT
                if is_unsent and digests[run] == self._run.digest:
                    owed.add(reader, self._posts.mask(posts))
                elif state not in GONE and not (is_unsent and digests[run] not in self._run.config.digests):
                    had.add(reader, self._posts.mask_of_had(posts))
        statement = "SELECT subscriber, posts FROM waiting WHERE digest = ?"
        for reader, posts in self._database.scan(statement, (self._run.digest,)):
            owed.add(reader, self._posts.mask(read_posts(posts)))
        return had, owed

    def _had_a_letter(self, every: str) -> bytearray:
        """Return, by id, who had a letter of this digest in the day, week or month of the run."""
        run = self._run
        period = period_of(run.end, every)
        found = bytearray(self._length)
        runs = self._database.rows("SELECT id, ends FROM run WHERE digest = ? AND key <> ?", (run.digest, run.key))
        for number, ends in runs:
            if period_of(datetime.fromtimestamp(ends, run.end.tzinfo), every) != period:
                continue
            statement = "SELECT subscriber, state FROM delivery WHERE run = ?"
            for reader, state in self._database.scan(statement, (number,)):
                if state not in (*GONE, *UNSENT):
                    found[reader] = 1
        return found

    def _after_their_turn(self, every: str) -> int:
        """Return the stories that this digest may bring to readers who want letters `every` so often, and no more.

        Where another digest comes just so often, they are those that its last run could have brought; one that comes no
        more is not waited for.
        """
        fitting = digests_of(self._run.config, every)
        if not fitting:
            return self._masks.everything
        marks = ", ".join("?" for _ in fitting)
        last = self._database.rows(f"SELECT MAX(ends) FROM run WHERE digest IN ({marks})", fitting)[0][0]  # noqa: S608
        if last is None or self._run.end.timestamp() - last > _PATIENCE[every] * 86_400:
            return self._masks.everything
        return self._masks.everything & ~self._masks.since(last)


class _Posts:
    """The numbers of posts in the database, as bits of the run's stories."""

    def __init__(self, stories: Sequence[Story], database: Database) -> None:
        self._database = database
        self._stories = stories
        names = by_name(stories)
        numbered = _numbers(database, [*names, *(name for story in stories for name in story.resent_names)])
        self._bits: dict[int, int] = {}  # of the stories that a post is
        self._had: dict[int, int] = {}  # of the stories that whoever had a post need not get
        for name, position in names.items():
            self._note(numbered.get(name), position, is_story=True)
        for position, story in enumerate(stories):
            for name in story.resent_names:
                self._note(numbered.get(name), position, is_story=False)

    def _note(self, post: int | None, position: int, *, is_story: bool) -> None:
        if post is None:
            return
        self._had[post] = self._had.get(post, 0) | 1 << position
        if is_story:
            self._bits[post] = self._bits.get(post, 0) | 1 << position

    def editions_with_stories(self) -> dict[int, tuple[int, tuple[int, ...]]]:
        """Return the run and the posts of each edition that has one of the stories, by its number."""
        if not self._had:
            return {}
        found = {}
        for edition, run, text in self._database.scan("SELECT id, run, posts FROM edition"):
            posts = read_posts(text)
            if any(post in self._had for post in posts):
                found[edition] = (run, posts)
        return found

    def mask(self, posts: Sequence[int]) -> int:
        """Return the stories that are among posts."""
        mask = 0
        for post in posts:
            mask |= self._bits.get(post, 0)
        return mask

    def mask_of_had(self, posts: Sequence[int]) -> int:
        """Return the stories that a reader of these posts need not get."""
        mask = 0
        for post in posts:
            mask |= self._had.get(post, 0)
        return mask


def _numbers(database: Database, names: Sequence[str]) -> Mapping[str, int]:
    """Return the numbers of posts that the database knows, by their names."""
    found: dict[str, int] = {}
    for start in range(0, len(names), 500):
        part = names[start : start + 500]
        marks = ", ".join("?" for _ in part)
        found |= dict(database.rows(f"SELECT name, post FROM post_name WHERE name IN ({marks})", part))  # noqa: S608
    return found


def positions(mask: int) -> tuple[int, ...]:
    """Return the positions of the stories in a mask."""
    return tuple(number for number in range(mask.bit_length()) if mask >> number & 1)


def read_posts(text: str) -> tuple[int, ...]:
    """Return the numbers of posts as an edition keeps them."""
    return tuple(map(int, text.split()))
