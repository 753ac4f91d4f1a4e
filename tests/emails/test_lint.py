"""What is wrong with a site's own templates, named where it stands, whether or not an edition is due."""

from pathlib import Path

import pytest

from digest.config.schema import Theme
from digest.emails.lint import lint
from digest.problems import Problem
from tests import email_samples as samples

SHIPPED = Path(__file__).parents[2] / "templates"


def found(root: Path, **files: str) -> tuple[Problem, ...]:
    """Return the problems of a site with these templates of its own."""
    folder = root / "own"
    folder.mkdir()
    for name, text in files.items():
        (folder / f"{name.replace('_', '-')}.{'css' if name == 'email' else 'html.jinja'}").write_text(text)
    return lint(samples.config(root, site={"templates": "own"}))


def places(problems: tuple[Problem, ...]) -> list[tuple[str, int, str]]:
    return [(p.path, p.line, p.code) for p in problems]


def test_what_ships_is_right(tmp_path: Path) -> None:
    assert lint(samples.config(tmp_path)) == ()
    assert found(tmp_path, email=(SHIPPED / "email.css").read_text()) == ()


def test_a_faint_theme_is_named(tmp_path: Path) -> None:
    (problem, *_) = lint(samples.config(tmp_path, theme=Theme(muted="#bbbbbb")))
    assert problem.code == "theme-contrast"


@pytest.mark.parametrize(
    ("css", "line"),
    [
        ("p { padding: 0 }\n.meta { padding-left: 4px }\np.meta { padding: 2px }", 3),
        ("p { padding-left: 1px }\n.meta { padding: 2px }\np.meta { padding-left: 3px }", 3),
        (".text { margin: 0 }\n.body { margin-top: 4px }\n.text.body { margin: 2px }", 3),
        ("p { padding: 0 }\n.meta { padding-left: 4px; color: {{ theme.muted }} }\np.meta { color: #000000 }", 0),
        ("p { padding: 0 }\n.meta { padding-left: 4px }\n.tags { padding: 2px }", 0),
        ("p { padding: 0 }\nh1 { padding-left: 4px }\np.meta { padding: 2px }", 0),
        ("p { padding-left: 4px }\np.meta { padding: 2px }", 0),
    ],
)
def test_a_shorthand_that_would_lose_is_named(tmp_path: Path, css: str, line: int) -> None:
    problems = [p for p in found(tmp_path, email=css) if p.code == "css-shorthand"]
    assert [(p.path, p.line) for p in problems] == ([("own/email.css", line)] if line else [])


def test_a_style_in_a_page_template_is_looked_at(tmp_path: Path) -> None:
    page = (SHIPPED / "email.html.jinja").read_text()
    head = page.count("\n", 0, page.index("</head>"))
    style = "<style>\np { color: {{ theme.text }} }\np:nth-child(2) { color: #abc }\n</style>\n"
    problems = found(tmp_path, section="<style data-premailer='ignore'>a:hover { color: #fff }</style>")
    assert problems == ()
    (tmp_path / "own/email.html.jinja").write_text(page.replace("</head>", f"{style}</head>"))
    problems = lint(samples.config(tmp_path, site={"templates": "own"}))
    assert places(problems) == [
        ("own/email.html.jinja", head + 1, "css-in-page"),
        ("own/email.html.jinja", head + 3, "css-selector"),
    ]
