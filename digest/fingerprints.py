"""What things are known again by: sixteen bytes that differ when they do."""

import functools
import hashlib
import os

import msgspec

from digest.scan import environment, program_folders

_encode = msgspec.msgpack.Encoder().encode


def fingerprint(*parts: object) -> bytes:
    """Return 16 bytes that differ when any of `parts` (bytes, text, structs, numbers) does."""
    return hashlib.blake2b(_encode(parts), digest_size=16).digest()


def content_hash(content: bytes) -> bytes:
    """Return what a file's content is known by, 16 bytes."""
    return hashlib.blake2b(content, digest_size=16).digest()


@functools.cache
def program() -> bytes:
    """Return what differs between two states of this program's own files, of Python and of the packages beside it."""
    with os.scandir(program_folders()[0]) as entries:
        files = sorted(
            (entry.name, entry.stat().st_size, entry.stat().st_mtime_ns) for entry in entries if entry.is_file()
        )
    return fingerprint(environment(), files)
