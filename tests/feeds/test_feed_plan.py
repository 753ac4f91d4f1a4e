"""Which feeds there are, and what stands in each."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from digest import feeds
from digest.collector import Author, Post
from digest.config import Format
from digest.feeds import Feed
from tests.feed_rules import NAMESPACES, faults
from tests.feed_samples import FORMATS, assembled, config, extra, post, posts
from tests.reading_samples import slugs


def folders(planned: tuple[Feed, ...]) -> list[str]:
    """Return the folders of the feeds that readers subscribe to."""
    return [feed.folder for feed in planned if not feed.is_archive]


def by_folder(planned: tuple[Feed, ...], folder: str) -> Feed:
    """Return the feed of a folder."""
    return next(feed for feed in planned if feed.folder == folder)


def test_there_is_a_feed_for_the_site_and_for_each_tag() -> None:
    chosen = (post(3, tags=("Sea", "Wind")), post(2, tags=("sea",)), post(1, tags=()))
    planned = feeds.plan(config(), chosen)
    assert folders(planned) == ["", "tags/sea/", "tags/wind/"]
    assert slugs(by_folder(planned, "tags/sea/").posts) == ["3", "2"]
    assert by_folder(planned, "").paths == {"rss": "feed.xml", "atom": "atom.xml", "json": "feed.json"}


def test_tags_can_go_without() -> None:
    assert folders(feeds.plan(config(per_tag=False), posts(2))) == [""]


def test_a_tag_is_called_as_it_is_most_often_written() -> None:
    chosen = (post(3, tags=("SEA",)), post(2, tags=("Sea",)), post(1, tags=("Sea",)))
    assert by_folder(feeds.plan(config(), chosen), "tags/sea/").title == "Sea – The Harbour Post"


def test_a_post_stands_once_in_the_feed_of_a_tag() -> None:
    twice = post(1, tags=("Sea", "ＳＥＡ"))
    assert by_folder(feeds.plan(config(), (twice,)), "tags/sea/").posts == (twice,)


def test_tags_with_one_folder_are_kept_apart_and_the_older_keeps_its_place() -> None:
    first, second = "a/b", "a b"
    alone = feeds.plan(config(), (post(1, tags=(first,)),))
    both = feeds.plan(config(), (post(2, tags=(second,)), post(1, tags=(first,))))
    assert folders(alone) == ["", "tags/a-b/"]
    assert by_folder(both, "tags/a-b/").title.startswith(first)
    (other,) = [folder for folder in folders(both) if folder not in ("", "tags/a-b/")]
    assert by_folder(both, other).title.startswith(second)
    again = feeds.plan(config(), (post(3, tags=("a.b",)), post(2, tags=(second,)), post(1, tags=(first,))))
    assert set(folders(both)) <= set(folders(again))


def test_each_folder_has_a_feed_when_asked_for() -> None:
    chosen = (
        post(4, path="content/News/local/4.md"),
        post(3, path="content/news/2026/01/3.md"),
        post(2, path="content/essays/archive/old/2.md"),
        post(1, path="content/1.md"),
    )
    made = config(per_tag=False, per_folder=True, site={"content": "content"})
    planned = feeds.plan(made, chosen)
    assert folders(planned) == [
        "",
        "folders/essays/",
        "folders/essays/archive-/",
        "folders/essays/archive-/old/",
        "folders/news/",
        "folders/news/local/",
    ]
    assert slugs(by_folder(planned, "folders/news/").posts) == ["4", "3"]
    assert by_folder(planned, "folders/news/local/").title == "News/local – The Harbour Post"
    assert {feed.group for feed in planned[1:]} == {"folders"}


def test_each_author_has_a_feed_when_asked_for() -> None:
    chosen = (post(3, authors=(Author("Ann"), Author("Bo"))), post(2, authors=(Author("ANN"),)), post(1))
    planned = feeds.plan(config(per_tag=False, per_author=True), chosen)
    assert folders(planned) == ["", "authors/ann/", "authors/bo/", "authors/mara-quay/"]
    assert slugs(by_folder(planned, "authors/ann/").posts) == ["3", "2"]
    assert slugs(by_folder(planned, "authors/mara-quay/").posts) == ["1"]


def test_each_category_has_a_feed_when_asked_for() -> None:
    chosen = (post(2, categories=("Reports", "News")), post(1, categories=("reports",)))
    planned = feeds.plan(config(per_category=True), chosen)
    assert folders(planned) == ["", "tags/news/", "categories/news/", "categories/reports/"]
    assert slugs(by_folder(planned, "categories/reports/").posts) == ["2", "1"]
    assert json.loads(assembled(config(), planned[0], "json"))["items"][0]["tags"] == ["News", "Reports"]


def test_an_extra_feed_can_be_for_folders_and_authors() -> None:
    chosen = (
        post(3, path="content/news/3.md", authors=(Author("Ann"),)),
        post(2, path="content/news/2.md"),
        post(1, path="content/newsletter/1.md", authors=(Author("ann"),)),
    )
    choices = {
        "news": extra(folders=("news",)),
        "ann": extra(authors=("ANN",)),
        "both": extra(folders=("/news/",), authors=("Ann",)),
    }
    planned = feeds.plan(config(per_tag=False, extra=choices, site={"content": "content"}), chosen)
    found = {feed.folder: slugs(feed.posts) for feed in planned[1:]}
    assert found == {"feeds/ann/": ["3", "1"], "feeds/both/": ["3"], "feeds/news/": ["3", "2"]}


def test_a_post_that_is_to_be_in_no_feed_is_in_none() -> None:
    chosen = (post(2, in_feeds=False, tags=("Secret",)), post(1))
    planned = feeds.plan(config(per_author=True, extra={"all": extra()}), chosen)
    assert folders(planned) == ["", "tags/news/", "authors/mara-quay/", "feeds/all/"]
    assert all(slugs(feed.posts) == ["1"] for feed in planned)


def test_a_tag_without_letters_has_a_folder_too() -> None:
    (_, folder) = folders(feeds.plan(config(), (post(1, tags=("!!!",)),)))
    assert folder.startswith("tags/tag-")


def test_each_language_has_a_feed_when_asked_for() -> None:
    chosen = (post(3, language="zh_CN"), post(2), post(1, language="de"))
    planned = feeds.plan(config(per_language=True, per_tag=False), chosen)
    assert folders(planned) == ["", "languages/de/", "languages/en/", "languages/zh-CN/"]
    chinese = by_folder(planned, "languages/zh-CN/")
    assert (chinese.language, slugs(chinese.posts)) == ("zh-CN", ["3"])
    assert [feed.title.rpartition(" – ")[2] for feed in planned[1:]] == ["Deutsch", "English", "中文 (简体, 中国)"]


def test_the_feed_of_a_language_that_has_no_known_name_is_called_by_its_code() -> None:
    planned = feeds.plan(config(per_language=True, per_tag=False), (post(2, language="tlh"), post(1, language="ar")))
    assert [feed.title.rpartition(" – ")[2] for feed in planned[1:]] == ["العربية", "tlh"]


def test_an_extra_feed_has_its_own_selection_and_choices() -> None:
    best = extra(any=("Sea",), none=("Draft",), limit=1, text="summary", formats=("atom",), description="Our best")
    chosen = (post(3, tags=("Sea", "Draft")), post(2, tags=("sea",)), post(1, tags=("Sea",)))
    planned = feeds.plan(config(per_tag=False, extra={"best": best}), chosen)
    feed = by_folder(planned, "feeds/best/")
    assert slugs(feed.posts) == ["2"]
    assert (feed.paths, feed.text, feed.description) == ({"atom": "feeds/best/atom.xml"}, "summary", "Our best")


def test_an_extra_feed_can_be_for_one_language() -> None:
    german = extra(language="de", title="Auf Deutsch")
    planned = feeds.plan(config(per_tag=False, extra={"de": german}), (post(2, language="de"), post(1, language="fr")))
    feed = by_folder(planned, "feeds/de/")
    assert (feed.language, feed.title, len(feed.posts)) == ("de", "Auf Deutsch", 1)


def test_only_the_newest_stand_in_a_feed_newest_first() -> None:
    assert slugs(feeds.plan(config(limit=3), posts(5))[0].posts) == ["5", "4", "3"]


def test_a_path_in_any_script_is_addressed_as_a_uri() -> None:
    chosen = (post(1, tags=("数据",)),)
    made = config()
    feed = by_folder(feeds.plan(made, chosen), "tags/数据/")
    assert b'href="https://harbour.example/tags/%E6%95%B0%E6%8D%AE/feed.xml" rel="self"' in assembled(made, feed, "rss")


@pytest.mark.parametrize(("count", "pages"), [(0, 0), (2, 0), (3, 2), (4, 2), (5, 3)])
def test_an_archive_holds_what_is_beyond_the_limit(count: int, pages: int) -> None:
    made = config(archive=True, limit=2, per_tag=False)
    planned = feeds.plan(made, posts(count))
    assert len(planned) == 1 + pages
    assert planned[0].is_complete == (pages == 0)
    if pages:
        assert {one.id for feed in planned for one in feed.posts} == {one.id for one in posts(count)}


def test_a_reader_that_walks_back_meets_every_post() -> None:
    made = config(archive=True, limit=3, per_tag=False)
    for count in range(1, 20):
        planned = {feed.folder: feed for feed in feeds.plan(made, posts(count))}
        feed, met = planned[""], set[str]()
        while True:
            met.update(slugs(feed.posts))
            older = feed.links.get("prev-archive")
            if not older:
                break
            feed = planned[older]
        assert met == {str(number) for number in range(1, count + 1)}


@settings(max_examples=25)
@given(st.integers(1, 12), st.integers(1, 8))
def test_a_finished_page_of_an_archive_never_changes(count: int, more: int) -> None:
    made = config(archive=True, limit=2, per_tag=False)

    def pages(number: int) -> dict[str, bytes]:
        planned = feeds.plan(made, posts(number))
        return {
            feed.folder: assembled(made, feed, "rss")
            for feed in planned
            if b"fh:archive/" in assembled(made, feed, "rss")
        }

    before, after = pages(count), pages(count + more)
    assert before == {folder: after[folder] for folder in before}


def test_an_archives_links_are_those_of_rfc_5005() -> None:
    made = config(archive=True, limit=2, per_tag=False, hub="https://hub.example/")
    planned = feeds.plan(made, posts(5))
    base = "https://harbour.example/"
    found = []
    for feed in planned:
        root = etree.fromstring(assembled(made, feed, "atom"))
        links = {e.get("rel"): (e.get("href") or "").removeprefix(base) for e in root.iterfind("{*}link")}
        found.append((links, root.find("fh:archive", NAMESPACES) is not None))
    current, first, middle, last = found
    assert current[0]["prev-archive"] == "archive/2/atom.xml"
    assert current[0]["hub"] == "https://hub.example/"
    assert not current[1]
    assert (first[0]["next-archive"], first[0]["current"], first[1]) == ("archive/2/atom.xml", "atom.xml", True)
    assert "prev-archive" not in first[0]
    assert "hub" not in first[0]
    assert (middle[0]["prev-archive"], middle[0]["next-archive"]) == ("archive/1/atom.xml", "archive/3/atom.xml")
    assert ("next-archive" in last[0], last[1]) == (False, False)
    assert {links["first"] for links, _ in found} == {"archive/1/atom.xml"}


def test_a_json_archive_goes_back_by_next_url() -> None:
    made = config(archive=True, limit=1, per_tag=False)
    planned = feeds.plan(made, posts(3))
    assert b'"next_url":"https://harbour.example/archive/2/feed.json"' in assembled(made, planned[0], "json")
    assert b"next_url" not in assembled(made, planned[1], "json")


def test_a_feed_that_holds_everything_says_so_where_there_are_archives() -> None:
    for archive in (True, False):
        made = config(archive=archive)
        text = assembled(made, feeds.plan(made, posts(1))[0], "rss")
        assert (b"<fh:complete/>" in text) is archive


def test_ten_thousand_posts_with_two_hundred_tags_keep_their_order() -> None:
    start = datetime(2000, 1, 1, tzinfo=UTC)
    many: tuple[Post, ...] = tuple(
        post(number, date=start + timedelta(hours=number), tags=tuple(f"Tag {(number * k) % 200}" for k in (1, 3, 7)))
        for number in range(10_000, 0, -1)
    )
    planned = feeds.plan(config(), many)
    assert len(planned) == 201
    assert all(list(feed.posts) == sorted(feed.posts, key=lambda one: one.date, reverse=True) for feed in planned)


@pytest.mark.parametrize("fmt", FORMATS)
def test_every_planned_feed_keeps_to_its_format(fmt: Format) -> None:
    made = config(archive=True, limit=2, per_language=True, extra={"x": extra(any=("News",))})
    chosen = tuple(post(n, tags=("News", "R&D <b>", "数据"), language=("zh", "de")[n % 2]) for n in range(5, 0, -1))
    for feed in feeds.plan(made, chosen):
        assert faults(assembled(made, feed, fmt), fmt) == []
