"""Walk the site's folders and list the files with size and timestamps. No file is opened here."""

import fnmatch
import os
import re
import stat
import time
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Literal

from msgspec import Struct

from digest.config.schema import Config

# Two writes within this time (nanoseconds) may leave the same timestamp: FAT's resolution is two seconds.
RESOLUTION = 2_000_000_000
_INCLUDES = "_includes"
_NO_POSTS = (".*", "node_modules", "__pycache__")


class Stamp(Struct, frozen=True, array_like=True, gc=False):
    """How a changed file is detected: `size` in bytes, `mtime` and `ctime` in nanoseconds since 1970."""

    size: int
    mtime: int
    ctime: int

    def is_settled(self, looked_at: int) -> bool:
        """Return whether a later change would alter the stamp, for a scan that began at `looked_at` (in nanoseconds).

        A file written just before the scan could be written again with the same stamp: racy-git has the reasons,
        https://git-scm.com/docs/racy-git
        """
        return max(self.mtime, self.ctime) < looked_at - RESOLUTION


class SeenFile(Struct, frozen=True, array_like=True, gc=False):
    """A file, a link, or a special file such as a pipe."""

    path: str  # relative to the site's folder, forward slashes
    stamp: Stamp | None  # None when `stat` fails, such as on a dangling link
    kind: Literal["file", "link", "other"]


class Scan(Struct, frozen=True):
    """The result of a scan that began at `began` (nanoseconds since 1970); each field is sorted by path."""

    began: int
    content: tuple[SeenFile, ...]  # below the content folder
    others: tuple[SeenFile, ...]  # templates, notes, static files and what posts include
    linked_folders: tuple[str, ...]  # links to folders below the content folder, which are not followed
    unreadable: tuple[tuple[str, str], ...]  # content folders that could not be read, with the reason
    unreadable_others: tuple[tuple[str, str], ...]  # other folders, likewise


def scan(config: Config) -> Scan:
    """List the files of the content folder, and of the other folders that a build reads.

    Folders that match `posts.ignore` are not entered, nor are the output and the ledger.
    """
    began = time.time_ns()
    site = config.site
    own_folders = (site.output, site.ledger, ".digest")
    content = _Walk(config, NamePatterns(config.posts.ignore), (*own_folders, site.notes, site.slots))
    content.visit(content_folder(config))
    others = _Walk(config, NamePatterns(_NO_POSTS), own_folders)
    for folder in dict.fromkeys((site.static, site.notes, site.slots, site.templates, includes_folder(config))):
        if folder and (config.root / folder).is_dir():
            others.visit(folder)
    return Scan(
        began=began,
        content=tuple(sorted(content.files, key=_path)),
        others=tuple(sorted(others.files, key=_path)),
        linked_folders=tuple(sorted(content.linked_folders)),
        unreadable=tuple(sorted(content.unreadable)),
        unreadable_others=tuple(sorted(others.unreadable)),
    )


def content_folder(config: Config) -> str:
    """Return the normalised content folder, a prefix of content files' paths; empty when it is the site's folder."""
    folder = PurePosixPath(config.site.content).as_posix()
    return "" if folder == "." else folder


def includes_folder(config: Config) -> str:
    """Return the folder of Jekyll's includes, `_includes` in the content folder or a parent; empty if none."""
    content = PurePosixPath(config.site.content)
    for folder in (content, *content.parents):
        if ".." not in folder.parts and (config.root / folder / _INCLUDES).is_dir():
            return (folder / _INCLUDES).as_posix()
    return ""


def includable(config: Config, seen: Scan) -> tuple[SeenFile, ...]:
    """Return the files in `seen` that posts may include.

    These are the files of the includes folder, and content files with a `_` at the start of a name in their path below
    the content folder.
    """
    folder = includes_folder(config)
    content = content_folder(config)
    from_folder = [file for file in seen.others if folder and file.path.startswith(f"{folder}/")]
    beside_posts = [file for file in seen.content if "/_" in f"/{file.path.removeprefix(f'{content}/')}"]
    return (*from_folder, *beside_posts)


def files_below(config: Config, folder: str) -> tuple[SeenFile, ...]:
    """Return every file below `folder`, a path relative to the site's folder, sorted by path."""
    walk = _Walk(config, NamePatterns(()), ())
    if (config.root / folder).is_dir():
        walk.visit(folder)
    return tuple(sorted(walk.files, key=_path))


class NamePatterns:
    """Patterns of names, as in `posts.ignore`, case-insensitive.

    One with a leading slash matches a path below the walked folder, any other a single name.
    """

    def __init__(self, patterns: Iterable[str]) -> None:
        names = [pattern for pattern in patterns if not pattern.startswith("/")]
        paths = [pattern.rstrip("/") for pattern in patterns if pattern.startswith("/")]
        self._names = _any_of(names)
        self._paths = _any_of(paths)

    def match(self, path: str) -> bool:
        """Return whether `path`, which begins with a slash, or its last name matches a pattern."""
        path = path.lower()
        name = path[path.rfind("/") + 1 :]
        return self._names.match(name) is not None or self._paths.match(path) is not None

    def match_any_part(self, path: str) -> bool:
        """Return whether `path`, which begins with a slash, or a folder above it matches a pattern."""
        parents = (folder.as_posix() for folder in PurePosixPath(path).parents)
        return any(map(self.match, (path, *parents)))


def _any_of(patterns: list[str]) -> re.Pattern[str]:
    expressions = [fnmatch.translate(pattern.lower()) for pattern in patterns]
    return re.compile("|".join(expressions) or "(?!)")


def _path(file: SeenFile) -> str:
    return file.path


class _Walk:
    """A walk and its results. Unreadable folders and entries are collected; the walk goes on."""

    def __init__(self, config: Config, ignored: NamePatterns, closed: Iterable[str]) -> None:
        self.files: list[SeenFile] = []
        self.linked_folders: list[str] = []
        self.unreadable: list[tuple[str, str]] = []
        self._root = config.root
        self._ignored = ignored
        self._closed = frozenset(os.path.realpath(config.root / folder) for folder in closed if folder)

    def visit(self, folder: str) -> None:
        """Add all files below `folder`, a path relative to the site's folder (empty: that folder)."""
        prefix = f"{PurePosixPath(folder).as_posix()}/" if folder else ""
        # The real path, so that every path below it is real too. No recursion: folders may be nested a thousand deep.
        waiting = [(os.path.realpath(self._root / folder), prefix, "/")]
        while waiting:
            real, prefix, below = waiting.pop()
            entries = self._list(real, prefix)
            folders = [entry for entry in entries if self._add_unless_folder(entry, prefix)]
            waiting += [
                (entry.path, f"{prefix}{entry.name}/", f"{below}{entry.name}/")
                for entry in folders
                if self._is_open(entry.path, below + entry.name)
            ]

    def _list(self, real: str, prefix: str) -> list[os.DirEntry[str]]:
        """Return the entries of a folder, up to the first that cannot be read."""
        entries = []
        try:
            with os.scandir(real) as listing:
                for entry in listing:
                    entries.append(entry)  # noqa: PERF402 - keep those before an error
        except OSError as error:
            self.unreadable.append((prefix.removesuffix("/"), error.strerror or str(error)))
        return entries

    def _is_open(self, real: str, below: str) -> bool:
        return real not in self._closed and not self._ignored.match(below)

    def _add_unless_folder(self, entry: os.DirEntry[str], prefix: str) -> bool:
        """Add a file, a link or a special file to the results; return whether the entry is a folder instead."""
        path = prefix + entry.name
        try:
            if entry.is_dir(follow_symlinks=False):
                return True
        except OSError as error:  # it may be a folder
            self.unreadable.append((path, error.strerror or str(error)))
            return False
        kind: Literal["file", "link", "other"] = "other"
        if entry.is_symlink():
            kind = "link"
        elif entry.is_file(follow_symlinks=False):
            kind = "file"
        try:
            status = entry.stat()
        except OSError as error:
            was_removed = kind != "link" and isinstance(error, FileNotFoundError)
            if not was_removed:
                self.files.append(SeenFile(path, None, kind))
            return False
        if stat.S_ISDIR(status.st_mode):
            self.linked_folders.append(path)
        stamp = Stamp(status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        self.files.append(SeenFile(path, stamp, kind))
        return False
