"""What `docs/configuration.md` says of each key, for the JSON Schema of `digest.toml`: one text for both."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_origin

import msgspec
from msgspec import Struct
from msgspec.structs import FieldInfo

from digest.config.wrong_types import fits

_INSTALLED = Path(__file__).parents[1] / "docs"
_DOCS = _INSTALLED if _INSTALLED.is_dir() else Path(__file__).parents[2] / "docs"
_HEADING = re.compile(r"^## `(\[{1,2}[^`]+\]{1,2})`$", re.MULTILINE)
_ROW = re.compile(r"^\| `(\w+)` \| [^|]+ \| [^|]+ \| ([^|]*)\|$", re.MULTILINE)
_CODE = re.compile(r"`([^`]+)`")
_LINK = re.compile(r"\[([^\]]+)\]\([^)]+\)")


def describe_keys(definitions: dict[str, Any], struct: type[Struct]) -> None:
    """Add description and example to each key in `definitions`, the JSON Schemas of the structs below `struct`."""
    rows = _rows()
    for heading, table in _tables(struct, ""):
        properties = definitions[table.__name__]["properties"]
        for field in msgspec.structs.fields(table):
            key = properties[field.encode_name]
            meaning = rows.get(heading, {}).get(field.encode_name, "")
            if meaning and "description" not in key:
                key |= _described(meaning, field)


def _rows() -> dict[str, dict[str, str]]:
    """Return the meaning of each key by the heading of its table, `[digests.NAME]`, in Markdown."""
    page = (_DOCS / "configuration.md").read_text(encoding="utf-8")
    _, *parts = _HEADING.split(page)
    return {heading: dict(_ROW.findall(text)) for heading, text in zip(parts[::2], parts[1::2], strict=True)}


def _tables(struct: type[Struct], heading: str) -> Iterator[tuple[str, type[Struct]]]:
    """Yield each table of the file with its heading."""
    if heading:
        yield heading, struct
    for field in msgspec.structs.fields(struct):
        name = f"{heading.strip('[]')}.{field.encode_name}".lstrip(".")
        for below, shape in _structs_in(field.type):
            yield from _tables(below, shape.format(name))


def _structs_in(kind: Any) -> Iterator[tuple[type[Struct], str]]:
    """Yield the struct that a field holds, if any, with the shape of its heading."""
    if isinstance(kind, type) and issubclass(kind, Struct):
        yield kind, "[{}]"
    for argument in get_args(kind):
        if isinstance(argument, type) and issubclass(argument, Struct):
            yield argument, "[{}.NAME]" if get_origin(kind) is dict else "[[{}]]"


def _described(meaning: str, field: FieldInfo) -> dict[str, Any]:
    """Return the description of a key as plain text; as an example its default, else a value that the page shows."""
    plain = _LINK.sub(r"\1", meaning).replace("`", "").strip()
    shown = [field.default, *map(_value, _CODE.findall(meaning)), field.type is bool]
    examples = [value for value in shown if value and fits(value, field.type)]
    return {"description": plain} | ({"examples": msgspec.to_builtins(examples[:1])} if examples else {})


def _value(text: str) -> object:
    """Return a value of TOML; None for a text that is none."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return None
