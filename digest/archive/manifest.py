"""`manifest.json` of an edition, for the sending script. It is written last: once it exists, the edition is complete.

The structs define the format, `schema` returns its JSON Schema. Within a version fields are only added; a change of
meaning raises `version`.
"""

import functools
import hashlib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from urllib.parse import urljoin

import msgspec
from msgspec import Struct

from digest.archive.media_types import media_type
from digest.config import Config, Digest
from digest.editions import Built, Item, Outcome, note_path
from digest.problems import ContentError, Problem

NAME = "manifest.json"
VERSION = 1


class LaterVersionError(ContentError):
    """A manifest was written by a later version of this program."""


class Window(Struct, frozen=True):
    """The span `[start, end)` that the edition covers, in the digest's zone."""

    start: datetime
    end: datetime


class ManifestPost(Struct, frozen=True):
    """A post of the edition, in reading order.

    `content_hash` is over title and body, `text_hash` over the body, if it has one; `path` is its file.
    """

    id: str
    url: str
    title: str
    date: datetime
    content_hash: str
    late: bool
    path: str = ""
    resend: bool = False
    text_hash: str = ""


class ManifestFile(Struct, frozen=True):
    """A file of the edition's folder. `bytes` is its length, `sha256` lower-case hex."""

    path: str
    bytes: int
    sha256: str
    type: str


class Manifest(Struct, frozen=True, kw_only=True):
    """An edition, ready to be sent.

    `idempotency_key` is the same whenever this edition is built: hand it to a provider that takes one, or refuse to
    send twice under it. `content_hash` is over subject, sender and files: an approval is of this content alone.
    `needs_approval`: send only when `approved.json` beside it has this hash. `draft`: do not send without a look.
    `placeholders` are the texts in the files that the sender replaces for each reader, by meaning. `files` does not
    name the manifest itself; `problems` is what composing the e-mail found. `image` is the URL of the first image.
    `previous` and `next` are the keys of the editions that `index.html` links; these links are not in `content_hash`.
    """

    version: int = VERSION
    digest: str
    key: str
    number: int = 0  # among the editions of the digest; 0 when it was not recorded
    idempotency_key: str
    title: str
    window: Window
    draft: bool
    needs_approval: bool = False
    content_hash: str = ""  # always filled in by `make` and `read`
    subject: str
    preheader: str
    sender: str
    reply_to: str
    to: str
    list_id: str
    unsubscribe: str
    one_click: bool
    archive_url: str
    image: str = ""
    previous: str = ""
    next: str = ""
    provider: str
    placeholders: dict[str, str]
    posts: tuple[ManifestPost, ...]
    skipped: tuple[str, ...] = ()
    note_hash: str = ""  # SHA-256 of the editor's note; empty when there was none
    files: tuple[ManifestFile, ...]
    checks: dict[str, int | bool | str] = {}
    problems: tuple[Problem, ...] = ()


def make(
    outcome: Outcome,
    files: Mapping[str, bytes],
    config: Config,
    *,
    subject: str,
    preheader: str,
    checks: Mapping[str, int | bool | str] = {},
    problems: tuple[Problem, ...] = (),
) -> Manifest:
    """Return the manifest of an outcome with an edition; `files` by name in its folder, without the manifest."""
    from digest.emails import placeholders

    edition, record = outcome.edition, outcome.record
    if edition is None or record is None:
        raise ValueError(f"{outcome.key} has no edition")
    digest, site = config.digests[edition.digest], config.site
    late = set(edition.late)
    manifest = Manifest(
        digest=edition.digest,
        key=edition.key,
        number=edition.number,
        idempotency_key=record.idempotency_key,
        title=digest.title,
        window=Window(edition.start, edition.end),
        draft=edition.draft,
        needs_approval=needs_approval(digest, draft=edition.draft),
        subject=subject,
        preheader=preheader,
        sender=_named(digest.sender, digest),
        reply_to=_named(digest.reply_to, digest),
        to=_named(digest.to, digest),
        list_id=_named(digest.list_id, digest),
        unsubscribe=digest.unsubscribe,
        one_click=digest.one_click,
        archive_url=urljoin(site.url, f"editions/{edition.key}/"),
        image=next((post.image.url for post in edition.posts if post.image), ""),
        provider=digest.provider,
        placeholders=placeholders(digest),
        posts=tuple(_post(item, late=item.id in late) for item in record.posts),
        skipped=record.skipped,
        note_hash=hash_note(config, edition.key),
        files=tuple(describe(name, files[name]) for name in sorted(files)),
        checks=dict(checks),
        problems=problems,
    )
    return msgspec.structs.replace(manifest, content_hash=hash_content(manifest))


def needs_approval(digest: Digest, *, draft: bool) -> bool:
    """Return whether an edition of `digest` is sent only after it was approved."""
    return digest.approve == "always" or (digest.approve == "drafts" and draft)


def hash_content(manifest: Manifest) -> str:
    """Return the SHA-256 of what readers get, in lower-case hex: the headers that the sender writes, and the files."""
    headers = (manifest.subject, manifest.sender, manifest.reply_to, manifest.to)
    content = (*headers, [(file.path, file.sha256) for file in manifest.files])
    return hashlib.sha256(msgspec.json.encode(content)).hexdigest()


def hash_note(config: Config, key: str) -> str:
    """Return the SHA-256 of the note for edition `key` in lower-case hex; empty when there is none."""
    try:
        note = (config.root / note_path(config, key)).read_bytes()
    except OSError:
        return ""
    return hashlib.sha256(note).hexdigest()


def encode(manifest: Manifest) -> bytes:
    """Return the file's content: UTF-8 JSON, indented, ending in a newline."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"


def read(path: Path) -> Manifest:
    """Return the manifest in file `path`. Raises `ContentError` when it is invalid or of a later version."""
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except OSError as error:
        raise ContentError(f"{path}: cannot be read: {error.strerror or error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ContentError(f"{path}: this is no manifest: {error}") from error
    if manifest.version > VERSION:
        raise LaterVersionError(f"{path}: version {manifest.version} is later than this program knows ({VERSION})")
    return msgspec.structs.replace(manifest, content_hash=manifest.content_hash or hash_content(manifest))


def event(manifest: Manifest) -> Built:
    """Return the ledger's line for a published edition."""
    posts = (_item(post) for post in manifest.posts)
    window = manifest.window
    return Built(
        key=manifest.key,
        start=window.start,
        end=window.end,
        posts=tuple(posts),
        draft=manifest.draft,
        skipped=manifest.skipped,
        number=manifest.number,
        idempotency_key=manifest.idempotency_key,
    )


def shown(config: Config, digest: str) -> dict[str, Path]:
    """Return the path of the manifest of every published edition of a digest by key, oldest key first."""
    folder = config.root / config.site.output / "editions" / digest
    if not folder.is_dir():
        return {}
    manifests = [path / NAME for path in sorted(folder.iterdir())]
    return {f"{digest}/{path.parent.name}": path for path in manifests if path.is_file()}


def path_of(config: Config, key: str) -> Path:
    """Return the path of the manifest of the edition `key`, whether or not there is one."""
    return config.root / config.site.output / "editions" / key / NAME


def is_whole(path: Path) -> bool:
    """Return whether the file `path` is a manifest; one of a later program is."""
    try:
        status = path.stat()
    except OSError:
        return False
    return _is_whole(path, status.st_size, status.st_mtime_ns)


@functools.lru_cache(maxsize=16_384)
def _is_whole(path: Path, _size: int, _mtime: int) -> bool:
    try:
        read(path)
    except LaterVersionError:
        return True
    except ContentError:
        return False
    return True


def published(config: Config, digest: str) -> tuple[Manifest, ...]:
    """Return the manifests of a digest's published editions, the newest first, without those that are damaged.

    Raises `ContentError` for one of a later program.
    """
    manifests = [read(path) for path in shown(config, digest).values() if is_whole(path)]
    return tuple(sorted(manifests, key=lambda manifest: (manifest.window.end, manifest.key), reverse=True))


def schema() -> bytes:
    """Return the manifest's JSON Schema as UTF-8 JSON."""
    document = msgspec.json.schema(Manifest)
    document["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    document["title"] = NAME
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def _named(value: str, digest: Digest) -> str:
    """Return `Name <address>` with the name escaped as in the headers of the message."""
    from digest.emails import escape_header

    name, mark, address = value.rpartition("<")
    return f"{escape_header(name, digest.provider)}{mark}{address}"


def _post(item: Item, *, late: bool) -> ManifestPost:
    return ManifestPost(
        id=item.id,
        url=item.url,
        title=item.title,
        date=item.date,
        content_hash=item.hash,
        late=late,
        path=item.path,
        resend=item.resend,
        text_hash=item.text,
    )


def _item(post: ManifestPost) -> Item:
    return Item(
        id=post.id,
        url=post.url,
        title=post.title,
        date=post.date,
        hash=post.content_hash,
        path=post.path,
        resend=post.resend,
        text=post.text_hash,
    )


def describe(name: str, content: bytes) -> ManifestFile:
    """Return the manifest's entry for a file of the edition."""
    return ManifestFile(name, len(content), hashlib.sha256(content).hexdigest(), media_type(name))
