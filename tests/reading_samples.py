"""What the tests of reading and collecting share: a configuration by hand, one post from its text."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from digest.collector import Post
from digest.collector.read import read
from digest.config import Config, Feeds, Posts, Site, Theme
from digest.problems import Problem

SHARED = Path(__file__).resolve().parents[2] / "shared"


def config_of(root: Path = Path("/nowhere"), posts: Posts | None = None, **site: Any) -> Config:
    """Return a configuration with `content` as the content folder and `site` as given."""
    settings: dict[str, Any] = {"content": "content", "url": "https://example.org/", **site}
    return Config(
        root=root,
        file=None,
        site=Site(**settings),
        posts=posts or Posts(),
        feeds=Feeds(),
        digests={},
        theme=Theme(),
    )


def slugs(posts: Iterable[Post]) -> list[str]:
    """Return the slugs of posts that were read or made."""
    return [post.slug for post in posts]


def read_text(text: str | bytes, path: str = "content/hello.md", config: Config | None = None) -> Post:
    """Return the post that `text` is; fails on any error."""
    post, problems = read_all(text, path, config)
    assert post is not None, [str(problem) for problem in problems]
    return post


def read_all(
    text: str | bytes, path: str = "content/hello.md", config: Config | None = None
) -> tuple[Post | None, tuple[Problem, ...]]:
    """Return post and problems."""
    return read(path, text.encode() if isinstance(text, str) else text, config or config_of())


def with_fields(*lines: str, path: str = "content/hello.md", config: Config | None = None) -> Post:
    """Return the post whose YAML front matter has a date and these lines."""
    dated = lines if any(line.lower().startswith("date") for line in lines) else ("date: 2026-11-18", *lines)
    return read_text("\n".join(("---", *dated, "---", "Body.")), path, config)


def faults(*lines: str, path: str = "content/hello.md", config: Config | None = None) -> list[tuple[int, str, str]]:
    """Return line, code and severity of the problems of a post with these lines; the first stands on line 3."""
    _, problems = read_all("\n".join(("---", "date: 2026-11-18", *lines, "---", "Body.")), path, config)
    return [(problem.line, problem.code, problem.severity) for problem in problems]
