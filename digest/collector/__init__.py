"""Collect posts: walk the content folders, read each file's front matter into a `Post`, and select posts.

`scan` lists the files, `collect` returns a `Collection` of every post and every problem, and `select` chooses posts by
tags, date and language. A post's body stays in its file; read it with `read_bytes`, then `body_of`.
`digest.collector.read` is imported when the first file is read.
"""

from digest.collector.candidates import candidates
from digest.collector.collect import Collection, collect, collect_remembered, reading_fingerprint
from digest.collector.pages import Pages, pages_of
from digest.collector.paths import MARKDOWN, Place, place, url_folder
from digest.collector.post import (
    UNDATED,
    Author,
    Credit,
    Enclosure,
    EnclosureSource,
    Episode,
    Image,
    Post,
    Transcript,
    clean_text,
    in_zone,
    slugify,
    tag_key,
)
from digest.collector.scan import Scan, SeenFile, Stamp, content_folder, files_below, scan
from digest.collector.select import matches, newest_first, published, select
from digest.collector.source import body_of, decode, problem_of, read_bytes

__all__ = [
    "MARKDOWN", "UNDATED", "Author", "Collection", "Credit", "Enclosure", "EnclosureSource", "Episode", "Image",
    "Pages", "Place", "Post", "Scan", "SeenFile", "Stamp", "Transcript", "body_of", "candidates", "clean_text",
    "collect", "collect_remembered", "content_folder", "decode", "files_below", "in_zone", "matches", "newest_first",
    "pages_of", "place", "problem_of", "published", "read_bytes", "reading_fingerprint", "scan", "select", "slugify",
    "tag_key", "url_folder",
]  # fmt: skip
