"""Know a recorded post again: the signs under "Known again" in docs/editions.md, in the same order.

A record is a post of an edition, one that was given up, or one of the digest's archive. `recognise` finds the posts
that the records are now.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from digest.collector.post import Post
from digest.collector.source import problem_of, read_bytes
from digest.config import Config
from digest.editions.ledger import Item, Ledger
from digest.editions.run import DigestRun
from digest.frontmatter import HeaderError
from digest.problems import ContentError

ARCHIVE = ""  # the key of records that are in no edition, since the digest began after them


def content_hash(title: str, body: bytes) -> str:
    """Return the SHA-256 of title and body in lower-case hex."""
    return hashlib.sha256(title.encode("utf-8", "replace") + b"\0" + body).hexdigest()


def hash_file(config: Config, post: Post) -> str:
    """Return the `content_hash` of `post`, read from its file.

    Raises `ContentError` when the file cannot be read: without its text, a post that was sent could not be recognised.
    """
    try:
        return hash_post(post, read_bytes(config, post.path))
    except HeaderError as error:
        problem = problem_of(post.path, error)
        raise ContentError(str(problem), [problem]) from error


def hash_post(post: Post, data: bytes) -> str:
    """Return the `content_hash` of `post`, whose file's content is `data`."""
    return content_hash(post.title, data[post.body_start :].replace(b"\r\n", b"\n"))


_BLANK = frozenset(content_hash("", b"\n" * count) for count in range(4))  # of bodies without a text


class Record(Struct, frozen=True):
    """A post as it was recorded, and how it looked when it was last seen."""

    key: str  # of its edition, or ARCHIVE
    id: str
    item: Item | None  # as recorded; None for a post that was given up
    looks: tuple[Item, ...]  # the newest without a doubt; several where two branches were joined
    guesses: tuple[Item, ...] = ()  # of posts that it may be
    names: frozenset[str] = frozenset()  # ids and addresses that it certainly had
    end: datetime | None = None  # of its edition; for the archive, where the digest begins
    number: int = 0  # of the newest look

    @property
    def name(self) -> tuple[str, str]:
        """What tells it from other records."""
        return self.key, self.id

    @property
    def url(self) -> str:
        """The address that it had when it was recorded."""
        return self.item.url if self.item else self.id


class Known(Struct, frozen=True):
    """A record that a post has the sign with this number of."""

    record: Record
    sign: int

    @property
    def is_certain(self) -> bool:
        """Whether it is the same post without doubt."""
        return self.sign <= CERTAIN

    def is_under_its_name(self, post: Post) -> bool:
        """Whether the post has an id or an address that the ledger knows."""
        looks = self.record.looks
        return self.sign == NAMED or any(post.id == look.id or post.url == look.url for look in looks)


class Recognition(Struct, frozen=True):
    """What is known again: by the path of a post its records, and by key and id of a record its posts."""

    records: dict[str, tuple[Known, ...]]
    posts: dict[tuple[str, str], tuple[tuple[Post, Known], ...]]

    def of(self, post: Post) -> tuple[Known, ...]:
        """Return the records of a post."""
        return self.records.get(post.path, ())


class Present:
    """A post of the site, with the hashes of its text, which are read on first use; empty when it cannot be read."""

    def __init__(self, post: Post, run: DigestRun) -> None:
        self.post = post
        self._run = run
        self._hashes: tuple[str, str] | None = None

    @property
    def hash(self) -> str:
        """The hash of title and body."""
        return self._read()[0]

    @property
    def text(self) -> str:
        """The hash of the body; empty when it has no text."""
        return self._read()[1]

    def item(self) -> Item | None:
        """Return how the post looks; None when it cannot be read."""
        post = self.post
        if not self.hash:
            return None
        return Item(post.id, post.url, post.title, post.date, self.hash, post.path, text=self.text)

    def _read(self) -> tuple[str, str]:
        if self._hashes is None:
            self._hashes = _hashes(self.post, self._run)
        return self._hashes


def item_of(post: Post, run: DigestRun) -> Item:
    """Return a post as an edition records it. Raises `ContentError` when its file cannot be read."""
    run.hash_of(post)
    item = Present(post, run).item()
    if item is None:
        raise ContentError(f"{post.path}: cannot be read")
    return msgspec.structs.replace(item, resend=post.resend)


def _hashes(post: Post, run: DigestRun) -> tuple[str, str]:
    try:
        whole = run.hash_of(post)
        text = run.hash_of(msgspec.structs.replace(post, title=""))
    except ContentError:
        return "", ""
    return whole, "" if text in _BLANK else text


# --- the signs


def is_named(now: Present, record: Record) -> bool:
    """Sign 1: its `id` or one of its `aliases` is an id or an address that the post had."""
    post = now.post
    own = () if post.id == post.url else (post.id,)
    return not record.names.isdisjoint((*own, *post.aliases))


def is_unchanged(now: Present, then: Item) -> bool:
    """Sign 2: file or address is the same, whatever the domain, and so are title and date."""
    return took_its_place(now, then) and has_title_and_date(now, then)


def has_moved(now: Present, then: Item) -> bool:
    """Sign 3: title, date and text are the same."""
    return has_title_and_date(now, then) and has_title_and_text(now, then)


def has_its_place(now: Present, then: Item) -> bool:
    """Sign 4: file or address is the same, whatever the domain, and so is title, date or text.

    It is sign 5 when the date has moved past the end of the edition: a new post may have the file of an old one.
    """
    post = now.post
    if not took_its_place(now, then):
        return False
    return post.title == then.title or has_date(now, then) or has_text(now, then)


def took_its_place(now: Present, then: Item) -> bool:
    """Sign 5: only file or address is the same, whatever the domain."""
    post = now.post
    return (
        post.id == then.id or post.url == then.url or post.path == then.path or _path_of(post.url) == _path_of(then.url)
    )


def has_title_and_date(now: Present, then: Item) -> bool:
    """Sign 6: title and date are the same."""
    return now.post.title == then.title and has_date(now, then)


def has_title_and_text(now: Present, then: Item) -> bool:
    """Sign 7: title and text are the same."""
    return now.hash == then.hash and bool(now.post.title or now.text)


def has_text(now: Present, then: Item) -> bool:
    """Sign 8: the text is the same."""
    return bool(then.text) and now.text == then.text


def has_date(now: Present, then: Item) -> bool:
    """Sign 9: the date is the same, to the second."""
    return now.post.date.timestamp() == then.date.timestamp()


_Sign = Callable[[Present, Item], bool]
SIGNS: tuple[_Sign, ...] = (
    is_unchanged, has_moved, has_its_place,
    took_its_place, has_title_and_date, has_title_and_text, has_text, has_date,
)  # fmt: skip
NAMED, CERTAIN = 1, 4  # the first sign, and the last that leaves no doubt
_GUESSED = 7  # the signs 2 to 8 also tell a post that the ledger has taken for another before
_STRENGTHS = ((1, 2), (3,), (4,), (5, 6, 7, 8), (9,))  # signs, those that are equally strong together


def strongest_sign(now: Present, record: Record, last: int) -> int:
    """Return the number of the first sign, of those up to `last`, that the post has of a record; 0 for none."""
    if is_named(now, record) or (not record.looks and now.post.id == record.id):
        return NAMED
    for number, sign in enumerate(SIGNS[: last - 1], 2):
        if number == CERTAIN and _is_put_forward(now.post, record):
            continue
        if any(sign(now, look) for look in record.looks):
            return number
    is_guessed = last > CERTAIN and any(sign(now, look) for look in record.guesses for sign in SIGNS[:_GUESSED])
    return CERTAIN + 1 if is_guessed else 0


def _is_put_forward(post: Post, record: Record) -> bool:
    """Return whether the post's date has moved past the end of the edition that it went out in."""
    if record.end is None or post.date < record.end:
        return False
    return all(look.date < record.end for look in record.looks)


# --- knowing posts again


class _Index:
    """Records by what posts may have in common with them."""

    def __init__(self, records: Iterable[Record]) -> None:
        self._by: dict[object, list[Record]] = {}
        for record in records:
            for value in _marks_of_record(record):
                self._by.setdefault(value, []).append(record)

    def __bool__(self) -> bool:
        return bool(self._by)

    def find(self, values: Iterable[object]) -> list[Record]:
        """Return the records that have one of `values`."""
        found = {record.name: record for value in values for record in self._by.get(value, ())}
        return list(found.values())


def recognise(run: DigestRun, wanted: Callable[[Post], bool]) -> Recognition:
    """Find the posts that the digest's records are now.

    Posts and records that a strong sign joins take no part in the weaker ones. Only `wanted` posts are compared by the
    signs that leave a doubt.
    """
    records = records_of(run.ledger)
    if not records:
        return Recognition({}, {})
    here = [Present(post, run) for post in run.posts]
    posts = _join(here, records, CERTAIN)
    joined = {post.path for claims in posts.values() for post, _ in claims}
    lost = [record for record in records if record.name not in posts]
    if lost:
        others = [now for now in here if now.post.path not in joined and wanted(now.post)]
        posts |= _join(others, lost, 1 + len(SIGNS))
    by_path: dict[str, list[Known]] = {}
    for claims in posts.values():
        for post, known in claims:
            by_path.setdefault(post.path, []).append(known)
    return Recognition({path: tuple(known) for path, known in by_path.items()}, posts)


_Claims = dict[tuple[str, str], tuple[tuple[Post, Known], ...]]


def _join(here: Iterable[Present], records: Iterable[Record], last: int) -> _Claims:
    """Join posts and records by the signs up to `last`, the strongest first."""
    index = _Index(records)
    found: dict[int, list[tuple[Post, Known]]] = {}
    for now in here:
        marks = _marks_of_post(now) if last == CERTAIN else (*_marks_of_post(now), *_marks_of_text(now))
        for record in index.find(marks):
            sign = strongest_sign(now, record, last)
            if sign and not (sign > CERTAIN and _are_told_apart(now.post, record)):
                found.setdefault(sign, []).append((now.post, Known(record, sign)))
    claims: dict[tuple[str, str], list[tuple[Post, Known]]] = {}
    joined: set[str] = set()
    for signs in _STRENGTHS:
        pairs = [pair for sign in signs for pair in found.get(sign, ())]
        free = [pair for pair in pairs if pair[0].path not in joined and pair[1].record.name not in claims]
        for post, known in free:
            claims.setdefault(known.record.name, []).append((post, known))
            joined.add(post.path)
    return {name: tuple(pairs) for name, pairs in claims.items()}


def _are_told_apart(post: Post, record: Record) -> bool:
    """Return whether both have an `id` of their own."""
    item = record.item
    return item is not None and item.id != item.url and post.id != post.url


def _marks_of_record(record: Record) -> set[object]:
    looks = (*record.looks, *record.guesses)
    return {record.id, *record.names, *(mark for look in looks for mark in _marks(look))}


def _marks(look: Item) -> Iterator[object]:
    yield from (look.id, look.url, look.path, (_path_of(look.url),))
    yield from ((look.title, look.date.timestamp()), look.date.timestamp(), look.hash)
    if look.text:
        yield look.text


def _marks_of_post(now: Present) -> tuple[object, ...]:
    post = now.post
    return (post.id, post.url, *post.aliases, post.path, (_path_of(post.url),), (post.title, post.date.timestamp()))


def _marks_of_text(now: Present) -> tuple[object, ...]:
    return now.post.date.timestamp(), now.hash, now.text


def _path_of(url: str) -> str:
    return urlsplit(url).path


def records_of(ledger: Ledger) -> list[Record]:
    """Return the records of a ledger: the archive's, those of the editions, and those that were given up."""
    records: list[Record] = []
    began = ledger.began
    if began is not None:
        records += [_record(ledger, ARCHIVE, item.id, item, began.start) for item in began.posts]
    for key, built in ledger.editions.items():
        records += [_record(ledger, key, item.id, item, built.end) for item in built.posts]
    known = {record.id for record in records}
    records += [_record(ledger, key, id_, None, None) for id_, key in ledger.given_up.items() if id_ not in known]
    return records


def _record(ledger: Ledger, key: str, id_: str, item: Item | None, end: datetime | None) -> Record:
    seen = ledger.seen.get((key, id_), ())
    first = [] if item is None else [item]
    certain = [event for event in seen if not event.doubtful]
    last = certain[-1].number if certain else 0
    guesses = [event for event in seen if event.doubtful and event.number >= last]
    newest = [event.post for event in certain if event.number == last]
    looks = [*first, *(event.post for event in certain)]
    return Record(
        key=key,
        id=id_,
        item=item,
        looks=tuple(newest or first),
        guesses=tuple(event.post for event in guesses if event.number == guesses[-1].number),
        names=frozenset({id_, *(name for look in looks for name in (look.id, look.url))}),
        end=end,
        number=seen[-1].number if seen else 0,
    )
