"""Posts rendered once for all the places they stand in, in this run or an earlier one.

A fragment is remembered under the fingerprint of all that it was made from: the post's file, the part of the
configuration that it shows, and this program. What is not remembered is made when something asks for it, or ahead for
many posts at once, in processes when that pays.
"""

import functools
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from digest import collector, feeds, markup, reading
from digest.config import Config, Format, Text
from digest.index import Index, fingerprint
from digest.markup import Rendered
from digest.posts import Post
from digest.problems import Problem
from digest.workers import ALONE, Crew

Want = tuple[Post, tuple[Text, ...]]  # a post, and the texts its entries are wanted with; none: only the body

_encode = msgspec.msgpack.Encoder().encode
_decode_body = msgspec.msgpack.Decoder(Rendered).decode
_decode_problems = msgspec.msgpack.Decoder(tuple[Problem, ...]).decode


class Renderings:
    """What is made of posts. `hashes` has the hash of each post's file by path."""

    def __init__(self, config: Config, index: Index, hashes: Mapping[str, bytes]) -> None:
        self._config = config
        self._index = index
        self._hashes = hashes
        site, limits = config.site, config.posts.limits
        self._for_bodies = fingerprint(feeds.version(), collector.reading_fingerprint(config), limits)
        self._for_entries = fingerprint(self._for_bodies, site.author, site.title)
        self._keys: dict[tuple[str, Text, Format], bytes] = {}
        self._verdicts: dict[str, tuple[Problem, ...]] = {}
        self.count = 0  # bodies rendered in this run

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What was wrong with the bodies that were asked for."""
        return tuple(problem for problems in self._verdicts.values() for problem in problems)

    def prepare(self, wants: Iterable[Want], crew: Crew = ALONE) -> None:
        """Make ahead, by `crew`, what is wanted and not remembered."""
        missing = [(post, texts) for post, texts in wants if not self._remembered(post, texts)]
        work = functools.partial(render_many, self._config)
        for (post, texts), made in zip(missing, crew.spread("rendering", work, missing), strict=True):
            self._keep(post, texts, *made)

    def body(self, post: Post) -> Rendered:
        """Return the post's body as clean HTML; it is empty when its problems leave the post out."""
        self.prepare([(post, ())])
        return _decode_body(self._index.fragment(self._body_key(post)) or b"")

    def verdict(self, post: Post) -> tuple[Problem, ...]:
        """Return what is wrong with the post's body."""
        if post.path not in self._verdicts:
            self.prepare([(post, ())])
            self._verdicts[post.path] = _decode_problems(self._index.fragment(self._verdict_key(post)) or b"")
        return self._verdicts[post.path]

    def wrong(self, post: Post) -> bool:
        """Return whether the body has a problem that leaves the post out."""
        return any(problem.severity == "error" for problem in self.verdict(post))

    def entry(self, post: Post, text: Text, form: Format) -> bytes:
        """Return the post as an entry of a feed in one format."""
        self.prepare([(post, (text,))])
        known = self._index.fragment(self.entry_key(post, text, form))
        if known is None:  # a format that only one feed has
            made = feeds.entries(post, self.body(post), text, (form,), self._config)[form]
            self._index.keep(self.entry_key(post, text, form), made)
            return made
        return known

    def entry_key(self, post: Post, text: Text, form: Format) -> bytes:
        """Return what an entry is remembered by: it differs whenever the entry could."""
        key = (post.path, text, form)
        if key not in self._keys:
            picture = self._picture(post)
            self._keys[key] = fingerprint(
                "e", self._for_entries, post.path, self._hashes[post.path], picture, text, form
            )
        return self._keys[key]

    def _picture(self, post: Post) -> tuple[int, int] | None:
        """Size and time of the picture that stands for the post, when it is a local file: entries tell its bytes."""
        if not (post.image and post.image.file):
            return None
        try:
            stat = (self._config.root / post.image.file).stat()
        except OSError:
            return None
        return stat.st_size, stat.st_mtime_ns

    def _body_key(self, post: Post) -> bytes:
        return fingerprint("b", self._for_bodies, post.path, self._hashes[post.path])

    def _verdict_key(self, post: Post) -> bytes:
        return fingerprint("v", self._for_bodies, post.path, self._hashes[post.path])

    def _remembered(self, post: Post, texts: Sequence[Text]) -> bool:
        formats = self._config.feeds.formats
        keys = [self.entry_key(post, text, form) for text in texts for form in formats]
        return all(self._index.has(key) for key in (self._verdict_key(post), self._body_key(post), *keys))

    def _keep(
        self, post: Post, texts: Sequence[Text], body: bytes, verdict: bytes, entries: list[dict[Format, bytes]]
    ) -> None:
        self.count += 1
        self._index.keep(self._body_key(post), body)
        self._index.keep(self._verdict_key(post), verdict)
        for text, made in zip(texts, entries, strict=True):
            for form, entry in made.items():
                self._index.keep(self.entry_key(post, text, form), entry)


def render_many(config: Config, wants: Sequence[Want]) -> list[tuple[bytes, bytes, list[dict[Format, bytes]]]]:
    """Return body, problems and entries of each post, as the index keeps them; runs in any process."""
    return [_render(config, post, texts) for post, texts in wants]


def _render(config: Config, post: Post, texts: Sequence[Text]) -> tuple[bytes, bytes, list[dict[Format, bytes]]]:
    data, problem = collector.read_file(config, post.path)
    if data is None:
        body = Rendered("", "", problems=(problem,) if problem else ())
    else:
        body = markup.render(post, reading.body(data, post), config)
    formats = config.feeds.formats
    return _encode(body), _encode(body.problems), [feeds.entries(post, body, text, formats, config) for text in texts]
