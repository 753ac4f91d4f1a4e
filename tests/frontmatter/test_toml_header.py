"""The short way through TOML headers of simple lines says what tomllib says, or nothing."""

from hypothesis import given, settings
from hypothesis import strategies as st

from digest.config.schema import Limits
from digest.frontmatter.header import HeaderError, Value
from digest.frontmatter.typed import read_toml, simple_toml, whole_toml

LIMITS = Limits()
VALUES = st.sampled_from(
    [
        *(
            '"One"',
            "'Two'",
            '""',
            "''",
            '"it\'s"',
            "'a \"b\"'",
            '"a\\nb"',
            '"\\u00e9"',
            '"""x"""',
            "'''y'''",
            '"a" "b"',
            '"a',
        ),
        *("true", "false", "True", "0", "-0", "+1", "1", "-12", "007", "1_000", "0x1F", "1.5", "1e3", "nan", "inf"),
        *("9" * 18, "9" * 19, "9" * 301, '"' + "9" * 301 + '"', "'x " + "9" * 301 + " y'"),
        *("2026-11-18", "2026-02-30", "0000-01-01", "2026-13-01", "9999-12-31", "12:30:00", "2026-11-18T09:00:00"),
        *("2026-11-18 09:00:00Z", "2026-11-18T09:00:00z", "2026-11-18t09:00:00", "2026-11-18T09:00:00.5Z"),
        *(
            "2026-11-18T09:00:00+01:00",
            "2026-11-18T09:00:00-00:00",
            "2026-11-18T09:00:00+23:59",
            "2026-11-18T24:00:00Z",
        ),
        *("2026-02-30T09:00:00Z", "2026-11-18T09:00:00+24:00", "2026-11-18T09:00Z", "2026-11-18T09:00:00+0100"),
        *(
            "[]",
            "[ ]",
            '["a"]',
            '["a", "b",]',
            "['a' , \"b\"]",
            "[,]",
            '["a" "b"]',
            "[1, 2]",
            '[["a"]]',
            '["a]", "[b"]',
        ),
        *(
            '["a", # b',
            "{a = 1}",
            "{}",
            "",
            "x",
            "[",
            "]",
            '["é", "中"]',
            '"a#b" # c',
            '"a"  ',
            '"\t"',
            '"\x7f"',
            '"\u2028"',
        ),
    ]
)
KEYS = st.sampled_from(["title", "Title", "date", "a-b", "x_1", "1", "a.b", '"q"', "tags", "extra", "é", ""])
LINES = st.one_of(
    st.builds("{}{}{}".format, KEYS, st.sampled_from([" = ", "=", "  =", " =\t", ": ", " "]), VALUES),
    st.builds("[{}]".format, KEYS),
    st.sampled_from(
        ["", "  ", "# comment", " # comment", "#\x01", "#\ttab", "[[x]]", "[ extra ]", "[extra] # c", "]", '"""']
    ),
)


def by_tomllib(text: str) -> dict[str, Value] | str:
    try:
        return whole_toml(text, 2, LIMITS)
    except HeaderError as error:
        return error.code


@settings(max_examples=1000)
@given(st.lists(LINES, max_size=6).map("\n".join), st.sampled_from(["", "\n"]))
def test_the_short_way_says_what_tomllib_says_or_nothing(text: str, end: str) -> None:
    short = simple_toml(text + end, LIMITS)
    if short is not None:
        long = by_tomllib(text + end)
        assert short == long
        assert repr(short) == repr(long)  # in the same order


@settings(max_examples=300)
@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    st.sampled_from(['t = "{}"\n', "t = '{}'\n", 't = ["{}", "b"]\n', "t = {}\n", "# {}\n", "[{}]\n"]),
)
def test_any_text_in_a_simple_line(text: str, line: str) -> None:
    written = line.format(text.replace("\r", ""))
    short = simple_toml(written, LIMITS)
    if short is not None:
        assert short == by_tomllib(written)


def test_the_common_header_goes_the_short_way() -> None:
    text = (
        'title = "One: two"\ndate = 2026-11-18T09:00:00Z\nday = 2026-11-18\ndraft = false\nweight = -3\n'
        '# a note\n\ntags = [\'a\', "b c"]\n[extra]\nteam = "x"\n[taxonomies]\ntags = []\n'
    )
    assert simple_toml(text, LIMITS) is not None
    assert read_toml(text, 2, LIMITS) == {
        "title": "One: two",
        "date": "2026-11-18T09:00:00+00:00",
        "day": "2026-11-18",
        "draft": "false",
        "weight": "-3",
        "tags": ["a", "b c"],
        "extra": {"team": "x"},
        "taxonomies": {"tags": []},
    }


def test_limits_hold_on_the_short_way() -> None:
    text = "a = 1\n[b]\nc = ['x']\n"
    for limits in [Limits(keys=2), *(Limits(depth=depth) for depth in range(1, 5))]:
        short = simple_toml(text, limits)
        assert short is None or short == whole_toml(text, 2, limits)


def test_a_list_is_each_headers_own() -> None:
    for _ in range(2):
        value = read_toml("tags = ['a']\n", 2, LIMITS)["tags"]
        assert value == ["a"]
        value.append("changed")
