"""The same job as most people would script it: python-frontmatter, Markdown by markdown-it-py, feedgen, premailer.

python bench/peers/plain.py CONTENT OUTPUT
"""

import sys
from collections import defaultdict
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import frontmatter
import jinja2
from feedgen.feed import FeedGenerator
from markdown_it import MarkdownIt
from premailer import Premailer

PAGE = """<!DOCTYPE html><html><head><style>h1{color:#123456}h2{margin:0}p{color:#333333}</style></head><body>
<h1>Weekly</h1>{% for p in posts %}<h2><a href="{{ p.url }}">{{ p.title }}</a></h2><p>{{ p.summary }}</p>{% endfor %}
</body></html>"""


def feed(title: str, posts: list[dict[str, Any]], folder: Path) -> None:
    """Write RSS and Atom of the 20 newest posts."""
    folder.mkdir(parents=True, exist_ok=True)
    made = FeedGenerator()
    made.id("https://bench.example/")
    made.title(title)
    made.link(href="https://bench.example/")
    made.description(title)
    for post in posts[:20]:
        entry = made.add_entry(order="append")
        entry.id(post["url"])
        entry.title(post["title"])
        entry.link(href=post["url"])
        entry.published(post["date"])
        entry.updated(post["date"])
        entry.content(post["html"](), type="html")
    made.rss_file(str(folder / "feed.xml"))
    made.atom_file(str(folder / "atom.xml"))


def main(content: Path, output: Path) -> None:
    """Do the job."""
    zone, markdown = ZoneInfo("Asia/Shanghai"), MarkdownIt("commonmark", {"html": True}).enable("table")
    posts = []
    for path in sorted(content.rglob("*.md")):
        read: Any = frontmatter.load(str(path))
        date = datetime.strptime(read["date"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=zone)
        url = f"https://bench.example/posts/{path.stem}/"
        post = {"title": read["title"], "date": date, "tags": read["tags"], "summary": read["summary"], "url": url}
        posts.append(post | {"html": lambda text=read.content: markdown.render(text)})
    posts.sort(key=lambda post: (post["date"], post["url"]), reverse=True)
    feed("Bench", posts, output)
    tags: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for post in posts:
        for tag in post["tags"]:
            tags[tag].append(post)
    for tag, chosen in tags.items():
        feed(tag, chosen, output / "tags" / tag)
    html = jinja2.Template(PAGE).render(posts=posts[:40])
    (output / "email.html").write_text(Premailer(html, allow_network=False).transform(), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
