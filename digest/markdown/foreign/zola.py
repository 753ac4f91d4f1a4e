"""Zola's shortcodes: `{{ name(key="value") }}` (https://www.getzola.org/documentation/content/shortcodes/).

Those with a body, `{% name(key="value") %} ... {% end %}`, are read like Liquid's tags.
"""

import re

from digest.markdown.foreign.body import Body, Tag, Token
from digest.markdown.foreign.tags import parse_tag

_CALL = re.compile(r"\s*[A-Za-z_][\w:]*\([^{}]*\)\s*")


def read_call(_body: Body, token: Token) -> Tag | None:
    """Return a shortcode; None for an expression that Zola does not have in posts."""
    tag = parse_tag(token) if _CALL.fullmatch(token.inner) else None
    return tag if tag and not tag.args else None
