"""Links of a post to other posts, as generators write them, lead to the addresses that those posts have."""

import json
import re
from pathlib import Path

import pytest

from tests.commands import Command
from tests.conftest import MakeSite

TOML = '[site]\nurl = "https://a.example/"\n'
OTHER = "---\ntitle: The other post\ndate: 2026-11-18\nslug: its-own-slug\n---\nOther.\n"
POST = "---\ntitle: One\ndate: 2026-11-20\n---\n{}\n"
URL = "https://a.example/news/2026/11/18/its-own-slug/"
NOW = "2026-11-23T09:00:00Z"


def links(site: Path, title: str = "One") -> list[str]:
    items = json.loads((site / "public/feed.json").read_text(encoding="utf-8"))["items"]
    html = next(item["content_html"] for item in items if item["title"] == title)
    return re.findall(r'href="([^"]*)"', html)


@pytest.mark.parametrize(
    ("path", "markdown"),
    [
        ("content/news/one.md", "[x](other.md)"),
        ("content/news/one.md", "[x](./other.md)"),
        ("content/one.md", "[x](news/other.md)"),
        ("content/blog/one.md", "[x](../news/other.md)"),
        ("content/blog/one.md", "[x](/news/other.md)"),
        ("content/blog/one.md", "[x](@/news/other.md)"),
        ("content/blog/one.md", '[x]({{< ref "news/other.md" >}})'),
        ("content/blog/one.md", '[x]({{< relref "/news/other" >}})'),
        ("content/news/one.md", "[x]({filename}other.md)"),
        ("content/blog/one.md", "[x]({filename}/news/other.md)"),
        ("content/one.md", "[x](link://slug/its-own-slug)"),
        ("content/one.md", "[x](link://filename/news/other.md)"),
        ("content/one.md", "See [[other]]."),
        ("content/one.md", "See [[The other post|it]]."),
        ("content/one.md", "[x][o]\n\n[o]: news/other.md"),
        ("content/one.md", '<a href="news/other.md">x</a>'),
        ("content/one.html", '<p>See\n\n      <a href="news/other.md">x</a> and {% comment %}x{% endcomment %}</p>'),
    ],
)
def test_a_link_leads_to_the_address_of_the_other_post(
    make_site: MakeSite, digest: Command, path: str, markdown: str
) -> None:
    site = make_site({"content/news/other.md": OTHER, path: POST.format(markdown)}, TOML)
    assert digest(site, "build", "--now", NOW).code == 0
    assert links(site) == [URL]


def test_a_fragment_stays(make_site: MakeSite, digest: Command) -> None:
    site = make_site({"content/other.md": OTHER, "content/one.md": POST.format("[x](other.md#part)")}, TOML)
    digest(site, "build", "--now", NOW)
    assert links(site) == ["https://a.example/2026/11/18/its-own-slug/#part"]


def test_jekylls_post_url_follows_jekylls_addresses(make_site: MakeSite, digest: Command) -> None:
    files = {
        "_config.yml": "url: https://a.example\n",
        "_posts/2026-11-18-Other.md": "---\ntitle: Other\ncategories: [News Room]\n---\nOther.\n",
        "_posts/2026-11-20-one.md": "---\ntitle: One\n---\n[x]({% post_url 2026-11-18-Other %})\n",
    }
    site = make_site(files, "")
    digest(site, "build", "--now", NOW)
    assert links(site) == ["https://a.example/news%20room/2026/11/18/Other.html"]


def test_a_link_to_a_file_that_is_no_post_is_a_warning(make_site: MakeSite, digest: Command) -> None:
    body = "`[x](code.md)` [y](docs/page.md) and [z](https://b.example/x.md)"
    site = make_site({"content/one.md": POST.format(body)}, TOML)
    said = digest(site, "build", "--now", NOW).err
    assert "content/one.md:5:20: warning: unknown-page: docs/page.md is no post here" in said
    assert said.count("unknown-page") == 1
    assert links(site) == ["https://a.example/docs/page/", "https://b.example/x.md"]


def test_a_name_with_a_day_that_does_not_exist_is_a_name(make_site: MakeSite, digest: Command) -> None:
    site = make_site({"content/one.md": POST.format("[x](2026-13-45-x.md)")}, TOML)
    assert digest(site, "build", "--now", NOW).code == 0
    assert links(site) == ["https://a.example/2026/11/20/2026-13-45-x/"]


def test_a_name_of_two_posts_is_no_link(make_site: MakeSite, digest: Command) -> None:
    files = {"content/a/other.md": OTHER, "content/b/other.md": OTHER, "content/one.md": POST.format("[[other]]")}
    site = make_site(files, TOML)
    digest(site, "build", "--now", NOW)
    assert links(site) == []


def test_a_link_is_renewed_when_the_other_post_moves_appears_or_goes(make_site: MakeSite, digest: Command) -> None:
    site = make_site({"content/news/other.md": OTHER, "content/one.md": POST.format("[x](news/other.md)")}, TOML)
    digest(site, "build", "--now", NOW)
    assert links(site) == [URL]
    (site / "content/news/other.md").write_text(OTHER.replace("its-own-slug", "another"), encoding="utf-8")
    digest(site, "build", "--now", NOW)
    assert links(site) == [URL.replace("its-own-slug", "another")]
    assert digest(site, "build", "--now", NOW).err.count("0 rendered") == 1
    (site / "content/news/other.md").unlink()
    digest(site, "build", "--now", NOW)
    assert links(site) == ["https://a.example/news/other/"]
    (site / "content/news/other.md").write_text(OTHER, encoding="utf-8")
    digest(site, "build", "--now", NOW)
    assert links(site) == [URL]
