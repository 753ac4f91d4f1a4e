"""The mark that ends the lead of a post, which summaries and digests show: `<!-- more -->` and similar.

Hugo, Hexo, Zola and Jekyll have `more`, WordPress `more` with a text, Nikola `TEASER_END` with one, Docusaurus
`truncate`, Eleventy `excerpt`, Drupal `break`, Pelican's plugin `PELICAN_END_SUMMARY`, Middleman a line `READMORE`.
"""

from digest.markdown.foreign.body import Body, Token

MORE = "<!-- digest: more -->"  # raw HTML, so comrak passes it on as it is
MORE_BLOCK = f"\n\n{MORE}\n\n"
MIDDLEMAN = "READMORE"

_NAMES = (
    "more readmore continuereading truncate cut break fold teaser teaserend endteaser endofteaser "
    "excerpt endexcerpt excerptend endofexcerpt excerptseparator "
    "summary endsummary summaryend endofsummary pelicanendsummary"
)
_WORDS = frozenset(_NAMES.split())
_WITH_TEXT = ("TEASER_END:", "END_TEASER:")
_BETWEEN = str.maketrans("", "", " -_/\t\n")


def read_comment(body: Body, token: Token) -> str:
    """Return such a mark as `MORE`; any other HTML comment as it is, and nothing for one of MDX."""
    if is_mark(token.inner):
        return MORE_BLOCK
    if token.opening == "<!--":
        return body.text[token.start : token.end]
    return ""


def read_column(body: Body, token: Token) -> str | None:
    """Return the sign between two columns of Hugo's theme Book, `<--->`, as the end of a paragraph."""
    return f"\n\n{token.prefix or ''}" if "columns" in body.closed else None


def read_line(_body: Body, token: Token) -> str | None:
    """Return Middleman's mark, a line of one word."""
    return None if token.inner.strip() or token.prefix != "" else MORE_BLOCK


def is_mark(inner: str) -> bool:
    """Return whether a comment ends the lead."""
    if inner.startswith("more ") or inner.strip().startswith(_WITH_TEXT):
        return True
    return inner.translate(_BETWEEN).lower() in _WORDS
