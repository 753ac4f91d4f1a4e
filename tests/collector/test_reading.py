"""A file's bytes as a post: dates, tags, drafts, languages, and the bytes themselves."""

import json
from datetime import datetime
from pathlib import Path

import pytest

from digest.collector import UNDATED
from digest.collector import body_of as body
from digest.config import Limits, Posts
from tests.commands import Command
from tests.reading_samples import SHARED, config_of, faults, read_all, read_text, with_fields

SEED = """---
title: "0 产品 0 营收，OpenAI 前首席科学家"
date: "2025-02-08 11:19:11"
summary: "回来了，那个男人回来了 。今天凌晨 Sutske..."
categories:
  - "qq"
lang:
  - "zh-CN"
translations:
  - "zh-CN"
tags:
  - "qq"
menu: ""
thumbnail: "https://inews.gtimg.com/om_ls/OMtljQofe_640360/0"
lead: ""
comments: false
sidebar: "right"
widgets:
  - "search"
---

![图片](https://inews.gtimg.com/om_bt/641)
"""


def test_a_chinese_news_item_is_read_right() -> None:
    config = config_of(timezone="Asia/Shanghai", language="zh-CN")
    post = read_text(SEED, "content/2025-02-08-ssi.md", config)
    assert post.title == "0 产品 0 营收，OpenAI 前首席科学家"
    assert post.date.isoformat() == "2025-02-08T11:19:11+08:00"
    assert (post.slug, post.url) == ("ssi", "https://example.org/2025/02/08/ssi/")
    assert (post.tags, post.language) == (("qq",), "zh-CN")
    assert post.summary == "回来了，那个男人回来了 。今天凌晨 Sutske..."
    assert post.image is not None
    assert post.image.url == "https://inews.gtimg.com/om_ls/OMtljQofe_640360/0"
    assert not post.draft
    assert body(SEED.encode(), post) == "\n![图片](https://inews.gtimg.com/om_bt/641)\n"
    assert post.body_line == SEED.split("\n").index("![图片](https://inews.gtimg.com/om_bt/641)")


@pytest.mark.skipif(not (SHARED / "archives" / "seed").is_dir(), reason="the shared archives are not here")
def test_the_shared_seed_is_read_right() -> None:
    data = (SHARED / "archives" / "seed" / "2025-02-08-ssi.md").read_bytes()
    post, problems = read_all(data, "content/2025-02-08-ssi.md", config_of(timezone="Asia/Shanghai"))
    assert post is not None
    assert not problems
    assert (post.date.isoformat(), post.tags, post.language) == ("2025-02-08T11:19:11+08:00", ("qq",), "zh-CN")


# --- bytes


def test_the_body_begins_after_the_header_whatever_ends_lines() -> None:
    for text in (
        "---\ntitle: é\ndate: 2026-11-18\n---\nOne\n\nTwo\n",
        "\ufeff\n---\ntitle: é\ndate: 2026-11-18\n---\nOne\n\nTwo\n",
    ):
        for end in ("\n", "\r\n", "\r"):
            data = text.replace("\n", end).encode()
            post = read_text(data)
            assert body(data, post) == "One\n\nTwo\n"
            assert text.split("\n")[post.body_line - 1] == "One"


@pytest.mark.parametrize(
    ("data", "code", "line"),
    [
        ("---\ntitle: x\n---\n".encode("utf-16"), "not-utf-8", 1),
        ("---\ntitle: x\n---\n".encode("utf-16-le"), "not-utf-8", 1),
        ("---\ntitle: x\n---\n".encode("utf-16-be"), "not-utf-8", 1),
        ("---\ntitle: x\n---\n".encode("utf-32"), "not-utf-8", 1),
        (b"---\ntitle: caf\xe9\n---\n", "not-utf-8", 2),
        (b"---\r\ntitle: x\r\nslug: ..\xc0\xaf\r\n---\r\n", "not-utf-8", 3),
        (b"---\ntitle: \xed\xa0\x80\n---\n", "not-utf-8", 2),
        (b"\x1f\x8b\x08\x00\x00\x00\x00\x00", "not-utf-8", 1),
        (b"", "no-front-matter", 1),
        (b"# Readme\n\nhello\n", "no-front-matter", 1),
        (b"x" * 2000, "file-too-large", 1),
    ],
)
def test_bytes_that_are_no_post_are_named(data: bytes, code: str, line: int) -> None:
    config = config_of(posts=Posts(limits=Limits(file_bytes=1000)))
    post, (problem,) = read_all(data, config=config)
    assert post is None
    assert (problem.code, problem.line) == (code, line)
    assert problem.hint


def test_a_byte_that_is_not_utf_8_is_named_with_its_column() -> None:
    _, (problem,) = read_all(b"---\ntitle: caf\xe9\n---\n")
    assert (problem.line, problem.column) == (2, 11)
    assert "byte 0xe9 at offset 14" in problem.message


def test_a_file_without_front_matter_is_a_post_when_the_configuration_says_so() -> None:
    config = config_of(posts=Posts(without_front_matter=True))
    post = read_text("# Hello *there*\n\nText\n", "content/2026-11-18-hello.md", config)
    assert (post.title, post.date.isoformat()[:10], post.body_line) == ("Hello there", "2026-11-18", 1)
    assert read_all("", "content/2026-11-18-hello.md", config)[0] is None


# --- dates


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("date: 2026-11-18", "2026-11-18T00:00:00+01:00"),
        ("Date: 2026-11-18", "2026-11-18T00:00:00+01:00"),
        ("pubDate: Jul 08 2022", "2022-07-08T00:00:00+02:00"),
        ("pubDatetime: 2022-09-23T15:22:00Z", "2022-09-23T15:22:00+00:00"),
        ("created_at: 2015-06-01", "2015-06-01T00:00:00+02:00"),
        ("published: 2015-06-01", "2015-06-01T00:00:00+02:00"),
        ("publishDate: 2015-06-01", "2015-06-01T00:00:00+02:00"),
        ("date:\n  created: 2023-12-31\n  updated: 2024-01-02", "2023-12-31T00:00:00+01:00"),
        ("date:\nposted: 2015-06-01", "2015-06-01T00:00:00+02:00"),
        ("path: 2014/12/12/hello", "2014-12-12T00:00:00+01:00"),
    ],
)
def test_the_date_has_many_keys(line: str, expected: str) -> None:
    post = read_text(f"---\ntitle: x\n{line}\n---\n", config=config_of(timezone="Europe/Berlin"))
    assert post.date.isoformat() == expected


def test_a_table_of_dates_says_when_the_post_changed() -> None:
    post = with_fields("date: {created: 2023-12-31, updated: 2024-01-02}")
    assert post.updated == datetime.fromisoformat("2024-01-02T00:00+00:00")
    assert with_fields("last_update: {date: 2024-01-02, author: x}").updated == post.updated
    assert with_fields("lastUpdated: false").updated is None


@pytest.mark.parametrize(
    "key", ["updated", "lastmod", "lastModified", "last_modified_at", "updatedDate", "modified", "Updated"]
)
def test_when_it_changed_has_many_keys(key: str) -> None:
    assert with_fields(f"{key}: 2026-11-20").updated == datetime.fromisoformat("2026-11-20T00:00+00:00")


def test_a_post_may_wait_and_expire() -> None:
    post = with_fields("publishDate: 2026-12-01", "expiryDate: 2027-01-01")
    assert post.publish == datetime.fromisoformat("2026-12-01T00:00+00:00")
    assert post.expires == datetime.fromisoformat("2027-01-01T00:00+00:00")
    assert [
        post.state(datetime.fromisoformat(f"{day}T00:00+00:00")) for day in ("2026-11-20", "2026-12-02", "2027-01-01")
    ] == [
        "future",
        "published",
        "expired",
    ]
    assert with_fields("publishDate: 2026-11-18").publish is None


@pytest.mark.parametrize(
    ("path", "day"),
    [
        ("content/2024-11-03-hello.md", "2024-11-03"),
        ("content/2024-1-3-hello.md", "2024-01-03"),
        ("content/2024/11/03/hello.md", "2024-11-03"),
        ("content/2024/11/03-hello.md", "2024-11-03"),
        ("content/2024-11-03-hello/index.mdx", "2024-11-03"),
        ("content/2024-11-03/hello.md", "2024-11-03"),
    ],
)
def test_without_a_key_the_path_gives_the_date(path: str, day: str) -> None:
    assert read_text("---\ntitle: x\n---\n", path).date.isoformat() == f"{day}T00:00:00+00:00"


def test_a_missing_date_is_a_problem_but_not_for_a_draft() -> None:
    listed, (problem,) = read_all("---\ntitle: x\n---\n")
    assert listed is not None
    assert listed.state(UNDATED) == "undated"
    assert (problem.code, problem.line) == ("missing-date", 1)
    assert read_text("---\ntitle: x\ndraft: true\n---\n").date == UNDATED


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("date: 2018-02-29", (3, "impossible-date", "error")),
        ("date: [a]", (3, "unreadable-date", "error")),
        ("date: 03/04/2020", (3, "date-doubtful", "warning")),
        ("date: 2026-11-18\nupdated: soon", (4, "unreadable-date", "warning")),
        ("date: 2026-11-18\nexpires: soon", (4, "unreadable-date", "error")),
        ("date: 2026-11-18\npublishDate: soon", (4, "unreadable-date", "error")),
    ],
)
def test_dates_that_can_not_be_are_problems_at_their_line(line: str, fault: tuple[int, str, str]) -> None:
    _, problems = read_all(f"---\ntitle: x\n{line}\n---\n")
    assert [(problem.line, problem.code, problem.severity) for problem in problems] == [fault]


def test_an_impossible_date_in_a_file_name_is_a_problem() -> None:
    _, (problem,) = read_all("---\ntitle: x\n---\n", "content/2018-02-30-x.md")
    assert problem.code == "impossible-date"


# --- tags


@pytest.mark.parametrize(
    ("line", "tags"),
    [
        ("tags: [no, on, 2024, 007, 12:30]", ("no", "on", "2024", "007", "12:30")),
        ("tags:\n  - One\n  - one\n  - ONE\n  - two", ("One", "two")),
        ("tags: news and views", ("news and views",)),
        ("tags: a, b", ("a", "b")),
        ("Tags: a, b", ("a", "b")),
        ("tags: ~", ()),
        ("tags: []", ()),
        ("tags: ['', ~, x]", ("x",)),
        ("tags: [[a, b], c]", ("a", "b", "c")),
        ("tags: [{label: Hello, permalink: /hello}, x]", ("Hello", "x")),
        ("tag: one\ntags: two\ntopics: three", ("two", "one", "three")),
        ("tags: ['../../../tmp/x', C++, C#]", ("../../../tmp/x", "C++", "C#")),
        ("tags: [Ａ, a]", ("Ａ",)),
        ("taxonomies: {tags: [a]}", ("a",)),
    ],
)
def test_tags_in_every_shape(line: str, tags: tuple[str, ...]) -> None:
    assert with_fields(line).tags == tags


def test_which_keys_are_tags_is_configured() -> None:
    config = config_of(posts=Posts(tag_keys=("series", "Categories")))
    assert with_fields("tags: [x]", "categories: [a]", "Series: b", config=config).tags == ("b", "a")


def test_one_text_is_many_tags_where_the_dialect_says_so() -> None:
    assert read_text("Title: x\nDate: 2026-11-18\nTags: a, b c,,d\n\nBody").tags == ("a", "b c", "d")
    assert read_text("Title: x\nDate: 2026-11-18\nTags: a, b; c\n\nBody").tags == ("a, b", "c")
    assert read_text("<!--\n.. title: x\n.. date: 2026-11-18\n.. tags: a, b\n-->\n").tags == ("a", "b")
    jekyll = "_posts/2026-11-18-x.md"
    assert with_fields("tags: a b c", path=jekyll, config=config_of(content="_posts")).tags == ("a", "b", "c")
    assert with_fields("tags: a b, c", path=jekyll, config=config_of(content="_posts")).tags == ("a b", "c")
    assert with_fields("tag: a b", path=jekyll, config=config_of(content="_posts")).tags == ("a b",)
    hexo = "source/_posts/x.md"
    assert with_fields("tags: a b", path=hexo, config=config_of(content="source/_posts")).tags == ("a b",)


@pytest.mark.parametrize(
    ("line", "codes"),
    [
        ("tags: ['.', '..', '']", ["tag-without-name", "tag-without-name"]),
        ('tags: ["a\\nb"]', ["tag-control-character"]),
        ('tags: ["a\\eb"]', ["tag-control-character"]),
        ("tags: {a: b}", ["tags-not-a-list"]),
    ],
)
def test_tags_that_cannot_be_are_problems_at_their_line(line: str, codes: list[str]) -> None:
    assert faults(line) == [(3, code, "error") for code in codes]


@pytest.mark.parametrize(
    ("line", "code", "tags"),
    [
        ('tags: [web, "-"]', "tag-without-name", ("web",)),
        (f"tags: [{', '.join(f't{n}' for n in range(101))}]", "too-many-tags", tuple(f"t{n}" for n in range(100))),
        (f"tags: [web, {'x' * 1001}]", "tag-too-long", ("web",)),
    ],
)
def test_a_tag_too_many_costs_itself_and_a_warning(line: str, code: str, tags: tuple[str, ...]) -> None:
    assert faults(line) == [(3, code, "warning")]
    assert with_fields(line).tags == tags


# --- drafts, language


@pytest.mark.parametrize(
    "line",
    [
        "draft: true",
        "draft: yes",
        "Draft: 'True'",
        "published: false",
        "status: draft",
        "status: Pending",
    ],
)
def test_drafts_in_every_shape(line: str) -> None:
    assert with_fields(line).draft


@pytest.mark.parametrize(
    "line", ["draft: false", "draft: no", "draft:", "published: true", "status: published", "status: ''"]
)
def test_what_is_no_draft(line: str) -> None:
    assert not with_fields(line).draft


def test_folders_and_tags_may_make_a_draft() -> None:
    assert with_fields(path="content/_drafts/x.md").draft
    assert not with_fields(path="content/draft/x.md").draft
    assert with_fields(path="content/draft/x.md", config=config_of(posts=Posts(draft_folders=("draft",)))).draft
    post = read_text("<!--\n.. title: x\n.. date: 2026-11-18\n.. tags: a, draft\n-->\n")
    assert (post.draft, post.tags) == (True, ("a",))


def test_a_draft_that_is_neither_yes_nor_no_is_a_problem() -> None:
    assert faults("draft: perhaps") == [(3, "not-yes-or-no", "error")]
    assert faults("resend: perhaps") == [(3, "not-yes-or-no", "warning")]
    assert faults("fulltext: perhaps") == [(3, "not-yes-or-no", "warning")]


@pytest.mark.parametrize(
    ("line", "language"),
    [
        ("lang: zh-cn", "zh-CN"),
        ("lang: [zh-CN, en]", "zh-CN"),
        ("language: en_US", "en-US"),
        ("locale: zh_hant_tw", "zh-Hant-TW"),
        ("lang: ''", "de"),
        ("x: y", "de"),
    ],
)
def test_languages_in_every_shape(line: str, language: str) -> None:
    assert with_fields(line, config=config_of(language="de")).language == language


def test_folders_and_endings_may_give_the_language() -> None:
    config = config_of(posts=Posts(language_folders=("fr", "zh-cn"), languages=("de", "pt-br")))
    assert with_fields(path="content/fr/x.md", config=config).language == "fr"
    assert with_fields(path="content/zh-cn/x.md", config=config).language == "zh-CN"
    assert with_fields(path="content/x.de.md", config=config).language == "de"
    assert with_fields(path="content/x/index.pt-br.md", config=config).language == "pt-BR"
    assert with_fields(path="content/go-1.2.md").language == "en"
    assert with_fields("lang: it", path="content/x.de.md", config=config).language == "it"
    assert with_fields(path="content/restream.io.md", config=config).language == "en"


def test_a_number_as_id_is_a_warning_and_the_id() -> None:
    assert faults("id: 43") == [(3, "numeric-id", "warning")]
    assert with_fields("id: 43").id == "43"


def test_a_name_ends_in_a_language_only_beside_its_translation(site: Path, digest: Command) -> None:
    for name in ("multi.md", "multi.zh.md", "restream.io.md", "only.de.md"):
        (site / "content" / name).write_text("---\ntitle: T\ndate: 2026-11-20\n---\n", encoding="utf-8")
    rows = [json.loads(line) for line in digest(site, "list", "--all", "--json").out.splitlines()]
    found = {row["path"]: (row["lang"], row["url"].rpartition("/2026")[0]) for row in rows}
    assert found["content/multi.zh.md"] == ("zh", "https://notes.example/zh")
    for name in ("multi.md", "restream.io.md", "only.de.md"):
        assert found[f"content/{name}"] == ("en", "https://notes.example")


@pytest.mark.parametrize("language", ["klingon", "zz", "../..", "e"])
def test_an_unknown_language_is_a_problem(language: str) -> None:
    assert faults(f"lang: {language}") == [(3, "unknown-language", "error")]


def test_every_problem_of_a_post_is_reported_in_one_go() -> None:
    found = faults("slug: ../..", "tags: ['..']", "lang: klingon", "draft: perhaps")
    assert sorted(found) == [
        (3, "slug", "error"),
        (4, "tag-without-name", "error"),
        (5, "unknown-language", "error"),
        (6, "not-yes-or-no", "error"),
    ]


def test_a_problem_stands_at_its_key_and_at_no_text_that_looks_like_one() -> None:
    assert faults("summary: |", "  lang: text", "lang: klingon") == [(5, "unknown-language", "error")]
    assert faults("cover: {lang: text}", "lang: klingon") == [(4, "unknown-language", "error")]
    assert faults("taxonomies:", "  tags: ['..']") == [(4, "tag-without-name", "error")]


def test_a_post_says_how_digests_show_it() -> None:
    post = with_fields("digest: pin", "resend: true", "layout: featured", "full_text: no", "id: 'urn:x'")
    assert (post.digest, post.resend, post.layout, post.full_text, post.id) == ("pin", True, "featured", False, "urn:x")
    plain = with_fields("digest: false", "layout: post")
    assert (plain.digest, plain.layout, plain.full_text, plain.id) == ("skip", "", None, plain.url)


@pytest.mark.parametrize("line", ["digest: sikp", "digest: [a]", "digest: never"])
def test_an_unknown_wish_keeps_a_post_out_of_digests_with_a_warning(line: str) -> None:
    assert faults(line) == [(3, "unknown-value", "warning")]
    assert with_fields(line).digest == "skip"


@pytest.mark.parametrize(("line", "wish"), [("digest: off", "skip"), ("digest: yes", ""), ("digest: Pin", "pin")])
def test_a_wish_may_be_yes_or_no(line: str, wish: str) -> None:
    assert (faults(line), with_fields(line).digest) == ([], wish)


def test_a_date_that_cannot_be_read_gives_way_to_that_of_the_name_with_a_warning() -> None:
    path = "content/2026-11-18-x.md"
    _, problems = read_all("---\ndate: 2023-01-29 18:30:22 2023 -0800\n---\nBody.", path)
    assert [(problem.line, problem.code, problem.severity) for problem in problems] == [(2, "unknown-zone", "warning")]
    assert with_fields("date: soon", path=path).date.isoformat() == "2026-11-18T00:00:00+00:00"


def test_a_link_to_another_host_is_a_warning() -> None:
    assert faults("link: https://other.example/x") == [(3, "link-elsewhere", "warning")]
    assert faults("link: /x") == []


@pytest.mark.parametrize("lines", [('x: "abc',), ("x: {a",)])
def test_a_text_or_list_that_is_never_closed_is_an_error_where_it_begins(lines: tuple[str, ...]) -> None:
    assert [(line, code) for line, code, _ in faults("author: A", *lines)] == [(4, "yaml")]


def test_bytes_in_front_matter_are_refused() -> None:
    assert faults("tags: !!binary aGVsbG8=") == [(3, "yaml-tag", "error")]
