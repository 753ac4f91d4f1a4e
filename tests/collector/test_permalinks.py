"""Slugs and permalinks: the generators' rules, and what a post may not ask for."""

from pathlib import PurePosixPath
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.collector import slugify, tag_key
from digest.collector.post import MAX_SLUG, WINDOWS_NAMES
from digest.config import Posts
from tests.reading_samples import config_of, faults, read_all, with_fields

HOME = "https://example.org"


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("content/hello.md", "/2026/11/18/hello/"),
        ("content/2026-11-18-hello.md", "/2026/11/18/hello/"),
        ("content/2026-11-18.md", "/2026/11/18/2026-11-18/"),
        ("content/news/hello.md", "/news/2026/11/18/hello/"),
        ("content/news/2026/11/hello.md", "/news/2026/11/18/hello/"),
        ("content/2026/11/18/hello.md", "/2026/11/18/hello/"),
        ("content/2026-11/hello.md", "/2026/11/18/hello/"),
        ("content/2048/hello.md", "/2048/2026/11/18/hello/"),
        ("content/a/2026/b/hello.md", "/a/2026/b/2026/11/18/hello/"),
        ("content/hello/index.md", "/2026/11/18/hello/"),
        ("content/2026-11-18-hello/index.mdx", "/2026/11/18/hello/"),
        ("content/en/_posts/hello.md", "/en/2026/11/18/hello/"),
        ("content/hello.de.md", "/2026/11/18/hello.de/"),
        ("content/Go 1.2 is Out.md", "/2026/11/18/Go-1.2-is-Out/"),
        ("content/你好.md", "/2026/11/18/%E4%BD%A0%E5%A5%BD/"),
        ("content/{{7*7}}.md", "/2026/11/18/7-7/"),
        ("content/???.md", "/2026/11/18/post/"),
        ("content/c#-tips.md", "/2026/11/18/c-tips/"),
        ("content/A 🎉 party!.md", "/2026/11/18/A-%F0%9F%8E%89-party!/"),
        ("content/c#/what?/hello.md", "/c%23/what%3F/2026/11/18/hello/"),
    ],
)
def test_the_pattern_places_a_post(path: str, url: str) -> None:
    post = with_fields(path=path)
    assert post.url == HOME + url
    assert post.id == post.url


def test_a_folder_that_is_named_like_a_part_of_the_pattern_keeps_its_name() -> None:
    config = config_of(permalink="/{folder}/{slug}/")
    assert with_fields(path="content/{year}/x.md", config=config).url == HOME + "/%7Byear%7D/x/"


def test_a_pattern_may_have_any_part_and_the_site_a_folder() -> None:
    config = config_of(
        permalink="{language}/{slug}.html", url="https://example.org/blog", posts=Posts(languages=("de",))
    )
    assert with_fields("lang: fr", config=config).url == "https://example.org/blog/fr/hello.html"
    assert with_fields(path="content/x.de.md", config=config).url == "https://example.org/blog/de/x.html"
    dotted = config_of(content="./content/")
    assert with_fields(path="content/news/x.md", config=dotted).url == HOME + "/news/2026/11/18/x/"
    at_root = config_of(content=".")
    assert with_fields(path="posts/x.md", config=at_root).url == HOME + "/posts/2026/11/18/x/"
    folders = config_of(posts=Posts(language_folders=("fr",)))
    assert with_fields(path="content/fr/x.md", config=folders).url == HOME + "/fr/2026/11/18/x/"


@given(
    st.lists(
        st.sampled_from(["{slug}", "/", "{year}", "{folder}", "{language}", "a b", "ü", "%", ".", "?q=", "#"]),
        max_size=5,
    )
)
def test_a_plain_slug_is_placed_as_any_other(parts: list[str]) -> None:
    config = config_of(permalink=f"/{''.join(parts)}{{slug}}/")
    other = with_fields("slug: épost", path="content/news/x.md", config=config).url
    assert with_fields("slug: post", path="content/news/x.md", config=config).url == other.replace("%C3%A9", "")


@pytest.mark.parametrize(
    ("lines", "url"),
    [
        (["slug: my-post"], "/2026/11/18/my-post/"),
        (["slug: 2024"], "/2026/11/18/2024/"),
        (["slug: C# and 100%?"], "/2026/11/18/C%23-and-100%25%3F/"),
        (["permalink: /2020/my-post/"], "/2020/my-post/"),
        (["slug: guides/my-post"], "/guides/my-post"),
        (["permalink: / my post / part two "], "/my-post/part-two"),
        (["slug: /"], "/2026/11/18/hello/"),
        (["slug:"], "/2026/11/18/hello/"),
        (["permalink: /2015/09/hello/"], "/2015/09/hello/"),
        (["permalink: 2015/hello.html"], "/2015/hello.html"),
        (["permalink: /a//b/"], "/a/b/"),
        (["permalink: /a / b c/"], "/a/b-c/"),
        (["permalink: https://example.org/x/?p=1"], "/x/?p=1"),
        (["permalink: http://EXAMPLE.org/x/"], "/x/"),
        (["permalink: https://example.org:443/x/"], "/x/"),
        (["slug: x/c#/"], "/x/c%23/"),
        (["permalink: pretty"], "/2026/11/18/hello/"),
        (["permalink: false"], "/2026/11/18/hello/"),
        (["permalink: /:year/:month/:title/"], "/2026/11/hello/"),
        (["permalink: /:nonsense/:title/"], "/2026/11/18/hello/"),
        (["url: /old/hello.html"], "/old/hello.html"),
        (["path: inside/2026/11/17/hello"], "/inside/2026/11/17/hello"),
        (["url: /b", "permalink: /a"], "/a"),
    ],
)
def test_front_matter_places_a_post(lines: list[str], url: str) -> None:
    assert with_fields(*lines).url == HOME + url


@pytest.mark.parametrize(
    "slug",
    [
        "../../../../tmp/x",
        "'..'",
        "'.'",
        "a/../b",
        '"..\\\\..\\\\x"',
        '"a\\\\b"',
        "'%2e%2e%2f%2e%2e%2fx'",
        "'%2e%2e'",
        "'%252e%252e%252fx'",
        "'a%5cb'",
        "'a%00b'",
        '"a\\0b"',
        '"a\\nb"',
        "CON",
        "nul.txt",
        "a/COM1",
        "x" * 201,
        "é" * 101,
        "[a]",
    ],
)
def test_a_slug_that_leaves_its_folder_or_fits_no_file_system_is_refused(slug: str) -> None:
    assert faults(f"slug: {slug}") == [(3, "slug", "error")]


@pytest.mark.parametrize("slug", ["index", "Feed", "atom", "rss", "digest"])
def test_a_slug_that_is_an_output_is_refused(slug: str) -> None:
    assert faults(f"slug: {slug}") == [(3, "slug-reserved", "error")]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("permalink: //evil.example/x", "permalink"),
        ("permalink: https://example.org@evil.example/", "permalink"),
        ('permalink: "https:\\\\\\\\evil.example"', "permalink"),
        ('permalink: "/\\\\evil.example"', "permalink"),
        ("permalink: /../x", "permalink"),
        ("permalink: /a/%2e%2e/x", "permalink"),
        ("permalink: https://example.org/../x", "permalink"),
        ("permalink: https://[x/", "permalink"),
        ("permalink: [x]", "permalink"),
        ("url: //evil.example/x", "permalink"),
        ("path: ../../x", "permalink"),
        ("permalink: https://evil.example/x", "permalink-elsewhere"),
        ("permalink: 'javascript:alert(1)'", "permalink-elsewhere"),
        ("url: ftp://example.org/x", "permalink-elsewhere"),
        (f"permalink: /{'x/' * 1200}", "link-too-long"),
    ],
)
def test_a_permalink_elsewhere_is_refused(line: str, code: str) -> None:
    assert faults(line) == [(3, code, "error")]


def test_a_link_blogs_url_is_what_the_post_is_about() -> None:
    post = with_fields("url: https://other.example/x")
    assert (post.url, post.source_url) == (HOME + "/2026/11/18/hello/", "https://other.example/x")
    assert faults("url: https://other.example/x") == [(3, "permalink-elsewhere", "warning")]


def test_a_permalink_that_is_a_template_is_warned_about() -> None:
    assert faults("permalink: '{{ page.slug }}/'") == [(3, "permalink-template", "warning")]


def test_a_template_outside_its_folder_is_refused() -> None:
    assert faults("template: ../../../etc/passwd") == [(3, "path-outside", "error")]
    assert faults("template: /etc/passwd") == [(3, "path-outside", "error")]
    assert faults("template: page.html") == []


@given(st.text(max_size=300))
def test_a_slug_is_safe_in_every_path(text: str) -> None:
    slug = slugify(text)
    assert slugify(slug) == slug
    assert len(slug.encode()) <= MAX_SLUG + 1
    assert not set(slug) & set('/\\.:*?"<>|%# \x00\n')
    assert slug.casefold() not in WINDOWS_NAMES
    assert slug == "" or PurePosixPath(slug).name == slug


@pytest.mark.parametrize(
    ("tag", "slug"),
    [
        ("Hello, World", "hello-world"),
        ("C++", "cplusplus"),
        ("C#", "csharp"),
        (".NET", "dotnet"),
        ("Node.js", "node-js"),
        ("中文 标签", "中文-标签"),
        ("हिन्दी", "हिन्दी"),
        ("🎉", "🎉"),
        ("../../../tmp/x", "tmp-x"),
        ("con", "con-"),
        ("..", ""),
    ],
)
def test_slugs_of_tags(tag: str, slug: str) -> None:
    assert slugify(tag) == slug


def test_long_slugs_stay_apart() -> None:
    assert slugify("é" * 200 + "a") != slugify("é" * 200 + "b")


@given(st.text(max_size=40))
def test_a_tag_is_equal_to_itself_in_any_case(tag: str) -> None:
    assert tag_key(tag_key(tag)) == tag_key(tag)
    assert tag_key(f" {tag} ") == tag_key(tag)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_whatever_the_slug_the_url_is_below_the_site_or_refused(slug: str) -> None:
    quoted = slug.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
    post, problems = read_all(f'---\ndate: 2026-11-18\nslug: "{quoted}"\n---\n')
    assert (post is None) == any(problem.severity == "error" for problem in problems)
    if post is not None:
        parts = urlsplit(post.url)
        assert (parts.scheme, parts.netloc) == ("https", "example.org")
        assert post.url.isascii()
        assert not {".", ".."} & set(parts.path.split("/"))


@pytest.mark.parametrize(
    "line",
    [
        'slug: "．．／．．／x"',
        'slug: "a／b"',
        'slug: "．．"',
        'slug: "‥"',
        'slug: "a＼b"',
        'slug: "foo."',
        "permalink: /a./b/",
        "permalink: /a/．．/b/",
        "slug: /etc/passwd",
    ],
)
def test_what_some_systems_take_for_another_path_is_refused(line: str) -> None:
    assert [(number, severity) for number, _, severity in faults(line)] == [(3, "error")]
