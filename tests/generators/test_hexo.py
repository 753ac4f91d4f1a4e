"""Hexo's settings and addresses, as Hexo 8.1 makes them."""

import json
from pathlib import Path

import pytest

from tests.commands import Command
from tests.generators.conftest import Address, Addresses, write_site

POST = "source/_posts/a-name.md"
KEYS = "source_dir: source\nurl: https://a.example\n"


def config(text: str) -> dict[str, str]:
    return {"_config.yml": KEYS + text}


@pytest.mark.parametrize(
    ("setting", "path"),
    [
        ("", "/2025/03/04/a-name/"),
        ("permalink: ':year-:i_month-:i_day_:hour:minute:second.html'", "/2025-3-4_000000.html"),
        ("permalink: 'p/:post_title/:timestamp'", "/p/a-title/1741046400"),
        ("permalink: 'p/:hash/'", "/p/8622bc656d5a/"),
        ("permalink: ':category/:layout/:title_:name.html'", "/uncategorized/post/a-name_a-name.html"),
        ("permalink: ':lang/:title/'", "/undefined/a-name/"),
        ("permalink: ':lang/:title/'\npermalink_defaults: {lang: en}", "/en/a-name/"),
        ("permalink: ':title/index.html'\npretty_urls: {trailing_index: false}", "/a-name/"),
        ("permalink: ':title.html'\npretty_urls: {trailing_html: false}", "/a-name"),
        ("permalink: ':title'\npost_asset_folder: true", "/a-name/"),
        ("permalink: ':category/:title'\ndefault_category: Of All", "/Of All/a-name"),
        ("root: /blog/", "/blog/2025/03/04/a-name/"),
        ("url: https://a.example/b\nroot: /b/", "/b/2025/03/04/a-name/"),
    ],
)
def test_a_permalink(address: Address, setting: str, path: str) -> None:
    lines = {line.partition(":")[0]: line for line in (KEYS + setting).splitlines()}
    assert address({"_config.yml": "\n".join(lines.values())}, POST) == f"https://a.example{path}"


@pytest.mark.parametrize(
    ("name", "header", "path"),
    [
        ("nested/deeper/A page", "", "/2025/03/04/nested/deeper/A page/"),
        ("Bundle Two/index", "", "/2025/03/04/Bundle Two/index/"),
        ("restream.io", "", "/2025/03/04/restream.io/"),
        ("c#-tips", "slug: other", "/2025/03/04/c#-tips/"),
        ("x", "url: /elsewhere/", "/2025/03/04/x/"),
        ("x", "permalink: Perma link/:year", "/Perma link/:year"),
        ("x", "permalink: http:evil", "/http:evil"),
    ],
)
def test_names_and_own_permalinks(address: Address, name: str, header: str, path: str) -> None:
    given = address(config(""), f"source/_posts/{name}.md", f"title: T\ndate: 2025-03-04\n{header}")
    assert given == f"https://a.example{path}"


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("2025-03-04-my.name", "/2025/03/my.name/"),
        ("2025-03-04-bundle/index", "/2025/03/bundle/index/"),
        ("in/2025-03-04-Über; c++", "/2025/03/in-2025-03-04-Uber-c/"),
        ("2025/03/04/Đường đi ß ½", "/2025/03/2025-03-04-Duong-di-s-½/"),
    ],
)
def test_a_pattern_of_names(address: Address, name: str, path: str) -> None:
    settings = config("new_post_name: ':year-:month-:day-:title.md'\npermalink: ':year/:month/:title/'\n")
    assert address(settings, f"source/_posts/{name}.md", "title: T") == f"https://a.example{path}"


def test_other_words_in_a_pattern_of_names_are_keys_of_the_post(address: Address) -> None:
    settings = config("new_post_name: ':lang/:category/:title.md'\npermalink: ':lang/:category/:title/'\n")
    given = address(settings, "source/_posts/zh-CN/My News/x.md", "title: T\ndate: 2025-03-04")
    assert given == "https://a.example/zh-CN/My-News/x/"


@pytest.mark.parametrize(
    ("header", "path"),
    [
        ("categories: C++", "/C/"),
        ("categories: [Two Words, Ünï/æ]", "/2w/Uni-ae/"),
        ("categories: [[a, b], [c, '', d]]", "/c/d/"),
        ("category: x", "/x/"),
        ("categories: []\ncategory: x", "/none/"),
        ("categories: x\npublished: false", "/none/"),
    ],
)
def test_categories(address: Address, header: str, path: str) -> None:
    settings = config("permalink: ':category/'\ndefault_category: none\ncategory_map: {Two Words: 2w}\n")
    assert address(settings, POST, f"title: T\ndate: 2025-03-04\n{header}") == f"https://a.example{path}"


@pytest.mark.parametrize(("case", "path"), [(1, "/one/two/"), (2, "/ONE/TWO/")])
def test_the_case_of_categories(address: Address, case: int, path: str) -> None:
    settings = config(f"permalink: ':category/'\nfilename_case: {case}\n")
    assert address(settings, POST, "date: 2025-03-04\ncategories: [One, Two]") == f"https://a.example{path}"


@pytest.mark.parametrize(
    ("date", "moment"),
    [
        ("2025-05-31 23:45:00", "2025-05-31T23:45:00+09:00"),
        ("2025-05-31", "2025-05-31T00:00:00+09:00"),
        ("2025-05-31T23:45:00-05:00", "2025-06-01T04:45:00+09:00"),  # in UTC, and then taken for local time
        ("2025-05-31 23:45:00Z", "2025-05-31T23:45:00+09:00"),
        ("2025-05-31 23:45:00 -0500", "2025-06-01T13:45:00+09:00"),  # no date of YAML's
        ("'2025-05-31 23:45:00-05:00'", "2025-06-01T13:45:00+09:00"),
        ("'2025-05-31'", "2025-05-31T09:00:00+09:00"),
    ],
)
def test_dates_are_read_as_hexo_reads_them(tmp_path: Path, digest: Command, date: str, moment: str) -> None:
    write_site(tmp_path, config("timezone: Asia/Tokyo\n") | {POST: f"title: T\ndate: {date}"})
    post = json.loads(digest(tmp_path, "list", "--all", "--json").out)
    day = moment[:10].replace("-", "/")
    assert (post["date"], post["url"]) == (moment, f"https://a.example/{day}/a-name/")


def test_the_machine_that_builds_the_site_may_be_in_another_zone(address: Address) -> None:
    settings = config("timezone: Asia/Tokyo\n") | {
        "digest.toml": '[generator]\nname = "hexo"\nmachine_timezone = "UTC"\n'
    }
    assert address(settings, POST) == "https://a.example/2025/03/03/a-name/"


def test_a_zone_of_the_machine_that_does_not_exist_is_named(tmp_path: Path, digest: Command) -> None:
    settings = config("") | {"digest.toml": '[generator]\nname = "hexo"\nmachine_timezone = "Tokyo"\n'}
    write_site(tmp_path, settings | {POST: "title: T\ndate: 2025-03-04"})
    assert 'permalink: "Tokyo" is not a time zone' in digest(tmp_path, "list").err


def test_which_files_are_posts(addresses: Addresses) -> None:
    header = "title: T\ndate: 2025-03-04"
    skipped = "skip_render: ['_posts/raw/**', '_posts/{no,none}-*.md']\nignore: ['**/old']\npermalink: ':title/'\n"
    names = ("a", "raw/in/b", "no-c", "in/no-d", "_e", "in/_f/g", "old/h", "in/README2")
    files = {f"source/_posts/{name}.md": header for name in names}
    files |= {"source/about/index.md": header, "other/_posts/x.md": header, "source/_drafts/i.md": header}
    found = addresses(config(skipped) | files)
    assert {path.removeprefix("source/") for path in found} == {
        "_posts/a.md", "_posts/in/no-d.md", "_posts/in/README2.md", "_drafts/i.md",
    }  # fmt: skip


@pytest.mark.parametrize(("setting", "state"), [("", "published"), ("future: false", "future")])
def test_posts_of_the_future_are_shown(tmp_path: Path, digest: Command, setting: str, state: str) -> None:
    write_site(tmp_path, config(setting) | {POST: "title: T\ndate: 2131-03-04"})
    assert json.loads(digest(tmp_path, "list", "--all", "--json").out)["state"] == state


def test_what_hexo_refuses_is_named(tmp_path: Path, digest: Command) -> None:
    settings = config("permalink: ':id/:title/'\n")
    header = "title: T\ndate: 2025-03-04"
    files = {POST: header, "source/_posts/100% sure.md": f"{header}\nid: 7", "source/_posts/b.md": f"{header}\nid: 8"}
    write_site(tmp_path, settings | files)
    said = digest(tmp_path, "list").err
    assert "a-name.md:1:1: permalink: :id is known to Hexo's own database only (add a line such as id: 12)" in said
    assert "100% sure.md:1:1: permalink: Hexo leaves out a post whose address has a % in it (rename the file)" in said
    write_site(tmp_path, config("permalink: ':tags/:title/'\n"))
    assert "Hexo has no :tags in permalinks" in digest(tmp_path, "list").err


def test_settings_are_taken_over(tmp_path: Path, digest: Command) -> None:
    text = "title: Mine\nsubtitle: Ours\nlanguage: [default, zh-CN]\nauthor: Me\nemail: me@a.example\n"
    write_site(tmp_path, config(text) | {POST: "title: T\ndate: 2025-03-04"})
    said = digest(tmp_path, "list").err
    assert "from _config.yml (Hexo): title, description, url, language, author name, author email, content" in said


OCTOPRESS = """
title: Mine
url: https://a.example
root: /
permalink: /blog/:year/:title/
source: source
destination: public
code_dir: downloads/code
category_dir: blog/categories
markdown: rdiscount
paginate: 10
"""


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("Hexo", {"_config.yml": "title: Mine\n", POST: "title: T\ndate: 2025-03-04"}),
        ("Hexo", {"_config.yml": "title: Mine\n", "package.json": '{"hexo": {"version": ""}}'}),
        ("Hexo", {"_config.yml": "title: Mine\n", "package.json": '{"dependencies": {"hexo": "^7.0.0"}}'}),
        ("Hexo", {"_config.yml": "title: Mine\nper_page: 10\nplugins: [hexo-generator-feed]\n"}),
        ("Jekyll", {"_config.yml": "title: Mine\n", "package.json": "{}"}),
        ("Jekyll", {"_config.yml": "title: Mine\npackage: 1\n", "package.json": "not JSON"}),
        ("Jekyll", {"_config.yml": OCTOPRESS, "source/_posts/2025-03-04-x.md": "title: T"}),
        ("Jekyll", {"_config.yml": "title: Mine\npaginate: 5\nbaseurl: ''\ntheme: minima\n"}),
    ],
)
def test_hexo_and_jekyll_are_told_apart(tmp_path: Path, digest: Command, name: str, files: dict[str, str]) -> None:
    write_site(tmp_path, files)
    assert f"from _config.yml ({name})" in digest(tmp_path, "list").err
