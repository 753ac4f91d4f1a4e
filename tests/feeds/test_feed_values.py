"""Characters, addresses, ids, languages and dates that a feed may hold."""

import json
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from digest import feeds
from tests.feed_samples import config, entry, post, rendered

ANYTHING = st.text(st.characters(exclude_categories=()))


def title(text: str) -> str:
    """Return what becomes of a title."""
    return entry(post(title=text), config()).title


def json_item(**fields: Any) -> dict[str, Any]:
    """Return the JSON Feed item of a post with these fields."""
    item: dict[str, Any] = json.loads(feeds.fragment(entry(post(**fields), config()), "json", config()))
    return item


def test_what_xml_or_readers_cannot_take_is_left_out() -> None:
    assert title("a\x00\x08\x0b\x1f\x7f\x80\x85\x9f\ud800\udfff\ufdd0\ufffe\uffff\U0001fffe\U0010ffffb") == "ab"
    assert title("tab\tnew\r\nline\rend\u2028 ‮👩‍👩‍👧‍👦") == "tab new line end ‮👩‍👩‍👧‍👦"


@given(ANYTHING)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    once = title(text)
    assert title(once) == once
    assert "\n" not in once
    once.encode("utf-8")


def test_a_line_keeps_the_spaces_of_other_scripts() -> None:
    assert title(" 全角　空白\n\t a\u00a0b  c ") == "全角　空白 a\u00a0b c"


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("one two three " * 5, "one two three one two three one two three one two three one…"),
        ("one two", "one two"),
        ("x" * 60, "x" * 60),
        ("x" * 61, "x" * 60 + "…"),
        ("好" * 62, "好" * 60 + "…"),
        ("1" * 59 + "👩‍👩‍👧", "1" * 59 + "…"),
        ("1" * 58 + "e\u0301e\u0301", "1" * 58 + "e\u0301…"),
        ("one two " * 7 + "six, seven", "one two " * 7 + "six…"),
    ],
)
def test_first_words_never_end_in_half_a_word_or_character(text: str, short: str) -> None:
    assert entry(post(title=""), config(), rendered(summary=text)).title == short


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("https://x.example/a", "https://x.example/a"),
        ("http://bücher.example/é?q=ü#ß", "http://xn--bcher-kva.example/%C3%A9?q=%C3%BC#%C3%9F"),
        ("javascript:alert(1)", ""),
        ("java\nscript:alert(1)", ""),
        ("mailto:a@x.example", ""),
        ("data:text/html,x", ""),
        ("/relative", ""),
        ("//x.example/a", ""),
        ("https://", ""),
        ("", ""),
    ],
)
def test_only_absolute_web_addresses_pass(given: str, wanted: str) -> None:
    assert json_item(source_url=given).get("external_url", "") == wanted


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        ("https://x.example/é", "https://x.example/%C3%A9"),
        ("urn:isbn:0451450523", "urn:isbn:0451450523"),
        ("note: to self", "https://harbour.example/#note%3A%20to%20self"),
        ("a#b", "https://harbour.example/#a%23b"),
    ],
)
def test_every_id_becomes_an_absolute_iri(raw: str, wanted: str) -> None:
    made = etree.fromstring(feeds.fragment(entry(post(id=raw), config()), "atom", config()))
    assert made.findtext("id") == wanted


@pytest.mark.parametrize(
    ("raw", "wanted"), [("de", "de"), ("zh_Hant_TW", "zh-Hant-TW"), (" de ", "de"), ("<b>", "en"), ("", "en")]
)
def test_a_language_is_a_language_tag_or_the_sites(raw: str, wanted: str) -> None:
    assert entry(post(language=raw), config()).language == wanted


ZONES = st.builds(timezone, st.timedeltas(timedelta(hours=-14), timedelta(hours=14)))
MOMENTS = st.builds(  # parsers of RFC 822 dates take years before 1000 for years of two digits
    lambda seconds, zone: datetime.fromtimestamp(seconds, zone), st.floats(-30_000_000_000, 250_000_000_000), ZONES
)


@given(MOMENTS)
def test_dates_say_the_same_instant_to_the_second(moment: datetime) -> None:
    second = moment.astimezone(UTC).replace(microsecond=0)
    near = timedelta(seconds=1)
    assert abs(datetime.fromisoformat(json_item(date=moment)["date_published"]) - second) <= near
    feed = feeds.edition_feed(config(), "weekly", moment)
    rss = etree.fromstring(b"".join(feeds.assemble(feed, "rss", [], config())))
    built = parsedate_to_datetime(rss.findtext("channel/lastBuildDate") or "")
    assert abs(built.astimezone(UTC) - second) <= near
