"""Groups of posts that get a feed each: by tag, category, folder, author and language."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct

from digest.collector.paths import place, url_folder
from digest.collector.post import Post, slugify, tag_key
from digest.config.schema import Config
from digest.feeds.entry import authors_of
from digest.feeds.values import language, line

_ARCHIVE = "archive"  # a feed's folder of older pages


class PostGroup(Struct):
    """The posts of one name, newest first, and how it is spelled most often."""

    spelling: str
    posts: list[Post]


def by_language(config: Config, posts: Iterable[Post]) -> dict[str, list[Post]]:
    """Return the posts of each language; those of none are in the site's."""
    chosen: dict[str, list[Post]] = defaultdict(list)
    usual = language(config.site.language)
    for post in posts:
        chosen[language(post.language) or usual].append(post)
    chosen.pop("", None)
    return chosen


def by_tag(posts: Sequence[Post]) -> dict[str, PostGroup]:
    """Return the posts of each tag by the name of its folder."""
    return _grouped(posts, lambda post: post.tags, "tag")


def by_category(posts: Sequence[Post]) -> dict[str, PostGroup]:
    """Return the posts of each category by the name of its folder."""
    return _grouped(posts, lambda post: post.categories, "category")


def by_author(config: Config, posts: Sequence[Post]) -> dict[str, PostGroup]:
    """Return the posts of each author by the name of the author's folder."""
    return _grouped(posts, lambda post: [author.name for author in authors_of(post.authors, config)], "author")


def by_folder(config: Config, posts: Sequence[Post]) -> dict[str, PostGroup]:
    """Return the posts in and below each folder of the content folder, by the path of the feed's folder."""
    return _grouped(posts, lambda post: _folders(config, post), "folder")


def _folders(config: Config, post: Post) -> list[str]:
    """Return the folders that a post is in, `news` and `news/local`; those of its date are none."""
    parts = url_folder(place(post.path, config).folders, post.date).split("/")
    return ["/".join(parts[:end]) for end in range(1, len(parts) + 1) if parts[0]]


def _grouped(posts: Sequence[Post], names_of: Callable[[Post], Iterable[str]], kind: str) -> dict[str, PostGroup]:
    """Return the posts of each name by the path of its folder.

    When two names have the same path, the one used first keeps it and the others get a hash of the name as a suffix, so
    that a new name never moves an existing feed.
    """
    chosen: dict[str, list[Post]] = defaultdict(list)
    spellings: dict[str, Counter[str]] = defaultdict(Counter)
    for post in posts:
        for key, name in {tag_key(name): name for name in names_of(post)}.items():
            chosen[key].append(post)
            spellings[key][name] += 1
    groups: dict[str, PostGroup] = {}
    for key in sorted(chosen, key=lambda key: (chosen[key][-1].date, key)):
        counts = spellings[key]
        path = "/".join(map(_slug, key.split("/"))) if kind == "folder" else slugify(key)
        if not path or path in groups:
            mark = hashlib.blake2s(key.encode("utf-8", "replace"), digest_size=3).hexdigest()
            path = f"{path or kind}-{mark}"
        usual = max(counts, key=lambda spelling: (counts[spelling], spelling))
        groups[path] = PostGroup(spelling=line(usual), posts=chosen[key])
    return groups


def _slug(part: str) -> str:
    """Return a folder's name as a part of a path; none is called like the folder of a feed's older pages."""
    slug = slugify(part) or "folder"
    return f"{slug}-" if slug == _ARCHIVE else slug
