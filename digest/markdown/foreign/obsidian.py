"""Obsidian's embedded files, `![[picture.png|alternative text]]`, its `%%comments%%`, and the ids of blocks, `^id`.

https://help.obsidian.md/syntax
"""

import html as entities

from digest.markdown.foreign.body import Body, Found, Token

_PICTURES = ("png", "jpg", "jpeg", "gif", "webp", "svg", "avif", "bmp")
_FILES = ("pdf", "mp3", "wav", "m4a", "ogg", "flac", "mp4", "webm", "mov", "mkv")
MAX_LINE = 2_000  # characters
_ID_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-")


def read_embed(body: Body, token: Token) -> Found | str | None:
    """Return an image, with its width and height if given; a link for another kind of file.

    An embedded note is removed with a warning.
    """
    name, _, alt = token.inner.replace("\\|", "|").partition("|")
    if "\n" in name or "[" in name or not name:
        return None
    extension = name.rpartition(".")[2].lower()
    if extension in _PICTURES:
        return _picture(name, alt)
    if extension in _FILES:
        return f"[{alt or name}](<{name}>)"
    return Found(token.start, token.end, removed=body.text[token.start : token.end])


def _picture(name: str, alt: str) -> str:
    width, _, height = alt.rpartition("|")[2].partition("x")
    if not width.isdigit() or (height and not height.isdigit()):
        return f"![{alt}](<{name}>)"
    sizes = f' width="{width}"' + (f' height="{height}"' if height else "")
    words = entities.escape(alt.rpartition("|")[0])
    return f'<img src="{entities.escape(name)}" alt="{words}"{sizes}><!-- -->'


def read_comment(body: Body, token: Token) -> Found | None:
    """Return a comment with its content; one that follows a word or never ends is text, such as `100%%`."""
    before = body.text[token.start - 1 : token.start]
    end = body.find(token.opening, token.end)
    if before.isalnum() or before in ("%", "\\") or end > len(body.text) or end == token.end:
        return None
    return Found(token.start, end + len(token.opening))


def read_block_id(body: Body, token: Token) -> Found | None:
    """Return the id at the end of a paragraph or list item, outside tables."""
    name = token.inner.rstrip()
    before = body.text[max(0, token.start - 1) : token.start]
    next_line = body.text[token.end + 1 : token.end + 5].lstrip(" >")
    ends_block = token.prefix is not None or not next_line[:1].isalpha()
    line = body.text[max(0, token.start - MAX_LINE) : token.start].rpartition("\n")[2]
    if (
        "|" in line
        or not ends_block
        or len(name) < 2
        or not _ID_CHARACTERS.issuperset(name)
        or before not in ("", " ", "\n")
    ):
        return None
    return Found(token.start, token.start + len(token.opening) + len(name))
