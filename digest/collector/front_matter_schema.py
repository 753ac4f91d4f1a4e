"""The JSON Schema of front matter, for editors: its keys, and what `docs/front-matter.md` says of each.

It accepts what is read without a problem. Keys that mean nothing here may stand beside them, and a key may be empty.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from digest.collector.fields import NO, YES
from digest.collector.keys import NAMES
from digest.config.pages import codes_in, plain_text, tables_of, value_of

_COLUMNS = 4  # what, what it says, default, example
_WORDS = sorted({spelling for word in YES | NO for spelling in (word, word.capitalize(), word.upper())} | {""})
_SCALAR: dict[str, Any] = {"type": ["string", "number", "boolean", "null"]}
_TABLE: dict[str, Any] = {"type": "object"}
_FLAG: dict[str, Any] = {"anyOf": [{"type": ["boolean", "null"]}, {"enum": [0, 1, *_WORDS]}]}
_DATE: dict[str, Any] = {"anyOf": [_SCALAR, _TABLE]}
_LIST: dict[str, Any] = {"type": ["string", "number", "boolean", "null", "array"]}
# Of the fields in `NAMES`, and of single keys. Any value may stand where nothing is said here.
_SHAPES: dict[str, dict[str, Any]] = {
    "title": _SCALAR,
    "date": _DATE,
    "updated": _DATE,
    "publish": _DATE,
    "expires": _DATE,
    "draft": _FLAG,
    "slug": _SCALAR,
    "permalink": _SCALAR,
    "language": _LIST,
    "tags": _LIST,
    "tag": _LIST,
    "topics": _LIST,
    "feed": {"anyOf": [_FLAG, _TABLE]},
    "digest": {"enum": ["pin", "skip", "", None]},
    "resend": _FLAG,
    "full_text": _FLAG,
    "layout": {"anyOf": [{"enum": ["featured", "compact", "title", "links", "brief"]}, {}]},
}


def front_matter_schema() -> bytes:
    """Return the JSON Schema of front matter as UTF-8 JSON."""
    document = {
        "$schema": "http://json-schema.org/draft-07/schema#",  # which editors know best
        "title": "Front matter",
        "type": "object",
        "properties": _properties(),
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=2)


def _properties() -> dict[str, dict[str, Any]]:
    """Return the schema of each key: what the first field that has it says, and the shapes of all fields that do."""
    said: dict[str, dict[str, Any]] = {}
    shapes: dict[str, list[dict[str, Any]]] = {}
    for what, meaning, default, example in _rows():
        for key in NAMES[what].split() if what in NAMES else codes_in(what):
            said.setdefault(key, {"description": plain_text(meaning), **_values(default, example)})
            shapes.setdefault(key, []).append(_SHAPES.get(what) or _SHAPES.get(key) or {})
    return {key: {**_any_of(shapes[key]), **words} for key, words in said.items()}


def _rows() -> Iterator[list[str]]:
    """Yield the rows of the page's table of what each key says."""
    for row in tables_of("front-matter.md", "## ")["Keys"]:
        if len(row) == _COLUMNS and (row[0] in NAMES or codes_in(row[0])):
            yield row


def _values(default: str, example: str) -> dict[str, Any]:
    values = {"default": value_of(default.strip("`"))} if default else {}
    return values | {"examples": [value_of(example.strip("`"))]}


def _any_of(shapes: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the schema of values that one of `shapes` takes."""
    if {} in shapes:
        return {}
    return shapes[0] if len(shapes) == 1 else {"anyOf": shapes}
