"""Regular expressions on Pythons whose possessive groups stand wrong: rewritten, they match as they do on all others."""

import functools
import importlib
import pkgutil
import re
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import digest
from digest.patterns import pattern, without_half_rounds

PIECES = [
    *"ab1 \n\"'#:-_,.|[]{}<>/&;%?=`~*+!",
    *("- ", "  - ", "key: ", '"x"', "'y'", "\\'", "--", "::"),
    *("<a ", "</a>", "<p<", "<h1", "&amp;", "%41", "e.x", "https://a.b"),
    *("{: .c #i k=v }", "toc"),
]
texts = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)


@functools.cache
def possessive() -> list[tuple[re.Pattern[str], re.Pattern[str]]]:
    """Every expression of the program with a possessive group, and what it is rewritten to."""
    names = [
        module.name for module in pkgutil.walk_packages(digest.__path__, "digest.") if module.name != "digest.__main__"
    ]
    values = [value for name in names for value in vars(importlib.import_module(name)).values()]
    values += [each for value in values if isinstance(value, dict) for each in value.values()]
    found = {(value.pattern, value.flags) for value in values if type(value).__module__ == "digest.patterns"}
    written = [(source, flags) for source, flags in found if isinstance(source, str)]
    rewritten = [(source, without_half_rounds(source), flags) for source, flags in sorted(written)]
    return [(re.compile(one, flags), re.compile(other, flags)) for one, other, flags in rewritten if one != other]


@pytest.mark.parametrize(
    ("source", "text", "taken"),
    [
        ("(?:ab?c)*+", "acab", "ac"),
        ("(?:ab?c)++", "acab", "ac"),
        ("x(?:ab?c)?+", "xab", "x"),
        (r"(?:[)a]b?c)*+", ")cab", ")c"),
        (r"(?:\(a*;)++[(]a", "(a;(aa;(aa", "(a;(aa;(a"),
        (r"(?:(?:a+;)++\n)*+", "a;\na;aa", "a;\n"),
        ("(?P<all>(?:ab?c)*+)", "acab", "ac"),
    ],
)
def test_a_round_that_fails_half_way_takes_nothing(source: str, text: str, taken: str) -> None:
    for one in (pattern(source), re.compile(without_half_rounds(source))):
        found = one.match(text)
        assert found
        assert found[0] == taken


def test_what_would_capture_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="captures"):
        without_half_rounds("(?:(a)b?)++")


@pytest.mark.skipif(sys.version_info < (3, 11, 5), reason="possessive groups stand wrong in this Python")
@given(texts)
@example("title: x\ndate: 2026-11-18\ntags:\n  - a\n  - 'b'\n# note\nkey: [a, 'b']\n")
def test_an_expression_that_is_rewritten_matches_as_it_did(text: str) -> None:
    assert possessive()
    for one, other in possessive():
        expected = [(found.span(), found.groups()) for found in one.finditer(text)]
        assert [(found.span(), found.groups()) for found in other.finditer(text)] == expected, one.pattern
