"""Run an included file's conditions and loops that depend only on its arguments (https://shopify.github.io/liquid/).

Everything else in it is left for `syntaxes`: values, other includes, assignments of text.
"""

import re
from collections.abc import Callable, Mapping

_TOKEN = re.compile(r"(\{%-?[^%]*-?%\})")
_FOR = re.compile(r"(\w+)\s+in\s+([\w.-]+)")
_SPLIT = re.compile(r"([\w.-]+)\s*=\s*(\S+)\s*\|\s*split:\s*[\"']([^\"']*)[\"']")
_CONDITION = re.compile(r"(\S+)(?:\s+(==|!=|>|<|>=|<=|contains)\s+(\"[^\"]*\"|'[^']*'|\S+))?")
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    ">": float.__gt__,
    "<": float.__lt__,
    ">=": float.__ge__,
    "<=": float.__le__,
}
_BLOCKS = ("if", "unless", "for", "capture")
_ENDS = ("endif", "endunless", "endfor", "endcapture")
_BORDERS = ("elsif", "else", *_ENDS)
_UNKNOWN = ("case", "tablerow", "ifchanged")

MAX_DEPTH = 20  # blocks inside each other


class UnknownError(Exception):
    """The output of a file depends on an unknown value."""


class Runner:
    """Runs one file with the arguments of its tag; the output has at most `limit` characters."""

    def __init__(self, text: str, given: Mapping[str, str], limit: int) -> None:
        self._tokens = _TOKEN.split(text)
        self._position = 0
        self._values = {f"include.{key}": value for key, value in given.items()}
        self._lists: dict[str, list[str]] = {}
        self._left = limit
        self._depth = 0

    def run(self) -> str:
        """Return the text without conditions and loops. Raises `UnknownError`."""
        text = self._until()
        if self._position < len(self._tokens):
            raise UnknownError(self._tokens[self._position])
        return text

    def _until(self) -> str:
        """Return the output up to the next tag that ends or divides a block."""
        parts: list[str] = []
        while self._position < len(self._tokens):
            token = self._tokens[self._position]
            word, rest = _parsed(token)
            if word in _BORDERS:
                break
            self._position += 1
            made = self._block(word, rest) if word else token
            made = token if made is None else made
            self._left -= 1 + len(made)
            if self._left < 0:
                raise UnknownError(token)
            parts.append(made)
        return "".join(parts)

    def _skip(self) -> None:
        """Pass over the tags up to the next one that ends or divides the block, without any effect."""
        depth = 0
        while self._position < len(self._tokens):
            word, _ = _parsed(self._tokens[self._position])
            if depth == 0 and word in _BORDERS:
                break
            depth += (word in _BLOCKS) - (word in _ENDS)
            self._position += 1

    def _block(self, word: str, rest: str) -> str | None:
        """Return the output of a tag and its block; None for a tag that is not logic."""
        if word in _BLOCKS:
            self._depth += 1
            if self._depth > MAX_DEPTH:
                raise UnknownError(rest)
            made = self._inner(word, rest)
            self._depth -= 1
            return made
        if word in _UNKNOWN:
            raise UnknownError(rest)
        split = _SPLIT.fullmatch(rest) if word == "assign" else None
        if split:
            self._lists[split[1]] = (self._value(split[2]) or "").split(split[3])
            return ""
        return None

    def _inner(self, word: str, rest: str) -> str:
        """Return the output of a block; a `capture` of a variable stays a tag."""
        if word in ("if", "unless"):
            return self._choice(is_wanted=self._holds(rest) == (word == "if"))
        if word == "for":
            return self._loop(rest)
        captured = self._until()
        self._next()
        is_discarded = not rest.strip("'\"").replace("_", "").replace("-", "").isalnum()  # `{% capture /dev/null %}`
        return "" if is_discarded else f"{{% capture {rest} %}}{captured}{{% endcapture %}}"

    def _choice(self, *, is_wanted: bool) -> str:
        """Return the output of the first branch that is wanted; the others have no effect."""
        chosen: str | None = None
        while True:
            if is_wanted and chosen is None:
                chosen = self._until()
            else:
                self._skip()
            word, rest = self._next()
            if word in _ENDS:
                return chosen or ""
            is_wanted = chosen is None and (word == "else" or self._holds(rest))

    def _loop(self, rest: str) -> str:
        loop = _FOR.fullmatch(rest)
        if loop is None or loop[2] not in self._lists:
            raise UnknownError(rest)
        name = re.compile(rf"\{{\{{-?\s*{loop[1]}\s*-?\}}\}}")
        start = self._position
        parts: list[str] = []
        for value in self._lists[loop[2]]:
            self._position = start
            self._values[loop[1]] = value
            parts.append(name.sub(lambda _, value=value: value, self._until()))  # type: ignore[misc]
        self._position = start
        self._skip()
        self._next()
        return "".join(parts)

    def _next(self) -> tuple[str, str]:
        if self._position >= len(self._tokens):
            raise UnknownError("a block has no end")
        self._position += 1
        return _parsed(self._tokens[self._position - 1])

    def _holds(self, condition: str) -> bool:
        found = _CONDITION.fullmatch(condition)
        if found is None:
            raise UnknownError(condition)
        left = self._value(found[1])
        if found[2] is None:
            return left is not None
        right = self._value(found[3])
        if found[2] == "contains":
            return left is not None and right is not None and right in left
        if found[2] in ("==", "!="):
            return (left == right) == (found[2] == "==")
        if left is None or right is None:
            return False
        try:
            return _COMPARE[found[2]](float(left), float(right))
        except ValueError:
            raise UnknownError(condition) from None

    def _value(self, written: str) -> str | None:
        """Return the value of a literal or name; None for an argument that is not given."""
        if written[0] in "\"'":
            return written[1:-1]
        if written.lstrip("-").replace(".", "", 1).isdigit():
            return written
        if written in ("nil", "null", "blank", "empty", "false"):
            return None
        if written not in self._values and not written.startswith("include."):
            raise UnknownError(written)
        return self._values.get(written)


def _parsed(token: str) -> tuple[str, str]:
    """Return the name of a tag and what follows; no name for text."""
    if not token.startswith("{%"):
        return "", ""
    word, _, rest = token[2:-2].strip("- \n\t").partition(" ")
    return word, rest.strip()
