"""Copying what changed in the output folder, in an order that is right whenever it is interrupted.

The record at the destination names first what is going to change, as unfinished. So a run after one that was
interrupted copies all of that again, and the record never vouches for a file that is not there. A manifest is removed
before the files that it describes are replaced, and comes back after everything else: senders look for manifests.
"""

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
    """What was done: the number of files that were `copied` to `place` and `deleted` there, and what is wrong."""

    place: str
    copied: int = 0
    deleted: int = 0
    problems: tuple[Problem, ...] = ()


class Plan(Struct, frozen=True):
    """What a copy has to do: files that `changed` are copied, those that are `gone` are removed.

    `found` are the hashes of the output's files by their paths, `known` those of the record.
    """

    found: dict[str, str]
    known: dict[str, str]
    changed: list[str]
    gone: list[str]


def copy_output(config: Config, address: str) -> Copied:
    """Copy the files of the output folder that changed since the last copy to the destination at `address`.

    A file that is gone is removed there too, unless it is part of an edition. Raises what `open_destination` does,
    `WriteError` when the destination cannot be read or written, and `DigestError` when the output cannot be read.
    """
    destination = open_destination(config, address)
    output = config.root / config.site.output
    with locked(config, wait=True):
        found, left_out = find_files(config)
        known, doubts = _read_record(destination)
        plan = _make_plan(found, known)
        if plan.gone and not found:
            raise DigestError(f"nothing was copied: {output} is empty, and {destination.place} has files of this site")
        if plan.changed or plan.gone:
            _carry_out(plan, output, destination)
    return Copied(destination.place, len(plan.changed), len(plan.gone), (*left_out, *doubts))


def _read_record(destination: Destination) -> tuple[dict[str, str], list[Problem]]:
    """Return the hashes of the files at the destination, none when nothing is known, and what is wrong with them."""
    content = destination.read(record.NAME)
    if content is None:
        return {}, []
    try:
        return record.decode(content), []
    except ValueError as error:
        return {}, [record.damaged(f"{destination.place}/{record.NAME}", error)]


def _make_plan(found: dict[str, str], known: dict[str, str]) -> Plan:
    changed = [path for path, sha256 in found.items() if known.get(path) != sha256]
    missing = [path for path in known if path not in found]
    # Where a file system does not tell capitals apart, another spelling leads to the editions as well.
    gone = [path for path in missing if not path.casefold().startswith(EDITIONS)]
    return Plan(found, known, changed, gone)


def _carry_out(plan: Plan, output: Path, destination: Destination) -> None:
    unfinished = dict.fromkeys([*plan.changed, *plan.gone], record.UNFINISHED)
    destination.write(record.NAME, record.encode({**plan.known, **unfinished}))
    files_of_editions, others, manifests = _in_order(plan)
    for path in manifests:
        destination.remove(path)
    for paths in (files_of_editions, others, manifests):
        destination.copy(output, paths)
    for path in plan.gone:
        destination.remove(path)
    kept = plan.known.keys() - set(plan.gone)
    destination.write(record.NAME, record.encode({path: plan.known[path] for path in kept} | plan.found))


def _in_order(plan: Plan) -> tuple[list[str], list[str], list[str]]:
    """Return the changed files of editions, the feeds and pages, which link to those, and the manifests."""
    editions = {path.rpartition("/")[0] for path in plan.found if _is_manifest(path)}
    files_of_editions, others, manifests = [], [], []
    for path in plan.changed:
        edition = "/".join(path.split("/")[:3])  # editions/weekly/2026-W48
        if _is_manifest(path):
            manifests.append(path)
        elif edition in editions:
            files_of_editions.append(path)
        else:
            others.append(path)
    return files_of_editions, others, manifests


def _is_manifest(path: str) -> bool:
    return path.startswith(EDITIONS) and path.endswith(f"/{manifest.NAME}")
