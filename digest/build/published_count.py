"""How many posts are published, kept from build to build in `ledger/_posts.jsonl`.

A disk that is not mounted, or a checkout without its submodule, looks like a folder without posts. So each build writes
down how many posts it published, and the next one compares (`guard`) before it writes anything.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct

from digest import files
from digest.collector.post import Post
from digest.config import Config
from digest.editions import appeared
from digest.editions.plan import FAR
from digest.problems import ContentError, Problem

NAME = "_posts.jsonl"  # in the folder of the ledgers; no digest can have this name
COPY = ".digest/_posts.jsonl"  # below the site's folder: tells which digests have run when the ledgers' folder is lost


class PublishedCount(Struct, frozen=True):
    """How many posts are published, how many have expired, and which digests have a ledger."""

    published: int = 0
    expired: int = 0
    digests: tuple[str, ...] = ()


def count(published: Sequence[Post], posts: Iterable[Post], now: datetime) -> PublishedCount:
    """Return the counts at `now` (aware) of `posts`, all collected posts, of which some are `published`."""
    expired = [post for post in posts if post.expires and post.state(now) == "expired"]
    return PublishedCount(len(published), len(expired))


def believable(
    before: PublishedCount, found: PublishedCount, published: Sequence[Post], now: datetime
) -> PublishedCount:
    """Return the count to record: not more posts than `before` when the clock may be far ahead of its time."""
    newest = max((appeared(post) for post in published), default=now)
    if now - newest <= FAR or not before.published:
        return found
    return msgspec.structs.replace(found, published=min(found.published, before.published))


def read(config: Config) -> PublishedCount:
    """Return the last build's count, zeros when there was none; the highest when a git merge left several lines.

    Raises `ContentError` when the file cannot be read.
    """
    return _read(config, _path(config)) or PublishedCount()


def _path(config: Config) -> str:
    return f"{config.site.ledger}/{NAME}"


def _read(config: Config, path: str) -> PublishedCount | None:
    """Return the count in the file `path`, below the site's folder; None when there is no file."""
    try:
        lines = (config.root / path).read_bytes().split(b"\n")
        counts = [msgspec.json.decode(line, type=PublishedCount) for line in lines if line.strip()]
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError) as error:
        hint = "delete the file: the next build counts anew"
        problem = Problem(path, 0, 0, "tally", f"this cannot be read: {error}", hint)
        raise ContentError(str(problem), [problem]) from error
    highest = max(counts, key=lambda count: count.published, default=PublishedCount())
    return msgspec.structs.replace(highest, digests=tuple(sorted({name for count in counts for name in count.digests})))


def has_run(config: Config, digest: str) -> bool:
    """Return whether a build before this one wrote the ledger of a digest.

    When the folder of the ledgers is lost, the copy of the count and the output tell.
    """
    try:
        found = _read(config, _path(config))
        if found is not None:
            return digest in found.digests
        copy = _read(config, COPY)
    except ContentError:
        return False
    has_page = (config.root / config.site.output / "editions" / digest / "index.html").is_file()
    return has_page or (copy is not None and digest in copy.digests)


def write(config: Config, found: PublishedCount, digests: Iterable[str]) -> None:
    """Record the counts that a build `found` and the `digests` with a ledger, for the next one. Raises `WriteError`."""
    found = msgspec.structs.replace(found, digests=tuple(digests))
    line = msgspec.json.encode(found) + b"\n"
    files.write(config.root / config.site.ledger, NAME, line)
    files.write(config.root, COPY, line, flush=False)
