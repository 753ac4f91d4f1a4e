"""The readers of a site: joining, confirming, changing what they get, leaving, being forgotten.

Each change of a reader's consent is written down with its moment, its source and the version of the text that she
agreed to. An address that must get nothing is kept as a keyed hash (`address_mark`), which outlives "forget me" and
every import.
"""

import hashlib
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal

from msgspec import Struct

from digest.readers.database import Database
from digest.readers.tokens import address_mark
from digest.unsubscribe import normal_address, read_secrets

State = Literal["pending", "active", "left", "bounced", "forgotten"]
Why = Literal["left", "bounced", "complained", "forgotten", "added"]

_COLUMNS = "id, address, language, every, tags, state, since, epoch"
_RETURNS_AFTER: tuple[Why, ...] = ("left", "bounced", "forgotten")  # who asks herself gets letters again


class Subscriber(Struct, frozen=True):
    """A reader. `tags` are as `wishes` keeps them, `since` is when she confirmed, in seconds since 1970."""

    id: int
    address: str | None
    language: str
    every: str
    tags: str
    state: State
    since: int
    epoch: int


class Wishes(Struct, frozen=True):
    """What a reader chose."""

    tags: str = ""
    language: str = ""
    every: str = ""


class Subscribers:
    """The readers in a database.

    `secrets` are behind the marks of suppressed addresses, the first makes new ones. By default they are those of the
    environment, read once one is needed: `ConfigError` is raised then where there are none.
    """

    def __init__(self, database: Database, secrets: Sequence[str] | None = None) -> None:
        self._database = database
        self._secrets = secrets

    def by_id(self, number: int) -> Subscriber | None:
        """Return the reader with a number; None when there is none."""
        return self._one("id = ?", number)

    def all(self) -> Iterator[Subscriber]:
        """Yield the readers who have an address."""
        query = f"SELECT {_COLUMNS} FROM subscriber WHERE address IS NOT NULL ORDER BY id"  # noqa: S608
        for row in self._database.scan(query):
            yield Subscriber(*row)

    def by_ids(self, numbers: Sequence[int]) -> dict[int, Subscriber]:
        """Return the readers with these numbers, by number."""
        holders = ", ".join("?" for _ in numbers)
        query = f"SELECT {_COLUMNS} FROM subscriber WHERE id IN ({holders})"  # noqa: S608
        return {row[0]: Subscriber(*row) for row in self._database.rows(query, numbers)} if numbers else {}

    def by_address(self, address: str) -> Subscriber | None:
        """Return the reader with an address; None when there is none."""
        return self._one("name = ?", normal_address(address))

    def join(self, address: str, wishes: Wishes, source: str, text: str) -> Subscriber | None:
        """Add somebody who has still to confirm her address; return her, or None when she must get no mail.

        Somebody who is a reader already is returned as she is: what she chose changes only by her own link.
        """
        if self.why_suppressed(address) not in (None, *_RETURNS_AFTER):
            return None
        known = self.by_address(address)
        if known is not None and known.state in ("active", "pending"):
            return known
        with self._database.transaction():
            if known is None:
                number = self._insert(address, wishes, "pending", _now())
            else:
                number = known.id
                self._change(number, state="pending", epoch=known.epoch + 1, **_columns(wishes))
            self._note(number, "asked", source, text)
        return self.by_id(number)

    def confirm(self, reader: Subscriber, source: str, text: str) -> None:
        """Make a reader who proved her address active from now on."""
        if reader.state != "pending" or reader.address is None:
            return
        with self._database.transaction():
            if self.by_id(reader.id) != reader:
                return  # she left meanwhile
            self._admit(reader.address)
            self._change(reader.id, state="active", since=_now())
            self._note(reader.id, "confirmed", source, text)

    def choose(self, reader: Subscriber, wishes: Wishes) -> None:
        """Change what a reader gets."""
        self._change(reader.id, **_columns(wishes))

    def leave(self, reader: Subscriber, source: str) -> None:
        """End all letters to a reader. Doing it again changes nothing."""
        with self._database.transaction():
            known = self.by_id(reader.id)
            if known is None or known.state in ("left", "forgotten"):
                return
            self._change(reader.id, state="left", epoch=known.epoch + 1)
            self._note(reader.id, "left", source, "")
            self._withdraw_letters(reader.id)

    def bounce(self, reader: Subscriber, source: str) -> None:
        """End all letters to a mailbox that does not exist any more."""
        if reader.state == "active":
            with self._database.transaction():
                self._change(reader.id, state="bounced")
                self._note(reader.id, "bounced", source, "")

    def forget(self, reader: Subscriber, source: str) -> None:
        """Remove the address of a reader, and suppress it: no import brings it back."""
        if reader.address is None:
            return
        with self._database.transaction():
            self._suppress(reader.address, "forgotten")
            self._change(
                reader.id,
                address=None,
                name=None,
                tags="",
                language="",
                every="",
                state="forgotten",
                epoch=reader.epoch + 1,
            )
            self._note(reader.id, "forgotten", source, "")
            self._withdraw_letters(reader.id)

    def drop_unconfirmed(self, before: int) -> int:
        """Remove who asked before a moment, in seconds since 1970, and never confirmed; return how many.

        Who had been a reader earlier has left again.
        """
        query = (
            "SELECT subscriber.id FROM subscriber JOIN consent ON consent.subscriber = subscriber.id "
            "WHERE subscriber.state = 'pending' AND consent.what = 'asked' "
            "GROUP BY subscriber.id HAVING MAX(consent.at) < ?"
        )
        found = [number for (number,) in self._database.rows(query, (before,))]
        for number in found:
            with self._database.transaction():
                self._drop(number)
        return len(found)

    def suppress(self, address: str, why: Why, source: str) -> bool:
        """Make sure that an address gets nothing; return whether that is new."""
        reader = self.by_address(address)
        is_new = self.why_suppressed(address) is None
        with self._database.transaction():
            self._suppress(address, why)
        if reader is not None:
            self.leave(reader, source)
        return is_new

    def why_suppressed(self, address: str) -> Why | None:
        """Return why an address gets nothing; None when it is not suppressed."""
        if not self._database.rows("SELECT 1 FROM suppressed LIMIT 1"):
            return None
        marks = self._marks(address)
        holders = ", ".join("?" for _ in marks)
        rows = self._database.rows(f"SELECT why FROM suppressed WHERE mark IN ({holders})", marks)  # noqa: S608
        return rows[0][0] if rows else None

    def suppressed_among(self, addresses: Iterable[str]) -> set[str]:
        """Return those of the addresses that get nothing."""
        by_mark = {mark: address for address in addresses for mark in self._marks(address)}
        holders = ", ".join("?" for _ in by_mark)
        query = f"SELECT mark FROM suppressed WHERE mark IN ({holders})"  # noqa: S608
        return {by_mark[mark] for (mark,) in self._database.rows(query, list(by_mark))}

    def admit(self, address: str) -> bool:
        """Take an address off the list of suppressed ones; return whether it was on it."""
        return bool(self._admit(address))

    def add(self, address: str, wishes: Wishes, state: State, since: int, source: str) -> int:
        """Add a reader from a file; return her number. The caller has begun a transaction."""
        number = self._insert(address, wishes, state, since)
        self._note(number, f"imported as {state}", source, "")
        return number

    def update(self, reader: Subscriber, wishes: Wishes, state: State, source: str) -> None:
        """Change a reader as a file says. The caller has begun a transaction."""
        epoch = reader.epoch + (state == "left" and reader.state != "left")
        self._change(reader.id, state=state, epoch=epoch, **_columns(wishes))
        if state != reader.state:
            self._note(reader.id, f"imported as {state}", source, "")

    def history(self, reader: Subscriber) -> list[dict[str, Any]]:
        """Return what a reader agreed to, and when."""
        query = (
            "SELECT at, what, source, text_version, COALESCE(text, '') FROM consent "
            "LEFT JOIN consent_text ON version = text_version WHERE subscriber = ? ORDER BY at"
        )
        names = ("at", "what", "source", "text_version", "text")
        return [dict(zip(names, row, strict=True)) for row in self._database.rows(query, (reader.id,))]

    def _one(self, where: str, value: object) -> Subscriber | None:
        rows = self._database.rows(f"SELECT {_COLUMNS} FROM subscriber WHERE {where}", (value,))  # noqa: S608
        return Subscriber(*rows[0]) if rows else None

    def _insert(self, address: str, wishes: Wishes, state: State, since: int) -> int:
        query = (
            "INSERT INTO subscriber (address, name, language, every, tags, state, since) VALUES (?, ?, ?, ?, ?, ?, ?) "
            "RETURNING id"
        )
        values = (address, normal_address(address), wishes.language, wishes.every, wishes.tags, state, since)
        return int(self._database.rows(query, values)[0][0])

    def _change(self, number: int, **columns: object) -> None:
        given = ", ".join(f"{name} = ?" for name in columns)
        self._database.run(f"UPDATE subscriber SET {given} WHERE id = ?", (*columns.values(), number))  # noqa: S608

    def _drop(self, number: int) -> None:
        """Remove a reader who has only asked; any other has left."""
        reader = self.by_id(number)
        if reader is None or reader.state != "pending":
            return
        if any(each["what"] != "asked" for each in self.history(reader)):
            self._change(number, state="left", epoch=reader.epoch + 1)
            self._note(number, "left", "unconfirmed", "")
            return
        for table, column in (("consent", "subscriber"), ("asked", "subscriber"), ("subscriber", "id")):
            self._database.run(f"DELETE FROM {table} WHERE {column} = ?", (number,))  # noqa: S608

    def _note(self, number: int, what: str, source: str, text: str) -> None:
        query = "INSERT INTO consent (subscriber, at, what, source, text_version) VALUES (?, ?, ?, ?, ?)"
        version = version_of(text)
        self._database.run(query, (number, _now(), what, source, version))
        if version:
            query = "INSERT INTO consent_text (version, text) VALUES (?, ?) ON CONFLICT DO NOTHING"
            self._database.run(query, (version, text))

    def _withdraw_letters(self, number: int) -> None:
        """Take back the letters that nobody has begun to send to a reader."""
        query = "UPDATE delivery SET state = 'left' WHERE subscriber = ? AND state = 'planned' AND run = ?"
        open_runs = self._database.rows("SELECT id FROM run WHERE finished_at IS NULL")
        self._database.run_many(query, [(number, run) for (run,) in open_runs])
        self._database.run("DELETE FROM waiting WHERE subscriber = ?", (number,))

    def _suppress(self, address: str, why: Why) -> None:
        query = "INSERT INTO suppressed (mark, at, why) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
        self._database.run(query, (self._marks(address)[0], _now(), why))

    def _admit(self, address: str) -> int:
        return sum(
            self._database.run("DELETE FROM suppressed WHERE mark = ?", (mark,)) for mark in self._marks(address)
        )

    def _marks(self, address: str) -> list[str]:
        if self._secrets is None:
            self._secrets = read_secrets()
        normal = normal_address(address)
        return [address_mark(secret, normal) for secret in self._secrets]


def version_of(text: str) -> str:
    """Return what stands for the text that a reader agreed to: the beginning of its SHA-256; empty without one."""
    return hashlib.sha256(text.encode()).hexdigest()[:16] if text else ""


def _columns(wishes: Wishes) -> dict[str, str]:
    return {"tags": wishes.tags, "language": wishes.language, "every": wishes.every}


def _now() -> int:
    return int(time.time())
