"""How many posts are published, kept from build to build: what tells a folder that lost its posts from an empty one.

A disk that is not mounted, or a checkout without its submodule, looks like a folder without posts. So each build notes
beside the ledgers how many posts it published, and the next one asks before it empties what was published.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct

from digest import files
from digest.collector.post import Post
from digest.collector.scan import Scan, content_folder
from digest.config.schema import Config
from digest.problems import ContentError, Problem

NAME = "_posts.jsonl"  # in the folder of the ledgers; no digest can have this name


class Tally(Struct, frozen=True):
    """How many posts are published, and how many are not any more since their expiry date is past."""

    published: int = 0
    expired: int = 0


def count(published: Sequence[Post], posts: Iterable[Post], now: datetime) -> Tally:
    """Return the tally at `now` (aware) of `posts`, all that were collected, of which some are `published`."""
    expired = [post for post in posts if post.expires and post.state(now) == "expired"]
    return Tally(len(published), len(expired))


def last(config: Config) -> Tally:
    """Return what the last build noted, zeros when there was none; the highest where git joined several lines.

    Raises `ContentError` when the file cannot be read.
    """
    path = config.root / config.site.ledger / NAME
    try:
        lines = path.read_bytes().split(b"\n")
        tallies = [msgspec.json.decode(line, type=Tally) for line in lines if line.strip()]
    except FileNotFoundError:
        return Tally()
    except (OSError, msgspec.DecodeError) as error:
        hint = "delete the file: the next build counts anew"
        problem = Problem(f"{config.site.ledger}/{NAME}", 0, 0, "tally", f"this cannot be read: {error}", hint)
        raise ContentError(str(problem), [problem]) from error
    return max(tallies, key=lambda tally: tally.published, default=Tally())


def keep(config: Config, tally: Tally) -> None:
    """Note `tally` for the next build. Raises `WriteError`."""
    files.write(config.root / config.site.ledger, NAME, msgspec.json.encode(tally) + b"\n")


def loss(config: Config, seen: Scan, now: Tally) -> Problem | None:
    """Return what speaks against publishing what a build finds `now`; None when nothing does.

    That is a folder that could not be looked at, and that more than half of the posts that the last build published,
    or the last of them, are published no longer. Posts count by number, so renaming them is no loss; nor is the expiry
    of a post, which its author wrote. A post that became a draft, or whose date is in the future now, is lost to
    readers as much as one that was deleted. Raises `ContentError` when what the last build noted cannot be read.
    """
    before = last(config)
    expired = max(0, now.expired - before.expired)
    lost = before.published - now.published - expired
    emptied = lost > 0 and now.published == 0
    if not (seen.unreadable or emptied or 2 * lost > before.published):
        return None
    folder = content_folder(config) or "."
    message = f"published posts found in this folder: {now.published}; at the last build: {before.published}"
    hint = "nothing is written until that is put right; `digest build --allow-empty` says that it is meant"
    return Problem(folder, 0, 0, "posts-gone", message, hint)
