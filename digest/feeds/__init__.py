"""Plan feeds, build their entries, and write both as RSS 2.0, Atom 1.0 and JSON Feed 1.1.

To add an element to a format, add it to `rss`, `atom` or `json_feed`, and its value to `Entry`.
"""

from digest.feeds.artwork import artwork
from digest.feeds.documents import assemble, fragment
from digest.feeds.entry import Entry, edition_entry, make_entry
from digest.feeds.index_page import PAGES, pages
from digest.feeds.lengths import length_problems
from digest.feeds.own_template import own_document
from digest.feeds.plan import FILES, MEDIA_TYPES, Feed, edition_feed, plan
from digest.feeds.values import EPOCH, address
from digest.feeds.websub import HubError, changed_topics, ping, topic_paths

__all__ = [
    "EPOCH",
    "FILES",
    "MEDIA_TYPES",
    "PAGES",
    "Entry",
    "Feed",
    "HubError",
    "address",
    "artwork",
    "assemble",
    "changed_topics",
    "edition_entry",
    "edition_feed",
    "fragment",
    "length_problems",
    "make_entry",
    "own_document",
    "pages",
    "ping",
    "plan",
    "topic_paths",
]
