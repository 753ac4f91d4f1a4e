"""The signs by which a recorded post is known again: those under "Known again" in docs/editions.md, in its order."""

import hashlib
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import msgspec

from digest.collector.post import Post
from digest.collector.source import problem_of, read_bytes
from digest.config import Config
from digest.editions.ledger import Item
from digest.editions.records import Record
from digest.editions.run import DigestRun
from digest.frontmatter import HeaderError
from digest.problems import ContentError


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

    It is sign 5 when the date has moved on to another day: a new post may have the file of an old one.
    """
    post = now.post
    if not took_its_place(now, then):
        return False
    return post.title == then.title or has_date(now, then) or has_text(now, then)


def is_dated_anew(now: Present, then: Item, end: datetime) -> bool:
    """Return whether a post has its place, whatever its date, as long as that is before the `end` of its edition."""
    return has_its_place(now, then) and now.post.date < end


def took_its_place(now: Present, then: Item) -> bool:
    """Sign 5: only file or address is the same, whatever the domain."""
    post = now.post
    return (
        post.id == then.id or post.url == then.url or post.path == then.path or path_of(post.url) == path_of(then.url)
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
NAMED, CERTAIN, PLACED = 1, 4, 5  # the first sign, the last that leaves no doubt, and the first that does
DAY = timedelta(hours=23)  # the shortest, on which clocks go forward
_GUESSED = 7  # the signs 2 to 8 also tell a post that the ledger has taken for another before
STRENGTHS = ((1, 2), (3,), (4,), (5, 6, 7, 8), (9,))  # signs, those that are equally strong together


def strongest_sign(now: Present, record: Record, last: int) -> int:
    """Return the number of the first sign, of those up to `last`, that the post has of a record; 0 for none."""
    if is_named(now, record) or (not record.looks and now.post.id == record.id):
        return NAMED
    is_guessed = _is_guessed(now, record)
    signs = dict(enumerate(SIGNS[: last - 1], 2))
    if is_guessed or _is_put_forward(now.post, record):
        signs.pop(CERTAIN, None)
    found = (number for number, sign in signs.items() if _has(sign, now, record.looks))
    return next(found, PLACED if is_guessed and last > CERTAIN else 0)


def _has(sign: _Sign, now: Present, looks: Iterable[Item]) -> bool:
    return any(sign(now, look) for look in looks)


def _is_guessed(now: Present, record: Record) -> bool:
    """Return whether the ledger has taken this post for the record before, in doubt."""
    return any(sign(now, look) for look in record.guesses for sign in SIGNS[:_GUESSED])


def _is_put_forward(post: Post, record: Record) -> bool:
    """Return whether the post's date has moved forward by a day, or past the end of the edition that it went out in."""
    before = max((look.date for look in record.looks), default=post.date)
    if post.date <= before:
        return False
    if record.end is None:
        return True
    return post.date - before >= DAY or before < record.end <= post.date


def path_of(url: str) -> str:
    """Return the path of an address, which is the same under another domain."""
    return urlsplit(url).path
