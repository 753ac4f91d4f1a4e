"""The beginning of a file is enough for most posts, and never says anything but what the whole file says."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.collector.files import body_problem
from digest.collector.post import Post
from digest.collector.read import read
from digest.config.schema import Posts
from digest.problems import Problem
from tests.reading_samples import config_of

CONFIG = config_of(posts=Posts(without_front_matter=True), timezone="Europe/Berlin")
BODY = "Ein Körper — 正文 🎉\n\n# Überschrift\n\nMehr.\n" * 3
HEADERS = (
    "---\ntitle: Größe 标题\ndate: 2026-11-18 09:00 +0100\ntags: [a, b]\nimage: {url: a.png}\n---\n",
    "---\ntitle: One\ndate: 2026-11-18\n---  \n",
    "---\ndate: 2026-11-18\ntext: |\n  x\n  ---\n  y\n---\n",
    "---\ndate: 2026-11-18\n---- x\n---\n",
    "---\ndate: 2026-11-18\n...\ntext\n---\n",
    "---\r\ntitle: One\r\ndate: 2026-11-18\r\n---\r\n",
    "---\rtitle: One\rdate: 2026-11-18\r---\r",
    "\ufeff---\ntitle: One\ndate: 2026-11-18\n---\n",
    "----\ntitle: One\ndate: 2026-11-18\n----\n",
    "---\ntitle: a: b\ndate: 2026-11-18\n---\n",
    "---\ntitle: One\ntitle: Two\n---\n",
    "---\ntitle: never closed\n",
    '---json\n{"title": "One"}\n---\n',
    '+++\ntitle = "Größe"\ndate = 2026-11-18T09:00:00Z\n[taxonomies]\ntags = ["ä"]\n+++\n',
    ';;;\n"title": "One", "date": "2026-11-18"\n;;;\n',
    '{\n"title": "A } in text",\n"date": "2026-11-18"\n}\n',
    "Title: One\nDate: 2026-11-18\nTags: ä, b\n\n",
    ".. title: One\n.. date: 2026-11-18 09:00:00 UTC+01:00\n\n",
    "title: One\ndate: 2026-11-18\n---\n",
    "",
)


def whole(data: bytes) -> tuple[Post | None, tuple[Problem, ...]]:
    return read("content/a.md", data, CONFIG)


@pytest.mark.parametrize("header", HEADERS)
@pytest.mark.parametrize("body", [BODY, "", "\n", "---\n", "no title"])
def test_a_head_of_any_length_says_what_the_whole_file_says(header: str, body: str) -> None:
    data = (header + body).encode()
    expected = whole(data)
    for length in range(len(data)):
        assert read("content/a.md", data[:length], CONFIG, lambda: data) == expected


@settings(max_examples=300)
@given(
    st.sampled_from(HEADERS),
    st.lists(st.tuples(st.integers(0, 200), st.sampled_from(["\n", "---", "\n---\n", "\r", "é", " ", "'", '"']))),
    st.integers(0, 400),
)
def test_the_head_of_a_mutated_file_says_what_the_whole_says(
    text: str, edits: list[tuple[int, str]], length: int
) -> None:
    text += BODY
    for at, inserted in edits:
        text = text[:at] + inserted + text[at:]
    data = text.encode()
    assert read("content/a.md", data[:length], CONFIG, lambda: data) == whole(data)


def test_the_rest_is_not_asked_for_when_the_head_says_everything() -> None:
    def never() -> bytes:
        raise AssertionError("the rest was read")

    head = "---\ntitle: Größe\ndate: 2026-11-18\n---\nKör".encode()[:-1]
    post, problems = read("content/a.md", head[:-1], CONFIG, never)  # a character is cut in two
    assert post is not None
    assert (post.title, post.body_line, problems) == ("Größe", 5, ())


def test_bytes_that_are_not_utf_8_behind_front_matter_are_named_when_the_body_is_looked_at() -> None:
    data = "---\ntitle: é\ndate: 2026-11-18\n---\nKörper\r\nca".encode() + b"f\xe9\n"
    _, expected = whole(data)
    post, problems = read("content/a.md", data[:50], CONFIG, lambda: data)
    assert post is not None
    assert problems == ()
    assert expected == (body_problem(data, post),)
    assert (expected[0].code, expected[0].line, expected[0].column) == ("not-utf-8", 6, 4)
    assert body_problem(data.replace(b"\xe9", b"e"), post) is None


def test_a_title_from_a_body_that_is_not_utf_8_is_the_same_problem() -> None:
    data = b"---\ndate: 2026-11-18\n---\n# Caf\xe9\n"
    assert read("content/a.md", data[:26], CONFIG, lambda: data) == whole(data)
    assert whole(data)[0] is None
