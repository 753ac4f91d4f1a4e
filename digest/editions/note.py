"""An editor's note for one edition: `notes/weekly/2026-W47.md`, front matter and an intro in Markdown."""

from collections.abc import Iterator

from digest.collector.post import clean_text
from digest.config import Config
from digest.editions.edition import Note
from digest.frontmatter import Header, HeaderError, Value
from digest.problems import Problem, did_you_mean

_TEXTS = ("intro", "outro", "subject", "preheader")
_KNOWN = (*_TEXTS, "order")


def note_path(config: Config, key: str) -> str:
    """Return the path of the note for edition `key`, relative to the site's folder."""
    return f"{config.site.notes}/{key}.md"


def read_note(config: Config, key: str) -> tuple[Note | None, tuple[Problem, ...]]:
    """Return the note for edition `key`, or None, and the problems found.

    A file without front matter is an intro. A note with a problem is ignored entirely.
    """
    path = note_path(config, key)
    try:
        source = (config.root / path).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None, ()
    except OSError as error:
        return None, (Problem(path, 0, 0, "unreadable", error.strerror or str(error)),)
    from digest.collector.source import decode
    from digest.frontmatter import read_header

    try:
        text = decode(source, config.posts.limits.file_bytes)
        header = read_header(text, config.posts.limits)
    except HeaderError as error:
        return None, (Problem(path, error.line, error.column, error.code, str(error), error.hint),)
    if header is None:
        return Note(path, intro=_body(text)), ()
    problems = tuple(_problems(path, header))
    if problems:
        return None, problems
    return _note(path, header, _body(text[header.end :])), ()


def _note(path: str, header: Header, body: str) -> Note:
    texts = {name: str(header.values.get(name) or "").strip() for name in _TEXTS}
    intro = [part for part in (texts["intro"], body) if part]
    return Note(
        path,
        intro="\n\n".join(intro),
        outro=texts["outro"],
        subject=clean_text(texts["subject"]),
        preheader=clean_text(texts["preheader"]),
        order=_order(header.values.get("order")),
    )


def _body(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip("\ufeff \n")


def _problems(path: str, header: Header) -> Iterator[Problem]:
    for name, value in header.values.items():
        line = header.line_of(name)
        if name not in _KNOWN:
            hint = did_you_mean(name, _KNOWN) or "known: " + ", ".join(_KNOWN)
            yield Problem(path, line, 0, "unknown-key", f'"{name}" is no key of a note', hint)
        elif name in _TEXTS and not _is_text(value):
            yield Problem(path, line, 0, "wrong-type", f"{name}: this is not a text")
        elif name == "order" and not _is_list_of_texts(value):
            yield Problem(path, line, 0, "wrong-type", f"{name}: this is not a list of ids, URLs, paths or slugs")


def _is_text(value: Value) -> bool:
    return value is None or isinstance(value, str)


def _is_list_of_texts(value: Value) -> bool:
    if isinstance(value, list):
        return all(isinstance(inner, str) for inner in value)
    return _is_text(value)


def _order(value: Value) -> tuple[str, ...]:
    names = value if isinstance(value, list) else [value]
    return tuple(name.strip() for name in names if isinstance(name, str) and name.strip())
