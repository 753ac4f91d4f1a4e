"""An edition as it is handed over: its files, held against its manifest."""

import hashlib
from pathlib import Path

from digest.archive import Manifest
from digest.archive import manifest as manifests
from digest.config import Config
from digest.problems import ContentError, DigestError
from digest.senders.journal import read_manifest
from digest.senders.protocol import Handover, Progress, no_progress

HTML, TEXT, MESSAGE = "email.html", "email.txt", "email.eml"


def load_edition(config: Config, key: str, progress: Progress = no_progress) -> Handover:
    """Return the edition `key` as it is handed over. Raises `DigestError` when a file is not what the manifest says."""
    edition = read_manifest(config, key)
    folder = manifests.path_of(config, key).parent
    listed = {file.path: file.sha256 for file in edition.files}
    html, text, message = (_read(folder, name, listed) for name in (HTML, TEXT, MESSAGE))
    return Handover(
        manifest=edition,
        folder=folder,
        name=name_of(edition),
        subject=edition.subject,
        html=html.decode(),
        text=text.decode(),
        message=message,
        progress=progress,
        former_names=_former_names(config, edition.digest),
    )


def _former_names(config: Config, digest: str) -> tuple[str, ...]:
    settings = config.digests.get(digest)
    return (settings.formerly,) if settings and settings.formerly else ()


def name_of(edition: Manifest) -> str:
    """Return an edition's name in a service: readable, and unlike that of any other site's edition."""
    return f"{edition.key} {edition.idempotency_key[:12]}"


def require_provider(edition: Manifest, via: str, provider: str) -> None:
    """Raise `DigestError` when an edition was built for another provider than the sender's."""
    if edition.provider == provider:
        return
    hint = f'write send_via = "{via}" into [digests.{edition.digest}], without a provider of its own'
    message = f'{edition.key} is built for the provider "{edition.provider}", and {via} fills in "{provider}"'
    raise DigestError(f"{message}: {hint}, then `digest build {edition.key}`")


def _read(folder: Path, name: str, listed: dict[str, str]) -> bytes:
    path = folder / name
    if name not in listed:
        raise DigestError(f"{folder.name}: its manifest names no {name}; build the edition again")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ContentError(f"{path}: cannot be read: {error.strerror or error}") from error
    if hashlib.sha256(content).hexdigest() != listed[name]:
        raise ContentError(f"{path}: this is not the file that the manifest means; build the edition again")
    return content
