"""What is wrong with a value of `digest.toml` that has the wrong type, in words for the person who wrote it."""

from collections.abc import Callable, Mapping
from datetime import date, time
from typing import Any

import msgspec
from msgspec import inspect

from digest.config.key_positions import Keys
from digest.problems import did_you_mean

Mistake = tuple[str, str]  # a message and a hint
_TRUTHS = {"true": "true", "yes": "true", "on": "true", "false": "false", "no": "false", "off": "false"}


def fits(value: object, expected: Any) -> bool:
    """Return whether a value of TOML is of the type `expected`."""
    try:
        msgspec.convert(value, expected)
    except msgspec.ValidationError:
        return False
    return True


def explain(keys: Keys, value: object, expected: Any) -> Mistake:
    """Return what is wrong with the value at `keys`, which does not fit the type `expected`, and what to write."""
    kinds = _kinds(inspect.type_info(expected))
    for kind in kinds:
        is_table = isinstance(kind, inspect.DictType | inspect.StructType)
        key = _header(keys) if is_table else _own_name(keys)
        mistake = _EXPLAINED[type(kind)](key, value, kind)
        if mistake is not None:
            return mistake
    names = " or ".join(dict.fromkeys(_NAMES[type(kind)] for kind in kinds))
    return f"this is {name_of(value)}, not {names}", ""


def name_of(value: object) -> str:
    """Return what a value of TOML is, with an article."""
    for kind, name in _VALUES.items():
        if isinstance(value, kind):
            return name
    return "something else"


def _header(keys: Keys) -> str:
    """Return the header of the table at `keys`: `[site.author]`, `[[digests.weekly.sections]]`, `[digests.NAME]`."""
    if keys[-1].isdecimal():
        return f"[[{'.'.join(keys[:-1])}]]"
    of_names = ".NAME" if keys in (("digests",), ("senders",), ("feeds", "extra")) else ""
    return f"[{'.'.join(keys)}{of_names}]"


def _own_name(keys: Keys) -> str:
    """Return the name of a key without the tables around it; of an element of a list, the list's."""
    return next((key for key in reversed(keys) if not key.isdecimal()), "")


def _kinds(expected: inspect.Type) -> tuple[inspect.Type, ...]:
    """Return the types that a value may have; TOML has no null."""
    if isinstance(expected, inspect.Metadata):
        return _kinds(expected.type)
    if not isinstance(expected, inspect.UnionType):
        return (expected,)
    return tuple(kind for each in expected.types for kind in _kinds(each) if not isinstance(kind, inspect.NoneType))


def _not_a_truth(key: str, value: object, _expected: Any) -> Mistake | None:
    truth = _TRUTHS.get(str(value).casefold())
    if truth is None:
        return None
    return f"this is {name_of(value)}, not true or false", f"write {key} = {truth}, without quotes"


def _not_a_number(key: str, value: object, expected: Any) -> Mistake | None:
    if isinstance(value, str) and value.strip().isdecimal():
        return f'"{value}" is a text', f"write {key} = {int(value)}, without quotes"
    if isinstance(value, float):
        return f"{value} is not a whole number", f"write {key} = {round(value)}"
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    if expected.ge is not None and value < expected.ge:
        return f"{value} is too small", f"write {expected.ge} or more"
    if expected.le is not None and value > expected.le:
        return f"{value:,} is too large", f"write {expected.le:,} or less"
    return None


def _not_a_text(key: str, value: object, expected: Any) -> Mistake | None:
    if isinstance(value, (dict, list)):
        return None
    if isinstance(value, str):
        longest = f" and at most {expected.max_length} characters" if expected.max_length else ""
        return f'"{value}" is not allowed here', f"write small letters, digits and hyphens{longest}"
    written = str(value).lower() if isinstance(value, bool) else str(value)
    return f"this is {name_of(value)}, not a text", f'write {key} = "{written}", in quotes'


def _not_a_list(key: str, value: object, _expected: Any) -> Mistake | None:
    if not isinstance(value, str):
        return None
    return "this is a text, not a list", f'write {key} = ["{value}"]'


def _not_a_table(key: str, value: object, _expected: Any) -> Mistake | None:
    return f"this is {name_of(value)}, not a table", f"write its keys below {key}"


def _not_one_of(_key: str, value: object, expected: Any) -> Mistake | None:
    if not isinstance(value, str):
        return None
    known = [str(each) for each in expected.values]
    hint = did_you_mean(value, known) or "known: " + ", ".join(f'"{each}"' for each in known)
    return f'"{value}" is not known here', hint


def _nothing_special(_key: str, _value: object, _expected: Any) -> Mistake | None:
    return None


_EXPLAINED: Mapping[type, Callable[[str, object, Any], Mistake | None]] = {
    inspect.BoolType: _not_a_truth,
    inspect.IntType: _not_a_number,
    inspect.StrType: _not_a_text,
    inspect.VarTupleType: _not_a_list,
    inspect.DictType: _not_a_table,
    inspect.StructType: _not_a_table,
    inspect.LiteralType: _not_one_of,
    inspect.AnyType: _nothing_special,
}
_NAMES: Mapping[type, str] = {
    inspect.BoolType: "true or false",
    inspect.IntType: "a number",
    inspect.StrType: "a text",
    inspect.VarTupleType: "a list",
    inspect.DictType: "a table",
    inspect.StructType: "a table",
    inspect.LiteralType: "a text",
    inspect.AnyType: "anything",
}
_VALUES: Mapping[type, str] = {  # a bool is an int too, so it comes first
    bool: "true or false",
    int: "a number",
    float: "a number",
    str: "a text",
    list: "a list",
    dict: "a table",
    date: "a date",
    time: "a time",
}
