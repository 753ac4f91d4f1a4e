"""The lists and tables in the front matter of an editor's note: intros of sections, links and slots."""

from collections.abc import Iterator, Mapping
from typing import Literal

from msgspec import Struct

from digest.collector.post import clean_text
from digest.editions.edition import AFTER_LEAD, NoteLink, Slot
from digest.frontmatter import Value
from digest.problems import did_you_mean

_LINK_KEYS = ("url", "title", "comment", "source", "tags")
_SLOT_KEYS = ("text", "label", "after")
_Kind = Literal["links", "slots"]
_KEYS: dict[_Kind, tuple[str, ...]] = {"links": _LINK_KEYS, "slots": _SLOT_KEYS}
_REQUIRED: dict[_Kind, tuple[str, ...]] = {"links": ("url", "title"), "slots": ("text",)}


class Fault(Struct, frozen=True):
    """What is wrong in a value of a note. `code`, `message` and `hint` are those of a `Problem`."""

    code: str
    message: str
    hint: str = ""


def section_faults(value: Value) -> Iterator[Fault]:
    """Yield what is wrong in `sections`, a table of intros by title."""
    if not isinstance(value, dict):
        yield Fault("wrong-type", "sections: this is not a table of intros by title", "sections: {Title: Intro}")
        return
    for title, intro in value.items():
        if not isinstance(intro, str):
            yield Fault("wrong-type", f'sections: the intro of "{title}" is not a text')


def list_faults(kind: _Kind, value: Value) -> Iterator[Fault]:
    """Yield what is wrong in `links` or `slots`, a list of tables."""
    example = ", ".join(f"{key}: …" for key in _REQUIRED[kind])
    if not isinstance(value, list):
        yield Fault("wrong-type", f"{kind}: this is not a list", f"- {{{example}}}")
        return
    for number, entry in enumerate(value, 1):
        place = f"{kind}, entry {number}"
        if isinstance(entry, dict):
            yield from _entry_faults(kind, place, entry)
        else:
            yield Fault("wrong-type", f"{place}: this is not a table", f"write {{{example}}}")


def _entry_faults(kind: _Kind, place: str, entry: Mapping[str, Value]) -> Iterator[Fault]:
    for key, value in entry.items():
        yield from _key_faults(_KEYS[kind], place, key, value)
    for key in _REQUIRED[kind]:
        if not _text(entry, key):
            yield Fault("missing-key", f"{place}: {key} is missing", f"write {key}: …")
    url = _text(entry, "url")
    if url and not url.startswith(("http://", "https://")):
        yield Fault("url", f'{place}: "{url}" is not an http(s) address', "write https://…")


def _key_faults(known: tuple[str, ...], place: str, key: str, value: Value) -> Iterator[Fault]:
    if key not in known:
        hint = did_you_mean(key, known) or "known: " + ", ".join(known)
        yield Fault("unknown-key", f'{place}: "{key}" is no key', hint)
    elif not isinstance(value, str | None) and not _is_list_of_tags(key, value):
        yield Fault("wrong-type", f"{place}: {key} is not a text")


def _is_list_of_tags(key: str, value: Value) -> bool:
    return key == "tags" and isinstance(value, list) and all(isinstance(tag, str) for tag in value)


def intros_of(value: Value) -> dict[str, str]:
    """Return the intros by title of a value without faults."""
    table = value if isinstance(value, dict) else {}
    return {title: intro.strip() for title, intro in table.items() if isinstance(intro, str)}


def links_of(value: Value, line: int) -> tuple[NoteLink, ...]:
    """Return the links of a value without faults; `line` is that of its key."""
    return tuple(_link(entry, line) for entry in _tables(value))


def _link(entry: Mapping[str, Value], line: int) -> NoteLink:
    tags = entry.get("tags")
    names = tags if isinstance(tags, list) else _text(entry, "tags").split(",")
    return NoteLink(
        url=_text(entry, "url"),
        title=clean_text(_text(entry, "title")),
        comment=_text(entry, "comment"),
        source=clean_text(_text(entry, "source")),
        tags=tuple(tag for tag in (clean_text(name) for name in names if isinstance(name, str)) if tag),
        line=line,
    )


def slots_of(value: Value, path: str, line: int) -> tuple[Slot, ...]:
    """Return the slots of a value without faults; `path` and `line` are those of its key."""
    return tuple(
        Slot(
            text=_text(entry, "text"),
            label=clean_text(_text(entry, "label")),
            after=clean_text(_text(entry, "after")) or AFTER_LEAD,
            path=path,
            line=line,
        )
        for entry in _tables(value)
    )


def _tables(value: Value) -> list[dict[str, Value]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _text(entry: Mapping[str, Value], key: str) -> str:
    value = entry.get(key)
    return value.strip() if isinstance(value, str) else ""
