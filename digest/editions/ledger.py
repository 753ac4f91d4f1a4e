"""The record of which post went out in which edition: one JSON Lines file a digest.

A line is an event that stands for itself: where the digest begins, an edition that was built, one that was sent. Their
order says nothing and a line twice says nothing more, so two branches may be joined line by line (git's
`merge=union`). A kill can tear the last line only; it is then unwritten, and the next append puts it right. Anything
else that cannot be read is an error, since guessing here sends a post twice.
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
    resend: bool = False  # `resend: true` was said, and this edition heard it


class Empty(Struct, frozen=True, omit_defaults=True, tag_field="event", tag="empty"):
    """A run found too little for an edition, and later runs need to know: where the first window began, or, where
    missed windows are skipped, that this one was not missed.
    """

    key: str
    start: datetime
    end: datetime
    skipped: tuple[str, ...] = ()


class Built(Struct, frozen=True, omit_defaults=True, tag_field="event", tag="built"):
    """An edition was built. Its posts are taken from now on. `skipped` are ids given up with missed windows."""

    key: str  # weekly/2026-W47
    start: datetime
    end: datetime
    posts: tuple[Item, ...]
    draft: bool = False
    skipped: tuple[str, ...] = ()


class Sent(Struct, frozen=True, omit_defaults=True, tag_field="event", tag="sent"):
    """An edition was sent. `at` is the moment that `mark-sent` was told, `ref` the sender's own name for it."""

    key: str
    at: datetime
    ref: str = ""


Event = Empty | Built | Sent
_DECODER = msgspec.json.Decoder(Event)
_encode = msgspec.json.Encoder().encode


class Ledger(Struct, frozen=True):
    """What the lines add up to. `editions` by key in order of their ends, `sent` by key."""

    editions: dict[str, Built] = {}
    sent: dict[str, Sent] = {}
    baseline: datetime | None = None  # the first window's start
    ran: datetime | None = None  # the end of the newest window that a run is known to have looked at
    skipped: frozenset[str] = frozenset()  # ids of posts given up with missed windows
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
    """Return where the ledger of a digest stands."""
    return config.root / config.site.ledger / f"{digest}.jsonl"


def fold(events: Iterable[Event]) -> Ledger:
    """Return what `events` add up to, in whatever order they come and however often.

    Two different lines for one key, from two branches, count as one edition with the posts of both.
    """
    built: dict[str, Built] = {}
    sent: dict[str, Sent] = {}
    seen: list[Built | Empty] = []
    events = tuple(sorted(set(events), key=_encode))
    for event in events:
        if isinstance(event, Sent):
            sent[event.key] = min(sent.get(event.key, event), event, key=lambda sent: sent.at)
            continue
        seen.append(event)
        if isinstance(event, Built):
            built[event.key] = _joined(built[event.key], event) if event.key in built else event
    editions = sorted(built.values(), key=lambda event: (event.end, event.key))
    return Ledger(
        editions={event.key: event for event in editions},
        sent=sent,
        baseline=min((event.start for event in seen), default=None),
        ran=max((event.end for event in seen), default=None),
        skipped=frozenset(post for event in seen for post in event.skipped),
        events=tuple(sorted(events, key=_order)),
    )


def read(path: Path) -> Ledger:
    """Return the ledger in file `path`, an empty one when there is none.

    A torn last line is left out. Raises `ContentError` for any other line that is no event.
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
    if _whole(last):
        events.append(_event(last))
    return fold(events)


def salvage(path: Path) -> Iterator[Event]:
    """Yield the events of file `path` that can be read, passing over everything else."""
    if not path.is_file():
        return
    for line in path.read_bytes().split(b"\n"):
        if _whole(line):
            yield _event(line)


def append(path: Path, event: Event) -> None:
    """Add `event` to the file `path` durably; the file's last line may be torn or without a line end.

    Raises `WriteError`. The caller must hold the lock.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o666)
        with os.fdopen(handle, "r+b") as file:
            data = file.read()
            whole, last = data[: data.rfind(b"\n") + 1], data[data.rfind(b"\n") + 1 :]
            line = _encode(event) + b"\n"
            if _whole(last):
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
    """Return a ledger file that holds `events`."""
    return b"".join(_encode(event) + b"\n" for event in events)


def _event(line: bytes) -> Event:
    """Return the event that a line holds. Raises `ValueError`."""
    event: Event = _DECODER.decode(line)
    moments = [event.at] if isinstance(event, Sent) else [event.start, event.end]
    if any(moment.tzinfo is None for moment in moments):
        raise ValueError("a time without a zone")
    return event


def _order(event: Event) -> tuple[float, int, str]:
    moment = event.at if isinstance(event, Sent) else event.end
    return moment.timestamp(), isinstance(event, Sent), event.key


def _whole(line: bytes) -> bool:
    try:
        _event(line)
    except ValueError:
        return False
    return True


def _joined(one: Built, two: Built) -> Built:
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
