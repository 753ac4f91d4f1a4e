"""Whole feeds, byte for byte, as `digest build` writes them."""

from pathlib import Path

import pytest

from digest import __version__
from tests.commands import Command
from tests.conftest import MakeSite

GOLDEN = Path(__file__).parents[1] / "golden/feeds"
TOML = """
[site]
title = "The Harbour Post"
url = "https://harbour.example/"
description = "Notes from a small newsroom by the sea"
author = { name = "Mara Quay", url = "https://harbour.example/mara" }
copyright = "© 2026 The Harbour Post"
icon = "/icon.png"
logo = "/logo.png"
permalink = "/posts/{slug}/"

[feeds]
hub = "https://hub.example/"
archive = true
limit = 2
"""
# A post that has everything a post can have.
TIDES = """---
id: 550e8400-e29b-41d4-a716-446655440000
title: "Tides & <code>: a table"
date: 2026-01-08T09:30:00+08:00
updated: 2026-02-01T12:00:00Z
slug: "7"
tags: [News, 数据 & 科学]
language: de
authors:
  - name: Mara Quay
    email: mara@example.org
    url: https://harbour.example/mara
  - 潮 汐
summary: How tides < tables & data
image:
  url: /tide.jpg
  alt: The tide at < noon
enclosure:
  url: https://harbour.example/tide.mp3
  type: audio/mpeg
  length: 123456
  duration: 754
source_url: https://elsewhere.example/tides
source_title: Elsewhere & Co
---
Hello &amp; <b>goodbye</b>.
"""
POST = """---
title: Post {number}
date: 2026-01-0{day}T09:30:00+08:00
tags: [News]
---
Hello & <b>goodbye</b>.
"""
FILES = {
    "content/tides.md": TIDES,
    "content/2.md": POST.format(number=2, day=3),
    "content/1.md": POST.format(number=1, day=2),
    "static/tide.jpg": b"\xff\xd8" + bytes(498),
}


@pytest.mark.parametrize("name", ["feed.xml", "atom.xml", "feed.json"])
def test_whole_feeds_are_as_they_were(name: str, make_site: MakeSite, digest: Command) -> None:
    site = make_site(FILES, TOML)
    assert digest(site, "build", "--now", "2026-03-01T00:00:00Z").code == 0
    expected = (GOLDEN / name).read_text(encoding="utf-8").replace("VERSION", __version__)
    assert (site / "public" / name).read_text(encoding="utf-8") == expected
