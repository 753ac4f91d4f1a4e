"""Entries and whole feeds as bytes, in any of the formats.

Each entry is serialised once per format into a fragment, and its feeds share it. A feed is a head and its fragments.
"""

from collections.abc import Iterable, Iterator

from digest.config.schema import Config, Format
from digest.feeds import json_feed
from digest.feeds.entry import Entry
from digest.feeds.plan import Feed


def fragment(entry: Entry, format_: Format, config: Config) -> bytes:
    """Return an entry as `<item>`, `<entry>` or JSON object.

    An XML fragment declares no namespaces; the root of its feed does.
    """
    if format_ == "json":
        return json_feed.fragment(entry)
    from digest.feeds import atom, rss

    if format_ == "rss":
        return rss.fragment(entry)
    return atom.fragment(entry, config)


def assemble(feed: Feed, format_: Format, fragments: Iterable[bytes], config: Config) -> Iterator[bytes]:
    """Yield a whole feed in pieces: its head, and `fragments` in the same format, newest first."""
    if format_ == "json":
        yield json_feed.document(feed, fragments, config)
        return
    from digest.feeds import atom, rss

    if format_ == "rss":
        yield from rss.document(feed, fragments, config)
    else:
        yield from atom.document(feed, fragments, config)
