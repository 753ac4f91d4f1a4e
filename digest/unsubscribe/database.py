"""SQLite databases with what is known of readers: files that nobody but the owner reads, and that git ignores."""

import shutil
import sqlite3
import subprocess
from collections.abc import Sequence
from pathlib import Path

from digest.generators import copied_by
from digest.problems import ConfigError, WriteError

FOLDER = "private"  # below the site's folder; not .digest, which is a cache that may be deleted at any time
_IGNORE_ALL = "# addresses of readers: never commit this folder\n*\n"


def private_path(root: Path, name: str, public: Sequence[Path] = ()) -> Path:
    """Return the path of a private file; `name` is relative to `root`, the site's folder.

    Raises `ConfigError` when the file would lie in one of the `public` folders, and when git would take it in.
    """
    path = (root / Path(name).expanduser()).resolve()
    if any(path.is_relative_to(folder.resolve()) for folder in public):
        raise ConfigError(f'{name} would be published: addresses belong into a folder such as "{FOLDER}"')
    refuse_copied(root, path, name)
    _prepare_folder(path.parent)
    _refuse_committed(path)
    return path


def refuse_copied(root: Path, path: Path, name: str) -> None:
    """Raise `ConfigError` when the site's generator would copy a file with addresses, `name`, into its output."""
    generator = copied_by(root, path)
    if generator:
        top = path.resolve().relative_to(root.resolve()).parts[0]
        raise ConfigError(f'{name} would be published: {generator} copies it; add "{top}" to exclude in its settings')


def open_database(path: Path, schema: str, *, flush: bool = True) -> sqlite3.Connection:
    """Return a database with the tables of `schema`, in autocommit mode. Raises `WriteError`.

    A killed process loses no transaction. With `flush` a power failure loses none either, at the cost of a flush each.
    """
    try:
        path.touch(mode=0o600)
        database = sqlite3.connect(path, timeout=10, isolation_level=None)
        database.execute("PRAGMA journal_mode = WAL")
        database.execute(f"PRAGMA synchronous = {'FULL' if flush else 'NORMAL'}")
        database.executescript(schema)
    except (OSError, sqlite3.Error) as error:
        raise WriteError(f"{path}: cannot be opened: {error}") from error
    return database


def _prepare_folder(folder: Path) -> None:
    """Make a folder that git ignores, unless it exists."""
    if folder.exists():
        return
    try:
        folder.mkdir(parents=True, mode=0o700)
        (folder / ".gitignore").write_text(_IGNORE_ALL, encoding="utf-8")
    except OSError as error:
        raise WriteError(f"{folder}: cannot be made: {error.strerror or error}") from error


def git_takes_in(path: Path) -> bool:
    """Return whether a file lies in a git work tree, and is not ignored there."""
    if shutil.which("git") is None:
        return False
    command = ["git", "-C", str(path.parent), "check-ignore", "--quiet", str(path)]
    ended = subprocess.run(command, check=False, capture_output=True)
    return ended.returncode == 1  # 0: ignored, 128: no work tree


def _refuse_committed(path: Path) -> None:
    """Raise `ConfigError` when git would take a file in."""
    if git_takes_in(path):
        hint = f'add "{path.name}*" to {path.parent / ".gitignore"}, and take it out with `git rm --cached` if need be'
        raise ConfigError(f"{path}: git does not ignore this file, which holds addresses; {hint}")
