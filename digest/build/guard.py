"""What keeps a build from publishing an empty site in silence: no site at all, or posts that are gone."""

from collections.abc import Sequence, Sized
from datetime import datetime

import msgspec

from digest.build import published_count
from digest.build.published_count import PublishedCount
from digest.collector.collect import Collection, candidates
from digest.collector.post import Post
from digest.collector.scan import Scan, content_folder
from digest.config import Config
from digest.problems import ConfigError, Problem, refuse

NO_SITE = Problem(
    path=".",
    line=0,
    column=0,
    code="no-site",
    message="there is neither a digest.toml nor a post in this folder",
    hint="digest init writes a site, -C names the folder of one",
)


def require_candidates(config: Config, seen: Scan) -> None:
    """Raise as `require_site` does for a folder without a file that could be a post, before a lock is left there."""
    if config.file is None:
        files, problems = candidates(config, seen)
        require_site(config, files, problems)


def require_site(config: Config, found: Sized, problems: Sequence[Problem]) -> None:
    """Raise when neither a `digest.toml` nor a post, of those that were `found`, says that the folder is a site.

    Raises `ContentError` when posts are there and each is wrong, `ConfigError` when there is none.
    """
    if config.file is None and not found:
        refuse(problems)
        raise ConfigError(str(NO_SITE), [NO_SITE])


def refuse_loss(config: Config, seen: Scan, found: PublishedCount, problems: Sequence[Problem]) -> None:
    """Raise `ContentError` with all that is wrong when posts that were published are gone."""
    lost = find_loss(config, seen, found)
    if lost:
        refuse((lost, *problems))


def find_loss(config: Config, seen: Scan, found: PublishedCount) -> Problem | None:
    """Return what speaks against publishing what a build has `found`; None when nothing does.

    That is a folder that could not be looked at, and that more than half of the posts that the last build published,
    or the last of them, are published no longer. Posts count by number, so renaming them is no loss; nor is the expiry
    of a post, which its author wrote. A post that became a draft, or whose date is in the future now, is lost to
    readers as much as one that was deleted. Raises `ContentError` when the last build's count cannot be read.
    """
    before = published_count.read(config)
    expired = max(0, found.expired - before.expired)
    lost = before.published - found.published - expired
    emptied = lost > 0 and found.published == 0
    halved = 2 * lost > before.published
    if not (seen.unreadable or emptied or halved):
        return None
    folder = content_folder(config) or "."
    message = f"published posts found in this folder: {found.published}; at the last build: {before.published}"
    hint = "nothing is written until that is put right; `digest build --allow-empty` says that it is meant"
    return Problem(folder, 0, 0, "posts-gone", message, hint)


def objections(
    config: Config,
    seen: Scan,
    collection: Collection,
    posts: Sequence[Post],
    now: datetime,
) -> list[Problem]:
    """Return as warnings what would keep a build from writing anything, for commands that write nothing anyway."""
    problems: list[Problem] = []
    lost = find_loss(config, seen, published_count.count(posts, collection.posts, now))
    if lost is not None:
        problems.append(lost)
    if config.file is None and not collection.posts:
        problems.append(NO_SITE)
    return [msgspec.structs.replace(problem, severity="warning") for problem in problems]
