"""Which editions are due, and with which posts: decided by the schedule, the ledger and the moment that is passed in.

Windows tile time: an edition's window begins where the edition before it ended. An edition's posts are settled once,
when it is first built, and are taken from then on, whether or not anybody says that it was sent; building it again
renders the same posts as they are now. docs/editions.md tells this to users.
"""

from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from digest.collector.post import Post
from digest.config import schedule
from digest.config.schedule import Schedule, Window
from digest.config.schema import Config, Digest
from digest.editions import ledger as ledgers
from digest.editions import note as notes
from digest.editions.edition import Edition, Note, appeared, arrange, unknown_in_order
from digest.editions.ledger import Built, Empty, Item, Ledger
from digest.localisation import day_of, timestamp
from digest.problems import DigestError, Problem

Status = Literal["built", "restored", "already built", "sent", "empty", "not due"]
HashOf = Callable[[Post], str]


class Outcome(Struct, frozen=True):
    """What is to become of one edition.

    With an `edition`, write it and then append `event` to the ledger (None: it is there already). Without one, append
    `event` when there is one. `record` is the edition as the ledger knows it, its posts as they are now.
    """

    digest: str
    key: str
    status: Status
    message: str = ""
    edition: Edition | None = None
    record: Built | None = None
    event: Built | Empty | None = None
    problems: tuple[Problem, ...] = ()


class _Job(Struct, frozen=True):
    name: str
    config: Config
    digest: Digest
    schedule: Schedule
    posts: tuple[Post, ...]
    ledger: Ledger
    now: datetime
    hash_of: HashOf
    since: datetime | None

    @property
    def zone(self) -> ZoneInfo:
        return self.schedule.zone


def due(
    name: str,
    config: Config,
    posts: Iterable[Post],
    ledger: Ledger,
    now: datetime,
    *,
    hash_of: HashOf,
    shown: Collection[str],
    since: datetime | None = None,
) -> tuple[Outcome, ...]:
    """Return what is to be done for digest `name` at `now`, in order; the last is about the edition that is due.

    `posts` are all that were collected, drafts too; `hash_of` its content
    hash; `shown` are the keys whose manifest is in the output: a recorded edition whose manifest is gone is made again.
    `since` overrides where the first edition begins, and the look-back of any other.
    """
    job = _job(name, config, posts, ledger, now, hash_of, since)
    outcomes = [_again(job, built, "restored") for key, built in ledger.editions.items() if key not in shown]
    outcomes = [outcome for outcome in outcomes if outcome.edition]
    latest = schedule.latest_window(job.schedule, now)
    key = f"{name}/{latest.key}"
    if key in ledger.editions:
        if all(outcome.key != key for outcome in outcomes):
            outcomes.append(_done(job, key))
    elif ledger.last_end and latest.end.astimezone(UTC) <= ledger.last_end:
        newest = next(reversed(ledger.editions))
        outcomes.append(Outcome(name, key, "not due", f"{newest} reaches beyond it"))
    else:
        outcomes += _new(job, _windows(job, latest))
    return tuple(outcomes)


def settled(name: str, config: Config, ledger: Ledger, now: datetime, *, shown: Collection[str]) -> bool:
    """Return whether the last outcome of `due` has no edition, whatever posts there are."""
    latest = schedule.latest_window(schedule.schedule_of(config, name), now)
    key = f"{name}/{latest.key}"
    if key in ledger.editions:
        return key in shown
    return ledger.last_end is not None and latest.end.astimezone(UTC) <= ledger.last_end


def edition_for_key(
    key: str,
    config: Config,
    posts: Iterable[Post],
    ledger: Ledger,
    now: datetime,
    *,
    hash_of: HashOf,
    shown: Collection[str],
    since: datetime | None = None,
) -> Outcome:
    """Return what is to be done for the edition `key` (`weekly/2026-W47`): `due` says what the arguments are.

    One that was built is built again with the posts it had, one that was sent is only shown. Raises `DigestError` for
    a key that there is not or not yet, or that a later edition went past.
    """
    name, _, part = key.partition("/")
    if name not in config.digests:
        raise DigestError(f'there is no digest "{name}"; known: {", ".join(sorted(config.digests)) or "none"}')
    job = _job(name, config, posts, ledger, now, hash_of, since)
    if key in ledger.editions:
        if key not in shown:
            return _again(job, ledger.editions[key], "restored")
        return _done(job, key) if key in ledger.sent else _again(job, ledger.editions[key], "built")
    try:
        window = schedule.window_of_key(job.schedule, part)
    except ValueError as error:
        raise DigestError(str(error)) from error
    if window.end.astimezone(UTC) > job.now:
        raise DigestError(f"{key} ends at {window.end.isoformat()}; it can be built from then on")
    if ledger.last_end and window.end.astimezone(UTC) <= ledger.last_end:
        newest = next(reversed(ledger.editions))
        raise DigestError(f"{key} comes before {newest}, which is built: editions go forward, late posts into the next")
    made = _new(job, [window])[-1]
    # looking at an old window must not make the digest begin there
    return msgspec.structs.replace(made, event=None) if made.status == "empty" else made


def _job(
    name: str,
    config: Config,
    posts: Iterable[Post],
    ledger: Ledger,
    now: datetime,
    hash_of: HashOf,
    since: datetime | None,
) -> _Job:
    digest = config.digests[name]
    plan = schedule.schedule_of(config, name)
    at = since.astimezone(UTC) if since else None
    return _Job(name, config, digest, plan, tuple(posts), ledger, now.astimezone(UTC), hash_of, at)


def _done(job: _Job, key: str) -> Outcome:
    record = job.ledger.editions[key]
    if sent := job.ledger.sent.get(key):
        at = timestamp(sent.at.replace(microsecond=0), job.zone)
        return Outcome(job.name, key, "sent", f"sent at {at}", record=record)
    again = f"`digest build --edition {key}` builds it again with the same posts"
    return Outcome(job.name, key, "already built", again, record=record)


def _windows(job: _Job, latest: Window) -> list[Window]:
    """The windows that may become editions now: the newest, or each that was missed."""
    begun = job.ledger.last_end or job.ledger.baseline
    if job.digest.missed != "each" or begun is None:
        return [latest]
    return list(schedule.windows(job.schedule, begun, job.now))


def _new(job: _Job, windows: Iterable[Window]) -> list[Outcome]:
    """Build each window's edition in turn, each knowing those before it; without any, say that it is empty."""
    outcomes: list[Outcome] = []
    empty: Outcome | None = None
    for window in windows:
        made = _build(job, window)
        if isinstance(made.event, Built):
            outcomes.append(made)
            built = [*job.ledger.editions.values(), made.event]
            known = ledgers.fold([*built, *job.ledger.sent.values()])
            job = msgspec.structs.replace(job, ledger=_with(known, job.ledger))
            empty = None
        else:
            empty = made
    return [*outcomes, *([empty] if empty else [])]


def _with(known: Ledger, before: Ledger) -> Ledger:
    """`known` with what only the lines for empty windows said."""
    baseline = min(start for start in (known.baseline, before.baseline) if start)
    ran = max(end for end in (known.ran, before.ran) if end)
    return Ledger(known.editions, known.sent, baseline, ran, known.skipped | before.skipped)


def _build(job: _Job, window: Window) -> Outcome:
    key = f"{job.name}/{window.key}"
    ledger, first = job.ledger, not job.ledger.editions
    skipping = job.digest.missed == "skip"
    own = window.start.astimezone(UTC)
    start = ledger.last_end or ledger.baseline or own
    if skipping and ledger.ran:
        start = max(ledger.ran, own)
    if first and job.since:
        start = job.since
    given_up: tuple[str, ...] = ()
    posts, problems = _chosen(job, window, start)
    if skipping and ledger.ran and not job.since:
        given_up = tuple(sorted(post.id for post in posts if ledger.ran <= appeared(post) < own))
        posts = [post for post in posts if post.id not in given_up]
    note, wrong = notes.read(job.config, key)
    end = window.end.astimezone(UTC)
    draft = job.now - end > timedelta(days=job.digest.max_age)
    edition = _edition(job, key, start, end, posts, note, draft=draft)
    if len(edition.posts) < job.digest.min_posts:
        few = f"{len(edition.posts)} of {job.digest.min_posts} posts" if edition.posts else "no new posts"
        remembered = (ledger.baseline is None) if not skipping else (ledger.ran is None or ledger.ran < end)
        event = Empty(key, min(start, end).astimezone(job.zone), window.end, given_up) if remembered else None
        return Outcome(job.name, key, "empty", few, event=event, problems=problems)
    record = _record(job, edition, given_up)
    message = _count(edition)
    if draft:
        age = (job.now - end).days
        message += f", a draft: its window ended {age} days ago"
    return Outcome(
        job.name, key, "built", message, edition, record, record, (*problems, *wrong, *_order_problems(posts, note))
    )


def _again(job: _Job, built: Built, status: Literal["built", "restored"]) -> Outcome:
    """An edition with the posts that the ledger says it has, as far as readers may still see them."""
    seen = {post.id: post for post in job.posts if post.state(job.now) == "published" and post.digest != "skip"}
    fresh = [post for post in seen.values() if all(post.id != item.id for item in built.posts)]
    hashes: dict[str, Post] | None = None
    posts: list[Post] = []
    problems: list[Problem] = []
    for item in built.posts:
        post = seen.get(item.id)
        if post is None:
            hashes = {job.hash_of(post): post for post in fresh} if hashes is None else hashes
            post = hashes.get(item.hash)
        if post is not None:
            posts.append(post)
        else:
            message = f"{item.url} was in {built.key} when it was built, and is gone from it"
            hint = '"resend: true" sends it again once it is back'
            problems.append(Problem(item.path, 0, 0, "withdrawn", message, hint, "warning"))
    note, wrong = notes.read(job.config, built.key)
    start, end = built.start.astimezone(UTC), built.end.astimezone(UTC)
    edition = _edition(job, built.key, start, end, posts, note, draft=built.draft)
    if not edition.posts:
        return Outcome(job.name, built.key, "empty", "none of its posts is there any more", problems=tuple(problems))
    record = _record(job, edition, built.skipped)
    found = (*problems, *wrong, *_order_problems(posts, note))
    return Outcome(job.name, built.key, status, _count(edition), edition, record, None, found)


def _count(edition: Edition) -> str:
    return "1 post" if len(edition.posts) == 1 else f"{len(edition.posts)} posts"


def _edition(
    job: _Job, key: str, start: datetime, end: datetime, posts: list[Post], note: Note | None, *, draft: bool
) -> Edition:
    sections = arrange(job.digest, posts, note)
    made = Edition(job.name, key, start.astimezone(job.zone), end.astimezone(job.zone), sections, (), draft, note)
    late = tuple(post.id for post in made.posts if appeared(post) < start)
    return msgspec.structs.replace(made, late=late)


def _record(job: _Job, edition: Edition, skipped: tuple[str, ...]) -> Built:
    items = tuple(
        Item(post.id, post.url, post.title, post.date, job.hash_of(post), post.path, post.resend)
        for post in edition.posts
    )
    return Built(edition.key, edition.start, edition.end, items, edition.draft, skipped)


def _chosen(job: _Job, window: Window, start: datetime) -> tuple[list[Post], tuple[Problem, ...]]:
    """The posts for a window whose edition begins at `start`, and warnings about those that just miss it."""
    from digest.collector.select import matches

    end = window.end.astimezone(UTC)  # as the posts' dates are: then two compare five times as fast
    # a month is longer than the usual look-back, which would leave nothing to look back on
    anchor = window.start if job.schedule.unit == "month" else window.end
    lower = min((anchor - timedelta(days=job.digest.look_back)).astimezone(UTC), window.start.astimezone(UTC))
    baseline = (job.ledger.baseline or start).astimezone(UTC)
    oldest = (job.since or max(lower, baseline)).astimezone(UTC)
    floor = min(baseline, oldest)
    taken = _taken(job.ledger)
    gone = _gone(job)
    chosen: list[Post] = []
    problems: list[Problem] = []
    for post in job.posts:
        if post.date < floor and not post.resend and not post.publish:
            continue  # as nearly all posts are
        when = appeared(post)
        if when >= end or (when < floor and not post.resend):
            continue
        if post.digest == "skip" or post.state(job.now) != "published" or not matches(post, job.digest):
            continue
        if post.id in taken:
            if post.resend and not taken[post.id]:
                chosen.append(post)
            continue
        if when < oldest and when < baseline:
            continue
        problem, same = _renamed(job, post, gone)
        if when >= oldest:
            problems += [problem] if problem else []
            chosen += [] if same else [post]
        elif not same and arrange(job.digest, [post]):
            problems.append(_late_lost(job, post, when))
    return chosen, tuple(problems)


def _late_lost(job: _Job, post: Post, when: datetime) -> Problem:
    """Return the warning for a post of the moment `when`, in the site's zone, which `--since` is in too."""
    zone = job.config.site_zone
    dated = timestamp(post.date, zone)
    day = day_of(when, zone).isoformat()
    message = f"dated {dated}, before the look-back of {job.digest.look_back} days, and never sent"
    hint = f"`digest build --since {day}` takes it in; `digest: skip` ends this warning"
    return Problem(post.path, 0, 0, "late-lost", message, hint, "warning")


def _taken(ledger: Ledger) -> dict[str, bool]:
    """Ids that went out, each with whether an edition heard its `resend: true`."""
    taken = dict.fromkeys(ledger.skipped, False)
    for _, item in ledger.posts():
        taken[item.id] = taken.get(item.id, False) or item.resend
    return taken


def _gone(job: _Job) -> dict[str, tuple[str, Item]]:
    """What went out and is no longer on the site under its id, by content hash and by title and date."""
    gone: dict[str, tuple[str, Item]] = {}
    if not job.ledger.editions:
        return gone
    present = {post.id for post in job.posts}
    for key, item in job.ledger.posts():
        if item.id not in present:
            gone[item.hash] = (key, item)
            if item.title:
                gone[f"{item.title}\n{item.date.timestamp()}"] = (key, item)
    return gone


def _renamed(job: _Job, post: Post, gone: dict[str, tuple[str, Item]]) -> tuple[Problem | None, bool]:
    """A warning when `post` looks like one that went out under another id, and whether it is sure to be that one."""
    if not gone:
        return None, False
    if same := gone.get(job.hash_of(post)):
        key, item = same
        message = f"this is {item.url}, which went out in {key}, under another address; it is not sent again"
        hint = f'keep "id: {item.id}" in its front matter'
        return Problem(post.path, 0, 0, "renamed", message, hint, "warning"), True
    if alike := gone.get(f"{post.title}\n{post.date.timestamp()}") if post.title else None:
        key, item = alike
        message = f"this has title and date of {item.url}, which went out in {key}, and other text; it is sent"
        hint = f'with "id: {item.id}" it is the same post'
        return Problem(post.path, 0, 0, "maybe-renamed", message, hint, "warning"), False
    return None, False


def _order_problems(posts: list[Post], note: Note | None) -> tuple[Problem, ...]:
    if note is None:
        return ()
    message = 'order: "{}" is no post of this edition'
    hint = "name its id, URL, path or slug"
    return tuple(
        Problem(note.path, 0, 0, "unknown-post", message.format(name), hint, "warning")
        for name in unknown_in_order(posts, note)
    )
