"""The record of which post went out in which edition: one JSON Lines file a digest.

Each line is one event: an edition was built, approved, sent, or found empty. Order and duplicates do not matter, so two branches
can be merged line by line (git's `merge=union`). A killed process can only truncate the last line; `read` ignores such
a line and the next `append` overwrites it. Any other invalid line is an error, since a guess could send a post twice.
"""

import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from digest.config import Config
from digest.files import sync_folder
from digest.problems import ContentError, Problem, WriteError


class Item(Struct, frozen=True, omit_defaults=True):
    """A post as it went into an edition. `hash` is over its title and body, `path` its file."""

    id: str
    url: str
    title: str
    date: datetime
    hash: str
    path: str
    resend: bool = False  # the post had `resend: true` when this edition was built


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
    """An edition was built; later editions exclude its posts. `skipped` are ids dropped with missed windows."""

    key: str  # weekly/2026-W47
    start: datetime
    end: datetime
    posts: tuple[Item, ...]
    draft: bool = False
    skipped: tuple[str, ...] = ()


class Sent(Struct, frozen=True, omit_defaults=True, tag_field="event", tag="sent"):
    """An edition was sent. `at` is the time given to `mark-sent`, `ref` the sender's own id for it."""

    key: str
    at: datetime
    ref: str = ""


class Approved(Struct, frozen=True, omit_defaults=True, tag_field="event", tag="approved"):
    """An edition with the content hash `content` was approved; another content needs an approval of its own."""

    key: str
    content: str
    at: datetime
    by: str = ""


Event = Empty | Built | Sent | Approved
_DECODER = msgspec.json.Decoder(Event)
_encode = msgspec.json.Encoder().encode


class Ledger(Struct, frozen=True):
    """The state after all events. `editions` by key, sorted by their ends; `sent` and `approved` by key."""

    editions: dict[str, Built] = {}
    sent: dict[str, Sent] = {}
    approved: dict[str, tuple[Approved, ...]] = {}
    baseline: datetime | None = None  # the first window's start
    ran: datetime | None = None  # the end of the newest window that a run has examined
    skipped: frozenset[str] = frozenset()  # ids of posts dropped with missed windows
    events: tuple[Event, ...] = ()

    @property
    def last_end(self) -> datetime | None:
        """The end of the newest edition, None before the first."""
        return max((built.end for built in self.editions.values()), default=None)

    def posts(self) -> Iterator[tuple[str, Item]]:
        """Yield key and post of every edition, the oldest edition first."""
        for key, built in self.editions.items():
            yield from ((key, item) for item in built.posts)

    def lookup(self, post: str) -> tuple[tuple[str, Item], ...]:
        """Return key and record of each edition that holds `post`, an id, URL or path."""
        return tuple((key, item) for key, item in self.posts() if post in {item.id, item.url, item.path})


def path_of(config: Config, digest: str) -> Path:
    """Return the path of a digest's ledger."""
    return config.root / config.site.ledger / f"{digest}.jsonl"


def fold(events: Iterable[Event]) -> Ledger:
    """Fold `events` into a ledger; their order and duplicates do not matter.

    Two different lines for one key, from two branches, become one edition with the posts of both.
    """
    built: dict[str, Built] = {}
    sent: dict[str, Sent] = {}
    approved: dict[str, tuple[Approved, ...]] = {}
    seen: list[Built | Empty] = []
    events = tuple(sorted(set(events), key=_encode))
    for event in events:
        if isinstance(event, Sent):
            sent[event.key] = min(sent.get(event.key, event), event, key=lambda sent: sent.at)
            continue
        if isinstance(event, Approved):
            approved[event.key] = (*approved.get(event.key, ()), event)
            continue
        seen.append(event)
        if isinstance(event, Built):
            built[event.key] = _merge(built[event.key], event) if event.key in built else event
    editions = sorted(built.values(), key=lambda event: (event.end, event.key))
    return Ledger(
        editions={event.key: event for event in editions},
        sent=sent,
        approved=approved,
        baseline=min((event.start for event in seen), default=None),
        ran=max((event.end for event in seen), default=None),
        skipped=frozenset(post for event in seen for post in event.skipped),
        events=tuple(sorted(events, key=_order)),
    )


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


def append(path: Path, event: Event) -> None:
    """Add `event` to the file `path` durably; the file's last line may be truncated or lack a newline.

    Raises `WriteError`. The caller must hold the lock.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o666)
        with os.fdopen(handle, "r+b") as file:
            data = file.read()
            whole, last = data[: data.rfind(b"\n") + 1], data[data.rfind(b"\n") + 1 :]
            line = _encode(event) + b"\n"
            if _is_event(last):
                line = b"\n" + line
                whole = data
            file.seek(len(whole))
            file.truncate()
            file.write(line)
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
    if isinstance(event, Sent | Approved):
        return [event.at]
    posts = event.posts if isinstance(event, Built) else ()
    return [event.start, event.end, *(item.date for item in posts)]


def _order(event: Event) -> tuple[float, int, str]:
    is_later = isinstance(event, Sent | Approved)
    moment = event.at if isinstance(event, Sent | Approved) else event.end
    return moment.timestamp(), is_later, event.key


def _is_event(line: bytes) -> bool:
    try:
        _event(line)
    except ValueError:
        return False
    return True


def _merge(one: Built, two: Built) -> Built:
    posts = {item.id: item for item in (*one.posts, *two.posts)}
    return Built(
        key=one.key,
        start=min(one.start, two.start),
        end=max(one.end, two.end),
        posts=tuple(posts.values()),
        draft=one.draft and two.draft,
        skipped=tuple(sorted({*one.skipped, *two.skipped} - set(posts))),
    )


def _problem(path: Path, line: int, message: str) -> Problem:
    hint = "put the line right by hand; `digest ledger rebuild` makes the file anew from the published editions"
    return Problem(f"{path.parent.name}/{path.name}", line, 0, "ledger", message, hint)
