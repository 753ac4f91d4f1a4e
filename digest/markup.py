"""Markdown to clean HTML with absolute URLs, and a summary in plain text."""

from msgspec import Struct

from digest.problems import Problem


class Rendered(Struct, frozen=True, omit_defaults=True):
    """A post's body, rendered once. All HTML is clean, balanced, absolute and safe to put anywhere."""

    html: str
    summary: str  # plain text, never cut in mid-word
    words: int  # of the body; a Chinese, Japanese or Korean character counts as half a word
    lead: str = ""  # the HTML before the `more` mark; empty when the body has none
    problems: tuple[Problem, ...] = ()
