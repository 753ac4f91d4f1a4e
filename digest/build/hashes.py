"""The content hashes of posts, cached, so that following the posts that went out does not read every file again."""

import msgspec

from digest.cache.fingerprint import content_hash as file_hash
from digest.cache.fingerprint import fingerprint
from digest.cache.store import Store, decode
from digest.collector.post import Post
from digest.collector.source import problem_of, read_bytes
from digest.config import Config
from digest.editions import hash_post
from digest.frontmatter import HeaderError
from digest.problems import ContentError

_KIND, _NAME = "hashes", b""
_decoder = msgspec.msgpack.Decoder(dict[bytes, str])


class ContentHashes:
    """The content hash of a post, by the hash of its file; those that a run used are kept for the next one."""

    def __init__(self, config: Config, store: Store) -> None:
        self._config = config
        self._store = store
        self._known = decode(_decoder, store.get(_KIND, _NAME)) or {}
        self._used: dict[bytes, str] = {}

    def __call__(self, post: Post) -> str:
        """Return the hash of title and body. Raises `ContentError` when the file cannot be read."""
        name = fingerprint(post.source_hash, post.title, post.body_start)
        known = self._used.get(name) or self._known.get(name)
        if known is None:
            try:
                data = read_bytes(self._config, post.path)
            except HeaderError as error:
                problem = problem_of(post.path, error)
                raise ContentError(str(problem), [problem]) from error
            known = hash_post(post, data)
            if file_hash(data) != post.source_hash:
                return known  # the file changed since it was collected
        self._used[name] = known
        return known

    def save(self) -> None:
        """Cache what this run used."""
        if self._used != self._known:
            self._store.put(_KIND, _NAME, msgspec.msgpack.encode(self._used))
