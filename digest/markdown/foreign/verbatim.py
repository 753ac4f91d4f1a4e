"""Find regions where templating is not read: code, and tags with raw content.

Each depends on the other: code in `{% raw %}` or `{% highlight %}` is content of the tag, and such a tag in code is
shown. So the first pass finds tags outside everything that looks like code; the second finds code with the content of
these tags masked, and then the tags outside that code.
"""

import re

from digest.markdown.foreign import handlers, shortcodes, tags
from digest.markdown.foreign.body import Body, Found, Tag, joined
from digest.markdown.foreign.mkdocs import find_code
from digest.markdown.foreign.syntaxes import Scanner

RAW = frozenset(name for name, shortcode in shortcodes.SHORTCODES.items() if shortcode.raw)

_NON_SPACE = re.compile(r"\S")


def find_kept(body: Body, scanner: Scanner) -> list[Found]:
    """Return the code and the raw content in a post, in order; none when the scanner would find nothing else."""
    if scanner.next(body, (), 0) is None:
        return []
    code = find_code(body.text)
    elements: list[Found] = []
    if any(name.lstrip("[<").lower() in RAW for name in body.closed):
        code = find_code(joined(body, [_masked(body, found) for found in _elements(body, scanner, code)]))
        elements = _elements(body, scanner, code)
    shown = [Found(start, end, handlers.shown_code(body.text[start:end])) for start, end in code]
    return sorted([*elements, *shown], key=lambda found: found.start)


def _elements(body: Body, scanner: Scanner, code: list[tuple[int, int]]) -> list[Found]:
    """Return the tags with raw content that begin outside of `code`."""
    elements: list[Found] = []
    passed_over = [Found(start, end) for start, end in code]
    position = 0
    while found := scanner.next(body, passed_over, position):
        if found.tag and _holds_raw(found.tag, body, found.end):
            start, end = tags.find_closing(body.text, found.tag.closed_by, found.end)
            found = Found(found.start, end, tag=found.tag, content=body.text[found.end : start])
            elements.append(found)
        position = found.end
    return elements


def _holds_raw(tag: Tag, body: Body, end: int) -> bool:
    """Return whether the content after a tag, which ends at `end`, is raw."""
    return tag.name in RAW and not tag.closing and body.closed.get(tag.closed_by, 0) >= end


def _masked(body: Body, element: Found) -> Found:
    """Return a tag masked with underscores (a thematic break), same length; `as_typed` content stays Markdown."""
    content = body.text[element.start : element.end]
    if element.tag and shortcodes.find(element.tag.name).raw is handlers.as_typed:
        return Found(element.start, element.end, content)
    return Found(element.start, element.end, _NON_SPACE.sub("_", content))
