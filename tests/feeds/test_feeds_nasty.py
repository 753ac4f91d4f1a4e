"""What the worst post can do to a feed: nothing. And what another machine can do to its bytes: nothing."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from digest import feeds
from digest.collector import Author, Enclosure, Image, Post
from digest.config import Config, Format, Person
from digest.markdown import Rendered, render
from tests.feed_rules import faults
from tests.feed_samples import FORMATS, NASTY, assembled, config, document, entry, extra, post, posts

LONG = "Ω" * 10_000
BODY = f"{NASTY}\n\n[click](javascript:alert(1)) <script>x</script> <p onclick='x'>y</div></div>\n\n<iframe src='//x'>"
NASTY_FIELDS: dict[str, Any] = {
    "title": NASTY + LONG,
    "id": NASTY,
    "url": f"https://harbour.example/{NASTY}/",
    "tags": (NASTY, "javascript:alert(1)", LONG),
    "summary": NASTY,
    "language": NASTY,
    "source_url": "javascript:alert(1)",
    "source_title": NASTY,
    "authors": (Author(NASTY, NASTY, NASTY), Author("</item>", "a@b.org\r\nBcc: x@y.org", "javascript:x")),
    "image": Image(f"https://x.example/{NASTY}.jpg", NASTY),
    "enclosure": Enclosure(f"https://x.example/{NASTY}.mp3", NASTY, 1, 1),
}


def bodies(nasty: Post, made: Config) -> dict[str, Rendered]:
    """Return the worst body there is, rendered as a build renders it."""
    return {nasty.id: render(nasty, BODY, made)}


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize("field", [*NASTY_FIELDS, "all"])
def test_the_worst_in_any_field_leaves_every_feed_valid_and_the_others_unharmed(field: str, fmt: Format) -> None:
    fields = NASTY_FIELDS if field == "all" else {field: NASTY_FIELDS[field]}
    nasty, made = post(9, **fields), config(per_tag=False)
    alone = document(made, (nasty,), fmt, bodies(nasty, made))
    assert faults(alone, fmt) == []
    harmless = [feeds.fragment(entry(one, made), fmt, made) for one in posts(3)]
    together = document(made, (nasty, *posts(3)), fmt, bodies(nasty, made))
    assert all(item in together for item in harmless)
    assert b"alert(1)<" not in together.replace(b"javascript:alert(1)</category>", b"")


@pytest.mark.parametrize("fmt", FORMATS)
def test_the_worst_site_is_valid_too(fmt: Format) -> None:
    site: dict[str, Any] = dict.fromkeys(("title", "description", "copyright", "icon", "logo", "language"), NASTY)
    made = config(
        site=site | {"author": Person(name=NASTY, email=NASTY, url=NASTY)}, extra={"x": extra(NASTY, description=NASTY)}
    )
    for feed in feeds.plan(made, posts(2, tags=(NASTY,))):
        found = faults(assembled(made, feed, fmt), fmt)
        assert [fault for fault in found if not fault.startswith("language")] == []


def test_pages_of_the_worst_site_are_well_formed() -> None:
    made = config(site={"title": NASTY, "description": NASTY})
    files = feeds.pages(feeds.plan(made, posts(2, tags=(NASTY,))), made)
    etree.fromstring(files["feeds/feeds.opml"])
    assert b"</title><b>" not in files["feeds/index.html"]


@pytest.mark.parametrize("fmt", FORMATS[:2])
def test_feedparser_sees_the_others_beside_the_worst(fmt: Format) -> None:
    nasty, made = post(9, **NASTY_FIELDS), config(per_tag=False)
    read = feedparser.parse(document(made, (nasty, *posts(3)), fmt, bodies(nasty, made)))
    assert read.bozo == 0
    assert [entry.title for entry in read.entries][1:] == ["Post 3", "Post 2", "Post 1"]


ANYTHING = st.text(st.characters(exclude_categories=()), max_size=60)


@settings(max_examples=150)
@given(ANYTHING, ANYTHING, ANYTHING, ANYTHING)
def test_any_text_at_all_makes_a_valid_feed(title: str, own: str, tag: str, name: str) -> None:
    made = config(per_tag=False)
    one = post(1, title=title, id=own, tags=(tag,), authors=(Author(name, tag, own),), source_title=title)
    for fmt in FORMATS:
        assert faults(document(made, (one,), fmt), fmt) == []


@settings(max_examples=150)
@given(ANYTHING)
def test_any_address_at_all_makes_a_valid_feed(text: str) -> None:
    made = config(per_tag=False)
    url = "https://x.example/" + text
    one = post(1, url=url, id=url, image=Image(url), source_url=text, enclosure=Enclosure(url, "audio/mpeg"))
    for fmt in FORMATS:
        assert faults(document(made, (one,), fmt), fmt) == []


@settings(max_examples=60)
@given(ANYTHING)
def test_nothing_gets_out_of_its_element(text: str) -> None:
    one = entry(post(1, title=text, summary=text, source_title=text, source_url="https://x.example/"), config())
    for fmt in FORMATS[:2]:
        made = feeds.fragment(one, fmt, config()).decode()
        prefixes = " ".join(f'xmlns:{p}="urn:x"' for p in ("media", "itunes", "dc", "content", "atom"))
        assert len(etree.fromstring(f"<r {prefixes}>{made}</r>")) == 1


_BUILD = """
import hashlib, sys
sys.path.insert(0, ".")
from tests.feed_samples import *
made = config(hub="https://hub.example/", archive=True, limit=2, per_language=True, extra={"x": extra(any=("News",))})
chosen = tuple(post(n, tags=("News", "R&D", "数据", f"t{n % 3}"), language=("zh", "de")[n % 2]) for n in range(9, 0, -1))
planned = feeds.plan(made, chosen)
files = {feed.paths[fmt]: assembled(made, feed, fmt) for feed in planned for fmt in FORMATS} | feeds.pages(planned, made)
print(len(files), hashlib.sha256(repr(list(files.items())).encode()).hexdigest())
"""


def test_every_build_gives_the_same_bytes() -> None:
    found = set()
    for seed, zone, locale in (
        ("0", "UTC", "C"),
        ("1", "Asia/Shanghai", "C.UTF-8"),
        ("2", "America/St_Johns", "de_DE.UTF-8"),
    ):
        environment = os.environ | {"PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": locale, "PYTHONUTF8": "1"}
        root = Path(__file__).parents[2]
        done = subprocess.run(
            [sys.executable, "-c", _BUILD], cwd=root, env=environment, capture_output=True, text=True, check=True
        )
        found.add(done.stdout)
    assert len(found) == 1
    assert int(found.pop().split()[0]) > 50


def test_json_is_json_whatever_stands_in_a_post() -> None:
    nasty, made = post(9, **NASTY_FIELDS), config(per_tag=False)
    read = json.loads(document(made, (nasty, *posts(2)), "json", bodies(nasty, made)))
    assert [item["title"] for item in read["items"]][1:] == ["Post 2", "Post 1"]
