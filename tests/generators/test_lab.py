"""Small sites built by the generators themselves, and the addresses that their pages have.

Each generator is looked for in `.generators`, where `make generators` installs it, and on the PATH.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.commands import Command
from tests.generators.conftest import write_site

ROOT = Path(__file__).parents[2]
FOLDERS = (ROOT / ".generators/bin", ROOT / ".generators/node_modules/.bin")
NOW = "2026-11-23T09:00:00Z"

# File names and front matter that generators treat in many ways; each post has a title of its own.
NAMES = {
    "hello-world": "",
    "Capital Letters": "",
    "你好，世界": "",
    "港口的故事": "slug: harbour",
    "restream.io": "",
    "v1.2.3": "",
    "under_score": "",
    "café-au-lait": "",
    "double--dash": "",
    "it's-here": "",
    "привет": "",
    "emoji-🎉": "",
}
TITLES = {
    "title-plain": "第一期：海港的早晨",
    "title-latin": "C++ and C#: tips?",
    "title-mixed": "Über 100 % 海 & More",
    "title-dots": "Dots... and dashes — here",
    "title-year": "2027",
    "title-case": "Hello World, Again!",
    "title-quotes": "“Quoted” titles’ ends",
    "title-long": "很长的标题" * 8,
}


class Site(NamedTuple):
    """How a fresh site of a generator is laid out and built."""

    settings: dict[str, str]
    path: Callable[[str, int], str]  # of the post with this name on this day of March
    command: list[str]
    output: str
    date: str = "date: 2026-03-{day:02} 10:00:00"


def below(folder: str) -> Callable[[str, int], str]:
    return lambda name, day: f"{folder}/{name}.md"


HUGO_LAYOUT = "<html><body>{{ .Content }}</body></html>"
NIKOLA_CONF = """
BLOG_AUTHOR = "Me"
BLOG_TITLE = "Mine"
SITE_URL = "https://a.example/"
BLOG_EMAIL = "me@a.example"
BLOG_DESCRIPTION = "A site."
DEFAULT_LANG = "zh_cn"
TRANSLATIONS = {DEFAULT_LANG: ""}
POSTS = (("posts/*.md", "posts", "post.tmpl"),)
PAGES = (("pages/*.md", "", "page.tmpl"),)
TIMEZONE = "Asia/Shanghai"
COMPILERS = {"markdown": [".md"]}
"""
SITES = {
    "hugo": Site(
        {
            "hugo.toml": 'baseURL = "https://a.example/"\ntitle = "Mine"\nlanguageCode = "zh-cn"\n',
            "layouts/_default/single.html": HUGO_LAYOUT,
            "layouts/_default/list.html": HUGO_LAYOUT,
        },
        below("content/posts"),
        ["hugo", "--quiet"],
        "public",
        date="date: 2026-03-{day:02}T10:00:00+08:00",
    ),
    "jekyll": Site(
        {"_config.yml": "title: Mine\nurl: https://a.example\ntimezone: Asia/Shanghai\n"},
        lambda name, day: f"_posts/2026-03-{day:02}-{name}.md",
        ["jekyll", "build", "--quiet"],
        "_site",
    ),
    "pelican": Site(
        {
            "pelicanconf.py": "AUTHOR = 'Me'\nSITENAME = 'Mine'\nSITEURL = 'https://a.example'\nPATH = 'content'\n"
            "TIMEZONE = 'Asia/Shanghai'\nDEFAULT_LANG = 'zh'\n"
        },
        below("content"),
        ["pelican", "--quiet", "-s", "pelicanconf.py"],
        "output",
    ),
    "nikola": Site({"conf.py": NIKOLA_CONF}, below("posts"), ["nikola", "build", "-q"], "output"),
    "mkdocs": Site(
        {
            "mkdocs.yml": "site_name: Mine\nsite_url: https://a.example/\ntheme: {name: material}\nplugins: [blog]\n",
            "docs/index.md": "# Home\n",
            "docs/blog/index.md": "# Blog\n",
        },
        below("docs/blog/posts"),
        ["mkdocs", "build", "--quiet"],
        "site",
        date="date: 2026-03-{day:02}",
    ),
    "hexo": Site(
        {
            "_config.yml": "title: Mine\nurl: https://a.example\nlanguage: zh-CN\ntimezone: Asia/Shanghai\n"
            "source_dir: source\npublic_dir: public\npermalink: :year/:month/:day/:title/\nnew_post_name: :title.md\n"
            "theme: none\n",
            "themes/none/layout/post.njk": "{{ page.content }}",
            "package.json": '{"name": "mine", "dependencies": {"hexo": "*", "hexo-renderer-marked": "*"}, '
            '"hexo": {"version": "8.1.1"}}',
        },
        below("source/_posts"),
        ["hexo", "generate", "--silent"],
        "public",
    ),
    "eleventy": Site(
        {
            "package.json": '{"name": "mine", "type": "module", "devDependencies": {"@11ty/eleventy": "*"}}',
            "posts/posts.json": '{"tags": "posts"}',
        },
        below("posts"),
        ["eleventy", "--quiet"],
        "_site",
    ),
}


def tool(name: str) -> str:
    """Return the path of a generator's command. Skips the test where there is none."""
    found = shutil.which(name, path=os.pathsep.join([*map(str, FOLDERS), os.environ["PATH"]]))
    if found is None:
        pytest.skip(f"{name} is not installed; see make generators")
    return found


@pytest.mark.parametrize("name", SITES)
def test_every_post_of_a_fresh_site_has_the_address_of_its_page(tmp_path: Path, digest: Command, name: str) -> None:
    site = SITES[name]
    command = [tool(name), *site.command[1:]]
    posts: dict[str, str] = {}
    for day, (stem, line) in enumerate(NAMES.items(), 1):
        posts[site.path(stem, day)] = f"title: Number {day}\n{site.date.format(day=day)}\n{line}".strip()
    for day, (stem, title) in enumerate(TITLES.items(), len(NAMES) + 1):
        posts[site.path(stem, day)] = f"title: {json.dumps(title, ensure_ascii=False)}\n{site.date.format(day=day)}"
    write_site(tmp_path, {**site.settings, **posts})
    if name in {"hexo", "eleventy"} and (FOLDERS[1].parent).is_dir():
        (tmp_path / "node_modules").symlink_to(FOLDERS[1].parent)
    environment = os.environ | {"TZ": "Asia/Shanghai", "LANG": "C.UTF-8"}
    built = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    ended = digest(tmp_path, "check", "--links", site.output, "--now", NOW, "--json")
    report = json.loads(ended.out)
    assert [problem["message"] for problem in report["problems"]] == []
    assert (report["found"], report["posts"]) == (len(posts), len(posts))
