"""The media type of a published file: in an edition's manifest, in the preview, and where the output is copied to."""

import mimetypes

UNKNOWN = "application/octet-stream"
XML = "application/xml; charset=utf-8"  # browsers show feeds of their own types as text, this with its style sheet
# By a file's name or its ending: what Python does not know everywhere, or by another name than a server should send.
_TYPES = {
    "feed.json": "application/feed+json",
    ".atom": XML,
    ".avif": "image/avif",
    ".css": "text/css",
    ".eml": "message/rfc822",
    ".gif": "image/gif",
    ".html": "text/html",
    ".jpg": "image/jpeg",
    ".json": "application/json",
    ".opml": "text/x-opml",
    ".png": "image/png",
    ".rss": XML,
    ".txt": "text/plain",
    ".webp": "image/webp",
    ".xml": XML,
}


def media_type(path: str) -> str:
    """Return the media type of a path by its name; a text is in UTF-8."""
    name = path.rpartition("/")[2]
    ending = f".{name.rpartition('.')[2].lower()}"
    known = _TYPES.get(name) or _TYPES.get(ending) or mimetypes.guess_type(name)[0] or UNKNOWN
    return f"{known}; charset=utf-8" if known.startswith("text/") else known
