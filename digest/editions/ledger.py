"""The record of which post went out in which edition: one JSON Lines file a digest.

A line is an event that stands for itself: where the digest begins, an edition that was built, one that was sent. Their
order says nothing and a line twice says nothing more, so two branches may be joined line by line (git's
`merge=union`). A kill can tear the last line only; it is then unwritten, and the next append puts it right. Anything
else that can not be read is an error, since guessing here sends a post twice.
"""

import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from digest.config.schema import Config
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
    problems: tuple[Problem, ...] = ()

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


def fold(events: Iterable[Event], problems: Iterable[Problem] = ()) -> Ledger:
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
        {event.key: event for event in editions},
        sent,
        min((event.start for event in seen), default=None),
        max((event.end for event in seen), default=None),
        frozenset(post for event in seen for post in event.skipped),
        tuple(sorted(events, key=_order)),
        tuple(problems),
    )


def read(path: Path) -> Ledger:
    """Return the ledger in file `path`, an empty one when there is none.

    A torn last line is a warning among its problems. Raises `ContentError` for any other line that is no event.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return Ledger()
    except OSError as error:
        raise ContentError(f"{path}: can not be read: {error.strerror or error}") from error
    events: list[Event] = []
    wrong: list[Problem] = []
    torn: list[Problem] = []
    lines = data.split(b"\n")
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            events.append(_event(line))
        except (msgspec.DecodeError, UnicodeDecodeError, ValueError) as error:
            if number == len(lines):
                torn.append(_problem(path, number, "torn-line", "the last line was not written to its end", "warning"))
            else:
                wrong.append(_problem(path, number, "ledger", f"this is no event of a ledger: {error}"))
    if wrong:
        raise ContentError("\n".join(map(str, wrong)), wrong)
    return fold(events, torn)


def salvage(path: Path) -> Iterator[Event]:
    """Yield the events of file `path` that can be read, passing over everything else."""
    for line in path.read_bytes().split(b"\n") if path.is_file() else ():
        if line.strip() and _whole(line):
            yield _event(line)


def append(path: Path, event: Event) -> None:
    """Add `event` to the file `path` durably; the file's last line may be torn or without a line end.

    Raises `WriteError`. Whoever calls holds the site's lock.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o666)
        with os.fdopen(handle, "r+b") as file:
            data = file.read()
            whole, last = data[: data.rfind(b"\n") + 1], data[data.rfind(b"\n") + 1 :]
            line = _encode(event) + b"\n"
            if last and _whole(last):
                line = b"\n" + line
                whole = data
            file.seek(len(whole))
            file.truncate()
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
        sync_folder(path.parent)
    except OSError as error:
        raise WriteError(f"{path}: can not be written: {error.strerror or error}") from error


def lines(events: Iterable[Event]) -> bytes:
    """Return a ledger file that holds `events`."""
    return b"".join(_encode(event) + b"\n" for event in events)


def _event(line: bytes) -> Event:
    event: Event = _DECODER.decode(line)
    for moment in (getattr(event, name, None) for name in ("start", "end", "at")):
        if isinstance(moment, datetime) and moment.tzinfo is None:
            raise ValueError("a time without a zone")
    return event


def _order(event: Event) -> tuple[float, int, str]:
    moment = event.at if isinstance(event, Sent) else event.end
    return moment.timestamp(), isinstance(event, Sent), event.key


def _whole(line: bytes) -> bool:
    try:
        _event(line)
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError):
        return False
    return True


def _joined(one: Built, two: Built) -> Built:
    posts = {item.id: item for item in (*one.posts, *two.posts)}
    return Built(
        one.key,
        min(one.start, two.start),
        max(one.end, two.end),
        tuple(posts.values()),
        one.draft and two.draft,
        tuple(sorted({*one.skipped, *two.skipped} - set(posts))),
    )


def _problem(path: Path, line: int, code: str, message: str, severity: str = "error") -> Problem:
    hint = "put the line right by hand; `digest ledger rebuild` makes the file anew from the published editions"
    if severity == "warning":
        return Problem(f"{path.parent.name}/{path.name}", line, 0, code, message, "it is left out", "warning")
    return Problem(f"{path.parent.name}/{path.name}", line, 0, code, message, hint)
