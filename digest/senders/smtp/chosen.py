"""Choosing the senders whose readers bounced."""

from collections.abc import Sequence
from pathlib import Path

from digest.config import Config
from digest.problems import ConfigError
from digest.senders.registry import make_sender
from digest.senders.smtp.bounces import BounceSummary
from digest.senders.smtp.one_by_one import OneByOne
from digest.senders.smtp.settings import ReadersSettings


def mark_bounces_of(config: Config, via: str, mailbox: Path) -> BounceSummary:
    """Mark the readers of the sender `via` that the reports in a mailbox are about.

    Without `via` it is the only table of kind `smtp`. Raises `ConfigError` when there is none, or several.
    """
    candidates = [name for name, settings in config.senders.items() if isinstance(settings, ReadersSettings)]
    if not via and len(candidates) == 1:
        via = candidates[0]
    if not via:
        known = ", ".join(candidates) or "there is none"
        raise ConfigError(f'--via NAME says whose readers bounced; of the kind "smtp": {known}')
    sender, _ = make_sender(config, via)
    if not isinstance(sender, OneByOne):
        raise ConfigError(f'[senders.{via}] keeps no list of readers; only the kind "smtp" does')
    return sender.mark_bounces(mailbox)


def forgive_bounces_of(config: Config, addresses: Sequence[str]) -> int:
    """Let every sender send to these readers again; return how many reports of bounces are forgotten."""
    forgotten = 0
    for name, settings in config.senders.items():
        if isinstance(settings, ReadersSettings) and (config.root / settings.database).exists():
            sender, _ = make_sender(config, name)
            forgotten += sender.forgive_bounces(addresses) if isinstance(sender, OneByOne) else 0
    return forgotten
