"""What is wrong with a site's own templates, named where it stands, whether or not an edition is due."""

import json
from pathlib import Path

from digest.config import load_config
from digest.emails import lint
from tests.commands import Command
from tests.email_samples import write

SHIPPED = Path(__file__).parents[2] / "templates"
OWN = 'templates = "templates"'


def test_what_ships_is_right(tmp_path: Path) -> None:
    write(tmp_path, {})
    assert lint(load_config(tmp_path)) == ()
    files = {f"templates/{file.name}": file.read_text("utf-8") for file in SHIPPED.glob("*.*")}
    write(tmp_path, files, site=OWN)
    assert lint(load_config(tmp_path)) == ()


def test_a_faint_theme_is_named_by_check(tmp_path: Path, digest: Command) -> None:
    write(tmp_path, {}, digest='[theme]\nmuted = "#bbbbbb"')
    found = json.loads(digest(tmp_path, "check", "--json").out)["problems"]
    assert {problem["code"] for problem in found} == {"theme-contrast"}


def test_a_style_in_a_page_template_is_looked_at(tmp_path: Path) -> None:
    page = (SHIPPED / "email.html.jinja").read_text()
    head = page.count("\n", 0, page.index("</head>"))
    style = "<style>\np { color: {{ theme.text }} }\np:nth-child(2) { color: #abc }\n</style>\n"
    ignored = {"templates/section.html.jinja": "<style data-premailer='ignore'>a:hover { color: #fff }</style>"}
    write(tmp_path, ignored, site=OWN)
    assert lint(load_config(tmp_path)) == ()
    write(tmp_path, {"templates/email.html.jinja": page.replace("</head>", f"{style}</head>")}, site=OWN)
    assert [(problem.path, problem.line, problem.code) for problem in lint(load_config(tmp_path))] == [
        ("templates/email.html.jinja", head + 1, "css-in-page"),
        ("templates/email.html.jinja", head + 3, "css-selector"),
    ]


def test_a_style_that_is_too_long_is_named_where_it_stands(tmp_path: Path) -> None:
    long = "@media print { " + "p { margin: 0 }" * 1200 + " }"
    style = f"<p>\n</p>\n<style data-premailer='ignore'>\n{long}\n</style>"
    write(tmp_path, {"templates/section.html.jinja": style}, site=OWN)
    assert [(problem.line, problem.code) for problem in lint(load_config(tmp_path))] == [(3, "css-too-long")]
