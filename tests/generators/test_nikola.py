"""Nikola's settings and addresses, as Nikola 8.3 makes them."""

import json
from pathlib import Path

import pytest

from tests.commands import Command
from tests.generators.conftest import Address, Addresses, write_site

POST = "posts/in it/A name.md"
CONFIG = """
import time
BLOG_TITLE = "Mine"
SITE_URL = "https://a.example/"
DEFAULT_LANG = "en"
TRANSLATIONS = {DEFAULT_LANG: "", "de": "./de", "zh_cn": "zh"}
POSTS = (("posts/*.md", "blog", "post.tmpl"), ("posts/*.rst", "blog", "post.tmpl"))
"""


def post(**metadata: str) -> str:
    """Return a post with Nikola's own kind of header."""
    lines = {"title": "A title", "date": "2025-03-04 10:20:00"} | metadata
    return "<!--\n" + "".join(f".. {key}: {value}\n" for key, value in lines.items()) + "-->\n\nText.\n"


@pytest.fixture
def path_of(addresses: Addresses) -> Address:
    """Return a function that gives the path of one post's address, for settings after the usual ones."""

    def of_post(settings: str = "", file: str = POST, **metadata: str) -> str:
        return addresses({"conf.py": CONFIG + settings, file: post(**metadata)})[file].removeprefix("https://a.example")

    return of_post


@pytest.mark.parametrize(
    ("settings", "path"),
    [
        ("", "/blog/in it/a-name/"),
        ("PRETTY_URLS = False", "/blog/in it/a-name.html"),
        ("STRIP_INDEXES = False", "/blog/in it/a-name/index.html"),
        ("USE_SLUGIFY = False", "/blog/in it/A name/"),
        ("POSTS = (('posts/*.md', '', 'post.tmpl'),)", "/in it/a-name/"),
        ("POSTS = (('posts/*.md', '/abs/x', 'post.tmpl'),)", "/abs/x/in it/a-name/"),
        ("POSTS = [('posts/in it/A*.md', {'de': 'd', 'en': 'e'}, 'p'), ('posts/*.md', 'x', 'p')]", "/e/a-name/"),
        ("TRANSLATIONS = {'en': 'english'}", "/english/blog/in it/a-name/"),
        ("FILE_METADATA_REGEXP = r'.*/A (?P<slug>.*)\\.md'", "/blog/in it/name/"),
        ("SITE_URL = 'https://wrong.example'\nBASE_URL = 'https://a.example/base/'", "/base/blog/in it/a-name/"),
    ],
)
def test_settings(path_of: Address, settings: str, path: str) -> None:
    assert path_of(settings) == path


@pytest.mark.parametrize(
    ("name", "metadata", "path"),
    [
        ("restream.io", {}, "/blog/restreamio/"),
        ("c++-tips--x_", {}, "/blog/c++-tips-x_/"),
        ("你好 Đường ½", {}, "/blog/ni-hao-duong-12/"),
        ("index", {}, "/blog/"),
        ("x", {"slug": "Own/Slug #1"}, "/blog/Own/Slug #1/"),
        ("x", {"slug": "trailing/"}, "/blog/trailing/"),
        ("x", {"slug": "a%20b"}, "/blog/a b/"),
        ("x", {"pretty_url": "False"}, "/blog/x.html"),
        ("x", {"url": "/no/", "permalink": "/no/"}, "/blog/x/"),
        ("x.de", {}, "/de/blog/xde/"),
        ("x.fr", {}, "/blog/xfr/"),
        ("x.zh_cn", {"slug": "own"}, "/zh/blog/own/"),
    ],
)
def test_names_and_metadata(path_of: Address, name: str, metadata: dict[str, str], path: str) -> None:
    file = "posts/sub/index.md" if name == "index" else f"posts/{name}.md"
    assert path_of("", file, **metadata) == (path if name != "index" else "/blog/sub/")


def test_a_translation_has_the_name_of_its_post(addresses: Addresses) -> None:
    files = {"posts/x.md": post(), "posts/x.de.md": post(), "posts/x.zh_cn.md": post()}
    assert addresses({"conf.py": CONFIG, **files}) == {
        "posts/x.md": "https://a.example/blog/x/",
        "posts/x.de.md": "https://a.example/de/blog/x/",
        "posts/x.zh_cn.md": "https://a.example/zh/blog/x/",
    }


def test_another_pattern_of_translations(addresses: Addresses) -> None:
    settings = f"{CONFIG}TRANSLATIONS_PATTERN = '{{path}}_{{lang}}.{{ext}}'\n"
    found = addresses({"conf.py": settings, "posts/x.md": post(), "posts/x_de.md": post(), "posts/y.de.md": post()})
    assert found["posts/x_de.md"] == "https://a.example/de/blog/x/"
    assert found["posts/y.de.md"] == "https://a.example/blog/yde/"


def test_only_files_of_posts_are_posts(addresses: Addresses) -> None:
    files = {"posts/a.md": post(), "pages/b.md": post(), "posts/c.markdown": post(), "output/posts/d.md": post()}
    assert set(addresses({"conf.py": CONFIG, **files})) == {"posts/a.md"}


def test_a_tag_may_be_a_state(tmp_path: Path, digest: Command) -> None:
    tagged = "title: T\ndate: 2025-01-01\ntags: [news, draft]"
    write_site(tmp_path, {"conf.py": CONFIG, "posts/a.md": tagged})
    assert '"state":"draft"' in digest(tmp_path, "list", "--all", "--json").out
    write_site(tmp_path, {"conf.py": f"{CONFIG}USE_TAG_METADATA = False\n"})
    assert '"state":"published"' in digest(tmp_path, "list", "--all", "--json").out


def test_title_and_date_of_the_name(tmp_path: Path, digest: Command) -> None:
    pattern = r"FILE_METADATA_REGEXP = r'.*/(?P<date>\d{4}-\d\d-\d\d)-(?P<title>[^.]*)'"
    write_site(tmp_path, {"conf.py": f"{CONFIG}{pattern}\n", "posts/2025-01-02-hello-there.md": "Text\n\nonly.\n"})
    listed = digest(tmp_path, "list", "--all", "--json").out
    assert '"title":"Hello there"' in listed
    assert '"date":"2025-01-02' in listed


def test_a_name_is_a_title(tmp_path: Path, digest: Command) -> None:
    write_site(tmp_path, {"conf.py": CONFIG, "posts/The name.md": "---\ndate: 2025-01-02\n---\n# Heading\n"})
    assert '"title":"The name"' in digest(tmp_path, "list", "--all", "--json").out


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (".. title: T\n.. date: 2025-01-01\n.. slug: /rooted\n", "begins with a slash"),
        (".. title: T\n.. updated: 2025-01-01\n", "the post has no date"),
    ],
)
def test_what_nikola_refuses_is_an_error(tmp_path: Path, digest: Command, header: str, words: str) -> None:
    write_site(tmp_path, {"conf.py": CONFIG, "posts/2025/03/04/x.md": f"{header}\nText.\n"})
    assert words in digest(tmp_path, "list").err


def test_what_is_taken_and_what_cannot_be_read_is_said(tmp_path: Path, digest: Command) -> None:
    settings = (
        f'{CONFIG}BLOG_AUTHOR = {{"de": "Ich", "en": "Me"}}\nTIMEZONE = time.tzname[0]\nFILE_METADATA_REGEXP = "("\n'
    )
    write_site(tmp_path, {"conf.py": settings, POST: post()})
    said = digest(tmp_path, "list").err
    assert "from conf.py (Nikola): title, url, language, author name, content" in said
    assert "conf.py:9: TIMEZONE cannot be read without running it" in said
    assert "FILE_METADATA_REGEXP is no regular expression" in said


def test_settings_of_sphinx_are_not_nikolas(tmp_path: Path, digest: Command) -> None:
    write_site(tmp_path, {"conf.py": "project = 'Docs'\nextensions = []\n", "posts/x.md": "title: T\ndate: 2025-01-01"})
    assert "Nikola" not in digest(tmp_path, "list").err


@pytest.mark.parametrize(("value", "state"), [(True, "published"), (False, "future")])
def test_posts_of_the_future(tmp_path: Path, digest: Command, value: bool, state: str) -> None:
    write_site(tmp_path, {"conf.py": f"{CONFIG}FUTURE_IS_NOW = {value}\n", "posts/x.md": post(date="2199-01-01")})
    assert f'"state":"{state}"' in digest(tmp_path, "list", "--all", "--json").out


def test_front_matter_may_stand_in_a_file_beside_the_text(tmp_path: Path, digest: Command) -> None:
    settings = {
        "conf.py": 'BLOG_TITLE = "Mine"\nSITE_URL = "https://a.example/"\nPOSTS = (("posts/*.md", "blog", "x"),)\n'
    }
    header = ".. title: {0}\n.. slug: own\n.. date: 2025/03/04 10:00\n"
    write_site(tmp_path, {**settings, "posts/x.meta": header.format("First")})
    (tmp_path / "posts/x.md").write_text("Only text.\n", encoding="utf-8")
    (tmp_path / "digest.toml").write_text("", encoding="utf-8")
    now = "2025-03-10"
    assert digest(tmp_path, "build", "--now", now).code == 0
    feed = json.loads((tmp_path / "public/feed.json").read_text(encoding="utf-8"))
    (item,) = feed["items"]
    assert (item["title"], item["url"]) == ("First", "https://a.example/blog/own/")
    assert "Only text." in item["content_html"]
    (tmp_path / "posts/x.meta").write_text(header.format("Second"), encoding="utf-8")
    digest(tmp_path, "build", "--now", now)
    feed = json.loads((tmp_path / "public/feed.json").read_text(encoding="utf-8"))
    assert feed["items"][0]["title"] == "Second"
