"""Holding a call against a service's own description (OpenAPI): its path, its query, and the whole of its body."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tests.senders.services import Call

TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}


def mistakes_in_call(description: Mapping[str, Any], base: str, call: Call) -> Iterator[str]:
    """Yield what of a call the description does not allow; `base` is the path of its server."""
    path = call.path.removeprefix(base)
    operation = _operation(description, path, call.method)
    if operation is None:
        yield f"{call.method} {path} is not described"
        return
    known = {_resolve(description, each).get("name") for each in operation.get("parameters", ())}
    yield from (f"{call.method} {path}: query {name} is not described" for name in call.query if name not in known)
    content = _resolve(description, operation.get("requestBody", {})).get("content", {})
    if "application/json" in content:
        schema = content["application/json"]["schema"]
        yield from (f"{call.method} {path}: {mistake}" for mistake in mistakes(description, schema, call.body or {}))
    elif call.body is not None:
        yield f"{call.method} {path}: no body is described"


def mistakes(description: Mapping[str, Any], schema: Any, value: Any, place: str = "body") -> Iterator[str]:
    """Yield what of a value a schema does not allow."""
    schema = _resolve(description, schema)
    for each in schema.get("allOf", ()):
        yield from mistakes(description, each, value, place)
    for several in ("anyOf", "oneOf"):
        tried = [list(mistakes(description, each, value, place)) for each in schema.get(several, ())]
        if tried and all(tried):
            yield min(tried, key=len)[0]
    yield from _mistakes_of_type(schema, value, place)
    if isinstance(value, dict):
        yield from _mistakes_of_object(description, schema, value, place)
    if isinstance(value, list) and "items" in schema:
        for number, item in enumerate(value):
            yield from mistakes(description, schema["items"], item, f"{place}[{number}]")


def _mistakes_of_type(schema: Mapping[str, Any], value: Any, place: str) -> Iterator[str]:
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(isinstance(value, TYPES[kind]) for kind in kinds):
        yield f"{place} is {type(value).__name__}, not {' or '.join(kinds)}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{place} is {value!r}, not one of {schema['enum']}"
    if "const" in schema and value != schema["const"]:
        yield f"{place} is {value!r}, not {schema['const']!r}"
    if isinstance(value, str) and len(value) > schema.get("maxLength", len(value)):
        yield f"{place} is longer than {schema['maxLength']}"
    if isinstance(value, str) and "pattern" in schema and not re.search(schema["pattern"], value):
        yield f"{place} is {value!r}, which does not match {schema['pattern']}"


def _mistakes_of_object(
    description: Mapping[str, Any], schema: Mapping[str, Any], value: dict[str, Any], place: str
) -> Iterator[str]:
    properties = schema.get("properties", {})
    yield from (f"{place}.{name} is missing" for name in schema.get("required", ()) if name not in value)
    for name, inner in value.items():
        if name in properties:
            yield from mistakes(description, properties[name], inner, f"{place}.{name}")
        elif properties and schema.get("additionalProperties") is not True:
            yield f"{place}.{name} is not described"


def _operation(description: Mapping[str, Any], path: str, method: str) -> Mapping[str, Any] | None:
    """Return the description of a call; a path without placeholders goes before one with them."""
    for template in sorted(description["paths"], key=lambda each: each.count("{")):
        pattern = re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(template))
        if re.fullmatch(pattern, path) and method.lower() in description["paths"][template]:
            found = description["paths"][template]
            return {
                **found[method.lower()],
                "parameters": [*found.get("parameters", ()), *found[method.lower()].get("parameters", ())],
            }
    return None


def _resolve(description: Mapping[str, Any], schema: Any) -> Any:
    while "$ref" in schema:
        found: Any = description
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        schema = {**found, **{key: value for key, value in schema.items() if key != "$ref"}}
    return schema
