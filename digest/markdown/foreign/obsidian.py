"""Obsidian's embedded files: `![[picture.png]]`, `![[picture.png|alternative text]]`."""

from digest.markdown.foreign.body import Body, Token

_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg")


def read_embed(_body: Body, token: Token) -> str | None:
    """Return a picture as Markdown; None for a file of another kind."""
    name, _, alt = token.inner.partition("|")
    if "\n" in token.inner or "[" in token.inner or not name.lower().endswith(_PICTURES):
        return None
    return f"![{alt}](<{name}>)"
