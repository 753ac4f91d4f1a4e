"""`digest check --links`: the addresses of posts against the pages that a generator wrote."""

import json
from pathlib import Path

import pytest

from tests.commands import NOW, Command
from tests.conftest import MakeSite

POST = "---\ntitle: A title\ndate: 2026-11-20\n---\nText.\n"
SITEMAP = '<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{}</urlset>'
INDEX = '<?xml version="1.0"?><sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{}</sitemapindex>'


def page(folder: Path, path: str) -> None:
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_text("<p>page</p>", encoding="utf-8")


@pytest.fixture
def two_posts(make_site: MakeSite) -> Path:
    toml = '[site]\nurl = "https://a.example/blog/"\n'
    return make_site(
        {"content/one.md": POST, "content/你好.md": POST, "content/later.md": POST.replace("2026", "2031")}, toml
    )


def test_every_post_that_has_its_page_is_counted(two_posts: Path, digest: Command) -> None:
    page(two_posts / "written", "2026/11/20/one/index.html")
    page(two_posts / "written", "2026/11/20/你好/index.html")
    ended = digest(two_posts, "check", "--links", "written", "--now", NOW)
    assert (ended.code, ended.err) == (0, "2 of 2 posts found at the right address in written\n")


def test_a_missing_page_is_named_with_the_nearest_and_the_pattern_that_fits(two_posts: Path, digest: Command) -> None:
    page(two_posts / "written", "posts/one.html")
    page(two_posts / "written", "one.html")
    page(two_posts / "written", "你好.html")
    ended = digest(two_posts, "check", "--links", "written", "--now", NOW)
    assert ended.code == 65
    assert ended.err.splitlines() == [
        "content/one.md:1:1: no-such-page: /blog/2026/11/20/one/ is not in written (the nearest is /blog/one.html)",
        "content/你好.md:1:1: no-such-page: /blog/2026/11/20/你好/ is not in written (the nearest is /blog/你好.html)",
        "0 of 2 posts found at the right address in written",
        'permalink = "/{slug}.html" would fit 2 of 2 posts instead of 0',
    ]
    shown = json.loads(digest(two_posts, "check", "--links", "written", "--now", NOW, "--json").out)
    assert (shown["found"], shown["posts"], len(shown["problems"])) == (0, 2, 2)


def test_a_generator_is_proposed_by_name(make_site: MakeSite, digest: Command) -> None:
    site = make_site({"_posts/2026-11-20-One.md": POST.replace("A title", "T\ncategories: [News Room]")}, "")
    page(site / "written", "news room/2026/11/20/One.html")
    said = digest(site, "check", "--links", "written", "--now", NOW).err
    assert 'permalink = "jekyll" would fit 1 of 1 post instead of 0' in said


@pytest.mark.parametrize("end", ["/", "", "/index.html"])
def test_a_sitemap_is_read(two_posts: Path, digest: Command, end: str) -> None:
    places = "".join(
        f"<url><loc>https://a.example/blog/2026/11/20/{name}{end}</loc></url>" for name in ("one", "%E4%BD%A0%E5%A5%BD")
    )
    (two_posts / "sitemap-0.xml").write_text(SITEMAP.format(places), encoding="utf-8")
    (two_posts / "sitemap.xml").write_text(
        INDEX.format("<sitemap><loc>https://a.example/blog/sitemap-0.xml</loc></sitemap>"), encoding="utf-8"
    )
    ended = digest(two_posts, "check", "--links", "sitemap.xml", "--now", NOW)
    has_slash = end != ""
    assert ended.code == (0 if has_slash else 65)


@pytest.mark.parametrize(("text", "words"), [("<a", "cannot be read as a sitemap"), ("<urlset/>", "has no page")])
def test_what_has_no_pages_is_an_error(two_posts: Path, digest: Command, text: str, words: str) -> None:
    (two_posts / "sitemap.xml").write_text(text, encoding="utf-8")
    ended = digest(two_posts, "check", "--links", "sitemap.xml")
    assert ended.code == 1
    assert words in ended.err
