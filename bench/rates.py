"""How fast this program's parts are, in one process and without its memory: entries, e-mails, editions by tag set.

An edition by tag set is what one reader gets who follows some tags: the week's posts that have one of them. Ten
thousand readers have ten thousand tag sets out of the same forty posts.

    python bench/rates.py SITE EDITIONS
"""

import json
import random
import sys
import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import archive

from digest import emails, feeds
from digest.collector import read as reading
from digest.collector.post import Post
from digest.collector.source import body_of
from digest.config import Config, load_config
from digest.editions import Edition, EditionSection
from digest.markdown import Rendered, render

WEEK = 40  # posts


def rendered(config: Config, posts: Iterable[Post]) -> dict[str, Rendered]:
    """Return the bodies of posts by the posts' ids."""
    return {post.id: render(post, body_of((config.root / post.path).read_bytes(), post), config) for post in posts}


def fragments(config: Config, posts: Iterable[Post], bodies: dict[str, Rendered]) -> None:
    """Make every post into an entry of each format."""
    for post in posts:
        entry = feeds.make_entry(post, bodies[post.id], "full", config)
        for format_ in config.feeds.formats:
            feeds.fragment(entry, format_, config)


def edition(key: str, posts: tuple[Post, ...]) -> Edition:
    """Return an edition of the archive's last week with these posts."""
    end = datetime(2026, 11, 23, tzinfo=ZoneInfo("Asia/Shanghai"))
    return Edition("weekly", f"weekly/{key}", end - timedelta(days=7), end, (EditionSection("", posts),))


def tag_sets(tags: list[str], count: int) -> list[frozenset[str]]:
    """Return `count` different sets of two to six tags, the same ones every time."""
    chance, found = random.Random(1), dict[frozenset[str], None]()
    while len(found) < count:
        found[frozenset(chance.sample(tags, chance.randint(2, min(6, len(tags)))))] = None
    return list(found)


def main(site: Path, editions: int) -> None:
    """Print the figures as JSON; times are CPU seconds."""
    config = load_config(site)
    paths = [f"content/{archive.path(number)}" for number in range(WEEK)]
    read = [reading.read(path, (site / path).read_bytes(), config)[0] for path in paths]
    posts = tuple(post for post in read if post is not None)
    bodies = rendered(config, posts)  # and everything is imported and compiled
    fragments(config, posts, bodies)

    began = time.process_time()
    again = rendered(config, posts)
    fragments(config, posts, again)
    entries = time.process_time() - began

    began = time.process_time()
    emails.compose(edition("first", posts), bodies, config)
    first = time.process_time() - began

    # The same forty posts again and again: cards and styles are made once.
    sets = tag_sets(sorted({tag for post in posts for tag in post.tags}), editions)
    began = time.process_time()
    for number, tags in enumerate(sets):
        chosen = tuple(post for post in posts if not tags.isdisjoint(post.tags))
        emails.compose(edition(str(number), chosen), bodies, config)
    rest = time.process_time() - began
    stand = sum(not tags.isdisjoint(post.tags) for tags in sets for post in posts) / editions
    figures = {
        "entries_per_second": len(posts) * len(config.feeds.formats) / entries,
        "first_edition_seconds": first,
        "editions": editions,
        "posts_in_an_edition": stand,
        "edition_seconds": rest / editions,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
