"""The Jinja2 environment that pages and e-mails share: where templates are found and what they may do.

A user's template replaces the shipped one of the same name. Templates are the owner's code, but the text they show is
not: HTML is escaped unless it is known to be clean, an unknown name is an error, and the sandbox keeps what a post says
from reaching Python.
"""

import os
import stat
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2.sandbox import SandboxedEnvironment

_INSTALLED = Path(__file__).parent / "templates"
SHIPPED = _INSTALLED if _INSTALLED.is_dir() else Path(__file__).parent.parent / "templates"
_NOT_HTML = ("txt", "txt.jinja", "css")  # ends of names
_SYNTAX = {
    "trim_blocks": True,
    "lstrip_blocks": True,
    "keep_trailing_newline": True,
    "optimized": False,  # it takes longer than it saves: templates have no constants to work out
}


def environment(own: Path | None) -> "SandboxedEnvironment":
    """Return the environment of the shipped templates and, before them, those in the folder `own`.

    It is the same one for every call until a file in the folder is added or removed. Everything is escaped as HTML
    except in templates whose name ends in `.txt`, `.txt.jinja` or `.css`.
    """
    # Jinja notices when a template changes, but not when a new one goes before another of the same name.
    if own is None or not own.is_dir():
        return _environment(None, ())
    return _environment(own, tuple(sorted(os.listdir(own))))  # noqa: PTH208


def stamp(own: Path | None) -> tuple[tuple[str, int, int], ...]:
    """Return path, size in bytes and modification time in nanoseconds of every template, shipped or in `own`."""
    states = _states(SHIPPED)
    if own is not None:
        states += _states(own)
    return tuple(states)


def _states(folder: Path) -> list[tuple[str, int, int]]:
    states = []
    for file in sorted(folder.rglob("*")):
        try:
            status = file.stat()
        except OSError:  # a link to nothing is no template
            continue
        if stat.S_ISREG(status.st_mode):
            states.append((file.relative_to(folder).as_posix(), status.st_size, status.st_mtime_ns))
    return states


@lru_cache(maxsize=8)
def _environment(own: Path | None, _names: tuple[str, ...]) -> "SandboxedEnvironment":
    from jinja2 import FileSystemLoader, StrictUndefined, select_autoescape
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    return ImmutableSandboxedEnvironment(
        loader=FileSystemLoader([own, SHIPPED] if own else SHIPPED),
        undefined=StrictUndefined,
        autoescape=select_autoescape((), disabled_extensions=_NOT_HTML, default=True),
        **_SYNTAX,
    )
