"""Markdown to clean HTML with absolute URLs, its text and its summary.

`render` turns a post's body into a `Rendered`, and `render_fragment` other Markdown into clean HTML. `absolute` makes a
post's URL absolute and rejects unsafe ones. All HTML passes through `sanitize`; `policy` lists what it allows.
"""

from digest.markdown import bounds, policy
from digest.markdown.code_regions import code_regions
from digest.markdown.commonmark import to_html
from digest.markdown.embeds import Page, page_of_player
from digest.markdown.foreign import look_up
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
    "look_up",
    "page_of_player",
    "policy",
    "render",
    "render_fragment",
    "sanitize",
    "scrub",
    "to_html",
]
