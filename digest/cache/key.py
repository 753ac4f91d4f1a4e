"""The key that authenticates a cache. It is stored per user, outside every site, so content cannot include it."""

import hashlib
import os
import sys
from pathlib import Path

_BYTES = 32
_VARIABLE = "DIGEST_CACHE_KEY"


def cache_key(site: Path) -> bytes | None:
    """Return the 32-byte key of the cache of the site at `site`; None when there is nowhere to keep one.

    It is derived from the environment's `DIGEST_CACHE_KEY` (any text), else from a random secret that is created once
    in the user's state folder. The key depends on the site's real path, so a cache copied to another site is rejected.
    """
    site = site.resolve()
    secret = _secret(site)
    if secret is None:
        return None
    place = os.fsencode(site)
    return hashlib.blake2b(place, key=hashlib.sha256(secret).digest(), digest_size=_BYTES).digest()


def _secret(site: Path) -> bytes | None:
    if given := os.environ.get(_VARIABLE):
        return given.encode("utf-8", "surrogateescape")
    try:
        folder = _state_folder().resolve()
        if folder.is_relative_to(site):
            return None
        return _read_or_make(folder / "cache-key")
    except (OSError, RuntimeError):  # the latter: no home folder is known
        return None


def _state_folder() -> Path:
    """Return the program's folder for state (XDG Base Directory Specification 0.8; `%LOCALAPPDATA%` on Windows)."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA")
        return Path(base) / "digest-press" if base else Path.home() / "AppData" / "Local" / "digest-press"
    base = os.environ.get("XDG_STATE_HOME", "")
    if os.path.isabs(base):  # noqa: PTH117 - the specification ignores a relative one
        return Path(base) / "digest-press"
    return Path.home() / ".local" / "state" / "digest-press"


def _read_or_make(path: Path) -> bytes:
    try:
        secret = path.read_bytes()
    except FileNotFoundError:
        secret = b""
    if len(secret) == _BYTES:
        return secret
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = path.with_name(f"{path.name}.{os.getpid()}")
    handle = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(handle, "wb") as file:  # noqa: PTH123 - a file descriptor, not a path
        file.write(os.urandom(_BYTES))
    made.replace(path)  # of two concurrent first runs the later wins; the other's cache is rejected once
    return path.read_bytes()
