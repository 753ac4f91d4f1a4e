"""The front-matter dialects, as python-frontmatter handlers: where a header begins and ends, and what it says.

python-frontmatter's own handlers read a byte-order mark, an unclosed fence or TOML without a further package as "no
front matter", and keep the last of two equal keys. Handlers are its extension point: these find the fence of every
generator that the archives came from, keep the line numbers, and read with `yaml_header` and `typed_header`.
"""

import re
from typing import Any, NamedTuple

import frontmatter
from frontmatter.default_handlers import BaseHandler

from digest.config.schema import Limits
from digest.frontmatter.header import (
    Header,
    HeaderError,
    Value,
    brackets,
    duplicate_key,
    line_number,
    too_deep,
    too_many_keys,
)
from digest.frontmatter.typed import read_json, read_toml
from digest.frontmatter.yaml import read_yaml
from digest.patterns import pattern

_EOL = r"(?>\r\n|\n|\r)"  # never half of one: two choices a line are a billion after thirty
_START = r"\ufeff?(?:[ \t]*" + _EOL + r")*"  # a byte-order mark and blank lines may come first
_BLANKS = "\ufeff \t\r\n"
_LINE_END = pattern(_EOL)
_REST = pattern(rf"[ \t]*{_EOL}?")
_BLANK = pattern(_START)
_KEY_LINE = pattern(r"[ ]{0,3}[A-Za-z][\w-]*:(?:[ \t\r\n]|\Z)")
_HEADER_LINE = pattern(r"[A-Za-z][\w-]*[ ]?:(?:[ \t]|\Z)|-[ \t]|[ \t#]|\Z")
_TITLE_OR_DATE = pattern(r"[ ]{0,3}(?:title|date):", re.IGNORECASE)


class Cut(NamedTuple):
    """Where front matter stands: its text, the number of its first line, and the offset where the body begins."""

    text: str
    line: int
    end: int


class _Handler(BaseHandler):
    """What all dialects share: `split` and `load` as python-frontmatter wants them, `cut` and `parse` with lines."""

    name = ""
    commas = False

    def split(self, text: str) -> tuple[str, str]:
        """Return header and body. Raises `HeaderError` when the header is not closed."""
        cut = self.cut(text, Limits())
        return cut.text, text[cut.end :]

    def begin(self, text: str) -> int:
        """Return the offset after the opening fence, or of the first line when there is none."""
        match = self.FM_BOUNDARY.match(text) if self.FM_BOUNDARY else None
        return match.end() if match else 0

    def load(self, fm: str) -> dict[str, Any]:
        """Return what header `fm` says, every scalar as text. Raises `HeaderError`."""
        return self.parse(fm, 1, Limits())

    def cut(self, text: str, limits: Limits) -> Cut:
        """Return where the header stands in `text`. Raises `HeaderError` when it is not closed."""
        raise NotImplementedError

    def parse(self, text: str, line: int, limits: Limits) -> dict[str, Value]:
        """Return what the header `text` says, whose first line is number `line`. Raises `HeaderError`."""
        raise NotImplementedError


class _Fenced(_Handler):
    """A header between two lines of the same sign."""

    closing: re.Pattern[str]
    fence = ""
    other = ""  # what else may begin a closing line

    def cut(self, text: str, limits: Limits) -> Cut:  # noqa: ARG002 - as all handlers have it
        if text[:4] == f"{self.fence}\n":  # nearly always; then no pattern is needed to find a line that is the same
            end = text.find(f"\n{self.fence}", 3)
            others = (text.find("\r", 4, end), text.find(f"\n{self.other}", 3, end))
            if end > 0 and text[end + 4 : end + 5] == "\n" and others == (-1, -1):
                return Cut(text[4 : end + 1], 2, end + 5)
        begin = self.begin(text)
        closing = self.closing.search(text, begin - 1)
        if closing is None:
            line = line_number(text, begin - 1)
            hint = f"close it with a line that is only {self.fence}"
            raise _unclosed(self.fence, line, hint)
        return Cut(text[begin : closing.start() + 1], line_number(text, begin), closing.end())


def _fence(opening: str, closing: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    closing_line = rf"(?<=[\r\n])(?:{closing})[ \t]*(?:{_EOL}|\Z)"
    return re.compile(rf"{_START}[ \t]*(?:{opening})[ \t]*{_EOL}"), re.compile(rf"[\r\n]{closing_line}")


class Yaml(_Fenced):
    """`---` lines around YAML, the closing one may be `...`; `---yaml` as gray-matter has it."""

    name, fence, other = "yaml", "---", "..."
    FM_BOUNDARY, closing = _fence(r"-{3,}(?:[ \t]*ya?ml)?", r"-{3,}|\.\.\.")

    def parse(self, text: str, line: int, limits: Limits) -> dict[str, Value]:
        return read_yaml(text, line, limits)


class Toml(_Fenced):
    """`+++` lines around TOML; `---toml` as gray-matter has it."""

    name, fence, other = "toml", "+++", "---"
    FM_BOUNDARY, closing = _fence(r"\+{3,}|---[ \t]*toml", r"\+{3,}|---")

    def parse(self, text: str, line: int, limits: Limits) -> dict[str, Value]:
        return read_toml(text, line, limits)


class Json(_Handler):
    """One JSON object at the beginning, as Hugo has it."""

    name = "json"
    FM_BOUNDARY = pattern(rf'{_START}(?=\{{[ \t]*(?:"|{_EOL}))')

    def cut(self, text: str, limits: Limits) -> Cut:
        begin = self.begin(text)
        line = line_number(text, begin)
        depth = 0
        for position, sign in brackets(text[begin:], json=True):
            depth += (sign in "[{") - (sign in "]}")
            if depth > limits.depth:
                raise too_deep(limits, line_number(text, begin + position))
            if depth == 0 and sign in "]}":
                end = begin + position + 1
                rest = _REST.match(text, end)
                return Cut(text[begin:end], line, rest.end() if rest else end)
        raise _unclosed("{", line, "add a }")

    def parse(self, text: str, line: int, limits: Limits) -> dict[str, Value]:
        return read_json(text, line, limits)


class FencedJson(_Fenced):
    """`---json` as gray-matter has it, `;;;` lines around JSON (with or without braces) as Hexo has it."""

    name, fence = "json", "the fence that began it"
    FM_BOUNDARY, closing = _fence(r"---[ \t]*json|;{3,}", r"-{3,}|;{3,}")

    def parse(self, text: str, line: int, limits: Limits) -> dict[str, Value]:
        if text.lstrip(" \t\n").startswith("{"):
            return read_json(text, line, limits)
        return read_json("{\n" + text + "}", line - 1, limits)  # on a line of its own, so that columns stay


class Nikola(_Handler):
    """`.. title: Hello` lines, in an HTML comment or not."""

    name, commas = "nikola", True
    _LINES = rf"(?:[ \t]*\.\.[ \t]+[\w-]+:[^\r\n]*{_EOL})+"
    FM_BOUNDARY = pattern(rf"{_START}(?=(?:<!--[ \t\r\n]*)?\.\.[ \t]+[\w-]+:)")
    _WHOLE = pattern(rf"(<!--[ \t\r\n]*)?({_LINES})(?:[ \t\r\n]*-->[ \t]*{_EOL}?)?")
    _LINE = pattern(r"[ \t]*\.\.[ \t]+([\w-]+):[ \t]*(.*)")

    def cut(self, text: str, limits: Limits) -> Cut:  # noqa: ARG002 - as all handlers have it
        begin = self.begin(text)
        whole = self._WHOLE.match(text if text.endswith(("\n", "\r")) else text + "\n", begin)
        if whole is None or (whole[1] and not whole[0].rstrip().endswith("-->")):
            raise _unclosed("<!--", line_number(text, begin), "close the comment with -->")
        return Cut(whole[2], line_number(text, whole.start(2)), min(whole.end(), len(text)))

    def parse(self, text: str, line: int, limits: Limits) -> dict[str, Value]:
        pairs = [(n, m[1], m[2].strip()) for n, s in enumerate(_lines(text), line) if (m := self._LINE.match(s))]
        return _unique(pairs, limits)


class KeyValue(_Handler):
    """`Title: Hello` lines up to the first blank one, as Pelican (Python-Markdown's meta-data) has them."""

    name, commas = "pelican", True
    _FIRST = r"[ ]{0,3}[A-Za-z][\w-]*:(?:[ \t][^\r\n]*)?"
    FM_BOUNDARY = _BLANK
    _WHOLE = pattern(rf"(?:{_FIRST}(?:{_EOL}|\Z)(?:(?:[ ]{{4}}|\t)[^\r\n]*?\S[^\r\n]*(?:{_EOL}|\Z))*)+")
    _LINE = pattern(r"[ ]{0,3}([A-Za-z][\w-]*):[ \t]*(.*)")

    def detect(self, text: str) -> bool:
        """Return whether the first lines are `Key: value` lines, a title or a date among them."""
        return bool(_key_lines(text))

    def cut(self, text: str, limits: Limits) -> Cut:  # noqa: ARG002 - as all handlers have it
        begin = self.begin(text)
        whole = self._WHOLE.match(text, begin)
        end = whole.end() if whole else begin
        return Cut(text[begin:end], line_number(text, begin), end)

    def parse(self, text: str, line: int, limits: Limits) -> dict[str, Value]:
        pairs: list[tuple[int, str, str]] = []
        for number, written in enumerate(_lines(text), line):
            if match := self._LINE.match(written):
                pairs.append((number, match[1], match[2].strip()))
            elif pairs:
                first, key, value = pairs[-1]
                pairs[-1] = (first, key, f"{value}\n{written.strip()}")
        return _unique(pairs, limits)


class Unopened(_Handler):
    """YAML with a closing `---` only, as Hexo also has it."""

    name = "yaml"
    FM_BOUNDARY = _BLANK

    def detect(self, text: str) -> bool:
        """Return whether the first lines are keys and a `---` line comes before any that is none of theirs."""
        return _comes_to_fence(text) if _key_lines(text) else False

    def cut(self, text: str, limits: Limits) -> Cut:  # noqa: ARG002 - as all handlers have it
        begin = self.begin(text)
        closing = Yaml.closing.search(text, begin)
        if closing is None:
            raise _unclosed("a key", line_number(text, begin), "close it with a line that is only ---")
        return Cut(text[begin : closing.start() + 1], line_number(text, begin), closing.end())

    def parse(self, text: str, line: int, limits: Limits) -> dict[str, Value]:
        return read_yaml(text, line, limits)


def _unclosed(fence: str, line: int, hint: str) -> HeaderError:
    return HeaderError("unclosed-front-matter", f"front matter begins with {fence} and never ends", line, 1, hint)


def _lines(text: str) -> list[str]:
    """Return the lines of a header of key lines, which end in LF, CRLF or CR and in no other character."""
    return _LINE_END.split(text.rstrip("\r\n"))


def _is_fence(line: str) -> bool:
    return line.startswith("---") and not line.strip(" \t-")


def _comes_to_fence(text: str) -> bool:
    """Return whether nothing but keys, items, comments and blank lines stands above the first `---` line."""
    begin = _BLANK.match(text)
    start = begin.end() if begin else 0
    for line in _LINE_END.split(text[start : start + 20_000]):
        if _is_fence(line):
            return True
        if not _HEADER_LINE.match(line):
            return False
    return False


def _key_lines(text: str) -> list[str]:
    """Return the lines up to the first blank one when they begin with a key and have a title or a date."""
    begin = _BLANK.match(text)
    start = begin.end() if begin else 0
    if not _KEY_LINE.match(text, start):
        return []
    block = re.split(rf"{_EOL}[ \t]*(?:{_EOL}|\Z)", text[start : start + 20_000], maxsplit=1)[0]
    lines = _LINE_END.split(block)
    return lines if any(_TITLE_OR_DATE.match(line) for line in lines) else []


HANDLERS = (Yaml(), Toml(), FencedJson(), Json(), Nikola(), Unopened(), KeyValue())
_USUAL = {"---\n": HANDLERS[0], "+++\n": HANDLERS[1]}  # what the first that detects them is


def read_header(text: str, limits: Limits) -> Header | None:
    """Return the front matter at the beginning of `text`; None when there is none.

    Raises `HeaderError` when it is not closed, too long, wrong in its language, or preceded by other text.
    """
    rest = text.lstrip(_BLANKS)  # once, for a million blank lines would cost every handler a second
    lead = len(text) - len(rest)
    above = line_number(text, lead) - 1 if lead else 0
    handler = _USUAL.get(rest[:4]) or frontmatter.detect_format(rest, HANDLERS)
    if not isinstance(handler, _Handler):
        _check_text_before(rest)
        return None
    try:
        cut = handler.cut(rest, limits)
    except HeaderError as error:
        error.line += above
        raise
    if lead:
        cut = Cut(cut.text, cut.line + above, cut.end + lead)
    if len(cut.text) * 4 > limits.front_matter_bytes and len(cut.text.encode()) > limits.front_matter_bytes:
        message = f"front matter is longer than {limits.front_matter_bytes:,} bytes"
        raise HeaderError("front-matter-too-long", message, cut.line, 0, "posts.limits.front_matter_bytes is the limit")
    source = _LINE_END.sub("\n", cut.text) if "\r" in cut.text else cut.text
    return Header(handler.parse(source, cut.line, limits), source, cut.line, cut.end, handler.commas, handler.name)


_LATE_FENCE = pattern(
    rf"{_EOL}(?P<fence>---|\+\+\+)[ \t]*{_EOL}[A-Za-z][\w-]*[ \t]*[:=][^\r\n]*{_EOL}"
    rf"(?:[^\r\n]*{_EOL}){{0,100}}?(?P=fence)[ \t]*(?:{_EOL}|\Z)"
)


def _check_text_before(text: str) -> None:
    if late := _LATE_FENCE.search(text[:5000]):
        fence = late["fence"]
        line = line_number(text, late.start("fence"))
        message = f"text stands before the front matter that begins on line {line}"
        raise HeaderError("text-before-front-matter", message, 1, 1, f"make {fence} the first line")


def _unique(pairs: list[tuple[int, str, str]], limits: Limits) -> dict[str, Value]:
    if len(pairs) > limits.keys:
        raise too_many_keys(limits, pairs[limits.keys][0])
    lines: dict[str, int] = {}
    for line, key, _ in pairs:
        if key.lower() in lines:
            raise duplicate_key(key, lines[key.lower()], line, 1)
        lines[key.lower()] = line
    return {key: value or None for _, key, value in pairs}
