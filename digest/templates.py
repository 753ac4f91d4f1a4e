"""The Jinja2 environment that pages and e-mails share: where templates are found and what they may do.

A user's template replaces the shipped one of the same name, which it may extend by the name `shipped/NAME`.
Templates are the owner's code, but the text they show is not: text is escaped unless it is marked as safe HTML, an
unknown name is an error, and the sandbox keeps post content away from Python internals.
"""

import os
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2.sandbox import SandboxedEnvironment

_INSTALLED = Path(__file__).parent / "templates"
SHIPPED = _INSTALLED if _INSTALLED.is_dir() else Path(__file__).parent.parent / "templates"
_PREFIX = "shipped"  # `shipped/email.html.jinja` is the one that is replaced, for a template that extends it
_NOT_HTML = ("txt", "txt.jinja", "css")  # file name suffixes
State = tuple[str, int, int]  # path of a file, size in bytes, mtime in nanoseconds


def environment(own: Path | None) -> "SandboxedEnvironment":
    """Return the environment of the shipped templates; those in the folder `own` take precedence.

    The environment is cached until a template changes. Everything is escaped as HTML except in templates whose
    name ends in `.txt`, `.txt.jinja` or `.css`.
    """
    return _environment(own, stamp(own))


def stamp(own: Path | None) -> tuple[State, ...]:
    """Return path, size and mtime of every template, shipped or in `own`; the result changes when a template does."""
    folders = [SHIPPED] if own is None else [SHIPPED, own]
    return tuple(state for folder in folders for state in _states(str(folder), ""))


def _states(folder: str, prefix: str) -> list[State]:
    """Return the states of the files below a folder, paths prefixed; empty for a missing folder."""
    found: list[State] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                path = f"{prefix}{entry.name}"
                if entry.is_dir(follow_symlinks=False):
                    found += _states(entry.path, f"{path}/")
                elif entry.is_file():
                    status = entry.stat()
                    found.append((path, status.st_size, status.st_mtime_ns))
    except OSError:
        return []
    return sorted(found)


@lru_cache(maxsize=8)
def _environment(own: Path | None, _stamp: tuple[State, ...]) -> "SandboxedEnvironment":
    from jinja2 import ChoiceLoader, FileSystemLoader, PrefixLoader, StrictUndefined, select_autoescape
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    shipped = PrefixLoader({_PREFIX: FileSystemLoader(SHIPPED)})
    return ImmutableSandboxedEnvironment(
        loader=ChoiceLoader([FileSystemLoader([SHIPPED] if own is None else [own, SHIPPED]), shipped]),
        undefined=StrictUndefined,
        autoescape=select_autoescape((), disabled_extensions=_NOT_HTML, default=True),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
