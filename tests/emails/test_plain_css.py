"""Plain CSS is read as cssutils reads it, or not at all; a build loads no more than it needs."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.emails import plain_css

_SPACES = st.sampled_from(["", " ", "  ", "\n", "\t", " \n "])
_NUMBERS = st.from_regex(r"[+-]?[0-9]{0,6}(\.[0-9]{0,6})?(px|em|rem|pt|%|PX|e3|vw)?", fullmatch=True)
_WORDS = st.from_regex(r"-{0,2}[A-Za-z_一-三]{1,5}(-{0,2}[A-Za-z0-9_]{0,4}){0,2}", fullmatch=True)
_COLOURS = st.from_regex(r"#[0-9A-Fa-f]{3,8}", fullmatch=True)
_STRINGS = st.from_regex(r"""("[\w ;:,'{}\\é-]{0,8}"|'[\w ;:,"{}\\é-]{0,8}')""", fullmatch=True)
_MORE = st.sampled_from(["url(x.png)", "rgb(1, 2, 3)", "a/b", "!important", "/* c */", "U+26", "red", "0", "auto", ""])
_VALUES = st.one_of(_NUMBERS, _WORDS, _COLOURS, _STRINGS, _MORE)
_SEPARATORS = st.sampled_from([" ", ",", ", ", " , ", "  ", "\n", "/", ""])


@st.composite
def _declaration(draw: st.DrawFn) -> str:
    name = draw(st.one_of(_WORDS, st.sampled_from(["color", "margin", "font-family", "-webkit-x", "Color", "*zoom"])))
    value = draw(_VALUES)
    for _ in range(draw(st.integers(0, 3))):
        value += draw(_SEPARATORS) + draw(_VALUES)
    return f"{draw(_SPACES)}{name}{draw(_SPACES)}:{draw(_SPACES)}{value}{draw(_SPACES)}"


_BODIES = st.lists(_declaration(), max_size=4).map(";".join)
_COMPOUNDS = st.from_regex(r"[A-Za-z0-9*]{0,3}([.#][A-Za-z0-9_-]{0,3}){0,2}(:hover)?", fullmatch=True)


@st.composite
def _selector(draw: st.DrawFn) -> str:
    selector = draw(_SPACES) + draw(_COMPOUNDS)
    for _ in range(draw(st.integers(0, 2))):
        selector += draw(st.sampled_from([" ", ">", " > ", "+", "  ", "\n", " ~ ", " + > "])) + draw(_COMPOUNDS)
    return selector + draw(_SPACES)


def _of_cssutils(css: str) -> list[tuple[str, str, str]]:
    found = plain_css.cssutils().parseStyle(css, validate=False)
    return [(item.name.strip(), item.propertyValue.cssText.strip(), item.priority) for item in found]


def _agrees(css: str) -> bool:
    """Whether declarations are plain; asserts that cssutils reads the same then."""
    plain = plain_css.declarations(css)
    if plain is not None:
        assert [(item.name, item.propertyValue.cssText, item.priority) for item in plain] == _of_cssutils(css)
        assert all(item.value == item.propertyValue.cssText for item in plain)
    return plain is not None


@settings(max_examples=300)
@given(_BODIES)
def test_plain_declarations_are_those_of_cssutils(css: str) -> None:
    _agrees(css)


@settings(max_examples=300)
@given(st.lists(_selector(), min_size=1, max_size=3).map(",".join), _BODIES)
def test_a_plain_rule_is_that_of_cssutils(selectors: str, body: str) -> None:
    css = f"{selectors}{{{body}}}"
    if plain := plain_css.rule(css):
        (rule,) = plain_css.cssutils().parseString(css, validate=False)
        assert (plain.type, plain.selectorText) == (rule.type, rule.selectorText)
        properties = [(item.name, item.value, item.priority) for item in rule.style.getProperties()]
        assert [tuple(item) for item in plain.style.getProperties()] == properties


@pytest.mark.parametrize(
    "css",
    [
        "margin: 0 auto",
        "font-family: -apple-system, 'Segoe UI', \"PingFang SC\", sans-serif; line-height: 1.65;",
        "color: #1F2328; width: 100%; letter-spacing: -0.005em; ; mso-hide: all",
        "font-family: '微软雅黑'",
    ],
)
def test_usual_declarations_are_plain(css: str) -> None:
    assert _agrees(css)


@pytest.mark.parametrize(
    "css",
    [
        "margin: 0px",  # cssutils drops the unit
        "width: 1.50em",
        "color: red !important",
        "background: url(x.png)",
        "color: red; color: blue",
        "margin",
        "content: 'a;b'",
        "width: 50 %",
        "color: /* none */ red",
    ],
)
def test_other_declarations_are_left_to_cssutils(css: str) -> None:
    assert plain_css.declarations(css) is None


def test_premailer_reads_the_rest_through_cssutils() -> None:
    reader = plain_css.reader()
    (declaration,) = reader.parseStyle("margin: 0px", validate=False)
    assert declaration.propertyValue.cssText == "0"
    (rule,) = reader.parseString("p { color: rgb(1,2,3) }", validate=False)
    assert rule.style.getProperties()[0].value == "rgb(1, 2, 3)"
    assert reader.css.CSSStyleSheet  # whatever else it is asked for is cssutils's own


def test_an_email_and_feeds_load_no_reader_of_css_and_no_network(tmp_path: Path) -> None:
    script = """
import sys
from datetime import datetime, UTC
from pathlib import Path
from digest.build import job as build
from digest.cli import init
from digest.config import load_config
folder = Path(sys.argv[1])
init.init(folder, now=datetime(2026, 11, 23, 1, tzinfo=UTC), timezone="UTC", recipes=())
report = build.build(load_config(folder), datetime(2026, 11, 23, 12, tzinfo=UTC), edition="weekly/2026-W47")
assert any(path.endswith("email.html") for path in report.written), report.written
assert any(path.endswith("feed.xml") for path in report.written), report.written
print(*sorted({"cssutils", "requests", "urllib.request"} & sys.modules.keys()))
import requests, cssutils
assert requests.get and cssutils.css
"""
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path / "site"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr


@pytest.mark.parametrize("loaded", ["sys", "cssutils", "premailer"])
def test_styles_are_the_same_whoever_loaded_cssutils_before(loaded: str) -> None:
    script = f"""
import {loaded}
from digest.emails import inline_css as inlining
print(inlining.inline("<html><head><style>p {{ color: #aabbcc; margin: 0px }}</style></head><body><p>x</p></body></html>"))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert '<p style="color:#aabbcc; margin:0">x</p>' in done.stdout
