"""Markdown to HTML: what a reader gets for what a writer typed."""

import pytest

from digest.markdown import id_prefix, render_fragment
from tests.markup_samples import URL, clean_html, config, html, post, render


def test_markdown_becomes_html() -> None:
    assert html("# One\n\n*a* **b** ~~c~~ `d`") == (
        "<h1>One</h1>\n<p><em>a</em> <strong>b</strong> <del>c</del> <code>d</code></p>"
    )


def test_emphasis_beside_chinese_punctuation() -> None:
    assert html("**强调。**后文") == "<p><strong>强调。</strong>后文</p>"


def test_tables_keep_their_alignment() -> None:
    made = html("| a | b |\n|:--|--:|\n| 1 | 2 |")
    assert '<th align="left">a</th>' in made
    assert '<td align="right">2</td>' in made


def test_task_lists_are_text() -> None:
    made = html("- [x] done\n- [ ] open")
    assert "☑ done" in made
    assert "☐ open" in made
    assert "<input" not in made


def test_code_keeps_its_language_and_no_other_class() -> None:
    assert '<pre><code class="language-python">print(1)\n</code></pre>' in html("```python title='x'\nprint(1)\n```")
    assert html('<code class="footer unsubscribe">x</code>') == "<p><code>x</code></p>"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("$x^2$", '<p><code class="language-math">x^2</code></p>'),
        ("$`a<b`$", '<p><code class="language-math">a&lt;b</code></p>'),
        ("$$\\sum_i$$", '<p><code class="language-math">\\sum_i</code></p>'),
        ("```math\nx^2\n```", '<pre><code class="language-math">x^2\n</code></pre>'),
        ("cost $5 and $6", "<p>cost $5 and $6</p>"),
        ("set $HOME/$USER now", "<p>set $HOME/$USER now</p>"),
    ],
)
def test_mathematics_is_readable_and_money_is_money(source: str, expected: str) -> None:
    assert html(source) == expected


def test_description_lists() -> None:
    assert "<dl>\n<dt>Term</dt>\n<dd>" in html("Term\n\n: Meaning")


def test_links_are_absolute_against_the_post() -> None:
    made = html("[a](b/c) [r](/img/x) [u](../up) [q](?x=1) [p](//other.org/y)")
    assert 'href="https://x.org/blog/2026/hello/b/c"' in made
    assert 'href="https://x.org/img/x"' in made
    assert 'href="https://x.org/blog/2026/up"' in made
    assert 'href="https://x.org/blog/2026/hello/?x=1"' in made
    assert 'href="https://other.org/y"' in made


@pytest.mark.parametrize(
    ("target", "url"),
    [
        ("@/about.md", "https://x.org/blog/about/"),
        ("@/inside/2020-01-05-first.md#a", "https://x.org/blog/2020/01/05/first/#a"),
        ("./other.md", "https://x.org/blog/2026/other/"),
        ("../2020-01-05-first.mdx", "https://x.org/blog/2020/01/05/first/"),
        ("https://x.org/README.md", "https://x.org/README.md"),
        ("/static/notes.md.txt", "https://x.org/static/notes.md.txt"),
    ],
)
def test_links_to_markdown_files_lead_to_their_pages(target: str, url: str) -> None:
    assert html(f"[x]({target})") == f'<p><a href="{url}">x</a></p>'


def test_footnotes_have_ids_of_their_own_and_absolute_links() -> None:
    made = html("text[^1]\n\n[^1]: note")
    prefix = id_prefix(URL)
    assert f'href="{URL}#{prefix}fn-1" id="{prefix}fnref-1"' in made
    assert f'<li id="{prefix}fn-1">' in made
    assert f'href="{URL}#{prefix}fnref-1"' in made
    assert id_prefix("another") != prefix


def test_links_to_headings_lead_to_the_page_of_the_post() -> None:
    made = html("[to](#über-uns) [gone](#nowhere)\n\n## Über uns")
    assert "<h2>Über uns</h2>" in made
    assert f'href="{URL}#%C3%BCber-uns"' in made
    assert f'href="{URL}#nowhere"' in made


def test_ids_of_raw_html_are_prefixed_and_never_twice() -> None:
    made = html('<p id="a">1</p>\n\n<p id="a">2</p>')
    assert made == f'<p id="{id_prefix(URL)}a">1</p>\n<p>2</p>'


def test_pictures_keep_alt_title_and_numeric_size() -> None:
    assert html('![A cat](cat.png "Tom")') == (
        '<p><img src="https://x.org/blog/2026/hello/cat.png" alt="A cat" title="Tom"></p>'
    )
    made = html('<img src="/a.png" width="640px" height="50%">')
    assert made == '<img src="https://x.org/a.png" width="640" alt="">'


def test_a_picture_that_can_not_be_shown_becomes_its_alternative_text() -> None:
    assert html('<p><img src="data:image/png;base64,AA" alt="A &quot;cat&quot;"> x</p>') == '<p>A "cat" x</p>'


@pytest.mark.parametrize(
    "pixel",
    [
        '<img src="https://t.example/p.gif" width="1" height="1">',
        '<img src="https://t.example/p.gif" height=0>',
        '<img src="https://t.example/p.gif" style="display: none">',
        '<img src="https://t.example/p.gif" style="width:1px;height:1px">',
    ],
)
def test_tracking_pixels_go_with_a_warning(pixel: str) -> None:
    made = render(f"One\n\ntwo {pixel}")
    assert "<img" not in made.html
    (problem,) = made.problems
    assert (problem.code, problem.line, problem.severity) == ("tracking-pixel", 7, "warning")


def test_html_that_means_something_survives() -> None:
    for kept in (
        "<kbd>Ctrl</kbd>",
        "H<sub>2</sub>O",
        "<mark>m</mark>",
        '<abbr title="Hyper Text">HT</abbr>',
        "<ruby>漢<rt>かん</rt></ruby>",
        '<time datetime="2026-11-18">today</time>',
        '<span lang="ar" dir="rtl">سلام</span>',
        '<del cite="https://x.org/why">old</del>',
    ):
        assert kept in html(f"a {kept} b")
    assert html("<details open><summary>S</summary>\n\ntext\n\n</details>") == (
        '<details open=""><summary>S</summary>\n<p>text</p>\n</details>'
    )
    assert '<td colspan="2" align="center">' in html('<table><tr><td colspan="2" align="CENTER">x</td></tr></table>')
    assert (
        html('<ol start="3" type="a"><li value="5">x</li></ol>') == '<ol start="3" type="a"><li value="5">x</li></ol>'
    )


def test_attributes_beyond_bounds_go() -> None:
    made = html('<table><tr><td colspan="99999" align="x">a</td></tr></table>\n\n<p lang="!" dir="up">b</p>')
    assert "<td>a</td>" in made
    assert "<p>b</p>" in made


def test_a_link_that_is_too_long_goes_with_a_warning() -> None:
    made = render(f"x\n\n[a](https://x.org/{'b' * 100})", config(link_characters=50))
    assert made.html == "<p>x</p>\n<p>a</p>"
    assert [(p.code, p.line, p.column) for p in made.problems] == [("link-too-long", 7, 5)]


def test_output_beyond_the_limit_is_an_error() -> None:
    made = render("long " * 1000, config(output_bytes=1000))
    assert made.html == ""
    assert [(p.code, p.severity) for p in made.problems] == [("output-too-long", "error")]


def test_the_text_before_the_more_mark_is_the_lead() -> None:
    made = render("First *part*.\n\n<!-- more -->\n\nSecond.")
    assert made.lead == "<p>First <em>part</em>.</p>"
    assert made.html == "<p>First <em>part</em>.</p>\n<p>Second.</p>"
    assert made.summary == "First part."


@pytest.mark.parametrize("mark", ["<!--more-->", "<!--truncate-->", "{/* truncate */}", "<!-- excerpt -->"])
def test_every_generators_more_mark(mark: str) -> None:
    made = render(f"- a\n- b {mark}\n\nSecond.")
    assert "Second" not in made.lead
    assert made.lead.count("<li>") == made.lead.count("</li>") == 2


def test_a_more_mark_in_code_is_code() -> None:
    made = render("Write `<!--more-->`:\n\n```\n<!--more-->\n```\n\nEnd")
    assert made.lead == ""
    assert made.html.count("&lt;!--more--&gt;") == 2


def test_html_from_elsewhere_is_cleaned_alike() -> None:
    cleaned = clean_html('<p id="a" onclick="x">b<script>c</script> <a href="d">e</a>')
    assert cleaned == '<p>b <a href="https://x.org/blog/2026/hello/d">e</a></p>'


def test_a_fragment_is_clean_html_or_nothing() -> None:
    assert render_fragment("*a* [b](c) <i onclick=x>d</i>", URL) == f'<p><em>a</em> <a href="{URL}c">b</a> <i>d</i></p>'
    assert render_fragment("<div>" * 3000, URL) == ""


def test_rendering_is_the_same_every_time() -> None:
    source = "# A\n\n[x](#a) text[^1] {{< youtube abcdefghijk >}}\n\n[^1]: n\n"
    assert render(source) == render(source)
    assert post() == post()


def test_a_picture_inside_the_text_is_named_with_its_line() -> None:
    code = "`![x](data:image/png;base64,code)`"
    source = f"One\n\n![a](data:image/png;base64,iVBO) {code}\n\n<img src='data:image/gif;base64,R0' alt=b>"
    found = [(p.code, p.line) for p in render(source).problems]
    assert found == [("data-picture", post().body_line + 2), ("data-picture", post().body_line + 4)]
    assert render(code).problems == ()
