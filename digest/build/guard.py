"""What keeps a build from publishing an empty site in silence: no site at all, or posts that are gone."""

from collections.abc import Sequence, Sized
from datetime import datetime

import msgspec

from digest.build import tally
from digest.build.tally import Tally
from digest.collector.collect import Collection, candidates
from digest.collector.post import Post
from digest.collector.scan import Scan
from digest.config.schema import Config
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


def refuse_loss(config: Config, seen: Scan, found: Tally, problems: Sequence[Problem]) -> None:
    """Raise `ContentError` with all that is wrong when posts that were published are gone."""
    lost = tally.loss(config, seen, found)
    if lost:
        refuse((lost, *problems))


def objections(
    config: Config,
    seen: Scan,
    collection: Collection,
    posts: Sequence[Post],
    now: datetime,
) -> list[Problem]:
    """Return as warnings what would keep a build from writing anything, for commands that write nothing anyway."""
    found = tally.count(posts, collection.posts, now)
    problems = [tally.loss(config, seen, found)]
    if config.file is None and not collection.posts:
        problems.append(NO_SITE)
    return [msgspec.structs.replace(problem, severity="warning") for problem in problems if problem]
