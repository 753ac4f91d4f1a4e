"""A cache between runs: bytes by fingerprint, in SQLite. It knows nothing of posts and can be deleted at any time."""

from digest.cache.fingerprint import content_hash, fingerprint, program
from digest.cache.key import cache_key
from digest.cache.store import PATH, Store, decode, open_store

__all__ = ["PATH", "Store", "cache_key", "content_hash", "decode", "fingerprint", "open_store", "program"]
