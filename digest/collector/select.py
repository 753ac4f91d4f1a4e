"""Choosing posts: by tag expression, date, language and state. The order is by date, newest first."""

import operator
from collections.abc import Iterable
from datetime import datetime

from digest.collector.post import Post, tag_key
from digest.config.schema import Digest, Selection


def newest_first(posts: Iterable[Post]) -> tuple[Post, ...]:
    """Return `posts` by date, newest first; those of the same moment by permalink."""
    by_url = sorted(posts, key=operator.attrgetter("url"))
    return tuple(sorted(by_url, key=operator.attrgetter("date"), reverse=True))


def published(posts: Iterable[Post], now: datetime) -> tuple[Post, ...]:
    """Return those of `posts` that readers may see at `now` (aware), in the order given."""
    return tuple([post for post in posts if post.state(now) == "published"])


def matches(post: Post, selection: Selection) -> bool:
    """Return whether the post has one of `any` (when given), every one of `all`, and none of `none`."""
    tags = {tag_key(tag) for tag in post.tags}
    if selection.any and tags.isdisjoint(map(tag_key, selection.any)):
        return False
    return tags.issuperset(map(tag_key, selection.all)) and tags.isdisjoint(map(tag_key, selection.none))


def is_in_scope(post: Post, digest: Digest, content: str) -> bool:
    """Return whether the post is in one of the digest's folders below `content`, and in one of its languages."""
    is_placed = is_below(post, digest.folders, content)
    is_spoken = any(speaks(post, language) for language in digest.languages)
    return (is_placed or not digest.folders) and (is_spoken or not digest.languages)


def is_below(post: Post, folders: Iterable[str], content: str) -> bool:
    """Return whether the post is below one of `folders`, which are relative to `content`."""
    place = post.path.removeprefix(f"{content}/") if content else post.path
    return any(place.startswith(f"{folder.strip('/')}/") for folder in folders)


def speaks(post: Post, language: str) -> bool:
    """Return whether the post is in `language`; one without a region matches all its regions: `zh` matches `zh-CN`."""
    return speaks_language(post.language, language)


def speaks_language(spoken: str, wanted: str) -> bool:
    """Return whether the language `spoken` is `wanted`, or one of its regions: `zh-CN` is `zh`."""
    return spoken.lower() == wanted.lower() or spoken.lower().startswith(f"{wanted.lower()}-")


def select(
    posts: Iterable[Post],
    selection: Selection,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    language: str = "",
    limit: int | None = None,
) -> tuple[Post, ...]:
    """Return the posts that the selection matches, newest first, at most `limit`.

    `since` is inclusive, `until` exclusive (both aware).
    """
    chosen = [post for post in posts if matches(post, selection) and _is_within(post, since, until)]
    if language:
        chosen = [post for post in chosen if speaks(post, language)]
    return newest_first(chosen)[:limit]


def _is_within(post: Post, since: datetime | None, until: datetime | None) -> bool:
    """Return whether the post's date is in the half-open interval; None leaves a side unbounded."""
    if since is not None and post.date < since:
        return False
    return until is None or post.date < until
