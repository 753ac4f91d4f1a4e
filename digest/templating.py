"""Templating that other generators leave in Markdown bodies, as Markdown."""

from dataclasses import dataclass

from digest.config import Config
from digest.posts import Post
from digest.problems import Problem


@dataclass(frozen=True, slots=True)
class Plain:
    """A body without templating: its Markdown, the mark where it was cut (empty without one), and what was removed."""

    markdown: str
    cut: str = ""
    problems: tuple[Problem, ...] = ()


def replace(source: str, post: Post, config: Config) -> Plain:
    """Return `source` as plain Markdown."""
    return Plain(source)
