"""Selecting posts by tag, date, language and state."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.collector import Post, matches, newest_first, published, select, tag_key
from digest.config import Selection
from tests.reading_samples import slugs

NOW = datetime(2026, 11, 18, tzinfo=UTC)


def post(name: str, *tags: str, days: int = 0, language: str = "en", draft: bool = False) -> Post:
    url = f"https://example.org/{name}/"
    return Post(
        path=f"content/{name}.md",
        id=url,
        url=url,
        slug=name,
        title=name,
        date=NOW - timedelta(days=days),
        body_start=0,
        body_line=1,
        tags=tags,
        language=language,
        draft=draft,
    )


@pytest.mark.parametrize(
    ("selection", "taken"),
    [
        (Selection(), True),
        (Selection(any=("news", "x")), True),
        (Selection(any=("NEWS",)), True),
        (Selection(any=("x",)), False),
        (Selection(all=("news", "café")), True),
        (Selection(all=("news", "cafe\u0301")), True),
        (Selection(all=("news", "x")), False),
        (Selection(none=("x",)), True),
        (Selection(none=("Ｎews",)), False),
        (Selection(any=("news",), none=("café",)), False),
    ],
)
def test_a_tag_expression(selection: Selection, *, taken: bool) -> None:
    assert matches(post("a", "News", "Café"), selection) is taken


def test_windows_are_half_open_and_languages_take_their_regions() -> None:
    posts = [post("a"), post("b", days=1), post("c", days=2, language="zh-CN"), post("d", days=3, language="zh")]
    day = timedelta(days=1)
    assert slugs(select(posts, Selection(), since=NOW - day)) == ["a", "b"]
    assert slugs(select(posts, Selection(), until=NOW - day)) == ["c", "d"]
    assert slugs(select(posts, Selection(), since=NOW - 2 * day, until=NOW)) == ["b", "c"]
    assert slugs(select(posts, Selection(), language="zh")) == ["c", "d"]
    assert slugs(select(posts, Selection(), language="zh-CN")) == ["c"]
    assert slugs(select(posts, Selection(), limit=1)) == ["a"]


def test_readers_see_neither_drafts_nor_the_future_nor_what_expired() -> None:
    posts = [post("a"), post("b", draft=True), post("c", days=-1), post("d")]
    assert slugs(published(posts, NOW)) == ["a", "d"]


def test_the_order_is_by_date_then_permalink() -> None:
    posts = [post("b"), post("a"), post("c", days=-1), post("d", days=1)]
    assert slugs(newest_first(posts)) == ["c", "a", "b", "d"]


TAGS = st.lists(st.sampled_from(["a", "A", "b", "Ｂ", "c", "É", "e\u0301", " a "]), max_size=5)


@given(TAGS, TAGS, TAGS, TAGS)
def test_an_expression_is_what_its_sets_say(
    tags: list[str], some: list[str], every: list[str], none: list[str]
) -> None:
    has, one, needed, never = ({tag_key(tag) for tag in group} for group in (tags, some, every, none))
    expected = (not one or bool(one & has)) and needed <= has and not never & has
    assert matches(post("a", *tags), Selection(any=tuple(some), all=tuple(every), none=tuple(none))) is expected


@given(st.permutations([post("a"), post("b"), post("c", days=1), post("d", days=2), post("e", days=2)]))
def test_the_order_never_depends_on_what_came_first(posts: list[Post]) -> None:
    assert slugs(select(posts, Selection())) == ["a", "b", "c", "d", "e"]
