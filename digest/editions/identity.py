"""Recognise a sent post whose id has changed, as happens when a file without an `id` is renamed."""

import hashlib

from msgspec import Struct

from digest.collector.post import Post
from digest.collector.source import problem_of, read_bytes
from digest.config import Config
from digest.editions.ledger import Item
from digest.editions.run import DigestRun
from digest.frontmatter import HeaderError
from digest.problems import ContentError


class Original(Struct, frozen=True):
    """A post as it went out in the edition `key`."""

    key: str
    item: Item


class Vanished(Struct, frozen=True):
    """Sent posts whose id is no longer on the site."""

    by_text: dict[str, Original]  # by content hash
    by_title: dict[tuple[str, float], Original]  # by title and date (Unix timestamp)


def content_hash(title: str, body: bytes) -> str:
    """Return the SHA-256 of title and body in lower-case hex; it identifies a renamed post."""
    return hashlib.sha256(title.encode("utf-8", "replace") + b"\0" + body).hexdigest()


def hash_file(config: Config, post: Post) -> str:
    """Return the `content_hash` of `post`, read from its file.

    Raises `ContentError` when the file cannot be read: without its text, a post that was sent could not be recognised.
    """
    try:
        body = read_bytes(config, post.path)[post.body_start :]
    except HeaderError as error:
        problem = problem_of(post.path, error)
        raise ContentError(str(problem), [problem]) from error
    return content_hash(post.title, body.replace(b"\r\n", b"\n"))


def find_vanished(run: DigestRun) -> Vanished:
    """Return the ledger's posts that are not on the site; where two share text or title, the later edition wins."""
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
    """Return the vanished post with the same title and body as `post`: the same post."""
    if not vanished.by_text:
        return None  # avoids reading the post's file
    return vanished.by_text.get(run.hash_of(post))


def lookalike_of(post: Post, vanished: Vanished) -> Original | None:
    """Return the vanished post with the same title and date as `post`: possibly the same post."""
    return vanished.by_title.get((post.title, post.date.timestamp()))
