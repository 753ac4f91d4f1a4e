"""Which files are posts, and what is said of the others."""

import json
from pathlib import Path

import pytest

from tests.commands import Command, Ended
from tests.conftest import MakeSite

POST = "---\ntitle: T\ndate: 2026-11-20\n---\nText.\n"
PAGE = "---\ntitle: T\n---\nText.\n"


def paths(ended: Ended) -> list[str]:
    return sorted(json.loads(line)["path"] for line in ended.out.splitlines())


def test_files_in_other_formats_are_counted_by_kind_in_one_line_each(make_site: MakeSite, digest: Command) -> None:
    site = make_site(
        {
            "content/a.md": POST,
            "content/a.rst": "A\n=\n",
            "content/sub/b.rst": "B\n=\n",
            "content/c.ipynb": "{}",
            "content/d.txt": POST,
            "content/e.txt": "no post",
            "content/f.css": "a{}",
        },
        "",
    )
    said = digest(site, "check").err.splitlines()
    hint = "(write Markdown, or add the names to posts.ignore)"
    assert [line for line in said if "passed-over" in line] == [
        f"content: warning: passed-over: 1 .ipynb file not read, first content/c.ipynb {hint}",
        f"content: warning: passed-over: 1 .txt file not read, first content/d.txt {hint}",
        f"content: warning: passed-over: 2 .rst files not read, first content/a.rst {hint}",
    ]


def test_ignored_files_are_not_counted(make_site: MakeSite, digest: Command) -> None:
    site = make_site({"content/a.md": POST, "content/a.rst": "A\n=\n"}, '[posts]\nignore = ["*.rst"]\n')
    assert "passed-over" not in digest(site, "check").err


@pytest.mark.parametrize(
    ("include", "taken"),
    [
        ("[]", ["content/a.md", "content/news/b.md", "content/news/old/c.md"]),
        ('["/news"]', ["content/news/b.md", "content/news/old/c.md"]),
        ('["/news/*.md"]', ["content/news/b.md", "content/news/old/c.md"]),
        ('["b.md"]', ["content/news/b.md"]),
    ],
)
def test_only_included_files_are_posts(make_site: MakeSite, digest: Command, include: str, taken: list[str]) -> None:
    posts = dict.fromkeys(("content/a.md", "content/news/b.md", "content/news/old/c.md"), POST)
    site = make_site(posts, f"[posts]\ninclude = {include}\n")
    assert paths(digest(site, "list", "--json")) == taken


def test_an_html_file_with_front_matter_is_a_post_and_an_undated_one_a_page(
    make_site: MakeSite, digest: Command
) -> None:
    site = make_site(
        {
            "content/a.html": "---\ntitle: T\ndate: 2026-11-20\n---\n<p>Text &amp; more.</p>\n",
            "content/page.html": PAGE,
            "content/bare.html": "<p>no post</p>",
        },
        "",
    )
    ended = digest(site, "list", "--json")
    assert (ended.code, paths(ended)) == (0, ["content/a.html"])
    assert digest(site, "build", "--now", "2026-11-23").code == 0
    feed = json.loads((site / "public/feed.json").read_text(encoding="utf-8"))
    assert feed["items"][0]["content_html"].strip() == "<p>Text &amp; more.</p>"


def test_undated_files_beside_a_posts_folder_are_pages(make_site: MakeSite, digest: Command) -> None:
    files = {"content/_posts/2026-11-20-a.md": PAGE, "content/about.md": PAGE, "content/docs/x.md": PAGE}
    ended = digest(make_site(files, ""), "list", "--json")
    assert (ended.code, paths(ended)) == (0, ["content/_posts/2026-11-20-a.md"])
    wrong = digest(make_site({**files, "content/_posts/b.md": PAGE}, ""), "list", "--json")
    assert wrong.code == 65
    assert "content/_posts/b.md:1:1: missing-date" in wrong.err


def test_files_that_the_generator_takes_for_no_post_are_counted(tmp_path: Path, digest: Command) -> None:
    for path in ("_config.yml", "_posts/2026-11-20-a.md", "_posts/notes.md", "docs/_posts/b.md"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(PAGE if path.endswith(".md") else "title: T\n", encoding="utf-8")
    said = digest(tmp_path, "check").err
    assert "2 files passed over as no post for Jekyll, first _posts/notes.md" in said


def test_undated_files_that_are_most_of_a_folder_are_pages_of_a_generator(tmp_path: Path, digest: Command) -> None:
    files = {
        "hugo.toml": 'baseURL = "https://a.example/"\n',
        "content/posts/a.md": POST,
        "content/posts/b.md": POST.replace("T\n", "Other\n"),
        "content/posts/undated.md": PAGE,
        "content/docs/x.md": PAGE,
        "content/docs/y/index.md": PAGE,
        "content/docs/dated.md": POST,
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    ended = digest(tmp_path, "check")
    assert ended.code == 65
    assert ended.err.count("missing-date") == 1
    assert "content/posts/undated.md:1:1: missing-date" in ended.err
    (tmp_path / "content/posts/undated.md").unlink()
    assert digest(tmp_path, "check").code == 0
