"""The days that readers see are days in the digest's zone, the site's where the digest has none: built from content."""

import json
import re
from datetime import datetime
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from digest.config import load_config
from digest.preview import rehearse
from tests.commands import POST, Command
from tests.conftest import MakeSite

GOLDEN = Path(__file__).parents[1] / "golden/days"
NOW = "2026-11-23T14:00:00+08:00"
SHANGHAI = "shanghai/2026-W48"
NEW_YORK = "new-york/2026-W47"
EDITIONS = [SHANGHAI, NEW_YORK]
MOMENT = "%Y-%m-%d %H:%M"

# The two windows begin and end at the same instants, 05:00 in UTC, and the digests differ in nothing else.
DIGEST = f"""
title = "周刊"
subject = "{{{{ lead.date.strftime('{MOMENT}') }}}}, {{{{ edition.posts[-1].date.strftime('{MOMENT}') }}}}"
sender = "拾穗 <weekly@gleaning.example>"
unsubscribe = "https://gleaning.example/unsubscribe"
postal_address = "拾穗路 1 号"
"""
TOML = f"""
[site]
title = "拾穗"
url = "https://gleaning.example/"
language = "zh-CN"
timezone = "Asia/Shanghai"

[digests.shanghai]
at = "monday 13:00"
{DIGEST}

[digests.new-york]
timezone = "America/New_York"
at = "monday 00:00"
{DIGEST}
"""

# In UTC the first two are on the 18th; the last, there and in Shanghai on the 21st, is on the 20th in New York.
POSTS = {
    "content/untitled.md": "---\ndate: 2026-11-19\n---\n\n![](https://gleaning.example/dawn.jpg)\n",
    "content/dawn.md": '---\ntitle: 破晓\ndate: "2026-11-19 07:11:19"\n---\n\n晨雾。\n',
    "content/noon.md": "---\ntitle: 正午\ndate: 2026-11-20 12:00\nlayout: title\n---\n\n日影。\n",
    "content/offset.md": "---\ntitle: 远方\ndate: 2026-11-20T18:30:00-05:00\n---\n\n来信。\n",
    "content/breakfast.md": '---\ntitle: 早餐\ndate: "2026-11-21 09:00:00"\n---\n\n豆浆。\n',
}
DAYS = {
    SHANGHAI: {
        "早餐": "11月21日",
        "远方": "11月21日",
        "正午": "11月20日",
        "破晓": "11月19日",
        "2026年11月19日": "11月19日",
    },
    NEW_YORK: {
        "早餐": "11月20日",
        "远方": "11月20日",
        "正午": "11月19日",
        "破晓": "11月18日",
        "2026年11月18日": "11月18日",
    },
}
SPANS = {SHANGHAI: "2026年11月16日至23日", NEW_YORK: "2026年11月16日至22日"}
SUBJECTS = {SHANGHAI: "2026-11-21 09:00, 2026-11-19 00:00", NEW_YORK: "2026-11-20 20:00, 2026-11-18 11:00"}
ENDS = {SHANGHAI: "2026-11-23T13:00:00+08:00", NEW_YORK: "2026-11-23T00:00:00-05:00"}


@pytest.fixture
def site(make_site: MakeSite) -> Path:
    """Return the folder of a Chinese site with a digest in its own zone and one in New York's."""
    return make_site(POSTS, TOML)


@pytest.fixture
def output(site: Path, digest: Command) -> Path:
    """Return the output of a build of the site."""
    return built(site, digest)


def built(site: Path, digest: Command) -> Path:
    ended = digest(site, "build", "--now", NOW)
    assert ended.code == 0, ended.err
    return site / "public"


def parsed(html: str) -> Any:
    return etree.fromstring(html, etree.HTMLParser())


def texts(feed: Path, tag: str) -> list[str]:
    """Return the text of each element of a feed in XML with a tag."""
    root: Any = etree.fromstring(feed.read_bytes())
    return [element.text for element in root.iter(tag)]


def days_of_cards(html: str) -> dict[str, str]:
    """Return the day of each card in a page by the card's title."""
    return {
        title.xpath("string()"): title.xpath("normalize-space(following-sibling::*[1])")
        for title in parsed(html).xpath("//*[contains(concat(' ', @class, ' '), ' title ')]")
    }


def days_of_text(text: str) -> dict[str, str]:
    """Return the line below each underlined title of a text part by title."""
    return dict(re.findall(r"^(.+)\n-+\n(.+)$", text, re.MULTILINE))


@pytest.mark.parametrize("key", EDITIONS)
@pytest.mark.parametrize("name", ["email.html", "index.html", "email.txt"])
def test_the_parts_of_an_edition_are_what_they_were(output: Path, key: str, name: str) -> None:
    made = (output / "editions" / key / name).read_text(encoding="utf-8")
    golden = GOLDEN / key.partition("/")[0] / name
    if not golden.exists():
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(made, encoding="utf-8", newline="")
        pytest.fail(f"{golden} was missing and has been written: look at it")
    assert made == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("key", EDITIONS)
@pytest.mark.parametrize("name", ["email.html", "index.html"])
def test_a_card_has_the_day_in_the_zone_of_its_digest(output: Path, key: str, name: str) -> None:
    assert days_of_cards((output / "editions" / key / name).read_text(encoding="utf-8")) == DAYS[key]


@pytest.mark.parametrize("key", EDITIONS)
def test_the_text_part_has_the_days_of_the_html(output: Path, key: str) -> None:
    text = (output / "editions" / key / "email.txt").read_text(encoding="utf-8")
    assert days_of_text(text) == DAYS[key]


@pytest.mark.parametrize("key", EDITIONS)
def test_a_post_without_a_title_is_in_the_contents_by_its_day(output: Path, key: str) -> None:
    page = parsed((output / "editions" / key / "email.html").read_text(encoding="utf-8"))
    lines = [link.xpath("string()") for link in page.iter("a") if link.get("href").startswith("#")]
    _, *below_the_lead = DAYS[key]
    assert lines == below_the_lead


@pytest.mark.parametrize("key", EDITIONS)
def test_the_moments_in_a_subject_are_in_the_zone_of_the_digest(output: Path, key: str) -> None:
    folder = output / "editions" / key
    message = message_from_bytes((folder / "email.eml").read_bytes(), policy=policy.default)
    assert message["Subject"] == SUBJECTS[key]
    assert json.loads((folder / "manifest.json").read_bytes())["subject"] == SUBJECTS[key]


@pytest.mark.parametrize("key", EDITIONS)
def test_the_span_is_that_of_the_window_in_the_zone_of_the_digest(output: Path, key: str) -> None:
    folder = output / "editions" / key
    manifest = json.loads((folder / "manifest.json").read_bytes())
    message = message_from_bytes((folder / "email.eml").read_bytes(), policy=policy.default)
    assert manifest["window"]["end"] == message["Date"].datetime.isoformat() == ENDS[key]
    assert manifest["preheader"].endswith(SPANS[key])
    assert (folder / "email.txt").read_text(encoding="utf-8").split("\n")[1] == f"第 1 期 · {SPANS[key]}"
    for page in (folder / "email.html", folder / "index.html", folder.parent / "index.html"):
        assert SPANS[key] in parsed(page.read_text(encoding="utf-8")).xpath("string()")


@pytest.mark.parametrize("key", EDITIONS)
def test_the_preview_shows_what_a_build_writes(site: Path, digest: Command, key: str) -> None:
    shown = rehearse(load_config(site), datetime.fromisoformat(NOW)).compose(key)
    folder = built(site, digest) / "editions" / key
    assert days_of_cards(shown.html) == DAYS[key]
    assert shown.html == (folder / "email.html").read_text(encoding="utf-8")


def test_a_template_for_the_archive_can_print_the_days_of_posts(site: Path, digest: Command) -> None:
    (site / "templates").mkdir()
    template = (
        "{% for edition in editions %}{% for post in edition.posts %}{{ post.date.day }} {% endfor %}{% endfor %}"
    )
    (site / "templates/editions.html.jinja").write_text(template)
    output = built(site, digest)
    assert (output / "editions/shanghai/index.html").read_text() == "21 21 20 19 19 "
    assert (output / "editions/new-york/index.html").read_text() == "20 20 19 18 18 "


def test_the_dates_of_entries_are_in_the_zone_of_the_site(output: Path) -> None:
    dates = ["2026-11-21T09:00", "2026-11-21T07:30", "2026-11-20T12:00", "2026-11-19T07:11", "2026-11-19T00:00"]
    assert [date[5:11] for date in texts(output / "feed.xml", "pubDate")] == [
        "21 Nov", "21 Nov", "20 Nov", "19 Nov", "19 Nov"
    ]  # fmt: skip
    assert [date[:16] for date in texts(output / "atom.xml", "{*}published")] == dates
    items = json.loads((output / "feed.json").read_bytes())["items"]
    assert [item["date_published"][:16] for item in items] == dates


def test_an_entry_without_a_title_is_called_by_its_day_in_the_zone_of_the_site(output: Path) -> None:
    assert texts(output / "feed.xml", "title")[-1] == "2026-11-19"
    assert texts(output / "atom.xml", "{*}title")[-1] == "2026-11-19"
    assert json.loads((output / "feed.json").read_bytes())["items"][-1]["title"] == "2026-11-19"


def test_an_edition_without_a_title_has_the_sites_and_the_moment_in_the_zone_of_the_digest(
    make_site: MakeSite, digest: Command
) -> None:
    nameless = TOML.replace('"周刊"', '""').replace("subject =", 'subject = "" #')
    # 01:00 of Monday, the 23rd, in Shanghai
    output = built(make_site(POSTS, nameless.replace('"monday 00:00"', '"sunday 12:00"')), digest)
    items = json.loads((output / "editions/new-york/feed.json").read_bytes())["items"]
    assert [(item["title"], item["date_published"]) for item in items] == [("拾穗", "2026-11-22T12:00:00-05:00")]


def test_a_window_that_ends_in_a_midnight_that_the_clocks_skip_ended_the_day_before(
    make_site: MakeSite, digest: Command
) -> None:
    # On 29 March 2026 clocks in Beirut went from 00:00 to 01:00.
    toml = '[site]\ntimezone = "Asia/Beirut"\n[digests.daily]\ntitle = "Day"\nevery = "day"\nat = "00:00"\n'
    root = make_site({"content/a.md": POST.format("A", "2026-03-28 12:00", "tag")}, toml)
    digest(root, "build", "--now", "2026-03-29T12:00:00+03:00")
    folder = root / "public/editions/daily"
    assert (folder / "2026-03-28/email.txt").read_text().split("\n")[1] == "No. 1 · Mar 28, 2026"
    assert "Mar 28, 2026</p>" in (folder / "index.html").read_text()


def test_the_day_that_is_advised_for_a_lost_post_takes_it_in(make_site: MakeSite, digest: Command) -> None:
    toml = '[site]\ntimezone = "America/New_York"\n[digests.weekly]\ntitle = "Week"\nlook_back = 7\n'
    root = make_site({"content/first.md": POST.format("First", "2026-11-01 12:00", "tag")}, toml)
    digest(root, "build", "--now", "2026-11-02T09:00:00-05:00")
    (root / "content/second.md").write_text(POST.format("Second", "2026-11-20 12:00", "tag"))
    digest(root, "build", "--now", "2026-11-23T09:00:00-05:00")
    # 01:30 of the day after in UTC
    (root / "content/lost.md").write_text(POST.format("Lost", "2026-11-05 20:30", "tag"))
    (root / "content/new.md").write_text(POST.format("New", "2026-11-29 12:00", "tag"))
    now = "2026-11-30T09:00:00-05:00"
    warned = json.loads(digest(root, "check", "--now", now, "--json").out)
    (lost,) = [problem for problem in warned["problems"] if problem["code"] == "late-lost"]
    assert lost["message"].startswith("dated 2026-11-05T20:30:00-05:00")
    advised = re.search(r"--since (\S+)`", lost["hint"])
    assert advised
    digest(root, "build", "--now", now, "--since", advised[1])
    manifest = json.loads((root / "public/editions/weekly/2026-W49/manifest.json").read_bytes())
    assert [post["title"] for post in manifest["posts"]] == ["New", "Lost"]


def test_when_an_edition_was_sent_is_told_in_the_zone_of_the_digest(site: Path, digest: Command) -> None:
    built(site, digest)
    for key in EDITIONS:
        digest(site, "mark-sent", key, "--now", "2026-11-23T06:30:00Z")
    said = digest(site, "build", "--now", "2026-11-23T15:00:00+08:00").err
    assert "sent at 2026-11-23T14:30:00+08:00" in said
    assert "sent at 2026-11-23T01:30:00-05:00" in said
