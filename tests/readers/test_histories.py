"""Random histories of readers: nobody gets a post twice, nobody misses one that was hers, nobody who left gets any.

`HYPOTHESIS_PROFILE=histories` makes 10,000 of them; on CI they are the same each time.
"""

import os
import random

import pytest

from digest.readers import dispatch
from tests.readers.conftest import SECRET
from tests.readers.histories import FakeWriter, History

_IS_LONG = os.environ.get("HYPOTHESIS_PROFILE") == "histories"
_FIRST = 0 if os.environ.get("CI") or _IS_LONG else random.SystemRandom().randrange(1_000_000)
_PARTS = 10
_EACH = 1_000 if _IS_LONG else 2


@pytest.mark.parametrize("part", range(_PARTS))
def test_every_reader_gets_what_is_hers_once(part: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "LetterWriter", FakeWriter)
    monkeypatch.setenv("DIGEST_SECRET", SECRET)
    for seed in range(_FIRST + part * _EACH, _FIRST + (part + 1) * _EACH):
        assert History(seed).run() == [], f"seed {seed}"


def test_an_edition_that_was_left_out_is_taken_in_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "LetterWriter", FakeWriter)
    monkeypatch.setenv("DIGEST_SECRET", SECRET)
    assert History(30_529).run() == []  # later runs offered its posts again, to those who had joined since
