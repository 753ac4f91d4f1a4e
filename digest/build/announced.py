"""What a WebSub hub was last notified of: the hash of each feed at that time."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from digest import files

ANNOUNCED = ".digest/announced.json"


class Announced(Struct, frozen=True):
    """The hub that was notified, and the hash of each feed at that time, by its path below the output folder."""

    hub: str = ""
    feeds: dict[str, str] = {}


def load(root: Path, hub: str) -> dict[str, str]:
    """Return the hashes of the feeds that `hub` was notified of; empty for another hub, or when nothing is recorded."""
    try:
        known = msgspec.json.decode((root / ANNOUNCED).read_bytes(), type=Announced)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return known.feeds if known.hub == hub else {}


def save(root: Path, hub: str, feeds: Mapping[str, str]) -> None:
    """Record what `hub` was notified of."""
    files.write(root, ANNOUNCED, msgspec.json.encode(Announced(hub, dict(sorted(feeds.items())))))


def hashes(folder: Path, paths: Iterable[str]) -> dict[str, str]:
    """Return the hash of each file of `paths` below `folder`; a missing one is left out."""
    found = {}
    for path in paths:
        try:
            content = (folder / path).read_bytes()
        except OSError:
            continue
        found[path] = hashlib.blake2b(content, digest_size=16).hexdigest()
    return found
