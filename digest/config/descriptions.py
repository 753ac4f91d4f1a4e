"""What the pages of the documentation say of each key, for the JSON Schema of `digest.toml`: one text for both.

The tables in `docs/configuration.md` are those of the file, in `docs/generators.md` those of `[generator]`, and in
`docs/sending.md` those of `[senders.NAME]`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, get_args, get_origin

import msgspec
from msgspec import NODEFAULT, Struct
from msgspec.structs import FieldInfo

from digest.config.pages import codes_in, plain_text, tables_of, value_of
from digest.config.senders import BUILT_IN, settings_type
from digest.config.wrong_types import fits
from digest.generators import GENERATORS, generator_type

_KIND = '`kind = "'  # begins the heading of a kind of sender
_AS = "As of `"  # begins the meaning of a key that has the meaning of another kind's

Rows = Mapping[str, str]  # the meaning of each key of a table, in Markdown


def describe_keys(definitions: dict[str, Any], struct: type[Struct]) -> None:
    """Add description and example to each key in `definitions`, the JSON Schemas of the structs below `struct`."""
    tables = _meanings("configuration.md", "## ")
    for heading, table in _tables(struct, ""):
        _describe(definitions, table, tables.get(f"`{heading}`", {}))
    generators = _meanings("generators.md", "## ")
    for name in GENERATORS:
        generator = generator_type(name)
        rows = generators.get(f'{generator.label}: `name = "{name}"`', {})
        _describe(definitions, generator, {**generators.get("", {}), **rows})
    senders = _meanings("sending.md", "### ")
    for kind in BUILT_IN:
        settings = settings_type(kind)
        _describe(definitions, settings, {**senders.get("", {}), **_rows_of_kind(senders, kind)})
        definitions[settings.__name__]["properties"]["kind"]["examples"] = [kind]


def _described(text: str, field: FieldInfo | None = None) -> dict[str, Any]:
    """Return the description of a key as plain text; as an example its default, else a value that the text shows."""
    description = {"description": plain_text(text)}
    if field is None:
        return description
    default = field.default if field.default is not NODEFAULT else None
    shown = [default, *map(value_of, codes_in(text)), field.type is bool]
    examples = [value for value in shown if value and fits(value, field.type)]
    return description | ({"examples": msgspec.to_builtins(examples[:1])} if examples else {})


def _describe(definitions: dict[str, Any], struct: type[Struct], rows: Rows) -> None:
    """Describe the keys of a table by the rows of its page, and those of tables within by what is said of the table."""
    properties = definitions[struct.__name__]["properties"]
    for field in msgspec.structs.fields(struct):
        key = properties[field.encode_name]
        if field.default_factory is not NODEFAULT:  # msgspec leaves out what is not empty
            key.setdefault("default", msgspec.to_builtins(field.default_factory()))
        meaning = rows.get(field.encode_name, "")
        if meaning and "description" not in key:
            key |= _described(meaning, field)
            for name in _names_below(key):
                _describe_below(definitions, name, meaning)
    if struct.__struct_config__.tag is not None and "name" in rows:
        properties["name"] |= {**_described(rows["name"]), "examples": [struct.__struct_config__.tag]}


def _describe_below(definitions: dict[str, Any], name: str, meaning: str) -> None:
    """Describe the keys of a table that has no page of its own by what is said of the table."""
    for key in definitions[name]["properties"].values():
        if "description" not in key:
            key |= _described(meaning)
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


def _meanings(page: str, mark: str) -> dict[str, Rows]:
    """Return the meaning of each key by the heading of its section; "" has those before the first heading."""
    return {heading: dict(_meanings_in(rows)) for heading, rows in tables_of(page, mark).items()}


def _meanings_in(rows: Iterable[Sequence[str]]) -> Iterator[tuple[str, str]]:
    for name, *more in rows:
        if len(more) > 1 and name.startswith("`"):
            yield from ((key, more[-1]) for key in codes_in(name))


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
