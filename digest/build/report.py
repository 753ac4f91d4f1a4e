"""What a run did, for people and scripts."""

from msgspec import Struct

from digest.problems import Problem


class EditionReport(Struct, frozen=True):
    """What became of one edition, or of a digest that had none."""

    digest: str
    key: str
    status: str
    message: str = ""
    draft: bool = False


class Report(Struct, frozen=True):
    """What a run did. Paths are relative to the site's folder, `posts` are published ones."""

    posts: int
    read: int
    rendered: int
    written: tuple[str, ...]
    unchanged: int
    editions: tuple[EditionReport, ...]
    problems: tuple[Problem, ...]
    removed: tuple[str, ...] = ()
