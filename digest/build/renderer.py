"""Render posts once, to clean HTML and to feed entries, and cache the results by the fingerprint of their source."""

import functools
from collections.abc import Iterable, Sequence

import msgspec
from msgspec import Struct

from digest import feeds
from digest.build.hashes import ContentHashes
from digest.cache.fingerprint import fingerprint
from digest.cache.store import Store, decode
from digest.collector.collect import reading_fingerprint
from digest.collector.pages import Pages, pages_of
from digest.collector.post import Post, in_zone
from digest.collector.scan import Scan, includable
from digest.collector.source import body_of, hash_of_source, read_bytes, read_header_beside
from digest.config.schema import Config, Format, Text
from digest.frontmatter import HeaderError
from digest.markdown import Rendered, look_up, render
from digest.pool import ALONE, WorkerPool
from digest.problems import Problem

VANISHED = "vanished"  # the code of a warning that leaves a post out
Kind = tuple[Text, Format]  # kind of feed entry

_BODIES, _ENTRIES, _PROBLEMS, _LINKS = "bodies", "entries", "problems", "links"
_encode = msgspec.msgpack.Encoder().encode
_body_decoder = msgspec.msgpack.Decoder(Rendered)


class BodyProblems(Struct, frozen=True, array_like=True):
    """The problems found when a body was rendered; they hold while the body's cache key is still `body_name`."""

    body_name: bytes
    problems: tuple[Problem, ...]


_links_decoder = msgspec.msgpack.Decoder(dict[str, tuple[str, ...]])
_problems_decoder = msgspec.msgpack.Decoder(dict[str, BodyProblems])


class RenderTask(Struct, frozen=True):
    """A post to render: entries of these kinds, and the body when it is not cached (None)."""

    post: Post
    kinds: tuple[Kind, ...]
    body: Rendered | None


class RenderedPost(Struct, frozen=True):
    """The result of a `RenderTask`, and the hash of the file that it was made from."""

    source_hash: bytes
    body: Rendered
    entries: dict[Kind, bytes]


class Renderer:
    """Renders posts on demand and caches the results in `store`. `posts` are all that links may lead to."""

    def __init__(
        self, config: Config, store: Store, seen: Scan, pool: WorkerPool = ALONE, *, posts: Iterable[Post] = ()
    ) -> None:
        self._config = config
        self._store = store
        self._pool = pool
        site = config.site
        included = [(ascii(file.path), file.stamp) for file in includable(config, seen)]
        self._body_settings = fingerprint(reading_fingerprint(config), included)
        feed_settings = (config.feeds.category_scheme, config.feeds.comments)
        self._entry_settings = fingerprint(self._body_settings, site.author, site.title, feed_settings)
        self._pages = pages_of(config, posts)
        self._links = decode(_links_decoder, store.get(_LINKS, b"")) or {}  # by path; questions for pages of others
        self._problems = _cached_problems(store)  # by path; only bodies with problems
        self._asked: dict[str, tuple[Problem, ...]] = {}
        self._unsaved: dict[str, RenderedPost] = {}  # by path; the file changed during the run, so do not cache
        self.content_hashes = ContentHashes(config, store)
        self.rendered = 0  # bodies, in this run

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The problems of the bodies that were asked for."""
        return tuple(problem for problems in self._asked.values() for problem in problems)

    def prepare(self, wanted: Iterable[tuple[Post, Iterable[Kind]]]) -> None:
        """Render in the pool the entries, and bodies, that are not cached."""
        tasks = []
        for post, kinds in wanted:
            task = self._task(post, tuple(kinds))
            if task is not None:
                tasks.append(task)
        work = functools.partial(render_post, self._config, self._pages)
        for task, made in zip(tasks, self._pool.map("rendering", work, tasks), strict=True):
            self._keep(task, made)

    def body(self, post: Post) -> Rendered:
        """Return the post's body; it is empty when its problems leave the post out."""
        return self._known_body(post) or self._make(RenderTask(post, (), None)).body

    def entry(self, post: Post, kind: Kind) -> bytes:
        """Return the post as an entry of a feed."""
        if post.path in self._unsaved and kind in self._unsaved[post.path].entries:
            return self._unsaved[post.path].entries[kind]
        known = self._store.get(_ENTRIES, self._entry_name(post, kind))
        return known or self._make(RenderTask(post, (kind,), self._known_body(post))).entries[kind]

    def problems_of(self, post: Post) -> tuple[Problem, ...]:
        """Return the problems of the post's body; empty when it was never rendered."""
        problems = self._known_problems(post)
        self._asked[post.path] = problems
        return problems

    def is_broken(self, post: Post) -> bool:
        """Return whether the body was rendered and has an error, which leaves the post out."""
        return _has_error(self.problems_of(post))

    def without_broken(self, posts: Iterable[Post]) -> list[Post]:
        """Return the posts but for those whose body is known to be broken; nothing is rendered."""
        return [post for post in posts if not _has_error(self._known_problems(post))]

    def save(self) -> None:
        """Cache the problems of bodies, so that the next run reports them without rendering, and content hashes."""
        self.content_hashes.save()
        self._store.put(_PROBLEMS, b"", _encode(self._problems))
        self._store.put(_LINKS, b"", _encode(self._links))

    def entry_fingerprint(self, post: Post) -> bytes:
        """Return the fingerprint of everything that an entry of the post is made from."""
        return b"".join((self._entry_settings, self._media_stamp(post), self._fingerprint_of(post)))

    def _known_problems(self, post: Post) -> tuple[Problem, ...]:
        known = self._problems.get(post.path)
        is_current = known is not None and known.body_name == self._body_name(post)
        return known.problems if known and is_current else ()

    def _body_name(self, post: Post) -> bytes:
        return self._body_settings + self._fingerprint_of(post)

    def _fingerprint_of(self, post: Post) -> bytes:
        """Return what identifies a post's content: its file's, and what other files and git's history decide."""
        pages = [look_up(self._pages, post, question) for question in self._links.get(post.path, ())]
        decided_elsewhere = (post.path, post.id, post.url, post.language, str(post.date.timestamp()), *pages)
        return post.source_hash + "\0".join(decided_elsewhere).encode()

    def _entry_name(self, post: Post, kind: Kind) -> bytes:
        return self.entry_fingerprint(post) + "/".join(("", *kind)).encode()

    def _media_stamp(self, post: Post) -> bytes:
        """Return size and time of the post's local image and enclosures: entries give their lengths in bytes."""
        image = post.image.file if post.image else ""
        stamps = [self._stamp(file) for file in (image, *(source.file for source in post.enclosure_sources)) if file]
        return fingerprint(*stamps) if any(stamps) else b""

    def _stamp(self, file: str) -> tuple[int, int] | None:
        try:
            status = (self._config.root / file).stat()
        except OSError:
            return None
        return status.st_size, status.st_mtime_ns

    def _known_body(self, post: Post) -> Rendered | None:
        if post.path in self._unsaved:
            return self._unsaved[post.path].body
        body = decode(_body_decoder, self._store.get(_BODIES, self._body_name(post)))
        if body is not None:
            self._note_problems(post, body)
        return body

    def _note_links(self, post: Post, body: Rendered) -> None:
        if body.links:
            self._links[post.path] = body.links
        else:
            self._links.pop(post.path, None)

    def _note_problems(self, post: Post, body: Rendered) -> None:
        if body.problems:
            self._problems[post.path] = BodyProblems(self._body_name(post), body.problems)
        else:
            self._problems.pop(post.path, None)

    def _task(self, post: Post, kinds: Sequence[Kind]) -> RenderTask | None:
        missing = [kind for kind in kinds if self._store.get(_ENTRIES, self._entry_name(post, kind)) is None]
        body = self._known_body(post)
        if body is not None and not missing:
            return None
        return RenderTask(post, tuple(missing), body)

    def _make(self, task: RenderTask) -> RenderedPost:
        made = render_post(self._config, self._pages, task)
        self._keep(task, made)
        return made

    def _keep(self, task: RenderTask, made: RenderedPost) -> None:
        post = task.post
        if task.body is None:
            self.rendered += 1
            self._note_links(post, made.body)
            self._note_problems(post, made.body)
        if made.source_hash != post.source_hash:
            self._unsaved[post.path] = made
            return
        if task.body is None:
            self._store.put(_BODIES, self._body_name(post), _encode(made.body))
        for kind, entry in made.entries.items():
            self._store.put(_ENTRIES, self._entry_name(post, kind), entry)


def _has_error(problems: Iterable[Problem]) -> bool:
    return any(problem.severity == "error" or problem.code == VANISHED for problem in problems)


def vanished(post: Post, error: Exception) -> Problem:
    """Return the warning for a post whose file cannot be read any more since it was collected."""
    hint = "a build that finds it takes it in"
    return Problem(post.path, 0, 0, VANISHED, f"the file is gone during the build: {error}", hint, "warning")


def render_post(config: Config, pages: Pages, task: RenderTask) -> RenderedPost:
    """Render a post; safe to run in a worker process."""
    post = task.post
    if task.body is not None:
        source_hash, body = post.source_hash, task.body
    else:
        source_hash, body = _render_body(config, pages, post)
    shown = in_zone(post, config.site_zone)
    entries = {}
    for text, form in task.kinds:
        entries[text, form] = feeds.fragment(feeds.make_entry(shown, body, text, config), form, config)
    return RenderedPost(source_hash, body, entries)


def _render_body(config: Config, pages: Pages, post: Post) -> tuple[bytes, Rendered]:
    try:
        data = read_bytes(config, post.path)
    except HeaderError as error:
        return b"", Rendered("", "", problems=(vanished(post, error),))
    found = hash_of_source(data, read_header_beside(config, post.path))
    return found, render(post, body_of(data, post), config, pages)


def _cached_problems(store: Store) -> dict[str, BodyProblems]:
    return decode(_problems_decoder, store.get(_PROBLEMS, b"")) or {}
