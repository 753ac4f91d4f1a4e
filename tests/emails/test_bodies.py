"""Bodies as e-mail HTML."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from digest.collector.post import Post
from digest.emails import body as bodies
from digest.emails import code as codes
from digest.emails import images as pictures

POST = Post(
    path="content/2026/boat.md",
    id="https://example.org/boat/",
    url="https://example.org/boat/",
    slug="boat",
    title="The boat",
    date=datetime(2026, 11, 17, tzinfo=UTC),
    body_start=0,
    body_line=7,
)


def body(root: Path = Path("/nowhere"), language: str = "") -> bodies.Body:
    from msgspec.structs import replace

    post = replace(POST, language=language)
    return bodies.Body(post, "The boat", 536, "en", (root, root / "static"), "https://example.org/")


def made(html: str, **given: str) -> str:
    return bodies.render(html, body(**given))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("", ""),
        ("<p>a &amp; b</p>", "<p>a &amp; b</p>"),
        ("a &lt; b<p>c</p>d", "a &lt; b<p>c</p>d"),
        ("<h1>a</h1><h4>b</h4><h2>c</h2><h6>d</h6>", "<h4>a</h4><h5>b</h5><h5>c</h5><h6>d</h6>"),
        ("<h2>a</h2><h3>b</h3><h4>c</h4><h5>d</h5>", "<h4>a</h4><h5>b</h5><h6>c</h6><h6>d</h6>"),
        ("<h3></h3><p>x</p>", "<p>x</p>"),
        ("<details><summary>s</summary>t</details>", '<div><p class="label">s</p>t</div>'),
        ("<main><nav>n</nav></main>", "<div><div>n</div></div>"),
        ("<ul><li>☑ a</li><li>☐ b</li></ul>", '<ul class="tasks"><li>☑ a</li><li>☐ b</li></ul>'),
        ("<ul><p>x</p></ul>", "<ul><li><p>x</p></li></ul>"),
        ("<div><li>x</li></div>", "<div><div>x</div></div>"),
        ("<dl><p>x</p></dl>", "<div><p>x</p></div>"),
        ("<p><a>x</a> <a href='https://a.example/'></a>y</p>", "<p>x y</p>"),
        ('<p id="unused">x</p>', "<p>x</p>"),
        ('<pre><code>a\nb</code></pre>', '<pre dir="ltr"><code>a\nb</code></pre>'),
    ],
)  # fmt: skip
def test_elements(html: str, expected: str) -> None:
    assert made(html) == expected


def test_links_to_notes_stay_in_the_mail_and_keep_their_targets() -> None:
    html = (
        '<p>x<sup><a href="https://example.org/boat/#p1-fn-1" id="p1-fnref-1">1</a></sup></p><hr><section><ol>'
        '<li id="p1-fn-1"><p>n <a href="https://example.org/boat/#p1-fnref-1" aria-label="Back">↩</a></p></li></ol></section>'
        '<p><a href="https://example.org/boat/#elsewhere">e</a> <a href="https://example.org/other/#p1-fn-1">o</a></p>'
    )
    out = made(html)
    assert '<a href="#p1-fn-1" id="p1-fnref-1">1</a>' in out
    assert '<div class="notes"><ol><li id="p1-fn-1">' in out
    assert "<hr>" not in out
    assert 'href="https://example.org/boat/#elsewhere"' in out
    assert 'href="https://example.org/other/#p1-fn-1"' in out


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (
            '<img src="https://a.example/a.png" alt="A" width="1072" height="300">',
            'width="536" height="150" alt="A" class="shot"',
        ),
        (
            '<img src="https://a.example/a.png" alt="" width="40" height="20">',
            'width="40" height="20" alt="" class="shot"',
        ),
        ('<img src="https://a.example/a.png" alt="">', 'width="536" alt="" class="shot fluid"'),
        ('see <img src="https://a.example/a.png" alt=""> here', 'width="200" alt="" class="shot fluid"'),
    ],
)
def test_a_picture_has_numbers_that_outlook_reads(image: str, expected: str) -> None:
    out = made(f"<p>{image}</p>")
    assert f'<img src="https://a.example/a.png" {expected}>' in out


@pytest.mark.parametrize("ending", ["svg", "webp", "avif", "SVG?v=2"])
def test_a_picture_that_clients_do_not_show_becomes_a_link_and_is_named(ending: str) -> None:
    given = body()
    out = bodies.render(f'<p><img src="https://a.example/plan.{ending}" alt="The plan"></p>', given)
    assert out == f'<p><a href="https://a.example/plan.{ending}">The plan</a></p>'
    assert [(p.code, p.path, p.severity) for p in given.problems] == [("email-picture", POST.path, "warning")]


def test_a_picture_inside_a_link_becomes_the_link_s_text() -> None:
    out = made('<p><a href="https://a.example/"><img src="https://a.example/badge.svg" alt=""></a></p>')
    assert out == '<p><a href="https://a.example/"><span>badge.svg</span></a></p>'


def test_a_data_picture_is_left_out_and_an_http_one_is_named() -> None:
    given = body()
    out = bodies.render(
        '<p><img src="data:image/png;base64,AAAA" alt="dot"></p><p><img src="http://a.example/a.png" alt=""></p>', given
    )
    assert out.startswith("<p><span>dot</span></p>")
    assert "data:" not in out
    assert [p.code for p in given.problems] == ["email-picture", "email-picture-http"]


def test_a_linked_picture_is_named_by_the_post() -> None:
    assert 'alt="The boat"' in made(
        '<p><a href="https://a.example/"><img src="https://a.example/a.png" alt=""></a></p>'
    )


def test_media_stand_in_a_box() -> None:
    film = '<a href="https://a.example/f"><img src="https://a.example/f.jpg" alt=""><br>▶ The film</a>'
    for html in (f"<p>{film}</p>", film):
        out = made(html)
        assert out.startswith('<div class="media"><a href="https://a.example/f"><img')
        assert 'alt="Watch the video"' in out


def test_a_data_table_scrolls_and_names_its_columns() -> None:
    out = made("<table><thead><tr><th>a</th><th></th></tr></thead><tbody><tr><td>1</td><td>2</td></tr></tbody></table>")
    assert out.startswith('<div class="scroll" tabindex="0"><table class="table">')
    assert '<th scope="col">a</th><td></td>' in out
    assert "presentation" not in out


def test_a_table_without_headings_is_layout() -> None:
    assert 'role="presentation"' in made("<table><tbody><tr><td>1</td></tr></tbody></table>")
    assert "<th" not in made("<table><tr><th>only</th></tr></table>")


def test_lists_and_quotes_of_a_language_from_the_right_run_from_the_right() -> None:
    html = "<ul><li>x</li></ul><blockquote><p>y</p></blockquote>"
    assert 'class="rtl"' in made(html, language="ar")
    assert 'class="quote-rtl"' in made(html, language="he")
    assert "rtl" in made("<p>مرحبا</p><ul><li>x</li></ul>")
    assert "rtl" not in made(html, language="en")


def test_code_has_its_colours_by_class_and_keeps_every_character() -> None:
    source = 'def f(x):\n    # why\n    return "&lt;b&gt;" + 12\n\n'
    out = made(f'<pre><code class="language-python">{source}</code></pre>')
    for kind in ("hk", "hf", "hc", "hs", "hn"):
        assert f'class="{kind}"' in out
    assert "".join(bodies.parse(out).itertext()) == source.replace("&lt;", "<").replace("&gt;", ">")


@pytest.mark.parametrize("language", ["nosuch", "text"])
def test_code_of_no_known_language_stays_plain(language: str) -> None:
    assert made(f'<pre><code class="language-{language}">if x</code></pre>') == '<pre dir="ltr"><code>if x</code></pre>'
    assert made("<pre>x</pre>") == '<pre dir="ltr">x</pre>'


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"a^2 + b^2 \le \frac{a+b}{2}", "a² + b² ≤ (a+b)/2"),
        (r"\int_0^1 x\,dx", "∫₀¹ x dx"),
        (r"x_i^{2k} = \sqrt{\alpha}", "xᵢ^(2k) = √(α)"),
        (r"\mathbf{v} \cdot \text{speed} \times 3\%", "v · speed × 3%"),
        (r"\unknown{x}", "unknownx"),
    ],
)
def test_formulas_are_readable(tex: str, text: str) -> None:
    assert codes.readable(tex) == text
    assert text.replace("<", "&lt;") in made(f'<p><code class="language-math">{tex}</code></p>')


def test_a_local_picture_s_size_is_read_from_its_file(tmp_path: Path) -> None:
    from PIL import Image

    beside, static = tmp_path / "content/2026/a.png", tmp_path / "static/b.png"
    for file, size in ((beside, (800, 400)), (static, (60, 30))):
        file.parent.mkdir(parents=True)
        Image.new("RGB", size).save(file)
    (tmp_path / "static/not.png").write_bytes(b"none")
    given = body(tmp_path)
    out = bodies.render('<p><img src="https://example.org/boat/a.png" alt=""></p>', given)
    assert 'width="536" height="268"' in out
    out = bodies.render('<p>x <img src="https://example.org/b.png" alt="" width="20"></p>', given)
    assert 'width="20" height="10"' in out
    assert 'width="536" alt' in bodies.render('<p><img src="https://example.org/not.png" alt=""></p>', given)
    assert pictures.file_size(tmp_path / "../../etc/passwd", tmp_path) is None


def test_links_are_changed_one_by_one() -> None:
    out = bodies.each_link('x<p><a href="a">1</a><a>2</a></p>', lambda link: link.set("href", "b"))
    assert out == 'x<p><a href="b">1</a><a>2</a></p>'
