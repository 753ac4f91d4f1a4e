"""By what a post is recognised when its id has changed, as that of a file without an `id` does when it is renamed."""

import hashlib

from msgspec import Struct

from digest.collector.post import Post
from digest.config import Config
from digest.editions.ledger import Item
from digest.editions.run import DigestRun


class Original(Struct, frozen=True):
    """A post as it went out in the edition `key`."""

    key: str
    item: Item


class Vanished(Struct, frozen=True):
    """The posts that went out and are no longer on the site under their id."""

    by_text: dict[str, Original]  # by content hash
    by_title: dict[tuple[str, float], Original]  # by title and date, which is in seconds since 1970


def content_hash(title: str, body: bytes) -> str:
    """Return the hash that a renamed post is recognised by: SHA-256 over title and body, lower-case hex."""
    return hashlib.sha256(title.encode("utf-8", "replace") + b"\0" + body).hexdigest()


def hash_file(config: Config, post: Post) -> str:
    """Return the `content_hash` of `post`, reading its file; of a file that is gone, that of an empty body."""
    try:
        body = (config.root / post.path).read_bytes()[post.body_start :]
    except OSError:
        body = b""
    return content_hash(post.title, body.replace(b"\r\n", b"\n"))


def find_vanished(run: DigestRun) -> Vanished:
    """Return what the digest's ledger has and the site has not; of two with one text or title the later edition's."""
    present = {post.id for post in run.posts}
    vanished = Vanished(by_text={}, by_title={})
    for key, item in run.ledger.posts():
        if item.id in present:
            continue
        original = Original(key, item)
        vanished.by_text[item.hash] = original
        if item.title:
            vanished.by_title[item.title, item.date.timestamp()] = original
    return vanished


def original_of(post: Post, run: DigestRun, vanished: Vanished) -> Original | None:
    """Return the vanished post that has title and body of `post`: it is the same one."""
    if not vanished.by_text:
        return None  # without reading the post's file
    return vanished.by_text.get(run.hash_of(post))


def lookalike_of(post: Post, vanished: Vanished) -> Original | None:
    """Return the vanished post that has title and date of `post`: it may be the same one."""
    return vanished.by_title.get((post.title, post.date.timestamp()))
