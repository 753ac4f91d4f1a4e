"""Which editions are due, given the schedule, the ledger and the current time.

Windows have no gaps: an edition's window begins where the previous edition ended. The first build of an edition fixes
its posts, and later editions exclude them even if it is never marked as sent. A rebuild renders the same posts as they
are now. docs/editions.md explains this to users; `selection` decides which posts an edition gets.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Literal

import msgspec
from msgspec import Struct

from digest.collector.post import Post
from digest.config import schedule
from digest.config.schedule import Window
from digest.editions import ledger as ledgers
from digest.editions.edition import Edition, Note, appeared, arrange, unknown_in_order
from digest.editions.identity import item_of
from digest.editions.ledger import Built, Empty
from digest.editions.note import read_note
from digest.editions.numbering import idempotency_key_of, number_of
from digest.editions.run import DigestRun, digest_name
from digest.editions.selection import Selected, is_wanted, select_again, select_posts, start_of
from digest.editions.slots import slots_on
from digest.localisation import day_of, timestamp
from digest.problems import DigestError, Problem

FAR = timedelta(days=300)  # without a post or an edition: a clock may be ahead of its time
MANY = 50  # posts of an edition after an outage, to look at before it is sent

Status = Literal["built", "restored", "already built", "sent", "empty", "not due"]


class Outcome(Struct, frozen=True):
    """What to do about one edition.

    With an `edition`, write it and then append `event` to the ledger (None: already recorded). Without one, append
    `event` if it is set. `record` is the edition's ledger event with its posts as they are now.
    """

    digest: str
    key: str
    status: Status
    message: str = ""
    edition: Edition | None = None
    record: Built | None = None
    event: Built | Empty | None = None
    problems: tuple[Problem, ...] = ()
    is_past: bool = False  # a post that went out is dated after the run: nothing at all is to be written


def due_editions(run: DigestRun) -> tuple[Outcome, ...]:
    """Return the outcomes for the digest, in order; the last is that of the edition that is due.

    A recorded edition whose manifest is missing is rebuilt.
    """
    problems = run.problems
    if is_past(run):
        is_certain = went_out_later(run)
        problems = (*problems, _past_run(run, "nothing is written" if is_certain else "no edition is built"))
        if is_certain:
            return (Outcome(run.name, _latest(run)[1], "not due", "the past", problems=problems, is_past=True),)
    *others, last = _due_editions(run)
    return (*others, msgspec.structs.replace(last, problems=(*last.problems, *problems)))


def _due_editions(run: DigestRun) -> tuple[Outcome, ...]:
    window, key = _latest(run)
    held = _held(run, key)
    if held:
        return (Outcome(run.name, key, "not due", held),)
    outcomes = _restore(run)
    if key in run.ledger.editions:
        if all(outcome.key != key for outcome in outcomes):
            outcomes.append(_done(run, key))
    elif _is_passed(run, window):
        outcomes.append(Outcome(run.name, key, "not due", f"it {_passed_by(run)}"))
    else:
        outcomes += _build_windows(run, _windows_to_build(run, window))
    return tuple(outcomes)


def is_settled(run: DigestRun) -> bool:
    """Return whether the last outcome of `due_editions` has no edition, independent of the posts."""
    window, key = _latest(run)
    if key in run.ledger.editions:
        return key in run.shown
    return _is_passed(run, window)


def is_past(run: DigestRun) -> bool:
    """Return whether the run lies before the end of the newest edition."""
    last_end = run.ledger.last_end
    return last_end is not None and run.now.astimezone(UTC) < last_end


def went_out_later(run: DigestRun) -> bool:
    """Return whether a post that is still to appear, at the time of a run in the past, is in an edition."""
    now = run.now.astimezone(UTC)
    later = [item for key, item in run.ledger.posts() if key not in run.ledger.ahead and item.date > now]
    names = {name for item in later for name in (item.id, item.url, item.path)}
    return any(appeared(post) > now and not names.isdisjoint((post.id, post.url, post.path)) for post in run.posts)


def edition_for_key(run: DigestRun, key: str) -> Outcome:
    """Return the outcome for the edition `key` (`weekly/2026-W47`) of the run's digest.

    A built edition is rebuilt with the same posts; a sent one is only reported. Raises `DigestError` for an invalid
    key, a window that has not ended, or one that a later edition has passed.
    """
    if run.held or key in run.unreadable:
        raise DigestError(f"{key} is not built: {_held(run, key)}", run.problems)
    built = run.ledger.editions.get(key)
    if built is not None:
        _require_end(run, built)
        if key not in run.shown:
            return _build_again(run, built, "restored")
        return _done(run, key) if run.ledger.is_shut(key) else _build_again(run, built, "built")
    if is_past(run) and key == _latest(run)[1]:
        run = _without_the_future(run)
    outcome = _build(run, _requested_window(run, key))
    # An explicit request for an old window must not move the start of the digest.
    return msgspec.structs.replace(outcome, event=None) if outcome.status == "empty" else outcome


def _require_end(run: DigestRun, built: Built) -> None:
    """Raise `DigestError` when a built edition has posts that are still to appear at the time of the run."""
    if run.now.astimezone(UTC) < built.end and went_out_later(run):
        problem = _past_run(run, "nothing is written")
        raise DigestError(f"{built.key} is not built again: {problem.message} ({problem.hint})", (problem,))


def _requested_window(run: DigestRun, key: str) -> Window:
    """Return the window of an edition that is not built. Raises `DigestError` when it cannot be built now."""
    try:
        window = schedule.window_of_key(run.schedule, key.partition("/")[2])
    except ValueError as error:
        raise DigestError(str(error)) from error
    if window.end.astimezone(UTC) > run.now.astimezone(UTC):
        when = f"{key} ends at {window.end.isoformat()}; it can be built from then on"
        raise DigestError(f"{when}, and `digest build --draft` shows it now")
    beginning = run.since or run.ledger.baseline
    if beginning is not None and window.end.astimezone(UTC) <= beginning.astimezone(UTC):
        began = timestamp(beginning, run.zone)
        raise DigestError(f"{key} ends before the digest began, at {began}: there is no such edition")
    if _is_passed(run, window):
        raise DigestError(f"{key} {_passed_by(run)}: editions go forward, late posts into the next")
    return window


def _latest(run: DigestRun) -> tuple[Window, str]:
    """Return the newest window that is over, and the key of its edition."""
    window = schedule.latest_window(run.schedule, run.now)
    return window, f"{run.name}/{window.key}"


def _without_the_future(run: DigestRun) -> DigestRun:
    """Return the run with only the ends of editions that have passed: the clock is right, and was ahead before."""
    now = run.now.astimezone(UTC)
    ahead = [key for key, built in run.ledger.editions.items() if built.end > now]
    return msgspec.structs.replace(run, ledger=ledgers.fold(run.ledger.events, ahead))


def _restore(run: DigestRun) -> list[Outcome]:
    """Build the editions again that are not in the output, those that have a post left."""
    lost = [built for built in run.ledger.editions.values() if _is_lost(run, built.key)]
    restored = [_build_again(run, built, "restored") for built in lost]
    return [outcome for outcome in restored if outcome.edition]


def _is_lost(run: DigestRun, key: str) -> bool:
    """Return whether an edition is not in the output. Those of the digest's former name are not made again."""
    return key not in run.shown and digest_name(key) == run.name


def _held(run: DigestRun, key: str) -> str:
    """Return why nothing is built in this run; empty when nothing stands against it."""
    if run.held:
        return run.held
    if key in run.unreadable:
        return "its manifest.json cannot be read"
    last = _last_trace(run)
    if last is None or run.now - last <= FAR:
        return ""
    days = (run.now - last).days
    return f"{days} days after the newest post and edition; if the clock is right, `digest build {key}`"


def _last_trace(run: DigestRun) -> datetime | None:
    """Return the latest moment that posts and editions tell of, up to now; None for a digest that never ran."""
    ledger = run.ledger
    if ledger.baseline is None:
        return None
    moments = [appeared(post) for post in run.posts if post.state(run.now) == "published"]
    if ledger.last_end is not None:
        moments.append(ledger.last_end)
    if run.digest.missed == "skip" and ledger.ran is not None:  # it records each run
        moments.append(ledger.ran)
    return max(moments, default=None)


def _is_passed(run: DigestRun, window: Window) -> bool:
    """Return whether an edition with the same or a later end than `window` was built, or the digest began after it."""
    last_end = run.ledger.last_end or run.ledger.baseline
    return last_end is not None and window.end.astimezone(UTC) <= last_end


def _passed_by(run: DigestRun) -> str:
    """Return what makes a window one that has passed."""
    newest = _newest(run)
    if newest:
        return f"comes before {newest}, which is built"
    began = timestamp((run.ledger.baseline or run.now).replace(microsecond=0), run.zone)
    return f"ends before the digest began, at {began}"


def _past_run(run: DigestRun, effect: str) -> Problem:
    newest = _newest(run)
    at = timestamp(run.now.replace(microsecond=0), run.zone)
    message = f"this run is at {at}, before the end of {newest}; {effect}"
    _, key = _latest(run)
    goes_on = f"`digest build {key}`"
    if key in run.ledger.editions:
        following = schedule.latest_window(run.schedule, schedule.next_end(run.schedule, run.now))
        goes_on = f"`digest build {run.name}/{following.key}` when its window has ended"
    path = f"{run.config.site.ledger}/{run.name}.jsonl"
    taken_back = f"delete its folder and its line in {path} unless it was sent, else {goes_on}"
    hint = f"put the clock or --now right; if {newest} was built too early, {taken_back}"
    return Problem(path, 0, 0, "past-run", message, hint, "warning")


def _newest(run: DigestRun) -> str:
    """Return the key of the newest edition; empty before the first."""
    return next((key for key in reversed(run.ledger.editions) if key not in run.ledger.ahead), "")


def _done(run: DigestRun, key: str) -> Outcome:
    record = run.ledger.editions[key]
    sent = run.ledger.sent.get(key)
    if sent is not None:
        at = timestamp(sent.at.replace(microsecond=0), run.zone)
        return Outcome(run.name, key, "sent", f"sent at {at}", record=record)
    if run.ledger.is_shut(key):
        return Outcome(run.name, key, "already built", "it is being sent; nothing of it changes", record=record)
    again = f"`digest build {key}` builds it again with the same posts"
    return Outcome(run.name, key, "already built", again, record=record)


def _windows_to_build(run: DigestRun, latest: Window) -> list[Window]:
    """Return the windows that may become editions now: the newest, or each that was missed, but for keys in use."""
    last_end = run.ledger.last_end or run.ledger.baseline
    if run.digest.missed != "each" or last_end is None:
        return [latest]
    windows = schedule.windows(run.schedule, last_end, run.now)
    # In another zone or schedule, a window has the key of an edition that is built; its posts go into the next window.
    in_use = {*run.ledger.editions, *run.unreadable}
    return [window for window in windows if f"{run.name}/{window.key}" not in in_use]


def _build_windows(run: DigestRun, windows: Iterable[Window]) -> list[Outcome]:
    """Build the windows in turn, each with the earlier ones in its ledger; report only a last window as empty."""
    outcomes: list[Outcome] = []
    empty: list[Outcome] = []
    for window in windows:
        outcome = _build(run, window)
        if outcome.record is None:
            empty = [outcome]
            continue
        outcomes.append(outcome)
        empty = []
        ledger = ledgers.fold([*run.ledger.events, outcome.record], run.ledger.ahead)
        run = msgspec.structs.replace(run, ledger=ledger)
    return outcomes + empty


def _build(run: DigestRun, window: Window) -> Outcome:
    """Build the edition of a window that has none yet."""
    key = f"{run.name}/{window.key}"
    start, end = start_of(run, window), window.end.astimezone(UTC)
    selected = select_posts(run, window)
    age = run.now.astimezone(UTC) - end
    reasons = _draft_reasons(run, window, age, selected)
    edition, problems = _fill(run, selected, key=key, start=start, end=end, draft=bool(reasons))
    found = len(edition.posts)
    if found < run.digest.min_posts:  # rule 9
        message = f"{found} of {run.digest.min_posts} posts" if found else _no_new_posts(run, key, end)
        event = None
        if _must_record_empty(run, end):
            event = Empty(key, min(start, end).astimezone(run.zone), window.end, selected.given_up)
        return Outcome(run.name, key, "empty", message, event=event, problems=selected.problems)
    message = _count(edition)
    if reasons:
        message += f", a draft: {reasons[0]}"
    record = _record(run, edition, selected.given_up)
    return Outcome(run.name, key, "built", message, edition, record, event=record, problems=problems)


def _no_new_posts(run: DigestRun, key: str, end: datetime) -> str:
    """Return why an edition is empty, and before the first one how it takes in earlier posts."""
    if run.ledger.editions or run.since is not None:
        return "no new posts"
    earlier = [appeared(post) for post in run.posts if appeared(post) < end and is_wanted(post, run, run.now)]
    if not earlier:
        return "no new posts"
    since = day_of(max(earlier), run.config.site_zone)
    return f"no new posts; `digest build {key} --since {since}` reaches back to the newest one"


def _draft_reasons(run: DigestRun, window: Window, age: timedelta, selected: Selected) -> list[str]:
    """Return why an edition needs a look before it is sent."""
    reasons = [run.draft_because] if run.draft_because else []
    if age > timedelta(days=run.digest.max_age):
        reasons.append(f"its window ended {age.days} days ago, and max_age is {run.digest.max_age}")
    span = window.end.astimezone(UTC) - start_of(run, window)
    if span > timedelta(days=run.digest.look_back) and len(selected.posts) > MANY:
        reasons.append(f"it holds {len(selected.posts)} posts of {span.days} days")
    return reasons


def _build_again(run: DigestRun, built: Built, status: Literal["built", "restored"]) -> Outcome:
    """Rebuild an edition with those of its recorded posts that are still visible to readers."""
    selected = select_again(run, built)
    start, end = built.start.astimezone(UTC), built.end.astimezone(UTC)
    edition, problems = _fill(run, selected, key=built.key, start=start, end=end, draft=built.draft)
    if not edition.posts:
        message = "none of its posts is there any more"
        return Outcome(run.name, built.key, "empty", message, problems=selected.problems)
    record = _record(run, edition, built.skipped)
    return Outcome(run.name, built.key, status, _count(edition), edition, record, problems=problems)


def _fill(
    run: DigestRun, selected: Selected, *, key: str, start: datetime, end: datetime, draft: bool
) -> tuple[Edition, tuple[Problem, ...]]:
    """Return the edition with its posts in sections, and the problems found; `start` and `end` are in UTC."""
    note, wrong = read_note(run.config, key)
    last_day = day_of(end - timedelta(microseconds=1), run.zone)
    slots = note.slots if note is not None else ()
    edition = Edition(
        digest=run.name,
        key=key,
        start=start.astimezone(run.zone),
        end=end.astimezone(run.zone),
        sections=arrange(run.digest, selected.posts, note),
        draft=draft,
        note=note,
        number=number_of(run.ledger, key, run.digest.first_number),
        slots=(*slots, *slots_on(run.config, run.name, last_day)),
    )
    late = tuple(post.id for post in edition.posts if appeared(post) < start)
    problems = (*selected.problems, *wrong, *_unknown_in_note(selected.posts, note))
    return msgspec.structs.replace(edition, late=late), problems


def _must_record_empty(run: DigestRun, end: datetime) -> bool:
    """Return whether the ledger must record that the window until `end` was empty."""
    if run.digest.missed == "skip":
        return run.ledger.ran is None or run.ledger.ran < end
    return run.ledger.baseline is None


def _count(edition: Edition) -> str:
    return "1 post" if len(edition.posts) == 1 else f"{len(edition.posts)} posts"


def _record(run: DigestRun, edition: Edition, skipped: tuple[str, ...]) -> Built:
    items = tuple(item_of(post, run) for post in edition.posts)
    return Built(
        key=edition.key,
        start=edition.start,
        end=edition.end,
        posts=items,
        draft=edition.draft,
        skipped=skipped,
        number=edition.number,
        idempotency_key=idempotency_key_of(run.config, run.ledger, edition.key),
    )


def _unknown_in_note(posts: Iterable[Post], note: Note | None) -> list[Problem]:
    if note is None:
        return []
    hint = "name its id, URL, path or slug"
    return [
        Problem(note.path, 0, 0, "unknown-post", f'order: "{name}" is no post of this edition', hint, "warning")
        for name in unknown_in_order(posts, note)
    ]
