"""No HTML from a post is dangerous, whoever reads it: properties over arbitrary input, and the known attacks."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from digest.markdown import absolute, scrub
from tests.html_rules import faults
from tests.markup_samples import URL, clean_html, html, render

PIECES = st.sampled_from(
    [
        "<script>", "</script>", "<style>", "</style>", "<svg onload=x>", "</svg>", "<math><mtext>", "<table>", "<tr><td>", "</table>",
        "<a href='javascript:x'>", "<a href=//e.x>", '<a href="\\\\e.x/">', "</a>", "<img src=x onerror=y>", "<img srcset='a 1x, b 2x'>",
        "<img src=1 width=1 height=1>", "<iframe src=https://youtu.be/abcdefg>", "</iframe>", "<video poster=/p><source src=/v>", "<!--", "-->",
        "<![CDATA[", "]]>", "<?x", "<form action=x>", "<input name=y>", "<noscript>", "<b>", "<i>", "<p>", "<div id=a>", "</div>", "<li>", "<ol start=9>",
        "<template>", "<select><option>", "<title>", "<textarea>", "<form>", "<marquee>", "<label>", "<h1>", "<h2>", "<ruby><rt>", "<rt>", "<dl><dt>", "<dd>", "<pre>\n", "<hr>", "<plaintext>", "<xmp>", "<object data=x>", "<base href=//e.x>", "<details open>",
        "[x](", "](javascript:x)", "](data:text/html,x)", "](#a)", "![", "`", "```\n", "\n\n", "\n", "    ", "> ", "- ", "1. ", "# ", "|a|b|\n|-|-|\n|",
        "[^1]", "\n\n[^1]: n", "$x^2$", "{{ x }}", "{% x %}", "{{< figure src=\"a\" >}}", "{: .c }", "&#106;", "&#x9;", "&lt;", "&quot;", '"', "'", ">", "<",
        "\x00", "\x85", "\ufffe", "\u202e", "😀", "中", "&#0;", "&#xfffe;", "java\tscript:", "onclick=x", " style=position:fixed",
    ]
)  # fmt: skip
SNIPPETS = st.lists(st.one_of(PIECES, st.text(max_size=8)), max_size=25).map("".join)


@settings(max_examples=400)
@given(SNIPPETS)
@example("<a><table><tr><td><a href=x>y</a></table></a>")
@example("<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>")
@example('<img src="x" alt="<script>"><p title=">">')
@example("<noscript><p title='</noscript><img src=x onerror=alert(1)>'>")
@example('<iframe src="https://x.org/" title="&lt;script&gt;&quot; onload=x"></iframe>')
def test_no_markdown_makes_dangerous_html(source: str) -> None:
    made = render(source)
    assert faults(made.html) == []
    assert faults(made.lead) == []


@settings(max_examples=200)
@example(source="<a href='javascript:x'><object data=x><a href='javascript:x'>")
@example(source="<a href='javascript:x'><object data=x><a href=//e.x>")
@example(source="<a href=//e.x><object><p><a href=//f.x>x")
@example(source="<a href=//e.x>x<table><a href=//f.x>y</table>")
@example(source="<p><object><p>x")
@example(source="<p><marquee><hr>")
@example(source="<h1><label><h2>x")
@example(source="<h1><a><h2>x")
@example(source="<ul><li><form><li>x")
@example(source="<ul><li><table><li>x</table>")
@example(source="<dl><dt><form><dd>x")
@example(source="<ruby>x<rt><label><rt>y</ruby>")
@example(source="<pre>\n\nx</pre>")
@example(source="<pre></p>\n\nx</pre>")
@given(SNIPPETS)
def test_cleaning_what_is_clean_changes_nothing(source: str) -> None:
    once = clean_html(source)
    assert faults(once) == []
    assert clean_html(once) == once


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<a href=//e.x>x<table><a href=//f.x>y</table>", '<a href="https://e.x/">x</a><a href="https://f.x/">y</a><table></table>'),
        ("<h1>x<label><h2>y", "<h1>x</h1><h2>y</h2>"),
        ("<ul><li>x<form><li>y</ul>", "<ul><li>x</li><li>y</li></ul>"),
        ("<p>x<object><p>y</object>z", "<p>x</p><p>y</p>z"),
        ("<a href=//e.x><table><tr><td><a href=//f.x>y</table>", '<a href="https://e.x/"><table><tbody><tr><td><a href="https://f.x/">y</a></td></tr></tbody></table></a>'),
        ("<pre>\n\n  x</pre>", "<pre>\n\n  x</pre>"),
    ],
)  # fmt: skip
def test_elements_stand_as_a_browser_would_read_them(source: str, expected: str) -> None:
    assert clean_html(source) == expected


def test_an_id_stays_the_only_one_when_its_link_is_taken_apart() -> None:
    made = clean_html("<a id=a href=//e.x>x<object><p><a href=//f.x>y</a>", prefix="p-")
    assert made.count('id="p-a"') == 1


@settings(max_examples=300)
@given(
    st.text(max_size=40),
    st.sampled_from(["", "http:", "https://", "//", "\\\\", "/\\", "java", "mailto:", "data:", "#", "?", "../", "x:"]),
)
def test_urls_are_absolute_and_harmless_or_nothing(text: str, start: str) -> None:
    url = absolute(start + text, URL)
    if url:
        assert url.startswith(("http://", "https://", "mailto:", "tel:"))
        assert url.isascii()
        assert not set(url) & set(" \\\"'<>`{}|^\n\t\r") - {"'"}
        assert absolute(url, "https://elsewhere.example/") == url


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("javascript:alert(1)", ""),
        ("  java\nscript:alert(1)", ""),
        ("\x01javascript:alert(1)", ""),
        ("vbscript:x", ""),
        ("data:text/html,x", ""),
        ("file:///etc/passwd", ""),
        ("ftp://x.org/", ""),
        ("//evil.example/a", "https://evil.example/a"),
        ("\\\\evil.example\\a", "https://evil.example/a"),
        ("/\\evil.example/a", "https://evil.example/a"),
        ("https:evil.example", "https://evil.example/"),
        ("https:\\\\evil.example\\a", "https://evil.example/a"),
        ("https://paypal.com@evil.example/x", "https://evil.example/x"),
        ("HTTPS://EXAMPLE.org/A b", "https://example.org/A%20b"),
        ("https://bücher.example/ü?q=ü#ü", "https://xn--bcher-kva.example/%C3%BC?q=%C3%BC#%C3%BC"),
        ("https://faß.de/", "https://xn--fa-hia.de/"),
        ("https://example.org/a|b^c{d}[e]", "https://example.org/a%7Cb%5Ec%7Bd%7D%5Be%5D"),
        ("https://example.org/100%", "https://example.org/100%25"),
        ("https://example.org/%E4%B8%AD", "https://example.org/%E4%B8%AD"),
        ("https://example.org/a/../b/./c", "https://example.org/b/c"),
        ("https://example.org", "https://example.org"),
        ("https://example.org?a#b", "https://example.org?a#b"),
        ("https://example.org/.", "https://example.org/"),
        ("https://", ""),
        ("https:///", ""),
        ("http://[::1]/x", "http://[::1]/x"),
        ("http://exa mple.org/", ""),
        ("mailto:a@b.org?subject=Hi there", "mailto:a@b.org?subject=Hi%20there"),
        ("MAILTO:a@b.org", "mailto:a@b.org"),
        ("mailto:", ""),
        ("tel:+49 30 1", "tel:+49%2030%201"),
        ("cat.png", URL + "cat.png"),
        ("/cat.png", "https://x.org/cat.png"),
        ("../../cat.png", "https://x.org/blog/cat.png"),
        ("#top", URL + "#top"),
    ],
)  # fmt: skip
def test_urls_are_read_as_browsers_read_them(url: str, expected: str) -> None:
    assert absolute(url, URL) == expected


def test_relative_urls_need_a_base() -> None:
    assert absolute("cat.png", "") == ""
    assert absolute("cat.png", "no base") == ""
    assert absolute("cat.png", "https://[bad/") == ""
    assert absolute("https://x.org/a", "") == "https://x.org/a"


@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>",
        "<svg onload=alert(1)><circle/></svg>",
        "[click](&#106;avascript:alert(1)) <a href='jav&#x09;ascript:alert(1)'>x</a>",
        "<a href='vbscript:x'>x</a> <a href='data:text/html,x'>y</a> <img src='data:image/svg+xml,x'>",
        "<form action='https://evil.example/'><input name=password><button>Log in</button></form>",
        "<meta http-equiv=refresh content='0;url=https://evil.example/'>",
        "</td></tr></table></div></body></html>",
        "<style>.footer{display:none!important}</style>",
        "<a id=unsubscribe name=unsubscribe></a>\n\n## Unsubscribe",
        "<div style='position:fixed;width:expression(alert(1))' class='footer'>x</div>",
        "<javascript:alert(1)> <https://example.test/\" onmouseover=\"alert(1)>",
        "## H {#x onclick=alert(1) .c}\n\ntext{: onmouseover=alert(1) }",
        "<link rel=stylesheet href='http://169.254.169.254/'><base href='//evil.example'>",
        "<object data='x.swf'><embed src='x.swf'></object>",
        "Text ]]> more ]]&gt; <![CDATA[ x ]]> end",
    ],
)  # fmt: skip
def test_attacks_are_inert_and_the_rest_stands(attack: str) -> None:
    made = html(f"{attack}\n\nBody text MARKER.")
    assert faults(made) == []
    assert "<p>Body text MARKER.</p>" in made
    for word in (
        "script:",
        "onload",
        "onclick",
        "evil.example/'",
        "expression",
        "<button",
        "<input",
        'id="unsubscribe"',
        "display:none",
    ):
        assert word not in made.replace("javascript:alert(1)</p>", "").replace("javascript:alert(1) &lt;", "")


def test_an_open_comment_harms_nothing_beyond_the_post() -> None:
    assert faults(html("Before\n\n</body><!-- the rest")) == []
    assert "Before" in html("Before\n\n</body><!-- the rest")


def test_characters_that_break_readers_are_removed() -> None:
    made = html("a\x00b\x1bc\x85d\ufffee\ufdd0f\u202egh\ufeffi\ud800j\U0001fffek &#133; &#1; l\u200e\u200d\t")
    assert made == "<p>abcdefghijk …  l\u200e\u200d</p>"


@pytest.mark.parametrize("text", ["plain words " * 40, "wörter “quoted” " * 30, "中文的字" * 100, "short"])
def test_characters_are_removed_from_long_texts_of_any_script(text: str) -> None:
    assert scrub(text) == text
    for bad in "\x00\x1b\x7f\x85\u202e\ufeff\ufdd0\ufffe\ud800\U0001fffe\U0010ffff":
        assert scrub(text + bad + text) == text + text
    for good in "\n\t\xa0\u3000\u200b\u200d\u00ad\ufe0f\u2068\u2069":
        assert scrub(text + good) == text + good


@pytest.mark.parametrize("length", [50, 399, 400, 401, 1_999, 2_000, 2_001])
@pytest.mark.parametrize("limit", [49, 399, 400, 401, 2_000])
def test_an_address_longer_than_the_limit_goes(length: int, limit: int) -> None:
    address = "https://x.org/".ljust(length, "a")
    link = f'<a href="{address}">x</a><img src="{address}" alt="y">'
    made = clean_html(link, link_characters=limit)
    assert made == (link if length <= limit else "xy")


def _is_harmless(character: str) -> bool:
    code = ord(character)
    return not (
        (code < 0x20 and character not in "\t\n")
        or 0x7F <= code <= 0x9F
        or 0x202A <= code <= 0x202E
        or 0xD800 <= code <= 0xDFFF
        or 0xFDD0 <= code <= 0xFDEF
        or code == 0xFEFF
        or code & 0xFFFE == 0xFFFE
    )


@settings(max_examples=1000)
@example("\U00020ffe\U0002ffff\U0002efff", "")
@given(
    st.text(st.one_of(st.sampled_from("a 中文。，ア"), st.characters()), max_size=30),
    st.sampled_from(["", "中文，\n", "abc é"]),
)
def test_of_any_text_what_is_harmful_goes_and_nothing_else(text: str, around: str) -> None:
    text = around * 120 + text
    assert scrub(text) == "".join(filter(_is_harmless, text))
