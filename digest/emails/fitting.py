"""Shorten an edition until its e-mail is short enough for Gmail, which cuts the rest off with the unsubscribe link.

Bodies become summaries, the longest first; then summaries become shorter, then posts titles alone, the last ones first;
at last the e-mail ends early with a link to the posts that it leaves out.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence

from msgspec import Struct

_SUMMARIES = (40, 20)  # words of a shortened summary, one after the other
_NAMED = 5  # posts that a message names


class Shown(Struct, frozen=True):
    """How posts are shown, by their ids; `words` is the most that a summary has, 0 for the digest's own limit."""

    summaries: frozenset[str] = frozenset()
    words: int = 0
    titles: frozenset[str] = frozenset()
    left_out: frozenset[str] = frozenset()


def fit(ids: Sequence[str], first: Shown, limit: int, size_of: Callable[[Shown], int]) -> Shown:
    """Return the way to show the posts `ids`, in their order, that shortens least and fits into `limit` bytes.

    `first` is the one to begin with. The last one is returned when none fits.
    """
    for shown in _shorter(ids, first):
        if size_of(shown) <= limit:
            return shown
    every = frozenset(ids)
    words = _SUMMARIES[-1]
    titles = _fewest(ids, lambda some: Shown(every, words, titles=some), limit, size_of)
    if size_of(titles) <= limit:
        return titles
    return _fewest(ids[1:], lambda some: Shown(every, words, every, some), limit, size_of)


def to_summaries(full: Mapping[str, int], summaries: Mapping[str, int], excess: int) -> frozenset[str]:
    """Return the ids of the posts to show as summaries to save `excess` bytes, those that save the most first.

    `full` and `summaries` are the bytes of each post's card.
    """
    savings = {post_id: full[post_id] - summaries[post_id] for post_id in full}
    short: set[str] = set()
    for post_id in sorted(savings, key=lambda post_id: (-savings[post_id], post_id)):
        if excess > 0:
            short.add(post_id)
            excess -= savings[post_id]
    return frozenset(short)


def described(shown: Shown, paths: Mapping[str, str]) -> str:
    """Return in words how posts were shortened; `paths` are the posts' files by id."""
    parts = []
    if shown.summaries and not shown.words:
        parts.append(f"shown as summaries: {_named(shown.summaries, paths)}")
    if shown.words:
        parts.append(f"summaries have at most {shown.words} words")
    if shown.titles - shown.left_out:
        parts.append(f"shown as titles: {_named(shown.titles - shown.left_out, paths)}")
    if shown.left_out:
        parts.append(f"behind a link: {_named(shown.left_out, paths)}")
    return "; ".join(parts)


def _shorter(ids: Sequence[str], first: Shown) -> Iterator[Shown]:
    yield first
    for words in _SUMMARIES:
        yield Shown(frozenset(ids), words)


def _fewest(
    ids: Sequence[str], show: Callable[[frozenset[str]], Shown], limit: int, size_of: Callable[[Shown], int]
) -> Shown:
    """Return the way to show with the fewest of the last posts shortened that fits into `limit` bytes."""

    def fits(count: int) -> bool:
        return size_of(show(_last(ids, count))) <= limit

    count = bisect_left(range(len(ids)), 1, key=fits)
    return show(_last(ids, count))


def _last(ids: Sequence[str], count: int) -> frozenset[str]:
    return frozenset(ids[len(ids) - count :])


def _named(ids: frozenset[str], paths: Mapping[str, str]) -> str:
    names = [path for post_id, path in paths.items() if post_id in ids]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{', '.join(names[:_NAMED])}{more}"
