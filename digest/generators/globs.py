"""Patterns of paths as JavaScript's programs have them: `**/*.{md,mdx}`, `!drafts/**`."""

from collections.abc import Iterable, Iterator

from digest.generators.generator import matches_glob


def is_selected(path: str, patterns: Iterable[str]) -> bool:
    """Return whether one of the patterns matches a path, and none of those that begin with `!`."""
    taken = [pattern for pattern in patterns if not pattern.startswith("!")]
    excluded = [pattern[1:] for pattern in patterns if pattern.startswith("!")]
    return _matches_any(path, taken) and not _matches_any(path, excluded)


def _matches_any(path: str, patterns: list[str]) -> bool:
    return any(matches_glob(path, each) for pattern in patterns for each in alternatives(pattern))


def alternatives(pattern: str) -> Iterator[str]:
    """Yield the patterns that one with `{a,b}` stands for."""
    before, brace, rest = pattern.partition("{")
    inside, closing, after = rest.partition("}")
    if not (brace and closing):
        yield pattern.replace("[^", "[!")
        return
    for choice in inside.split(","):
        for end in alternatives(after):
            yield f"{before}{choice}{end}"
