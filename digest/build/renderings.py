"""Posts rendered once for all the places they stand in, in this run or an earlier one.

A fragment is remembered under the fingerprint of all that it was made from: the post's file, the part of the
configuration that it shows, and this program. What is not remembered is made when something asks for it, or ahead for
many posts at once, in processes when that pays.
"""

import functools
from collections.abc import Iterable, Sequence

import msgspec
from msgspec import Struct

from digest.cache.damage import DamagedError
from digest.cache.fingerprint import content_hash, fingerprint, program
from digest.cache.store import Index
from digest.collector import collect as collector
from digest.collector import files
from digest.collector.post import Brief, Post, in_zone
from digest.config.schema import Config, Format, Text
from digest.feeds import plan as feeds
from digest.feeds import xml as feed_items
from digest.feeds import xml_templates as feed_templates
from digest.markdown import render as markup
from digest.markdown.render import Rendered
from digest.pool import ALONE, Crew
from digest.problems import Problem

Wanted = tuple[tuple[Text, tuple[Format, ...]], ...]  # the entries that are wanted of a post; none: only the body

_VERDICT = b"!"
_HELD = 256_000_000  # bytes of entries made in this run that are kept at hand for its feeds
_encode = msgspec.msgpack.Encoder().encode
_decode_entries = msgspec.msgpack.Decoder(dict[Format, bytes]).decode
_decode_problems = msgspec.msgpack.Decoder(tuple[Problem, ...]).decode


@functools.lru_cache(maxsize=64)
def wanted(kinds: frozenset[tuple[Text, Format]]) -> Wanted:
    """Return kinds of entries by their texts, which the entries of all formats have in common."""
    by_text: dict[Text, list[Format]] = {}
    for text, form in sorted(kinds):
        by_text.setdefault(text, []).append(form)
    return tuple((text, tuple(forms)) for text, forms in by_text.items())


@functools.lru_cache(maxsize=64)
def _suffix(text: Text, forms: tuple[Format, ...]) -> bytes:
    """What the key of the entries with one text ends in."""
    return "/".join((text, *forms)).encode()


class _Body(Struct, frozen=True, array_like=True, gc=False):
    """A body as the index keeps it: its HTML as feeds have it, escaped, which is wanted most often."""

    content: bytes
    summary: str
    lead: str
    problems: tuple[Problem, ...]


_decode_body = msgspec.msgpack.Decoder(_Body).decode


class Want(Struct, frozen=True, gc=False):
    """What is to be made of a post: its body, unless `body` has it already, and entries."""

    post: Post
    entries: Wanted
    body: bytes | None = None


class Made(Struct, frozen=True, gc=False):
    """What was made: the body and what is wrong with it, as the index keeps them, and the entries of each text wanted.

    `hash` is that of the content it was made from, which could have changed since the file was looked at; empty when
    the body was there already.
    """

    hash: bytes
    body: bytes
    problems: bytes | None
    entries: tuple[dict[Format, bytes], ...]


class Renderings:
    """What is made of posts. `hashes` has the hash of each post's file by path, as far as they are known."""

    def __init__(self, config: Config, index: Index, hashes: dict[str, bytes]) -> None:
        self._config = config
        self._index = index
        self._hashes = hashes
        site, limits = config.site, config.posts.limits
        self._for_bodies = fingerprint(collector.reading_fingerprint(config), limits)
        self._for_entries = fingerprint(self._for_bodies, site.author, site.title)
        self._templates = fingerprint(program(), "feed templates")
        self._recalled = feed_templates.recall(index.fragment(self._templates))
        self._keys: dict[str, bytes] = {}
        self._entry_keys: dict[str, bytes] = {}
        self._formats: dict[tuple[str, Text], tuple[Format, ...]] = {}  # of the entries that were wanted
        self._at_hand: dict[tuple[str, Text], dict[Format, bytes]] = {}  # entries that were made or fetched in this run
        self._contents: dict[str, bytes] = {}  # what they contain
        self._held = 0  # the bytes of both
        self._ready: set[str] = set()  # paths of posts that a body is remembered of
        self._verdicts: dict[str, tuple[Problem, ...]] = {}
        self._blank = index.blank  # nothing was made in an earlier run
        self.count = 0  # bodies rendered in this run

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What was wrong with the bodies that were asked for."""
        return tuple(problem for problems in self._verdicts.values() for problem in problems)

    def prepare(self, wants: Iterable[tuple[Brief, Wanted]], crew: Crew = ALONE) -> None:
        """Make ahead, by `crew`, what is wanted and not remembered."""
        missing = [want for post, entries in wants if (want := self._missing(post, entries))]
        if missing:
            work = functools.partial(render_many, self._config)
            for n, several in crew.spread("rendering", work, missing):
                for want, made in zip(missing[n : n + len(several)], several, strict=True):
                    self._keep(want, made)

    def body(self, post: Brief) -> Rendered:
        """Return the post's body as clean HTML; it is empty when its problems leave the post out."""
        self.prepare([(post, ())])
        return _rendered(self._fetch(self._key(post)))

    def verdict(self, post: Brief) -> tuple[Problem, ...]:
        """Return what is wrong with the post's body."""
        known = self._verdicts.get(post.path)
        if known is None:
            if post.path not in self._ready:
                self.prepare([(post, ())])
            key = self._key(post) + _VERDICT
            told = self._index.fragment(key) if self._index.has(key) else None
            known = self._verdicts[post.path] = _decode_problems(told) if told else ()
        return known

    def keep_templates(self) -> None:
        """Remember what feedgen made in this run."""
        if told := feed_templates.tell(self._recalled):
            self._index.keep(self._templates, told)

    def wrong(self, post: Brief) -> bool:
        """Return whether the body has a problem that leaves the post out."""
        return any(problem.severity == "error" for problem in self.verdict(post))

    def entry(self, post: Brief, text: Text, form: Format) -> tuple[bytes, ...]:
        """Return the post as an entry of a feed in one format, in pieces."""
        found = self._at_hand.get((post.path, text))
        if found is None or form not in found:
            found = self._fetch_entries(post, text, form)
        pieces = feed_items.around(found[form])
        if len(pieces) < 2:
            return pieces
        return pieces[0], self._contents.get(post.path) or self._content(post), pieces[1]

    def _fetch_entries(self, post: Brief, text: Text, form: Format) -> dict[Format, bytes]:
        """Return entries of the post that are not at hand, the one in `form` among them."""
        if form not in self._formats.get((post.path, text), ()):
            self.prepare([(post, wanted(frozenset([(text, form)])))])
        suffix = _suffix(text, self._formats[post.path, text])
        found = _decode_entries(self._fetch(self.entries_key(post) + suffix))
        self._hold_entries(post, text, found)
        return found

    def _content(self, post: Brief) -> bytes:
        """Return the HTML of the post, escaped, when it is not at hand."""
        found = _decode_body(self._fetch(self._key(post))).content
        self._hold_content(post, found)
        return found

    def _fetch(self, key: bytes) -> bytes:
        found = self._index.fragment(key)
        if found is None:
            raise DamagedError("a fragment is lost")
        return found

    def _hold_entries(self, post: Brief, text: Text, entries: dict[Format, bytes]) -> None:
        self._at_hand.pop((post.path, text), None)
        if self._held < _HELD:
            self._at_hand[post.path, text] = entries
            self._held += sum(map(len, entries.values()))

    def _hold_content(self, post: Brief, content: bytes) -> None:
        self._contents.pop(post.path, None)
        if self._held < _HELD:
            self._contents[post.path] = content
            self._held += len(content)

    def entries_key(self, post: Brief) -> bytes:
        """Return what differs whenever the post's entry in one of the formats and with one of the texts could."""
        key = self._entry_keys.get(post.path)
        if key is None:
            key = b"%b%b%b%b" % (self._for_entries, self._hash(post), self._picture(post), post.path.encode())
            self._entry_keys[post.path] = key
        return key

    def _key(self, post: Brief) -> bytes:
        """What the body is remembered by."""
        key = self._keys.get(post.path)
        if key is None:
            key = self._keys[post.path] = b"%b%b%b" % (self._for_bodies, self._hash(post), post.path.encode())
        return key

    def _hash(self, post: Brief) -> bytes:
        """The hash of the post's file; it is made when something is made of the post, which few posts ever are."""
        if post.path not in self._hashes:
            content, _ = collector.read_file(self._config, post.path)
            self._know(post, content_hash(content or b""))
        return self._hashes[post.path]

    def _know(self, post: Brief, hash_: bytes) -> None:
        self._hashes[post.path] = hash_
        self._index.facts.hashed(post.path, hash_)
        self._keys.pop(post.path, None)
        self._entry_keys.pop(post.path, None)

    def _picture(self, post: Brief) -> bytes:
        """Size and time of the picture that stands for the post, when it is a local file: entries tell its bytes."""
        if not (post.image and post.image.file):
            return b""
        try:
            stat = (self._config.root / post.image.file).stat()
        except OSError:
            return b""
        return fingerprint(stat.st_size, stat.st_mtime_ns)

    def _missing(self, post: Brief, entries: Wanted) -> Want | None:
        for text, forms in entries:
            self._formats[post.path, text] = forms
        if self._blank and post.path not in self._hashes:
            # whoever reads the file to render it tells its hash too
            return Want(self._index.facts.whole(post), entries)
        key, entry = self._key(post), self.entries_key(post)
        if self._index.has(key, *[entry + _suffix(*kind) for kind in entries]):
            self._ready.add(post.path)
            return None
        lacking = tuple(kind for kind in entries if not self._index.has(entry + _suffix(*kind)))
        if not self._index.has(key):
            return Want(self._index.facts.whole(post), lacking)
        return Want(self._index.facts.whole(post), lacking, self._index.fragment(key))

    def _keep(self, want: Want, made: Made) -> None:
        post = want.post
        self._ready.add(post.path)
        if want.body is None:
            self.count += 1
            if made.hash != self._hashes.get(post.path):
                self._know(post, made.hash)
            self._index.keep(self._key(post), made.body)
            self._hold_content(post, _decode_body(made.body).content)
            if made.problems:
                self._index.keep(self._key(post) + _VERDICT, made.problems)
        for (text, forms), entries in zip(want.entries, made.entries, strict=True):
            self._index.keep(self.entries_key(post) + _suffix(text, forms), _encode(entries))
            self._hold_entries(post, text, entries)


def render_many(config: Config, wants: Sequence[Want]) -> list[Made]:
    """Return what is made of each post; runs in any process."""
    read = [_source(config, want) for want in wants]
    texts = [(want.post, source) for want, (_, source) in zip(wants, read, strict=True) if isinstance(source, str)]
    rendered = iter(markup.render_all(texts, config))
    bodies = [(hash_, next(rendered) if isinstance(source, str) else source) for hash_, source in read]
    return [_made(config, want, *body) for want, body in zip(wants, bodies, strict=True)]


def _source(config: Config, want: Want) -> tuple[bytes, str | Rendered]:
    """Return the hash of the post's file and its Markdown; or the body, when it is there already or can not be made."""
    if want.body is not None:
        return b"", _rendered(want.body)
    data, problem = collector.read_file(config, want.post.path)
    if data is None:
        return content_hash(b""), Rendered("", "", problems=(problem,) if problem else ())
    source = files.body(data, want.post)
    # what stands for a byte that is wrong
    if "\ufffd" in source and (problem := files.body_problem(data, want.post)):
        return content_hash(data), Rendered("", "", problems=(problem,))
    return content_hash(data), source


def _made(config: Config, want: Want, hash_: bytes, body: Rendered) -> Made:
    kept = _encode(_Body(feed_items.escaped(body.html), body.summary, body.lead, body.problems)) if hash_ else b""
    post = in_zone(want.post, config.site_zone)
    entries = [feeds.entries(post, body, text, forms, config) for text, forms in want.entries]
    return Made(hash_, kept, _encode(body.problems) if body.problems else None, tuple(entries))


def _rendered(kept: bytes) -> Rendered:
    body = _decode_body(kept)
    return Rendered(feed_items.unescaped(body.content), body.summary, body.lead, body.problems)
