"""Posts made to hurt: each is rendered harmlessly or refused by name, in two seconds of processor time."""

import contextlib
import re
import time
from collections.abc import Callable

import pytest

from digest.collector.title import title_of
from digest.markdown import Rendered, code_regions
from digest.markdown.bounds import RefusedError
from tests.hostile_cases import cases, needs_cases, oracle, rows
from tests.html_rules import faults
from tests.markup_samples import config, render

SECONDS = 6.0  # of processor time: two on a core of its own, and up to three times that on one others use
KINDS = ("xss", "md-dos", "net", "ssti", "mail")
REFUSALS = {
    "nesting-too-deep",
    "table-too-large",
    "too-many-footnotes",
    "too-many-marks",
    "too-many-addresses",
    "output-too-long",
}

LONG = {
    "brackets": "[" * 50_000,
    "pictures": "![" * 20_000,
    "closing brackets": "]" * 100_000,
    "backticks": "`" * 100_000,
    "backtick runs": " ".join("`" * n for n in range(1, 1_000)),
    "emphasis": "a**b" * 20_000 + "c* " * 20_000,
    "nested emphasis": "*a **a " * 10_000,
    "nested lists": "\n".join("  " * n + "- x" for n in range(400)),
    "list in a line": "- " * 20_000 + "x",
    "nested quotations": ">" * 50_000 + "x",
    "many nested quotations": ("> " * 1_000 + "x\n\n") * 20,
    "link titles": '[](" ' * 20_000,
    "angle brackets": "<" * 50_000,
    "wide table": "|a" * 2_000 + "|\n" + "|-" * 2_000 + "|\n" + ("|x" * 2_000 + "|\n") * 5,
    "sparse table": "|a" * 10_000 + "|\n" + "|-" * 10_000 + "|\n" + "x\n" * 10_000,
    "small sparse table": "|a" * 1_500 + "|\n" + "|-" * 1_500 + "|\n" + "x\n" * 1_500,
    "autolinks": "http://a." * 20_000,
    "autolink stars": "https://a.b/" + "*" * 50_000,
    "elements": "<div>" * 20_000,
    "elements with Markdown": "<div>\n\n" * 20_000,
    "tables": "<table>" * 20_000,
    "open formatting": "<div>" + "".join(f"<b id={n}>" for n in range(2_000)) + "<p>x" * 2_000,
    "open fonts": "<div>" + "".join(f"<font color={n}>" for n in range(3_000)) + "<p>x" * 3_000,
    "new lines": "\n" * 1_000_000,
    "spaces": " " * 200_000 + "|",
    "footnotes": "[^1]" * 200_000 + "\n\n[^1]: x",
    "nested footnotes": "\n".join(f"[^{n}]: [^{n + 1}]" for n in range(5_000)) + "\n\n[^0]",
    "definitions": "a\n\n: b\n\n" * 20_000,
    "dollars": "$a" * 50_000,
    "comments": "<!--" * 20_000,
    "declarations": "<![CDATA[" * 20_000,
    "entities": "&" * 50_000,
    "setext": "a\n" * 50_000 + "===",
    "frames": "<div>" + "<iframe " * 50_000,
    "unclosed films": "<div>" + "<video src=a>" * 20_000,
    "attribute": "<div><iframe " + "a" * 200_000 + ">",
    "noscript": "<div>" + "<noscript" * 50_000,
    "formatting opened again": "<p>" + "".join(f"<b id=a{n}>" for n in range(3_000)) + "</p>" + "<p>x</p>" * 3_000,
    "references and spans": "[a]: /x\n" * 20_000 + "w `x`\n" * 20_000,
    "escaped pipes and spans": "| a |\n|---|\n|" + "\\| `x` " * 20_000 + "|",
    "raw code and spans": "<code>x</code>`" * 20_000,
    "escaped backticks": "\\`a\\` " * 20_000 + "`a`",
    "fences that end with their list": "- ```\n  x\n\ny\n" * 10_000,
    "indented definitions": "a\n\n : b\n\n" * 20_000,
    "players in players": "<video>" * 20_000 + "</video>" * 20_000,
    "candidates": '<img srcset="' + "a 1w, " * 50_000 + '">',
    "addresses": "someone@a.example " * 20_000,
    "ampersands": "&" * 400_000,
    "style": f'<img src="a" style="{"width:" * 20_000}">',
}
TEMPLATING = {
    "open tags": "{% a " * 20_000,
    "open raw": "{% raw %}" * 10_000,
    "raw in code": "`" + "{% raw %}" * 30_000 + "endraw`",
    "closed raw": "{% endraw %}" + "{% raw %}" * 10_000,
    "expressions": "{{ " * 50_000,
    "openings before one closing": "{{" * 50_000 + "{" * 50_000 + "}}",
    "imports": "import {\n" * 10_000,
    "components in components": "<A {{ b='" * 10_000,
    "one expression": "{{" + " a" * 5_000 + "}}",
    "zola arguments": "{{ a(" + 'b="c"' + " " * 400 + ('d="e"' + " " * 20) * 10 + "; }}",
    "shortcodes": "{{< a " * 20_000,
    "different shortcodes": "".join(f"{{{{< a{n} >}}}}" for n in range(10_000)),
    "attribute lists": "{: " + "#a.b" * 70 + "!}",
    "many attribute lists": "x{: #a }" * 20_000,
    "values": "{: " + "a=b.c#d" * 40 + "!}",
    "escapes": "`" + "{{</*" * 30_000 + " */`",
    "comments": "{#" * 50_000,
    "components": "<A " + "b={c} " * 20_000,
    "spaces in an admonition": "!!! " + " " * 50_000 + "#",
    "containers": ":::note\n" * 5_000,
    "admonitions": "\n".join("    " * n + "!!! a" for n in range(200)),
    "quotes in a tag": '{% a "' + '\\"' * 5_000 + " %}",
    "blockquotes": "{% quote %}" * 5_000 + "{% end %}",
    "fences": "```\n{{ x }}\n" * 20_000,
}


def is_quick(work: Callable[[], object]) -> None:
    start = time.process_time()
    with contextlib.suppress(RefusedError):
        work()
    assert time.process_time() - start < SECONDS


def timed(source: str, path: str = "content/a.md") -> Rendered:
    start = time.process_time()
    made = render(source, config(), path=path)
    assert time.process_time() - start < SECONDS
    errors = {problem.code for problem in made.problems if problem.severity == "error"}
    assert errors <= REFUSALS
    assert bool(errors) == (made.html == "" and bool(errors))
    return made


@pytest.mark.parametrize("name", LONG)
def test_a_body_made_to_take_long_is_quick(name: str) -> None:
    timed(LONG[name])


@pytest.mark.parametrize("name", LONG)
def test_code_and_titles_are_found_quickly_in_a_body_made_to_take_long(name: str) -> None:
    is_quick(lambda: code_regions(LONG[name]))
    is_quick(lambda: title_of(LONG[name]))


@pytest.mark.parametrize("name", TEMPLATING)
def test_templating_made_to_take_long_is_quick(name: str) -> None:
    assert len(timed(TEMPLATING[name]).problems) <= 21
    timed(TEMPLATING[name], "content/a.mdx")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("nested quotations", "nesting-too-deep"),
        ("elements", "nesting-too-deep"),
        ("nested lists", "nesting-too-deep"),
        ("open formatting", "nesting-too-deep"),
        ("sparse table", "table-too-large"),
        ("small sparse table", "table-too-large"),
        ("footnotes", "too-many-footnotes"),
        ("addresses", "too-many-addresses"),
        ("ampersands", "too-many-marks"),
    ],
)
def test_what_can_not_be_published_is_refused_by_name(name: str, code: str) -> None:
    made = render(LONG[name])
    assert made.html == ""
    assert [(p.code, p.severity, p.path) for p in made.problems] == [(code, "error", "content/hello.md")]


@needs_cases
@pytest.mark.parametrize("row", [row for row in rows() if row["class"] in KINDS], ids=lambda row: row["file"])
def test_the_shared_cases(row: dict[str, str]) -> None:
    text = cases()[row["file"]].decode("utf-8", "surrogateescape")
    made = timed(text.split("\n---\n", 1)[1])
    assert oracle().dangerous(made.html) == []
    assert faults(made.html) == []
    if row["forbid"] and row["oracle"] == "dom":
        assert not re.search(row["forbid"], made.html)
    if row["require"] and made.html:
        assert row["require"] in made.html or row["require"] in text.split("\n---\n", 1)[0]
