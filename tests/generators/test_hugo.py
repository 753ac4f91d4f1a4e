"""Hugo's settings and addresses, as Hugo 0.168 makes them."""

import json
from pathlib import Path

import pytest

from tests.commands import Command
from tests.generators.conftest import Address, Addresses, write_site

POST = "content/posts/A Name.md"
BASE = 'baseURL = "https://a.example/"\n'
CONFIG = {"hugo.toml": BASE}


@pytest.mark.parametrize(
    ("setting", "path"),
    [
        ("", "/posts/a-name/"),
        ("uglyURLs = true", "/posts/a-name.html"),
        ("uglyURLs = {posts = true, news = false}", "/posts/a-name.html"),
        ('uglyURLs = true\npermalinks.posts = "/:filename/+"', "/a-name/-.html"),
        ("disablePathToLower = true", "/posts/A-Name/"),
        ('permalinks.posts = "/:year/:month/:day/:slug/"', "/2025/03/04/ac-dc-it-s/"),
        ('permalinks.page.posts = "/:slugorcontentbasename"', "/a-name/"),
        ('permalinks.posts = "/:filename.html"', "/a-name.html/"),
        ('permalinks.posts = "/:monthname/:weekdayname/:weekday/:yearday"', "/march/tuesday/2/63/"),
        ('permalinks.posts = "/:2006/:1-:02/:Jan/:contentbasename"', "/2025/3-04/mar/a-name/"),
        ('permalinks.posts = "/:section/:sections/:sections[last]/x"', "/posts/posts/posts/x/"),
        ('permalinks.posts = "/a\\\\:b/:filename"', "/ab/a-name/"),
        ('permalinks."/" = "/top/:filename"', "/posts/a-name/"),
        ('[[permalinks]]\npattern = "/r/:filename"\ntarget = {path = "/{posts,news}/**"}', "/r/a-name/"),
        ('[[permalinks]]\npattern = "/r/:filename"\ntarget = {environment = "development"}', "/posts/a-name/"),
        ("defaultContentLanguageInSubdir = true", "/en/posts/a-name/"),
        ('module.mounts = [{source = "content/posts", target = "content/blog"}]', "/blog/a-name/"),
    ],
)
def test_settings(address: Address, setting: str, path: str) -> None:
    header = "title: AC/DC it 's!\ndate: 2025-03-04"
    assert address({"hugo.toml": BASE + setting}, POST, header) == f"https://a.example{path}"


@pytest.mark.parametrize(
    ("name", "header", "path"),
    [
        ("a-&-b", "", "/posts/a--b/"),
        ("it's [1]", "", "/posts/its-1/"),
        ("c#-tips", "", "/posts/c#-tips/"),
        ("İstanbul-Đ", "", "/posts/istanbul-đ/"),
        ("cafe\u0301", "", "/posts/cafe\u0301/"),
        ("restream.io", "", "/posts/restream.io/"),
        ("2025-01-02-x", "", "/posts/2025-01-02-x/"),
        ("x", "slug: -Own Slug-", "/posts/own-slug/"),
        ("x", "Slug: /a/b/", "/posts/a/b/"),
        ("x", "slug: ''", "/posts/x/"),
        ("x", "url: /v1.2/x", "/v1.2/x"),
        ("x", "url: Rel/Ä b", "/Rel/Ä b/"),
        ("x", "url: /q/index.html", "/q/"),
        ("x", "url: /:year/:title/", "/2025/t/"),
        ("x", "permalink: /elsewhere/\npath: /elsewhere/", "/posts/x/"),
        ("Bundle One/index", "", "/posts/bundle-one/"),
    ],
)
def test_names_slugs_and_urls(address: Address, name: str, header: str, path: str) -> None:
    found = address(CONFIG, f"content/posts/{name}.md", f"title: T\ndate: 2025-03-04\n{header}")
    assert found == f"https://a.example{path}"


def test_accents_are_removed_and_a_letter_with_a_stroke_stays(address: Address) -> None:
    settings = {"hugo.toml": f"{BASE}removePathAccents = true"}
    assert address(settings, "content/Ünï-Đ.md") == "https://a.example/uni-đ/"


LANGUAGES = {
    "hugo.yaml": (
        "baseURL: https://a.example/\ndefaultContentLanguage: zh\npermalinks: {posts: /p/:filename, news: /n/:filename}\n"
        "languages: {zh: {permalinks: {posts: /z/:filename}}, en: {weight: 2}, fr: {disabled: true}}\n"
    )
}


def test_a_suffix_is_a_language_when_the_settings_name_it(addresses: Addresses) -> None:
    dated = "title: T\ndate: 2025-03-04"
    names = ("posts/x.en.md", "posts/x.zh.md", "posts/x.md", "posts/y.de.md", "posts/z.fr.md", "news/x.md")
    found = addresses(LANGUAGES | {f"content/{name}": dated for name in names})
    assert found == {
        "content/posts/x.en.md": "https://a.example/en/p/x/",
        "content/posts/x.zh.md": "https://a.example/z/x/",  # and x.md gives way to it
        "content/posts/y.de.md": "https://a.example/z/y.de/",
        "content/news/x.md": "https://a.example/news/x/",  # a language's permalinks replace the site's
    }


def test_languages_with_folders_and_hosts_of_their_own(addresses: Addresses) -> None:
    settings = (
        f'{BASE}defaultContentLanguage = "de"\n'
        '[languages.de]\ncontentDir = "text/german"\n'
        '[languages.en]\ncontentDir = "text/english"\nbaseURL = "https://b.example/c/"\n'
    )
    dated = "title: T\ndate: 2025-03-04"
    found = addresses({"hugo.toml": settings, "text/german/x.md": dated, "text/english/x.md": dated})
    assert found == {
        "text/german/x.md": "https://a.example/x/",
        "text/english/x.md": "https://b.example/c/x/",
    }


def test_files_of_a_page_bundle_are_part_of_it(addresses: Addresses) -> None:
    dated = "title: T\ndate: 2025-03-04"
    names = ("posts/b/index.md", "posts/b/notes.md", "posts/b/in/more.md", "posts/c/index.en.md", "posts/_index.md")
    found = addresses(CONFIG | {f"content/{name}": dated for name in names})
    assert set(found) == {"content/posts/b/index.md", "content/posts/c/index.en.md"}


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("2024-12-31-Some Name", "/2024/12/some-name/"),
        ("2024-12-31-23-59-00 Some Name", "/2024/12/some-name/"),
        ("2024-12-31", "/2024/12/2024-12-31/"),
        ("2024-13-31-x", "/2025/03/2024-13-31-x/"),
    ],
)
def test_a_date_in_the_name_when_the_settings_ask_for_it(address: Address, name: str, path: str) -> None:
    settings = {
        "hugo.toml": f'{BASE}frontmatter.date = [":filename", ":default"]\n'
        'permalinks.posts = "/:year/:month/:slugorfilename/"'
    }
    assert address(settings, f"content/posts/{name}.md") == f"https://a.example{path}"


def test_a_post_that_has_no_date_for_hugo_is_of_year_one(address: Address) -> None:
    settings = {"hugo.toml": f'{BASE}permalinks.posts = "/:year/:month/:day/:filename/"'}
    assert address(settings, "content/posts/2025-01-02-x.md", "title: T") == "https://a.example/1/01/01/2025-01-02-x/"


@pytest.mark.parametrize(
    ("key", "date"),
    [("publishDate", "2025-03-04"), ("lastmod", "2025-03-04T23:30:00-07:00"), ("modified", "2025-03-04")],
)
def test_other_dates_of_hugo_in_their_own_offset(address: Address, key: str, date: str) -> None:
    settings = {"hugo.toml": f'{BASE}permalinks.posts = "/:year/:month/:day/:filename/"'}
    assert address(settings, "content/posts/2020-01-02-x.md", f"{key}: {date}").endswith("/2025/03/04/2020-01-02-x/")


def test_sections_have_an_index_and_hand_values_down(addresses: Addresses, tmp_path: Path, digest: Command) -> None:
    found = addresses(
        {
            "hugo.toml": f'{BASE}permalinks.docs = "/:sections/:sectionslugs/:slugorfilename"\n'
            '[[cascade]]\ndraft = true\n[cascade.target]\npath = "/docs/c/**"\n',
            "content/docs/_index.md": "title: The Docs\ncascade:\n- url: /handed/:filename\n  target: {path: /docs/c/*}",
            "content/docs/A B/_index.md": "+++\nslug = 'ab'\n[cascade]\nslug = 'below'\n+++\n",
            "content/docs/A B/deep/x.md": "title: T\ndate: 2025-03-04",
            "content/docs/c/y.md": "title: T\ndate: 2025-03-04",
        }
    )
    assert found["content/docs/A B/deep/x.md"] == "https://a.example/docs/a-b/the-docs/ab/below/"
    assert found["content/docs/c/y.md"] == "https://a.example/handed/y/"
    posts = [json.loads(line) for line in digest(tmp_path, "list", "--all", "--json").out.splitlines()]
    assert [post["path"] for post in posts if post["draft"]] == ["content/docs/c/y.md"]


BOMB = "a: &a [x, x]\n" + "".join(f"{letter}: &{letter} [*{before}, *{before}]\n" for before, letter in zip(
    "abcdefghijklmnopqrstuvwxy", "bcdefghijklmnopqrstuvwxyz", strict=True
))  # fmt: skip


@pytest.mark.parametrize("header", [BOMB, "a: [", "title: 2025-99-99", "- a", "cascade: x", "cascade: [{target: 5}]"])
def test_a_section_that_cannot_be_read_is_a_section(address: Address, header: str) -> None:
    settings = {"hugo.toml": f'{BASE}permalinks.docs = "/:sections/:filename"', "content/docs/in/_index.md": header}
    assert address(settings, "content/docs/in/x.md") == "https://a.example/docs/in/x/"


def test_a_link_is_no_section(addresses: Addresses, tmp_path: Path) -> None:
    write_site(tmp_path, {"elsewhere.md": "cascade: {slug: stolen}"})
    (tmp_path / "content/docs").mkdir(parents=True)
    (tmp_path / "content/docs/_index.md").symlink_to(tmp_path / "elsewhere.md")
    found = addresses(CONFIG | {"content/docs/x.md": "title: T\ndate: 2025-03-04"})
    assert found == {"content/docs/x.md": "https://a.example/docs/x/"}


@pytest.mark.parametrize(
    "setting",
    [
        "languages = ['en']", "permalinks = 5", "permalinks.posts = 5", "permalinks = ['x']", "module = 'x'",
        "module.mounts = 'x'", "module.mounts = [{source = '../x', target = 'content'}]", "contentDir = '/etc'",
        "contentDir = '../x'", "ignoreFiles = '['", "uglyURLs = 'yes'", "languages.en = 'x'", "taxonomies = ['x']",
        "frontmatter = ['x']", "cascade = 5", "params = 5", "languages.en.weight = 'x'", "languages.en.contentDir = '..'",
    ],
)  # fmt: skip
def test_settings_of_the_wrong_type_stop_nothing(tmp_path: Path, digest: Command, setting: str) -> None:
    write_site(tmp_path, {"hugo.toml": f"{BASE}{setting}\n", POST: "title: T\ndate: 2025-03-04"})
    ran = digest(tmp_path, "list", "--all")
    assert ran.code in {0, 65}
    assert "Traceback" not in ran.err


def test_settings_in_folders_and_those_of_production_win(address: Address) -> None:
    settings = {
        "hugo.toml": BASE,
        "config/_default/permalinks.toml": 'posts = "/default/:filename"\nnews = "/n/:filename"\n',
        "config/_default/languages.en.yaml": "title: In English\n",
        "config/production/permalinks.yaml": "posts: /production/:filename\n",
    }
    assert address(settings, POST) == "https://a.example/production/a-name/"


def test_what_was_taken_from_the_settings_is_said(tmp_path: Path, digest: Command) -> None:
    settings = (
        f'{BASE}title = "Mine"\nlanguageCode = "en-us"\ntimeZone = "Asia/Tokyo"\ntaxonomies = {{topic = "topics"}}\n'
        'frontmatter.date = [":git", ":default"]\nignoreFiles = ["["]\n'
        '[params]\nauthor = {name = "A. Uthor"}\ndescription = "About"\n'
    )
    write_site(tmp_path, {"hugo.toml": settings, POST: "title: T\ndate: 2025-03-04"})
    said = digest(tmp_path, "list").err
    keys = "title, description, url, language, timezone, author name, content, tag_keys"
    assert f"from hugo.toml (Hugo): {keys}" in said
    assert "frontmatter.date has :git, which is not read" in said
    assert "ignoreFiles '[' cannot be read" in said


def test_a_config_of_another_program_is_not_hugos(tmp_path: Path, digest: Command) -> None:
    write_site(tmp_path, {"config.yaml": "backend: git\n", POST: "title: T\ndate: 2025-03-04"})
    assert "Hugo" not in digest(tmp_path, "list").err


def test_ignored_files_and_drafts_of_sections_are_left_out(addresses: Addresses) -> None:
    dated = "title: T\ndate: 2025-03-04"
    settings = {"hugo.toml": f"{BASE}ignoreFiles = ['old-.*\\.md$']\n"}
    found = addresses(settings | {"content/a.md": dated, "content/old-a.md": dated, "content/.a.md": dated})
    assert set(found) == {"content/a.md"}


def test_a_page_without_a_date_is_no_error_outside_the_main_sections(tmp_path: Path, digest: Command) -> None:
    settings = {"hugo.toml": f'{BASE}params.mainSections = ["posts"]\n'}
    write_site(tmp_path, settings | {"content/about.md": "title: T", "content/docs/x.md": "title: T"})
    assert digest(tmp_path, "check").code == 0
    write_site(tmp_path, {"content/posts/x.md": "title: T"})
    assert "content/posts/x.md" in digest(tmp_path, "check").err


def test_the_main_section_is_the_one_with_the_most_pages(tmp_path: Path, digest: Command) -> None:
    dated = "title: T\ndate: 2025-03-04"
    write_site(
        tmp_path, CONFIG | {"content/posts/a.md": dated, "content/posts/b.md": dated, "content/docs/x.md": "title: T"}
    )
    assert digest(tmp_path, "check").code == 0
    write_site(tmp_path, {"content/posts/c.md": "title: T"})
    assert "content/posts/c.md:1:1: missing-date" in digest(tmp_path, "check").err


@pytest.mark.parametrize("line", ["headless: true", "build: {list: never}", "build: {render: never}"])
def test_a_page_that_is_kept_from_lists_is_unlisted(tmp_path: Path, digest: Command, line: str) -> None:
    write_site(tmp_path, CONFIG | {POST: f"title: T\ndate: 2025-03-04\n{line}"})
    assert json.loads(digest(tmp_path, "list", "--all", "--json").out)["state"] == "unlisted"


@pytest.mark.parametrize(("setting", "state"), [("", "future"), ("buildFuture = true", "published")])
def test_future_posts_are_shown_when_the_settings_say_so(
    tmp_path: Path, digest: Command, setting: str, state: str
) -> None:
    write_site(tmp_path, {"hugo.toml": BASE + setting, POST: "title: T\ndate: 2199-03-04"})
    assert json.loads(digest(tmp_path, "list", "--all", "--json").out)["state"] == state


def test_an_address_with_a_protocol_is_refused(tmp_path: Path, digest: Command) -> None:
    write_site(tmp_path, CONFIG | {POST: "title: T\ndate: 2025-03-04\nurl: https://b.example/x"})
    assert "has a protocol, which Hugo refuses" in digest(tmp_path, "check").err


def test_a_post_that_another_has_the_address_of_is_kept(addresses: Addresses) -> None:
    dated = "title: T\ndate: 2025-03-04\nslug: same"
    found = addresses(CONFIG | {"content/posts/a.md": dated, "content/posts/b.md": dated})
    assert list(found.values()) == ["https://a.example/posts/same/"] * 2


def test_one_line_says_that_a_site_without_settings_is_hugos(address: Address) -> None:
    line = (
        'generator = {name = "hugo", permalinks = {posts = "/:year/:filename/"}}\n[site]\nurl = "https://a.example"\n'
    )
    assert address({"digest.toml": line}, POST) == "https://a.example/2025/a-name/"
