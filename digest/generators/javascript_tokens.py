"""The tokens of JavaScript and TypeScript: Pygments finds them; here are their values."""

import itertools
from collections.abc import Iterator
from typing import Any, NamedTuple

from msgspec import Struct

MAX_ERRORS = 20  # characters that no token begins with, before a file is given up
OPENING = frozenset(("(", "[", "{", "${"))
CLOSING = frozenset(")]}")
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "0": "\0", "\n": ""}


class Unreadable(Struct, frozen=True):
    """A value that is known only when the program runs."""


UNREADABLE = Unreadable()


class Token(NamedTuple):
    """A token of a program. `kind` is word, text, number, template or sign."""

    kind: str
    text: str
    begins_line: bool


END = Token("end", "", begins_line=True)


def tokens_of(text: str) -> Iterator[Token]:
    """Yield the tokens of a program without white space and comments. Raises `ValueError` when it is none."""
    from pygments.lexers.javascript import JavascriptLexer
    from pygments.token import Comment, Error, Whitespace

    begins_line = True
    errors = 0
    kind: Any
    for _, kind, value in JavascriptLexer().get_tokens_unprocessed(text):
        if not value:
            continue
        if kind in Comment or kind in Whitespace:
            begins_line = begins_line or "\n" in value
            continue
        errors += kind is Error
        if errors > MAX_ERRORS:
            raise ValueError("it is not JavaScript")
        yield Token(_kind(kind), value, begins_line)
        begins_line = False


def _kind(kind: Any) -> str:
    """Return the kind of a token by that of Pygments."""
    from pygments.token import Keyword, Name, Number, Operator, String

    kinds: dict[Any, str] = {
        String.Single: "text", String.Double: "text", String.Backtick: "template", Number: "number",
        Name: "word", Keyword: "word", Operator.Word: "word",
    }  # fmt: skip
    return next((name for parent, name in kinds.items() if kind in parent), "sign")


def closers_of(tokens: list[Token]) -> dict[int, int]:
    """Return the index of the closing bracket by that of the opening one. Raises `IndexError` when one is missing."""
    found = {}
    waiting: list[int] = []
    for index, token in enumerate(tokens):
        if token.kind == "sign" and token.text in OPENING:
            waiting.append(index)
        elif token.kind == "sign" and token.text in CLOSING:
            opening = waiting.pop()
            if tokens[opening].text[-1:] + token.text not in ("()", "[]", "{}"):
                raise IndexError
            found[opening] = index
    if waiting:
        raise IndexError
    return found


def number_of(text: str) -> Any:
    try:
        return float(text) if "." in text else int(text, 0)
    except ValueError:
        return UNREADABLE


def unescaped(text: str) -> str:
    """Return the content of a string without its escapes; an escape that is not valid stays without its backslash."""
    characters = iter(text)
    shown = "".join(_escaped(characters) if character == "\\" else character for character in characters)
    return shown.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _escaped(characters: Iterator[str]) -> str:
    """Return the character that an escape means, whose backslash is read already."""
    letter = next(characters, "")
    if letter not in ("x", "u"):
        return _ESCAPES.get(letter, letter)
    digits = next(characters, "")
    if digits == "{":
        digits = "".join(itertools.takewhile("}".__ne__, characters))
    else:
        digits += "".join(itertools.islice(characters, 1 if letter == "x" else 3))
    try:
        return chr(int(digits, 16))
    except (ValueError, OverflowError):
        return letter + digits
