"""CSS that is inlined or kept: exactly, or named."""

import pytest

from digest import inlining

PAGE = "<!DOCTYPE html><html><head><style>{css}</style></head><body>{body}</body></html>"


def inlined(css: str, body: str) -> str:
    page = inlining.inline(PAGE.format(css=inlining.split(css, "a.css").inline, body=body))
    return page.partition("<body>")[2].partition("</body>")[0]


def codes(css: str) -> list[tuple[str, int]]:
    return [(problem.code, problem.line) for problem in inlining.split(css, "own.css").problems]


def test_media_hover_and_hooks_are_kept_letter_for_letter() -> None:
    media = "@media (prefers-color-scheme: dark) { .a { color: #ffffff !important; } }"
    sheet = inlining.split(
        f".a {{ color: #111111 }}\n{media}\na:hover {{ color: #222222 !important }}\n[data-ogsc] .a {{ color: #eeeeee }}",
        "a.css",
    )
    assert media in sheet.kept
    assert "a:hover{color: #222222 !important}" in sheet.kept
    assert "[data-ogsc] .a{color: #eeeeee}" in sheet.kept
    assert sheet.inline == ".a {color: #111111}"
    assert sheet.problems == ()


def test_a_list_of_selectors_is_divided() -> None:
    sheet = inlining.split("a, a:hover, .b > p { color: #111111 }", "a.css")
    assert sheet.inline == "a, .b > p {color: #111111}"
    assert sheet.kept == "a:hover{color: #111111}"


def test_kept_styles_survive_premailer_with_their_important() -> None:
    sheet = inlining.split(".a { color: #111111 }\n@media print { .a { color: #000000 !important } }", "a.css")
    page = f'<!DOCTYPE html><html><head>{sheet.styles}</head><body><p class="a">x</p></body></html>'
    out = inlining.inline(page)
    assert out.startswith("<!DOCTYPE html>")
    assert f"<style>{sheet.kept}</style>" in out
    assert '<p class="a" style="color:#111111">' in out


@pytest.mark.parametrize(
    ("css", "style"),
    [
        ("p { color: #111111 } .a { color: #222222 } #i { color: #333333 }", "color:#333333"),
        (".a { color: #222222 } p { color: #111111 }", "color:#222222"),
        ("div .a { color: #222222 } .a { color: #111111 }", "color:#222222"),
        ("div > p { color: #222222 } span p { color: #111111 }", "color:#222222"),
        (".a { color: #222222 !important } #i { color: #111111 }", "color:#222222"),
    ],
)
def test_the_more_specific_rule_wins(css: str, style: str) -> None:
    assert f'style="{style}"' in inlined(css, '<div><p class="a" id="i">x</p></div>')


def test_attributes_and_addresses_stay_as_they_are() -> None:
    body = (
        '<table width="600" align="center"><tr><td><a href="https://example.org/a?b=1&amp;c=2">x</a></td></tr></table>'
    )
    out = inlined("table { width: 100%; text-align: left } td { background-color: #ffffff; height: 3px }", body)
    assert '<table width="600" align="center" style=' in out
    assert "bgcolor" not in out
    assert 'href="https://example.org/a?b=1&amp;c=2"' in out


def test_conditional_comments_stay() -> None:
    body = (
        "<!--[if mso]><v:rect style='width:600px'>&#39;</v:rect><![endif]--><!--[if !mso]><!--><p>x</p><!--<![endif]-->"
    )
    assert body in inlined("p { margin: 0 }", body).replace('<p style="margin:0">', "<p>")


def test_nothing_is_fetched() -> None:
    page = PAGE.format(css="p { margin: 0 }", body="<p>x</p>").replace(
        "<head>", '<head><link rel="stylesheet" href="https://example.org/a.css">'
    )
    assert '<link rel="stylesheet" href="https://example.org/a.css">' in inlining.inline(page)


@pytest.mark.parametrize("selector", ["[dir=rtl] p", "*", "p:first-child", "p ~ p", "p:not(.a)", "td:nth-child(2)"])
def test_a_selector_that_premailer_gets_wrong_is_named_and_kept(selector: str) -> None:
    css = f"p {{ margin: 0 }}\n\n{selector} {{ color: #111111 }}"
    sheet = inlining.split(css, "own.css")
    assert codes(css) == [("css-selector", 3)]
    assert f"{selector}{{color: #111111}}" in sheet.kept
    assert "111111" not in sheet.inline


@pytest.mark.parametrize(
    ("css", "code", "line"),
    [
        ("p { margin: 0 }\n}", "css-syntax", 2),
        ("p { color: #abc }", "css-colour", 1),
        ("p {\n color: var(--x) }", "css-variable", 2),
        ("@import url(x.css);", "css-import", 1),
        ("@media print {\n @supports (x: y) { p { margin: 0 } } }", "css-nested-at-rule", 2),
        ("@media print { " + "p { margin: 0 }" * 1200 + "}", "css-too-long", 0),
    ],
)
def test_what_mail_clients_drop_is_named(css: str, code: str, line: int) -> None:
    assert codes(css) == [(code, line)]


def test_a_piece_in_its_place_is_what_the_whole_page_has() -> None:
    css = ".page .card > p { color: #111111 } td p { margin: 0 } .card { padding: 1px }"
    piece = '<div class="card"><p>“x” &amp; y</p></div>'
    around = '<table class="page"><tr><td>'
    whole = inlined(css, f"{around}{piece}</td></tr></table>")
    alone = inlining.fragment(piece, css, ("<body>", '<table class="page">', "<tr>", "<td>"))
    assert alone in whole
    assert 'style="color:#111111; margin:0"' in alone or 'style="margin:0; color:#111111"' in alone
