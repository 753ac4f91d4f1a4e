"""Published editions: writing one, what stands in the output, marking one as sent, and the page that lists them.

An edition is there when its manifest is. The manifest is written after every other file and the ledger's line after the
manifest, so a kill between the two leaves an edition that the ledger does not know yet; `settle` takes it in.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from digest import files as publish
from digest.archive import manifest as manifests
from digest.archive.lock import locked
from digest.archive.manifest import Manifest
from digest.collector.post import Post
from digest.config.schema import Config
from digest.editions import ledger as ledgers
from digest.editions.ledger import Built, Event, Ledger, Sent
from digest.editions.plan import Outcome
from digest.problems import DigestError, did_you_mean

SENT = "sent.json"  # beside the manifest, so that a lost ledger can be made anew with what was sent


_FILES = {"rss": "feed.xml", "atom": "atom.xml", "json": "feed.json"}
_TYPES = {"rss": "application/rss+xml", "atom": "application/atom+xml", "json": "application/feed+json"}


class Mark(Struct, frozen=True):
    """`sent.json`: the edition beside it was sent at `at`. It says no more, since it is published."""

    key: str
    at: datetime


def content_hash(title: str, body: bytes) -> str:
    """Return the hash that a renamed post is recognised by: SHA-256 over title and body, lower-case hex."""
    return hashlib.sha256(title.encode("utf-8", "replace") + b"\0" + body).hexdigest()


def hash_file(config: Config, post: Post) -> str:
    """Return the `content_hash` of `post`, reading its file; of a file that is gone, that of an empty body."""
    try:
        data = (config.root / post.path).read_bytes()[post.body_start :]
    except OSError:
        data = b""
    return content_hash(post.title, data.replace(b"\r\n", b"\n"))


def publish_edition(
    config: Config, outcome: Outcome, files: Mapping[str, bytes], manifest: Manifest
) -> tuple[str, ...]:
    """Write an edition's files, its manifest last, then its ledger line; return the paths that changed, below output.

    An edition that changes loses its manifest first, so that at no moment a manifest stands beside other files than
    its own. Raises `WriteError`. Whoever calls holds the lock.
    """
    output, folder = config.root / config.site.output, f"editions/{outcome.key}"
    last = manifests.encode(manifest)
    path = f"{folder}/{manifests.NAME}"
    changed: list[str] = []
    whole = {f"{folder}/{name}": content for name, content in files.items()}
    if not all(_same(output, name, content) for name, content in {**whole, path: last}.items()):
        if publish.remove(output, path):
            publish.sync_folder(output / folder)
        changed = [name for name, content in whole.items() if publish.write(output, name, content)]
        publish.sync_folder(output / folder)
        publish.write(output, path, last)
        publish.sync_folder(output / folder)
        changed.append(path)
    record(config, outcome)
    return tuple(changed)


def record(config: Config, outcome: Outcome) -> None:
    """Append what an outcome has for the ledger, and say beside a manifest that is restored that it was sent."""
    path = ledgers.path_of(config, outcome.digest)
    if outcome.event is not None:
        ledgers.append(path, outcome.event)
    elif outcome.status == "restored" and (sent := ledgers.read(path).sent.get(outcome.key)):
        _mark(config, sent)


def shown(config: Config, digest: str) -> dict[str, Path]:
    """Return the manifest of every published edition of a digest by key, oldest key first."""
    folder = config.root / config.site.output / "editions" / digest
    found = (path / manifests.NAME for path in sorted(folder.iterdir())) if folder.is_dir() else ()
    return {f"{digest}/{path.parent.name}": path for path in found if path.is_file()}


def load(config: Config, digest: str) -> tuple[Ledger, tuple[Event, ...]]:
    """Return the ledger together with what is published, and the events that only the output knows."""
    path = ledgers.path_of(config, digest)
    ledger = ledgers.read(path)
    missing: list[Event] = []
    for key, file in shown(config, digest).items():
        if key not in ledger.editions:
            missing.append(manifests.event(manifests.read(file)))
        if key not in ledger.sent and (mark := _sent(file.parent / SENT)):
            missing.append(Sent(key, mark.at))
    return (ledger, ()) if not missing else (ledgers.fold([*ledger.events, *missing], ledger.problems), tuple(missing))


def settle(config: Config, digest: str) -> Ledger:
    """Return the ledger after adding what only the output knows, as a killed run leaves it. Under the lock."""
    ledger, missing = load(config, digest)
    for event in missing:
        ledgers.append(ledgers.path_of(config, digest), event)
    return ledger


def rebuild(config: Config, digest: str) -> int:
    """Write the ledger of a digest anew from its published manifests; return how many editions it holds.

    What the present file says and can be read is kept. Under the lock.
    """
    path = ledgers.path_of(config, digest)
    events = list(ledgers.salvage(path))
    known = {event.key for event in events if isinstance(event, Built)}
    sent = {event.key for event in events if isinstance(event, Sent)}
    for key, file in shown(config, digest).items():
        if key not in known:
            events.append(manifests.event(manifests.read(file)))
        if key not in sent and (mark := _sent(file.parent / SENT)):
            events.append(Sent(key, mark.at))
    ledger = ledgers.fold(events)
    publish.write(config.root, f"{config.site.ledger}/{digest}.jsonl", ledgers.lines(ledger.events))
    return len(ledger.editions)


def mark_sent(config: Config, key: str, now: datetime, ref: str = "") -> bool:
    """Record that edition `key` was sent at `now`, as `ref` in the sender's words; return False when it was already.

    Raises `DigestError` for an edition that was never built. Takes and waits for the lock.
    """
    digest = key.partition("/")[0]
    if digest not in config.digests:
        raise DigestError(f'there is no digest "{digest}"; known: {", ".join(sorted(config.digests)) or "none"}')
    with locked(config, wait=True):
        ledger = settle(config, digest)
        if key not in ledger.editions:
            near = did_you_mean(key, ledger.editions)
            raise DigestError(f"{key} was never built" + (f"; {near}" if near else ""))
        if key in ledger.sent:
            return False
        event = Sent(key, now, ref)
        if key in shown(config, digest):
            _mark(config, event)
        ledgers.append(ledgers.path_of(config, digest), event)
    return True


def page(config: Config, digest: str, editions: Sequence[Manifest]) -> bytes:
    """Return the HTML page `editions/DIGEST/index.html` that lists `editions`, newest first."""
    from digest.localisation import direction, span
    from digest.templates import environment

    language = config.digests[digest].language or config.site.language
    zone = config.digest_zone(digest)
    listed = sorted(editions, key=lambda manifest: manifest.window.end, reverse=True)
    rows = [
        {
            "url": manifest.archive_url,
            "subject": manifest.subject,
            "period": span(manifest.window.start, manifest.window.end, zone, language),
            "posts": [msgspec.structs.replace(post, date=post.date.astimezone(zone)) for post in manifest.posts],
        }
        for manifest in listed
    ]
    template = environment(config).get_template("editions.html.jinja")
    html = template.render(
        digest=config.digests[digest],
        name=digest,
        site=config.site,
        language=language,
        direction=direction(language),
        theme=config.theme,
        feeds=[{"type": _TYPES[form], "url": _FILES[form]} for form in config.feeds.formats],
        editions=rows,
    )
    return html.encode("utf-8")


def published(config: Config, digest: str) -> tuple[Manifest, ...]:
    """Return the manifests of a digest's published editions, the newest first. Raises `ContentError`."""
    found = (manifests.read(path) for path in shown(config, digest).values())
    return tuple(sorted(found, key=lambda manifest: (manifest.window.end, manifest.key), reverse=True))


def _same(output: Path, path: str, content: bytes) -> bool:
    try:
        return publish.locate(output, path).read_bytes() == content
    except OSError:
        return False


def _mark(config: Config, sent: Sent) -> None:
    mark = msgspec.json.encode(Mark(sent.key, sent.at)) + b"\n"
    publish.write(config.root / config.site.output, f"editions/{sent.key}/{SENT}", mark)


def _sent(path: Path) -> Mark | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Mark)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError) as error:
        raise DigestError(f"{path}: can not be read: {error}") from error
