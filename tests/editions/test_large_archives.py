"""A digest that begins on a site with many posts: how often the archive is looked through does not grow with them."""

from datetime import timedelta
from pathlib import Path

from digest.editions import DigestRun, due_editions
from digest.editions.ledger import Began, Ledger
from digest.editions.selection import fingerprints
from tests.edition_runs import hash_of, ids, moment, post, site


class Mark(str):
    """A fingerprint that counts how often any is looked at."""

    __slots__ = ()
    looked_at = 0

    def __hash__(self) -> int:
        Mark.looked_at += 1
        return super().__hash__()


def test_each_fingerprint_is_looked_at_a_few_times(tmp_path: Path) -> None:
    archived = [post(f"old-{number}", moment("2020-01-01") + timedelta(hours=number)) for number in range(300)]
    older = tuple(Mark(mark) for each in archived for mark in sorted(fingerprints(each)))
    began = Began(moment("2026-11-16T08:00"), (), older)
    run = DigestRun(
        name="weekly",
        config=site(tmp_path),
        posts=(post("new", "2026-11-20"), *archived),
        ledger=Ledger(began=began, baseline=began.start),
        now=moment("2026-11-23T09:00"),
        shown=(),
        hash_of=hash_of,
    )
    Mark.looked_at = 0
    outcomes = due_editions(run)
    assert [ids(outcome) for outcome in outcomes] == [["new"]]
    assert Mark.looked_at <= 3 * len(older)
