"""Where something stands in the Markdown that an author wrote, as warnings name it."""

from collections.abc import Iterator, Sequence
from itertools import count
from typing import NamedTuple

from digest.collector.post import Post
from digest.markdown.code_regions import Region, region_at
from digest.problems import Problem


class Mention(NamedTuple):
    """A text that stands in Markdown outside of code, `number` times before this."""

    text: str
    number: int


def warning_at(post: Post, source: str, offset: int | None, code: str, message: str, hint: str) -> Problem:
    """Return a warning at an offset of `source`, the body of `post`; None for a place that is not known."""
    line = column = 0
    if offset is not None:
        line = post.body_line + source.count("\n", 0, offset)
        column = offset - source.rfind("\n", 0, offset)
    return Problem(post.path, line, column, code, message, hint, "warning")


def offsets(text: str, sought: str, code: list[Region]) -> Iterator[int]:
    """Yield where `sought` stands in `text` outside of code; an element of code, such as `<script>`, is no code."""
    offset = text.find(sought)
    while offset >= 0:
        region = region_at(code, offset)
        if region is None or region[0] == offset:
            yield offset
        offset = text.find(sought, offset + 1)


def mention(text: str, offset: int, sought: str, code: list[Region]) -> Mention:
    """Return `sought`, which stands at `offset` of `text`, as a mention."""
    numbers = zip(count(), offsets(text, sought, code), strict=False)
    return Mention(sought, next((number for number, place in numbers if place >= offset), 0))


def place_of(mention: Mention, source: str, code: list[Region]) -> int | None:
    """Return the offset of a mention in `source`: the one of that number, or else the last; None when there is none."""
    place = None
    for number, offset in enumerate(offsets(source, mention.text, code)):
        place = offset
        if number == mention.number:
            break
    return place


def place_of_tag(name: str, held: Sequence[str], source: str, code: list[Region]) -> int | None:
    """Return the offset of the first tag of an element that holds one of the texts `held`; None when there is none."""
    for offset in offsets(source, f"<{name}", code):
        tag = source[offset : source.find(">", offset)]
        if any(text in tag for text in held):
            return offset
    return None
