"""Find code in Markdown source, as comrak sees it: fences, indented blocks, spans, and raw HTML code elements.

Templating that a post shows as code stays as it is. comrak writes the source position of each element into its HTML:
https://docs.rs/comrak/latest/comrak/options/struct.Render.html#structfield.sourcepos. It counts bytes of UTF-8, and so
does this module; only the result counts characters.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from html import unescape
from itertools import accumulate, chain
from operator import itemgetter

from digest.markdown.commonmark import to_positioned_html

_ELEMENT = re.compile(
    r'<(?P<name>pre|code) (?:data-math-style="[a-z]+" )?'
    r'data-sourcepos="(?P<line>\d+):(?P<column>\d+)-(?P<last_line>\d+):(?P<last_column>\d+)">'
    r"(?:<code[^>]*>)?(?P<content>[^<]*)"
)
_BACKTICKS = re.compile(rb"`+")
_RAW_TAG = re.compile(rb"<!--|<(/?)(pre|code|script|style)\b[^<>]*>", re.IGNORECASE)
_NOT_IN_CONTENT = b"\\> \t\n"  # escapes of pipes in tables, block quote markers, indentation

Region = tuple[int, int]


def code_regions(markdown: str) -> list[Region]:
    """Return the `[start, end)` offsets of all code in `markdown`, in order and without overlaps.

    The fences and backticks of a block or span belong to it. Lines of `markdown` must end in LF. Raises RefusedError
    for Markdown beyond a bound.
    """
    data = markdown.encode()
    source = _Source(data)
    code = _merged(source.code(to_positioned_html(markdown)))
    regions = _merged([*code, *_raw_code(_blanked(data, code))])
    return _in_characters(data, regions)


def region_at(regions: list[Region], offset: int) -> Region | None:
    """Return the one of `regions`, which are in order, that holds the character at `offset`; None outside of them."""
    following = bisect_right(regions, offset, key=itemgetter(1))
    if following < len(regions) and regions[following][0] <= offset:
        return regions[following]
    return None


class _Source:
    """Markdown source with the offsets of its lines and of its possible code spans."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.lines = [0, *accumulate(len(line) + len(b"\n") for line in data.split(b"\n"))]
        self.spans = _possible_spans(data)
        self.line = 0  # of the last span found
        self.position = 0  # end of the last span found

    def code(self, html: str) -> Iterator[Region]:
        """Yield the region of each block and span of code in `html`, those of footnotes last."""
        for element in _ELEMENT.finditer(html):
            line = int(element["line"])
            start = self.lines[line - 1] + int(element["column"]) - 1
            content = unescape(element["content"]).encode()
            math = b"$`%b`$" % content
            if element["name"] == "pre":
                yield (start, self._end_of_block(element, start, content))
            elif self.data.startswith(math, start):
                yield (start, start + len(math))
            elif span := self._span(line, start, content):
                yield span

    def _end_of_block(self, element: re.Match[str], start: int, content: bytes) -> int:
        """Return the end of a block: the end of its last line.

        With column 0, comrak gives the line after the block. For a block that ends a list, it gives the first line.
        """
        first_line = int(element["line"])
        last_line = int(element["last_line"])
        if element["last_column"] == "0":
            last_line -= 1
        opening = self.data[start : self._line_end(first_line)]
        lines = content.count(b"\n")
        is_fence = not content.strip().startswith(opening.strip())
        last_line = max(last_line, first_line + lines if is_fence else first_line + lines - 1)
        return self._line_end(last_line)

    def _line_end(self, line: int) -> int:
        return self.lines[line] - len(b"\n")

    def _span(self, line: int, start: int, content: bytes) -> Region | None:
        """Return the span at `start`, or else the next span with the same content.

        comrak's positions are wrong in tables and in paragraphs that begin with link reference definitions.
        """
        if line < self.line:
            self.position = 0  # footnotes come last in HTML, but may come earlier in the source
        self.line = line
        named = bisect_left(self.spans, (start, 0))
        first = bisect_left(self.spans, (max(self.lines[line - 1], self.position), 0))
        for place in chain([named], range(first, len(self.spans))):
            if first <= place < len(self.spans) and self._holds(self.spans[place], content):
                self.position = self.spans[place][1]
                return self.spans[place]
        self.position = len(self.data)  # stop searching, to bound the time
        return None

    def _holds(self, span: Region, content: bytes) -> bool:
        """Return whether a span has this content, ignoring markers of enclosing blocks in its lines."""
        inside = self.data[span[0] : span[1]].strip(b"`")
        return inside.translate(None, _NOT_IN_CONTENT) == content.translate(None, _NOT_IN_CONTENT)


def _possible_spans(data: bytes) -> list[Region]:
    """Return the regions between two backtick runs of equal length."""
    spans = []
    ends: dict[int, int] = {}  # of the next run of each length
    for run in reversed([*_BACKTICKS.finditer(data)]):
        start = run.start()
        if _is_escaped(data, start):
            start += 1
        if end := ends.get(run.end() - start):
            spans.append((start, end))
        ends[len(run[0])] = run.end()  # backslashes do not escape in code
    return spans[::-1]


def _raw_code(prose: bytes) -> Iterator[Region]:
    """Yield the regions of raw HTML elements that hold code, each up to its next end tag, outside comments."""
    tags = []
    position = 0
    last_comment = prose.rfind(b"-->")
    for tag in _RAW_TAG.finditer(prose):
        if tag.start() < position or _is_escaped(prose, tag.start()):
            continue  # in a comment, or no tag
        if tag[0] != b"<!--":
            tags.append(tag)
        elif tag.start() < last_comment:
            position = prose.find(b"-->", tag.end())
    ends: dict[bytes, int] = {}
    for tag in reversed(tags):
        name = tag[2].lower()
        if tag[1]:
            ends[name] = tag.end()
        elif name in ends:
            yield (tag.start(), ends[name])


def _is_escaped(data: bytes, position: int) -> bool:
    start = position
    while data[start - 1 : start] == b"\\":
        start -= 1
    return (position - start) % 2 == 1


def _blanked(data: bytes, regions: list[Region]) -> bytes:
    """Return `data` with `regions` replaced by spaces."""
    blanked = bytearray(data)
    for start, end in regions:
        blanked[start:end] = b" " * (end - start)
    return bytes(blanked)


def _merged(regions: Iterable[Region]) -> list[Region]:
    merged: list[Region] = []
    for start, end in sorted(regions):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _in_characters(data: bytes, regions: list[Region]) -> list[Region]:
    """Return `regions` of bytes, in order, as regions of characters."""
    counted = []
    position = characters = 0
    for start, end in regions:
        first = characters + len(data[position:start].decode())
        characters = first + len(data[start:end].decode())
        position = end
        counted.append((first, characters))
    return counted
