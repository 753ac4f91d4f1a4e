"""Refuse to publish when the folder is not a site, or when most published posts are gone."""

from collections.abc import Sequence, Sized
from datetime import datetime

import msgspec

from digest.build import published_count
from digest.build.published_count import PublishedCount
from digest.collector.candidates import candidates
from digest.collector.collect import Collection
from digest.collector.post import Post
from digest.collector.scan import Scan, content_folder
from digest.config import Config
from digest.problems import ConfigError, Problem, printable, refuse

NO_SITE = Problem(
    path=".",
    line=0,
    column=0,
    code="no-site",
    message="there is neither a digest.toml nor a post in this folder",
    hint="digest init writes a site, -C names the folder of one",
)


def require_candidates(config: Config, seen: Scan) -> None:
    """Run `require_site` on files that could be posts, before a lock file is created in a folder that is not a site."""
    if config.file is None:
        files, problems = candidates(config, seen)
        require_site(config, files, problems)


def require_site(config: Config, found: Sized, problems: Sequence[Problem]) -> None:
    """Raise when the folder is not a site: it has no `digest.toml`, and no posts were `found`.

    Raises `ContentError` when there are posts but each has an error, `ConfigError` when there are none.
    """
    if config.file is None and not found:
        refuse(problems)
        raise ConfigError(str(NO_SITE), [NO_SITE])


def refuse_loss(config: Config, seen: Scan, found: PublishedCount, problems: Sequence[Problem]) -> None:
    """Raise `ContentError` with all problems when published posts are gone (`find_loss`)."""
    lost = find_loss(config, seen, found)
    if lost:
        refuse((lost, *problems))


def find_loss(config: Config, seen: Scan, found: PublishedCount) -> Problem | None:
    """Return the problem that forbids publishing what a build `found`; None when there is none.

    It is an unreadable folder, or the loss of more than half, or all, of the posts that the last build published. Only
    the number of posts counts, so renaming is no loss; nor is an expiry date that has passed. A post that became a
    draft, or that now has a date in the future, counts as lost, like a deleted one.

    Raises `ContentError` when the last build's count cannot be read.
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


def unreadable_folders(seen: Scan) -> list[Problem]:
    """Return a warning for each folder of templates, notes, slots, static files or includes that cannot be read."""
    hint = "mend it; what is in it counts as missing"
    return [
        Problem(printable(path), 0, 0, "unreadable", f"the folder cannot be read: {reason}", hint, "warning")
        for path, reason in seen.unreadable_others
    ]


def guard_warnings(
    config: Config,
    seen: Scan,
    collection: Collection,
    posts: Sequence[Post],
    now: datetime,
) -> list[Problem]:
    """Return as warnings the problems that would stop a build, for commands that write nothing."""
    problems: list[Problem] = []
    lost = find_loss(config, seen, published_count.count(posts, collection.posts, now))
    if lost is not None:
        problems.append(lost)
    if config.file is None and not collection.posts:
        problems.append(NO_SITE)
    return [msgspec.structs.replace(problem, severity="warning") for problem in problems]
