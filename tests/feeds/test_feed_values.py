"""Characters, addresses, ids, languages and dates that a feed may hold."""

from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.feeds.values import clean, first_words, iri_id, language, line, rfc822, rfc3339, uri

ANYTHING = st.text(st.characters(exclude_categories=()))


def test_what_xml_or_readers_can_not_take_is_left_out() -> None:
    assert clean("a\x00\x08\x0b\x1f\x7f\x80\x85\x9f\ud800\udfff\ufdd0\ufffe\uffff\U0001fffe\U0010ffffb") == "ab"
    assert clean("tab\tnew\r\nline\rend\u2028 ‮👩‍👩‍👧‍👦") == "tab\tnew\nline\nend\u2028 ‮👩‍👩‍👧‍👦"


@given(ANYTHING)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert clean(clean(text)) == clean(text)
    assert line(line(text)) == line(text)
    assert "\n" not in line(text)
    line(text).encode("utf-8")


def test_a_line_keeps_the_spaces_of_other_scripts() -> None:
    assert line(" 全角　空白\n\t a\u00a0b  c ") == "全角　空白 a\u00a0b c"


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("one two three", "one two…"),
        ("one two", "one two"),
        ("ten chars!", "ten chars!"),
        ("unbreakable", "unbreakabl…"),
        ("好" * 12, "好" * 10 + "…"),
        ("123456789👩‍👩‍👧", "123456789…"),
        ("12345678e\u0301e\u0301", "12345678e\u0301…"),
        ("one two, three", "one two…"),
        ("", ""),
    ],
)
def test_first_words_never_end_in_half_a_word_or_character(text: str, short: str) -> None:
    assert first_words(text, 10) == short


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
    assert uri(given) == wanted


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        ("https://x.example/é", "https://x.example/%C3%A9"),
        ("urn:isbn:0451450523", "urn:isbn:0451450523"),
        ("note: to self", "https://s.example/#note%3A%20to%20self"),
        ("a#b", "https://s.example/#a%23b"),
    ],
)
def test_every_id_becomes_an_absolute_iri(raw: str, wanted: str) -> None:
    assert iri_id(raw, "https://s.example/") == wanted


@pytest.mark.parametrize(
    ("raw", "wanted"), [("en", "en"), ("zh_Hant_TW", "zh-Hant-TW"), (" de ", "de"), ("<b>", ""), ("", "")]
)
def test_a_language_is_a_language_tag_or_nothing(raw: str, wanted: str) -> None:
    assert language(raw) == wanted


ZONES = st.builds(timezone, st.timedeltas(timedelta(hours=-14), timedelta(hours=14)))
MOMENTS = st.builds(  # parsers of RFC 822 dates take years before 1000 for years of two digits
    lambda seconds, zone: datetime.fromtimestamp(seconds, zone), st.floats(-30_000_000_000, 250_000_000_000), ZONES
)


@given(MOMENTS)
def test_dates_say_the_same_instant_to_the_second(moment: datetime) -> None:
    second = moment.astimezone(UTC).replace(microsecond=0)
    near = timedelta(seconds=1)
    assert abs(datetime.fromisoformat(rfc3339(moment)) - second) <= near
    assert abs(parsedate_to_datetime(rfc822(moment)).astimezone(UTC) - second) <= near
