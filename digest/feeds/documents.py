"""Entries and whole feeds as bytes, in any of the formats.

An entry is made into a fragment once for each format, whatever feeds it stands in; a feed is a head and fragments.
"""

from collections.abc import Iterable, Iterator

from digest.config.schema import Config, Format
from digest.feeds import json_feed
from digest.feeds.entry import Entry
from digest.feeds.plan import Feed


def fragment(entry: Entry, format_: Format, config: Config) -> bytes:
    """Return the `<item>`, the `<entry>` or the JSON object of an entry.

    The namespaces that it uses are those that the root of its feed declares.
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
