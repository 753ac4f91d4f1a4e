"""The fast path through YAML headers of simple lines says what libyaml says, or nothing.

It is the one place where a fast and a slow way stand side by side, since most headers are that simple.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.config import Limits
from digest.frontmatter import HeaderError, read_header
from digest.frontmatter.header import Table
from digest.frontmatter.simple_yaml import read_simple
from digest.frontmatter.yaml import read_events

LIMITS = Limits()

# Texts that mean themselves, mean something else or nothing at all, depending on where they stand. One a line.
_ODD = r"""Hello
Hello, world (really)!
https://x.test/a?b=c
2026-11-18 09:00:00 +0100
12:30
a:b
a: b
a :b
a #b
a#b
a# b
#a
null
Null
nULL
~
~a

yes
007
0x1F
-1
+1
1e3
.5
'one'
"two"
'it''s'
"a\n"
"a\"b"
'a\b'
'
"
''
""
"a" b
'a' #c
"a": b
a'b
a"b
- x
-x
-
? x
?x
&a x
*a
!x
%x
@x
`x
|
>
>-
|2
a|b
a & b
中文：标题
é
🎉 x
👩‍👩‍👧
a  b
a,b
a, b
,
[
]
{
{a: b}
{}
[]
[ ]
[a, b]
[a,b,]
[,a]
[ "a, b", 'c' ]
[a b, c-d, e_f, 7]
[a: b]
[a:b, c#d]
[a, [b]]
[{a: b}]
[a] b
[a]]
[null, ~, '~']
["a]", 'b[']
["a" "b"]
[a"b]
[?a, a?b]
[-a, - b]
[a #b]
a]
...
---
<<
=
_x
a\b
a:
a::b
/a/b
/a/ #b
\u"""
ODD_TEXTS = [
    *_ODD.split("\n"),
    *("a ", " a", "a\tb", "\u2028", "x\x85y", "\ufeffx", "\x01", "\xa0x", "9" * 301, "-" + "9" * 301, "x" * 400),
]
TEXTS = st.sampled_from(["a", "b c", '"d e"', "'f'", "7"]) | st.sampled_from(ODD_TEXTS)
ODD_KEYS = ["K1", "null", "Null", "y", "9", "é", "a b", "'q'", "-k", "<<", "k" * 101, ""]
WAYS = """\
KEY: TEXT
KEY: [TEXT, TEXT]
KEY: "TEXT"
KEY: 'TEXT'
KEY:/- TEXT
KEY:/  - TEXT/  - TEXT
KEY:/- "TEXT"/- TEXT
KEY:
# TEXT

KEY:TEXT
KEY : TEXT
KEY: TEXT # TEXT
KEY: TEXT/  TEXT
KEY: TEXT/  - TEXT
KEY: ~/- TEXT
KEY:/  - TEXT/ - TEXT
KEY:/ - TEXT/  - TEXT
KEY:/- TEXT/  TEXT
KEY:/- - TEXT
KEY:/-/- TEXT
KEY:/-TEXT
KEY:/# TEXT/- TEXT
KEY:/  # TEXT/  - TEXT
KEY:/  TEXT: TEXT
KEY: [TEXT,/  TEXT]
KEY: |/  TEXT
- TEXT
  KEY: TEXT
TEXT"""
SIMPLE_WAYS, ODD_WAYS = ([way.replace("/", "\n") for way in part.split("\n")] for part in WAYS.split("\n\n"))


@st.composite
def headers(draw: st.DrawFn) -> str:
    """Headers of a few keys, of which about half are of simple lines only."""
    ways = draw(st.lists(st.sampled_from(SIMPLE_WAYS), min_size=1, max_size=4))
    if draw(st.booleans()):
        ways.insert(draw(st.integers(0, len(ways))), draw(st.sampled_from(ODD_WAYS)))
    keys = [f"k{n}" for n in range(len(ways))]
    if draw(st.integers(0, 3)) == 0:
        keys[draw(st.integers(0, len(keys) - 1))] = draw(st.sampled_from(ODD_KEYS))
    texts = TEXTS if draw(st.booleans()) else st.sampled_from(["a", "b"])
    lines = [way.replace("KEY", key) for way, key in zip(ways, keys, strict=True)]
    parts = "\n".join((*lines, "")).split("TEXT")
    return "".join(part + (draw(texts) if n < len(parts) - 1 else "") for n, part in enumerate(parts))


def by_events(text: str, limits: Limits = LIMITS) -> Table | str:
    try:
        return read_events(text, 2, limits)
    except HeaderError as error:
        return error.code


@settings(max_examples=2000)
@given(headers())
def test_the_fast_path_says_what_libyaml_says_or_nothing(text: str) -> None:
    simple = read_simple(text, 2, LIMITS)
    if simple is not None:
        assert simple == by_events(text)
        assert list(simple.values) == list(simple.lines)


@pytest.mark.parametrize("way", [*SIMPLE_WAYS, *ODD_WAYS])
def test_every_odd_text_in_every_line(way: str) -> None:
    for text in ODD_TEXTS:
        for header in (f"{way}\n", f"k0: a\n{way}\nk1: b\n", f"{way}\n- c\n", f"{way}\n  d\n"):
            written = header.replace("KEY", "k2").replace("TEXT", text)
            simple = read_simple(written, 2, LIMITS)
            assert simple is None or simple == by_events(written), written


@settings(max_examples=1000)
@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    st.sampled_from(
        ["t: {}\n", "t: '{}'\n", 't: "{}"\n', "t: [{}]\n", "t: ['{}']\n", "t:\n- {}\n", "{}: t\n", "# {}\n"]
    ),
)
def test_any_text_in_a_simple_line(text: str, line: str) -> None:
    written = line.format(text)
    simple = read_simple(written, 2, LIMITS)
    if simple is not None:
        assert simple == by_events(written)


COMMON = """\
# See https://example.org/help
title: "One: two"
deck: It's one:no, "one"
date: 2026-11-18 09:00:00

tags: [a, 'b c', "d"]
list:
  - x

  - "y: z"
url: https://x.test/
path: /a/b/
empty:
none: ~
topics:
- c++
draft: false
"""


def test_the_common_header_takes_the_fast_path() -> None:
    simple = read_simple(COMMON, 2, LIMITS)
    assert simple == by_events(COMMON)
    assert simple is not None
    assert simple.values == {
        "title": "One: two",
        "deck": 'It\'s one:no, "one"',
        "date": "2026-11-18 09:00:00",
        "tags": ["a", "b c", "d"],
        "list": ["x", "y: z"],
        "url": "https://x.test/",
        "path": "/a/b/",
        "empty": None,
        "none": None,
        "topics": ["c++"],
        "draft": "false",
    }
    assert simple.lines["draft"] == COMMON.split("\n").index("draft: false") + 2


@pytest.mark.parametrize("limits", [Limits(keys=10), Limits(keys=11), *(Limits(depth=depth) for depth in range(1, 4))])
def test_limits_hold_on_the_fast_path(limits: Limits) -> None:
    simple = read_simple(COMMON, 2, limits)
    assert simple is None or simple == by_events(COMMON, limits)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_header_is_the_same_on_either_path(end: str) -> None:
    simple = read_header(f"---\n{COMMON}---\n".replace("\n", end), LIMITS)
    other = read_header(f"---\n{COMMON}'other': |\n  text\n---\n".replace("\n", end), LIMITS)
    assert simple is not None
    assert other is not None
    assert other.values == simple.values | {"other": "text\n"}
    assert other.lines == simple.lines | {"other": COMMON.count("\n") + 2}
