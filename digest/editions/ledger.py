"""The record of which post went out in which edition: one JSON Lines file a digest.

Each line is one event: an edition was built, approved, sent, or found empty, one of its posts looks different, or the
digest began. Order and duplicates do not matter, so two branches can be merged line by line (git's `merge=union`). A
killed process can only truncate the last line; `read` ignores such a line and the next `append` overwrites it. Any
other invalid line is an error, since a guess could send a post twice.
"""

import functools
import itertools
import math
import os
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct

from digest.config import Config
from digest.editions.delivery import SHUT, Answer, Delivery, Sent, Step, StepEvent, deliveries
from digest.files import sync_folder
from digest.problems import ContentError, Problem, WriteError


class Item(Struct, frozen=True, omit_defaults=True):
    """How a post looks. `hash` is over its title and body, `text` over its body, if it has one; `path` is its file."""

    id: str
    url: str
    title: str
    date: datetime
    hash: str
    path: str
    resend: bool = False  # the post had `resend: true` when this edition was built
    text: str = ""


class Empty(Struct, frozen=True, omit_defaults=True, tag_field="event", tag="empty"):
    """A run found too few posts for an edition.

    Recorded only when later runs need it: for the start of the first window or, with `missed = "skip"`, to show that
    this window was not missed.
    """

    key: str
    start: datetime
    end: datetime
    skipped: tuple[str, ...] = ()


class Built(Struct, frozen=True, omit_defaults=True, tag_field="event", tag="built"):
    """An edition was built; later editions exclude its posts. `skipped` are ids dropped with missed windows.

    Where branches that built one key were joined, the line that is `settled` says what was published.
    """

    key: str  # weekly/2026-W47
    start: datetime
    end: datetime
    posts: tuple[Item, ...]
    draft: bool = False
    skipped: tuple[str, ...] = ()
    settled: bool = False
    number: int = 0  # among the editions of the digest; 0 when it was not recorded
    idempotency_key: str = ""  # empty when it was not recorded


class Approved(Struct, frozen=True, omit_defaults=True, tag_field="event", tag="approved"):
    """An edition with the content hash `content` was approved; another content needs an approval of its own."""

    key: str
    content: str
    at: datetime
    by: str = ""


class Seen(Struct, frozen=True, omit_defaults=True, tag_field="event", tag="seen"):
    """A recorded post looks like `post` now: it was edited, renamed, moved, or its date was corrected.

    `key` and `id` name the record: the edition and the post's id in it. `number` counts the looks of a record, so that
    the highest is the newest. `doubtful`: it may be another post.
    """

    key: str
    id: str
    number: int
    post: Item
    doubtful: bool = False


class Began(Struct, frozen=True, omit_defaults=True, tag_field="event", tag="began"):
    """What was published before `start`, where the digest begins, and so is in no edition: its archive.

    `posts` are those within the look-back, `older` has the fingerprints of all others (`selection.fingerprints`).
    """

    start: datetime
    posts: tuple[Item, ...] = ()
    older: tuple[str, ...] = ()


Event = Empty | Built | Sent | Approved | Seen | Began | StepEvent
Kind = TypeVar("Kind")
Keyed = TypeVar("Keyed", Built, Sent, Approved)
_DECODER = msgspec.json.Decoder(Event)
_encode = msgspec.json.Encoder().encode


class Ledger(Struct, frozen=True):
    """The state after all events. `editions` by key, sorted by their ends; `sent` and `approved` by key."""

    editions: dict[str, Built] = {}
    sent: dict[str, Sent] = {}
    approved: dict[str, tuple[Approved, ...]] = {}
    baseline: datetime | None = None  # the first window's start
    ran: datetime | None = None  # the end of the newest window that a run has examined
    given_up: dict[str, str] = {}  # ids of posts dropped with missed windows, and the keys of the editions after them
    seen: dict[tuple[str, str], tuple[Seen, ...]] = {}  # by key and id of the record, in order of their numbers
    began: Began | None = None  # of several, all in one
    disputed: frozenset[str] = frozenset()  # keys that two branches built with different posts
    ahead: frozenset[str] = frozenset()  # keys of editions that a clock ahead of its time built
    deliveries: dict[str, dict[str, Delivery]] = {}  # by key and the sender's name
    events: tuple[Event, ...] = ()

    @property
    def last_end(self) -> datetime | None:
        """The end of the newest edition, None before the first."""
        return max((built.end for key, built in self.editions.items() if key not in self.ahead), default=None)

    def is_shut(self, key: str) -> bool:
        """Return whether the edition `key` was sent or is being sent, so that other content would not be."""
        return key in self.sent or any(each.state in SHUT for each in self.deliveries.get(key, {}).values())

    def posts(self) -> Iterator[tuple[str, Item]]:
        """Yield key and post of every edition, the oldest edition first."""
        for key, built in self.editions.items():
            yield from ((key, item) for item in built.posts)

    def lookup(self, post: str) -> tuple[tuple[str, Item], ...]:
        """Return key and record of each edition that holds `post`, an id, URL or path."""
        return tuple((key, item) for key, item in self.posts() if post in self._names(key, item))

    def _names(self, key: str, item: Item) -> set[str]:
        looks = [item, *(seen.post for seen in self.seen.get((key, item.id), ()))]
        return {name for look in looks for name in (look.id, look.url, look.path)}


def path_of(config: Config, digest: str) -> Path:
    """Return the path of a digest's ledger."""
    return config.root / config.site.ledger / f"{digest}.jsonl"


def fold(events: Iterable[Event], ahead: Collection[str] = ()) -> Ledger:
    """Fold `events` into a ledger; their order and duplicates do not matter.

    Two different lines for one key, from two branches, become one edition with the posts of both, unless one of them is
    settled. The ends of the editions `ahead` do not count.
    """
    events = tuple(sorted(set(events), key=_encode))
    built = _by_key(_of_kind(events, Built))
    looked: list[Built | Empty] = [*_of_kind(events, Built), *_of_kind(events, Empty)]
    began = _joined(_of_kind(events, Began))
    starts = [event.start for event in (*looked, began) if event is not None]
    return Ledger(
        editions={event.key: event for event in sorted(map(_merged, built.values()), key=_by_end)},
        sent=_first_sent(events),
        approved={key: tuple(each) for key, each in _by_key(_of_kind(events, Approved)).items()},
        baseline=min(starts, default=None),
        ran=max((event.end for event in looked if event.key not in ahead), default=None),
        given_up={post: event.key for event in looked for post in event.skipped},
        seen=_looks(_of_kind(events, Seen)),
        began=began,
        disputed=frozenset(filter(lambda key: _differ(built[key]), built)),
        ahead=frozenset(ahead),
        deliveries=deliveries(events),
        events=tuple(sorted(events, key=_order)),
    )


def _of_kind(events: Iterable[Event], kind: type[Kind]) -> list[Kind]:
    return [event for event in events if isinstance(event, kind)]


def _by_key(events: Iterable[Keyed]) -> dict[str, list[Keyed]]:
    grouped: dict[str, list[Keyed]] = {}
    for event in events:
        grouped.setdefault(event.key, []).append(event)
    return grouped


def _by_end(event: Built) -> tuple[datetime, str]:
    return event.end, event.key


def _first_sent(events: Iterable[Event]) -> dict[str, Sent]:
    sent = _by_key(_of_kind(events, Sent))
    return {key: min(each, key=lambda event: event.at) for key, each in sent.items()}


def _looks(events: Iterable[Seen]) -> dict[tuple[str, str], tuple[Seen, ...]]:
    """Return the looks of each record, in order of their numbers."""
    grouped: dict[tuple[str, str], list[Seen]] = {}
    for event in events:
        grouped.setdefault((event.key, event.id), []).append(event)
    return {record: tuple(sorted(looks, key=lambda event: event.number)) for record, looks in grouped.items()}


def read(path: Path) -> Ledger:
    """Return the ledger in file `path`, an empty one when there is none.

    A truncated last line is ignored. Raises `ContentError` for any other invalid line.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return Ledger()
    except OSError as error:
        raise ContentError(f"{path}: cannot be read: {error.strerror or error}") from error
    *lines, last = data.split(b"\n")
    events: list[Event] = []
    wrong: list[Problem] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            events.append(_event(line))
        except ValueError as error:
            wrong.append(_problem(path, number, f"this is no event of a ledger: {error}"))
    if wrong:
        raise ContentError("\n".join(map(str, wrong)), wrong)
    if _is_event(last):
        events.append(_event(last))
    return fold(events)


def salvage(path: Path) -> Iterator[Event]:
    """Yield the valid events of file `path`; skip all other lines."""
    if not path.is_file():
        return
    for line in path.read_bytes().split(b"\n"):
        if _is_event(line):
            yield _event(line)


def append(path: Path, *events: Event) -> None:
    """Add `events` to the file `path` durably; the file's last line may be truncated or lack a newline.

    Raises `WriteError`. The caller must hold the lock.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o666)
        with os.fdopen(handle, "r+b") as file:
            data = file.read()
            whole, last = data[: data.rfind(b"\n") + 1], data[data.rfind(b"\n") + 1 :]
            added = lines(events)
            if _is_event(last):
                added = b"\n" + added
                whole = data
            file.seek(len(whole))
            file.truncate()
            file.write(added)
            file.flush()
            os.fsync(file.fileno())
        sync_folder(path.parent)
    except OSError as error:
        raise WriteError(f"{path}: cannot be written: {error.strerror or error}") from error


def lines(events: Iterable[Event]) -> bytes:
    """Return the contents of a ledger file with `events`."""
    return b"".join(_encode(event) + b"\n" for event in events)


def _event(line: bytes) -> Event:
    """Return the event that a line holds. Raises `ValueError`."""
    event: Event = _DECODER.decode(line)
    if any(moment.tzinfo is None for moment in _moments(event)):
        raise ValueError("a time without a zone")
    return event


def _moments(event: Event) -> list[datetime]:
    match event:
        case Answer():
            return [event.at, event.begun]
        case Sent() | Approved() | Step():
            return [event.at]
        case Seen():
            return [event.post.date]
        case Began():
            return [event.start, *(item.date for item in event.posts)]
        case Empty():
            return [event.start, event.end]
        case Built():
            return [event.start, event.end, *(item.date for item in event.posts)]


def _order(event: Event) -> tuple[float, int, str]:
    """Return what sorts the lines of a file: the beginning, the editions by their ends, the looks of their posts."""
    match event:
        case Began():
            return -math.inf, 0, ""
        case Seen():
            return math.inf, event.number, event.key
        case Sent() | Approved() | Step():
            return event.at.timestamp(), 1, event.key
        case _:
            return event.end.timestamp(), 0, event.key


def _is_event(line: bytes) -> bool:
    try:
        _event(line)
    except ValueError:
        return False
    return True


def as_of(ledger: Ledger, now: datetime, horizon: timedelta, dates: Collection[datetime] = ()) -> Ledger:
    """Return the ledger without what a clock that was more than `horizon` ahead of `now` has left in it.

    The posts of an edition stay, since they were published, but its end does not count: the digest goes on from `now`.
    It does when a post in it, or one of `dates` until its end, is after `now`: then `now` is in the past. One that the
    digest went on from before stays out, however near its end.
    """
    latest = now + horizon
    later = [date for date in dates if date > now]
    ahead = [built.key for built in ledger.editions.values() if built.end > latest and _is_ahead(built, now, later)]
    events = ledger.events
    if not _is_past(ledger, now):
        events = tuple(event for event in events if not _begins(event, latest))
    return fold(events, {*ahead, *_overtaken(ledger, now)})


def _overtaken(ledger: Ledger, now: datetime) -> Iterator[str]:
    """Yield the keys of editions to come in whose windows others end: windows tile, unless a clock was ahead."""
    for before, built in itertools.pairwise(ledger.editions.values()):
        if built.start < before.end < built.end and built.end > now:
            yield built.key


def _is_ahead(built: Built, now: datetime, later: Iterable[datetime]) -> bool:
    """Return whether nothing between `now` and the edition's end tells that time has come so far."""
    return all(item.date <= now for item in built.posts) and all(date > built.end for date in later)


def _is_past(ledger: Ledger, now: datetime) -> bool:
    """Return whether the ledger tells of a post that is dated after `now`."""
    archive = ledger.began.posts if ledger.began is not None else ()
    return any(item.date > now for item in (*archive, *(item for _, item in ledger.posts())))


def _begins(event: Event, latest: datetime) -> bool:
    """Return whether an event without an edition starts after `latest`."""
    return isinstance(event, Empty | Began) and event.start > latest


def _merged(lines: list[Built]) -> Built:
    """Return the lines of one key as one edition."""
    lines = [line for line in lines if line.settled] or lines
    return functools.reduce(_merge, lines)


def _differ(lines: list[Built]) -> bool:
    """Return whether the lines of one key hold different posts, and none is settled."""
    posts = {frozenset(item.id for item in line.posts) for line in lines}
    return len(posts) > 1 and not any(line.settled for line in lines)


def _merge(one: Built, two: Built) -> Built:
    posts = {item.id: item for item in (*one.posts, *two.posts)}
    return Built(
        key=one.key,
        start=min(one.start, two.start),
        end=max(one.end, two.end),
        posts=tuple(posts.values()),
        draft=one.draft and two.draft,
        skipped=tuple(sorted({*one.skipped, *two.skipped} - set(posts))),
        settled=one.settled,
        number=min(filter(None, (one.number, two.number)), default=0),
        idempotency_key=one.idempotency_key or two.idempotency_key,
    )


def _joined(began: list[Began]) -> Began | None:
    if len(began) < 2:
        return began[0] if began else None
    posts = {item.id: item for event in began for item in event.posts}
    older = {mark for event in began for mark in event.older}
    return Began(min(event.start for event in began), tuple(posts.values()), tuple(sorted(older)))


def _problem(path: Path, line: int, message: str) -> Problem:
    hint = "put the line right by hand; `digest ledger rebuild` makes the file anew from the published editions"
    return Problem(f"{path.parent.name}/{path.name}", line, 0, "ledger", message, hint)
