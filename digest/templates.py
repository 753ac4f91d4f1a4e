"""The Jinja2 environment that pages and e-mails share: where templates are found and what they may do.

A user's template replaces the shipped one of the same name. Templates are the owner's code, but the text they show is
not: HTML is escaped unless it is known to be clean, an unknown name is an error, and the sandbox keeps what a post says
from reaching Python.
"""

import os
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from digest.config.schema import Config

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


def environment(config: Config) -> "SandboxedEnvironment":
    """Return the environment for the site's templates, the same one for every call with the same folder.

    Everything is escaped as HTML except in templates whose name ends in `.txt`, `.txt.jinja` or `.css`.
    """
    own = config.root / config.site.templates if config.site.templates else None
    # Jinja notices when a template changes, but not when a new one goes before another of the same name.
    return _environment(own, tuple(sorted(os.listdir(own))) if own and own.is_dir() else ())  # noqa: PTH208


def stamp(config: Config) -> tuple[tuple[str, int, int], ...]:
    """Return name, size and time of every template: it differs whenever one was changed."""
    folders = [SHIPPED, *([config.root / config.site.templates] if config.site.templates else [])]
    files = (file for folder in folders if folder.is_dir() for file in sorted(folder.glob("*.*")))
    return tuple((file.name, (stat := file.stat()).st_size, stat.st_mtime_ns) for file in files)


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
