"""Which posts enter an edition: the numbered rules under "Which posts" in docs/editions.md, in the same order.

Rule 8, the sections, is in `edition.arrange`; rule 9, the minimum number of posts, is in `plan`.
"""

import hashlib
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from msgspec import Struct

from digest.collector.post import Post
from digest.collector.scan import content_folder
from digest.collector.select import is_in_scope, matches
from digest.config.schedule import Window
from digest.editions.edition import appeared, arrange
from digest.editions.identity import Present, is_dated_anew
from digest.editions.ledger import Built
from digest.editions.recognition import Known, Recognition, recognise
from digest.editions.records import ARCHIVE
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


class Verdict(Struct, frozen=True):
    """Whether a post enters the edition, with a warning for its author."""

    enters: bool
    warning: Problem | None = None


ENTERS = Verdict(enters=True)
STAYS_OUT = Verdict(enters=False)


def select_posts(run: DigestRun, window: Window) -> Selected:
    """Return the posts for the edition of `window`, in the order of `run.posts`."""
    moments = moments_of(run, window)
    recognition = recognise_posts(run)
    began = run.ledger.began
    archive = None if began is None else frozenset(began.older)
    entering: list[Post] = []
    problems: list[Problem] = []
    for post in run.posts:
        verdict = judge(post, run, moments, known=recognition.of(post), archive=archive)
        if verdict.enters:
            entering.append(post)
        if verdict.warning:
            problems.append(verdict.warning)
    given_up = {post.id for post in entering if was_missed(post, run, moments)}  # rule 7
    posts = tuple(post for post in entering if post.id not in given_up)
    return Selected(posts, tuple(sorted(given_up)), tuple(problems))


def judge(
    post: Post, run: DigestRun, moments: Moments, *, known: tuple[Known, ...], archive: frozenset[str] | None
) -> Verdict:
    """Apply rules 1 to 6 to a post.

    `known` are the records that it is, or may be; `archive` has the fingerprints of the posts that were there before
    the digest began, None where it has not begun.
    """
    if not is_in_time(post, moments):  # rule 1
        return STAYS_OUT
    if is_to_be_sent_again(post, known):  # rule 2
        return ENTERS if is_wanted(post, run, moments.now) else STAYS_OUT
    if went_out_already(post, known):  # rule 2
        return STAYS_OUT
    if is_older_than_the_digest(post, moments, archive):  # rule 3
        return STAYS_OUT
    if not is_wanted(post, run, moments.now):  # rule 4
        return STAYS_OUT
    if is_too_late(post, moments):  # rule 5
        return Verdict(enters=False, warning=_late_lost(post, run, known))
    if known:  # rule 6
        return Verdict(enters=False, warning=_warning(post, known))
    return ENTERS


def is_in_time(post: Post, moments: Moments) -> bool:
    """Rule 1: the post appeared before the window's end."""
    return appeared(post) < moments.end


def went_out_already(post: Post, known: tuple[Known, ...]) -> bool:
    """Rule 2: the post is in an edition, or was dropped, under its id or an address that it has or had."""
    return _is_of_the_archive(known) or any(each.is_certain and each.is_under_its_name(post) for each in known)


def is_to_be_sent_again(post: Post, known: tuple[Known, ...]) -> bool:
    """Rule 2: the post has `resend: true`, is or may be one that went out, and was not sent with it yet."""
    if not post.resend or not known or _is_of_the_archive(known):
        return False
    items = [each.record.item for each in known if each.is_certain]
    return not any(item is not None and item.resend for item in items)


def _is_of_the_archive(known: tuple[Known, ...]) -> bool:
    """Whether the post is older than the digest, and in no edition."""
    certain = [each for each in known if each.is_certain]
    return bool(certain) and all(each.record.key == ARCHIVE for each in certain)


def is_older_than_the_digest(post: Post, moments: Moments, archive: frozenset[str] | None) -> bool:
    """Rule 3: the post was there before the digest began, and appeared before `--since`."""
    if appeared(post) >= moments.beginning:
        return False
    return archive is None or not archive.isdisjoint(fingerprints(post))


def fingerprints(post: Post) -> set[str]:
    """Return what the archive remembers of a post: short hashes of its file, and of its title and date."""
    named = f"{post.title or post.url}\n{post.date.timestamp()}"
    return {hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:8] for text in (post.path, named)}


def is_wanted(post: Post, run: DigestRun, now: datetime) -> bool:
    """Rule 4: the post is published, does not say `digest: skip`, and is what the digest takes."""
    is_taken = matches(post, run.digest) and is_in_scope(post, run.digest, content_folder(run.config))
    return is_taken and is_to_be_shown(post, now)


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
    recognition = recognise_posts(run)
    posts: dict[str, Post] = {}
    problems: list[Problem] = []
    for item in built.posts:
        claims = recognition.posts.get((built.key, item.id), ())
        same = [post for post, known in claims if known.is_certain or _is_dated_anew(post, known, run, built)]
        visible = [post for post in same if is_to_be_shown(post, now)]
        if visible:
            posts[visible[0].path] = visible[0]
            continue
        message = f"{item.url} was in {built.key} when it was built, and is gone from it"
        hint = '"resend: true" sends it again once it is back'
        problems.append(Problem(item.path, 0, 0, "withdrawn", message, hint, "warning"))
    return Selected(tuple(posts.values()), built.skipped, tuple(problems))


def _is_dated_anew(post: Post, known: Known, run: DigestRun, built: Built) -> bool:
    return any(is_dated_anew(Present(post, run), look, built.end) for look in known.record.looks)


def moments_of(run: DigestRun, window: Window) -> Moments:
    """Return the times that the rules compare for the edition of `window`."""
    start, end = window.start.astimezone(UTC), window.end.astimezone(UTC)
    # A month is longer than the default look-back, so a monthly look-back counts from the window's start.
    anchor = window.start if run.schedule.unit == "month" else window.end
    look_back = (anchor - timedelta(days=run.digest.look_back)).astimezone(UTC)
    beginning = (run.ledger.baseline or run.since or start).astimezone(UTC)
    reach = min(look_back, start_of(run, window))
    if run.since is not None:
        reach = run.since.astimezone(UTC)
        beginning = min(beginning, reach)
    return Moments(now=run.now.astimezone(UTC), start=start, end=end, reach=reach, beginning=beginning)


def start_of(run: DigestRun, window: Window) -> datetime:
    """Return the start of a window's edition in UTC: the end of the previous edition."""
    ledger = run.ledger
    if run.since is not None and not ledger.editions:
        return run.since.astimezone(UTC)
    start = window.start.astimezone(UTC)
    if run.digest.missed == "skip" and ledger.ran is not None:
        return max(ledger.ran.astimezone(UTC), start)
    return (ledger.last_end or ledger.baseline or start).astimezone(UTC)


def recognise_posts(run: DigestRun) -> Recognition:
    """Find the posts that the digest's records are now."""
    now = run.now.astimezone(UTC)
    return recognise(run, lambda post: is_wanted(post, run, now))


def _late_lost(post: Post, run: DigestRun, known: tuple[Known, ...]) -> Problem | None:
    """Return a warning with times in the site's zone, which `--since` uses; None for a post that is not lost."""
    if any(each.is_certain for each in known) or not has_a_section(post, run):
        return None
    if known:
        return _maybe_renamed(post, known[0])
    zone = run.config.site_zone
    dated = timestamp(post.date, zone)
    day = day_of(appeared(post), zone).isoformat()
    message = f"dated {dated}, before the look-back of {run.digest.look_back} days, and never sent"
    hint = f"`digest build --since {day}` takes it in; `digest: skip` ends this warning"
    return Problem(post.path, 0, 0, "late-lost", message, hint, "warning")


def _warning(post: Post, known: tuple[Known, ...]) -> Problem:
    """Return the warning of rule 6."""
    certain = [each for each in known if each.is_certain]
    return _permalink_changed(post, certain[0]) if certain else _maybe_renamed(post, known[0])


def _permalink_changed(post: Post, known: Known) -> Problem:
    id_, url = known.record.id, known.record.url
    message = f"this is {url}, which {_where(known)}, under another address; it is not sent again"
    hint = f'write "aliases: [{urlsplit(url).path}]" or "id: {id_}" in its front matter'
    return Problem(post.path, 0, 0, "permalink-changed", message, hint, "warning")


def _maybe_renamed(post: Post, known: Known) -> Problem:
    message = f"this may be {known.record.url}, which {_where(known)}: {_SHARED[known.sign]} the same; it is not sent"
    hint = f'"resend: true" sends it; "id: {known.record.id}" says that it is the same post'
    return Problem(post.path, 0, 0, "maybe-renamed", message, hint, "warning")


def _where(known: Known) -> str:
    key = known.record.key
    return f"went out in {key}" if key else "is older than the digest"


_SHARED = dict(
    enumerate(
        (
            "its id is", "its address is", "title, date and text are", "file or address is", "its file or address is",
            "title and date are", "title and text are", "the text is", "the date is",
        ),
        start=1,
    )
)  # fmt: skip
