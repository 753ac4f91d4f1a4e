"""Bodies as e-mail HTML, without styles: the templates print the body alone."""

from pathlib import Path

import pytest
from lxml.html import fromstring

from tests.email_samples import compose_body, composed, html_of, text_of


def boxed(name: str, html: str, *, space: bool = True) -> str:
    """Return a table of one cell, and a row as the space below it."""
    after = '<tr><td class="after">\N{NO-BREAK SPACE}</td></tr>' if space else ""
    attributes = 'class="box" role="presentation" border="0" cellpadding="0" cellspacing="0" width="100%"'
    return f'<table {attributes}><tr><td class="{name}">{html}</td></tr>{after}</table>'


def image(sign: str) -> str:
    """Return a pictograph as screen readers read it."""
    return f'<span role="img" aria-label="{sign}">{sign}</span>'


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("", ""),
        ("<p>a &amp; b</p>", "<p>a &amp; b</p>"),
        ("a &lt; b<p>c</p>d", "a &lt; b<p>c</p>d"),
        ("<h1>a</h1><h4>b</h4><h2>c</h2><h6>d</h6>", "<h3>a</h3><h4>b</h4><h4>c</h4><h5>d</h5>"),
        ("<h2>a</h2><h3>b</h3><h4>c</h4><h5>d</h5>", "<h3>a</h3><h4>b</h4><h5>c</h5><h6>d</h6>"),
        ("<h3></h3><p>x</p>", "<p>x</p>"),
        ("<details><summary>s</summary>t</details>", '<div><p class="label">s</p>t</div>'),
        ("<figure>f<figcaption>c</figcaption></figure>", boxed("text picture", f"f{boxed('caption', 'c', space=False)}")),
        ("<main><nav>n</nav></main>", "<div><div>n</div></div>"),
        ("<ul><li>☑ a</li><li>☐ b</li></ul>", f'<ul class="tasks"><li>{image("☑")} a</li><li>{image("☐")} b</li></ul>'),
        ("<ul><p>x</p></ul>", "<ul><li><p>x</p></li></ul>"),
        ("<div><li>x</li></div>", "<div><div>x</div></div>"),
        ("<dl><p>x</p></dl>", "<div><p>x</p></div>"),
        ("<dl><dt>t</dt><dd>d</dd></dl>", "<dl><dt>t</dt><dd>d</dd></dl>"),
        ("<p><a>x</a> <a href='https://a.example/'></a>y</p>", "<p>x y</p>"),
        ('<p id="unused">x</p>', "<p>x</p>"),
        (
            "<p><a href='https://www.forge.example/a/pull/1234'>https://www.forge.example/a/pull/1234</a></p>",
            '<p><a href="https://www.forge.example/a/pull/1234">forge.example/a/pull/1234</a></p>',
        ),
        (
            "<p><a href='https://a.example/b'>https://a.example/b</a></p>",
            '<p><a href="https://a.example/b">https://a.example/b</a></p>',
        ),
        (
            "<p><a href='https://a.example/'>https://a.example/ is a page about letters</a></p>",
            '<p><a href="https://a.example/">https://a.example/ is a page about letters</a></p>',
        ),
        ('<pre><code>a\nb</code></pre>', boxed("code", '<pre dir="ltr"><code>a\nb</code></pre>')),
    ],
)  # fmt: skip
def test_elements(html: str, expected: str, tmp_path: Path) -> None:
    assert html_of(compose_body(tmp_path, html)) == expected


@pytest.mark.parametrize(
    ("cells", "width"),
    [
        ("<td>{}</td>", 516),
        ("<td>{}</td><td>b</td>", 248),
        ("<th>{}</th><td>b</td>", 248),
        ("<td>a</td><td colspan='3'>{}</td>", 382),
        ("<td>a</td><td colspan='x'>{}</td>", 248),
        ("<td>a {}</td><td>b</td><td>c</td>", 158),
        ("<td>{}</td>" + "<td>b</td>" * 40, 24),
        ("<td><table><tr><td>{}</td><td>c</td></tr></table></td><td>b</td>", 104),
    ],
)
def test_a_picture_in_a_table_is_no_wider_than_its_share_of_the_column(cells: str, width: int, tmp_path: Path) -> None:
    for known, height in (("", ""), (' width="900" height="1890"', f' height="{round(2.1 * width)}"')):
        picture = f'<img src="https://a.example/a.png" alt="A"{known}>'
        made = html_of(compose_body(tmp_path, f"<table><tr>{cells.format(picture)}</tr></table>"))
        assert f'width="{width}"{height} alt="A"' in made


def test_links_to_notes_stay_in_the_mail_and_keep_their_targets(tmp_path: Path) -> None:
    boat = "https://harbour.example/boat/"
    html = (
        f'<p>x<sup><a href="{boat}#p1-fn-1" id="p1-fnref-1">1</a></sup></p><hr><section><ol>'
        f'<li id="p1-fn-1"><p>n <a href="{boat}#p1-fnref-1" aria-label="Back">↩</a></p></li></ol></section>'
        f'<p><a href="{boat}#elsewhere">e</a> <a href="https://harbour.example/other/#p1-fn-1">o</a></p>'
    )
    out = html_of(compose_body(tmp_path, html))
    assert '<a href="#p1-fn-1" id="p1-fnref-1">1</a>' in out
    assert '<td class="notes"><ol><li id="p1-fn-1">' in out
    assert "<hr>" not in out
    assert f'href="{boat}#elsewhere"' in out
    assert 'href="https://harbour.example/other/#p1-fn-1"' in out


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
        (
            '<img src="https://a.example/a.png" alt="" height="20">',
            'height="20" style="height: 20px" alt="" class="shot"',
        ),
        ('<img src="https://a.example/a.png" alt="" width="20">', 'width="20" alt="" class="shot"'),
    ],
)
def test_a_picture_has_numbers_that_outlook_reads(image: str, expected: str, tmp_path: Path) -> None:
    out = html_of(compose_body(tmp_path, f"<p>{image}</p>"))
    assert f'<img src="https://a.example/a.png" {expected}>' in out


@pytest.mark.parametrize("ending", ["svg", "webp", "avif", "SVG?v=2"])
def test_a_picture_that_clients_do_not_show_becomes_a_link_and_is_named(ending: str, tmp_path: Path) -> None:
    made = compose_body(tmp_path, f'<p><img src="https://a.example/plan.{ending}" alt="The plan"></p>')
    assert html_of(made) == f'<p><a href="https://a.example/plan.{ending}">The plan</a></p>'
    assert [(p.code, p.path, p.line, p.severity) for p in made.problems] == [
        ("email-image", "content/2026/boat.md", 7, "warning")
    ]


def test_a_picture_inside_a_link_becomes_the_link_s_text(tmp_path: Path) -> None:
    html = '<p><a href="https://a.example/"><img src="https://a.example/badge.svg" alt=""></a></p>'
    out = html_of(compose_body(tmp_path, html))
    assert out == '<p><a href="https://a.example/"><span>badge.svg</span></a></p>'


def test_a_data_picture_is_left_out_and_an_http_one_is_named(tmp_path: Path) -> None:
    html = '<p><img src="data:image/png;base64,AAAA" alt="dot"></p><p><img src="http://a.example/a.png" alt=""></p>'
    made = compose_body(tmp_path, html)
    assert html_of(made).startswith("<p><span>dot</span></p>")
    assert "data:" not in made.html
    assert [problem.code for problem in made.problems] == ["email-image", "email-image-http"]


def test_a_linked_picture_is_named_by_the_post(tmp_path: Path) -> None:
    html = '<p><a href="https://a.example/"><img src="https://a.example/a.png" alt=""></a></p>'
    assert 'alt="The boat"' in html_of(compose_body(tmp_path, html))


def test_media_stand_in_a_box(tmp_path: Path) -> None:
    film = '<a href="https://a.example/f"><img src="https://a.example/f.jpg" alt=""><br>▶ The film</a>'
    for html in (f"<p>{film}</p>", film, f"<div>{film}</div>"):
        out = html_of(compose_body(tmp_path, html)).removeprefix("<div>" if html.startswith("<div>") else "")
        assert '<td class="text media"><a href="https://a.example/f"><img' in out
        assert 'alt="Watch the video"' in out


def test_a_data_table_scrolls_and_names_its_columns(tmp_path: Path) -> None:
    head = "<thead><tr><th>a</th><th></th></tr></thead>"
    table = f"<table>{head}<tbody><tr><td>1</td><td>2</td></tr></tbody></table>"
    out = html_of(compose_body(tmp_path, table))
    assert '<div class="scroll" tabindex="0"><table aria-label="The boat" class="table">' in out
    assert '<th scope="col" class="head">a</th><td class="cell"></td>' in out
    assert out.count("presentation") == 1


def test_a_table_without_headings_is_layout(tmp_path: Path) -> None:
    out = html_of(compose_body(tmp_path, "<table><tbody><tr><td>1</td></tr></tbody></table>"))
    assert 'role="presentation"' in out
    assert "<th" not in html_of(compose_body(tmp_path, "<table><tr><th>only</th></tr></table>"))


@pytest.mark.parametrize(
    ("html", "language", "turned"),
    [
        ("<ul><li>x</li></ul>", "ar", True),
        ("<ul><li>x</li></ul>", "he", True),
        ("<p>مرحبا</p><ul><li>x</li></ul>", "", True),
        ("<ul><li>x</li></ul>", "en", False),
    ],
)
def test_lists_and_quotes_of_a_language_from_the_right(html: str, language: str, turned: bool, tmp_path: Path) -> None:
    out = html_of(compose_body(tmp_path, f"{html}<blockquote><p>y</p></blockquote>", language=language))
    assert ('<ul class="rtl">' in out) == turned
    assert ('<td class="text quoted quoted-rtl">' in out) == turned


def test_code_has_its_colours_by_class_and_keeps_every_character(tmp_path: Path) -> None:
    source = 'def f(x):\n    # why\n    return "&lt;b&gt;" + 12\n\n'
    out = html_of(compose_body(tmp_path, f'<pre><code class="language-python">{source}</code></pre>'))
    for kind in ("hk", "hf", "hc", "hs", "hn"):
        assert f'class="{kind}"' in out
    assert fromstring(out).xpath("string(//pre)") == source.replace("&lt;", "<").replace("&gt;", ">")


@pytest.mark.parametrize("language", ["nosuch", "text"])
def test_code_of_no_known_language_stays_plain(language: str, tmp_path: Path) -> None:
    html = f'<pre><code class="language-{language}">if x</code></pre><pre>x</pre>'
    code = [f'<pre dir="ltr">{inner}</pre>' for inner in ("<code>if x</code>", "x")]
    assert html_of(compose_body(tmp_path, html)) == "".join(boxed("code", each) for each in code)


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"a^2 + b^2 \le \frac{a+b}{2}", "a² + b² ≤ (a+b)/2"),
        (r"\int_0^1 x\,dx", "∫₀¹ x dx"),
        (r"x_i^{2k} = \sqrt{\alpha}", "xᵢ^(2k) = √(α)"),
        (r"\mathbf{v} \cdot \text{speed} \times 3\%", "v · speed × 3%"),
        (r"\unknown{x}", "unknownx"),
        (r"x^\alpha + y^* + z^w", "x^(α) + y^* + z^w"),
        (r"a^{b^{c_2}}", "a^(b^(c₂))"),
        (r"A = \{1, 2\}", "A = {1, 2}"),
    ],
)
def test_formulas_are_readable(tex: str, text: str, tmp_path: Path) -> None:
    made = compose_body(tmp_path, f'<p><code class="language-math">{tex}</code></p>')
    assert html_of(made) == f'<p><em class="formula">{text}</em></p>'
    assert text_of(made) == text


def test_a_local_picture_s_size_is_read_from_its_file(tmp_path: Path) -> None:
    from PIL import Image

    for file, size in (("content/2026/a.png", (800, 400)), ("static/b.png", (60, 30))):
        (tmp_path / file).parent.mkdir(parents=True)
        Image.new("RGB", size).save(tmp_path / file)
    (tmp_path / "static/not.png").write_bytes(b"none")
    (tmp_path / "static/out.png").symlink_to("/etc/hostname")

    def shown(url: str, more: str = "") -> str:
        return html_of(compose_body(tmp_path, f'<p>x</p><p><img src="https://harbour.example/{url}" alt=""{more}></p>'))

    assert 'width="536" height="268"' in shown("boat/a.png")
    assert 'width="20" height="10"' in shown("b.png", ' width="20"')
    assert 'width="20" height="10"' in shown("b.png", ' height="10"')
    assert 'width="536" alt' in shown("not.png")
    assert 'width="536" alt' in shown("out.png")


def test_a_picture_that_lies_on_its_side_is_turned(tmp_path: Path) -> None:
    from PIL import Image

    picture = Image.new("RGB", (400, 200))
    exif = picture.getexif()
    exif[0x0112] = 6
    (tmp_path / "static").mkdir()
    for name in ("a", "b"):
        picture.save(tmp_path / f"static/{name}.jpg", exif=exif)
    post = {"content/a.md": "---\ntitle: A\ndate: 2026-11-20\nimage: /a.jpg\n---\n\n![b](/b.jpg)\n"}
    made = composed(tmp_path, post, digest='text = "full"')
    assert made.html.count('width="200" height="400"') == 2
