"""What things are known again by: sixteen bytes that differ when they do."""

import functools
import hashlib
from pathlib import Path

import msgspec

from digest.collector.scan import environment, program_folders

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
    package = Path(program_folders()[0])
    modules = ((module, module.stat()) for module in sorted(package.rglob("*.py")))
    files = [(module.relative_to(package).as_posix(), stat.st_size, stat.st_mtime_ns) for module, stat in modules]
    return fingerprint(environment(), files)
