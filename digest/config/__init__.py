"""`digest.toml`: its structs, reading it with every mistake reported, and schedules."""

from digest.config import schedule
from digest.config.adopted import adopt_settings
from digest.config.load import FILE_NAME, config_schema, find_config, load_config, parse_config
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
    Podcast,
    PodcastPerson,
    Posts,
    ProviderName,
    Readers,
    Section,
    Selection,
    Site,
    Text,
    Theme,
)
from digest.config.senders import SenderSettings, secrets_of, sender_class
from digest.config.written import toml_table

__all__ = [
    "FILE_NAME", "LANGUAGE", "Config", "Digest", "ExtraFeed", "Feeds", "File", "Format", "Limits", "Person",
    "Podcast", "PodcastPerson", "Posts",
    "ProviderName", "Readers", "Section", "Selection", "SenderSettings", "Site", "Text", "Theme", "adopt_settings",
    "config_schema", "find_config", "load_config", "parse_config", "schedule", "secrets_of", "sender_class",
    "toml_table",
]  # fmt: skip
