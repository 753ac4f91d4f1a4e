"""The mark that ends the beginning of a post, which summaries and digests show: `<!-- more -->` and its like."""

from digest.markdown.foreign.body import Body, Token

MORE = "<!-- digest: more -->"  # raw HTML, so comrak passes it on as it is
MORE_BLOCK = f"\n\n{MORE}\n\n"

_WORDS = ("more", "readmore", "read more", "truncate", "endexcerpt", "end_excerpt", "excerpt", "endsummary")


def read_comment(body: Body, token: Token) -> str:
    """Return such a mark as `MORE`; any other HTML comment as it is, and nothing for one of MDX."""
    if token.inner.strip().lower() in _WORDS:
        return MORE_BLOCK
    if token.opening == "<!--":
        return body.text[token.start : token.end]
    return ""
