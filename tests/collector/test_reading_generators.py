"""What generators read where others read something else: the rules of each that real archives depend on."""

import pytest

from digest.collector.title import title_of
from digest.config import Posts
from tests.reading_samples import config_of, faults, read_all, read_text, with_fields

JEKYLL = "_posts/2026-11-18-hello-new_World.md"


def test_jekyll_titles_a_post_after_its_file_whatever_headings_it_has() -> None:
    # Document#populate_title: the slug, split at hyphens only, each word capitalised
    config = config_of(content="_posts")
    assert read_text("---\nx: y\n---\n# Heading\n", JEKYLL, config).title == "Hello New_world"
    assert with_fields("title:", path=JEKYLL, config=config).title == "Hello New_world"
    assert read_text("---\ndate: 2026-11-18\n---\n# Heading\n", "_posts/hello.md", config).title == "Heading"


def test_jekyll_splits_the_plural_keys_and_reads_the_singular_ones_beside_them() -> None:
    # Utils.pluralized_array_from_hash
    tags = config_of(content="_posts", posts=Posts(tag_keys=("tags",)))
    assert with_fields("tag: a b", "tags: c d", path=JEKYLL, config=tags).tags == ("c", "d", "a b")
    categories = config_of(content="_posts", posts=Posts(tag_keys=("categories",)))
    assert with_fields("category: one two", path=JEKYLL, config=categories).tags == ("one two",)
    assert with_fields("categories: one two", path=JEKYLL, config=categories).tags == ("one", "two")
    singular = config_of(content="_posts", posts=Posts(tag_keys=("category",)))
    assert with_fields("category: one two", path=JEKYLL, config=singular).tags == ("one two",)


def test_hexo_reads_the_singular_keys_too_and_hugo_does_not() -> None:
    only = Posts(tag_keys=("tags", "categories"))
    hexo = config_of(content="source/_posts", posts=only)
    assert with_fields("tag: a", "category: b", path="source/_posts/x.md", config=hexo).tags == ("a", "b")
    assert with_fields("tag: a", "category: b", config=config_of(posts=only)).tags == ()


def test_tags_on_lines_of_their_own_in_key_value_front_matter() -> None:
    assert read_text("Title: x\nDate: 2026-11-18\nTags: a\n    b c\n    d\n\nBody").tags == ("a", "b c", "d")
    assert read_text("Title: x\nDate: 2026-11-18\nTags: a,\n    b\n\nBody").tags == ("a", "b")


@pytest.mark.parametrize("written", ["-0400 EDT", "-04:00 EDT", "-0400 (EDT)", "-0400 -04"])
def test_an_offset_may_have_its_name_beside_it_as_go_and_ruby_print_it(written: str) -> None:
    assert with_fields(f"date: 2020-10-18 10:50:00 {written}").date.isoformat() == "2020-10-18T10:50:00-04:00"


@pytest.mark.parametrize("key", ["lastmod", "modified"])
def test_hugo_dates_a_post_by_its_last_change_when_nothing_else_does(key: str) -> None:
    # the default of Hugo's [frontmatter] date: date, publishdate, pubdate, published, lastmod, modified
    config = config_of()
    assert read_text(f"---\ntitle: x\n{key}: 2026-11-17\n---\n", config=config).date.isoformat()[:10] == "2026-11-17"
    dated = read_text(f"---\ntitle: x\n{key}: 2026-11-17\n---\n", "content/2026-11-16-x.md", config)
    assert dated.date.isoformat()[:10] == "2026-11-16"
    _, problems = read_all("---\ntitle: x\nupdated: 2026-11-17\n---\n")
    assert [problem.code for problem in problems] == ["missing-date"]


@pytest.mark.parametrize("attributes", ["{#id}", "{ #id }", "{: #id .c }", "{ .c data-toc='x' }"])
def test_attributes_of_a_heading_are_no_part_of_a_title(attributes: str) -> None:
    assert title_of(f"# Hello {attributes}\n") == "Hello"


def test_a_title_in_braces_stays() -> None:
    assert title_of("# Hello {name}\n") == "Hello {name}"
    assert faults("title: 'a {b}'") == []


@pytest.mark.parametrize("line", ["language: English", "Language: Python"])
def test_what_archives_have_for_a_language_costs_no_post_its_place(line: str) -> None:
    assert faults(line) == [(3, "unknown-language", "warning")]
    assert with_fields(line, config=config_of(language="zh")).language == "zh"
    assert with_fields(line, path="content/x.ja.md", config=config_of(posts=Posts(languages=("ja",)))).language == "ja"


@pytest.mark.parametrize(("line", "language"), [("lang: cn", "zh-CN"), ("locale: JP", "ja"), ("lang: US", "en-US")])
def test_a_country_is_read_as_its_language_with_a_warning(line: str, language: str) -> None:
    assert faults(line) == [(3, "unknown-language", "warning")]
    assert with_fields(line).language == language


@pytest.mark.parametrize("line", ["lang: zz", "lang: ../en", "language: x/y", "language: e"])
def test_no_other_language_is_passed_over(line: str) -> None:
    assert faults(line) == [(3, "unknown-language", "error")]


@pytest.mark.parametrize("line", ["image: ../../../../img/x.png", "cover: {image: ../../assets/a b.JPG}"])
def test_a_picture_meant_from_the_page_costs_no_post_its_place(line: str) -> None:
    # themes of Jekyll, Hexo and Gatsby put it into a page that stands deeper than the file
    assert faults(line, path="_posts/2026-11-18-x.md", config=config_of(content="_posts")) == [
        (3, "path-outside", "warning")
    ]
    assert with_fields(line, path="_posts/2026-11-18-x.md", config=config_of(content="_posts")).image is None


def test_what_is_no_picture_stays_inside_the_site() -> None:
    assert faults("image: ../../etc/hostname") == [(3, "path-outside", "error")]


def test_hexo_needs_no_opening_fence_and_minds_no_blank_lines() -> None:
    post = read_text("title: Hello\n\ndate: 2016-1-17 22:27:31\n\ntags:\n\n- a\n- b\n\n---\nBody\n")
    assert (post.title, post.date.isoformat(), post.tags) == ("Hello", "2016-01-17T22:27:31+00:00", ("a", "b"))


def test_a_rule_below_the_text_closes_no_header() -> None:
    post = read_text("Title: Hello\nDate: 2016-01-17\nTags: a, b\n\nText: with a colon\nand more.\n\n---\n\nEnd.\n")
    assert (post.title, post.tags) == ("Hello", ("a", "b"))


@pytest.mark.parametrize("line", ["unlisted: true", "status: Private", "status: hidden", "status: unlisted"])
def test_an_unlisted_post_is_no_draft_and_in_no_feed(line: str) -> None:
    post = with_fields(line)
    assert (post.draft, post.state(post.date)) == (False, "unlisted")


def test_nikola_says_by_tags_what_is_private_and_what_a_draft() -> None:
    for state, draft in (("private", False), ("draft", True)):
        post = read_text(f"<!--\n.. title: x\n.. date: 2026-11-18\n.. tags: a, {state}\n-->\n")
        assert (post.draft, post.unlisted, post.tags) == (draft, not draft, ("a",))


def test_published_may_be_a_word_that_is_no_date() -> None:
    post = read_text("---\npublished: draft\n---\n", JEKYLL, config_of(content="_posts"))
    assert (post.date.isoformat()[:10], post.draft) == ("2026-11-18", False)
