"""Posts rendered once for all the places they stand in, whatever asks for them first."""

import hashlib

from digest import collector, feeds, markup, reading
from digest.config import Config, Format, Text
from digest.markup import Rendered
from digest.posts import Post
from digest.problems import Problem


class Renderings:
    """What this run has made of posts. Everything in it is a function of a post's file and the configuration."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._bodies: dict[str, Rendered] = {}
        self._entries: dict[tuple[str, Text, Format], str] = {}
        self._hashes: dict[str, str] = {}
        self.problems: list[Problem] = []

    @property
    def count(self) -> int:
        """How many bodies were rendered."""
        return len(self._bodies)

    def body(self, post: Post) -> Rendered:
        """Return the post's body as clean HTML; its problems are kept for the report."""
        if post.id not in self._bodies:
            data = self._read(post)
            rendered = markup.render(post, reading.body(data, post), self._config)
            self.problems += rendered.problems
            self._bodies[post.id] = rendered
            self._hashes[post.id] = hashlib.sha256(post.title.encode() + b"\0" + data[post.body_start :]).hexdigest()
        return self._bodies[post.id]

    def wrong(self, post: Post) -> bool:
        """Return whether the body has a problem that leaves the post out."""
        return any(problem.severity == "error" for problem in self.body(post).problems)

    def content_hash(self, post: Post) -> str:
        """Return the SHA-256 of the post's title and body, which a renamed file keeps."""
        self.body(post)
        return self._hashes[post.id]

    def entry(self, post: Post, text: Text, form: Format) -> str:
        """Return the post as an entry of a feed in one format."""
        key = (post.id, text, form)
        if key not in self._entries:
            self._entries[key] = feeds.entry(post, self.body(post), text, form, self._config)
        return self._entries[key]

    def _read(self, post: Post) -> bytes:
        data, problem = collector.read_file(self._config, post.path)
        if problem:
            self.problems.append(problem)
        return data or b""
