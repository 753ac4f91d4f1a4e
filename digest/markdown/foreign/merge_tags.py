"""Merge tags of e-mail services, which arrive as typed: Mailchimp's `*|NAME|*` is no emphasis."""

from digest.markdown.foreign.body import Body, Token


def read_merge_tag(_body: Body, token: Token) -> str:
    """Return the opening of a merge tag, escaped for both Markdown and raw HTML."""
    return f"&#42;{token.opening[1:]}"
