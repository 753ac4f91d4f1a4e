"""Summaries are plain text, cut where a person would cut."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.markup_samples import render

SEED = "今天凌晨，据路透社报道，OpenAI 前首席科学家 Ilya Sutskever 所创公司Safe Superintelligence Inc.（SSI） 正就至少 200 亿美元的估值进行融资谈判。"


def summary(source: str, given: str = "") -> str:
    return render(source, summary=given).summary


def test_front_matter_comes_first_as_plain_text() -> None:
    assert summary("Body", "A **bold** [link](https://x.org/) &amp; `code` <b>x</b>") == "A bold link & code x"


def test_snake_case_and_arithmetic_are_no_emphasis() -> None:
    assert summary("Body", "call do_the_thing with 2 * 3 * 4") == "call do_the_thing with 2 * 3 * 4"


def test_a_summary_cut_in_mid_word_is_mended_from_the_body() -> None:
    made = summary(
        f"![图](a.png)\n\n回来了，那个男人回来了 。\n\n{SEED}",
        "回来了，那个男人回来了 。今天凌晨，据路透社报道，OpenAI 前首席科学家 Ilya Sutske...",
    )
    assert made.startswith("回来了，那个男人回来了 。 今天凌晨，据路透社报道")
    assert made.endswith(("。", "…"))
    assert "Sutske..." not in made
    assert "Sutske…" not in made


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("Something else entirely about Sutske...", "Something else entirely about…"),
        ("Something else, whole …", "Something else, whole…"),
        ("Ends in a stop. [...]", "Ends in a stop.…"),
        ("完全不同的内容...", "完全不同的内容…"),
        ("Whole and well.", "Whole and well."),
    ],
)
def test_a_summary_cut_short_ends_at_a_word(given: str, expected: str) -> None:
    assert summary("The body says nothing of that.", given) == expected


def test_a_summary_of_dots_only_is_none() -> None:
    assert summary("The body.", "...") == "The body."


def test_the_first_paragraphs_without_headings_pictures_and_code() -> None:
    source = "# Heading\n\n![pic](a.png)\n\n```\ncode()\n```\n\n> quote\n\nFirst &amp; *best*.[^1]\n\n- item\n\nSecond.\n\n[^1]: note"
    assert summary(source) == "First & best. Second."


def test_a_post_of_a_list_only_has_a_summary() -> None:
    assert summary("- one\n- two") == "one two"
    assert summary("") == ""


def test_long_text_ends_at_a_sentence_if_one_ends_near() -> None:
    source = "Short words make a sentence of some length here. " * 10
    made = summary(source)
    assert made.endswith("here.")
    assert 100 <= len(made) <= 250


def test_an_abbreviation_ends_no_sentence() -> None:
    source = (
        "A long beginning that goes on and on without any stop until it comes to speak of the whole of the U.S. " * 4
    )
    assert not summary(source).endswith("U.S.")
    assert summary("Version 2.0 of the e.g. thing " * 20).endswith("…")


def test_long_text_without_a_sentence_ends_at_a_word() -> None:
    made = summary("word " * 100)
    assert made.endswith("word…")
    assert len(made) <= 201


def test_chinese_is_half_as_long() -> None:
    made = summary("这是一个没有标点的很长的句子" * 30)
    assert 80 <= len(made) <= 101
    assert made.endswith("…")


@pytest.mark.parametrize("unit", ["👨‍👩‍👧‍👦", "🏳️‍🌈", "🇩🇪", "e\u0301", "👍🏽", "क्षि"])
def test_no_character_is_cut_apart(unit: str) -> None:
    for start in range(6):
        made = summary("x" * start + unit * 300)
        rest = made.removesuffix("…")[start:]
        assert rest == unit * (len(rest) // len(unit))


@settings(max_examples=300)
@given(st.text(alphabet=st.sampled_from("ab c.中文。，!?\u0301👍🏽\u200d \n"), max_size=600))
def test_any_text_is_cut_between_words(text: str) -> None:
    text = " ".join(text.split())
    made = summary(text)
    assert len(made) <= 251
    kept = made.removesuffix("…") if made != text else made
    assert text.startswith(kept)
    rest = text[len(kept) :]
    assert not rest or unicodedata.combining(rest[0]) == 0


@pytest.mark.parametrize(
    ("source", "words"),
    [("One two *three*.", 3), ("中文字", 2), ("你好 world", 2), ("a — b", 2), ("", 0), ("`code` &amp; text", 2), ("日本語のテキスト", 4)],
)  # fmt: skip
def test_words_are_counted(source: str, words: int) -> None:
    assert render(source).words == words
