"""Read settings files that are data: YAML, TOML and JSON."""

import json
import tomllib
from pathlib import Path
from typing import Any

import yaml

from digest.generators.generator import SettingsError, read_text

MAX_BYTES = 1_000_000


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
    text = settings_text(file)
    try:
        tree = _parsed(text, file.suffix.lower())
    except (yaml.YAMLError, tomllib.TOMLDecodeError, json.JSONDecodeError, RecursionError, ValueError) as error:
        raise SettingsError(f"{file.name} cannot be read: {' '.join(str(error).split())}") from error
    if tree is None:
        return {}
    if not isinstance(tree, dict):
        raise SettingsError(f"{file.name} is not a table of settings")
    return tree


def settings_text(file: Path) -> str:
    """Return the text of a settings file. Raises `SettingsError`."""
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


def language_tag(text: str) -> str:
    """Return a language code as a BCP 47 tag in its usual case (`en-US`, `zh-Hant`); empty when it is none."""
    first, *rest = text.strip().replace("_", "-").split("-")
    if not (first.isascii() and first.isalpha() and len(first) in (2, 3)):
        return ""
    return "-".join((first.lower(), *map(_cased_subtag, rest)))


def _cased_subtag(subtag: str) -> str:
    """Return a script as `Hant`, a region as `CN`, a variant as it is."""
    if len(subtag) == 4:
        return subtag.title()
    return subtag.upper() if len(subtag) < 4 else subtag
