"""Write a `digest.toml` with a comment beside each setting that came from elsewhere."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

_BARE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


def toml_table(name: str, settings: Mapping[str, Any], comments: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines of the table `name`, with the comment of each key that has one."""
    yield f"[{name}]"
    for key, value in settings.items():
        comment = comments.get(key, "")
        yield f"{_key(key)} = {toml_value(value)}" + (f"  # {comment}" if comment else "")


def toml_value(value: object) -> str:
    """Return a text, number, truth value, list or table as TOML on one line."""
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_key(str(key))} = {toml_value(item)}" for key, item in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml_value, value))}]"
    # JSON's texts are TOML's basic strings, but for DEL, which TOML wants escaped.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(key: str) -> str:
    return key if key and _BARE.issuperset(key) else toml_value(key)
