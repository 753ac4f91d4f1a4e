"""Writing an edition's folder: its files, its manifest last, then the ledger's line.

An edition is published once its manifest exists. The manifest is written after every other file and the ledger's line
after the manifest, so a kill between the two leaves an edition that is not in the ledger; `settle_ledger` adds it.
"""

from collections.abc import Container, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct

from digest import files
from digest.archive import manifest as manifests
from digest.archive.lock import writing
from digest.archive.manifest import Manifest
from digest.archive.neighbours import with_links
from digest.config import Config
from digest.editions import Approved, Event, Outcome, Sent
from digest.editions import ledger as ledgers
from digest.problems import DigestError

# Beside the manifest, so that a sending script sees them and a lost ledger can be rebuilt with them.
SENT = "sent.json"
APPROVED = "approved.json"


Kind = TypeVar("Kind")


class Mark(Struct, frozen=True):
    """`sent.json`: the edition beside it was sent at `at`. It holds nothing else, since it is public."""

    key: str
    at: datetime


class ApprovalMark(Struct, frozen=True):
    """`approved.json`: the edition beside it was approved at `at`, while its manifest had this `content_hash`."""

    key: str
    content_hash: str
    at: datetime


def publish_edition(
    config: Config, outcome: Outcome, contents: Mapping[str, bytes], manifest: Manifest
) -> tuple[str, ...]:
    """Write an edition's files (`contents` by name), its manifest last, then its ledger line.

    Returns the paths that changed, below the output folder. The manifest of an edition that changes is removed first,
    so that a manifest never describes other files than those beside it. Raises `WriteError`, and `LockedError` when
    another run has begun meanwhile. The caller must hold the lock.
    """
    with writing(config):
        return _publish(config, outcome, contents, manifest)


def _publish(config: Config, outcome: Outcome, contents: Mapping[str, bytes], manifest: Manifest) -> tuple[str, ...]:
    output = config.root / config.site.output
    folder = f"editions/{outcome.key}"
    manifest_path = f"{folder}/{manifests.NAME}"
    contents, manifest = with_links(config, contents, manifest, _former(output / manifest_path))
    wanted = {f"{folder}/{name}": content for name, content in contents.items()}
    encoded = manifests.encode(manifest)
    changed: list[str] = []
    if not _is_published(output, {**wanted, manifest_path: encoded}):
        if files.remove(output, manifest_path):
            files.sync_folder(output / folder)
        for path, content in wanted.items():
            if files.write(output, path, content):
                changed.append(path)
        for parent in sorted({files.locate(output, path).parent for path in wanted}):
            files.sync_folder(parent)
        files.write(output, manifest_path, encoded)
        files.sync_folder(output / folder)
        changed.append(manifest_path)
        _remove_former_images(output, folder, wanted)
    _record(config, outcome)
    _restore_approval(config, outcome.digest, manifest)
    return tuple(changed)


def _former(path: Path) -> Manifest | None:
    return manifests.read(path) if manifests.is_whole(path) else None


def _remove_former_images(output: Path, folder: str, wanted: Container[str]) -> None:
    """Remove the copies of images that an earlier build of the edition in `folder` made."""
    from digest.emails import IMAGES_FOLDER

    images = output / folder / IMAGES_FOLDER
    names = sorted(path.name for path in images.iterdir()) if images.is_dir() else []
    for path in [f"{folder}/{IMAGES_FOLDER}/{name}" for name in names]:
        if path not in wanted:
            files.remove(output, path)


def record(config: Config, outcome: Outcome) -> None:
    """Append an outcome's event to the ledger; for a restored edition that was sent, write `sent.json` again.

    The caller must hold the lock. Raises `LockedError` when another run has begun meanwhile.
    """
    with writing(config):
        _record(config, outcome)


def _record(config: Config, outcome: Outcome) -> None:
    ledger = ledgers.path_of(config, outcome.digest)
    if outcome.event is not None:
        ledgers.append(ledger, outcome.event)
    elif outcome.status == "restored":
        sent = ledgers.read(ledger).sent.get(outcome.key)
        if sent is not None:
            write_mark(config, sent)


def append(config: Config, digest: str, events: Sequence[Event]) -> None:
    """Append events to the ledger of a digest, if there are any.

    The caller must hold the lock. Raises `LockedError` when another run has begun meanwhile.
    """
    if events:
        with writing(config):
            ledgers.append(ledgers.path_of(config, digest), *events)


def write_mark(config: Config, sent: Sent) -> None:
    """Write the `sent.json` of an edition. Raises `WriteError`."""
    mark = msgspec.json.encode(Mark(sent.key, sent.at)) + b"\n"
    files.write(config.root / config.site.output, f"editions/{sent.key}/{SENT}", mark)


def _restore_approval(config: Config, digest: str, manifest: Manifest) -> None:
    """Write the `approved.json` of an edition whose content is approved by the ledger."""
    for approval in ledgers.read(ledgers.path_of(config, digest)).approved.get(manifest.key, ()):
        if approval.content == manifest.content_hash:
            write_approval(config, approval)


def write_approval(config: Config, approved: Approved) -> None:
    """Write the `approved.json` of an edition. Raises `WriteError`."""
    mark = msgspec.json.encode(ApprovalMark(approved.key, approved.content, approved.at)) + b"\n"
    files.write(config.root / config.site.output, f"editions/{approved.key}/{APPROVED}", mark)


def read_approval(manifest: Path) -> ApprovalMark | None:
    """Return the `approved.json` beside the file `manifest`; None when there is none. Raises `DigestError`."""
    return _read_beside(manifest, APPROVED, ApprovalMark)


def read_mark(manifest: Path) -> Mark | None:
    """Return the `sent.json` beside the file `manifest`; None when there is none. Raises `DigestError`."""
    return _read_beside(manifest, SENT, Mark)


def _read_beside(manifest: Path, name: str, kind: type[Kind]) -> Kind | None:
    path = manifest.parent / name
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DigestError(f"{path}: cannot be read: {error}") from error


def _is_published(output: Path, wanted: Mapping[str, bytes]) -> bool:
    """Return whether every file exists with this content."""
    try:
        return all(files.locate(output, path).read_bytes() == content for path, content in wanted.items())
    except OSError:
        return False
