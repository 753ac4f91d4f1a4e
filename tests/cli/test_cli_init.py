"""`digest init` in a folder that has a site: the `digest.toml` that it writes, and what it leaves alone."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.commands import NOW, Command, tree
from tests.conftest import MakeSite

POST = "---\ntitle: {0}\ndate: 2026-11-20\n{1}\n---\nText.\n"
JEKYLL = "title: Mine\nurl: https://mine.example\nbaseurl: /blog\ntimezone: Asia/Tokyo\nlang: ja\npermalink: pretty\n"


@pytest.fixture
def written(tmp_path: Path, digest: Command) -> Any:
    """Return a function that writes files, runs `digest init` there and returns the settings written."""

    def init(files: dict[str, str], *options: str) -> dict[str, Any]:
        for path, text in files.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(text, encoding="utf-8")
        before = tree(tmp_path)
        ended = digest(tmp_path, "init", "--now", NOW, *options)
        assert ended.code == 0, ended.err
        assert before.items() <= tree(tmp_path).items()
        assert digest(tmp_path, "check").code == 0
        return tomllib.loads((tmp_path / "digest.toml").read_text(encoding="utf-8"))

    return init


def test_the_settings_of_the_generator_are_taken_over(written: Any, tmp_path: Path, digest: Command) -> None:
    settings = written({"_config.yml": JEKYLL, "_posts/2026-11-20-x.md": POST.format("T", "")})
    assert settings["site"] == {
        "title": "Mine",
        "url": "https://mine.example/blog/",
        "language": "ja",
        "timezone": "Asia/Tokyo",
        "content": "_posts",
    }
    assert settings["generator"] == {"name": "jekyll", "permalink": "pretty"}
    text = (tmp_path / "digest.toml").read_text(encoding="utf-8")
    assert text.startswith("#:schema digest.schema.json\n")
    assert 'timezone = "Asia/Tokyo"  # from _config.yml\n' in text
    assert json.loads((tmp_path / "digest.schema.json").read_text(encoding="utf-8"))["title"] == "digest.toml"
    listed = digest(tmp_path, "list", "--json")
    assert json.loads(listed.out)["url"] == "https://mine.example/blog/2026/11/20/x/"
    assert "from _config.yml" not in listed.err


def test_no_sample_post_is_added_and_nothing_untrue_is_said(written: Any, tmp_path: Path) -> None:
    settings = written({"content/x.md": POST.format("T", "")})
    assert settings["site"].keys() == {"title", "content"}
    assert "example.org" not in (tmp_path / "digest.toml").read_text(encoding="utf-8")
    assert [path.name for path in (tmp_path / "content").iterdir()] == ["x.md"]


@pytest.mark.parametrize(
    ("files", "posts"),
    [
        ({"content/x.md": POST.format("T", "tags: [a]\ncategories: [b]")}, {}),
        ({"content/x.md": POST.format("T", "categories: [b]")}, {"tag_keys": ["categories"]}),
        (
            {"content/cn/x.md": POST.format("T", ""), "content/en/x.md": POST.format("T", "")},
            {"language_folders": ["cn", "en"]},
        ),
        ({"content/en/x.md": POST.format("T", ""), "content/x.md": POST.format("T", "")}, {}),
        (
            {"news/x.md": POST.format("T", ""), "blog/y.md": POST.format("T", ""), "docs/z.md": "# Z\n"},
            {"include": ["/blog", "/news"]},
        ),
    ],
)
def test_what_the_posts_show_is_proposed(
    written: Any, tmp_path: Path, files: dict[str, str], posts: dict[str, Any]
) -> None:
    (tmp_path / "digest.toml").unlink(missing_ok=True)
    assert written(files).get("posts", {}) == posts


@pytest.mark.parametrize(
    ("title", "language"), [("港口的故事", "zh"), ("港口のはなし", "ja"), ("항구 이야기", "ko"), ("The harbour", None)]
)
def test_the_script_of_the_titles_gives_the_language(written: Any, title: str, language: str | None) -> None:
    assert written({"content/x.md": POST.format(title, "")})["site"].get("language") == language


def test_posts_in_a_folder_for_china_are_chinese(written: Any, tmp_path: Path, digest: Command) -> None:
    written({"content/cn/x.md": POST.format("T", ""), "content/en/x.md": POST.format("T", "")})
    rows = [json.loads(line) for line in digest(tmp_path, "list", "--json").out.splitlines()]
    assert {row["path"]: row["lang"] for row in rows} == {"content/cn/x.md": "zh-CN", "content/en/x.md": "en"}


def test_a_zone_that_is_named_is_taken(written: Any) -> None:
    settings = written(
        {"_config.yml": JEKYLL, "_posts/2026-11-20-x.md": POST.format("T", "")}, "--timezone", "Asia/Seoul"
    )
    assert settings["site"]["timezone"] == "Asia/Seoul"


@pytest.mark.parametrize(
    ("language", "zone"),
    [("zh-cn", "Asia/Shanghai"), ("ja", "Asia/Tokyo"), ("en", "Europe/Berlin"), ("", "Europe/Berlin")],
)
def test_the_zone_that_is_shown_as_an_example_fits_the_language(
    make_site: MakeSite, digest: Command, language: str, zone: str
) -> None:
    hugo = f'baseURL = "https://a.example/"\nlanguageCode = "{language}"\n'
    site = make_site({"hugo.toml": hugo, "content/posts/x.md": POST.format("T", "")}, None)
    assert digest(site, "init").code == 0
    assert f'# timezone = "{zone}"  # found in no file' in (site / "digest.toml").read_text(encoding="utf-8")


def test_recipes_can_be_added_later(site: Path, digest: Command) -> None:
    before = tree(site)
    ended = digest(site, "init", "--with", "cron", "--json")
    assert (ended.code, json.loads(ended.out)) == (0, {"written": ["deploy/digest.cron"]})
    assert before.items() <= tree(site).items()
    assert digest(site, "init", "--with", "cron").code == 73
    assert digest(site, "init").code == 73


def test_a_site_adopted_twice_or_by_a_file_reads_the_same(make_site: MakeSite, digest: Command) -> None:
    site = make_site({"_config.yml": JEKYLL, "_posts/2026-11-20-x.md": POST.format("T", "")}, "")
    empty = digest(site, "list", "--json").out
    (site / "digest.toml").unlink()
    assert digest(site, "list", "--json").out == empty
    assert digest(site, "init", "--now", NOW).code == 0
    assert digest(site, "list", "--json").out == empty
