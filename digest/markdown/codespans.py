"""Where code stands in a Markdown source: fences, indented blocks, `<pre>`, and spans between backticks.

Templating that a post shows as code is its subject and stays. comrak does not say where code stood, so this finds it by
the same rules (CommonMark 0.31, 4.4, 4.5 and 6.1), loosely where lists are concerned. Spans of a paragraph that has
nothing templating could begin with are passed over.
"""

import re
from collections.abc import Iterator

from digest.patterns import pattern

_MEANT = frozenset(" \t>-*+0123456789`~#|!?=")  # what a line of a block other than a paragraph begins with
# Lines of plain words, and whole paragraphs of them without code; where raw HTML is to come, also without tags.
_WORDS = {raw: pattern(rf"(?:[^\s>*+0-9`~#|!?={tag}-][^\n{tag}]*\n)++") for raw, tag in ((False, ""), (True, "<"))}
_PARAGRAPHS = {
    raw: pattern(rf"(?:(?:(?:[^\s>*+0-9`~!?={tag}-]|!(?!!))[^\n`{tag}]*\n)++\n++)++")
    for raw, tag in ((False, ""), (True, "<"))
}
BEGINNINGS = ("{", "<!--", "*|")  # of templating
_PREFIX = pattern(r"(?:[ \t]*>)*[ \t]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*")
_FENCE = pattern(r"(`{3,})[^`]*$|(~{3,})")
_ITEM = pattern(r"[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+\S|(?:!!!|\?\?\?\+?|===)[ \t]")
_BREAK = pattern(r"[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]|[ \t]{0,3}#{1,6}[ \t]|[ \t]*>|[ \t]*\|")
_RUN = pattern(r"`+")
_RAW_HTML = pattern(r"<(pre|code|script|style)\b", re.IGNORECASE)
_RAW_END = {name: pattern(f"</{name}\\s*>", re.IGNORECASE) for name in ("pre", "code", "script", "style")}


def regions(text: str, start: int = 0) -> Iterator[tuple[int, int]]:
    """Yield where code begins and ends in `text`, in order, from `start` (where a block starts) on, lazily."""
    position, end = start, len(text)
    listed = 0  # columns by which the content of the list item we are in is indented, 0 outside lists
    blank = True
    paragraph = position
    raw = _RAW_HTML.search(text, start)
    raw_from = raw.start() if raw else end
    tick = _next_tick(text, start)
    while position < end:
        if blank and (plain := _PARAGRAPHS[raw_from < end].match(text, position)):
            listed = 0
            position = paragraph = plain.end()
            continue
        if plain := _WORDS[raw_from < end].match(text, position):
            listed = 0 if blank else listed
            blank, position = False, plain.end()
            continue
        stop = text.find("\n", position)
        stop = end if stop < 0 else stop + 1
        line = text[position:stop]
        if not line.strip(" \t\n"):  # CommonMark 2.1: a blank line has spaces and tabs only
            if tick < position:
                yield from _spans(text, paragraph, position)
                tick = _next_tick(text, position)
            blank, position = True, stop
            paragraph = stop
            continue
        if line[0] not in _MEANT and (raw_from == end or "<" not in line):
            listed = 0 if blank else listed
            blank, position = False, stop
            continue
        columns = line.expandtabs(4) if "\t" in line else line
        indent = len(columns) - len(columns.lstrip())
        if ("```" in line or "~~~" in line) and (opened := _FENCE.match(line, _prefix_end(line))):
            yield from _spans(text, paragraph, position)
            after = _fence_end(text, stop, opened[1] or opened[2])
            yield position, after
            position = paragraph = after
            tick = _next_tick(text, after) if tick < after else tick
            blank = True
            continue
        if blank and indent >= listed + 4 and not _ITEM.match(line.lstrip()):
            yield position, stop
            position = paragraph = stop
            tick = _next_tick(text, stop) if tick < stop else tick
            continue
        listed = _content_indent(line, indent) or (listed if indent or not blank else 0)
        if _BREAK.match(line):
            if tick < position:
                yield from _spans(text, paragraph, position)
                tick = _next_tick(text, position)
            paragraph = position
        blank = False
        raw = _RAW_HTML.search(line) if raw_from < end and "<" in line else None
        if raw and position + raw.start() >= raw_from:
            close = _RAW_END[raw[1].lower()].search(text, position + raw.end())
            if close:
                yield from _spans(text, paragraph, position + raw.start())
                yield position + raw.start(), close.end()
                position = paragraph = close.end()
                tick = _next_tick(text, position) if tick < position else tick
                continue
            raw_from = end  # nothing is closed any more; do not look again
        position = stop
    yield from _spans(text, paragraph, end)


def _content_indent(line: str, indent: int) -> int:
    """Return by how much the content of the item is indented that begins on a line, 0 when none begins."""
    found = _ITEM.match(line)
    return indent + (4 if line.lstrip()[0] in "!?=" else len(found[0].lstrip()) - 1) if found else 0


def _prefix_end(line: str) -> int:
    """Return where a line begins after the marks of quotations and list items."""
    prefix = _PREFIX.match(line)
    return prefix.end() if prefix else 0


def _fence_end(text: str, position: int, fence: str) -> int:
    """Return where the block ends that `fence` opened: after its closing fence, or at the end of the text."""
    while (found := text.find(fence, position)) >= 0:
        start = max(text.rfind("\n", position, found) + 1, position)
        stop = text.find("\n", found)
        stop = len(text) if stop < 0 else stop + 1
        line = text[start:stop].strip(" \t>\n")
        if line.startswith(fence) and not line.strip(fence[0]):
            return stop
        position = stop
    return len(text)


def _next_tick(text: str, position: int) -> int:
    """Return where the next backtick is, from which on there may be a span; the end when there is none."""
    found = text.find("`", position)
    return found if found >= 0 else len(text)


def _spans(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the code spans of one paragraph."""
    if all(text.find(mark, start, end) < 0 for mark in BEGINNINGS):
        return
    runs = [
        (found.start(), found.end()) for found in _RUN.finditer(text, start, end) if not _escaped(text, found.start())
    ]
    following: list[int] = [0] * len(runs)
    last: dict[int, int] = {}
    for n in range(len(runs) - 1, -1, -1):
        length = runs[n][1] - runs[n][0]
        following[n] = last.get(length, 0)
        last[length] = n
    n = 0
    while n < len(runs):
        if following[n]:
            yield runs[n][0], runs[following[n]][1]
            n = following[n]
        n += 1


def _escaped(text: str, at: int) -> bool:
    before = at
    while before > 0 and text[before - 1] == "\\":
        before -= 1
    return (at - before) % 2 == 1
