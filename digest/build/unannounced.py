"""Which feeds changed since a WebSub hub was last told: a file that builds add to, and that `digest ping` empties."""

from collections.abc import Iterable
from pathlib import Path, PurePosixPath

import msgspec
from msgspec import Struct

from digest import files

UNANNOUNCED = ".digest/unannounced.json"
_FEED_NAMES = ("feed.xml", "atom.xml", "feed.json")


class Unannounced(Struct, frozen=True):
    """The output files that changed, each with the number of the build that changed it last."""

    builds: int = 0
    paths: dict[str, int] = {}


def load(root: Path) -> Unannounced:
    """Return what changed since the last ping of the site in the folder `root`; nothing when the file is unreadable."""
    try:
        return msgspec.json.decode((root / UNANNOUNCED).read_bytes(), type=Unannounced)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return Unannounced()


def add(root: Path, changed: Iterable[str]) -> None:
    """Add the files that a build changed, paths below the output folder. The caller must hold the site's lock."""
    found = [path for path in changed if _may_be_feed(path)]
    if not found:
        return
    known = load(root)
    builds = known.builds + 1
    _write(root, Unannounced(builds, known.paths | dict.fromkeys(found, builds)))


def settle(root: Path, seen: Unannounced, told: Iterable[str]) -> None:
    """Remove the files `told`, but for those that changed again since `seen` was loaded.

    The caller must hold the site's lock.
    """
    known = load(root)
    gone = {path for path in told if known.paths.get(path) == seen.paths.get(path)}
    left = {path: build for path, build in known.paths.items() if path not in gone}
    _write(root, Unannounced(known.builds, left))


def _write(root: Path, unannounced: Unannounced) -> None:
    files.write(root, UNANNOUNCED, msgspec.json.encode(unannounced))


def _may_be_feed(path: str) -> bool:
    """Return whether a file can be a feed: those of single editions are none."""
    return not path.startswith("editions/") or PurePosixPath(path).name in _FEED_NAMES
