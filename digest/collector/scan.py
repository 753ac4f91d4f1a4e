"""One look at the site's folders: what stands where, how large it is and since when.

A run looks once. A build that has nothing to do finds that out from it, and the collector takes its files from it, so
that neither the one nor the other walks a hundred thousand files again. Nothing is opened here.

A file that changed just now could change again without a change of size or time, within the grain of the clock that
the file system keeps. Of such a file the time of its last change of any kind (ctime, which nobody can set) must be the
same too before it is taken for unchanged.
"""

import fnmatch
import functools
import operator
import os
import re
import stat as modes
import sys
import time
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Literal, NamedTuple

import msgspec
from msgspec import Struct

from digest.config.schema import Config
from digest.patterns import pattern
from digest.pool import beside

GRAIN = 2_000_000_000  # nanoseconds within which two writes of a file may carry the same time (FAT: two seconds)
_TICK = 50_000_000  # the same for ctime, which the kernel sets: a few ticks of its clock
UNSURE = -1
_MANY = 1_000  # files after which another process pays
_WILD = pattern(r"[*?\[]")
_by_path = operator.attrgetter("path")


class Seen(Struct, frozen=True, array_like=True, gc=False):
    """A file. `size` is bytes, `mtime` and `ctime` nanoseconds since 1970.

    All three are -1 for a file that cannot be looked at and for a link that leads to nothing, or to itself.
    """

    path: str  # relative to the site's folder, forward slashes; absolute when it stands elsewhere
    size: int
    mtime: int
    ctime: int
    kind: Literal["file", "link", "other"]

    def witness(self, began: int) -> int:
        """Return what else must be the same to take the file for unchanged, for a look that `began` then.

        0 is nothing, `UNSURE` that nothing is enough, any other number the ctime.
        """
        if self.mtime < began - GRAIN:
            return 0
        return self.ctime if self.ctime < began - _TICK and os.name == "posix" else UNSURE


class Scan(Struct, frozen=True, eq=False):
    """What stood there at `began` (nanoseconds since 1970): `content` is below the content folder, by path.

    `others` are the program's own files and all the rest that a build reads. `linked` are links to folders, which are
    not followed, `unreadable` the content folder or folders in it that could not be looked at, with the reason.
    """

    began: int
    content: tuple[Seen, ...]
    others: tuple[Seen, ...]
    linked: tuple[str, ...]
    unreadable: tuple[tuple[str, str], ...]


def scan(config: Config, jobs: int = 1) -> Scan:
    """Return what stands in the content folder, and in the other folders that a build reads.

    Folders that `posts.ignore` names are not entered, nor are the output and the ledger. With several `jobs` (0: one a
    core) another process takes half of a large archive: then this one must have no other threads.
    """
    began = time.time_ns()
    site = config.site
    content = _Walk(config, ignored(config.posts.ignore), (site.output, site.notes, site.ledger, ".digest"))
    content.visit(
        os.fspath(config.root / site.content), content_folder(config), shared=(jobs or os.cpu_count() or 1) > 1
    )
    others = _Walk(config, ignored((".*", "node_modules", "__pycache__")), (site.output, site.ledger))
    for name in dict.fromkeys((site.static, site.notes, site.templates)):
        if name:
            others.visit(os.fspath(config.root / name), PurePosixPath(name).as_posix())
    for folder in program_folders():
        others.visit(folder, folder)
    return Scan(
        began,
        tuple(sorted(content.files, key=_by_path)),
        tuple(sorted(others.files, key=_by_path)),
        tuple(sorted(content.linked)),
        tuple(sorted(content.unreadable)),
    )


def content_folder(config: Config) -> str:
    """Return what the paths of content files begin with: their folder, empty when that is the site's own."""
    folder = PurePosixPath(config.site.content).as_posix()
    return "" if folder == "." else folder


def below(config: Config, folder: str) -> tuple[Seen, ...]:
    """Return every file below `folder`, a path relative to the site's folder, by path."""
    walk = _Walk(config, ignored(()), ())
    walk.visit(os.fspath(config.root / folder), folder)
    return tuple(sorted(walk.files, key=_by_path))


def program_folders() -> tuple[str, ...]:
    """Return the folders with this program's modules and templates."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120
    beside = os.path.join(os.path.dirname(package), "templates")  # noqa: PTH118, PTH120
    return (package,) if os.path.isdir(os.path.join(package, "templates")) else (package, beside)  # noqa: PTH112, PTH118


@functools.cache
def environment() -> tuple[str, int]:
    """Return what differs when Python or a package beside this program does: an upgrade changes their folder."""
    return sys.version, Path(msgspec.__file__).parent.parent.stat().st_mtime_ns


def ignored(patterns: Iterable[str]) -> "Ignored":
    """Return what tells the names that `patterns` match: one with a leading slash matches a path below the folder
    that is walked, any other a single name; neither minds case."""
    names = [pattern for pattern in patterns if not pattern.startswith("/")]
    paths = [pattern.rstrip("/") for pattern in patterns if pattern.startswith("/")]
    begins = (tuple(_WILD.split(name.lower())[0] for name in group) for group in (names, paths))
    return Ignored(_any_of(names), _any_of(paths), *begins)


class Ignored(NamedTuple):
    """Whether a path, which begins with a slash, is left out for its name or as a whole."""

    names: re.Pattern[str]
    paths: re.Pattern[str]
    name_begins: tuple[str, ...]  # of what `names` matches: most files begin otherwise, and that is told fast
    path_begins: tuple[str, ...]

    def __call__(self, path: str) -> bool:
        """Return whether one of the patterns matches."""
        path = path.lower()
        name = path[path.rfind("/") + 1 :]
        if name.startswith(self.name_begins) and self.names.match(name):
            return True
        return path.startswith(self.path_begins) and self.paths.match(path) is not None


def _any_of(patterns: Iterable[str]) -> re.Pattern[str]:
    return pattern("|".join(fnmatch.translate(pattern.lower()) for pattern in patterns) or "(?!)")


_Folder = tuple[str, str, str]  # that is to be entered: where it is, what its files' paths begin with, and its own
_Told = tuple[list[Seen], list[str], list[tuple[str, str]]]
_encode = msgspec.msgpack.Encoder().encode
_decode_told = msgspec.msgpack.Decoder(_Told).decode


class _Walk:
    """What a walk found, and what it does not enter."""

    def __init__(self, config: Config, ignored: Ignored, closed: Iterable[str]) -> None:
        self.files: list[Seen] = []
        self.linked: list[str] = []
        self.unreadable: list[tuple[str, str]] = []
        self._ignored = ignored
        self._closed = frozenset(os.path.realpath(config.root / folder) for folder in closed if folder)

    def visit(self, folder: str, path: str, *, shared: bool = False) -> None:
        """Add all that stands below `folder`, which is `path` to the site; another process may have its share."""
        # The real path, so that every path below it is real too. No recursion: folders may be nested a thousand deep.
        waiting = [(os.path.realpath(folder), f"{path}/" if path else "", "/")]
        if not shared:
            self._visit(waiting)
            return
        self._visit(waiting, _MANY)
        share, waiting = waiting[::2], waiting[1::2]
        if not waiting:
            self._visit(share)
            return
        shared_out = beside(lambda: self._told(share))
        self._visit(waiting)
        try:
            files, linked, unreadable = _decode_told(shared_out())
        except msgspec.DecodeError:  # it came to nothing
            self._visit(share)
            return
        self.files += files
        self.linked += linked
        self.unreadable += unreadable

    def _told(self, waiting: list[_Folder]) -> bytes:
        """Return what stands below some folders alone, for another process."""
        self.files, self.linked, self.unreadable = [], [], []
        self._visit(waiting)
        return _encode((self.files, self.linked, self.unreadable))

    def _visit(self, waiting: list[_Folder], many: int = sys.maxsize) -> None:
        """Add all that stands below the folders that are `waiting`, until `many` files are found."""
        while waiting and len(self.files) < many:
            folder, prefix, below = waiting.pop()
            try:
                with os.scandir(folder) as entries:
                    for entry in entries:
                        self._look_at(entry, prefix, below, waiting)
            except OSError as error:
                self.unreadable.append((prefix.removesuffix("/"), error.strerror or str(error)))

    def _look_at(self, entry: os.DirEntry[str], prefix: str, below: str, waiting: list[_Folder]) -> None:
        """Add an entry of a folder, a folder to those that are `waiting`; whatever is wrong with it costs no other."""
        name = entry.name
        path = prefix + name
        try:
            folder = entry.is_dir(follow_symlinks=False)
        except OSError as error:  # it may be a folder
            self.unreadable.append((path, error.strerror or str(error)))
            return
        if not folder:
            self._add(entry, path)
        elif entry.path not in self._closed and not self._ignored(below + name):
            waiting.append((entry.path, f"{path}/", f"{below}{name}/"))

    def _add(self, entry: os.DirEntry[str], path: str) -> None:
        """Add a file, a link, or a pipe and the like."""
        kind: Literal["file", "link", "other"] = "file" if entry.is_file(follow_symlinks=False) else "other"
        if entry.is_symlink():
            kind = "link"
        try:
            stat = entry.stat()
        except OSError as error:
            removed = kind != "link" and isinstance(error, FileNotFoundError)  # just now
            if not removed:
                self.files.append(Seen(path, -1, -1, -1, kind))
            return
        if modes.S_ISDIR(stat.st_mode):
            self.linked.append(path)
        self.files.append(Seen(path, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, kind))
