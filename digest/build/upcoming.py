"""What the next edition of a digest will hold, as far as it is known now."""

from collections.abc import Iterable
from datetime import datetime

from digest.archive.manifest import hash_note
from digest.build.editions import find_run
from digest.build.report import Upcoming, UpcomingPost
from digest.collector.post import Post
from digest.config import Config, schedule
from digest.editions import DigestRun, note_path, open_edition


def find_upcoming(config: Config, posts: Iterable[Post], now: datetime) -> tuple[Upcoming, ...]:
    """Return the next edition of each digest; nothing is rendered or written."""
    given = tuple(posts)
    return tuple(upcoming(find_run(config, name, given, now)) for name in config.digests)


def upcoming(run: DigestRun) -> Upcoming:
    """Return the next edition of a run's digest."""
    outcome = open_edition(run)
    posts = outcome.edition.posts if outcome.edition else ()
    note = note_path(run.config, outcome.key)
    approvals = [approved.at.astimezone(run.zone) for approved in run.ledger.approved.get(outcome.key, ())]
    return Upcoming(
        digest=run.name,
        key=outcome.key,
        end=schedule.next_end(run.schedule, run.now),
        posts=tuple(UpcomingPost(post.title, post.url, post.path) for post in posts),
        message=f"{outcome.message} so far" if outcome.status == "empty" else outcome.message,
        note=note,
        approved=max(approvals, default=None),
        has_note=bool(hash_note(run.config, outcome.key)),
    )
