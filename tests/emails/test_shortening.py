"""Bodies cut to a number of words: where, and that what is left is whole."""

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.email_samples import POST, compose_body, composed, html_of

LIST = "<ul><li>one two</li><li>three four</li></ul>"
NOTES = (
    '<hr><section><ol><li id="p1-fn-1"><p>First <a href="https://x.example/#p1-fnref-1">↩</a></p></li>'
    '<li id="p1-fn-2"><p>Second <a href="https://x.example/#p1-fnref-2">↩</a></p></li></ol></section>'
)


def mark(number: int) -> str:
    return f'<sup><a href="https://x.example/#p1-fn-{number}" id="p1-fnref-{number}">{number}</a></sup>'


def shortened(root: Path, html: str, limit: int) -> str:
    """Return what an e-mail shows of a body, without the e-mail's own classes."""
    out = html_of(compose_body(root, html, digest=f'text = "full"\nfull_words = {limit}'))
    out = re.sub(r' (?:class="[^"]*"|dir="ltr"|width="536"|lang="zh")', "", out)
    box = r'<table role="presentation" border="0" cellpadding="0" cellspacing="0" width="100%"><tr><td>(.*?)</td></tr>.*?</table>'
    return re.sub(box, r"\1", out, flags=re.DOTALL)


@pytest.mark.parametrize(
    ("html", "limit", "expected"),
    [
        ("<p>one two</p><p>three</p>", 3, "<p>one two</p><p>three</p>"),
        ("<p>one two</p><p>three</p>", 2, "<p>one two</p>"),
        ("<p>one two three</p><p>four</p>", 1, "<p>one two three</p>"),
        (f"<p>zero</p>{LIST}<p>five</p>", 3, "<p>zero</p>"),
        (f"{LIST}<p>five</p>", 2, LIST),
        ("<pre><code>a b c d</code></pre><p>e</p>", 2, "<pre><code>a b c d</code></pre>"),
        ("<h2>Title</h2><p>one two three</p><h2>Next</h2><p>more</p>", 1, "<h3>Title</h3><p>one two three</p>"),
        ("<p>one</p><h2>Next</h2><p>two three</p>", 2, "<p>one</p>"),
        ("<p>one</p><hr><p>two three</p>", 1, "<p>one</p>"),
        ("<div><p>one two</p><p>three four</p></div>", 3, "<div><p>one two</p></div>"),
        ("loose <b>words</b> here<p>three four</p>", 3, "loose <b>words</b> here"),
        ("<p>one</p>two <i>three</i> four<p>five</p>", 4, "<p>one</p>two <i>three</i> four"),
        ("<p>潮汐表是沿海居民</p><p>后来的人</p>", 4, "<p>潮汐表是沿海居民</p>"),
        ('<p>one</p><p><img src="https://x.example/a.png" alt=""></p><p>two</p>', 1, '<p>one</p><p><img src="https://x.example/a.png" alt=""></p>'),
    ],
)  # fmt: skip
def test_a_body_ends_between_two_blocks(html: str, limit: int, expected: str, tmp_path: Path) -> None:
    assert shortened(tmp_path, html, limit) == expected


def test_notes_stay_when_their_mark_does(tmp_path: Path) -> None:
    short = shortened(tmp_path, f"<p>one{mark(1)}</p><p>two{mark(2)}</p>{NOTES}", 1)
    assert "First" in short
    assert "Second" not in short
    assert "<p>two" not in short
    assert shortened(tmp_path, f"<p>one</p><p>two{mark(2)}</p>{NOTES}", 1) == "<p>one</p>"
    whole = shortened(tmp_path, f"<p>one two three{mark(1)}</p>{NOTES}", 1)
    assert "First" in whole
    assert "Second" in whole


BLOCKS = st.sampled_from(
    ["<p>one two three</p>", "<h2>Head</h2>", LIST, "<pre><code>a\nb</code></pre>", "<hr>", "<p>海水</p>", "loose ", "<b>x</b>"]
)  # fmt: skip


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(BLOCKS, max_size=12), st.integers(1, 20))
def test_what_is_left_is_the_beginning_and_keeps_the_limit(tmp_path: Path, blocks: list[str], limit: int) -> None:
    html = "".join(blocks)
    whole, short = shortened(tmp_path, html, 1_000), shortened(tmp_path, html, limit)
    assert whole.startswith(short)
    if short != whole:
        assert short.strip()
        text = re.sub(r"<[^>]*>", " ", short).replace("海水", " word ")
        first = next(block for block in blocks if not block.startswith(("<h", "<hr")))
        assert len(text.split()) <= limit or (whole.startswith(short) and first in html)


def test_an_edition_has_the_rest_behind_a_link(tmp_path: Path) -> None:
    body = "First words.\n\n" + "word " * 50 + "\n\nLast words."
    digest = 'text = "full"\nfull_words = 40'
    made = composed(tmp_path, {"content/a.md": POST.format("A", "20", body)}, digest=digest)
    assert "First words." in made.html
    assert "Last words." not in made.html + made.text
    assert "Continue reading" in made.html
    made = composed(tmp_path, {"content/a.md": POST.format("A", "20", "All of it.")}, digest=digest)
    assert "Continue reading" not in made.html
