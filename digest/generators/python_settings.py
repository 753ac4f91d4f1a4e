"""Read settings that are a Python file: the values of its names as far as they can be known without running it."""

import ast
import itertools
import posixpath
import re
import string
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from msgspec import Struct

from digest.generators.generator import SettingsError
from digest.generators.settings import settings_text

_MAX_LENGTH = 100_000  # of a text or a list that is put together

_CONSTANTS = {"os.curdir": ".", "os.pardir": "..", "os.sep": "/", "os.path.sep": "/"}
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "os.path.join": posixpath.join,
    "os.path.dirname": posixpath.dirname,
    "os.path.basename": posixpath.basename,
    "os.path.normpath": posixpath.normpath,
    "os.path.abspath": posixpath.normpath,  # the folder of the settings stands for the current one
    "os.path.realpath": posixpath.normpath,
    "os.getcwd": lambda: ".",
    "pathlib.Path": PurePosixPath,
    "pathlib.Path.cwd": lambda: PurePosixPath(),
    "str": str,
    "dict": dict,
    "list": list,
    "tuple": list,
}
_TEXT_METHODS = frozenset(("strip", "lstrip", "rstrip", "lower", "upper", "replace", "removeprefix", "removesuffix"))
_PATH_METHODS = frozenset(("resolve", "absolute", "as_posix", "joinpath"))


class PythonSettings(Struct, frozen=True):
    """The names that a Python file and the files that it imports assign at their top level.

    `values` has those that can be known without running the file, `unread` the others, each with its file and line.
    """

    values: dict[str, Any]
    unread: dict[str, str]

    def sentences(self, names: Iterable[str]) -> Iterator[str]:
        """Yield a sentence for each of `names` whose value is not known."""
        for name in names:
            if name in self.unread:
                yield f"{self.unread[name]}: {name} cannot be read without running it"


def read_python(file: Path) -> PythonSettings:
    """Return the settings in a Python file. Raises `SettingsError`.

    Read are literals, names assigned before, `+`, f-strings and `format`, paths put together by `os.path` and
    `pathlib`, `if` with a known condition, and imports of other files beside it.
    """
    reader = _Reader(file, frozenset())
    values = {name: _plain(value) for name, value in reader.names.items() if not name.startswith("__")}
    return PythonSettings(values, reader.unread)


class _UnknownError(ValueError):
    """The value of an expression depends on more than the file."""


class _Reader:
    """The names of one file, and how the file's imports are called in it."""

    def __init__(self, file: Path, above: frozenset[Path]) -> None:
        self.names: dict[str, Any] = {"__file__": file.name}
        self.unread: dict[str, str] = {}
        self._file = file
        self._above = above | {file}  # files that import this one
        self._imported: dict[str, str] = {}
        try:
            module = ast.parse(settings_text(file))
            self._read(module.body)
        except (SyntaxError, ValueError, RecursionError) as error:
            raise SettingsError(f"{file.name} cannot be read: {error}") from error

    # --- statements

    def _read(self, statements: Iterable[ast.stmt]) -> None:
        for statement in statements:
            self._read_one(statement)

    def _read_one(self, statement: ast.stmt) -> None:
        match statement:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self._assign(target, value)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                self._assign(target, value)
            case ast.AugAssign(target=ast.Name(id=name) as target, op=operator, value=value):
                before = ast.copy_location(ast.Name(id=name, ctx=ast.Load()), statement)
                self._assign(target, ast.copy_location(ast.BinOp(before, operator, value), statement))
            case ast.ImportFrom() | ast.Import():
                self._import(statement)
            case ast.If(test=test, body=body, orelse=orelse):
                self._if(test, body, orelse)
            case ast.Try():
                self._try(statement)
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method), args=[argument])):
                self._change(name, method, argument)
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                self._lose(name, statement)
            case _:
                self._forget(statement)

    def _assign(self, target: ast.expr, expression: ast.expr) -> None:
        match target:
            case ast.Name(id=name):
                try:
                    self._know(name, self._value(expression))
                except (_UnknownError, ValueError, TypeError, LookupError):
                    self._lose(name, expression)
            case ast.Subscript(value=ast.Name(id=name), slice=key):
                item = ast.copy_location(ast.Dict(keys=[key], values=[expression]), target)
                self._change(name, "update", item)
            case _:
                self._forget(target)

    def _change(self, name: str, method: str, argument: ast.expr) -> None:
        """Read a call such as `NAME.append(value)`; other calls change no setting."""
        old = self.names.get(name)
        try:
            match old, method:
                case list(), "append":
                    self._know(name, [*old, self._value(argument)])
                case list(), "extend":
                    self._know(name, [*old, *self._value(argument)])
                case dict(), "update":
                    self._know(name, old | self._value(argument))
        except (_UnknownError, ValueError, TypeError, LookupError):
            self._lose(name, argument)

    def _import(self, statement: ast.ImportFrom | ast.Import) -> None:
        module = statement.module if isinstance(statement, ast.ImportFrom) else None
        file = self._file.with_name(f"{module}.py")
        if module and "." not in module and file.is_file():
            self._import_file(file, statement.names)
            return
        for alias in statement.names:
            full_name = f"{module}.{alias.name}" if module else alias.name
            if alias.asname or module:
                self._imported[alias.asname or alias.name] = full_name

    def _import_file(self, file: Path, aliases: Iterable[ast.alias]) -> None:
        """Take over the names of a file beside this one."""
        if file in self._above:
            return
        other = _Reader(file, self._above)
        for alias in aliases:
            if alias.name == "*":
                taken = {name: name for name in (other.names | other.unread) if not name.startswith("_")}
                self._imported |= other._imported
            else:
                taken = {alias.name: alias.asname or alias.name}
            for name, here in taken.items():
                if name in other.names:
                    self._know(here, other.names[name])
                elif name in other.unread:
                    self.names.pop(here, None)
                    self.unread[here] = other.unread[name]

    def _if(self, test: ast.expr, body: list[ast.stmt], orelse: list[ast.stmt]) -> None:
        try:
            holds = bool(self._value(test))
        except (_UnknownError, ValueError, TypeError, LookupError):
            for statement in (*body, *orelse):
                self._forget(statement)
        else:
            self._read(body if holds else orelse)

    def _try(self, statement: ast.Try) -> None:
        """Read the body, or the handlers when the body imports a file that is missing beside this one."""
        missing = [
            inner
            for inner in statement.body
            if isinstance(inner, ast.ImportFrom) and any(alias.name == "*" for alias in inner.names)
            if not self._file.with_name(f"{inner.module}.py").is_file()
        ]
        if missing:
            for handler in statement.handlers:
                self._read(handler.body)
        else:
            self._read([*statement.body, *statement.orelse])
        self._read(statement.finalbody)

    def _forget(self, node: ast.AST) -> None:
        """Lose each name that is assigned anywhere in a node, since it is not known whether and to what."""
        for inner in ast.walk(node):
            match inner:
                case ast.Name(id=name, ctx=ast.Store()):
                    self._lose(name, inner)
                case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                    self._lose(name, inner)

    def _know(self, name: str, value: Any) -> None:
        self.names[name] = value
        self.unread.pop(name, None)

    def _lose(self, name: str, node: ast.expr | ast.stmt) -> None:
        self.names.pop(name, None)
        self.unread[name] = f"{self._file.name}:{node.lineno}"

    # --- expressions

    def _value(self, node: ast.expr) -> Any:
        """Return the value of an expression. Raises `_UnknownError`, or what the operation itself raises."""
        value = self._computed(node)
        if isinstance(value, str | list | dict) and len(value) > _MAX_LENGTH:
            raise _UnknownError
        return value

    def _computed(self, node: ast.expr) -> Any:  # one line for each kind of expression
        match node:
            case ast.Name() | ast.Attribute():
                return self._named(node)
            case ast.Tuple(elts=items) | ast.List(elts=items):
                return list(self._items(items))
            case ast.Dict(keys=keys, values=values):
                return self._table(keys, values)
            case ast.JoinedStr(values=parts):
                return "".join(self._formatted(part) for part in parts)
            case ast.Call():
                return self._called(node)
            case ast.BinOp() | ast.Subscript() | ast.IfExp():
                return self._combined(node)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return not self._value(operand)
        return ast.literal_eval(node)

    def _combined(self, node: ast.BinOp | ast.Subscript | ast.IfExp) -> Any:
        match node:
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return self._value(left) + self._value(right)
            case ast.BinOp(left=left, op=ast.Div(), right=right):
                return self._joined_path(self._value(left), self._value(right))
            case ast.Subscript(value=value, slice=key):
                return self._value(value)[self._value(key)]
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return self._value(body if self._value(test) else orelse)
        raise _UnknownError

    def _joined_path(self, left: Any, right: Any) -> PurePosixPath:
        if isinstance(left, PurePosixPath) or isinstance(right, PurePosixPath):
            return PurePosixPath(left, right)
        raise _UnknownError

    def _items(self, items: Iterable[ast.expr]) -> Iterator[Any]:
        for item in items:
            if isinstance(item, ast.Starred):
                yield from self._value(item.value)
            else:
                yield self._value(item)

    def _table(self, keys: Iterable[ast.expr | None], values: Iterable[ast.expr]) -> dict[Any, Any]:
        table: dict[Any, Any] = {}
        for key, value in zip(keys, values, strict=True):
            if key is None:
                table |= self._value(value)
            else:
                table[self._value(key)] = self._value(value)
        return table

    def _formatted(self, part: ast.expr) -> str:
        """Return a part of an f-string."""
        match part:
            case ast.FormattedValue(value=value, conversion=-1, format_spec=None):
                return str(self._value(value))
            case ast.Constant(value=str() as text):
                return text
        raise _UnknownError

    def _named(self, node: ast.expr) -> Any:
        """Return the value of a name, of a constant of `os`, or the folder of a path."""
        name = self._full_name(node)
        if name in self.names:
            return self.names[name]
        if name in _CONSTANTS:
            return _CONSTANTS[name]
        if isinstance(node, ast.Attribute) and node.attr == "parent":
            return PurePosixPath(self._value(node.value)).parent
        raise _UnknownError

    def _called(self, call: ast.Call) -> Any:
        positional = list(self._items(call.args))
        named = {word.arg: self._value(word.value) for word in call.keywords if word.arg}
        function = _FUNCTIONS.get(self._full_name(call.func))
        if function is not None:
            return function(*positional, **named)
        if not isinstance(call.func, ast.Attribute):
            raise _UnknownError
        return _method(self._value(call.func.value), call.func.attr, positional, named)

    def _full_name(self, node: ast.expr) -> str:
        """Return a dotted name with the module that its first part was imported from; empty when it is none."""
        match node:
            case ast.Name(id=name):
                return self._imported.get(name, name)
            case ast.Attribute(value=value, attr=name):
                before = self._full_name(value)
                return f"{before}.{name}" if before else ""
        return ""


def _method(value: Any, method: str, positional: list[Any], named: dict[str, Any]) -> Any:
    """Return the result of a method that only reads. Raises `_UnknownError` for any other."""
    if isinstance(value, PurePosixPath) and method in ("resolve", "absolute"):
        return value
    if isinstance(value, PurePosixPath) and method in _PATH_METHODS:
        return getattr(value, method)(*positional)
    if isinstance(value, str) and method == "format":
        return format_plainly(value, {str(number): item for number, item in enumerate(positional)} | named)
    if isinstance(value, str) and method in _TEXT_METHODS:
        return getattr(value, method)(*positional)
    raise _UnknownError


def format_plainly(pattern: str, values: Mapping[str, Any]) -> str:
    """Return `pattern` with its fields filled in as by `str.format`, but with names only: no attributes, no widths.

    Raises `LookupError` for a field that is not in `values`, `ValueError` for anything else that is not plain.
    """
    text = ""
    numbers = itertools.count()
    for literal, name, form, conversion in string.Formatter().parse(pattern):
        text += literal
        if name is None:
            continue
        if form or conversion:
            raise ValueError(f"{{{name}:{form}}} is more than a name")
        text += str(values[name or str(next(numbers))])
    return text


def is_expression(text: str) -> bool:
    """Return whether a setting is a regular expression."""
    try:
        re.compile(text)
    except re.error:
        return False
    return True


def named_groups(expression: str, text: str) -> dict[str, str]:
    """Return the named groups of a setting's regular expression at the beginning of `text`, by names in lower case."""
    match = re.match(expression, text) if expression else None
    groups = match.groupdict() if match else {}
    return {name.lower(): value for name, value in groups.items() if value is not None}


def _plain(value: Any) -> Any:
    """Return a path as text, and any other value as it is."""
    if isinstance(value, PurePosixPath):
        return str(value)
    return [_plain(item) for item in value] if isinstance(value, list) else value
