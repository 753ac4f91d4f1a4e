"""Copying what changed in the output folder, in an order that is right whenever it is interrupted.

The record at the destination names first what is going to change, as unfinished. So a run after one that was
interrupted copies all of that again, and the record never vouches for a file that is not there. A manifest is removed
before the files that it describes are replaced, and comes back after everything else: senders look for manifests.
"""

from collections.abc import Collection
from pathlib import Path

from msgspec import Struct

from digest.archive import locked, manifest
from digest.config import Config
from digest.problems import DigestError, Problem
from digest.storage import record
from digest.storage.destination import Destination, open_destination
from digest.storage.found import find_files

EDITIONS = "editions/"


class Copied(Struct, frozen=True):
    """What was copied: the number of files that were `copied` and `deleted` at `place`, and what is wrong."""

    place: str
    copied: int = 0
    deleted: int = 0
    problems: tuple[Problem, ...] = ()


def copy_output(config: Config, address: str) -> Copied:
    """Copy the files of the output folder that changed since the last copy to the destination at `address`.

    A file that is gone is removed there too, unless it is part of an edition. Raises what `open_destination` does,
    `WriteError` when the destination cannot be read or written, and `DigestError` when the output cannot be read.
    """
    destination = open_destination(config, address)
    output = config.root / config.site.output
    with locked(config, wait=True):
        found, problems = find_files(config)
        known, doubts = _read_record(destination)
        changed = [path for path, digest in found.items() if known.get(path) != digest]
        gone = [path for path in known if path not in found and not path.casefold().startswith(EDITIONS)]
        if gone and not found:
            raise DigestError(f"nothing was copied: {output} is empty, and {destination.place} has files of this site")
        if changed or gone:
            unfinished = dict.fromkeys([*changed, *gone], record.UNFINISHED)
            destination.write(record.NAME, record.encode({**known, **unfinished}))
            _copy(destination, output, changed, found)
            for path in gone:
                destination.remove(path)
            kept = {path: digest for path, digest in known.items() if path not in gone}
            destination.write(record.NAME, record.encode({**kept, **found}))
    return Copied(destination.place, len(changed), len(gone), (*problems, *doubts))


def _read_record(destination: Destination) -> tuple[dict[str, str], list[Problem]]:
    """Return the hashes of the files at the destination, none when nothing is known, and what is wrong with them."""
    content = destination.read(record.NAME)
    if content is None:
        return {}, []
    try:
        return record.decode(content), []
    except ValueError as error:
        return {}, [record.damaged(f"{destination.place}/{record.NAME}", error)]


def _copy(destination: Destination, output: Path, changed: Collection[str], found: Collection[str]) -> None:
    """Copy the files of editions, then what links to them, then the manifests."""
    editions = {path.rpartition("/")[0] for path in found if _is_manifest(path)}
    manifests = [path for path in changed if _is_manifest(path)]
    others = [path for path in changed if not _is_manifest(path)]
    for path in manifests:
        destination.remove(path)
    destination.copy(output, [path for path in others if _edition_folder(path) in editions])
    destination.copy(output, [path for path in others if _edition_folder(path) not in editions])
    destination.copy(output, manifests)


def _is_manifest(path: str) -> bool:
    return path.startswith(EDITIONS) and path.endswith(f"/{manifest.NAME}")


def _edition_folder(path: str) -> str:
    """Return the folder of the edition that a file is part of, `editions/weekly/2026-W47`, if it is part of one."""
    return "/".join(path.split("/")[:3])
