"""A realistic edition for the tests of e-mails: ten posts in three languages with everything that Markdown makes."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from digest.collector.post import Author, Image, Post
from digest.config.schema import Config, Digest, Feeds, Posts, Site, Theme
from digest.editions.edition import Edition, EditionSection, Note
from digest.markdown import Rendered, render

CODE = """The check is a page long. Two words of warning about `strptime` first, then the whole of it[^1], with one very long
line: `https://example.org/a/very/long/address/that/has/no/place/to/break/at/all/and/goes/on/and/on/and/on.html`.

```python
from datetime import date, timedelta

class Tide:
    \"\"\"A high or low water.\"\"\"

    def next(self, day: date) -> "Tide":
        # about 50 minutes later every day, which is why the tables of two neighbouring days never look quite alike
        return Tide(day + timedelta(minutes=50 * 24 * 60), height=3.2, name=f"{self.name}'")
```

## What the numbers say

| Port | High water | Low water | Range in metres | Measured since |
| :--- | ---: | ---: | :---: | --- |
| Brest | 06:12 | 12:31 | 5.9 | 1711, with gaps in the revolution and the two wars |
| Liverpool | 11:04 | 17:20 | **8.2** | 1768 |
| Amsterdam | 03:47 | | 0.4 | 1700 |

#### And what is left to do

- [x] read the tables
- [x] check them against the gauges
- [ ] print them

1. First the *moon*,
2. then the **sun**,
   - and the wind, which no table knows
3. then the rest.

> The tide is the clock of the coast.
>
> > And the coast has no other.

The formula is $h(t) = \\sum_{i=1}^{n} A_i \\cos(\\omega_i t + \\varphi_i)$, all of it.

![A gauge in its hut](gauge.jpg "The gauge")

![Diagram of the gauge](gauge.svg)

<video src="/films/gauge.mp4" poster="/films/gauge.jpg" title="The gauge at work"></video>

---

Press <kbd>q</kbd> to leave; H~2~O stays H<sub>2</sub>O, and <mark>that</mark> is it.

[^1]: All of it but the imports, which are in the [repository](https://example.net/tides).
"""
CHINESE = """潮汐表是沿海居民最早的出版物之一。**每一页都是计算的结果。**后来的人只需要查表，不需要再算。

## 观测

从十八世纪起，人们在港口安装了验潮仪，每小时记录一次水位。“记录”二字看似简单，却意味着几代人的坚持（其中许多人没有留下姓名）。

- 第一年的数据用来估计
- 第二年的数据用来校正

> 潮水不等人。
"""
ARABIC = """تعود جداول المد والجزر إلى القرن الثامن عشر، حين بدأ الناس يسجلون ارتفاع الماء كل ساعة.

- القمر أولاً
- ثم الشمس

> البحر لا ينتظر أحداً.

الكود التالي يقرأ جدولاً: `tides.read("brest")` ثم يطبع النتيجة.
"""
SHORT = "A short note from the harbour. The new buoy is out, the old one is in, and [the log](/log/) has all the rest."


def post(name: str, title: str, day: int, **given: Any) -> Post:
    """Return a post of November 2026 with defaults for what a test does not care about."""
    url = f"https://example.org/2026/11/{name}/"
    values: dict[str, Any] = {"path": f"content/2026/11/{name}.md", "id": url, "url": url, "slug": name, "title": title}
    fixed = {"date": datetime(2026, 11, day, 9, 30, tzinfo=UTC), "body_start": 0, "body_line": 1}
    return Post(**(values | fixed | {"language": "en"} | given))


SEA = Image("https://example.org/pictures/sea.jpg", "Waves at the harbour wall", 1600, 800)
POSTS: tuple[tuple[Post, str], ...] = (
    (post("tide-tables", "The people behind the tide tables", 17, image=SEA, authors=(Author("Ann Ito"), Author("Jo Bø")), tags=("Tides", "History")), CODE),
    (post("guancha", "潮汐表与它的作者们：一个世纪的观测", 18, language="zh-CN", authors=(Author("林静"),), tags=("潮汐",), image=Image("https://example.org/pictures/gang.png", "港口")), CHINESE),
    (post("jadawil", "جداول المد والجزر", 18, language="ar", tags=("مدّ",), image=Image("https://example.org/pictures/marsa.jpg", "مرسى", 900, 900)), ARABIC),
    (post("buoy", "The new buoy & the <old> one: “a log”", 19, image=Image("https://example.org/pictures/buoy.webp", "A buoy")), SHORT),
    (post("rope", "Twelve knots that hold", 19, layout="featured"), SHORT * 6),
    (post("untitled", "", 20), SHORT),
    (post("light", "On lighthouses, lenses and Léonor Fresnel, with a title that runs on for longer than a phone is wide", 20), SHORT * 4),
    (post("fog", "The fog horn", 21, layout="title"), SHORT),
    (post("log", "Log of the week", 21, tags=("Log", "C++")), "Nothing happened."),
    (post("chart", "A chart a day", 22, image=replace(SEA, url="https://example.org/pictures/chart.png", alt="", width=600, height=900)), SHORT * 2),
)  # fmt: skip


def config(root: Path, *, site: Mapping[str, Any] = {}, theme: Theme | None = None, **digest: Any) -> Config:
    """Return the configuration of the sample, its digest's settings changed by `digest`."""
    given = {
        "title": "Harbour Weekly",
        "sender": "The Harbour Review <news@example.org>",
        "list_id": "Harbour Weekly <weekly.example.org>",
        "unsubscribe": "https://example.org/unsubscribe, mailto:leave@example.org",
        "postal_address": "The Harbour Review\n1 Quay Street\n12345 Port Town",
    }
    settings = {"title": "The Harbour Review", "url": "https://example.org/"} | dict(site)
    return Config(
        root=root,
        file=None,
        site=Site(**settings),
        posts=Posts(),
        feeds=Feeds(),
        digests={"weekly": Digest(**(given | digest))},
        theme=theme or Theme(),
    )


def edition(*, note: Note | None = None, sections: tuple[EditionSection, ...] = ()) -> Edition:
    """Return the sample edition: three sections, or those given."""
    posts = tuple(p for p, _ in POSTS)
    default = (
        EditionSection("The sea", posts[:3]),
        EditionSection("Harbour & town", posts[3:8]),
        EditionSection("More", posts[8:]),
    )
    start, end = datetime(2026, 11, 16, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC)
    return Edition("weekly", "weekly/2026-W47", start, end, sections or default, note=note)


def rendered(settings: Config) -> dict[str, Rendered]:
    """Return the bodies of the sample's posts by id."""
    return {p.id: render(p, source, settings) for p, source in POSTS}


NOTE = Note(
    intro="Dear readers,\n\n## A quiet week\n\nThe sea was *calm*, and so were we. [Write to us](mailto:news@example.org)!",
    outro="Until next week,\n\nAnn & Jo",
    preheader="",
)
