"""Bodies cut to a number of words: where, and that what is left is whole."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from digest.editions.edition import EditionSection
from digest.emails import body as bodies
from digest.emails import compose as emails
from digest.emails import plaintext as texts
from digest.emails.shortening import shorten
from digest.markdown import render
from tests import email_samples as samples

LIST = "<ul><li>one two</li><li>three four</li></ul>"
NOTES = (
    '<hr><section><ol><li id="p1-fn-1"><p>First <a href="https://x.example/#p1-fnref-1">↩</a></p></li>'
    '<li id="p1-fn-2"><p>Second <a href="https://x.example/#p1-fnref-2">↩</a></p></li></ol></section>'
)


def mark(number: int) -> str:
    return f'<sup><a href="https://x.example/#p1-fn-{number}" id="p1-fnref-{number}">{number}</a></sup>'


@pytest.mark.parametrize(
    ("html", "limit", "expected"),
    [
        ("<p>one two</p><p>three</p>", 3, "<p>one two</p><p>three</p>"),
        ("<p>one two</p><p>three</p>", 2, "<p>one two</p>"),
        ("<p>one two three</p><p>four</p>", 1, "<p>one two three</p>"),
        (f"<p>zero</p>{LIST}<p>five</p>", 3, "<p>zero</p>"),
        (f"{LIST}<p>five</p>", 2, LIST),
        ("<pre><code>a b c d</code></pre><p>e</p>", 2, "<pre><code>a b c d</code></pre>"),
        ("<h2>Title</h2><p>one two three</p><h2>Next</h2><p>more</p>", 1, "<h2>Title</h2><p>one two three</p>"),
        ("<p>one</p><h2>Next</h2><p>two three</p>", 2, "<p>one</p>"),
        ("<p>one</p><hr><p>two three</p>", 1, "<p>one</p>"),
        ("<div><p>one two</p><p>three four</p></div>", 3, "<div><p>one two</p></div>"),
        ("loose <b>words</b> here<p>three four</p>", 3, "loose <b>words</b> here"),
        ("<p>one</p>two <i>three</i> four<p>five</p>", 4, "<p>one</p>two <i>three</i> four"),
        ("<p>潮汐表是沿海居民</p><p>后来的人</p>", 4, "<p>潮汐表是沿海居民</p>"),
        ('<p>one</p><p><img src="https://x.example/a.png" alt=""></p><p>two</p>', 1, '<p>one</p><p><img src="https://x.example/a.png" alt=""></p>'),
    ],
)  # fmt: skip
def test_a_body_ends_between_two_blocks(html: str, limit: int, expected: str) -> None:
    assert shorten(html, limit) == expected


def test_notes_stay_when_their_mark_does() -> None:
    body = f"<p>one{mark(1)}</p><p>two{mark(2)}</p>{NOTES}"
    short = shorten(body, 1)
    assert "First" in short
    assert "Second" not in short
    assert "<p>two" not in short
    assert shorten(f"<p>one</p><p>two{mark(2)}</p>{NOTES}", 1) == "<p>one</p>"
    assert shorten(f"<p>one two three{mark(1)}</p>{NOTES}", 1) == f"<p>one two three{mark(1)}</p>{NOTES}"


BLOCKS = st.sampled_from(
    ["<p>one two three</p>", "<h2>Head</h2>", LIST, "<pre><code>a\nb</code></pre>", "<hr>", "<p>海水</p>", "loose ", "<b>x</b>"]
)  # fmt: skip


@given(st.lists(BLOCKS, max_size=12), st.integers(1, 20))
def test_what_is_left_is_the_beginning_and_keeps_the_limit(blocks: list[str], limit: int) -> None:
    html = "".join(blocks)
    whole, short = bodies.serialised(bodies.parse(html)), shorten(html, limit)
    assert whole.startswith(short)
    if short != whole:
        assert short.strip()
        root = bodies.parse(short)
        long = [child for child in root if child.tag not in bodies.HEADINGS and child.tag != "hr"]
        assert texts.words("\n".join(root.itertext())) <= limit or len(long) <= 1 or not texts.is_block(long[-1])


def test_an_edition_has_the_rest_behind_a_link(tmp_path: Path) -> None:
    post = samples.POSTS[0][0]
    config = samples.config(tmp_path, text="full", full_words=40)
    edition = samples.edition(sections=(EditionSection("", (post,)),))
    body = render(post, "First words.\n\n" + "word " * 50 + "\n\nLast words.", config)
    made = emails.compose(edition, {post.id: body}, config)
    assert "First words." in made.html
    assert "Last words." not in made.html + made.text
    assert "Continue reading" in made.html
    short = replace(body, html="<p>All of it.</p>")
    assert "Continue reading" not in emails.compose(edition, {post.id: short}, config).html
