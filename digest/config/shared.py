"""Settings that many sites share: a `digest.toml` in a folder above theirs that describes no site of its own.

It has no address, `[site] url`. What it sets holds in each site, table by table, unless the site sets it itself.
"""

import os
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from digest.config.toml_errors import syntax_problem
from digest.problems import ConfigError


class Shared(Struct, frozen=True):
    """The shared file: how messages name it, relative to the site's folder, its text, and what it says."""

    name: str
    text: str
    table: dict[str, Any]


def find_shared(file: Path) -> Shared | None:
    """Return the shared settings above a site's `digest.toml`, an absolute path; None when there are none.

    They are those of the nearest file above it, if that describes no site and belongs to the same owner, or to root.
    Raises `ConfigError` for one that cannot be read.
    """
    for folder in file.parent.parents:
        above = folder / file.name
        if above.is_file():
            return _read(above, file) if _is_trusted(above, file) else None
    return None


def holds(table: Mapping[str, Any], keys: Sequence[str]) -> bool:
    """Return whether a table, or a table in it, has what `keys` lead to; elements of an array are counted from 0."""
    found: Any = table
    for key in keys:
        try:
            found = found[int(key)] if isinstance(found, list) else found[key]
        except (KeyError, IndexError, TypeError, ValueError):
            return False
    return True


def _read(above: Path, file: Path) -> Shared | None:
    name = Path(os.path.relpath(above, file.parent)).as_posix()
    try:
        text = above.read_bytes().decode("utf-8-sig")
        table = tomllib.loads(text)
    except OSError as error:
        raise ConfigError(f"{name}: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{name}: this is not UTF-8; save the file as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        problem = syntax_problem(name, text, error)
        raise ConfigError(str(problem), [problem]) from error
    describes_site = holds(table, ("site", "url"))
    return None if describes_site else Shared(name, text, table)


def _is_trusted(above: Path, file: Path) -> bool:
    """Return whether a file is of the owner of the site's, or of root, who may set everything anyway."""
    return above.stat().st_uid in (file.stat().st_uid, 0)
