"""Settings taken over from the site's own generator, where `digest.toml` says nothing."""

from collections.abc import Iterator, Mapping
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


def adopt_settings(root: Path, own: Mapping[str, Any]) -> Adopted:
    """Return what the generator's settings in the folder `root` say where `own`, the table of `digest.toml`, does not.

    A generator that `digest.toml` names is taken even if it has no settings file, and no other is. One that has a
    table of its own there was looked at by its owner: nothing is said of it.
    """
    named = _named_generator(own)
    try:
        adoption = adopt(root, named)
    except SettingsError as error:
        return Adopted(_only_generator(named), (str(error),))
    if adoption is None:
        return Adopted(_only_generator(named))
    table, found, invalid = _valid_settings(root, adoption, own)
    table["generator"] = msgspec.to_builtins(adoption.generator)
    if "generator" in own:
        return Adopted(table, found=found)
    sentences = _sentences(adoption, found, own_addresses=_has(own, ["site", "permalink"]))
    return Adopted(table, (*sentences, *adoption.unread, *invalid), found)


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> Table:
    """Return `base` with the values of `over` in it or instead of its own, table by table."""
    table = dict(base)
    for key, value in over.items():
        inner = table.get(key)
        both_tables = isinstance(inner, dict) and isinstance(value, dict)
        table[key] = merged(inner or {}, value) if both_tables else value
    return table


def _named_generator(own: Mapping[str, Any]) -> str:
    """Return the name of the generator that `digest.toml` names; empty when it names none."""
    name = own.get("generator", {}).get("name", "")
    permalink = own.get("site", {}).get("permalink", "")
    if not name and isinstance(permalink, str) and permalink in GENERATORS:
        return permalink
    return str(name)


def _only_generator(name: str) -> Table:
    return {"generator": {"name": name}} if name else {}


def _valid_settings(
    root: Path, adoption: Adoption, own: Mapping[str, Any]
) -> tuple[Table, tuple[Found, ...], list[str]]:
    """Return the settings that are valid in `digest.toml`, those taken, and a sentence for each invalid one.

    Those that `own` has are not taken.
    """
    table: Table = {}
    taken: list[Found] = []
    sentences: list[str] = []
    for setting in adoption.found:
        is_missing_folder = setting.key == "site.content" and not (root / str(setting.value)).is_dir()
        if not setting.value or is_missing_folder or _has(own, setting.key.split(".")):
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


def _has(table: Mapping[str, Any], keys: list[str]) -> bool:
    first, *rest = keys
    inner = table.get(first)
    return first in table and (not rest or (isinstance(inner, dict) and _has(inner, rest)))


def _nested(keys: list[str], value: object) -> Table:
    first, *rest = keys
    return {first: _nested(rest, value) if rest else value}


def _first_fault(table: Table) -> Fault | None:
    fault = next(iter(structure_faults(table, File)), None)
    if fault is None:
        fault = next(value_faults(msgspec.convert(table, File)), None)
    return fault


def _sentences(adoption: Adoption, taken: tuple[Found, ...], *, own_addresses: bool) -> Iterator[str]:
    """Yield which settings were taken from which file; nothing when `digest.toml` has them all, addresses too."""
    if own_addresses and not taken:
        return
    generator = adoption.generator.label
    main_file = f"{adoption.file} ({generator})"
    keys: dict[str, list[str]] = {main_file: []}
    for setting in taken:
        name = setting.key.removeprefix("site.").removeprefix("posts.").replace(".", " ")
        keys.setdefault(main_file if setting.file == adoption.file else setting.file, []).append(name)
    parts = [f"from {file}: {', '.join(dict.fromkeys(names)) or 'nothing'}" for file, names in keys.items()]
    addresses = "as digest.toml says" if own_addresses else f"as {generator} makes them"
    yield f"{'; '.join(parts)}; addresses are {addresses}"
