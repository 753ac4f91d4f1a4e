"""The picture of a podcast."""

from digest.config.schema import Config, Podcast
from digest.feeds.values import site_file

_ARTWORK = (".jpg", ".jpeg", ".png")


def artwork(podcast: Podcast, config: Config) -> str:
    """Return the address of a podcast's image, which must be a JPEG or PNG; empty without one."""
    image = site_file(config, podcast.image or config.site.logo)
    return image if image.lower().endswith(_ARTWORK) else ""
