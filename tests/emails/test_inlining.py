"""CSS that is inlined or kept: exactly, or named."""

import re
import socket
from pathlib import Path
from typing import Any

import pytest
from lxml.html import document_fromstring

from digest.emails import Email
from tests.commands import Command
from tests.email_samples import BARE, POST, composed, write

PAGE = "<!DOCTYPE html><html><head>{head}{{{{ styles }}}}</head><body>{{{{ sections }}}}</body></html>"


def made(root: Path, css: str, card: str, *, head: str = "") -> Email:
    """Return an e-mail whose body is `card`, with a style sheet."""
    own = {
        "templates/email.css": css,
        "templates/email.html.jinja": PAGE.format(head=head),
        "templates/card-featured.html.jinja": card,
        "content/a.md": POST.format("A", "20", "x"),
    }
    return composed(root, {**BARE, **own}, site='templates = "templates"')


def inlined(root: Path, css: str, card: str, *, head: str = "") -> str:
    return made(root, css, card, head=head).html.partition("<body>")[2].partition("</body>")[0]


def kept(email: Email) -> str:
    found = re.search(r"<style>(.*?)</style>", email.html, re.DOTALL)
    return found[1] if found else ""


def test_media_hover_and_hooks_are_kept_letter_for_letter(tmp_path: Path) -> None:
    media = "@media (prefers-color-scheme: dark) { .a { color: #ffffff !important; } }"
    rules = "a:hover { color: #222222 !important }\n[data-ogsc] .a { color: #eeeeee }\nu + .b .a { color: #333333 }"
    email = made(tmp_path, f".a {{ color: #111111 }}\n{media}\n{rules}", '<p class="a">x</p>')
    assert kept(email).split("\n") == [
        media,
        "a:hover{color: #222222 !important}",
        "[data-ogsc] .a{color: #eeeeee}",
        "u + .b .a{color: #333333}",
    ]
    assert '<p class="a" style="color:#111111">' in email.html
    assert email.problems == ()


def test_a_list_of_selectors_is_divided(tmp_path: Path) -> None:
    email = made(tmp_path, "a, a:hover, .b > p, { color: #111111 }", '<div class="b"><p>x</p><a>y</a></div>')
    assert email.html.count('style="color:#111111"') == 2
    assert kept(email) == "a:hover { color: #111111 !important }"


@pytest.mark.parametrize(
    ("css", "style"),
    [
        ("p { color: #111111 } .a { color: #222222 } #i { color: #333333 }", "color:#333333"),
        (".a { color: #222222 } p { color: #111111 }", "color:#222222"),
        ("div .a { color: #222222 } .a { color: #111111 }", "color:#222222"),
        ("div > p { color: #222222 } span p { color: #111111 }", "color:#222222"),
        (".a { color: #222222 !important } #i { color: #111111 }", "color:#222222"),
        ("body > div p { color: #222222 } p { color: #111111 }", "color:#222222"),
    ],
)
def test_the_more_specific_rule_wins(css: str, style: str, tmp_path: Path) -> None:
    assert f'style="{style}"' in inlined(tmp_path, css, '<div><p class="a" id="i">x</p></div>')


@pytest.mark.parametrize(
    ("css", "style"),
    [
        ("p { padding: 0 } .a { padding-left: 4px } p.a { padding: 2px }", "padding-left:4px; padding:2px"),
        ("p { padding-left: 1px } .a { padding: 2px } p.a { padding-left: 3px }", "padding:2px; padding-left:3px"),
        (".a { margin: 0; margin-top: 4px } p.a { margin: 2px }", "margin-top:4px; margin:2px"),
        ("p.a { color: #111111; border: 0; border-top: 1px solid; margin: 0 }", None),
        (".a { border-top: 1px solid } p { border: 0 }", "border:0; border-top:1px solid"),
        ("p { font: 1em serif; font-size: 2em } .a { font-size: 3em }", "font:1em serif; font-size:3em"),
    ],
)
def test_a_shorthand_and_its_parts_win_in_the_order_of_their_rules(css: str, style: str | None, tmp_path: Path) -> None:
    expected = style or "color:#111111; border:0; border-top:1px solid; margin:0"
    assert inlined(tmp_path, css, '<p class="a">x</p>') == f'<p class="a" style="{expected}">x</p>'


def test_the_style_of_an_element_itself_wins(tmp_path: Path) -> None:
    css = ".a { padding: 4px; color: #111111 } p.a { padding-left: 2px }"
    out = inlined(tmp_path, css, '<p class="a" style="padding:0; color:#222222">x</p>')
    assert re.findall(r"[\w-]+:[^;\"]+", out.partition("style=")[2])[-1] == "padding:0"
    assert "color:#222222" in out
    assert "#111111" not in out


def test_attributes_and_addresses_stay_as_they_are(tmp_path: Path) -> None:
    link = '<a href="https://example.org/a?b=1&amp;c=2">x</a>'
    card = f'<table width="600" align="center"><tr><td>{link}</td></tr></table>'
    css = "table { width: 100%; text-align: left } td { background-color: #ffffff; height: 3px }"
    out = inlined(tmp_path, css, card)
    assert '<table width="600" align="center" style=' in out
    assert "bgcolor" not in out
    assert link in out


def test_conditional_comments_stay(tmp_path: Path) -> None:
    card = (
        "<!--[if mso]><v:rect style='width:600px'>&#39;</v:rect><![endif]--><!--[if !mso]><!--><p>x</p><!--<![endif]-->"
    )
    assert inlined(tmp_path, "p { margin: 0 }", card) == card.replace("<p>", '<p style="margin:0">')


def test_a_card_is_styled_as_where_it_stands_and_by_its_neighbours(tmp_path: Path) -> None:
    css = (
        ".page > p { color: #111111 } .page p + p { margin: 1px } body #main .page { margin: 0 } "
        ".card + .card { color: #444444 } .page p:last-child { padding: 2px }"
    )
    own = {
        "templates/email.css": css,
        "templates/email.html.jinja": '<body id="b"><div id="main"><div class="page"><p>before</p>{{ sections }}</div></div>',
        "templates/card-featured.html.jinja": '<p class="card">{{ card.title }}</p>',
        "templates/card-compact.html.jinja": '<p class="card">{{ card.title }}</p>',
    }
    posts = {f"content/{name}.md": POST.format(name, "20", "x") for name in ("A", "B")}
    out = composed(tmp_path, {**BARE, **own, **posts}, site='templates = "templates"').html
    assert '<p class="card" style="color:#111111; margin:1px">A</p>' in out
    assert re.findall(r'<p class="card" style="([^"]*)">B</p>', out) == ["color:#444444; margin:1px; padding:2px"]
    assert '<div class="page" style="margin:0">' in out


@pytest.mark.parametrize(
    "card", ["</section></div><p>{}</p>", "<p>{} <b>here", "<script>{}", "<p>{}</p></body></html>", "{}<p>y</p>z"]
)
def test_a_card_that_is_not_whole_harms_no_other(card: str, tmp_path: Path) -> None:
    own = {
        "templates/email.css": "p { margin: 0 }",
        "templates/card-featured.html.jinja": card.format("{{ card.title }}"),
        "templates/card-compact.html.jinja": "<p>{{ card.title }}</p>",
    }
    posts = {f"content/{name}.md": POST.format(name, day, "x") for name, day in (("First", 21), ("Second", 20))}
    out = composed(tmp_path, {**BARE, **own, **posts}, site='templates = "templates"').html
    body = out.partition("<main>")[2].partition("</main>")[0]
    assert "First" in body
    assert body.endswith('<p style="margin:0">Second</p>')


CARD = (
    '<div class="a" id="i"><p class="b">1</p><p class="c b" dir="rtl">2</p></div>'
    "<table><tr><td>3</td><td>4</td></tr></table><ul><li>5</li><li>6</li></ul>"
)


def coloured(html: str, colour: str = "#222222") -> str:
    """Return the texts of the elements whose own style has a colour."""
    page: Any = document_fromstring(html)
    found = [element.text_content() for element in page.body.iter("*") if f"color:{colour}" in element.get("style", "")]
    return " ".join(found)


@pytest.mark.parametrize(
    ("css", "texts"),
    [
        ("[dir=rtl] { color: #222222 }", "2"),
        ("p[class~='c'] { color: #222222 }", "2"),
        ("p:not([dir]) { color: #222222 }", "1"),
        ("p:not(.c, .d) { color: #222222 }", "1"),
        (".a > * { color: #222222 }", "1 2"),
        ("p:first-child { color: #222222 } p { color: #111111 }", "1"),
        ("p ~ p { color: #222222 }", "2"),
        ("p + p { color: #222222 }", "2"),
        ("li:nth-child(2) { color: #222222 }", "6"),
        ("table > tbody > tr > td:last-child { color: #222222 }", "4"),
        ("table > tr > td { color: #222222 }", ""),
        ("div:has(p) + table td { color: #222222 }", "3 4"),
        ("p:is(.c, .d) { color: #222222 } p.b { color: #111111 }", ""),
        (":where(.a) p { color: #222222 } p { color: #111111 }", ""),
        (":root p { color: #222222 } .a p { color: #111111 }", ""),
        ("P.b { COLOR: #222222 !IMPORTANT } #i p { color: #111111 }", "1 2"),
        (".a { color: #111111; .b { color: #222222 } }", "1 2"),
        (".a { & > .c { color: #222222 } }", "2"),
        (".b { .a & { color: #222222 } color: #111111 }", "1 2"),
        (".x, #i { .c { color: #222222 } } .a .c.b { color: #111111 }", "2"),
        (":root { --x: #222222; --y: var(--x) } .c { color: var(--y) } .b { color: var(--z, #111111) }", ""),
        (":root { --x: #222222 } .c { color: var(--x) }", "2"),
        ("li { color: var(--x, #222222) }", "5 6"),
    ],
)
def test_selectors_nested_rules_and_variables_are_inlined_exactly(css: str, texts: str, tmp_path: Path) -> None:
    email = made(tmp_path, css, CARD)
    assert email.problems == ()
    assert coloured(email.html) == texts
    assert "digest-rule" not in email.html


@pytest.mark.parametrize("selector", ["*:first-of-type", ":dir(rtl)", "[dir=RTL i]", "p:nth-child(2 of .a)", "svg|p"])
def test_a_selector_that_no_one_matches_exactly_is_named_and_kept(selector: str, tmp_path: Path) -> None:
    email = made(tmp_path, f"p {{ margin: 0 }}\n\n  {selector} {{ color: #111111 }}", "<p>x</p>")
    assert [(p.path, p.code, p.line, p.column) for p in email.problems] == [
        ("templates/email.css", "css-selector", 3, 3)
    ]
    assert kept(email) == f"{selector}{{color: #111111}}"
    assert '<p style="margin:0">' in email.html


@pytest.mark.parametrize(
    ("css", "rules"),
    [
        (".b { color: #111111 } @media print { .b { color: #222222 } }", ["@media print { .b { color: #222222 !important } }"]),
        ("#i .b { color: #111111 } @media print { .b { color: #222222 } }", ["@media print { .b { color: #222222 } }"]),
        ("@media print { .b { color: #222222 } } .b { color: #111111 }", ["@media print { .b { color: #222222 } }"]),
        (
            ".c { color: #111111 } p { color: #333333 } @media print { p { color: #222222 } }",
            ["@media print { p.win0 { color: #222222 !important } }"],
        ),
        (
            ".b { color: #111111 !important } @media print { .b { color: #222222; margin: 0 } }",
            ["@media print { .b { color: #222222; margin: 0 } }"],
        ),
        (
            "#i .b { color: #111111 !important } @media print { .b { color: #222222 !important } }",
            ["@media print { .b { color: #222222 } }"],
        ),
        ("li { color: #111111 } li:hover { color: #222222 }", ["li:hover { color: #222222 !important }"]),
        (
            ":root { --x: #111111 } @media print { :root { --x: #222222 } } .b { color: var(--x) }",
            ["@media print { .b { color: #222222 !important } }"],
        ),
        (".a { color: #111111; @media print { color: #222222 } }", ["@media print { .a { color: #222222 !important } }"]),
        ("p { padding: 1px } @media print { p { padding-left: 2px } }", ["@media print { p { padding-left: 2px !important } }"]),
    ],
)  # fmt: skip
def test_a_rule_in_media_wins_where_it_did(css: str, rules: list[str], tmp_path: Path) -> None:
    email = made(tmp_path, css, CARD)
    assert email.problems == ()
    assert [line for line in kept(email).split("\n") if not line.isspace() and "{  }" not in line] == rules
    assert email.html.count("win0") == (2 if "win0" in rules[0] else 0)


@pytest.mark.parametrize(
    ("declarations", "style"),
    [
        ("background: #eeeeee; background: linear-gradient(#ffffff, #000000)", "background:#eeeeee; background:linear-gradient(#ffffff, #000000)"),
        ("width: 90%; width: calc(100% - 10px); margin: 0", "width:90%; width:calc(100% - 10px); margin:0"),
        ("display: block; display: flex", "display:block; display:flex"),
    ],
)  # fmt: skip
def test_a_value_for_older_clients_stays_before_the_newer_one(declarations: str, style: str, tmp_path: Path) -> None:
    css = f".a {{ {declarations} }} p {{ background: #111111; width: 1px; display: inline }}"
    assert f'<p class="a" style="{style}' in inlined(tmp_path, css, '<p class="a">x</p>').replace(
        "background:#111111; width:1px; display:inline; ", ""
    ) or all(part in inlined(tmp_path, css, '<p class="a">x</p>') for part in style.split("; "))


def test_what_a_provider_would_fill_in_stays_escaped_in_a_page_that_is_inlined_whole(tmp_path: Path) -> None:
    own = {
        "templates/email.css": "p:first-child { color: #222222 }",
        "templates/email.html.jinja": (
            "<!DOCTYPE html><html><body>{{ sections }}"
            '{% raw %}<a href="{{ .Subscriber.Name  }}?a=1&amp;b=ü">{{ .Subscriber.Name }}</a>{% endraw %}</body></html>'
        ),
        "templates/card-featured.html.jinja": "<div><p>{{ card.title }}</p></div>",
        "content/a.md": POST.format("'{{ .Subscriber.Email }} é &amp; < x'", "20", "x"),
    }
    html = composed(tmp_path, {**BARE, **own}, site='templates = "templates"', digest='provider = "listmonk"').html
    assert '<p style="color:#222222">&#123;{ .Subscriber.Email }} é &amp; &lt; x</p>' in html
    assert '<a href="{{ .Subscriber.Name  }}?a=1&amp;b=ü">{{ .Subscriber.Name }}</a>' in html


@pytest.mark.parametrize(
    ("css", "code", "line"),
    [
        ("p { margin: 0 }\n}", "css-syntax", 2),
        ("p { color: #abc }", "css-colour", 1),
        ("p { color: #aabbccdd }", "css-colour", 1),
        ("p { all: unset }", "css-value", 1),
        ("p { --x: #111111 }", "css-variable", 1),
        ("p {\n color: var(--x) }", "css-variable", 2),
        ("@import url(x.css);", "css-import", 1),
        ("@media print {\n @supports (x: y) { p { margin: 0 } } }", "css-nested-at-rule", 2),
        ("@media print { " + "p { margin: 0 }" * 1200 + "}", "css-too-long", 0),
    ],
)
def test_what_mail_clients_drop_is_named(css: str, code: str, line: int, tmp_path: Path) -> None:
    assert [(problem.code, problem.line) for problem in made(tmp_path, css, "x").problems] == [(code, line)]


@pytest.mark.parametrize(
    "css",
    [
        '.a { content: "}"; color: #111111 } p { margin: 0 }',
        ".a { color: #111111 /* } p { margin: 9px } */ } p { margin: 0 }",
        ".a { color: #111111; background: url(a.png?x=1;y=2) } p { margin: 0 }",
        ".a { /* it's the first */ color: #111111 } p { margin: 0 /* and the last */ }",
        ".a { color: #111111; width: calc(1px /*) } .a { color: #222222 } .b { */ + 2px) } p { margin: 0 }",
        ".b, .a { color: #111111 !important; padding: 0 } p { margin: 0 }",
    ],
)
def test_a_rule_ends_where_it_ends(css: str, tmp_path: Path) -> None:
    out = inlined(tmp_path, css, '<p class="a">x</p>')
    assert "margin:0" in out
    assert out.count("color:#111111") == 1


@pytest.mark.parametrize(
    ("declarations", "style"),
    [
        ("margin: .50em 1.0px -0px 0", "margin:0.5em 1px 0 0"),
        ("font-family: 'A b', \"C\",Arial ; color: #ABCDEF;", 'font-family:"A b", "C", Arial; color:#ABCDEF'),
        ("color: #aabbcc", "color:#aabbcc"),
        ("color: #111111; margin: 0; color: #222222", "margin:0; color:#222222"),
        ("color: unset; width: 50.0%", "width:50%"),
        ("color: unset", ""),
        ("width: calc(100% - 10px); broken; : x; color: ;height: 1PX", "width:calc(100% - 10px); height:1px"),
        ("color: #111111 !important; margin: 0", "margin:0; color:#111111"),
        ("broken", ""),
    ],
)
def test_declarations_are_written_in_one_way(declarations: str, style: str, tmp_path: Path) -> None:
    quoted = f"'{style}'" if '"' in style else f'"{style}"'
    attribute = f" style={quoted}" if style else ""
    out = inlined(tmp_path, f".a {{ {declarations} }}", '<p class="a">x</p>')
    assert out == f'<p class="a"{attribute}>x</p>'


def test_nothing_is_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    imported = '@import url("http://127.0.0.1:9/a.css");'
    link = '<link rel="stylesheet" href="http://127.0.0.1:9/b.css">'
    head = f"{link}<style>{imported} p {{ color: #111111 }}</style>"
    email = made(
        tmp_path, f"{imported} p {{ margin: 0 }}", '<p style="background: url(http://127.0.0.1:9/c.png)">x', head=head
    )
    assert link in email.html
    assert "margin:0" in email.html
    assert {problem.code for problem in email.problems} == {"css-import", "css-in-page"}


def test_what_is_wrong_with_a_style_sheet_is_no_log_line(tmp_path: Path, digest: Command) -> None:
    own = {
        "templates/email.css": "p { colour: nothing; margin: 1q; width: } }\nq {",
        "content/a.md": POST.format("A", "20", "x"),
    }
    write(tmp_path, own, site='templates = "templates"')
    ended = digest(tmp_path, "build", "--now", "2026-11-23T12:00:00Z")
    assert ended.code == 0
    assert not re.search(r"ERROR|WARNING|Property", ended.err)
