"""Slots that stand in several editions: `slots/NAME.md`, a sponsor or a call to action with its dates."""

from collections.abc import Iterator
from datetime import date

from msgspec import Struct

from digest.collector.post import clean_text
from digest.collector.scan import files_below
from digest.config import Config
from digest.editions.edition import AFTER_LEAD, Slot
from digest.editions.note_parts import Fault
from digest.editions.source import EditorSource, read_source
from digest.frontmatter import Header, Value
from digest.problems import Problem, did_you_mean

_KEYS = ("label", "after", "from", "until", "digests")


class SlotFile(Struct, frozen=True):
    """A slot, the first and the last day on which an edition may end that has it, and the digests that have it."""

    slot: Slot
    first: date = date.min
    last: date = date.max
    digests: tuple[str, ...] = ()  # all of them when empty


def slots_on(config: Config, digest: str, day: date) -> tuple[Slot, ...]:
    """Return the slots of a digest's edition whose last day is `day`, by the names of their files."""
    files = (file for file, _ in _read_all(config) if file is not None)
    return tuple(
        file.slot for file in files if file.first <= day <= file.last and (not file.digests or digest in file.digests)
    )


def slot_problems(config: Config) -> Iterator[Problem]:
    """Yield what is wrong in the files of slots; a file with a problem is in no edition."""
    for _, problems in _read_all(config):
        yield from problems


def _read_all(config: Config) -> Iterator[tuple[SlotFile | None, tuple[Problem, ...]]]:
    if not config.site.slots:
        return
    for file in files_below(config, config.site.slots):
        name = file.path.rpartition("/")[2]
        if name.endswith(".md") and not name.startswith(".") and name.casefold() != "readme.md":
            yield _read(config, file.path)


def _read(config: Config, path: str) -> tuple[SlotFile | None, tuple[Problem, ...]]:
    source, problems = read_source(config, path)
    if source is None:
        return None, problems
    problems = tuple(_problems(config, path, source.header))
    if not source.body:
        problems = (*problems, Problem(path, 0, 0, "empty-slot", "this slot has no text", "write it below `---`"))
    if problems:
        return None, problems
    return _slot_file(path, source), ()


def _slot_file(path: str, source: EditorSource) -> SlotFile:
    values = source.header.values if source.header is not None else {}
    slot = Slot(
        text=source.body,
        label=_text(values.get("label")),
        after=_text(values.get("after")) or AFTER_LEAD,
        path=path,
        line=source.line,
    )
    return SlotFile(
        slot=slot,
        first=_day(values.get("from")) or date.min,
        last=_day(values.get("until")) or date.max,
        digests=_names(values.get("digests")),
    )


def _problems(config: Config, path: str, header: Header | None) -> Iterator[Problem]:
    if header is None:
        return
    for key, value in header.values.items():
        for fault in _faults(config, key, value):
            yield Problem(path, header.line_of(key), 0, fault.code, fault.message, fault.hint)


def _faults(config: Config, key: str, value: Value) -> Iterator[Fault]:
    """Yield what is wrong in the value of a key."""
    if key in ("from", "until"):
        yield from _day_faults(key, value)
    elif key in ("label", "after"):
        yield from _text_faults(key, value)
    elif key == "digests":
        yield from _name_faults(config, value)
    else:
        hint = did_you_mean(key, _KEYS) or "known: " + ", ".join(_KEYS)
        yield Fault("unknown-key", f'"{key}" is no key of a slot', hint)


def _day_faults(key: str, value: Value) -> Iterator[Fault]:
    if value and _day(value) is None:
        yield Fault("date", f'{key}: "{value}" is not a day', "write 2026-11-30")


def _text_faults(key: str, value: Value) -> Iterator[Fault]:
    if not isinstance(value, str | None):
        yield Fault("wrong-type", f"{key}: this is not a text")


def _name_faults(config: Config, value: Value) -> Iterator[Fault]:
    for name in _names(value):
        if name not in config.digests:
            known = "known: " + ", ".join(sorted(config.digests))
            yield Fault("unknown-digest", f'there is no digest "{name}"', did_you_mean(name, config.digests) or known)


def _text(value: Value) -> str:
    return clean_text(value) if isinstance(value, str) else ""


def _day(value: Value) -> date | None:
    try:
        return date.fromisoformat(_text(value))
    except ValueError:
        return None


def _names(value: Value) -> tuple[str, ...]:
    names = value if isinstance(value, list) else [value]
    return tuple(clean_text(name) for name in names if isinstance(name, str) and name.strip())
