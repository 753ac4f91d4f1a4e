"""`digest.toml`: its structs, reading it with every mistake reported, and schedules."""

from digest.config import schedule
from digest.config.load import config_schema, find_config, load_config, parse_config
from digest.config.schema import (
    LANGUAGE,
    Config,
    Digest,
    ExtraFeed,
    Feeds,
    File,
    Format,
    Limits,
    Person,
    Posts,
    ProviderName,
    Section,
    Selection,
    Site,
    Text,
    Theme,
)

__all__ = [
    "LANGUAGE", "Config", "Digest", "ExtraFeed", "Feeds", "File", "Format", "Limits", "Person", "Posts", "ProviderName",
    "Section", "Selection", "Site", "Text", "Theme", "config_schema", "find_config", "load_config", "parse_config",
    "schedule",
]  # fmt: skip
