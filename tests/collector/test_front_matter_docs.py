"""docs/front-matter.md says what the code reads."""

import re
from datetime import UTC
from pathlib import Path
from zoneinfo import ZoneInfo

from digest.collector import MARKDOWN
from digest.collector.dates import read_date
from digest.collector.keys import NAMES
from digest.collector.permalinks import RESERVED
from digest.collector.zones import AMBIGUOUS, CHANGED, HOURS, UNIVERSAL
from digest.config import Posts

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "front-matter.md").read_text(encoding="utf-8")


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


def test_every_abbreviation_of_a_zone_is_in_the_document_with_what_it_means() -> None:
    section = DOCUMENT.split("## Abbreviations of zones\n")[1].split("\n## ")[0]
    single = re.search(r"the one zone that has it: (.+?)\. One that", section, re.DOTALL)
    assert single is not None
    assert {*re.findall(r"`(\w+)`", single[1].lower())} == {*UNIVERSAL, *HOURS, *CHANGED}
    for name, offset in re.findall(r"`(\w+)`\s\(([+-]\d\d:\d\d)", single[1]):
        moment, warnings = read_date(f"2026-11-18 09:00 {name}", UTC)
        assert (moment.isoformat(), warnings) == (f"2026-11-18T09:00:00{offset}", ()), name
    rows = re.findall(r"^\| `(\w+)` \| (.+), (.+) \| (.+) \|$", section, re.MULTILINE)
    assert [name.lower() for name, *_ in rows] == [*AMBIGUOUS]
    for name, meaning, offset, others in rows:
        moment, (warning,) = read_date(f"2026-11-18 09:00 {name}", UTC)
        assert moment.isoformat() == f"2026-11-18T09:00:00{offset}"
        assert f"{meaning}, {offset}" in warning.message
        assert warning.hint.startswith(f"write {offset} in its place, or {others};")


def test_endings_tag_keys_and_reserved_slugs_are_named() -> None:
    for word in (*MARKDOWN, *Posts().tag_keys, *RESERVED):
        assert f"`{word}`" in DOCUMENT
