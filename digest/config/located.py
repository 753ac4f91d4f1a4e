"""Problems at keys of `digest.toml` that are found after it was read."""

from collections.abc import Iterable, Iterator, Mapping

from digest.config.checks import Fault
from digest.config.key_positions import Keys, Position, key_positions
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
    yield from (problem_at(name, fault, positions, severity) for fault in found)


def problem_at(name: str, fault: Fault, positions: Mapping[Keys, Position], severity: Severity = "error") -> Problem:
    """Return a fault as a problem in the file `name`, at its key or the nearest table above it with a position."""
    keys = fault.keys
    while keys and keys not in positions:
        keys = keys[:-1]
    line, column = positions.get(keys, (0, 0))
    where = ".".join(fault.keys)
    message = f"{where}: {fault.message}" if where else fault.message
    return Problem(name, line, column, fault.code, message, fault.hint, severity)


def settings_text(config: Config) -> str:
    """Return the text of `digest.toml`; empty when there is none, or it is gone since it was read."""
    if config.file is None:
        return ""
    try:
        return config.file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return ""
