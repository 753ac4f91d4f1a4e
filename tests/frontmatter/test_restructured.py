"""The title and the field list of reStructuredText as front matter."""

import pytest

from digest.config.schema import Limits
from digest.frontmatter import HeaderError, read_header

BODY = "\nText: more.\n"


def values(text: str) -> dict[str, object]:
    header = read_header(text, Limits(), restructured=True)
    assert header is not None
    assert text[header.end :].lstrip("\r\n") == BODY.lstrip()
    return dict(header.values)


@pytest.mark.parametrize(
    "title",
    ["A title\n=======\n", "=======\nA title\n=======\n", "-------\n A title\n-------\n", "A title\r\n#######\r\n"],
)
def test_a_title_and_fields(title: str) -> None:
    found = values(f"{title}\n:date: 2025-01-02\n:tags: a,\n  b\n:empty:\n{BODY}")
    assert found == {"title": "A title", "date": "2025-01-02", "tags": "a,\nb", "empty": None}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("**Bold** ``code`` 5 * 3\n-----------------------\n", {"title": "Bold code 5 * 3"}),
        (":date: 2025-01-02\n", {"date": "2025-01-02"}),
        (".. a comment\n   more of it\n\n..\n  x\n\n:date: 2025-01-02\n", {"date": "2025-01-02"}),
        ("T\n==\n\n:Title: other\n:x: y\n", {"title": "T", "x": "y"}),
        (".. title: N\n.. date: 2025-01-02\n", {"title": "N", "date": "2025-01-02"}),
        ("---\ntitle: Y\n---\n", {"title": "Y"}),
        ("+++\ntitle = 'Y'\n+++\n", {"title": "Y"}),
    ],
)
def test_other_beginnings(text: str, found: dict[str, str]) -> None:
    assert values(text + BODY) == found


def test_keys_have_their_lines() -> None:
    header = read_header("\n\nT\n==\n\n:date: 2025\n:slug: x\n", Limits(), restructured=True)
    assert header is not None
    assert header.lines == {"title": 3, "date": 6, "slug": 7}
    assert header.separates_by_commas


@pytest.mark.parametrize("text", ["Only text.\n", ":: x\n", ".. image:: x.png\n", "==\n", "", "Words: and more\n"])
def test_no_front_matter(text: str) -> None:
    assert read_header(text, Limits(), restructured=True) is None


def test_a_field_given_twice_is_an_error() -> None:
    with pytest.raises(HeaderError, match="given twice"):
        read_header(":a: 1\n:A: 2\n", Limits(), restructured=True)


def test_markdown_has_no_field_lists() -> None:
    assert read_header(":date: 2025-01-02\n\nText\n", Limits()) is None
