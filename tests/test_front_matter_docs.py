"""docs/front-matter.md says what the code reads."""

import re
from pathlib import Path
from zoneinfo import ZoneInfo

from digest.config import Posts
from digest.dates import read_date
from digest.keys import NAMES
from digest.permalinks import RESERVED
from digest.places import MARKDOWN

DOCUMENT = (Path(__file__).resolve().parents[1] / "docs" / "front-matter.md").read_text(encoding="utf-8")


def test_the_table_of_keys_is_the_codes() -> None:
    table = DOCUMENT.split("| what | keys |")[1].split("\n\n")[0]
    rows = dict(re.findall(r"^\| ([a-z ]+) \| (.+) \|$", table, re.MULTILINE))
    assert {what: re.findall(r"`([^`]+)`", names) for what, names in rows.items()} == {
        what: names.split() for what, names in NAMES.items()
    }


def test_every_date_in_the_document_is_read() -> None:
    (row,) = re.findall(r"^\| a date \| (.+) \|$", DOCUMENT, re.MULTILINE)
    dates = re.findall(r"`([^`]+)`", row)
    assert len(dates) > 10
    for written in dates:
        moment, _ = read_date(written, ZoneInfo("Europe/Berlin"))
        assert (moment.year, moment.month, moment.day) in ((2026, 11, 18), (2026, 11, 8))


def test_endings_tag_keys_and_reserved_slugs_are_named() -> None:
    for word in (*MARKDOWN, *Posts().tag_keys, *RESERVED):
        assert f"`{word}`" in DOCUMENT
