"""What files said in the last run is believed only of files that stand as they did."""

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from digest.cache import Store
from digest.collector import Author, Enclosure, Image, Post, SeenFile, Stamp
from digest.collector.remembered import ReadFile, recall, remember
from digest.problems import Problem

POST = Post(
    path="content/a.md",
    id="i",
    url="https://x.example/a/",
    slug="a",
    title="甲",
    date=datetime(2026, 11, 1, tzinfo=UTC),
    updated=datetime(2026, 11, 2, tzinfo=UTC),
    body_start=10,
    body_line=4,
    tags=("x", "y"),
    authors=(Author("Ann"),),
    image=Image("https://x.example/i.png"),
    enclosure=Enclosure("https://x.example/a.mp3", "audio/mpeg"),
    source_hash=b"h" * 16,
)
SAID = ReadFile(POST, (Problem("content/a.md", 1, 2, "code", "message", "hint", "warning"),))
LONG_AGO = 10**18
LOOK = LONG_AGO + 60 * 10**9
FILE = SeenFile("content/a.md", Stamp(1, LONG_AGO, LONG_AGO), "file")


def known(file: SeenFile, *, looked_at: int = LOOK, reading: bytes = b"r") -> dict[str, ReadFile]:
    """Return what is known of `file` after `FILE` was read."""
    with Store(None, b"") as store:
        remember(store, b"r", FILE, SAID, looked_at=looked_at)
        return recall(store, reading, [file])


def test_what_a_file_said_comes_back_as_it_was() -> None:
    assert known(FILE) == {"content/a.md": SAID}


@pytest.mark.parametrize(
    "stamp",
    [
        Stamp(2, LONG_AGO, LONG_AGO),
        Stamp(1, LONG_AGO + 1, LONG_AGO),
        Stamp(1, LONG_AGO, LONG_AGO + 1),
        None,
    ],
)
def test_a_file_that_stands_otherwise_is_read_again(stamp: Stamp | None) -> None:
    assert known(replace(FILE, stamp=stamp)) == {}


def test_a_file_that_changed_just_before_the_look_is_read_again() -> None:
    assert known(FILE, looked_at=LONG_AGO + 10**9) == {}


def test_what_was_read_by_other_rules_is_read_again() -> None:
    assert known(FILE, reading=b"other") == {}


def test_what_a_file_said_that_is_gone_is_forgotten() -> None:
    with Store(None, b"") as store:
        remember(store, b"r", FILE, SAID, looked_at=LOOK)
        assert recall(store, b"r", []) == {}
        assert recall(store, b"r", [FILE]) == {}


def test_a_name_that_is_not_utf_8_harms_no_other() -> None:
    odd = replace(FILE, path="content/b\udcff.md")
    with Store(None, b"") as store:
        remember(store, b"r", odd, ReadFile(None, ()), looked_at=LOOK)
        remember(store, b"r", FILE, SAID, looked_at=LOOK)
        assert recall(store, b"r", [FILE, odd]) == {"content/a.md": SAID, odd.path: ReadFile(None, ())}
