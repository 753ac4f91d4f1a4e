"""Settings taken over from the site's own generator, where `digest.toml` says nothing."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from digest.config.checks import Fault, structure_faults, value_faults
from digest.config.schema import File, Posts
from digest.generators import GENERATORS, Adoption, Found, SettingsError, adopt

Table = dict[str, Any]


class Adopted(Struct, frozen=True):
    """Settings in the shape of `digest.toml`, and a sentence for each file and for what could not be read."""

    table: Table
    sentences: tuple[str, ...] = ()
    found: tuple[Found, ...] = ()


def adopt_settings(root: Path, file: File) -> Adopted:
    """Return what the generator's settings in the folder `root` say.

    `file` is `digest.toml`: a generator that it names is taken even if it has no settings file, and no other is.
    """
    named = _named_generator(file)
    try:
        adoption = adopt(root, named)
    except SettingsError as error:
        return Adopted(_only_generator(named), (str(error),))
    if adoption is None:
        return Adopted(_only_generator(named))
    table, found, invalid = _valid_settings(root, adoption)
    table["generator"] = msgspec.to_builtins(adoption.generator)
    sentences = [_sentence(adoption, found), *adoption.unread, *invalid]
    return Adopted(table, tuple(sentences), found)


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> Table:
    """Return `base` with the values of `over` in it or instead of its own, table by table."""
    table = dict(base)
    for key, value in over.items():
        inner = table.get(key)
        both_tables = isinstance(inner, dict) and isinstance(value, dict)
        table[key] = merged(inner or {}, value) if both_tables else value
    return table


def _named_generator(file: File) -> str:
    """Return the name of the generator that `digest.toml` names; empty when it names none."""
    if file.generator is not None:
        return str(msgspec.to_builtins(file.generator)["name"])
    permalink = file.site.permalink
    return permalink if isinstance(permalink, str) and permalink in GENERATORS else ""


def _only_generator(name: str) -> Table:
    return {"generator": {"name": name}} if name else {}


def _valid_settings(root: Path, adoption: Adoption) -> tuple[Table, tuple[Found, ...], list[str]]:
    """Return the settings that are valid in `digest.toml`, those taken, and a sentence for each of the others."""
    table: Table = {}
    taken: list[Found] = []
    sentences: list[str] = []
    for setting in adoption.found:
        if not setting.value or (setting.key == "site.content" and not (root / str(setting.value)).is_dir()):
            continue
        one = _nested(setting.key.split("."), setting.value)
        fault = _first_fault(one)
        if fault is not None:
            sentences.append(f"{setting.file}: {setting.key} is not taken: {fault.message}")
        else:
            table = merged(table, one)
            taken.append(setting)
    ignored = table.get("posts", {}).get("ignore")
    if ignored:
        table["posts"]["ignore"] = [*Posts().ignore, *ignored]
    return table, tuple(taken), sentences


def _nested(keys: list[str], value: object) -> Table:
    first, *rest = keys
    return {first: _nested(rest, value) if rest else value}


def _first_fault(table: Table) -> Fault | None:
    fault = next(iter(structure_faults(table, File)), None)
    if fault is None:
        fault = next(value_faults(msgspec.convert(table, File)), None)
    return fault


def _sentence(adoption: Adoption, taken: tuple[Found, ...]) -> str:
    keys = dict.fromkeys(setting.key.removeprefix("site.").removeprefix("posts.") for setting in taken)
    listed = ", ".join(key.replace(".", " ") for key in keys)
    name = adoption.generator.label
    return f"from {adoption.file} ({name}): {listed or 'nothing'}; addresses are as {name} makes them"
