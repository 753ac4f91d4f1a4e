"""Making the senders that `digest.toml` names."""

from typing import Protocol

from digest.config import Config, sender_class
from digest.problems import ConfigError, did_you_mean
from digest.senders.protocol import Sender
from digest.senders.secret import Secrets


class SenderMaker(Protocol):
    """What makes the sender of a table: `make_sender`, or one that wraps what that makes."""

    def __call__(self, config: Config, name: str, *, key: str = "", rehearsal: bool = False) -> tuple[Sender, Secrets]:
        """Return the sender of the table `[senders.NAME]` for edition `key`, and its secrets."""
        ...


def make_sender(
    config: Config,
    name: str,
    *,
    key: str = "",  # noqa: ARG001 - one sender is for all editions
    rehearsal: bool = False,
) -> tuple[Sender, Secrets]:
    """Return the sender of the table `[senders.NAME]`, and its secrets, which hide themselves in texts.

    In a rehearsal no secret is read. Raises `ConfigError` when there is no such table.
    """
    settings = config.senders.get(name)
    if settings is None:
        known = ", ".join(config.senders) or f"none; write a table [senders.{name}]"
        hint = did_you_mean(name, config.senders) or f"known: {known}"
        raise ConfigError(f'there is no sender "{name}"; {hint}')
    secrets = Secrets(config, name, rehearsal=rehearsal)
    sender: Sender = sender_class(settings.kind)(settings, secrets)
    return sender, secrets
