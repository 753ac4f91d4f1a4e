"""CSS that is inlined or kept: exactly, or named."""

import subprocess
import sys
from pathlib import Path

import pytest

from digest.emails import inline_css as inlining

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
    [alone] = inlining.fragments([piece], css, ("<body>", '<table class="page">', "<tr>", "<td>"))
    assert alone in whole
    assert 'style="color:#111111; margin:0"' in alone or 'style="margin:0; color:#111111"' in alone


AROUND = ("<body>", '<div class="page">', "<section>")


@pytest.mark.parametrize(
    "piece",
    [
        '<p class="a">x</p>',
        "</section></div><p>too many ends</p>",
        "<p>no end <b>here",
        "<div>no end",
        "<script>no end",
        "<textarea>no end",
        "<p>x</p><!--digest:cut-->",
        "<script>'<!--digest:cut-->'</script>",
        "</body></html>",
    ],
)
def test_pieces_inlined_together_are_what_each_is_alone(piece: str) -> None:
    css = (
        ".page p { margin: 0 } p + p, p + div { color: #111111 } section > p { color: #222222 } section { padding: 0 }"
    )
    pieces = ["<p>before</p>", piece, "<p>after</p>", "<div>a div</div>"]
    alone = [found for each in pieces for found in inlining.fragments([each], css, AROUND)]
    assert inlining.fragments(pieces, css, AROUND) == alone
    assert "#111111" not in "".join(alone)


def test_no_pieces_are_none() -> None:
    assert inlining.fragments([], "p { margin: 0 }", AROUND) == []


@pytest.mark.parametrize(
    "css",
    [
        '.a { content: "}"; color: #111111 } p { margin: 0 }',
        ".a { color: #111111 /* } p { margin: 9px } */ } p { margin: 0 }",
        ".a { color: #111111; background: url(a.png?x=1;y=2) } p { margin: 0 }",
        ".a { /* it's the first */ color: #111111 } p { margin: 0 /* and the last */ }",
        ".a { color: #111111; width: calc(1px /*) } .a { color: #222222 } .b { */ + 2px) } p { margin: 0 }",
        "P , .b .a{color:#111111}p{margin:0}",
        ".b, .a { color: #111111 !important; padding: 0 } p { margin: 0 }",
    ],
)
def test_a_rule_ends_where_it_ends(css: str) -> None:
    out = inlined(css, '<p class="a">x</p>')
    assert "margin:0" in out
    assert out.count("color:#111111") == (0 if css.startswith("P") else 1)


@pytest.mark.parametrize(
    ("declarations", "style"),
    [
        ("margin: .50em 1.0px -0px 0", "margin:0.5em 1px 0 0"),
        ("font-family: 'A b', \"C\",Arial ; color: #ABCDEF;", 'font-family:"A b", "C", Arial; color:#ABCDEF'),
        ("color: #111111; margin: 0; color: #222222", "margin:0; color:#222222"),
        ("color: unset; width: 50.0%", "width:50%"),
        ("color: unset", ""),
        ("width: calc(100% - 10px); broken; : x; color: ;height: 1PX", "width:calc(100% - 10px); height:1px"),
        ("color: #111111 !important; margin: 0", "margin:0; color:#111111"),
        ("broken", ""),
    ],
)
def test_declarations_are_written_in_one_way(declarations: str, style: str) -> None:
    quoted = f"'{style}'" if '"' in style else f'"{style}"'
    attribute = f" style={quoted}" if style else ""
    assert inlined(f".a {{ {declarations} }}", '<p class="a">x</p>') == f'<p class="a"{attribute}>x</p>'


def test_the_network_is_not_loaded() -> None:
    script = """
import sys
from digest.emails import inline_css as inlining
inlining.inline("<p>x</p>")
assert not {"requests", "urllib3"} & set(sys.modules), sorted(sys.modules)
import premailer.premailer
used = premailer.premailer.requests.get
import requests
assert requests.get is used
"""
    subprocess.run([sys.executable, "-c", script], check=True, cwd=Path(__file__).parents[2])


def test_requests_that_are_there_stay() -> None:
    script = """
import requests
from digest.emails import inline_css as inlining
inlining.inline("<p>x</p>")
import premailer.premailer, sys
assert premailer.premailer.requests is sys.modules["requests"] is requests
"""
    subprocess.run([sys.executable, "-c", script], check=True, cwd=Path(__file__).parents[2])
