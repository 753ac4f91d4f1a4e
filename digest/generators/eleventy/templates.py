"""The part of Liquid and Nunjucks that permalinks use, with Jinja's tokens: values, filters, conditions.

A template is read into functions of its values. Whatever else there is in it is `UnreadableError`.
"""

import functools
import html
from collections.abc import Callable, Mapping
from datetime import tzinfo
from typing import Any

from msgspec import Struct

from digest.generators.eleventy.filters import (
    LIQUID,
    MISSING,
    NUNJUCKS,
    Safe,
    UnreadableError,
    call_method,
    check_length,
    date,
    text_of,
)

Values = dict[str, Any]
Expression = Callable[[Values], Any]

_CONSTANTS = {
    "true": True, "false": False, "nil": None, "null": None, "none": None, "undefined": MISSING, "blank": "",
    "empty": "",
}  # fmt: skip
_OF_RUNNING_SITE = frozenset(("collections", "eleventy", "pagination", "pkg"))
_MAX_DEPTH = 50


class Engine(Struct, frozen=True):
    """A template language, and what its templates may use."""

    name: str  # liquid or njk
    zone: tzinfo  # of the machine that builds the site
    unread: frozenset[str] = frozenset()  # names of values and filters that cannot be read

    def filter(self, name: str) -> Callable[..., Any]:
        """Return the filter of that name. Raises `UnreadableError`."""
        filters = NUNJUCKS if self.name == "njk" else LIQUID
        if name in self.unread or name not in filters:
            raise UnreadableError(f"the filter {name}")
        if filters[name] is date:
            return functools.partial(date, default_zone=self.zone)
        return filters[name]

    def is_true(self, value: Any) -> bool:
        """Return whether a condition holds; an empty text is true in Liquid alone."""
        if self.name == "njk":
            return value is not MISSING and value not in (None, False, "false", "", 0)
        return value is not MISSING and value not in (None, False, "false")

    def printed(self, value: Any) -> str:
        """Return a value as it is printed; Nunjucks escapes it for HTML."""
        if self.name != "njk":
            return text_of(value)
        text = text_of(value, ",")
        if isinstance(value, Safe):
            return text
        return html.escape(text).replace("&#x27;", "&#39;").replace("\\", "&#92;")


def render(template: str, values: Mapping[str, Any], engine: Engine) -> str:
    """Return the text of a template. Raises `UnreadableError`."""
    from jinja2 import Environment, TemplateSyntaxError

    if "{{" not in template and "{%" not in template:
        return template
    check_length(len(template))
    try:
        tokens = [(token.type, token.value) for token in Environment().lexer.tokenize(template)]  # noqa: S701 - nothing is rendered
        text, _ = _Parser(tokens, engine).body(())
        return text_of(text(dict(values)))
    except (TemplateSyntaxError, IndexError, TypeError, ValueError, RecursionError) as error:
        raise UnreadableError(f"{template[:80]!r}") from error


class _Parser:
    """Reads the tokens of a template, each of a kind and a value, into functions."""

    def __init__(self, tokens: list[tuple[str, Any]], engine: Engine) -> None:
        self._tokens = tokens
        self._engine = engine
        self._next = 0
        self._depth = 0

    # --- texts and tags

    def body(self, ends: tuple[str, ...]) -> tuple[Expression, str]:
        """Read up to one of the tags `ends`, else to the end; return the text of it, and the tag."""
        parts: list[Expression] = []
        while self._next < len(self._tokens):
            kind, value = self._take()
            if kind == "data":
                parts.append(_constant(value))
            elif kind == "variable_begin":
                parts.append(self._output())
            elif kind == "block_begin":
                _, tag = self._take()
                if tag in ends:
                    return _joined(parts), tag
                parts.append(self._tag(tag))
        if ends:
            raise UnreadableError("a tag that is not closed")
        return _joined(parts), ""

    def _output(self) -> Expression:
        expression = self._expression()
        self._expect("variable_end")
        return lambda values: self._engine.printed(expression(values))

    def _tag(self, tag: str) -> Expression:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise UnreadableError("tags in tags in tags")
        match tag:
            case "if":
                return self._condition()
            case "unless":
                return self._condition(is_negative=True)
            case "set" | "assign":
                return self._assignment()
        raise UnreadableError(f"the tag {tag}")

    def _condition(self, *, is_negative: bool = False) -> Expression:
        """Read an `if` behind its first word, with all its branches."""
        test = self._expression()
        self._expect("block_end")
        first, end = self.body(("elif", "elsif", "else", "endif", "endunless"))
        other: Expression = _constant("")
        if end in ("elif", "elsif"):
            other = self._condition()
        elif end == "else":
            self._expect("block_end")
            other, _ = self.body(("endif", "endunless"))
        if end not in ("elif", "elsif"):
            self._expect("block_end")
        is_true = self._engine.is_true
        return lambda values: (first if is_true(test(values)) != is_negative else other)(values)

    def _assignment(self) -> Expression:
        name = self._expect("name")
        self._expect("assign")
        expression = self._expression()
        self._expect("block_end")

        def assign(values: Values) -> str:
            values[name] = expression(values)
            return ""

        return assign

    # --- expressions

    def _expression(self) -> Expression:
        """Read an expression, also `value if condition else other` of Nunjucks."""
        value = self._or()
        if not self._skip("name", "if"):
            return value
        test = self._or()
        other = self._or() if self._skip("name", "else") else _constant("")
        is_true = self._engine.is_true
        return lambda values: (value if is_true(test(values)) else other)(values)

    def _or(self) -> Expression:
        left = self._and()
        if not self._skip("name", "or"):
            return left
        right, is_true = self._or(), self._engine.is_true
        return lambda values: left(values) if is_true(left(values)) else right(values)

    def _and(self) -> Expression:
        left = self._not()
        if not self._skip("name", "and"):
            return left
        right, is_true = self._and(), self._engine.is_true
        return lambda values: right(values) if is_true(left(values)) else left(values)

    def _not(self) -> Expression:
        if not self._skip("name", "not"):
            return self._comparison()
        value, is_true = self._not(), self._engine.is_true
        return lambda values: not is_true(value(values))

    def _comparison(self) -> Expression:
        left = self._sum()
        if self._skip("eq"):
            self._skip("assign")  # ===
            right = self._sum()
            return lambda values: _are_equal(left(values), right(values))
        if self._skip("ne"):
            self._skip("assign")
            other = self._sum()
            return lambda values: not _are_equal(left(values), other(values))
        if self._skip("name", "contains"):
            part = self._sum()
            return lambda values: part(values) in (left(values) or "")
        return left

    def _sum(self) -> Expression:
        left = self._filtered()
        if not (self._skip("tilde") or self._skip("add")):
            return left
        right = self._sum()
        return lambda values: _added(left(values), right(values))

    def _filtered(self) -> Expression:
        value = self._value()
        while self._skip("pipe"):
            value = self._filter(value)
        return value

    def _filter(self, value: Expression) -> Expression:
        apply = self._engine.filter(self._expect("name"))
        arguments: list[Expression] = []
        if self._skip("colon"):
            arguments = self._arguments()
        elif self._skip("lparen"):
            arguments = self._arguments("rparen")
        return lambda values: _checked(apply(value(values), *[argument(values) for argument in arguments]))

    def _arguments(self, end: str = "") -> list[Expression]:
        """Read values with commas between them, up to the closing bracket `end` if there is one."""
        arguments: list[Expression] = []
        if end and self._skip(end):
            return arguments
        arguments.append(self._sum() if end else self._value())
        while self._skip("comma"):
            arguments.append(self._sum() if end else self._value())
        if end:
            self._expect(end)
        return arguments

    def _value(self) -> Expression:
        """Read a constant or a name, and the keys and methods behind it."""
        kind, value = self._take()
        if kind in ("string", "integer", "float"):
            return _constant(value)
        if kind == "lparen":
            inner = self._expression()
            self._expect("rparen")
            return inner
        if kind == "sub" and self._peek()[0] == "integer":
            return _constant(-self._take()[1])
        if kind != "name":
            raise UnreadableError(str(value))
        return self._keys(_constant(_CONSTANTS[value]) if value in _CONSTANTS else self._name(value))

    def _name(self, name: str) -> Expression:
        if name in _OF_RUNNING_SITE or name in self._engine.unread:
            raise UnreadableError(name)
        return lambda values: values.get(name, MISSING)

    def _keys(self, value: Expression) -> Expression:
        while True:
            if self._skip("dot"):
                name = self._expect("name")
                value = self._method(value, name) if self._skip("lparen") else _key(value, _constant(name))
            elif self._skip("lbracket"):
                value = _key(value, self._expression())
                self._expect("rbracket")
            else:
                return value

    def _method(self, value: Expression, name: str) -> Expression:
        arguments = self._arguments("rparen")
        zone = self._engine.zone
        return lambda values: call_method(value(values), name, [each(values) for each in arguments], zone)

    # --- tokens

    def _peek(self) -> tuple[str, Any]:
        return self._tokens[self._next]

    def _take(self) -> tuple[str, Any]:
        token = self._peek()
        self._next += 1
        return token

    def _skip(self, kind: str, value: str = "") -> bool:
        """Go on if the next token is of a kind and, where one is given, has the value."""
        next_kind, next_value = self._peek()
        is_next = next_kind == kind and value in ("", next_value)
        self._next += is_next
        return is_next

    def _expect(self, kind: str) -> Any:
        next_kind, value = self._take()
        if next_kind != kind:
            raise UnreadableError(str(value))
        return value


def _constant(value: Any) -> Expression:
    return lambda _: value


def _joined(parts: list[Expression]) -> Expression:
    return lambda values: "".join([part(values) for part in parts])


def _key(value: Expression, key: Expression) -> Expression:
    return lambda values: _part_of(value(values), key(values))


def _part_of(value: Any, key: Any) -> Any:
    """Return what a table has under a key, or a list or a text at a place or under the name of its length."""
    if isinstance(value, dict):
        return value.get(key, MISSING)
    if isinstance(value, list | str):
        return _item(value, key)
    if value is None or value is MISSING:
        return MISSING
    raise UnreadableError(str(key))


def _item(items: list[Any] | str, key: Any) -> Any:
    if key in ("length", "size"):
        return len(items)
    place = {"first": 0, "last": -1}.get(key, key)
    is_inside = isinstance(place, int) and -len(items) <= place < len(items)
    return items[place] if is_inside else MISSING


def _are_equal(left: Any, right: Any) -> bool:
    """Return whether two values are equal; numbers and truth values of front matter are texts."""
    if any(value is None or value is MISSING for value in (left, right)):
        return {left is None or left is MISSING, right is None or right is MISSING} == {True}
    return text_of(left) == text_of(right)


def _added(left: Any, right: Any) -> Any:
    if isinstance(left, int) and isinstance(right, int):
        return left + right
    return _checked(text_of(left) + text_of(right))


def _checked(value: Any) -> Any:
    """Return a value that is not too long. Raises `UnreadableError`: a post must not fill the memory."""
    if isinstance(value, str):
        check_length(len(value))
    return value
