"""Detect front matter in any format, and split a file into front matter and body.

Each format is a handler, the extension point of python-frontmatter. That package's own handlers report "no front
matter" for a byte-order mark, an unclosed fence, or TOML without an extra package, and keep the last of duplicate keys.
These find the fences of every generator, keep line numbers, and parse with the other modules of this package.
"""

import itertools
import re
from collections.abc import Callable
from typing import NamedTuple

import frontmatter
from frontmatter.default_handlers import BaseHandler

from digest.config.schema import Limits
from digest.frontmatter import keylines
from digest.frontmatter.errors import HeaderError
from digest.frontmatter.header import Format, Header, Table, Value, line_number
from digest.frontmatter.json import end_of_object, read_fenced_json, read_json
from digest.frontmatter.keylines import EOL, LINE_END
from digest.frontmatter.restructured import read_fields, top_of
from digest.frontmatter.toml import read_toml
from digest.frontmatter.yaml import read_yaml

_BLANKS = "\ufeff \t\r\n"


Reader = Callable[[str, int, Limits], Table]  # text, number of its first line, limits


class Cut(NamedTuple):
    """The front matter found in a text: its source, the number of its first line, and the offset of the body."""

    text: str
    line: int
    end: int


class Handler(BaseHandler):
    """A format. `detect`, `split` and `cut` expect a text without leading blank lines."""

    def __init__(self, name: Format, read: Reader, opening: re.Pattern[str]) -> None:
        super().__init__(opening)
        self.name = name
        self.read = read
        self.opening = opening

    def split(self, text: str) -> tuple[str, str]:
        """Return header and body. Raises `HeaderError` when the header is not closed."""
        cut = self.cut(text, Limits())
        return cut.text, text[cut.end :]

    def load(self, fm: str) -> dict[str, Value]:
        """Parse header `fm`, every scalar as text. Raises `HeaderError`."""
        return self.read(fm, 1, Limits()).values

    def cut(self, text: str, limits: Limits) -> Cut:
        """Find the header in `text`. Raises `HeaderError` when it is not closed."""
        raise NotImplementedError


class Fenced(Handler):
    """A header between two fence lines. `opening` and `closing` are their regular expressions."""

    def __init__(self, name: Format, read: Reader, opening: str, closing: str) -> None:
        super().__init__(name, read, re.compile(rf"(?:{opening})[ \t]*{EOL}"))
        self.closing = re.compile(rf"[\r\n](?:{closing})[ \t]*(?:{EOL}|\Z)")

    def cut(self, text: str, limits: Limits) -> Cut:  # noqa: ARG002 - same signature in all handlers
        opening = self.opening.match(text)
        begin = opening.end() if opening else 0
        closing = self.closing.search(text, max(begin - 1, 0))
        if closing is None:
            fence = text[:begin].strip()
            raise _unclosed(fence, f"close it with a line that is only {fence[:1] * 3}")
        return Cut(text[begin : closing.start() + 1], 2 if opening else 1, closing.end())


class Unopened(Fenced):
    """A header with a closing fence only, which Hexo accepts."""

    def detect(self, text: str) -> bool:
        return keylines.begins_with_keys(text) and keylines.comes_to_fence(text)


class BareJson(Handler):
    """One JSON object at the beginning, as Hugo writes it."""

    def cut(self, text: str, limits: Limits) -> Cut:
        end = end_of_object(text, limits)
        if not end:
            raise _unclosed("{", "add a }")
        line_end = LINE_END.search(text, end)
        if line_end and not text[end : line_end.start()].strip(" \t"):
            return Cut(text[:end], 1, line_end.end())
        return Cut(text[:end], 1, end)


class Nikola(Handler):
    """`.. title: Hello` lines, in an HTML comment or not."""

    def cut(self, text: str, limits: Limits) -> Cut:  # noqa: ARG002 - same signature in all handlers
        found = self.opening.match(text)
        if found is None or (found["comment"] and not found[0].rstrip().endswith("-->")):
            raise _unclosed("<!--", "close the comment with -->")
        return Cut(found["lines"], line_number(text, found.start("lines")), found.end())


class Pelican(Handler):
    """`Title: Hello` lines up to the first blank one."""

    def detect(self, text: str) -> bool:
        return keylines.begins_with_keys(text)

    def cut(self, text: str, limits: Limits) -> Cut:  # noqa: ARG002 - same signature in all handlers
        found = self.opening.match(text)
        end = found.end() if found else 0
        return Cut(text[:end], 1, end)


class Restructured(Handler):
    """The title and the field list of reStructuredText."""

    def detect(self, text: str) -> bool:
        return bool(top_of(text).entries)

    def cut(self, text: str, limits: Limits) -> Cut:  # noqa: ARG002 - same signature in all handlers
        end = top_of(text).end
        return Cut(text[:end], 1, end)


# A closing `...` is YAML's own; `---yaml` and the like are gray-matter's, `;;;` is Hexo's.
YAML = Fenced("yaml", read_yaml, r"-{3,}(?:[ \t]*ya?ml)?", r"-{3,}|\.\.\.")
TOML = Fenced("toml", read_toml, r"\+{3,}|---[ \t]*toml", r"\+{3,}|---")
FENCED_JSON = Fenced("json", read_fenced_json, r"---[ \t]*json|;{3,}", r"-{3,}|;{3,}")
JSON = BareJson("json", read_json, re.compile(rf'\{{[ \t]*(?:"|{EOL})'))
NIKOLA = Nikola("nikola", keylines.read_nikola, keylines.NIKOLA)
UNOPENED_YAML = Unopened("yaml", read_yaml, r"-{3,}", r"-{3,}")
PELICAN = Pelican("pelican", keylines.read_pelican, keylines.PELICAN)
RESTRUCTURED = Restructured("rst", read_fields, LINE_END)
HANDLERS = (YAML, TOML, FENCED_JSON, JSON, NIKOLA, UNOPENED_YAML, PELICAN)
FENCED = (YAML, TOML)
OF_RESTRUCTURED = (NIKOLA, RESTRUCTURED)


def read_header(text: str, limits: Limits, *, restructured: bool = False) -> Header | None:
    """Return the front matter at the beginning of `text`; None when there is none.

    In reStructuredText it may also be the title and a field list.

    Raises `HeaderError` when it is not closed, too long, wrong in its format, or preceded by other text.
    """
    source = text.lstrip(_BLANKS)
    lead = len(text) - len(source)
    above = line_number(text, lead) - 1 if lead else 0
    handler = frontmatter.detect_format(source, _restructured_handlers(source) if restructured else HANDLERS)
    if not isinstance(handler, Handler):
        _check_text_before(source, above)
        return None
    try:
        cut = handler.cut(source, limits)
    except HeaderError as error:
        error.line += above
        raise
    line = cut.line + above
    if len(cut.text.encode()) > limits.front_matter_bytes:
        message = f"front matter is longer than {limits.front_matter_bytes:,} bytes"
        raise HeaderError("front-matter-too-long", message, line, 0, "posts.limits.front_matter_bytes is the limit")
    table = handler.read(cut.text.replace("\r\n", "\n").replace("\r", "\n"), line, limits)
    return Header(
        values=table.values,
        lines=table.lines,
        line=line,
        end=lead + cut.end,
        format=handler.name,
        quoted=table.quoted,
    )


def _restructured_handlers(text: str) -> tuple[Handler, ...]:
    """Return the formats that reStructuredText may begin with; a longer line of hyphens is the frame of a title."""
    first = LINE_END.split(text, 1)[0].rstrip()
    if first in ("---", "+++"):
        return FENCED
    is_directive = first.partition(":")[2].startswith(":")
    return (RESTRUCTURED,) if is_directive else OF_RESTRUCTURED


def _unclosed(fence: str, hint: str) -> HeaderError:
    return HeaderError("unclosed-front-matter", f"front matter begins with {fence} and never ends", 1, 1, hint)


def _check_text_before(text: str, above: int) -> None:
    """Raise `HeaderError` when fenced front matter follows other text. `above` is the number of lines before `text`."""
    lines = [line.rstrip(" \t") for line in LINE_END.split(text[:5000])]
    for index, (fence, below) in enumerate(itertools.pairwise(lines)):
        if fence in ("---", "+++") and keylines.is_entry(below) and fence in lines[index + 2 :]:
            message = f"text stands before the front matter that begins on line {above + index + 1}"
            raise HeaderError("text-before-front-matter", message, 1, 1, f"make {fence} the first line")
