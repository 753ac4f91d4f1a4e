"""Random histories of a site and its readers, and what must hold of each.

The database, the ledgers, the plan and the sending are the program's. Only the letters are stand-ins, which name their
reader and their posts, and the mail server, which may refuse, say "not now", or be cut off in the middle of a run.
"""

import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec

from digest.archive import load_ledger
from digest.collector import Post
from digest.config import Config, Digest, Feeds, Posts, Readers, Selection, Site, Theme
from digest.editions import DigestRun, Outcome, Sent, edition_for_key, ledger
from digest.readers import Subscribers, Wishes, deliveries, dispatch, import_readers, open_readers
from digest.readers.database import Database
from digest.readers.deliveries import run_of, write_plan
from digest.readers.plan import make_plan
from digest.readers.runs import prepare_run
from digest.readers.table import ReaderRow
from digest.readers.wishes import read_tags, selection_of
from digest.senders import TryAgainError, UnansweredError
from digest.senders.smtp.reply import Reply
from tests.edition_runs import hash_of, run
from tests.readers.conftest import SECRET

SECRETS = (SECRET,)
TAGS = ("news", "sport", "arts", "food")
LANGUAGES = ("en", "zh-CN")
BEGIN = datetime(2026, 9, 7, 9, tzinfo=UTC)
WISHES = ("", "news", "sport", "news, arts", "-food", "+news, -sport", "food, sport")
DAYS = 40
FLUSHED = 75  # days at the end without an event, so that nobody waits any more


class KilledError(BaseException):
    """The process ends here; nothing is done after it."""


class Stopped:
    """A database whose process may be killed: then no statement reaches it any more."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.is_killed = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        if self.is_killed:
            raise KilledError
        with self._database.transaction():
            yield


class Letter(msgspec.Struct, frozen=True):
    """What a reader got: the run, her number and the posts."""

    key: str
    reader: int
    posts: tuple[str, ...]
    at: datetime


class History:
    """A site whose days go by. `check` says what went wrong, in the end."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.root = Path(tempfile.mkdtemp(dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
        self.config = self._make_config()
        self.now = BEGIN
        self.posts: list[Post] = []
        self.got: list[Letter] = []
        self.repeats_allowed: Counter[int] = Counter()  # batches that were under way when a run was killed
        self.hers: dict[int, dict[str, str]] = {}  # by reader: what a run had for her, and in which
        self.wrong: list[str] = []
        self.refused: set[tuple[int, str]] = set()  # posts in letters that a mailbox refused
        self.abandoned: set[str] = set()  # editions that the owner does not send any more, or never sent
        self.considered: dict[str, set[str]] = {}  # editions whose posts readers were offered, by digest
        self.unwanted: set[tuple[int, str]] = set()  # what a reader waited for, and wants no more
        self.joined = 0

    def run(self) -> list[str]:
        """Let the days go by; return what went wrong."""
        try:
            with open_readers(self.config) as database:
                self.database = database
                self.subscribers = Subscribers(database, SECRETS)
                for day in range(DAYS + FLUSHED):
                    self._one_day(quiet=day >= DAYS)
                self._check_the_end()
        finally:
            shutil.rmtree(self.root)
        return self.wrong

    def _make_config(self) -> Config:
        chance = self.chance
        digests = {"weekly": Digest(title="Weekly", every="week", **self._settings())}
        if chance.random() < 0.4:
            digests["daily"] = Digest(title="Daily", every="day", **self._settings())
        if chance.random() < 0.4:
            digests["monthly"] = Digest(title="Monthly", every="month", **self._settings())
        if chance.random() < 0.2:
            digests["arts"] = Digest(title="Arts", every="week", any=("arts",), **self._settings())
        return Config(
            root=self.root,
            file=None,
            site=Site(title="Site", timezone=chance.choice(["UTC", "Asia/Shanghai", "America/New_York"])),
            posts=Posts(),
            feeds=Feeds(),
            digests=digests,
            theme=Theme(),
            readers=Readers(url="https://example.org/readers/"),
        )

    def _settings(self) -> dict[str, Any]:
        chance = self.chance
        return {
            "min_posts": chance.choice([1, 1, 1, 2]),
            "welcome": chance.choice(["new", "new", "window", "last"]),
            "max_age": 400,
            "approve": "never",
        }

    # --- a day

    def _one_day(self, *, quiet: bool) -> None:
        chance = self.chance
        self.now += timedelta(days=1)
        if quiet:
            self._write_for_everybody()
        else:
            for _ in range(chance.choice([0, 0, 1, 1, 2])):
                self._write()
            for _ in range(chance.choice([0, 0, 1, 2])):
                self._one_event()
        for name in self.config.digests:
            if quiet or chance.random() < 0.85:  # a run may be missed
                only = msgspec.structs.replace(self.config, digests={name: self.config.digests[name]})
                run(only, self.posts, self.now)
                self._send(name, quiet=quiet)

    # --- posts

    def _write(self) -> None:
        chance = self.chance
        number = len(self.posts)
        is_late = chance.random() < 0.15
        date = self.now - (
            timedelta(days=chance.randint(1, 20)) if is_late else timedelta(minutes=chance.randint(1, 900))
        )
        tags = tuple(chance.sample(TAGS, chance.randint(0, 2)))
        self._add(f"post-{number}", date, tags, chance.choice(LANGUAGES))

    def _write_for_everybody(self) -> None:
        """Write posts that everybody takes, so that each day has an edition and nobody waits for more posts."""
        for language in LANGUAGES:
            for tag in ("news", "sport", "arts", "food"):
                if self.now.day % 7 == 0:
                    self._add(f"post-{len(self.posts)}", self.now - timedelta(hours=1), (tag,), language)

    def _add(self, slug: str, date: datetime, tags: tuple[str, ...], language: str) -> None:
        url = f"https://example.org/{slug}/"
        self.posts.append(
            Post(
                path=f"content/{slug}.md",
                id=url,
                url=url,
                date=date,
                tags=tags,
                language=language,
                slug=slug,
                title=slug,
                summary=slug,
            )
        )

    # --- readers

    def _one_event(self) -> None:
        event = self.chance.choice(
            ["join", "join", "join", "import", "change", "change", "leave", "forget", "move", "again"]
        )
        getattr(self, f"_{event}")()

    def _some_reader(self) -> Any:
        known = [reader for reader in self.subscribers.all() if reader.state == "active"]
        return self.chance.choice(known) if known else None

    def _wishes(self) -> Wishes:
        chance = self.chance
        return Wishes(
            tags=read_tags(chance.choice(WISHES)),
            language=chance.choice(["", "", "en", "zh"]),
            every=chance.choice(["", "", "week", "month", "day"]),
        )

    def _join(self) -> None:
        self.joined += 1
        wishes = self._wishes()
        since = int((self.now - timedelta(minutes=self.chance.randint(0, 600))).timestamp())
        with self.database.transaction():
            self.subscribers.add(f"r{self.joined}@example.org", wishes, "active", since, "history")

    def _import(self) -> None:
        """Import a table with old and new readers, some of whom have left."""
        chance = self.chance
        rows = []
        for number in chance.sample(range(1, self.joined + 3), min(self.joined + 1, 3)):
            wishes = self._wishes()
            since = int((self.now - timedelta(days=chance.randint(0, 30))).timestamp())
            rows.append(
                ReaderRow(
                    address=f"r{number}@example.org",
                    line=1,
                    tags=chance.choice([None, wishes.tags]),
                    language=None,
                    every=None,
                    state="active",
                    since=since,
                )
            )
        self.joined = max(self.joined, *(int(row.address[1:].partition("@")[0]) for row in rows))
        import_readers(self.database, rows, source="table")
        self._note_unwanted()

    def _note_unwanted(self) -> None:
        """Note what readers wait for whose tags or language do not take it any more."""
        by_id = {post.id: post for post in self.posts}
        for reader in self.subscribers.all():
            for name in self.hers.get(reader.id, {}):
                if not takes(reader, by_id[name.removeprefix("resend:")]):
                    self.unwanted.add((reader.id, name))

    def _change(self) -> None:
        reader = self._some_reader()
        if reader is not None:
            self.subscribers.choose(reader, self._wishes())
            self._note_unwanted()

    def _leave(self) -> None:
        reader = self._some_reader()
        if reader is not None:
            self.subscribers.leave(reader, "history")

    def _forget(self) -> None:
        reader = self._some_reader()
        if reader is not None and self.chance.random() < 0.5:
            self.subscribers.forget(reader, "history")

    def _move(self) -> None:
        """Withdraw a post for good."""
        if self.posts and self.chance.random() < 0.3:
            index = self.chance.randrange(len(self.posts))
            self.posts[index] = msgspec.structs.replace(self.posts[index], draft=True)

    def _again(self) -> None:
        """Send a post again on purpose."""
        if self.posts and self.chance.random() < 0.5:
            index = self.chance.randrange(len(self.posts))
            self.posts[index] = msgspec.structs.replace(self.posts[index], resend=True)

    # --- sending

    def _send(self, name: str, *, quiet: bool) -> None:
        """Send the editions of a digest that are not sent, the oldest first; sometimes only the newest, or none."""
        known = load_ledger(self.config, name)
        if not quiet and self.chance.random() < 0.15:
            return
        unsent = [key for key in known.editions if key not in known.sent and key not in self.abandoned]
        if not quiet and self.chance.random() < 0.1:
            self.abandoned.update(unsent[:-1])
        if not quiet and self.chance.random() < 0.1:
            unsent = unsent[-1:]
        for key in unsent:
            for _ in range(30 if quiet else self.chance.choice([1, 1, 2])):
                if self._send_edition(key, quiet=quiet):
                    break

    def _send_edition(self, key: str, *, quiet: bool) -> bool:
        """Send an edition; return whether it is finished."""
        edition_maker: Any = FakeEditionMaker(self)
        planned = run_of(self.database, key)
        if planned is None:
            prepared = prepare_run(edition_maker, self.database, key)
            plan = make_plan(prepared.circumstances, self.database)
            self._note_hers(key)
            planned = write_plan(prepared.circumstances, plan, self.database, self.now)
        if not quiet and self.chance.random() < 0.2:  # somebody leaves between plan and send
            self._leave()
        stopped = Stopped(self.database)
        server = Server(self, stopped, planned.key, quiet=quiet)
        batch = self.chance.choice([1, 2, 3, 50])
        for each in [*deliveries.begun_before(self.database, planned), planned]:
            mail: Any = FakeMail(server)
            handover: Any = SimpleNamespace(rate="", progress=lambda *_: None, former_names=(), warn=lambda _: None)
            sending = dispatch.Dispatch(
                mail=mail,
                database=stopped,
                edition_maker=edition_maker,
                handover=handover,
                run=each,
                now=self.now,
                batch=batch,
                secrets=SECRETS,
            )
            server.key = each.key
            try:
                if each.key == key:
                    sending.send()
                else:
                    sending.send_doubtful()
            except KilledError:
                self.repeats_allowed[each.number] += batch
                return False
            except (TryAgainError, UnansweredError):
                return False
        only = ledger.path_of(self.config, key.partition("/")[0])
        ledger.append(only, Sent(key, self.now, "", "mail"))
        return True

    def _note_hers(self, key: str) -> None:
        """Note what is every reader's in a run, as its rules say: by the ledger and the posts alone."""
        name = key.partition("/")[0]
        known = load_ledger(self.config, name)
        built = known.editions[key]
        before = [other for other, each in known.editions.items() if each.end < built.end]
        settled = self.considered.setdefault(name, set(before))
        fresh = [*(other for other in before if other not in settled and other not in known.sent), key]
        settled.update([*before, key])
        names = [_named(item) for other in fresh for item in known.editions[other].posts]
        greeting = [_named(item) for item in known.editions[before[-1]].posts] if before else []
        welcome = self.config.digests[name].welcome
        posts = {post.id: post for post in self.posts if not post.draft}
        for reader in self.subscribers.all():
            has_just_joined = reader.since >= built.start.timestamp()
            wanted = [*names, *(greeting if welcome == "last" and has_just_joined else ())]
            for story in wanted if reader.state == "active" else ():
                post = posts.get(story.removeprefix("resend:"))
                is_new = post is not None and post.date.timestamp() >= reader.since
                if post is not None and (is_new or (has_just_joined and welcome != "new")) and takes(reader, post):
                    self.hers.setdefault(reader.id, {}).setdefault(story, key)

    # --- what must hold

    def note(self, key: str, reader: int, posts: Sequence[str]) -> None:
        """Take note of a letter that a reader got, and of what is wrong with it."""
        self.got.append(Letter(key, reader, tuple(posts), self.now))
        found = self.subscribers.by_id(reader)
        if found is None or found.state != "active":
            self.wrong.append(f"{key}: {reader} gets a letter, and is {found.state if found else 'nobody'}")
        missing = [name for name in posts if name not in self.hers.get(reader, {})]
        if missing:
            self.wrong.append(f"{key}: {reader} gets {missing}, which is not hers")

    def _check_the_end(self) -> None:
        self._check_repeats()
        received: dict[int, set[str]] = {}
        for letter in self.got:
            received.setdefault(letter.reader, set()).update(letter.posts)
        end = BEGIN + timedelta(days=DAYS)
        due = {post.id for post in self.posts if not post.draft and post.date < end}
        for reader in self.subscribers.all():
            if reader.state != "active":
                continue
            waiting = self._waiting(reader.id)
            for name, key in self.hers.get(reader.id, {}).items():
                post_id = name.removeprefix("resend:")
                had = received.get(reader.id, set())
                excused = (
                    post_id not in due
                    or (reader.id, name) in self.refused
                    or (reader.id, name) in self.unwanted
                    or name in waiting
                    or (not name.startswith("resend:") and f"resend:{name}" in had)
                )
                if name not in had and not excused:
                    self.wrong.append(f"{reader.id} never got {name}, which was hers in {key}")

    def _check_repeats(self) -> None:
        times: Counter[tuple[int, str]] = Counter()
        runs: dict[tuple[int, str], list[str]] = {}
        for letter in self.got:
            for name in letter.posts:
                times[letter.reader, name] += 1
                runs.setdefault((letter.reader, name), []).append(letter.key)
        repeated: Counter[str] = Counter()
        for (reader, name), number in times.items():
            keys = runs[reader, name]
            if len(set(keys)) > 1:
                self.wrong.append(f"{reader} gets {name} in {sorted(set(keys))}")
            elif number > 1:
                repeated[keys[0]] += 1
        allowed = self._allowed()
        letters: Counter[tuple[str, int]] = Counter((letter.key, letter.reader) for letter in self.got)
        for key in repeated:
            again = sum(number - 1 for (each, _), number in letters.items() if each == key)
            if again > allowed.get(key, 0):
                self.wrong.append(f"{key}: {again} letters twice, {allowed.get(key, 0)} allowed")

    def _allowed(self) -> dict[str, int]:
        keys = {run.number: run.key for name in self.config.digests for run in deliveries.runs_of(self.database, name)}
        return {keys[number]: allowed for number, allowed in self.repeats_allowed.items()}

    def _waiting(self, reader: int) -> set[str]:
        """The posts for which a reader waits, where they are fewer than a letter has."""
        found: set[str] = set()
        for digest, posts in self.database.rows("SELECT digest, posts FROM waiting WHERE subscriber = ?", (reader,)):
            if len(posts.split()) < self.config.digests[digest].min_posts:
                found.update(name for number in posts.split() for name in self._names(int(number)))
        return found

    def _names(self, number: int) -> list[str]:
        return [name for (name,) in self.database.rows("SELECT name FROM post_name WHERE post = ?", (number,))]


def _named(item: ledger.Item) -> str:
    return f"resend:{item.id}" if item.resend else item.id


def takes(reader: Any, post: Post) -> bool:
    """Whether a reader's tags and language take a post, said as simply as possible."""
    wanted: Selection = selection_of(reader.tags)
    tags = set(post.tags)
    if wanted.any and not tags & set(wanted.any):
        return False
    if not tags >= set(wanted.all) or tags & set(wanted.none):
        return False
    return not reader.language or post.language.split("-")[0] == reader.language


class FakeEditionMaker:
    """The edition_maker of a history: editions without their text."""

    def __init__(self, history: History) -> None:
        self._history = history
        self.config = history.config
        self.now = history.now

    def outcome(self, key: str) -> Outcome:
        history = self._history
        name = key.partition("/")[0]
        found = DigestRun(
            name=name,
            config=self.config,
            posts=tuple(history.posts),
            ledger=load_ledger(self.config, name),
            now=history.now,
            shown=(),
            hash_of=hash_of,
        )
        return edition_for_key(found, key)


class FakeMail:
    """A sender of mail that gives everything to the server of a history."""

    settings = SimpleNamespace(unknown_copies="repeat", stop_after=10, per_connection=100, rate="")
    secrets = SimpleNamespace(redact=lambda text: text)

    def __init__(self, server: "Server") -> None:
        self._server = server

    def transport(self, _per_connection: int) -> "Server":
        return self._server

    def envelope_sender(self, _handover: object) -> str:
        return "news@example.org"

    def warn_of_insecurity(self, _handover: object) -> None:
        """There is nothing to warn of."""

    def warn(self, *_: object, **__: object) -> None:
        """Nobody reads it."""


class Server:
    """A mail server that refuses, says "not now", loses its answer, or outlives the process that talks to it."""

    def __init__(self, history: History, stopped: Stopped, key: str, *, quiet: bool) -> None:
        self._history = history
        self._stopped = stopped
        self._quiet = quiet
        self.key = key

    def send(self, _sender: str, _address: str, message: bytes) -> Reply:
        reader, *posts = message.decode().split("\n")
        fate = 1.0 if self._quiet else self._history.chance.random()
        if fate < 0.02:
            self._history.refused.update((int(reader), name) for name in posts)
            return Reply("recipient", 550, "5.1.1 nobody")
        if fate < 0.08:
            return Reply("recipient", 450, "4.2.0 not now")
        if fate < 0.10:
            raise TryAgainError("no connection")
        if fate < 0.12:
            self._stopped.is_killed = True
            raise KilledError
        self._history.note(self.key, int(reader), posts)
        if fate < 0.14:
            self._stopped.is_killed = True
            raise KilledError
        if fate < 0.15:
            self._history.repeats_allowed[self._run()] += 1
            return Reply("message", 0, "lost", lost_message=True)
        return Reply("message", 250, "ok")

    def _run(self) -> int:
        found = run_of(self._history.database, self.key)
        assert found is not None
        return found.number

    def close(self) -> None:
        """There is nothing to end."""


class FakeWriter:
    """Letters that name their reader and their posts."""

    def __init__(self, **given: Any) -> None:
        del given

    def letter(self, stories: Sequence[Any], _language: str, _secret: str) -> Any:
        names = [story.names[0] for story in stories]
        return SimpleNamespace(
            subject="Letter",
            copy=lambda reader, _: "\n".join([str(reader.id), *names]).encode(),
        )
