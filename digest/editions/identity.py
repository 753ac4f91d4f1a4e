"""Know a recorded post again: the signs under "Known again" in docs/editions.md, in the same order.

A record is a post of an edition, one that was given up, or one of the digest's archive. `recognise` finds the posts
that the records are now.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
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
    looks: tuple[Item, ...]  # the newest; several where two branches were joined
    names: frozenset[str]  # ids and addresses that it certainly had
    number: int = 0  # of the newest look
    doubtful: bool = False  # the newest look may be another post's

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
        return self.sign <= CERTAIN and (self.sign == NAMED or not self.record.doubtful)

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
    """Sign 2: id or address is the same, and so are title and date."""
    post = now.post
    return (post.id == then.id or post.url == then.url) and has_title_and_date(now, then)


def has_moved(now: Present, then: Item) -> bool:
    """Sign 3: title, date and text are the same."""
    return has_title_and_date(now, then) and has_title_and_text(now, then)


def has_its_place(now: Present, then: Item) -> bool:
    """Sign 4: file or address is the same, whatever the domain, and so is title, date or text."""
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
_STRENGTHS = (0, 1, 1, 2, 3, 4, 4, 4, 4, 5)  # by sign; a post with a stronger sign of a record has it alone


def strongest_sign(now: Present, record: Record, last: int) -> int:
    """Return the number of the first sign, of those up to `last`, that the post has of a record; 0 for none."""
    if is_named(now, record) or (not record.looks and now.post.id == record.id):
        return NAMED
    for number, sign in enumerate(SIGNS[: last - 1], 2):
        if any(sign(now, look) for look in record.looks):
            return number
    return 0


# --- knowing posts again


class _Index:
    """Records by what posts may have in common with them."""

    def __init__(self, records: Iterable[Record]) -> None:
        self._by: dict[object, list[Record]] = {}
        for record in records:
            for value in {record.id, *record.names, *(value for look in record.looks for value in _marks(look))}:
                self._by.setdefault(value, []).append(record)

    def __bool__(self) -> bool:
        return bool(self._by)

    def find(self, values: Iterable[object]) -> list[Record]:
        """Return the records that have one of `values`."""
        found = {(record.key, record.id): record for value in values for record in self._by.get(value, ())}
        return list(found.values())


def recognise(run: DigestRun, wanted: Callable[[Post], bool]) -> Recognition:
    """Find the posts that the digest's records are now.

    Each record is the posts with the strongest sign of it. Only `wanted` posts are compared by the signs that leave a
    doubt, and only with records that no post has a certain sign of.
    """
    records = records_of(run.ledger)
    if not records:
        return Recognition({}, {})
    here = [Present(post, run) for post in run.posts]
    certain = _match(here, _Index(records), CERTAIN)
    taken = {post.path for claims in certain.values() for post, _ in claims}
    lost = _Index(record for record in records if (record.key, record.id) not in certain)
    others = [now for now in here if lost and now.post.path not in taken and wanted(now.post)]
    doubtful = _match(others, lost, 1 + len(SIGNS))
    posts = certain | doubtful
    by_path: dict[str, list[Known]] = {}
    for claims in posts.values():
        for post, known in claims:
            by_path.setdefault(post.path, []).append(known)
    return Recognition({path: tuple(known) for path, known in by_path.items()}, posts)


_Claims = dict[tuple[str, str], tuple[tuple[Post, Known], ...]]


def _match(here: Iterable[Present], index: _Index, last: int) -> _Claims:
    """Return the posts with the strongest sign, of those up to `last`, of each record."""
    found: dict[tuple[str, str], list[tuple[Post, Known]]] = {}
    for now in here:
        marks = _marks_of_post(now) if last == CERTAIN else (*_marks_of_post(now), *_marks_of_text(now))
        for record in index.find(marks):
            sign = strongest_sign(now, record, last)
            if sign and not (sign > CERTAIN and _are_told_apart(now.post, record)):
                found.setdefault((record.key, record.id), []).append((now.post, Known(record, sign)))
    claims: _Claims = {}
    for name, claimed in found.items():
        best = min(_STRENGTHS[known.sign] for _, known in claimed)
        claims[name] = tuple((post, known) for post, known in claimed if _STRENGTHS[known.sign] == best)
    return claims


def _are_told_apart(post: Post, record: Record) -> bool:
    """Return whether both have an `id` of their own."""
    item = record.item
    return item is not None and item.id != item.url and post.id != post.url


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
    if ledger.began is not None:
        records += [_record(ledger, ARCHIVE, item.id, item) for item in ledger.began.posts]
    records += [_record(ledger, key, item.id, item) for key, item in ledger.posts()]
    built = {record.id for record in records}
    records += [_record(ledger, key, id_, None) for id_, key in ledger.given_up.items() if id_ not in built]
    return records


def _record(ledger: Ledger, key: str, id_: str, item: Item | None) -> Record:
    seen = ledger.seen.get((key, id_), ())
    number = seen[-1].number if seen else 0
    newest = [event for event in seen if event.number == number]
    first = [] if item is None else [item]
    looks = tuple(event.post for event in newest) if newest else tuple(first)
    certain = [*first, *(event.post for event in seen if not event.doubtful)]
    return Record(
        key=key,
        id=id_,
        item=item,
        looks=looks,
        names=frozenset({id_, *(name for look in certain for name in (look.id, look.url))}),
        number=number,
        doubtful=any(event.doubtful for event in newest),
    )
