"""Fingerprints that serve as cache keys: 16-byte hashes."""

import functools
import hashlib
import sys
from pathlib import Path

import msgspec

import digest

_encode = msgspec.msgpack.Encoder().encode


def fingerprint(*parts: object) -> bytes:
    """Return 16 bytes that differ when any of `parts` (bytes, text, structs, numbers) does."""
    return hashlib.blake2b(_encode(parts), digest_size=16).digest()


def content_hash(content: bytes) -> bytes:
    """Return the 16-byte hash of the content of a file."""
    return hashlib.blake2b(content, digest_size=16).digest()


@functools.cache
def program() -> bytes:
    """Return the fingerprint of this program's own modules, of Python, and of the packages installed beside it.

    Installing or upgrading a package changes the modification time of the folder that holds all of them.
    """
    package = Path(digest.__file__).parent
    files = []
    for module in sorted(package.rglob("*.py")):
        status = module.stat()
        files.append((module.relative_to(package).as_posix(), status.st_size, status.st_mtime_ns))
    packages = Path(msgspec.__file__).parent.parent
    return fingerprint(sys.version, packages.stat().st_mtime_ns, files)
