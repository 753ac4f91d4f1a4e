"""The media type of a published file: in an edition's manifest, in the preview, and where the output is copied to."""

import mimetypes

from digest.feeds.plan import FILES, MEDIA_TYPES

UNKNOWN = "application/octet-stream"
# By a file's name or its ending: what Python does not know everywhere, or by another name than a server should send.
_TYPES = {
    **{file: MEDIA_TYPES[feed_format] for feed_format, file in FILES.items()},
    ".atom": MEDIA_TYPES["atom"],
    ".avif": "image/avif",
    ".css": "text/css",
    ".eml": "message/rfc822",
    ".gif": "image/gif",
    ".html": "text/html",
    ".jpg": "image/jpeg",
    ".json": "application/json",
    ".opml": "text/x-opml",
    ".png": "image/png",
    ".rss": MEDIA_TYPES["rss"],
    ".txt": "text/plain",
    ".webp": "image/webp",
    ".xml": "application/xml",
}


def media_type(path: str) -> str:
    """Return the media type of a path by its name; a text is in UTF-8."""
    name = path.rpartition("/")[2]
    ending = f".{name.rpartition('.')[2].lower()}"
    known = _TYPES.get(name) or _TYPES.get(ending) or mimetypes.guess_type(name)[0] or UNKNOWN
    return f"{known}; charset=utf-8" if known.startswith("text/") else known
