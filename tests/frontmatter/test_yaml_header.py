"""The short way through YAML headers of simple lines says what libyaml says, or nothing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.config.schema import Limits
from digest.frontmatter.header import HeaderError, Value
from digest.frontmatter.simple_yaml import Forms, read_simple, simple_table
from digest.frontmatter.split import read_header
from digest.frontmatter.yaml import event_table, mixed_table, read_yaml

LIMITS = Limits()
TEXTS = st.sampled_from(
    [
        *(
            "Hello",
            "Hello, world (really)!",
            "https://x.test/a?b=c",
            "2026-11-18 09:00:00 +0100",
            "12:30",
            "a:b",
            "a: b",
            "a #b",
        ),
        *(
            "a#b",
            "null",
            "Null",
            "~",
            "",
            "yes",
            "007",
            "0x1F",
            "'one'",
            '"two"',
            "'it''s'",
            '"a\\n"',
            "'",
            '"',
            "a'b",
            'a"b',
        ),
        *(
            "- x",
            "-x",
            "? x",
            "&a x",
            "*a",
            "!x",
            "%x",
            "@x",
            "`x",
            "|",
            ">",
            "a|b",
            "a & b",
            "a * b",
            "中文：标题",
            "é",
            "🎉 x",
        ),
        *(
            "a  b",
            "a ",
            " a",
            "a\tb",
            "\u2028",
            "x\x85y",
            "\ufeffx",
            "\x01",
            "[",
            "]",
            "{a: b}",
            "a]",
            "a,b",
            "a, b",
            "...",
            "---",
        ),
        *(
            "/a/b",
            "/",
            "/a #b",
            "a/#b",
            "{}",
            "{a: 1, b: [c]}",
            "[a, {b: c}]",
            "'a''b'",
            '"a \\"b\\""',
            ">-",
            "|+",
            "|2",
        ),
        *("9" * 301, "a:", "a::b", "a:#b", "<<", "=", "x" * 400, "1e3", "_x", ".5", "+1", "a\\b", '"a" b', "'a' #c"),
    ]
)
LINES = st.one_of(
    st.builds("{}: {}".format, st.sampled_from(["title", "Title", "a-b", "null", "x_1", "slug"]), TEXTS),
    st.builds("{}:{}".format, st.sampled_from(["title", "tags", "k"]), TEXTS),
    st.builds(
        lambda key, items, dash: f"{key}:\n" + "\n".join(f"{dash} {item}" for item in items),
        st.sampled_from(["tags", "authors", "t"]),
        st.lists(TEXTS, min_size=1, max_size=3),
        st.sampled_from(["-", "  -", "    -", "  - -", " -  "]),
    ),
    st.builds("{}: [{}]".format, st.sampled_from(["tags", "list"]), st.lists(TEXTS, max_size=4).map(", ".join)),
    st.sampled_from(
        ["", "  ", "# comment", "  more", "plain", "- x", "\t", "? a", "a: &x b", "b: ", "c:\n\n  - x\n\n  - y"]
    ),
    st.builds(
        lambda key, start, lines: f"{key}: {start}\n" + "\n".join(lines),
        st.sampled_from(["summary", "Title", "x"]),
        st.sampled_from(["|", ">-", "|+", '"one', "'one", "one", "[one,", "{one: two,", "&a", "*a", "!x", "# c", ""]),
        st.lists(
            st.sampled_from(
                *[
                    [
                        "  two",
                        "",
                        "   ",
                        '  two"',
                        "  two'",
                        "two]",
                        "  ]",
                        "}",
                        "  a: b",
                        "  - c",
                        "a: b",
                        "0: c",
                        "...",
                        "---",
                    ]
                ],
            ),
            max_size=4,
        ),
    ),
    st.builds("# {}".format, TEXTS),
    st.builds("{}: {} # {}".format, st.sampled_from(["title", "tags", "k"]), TEXTS, TEXTS),
    st.builds(
        lambda key, entries: f"{key}:\n" + "\n".join(f"{indent}{name}: {text}" for indent, name, text in entries),
        st.sampled_from(["image", "x_1"]),
        st.lists(
            st.tuples(st.sampled_from(["  ", "  ", "   ", ""]), st.sampled_from("abcA"), TEXTS), min_size=1, max_size=3
        ),
    ),
    st.builds(
        "{}: {}\n{}{}".format, st.sampled_from(["title", "b"]), TEXTS, st.sampled_from(["  ", " ", "", "    "]), TEXTS
    ),
    st.builds(
        "{key}: {sign}{}{fold}{}{fold}{}{sign}{end}".format,
        *[
            st.sampled_from(
                ["", "a", "b c", " d ", "''", "#e", " #f", "g: h", "- i", "---", "...", "null", "'", '"', "k:"]
            )
        ]
        * 3,
        key=st.sampled_from(["title", "b"]),
        sign=st.sampled_from(["", "'", '"']),
        fold=st.sampled_from(["\n  ", " \n ", "\n", " ", "\n\n  ", "\n  # "]),
        end=st.sampled_from(["", " ", " # z", "#z", "\n", "\n  y"]),
    ),
    st.builds(
        "d:\n{}- x\n{}- y\n{}".format, *[st.sampled_from(["", " ", "  "])] * 2, st.sampled_from(["", "- z", "e:"])
    ),
)


def by_events(text: str) -> dict[str, Value] | str:
    try:
        return event_table(text, 2, LIMITS)
    except HeaderError as error:
        return error.code


@settings(max_examples=600)
@given(st.lists(LINES, max_size=5).map(lambda lines: "".join(f"{line}\n" for line in lines)))
def test_the_short_way_says_what_libyaml_says_or_nothing(text: str) -> None:
    short = simple_table(text, LIMITS, Forms())
    if short is not None:
        assert short == by_events(text)
        assert list(short) == list(event_table(text, 2, LIMITS))


@settings(max_examples=1500)
@given(st.lists(LINES, max_size=6).map(lambda lines: "".join(f"{line}\n" for line in lines)))
def test_the_keys_that_libyaml_is_asked_for_alone_say_what_the_whole_says(text: str) -> None:
    mixed = mixed_table(text, LIMITS)
    if mixed is not None:
        assert mixed == by_events(text)
        assert list(mixed) == list(event_table(text, 2, LIMITS))
    try:
        read: object = read_yaml(text, 2, LIMITS)
    except HeaderError as error:
        read = error.code
    if "\t" not in text:
        assert read == by_events(text)


def test_only_the_keys_that_are_not_simple_are_asked_for() -> None:
    text = (
        '# a note\ntitle: One\nsummary: >-\n  two\n  lines\nurl: /a/b\n\ncover:\n  image: a.png\n  alt: "a \\"b\\""\n'
        "tags:\n\n  - a\n  - b\ndraft: false\ntext: 'it''s\n\n  long'\n"
    )
    assert mixed_table(text.partition("\n")[2], LIMITS) is not None
    assert read_yaml(text, 2, LIMITS) == event_table(text, 2, LIMITS)
    assert list(read_yaml(text, 2, LIMITS)) == ["title", "summary", "url", "cover", "tags", "draft", "text"]


def test_limits_hold_when_some_keys_are_asked_for() -> None:
    text = "a: 1\nb:\n  c: {d: x}\ne: 2\n"
    for limits in [*(Limits(keys=keys) for keys in range(1, 6)), *(Limits(depth=depth) for depth in range(1, 5))]:
        mixed = mixed_table(text, limits)
        assert mixed is None or mixed == event_table(text, 2, limits)


@settings(max_examples=200)
@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    st.sampled_from(["t: {}\n", "t: '{}'\n", "t: [{}]\n", "t:\n- {}\n"]),
)
def test_any_text_in_a_simple_line(text: str, line: str) -> None:
    written = line.format(text)
    short = simple_table(written, LIMITS, Forms())
    if short is not None:
        assert short == by_events(written)


def test_the_common_header_goes_the_short_way() -> None:
    text = 'title: "One: two"\ndate: 2026-11-18 09:00:00\n\ntags: [a, \'b c\', "d"]\nlist:\n  - x\n  - y z\nurl: https://x.test/\nempty:\nnone: ~\n'
    assert simple_table(text.replace("none: ~\n", ""), LIMITS, Forms()) is not None
    assert read_yaml(text, 2, LIMITS) == {
        "title": "One: two",
        "date": "2026-11-18 09:00:00",
        "tags": ["a", "b c", "d"],
        "list": ["x", "y z"],
        "url": "https://x.test/",
        "empty": None,
        "none": None,
    }


def test_a_header_as_editors_write_it_goes_the_short_way() -> None:
    text = """
# See https://example.org/help
title: It's one:no, "one"
deck: Executives often rely on
  productivity metrics -- & more
summary: "Three
four  \n    five"
weight: -1 # 1 is visible

image:
  uid: dotgov-card
  alt: 'it''s'
  credit:
# All topics
topics: ~
- c++
- 'a, b'   # two
  ~
""".replace("~\n", "\n")
    short = simple_table(text, LIMITS, Forms())
    assert short == event_table(text, 1, LIMITS)
    assert short is not None
    assert short["deck"] == "Executives often rely on productivity metrics -- & more"
    assert short["image"] == {"uid": "dotgov-card", "alt": "it's", "credit": None}


def test_windows_line_ends_and_special_spaces_go_the_short_way() -> None:
    text = "---\r\ntitle: Prix\xa05\u202f€\r\ntags:\r\n  - a\u200bb\r\n---\r\n"
    short = read_simple(text, LIMITS)
    assert short is not None
    assert short == read_header(f"{text}Body\r\n", LIMITS)
    assert short.values == {"title": "Prix\xa05\u202f€", "tags": ["a\u200bb"]}


def test_a_list_is_each_headers_own() -> None:
    text = "tags: [a, b]\nlist:\n  - x\n"
    first = simple_table(text, LIMITS, Forms())
    assert first is not None
    for value in first.values():
        assert isinstance(value, list)
        value.append("changed")
    assert simple_table(text, LIMITS, Forms()) == {"tags": ["a", "b"], "list": ["x"]}


WAYS = """{}·"{}"·'{}'·{}  ·[{}]·[{}, {}]··\n  - {}·\n  - {}\n  - {}·\n- {}·\n  - "{}"·\n  - "{}"\n  - "{}"·null·---·
    - {}
    - '{}'·
  # a note·'{}''{}'·{} # {}·"{}" # {}·
  a: {}
  b: {}·
  a: "{}"
  b:·{}
  - {}·{}
  {}·"{}
  {}"·'{}
{}'·{}

""".replace("\\n", "\n").split("·")
VALUES = [
    *[
        "a",
        "b c",
        "x: y",
        "u:v",
        "#w",
        "a #b",
        "a#b",
        "null",
        "~",
        "",
        "-",
        "- a",
        "é",
        "标题，",
        "---",
        "'",
        '"',
        "\\",
        "\\n",
        "...",
        "/p",
        "title: t",
        "[",
        "a]",
        "|",
        "&x",
        "!t",
        "yes",
        "007",
    ],
    *(
        "\u3000",
        "\xa0",
        "a\xa0b",
        "a \xa0# b",
        "a:\u2009b",
        "\u200bx",
        "\xad",
        "\u2028",
        "\ufeff",
        "\x85",
        "\t",
        "7" * 400,
        "a\nb: c",
        "a\n---",
    ),
]


@st.composite
def headers_of_one_pattern(draw: st.DrawFn) -> list[str]:
    """Headers that mostly have the same keys, written in the same ways, with other texts in them."""
    ways = draw(st.lists(st.sampled_from(WAYS), min_size=1, max_size=5))
    values = st.sampled_from(VALUES) | st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
    headers = []
    for _ in range(draw(st.integers(10, 26))):
        lines = []
        for n, usual in enumerate(ways):
            way = usual if draw(st.integers(0, 19)) else draw(st.sampled_from(WAYS))
            texts = st.just("text") if draw(st.integers(0, 3)) else values
            lines.append(f"k{n}:" + (" " if way[:1] not in ("\n", "") else "") + way.format(*[draw(texts)] * 2))
        headers.append("---\n" + "\n".join(lines) + "\n---\n")
    if draw(st.booleans()):
        headers = [header.replace("\n", "\r\n") for header in headers]
    return headers


@settings(max_examples=300)
@given(headers_of_one_pattern(), st.sampled_from([LIMITS, Limits(keys=2), Limits(front_matter_bytes=60)]))
def test_headers_read_at_once_say_what_each_says_alone(headers: list[str], limits: Limits) -> None:
    forms = Forms(often=4)
    for text in headers * 2:
        short = read_simple(text, limits, forms)
        if short is not None:
            assert short == read_header(text, limits)
            assert list(short.values) == list(event_table(short.text, 2, limits))


@pytest.mark.parametrize("way", WAYS)
def test_a_header_like_those_before_it_says_what_it_says_alone(way: str) -> None:
    def header(text: str) -> str:
        value = way.format(*[text] * way.count("{}"))
        return f"---\nfirst: a\nk:{' ' if way[:1] not in (chr(10), '') else ''}{value}\nlast: b\n---\n"

    for text in VALUES:
        forms = Forms(often=2)
        for written in [header("text")] * 3 + [header(text)] * 4:
            short = read_simple(written, LIMITS, forms)
            assert short is None or short == read_header(written, LIMITS)


def test_a_list_read_at_once_is_each_headers_own() -> None:
    text = '---\nown: [a, b]\nlist:\n  - x\nquoted:\n  - "y"\n---\n'
    for _ in range(40):
        header = read_simple(text, LIMITS)
        assert header is not None
        assert header.values == {"own": ["a", "b"], "list": ["x"], "quoted": ["y"]}
        for value in header.values.values():
            assert isinstance(value, list)
            value.append("changed")
