"""Posts rendered once, as clean HTML and as entries of feeds, and remembered by what they were made from."""

import functools
from collections.abc import Iterable, Sequence

import msgspec
from msgspec import Struct

from digest import feeds
from digest.cache.fingerprint import content_hash, fingerprint
from digest.cache.store import Store
from digest.collector.collect import reading_fingerprint
from digest.collector.post import Post, in_zone
from digest.collector.scan import Scan, includable
from digest.collector.source import body_of, problem_of, read_bytes
from digest.config.schema import Config, Format, Text
from digest.frontmatter import HeaderError
from digest.markdown import Rendered, render
from digest.pool import ALONE, WorkerPool
from digest.problems import Problem

Kind = tuple[Text, Format]  # of an entry

_BODIES, _ENTRIES, _PROBLEMS = "bodies", "entries", "problems"
_encode = msgspec.msgpack.Encoder().encode
_decode_body = msgspec.msgpack.Decoder(Rendered).decode


class Verdict(Struct, frozen=True, array_like=True):
    """What was wrong with a body when it was rendered; `body_name` tells whether it is still that body."""

    body_name: bytes
    problems: tuple[Problem, ...]


_decode_verdicts = msgspec.msgpack.Decoder(dict[str, Verdict]).decode


class Want(Struct, frozen=True):
    """What is to be made of a post: entries of these kinds, and its body when it is not known."""

    post: Post
    kinds: tuple[Kind, ...]
    body: Rendered | None


class Made(Struct, frozen=True):
    """What was made of a post, and the hash of the file that it was made from."""

    source_hash: bytes
    body: Rendered
    entries: dict[Kind, bytes]


class Renderer:
    """Renders posts when something asks for them. What `store` remembers is not rendered again."""

    def __init__(self, config: Config, store: Store, seen: Scan, pool: WorkerPool = ALONE) -> None:
        self._config = config
        self._store = store
        self._pool = pool
        site = config.site
        included = [(ascii(file.path), file.stamp) for file in includable(config, seen)]
        self._body_settings = fingerprint(reading_fingerprint(config), included)
        self._entry_settings = fingerprint(self._body_settings, site.author, site.title)
        self._verdicts = _known_verdicts(store)  # by path, of bodies with problems
        self._asked: dict[str, tuple[Problem, ...]] = {}
        self._unsaved: dict[str, Made] = {}  # made from a file that changed during the run
        self.rendered = 0  # bodies, in this run

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the bodies that were asked for."""
        return tuple(problem for problems in self._asked.values() for problem in problems)

    def prepare(self, wanted: Iterable[tuple[Post, Iterable[Kind]]]) -> None:
        """Render, in the pool, what is wanted of each post and not remembered."""
        wants = []
        for post, kinds in wanted:
            want = self._missing(post, tuple(kinds))
            if want is not None:
                wants.append(want)
        work = functools.partial(render_post, self._config)
        for want, made in zip(wants, self._pool.map("rendering", work, wants), strict=True):
            self._keep(want, made)

    def body(self, post: Post) -> Rendered:
        """Return the post's body; it is empty when its problems leave the post out."""
        return self._known_body(post) or self._make(Want(post, (), None)).body

    def entry(self, post: Post, kind: Kind) -> bytes:
        """Return the post as an entry of a feed."""
        if post.path in self._unsaved and kind in self._unsaved[post.path].entries:
            return self._unsaved[post.path].entries[kind]
        known = self._store.get(_ENTRIES, self._entry_name(post, kind))
        return known or self._make(Want(post, (kind,), self._known_body(post))).entries[kind]

    def problems_of(self, post: Post) -> tuple[Problem, ...]:
        """Return what is wrong with the post's body, as far as it was rendered in this run or an earlier one."""
        verdict = self._verdicts.get(post.path)
        holds = verdict is not None and verdict.body_name == self._body_name(post)
        problems = verdict.problems if verdict and holds else ()
        self._asked[post.path] = problems
        return problems

    def is_broken(self, post: Post) -> bool:
        """Return whether the body, as far as it was rendered, has a problem that leaves the post out."""
        return any(problem.severity == "error" for problem in self.problems_of(post))

    def save_problems(self) -> None:
        """Remember the problems of bodies, so that the next run tells them without rendering."""
        self._store.put(_PROBLEMS, b"", _encode(self._verdicts))

    def entry_fingerprint(self, post: Post) -> bytes:
        """Return what differs whenever an entry of the post could."""
        return b"".join((self._entry_settings, post.source_hash, self._image_stamp(post), post.path.encode()))

    def _body_name(self, post: Post) -> bytes:
        return b"".join((self._body_settings, post.source_hash, post.path.encode()))

    def _entry_name(self, post: Post, kind: Kind) -> bytes:
        return self.entry_fingerprint(post) + "/".join(("", *kind)).encode()

    def _image_stamp(self, post: Post) -> bytes:
        """Return size and time of the post's image when it is a local file: entries give its length in bytes."""
        if post.image is None or not post.image.file:
            return b""
        try:
            status = (self._config.root / post.image.file).stat()
        except OSError:
            return b""
        return fingerprint(status.st_size, status.st_mtime_ns)

    def _known_body(self, post: Post) -> Rendered | None:
        if post.path in self._unsaved:
            return self._unsaved[post.path].body
        kept = self._store.get(_BODIES, self._body_name(post))
        if kept is None:
            return None
        body = _decode_body(kept)
        self._note_problems(post, body)
        return body

    def _note_problems(self, post: Post, body: Rendered) -> None:
        if body.problems:
            self._verdicts[post.path] = Verdict(self._body_name(post), body.problems)
        else:
            self._verdicts.pop(post.path, None)

    def _missing(self, post: Post, kinds: Sequence[Kind]) -> Want | None:
        lacking = [kind for kind in kinds if self._store.get(_ENTRIES, self._entry_name(post, kind)) is None]
        body = self._known_body(post)
        if body is not None and not lacking:
            return None
        return Want(post, tuple(lacking), body)

    def _make(self, want: Want) -> Made:
        made = render_post(self._config, want)
        self._keep(want, made)
        return made

    def _keep(self, want: Want, made: Made) -> None:
        post = want.post
        if want.body is None:
            self.rendered += 1
            self._note_problems(post, made.body)
        if made.source_hash != post.source_hash:
            self._unsaved[post.path] = made
            return
        if want.body is None:
            self._store.put(_BODIES, self._body_name(post), _encode(made.body))
        for kind, entry in made.entries.items():
            self._store.put(_ENTRIES, self._entry_name(post, kind), entry)


def render_post(config: Config, want: Want) -> Made:
    """Return what is wanted of a post; runs in any process."""
    post = want.post
    if want.body is not None:
        source_hash, body = post.source_hash, want.body
    else:
        source_hash, body = _render_body(config, post)
    shown = in_zone(post, config.site_zone)
    entries = {}
    for text, form in want.kinds:
        entries[text, form] = feeds.fragment(feeds.make_entry(shown, body, text, config), form, config)
    return Made(source_hash, body, entries)


def _render_body(config: Config, post: Post) -> tuple[bytes, Rendered]:
    try:
        data = read_bytes(config, post.path)
    except HeaderError as error:  # the file is gone since it was collected
        return b"", Rendered("", "", problems=(problem_of(post.path, error),))
    return content_hash(data), render(post, body_of(data, post), config)


def _known_verdicts(store: Store) -> dict[str, Verdict]:
    kept = store.get(_PROBLEMS, b"")
    return _decode_verdicts(kept) if kept else {}
