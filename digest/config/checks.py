"""Validate a parsed `digest.toml`: unknown and missing keys, wrong types, and invalid values."""

import re
import zoneinfo
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, get_args, get_origin
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from digest.config import schedule
from digest.config.folders import overlaps
from digest.config.key_positions import Keys
from digest.config.schema import FAMILY_KEYS, LANGUAGE, Digest, File, Readers, Theme, Undated
from digest.config.senders import kind_mistake, read_senders, secret_mistakes, settings_type
from digest.config.wrong_types import explain, fits
from digest.generators import GENERATORS, generator_type
from digest.problems import did_you_mean

PERMALINK_KEYS = (
    *("folder", "section", "year", "month", "day", "hour", "minute", "second"),
    *("slug", "title", "filename", "language", "categories"),
)
_OTHER_NAMES = {"service": "provider"}  # other and former names of keys
_PERMALINK_WORD = re.compile(r"\{([^{}]*)\}|:([a-z]+)")
_PLAIN_MAILBOX = re.compile(r"[\w .&'+-]*<([\w.+-]+@[\w.-]+)>|[\w.+-]+@[\w.-]+")


class Fault(Struct, frozen=True):
    """A mistake in the value at `keys`. `code`, `message` and `hint` are those of a `Problem`."""

    keys: Keys
    code: str
    message: str
    hint: str = ""


def structure_faults(value: object, expected: Any, keys: Keys = ()) -> Iterator[Fault]:
    """Yield every unknown or missing key and every wrong type in the `value` at `keys`, whose type is `expected`."""
    own_faults = _own_faults(value, keys)
    if own_faults is not None:
        yield from own_faults
    elif isinstance(value, dict) and _is_struct(expected):
        yield from _table_faults(value, expected, keys)
    elif isinstance(value, dict) and get_origin(expected) is dict:
        yield from _named_tables_faults(value, expected, keys)
    elif isinstance(value, list) and get_origin(expected) is tuple:
        yield from _list_faults(value, get_args(expected)[0], keys)
    elif not fits(value, expected):
        yield Fault(keys, "wrong-type", *explain(keys, value, expected))


def _own_faults(value: object, keys: Keys) -> Iterator[Fault] | None:
    """Return what is wrong in a table whose keys depend on one of them; None for any other value."""
    if isinstance(value, dict) and keys == ("generator",):
        return _generator_faults(value, keys)
    if isinstance(value, dict) and len(keys) == 2 and keys[0] == "senders":
        return _sender_faults(value, keys)
    return None


def _is_struct(expected: Any) -> bool:
    return isinstance(expected, type) and issubclass(expected, Struct)


def _list_faults(items: list[object], expected: Any, keys: Keys) -> Iterator[Fault]:
    for number, item in enumerate(items):
        yield from structure_faults(item, expected, (*keys, str(number)))


def _table_faults(table: Mapping[str, object], expected: type[Struct], keys: Keys) -> Iterator[Fault]:
    fields = {field.encode_name: field for field in msgspec.structs.fields(expected)}
    for key, inner in table.items():
        if key in fields:
            yield from structure_faults(inner, fields[key].type, (*keys, key))
        else:
            hint = _nearest(key, fields) or "known: " + ", ".join(sorted(fields))
            yield Fault((*keys, key), "unknown-key", "there is no such key", hint)
    for key, field in fields.items():
        if field.required and key not in table:
            yield Fault(keys, "missing-key", f"{key} is missing", f'add {key} = "…"')


def _generator_faults(table: Mapping[str, object], keys: Keys) -> Iterator[Fault]:
    """Yield what is wrong in `[generator]`, whose keys depend on its `name`."""
    name = table.get("name")
    if name not in GENERATORS:
        known = "known: " + ", ".join(GENERATORS)
        hint = did_you_mean(str(name), GENERATORS) or known
        yield Fault((*keys, "name"), "generator", "no generator of this name is known", hint)
    else:
        settings = {key: value for key, value in table.items() if key != "name"}
        yield from _table_faults(settings, generator_type(str(name)), keys)


def _sender_faults(table: Mapping[str, object], keys: Keys) -> Iterator[Fault]:
    """Yield what is wrong in a table of `[senders]`, whose keys depend on its `kind`."""
    message, hint = kind_mistake(table.get("kind"))
    if message:
        at = (*keys, "kind") if "kind" in table else keys
        yield Fault(at, "sender-kind", message if "kind" in table else "kind is missing", hint)
        return
    settings = settings_type(str(table["kind"]))
    wrong: set[str] = set()
    for key, message, hint in secret_mistakes(table, settings):
        wrong.add(key)
        yield Fault((*keys, key), "secret", message, hint)
    yield from _table_faults({key: value for key, value in table.items() if key not in wrong}, settings, keys)


def _named_tables_faults(tables: Mapping[str, object], expected: Any, keys: Keys) -> Iterator[Fault]:
    kind_of_name, inner = get_args(expected)
    for name, table in tables.items():
        if not fits(name, kind_of_name):
            yield Fault((*keys, name), "name", "this is no name", "write small letters, digits and hyphens")
        yield from structure_faults(table, inner, (*keys, name))


def _nearest(key: str, known: Collection[str]) -> str:
    """Return `did you mean "x"?` for a misspelt or renamed key; empty when no known key is close."""
    ours = _OTHER_NAMES.get(key)
    if ours in known:
        return f'did you mean "{ours}"?'
    return did_you_mean(key, known)


def value_faults(file: File) -> Iterator[Fault]:
    """Yield every value that has the right type and is invalid."""
    values = msgspec.to_builtins(file)
    for path, check in _CHECKS:
        for keys, value in _values_at(values, path.split(".")):
            if value or path in _NEVER_EMPTY:
                yield from check(keys, value)
    yield from _check_undated(("posts", "undated"), file.posts.undated)
    for name, digest in file.digests.items():
        yield from _check_schedule(("digests", name), digest)
        yield from _check_family(("digests", name), digest)
    yield from _check_senders(file)
    yield from _check_readers(file.readers, file.senders)


def folder_faults(file: File, root: Path, written: Collection[str]) -> Iterator[Fault]:
    """Yield each of the site's folders that conflicts with the output folder.

    `written` has the keys of `[site]` in the file.
    """
    for key, message in overlaps(file.site, root).items():
        blamed = key if key in written and "output" not in written else "output"
        yield Fault(("site", blamed), "folder", message, 'the output needs a folder of its own, such as "public"')


def _values_at(table: Mapping[str, Any], path: list[str]) -> Iterator[tuple[Keys, Any]]:
    """Yield keys and value of each match of `path` in `table`; `*` matches every key."""
    first, *rest = path
    for key in table if first == "*" else [first]:
        if not rest:
            yield (key,), table[key]
            continue
        for keys, value in _values_at(table[key], rest):
            yield (key, *keys), value


def _check_url(keys: Keys, value: str) -> Iterator[Fault]:
    if not _is_web_address(value):
        yield Fault(keys, "url", f'"{value}" is not an http(s) address', 'write "https://example.org/"')


def _check_site_url(keys: Keys, value: str) -> Iterator[Fault]:
    yield from _check_url(keys, value)
    if "?" in value or "#" in value:
        hint = "write the address of the site alone"
        yield Fault(keys, "url", f'"{value}" has a query or a fragment, below which no post can be', hint)


def _check_image(keys: Keys, value: str) -> Iterator[Fault]:
    if not value.startswith("/") and not _is_web_address(value):
        yield Fault(keys, "url", f'"{value}" is no address', 'write "https://…" or a path from the root, "/icon.png"')


def _check_folder(keys: Keys, value: str) -> Iterator[Fault]:
    name = keys[-1]
    if "\\" in value:
        with_slashes = value.replace("\\", "/")
        hint = f'write "{with_slashes}", on Windows too'
        yield Fault(keys, "folder", f'"{value}" has a backslash', hint)
        return
    is_above = value.startswith("/") or ".." in Path(value).parts
    is_site = name in {"output", "ledger"} and value in {"", "."}
    if is_above or is_site:
        yield Fault(keys, "folder", f'"{value}" is not a folder below this one', f'write a name such as "{name}"')


def _check_permalink(keys: Keys, value: str | dict[str, str]) -> Iterator[Fault]:
    if isinstance(value, dict):
        for folder, pattern in value.items():
            yield from _check_pattern((*keys, folder), pattern)
    elif value not in GENERATORS:
        yield from _check_pattern(keys, value)


def _check_pattern(keys: Keys, value: str) -> Iterator[Fault]:
    known = "known: " + ", ".join(f"{{{key}}}" for key in PERMALINK_KEYS)
    if value.isalpha() and len(keys) == 2:
        hint = did_you_mean(value, GENERATORS) or "known: " + ", ".join(GENERATORS)
        yield Fault(keys, "permalink", f'"{value}" is neither a pattern nor a generator', hint)
        return
    if not value.startswith("/"):
        yield Fault(keys, "permalink", "it does not start with /", known)
    if not any(f"{{{key}}}" in value for key in ("slug", "title", "filename")):
        yield Fault(keys, "permalink", "every post would have the same address", "add {slug}")
    yield from _check_placeholders(keys, value, known)


def _check_placeholders(keys: Keys, value: str, known: str) -> Iterator[Fault]:
    for in_braces, after_colon in _PERMALINK_WORD.findall(value):
        if after_colon:
            yield Fault(keys, "permalink", f":{after_colon} is not replaced; write {{{after_colon}}}", known)
        elif in_braces not in PERMALINK_KEYS:
            near = did_you_mean(in_braces, PERMALINK_KEYS)
            yield Fault(keys, "permalink", f"{{{in_braces}}} means nothing here", near or known)


def _check_zone(keys: Keys, value: str) -> Iterator[Fault]:
    try:
        zoneinfo.ZoneInfo(value)
    except (KeyError, ValueError, OSError):  # unknown zone, invalid name, a folder
        near = did_you_mean(value, zoneinfo.available_timezones())
        hint = near or 'write an IANA name such as "Asia/Shanghai"'
        yield Fault(keys, "timezone", f'"{value}" is not a time zone', hint)


def _check_language(keys: Keys, value: str) -> Iterator[Fault]:
    if not LANGUAGE.fullmatch(value):
        yield Fault(keys, "language", f'"{value}" is not a language code', 'write one such as "en" or "zh-CN" (BCP 47)')


def _check_colour(keys: Keys, value: str) -> Iterator[Fault]:
    if not re.fullmatch("#[0-9a-fA-F]{6}", value):
        yield Fault(keys, "colour", f'"{value}" is not a colour', 'write "#rrggbb"')


def _check_mailbox(keys: Keys, value: str) -> Iterator[Fault]:
    address = _address_in(value)
    is_address = "@" in address and not _has_space_or(address, "<>")
    is_one_line = "\r" not in value and "\n" not in value
    if not (is_address and is_one_line):
        yield Fault(keys, "address", f'"{value}" is not an e-mail address', 'write "Name <name@example.org>"')


def _check_unsubscribe(keys: Keys, value: str) -> Iterator[Fault]:
    for address in value.replace(",", " ").split():
        if not _is_mailto(address) and not _is_web_address(address):
            yield Fault(keys, "url", f'"{address}" is no address', 'write "https://…", "mailto:…" or both')


def _check_schedule(keys: Keys, digest: Digest) -> Iterator[Fault]:
    try:
        schedule.parse(digest.every, digest.at, "UTC")
    except ValueError as error:
        key = str(error).partition(" ")[0]
        yield Fault((*keys, key), "schedule", str(error), 'such as every = "week", at = "monday 08:00"')


def _check_family(keys: Keys, digest: Digest) -> Iterator[Fault]:
    given = [key for key in FAMILY_KEYS if getattr(digest, key)]
    for key in given[1:]:
        yield Fault((*keys, key), "family", f"{key} does not go together with {given[0]}", "write a table for each")


def _check_senders(file: File) -> Iterator[Fault]:
    """Yield each digest whose sender does not exist."""
    for name, digest in file.digests.items():
        if digest.send_via and digest.send_via not in file.senders:
            known = ", ".join(file.senders) or f"none; write a table [senders.{digest.send_via}]"
            hint = did_you_mean(digest.send_via, file.senders) or f"known: {known}"
            yield Fault(("digests", name, "send_via"), "sender", f'there is no sender "{digest.send_via}"', hint)


def _check_readers(readers: Readers, senders: Mapping[str, Mapping[str, Any]]) -> Iterator[Fault]:
    """Yield what is wrong in the table `[readers]`."""
    keys = ("readers",)
    if readers.sender and readers.sender not in senders:
        hint = did_you_mean(readers.sender, senders) or f"known: {', '.join(senders) or 'none'}"
        yield Fault((*keys, "sender"), "sender", f'there is no sender "{readers.sender}"', hint)
    address = urlsplit(readers.url)
    is_local = address.hostname in ("localhost", "127.0.0.1", "::1")
    if readers.url and not (address.scheme == "https" or (address.scheme == "http" and is_local)):
        hint = "write https://example.org/readers/; http is for this machine alone"
        yield Fault((*keys, "url"), "url", f'"{readers.url}" is no https: address, which links of letters need', hint)
    if "://" in readers.database:
        hint = 'write database_env = "READERS_DATABASE", and the address into that variable'
        yield Fault((*keys, "database"), "secret", "the address of a database holds a password", hint)


def provider_faults(table: Mapping[str, Any], file: File) -> Iterator[Fault]:
    """Yield each digest whose `provider` is written, and is another than its sender's; `table` is the file as written.

    The file has no other fault.
    """
    providers = {name: settings.filled_in_by() for name, settings in read_senders(file.senders).items()}
    for name, digest in file.digests.items():
        provider = providers.get(digest.send_via, digest.provider)
        if "provider" in table["digests"][name] and provider != digest.provider:
            message = f'[senders.{digest.send_via}] fills in what is written for "{provider}"'
            yield Fault(("digests", name, "provider"), "provider", message, "leave provider out, or name that one")


def _address_in(mailbox: str) -> str:
    """Return the address in `Name <address>`, or a bare address; empty when there is none."""
    plain = _PLAIN_MAILBOX.fullmatch(mailbox)
    if plain:
        return plain[1] or mailbox
    from email.utils import parseaddr

    return parseaddr(mailbox)[1]


def _check_undated(keys: Keys, undated: Undated) -> Iterator[Fault]:
    try:
        groups = re.compile(undated.pattern).groups
    except re.error as error:
        yield Fault((*keys, "pattern"), "pattern", f"this is no regular expression: {error}", 'such as "issue-(\\d+)"')
        groups = 1
    if (undated.pattern or "name" in undated.sources) and groups == 0:
        yield Fault((*keys, "pattern"), "pattern", "it has no group for the date", 'write such as "issue-(\\d+)"')
    try:
        date.fromisoformat(undated.first or "2000-01-01")
        schedule.parse(undated.every, "", "UTC")
    except ValueError as error:
        key = "every" if str(error).startswith("every") else "first"
        yield Fault((*keys, key), "date", str(error), 'write first = "2024-01-05", every = "week"')


def _is_mailto(text: str) -> bool:
    scheme, _, address = text.partition(":")
    local_part, _, domain = address.partition("@")
    return scheme == "mailto" and bool(local_part) and bool(domain) and "@" not in domain


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and not _has_space_or(text, '\\<>"')


def _has_space_or(text: str, characters: str) -> bool:
    return any(character.isspace() or character in characters for character in text)


_COLOURS = [f"theme.{field.name}" for field in msgspec.structs.fields(Theme) if str(field.default).startswith("#")]
_NEVER_EMPTY = {"site.url", "site.output", "site.ledger", "site.timezone", *_COLOURS}
# The check of each key; empty values are skipped unless in `_NEVER_EMPTY`. `*` matches every name.
_CHECKS: tuple[tuple[str, Callable[[Keys, Any], Iterator[Fault]]], ...] = (
    ("site.url", _check_site_url),
    ("site.icon", _check_image),
    ("site.logo", _check_image),
    ("site.content", _check_folder),
    ("site.output", _check_folder),
    ("site.templates", _check_folder),
    ("site.static", _check_folder),
    ("site.notes", _check_folder),
    ("site.slots", _check_folder),
    ("theme.logo_dark", _check_image),
    ("digests.*.subscribe", _check_url),
    ("digests.*.preferences", _check_url),
    ("site.ledger", _check_folder),
    ("site.permalink", _check_permalink),
    ("site.timezone", _check_zone),
    ("site.language", _check_language),
    ("feeds.hub", _check_url),
    ("feeds.extra.*.language", _check_language),
    ("digests.*.timezone", _check_zone),
    ("digests.*.language", _check_language),
    ("digests.*.sender", _check_mailbox),
    ("digests.*.reply_to", _check_mailbox),
    ("digests.*.to", _check_mailbox),
    ("digests.*.unsubscribe", _check_unsubscribe),
    *((path, _check_colour) for path in _COLOURS),
)
