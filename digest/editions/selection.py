"""Which posts enter an edition: the numbered rules under "Which posts" in docs/editions.md, in the same order.

Rule 8, the sections, is in `edition.arrange`; rule 9, the minimum number of posts, is in `plan`.
"""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from msgspec import Struct

from digest.collector.post import Post
from digest.collector.select import matches
from digest.config.schedule import Window
from digest.editions.edition import appeared, arrange
from digest.editions.identity import Original, Vanished, find_vanished, lookalike_of, original_of
from digest.editions.ledger import Built
from digest.editions.run import DigestRun
from digest.localisation import day_of, timestamp
from digest.problems import Problem


class Selected(Struct, frozen=True):
    """The posts of an edition, ids of posts that are dropped for good, and warnings for the posts' authors."""

    posts: tuple[Post, ...]
    given_up: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


class Moments(Struct, frozen=True):
    """The times that the rules compare, in UTC: Python compares two times in one zone by wall clock."""

    now: datetime
    start: datetime  # of the window
    end: datetime  # of the window, exclusive
    reach: datetime  # the earliest time of a post in this edition
    beginning: datetime  # the earliest time of a post in the digest


class History(Struct, frozen=True):
    """Post ids from the ledger, and vanished posts."""

    out: frozenset[str]  # sent or dropped
    resent: frozenset[str]  # sent with `resend: true`
    vanished: Vanished


class Verdict(Struct, frozen=True):
    """Whether a post enters the edition, with a warning for its author."""

    enters: bool
    warning: Problem | None = None


ENTERS = Verdict(enters=True)
STAYS_OUT = Verdict(enters=False)


def select_posts(run: DigestRun, window: Window) -> Selected:
    """Return the posts for the edition of `window`, in the order of `run.posts`."""
    moments = moments_of(run, window)
    history = history_of(run)
    entering: list[Post] = []
    problems: list[Problem] = []
    for post in run.posts:
        verdict = judge(post, run, moments, history)
        if verdict.enters:
            entering.append(post)
        if verdict.warning:
            problems.append(verdict.warning)
    given_up = {post.id for post in entering if was_missed(post, run, moments)}  # rule 7
    posts = tuple(post for post in entering if post.id not in given_up)
    return Selected(posts, tuple(sorted(given_up)), tuple(problems))


def judge(post: Post, run: DigestRun, moments: Moments, history: History) -> Verdict:
    """Apply rules 1 to 6 to a post."""
    if not is_in_time(post, moments):  # rule 1
        return STAYS_OUT
    if went_out_already(post, history):  # rule 2
        again = is_to_be_sent_again(post, history) and is_wanted(post, run, moments)
        return ENTERS if again else STAYS_OUT
    if is_older_than_the_digest(post, moments):  # rule 3
        return STAYS_OUT
    if not is_wanted(post, run, moments):  # rule 4
        return STAYS_OUT
    original = original_of(post, run, history.vanished)
    if is_too_late(post, moments):  # rule 5
        return Verdict(enters=False, warning=_late_lost(post, run, original))
    if original is not None:  # rule 6
        return Verdict(enters=False, warning=_permalink_changed(post, original))
    lookalike = lookalike_of(post, history.vanished)
    return Verdict(enters=True, warning=_maybe_renamed(post, lookalike))


def is_in_time(post: Post, moments: Moments) -> bool:
    """Rule 1: the post appeared before the window's end."""
    return appeared(post) < moments.end


def went_out_already(post: Post, history: History) -> bool:
    """Rule 2: the post is in an edition, or was dropped, under its id or an address that it has or had."""
    return not history.out.isdisjoint({post.id, post.url, *post.aliases})


def is_to_be_sent_again(post: Post, history: History) -> bool:
    """Rule 2: the post has `resend: true`, and was not sent with it yet."""
    return post.resend and post.id not in history.resent


def is_older_than_the_digest(post: Post, moments: Moments) -> bool:
    """Rule 3: the post appeared before the digest began, and before `--since`."""
    return appeared(post) < moments.beginning


def is_wanted(post: Post, run: DigestRun, moments: Moments) -> bool:
    """Rule 4: the post is published, does not say `digest: skip`, and has the tags that the digest asks for."""
    return is_to_be_shown(post, moments.now) and matches(post, run.digest)


def is_to_be_shown(post: Post, now: datetime) -> bool:
    """Rule 4 without the tags; applies to rebuilt editions too."""
    return post.state(now) == "published" and post.digest != "skip"


def is_too_late(post: Post, moments: Moments) -> bool:
    """Rule 5: the post appeared before the look-back began, or before `--since`."""
    return appeared(post) < moments.reach


def was_missed(post: Post, run: DigestRun, moments: Moments) -> bool:
    """Rule 7: the digest skips missed windows, and the post appeared in a window that no run examined."""
    if run.digest.missed != "skip" or run.since is not None or run.ledger.ran is None:
        return False
    return run.ledger.ran <= appeared(post) < moments.start


def has_a_section(post: Post, run: DigestRun) -> bool:
    """Rule 8: one of the digest's sections takes the post."""
    return bool(arrange(run.digest, [post]))


def select_again(run: DigestRun, built: Built) -> Selected:
    """Return the posts of a built edition as they are now, and warnings for those that are gone."""
    now = run.now.astimezone(UTC)
    visible = {post.id: post for post in run.posts if is_to_be_shown(post, now)}
    ids = {item.id for item in built.posts}
    renamed: dict[str, Post] = {}
    if not ids <= visible.keys():
        renamed = {run.hash_of(post): post for post in visible.values() if post.id not in ids}
    posts: list[Post] = []
    problems: list[Problem] = []
    for item in built.posts:
        post = visible.get(item.id) or renamed.get(item.hash)
        if post is not None:
            posts.append(post)
            continue
        message = f"{item.url} was in {built.key} when it was built, and is gone from it"
        hint = '"resend: true" sends it again once it is back'
        problems.append(Problem(item.path, 0, 0, "withdrawn", message, hint, "warning"))
    return Selected(tuple(posts), built.skipped, tuple(problems))


def moments_of(run: DigestRun, window: Window) -> Moments:
    """Return the times that the rules compare for the edition of `window`."""
    start, end = window.start.astimezone(UTC), window.end.astimezone(UTC)
    # A month is longer than the default look-back, so a monthly look-back counts from the window's start.
    anchor = window.start if run.schedule.unit == "month" else window.end
    look_back = (anchor - timedelta(days=run.digest.look_back)).astimezone(UTC)
    beginning = (run.ledger.baseline or run.since or start).astimezone(UTC)
    reach = max(beginning, min(look_back, start))
    if run.since is not None:
        reach = run.since.astimezone(UTC)
    return Moments(now=run.now.astimezone(UTC), start=start, end=end, reach=reach, beginning=min(beginning, reach))


def history_of(run: DigestRun) -> History:
    """Return the digest's history from its ledger."""
    items = [item for _, item in run.ledger.posts()]
    return History(
        out=run.ledger.skipped.union(item.id for item in items),
        resent=frozenset(item.id for item in items if item.resend),
        vanished=find_vanished(run),
    )


def _late_lost(post: Post, run: DigestRun, original: Original | None) -> Problem | None:
    """Return a warning with times in the site's zone, which `--since` uses; None for a post that is not lost."""
    if original is not None or not has_a_section(post, run):
        return None
    zone = run.config.site_zone
    dated = timestamp(post.date, zone)
    day = day_of(appeared(post), zone).isoformat()
    message = f"dated {dated}, before the look-back of {run.digest.look_back} days, and never sent"
    hint = f"`digest build --since {day}` takes it in; `digest: skip` ends this warning"
    return Problem(post.path, 0, 0, "late-lost", message, hint, "warning")


def _permalink_changed(post: Post, original: Original) -> Problem:
    item, key = original.item, original.key
    message = f"this is {item.url}, which went out in {key}, under another address; it is not sent again"
    hint = f'write "aliases: [{urlsplit(item.url).path}]" or "id: {item.id}" in its front matter'
    return Problem(post.path, 0, 0, "permalink-changed", message, hint, "warning")


def _maybe_renamed(post: Post, lookalike: Original | None) -> Problem | None:
    if lookalike is None:
        return None
    item, key = lookalike.item, lookalike.key
    message = f"this has title and date of {item.url}, which went out in {key}, and other text; it is sent"
    hint = f'with "id: {item.id}" it is the same post'
    return Problem(post.path, 0, 0, "maybe-renamed", message, hint, "warning")
