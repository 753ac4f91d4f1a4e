"""Titles and other texts: entities, headings, and characters that no title may hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.collector import clean_text
from digest.collector.title import title_of
from tests.reading_samples import config_of, faults, read_text, with_fields


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("EPA&#8217;s &ldquo;door&rdquo;", "EPA’s “door”"),
        ("A &amp; B &lt;b&gt;", "A & B <b>"),
        ("'&xxe; &nbsp;x &bogus; &notit; < >'", "&xxe; x &bogus; &notit; < >"),
        ("AT&T, R&D, a&copy=1", "AT&T, R&D, a&copy=1"),
        ("12:30", "12:30"),
        ("no", "no"),
        ("2024", "2024"),
        ('"\\e]0;pwn\\a\\e[31mred \\b\\f"', "]0;pwn[31mred"),
        ('"invoice \\u202egpj.exe\\u2066"', "invoice gpj.exe"),
        ('"\\u2067نشر\\u2069 2.0"', "\u2067نشر\u2069 2.0"),
        ('"\\u2068open \\u2067twice"', "\u2068open \u2067twice\u2069\u2069"),
        ('"never\\u2069 opened"', "never opened"),
        ('"Hi\\r\\nBcc: x@y"', "Hi Bcc: x@y"),
        ('"\\ufdd0a\\uffffb\\U0001FFFEc"', "abc"),
        ('"e\\u0301"', "é"),
        ("👩‍👩‍👧 family", "👩‍👩‍👧 family"),
        (">\n  folded\n  text", "folded text"),
        ("'&#0;&#x202e;x'", "\ufffdx"),
    ],
)
def test_a_title_is_the_text_that_was_meant(typed: str, title: str) -> None:
    assert with_fields(f"title: {typed}").title == title


def test_a_title_as_typed_is_kept_beside_the_one_that_was_meant() -> None:
    assert with_fields("title: EPA&#8217;s").typed_title == "EPA&#8217;s"
    assert with_fields("title: EPA’s").typed_title == ""


def test_titles_that_can_not_be_are_problems() -> None:
    assert faults("title: [a]") == [(3, "title-not-text", "error")]
    assert faults("title: {a: b}") == [(3, "title-not-text", "error")]
    assert faults(f"title: {'x' * 10_001}") == [(3, "title-too-long", "error")]


def test_a_long_title_is_cut_with_a_warning() -> None:
    assert faults(f"title: {'x' * 1001}") == [(3, "title-too-long", "warning")]
    assert with_fields(f"title: {'x' * 1001}").title == "x" * 999 + "…"


@pytest.mark.parametrize(
    ("source", "title"),
    [
        ("# Hello\n", "Hello"),
        ("\n\n## Hello ##\n\ntext\n# Later\n", "Hello"),
        ("Text first.\n\n## Section\n\n# Title\n", "Title"),
        ("Text first.\n\n## Section\n", "Section"),
        ("Hello\n=====\n", "Hello"),
        ("Long\ntitle\n-----\n", "Long title"),
        ("<!-- note -->\n\n## Hello\n", "Hello"),
        ("import X from './x'\n\n## Hello\n\n# Other\n", "Hello"),
        ("```\n# code\n```\n\n# Hello\n", "Hello"),
        ("~~~~\n~~~\n# code\n~~~~\n# Hello\n", "Hello"),
        ("    # code\n\n# Hello\n", "Hello"),
        ("#hashtag\n\n# Hello\n", "Hello"),
        ("# **Bold**, *it*, `code` and [link](https://x.test/) {#id}\n", "Bold, it, code and link"),
        ("# ![logo](x.png) A &amp; B <sub>2</sub>\n", "logo A & B 2"),
        ("# snake_case_name and \\*star\\*\n", "snake_case_name and *star*"),
        ("# <https://x.test>\n", "https://x.test"),
        ("# \n\n# Hello\n", "Hello"),
        ("- item\n---\n", ""),
        ("| a |\n|---|\n", ""),
        ("Text only.\n", ""),
        ("<!--\n# Note\n-->\n\n# Hello\n", "Hello"),
        ("<!-- note\n\nmore -->\n\n## Hello\n\n# Other\n", "Hello"),
        ("Text first.\n\n> # Quoted\n\n- # Listed\n\n## Hello\n", "Hello"),
        ("# [Hello][there]\n\n[there]: /x\n", "Hello"),
        ('## Hello {{< image src="a.png" alt="A" >}}\n', "Hello"),
        ('# [Hello]({{ "/x/" | url }}) you\n', "Hello you"),
        ("{% include note.html %}\n---\n\n# Hello\n", "Hello"),
        ("# {{ page.title }}\n\n## Hello\n", "Hello"),
        ("", ""),
    ],
)
def test_without_a_title_the_first_heading_is_it(source: str, title: str) -> None:
    assert title_of(source) == title
    assert read_text(f"---\ndate: 2026-11-18\n---\n{source}").title == title
    assert title_of(source.replace("\n", "\r\n")) == title


def test_templating_that_a_heading_shows_as_code_is_part_of_the_title() -> None:
    assert (
        read_text("---\ndate: 2026-11-18\n---\n# Why `{{ x }}` and {{ y }}`{% z %}`\n").title
        == "Why {{ x }} and {% z %}"
    )


def test_jekyll_names_a_post_after_its_file() -> None:
    config = config_of(content="_posts")
    path = "_posts/2026-11-18-hello-new_World.md"
    assert with_fields("x: y", path=path, config=config).title == "Hello New_world"
    assert read_text("---\nx: y\n---\nText.\n\n## Section\n", path, config).title == "Hello New_world"


@pytest.mark.parametrize("key", ["summary", "description", "Excerpt", "lead", "deck"])
def test_a_summary_has_many_keys(key: str) -> None:
    assert with_fields(f"{key}: 'One &amp; two'").summary == "One & two"


def test_the_first_summary_that_says_something_is_it() -> None:
    assert with_fields("summary: ''", "description:", "excerpt: [x]", "lead: Yes, this").summary == "Yes, this"


@given(st.text())
def test_clean_text_is_one_line_without_what_no_title_may_hold(text: str) -> None:
    cleaned = clean_text(text)
    assert clean_text(cleaned) == cleaned
    assert cleaned == cleaned.strip()
    for character in cleaned:
        code = ord(character)
        assert code >= 0x20
        assert not 0x7F <= code <= 0x9F
        assert not 0xD800 <= code <= 0xDFFF
        assert not 0x202A <= code <= 0x202E
        assert code & 0xFFFE != 0xFFFE
        assert not 0xFDD0 <= code <= 0xFDEF
    assert sum(map(cleaned.count, "\u2066\u2067\u2068")) == cleaned.count("\u2069")


def test_an_isolate_is_no_part_of_an_address_or_a_tag() -> None:
    read = with_fields("title: x", 'slug: "\\u2068hello\\u2069"', 'tags: ["\\u2067نشر\\u2069", نشر]')
    assert read.url.endswith("/hello/")
    assert len(read.tags) == 1


@given(st.text(max_size=200))
def test_any_body_gives_a_clean_title_or_none(source: str) -> None:
    title = title_of(source)
    assert title == clean_text(title)


def test_a_byte_order_mark_before_a_heading_hides_no_title() -> None:
    assert title_of("\ufeff# Hello\n") == "Hello"


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("Pay\u200bPal\u2060", "PayPal"),
        ("a\u200db", "ab"),
        ("نمی\u200cخواهم", "نمی\u200cخواهم"),
        ("\U0001f469\u200d\U0001f4bb", "\U0001f469\u200d\U0001f4bb"),
        ("שלום\u200f!", "שלום\u200f!"),
    ],
)
def test_characters_of_no_width_are_in_no_title_but_where_they_join(typed: str, title: str) -> None:
    assert with_fields(f'title: "{typed}"').title == title
