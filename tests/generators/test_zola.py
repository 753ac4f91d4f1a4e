"""Zola's settings and addresses; the cases are those of Zola's own tests of `page.rs` and `slugs.rs`, and more."""

import json
from pathlib import Path

import pytest

from tests.commands import Command
from tests.generators.conftest import Address, Addresses, write_site

BASE = 'base_url = "https://a.example"\n'
CONFIG = {"config.toml": BASE}
DATED = "title: T\ndate: 2025-03-04"


@pytest.mark.parametrize(
    ("name", "header", "path"),
    [
        ("posts/intro/start", "slug: hello-world", "/posts/intro/hello-world/"),
        ("start", "slug: hello-&-world", "/hello-world/"),
        ("posts/intro/start", "path: hello-world", "/hello-world/"),
        ("posts/intro/start", "path: /Hello World", "/Hello World/"),
        ("posts/intro/start", "permalink: /elsewhere/\nurl: /elsewhere/", "/posts/intro/start/"),
        (" file with space", "", "/file-with-space/"),
        ("posts/with_assets/index", "", "/posts/with-assets/"),
        ("posts/2013-06-02_with-assets/index", "", "/posts/with-assets/"),
        ("articles/2021-07-29-sample", "slug: hey", "/articles/hey/"),
        ("2018-10-08_hello", "", "/hello/"),
        ("2018-10-08 - hello", "", "/hello/"),
        ("2018-10-02T15:00:00Z-hello", "", "/hello/"),
        ("2018-10-02T15:00:00+02:00_hello", "", "/hello/"),
        ("2018-10-08", "", "/2018-10-08/"),
        ("2018-13-08-hello", "", "/2018-13-08-hello/"),
        ("2018-02-31-hello", "", "/hello/"),
        ("Two Words/x", "", "/Two Words/x/"),
        ("2025/03/x", "", "/2025/03/x/"),
        ("v1.2.3", "", "/v1-2-3/"),
        ("restream.io", "", "/restream-io/"),
        ("héhé (hey)", "", "/hehe-hey/"),
        ("日本", "", "/ri-ben/"),
        ("シつ 价", "", "/situ-jia/"),
        ("party 🎉 rocket🚀x ½", "", "/party-tada-rocketrocket-x-1-2/"),
        ("a∂b", "", "/a-b/"),
    ],
)
def test_names_slugs_and_paths(address: Address, name: str, header: str, path: str) -> None:
    assert address(CONFIG, f"content/{name}.md", f"{DATED}\n{header}") == f"https://a.example{path}"


@pytest.mark.parametrize(
    ("setting", "name", "slug"),
    [
        ("paths = 'safe'", "日本 (hey): a?.", "日本 (hey) a"),
        ("paths = 'off'", "日本 (hey), a", "日本 (hey), a"),
        ("paths = 'off'", "2018-10-08 - hello", " hello"),
        ("paths_keep_dates = true", "2018-10-08_hello", "2018-10-08-hello"),
    ],
)
def test_strategies_of_slugs(address: Address, setting: str, name: str, slug: str) -> None:
    settings = {"zola.toml": f"{BASE}[slugify]\n{setting}\n"}
    assert address(settings, f"content/{name}.md", DATED) == f"https://a.example/{slug}/"


def test_languages_that_the_settings_name(addresses: Addresses, tmp_path: Path, digest: Command) -> None:
    settings = {"config.toml": f"{BASE}default_language = 'zh'\n[languages.zh]\ntitle = 'Z'\n[languages.en]\n"}
    names = ("posts/x.en.md", "posts/x.md", "posts/y.zh.md", "posts/b/index.en.md")
    found = addresses(settings | {f"content/{name}": DATED for name in names})
    assert found == {
        "content/posts/x.en.md": "https://a.example/en/posts/x/",
        "content/posts/x.md": "https://a.example/posts/x/",
        "content/posts/y.zh.md": "https://a.example/posts/y-zh/",  # the default's name is no suffix
        "content/posts/b/index.en.md": "https://a.example/en/posts/b/",
    }
    write_site(tmp_path, {"content/posts/v1.2.md": DATED})
    assert "Zola takes '2' in the name for a language" in digest(tmp_path, "check").err


def test_ignored_files_and_sections_are_no_posts(addresses: Addresses) -> None:
    settings = {"config.toml": f'{BASE}ignored_content = ["*.{{old,bak}}.md", "**/temp/*"]\n'}
    names = ("a.md", "b.old.md", "posts/temp/c.md", "posts/_index.md", "d.markdown")
    found = addresses(settings | {f"content/{name}": DATED for name in names})
    assert set(found) == {"content/a.md"}


def test_states_by_section_and_front_matter(tmp_path: Path, digest: Command) -> None:
    write_site(
        tmp_path,
        CONFIG
        | {
            "content/blog/_index.md": '+++\nsort_by = "date"\n+++\n',
            "content/blog/hidden.md": f"{DATED}\nrender: false",
            "content/blog/future.md": "title: T\ndate: 2199-01-01",
            "content/secret/_index.md": "draft: true",
            "content/secret/in/x.md": DATED,
            "content/docs/_index.md": "sort_by: weight",
            "content/docs/page.md": "title: T",
            "content/about.md": "title: T",
        },
    )
    posts = [json.loads(line) for line in digest(tmp_path, "list", "--all", "--json").out.splitlines()]
    states = {post["path"].removeprefix("content/"): post["state"] for post in posts}
    assert states["blog/hidden.md"] == "unlisted"
    assert states["blog/future.md"] == "published"
    assert states["secret/in/x.md"] == "draft"
    assert digest(tmp_path, "check").code == 0
    write_site(tmp_path, {"content/blog/undated.md": "title: T"})
    assert "content/blog/undated.md" in digest(tmp_path, "check").err


@pytest.mark.parametrize("key", ["slug", "path"])
def test_an_empty_slug_or_path_is_refused(tmp_path: Path, digest: Command, key: str) -> None:
    write_site(tmp_path, CONFIG | {"content/a.md": f"{DATED}\n{key}: ''"})
    assert f"{key} is empty, which Zola refuses" in digest(tmp_path, "check").err


def test_what_was_taken_from_the_settings_is_said(tmp_path: Path, digest: Command) -> None:
    settings = (
        'base_url = "https://a.example/sub"\ntitle = "Mine"\ndescription = "About"\nauthor = "A. Uthor"\n'
        'default_language = "zh-Hans"\n[[taxonomies]]\nname = "topics"\n[[taxonomies]]\nname = "authors"\n'
    )
    write_site(tmp_path, {"config.toml": settings, "content/a.md": DATED})
    said = digest(tmp_path, "list").err
    assert "from config.toml (Zola): title, description, url, language, author name, content, tag_keys" in said
    assert "https://a.example/sub/a/" in digest(tmp_path, "list", "--json").out


def test_a_config_of_hugo_is_not_zolas(tmp_path: Path, digest: Command) -> None:
    write_site(tmp_path, {"config.toml": 'baseURL = "https://a.example/"\n', "content/a.md": DATED})
    assert "from config.toml (Hugo)" in digest(tmp_path, "list").err


def test_a_site_without_settings_is_zolas_when_digest_toml_says_so(address: Address) -> None:
    settings = {"digest.toml": '[site]\nurl = "https://a.example"\npermalink = "zola"\n'}
    assert address(settings, "content/A B.md", "path: Own/Path\ndate: 2025-03-04") == "https://a.example/Own/Path/"
