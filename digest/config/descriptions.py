"""What the pages of the documentation say of each key, for the JSON Schema of `digest.toml`: one text for both.

The tables in `docs/configuration.md` are those of the file, in `docs/generators.md` those of `[generator]`, and in
`docs/sending.md` those of `[senders.NAME]`.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args, get_origin

import msgspec
from msgspec import NODEFAULT, Struct
from msgspec.structs import FieldInfo

from digest.config.senders import BUILT_IN, settings_type
from digest.config.wrong_types import fits
from digest.generators import GENERATORS, generator_type

_INSTALLED = Path(__file__).parents[1] / "docs"
_DOCS = _INSTALLED if _INSTALLED.is_dir() else Path(__file__).parents[2] / "docs"
_CODE = re.compile(r"`([^`]+)`")
_LINK = re.compile(r"\[([^\]]+)\]\([^)]+\)")
_KIND = '`kind = "'  # begins the heading of a kind of sender
_BAR = "\0"  # instead of an escaped bar in a cell
_AS = "As of `"  # begins the meaning of a key that has the meaning of another kind's

Rows = Mapping[str, str]  # the meaning of each key of a table, in Markdown


def describe_keys(definitions: dict[str, Any], struct: type[Struct]) -> None:
    """Add description and example to each key in `definitions`, the JSON Schemas of the structs below `struct`."""
    tables = _tables_of("configuration.md", "## ")
    for heading, table in _tables(struct, ""):
        _describe(definitions, table, tables.get(f"`{heading}`", {}))
    generators = _tables_of("generators.md", "## ")
    for name in GENERATORS:
        generator = generator_type(name)
        rows = generators.get(f'{generator.label}: `name = "{name}"`', {})
        _describe(definitions, generator, {**generators.get("", {}), **rows})
    senders = _tables_of("sending.md", "### ")
    for kind in BUILT_IN:
        settings = settings_type(kind)
        _describe(definitions, settings, {**senders.get("", {}), **_rows_of_kind(senders, kind)})
        definitions[settings.__name__]["properties"]["kind"]["examples"] = [kind]


def described(text: str, field: FieldInfo | None = None) -> dict[str, Any]:
    """Return the description of a key as plain text; as an example its default, else a value that the text shows."""
    plain = _LINK.sub(r"\1", text).replace("`", "").strip()
    if field is None:
        return {"description": plain}
    default = field.default if field.default is not NODEFAULT else None
    shown = [default, *map(_value, _CODE.findall(text)), field.type is bool]
    examples = [value for value in shown if value and fits(value, field.type)]
    return {"description": plain} | ({"examples": msgspec.to_builtins(examples[:1])} if examples else {})


def _describe(definitions: dict[str, Any], struct: type[Struct], rows: Rows) -> None:
    """Describe the keys of a table by the rows of its page, and those of tables within by what is said of the table."""
    properties = definitions[struct.__name__]["properties"]
    for field in msgspec.structs.fields(struct):
        key = properties[field.encode_name]
        meaning = rows.get(field.encode_name, "")
        if meaning and "description" not in key:
            key |= described(meaning, field)
            for name in _names_below(key):
                _describe_below(definitions, name, meaning)
    if struct.__struct_config__.tag is not None and "name" in rows:
        properties["name"] |= {**described(rows["name"]), "examples": [struct.__struct_config__.tag]}


def _describe_below(definitions: dict[str, Any], name: str, meaning: str) -> None:
    """Describe the keys of a table that has no page of its own by what is said of the table."""
    for key in definitions[name]["properties"].values():
        if "description" not in key:
            key |= described(meaning)
            for below in _names_below(key):
                _describe_below(definitions, below, meaning)


def _names_below(schema: Any) -> Iterator[str]:
    """Yield the names of the definitions that a schema refers to."""
    if isinstance(schema, dict):
        if "$ref" in schema:
            yield schema["$ref"].rpartition("/")[2]
        for value in schema.values():
            yield from _names_below(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _names_below(value)


def _tables_of(page: str, mark: str) -> dict[str, dict[str, str]]:
    """Return the rows of each table of a page by the heading of its section; "" has those before the first heading."""
    tables: dict[str, dict[str, str]] = {"": {}}
    heading = ""
    for line in (_DOCS / page).read_text(encoding="utf-8").split("\n"):
        signs = line.partition(" ")[0]
        if signs and set(signs) == {"#"} and len(signs) < len(mark):
            heading = line.removeprefix(mark) if line.startswith(mark) else ""
        cells = line.replace("\\|", _BAR).strip().strip("|").split("|") if line.startswith("| `") else []
        if len(cells) > 2:
            meaning = cells[-1].strip().replace(_BAR, "|")
            tables.setdefault(heading, {}).update(dict.fromkeys(_CODE.findall(cells[0]), meaning))
    return tables


def _rows_of_kind(tables: Mapping[str, Rows], kind: str) -> dict[str, str]:
    """Return the meaning of each key of a kind of sender; one that is as of another kind is looked up there."""
    rows = dict(tables.get(f'{_KIND}{kind}"`', {}))
    for key, meaning in rows.items():
        if meaning.startswith(_AS):
            other = meaning.removeprefix(_AS).partition("`")[0]
            rows[key] = _rows_of_kind(tables, other)[key]
    return rows


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


def _value(text: str) -> object:
    """Return a value of TOML; None for a text that is none."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return None
