"""Hand-overs among kills, torn lines, full disks, turned clocks, and lost, delayed and doubled requests and answers.

`DIGEST_HANDOVERS=100000 pytest tests/senders/test_histories.py` runs as many histories; by default it is a few hundred.
"""

import os

import pytest

from digest.config import load_config
from digest.senders import load_edition
from tests.commands import NOW, POSTS, TOML, Command
from tests.conftest import MakeSite
from tests.senders.worlds import KEY, MANNERS, Manner, World

HISTORIES = int(os.environ.get("DIGEST_HANDOVERS", "700"))


@pytest.mark.parametrize("manner", MANNERS, ids=lambda manner: manner.name)
def test_whatever_happens_an_edition_is_sent_once(manner: Manner, make_site: MakeSite, digest: Command) -> None:
    folder = make_site(POSTS, TOML)
    assert digest(folder, "build", "--now", NOW).code == 0
    edition = load_edition(load_config(folder), KEY)
    asked = 0
    for seed in range(HISTORIES // len(MANNERS)):
        history = World(manner, seed, edition).live()
        assert len(history.inbox) == 1, f"{manner.name}, seed {seed}: {history}"
        assert history.is_sent, f"{manner.name}, seed {seed}: {history}"
        assert set(history.inbox) <= history.released, f"{manner.name}, seed {seed}: {history}"
        assert history.needless == 0, f"{manner.name}, seed {seed}: {history}"
        asked += history.asked
    can_tell = "state" in manner.can or "key" in manner.can
    assert can_tell or asked, "what nobody knows is asked"
