"""The tables in docs/feeds.md name every element of real feeds, and none that there is not."""

import json
import re
from pathlib import Path

import msgspec
import pytest
from lxml import etree

from digest import feeds
from digest.collector import Enclosure, Post
from digest.config import Format, Person
from tests.feed_rules import name
from tests.feed_samples import assembled, config, post, posts, rendered, rich_post
from tests.feeds.test_podcasts import EPISODE, SHOW

PAGE = (Path(__file__).parents[2] / "docs/feeds.md").read_text(encoding="utf-8")
ASKED = {
    "license": "https://creativecommons.org/licenses/by/4.0/",
    "comments": "{url}#comments",
    "ttl": 60,
    "update_period": "daily",
    "podcast": SHOW,
}
HEADINGS: dict[Format, str] = {"rss": "### RSS 2.0", "atom": "### Atom 1.0", "json": "### JSON Feed 1.1"}


def table(fmt: Format) -> dict[str, bool]:
    """Return the elements that the table of a format names, and whether every feed has them."""
    part = PAGE.split(HEADINGS[fmt])[1].split("\n#")[0]
    return {found[1]: bool(found[2]) for found in re.finditer(r"^\| `([^`]+)`( \*)? \|", part, re.MULTILINE)}


def documents(fmt: Format, root: Path) -> list[bytes]:
    """Return feeds that between them have everything there is."""
    person = Person(name="Mara Quay", email="mara@example.org", url="https://harbour.example/mara")
    video = Enclosure("https://harbour.example/tide.mp4", "video/mp4", 9, 754, "With pictures")
    rich = msgspec.structs.replace(rich_post(root), more_enclosures=(video,), episode=EPISODE)
    chosen: tuple[Post, ...] = (rich, *posts(4))
    bodies = {post(4).id: rendered(lead="<p>Lead</p>")}
    every = []
    for text in ("full", "summary"):
        for limit in (2, 9):
            keys = {"hub": "https://hub.example/", "archive": True, "limit": limit, "text": text, **ASKED}
            made = config(root, site={"author": person}, **keys)
            every += [assembled(made, feed, fmt, bodies) for feed in feeds.plan(made, chosen)]
    return every


def xml_paths(document: bytes, head: str, entry: str) -> set[str]:
    """Return the path of each element that has text or attributes, and of the attributes that the tables name."""
    root = etree.fromstring(document)
    found = {"rss@version"} if root.get("version") else set()
    for element in root.iter("*"):
        way = [name(parent) for parent in reversed([element, *element.iterancestors()])]
        way = way[way.index(entry) :] if entry in way else way[way.index(head) :] if head in way else []
        if element.get("{http://www.w3.org/XML/1998/namespace}lang"):
            found.add(f"{way[-1]}@xml:lang")
        if len(way) > 1 and ((element.text or "").strip() or element.attrib or not len(element)):
            found.add("/".join(way))
    return found


def json_paths(value: object, way: str = "") -> set[str]:
    """Return the path of each value that is not an object."""
    if isinstance(value, dict):
        return {path for key, held in value.items() for path in json_paths(held, f"{way}/{key}".lstrip("/"))}
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return {path for held in value for path in json_paths(held, way)}
    return {way}


def paths(document: bytes, fmt: Format) -> set[str]:
    """Return what a feed has, in the words of the tables."""
    if fmt == "json":
        return json_paths(json.loads(document))
    return xml_paths(document, *(("channel", "item") if fmt == "rss" else ("feed", "entry")))


@pytest.mark.parametrize("fmt", HEADINGS)
def test_the_tables_name_what_feeds_have(fmt: Format, tmp_path: Path) -> None:
    found = set().union(*(paths(document, fmt) for document in documents(fmt, tmp_path)))
    assert found == set(table(fmt))


@pytest.mark.parametrize("fmt", HEADINGS)
def test_what_is_marked_is_in_every_feed(fmt: Format, tmp_path: Path) -> None:
    always = {path for path, marked in table(fmt).items() if marked}
    bare = config(site={"copyright": "", "icon": "", "logo": "", "language": ""}, per_tag=False)
    plain = assembled(bare, feeds.plan(bare, posts(1, tags=()))[0], fmt)
    assert always <= paths(plain, fmt)
    for document in documents(fmt, tmp_path):
        assert always <= paths(document, fmt)
