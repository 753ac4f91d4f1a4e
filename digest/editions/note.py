"""An editor's note for one edition: `notes/weekly/2026-W47.md`, front matter and an intro in Markdown."""

from digest.collector.post import clean_text
from digest.config.schema import Config
from digest.editions.edition import Note
from digest.frontmatter.header import HeaderError, Value
from digest.problems import Problem, did_you_mean

_TEXTS = ("intro", "outro", "subject", "preheader")
_KNOWN = (*_TEXTS, "order")


def read(config: Config, key: str) -> tuple[Note | None, tuple[Problem, ...]]:
    """Return the note for edition `key`, None when there is none, and what is wrong with it.

    A file without front matter is an intro. A note with an error is left out whole.
    """
    path = f"{config.site.notes}/{key}.md"
    try:
        source = (config.root / path).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None, ()
    except OSError as error:
        return None, (Problem(path, 0, 0, "unreadable", error.strerror or str(error)),)
    from digest.collector.source import decode
    from digest.frontmatter.split import read_header

    try:
        text = decode(source, config.posts.limits.file_bytes)
        header = read_header(text, config.posts.limits)
    except HeaderError as error:
        return None, (Problem(path, error.line, error.column, error.code, str(error), error.hint),)
    body = (text[header.end :] if header else text).replace("\r\n", "\n").replace("\r", "\n").strip("\ufeff \n")
    if header is None:
        return Note(path, body), ()
    problems = []
    for name, value in header.values.items():
        if name not in _KNOWN:
            hint = did_you_mean(name, _KNOWN) or "known: " + ", ".join(_KNOWN)
            problems.append(
                Problem(path, header.line_of(name), 0, "unknown-key", f'"{name}" is no key of a note', hint)
            )
        elif wrong := _wrong(name, value):
            problems.append(Problem(path, header.line_of(name), 0, "wrong-type", f"{name}: {wrong}"))
    if problems:
        return None, tuple(problems)
    texts = {name: str(header.values.get(name) or "").strip() for name in _TEXTS}
    intro = "\n\n".join(part for part in (texts["intro"], body) if part)
    subject, preheader = clean_text(texts["subject"]), clean_text(texts["preheader"])
    return Note(path, intro, texts["outro"], subject, preheader, _list(header.values.get("order"))), ()


def _wrong(name: str, value: Value) -> str:
    if name == "order":
        listed = (
            value is None
            or isinstance(value, str)
            or (isinstance(value, list) and all(isinstance(v, str) for v in value))
        )
        return "" if listed else "this is not a list of ids, URLs, paths or slugs"
    return "" if value is None or isinstance(value, str) else "this is not a text"


def _list(value: Value) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    return tuple(v.strip() for v in values if isinstance(v, str) and v.strip())
