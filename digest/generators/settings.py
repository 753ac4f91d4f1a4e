"""Read settings files: YAML, TOML and JSON as trees, Python and JavaScript as literals, never run."""

import ast
import json
import tomllib
from pathlib import Path
from typing import Any

import yaml

from digest.generators.generator import read_text

MAX_BYTES = 1_000_000


class SettingsError(Exception):
    """A settings file cannot be read; `str()` says why, with the line where it is known."""


class _TolerantLoader(yaml.SafeLoader):
    """A YAML loader that keeps the text of unknown tags, such as MkDocs' `!!python/name:…`."""


def _unknown_tag(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> object:
    """Return the tag of an unknown node that has no value of its own, else its value."""
    if isinstance(node, yaml.MappingNode):
        return {"tag": suffix, **loader.construct_mapping(node, deep=True)}
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return node.value or suffix


_TolerantLoader.add_multi_constructor("", _unknown_tag)
_TolerantLoader.add_multi_constructor("!", _unknown_tag)


def read_table(file: Path) -> dict[str, Any]:
    """Return the tree of a YAML, TOML or JSON file, by its suffix; empty for an empty file. Raises `SettingsError`."""
    text = _text(file)
    try:
        tree = _parsed(text, file.suffix.lower())
    except (yaml.YAMLError, tomllib.TOMLDecodeError, json.JSONDecodeError, RecursionError, ValueError) as error:
        raise SettingsError(f"{file.name} cannot be read: {' '.join(str(error).split())}") from error
    if tree is None:
        return {}
    if not isinstance(tree, dict):
        raise SettingsError(f"{file.name} is not a table of settings")
    return tree


def _text(file: Path) -> str:
    try:
        if file.stat().st_size > MAX_BYTES:
            raise SettingsError(f"{file.name} is larger than {MAX_BYTES:,} bytes")
        return read_text(file)
    except OSError as error:
        raise SettingsError(f"{file.name} cannot be read: {error.strerror or error}") from error


def _parsed(text: str, suffix: str) -> object:
    if suffix == ".toml":
        return tomllib.loads(text)
    if suffix == ".json":
        return json.loads(text)
    return yaml.load(text, _TolerantLoader)  # noqa: S506 - a subclass of SafeLoader


def read_python(file: Path) -> dict[str, Any]:
    """Return the names that a Python file assigns at its top level to values that can be read without running it.

    Literals, names assigned before, `+` between them, f-strings without expressions, and tables whose keys are such
    names are read; other names are left out. Raises `SettingsError`.
    """
    try:
        module = ast.parse(_text(file))
    except (SyntaxError, ValueError, RecursionError) as error:
        raise SettingsError(f"{file.name} cannot be read: {error}") from error
    names: dict[str, Any] = {}
    for statement in module.body:
        if isinstance(statement, ast.ImportFrom) and statement.names[0].name == "*" and statement.module:
            base = file.with_name(f"{statement.module}.py")
            if base.is_file() and base != file:
                names |= read_python(base)
        elif isinstance(statement, ast.Assign):
            _assign(statement.targets, statement.value, names)
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            _assign([statement.target], statement.value, names)
    return names


def _assign(targets: list[ast.expr], value: ast.expr, names: dict[str, Any]) -> None:
    for target in targets:
        if not isinstance(target, ast.Name):
            continue
        try:
            names[target.id] = _literal(value, names)
        except (ValueError, TypeError, RecursionError):
            names.pop(target.id, None)  # no longer what it was


def _literal(node: ast.expr, names: dict[str, Any]) -> Any:
    """Return the value of an expression. Raises `ValueError` when it is not a literal."""
    match node:
        case ast.Name(id=name) if name in names:
            return names[name]
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _literal(left, names) + _literal(right, names)
        case ast.Tuple(elts=items) | ast.List(elts=items):
            return [_literal(item, names) for item in items]
        case ast.Dict(keys=keys, values=values):
            pairs = zip(keys, values, strict=True)
            return {_literal(key, names): _literal(value, names) for key, value in pairs if key is not None}
        case ast.JoinedStr(values=parts):
            return "".join(str(_literal(_formatted(part), names)) for part in parts)
    return ast.literal_eval(node)


def _formatted(part: ast.expr) -> ast.expr:
    """Return the expression of a part of an f-string."""
    return part.value if isinstance(part, ast.FormattedValue) and part.format_spec is None else part


def text_of(value: object) -> str:
    """Return a setting as text: a number as its digits; empty for anything that is neither."""
    if isinstance(value, bool):
        return ""
    return str(value) if isinstance(value, str | int | float) else ""


def table_of(value: object) -> dict[str, Any]:
    """Return a setting that is a table; empty when it is not."""
    return {str(key): inner for key, inner in value.items()} if isinstance(value, dict) else {}


def list_of(value: object) -> list[Any]:
    """Return a setting as a list: itself, or the one value; empty for none."""
    if isinstance(value, list | tuple):
        return list(value)
    return [] if value is None else [value]
