"""The plain-text part: widths, line ends, and HTML as words."""

import unicodedata
from html import escape
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.email_samples import POST, compose_body, composed, text_of

WIDTH = 72
JOINER = "\u2060"
several = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])


def columns(text: str) -> int:
    """Return how many columns a terminal needs."""
    marks = sum(unicodedata.category(character) in ("Mn", "Me", "Cf") for character in text)
    return len(text) - marks + sum(unicodedata.east_asian_width(character) in "WF" for character in text)


def wrapped(tmp_path: Path, text: str) -> str:
    return text_of(compose_body(tmp_path, f"<p>{escape(text)}</p>"))


@several
@given(st.text(alphabet="ab cde潮汐表。，“”（）「」한글 é\u0301👩\n", max_size=300))
def test_lines_fit_and_nothing_is_lost(tmp_path: Path, text: str) -> None:
    made = wrapped(tmp_path, text)
    assert "".join(made.split()) == "".join(text.split())
    for line in made.split("\n"):
        assert columns(line) <= WIDTH + 8  # a mark that may not start a line goes beyond


@several
@given(st.lists(st.sampled_from(["wave", "a", "longer-word", "x" * 30]), max_size=60))
def test_words_of_one_width_fit_exactly(tmp_path: Path, words: list[str]) -> None:
    assert all(len(line) <= WIDTH for line in wrapped(tmp_path, " ".join(words)).split("\n"))


@several
@given(st.text(alphabet="潮汐表的作者。，、！（）「」“”", min_size=60, max_size=200))
def test_no_line_starts_with_a_closing_mark_or_ends_with_an_opening_one(tmp_path: Path, text: str) -> None:
    lines = wrapped(tmp_path, text).split("\n")
    assert not any(line[0] in "。，、！）」”" for line in lines[1:])
    assert not any(line[-1] in "（「“" for line in lines[:-1])


def test_a_long_address_stays_whole(tmp_path: Path) -> None:
    url = "https://example.org/" + "a" * 100
    assert wrapped(tmp_path, f"See {url} for more").split("\n") == ["See", url, "for more"]


@pytest.mark.parametrize(
    ("title", "size"), [("abc", 3), ("潮汐", 4), ("e\u0301", 1), ("한글", 4), ("a\u200db", 2), ("x" * 90, 72)]
)
def test_a_title_is_underlined_as_far_as_it_goes(title: str, size: int, tmp_path: Path) -> None:
    made = composed(tmp_path, {"content/a.md": POST.format(title, "20", "x")})
    assert f"\n{'-' * size}\nNov 20" in made.text


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
def test_a_summary_is_cut_after_a_word(text: str, limit: int, expected: str, tmp_path: Path) -> None:
    assert text_of(compose_body(tmp_path, "", summary=text, digest=f"words = {limit}")) == expected


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Tom &amp; Jerry &lt;3</p>", "Tom & Jerry <3"),
        ("<p>a<br>b</p>", "a\nb"),
        ("<p>a\nb\n\tc</p>", "a b c"),
        ("loose <em>words</em><p>p</p>tail", "loose words\n\np\n\ntail"),
        ("<h2>Head</h2><p>x</p>", "Head\n\nx"),
        ("<h5>Small</h5>", "Small"),
        ("<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>", "• a\n• b\n  • c"),
        ('<ol start="3"><li>a</li><li>b</li></ol>', "3. a\n4. b"),
        (f"<ul><li>{'word ' * 20}</li></ul>", f"• {('word ' * 14).strip()}\n  {('word ' * 6).strip()}"),
        ("<ul><li>☑ done<ul><li>sub</li></ul></li><li>☐ todo</li></ul>", "☑ done\n  • sub\n☐ todo"),
        ("<ul><li><p>a</p><p>b</p></li></ul>", "• a\n\n  b"),
        ("<blockquote><p>a</p><p>b</p></blockquote>", "> a\n>\n> b"),
        ("<pre><code>x = 1\n\ty = 2\n</code></pre>", "```\nx = 1\n    y = 2\n```"),
        ("<p>a</p><hr><p>b</p>", "a\n\n* * *\n\nb"),
        ("<p>a</p><hr><hr><section><ol><li>note</li></ol></section>", "a\n\n1. note"),
        ('<p><img src="https://example.org/a.png" alt="A boat"></p>', "[A boat]"),
        ('<p><img src="https://example.org/a.png" alt=""></p>', ""),
        ("<p>x<sup>2</sup> H<sub>2</sub>O x<sup>ab</sup> y<sub>ab</sub></p>", "x² H₂O x^ab yab"),
        ("<p>x<sub>i</sub> v<sub>max</sub> <sub>see note</sub></p>", "xᵢ vₘₐₓ see note"),
        ("<p><ruby>漢<rp>(</rp><rt>kan</rt></ruby></p>", "漢（kan）"),
        ("<p><q>so {0}</q></p>", "“so {0}”"),
        ("<dl><dt>T</dt><dd>D</dd></dl>", "T\n\n    D"),
        ('<p>Euler: <code class="language-math">e^{i\\pi}</code></p>', "Euler: e^(iπ)"),
        ('<p>A<a href="https://example.org/#p1-fn-1">1</a> <a href="https://example.org/#p1-fnref-1">↩</a></p>', "A1"),
        (
            '<p><a href="https://docs.example/#the-fn-trait">Traits</a> <a href="https://o.example/#a-fnref-b">B</a></p>',
            "Traits [1] B [2]\n\n[1] https://docs.example/#the-fn-trait\n[2] https://o.example/#a-fnref-b",
        ),
        ('<p><a href="#x">in page</a></p>', "in page"),
        ('<p><a href="https://example.org/a/"><img src="https://example.org/a.png" alt=""></a></p>', ""),
        ('<a href="https://example.org/"><div>block</div></a>', "block"),
        ("<table><tr><td></td></tr></table>", ""),
    ],
)
def test_html_as_words(html: str, text: str, tmp_path: Path) -> None:
    assert text_of(compose_body(tmp_path, html)) == text


def test_links_are_numbered_once_and_listed(tmp_path: Path) -> None:
    one, other = '<a href="https://a.example/">A</a>', '<a href="https://b.example/">B</a>'
    text = text_of(compose_body(tmp_path, f"<p>{one}, {other}, {one}.</p>"))
    assert text == "A [1], B [2], A [1].\n\n[1] https://a.example/\n[2] https://b.example/"


def test_an_address_in_the_list_of_links_stays_as_it_is(tmp_path: Path) -> None:
    url = "https://a.example/?x=&amp;lt;br"
    text = text_of(compose_body(tmp_path, f'<p><a href="{url};">A</a></p>'))
    assert text == "A [1]\n\n[1] https://a.example/?x=&lt;br;"


def test_an_address_that_is_its_own_text_needs_no_number(tmp_path: Path) -> None:
    link, mail = '<a href="https://a.example/">https://a.example</a>', '<a href="mailto:a@b.example">a@b.example</a>'
    assert text_of(compose_body(tmp_path, f"<p>At {link} or {mail}.</p>")) == "At https://a.example/ or a@b.example."


def test_a_table_stands_in_columns_when_it_fits(tmp_path: Path) -> None:
    head, row = "<tr><th>Port</th><th>潮</th></tr>", "<tr><td>Brest</td><td>5.9</td></tr>"
    text = text_of(compose_body(tmp_path, f"<table><thead>{head}</thead><tbody>{row}</tbody></table>"))
    assert text == "Port    潮\n-----   ---\nBrest   5.9"


def test_a_wide_table_becomes_lines(tmp_path: Path) -> None:
    rows = f"<tr><th>Port</th><th>Note</th></tr><tr><td>Brest</td><td>{'word ' * 20}</td></tr><tr><td>Wick</td></tr>"
    text = text_of(compose_body(tmp_path, f"<table>{rows}</table>"))
    assert text.startswith("Port: Brest\nNote: word word")
    assert text.endswith("\n\nPort: Wick")
    assert max(len(line) for line in text.split("\n")) <= WIDTH


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("`<br>` and </p>", f"`<{JOINER}br>` and <{JOINER}/p>"),
        ("a &nbsp; b &#160; &#xA0;", f"a &{JOINER}nbsp; b &{JOINER}#160; &{JOINER}#xA0;"),
        ("Q&A; x < y, a<b and R&D", f"Q&A; x < y, a<{JOINER}b and R&D"),
        ("Vec<u8> <spanner> <3", "Vec<u8> <spanner> <3"),
    ],
)
def test_words_on_html_are_not_taken_for_html(text: str, expected: str, tmp_path: Path) -> None:
    assert wrapped(tmp_path, text) == expected


def test_code_keeps_its_tags(tmp_path: Path) -> None:
    made = compose_body(tmp_path, "<pre>&lt;p&gt;&amp;lt;&lt;/p&gt;</pre>")
    assert text_of(made) == f"```\n<p>&{JOINER}lt;</p>\n```"
