"""What a run tells the ledger beside the editions: how recorded posts look now, and what the digest's archive is."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, timedelta

import msgspec

from digest.collector.post import Post
from digest.editions.edition import appeared
from digest.editions.identity import Known, Present, Recognition
from digest.editions.ledger import Began, Item, Seen
from digest.editions.run import DigestRun
from digest.editions.selection import fingerprints, recognise_posts


def keep_up(run: DigestRun) -> tuple[Began | Seen, ...]:
    """Return the events that the ledger lacks, once the run's editions are in it.

    A run whose clock is behind the ledger has none.
    """
    ledger = run.ledger
    if ledger.ran is None or run.now.astimezone(UTC) < ledger.ran.astimezone(UTC):
        return ()
    began = () if ledger.began is not None else (_began(run),)
    return (*began, *_follow(run, recognise_posts(run)))


def _began(run: DigestRun) -> Began:
    """Return the archive: what is published and appeared before the digest begins."""
    start = run.ledger.baseline or run.now
    reach = start - timedelta(days=run.digest.look_back)
    archive = [post for post in run.posts if post.state(run.now) == "published" and appeared(post) < start]
    looks = [Present(post, run).item() for post in archive if appeared(post) >= reach]
    older = {mark for post in archive if appeared(post) < reach for mark in fingerprints(post)}
    return Began(start, tuple(look for look in looks if look is not None), tuple(sorted(older)))


def _follow(run: DigestRun, recognition: Recognition) -> Iterator[Seen]:
    """Yield how recorded posts look now, where the ledger does not know it yet."""
    for claims in recognition.posts.values():
        claim = _only(claims)
        if claim is None:
            continue
        post, known = claim
        look = Present(post, run).item()
        record = known.record
        if look is None:
            continue
        is_decided = known.is_certain and record.doubtful
        if is_decided or not _is_known_look(look, record.looks):
            yield Seen(record.key, record.id, record.number + 1, look, doubtful=not known.is_certain)


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
