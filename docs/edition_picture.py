"""Draws docs/guides/edition.svg: posts, windows, editions and the ledger of a small site, as the program builds them.

    python docs/edition_picture.py

The site is built three times in a temporary folder, on three Mondays, and the picture shows what the manifests say.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

TARGET = Path(__file__).parent / "guides/edition.svg"
SETTINGS = """
[site]
title = "Tideline"
url = "https://tideline.example.net/"
[digests.weekly]
at = "monday 08:00"
"""
MONDAYS = ("2026-11-16", "2026-11-23", "2026-11-30")


class Post(NamedTuple):
    """A post: its title, its date, and the first Monday on which its file is there."""

    title: str
    date: str
    seen: str


POSTS = (
    Post("Mending a net", "2026-11-12T09:00:00Z", MONDAYS[0]),
    Post("First frost", "2026-11-14T09:00:00Z", MONDAYS[0]),
    Post("Late tide", "2026-11-15T20:00:00Z", MONDAYS[1]),
    Post("A new lamp", "2026-11-18T21:00:00Z", MONDAYS[1]),
    Post("Snow", "2026-11-26T09:00:00Z", MONDAYS[2]),
)

WIDTH, HEIGHT = 960, 560
LEFT, RIGHT = 40, 920
BEGIN, END = datetime.fromisoformat("2026-11-09T08:00:00+00:00"), datetime.fromisoformat("2026-11-30T08:00:00+00:00")
CARD = round((RIGHT - LEFT) / 3 - 28, 1)
CONTENT, LINE, LETTER, LEDGER = 96, 166, 276, 476
STYLE = """
svg { font-family: system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; font-size: 16px }
.ground { fill: #fbfbf9; stroke: #d5d8dc }
text { fill: #1f2328 } .small { font-size: 14px; fill: #57606a } .strong { font-weight: 600 }
.card { fill: #ffffff; stroke: #8b949e } .axis { stroke: #1f2328; stroke-width: 2 }
.end { stroke: #57606a; stroke-dasharray: 4 4 }
.dot { fill: #0b57d0 } .way { stroke: #0b57d0; fill: none; stroke-width: 2 }
.late { stroke: #9a3412; stroke-dasharray: 6 4 } .late-dot { fill: #9a3412 } .late-text { fill: #9a3412 }
.halo { paint-order: stroke; stroke: #fbfbf9; stroke-width: 6px }
.mono { font-family: ui-monospace, Menlo, Consolas, monospace; font-size: 14px }
@media (prefers-color-scheme: dark) {
  .ground { fill: #14161a; stroke: #454b54 }
  text { fill: #e6e8eb } .small { fill: #a3abb5 }
  .card { fill: #1d2025; stroke: #6e7681 } .axis { stroke: #e6e8eb } .end { stroke: #a3abb5 }
  .dot { fill: #8ab4f8 } .way { stroke: #8ab4f8 }
  .halo { stroke: #14161a }
  .late { stroke: #f0a878 } .late-dot { fill: #f0a878 } .late-text { fill: #f0a878 }
}
"""


def editions() -> list[dict[str, Any]]:
    """Return the manifests of three editions, built one Monday after the other."""
    with tempfile.TemporaryDirectory() as name:
        site = Path(name)
        (site / "content").mkdir()
        (site / "digest.toml").write_text(SETTINGS, encoding="utf-8")
        for monday in MONDAYS:
            for post in POSTS:
                if post.seen == monday:
                    text = f"---\ntitle: {post.title}\ndate: {post.date}\n---\nText.\n"
                    (site / f"content/{post.title.replace(' ', '-').lower()}.md").write_text(text, encoding="utf-8")
            command = [sys.executable, "-m", "digest", "build", "--quiet", "--now", f"{monday}T09:00:00Z"]
            subprocess.run(command, cwd=site, check=True)
        files = sorted(site.glob("public/editions/weekly/*/manifest.json"))
        return [json.loads(file.read_bytes()) for file in files]


def at(moment: datetime) -> float:
    """Return where a moment stands on the line of time."""
    return round(LEFT + (RIGHT - LEFT) * ((moment - BEGIN) / (END - BEGIN)), 1)


def text(x: float, y: float, words: str, kind: str = "", anchor: str = "start") -> str:
    """Return a line of text."""
    return f'<text x="{x}" y="{y}" class="{kind}" text-anchor="{anchor}">{escape(words)}</text>'


def card_left(number: int) -> float:
    """Return where the card of an edition begins."""
    return round(LEFT + (RIGHT - LEFT) / 3 * number + 14, 1)


def post_marks(late: set[str]) -> Iterator[str]:
    """Draw the posts above the line of time."""
    for number, post in enumerate(POSTS):
        x = at(datetime.fromisoformat(post.date))
        middle = max(x, LEFT + 52)  # a title stays within the frame
        y = CONTENT if number % 2 else CONTENT - 26
        kind = "late-text" if post.title in late else ""
        yield f'<path d="M {x} {y + 6} V {LINE - 8}" class="end"/>'
        yield f'<circle cx="{x}" cy="{LINE}" r="7" class="{"late-dot" if kind else "dot"}"/>'
        yield text(middle, y, post.title, kind, "middle")


def letters(manifests: list[dict[str, Any]]) -> Iterator[str]:
    """Draw each edition below its window, with its posts, and the ledger."""
    for number, manifest in enumerate(manifests):
        left = card_left(number)
        start, end = (datetime.fromisoformat(manifest["window"][side]) for side in ("start", "end"))
        yield f'<rect x="{left}" y="{LETTER}" width="{CARD}" height="140" rx="10" class="card"/>'
        yield text(left + 16, LETTER + 28, manifest["key"], "mono strong")
        yield text(left + 16, LETTER + 52, f"window: {start.day} to {end.day} November", "small")
        for place, post in enumerate(manifest["posts"]):
            late = post["late"]
            words = f"{post['title']}, which came late" if late else post["title"]
            yield text(left + 16, LETTER + 82 + 26 * place, words, "late-text" if late else "")
    yield text(LEFT, LEDGER - 16, "The ledger remembers what went out, so nothing goes out twice:", "small")
    for number, manifest in enumerate(manifests):
        titles = ", ".join(post["title"] for post in manifest["posts"])
        yield text(LEFT, LEDGER + 10 + 24 * number, f"{manifest['key']}: {titles}", "mono")


def ways(manifests: list[dict[str, Any]]) -> Iterator[str]:
    """Draw the way of each post into its edition."""
    dates = {post.title: datetime.fromisoformat(post.date) for post in POSTS}
    for number, manifest in enumerate(manifests):
        left = card_left(number)
        for post in manifest["posts"]:
            x = at(dates[post["title"]])
            target = min(max(x, left + 30), left + CARD - 30)
            kind, arrow = ("way late", "b") if post["late"] else ("way", "a")
            bend = (LINE + LETTER) / 2
            curve = f"M {x} {LINE + 10} C {x} {bend} {target} {bend} {target} {LETTER - 3}"
            yield f'<path d="{curve}" class="{kind}" marker-end="url(#{arrow})"/>'


def axis() -> Iterator[str]:
    """Draw the line of time with the ends of windows."""
    yield f'<path d="M {LEFT} {LINE} H {RIGHT}" class="axis"/>'
    for week in range(4):
        moment = BEGIN + timedelta(weeks=week)
        x = at(moment)
        yield f'<path d="M {x} {LINE - 34} V {LINE + 28}" class="end"/>'
        anchor = "start" if week == 0 else "end" if week == 3 else "middle"
        yield text(x, LINE + 44, f"Mon {moment.day} Nov, 08:00", "small halo", anchor)


def picture(manifests: list[dict[str, Any]]) -> str:
    """Return the drawing."""
    late = {post["title"] for manifest in manifests for post in manifest["posts"] if post["late"]}
    arrow = (
        '<marker id="{}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M 0 0 L 10 5 L 0 10 z" class="{}"/></marker>'
    )
    title = (
        "Posts on a line of time, each in the edition whose window it is in; a late one in the next; below, the ledger"
    )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{title}">',
        f"<title>{title}</title>",
        f"<style>{STYLE}</style>",
        f"<defs>{arrow.format('a', 'dot')}{arrow.format('b', 'late-dot')}</defs>",
        f'<rect x="0.5" y="0.5" width="{WIDTH - 1}" height="{HEIGHT - 1}" rx="12" class="ground"/>',
        text(LEFT, 40, "Posts, by their dates", "small"),
        *ways(manifests),
        *axis(),
        *letters(manifests),
        *post_marks(late),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    TARGET.write_text(picture(editions()), encoding="utf-8")
