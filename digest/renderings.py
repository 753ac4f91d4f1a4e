"""Posts rendered once for all the places they stand in, in this run or an earlier one.

A fragment is remembered under the fingerprint of all that it was made from: the post's file, the part of the
configuration that it shows, and this program. What is not remembered is made when something asks for it.
"""

from collections.abc import Mapping

import msgspec

from digest import collector, feeds, markup, reading
from digest.config import Config, Format, Text
from digest.index import Index, fingerprint
from digest.markup import Rendered
from digest.posts import Post
from digest.problems import Problem

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Rendered).decode


class Renderings:
    """What is made of posts. `hashes` has the hash of each post's file by path."""

    def __init__(self, config: Config, index: Index, hashes: Mapping[str, bytes]) -> None:
        self._config = config
        self._index = index
        self._hashes = hashes
        site, limits = config.site, config.posts.limits
        self._for_bodies = fingerprint(feeds.version(), collector.reading_fingerprint(config), limits)
        self._for_entries = fingerprint(self._for_bodies, site.author, site.language, site.static)
        self._bodies: dict[str, Rendered] = {}
        self._entries: dict[tuple[str, Text, Format], str] = {}
        self.count = 0  # bodies rendered in this run

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What was wrong with the bodies that were asked for."""
        return tuple(problem for body in self._bodies.values() for problem in body.problems)

    def body(self, post: Post) -> Rendered:
        """Return the post's body as clean HTML; it is empty when its problems leave the post out."""
        if post.path not in self._bodies:
            key = fingerprint("body", self._for_bodies, post.path, self._hashes[post.path])
            known = self._index.fragment(key)
            body = _decode(known) if known is not None else self._render(post)
            if known is None:
                self._index.keep(key, _encode(body))
            self._bodies[post.path] = body
        return self._bodies[post.path]

    def wrong(self, post: Post) -> bool:
        """Return whether the body has a problem that leaves the post out."""
        return any(problem.severity == "error" for problem in self.body(post).problems)

    def entry(self, post: Post, text: Text, form: Format) -> str:
        """Return the post as an entry of a feed in one format."""
        key = (post.path, text, form)
        if key not in self._entries:
            known = self._index.fragment(self.entry_key(post, text, form))
            if known is not None:
                self._entries[key] = known.decode()
            else:
                self._make_entries(post, text, form)
        return self._entries[key]

    def _make_entries(self, post: Post, text: Text, form: Format) -> None:
        """Make the entries of every format at once, since most of the work is the same."""
        formats = self._config.feeds.formats if form in self._config.feeds.formats else (form,)
        for made, entry in feeds.entries(post, self.body(post), text, formats, self._config).items():
            self._entries[post.path, text, made] = entry
            self._index.keep(self.entry_key(post, text, made), entry.encode())

    def entry_key(self, post: Post, text: Text, form: Format) -> bytes:
        """Return what an entry is remembered by: it differs whenever the entry could."""
        return fingerprint("entry", self._for_entries, post.path, self._hashes[post.path], text, form)

    def _render(self, post: Post) -> Rendered:
        self.count += 1
        data, problem = collector.read_file(self._config, post.path)
        if data is None or problem:
            return Rendered("", "", 0, problems=(problem,) if problem else ())
        return markup.render(post, reading.body(data, post), self._config)
