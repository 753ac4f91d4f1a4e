"""Makes archives of any size, shaped like a Chinese news site's: an eighteen-key header, a quoted date without a zone,
remote pictures, a summary cut in mid-word, some 4 KB of text. The same number of posts gives the same bytes everywhere.

Forty posts appear a week, so that a weekly digest is the same at every size. Post 0 is the newest.

    python bench/archive.py FOLDER POSTS
"""

import random
import sys
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

TAGS = 200
EDIT = "第{}次修改。"
STEP = timedelta(minutes=252)  # forty posts a week
LAST = datetime(2026, 11, 22, 20, 0)  # noqa: DTZ001 -- the header's dates have no zone
# Forty words of two characters each.
SIGNS = (
    "公司产品模型研究团队数据市场用户开发系统技术发布平台服务工具城市编辑读者杂志农场"
    "河流春天手艺木匠纸张印刷字体邮件订阅摘要周刊作者访谈现场档案照片地图路线火车车站"
)
WORDS = [SIGNS[at : at + 2] for at in range(0, len(SIGNS), 2)]
LATIN = ["Markdown", "RSS", "Atom", "Python", "SQLite", "Hugo", "API", "NeurIPS", "OpenType", "Unicode"]

TOML = """
[site]
title = "Bench"
url = "https://bench.example/"
timezone = "Asia/Shanghai"
language = "zh-CN"
content = "content"
templates = "templates"
permalink = "/posts/{slug}/"

[feeds]
formats = ["rss", "atom"]
limit = 20

[digests.weekly]
title = "Weekly"
sender = "Bench <weekly@bench.example>"
unsubscribe = "https://bench.example/unsubscribe"
postal_address = "1 Bench Street, 10000 Benchtown"
"""


def _sentence(chance: random.Random) -> str:
    words = [chance.choice(LATIN) if chance.random() < 0.05 else chance.choice(WORDS) for _ in range(18)]
    words.insert(9, "，")
    return "".join(words) + "。"


class Post(NamedTuple):
    """What one post says."""

    title: str
    date: str  # local time of Shanghai, without a zone
    tags: tuple[str, ...]
    paragraphs: tuple[str, ...]  # the last is a picture, the one before it plain text


def post(number: int) -> Post:
    """Return the post of this number; its title begins with the number."""
    chance = random.Random(number)
    tags = tuple(f"tag{tag:03}" for tag in sorted(chance.sample(range(TAGS), 3)))
    paragraphs = []
    for part in range(14):
        text = "".join(_sentence(chance) for _ in range(chance.randint(1, 3)))
        if part == 4:
            link = f"[{chance.choice(WORDS)}](https://news.example/{number}/{part})"
            text += f"**{chance.choice(WORDS)}。**后文见{link}。"
        paragraphs.append(text)
        if part % 4 == 1:
            paragraphs.append(f"![图片](https://pictures.example/{number}/{part}.jpg)")
    title = f"{number} {_sentence(chance)[:24]}"
    return Post(title, f"{LAST - STEP * number:%Y-%m-%d %H:%M:%S}", tags, tuple(paragraphs))


def text(made: Post, number: int) -> str:
    """Return the file of a post: its header in YAML, and its body."""
    return _yaml(made, number) + _body(made)


def _body(made: Post) -> str:
    return "\n\n".join(made.paragraphs) + "\n"


def _yaml(made: Post, number: int) -> str:
    tags = "\n".join(f'  - "{tag}"' for tag in made.tags)
    return f"""---
title: "{made.title}"
date: "{made.date}"
summary: "{made.paragraphs[0][:60]}..."
categories:
  - "qq"
lang:
  - "zh-CN"
translations:
  - "zh-CN"
tags:
{tags}
menu: ""
thumbnail: "https://pictures.example/{number}/640"
lead: ""
comments: false
authorbox: false
pager: true
toc: false
mathjax: false
sidebar: "right"
widgets:
  - "search"
  - "recent"
  - "taglist"
---

"""


def _pelican(made: Post) -> str:
    # Pelican reads no YAML: a line a key.
    summary = made.paragraphs[0][:60]
    return f"Title: {made.title}\nDate: {made.date}\nTags: {', '.join(made.tags)}\nSummary: {summary}...\n\n"


def path(number: int) -> str:
    """Return where a post stands below the content folder: a folder a month."""
    date = LAST - STEP * number
    return f"{date:%Y}/{date:%m}/{date:%Y-%m-%d}-{number:06}.md"


def make(folder: Path, posts: int, *, pelican: Path | None = None) -> None:
    """Write `posts` posts and their digest.toml into `folder`; the same posts for Pelican into the other folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "digest.toml").write_text(TOML, encoding="utf-8")
    for number in range(posts):
        made = post(number)
        _write(folder / "content" / path(number), text(made, number))
        if pelican is not None:
            _write(pelican / path(number), _pelican(made) + _body(made))


def edit(folders: Iterable[Path], number: int) -> None:
    """Add a paragraph to the body of one post in each of these content folders."""
    for folder in folders:
        with (folder / path(number)).open("a", encoding="utf-8") as file:
            file.write(f"\n{EDIT.format(number)}\n")


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    make(Path(sys.argv[1]), int(sys.argv[2]))
