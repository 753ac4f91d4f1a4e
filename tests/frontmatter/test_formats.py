"""The formats of front matter: where a header stands, what it says, and the place of every mistake in it."""

import json
import time
from typing import Any

import frontmatter
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from digest.config import Limits
from digest.frontmatter import HeaderError, read_header, split

LIMITS = Limits()


def values(text: str) -> dict[str, Any]:
    header = read_header(text, LIMITS)
    assert header is not None
    return header.values


def fault(text: str, limits: Limits = LIMITS) -> tuple[str, int]:
    with pytest.raises(HeaderError) as caught:
        read_header(text, limits)
    return caught.value.code, caught.value.line


@pytest.mark.parametrize(
    "text",
    [
        "---\ntitle: One\ntags: [a, b]\n---\nBody\n",
        "\ufeff---\ntitle: One\ntags: [a, b]\n---\nBody\n",
        "\n \n---\ntitle: One\ntags: [a, b]\n---\nBody\n",
        " ---\ntitle: One\ntags: [a, b]\n--- \nBody\n",
        "---\r\ntitle: One\r\ntags: [a, b]\r\n---\r\nBody\n",
        "---\rtitle: One\rtags: [a, b]\r---\rBody\n",
        "---\ntitle: One\ntags: [a, b]\n...\nBody\n",
        "-----\ntitle: One\ntags: [a, b]\n-----\nBody\n",
        "---yaml\ntitle: One\ntags: [a, b]\n---\nBody\n",
        "title: One\ntags:\n- a\n- b\n---\nBody\n",
        '+++\ntitle = "One"\ntags = ["a", "b"]\n+++\nBody\n',
        '---toml\ntitle = "One"\ntags = ["a", "b"]\n---\nBody\n',
        '{\n"title": "One",\n"tags": ["a", "b"]\n}\nBody\n',
        '{"title": "One", "tags": ["a", "b"]}Body\n',
        '---json\n{"title": "One", "tags": ["a", "b"]}\n---\nBody\n',
        ';;;\n"title": "One", "tags": ["a", "b"]\n;;;\nBody\n',
    ],
)
def test_every_fence_gives_the_same_header_and_body(text: str) -> None:
    header = read_header(text, LIMITS)
    assert header is not None
    assert header.values == {"title": "One", "tags": ["a", "b"]}
    assert text[header.end :] == "Body\n"


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("Title: One\nTags: a, b\nSummary: x\n    y\n\nBody: 1\n", "\nBody: 1\n"),
        ("Title: One\nTags: a, b\nSummary: x\n    y", ""),
        ("<!--\n.. title: One\n.. tags: a, b\n.. summary: x y\n-->\nBody", "Body"),
        (".. title: One\n.. tags: a, b\n.. summary: x y\n\nBody", "\nBody"),
    ],
)
def test_lines_of_keys_are_read_as_pelican_and_nikola_write_them(text: str, rest: str) -> None:
    header = read_header(text, LIMITS)
    assert header is not None
    assert header.separates_by_commas
    assert {key.lower(): " ".join(str(value).split()) for key, value in header.values.items()} == {
        "title": "One",
        "tags": "a, b",
        "summary": "x y",
    }
    assert text[header.end :] == rest


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Just text.\n",
        "Note: this is prose.\n\nMore.",
        "# Title\n\n---\n\nText\n",
        "{{< note >}}\n",
        "{% raw %}\n",
        "{x}",
    ],
)
def test_text_without_front_matter_has_none(text: str) -> None:
    assert read_header(text, LIMITS) is None


def test_yaml_scalars_stay_as_typed() -> None:
    header = "time: 12:30\nflag: no\nyear: 2024\noctal: 007\nhex: 0x1F\nfloat: 1.10\nday: 2026-11-18\nplus: +1"
    assert values(f"---\n{header}\n---\n") == dict(line.split(": ") for line in header.split("\n"))


def test_null_is_none_unless_quoted() -> None:
    assert values("---\na:\nb: ~\nc: null\nd: 'null'\ne: ''\n---\n") == {
        "a": None,
        "b": None,
        "c": None,
        "d": "null",
        "e": "",
    }


def test_toml_and_json_values_become_texts() -> None:
    toml = values("+++\na = true\nb = 1.10\nc = 2026-11-18T09:00:00Z\nd = 07:32:00\n[t]\ne = [1, 2]\n+++\n")
    assert toml == {"a": "true", "b": "1.10", "c": "2026-11-18T09:00:00+00:00", "d": "07:32:00", "t": {"e": ["1", "2"]}}
    assert values('{"a": false, "b": 1.10, "c": null}\n') == {"a": "false", "b": "1.10", "c": None}


def test_a_text_may_hold_a_long_number() -> None:
    digits = "9" * 301
    for text in (f"---\na: x {digits} y\n---\n", f"+++\na = 'x {digits} y'\n+++\n", f'{{"a": "x {digits} y"}}\n'):
        assert values(text) == {"a": f"x {digits} y"}


def test_aliases_and_merges_are_followed() -> None:
    text = "---\nbase: &b {home: x, n: 1}\nmore: *b\nmine: {<<: *b, n: 2}\nboth: {<<: [*b, {m: 3}]}\nkey: &k word\n*k : v\n---\n"
    found = values(text)
    assert found["more"] == {"home": "x", "n": "1"}
    assert found["mine"] == {"n": "2", "home": "x"}
    assert found["both"] == {"home": "x", "n": "1", "m": "3"}
    assert found["word"] == "v"


def test_tabs_are_read_as_the_javascript_generators_read_them() -> None:
    assert values("---\ntags:\n\t- a\n\t- b\n---\n") == {"tags": ["a", "b"]}
    assert fault("---\ntags:\n\t- a: [\n---\n")[0] == "yaml"


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("---\ntitle: x\n\nBody", "unclosed-front-matter", 1),
        ("\n\n---\ntitle: x\n", "unclosed-front-matter", 3),
        ("---\r\ntitle: x\r\n", "unclosed-front-matter", 1),
        ('+++\ntitle = "x"\n', "unclosed-front-matter", 1),
        ('{"title": "x"\n\nBody', "unclosed-front-matter", 1),
        ("<!--\n.. title: x\n\nBody", "unclosed-front-matter", 1),
        ("<!-- hi -->\n---\ntitle: x\n---\n", "text-before-front-matter", 1),
        ("Hello\n\n+++\ntitle = 1\n+++\n", "text-before-front-matter", 1),
        ("---\ntitle: x\ndate: 1\ntitle: y\n---\n", "duplicate-key", 4),
        ("---\nTitle: x\ntitle: y\n---\n", "duplicate-key", 3),
        ("---\na:\n  b: 1\n  b: 2\n---\n", "duplicate-key", 4),
        ('+++\ntitle = "x"\na = 1\ntitle = "y"\n+++\n', "duplicate-key", 4),
        ("+++\n[t]\na = 1\na = 2\n+++\n", "duplicate-key", 4),
        ("+++\nTitle = 1\ntitle = 2\n+++\n", "duplicate-key", 3),
        ('{"a": 1,\n"b": 2,\n"a": 3}\n', "duplicate-key", 3),
        ("Title: x\nDate: 1\ntitle: y\n\n", "duplicate-key", 3),
        ("---\ntitle: a: b\n---\n", "yaml", 2),
        ("---\ntitle: ok\nt: \x01\n---\n", "yaml", 3),
        ("---\na: 1\n--- b\n---\n", "yaml", 3),
        ("---\nx: *y\n---\n", "yaml", 2),
        ("---\n? [a, b]\n: c\n---\n", "key-not-text", 2),
        ("---\na: &l [1]\n*l : c\n---\n", "key-not-text", 3),
        ("---\n~: c\n---\n", "key-not-text", 2),
        ("---\na: 1\nb: !!python/name:os.system x\n---\n", "yaml-tag", 3),
        ("---\na: !custom [1]\n---\n", "yaml-tag", 2),
        ("---\njust words\n---\n", "front-matter-not-a-table", 2),
        ("---\n- a\n- b\n---\n", "front-matter-not-a-table", 2),
        ("---\na: 1\nb: &a [*a]\n---\n", "alias-cycle", 3),
        ("---\na: 1\nb: " + "[" * 30 + "]" * 30 + "\n---\n", "too-deep", 3),
        ("+++\na = 1\nb = " + "[" * 3000 + "]" * 3000 + "\n+++\n", "too-deep", 3),
        ("+++\na = 1\n" + ".".join("b" * 30) + " = 1\n+++\n", "too-deep", 3),
        ('{\n"a": ' + "[" * 100_000 + "\n", "too-deep", 2),
        (';;;\n"a": ' + "[" * 3000 + "]" * 3000 + "\n;;;\n", "too-deep", 2),
        ("---\na: 1\nb: " + "9" * 10_000 + "\n---\n", "number-too-long", 3),
        ("+++\na = 1\nb = " + "9" * 10_000 + "\n+++\n", "number-too-long", 3),
        ("+++\na = 1\nb = " + "9" * 400 + "\n+++\n", "number-too-long", 3),
        ('{"a": 1,\n"b": ' + "9" * 10_000 + "}\n", "number-too-long", 2),
        ('{"a": 1,\n"b": NaN}\n', "json", 2),
        ('{"a": 1,\n"b": -Infinity}\n', "json", 2),
        ('{"a": 1,\n\n}\n', "json", 3),
        ('{"a": 1\n"b": 2}\n', "json", 2),
        ('{\n"a": "1,\n"b": "2"\n}\nBody "\n', "json", 2),
        ("+++\na = 1\nb = oops\n+++\n", "toml", 3),
        ("+++\na = 1\nb = [1,\n+++\n", "toml", 4),
        ("+++\nd = 2018-02-30\n+++\n", "toml", 2),
    ],
)
def test_mistakes_are_named_with_their_line(text: str, code: str, line: int) -> None:
    assert fault(text) == (code, line)


def test_the_line_of_late_front_matter_counts_empty_lines_before_it() -> None:
    with pytest.raises(HeaderError, match="begins on line 4"):
        values("\n\nHello\n---\ntitle: x\n---\n")


def test_limits_end_what_goes_beyond_them() -> None:
    keys = "".join(f"k{n}: 1\n" for n in range(20))
    assert fault(f"---\n{keys}---\n", Limits(keys=10)) == ("too-many-keys", 12)
    toml = keys.replace(":", " =")
    assert fault(f"+++\n{toml}+++\n", Limits(keys=10))[0] == "too-many-keys"
    assert fault(f"Title: x\n{keys}\n", Limits(keys=10)) == ("too-many-keys", 11)
    assert fault(f"---\n{keys}---\n", Limits(front_matter_bytes=50))[0] == "front-matter-too-long"
    assert (
        fault("---\na: &x 1\n" + "".join(f"b{n}: *x\n" for n in range(9)) + "---\n", Limits(aliases=5))[0]
        == "too-many-aliases"
    )
    laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    laughs += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9))
    assert fault(f"---\n{laughs}---\n") == ("too-many-values", 3)


def test_a_file_of_brackets_ends_at_once() -> None:
    assert fault("{\n" + '"a": ' + "[{" * 1_000_000)[0] == "too-deep"
    assert read_header(" a: b\n" * 50_000, LIMITS) is None


def test_lines_are_those_of_the_file() -> None:
    header = read_header("\n\n---\r\ntitle: x\r\nSlug : y\r\n---\r\n", LIMITS)
    assert header is not None
    assert header.line_of("title") == 4
    assert header.line_of("Slug") == 5
    assert header.line_of("missing") == 4


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("---\ntitle: x\ntags:\n- a\nslug: y\n---\n", {"title": 2, "tags": 3, "slug": 5}),
        ("---\nsummary: |\n  slug: text\n  date: text\nslug: y\ndate: z\n---\n", {"slug": 5, "date": 6}),
        ("---\nsummary: 'One\n  slug: text'\nslug: y\n---\n", {"summary": 2, "slug": 4}),
        ("---\ncover: {title: x}\ntitle: y\n---\n", {"cover": 2, "title": 3}),
        ("---\ntitle: y\ncover:\n  title: x\n  alt: z\n---\n", {"title": 2, "alt": 5}),
        ("---\n? title\n: y\n'slug' : z\n---\n", {"title": 2, "slug": 4}),
        ("+++\na = '''\nslug = 1\n'''\n\"slug\" = 'y'\n[extra.more]\nz = 1\n+++\n", {"slug": 5, "extra": 6, "z": 7}),
        ('+++\n# """\na = "\\""\nb = """\nc = 1 \\"""\n"""\nc = 2\n+++\n', {"a": 3, "b": 4, "c": 7}),
        ("+++\na = [\n  'slug = 1',\n]\nslug = 'y'\nslugs = 1\n+++\n", {"slug": 5, "slugs": 6}),
        ("+++\ntags = [\n  'a', # ]\n  'slug']\nslug = 'y'\n+++\n", {"tags": 2, "slug": 5}),
        ('+++\na = [\n["slug"],\n"]", {b = [2]},\n1.5 ]\nslug = "["\n1 = 2\n+++\n', {"slug": 6, "1": 7}),
        ('{\n"a": "\\"slug\\": 1",\n"cover": {\n"slug": "x",\n"alt": "y"},\n"slug":\n"z"}\n', {"slug": 6, "alt": 5}),
        ('{\n"sl\\u0075g": "x"\n}\n', {"slug": 2}),
        (';;;\n"title": "x",\n"slug": "y"\n;;;\n', {"title": 2, "slug": 3}),
        ("Title: x\nSummary: y\n    Slug: z\nSlug: w\n\n", {"Title": 1, "Slug": 4}),
        ("<!--\n.. title: x\n.. slug: y\n-->\n", {"title": 2, "slug": 3}),
    ],
)
def test_keys_have_the_lines_where_they_stand(text: str, lines: dict[str, int]) -> None:
    header = read_header(text, LIMITS)
    assert header is not None
    assert {key: header.line_of(key) for key in lines} == lines


def test_the_handlers_serve_python_frontmatter_itself() -> None:
    post = frontmatter.loads('+++\ntitle = "x"\n+++\nBody', handler=split.TOML)
    assert (post["title"], post.content) == ("x", "Body")
    assert frontmatter.loads("---\ntitle: no\n---\nBody", handler=split.YAML)["title"] == "no"
    assert frontmatter.loads('{"title": "x"}\nBody', handler=split.JSON)["title"] == "x"
    assert frontmatter.loads("Title: x\n\nBody", handler=split.PELICAN)["Title"] == "x"
    assert frontmatter.detect_format(".. title: x\n\nBody", split.HANDLERS) is split.NIKOLA


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Cn", "Zl", "Zp"]), max_size=20)
KEYS = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
TREES = st.recursive(
    WORDS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)


@given(st.dictionaries(KEYS, TREES, min_size=1, max_size=8))
def test_what_the_languages_write_is_read_back(tree: dict[str, Any]) -> None:
    written = yaml.safe_dump(tree, default_style='"', allow_unicode=True)
    assert values(f"---\n{written}---\n") == tree
    assert values(json.dumps(tree, indent=1)) == tree
    lines = "".join(f"{key} = {json.dumps(value)}\n" for key, value in tree.items() if isinstance(value, str))
    if "\\ud" not in lines and "\\u007f" not in lines:
        assert values(f"+++\n{lines}+++\n") == {key: value for key, value in tree.items() if isinstance(value, str)}


def test_a_line_end_of_two_characters_is_one_line_end() -> None:
    assert values("Author: Ann\r\nTitle: One\r\n\r\nBody\r\n") == {"Author": "Ann", "Title": "One"}
    assert values("layout: x\r\ntitle: One\r\n---\r\nBody\r\n") == {"layout": "x", "title": "One"}


def test_a_late_fence_that_never_ends_is_looked_for_in_time() -> None:
    start = time.process_time()
    assert read_header("Text\r\n---\r\ntitle: One\r\n" + "More text.\r\n" * 60, LIMITS) is None
    assert time.process_time() - start < 1
