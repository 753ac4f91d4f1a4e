"""What in an author's post a reader who cannot see it, or sees it small, will miss."""

import unicodedata
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from digest.collector.post import Post
from digest.config.schema import Config
from digest.emails import images, tree
from digest.problems import Problem

if TYPE_CHECKING:
    from digest.markdown import Rendered

_VAGUE = Path(__file__).parent / "vague_links.toml"
_SHOWN = 60  # characters of a text in a message


def authoring_problems(config: Config, post: Post, rendered: "Rendered") -> Iterator[Problem]:
    """Yield images without a description, vague links, headings that skip a level and tables without headers."""
    if not rendered.html.strip():
        return
    root = tree.parse(rendered.html)
    warn = partial(_problem, post, _lines(config.root / post.path))
    yield from _image_problems(root, warn)
    yield from _link_problems(root, warn, _vague_texts(post.language))
    yield from _heading_problems(root, warn)
    yield from _table_problems(root, warn)


def _image_problems(root: Any, warn: Any) -> Iterator[Problem]:
    for image in root.iter("img"):
        if _has_no_name(image):
            hint = "write ![what it shows](address); a screen reader says nothing else"
            yield warn("image-alt", "an image without a description", hint, image.get("src") or "")


def _link_problems(root: Any, warn: Any, vague: set[str]) -> Iterator[Problem]:
    for link in root.iter("a"):
        text = tree.text_of(link).strip()
        if _plain(text) in vague:
            message = f"the link text “{text[:_SHOWN]}” says nothing by itself"
            yield warn("link-text", message, "name what the link leads to", link.get("href") or "", f"[{text}]")


def _table_problems(root: Any, warn: Any) -> Iterator[Problem]:
    for table in root.iter("table"):
        if not any(map(tree.shows, table.iter("th"))):
            text = next((tree.text_of(cell).strip() for cell in table.iter("td") if tree.shows(cell)), "")
            yield warn("table-headers", "a table without a row of headings", "name its columns", text)


def _heading_problems(root: Any, warn: Any) -> Iterator[Problem]:
    before = 6
    for heading in root.iter(*tree.HEADINGS):
        level = int(heading.tag[1])
        if level > before + 1:
            message = f"a heading of level {level} after one of level {before}"
            yield warn("heading-jump", message, "headings go down one level at a time", tree.text_of(heading).strip())
        before = level


def _has_no_name(image: Any) -> bool:
    """Return whether neither the image nor the link around it says anything."""
    if (image.get("alt") or "").strip():
        return False
    link = next(image.iterancestors("a"), None)
    return link is None or tree.is_blank(tree.text_of(link))


def _vague_texts(language: str) -> set[str]:
    texts = msgspec.toml.decode(_VAGUE.read_text(encoding="utf-8"), type=dict[str, list[str]])
    primary = language.replace("_", "-").lower().split("-")[0]
    primary = {"no": "nb", "nn": "nb"}.get(primary, primary)
    return {_plain(text) for text in (*texts["en"], *texts.get(primary, ()))}


def _plain(text: str) -> str:
    """Return the words of a text in lower case, without punctuation and arrows."""
    letters = "".join(character if unicodedata.category(character)[0] in "LMN" else " " for character in text)
    return " ".join(letters.casefold().split())


def _lines(file: Path) -> list[str]:
    try:
        text = file.read_bytes().decode("utf-8", "replace")
    except OSError:
        return []
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _problem(post: Post, lines: list[str], code: str, message: str, hint: str, *wanted: str) -> Problem:
    """Return a warning at the line that holds one of the `wanted` texts, the last of them first."""
    found = (images.find_in(lines, post.body_line, text) for text in reversed(wanted))
    line = next(filter(None, found), post.body_line)
    return Problem(post.path, line, 0, code, message, hint, "warning")
