"""Problems at keys of `digest.toml` that are found after it was read."""

from collections.abc import Iterable, Iterator

from digest.config.checks import Fault
from digest.config.key_positions import Keys, key_positions
from digest.config.schema import Config
from digest.problems import Problem, Severity

SETTINGS = "digest.toml"


def locate(config: Config, faults: Iterable[Fault], severity: Severity = "warning") -> Iterator[Problem]:
    """Yield each fault as a problem at its key, or at the nearest table above it that the file names."""
    found = list(faults)
    if not found:
        return
    name = config.file.name if config.file else SETTINGS
    positions = key_positions(settings_text(config))
    for fault in found:
        keys = nearest(fault.keys, positions)
        line, column = positions.get(keys, (0, 0))
        message = f"{'.'.join(fault.keys)}: {fault.message}" if fault.keys else fault.message
        yield Problem(name, line, column, fault.code, message, fault.hint, severity)


def nearest(keys: Keys, positions: Iterable[Keys]) -> Keys:
    """Return `keys`, or the nearest table above them, that has a position."""
    known = set(positions)
    while keys and keys not in known:
        keys = keys[:-1]
    return keys


def settings_text(config: Config) -> str:
    """Return the text of `digest.toml`; empty when there is none, or it is gone since it was read."""
    if config.file is None:
        return ""
    try:
        return config.file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return ""
