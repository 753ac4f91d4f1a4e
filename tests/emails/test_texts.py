"""The plain-text part: widths, line ends, and HTML as words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.emails import plaintext as texts

MIXED = st.text(alphabet="ab cde潮汐表。，“”（）「」한글 é\u0301👩\n", max_size=300)


@given(MIXED)
def test_lines_fit_and_nothing_is_lost(text: str) -> None:
    wrapped = texts.wrap(text)
    assert "".join(wrapped.split()) == "".join(text.split())
    for line in wrapped.split("\n"):
        assert texts.columns(line) <= texts.WIDTH + 8  # a mark that may not start a line goes beyond


@given(st.lists(st.sampled_from(["wave", "a", "longer-word", "x" * 30]), max_size=60))
def test_words_of_one_width_fit_exactly(words: list[str]) -> None:
    assert all(len(line) <= texts.WIDTH for line in texts.wrap(" ".join(words)).split("\n"))


@given(st.text(alphabet="潮汐表的作者。，、！（）「」“”", min_size=60, max_size=200))
def test_no_line_starts_with_a_closing_mark_or_ends_with_an_opening_one(text: str) -> None:
    lines = texts.wrap(text).split("\n")
    assert not any(line[0] in "。，、！）」”" for line in lines[1:])
    assert not any(line[-1] in "（「“" for line in lines[:-1])


def test_a_long_address_stays_whole() -> None:
    url = "https://example.org/" + "a" * 100
    assert texts.wrap(f"See {url} for more").split("\n") == ["See", url, "for more"]


def test_wrapped_items_hang() -> None:
    assert texts.wrap("one two three", 9, first="• ") == "• one two\n  three"


@pytest.mark.parametrize(("text", "columns"), [("abc", 3), ("潮汐", 4), ("e\u0301", 1), ("한글", 4), ("a\u200db", 2)])
def test_columns(text: str, columns: int) -> None:
    assert texts.columns(text) == columns


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("one two three", 3, "one two three"),
        ("one two, three", 2, "one two…"),
        ("潮汐表是沿海居民", 4, "潮汐表是沿海居民"),
        ("潮汐表是沿海居民", 2, "潮汐表是…"),
        ("潮汐，表是沿海居民的", 1, "潮汐…"),
    ],
)
def test_cut(text: str, limit: int, expected: str) -> None:
    assert texts.cut(text, limit) == expected


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("", ""),
        ("<p>Tom &amp; Jerry &lt;3</p>", "Tom & Jerry <3"),
        ("<p>a<br>b</p>", "a\nb"),
        ("loose <em>words</em><p>p</p>tail", "loose words\n\np\n\ntail"),
        ("<h2>Head</h2><p>x</p>", "Head\n\nx"),
        ("<h5>Small</h5>", "Small"),
        ("<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>", "• a\n• b\n  • c"),
        ('<ol start="3"><li>a</li><li>b</li></ol>', "3. a\n4. b"),
        ("<ul><li>☑ done<ul><li>sub</li></ul></li><li>☐ todo</li></ul>", "☑ done\n  • sub\n☐ todo"),
        ("<ul><li><p>a</p><p>b</p></li></ul>", "• a\n\n  b"),
        ("<blockquote><p>a</p><p>b</p></blockquote>", "> a\n>\n> b"),
        ("<pre><code>x = 1\n\ty = 2\n</code></pre>", "```\nx = 1\n    y = 2\n```"),
        ("<p>a</p><hr><p>b</p>", "a\n\n* * *\n\nb"),
        ("<p>a</p><hr><hr><section><ol><li>note</li></ol></section>", "a\n\n1. note"),
        ('<p><img src="https://example.org/a.png" alt="A boat"></p>', "[A boat]"),
        ('<p><img src="https://example.org/a.png" alt=""></p>', ""),
        ("<p>x<sup>2</sup> H<sub>2</sub>O x<sup>ab</sup> y<sub>ab</sub></p>", "x² H₂O x^ab yab"),
        ("<p><ruby>漢<rp>(</rp><rt>kan</rt></ruby></p>", "漢（kan）"),
        ("<p><q>so</q></p>", "“so”"),
        ("<dl><dt>T</dt><dd>D</dd></dl>", "T\n\n    D"),
        ('<p>Euler: <code class="language-math">e^{i\\pi}</code></p>', "Euler: e^(iπ)"),
        ('<p>A<a href="https://example.org/#p1-fn-1">1</a> <a href="https://example.org/#p1-fnref-1">↩</a></p>', "A1"),
        ('<p><a href="#x">in page</a></p>', "in page"),
        ('<p><a href="https://example.org/a/"><img src="https://example.org/a.png" alt=""></a></p>', ""),
        ('<a href="https://example.org/"><div>block</div></a>', "block"),
        ("<table><tr><td></td></tr></table>", ""),
    ],
)
def test_html_as_words(html: str, text: str) -> None:
    assert texts.from_html(html) == text


def test_links_are_numbered_once_and_listed() -> None:
    html = '<p><a href="https://a.example/">A</a>, <a href="https://b.example/">B</a>, <a href="https://a.example/">A</a>.</p>'
    assert texts.from_html(html) == "A [1], B [2], A [1].\n\n[1] https://a.example/\n[2] https://b.example/"


def test_an_address_that_is_its_own_text_needs_no_number() -> None:
    html = (
        '<p>At <a href="https://a.example/">https://a.example</a> or <a href="mailto:a@b.example">a@b.example</a>.</p>'
    )
    assert texts.from_html(html) == "At https://a.example/ or a@b.example."


def test_a_table_stands_in_columns_when_it_fits() -> None:
    html = "<table><thead><tr><th>Port</th><th>潮</th></tr></thead><tbody><tr><td>Brest</td><td>5.9</td></tr></tbody></table>"
    assert texts.from_html(html) == "Port    潮\n-----   ---\nBrest   5.9"


def test_a_wide_table_becomes_lines() -> None:
    long = "word " * 20
    html = f"<table><tr><th>Port</th><th>Note</th></tr><tr><td>Brest</td><td>{long}</td></tr><tr><td>Wick</td></tr></table>"
    text = texts.from_html(html)
    assert text.startswith("Port: Brest\nNote: word word")
    assert text.endswith("\n\nPort: Wick")
    assert max(map(len, text.split("\n"))) <= 72


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("`<br>` and </p>", "`<\u2060br>` and <\u2060/p>"),
        ("a &nbsp; b &#160; &#xA0;", "a &\u2060nbsp; b &\u2060#160; &\u2060#xA0;"),
        ("Q&A; x < y, a<b and R&D", "Q&A; x < y, a<\u2060b and R&D"),
        ("```\n<p>&lt;</p>\n```", "```\n<p>&\u2060lt;</p>\n```"),
        ("Vec<u8> <spanner> <3", "Vec<u8> <spanner> <3"),
    ],
)
def test_words_on_html_are_not_taken_for_html(text: str, expected: str) -> None:
    assert texts.literal(text) == expected
    assert texts.literal(text).replace("\u2060", "") == text
    assert texts.columns(texts.literal(text)) == texts.columns(text)
