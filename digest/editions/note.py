"""An editor's note for one edition: `notes/weekly/2026-W47.md`, front matter and an intro in Markdown."""

from collections.abc import Iterator

from digest.collector.post import clean_text
from digest.config import Config
from digest.editions.edition import Note
from digest.editions.note_parts import Fault, intros_of, links_of, list_faults, section_faults, slots_of
from digest.editions.source import read_source
from digest.frontmatter import Header, Value
from digest.problems import Problem, did_you_mean

_TEXTS = ("intro", "outro", "subject", "preheader")
_KNOWN = (*_TEXTS, "order", "sections", "links", "slots")


def note_path(config: Config, key: str) -> str:
    """Return the path of the note for edition `key`, relative to the site's folder."""
    return f"{config.site.notes}/{key}.md"


def read_note(config: Config, key: str) -> tuple[Note | None, tuple[Problem, ...]]:
    """Return the note for edition `key`, or None, and the problems found.

    A file without front matter is an intro. A note with a problem is ignored entirely.
    """
    path = note_path(config, key)
    source, problems = read_source(config, path)
    if source is None:
        return None, problems
    if source.header is None:
        return Note(path, intro=source.body), ()
    problems = tuple(_problems(path, source.header))
    if problems:
        return None, problems
    return _note(path, source.header, source.body), ()


def _note(path: str, header: Header, body: str) -> Note:
    values = header.values
    texts = {name: str(values.get(name) or "").strip() for name in _TEXTS}
    intro = [part for part in (texts["intro"], body) if part]
    return Note(
        path,
        intro="\n\n".join(intro),
        outro=texts["outro"],
        subject=clean_text(texts["subject"]),
        preheader=clean_text(texts["preheader"]),
        order=_order(values.get("order")),
        sections=intros_of(values.get("sections")),
        links=links_of(values.get("links"), header.line_of("links")),
        slots=slots_of(values.get("slots"), path, header.line_of("slots")),
    )


def _problems(path: str, header: Header) -> Iterator[Problem]:
    for name, value in header.values.items():
        if name not in _KNOWN:
            hint = did_you_mean(name, _KNOWN) or "known: " + ", ".join(_KNOWN)
            faults = [Fault("unknown-key", f'"{name}" is no key of a note', hint)]
        elif value is None:
            continue
        else:
            faults = list(_faults(name, value))
        for fault in faults:
            yield Problem(path, header.line_of(name), 0, fault.code, fault.message, fault.hint)


def _faults(name: str, value: Value) -> Iterator[Fault]:
    """Yield what is wrong in the value of a known key."""
    if name == "sections":
        yield from section_faults(value)
    elif name == "links":
        yield from list_faults("links", value)
    elif name == "slots":
        yield from list_faults("slots", value)
    elif name == "order" and not _is_list_of_texts(value):
        yield Fault("wrong-type", f"{name}: this is not a list of ids, URLs, paths or slugs")
    elif name in _TEXTS and not isinstance(value, str):
        yield Fault("wrong-type", f"{name}: this is not a text")


def _is_list_of_texts(value: Value) -> bool:
    if isinstance(value, list):
        return all(isinstance(inner, str) for inner in value)
    return isinstance(value, str)


def _order(value: Value) -> tuple[str, ...]:
    names = value if isinstance(value, list) else [value]
    return tuple(name.strip() for name in names if isinstance(name, str) and name.strip())
