"""What a run tells the ledger beside the editions: how recorded posts look now, and what the digest's archive is."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from digest.collector.post import Post
from digest.editions.edition import appeared
from digest.editions.identity import NAMED, Present
from digest.editions.ledger import Began, Item, Seen
from digest.editions.plan import Outcome
from digest.editions.recognition import Known, Recognition
from digest.editions.run import DigestRun
from digest.editions.selection import fingerprints, recognise_posts


def begin(run: DigestRun, outcomes: Iterable[Outcome]) -> tuple[Began, ...]:
    """Return the events to record before the first `outcomes` are published: the digest's archive."""
    events = [outcome.event for outcome in outcomes]
    starts = [event.start for event in events if event is not None]
    if run.ledger.began is not None or not starts:
        return ()
    return (_began(run, run.ledger.baseline or min(starts)),)


def follow(run: DigestRun) -> tuple[Seen, ...]:
    """Return how recorded posts look now, where the ledger does not know it yet.

    A run whose clock is behind the ledger has nothing to tell.
    """
    ledger = run.ledger
    if ledger.ran is None or run.now.astimezone(UTC) < ledger.ran.astimezone(UTC):
        return ()
    return tuple(_changes(run, recognise_posts(run)))


def _began(run: DigestRun, start: datetime) -> Began:
    """Return the archive: what is published and appeared before the digest begins."""
    reach = start - timedelta(days=run.digest.look_back)
    archive = [post for post in run.posts if post.state(run.now) == "published" and appeared(post) < start]
    older = {mark for post in archive if appeared(post) < reach for mark in fingerprints(post)}
    near = [Present(post, run).item() for post in archive if appeared(post) >= reach]
    return Began(start, tuple(filter(None, near)), tuple(sorted(older)))


def _changes(run: DigestRun, recognition: Recognition) -> Iterator[Seen]:
    for name, claims in recognition.posts.items():
        if name in recognition.contested:
            continue
        for post, known in _followed(claims):
            look = Present(post, run).item()
            if look is not None and _is_news(look, known):
                record = known.record
                yield Seen(record.key, record.id, record.number + 1, look, doubtful=not known.is_certain)


def _followed(claims: Sequence[tuple[Post, Known]]) -> Sequence[tuple[Post, Known]]:
    """Return the post that a record is without doubt, or each that it may be."""
    if not claims[0][1].is_certain:
        return claims
    claim = _only(claims)
    return [] if claim is None else [claim]


def _is_news(look: Item, known: Known) -> bool:
    """Return whether a look is new to the ledger, or was recorded as doubtful and is certain now."""
    record = known.record
    if known.sign == NAMED and record.guesses:
        return True
    before = record.looks if known.is_certain else (*record.looks, *record.guesses)
    return not _is_known_look(look, before)


def _only(claims: Sequence[tuple[Post, Known]]) -> tuple[Post, Known] | None:
    """Return the one post of a record; None where several are equally near, and none has its id."""
    if len(claims) == 1:
        return claims[0]
    same = [(post, known) for post, known in claims if any(post.id == look.id for look in known.record.looks)]
    return same[0] if len(same) == 1 else None


def _is_known_look(look: Item, known: Iterable[Item]) -> bool:
    return any(_plain(look, before) == _plain(before, before) for before in known)


def _plain(look: Item, before: Item) -> Item:
    """Return a look without what an older ledger does not have of it."""
    return msgspec.structs.replace(look, resend=False, text=look.text if before.text else "")
