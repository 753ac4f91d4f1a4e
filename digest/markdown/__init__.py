"""Markdown to clean HTML with absolute URLs, its text and its summary.

`render` makes a `Rendered` of a post's body, `render_fragment` clean HTML of other Markdown, and `absolute` a URL that
may be followed of one that a post names. `sanitize` is what all HTML passes through, `policy` what it lets stand.
"""

from digest.markdown import bounds, policy
from digest.markdown.code_regions import code_regions
from digest.markdown.commonmark import to_html
from digest.markdown.embeds import Page, page_of_player
from digest.markdown.render import Rendered, id_prefix, render, render_fragment
from digest.markdown.sanitize import Sanitized, Settings, sanitize, scrub
from digest.markdown.urls import absolute

__all__ = [
    "Page",
    "Rendered",
    "Sanitized",
    "Settings",
    "absolute",
    "bounds",
    "code_regions",
    "id_prefix",
    "page_of_player",
    "policy",
    "render",
    "render_fragment",
    "sanitize",
    "scrub",
    "to_html",
]
