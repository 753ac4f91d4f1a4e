"""Find the posts that the records of a ledger are now, by the signs in `identity`."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct

from digest.collector.post import Post
from digest.editions.identity import CERTAIN, NAMED, PLACED, SIGNS, STRENGTHS, Present, path_of, strongest_sign
from digest.editions.ledger import Item
from digest.editions.records import Record, records_of
from digest.editions.run import DigestRun


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
    """What is known again: by the path of a post its records, and by key and id of a record its posts.

    Of a `contested` record, several posts have signs that would leave no doubt if there were only one.
    """

    records: dict[str, tuple[Known, ...]]
    posts: dict[tuple[str, str], tuple[tuple[Post, Known], ...]]
    contested: frozenset[tuple[str, str]] = frozenset()

    def of(self, post: Post) -> tuple[Known, ...]:
        """Return the records of a post."""
        return self.records.get(post.path, ())


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


_Claim = tuple[Post, Known]
_Wanted = Callable[[Post], bool]
_Claims = dict[tuple[str, str], tuple[_Claim, ...]]


def recognise(run: DigestRun, wanted: _Wanted) -> Recognition:
    """Find the posts that the digest's records are now.

    Posts and records that a strong sign joins take no part in the weaker ones. Only `wanted` posts are compared by the
    signs that leave a doubt.
    """
    records = records_of(run.ledger)
    if not records:
        return Recognition({}, {})
    here = [Present(post, run) for post in run.posts]
    posts, beaten = _join(here, records, CERTAIN)
    contested = [(post, Known(known.record, PLACED)) for post, known in beaten]
    posts |= _guess(here, records, posts, wanted)
    return Recognition(
        records=_by_path([*contested, *(pair for pairs in posts.values() for pair in pairs)]),
        posts=posts,
        contested=frozenset(known.record.name for _, known in contested),
    )


def _join(here: Iterable[Present], records: Iterable[Record], last: int) -> tuple[_Claims, list[_Claim]]:
    """Join posts and records by the signs up to `last`, the strongest first.

    Returns also the claims of posts that are left without a record, since others have stronger signs of theirs.
    """
    found = _claims_by_sign(here, records, last)
    claims: dict[tuple[str, str], list[_Claim]] = {}
    joined: set[str] = set()
    for signs in STRENGTHS:
        pairs = [pair for sign in signs for pair in found.get(sign, ()) if pair[0].path not in joined]
        for post, known in [pair for pair in pairs if pair[1].record.name not in claims]:
            claims.setdefault(known.record.name, []).append((post, known))
            joined.add(post.path)
    return _settled(claims, found, joined)


def _settled(
    claims: dict[tuple[str, str], list[_Claim]], found: dict[int, list[_Claim]], joined: set[str]
) -> tuple[_Claims, list[_Claim]]:
    """Return the claims, and those of posts that are left without a record."""
    left = [pair for sign in sorted(found) for pair in found[sign] if pair[0].path not in joined]
    beaten = [pair for pair in left if not _is_given_way(claims, *pair)]
    return {name: tuple(pairs) for name, pairs in claims.items()}, beaten


def _guess(here: Iterable[Present], records: Iterable[Record], posts: _Claims, wanted: _Wanted) -> _Claims:
    """Join by the signs that leave a doubt what is left of `wanted` posts and records.

    A post that is not wanted, such as a draft, joins a record that is left then when it took its place.
    """
    lost = _without_post(records, posts)
    if not lost:
        return {}
    others = _without_record(here, posts)
    guessed, _ = _join([now for now in others if wanted(now.post)], lost, 1 + len(SIGNS))
    placed, _ = _join([now for now in others if not wanted(now.post)], _without_post(lost, guessed), PLACED)
    return guessed | placed


def _without_post(records: Iterable[Record], posts: _Claims) -> list[Record]:
    return [record for record in records if record.name not in posts]


def _without_record(here: Iterable[Present], posts: _Claims) -> list[Present]:
    joined = {post.path for claims in posts.values() for post, _ in claims}
    return [now for now in here if now.post.path not in joined]


def _by_path(pairs: Iterable[_Claim]) -> dict[str, tuple[Known, ...]]:
    found: dict[str, tuple[Known, ...]] = {}
    for post, known in pairs:
        found[post.path] = (*found.get(post.path, ()), known)
    return found


def _is_given_way(claims: dict[tuple[str, str], list[_Claim]], post: Post, known: Known) -> bool:
    """Let a post have the record that it has a sign of, when those that took it have other records too."""
    name = known.record.name
    owners = {owner.path for owner, _ in claims.get(name, ())}
    counts = Counter(owner.path for pairs in claims.values() for owner, _ in pairs)
    if post.path in counts:
        return True
    if not all(counts[path] > 1 for path in owners):
        return False
    claims[name] = [(post, known)]
    return True


def _claims_by_sign(here: Iterable[Present], records: Iterable[Record], last: int) -> dict[int, list[_Claim]]:
    index = _Index(records)
    found: dict[int, list[_Claim]] = {}
    for now in here:
        marks = _marks_of_post(now) if last <= PLACED else (*_marks_of_post(now), *_marks_of_text(now))
        for record in index.find(marks):
            sign = strongest_sign(now, record, last)
            if sign and not (sign > CERTAIN and _are_told_apart(now.post, record)):
                found.setdefault(sign, []).append((now.post, Known(record, sign)))
    return found


def _are_told_apart(post: Post, record: Record) -> bool:
    """Return whether both have an `id` of their own."""
    item = record.item
    return item is not None and item.id != item.url and post.id != post.url


def _marks_of_record(record: Record) -> set[object]:
    looks = (*record.looks, *record.guesses)
    return {record.id, *record.names, *(mark for look in looks for mark in _marks(look))}


def _marks(look: Item) -> Iterator[object]:
    yield from (look.id, look.url, look.path, (path_of(look.url),))
    yield from ((look.title, look.date.timestamp()), look.date.timestamp(), look.hash)
    if look.text:
        yield look.text


def _marks_of_post(now: Present) -> tuple[object, ...]:
    post = now.post
    return (post.id, post.url, *post.aliases, post.path, (path_of(post.url),), (post.title, post.date.timestamp()))


def _marks_of_text(now: Present) -> tuple[object, ...]:
    return now.post.date.timestamp(), now.hash, now.text
