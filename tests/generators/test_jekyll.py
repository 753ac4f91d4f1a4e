"""Jekyll's settings and addresses, as Jekyll 4.3 makes them."""

from pathlib import Path

import pytest

from tests.commands import Command
from tests.generators.conftest import Address, Addresses, write_site

POST = "_posts/2025-03-04-A-name.md"
CONFIG = {"_config.yml": "url: https://a.example\n"}


@pytest.mark.parametrize(
    ("setting", "path"),
    [
        ("", "/2025/03/04/A-name.html"),
        ("permalink: pretty", "/2025/03/04/A-name/"),
        ("permalink: none", "/A-name.html"),
        ("permalink: ordinal", "/2025/063/A-name.html"),
        ("permalink: weekdate", "/2025/W10/Tue/A-name.html"),
        ("permalink: /:year-:i_month-:i_day/:slug", "/2025-3-4/a-name"),
        ("permalink: /:short_year_:title/", "/25_A-name/"),
        ("permalink: /:nothing/:title/", "/:nothing/A-name/"),
        ("collections: {posts: {permalink: /p/:title}}", "/p/A-name"),
        ("defaults: [{scope: {path: _posts}, values: {permalink: /d/:title}}]", "/d/A-name"),
        ("baseurl: /blog", "/blog/2025/03/04/A-name.html"),
    ],
)
def test_a_style_or_a_pattern(address: Address, setting: str, path: str) -> None:
    settings = {"_config.yml": f"url: https://a.example\n{setting}\n"}
    assert address(settings, POST) == f"https://a.example{path}"


@pytest.mark.parametrize(
    ("name", "header", "path"),
    [
        ("2025-03-04-c#-tips", "", "/2025/03/04/c-tips.html"),
        ("2025-03-04-你好 世界", "", "/2025/03/04/你好-世界.html"),
        ("2025-03-04-restream.io", "", "/2025/03/04/restream.io.html"),
        ("2025-3-4-single", "", "/2025/03/04/single.html"),
        ("2025-03-04-x", "slug: /Own/Slug", "/2025/03/04/Own-Slug.html"),
        ("2025-03-04-x", "slug: ''", "/2025/03/04/.html"),
        ("2025-03-04-x", "url: /elsewhere/", "/2025/03/04/x.html"),
        ("2025-03-04-x", "permalink: perma link/Äö", "/perma link/Äö"),
        ("2025-03-04-x", "categories: Two Words", "/two/words/2025/03/04/x.html"),
        ("2025-03-04-x", "categories: [Two Words, C++]", "/two words/c++/2025/03/04/x.html"),
        ("2025-03-04-x", "category: Two Words", "/two words/2025/03/04/x.html"),
    ],
)
def test_names_slugs_and_categories(address: Address, name: str, header: str, path: str) -> None:
    assert address(CONFIG, f"_posts/{name}.md", f"title: T\n{header}") == f"https://a.example{path}"


def test_folders_above_posts_are_categories_and_those_inside_are_nothing(addresses: Addresses) -> None:
    found = addresses(
        CONFIG
        | {
            "News Room/_posts/in/2025-03-04-x.md": "title: T\ncategories: own",
            "_posts/2025-03-04-x.md": "title: T",
            "_posts/no-post.md": "title: T",
            "about.md": "title: About",
        },
    )
    assert found == {
        "News Room/_posts/in/2025-03-04-x.md": "https://a.example/news room/own/2025/03/04/x.html",
        "_posts/2025-03-04-x.md": "https://a.example/2025/03/04/x.html",
    }


@pytest.mark.parametrize(
    ("date", "day"),
    [
        ("2025-05-31 23:45:00", "2025/06/01"),
        ("'2025-05-31 23:45:00'", "2025/05/31"),
        ("2025-05-31", "2025/05/31"),
        ("2025-05-31 23:45:00 +0200", "2025/06/01"),
    ],
)
def test_a_time_that_is_not_in_quotes_is_utc(address: Address, date: str, day: str) -> None:
    settings = {"_config.yml": "url: https://a.example\ntimezone: Asia/Tokyo\n"}
    assert address(settings, "_posts/2025-01-01-x.md", f"date: {date}") == f"https://a.example/{day}/x.html"


def test_documents_of_a_collection_are_posts_when_they_are_dated(
    addresses: Addresses, tmp_path: Path, digest: Command
) -> None:
    settings = {"_config.yml": "url: https://a.example\npermalink: pretty\ncollections: {notes: {output: true}}\n"}
    found = addresses(settings | {"_notes/in/A B.md": "date: 2025-03-04", "_notes/page.md": "title: Page"})
    assert found["_notes/in/A B.md"] == "https://a.example/notes/in/A B/"
    assert digest(tmp_path, "check").code == 0


def test_what_was_taken_from_the_settings_is_said(tmp_path: Path, digest: Command) -> None:
    write_site(
        tmp_path, {"_config.yml": "title: Mine\nurl: https://a.example\nexclude: [drafts-old]\n", POST: "title: T"}
    )
    said = digest(tmp_path, "list").err
    assert "from _config.yml (Jekyll): title, url, content, ignore" in said


@pytest.mark.parametrize(
    ("text", "words"), [("a: [", "_config.yml cannot be read"), ("- a", "_config.yml is not a table")]
)
def test_settings_that_cannot_be_read_are_named(tmp_path: Path, digest: Command, text: str, words: str) -> None:
    write_site(tmp_path, {"_config.yml": text, POST: "title: T"})
    assert words in digest(tmp_path, "list").err


def test_a_setting_that_is_not_valid_is_named_and_the_others_are_taken(tmp_path: Path, digest: Command) -> None:
    write_site(tmp_path, {"_config.yml": "title: Mine\nurl: https://a.example\ntimezone: Tokyo\n", POST: "title: T"})
    said = digest(tmp_path, "list").err
    assert '_config.yml: site.timezone is not taken: "Tokyo" is not a time zone' in said
    assert "from _config.yml (Jekyll): title, url" in said


def test_digest_toml_wins(address: Address) -> None:
    files = CONFIG | {
        "digest.toml": '[site]\nurl = "https://b.example"\n[generator]\nname = "jekyll"\npermalink = "none"\n'
    }
    assert address(files, POST) == "https://b.example/A-name.html"


@pytest.mark.parametrize("slug", ["index", "feed", "con"])
def test_a_slug_that_is_reserved_here_is_none_to_the_generator(address: Address, slug: str) -> None:
    assert address(CONFIG, POST, f"slug: {slug}") == f"https://a.example/2025/03/04/{slug}.html"


@pytest.mark.parametrize("permalink", ["/a\\\\b/", '"/a\\\\b"', "/a/%2e%2e/b"])
def test_a_permalink_that_leaves_the_site_is_refused(tmp_path: Path, digest: Command, permalink: str) -> None:
    write_site(tmp_path, {**CONFIG, POST: f"title: T\npermalink: {permalink}"})
    ended = digest(tmp_path, "list", "--json")
    assert ".." not in ended.out
    assert "\\\\" not in ended.out
