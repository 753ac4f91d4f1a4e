"""URLs of files that tags and links name by their paths; those of other pages are found by `site_links`."""

from urllib.parse import quote

from digest.config.schema import Config
from digest.markdown.foreign.body import Tag


def file_url(path: str, tag: Tag, config: Config) -> str:
    """Return the URL of a file that a tag names: Liquid's paths are from the site's root, Hugo's from the page."""
    if tag.liquid and "/" in path and not path.startswith(("/", ".", "http:", "https:")):
        return f"{config.site.url.rstrip('/')}/{path}"
    return path


def is_path(text: str) -> bool:
    """Return whether `text` is a path or URL: one word with a slash or a file's extension."""
    extension = text.rpartition(".")[2]
    has_extension = "." in text and extension.isalnum() and 2 <= len(extension) <= 4
    return len(text.split()) == 1 and ("/" in text or has_extension)


def quoted(url: str) -> str:
    """Return `url` percent-encoded, so that it can be the destination of a Markdown link."""
    return quote(url, safe="/:?&=#%@+,;~")
