"""`docs/configuration.md` and the sample's `digest.toml` against the structs they describe, so that neither can rot."""

import json
import re
import tomllib
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

import msgspec
import pytest
from msgspec import NODEFAULT, Struct
from msgspec.structs import FieldInfo

from digest.config import File, config_schema
from digest.config.pages import codes_in, tables_of, value_of
from digest.config.senders import BUILT_IN, settings_type
from digest.config.wrong_types import fits
from digest.generators import GENERATORS, generator_type

ROOT = Path(__file__).parents[2]
HEADING = re.compile(r"^## `(\[{1,2}[^`]+\]{1,2})`$", re.MULTILINE)
ROW = re.compile(r"^\| `(?P<key>\w+)` \| (?P<type>[^|]+) \| (?P<default>[^|]+) \| (?P<meaning>[^|]*)\|$", re.MULTILINE)


def inner(kind: Any) -> tuple[type[Struct] | None, str]:
    """The struct that a field's type holds, if any, and the shape of the heading of its own table."""
    if isinstance(kind, type) and issubclass(kind, Struct):
        return kind, "[{}]"
    for argument in get_args(kind):
        if isinstance(argument, type) and issubclass(argument, Struct):
            return argument, "[{}.NAME]" if get_origin(kind) is dict else "[[{}]]"
    return None, ""


def tables(struct: type[Struct], path: str = "") -> Iterator[tuple[str, list[FieldInfo]]]:
    """Every table of the file: its heading and the fields that are no tables themselves."""
    fields = [field for field in msgspec.structs.fields(struct) if field.name not in FREE]
    if path:
        yield path, [field for field in fields if inner(field.type)[0] is None]
    for field in fields:
        below, shape = inner(field.type)
        if below is not None:
            yield from tables(below, shape.format(f"{path.strip('[]')}.{field.name}".lstrip(".")))


def structs(struct: type[Struct]) -> Iterator[type[Struct]]:
    """The struct of every table of the file."""
    yield struct
    for field in msgspec.structs.fields(struct):
        below, _ = inner(field.type)
        if below is not None and field.name not in FREE:
            yield from structs(below)


def literals(kind: Any) -> Iterator[str]:
    """The words that a field of this type may be, where they are counted."""
    if get_origin(kind) is Literal:
        yield from get_args(kind)
    elif get_origin(kind) in {tuple, Union, types.UnionType}:
        for argument in get_args(kind):
            yield from literals(argument)


FREE = {"generator", "senders"}  # tables whose keys depend on one of them
TABLES = dict(tables(File))


@pytest.fixture(scope="module")
def documented() -> dict[str, dict[str, re.Match[str]]]:
    _, *parts = HEADING.split((ROOT / "docs" / "configuration.md").read_text(encoding="utf-8"))
    return {
        heading: {row["key"]: row for row in ROW.finditer(text.partition("\n## ")[0])}
        for heading, text in zip(parts[::2], parts[1::2], strict=True)
    }


def test_the_walk_reaches_every_depth() -> None:
    """The checks below are worth nothing when a table is not found, or when a key stands in none."""
    assert all(inner(field.type)[0] for field in msgspec.structs.fields(File) if field.name not in FREE)
    assert {"[site.author]", "[posts.limits]", "[feeds.extra.NAME]", "[[digests.NAME.sections]]"} <= TABLES.keys()


def test_every_table_is_documented_and_no_other(documented: dict[str, dict[str, re.Match[str]]]) -> None:
    assert set(documented) == {"[senders.NAME]", *(heading for heading, fields in TABLES.items() if fields)}


@pytest.mark.parametrize("heading", TABLES)
def test_every_key_is_documented_in_order(heading: str, documented: dict[str, dict[str, re.Match[str]]]) -> None:
    assert list(documented[heading]) == [field.name for field in TABLES[heading]]


@pytest.mark.parametrize(
    ("heading", "field"),
    [(heading, field) for heading, fields in TABLES.items() for field in fields],
    ids=[f"{heading}.{field.name}" for heading, fields in TABLES.items() for field in fields],
)
def test_default_and_words_are_true(
    heading: str, field: FieldInfo, documented: dict[str, dict[str, re.Match[str]]]
) -> None:
    row = documented[heading][field.name]
    default = row["default"].strip()
    if field.required:
        assert default == "*required*"
    elif field.default is None:
        assert default == "*none*"
    else:
        value = field.default if field.default is not NODEFAULT else field.default_factory()
        assert tomllib.loads(f"value = {default.strip('`')}")["value"] == (
            list(value) if isinstance(value, tuple) else value
        )
    for word in literals(field.type):
        assert f'`"{word}"`' in row["type"]


@pytest.mark.parametrize("name", GENERATORS)
def test_every_setting_of_a_generator_is_documented_in_order(name: str) -> None:
    generator = generator_type(name)
    text = (ROOT / "docs" / "generators.md").read_text(encoding="utf-8")
    section = text.partition(f'## {generator.label}: `name = "{name}"`\n')[2].partition("\n## ")[0]
    keys = re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)
    assert keys == [field.encode_name for field in msgspec.structs.fields(generator)]


def test_the_sample_configuration_is_accepted() -> None:
    text = (ROOT / "digest.toml").read_text(encoding="utf-8")
    file = msgspec.convert(tomllib.loads(text), File, strict=True)
    assert file.digests["weekly"].sections
    assert file.feeds.extra


FREE_TABLES = [*map(generator_type, GENERATORS), *map(settings_type, BUILT_IN)]


@pytest.mark.parametrize("struct", FREE_TABLES, ids=[struct.__name__ for struct in FREE_TABLES])
def test_editors_show_what_the_pages_say_of_keys_of_generators_and_senders(struct: type[Struct]) -> None:
    definitions = msgspec.json.decode(config_schema())["$defs"]
    keys = definitions[struct.__name__]["properties"]
    silent = [name for name, key in keys.items() if not {"description", "examples"} <= key.keys()]
    assert not silent
    fields = {field.encode_name: field for field in msgspec.structs.fields(struct)}
    for name, key in keys.items():
        if name in fields:
            assert fits(key["examples"][0], fields[name].type), name
            assert fields[name].required or "default" in key, name
    below = [definition for found in refs(keys) for definition in definitions[found]["properties"].values()]
    assert all("description" in key for key in below)


def documented_defaults() -> Iterator[tuple[type[Struct], str, str]]:
    """Each key in the tables of generators and of senders, with the default that the page gives as a value."""
    of_generators, of_senders = tables_of("generators.md", "## "), tables_of("sending.md", "### ")
    for name in GENERATORS:
        generator = generator_type(name)
        yield from defaults_in(generator, of_generators[f'{generator.label}: `name = "{name}"`'])
    for kind in BUILT_IN:
        yield from defaults_in(settings_type(kind), of_senders[f'`kind = "{kind}"`'])


def defaults_in(struct: type[Struct], rows: list[list[str]]) -> Iterator[tuple[type[Struct], str, str]]:
    for row in rows:
        values = codes_in(row[1])
        keys = codes_in(row[0])
        for number, key in enumerate(keys):
            if values and not key.endswith("_file"):
                yield struct, key, values[number if len(values) == len(keys) else 0]


DEFAULTS = list(documented_defaults())
IN_WORDS = {("Nikola", "POSTS"), ("Hexo", "pretty_urls")}  # tables, of which the page says what matters


@pytest.mark.parametrize(("struct", "key", "shown"), DEFAULTS, ids=[f"{s.__name__}.{key}" for s, key, _ in DEFAULTS])
def test_defaults_of_generators_and_senders_are_true(struct: type[Struct], key: str, shown: str) -> None:
    field = next((field for field in msgspec.structs.fields(struct) if field.encode_name == key), None)
    if field is None or (struct.__name__, key) in IN_WORDS:
        return
    value = field.default if field.default is not NODEFAULT else field.default_factory()
    assert json.loads(json.dumps(value_of(shown))) == json.loads(msgspec.json.encode(value))


def refs(schema: object) -> Iterator[str]:
    """The names of the definitions that a schema refers to."""
    if isinstance(schema, dict):
        for name, value in schema.items():
            if name == "$ref":
                yield value.rpartition("/")[2]
            yield from refs(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from refs(value)


def test_the_schema_says_what_a_key_of_another_kind_means_where_a_table_refers_to_it() -> None:
    definitions = msgspec.json.decode(config_schema())["$defs"]
    mail, listed = (definitions[name]["properties"]["host"] for name in ("ReadersSettings", "ListSettings"))
    assert mail["description"] == listed["description"]
    assert mail["description"].startswith("The mail server")
    assert definitions["Hugo"]["properties"]["name"]["examples"] == ["hugo"]
    assert definitions["MailmanSettings"]["properties"]["kind"]["examples"] == ["mailman"]


def test_editors_show_what_the_page_says_of_each_key() -> None:
    definitions = msgspec.json.decode(config_schema())["$defs"]
    silent = []
    for struct in set(structs(File)):
        for field in msgspec.structs.fields(struct):
            said = definitions[struct.__name__]["properties"][field.encode_name]
            is_told = {"description", "examples"} <= said.keys() and (field.required or "default" in said)
            if inner(field.type)[0] is None and field.name not in FREE and not is_told:
                silent.append(f"{struct.__name__}.{field.name}")
    assert not silent
    title = definitions["Site"]["properties"]["title"]
    assert title["description"].startswith("The publication's name. When empty, ")
    assert title["examples"] == ["Loam & Lantern"]
